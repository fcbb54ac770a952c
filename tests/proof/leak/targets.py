"""What the values are thrown at: every domain of the shipped catalogue, and representatives of each class of domain."""

from __future__ import annotations

import builtins
import errno
import json
import mimetypes
import zoneinfo
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from schemas.catalogue import load
from schemas.domains import DOMAINS, Context, Domain

MOMENT: Final = 1_795_600_000_000_000  # microseconds; when everything here is received
COLLECTOR, VALIDATOR = Context(bytes(range(32)), MOMENT), Context(bytes(range(32, 64)), MOMENT)
REPRESENTATIVES: Final[dict[str, dict[str, Any]]] = {
    # As wide as the check takes without a finding (16 bits): the worst that an author can do unwarned.
    "count, widest": {"domain": "count", "max": 2**53, "digits": 2},
    "count, 64 buckets": {"domain": "count", "max": 2**53, "buckets": 64},
    "size, widest": {"domain": "size", "unit": "By", "max": 2**53, "digits": 2},
    "duration, widest": {"domain": "duration", "unit": "us", "max": 2**53, "digits": 2},
    "measure, widest": {"domain": "measure", "unit": "1", "min": -(2.0**61), "max": 2.0**61, "step": 2.0**46},
    "measure, fine": {"domain": "measure", "unit": "ms", "min": 0.0, "max": 500.0, "step": 0.01},
    "ratio, fine": {"domain": "ratio", "step": 0.0001},
    "version, major first": {"domain": "version", "components": [255, 15, 15]},
    "version, even": {"domain": "version", "components": [15, 15, 15, 15]},
    "time in seconds": {"domain": "time", "unit": "s"},
    "time in microseconds": {"domain": "time", "unit": "us"},
    "pseudonym of 64 bits": {"domain": "pseudonym", "bits": 64},
    "answers": {
        # Words that people say too. They are ours: nobody's line but a word of the list can come through.
        "domain": "enum", "name": "Answer", "on_miss": "other",
        "symbols": ["OTHER", "YES", "NO", "OK", "MAYBE", "LATER", "AGREE", "DISAGREE", "DONE", "NONE"],
    },
    "long words": {
        # The longest word decides how long an unknown one may be.
        "domain": "vocabulary", "vocabulary": "long", "vocabulary_version": 1, "on_miss": "other",
        "words": ["screen-share-annotation-permission-changed-by-organisation-policy"],
    },
}  # fmt: skip


def made(**parameters: object) -> Domain:
    """Make a domain as a schema states it: from JSON."""
    return DOMAINS.validate_json(json.dumps(parameters))


@cache
def shipped() -> dict[Domain, str]:
    """Every domain of every field of the shipped catalogue, each set of parameters once, with where it stands first."""
    found: dict[Domain, str] = {}
    for plan in load().plans.values():
        for place in plan.fields:
            if place.domain is not None:
                found.setdefault(place.domain, f"{plan.event} {place.dotted}")
    return found


@cache
def targets() -> tuple[Domain, ...]:
    """Everything that the values are thrown at."""
    representatives = (made(**parameters) for parameters in REPRESENTATIVES.values())
    return tuple(dict.fromkeys([*shipped(), *representatives]))


@cache
def words() -> frozenset[str]:
    """Every word of every list, in every spelling that is taken."""
    found: set[str] = set()
    for it in targets():
        found |= {str(word) for word in getattr(it, "words", ())} | set(getattr(it, "spellings", {}))
    return frozenset(found)


def _vocabulary(words_of: Iterable[object]) -> Domain:
    listed = list(dict.fromkeys(words_of))
    return made(domain="vocabulary", vocabulary="listed", vocabulary_version=1, words=listed)


def _locales() -> Iterable[object]:
    from babel import localedata  # noqa: PLC0415 - only where honest values are measured

    return (name.replace("_", "-") for name in localedata.locale_identifiers())


# A list that a standard publishes is taken from where it is published, whatever the corpus has.
_PUBLISHED: Final[dict[str, Callable[[], Iterable[object]]]] = {
    "vocabulary:locale": _locales,
    "vocabulary:time_zone": lambda: sorted(zoneinfo.available_timezones()),
    "vocabulary:error_code": lambda: sorted(errno.errorcode.values()),
    "vocabulary:mime_type": lambda: sorted({*mimetypes.types_map.values(), *mimetypes.common_types.values()}),
    "vocabulary:exception_class": lambda: sorted(n for n, it in vars(builtins).items() if isinstance(it, type)),
}
_STATED: Final[dict[str, dict[str, Any]]] = {
    "count": {"domain": "count", "max": 1_000_000, "digits": 2},
    "duration": {"domain": "duration", "unit": "s", "max": 7 * 86_400, "digits": 2},
    "measure": REPRESENTATIVES["measure, widest"],
    "version": {"domain": "version", "components": [99, 99, 999]},
    "time": {"domain": "time"},
    "pseudonym": {"domain": "pseudonym"},
    "user_agent": {"domain": "user_agent"},
}


def stated(name: str, category: str, values: Sequence[object]) -> Domain:
    """Make the domain that honest values of a kind should be taken by.

    A list that is a product's own (device models, routes, enum values) is as its owner would write it: with them in it.
    """
    if name in _PUBLISHED:
        return _vocabulary(_PUBLISHED[name]())
    if category == "http_status":
        return _vocabulary(int(status) for status in HTTPStatus)
    return made(**_STATED[name]) if name in _STATED else _vocabulary(values)


def is_listed(name: str, category: str) -> bool:
    """Say whether the domain of honest values is a product's own list, which has them because its owner put them in."""
    return name not in _PUBLISHED and name not in _STATED and category != "http_status"


def received(value: object) -> Context:
    """Give the context of an honest value: a time is received within the minute, everything else at one moment."""
    try:
        since = datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except ValueError:
        since = None
    return COLLECTOR if since is None else Context(COLLECTOR.key, int(since + 30) * 1_000_000)
