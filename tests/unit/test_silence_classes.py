"""No class of ours shows what it holds of others: every data class, model and exception of the rooms is walked."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel, SecretStr

import broker
import collector
import consumers
import deploy
import schemas
from broker.settings import KafkaSettings
from deploy.failures import OURS, explain
from tests.unit.gate_samples import CANARY, SNEAKY

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = (schemas, broker, collector, consumers, deploy)
CARRIES: Final = ("str", "bytes", "Value", "object", "Any", "Attributes", "Received", "Message", "LogRecord")
OWN: Final = ("schemas.check.", "deploy.")
"""Rooms that work on a catalogue's files, or on a deployment's own names: nothing that was received is in there."""

SHOWN: Final = {
    # What an author of the catalogue wrote
    "schemas.authored.Authored", "schemas.authored.AuthoredSchema", "schemas.authored.Contents",
    "schemas.catalogue.Catalogue", "schemas.causes.Known", "schemas.findings.Finding", "schemas.names.Saying",
    "schemas.plan.FieldPlan", "schemas.plan.Plan", "schemas.plan.Shape", "schemas.routes.Routes",
    "schemas.registry.Registered", "schemas.reasons.Refusal",
    "consumers.sink.columns.Column", "consumers.sink.columns.Table", "consumers.sink.columns._Pick",
    "consumers.sink.parquet.Stored", "consumers.sink.rows.Row", "consumers.sink.tally.Tally",
    "consumers.query.Result",
    "schemas.domains.base.Terms", "schemas.domains.words.Shape",
    # Names that OTLP has, and numbers
    "collector.signals.Signal", "collector.records.Point",
    # A path or method of OTLP's that the router has found
    "collector.steps.Asked",
    # Images: a word of the catalogue's, a version's numbers
    "schemas.mistakes.Sender", "schemas.quarantine.Label",
    # Names of declared fields
    "collector.pipeline.Accepted", "consumers.validator.journey.Eligible",
    # What an operator set: addresses, names of topics and principals, a public key
    "schemas.quarantine.Recipient", "broker.local.daemon.State", "broker.local.java.Jar", "broker.memory_cluster.Group",
    "broker.memory_cluster.View", "broker.port.Connection", "broker.port.Message", "broker.port.Received",
    "broker.port.Topic", "broker.port.Grant", "collector.configuration.Configured", "collector.limits.Limits",
}  # fmt: skip
"""Data classes whose `repr` shows a text of ours. Look at every new one: is it really ours?"""


@cache
def classes() -> tuple[type, ...]:
    """Import every module of the rooms, and give every class that is defined there."""
    names = [
        found.name
        for room in ROOMS
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")
        if not found.name.endswith("__main__")
    ]
    modules = [importlib.import_module(name) for name in names]
    found = (
        of for module in modules for of in vars(module).values() if getattr(of, "__module__", "") == module.__name__
    )
    return tuple(of for of in found if inspect.isclass(of))


def name(of: type) -> str:
    """Name a class in full."""
    return f"{of.__module__}.{of.__qualname__}"


def data_classes() -> list[type]:
    """Give the data classes through which something received can go."""
    return [of for of in classes() if dataclasses.is_dataclass(of) and not name(of).startswith(OWN)]


def shown(of: type) -> list[str]:
    """Name the fields that `repr` shows and whose type can hold something received."""
    fields = dataclasses.fields(of)
    return [field.name for field in fields if field.repr and any(word in str(field.type) for word in CARRIES)]


def test_the_walk_sees_the_house() -> None:
    """Data classes, models and exceptions are found, in every room."""
    assert len(data_classes()) > 40
    assert {of.__module__.split(".")[0] for of in classes()} == {room.__name__ for room in ROOMS}
    assert {"collector.records.LogRecord", "broker.port.Received"} <= {name(of) for of in data_classes()}


def test_a_data_class_that_shows_a_text_is_listed() -> None:
    """Who adds one has to say that the text is ours."""
    assert [name(of) for of in data_classes() if shown(of) and name(of) not in SHOWN] == []


def hidden(of: type) -> set[str]:
    """Name the fields that `repr` leaves out."""
    return {field.name for field in dataclasses.fields(of) if not field.repr}


def filled(of: type) -> object:
    """Make one with the canary in each field that is not to be shown, past its construction."""
    made: object = object.__new__(of)
    for field in dataclasses.fields(of):
        object.__setattr__(made, field.name, None if field.repr else CANARY)
    return made


@pytest.mark.parametrize("of", [of for of in data_classes() if hidden(of)], ids=name)
def test_a_data_class_hides_what_it_says_it_hides(of: type) -> None:
    """Neither `repr` nor `str` nor a format holds what stands in a field that is not to be shown."""
    made = filled(of)
    assert SNEAKY not in "".join((repr(made), str(made), f"{made}"))


CONTENT: Final = {
    "collector.records.LogRecord": {"body", "event_name", "severity_text", "attributes", "resource", "scope"},
    "collector.records.Resource": {"attributes", "schema_url"},
    "collector.records.Scope": {"name", "version", "attributes", "schema_url"},
    "collector.records.Pairs": {"pairs"},
    "collector.pipeline.Accepted": {"value", "key"},
    "collector.pipeline.Refused": {"record"},
    "broker.port.Message": {"value", "key", "headers"},
    "broker.port.Received": {"value", "key", "headers"},
    "consumers.validator.journey.Refused": {"value"},
    "consumers.validator.journey.Eligible": {"value"},
    "consumers.sink.rows.Row": {"values"},
    "consumers.sink.service._Gathered": {"rows", "last"},
}
"""Where what was received is held, field by field."""


@pytest.mark.parametrize("of", [of for of in data_classes() if name(of) in CONTENT], ids=name)
def test_what_holds_content_shows_none(of: type) -> None:
    """Fields that hold what was received are left out of `repr`."""
    assert hidden(of) >= CONTENT[name(of)]


def test_every_holder_of_content_is_there() -> None:
    """None of the list above has been renamed out of sight."""
    assert set(CONTENT) <= {name(of) for of in data_classes()}


def test_models_hide_their_input() -> None:
    """Every pydantic model leaves the input out of its errors."""
    models = [of for of in classes() if issubclass(of, BaseModel)]
    assert len(models) > 30
    assert [name(of) for of in models if not of.model_config.get("hide_input_in_errors")] == []


def test_settings_hide_the_password() -> None:
    """A password in the settings shows nowhere."""
    settings = KafkaSettings(kafka_bootstrap="localhost:9092", kafka_username="u", kafka_password=SecretStr(CANARY))
    told = (settings, settings.connection(), settings.model_dump(), settings.model_dump_json())
    assert SNEAKY not in "".join(map(repr, told)) + "".join(map(str, told))


def own_exceptions() -> list[type[BaseException]]:
    """Give every exception class of ours."""
    return [of for of in classes() if issubclass(of, BaseException)]


# An exception that an operator, not a sender, brings about: what caused it helps, and is about a file or a network.
CHAINED: Final = {"broker/connect.py", "broker/local/cluster.py", "broker/local/java.py"}


def chained(tree: ast.AST) -> Iterator[int]:
    """Give the lines where an exception is raised while another is handled, without leaving that one behind."""
    for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)):
        for node in ast.walk(handler):
            left_behind = (
                isinstance(node, ast.Raise) and isinstance(node.cause, ast.Constant) and node.cause.value is None
            )
            if isinstance(node, ast.Raise) and node.exc is not None and not left_behind:
                yield node.lineno


def test_a_foreign_exception_is_left_behind() -> None:
    """Whoever raises one of ours for a foreign one writes `from None`: a traceback would tell the foreign text."""
    files = [file for room in ROOMS for file in sorted((ROOT / room.__name__).rglob("*.py"))]
    found = {str(file.relative_to(ROOT)): list(chained(ast.parse(file.read_text("utf-8")))) for file in files}
    assert {file: lines for file, lines in found.items() if lines and file not in CHAINED} == {}
    assert all(found[file] for file in CHAINED)
    assert list(chained(ast.parse("try: f()\nexcept E as e:\n raise Ours(1) from e"))) == [3]


@pytest.mark.parametrize("of", own_exceptions(), ids=name)
def test_the_command_line_tells_of_an_exception_what_is_ours(of: type[BaseException]) -> None:
    """One of ours that is no message for an operator is told by type and place, as a foreign one is, causes too."""
    error = of.__new__(of)
    error.args = () if issubclass(of, OURS) else (CANARY,)
    error.__cause__ = KeyError(CANARY)
    error.__cause__.__cause__ = OSError(2, CANARY, CANARY)
    assert SNEAKY not in "\n".join(explain(error, frames=True))
