"""What must hold for every domain that the shipped catalogue uses, whichever it is."""

from __future__ import annotations

import io
from typing import Any, get_args

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.domains import AnyDomain, Domain
from schemas.reasons import OutsideDomain
from tests.unit.domain_samples import COLLECTOR, VALIDATOR, anything, inside, shipped

MEMBERS = {member.model_fields["domain"].default: member for member in get_args(get_args(AnyDomain)[0])}


def drawn(kind: str, data: st.DataObject) -> Domain:
    """Draw a domain of a kind from the shipped catalogue."""
    return data.draw(st.sampled_from([it for it in shipped().values() if it.domain == kind]))


def as_ml(it: Domain, image: object) -> bytes:
    """Write an ML image in its domain's own ML type, by plain fastavro."""
    field: dict[str, Any] = {"name": "image", "type": it.ml_type("Image")}
    out = io.BytesIO()
    fastavro.schemaless_writer(
        out, fastavro.parse_schema({"type": "record", "name": "R", "fields": [field]}), {"image": image}
    )
    return out.getvalue()


def hashable(image: object) -> object:
    """An image that a set can hold."""
    return tuple(image.items()) if isinstance(image, dict) else image


def test_every_domain_is_used() -> None:
    """The sample catalogue shows each of the twelve."""
    assert {it.domain for it in shipped().values()} == set(MEMBERS)
    assert len(MEMBERS) == 12


@pytest.mark.parametrize("kind", sorted(MEMBERS))
@settings(max_examples=60)
@given(data=st.data())
def test_a_telemetry_image_passes_and_fits_its_ml_type(kind: str, data: st.DataObject) -> None:
    """What the collector makes the validator takes, and the image fits the Avro type that the domain names."""
    it = drawn(kind, data)
    image = it.telemetry(data.draw(inside(it)), COLLECTOR)
    reduced = it.reduce(image, VALIDATOR)
    as_ml(it, reduced)
    assert not isinstance(reduced, str) or it.domain == "enum"


@pytest.mark.parametrize("kind", sorted(MEMBERS))
@settings(max_examples=60)
@given(data=st.data())
def test_there_are_no_more_images_than_claimed(kind: str, data: st.DataObject) -> None:
    """Counted over values from all over the domain; a pseudonym claims none but equality."""
    it = drawn(kind, data)
    values = data.draw(st.lists(inside(it), min_size=1, max_size=40))
    images = {hashable(it.reduce(it.telemetry(value, COLLECTOR), VALIDATOR)) for value in values}
    assert it.domain == "pseudonym" or len(images) <= it.images


@pytest.mark.parametrize("kind", sorted(MEMBERS))
@settings(max_examples=60)
@given(data=st.data(), value=anything)
def test_an_image_is_never_what_came_in_unless_it_is_ours(kind: str, data: st.DataObject, value: object) -> None:
    """Any value is refused, or becomes an image that passes; a text among them is a word of ours or made of numbers."""
    it = drawn(kind, data)
    try:
        image = it.telemetry(value, COLLECTOR)
    except OutsideDomain:
        image = None
    if image is not None:
        it.reduce(image, VALIDATOR)
    if image is not None and isinstance(image, str) and image == value:
        assert it.domain in {"enum", "vocabulary", "version"}


@pytest.mark.parametrize("kind", sorted(MEMBERS))
@settings(max_examples=60)
@given(data=st.data(), value=anything)
def test_the_validator_takes_nothing_but_images(kind: str, data: st.DataObject, value: object) -> None:
    """Any value at all is reduced to the type the ML schema has, or refused; no other exception comes out."""
    it = drawn(kind, data)
    try:
        reduced = it.reduce(value, VALIDATOR)
    except OutsideDomain:
        return
    as_ml(it, reduced)
