"""attributes.yaml judges every attribute name of OpenTelemetry's semantic conventions, each with a reason."""

from __future__ import annotations

import importlib
import warnings
from functools import cache
from pathlib import Path

import opentelemetry.semconv
import pytest
import yaml

from schemas.catalogue import SHIPPED
from schemas.model import AttributeClass, AttributesFile
from schemas.shape import parse

ROOT = Path(next(iter(opentelemetry.semconv.__path__)))
# Classes of the older releases, which hold the names as constants.
OLDER = (("opentelemetry.semconv.trace", "SpanAttributes"), ("opentelemetry.semconv.resource", "ResourceAttributes"))


def modules() -> list[str]:
    """The package's modules of attribute names, the incubating ones too: a folder without `__init__` hides them."""
    parts = [path.relative_to(ROOT).with_suffix("").parts for path in ROOT.rglob("*_attributes.py")]
    return [".".join(("opentelemetry.semconv", *part)) for part in sorted(parts)]


@cache
def conventional() -> frozenset[str]:
    """Every attribute name that the installed package defines."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # deprecated names are sent by older SDKs
        homes = [vars(importlib.import_module(module)) for module in modules()]
        homes += [vars(getattr(importlib.import_module(module), name)) for module, name in OLDER]
    values = {value for home in homes for name, value in home.items() if name.isupper() and isinstance(value, str)}
    return frozenset(value for value in values if not value.startswith("https://"))


@cache
def table() -> AttributesFile:
    """The shipped attributes.yaml."""
    data = yaml.safe_load((SHIPPED / "attributes.yaml").read_text(encoding="utf-8"))
    parsed, findings = parse(AttributesFile, data, "attributes.yaml")
    assert parsed is not None, findings
    return parsed


def test_every_name_of_the_conventions_has_a_class() -> None:
    """A name that a new version of the conventions brings, and that nobody has judged, fails here."""
    assert len(conventional()) > 900
    assert sorted(conventional() - set(table().classes)) == []


def test_every_class_has_a_reason() -> None:
    """Each name of the shipped table stands in a group that says why."""
    assert set(table().classes) == set(table().reasons)
    assert all(len(reason.split()) > 3 for reason in table().reasons.values())


def test_every_class_is_used() -> None:
    """No class is a mere word."""
    assert set(table().classes.values()) == set(AttributeClass)


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("body", AttributeClass.CONTENT),
        ("exception.message", AttributeClass.CONTENT),
        ("exception.stacktrace", AttributeClass.CONTENT),
        ("url.full", AttributeClass.CONTENT),
        ("url.query", AttributeClass.CONTENT),
        ("url.path", AttributeClass.CONTENT),
        ("http.target", AttributeClass.CONTENT),
        ("db.query.text", AttributeClass.CONTENT),
        ("db.statement", AttributeClass.CONTENT),
        ("gen_ai.input.messages", AttributeClass.CONTENT),
        ("file.path", AttributeClass.CONTENT),
        ("process.command_line", AttributeClass.CONTENT),
        ("user.email", AttributeClass.CONTENT),
        ("user.id", AttributeClass.IDENTIFIER),
        ("session.id", AttributeClass.IDENTIFIER),
        ("http.request.header", AttributeClass.SECRET),
        ("client.address", AttributeClass.NETWORK),
        ("server.address", AttributeClass.NETWORK),
        ("telemetry.sdk.name", AttributeClass.OPERATIONAL),
        ("http.request.method", AttributeClass.SERVICE_GENERATED),
        ("http.route", AttributeClass.SERVICE_GENERATED),
    ],
)
def test_what_must_never_be_judged_milder(name: str, of: AttributeClass) -> None:
    """The names by which content gets into telemetry elsewhere keep their class."""
    assert table().classes[name] is of
