"""Counts, sizes, durations, measures and ratios: exact types, bounds, buckets, steps."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.domains.numbers import MAX_EXACT, MOST_STEPS, Whole
from schemas.reasons import OutsideDomain, Reason
from tests.unit.domain_samples import COLLECTOR, ODD, VALIDATOR, anything, domain, refused

COUNT = domain(domain="count", max=1000, buckets=12)
RATIO = domain(domain="ratio")
MEASURE = domain(domain="measure", min=-20.0, max=80.0, step=0.5, unit="Cel")

wholes = st.one_of(
    st.builds(
        lambda most, buckets: domain(domain="size", max=most, buckets=buckets),
        st.one_of(st.integers(1, 300), st.integers(1, MAX_EXACT)),
        st.integers(2, 64),
    ),
    st.builds(lambda most: domain(domain="duration", unit="ms", max=most, digits=2), st.integers(1, MAX_EXACT)),
)


@pytest.mark.parametrize("value", [True, False, 1.0, 0.0, "1", None, b"1", [1], float("nan"), "\uff11"])
def test_a_whole_number_is_an_int_and_nothing_else(value: object) -> None:
    """True, 1.0 and "1" are no whole numbers, neither as received nor as an image."""
    refused(Reason.WRONG_TYPE, COUNT.telemetry, value, COLLECTOR)
    refused(Reason.WRONG_TYPE, COUNT.reduce, value, VALIDATOR)


@pytest.mark.parametrize("value", [-1, 1001, 2**31, 2**63, -(2**63), 10**400])
def test_a_whole_number_outside_its_bounds_is_refused(value: int) -> None:
    """Below nought, above `max`, and as large as you like."""
    refused(Reason.OUT_OF_RANGE, COUNT.telemetry, value, COLLECTOR)
    refused(Reason.OUT_OF_RANGE, COUNT.reduce, value, VALIDATOR)


@given(whole=wholes)
def test_bucket_edges_rise_from_nought_to_the_maximum(whole: Whole) -> None:
    """Edges begin at 0, rise strictly, none is beyond `max`, and there are no more than asked for."""
    edges = whole.edges
    assert edges[0] == 0
    assert all(low < high for low, high in pairwise(edges))
    assert edges[-1] <= whole.max
    assert whole.buckets is None or len(edges) <= whole.buckets
    assert whole.images == len(edges)


@given(whole=wholes, data=st.data())
def test_a_bucket_holds_what_lies_between_its_edges(whole: Whole, data: st.DataObject) -> None:
    """The image is the last edge at or below the number; the maximum has the last bucket."""
    value = data.draw(st.integers(0, whole.max))
    image = whole.reduce(whole.telemetry(value, COLLECTOR), VALIDATOR)
    assert isinstance(image, int)
    assert whole.edges[image] <= value
    assert image + 1 == whole.images or value < whole.edges[image + 1]
    assert whole.reduce(whole.max, VALIDATOR) == whole.images - 1


@pytest.mark.parametrize(
    "whole",
    [
        domain(domain="count", max=1, buckets=2),
        domain(domain="count", max=5, buckets=64),
        domain(domain="size", max=4096, buckets=20),
        domain(domain="duration", unit="s", max=99, digits=2),
        domain(domain="duration", unit="s", max=12345, digits=2),
    ],
)
def test_the_claimed_bits_hold_by_counting(whole: Whole) -> None:
    """Every image occurs, and no other: the claim is exact."""
    images = {whole.reduce(value, VALIDATOR) for value in range(whole.max + 1)}
    assert images == set(range(whole.images))
    assert whole.bits == math.log2(len(images))


def test_two_digits_keep_two_digits() -> None:
    """Edges are 0 to 99, then every tenth, then every hundredth number."""
    edges = domain(domain="duration", unit="ms", max=12_000, digits=2).edges
    assert edges[:100] == tuple(range(100))
    assert edges[100:103] == (100, 110, 120)
    assert edges[-3:] == (10_000, 11_000, 12_000)


@pytest.mark.parametrize("value", [True, False, "0.5", None, b"1", [0.5], {}])
def test_a_real_number_is_an_int_or_a_float(value: object) -> None:
    """SDKs send whole floats as integers; a bool and a text are no numbers."""
    refused(Reason.WRONG_TYPE, RATIO.telemetry, value, COLLECTOR)
    refused(Reason.WRONG_TYPE, RATIO.reduce, value, VALIDATOR)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_refused(value: float) -> None:
    """NaN and the infinities, received and as an image."""
    refused(Reason.NOT_FINITE, MEASURE.telemetry, value, COLLECTOR)
    refused(Reason.NOT_FINITE, MEASURE.reduce, value, VALIDATOR)


@pytest.mark.parametrize("value", [-20.000001, 80.5, 10**400, -(10**400), 1e308, 2**63])
def test_a_real_number_outside_its_bounds_is_refused(value: float) -> None:
    """Huge integers too, which no float could hold."""
    refused(Reason.OUT_OF_RANGE, MEASURE.telemetry, value, COLLECTOR)


def test_minus_zero_is_zero() -> None:
    """The sign of zero is a bit that nobody declared."""
    assert math.copysign(1, RATIO.telemetry(-0.0, COLLECTOR)) == 1
    assert RATIO.reduce(-0.0, VALIDATOR) == 0
    assert type(RATIO.telemetry(1, COLLECTOR)) is float


def test_an_integer_is_no_image_of_a_real_number() -> None:
    """Telemetry keeps doubles: an int there is none of ours."""
    refused(Reason.WRONG_TYPE, RATIO.reduce, 1, VALIDATOR)


@given(
    low=st.floats(-1e6, 1e6),
    width=st.floats(1e-3, 1e6),
    parts=st.floats(1, 5000),
    where=st.floats(0, 1),
    data=st.data(),
)
def test_steps_stay_within_the_claim_and_near_the_value(
    low: float, width: float, parts: float, where: float, data: st.DataObject
) -> None:
    """An image is one of `images` steps, and value = min + image * step, to a step."""
    high, step = low + width, width / parts
    assume(low < high and step <= high - low)
    real = domain(domain="measure", min=low, max=high, step=step, unit="1")
    value = data.draw(st.sampled_from([low, high, min(high, max(low, low + where * width))]))
    image = real.reduce(real.telemetry(value, COLLECTOR), VALIDATOR)
    assert 0 <= image < real.images
    assert abs(real.min + image * real.step - value) <= step * 1.01


def test_a_ratio_has_101_images() -> None:
    """By counting, at ten times the resolution."""
    images = {RATIO.reduce(value / 1000, VALIDATOR) for value in range(1001)}
    assert images == set(range(101))
    assert RATIO.images == 101


@pytest.mark.parametrize(
    "parameters",
    [
        {"domain": "count", "max": 10},
        {"domain": "count", "max": 10, "buckets": 4, "digits": 2},
        {"domain": "count", "max": 10, "buckets": 1},
        {"domain": "count", "max": 10, "buckets": 65},
        {"domain": "count", "max": 0, "buckets": 4},
        {"domain": "count", "max": MAX_EXACT + 1, "buckets": 4},
        {"domain": "count", "max": 10.0, "buckets": 4},
        {"domain": "count", "max": True, "buckets": 4},
        {"domain": "count", "max": 10, "buckets": 4, "unit": "s"},
        {"domain": "duration", "max": 10, "buckets": 4},
        {"domain": "size", "max": 10, "digits": 3},
        {"domain": "ratio", "step": 0.0},
        {"domain": "ratio", "step": 2.0},
        {"domain": "ratio", "max": 2.0},
        {"domain": "measure", "min": 1.0, "max": 1.0, "step": 0.1, "unit": "s"},
        {"domain": "measure", "min": 2.0, "max": 1.0, "step": 0.1, "unit": "s"},
        {"domain": "measure", "min": 0.0, "max": 1.0, "step": -0.1, "unit": "s"},
        {"domain": "measure", "min": 0.0, "max": 1.0, "step": 0.1},
        {"domain": "measure", "min": 0.0, "max": 1.0, "step": 0.1, "unit": "s", "pattern": ".*"},
    ],
)
def test_bounds_that_bound_nothing_are_no_domain(parameters: dict[str, object]) -> None:
    """A domain whose images can't be counted does not come into being."""
    with pytest.raises(ValidationError):
        domain(**parameters)


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [
        (-1e308, 1e308, 1.0),
        (0.0, 1.0, 5e-324),
        (0.0, 1e308, 1e-300),
        (0.0, float("inf"), 1.0),
        (float("nan"), 1.0, 0.1),
        (0.0, 1.0, float("nan")),
        (0.0, float(MOST_STEPS), 1.0),
    ],
)
def test_steps_beyond_counting_are_no_domain(low: float, high: float, step: float) -> None:
    """Bounds whose steps overflow a float, or an Avro int, are refused as such; no arithmetic error comes out."""
    with pytest.raises(ValidationError):
        domain(domain="measure", min=low, max=high, step=step, unit="1")


@pytest.mark.parametrize("it", [COUNT, RATIO, MEASURE, domain(domain="size", max=2**40, digits=2)])
@given(value=st.one_of(st.sampled_from(ODD), anything))
def test_what_is_outside_is_refused(it: Whole, value: object) -> None:
    """Any value at all is either a number within the bounds or refused; nothing else comes out."""
    is_number = type(value) is int or (type(value) is float and not isinstance(it, Whole))
    low, high = getattr(it, "min", 0), it.max
    is_inside = is_number and low <= value <= high  # type: ignore[operator]
    try:
        assert it.telemetry(value, COLLECTOR) == value
    except OutsideDomain:
        assert not is_inside
    else:
        assert is_inside
