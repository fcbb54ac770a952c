"""Texts disguised by hand: letters swapped, hidden, dressed up; and texts in the shape of an honest value."""

from __future__ import annotations

import codecs
import random
from collections.abc import Callable, Iterator
from functools import partial

from tests.proof.leak.disguise import LEAST, Disguise, one, plain, shuffled

TRICK, SHAPE, AGENT = "disguise", "shape", "user agent"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
# Cyrillic and Greek letters that look Latin, in the order of the Latin ones.
_ALIKE = str.maketrans("acehiopsxyABEHKMOPTX", "асеһіорѕхуАВЕНКМОРТХ")  # noqa: RUF001 - they are the point
_NATO = [
    "alfa",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliett",
    "kilo",
    "lima",
    "mike",
    "november",
    "oscar",
    "papa",
    "quebec",
    "romeo",
    "sierra",
    "tango",
    "uniform",
    "victor",
    "whiskey",
    "xray",
    "yankee",
    "zulu",
]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64{}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)


def tricks() -> Iterator[Disguise]:
    """Give every trick of letters."""
    yield from _swapped()
    yield from _hidden()
    yield from _dressed()
    yield from _joined()


def _swapped() -> Iterator[Disguise]:
    yield one(TRICK, "rot13", lambda text: codecs.encode(text, "rot13"))
    yield one(TRICK, "rot47", lambda text: "".join(_rot47(char) for char in text))
    yield one(TRICK, "Atbash", lambda text: " ".join(plain(text)).translate(str.maketrans(_LOWER, _LOWER[::-1])))
    yield one(TRICK, "Caesar, no blanks", lambda text: "".join(plain(text)).translate(_rotated(3)))
    yield one(TRICK, "reversed", lambda text: text[::-1])
    yield one(TRICK, "words reversed", lambda text: "_".join(word[::-1] for word in plain(text)))
    yield one(TRICK, "leet", lambda text: text.translate(_LEET))
    yield one(TRICK, "leet, no blanks", lambda text: "".join(plain(text)).translate(_LEET))
    yield one(TRICK, "no vowels", lambda text: "".join(char for char in "".join(plain(text)) if char not in "aeiou"))
    yield one(TRICK, "pig Latin", lambda text: "-".join(word[1:] + word[:1] + "ay" for word in plain(text)))
    yield one(TRICK, "spelling alphabet", lambda text: "-".join(_NATO[ord(c) - 97] for c in _letters(text)))
    yield one(TRICK, "letters shuffled", _shuffle)


def _hidden() -> Iterator[Disguise]:
    yield one(TRICK, "zero-width between letters", "\u200b".join)
    yield one(TRICK, "soft hyphens between letters", "\u00ad".join)
    yield one(TRICK, "noughts between letters", "\x00".join)
    yield one(TRICK, "zero-width bits behind a word of ours", lambda text: "linux" + _bits(text))
    yield one(TRICK, "tag characters behind a word of ours", lambda text: "linux" + _tags(text))
    yield one(TRICK, "bidi override", lambda text: f"\u202e{text[::-1]}\u202c")
    yield one(TRICK, "bidi isolate around a word of ours", lambda text: f"linux\u2066{text}\u2069")
    yield one(TRICK, "behind a word of ours", lambda text: f"linux {text}")
    yield one(TRICK, "behind a word of ours and a nought", lambda text: f"linux\x00{text}")
    yield one(TRICK, "behind a word of ours and a line end", lambda text: f"linux\n{text}")
    yield one(TRICK, "behind 200 blanks", lambda text: " " * 200 + text)
    yield one(TRICK, "with a lone surrogate", lambda text: f"{text}\ud800")


def _dressed() -> Iterator[Disguise]:
    yield one(TRICK, "full width", lambda text: "".join(_shifted(char, 0xFEE0) for char in text))
    yield one(TRICK, "mathematical letters", lambda text: "".join(chr(0x1D41A + ord(c) - 97) for c in _letters(text)))
    yield one(TRICK, "circled letters", lambda text: "".join(chr(0x24D0 + ord(c) - 97) for c in _letters(text)))
    yield one(TRICK, "regional indicators", lambda text: "".join(chr(0x1F1E6 + ord(c) - 97) for c in _letters(text)))
    yield one(TRICK, "look-alike letters", lambda text: text.translate(_ALIKE))
    yield one(TRICK, "combining marks", lambda text: "".join(char + "\u0336" for char in text))
    yield one(TRICK, "no-break blanks", lambda text: text.replace(" ", "\u00a0"))
    yield one(TRICK, "upper case", str.upper)
    yield one(TRICK, "case swapped", str.swapcase)
    yield one(TRICK, "case by chance", lambda text: "".join(map(_either(shuffled(text)), text)))


