"""The one door to fastavro: strict encode, strict decode, Confluent's frame. No error tells a value.

A message is `0x00`, the schema id as four big-endian bytes, and one Avro value in its schema
(https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import fastavro

MAGIC = 0
HEADER = 5  # bytes: magic and id


class CodecError(Exception):
    """Bytes that are not one canonical value of the schema, or a value that does not fit it."""


class Codec:
    """Encodes and decodes one schema. Timestamps are plain integers, fixed values plain bytes."""

    def __init__(self, avro: Mapping[str, Any]) -> None:
        """Parse the schema.

        Raises:
            CodecError: it is no Avro schema.
        """
        try:
            self._schema = fastavro.parse_schema(_bare(avro), named_schemas={})
        except Exception as error:  # noqa: BLE001 - fastavro raises many kinds, KeyError among them
            raise CodecError(f"not an Avro schema ({type(error).__name__})") from None

    def encode(self, value: Mapping[str, Any]) -> bytes:
        """Encode a value that has every field and no other.

        Raises:
            CodecError: it does not fit the schema.
        """
        out = io.BytesIO()
        try:
            fastavro.schemaless_writer(out, self._schema, value, strict=True)
        except Exception as error:  # noqa: BLE001 - as above; the text would hold the value
            raise CodecError(f"the value does not fit its schema ({type(error).__name__})") from None
        return out.getvalue()

    def decode(self, payload: bytes) -> dict[str, Any]:
        """Decode exactly one value, canonically encoded: encoding it again must give the same bytes.

        That one comparison finds trailing bytes, truncated strings, negative lengths and non-minimal varints alike.

        Raises:
            CodecError: anything else.
        """
        source = io.BytesIO(payload)
        try:
            value = fastavro.schemaless_reader(source, self._schema, None)
        except Exception as error:  # noqa: BLE001 - as above
            raise CodecError(f"the bytes are no value of the schema ({type(error).__name__})") from None
        if not isinstance(value, dict) or self.encode(value) != payload:
            raise CodecError("the bytes are not exactly one canonical value of the schema")
        return value


def frame(schema_id: int, payload: bytes) -> bytes:
    """Put the frame before a payload."""
    return bytes([MAGIC]) + schema_id.to_bytes(HEADER - 1) + payload


def unframe(message: bytes | None) -> tuple[int, bytes]:
    """Take the frame off: schema id and payload.

    Raises:
        CodecError: there is no frame.
    """
    if message is None or len(message) < HEADER or message[0] != MAGIC:
        raise CodecError("the message has no frame")
    return int.from_bytes(message[1:HEADER]), message[HEADER:]


def _bare(avro: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Copy a schema without logical types and properties: fastavro makes dates of logical times, which overflow."""
    if isinstance(avro, Mapping):
        kept = ("type", "name", "namespace", "fields", "symbols", "size", "items", "default")
        return {
            key: _bare(avro[key]) if key in ("type", "fields", "items") else avro[key] for key in kept if key in avro
        }
    if isinstance(avro, (list, tuple)):
        return [_bare(item) for item in avro]
    return avro
