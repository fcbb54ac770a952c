"""What becomes of a value in the worst domain there is for it, and when that is a leak.

A value is thrown at every domain. In each it is refused; or taken, and then judged again and reduced, as the validator
does; the worst of all counts:

- `OTHER`: the image is the one that every unlisted value gets, so it tells nothing of this one;
- `COARSE`: the image is that of many numbers, and the one it stands for is another than was sent;
- `KEYED`: it was taken for a random id, and its image is a keyed hash, which tells equality and nothing else;
- `TOLD`: anything else: a word, a version, a number that can be read back from its image, a user agent's families.

A value in several pieces is told when each of its pieces is. A leak of plain content is `TOLD` or `KEYED`: no text may
be taken for an id. A leak of disguised content is `TOLD`: what reads as noise can be an id, and its hash tells nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import IntEnum
from math import isclose

from schemas.domains import Domain
from schemas.domains.agents import UserAgent
from schemas.domains.numbers import Real, Whole
from schemas.domains.pseudonyms import Pseudonym
from schemas.domains.times import Time
from schemas.domains.words import OTHER, Vocabulary
from schemas.reasons import OutsideDomain
from tests.proof.leak.targets import COLLECTOR, VALIDATOR, targets

MILLI = 1000  # microseconds


class Verdict(IntEnum):
    """What became of a value, the harmless first."""

    REFUSED = 0
    OTHER = 1
    COARSE = 2
    KEYED = 3
    TOLD = 4


def worst(value: object, carrier: object = None, among: Sequence[Domain] | None = None) -> Verdict:
    """Judge a value in every domain; `carrier` is the same value with nothing of the content in it, if there is one."""
    found = Verdict.REFUSED
    for it in targets() if among is None else among:
        found = max(found, verdict(it, value, carrier))
        if found is Verdict.TOLD:
            break
    return found


def verdict(it: Domain, value: object, carrier: object = None) -> Verdict:
    """Judge a value in one domain."""
    images = _images(it, value)
    if images is None:
        return Verdict.REFUSED
    telemetry, ml = images
    if telemetry == OTHER or (ml == 0 and isinstance(it, Vocabulary)):
        return Verdict.OTHER
    if isinstance(it, UserAgent):
        blank = {"browser": "UNKNOWN", "browser_major": 0, "os": "UNKNOWN", "os_major": 0}
        same = images == _images(it, carrier) if carrier is not None else ml == blank
        return Verdict.OTHER if same else Verdict.TOLD
    if isinstance(it, (Whole, Real, Time)) and isinstance(telemetry, (int, float)):
        return Verdict.TOLD if isclose(_read_back(it, ml), telemetry) else Verdict.COARSE
    return Verdict.KEYED if isinstance(it, Pseudonym) else Verdict.TOLD


def _images(it: Domain, value: object) -> tuple[object, object] | None:
    """Give both images, the second as the validator makes it of the first; None where either refuses."""
    try:
        telemetry = it.telemetry(value, COLLECTOR)
        return telemetry, it.reduce(telemetry, VALIDATOR)
    except OutsideDomain:
        return None


def _read_back(it: Whole | Real | Time, ml: object) -> float | int:
    """Read an ML image as a decoder with its schema would: the lower edge, the step's value, the hour's beginning."""
    if not isinstance(ml, int):
        raise TypeError("a number's ML image is an int")
    if isinstance(it, Whole):
        return it.edges[ml]
    return it.min + ml * it.step if isinstance(it, Real) else ml * MILLI


def as_text(value: object) -> str:
    """Write a value as a filter of text would see it; half a surrogate pair, on which some crash, as `?`."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text.encode(errors="replace").decode()
