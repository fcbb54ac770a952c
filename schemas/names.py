"""What a name says of its values: content, a secret, a person. Taken at its word until a domain says otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SIGNS = re.compile(r"[^A-Za-z0-9]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PREFIXES = frozenset({"is", "has", "with", "was", "can", "in", "on", "no"})
COUNTING = _words(
    """
    count counts length len size duration time elapsed ratio share rate total number index position rank score
    kind type class category mode status state code level version enabled disabled used shown hidden per max
    min sum average percentile bucket template family format method reason cause trigger source place form
    language lang locale flag step action role bytes chars words lines seconds millis ms tokens opened closed
    sent received changed visible unit digits
    """
)
"""Last words that turn a name into a count, a kind or a state: `message.length`, `query.duration`, `url.template`."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One kind of name: the rule that reports it, its words, what they say, and the domains that suit it."""

    rule: str
    words: frozenset[str]
    says: str
    remedy: str


def _saying(rule: str, words: str, says: str, remedy: str) -> Saying:
    return Saying(f"privacy/{rule}", _words(words), says, remedy)


SECRET = _saying(
    "name-secret",
    """
    password passwd passphrase pwd token jwt secret credential credentials cookie authorization bearer
    apikey api_key otp signature private_key session_key
    """,
    "a secret",
    "Leave it out: no schema takes a secret. A `flag` can say that there was one, an `enum` of which kind.",
)
AGENT = _saying(
    "raw-user-agent",
    "user_agent useragent",
    "a user agent",
    'Use the type "tidegate.UserAgent" with the domain `user_agent`: families and majors, never the text.',
)
NETWORK = _saying(
    "name-network",
    "ip ipv4 ipv6 host hostname mac ssid bssid domain_name peer",
    "an address in a network",
    "Leave it out; an `enum` of the kind of network, or a `vocabulary` of your own servers, says what is needed.",
)
PLACE = _saying(
    "name-url",
    "url uri href link referrer referer path file filename folder directory",
    "a URL or a path",
    "Use a `vocabulary` of route templates or screens; for files an `enum` of their types and a `size`.",
)
PERSON = _saying(
    "name-person",
    """
    email mail name username nickname login firstname lastname surname phone telephone mobile contact
    address street city postcode zip birthday iban
    """,
    "what somebody or something is called, or how to reach them",
    "Tell people and things apart by a `pseudonym` of a random id; names that you made go into a `vocabulary`.",
)
TEXT = _saying(
    "name-text",
    """
    message msg text title subject query comment comments transcript caption captions body note notes
    description summary label content prompt completion answer question reply feedback utterance keyword
    keywords term terms bio topic agenda quote snippet excerpt emoji reaction chat speech search
    """,
    "text that somebody wrote or said",
    "Take its length (`size` or `count`), whether there is one (`flag`) or what kind it is (`enum`); "
    "the text itself belongs to a content schema.",
)
ID = _saying(
    "raw-id",
    "id ids uid uuid guid",
    "an id",
    "Use the domain `pseudonym`: equality and nothing else is kept of it.",
)
OPEN_NAMES = (SECRET, AGENT, NETWORK, PLACE, TEXT, PERSON)
"""In the order in which they are asked: the worst first."""


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case: `call.endReason` is call, end, reason."""
    return tuple(_SIGNS.sub(" ", _CAMEL.sub(" ", name)).lower().split())


@lru_cache(maxsize=8192)
def saying_of(name: str) -> Saying | None:
    """What a name says its values are; None where it says nothing, or that they are counts, kinds, states."""
    words = words_of(name)
    if not words or words[-1] in COUNTING or set(words) & _PREFIXES:
        return None
    if words[-1] in ID.words:
        return ID
    told = {words[-1], *("_".join(pair) for pair in pairwise(words[-3:]))}
    return next((saying for saying in OPEN_NAMES if saying.words & told), None)
