"""Judges the entries of a vocabulary: which of them could be language, personal, or an id."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from schemas.domains.pseudonyms import is_random_id

WORDS_FILE = Path(__file__).parent / "common_words.txt"
SHORT = 3  # characters: there is no list of what people write so short
_SENTENCE = 2  # common words in one entry

_PERSONAL = re.compile(
    r"[^\s@]@[^\s@]+\.[a-z]{2,}"  # an e-mail address
    r"|[a-z][a-z0-9+.-]*://|\bwww\."  # a URL
    r"|[?&][\w.-]+="  # a query
    r"|/(home|users)/[^/{]|\b[a-z]:\\"  # a path with a user's folder
    r"|(?<![\d.])(\d{1,3}\.){3}\d{1,3}(?![\d.])"  # an IPv4 address
    r"|^\+?\d[\d ()-]{7,}\d$",  # a telephone number
    re.IGNORECASE | re.ASCII,
)


@cache
def common_words() -> frozenset[str]:
    """The common English words of four letters and more, in lower case."""
    lines = WORDS_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def is_short(word: str) -> bool:
    """Tell whether an entry is one to three characters long, with a letter among them."""
    return len(word) <= SHORT and any(map(str.isalpha, word))


def is_common(word: str) -> bool:
    """Tell whether an entry, as a whole, is a common word in whatever case."""
    return word.lower() in common_words()


def is_sentence(word: str) -> bool:
    """Tell whether an entry holds two common words, or three words that could be, with blanks between."""
    parts = [part.strip(".,;:!?'\"()").lower() for part in word.split()]
    common = sum(is_common(part) for part in parts)
    return common >= _SENTENCE or (common > 0 and sum(map(str.isalpha, parts)) > _SENTENCE)


def is_personal(word: str) -> bool:
    """Tell whether an entry has the form of an address, a URL, a telephone number or somebody's path."""
    return _PERSONAL.search(word) is not None


def is_id(word: str) -> bool:
    """Tell whether an entry has the form of a random id, sixteen characters at least."""
    return len(word) >= 16 and is_random_id(word)  # noqa: PLR2004 - shorter hexadecimal is often a code


def is_symbol(word: str) -> bool:
    """Tell whether an entry is one character: a list of these is an alphabet."""
    return len(word) == 1
