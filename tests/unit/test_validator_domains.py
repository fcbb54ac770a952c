"""Every domain is kept a second time: images that no collector makes, written with plain fastavro."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import pytest

from consumers.validator.journey import Refused, judge
from schemas.domains import Domain
from schemas.domains.agents import UserAgent
from schemas.domains.numbers import Count, Duration, Measure, Ratio, Size
from schemas.domains.pseudonyms import Pseudonym
from schemas.domains.times import HOUR, Time
from schemas.domains.versions import Version
from schemas.domains.words import Enum, Flag, Vocabulary
from schemas.model import Kind
from tests.unit.gate_samples import CANARY, ML_KEY, NOW, catalogue, events, forged

SERVICE_GENERATED = events(Kind.USAGE, Kind.DIAGNOSTIC)

UNLIKE: Final[dict[type[Domain], Callable[[Any], tuple[object, ...]]]] = {
    Flag: lambda _: (),  # Avro's boolean is exactly the domain
    Enum: lambda _: (),  # Avro's enum is exactly the domain
    Vocabulary: lambda domain: (777, -1, 0) if isinstance(domain.words[0], int) else (CANARY, "", domain.words[0] * 2),
    Count: lambda domain: (-1, domain.max + 1, 2**63 - 1),
    Size: lambda domain: (-1, domain.max + 1, 2**63 - 1),
    Duration: lambda domain: (-1, domain.max + 1, -(2**63)),
    Measure: lambda domain: (math.nan, math.inf, domain.min - 1e-6, domain.max + 1e-6),
    Ratio: lambda _: (math.nan, -math.inf, -1e-9, 1.0 + 1e-9),
    Time: lambda _: (0, -1, NOW + 24 * HOUR, NOW - 31 * 24 * HOUR, 2**63 - 1),
    Version: lambda _: (CANARY, "", "1.2.3.4.5", "1.2.3 ", "999999.0.0"),
    Pseudonym: lambda domain: (CANARY, "", "g" * (domain.length // 4), "A" * (domain.length // 4), "0" * 30),
    UserAgent: lambda _: tuple(
        {"browser": "FIREFOX", "browser_major": 1, "os": "LINUX", "os_major": 1} | wrong
        for wrong in ({"browser_major": 256}, {"os_major": 64}, {"browser_major": -1}, {"os_major": -(2**31)})
    ),
}


@pytest.mark.parametrize("event", SERVICE_GENERATED)
def test_every_domain_is_kept_again(event: str) -> None:
    """An image outside its domain, encoded past the collector, is refused at its place: every field of every event."""
    for place in catalogue().plans[event].fields:
        assert place.domain is not None
        for image in UNLIKE[type(place.domain)](place.domain):
            [outcome] = judge([forged(event, place.path, image)], catalogue(), ML_KEY, NOW)
            assert isinstance(outcome, Refused)
            assert outcome.refusal.field == place.dotted
            assert outcome.refusal.schema_id == catalogue().plans[event].schema_id


def test_every_domain_is_tried() -> None:
    """The shipped catalogue uses each domain in a service-generated event, so the test above tries them all."""
    used = {type(place.domain) for event in SERVICE_GENERATED for place in catalogue().plans[event].fields}
    assert used == set(UNLIKE)
