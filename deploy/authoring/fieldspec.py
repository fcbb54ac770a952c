"""Reads what an author says of a field: `length?:duration:unit=s:max=3600:doc=How long it took` is one.

The name, a question mark where the field may be absent, its domain (or `content`), then `key=value` each after a colon.
`attribute`, `doc`, `class`, `symbols` and `type` are the field's own keys; all others are the domain's parameters.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from deploy.errors import Problem

_SPEC = re.compile(r"(?P<name>[A-Za-z_]\w*)(?P<absent>\??):(?P<domain>[a-z_]+)(?P<rest>:.*)?", re.ASCII | re.DOTALL)
_KEY = re.compile(r":(?=[a-z_]+=)")
_LISTS: Final = {"symbols", "components"}
_TEXTS: Final = {"doc", "attribute", "class", "type", "vocabulary", "unit", "on_miss", "resolution"}
_BUCKETS: Final = 16  # what a whole number gets when its author says neither buckets nor digits
# The Avro type that a domain is written with; an enum writes its own.
TYPES: Final[dict[str, object]] = {
    "flag": "boolean",
    "vocabulary": "string",
    "count": "long",
    "size": "long",
    "duration": "long",
    "measure": "double",
    "ratio": "double",
    "time": {"type": "long", "logicalType": "timestamp-micros"},
    "version": "string",
    "pseudonym": "string",
    "user_agent": "tidegate.UserAgent",
}
CONTENT: Final = "content"
DOMAINS: Final = (*TYPES, "enum", CONTENT)
HELP: Final = "name[?]:domain[:key=value]…, for example `length:duration:unit=s:max=3600:doc=How long it took.`"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field as its author described it; `attribute` is empty where it is to be made from the event's name."""

    name: str
    domain: str
    nullable: bool = False
    attribute: str = ""
    doc: str = ""
    content_class: str = ""
    avro: str = ""
    symbols: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)

    def schema(self, event: str) -> dict[str, Any]:
        """Write the field as the schema of `event` has it."""
        avro = self._type()
        made: dict[str, Any] = {"name": self.name, "type": ["null", avro] if self.nullable else avro}
        if self.nullable:
            made["default"] = None
        return made | {"doc": self.doc, "tidegate": self._meaning(event)}

    def reads(self, event: str) -> str:
        """Name the attribute that it reads."""
        return self.attribute or f"{event.rpartition('.')[0]}.{self.name}"

    def _type(self) -> object:
        if self.domain == "enum":
            symbols = [symbol.upper() for symbol in self.symbols]
            name = "".join(part.title() for part in self.name.split("_"))
            default = {"default": "OTHER"} if self.parameters.get("on_miss") == "other" else {}
            return {"type": "enum", "name": name, "symbols": symbols} | default
        if self.domain == CONTENT:
            return self.avro or "string"
        return self.avro or TYPES[self.domain]

    def _meaning(self, event: str) -> dict[str, Any]:
        if self.domain == CONTENT:
            return {"attribute": self.reads(event), "content_class": self.content_class}
        bounded = self.domain in {"count", "size", "duration"} and not {"buckets", "digits"} & set(self.parameters)
        more = {"buckets": _BUCKETS} if bounded else {}
        return {"attribute": self.reads(event), "domain": self.domain, **self.parameters, **more}


def read(text: str) -> FieldSpec:
    """Read one description.

    Raises:
        Problem: it can't be read.
    """
    match = _SPEC.fullmatch(text.strip())
    if match is None:
        raise Problem(f"A field is described as {HELP}")
    if match["domain"] not in DOMAINS:
        raise Problem(f"The field `{match['name']}` has no domain we know; give one of: {', '.join(DOMAINS)}.")
    said = dict(_pair(part, match["name"]) for part in _KEY.split(match["rest"] or "")[1:])
    if match["rest"] and not said:
        raise Problem(f"The field `{match['name']}` has something after its domain that is no `:key=value`.")
    return FieldSpec(
        name=match["name"],
        domain=match["domain"],
        nullable=bool(match["absent"]),
        attribute=said.pop("attribute", ""),
        doc=said.pop("doc", ""),
        content_class=said.pop("class", ""),
        avro=said.pop("type", ""),
        symbols=tuple(said.pop("symbols", ())),
        parameters=said,
    )


def _pair(part: str, name: str) -> tuple[str, Any]:
    key, _, text = part.partition("=")
    text = text.strip()
    if key in _TEXTS:
        return key, text
    if key in _LISTS:
        items = text.strip("[]").split(",")
        return key, [_typed(item.strip()) if key == "components" else item.strip() for item in items]
    value = _typed(text)
    if isinstance(value, (dict, list)):
        raise Problem(f"The field `{name}` has a parameter `{key}` that is neither a word nor a number.")
    return key, value


def _typed(text: str) -> Any:  # noqa: ANN401 - whatever JSON says it is
    try:
        return json.loads(text)
    except ValueError:
        return text
