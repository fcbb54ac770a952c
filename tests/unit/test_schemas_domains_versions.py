"""Versions: one to four bounded numbers, and nothing beside them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.reasons import OutsideDomain, Reason
from tests.unit.domain_samples import COLLECTOR, VALIDATOR, anything, domain, refused

VERSION = domain(domain="version", components=[15, 63, 63])


@pytest.mark.parametrize(("value", "image"), [("5.1", "5.1.0"), ("15.63.63", "15.63.63"), ("0.0.0", "0.0.0")])
def test_a_version_is_written_anew(value: str, image: str) -> None:
    """A shorter one is filled with noughts."""
    assert VERSION.telemetry(value, COLLECTOR) == image


@pytest.mark.parametrize(
    "value",
    [
        "", "5", "12", ".", "1.", ".1", "1..2", "1.2.3.4", "16.0.0", "1.64.0", "1.2.64", "01.2.3", "1.02.3",
        "1.2.3-beta", "v1.2.3", "1.2.3 ", " 1.2.3", "1.2.3\n", "1,2,3", "\uff11.2.3", "1.²", "9" * 400, "1e1", "-1.0",
        "+1", "1.2.3+build", "1_0.0",
    ],
)  # fmt: skip
def test_what_is_no_version_is_refused(value: str) -> None:
    """A bare number (an age, a PIN), beyond a bound, too long, signs, words, other digits, leading noughts."""
    refused(Reason.NOT_A_VERSION, VERSION.telemetry, value, COLLECTOR)
    refused(Reason.NOT_A_VERSION, VERSION.reduce, value, VALIDATOR)


@pytest.mark.parametrize("value", [1, 1.2, True, None, b"1.2.3", ["1"], {}])
def test_a_version_is_a_text(value: object) -> None:
    """1.2 the number is no version."""
    refused(Reason.WRONG_TYPE, VERSION.telemetry, value, COLLECTOR)
    refused(Reason.WRONG_TYPE, VERSION.reduce, value, VALIDATOR)


@pytest.mark.parametrize("image", ["5", "5.1"])
def test_an_image_is_in_full(image: str) -> None:
    """What telemetry would have filled is none of its images."""
    refused(Reason.NOT_A_VERSION, VERSION.reduce, image, VALIDATOR)


def test_the_image_for_ml_is_a_record_of_numbers() -> None:
    """Named major, minor, patch, build, as far as there are components."""
    assert VERSION.reduce("3.2.1", VALIDATOR) == {"major": 3, "minor": 2, "patch": 1}
    assert domain(domain="version", components=[9, 9]).reduce("3.0", VALIDATOR) == {"major": 3, "minor": 0}


def test_the_claimed_bits_hold_by_counting() -> None:
    """Every combination within the bounds is an image, and there is no other."""
    it = domain(domain="version", components=[3, 1, 2, 4])
    texts = (".".join(map(str, numbers)) for numbers in itertools.product(range(6), repeat=4))
    images = set()
    for text in texts:
        try:
            images.add(tuple(it.reduce(it.telemetry(text, COLLECTOR), VALIDATOR).values()))
        except OutsideDomain:
            continue
    assert len(images) == it.images == 4 * 2 * 3 * 5


@pytest.mark.parametrize("components", [[], [9], [1] * 5, [0], [100_000], [1.0], [True], ["1"], 3])
def test_components_are_two_to_four_bounds(components: object) -> None:
    """Each from 1 to 99,999."""
    with pytest.raises(ValidationError):
        domain(domain="version", components=components)


@given(value=st.one_of(anything, st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,4}", fullmatch=True)))
def test_what_is_outside_is_refused(value: object) -> None:
    """Any value at all is a version within the bounds or refused; nothing else comes out."""
    try:
        image = VERSION.telemetry(value, COLLECTOR)
    except OutsideDomain:
        return
    assert isinstance(value, str)
    numbers = [int(part) for part in image.split(".")]
    assert all(0 <= number <= bound for number, bound in zip(numbers, (15, 63, 63), strict=True))
    assert numbers[: value.count(".") + 1] == [int(part) for part in value.split(".")]
