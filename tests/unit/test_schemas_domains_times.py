"""Times: RFC 3339 or whole numbers, a window around receipt, hours and days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domains import Context
from schemas.domains.times import FUTURE, HOUR, PAST, SECOND, Time
from schemas.reasons import OutsideDomain, Reason
from tests.unit.domain_samples import COLLECTOR, NOW, VALIDATOR, anything, domain, refused

TIME = domain(domain="time")
DAY = domain(domain="time", resolution="day")


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("2026-11-24T09:30:00Z", 0),
        ("2026-11-24 09:30:00Z", 0),
        ("2026-11-24T10:30:00+01:00", 0),
        ("2026-11-24T00:00:00-09:30", 0),
        ("2026-11-24T09:30:00.5Z", 500_000),
        ("2026-11-24T09:30:00.123456Z", 123_456),
        ("2026-11-24T09:30:00.123456789+00:00", 123_456),
        ("2026-11-24T09:30:00.000000999Z", 0),
    ],
)
def test_rfc_3339_is_read(text: str, microseconds: int) -> None:
    """Any offset, one to nine digits of a second; those beyond the sixth are cut."""
    assert TIME.telemetry(text, COLLECTOR) == NOW + microseconds


@pytest.mark.parametrize(
    "value",
    [
        "", "2026-11-24", "2026-11-24T09:30:00", "2026-11-24T09:30Z", "2026-11-24T09:30:00.Z", "2026-11-24t09:30:00z",
        "2026-11-24T09:30:00.1234567891Z", "2026-13-24T09:30:00Z", "2026-11-31T09:30:00Z", "2026-11-24T25:30:00Z",
        "2026-11-24T09:30:60Z", "2026-11-24T09:30:00+99:99", "0000-11-24T09:30:00Z", "2026-W48-2T09:30:00Z",
        "\uff12\uff10\uff12\uff16-11-24T09:30:00Z", "2026-11-24T09:30:00Z\n", "20261124T093000Z", "half past nine",
        "1795512600000",
        True, None, 1.5, float("nan"), b"2026-11-24T09:30:00Z", [], {}, "2026-11-24T09:30:00Z " + "x" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(value: object) -> None:
    """Half a date, no zone, a day that is none, other digits, other types, longer text."""
    refused(Reason.WRONG_TYPE, TIME.telemetry, value, COLLECTOR)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1970-01-01T00:00:00Z"])
def test_the_ends_of_the_calendar_are_out_of_the_window(text: str) -> None:
    """Where an offset leads beyond year 1 or 9999 nothing overflows."""
    refused(Reason.OUT_OF_WINDOW, TIME.telemetry, text, COLLECTOR)


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_the_window_is_30_days_back_and_an_hour_ahead(unit: str) -> None:
    """Both ends belong to it; a moment further does not."""
    it, scale = domain(domain="time", unit=unit), {"s": SECOND, "ms": 1000, "us": 1}[unit]
    for inside in (NOW - PAST, NOW, NOW + FUTURE):
        assert it.telemetry(inside // scale, COLLECTOR) == inside
    for outside in (NOW - PAST - scale, NOW + FUTURE + scale, 0, -1, 2**63, 10**400, -(10**400)):
        refused(Reason.OUT_OF_WINDOW, it.telemetry, outside // scale, COLLECTOR)


@pytest.mark.parametrize("image", [NOW - PAST - 1, NOW + FUTURE + 1, 0, -1, 2**63])
def test_an_image_outside_the_window_is_refused(image: int) -> None:
    """The validator trusts no collector."""
    refused(Reason.OUT_OF_WINDOW, TIME.reduce, image, VALIDATOR)


@pytest.mark.parametrize("image", [True, 1.0, "1", None, b""])
def test_an_image_of_another_type_is_refused(image: object) -> None:
    """Microseconds are an int."""
    refused(Reason.WRONG_TYPE, TIME.reduce, image, VALIDATOR)


@given(moment=st.integers(NOW - PAST, NOW + FUTURE))
def test_an_image_is_the_hour_or_the_day(moment: int) -> None:
    """Rounded down, in milliseconds; nothing finer is left."""
    then = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
    hour, day = then.replace(minute=0, second=0, microsecond=0), then.replace(hour=0, minute=0, second=0, microsecond=0)
    assert TIME.reduce(moment, VALIDATOR) == hour.timestamp() * 1000
    assert DAY.reduce(moment, VALIDATOR) == day.timestamp() * 1000


@pytest.mark.parametrize("it", [TIME, DAY], ids=["hour", "day"])
@pytest.mark.parametrize("minute", [0, 1, 59, 23 * 60, 23 * 60 + 1, 23 * 60 + 59, 24 * 60 - 1])
def test_the_claimed_bits_hold_by_counting(it: Time, minute: int) -> None:
    """Whenever a record is received, the window touches no more grains than claimed."""
    moment = NOW - NOW % (24 * HOUR) + minute * 60 * SECOND
    context = Context(bytes(32), moment)
    ends = (moment - PAST, *range(moment - PAST, moment + FUTURE, HOUR // 2), moment + FUTURE)
    images = {it.reduce(value, context) for value in ends}
    assert len(images) <= it.images
    if minute == 24 * 60 - 1 and it is DAY:
        assert len(images) == it.images


@given(value=anything)
def test_what_is_outside_is_refused(value: object) -> None:
    """Any value at all is a moment of the window or refused; nothing else comes out."""
    try:
        image = TIME.telemetry(value, COLLECTOR)
    except OutsideDomain:
        return
    assert isinstance(image, int)
    assert NOW - PAST <= image <= NOW + FUTURE