def _joined() -> Iterator[Disguise]:
    joins: dict[str, Callable[[list[str]], str]] = {
        "no blanks": "".join, "snake case": "_".join, "kebab case": "-".join, "dotted": ".".join, "slashed": "/".join,
        "screaming snake case": lambda words: "_".join(words).upper(), "camel case": _camel,
        "Pascal case": lambda words: "".join(word.capitalize() for word in words),
    }  # fmt: skip
    for name, join in joins.items():
        yield one(TRICK, name, partial(_join, join))


def shapes() -> Iterator[Disguise]:
    """Give texts in the shape of an honest value of ours."""
    wrapped: dict[str, Callable[[list[str]], str]] = {
        "route": lambda words: f"/v1/rooms/{'-'.join(words)}",
        "method and route": lambda words: f"GET /{'/'.join(words)}/{{id}}",
        "locale": lambda words: "en-" + "-".join(words),
        "time zone": lambda words: "Europe/" + "_".join(word.capitalize() for word in words),
        "exception class": lambda words: "".join(word.capitalize() for word in words) + "Error",
        "stack frame": lambda words: f"app.{'_'.join(words)}:{''.join(words)}",
        "MIME type": lambda words: "application/x-" + "-".join(words),
        "error code": lambda words: "E_" + "_".join(words).upper(),
        "device model": lambda words: "SM-" + "".join(words).upper(),
        "codec": lambda words: f"audio/{words[0]};{'='.join(words[1:3])}",
        "version, suffix": lambda words: "6.4.12-" + "-".join(words),
        "version, build": lambda words: "6.4.12+" + ".".join(words),
        "language range": lambda words: "de;q=" + "".join(words),
        "e-mail address": lambda words: ".".join(words) + "@example.com",
        "host name": lambda words: "-".join(words) + ".example.com",
        "file name": lambda words: "_".join(words) + ".pdf",
        "URL": lambda words: "https://example.com/?q=" + "+".join(words),
        "XML": lambda words: "<" + "-".join(words) + "/>",
    }
    for name, wrap in wrapped.items():
        yield one(SHAPE, name, partial(_join, wrap))


def agents() -> Iterator[Disguise]:
    """Give user agents that carry a text; what they are without it is the carrier."""
    yield one(AGENT, "comment at the end", lambda text: f"{FIREFOX} ({text[:200]})", FIREFOX)
    yield one(AGENT, "in the system's comment", lambda text: CHROME.format("; " + text[:150]), CHROME.format(""))
    yield one(AGENT, "product", lambda text: f"{FIREFOX} {'-'.join(plain(text))[:180]}/1.0", FIREFOX)
    yield one(AGENT, "version of a product", lambda text: f"{FIREFOX} App/{'.'.join(plain(text))[:180]}", FIREFOX)
    yield one(
        AGENT,
        "base64 at the end",
        lambda text: f"{FIREFOX} x/{codecs.encode(text.encode()[:120], 'hex').decode()}",
        FIREFOX,
    )
    yield one(AGENT, "text, then a product", lambda text: f"{text[:200]} Firefox/140.0", FIREFOX)
    yield one(AGENT, "an unknown product's comment", lambda text: f"App/1.0 ({text[:200]})", "App/1.0 ()")


def _join(join: Callable[[list[str]], str], text: str) -> str:
    return join(plain(text))


def _camel(words: list[str]) -> str:
    return words[0] + "".join(word.capitalize() for word in words[1:])


def _letters(text: str) -> str:
    """Give the ASCII letters, in lower case."""
    letters = "".join(char for char in "".join(plain(text)) if char in _LOWER)
    if len(letters) < LEAST:
        raise ValueError("too few letters")
    return letters


def _rotated(by: int) -> dict[int, int]:
    return str.maketrans(_LOWER, _LOWER[by:] + _LOWER[:by])


def _rot47(char: str) -> str:
    return chr(33 + (ord(char) + 14) % 94) if "!" <= char <= "~" else char


def _shifted(char: str, by: int) -> str:
    return chr(ord(char) + by) if "!" <= char <= "~" else "\u3000" if char == " " else char


def _either(rng: random.Random) -> Callable[[str], str]:
    return lambda char: char.upper() if rng.random() < 1 / 2 else char.lower()


def _shuffle(text: str) -> str:
    letters = list("".join(plain(text)))
    shuffled(text).shuffle(letters)
    return "".join(letters)


def _bits(text: str) -> str:
    return "".join("\u200b\u200c"[int(bit)] for byte in text.encode() for bit in f"{byte:08b}")


def _tags(text: str) -> str:
    return "".join(chr(0xE0000 + ord(char)) for char in " ".join(plain(text)))
