"""Messages for the sink's tests: values that fit a registered schema, made from the schema itself."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from schemas.codec import Codec, frame
from schemas.registry import Registered, Role

HOUR = 3_600_000
NOW = 1_790_000_000_000 // HOUR * HOUR  # milliseconds


def clock() -> float:
    """Give the moment of all samples, in seconds since the epoch."""
    return NOW / 1000


def message(registered: Registered, seed: int) -> bytes:
    """Frame a value of this schema; the same seed gives the same message, event id and all."""
    return frame(registered.id, Codec(registered.avro).encode(value(registered, seed)))


def value(registered: Registered, seed: int) -> dict[str, Any]:
    """Make a value of this schema."""
    made = _Maker(random.Random(seed), ml=registered.role is Role.ML).of(registered.avro, {})  # noqa: S311 - samples
    assert isinstance(made, dict)
    return made


class _Maker:
    """Makes values; remembers named types, which a schema defines once and then names."""

    def __init__(self, rng: random.Random, *, ml: bool) -> None:
        self.rng, self.ml = rng, ml
        self.named: dict[str, Any] = {}

    def of(self, avro: Any, notes: Mapping[str, Any]) -> Any:  # noqa: ANN401 - an Avro type, and a value of it
        """Make a value of a type, inside the field's domain."""
        if isinstance(avro, list):
            return self.of(avro[1], notes) if self.rng.random() < 0.7 else None
        if isinstance(avro, str) and avro.split(".")[-1] in self.named:
            avro = self.named[avro.split(".")[-1]]
        if not isinstance(avro, dict):
            return self._plain(avro, notes)
        if "name" in avro:
            self.named[avro["name"]] = avro
        if avro.get("name") == "UserAgent":
            return {"browser": "CHROME", "browser_major": self.rng.randint(0, 9), "os": "LINUX", "os_major": 0}
        if avro["type"] == "record":
            return {item["name"]: self.of(item["type"], item.get("tidegate", {})) for item in avro["fields"]}
        return self._complex(avro, notes)

    def _complex(self, avro: Mapping[str, Any], notes: Mapping[str, Any]) -> object:
        if avro["type"] == "enum":
            return self.rng.choice(avro["symbols"])
        if avro["type"] == "fixed":
            return self.rng.randbytes(avro["size"])
        if avro["type"] == "array":
            return [self.of(avro["items"], {}) for _ in range(self.rng.randint(0, 2))]
        if "logicalType" in avro:
            return NOW * (1 if avro["logicalType"] == "timestamp-millis" else 1000)
        return self._plain(avro["type"], notes)

    def _plain(self, kind: str, notes: Mapping[str, Any]) -> object:
        if "words" in notes:
            return self.rng.randint(0, len(notes["words"])) if self.ml else self.rng.choice(notes["words"])
        if "edges" in notes:
            return self.rng.randrange(len(notes["edges"]))
        if kind == "boolean":
            return self.rng.random() < 0.5
        if kind in {"int", "long"}:
            return self.rng.randint(0, min(9, int(notes.get("max", 9))))
        if kind in {"float", "double"}:
            return self.rng.random()
        return self.rng.randbytes(16) if kind == "bytes" else self._text(notes)

    def _text(self, notes: Mapping[str, Any]) -> str:
        if notes.get("domain") == "version":
            return ".".join(str(self.rng.randint(0, bound)) for bound in notes["components"])
        return self.rng.randbytes(16).hex()
