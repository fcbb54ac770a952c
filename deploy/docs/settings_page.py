"""The tables of the collector's settings, out of the models that read them."""

from __future__ import annotations

import types
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from broker.settings import PREFIX
from collector.limits import Limits, Says
from collector.logbook import CANNOT_START, EVENTS
from collector.senders import Rate
from collector.settings import CollectorSettings
from collector.wrong_settings import TABLES
from schemas.catalogue import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

# What every service has is described here: the model is the broker's.
COMMON: Final[Mapping[str, str]] = {
    "kafka_bootstrap": "Brokers to begin with, as `HOST:PORT`, several with commas between; has to be set.",
    "kafka_password": "That user's password; a file is better, as other processes may see variables.",
    "kafka_password_file": "File with that user's password; by default `DATA_DIR/credentials/USERNAME`.",
    "kafka_driver": "Client library; `confluent` is quicker, and takes the extra `fast`.",
    "kafka_security_protocol": "How the brokers are spoken to.",
    "kafka_mechanism": "How the user logs in, where the protocol is one of SASL's.",
    "kafka_ca_file": "Authority in PEM that signed the brokers' certificates; by default the system's.",
    "data_dir": "Folder of keys, credentials, the spill, and what `tidegate status` reads.",
}
RATE: Final[Mapping[str, str]] = {
    "records": "Records a second; above it 429 with Retry-After, `RESOURCE_EXHAUSTED`.",
    "bytes": "Bytes a second of bodies as they are sent; above it the same.",
    "burst": "Seconds' worth that may come at once; a request that is larger is paid for afterwards.",
}
FLAGS: Final = frozenset({"data_dir", "catalog", "host", "port", "grpc_port", "workers"})


def sections() -> Mapping[str, str]:
    """One row a setting, a limit, a part of the rate."""
    return {"settings": _settings(), "limits": _limits(), "rate": _rate(), "events": _events()}


def _settings() -> str:
    rows = ["| setting, key in the file | variable | flag | takes | default | what it says |", "|---" * 6 + "|"]
    for name, field in CollectorSettings.model_fields.items():
        flag = f"`--{name.replace('_', '-')}`" if name in FLAGS else ""
        says = says_of(name, field)
        cells = (f"`{name}`", f"`{PREFIX}{name.upper()}`", flag, _takes(name, field), _default(name, field), says)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def says_of(name: str, field: FieldInfo) -> str:
    """Give a setting's sentence."""
    return " ".join((field.description or COMMON[name]).split())


def _limits() -> str:
    rows = ["| limit | default | what it bounds | what becomes of more |", "|---" * 4 + "|"]
    hints = get_type_hints(Limits, include_extras=True)
    for field in fields(Limits):
        says = next(item for item in get_args(hints[field.name]) if isinstance(item, Says))
        rows.append(f"| `{field.name}` | {_number(field.default)} | {says.bounds} | {says.above} |")
    return "\n".join(rows)


def _events() -> str:
    rows = ["| event | level | its sentence |", "|---" * 3 + "|"]
    for mark, (event, level) in EVENTS.items():
        rows.append(f"| `{event}` | {level} | {mark if mark.startswith('…') else f'{mark} …'} |")
    event, level = CANNOT_START
    return "\n".join([*rows, f"| `{event}` | {level} | whatever the reason; exit code 2 |"])


def _rate() -> str:
    rows = ["| part of `rate` | default | what it says |", "|---" * 3 + "|"]
    rows += [f"| `{field.name}` | {_number(field.default)} | {RATE[field.name]} |" for field in fields(Rate)]
    return "\n".join(rows)


def _default(name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "none"
    match field.default:
        case None | ():
            return "not set"
        case Limits() | Rate():
            return "see below"
        case Path() as path:
            return "the shipped one" if path == SHIPPED else f"`{path}`"
        case bool() | str() as plain:
            return f"`{plain}`"
    return _number(field.default) if name != "port" and not name.endswith("_port") else f"`{field.default}`"


def _takes(name: str, field: FieldInfo) -> str:
    if name in TABLES:
        return "a table; JSON in a variable"
    if name == "cors_origins":
        return "a list; commas or JSON in a variable"
    if name == "trace_endpoint":
        return "a URL"
    return ", ".join(dict.fromkeys(_words(field.annotation)))


def _words(kind: Any) -> list[str]:  # noqa: ANN401 - any annotation
    origin = get_origin(kind)
    if origin is Annotated:
        return _words(get_args(kind)[0])
    if origin in {Union, types.UnionType}:
        return [word for part in get_args(kind) if part is not type(None) for word in _words(part)]
    if origin is Literal:
        return [f"`{value}`" for value in get_args(kind)]
    return [_WORDS.get(kind, "a text")]


_WORDS: Final[Mapping[object, str]] = {bool: "`true`, `false`", int: "a number", Path: "a path"}


def _number(value: object) -> str:
    return "not set" if value is None else f"{value:,}"
