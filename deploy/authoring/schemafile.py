"""Writes an event's schema as people write them: one property a line at the top, a field in a few lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_WIDTH = 120


def schema_text(avro: Mapping[str, Any]) -> str:
    """Write a schema of our own making as JSON text."""
    head = [f"  {_json(key)}: {_json(value)}" for key, value in avro.items() if key not in {"tidegate", "fields"}]
    meta = ",\n".join(f"    {_json(key)}: {_json(value)}" for key, value in avro["tidegate"].items())
    fields = ",\n".join(_field(field) for field in avro["fields"])
    parts = [*head, f'  "tidegate": {{\n{meta}\n  }}', f'  "fields": [\n{fields}\n  ]']
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _field(field: Mapping[str, Any]) -> str:
    lines, line = [], ""
    for key, value in field.items():
        part = f"{_json(key)}: {_json(value)}"
        if line and (key in {"doc", "tidegate"} or len(line) + len(part) > _WIDTH):
            lines.append(line)
            line = part
        else:
            line = f"{line}, {part}" if line else part
    return "    {" + ",\n     ".join([*lines, line]) + "}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
