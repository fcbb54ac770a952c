"""What a quarantine record is in Avro: the form that is written, and the one before, which is still read.

A form that was registered never changes; a new one is a new version under a new id.
"""

from __future__ import annotations

from typing import Any, Final

from schemas.codec import Codec, CodecError

_REFUSAL: Final[list[dict[str, Any]]] = [
    {"name": "reason", "type": "string", "doc": "A code of schemas.reasons."},
    {"name": "schema_id", "type": ["null", "int"], "default": None},
    {"name": "field", "type": ["null", "string"], "default": None, "doc": "A path the catalogue declares."},
    {"name": "value_kind", "type": "string"},
    {"name": "size", "type": "string", "doc": "Size bucket of the value, in bytes or items."},
    {"name": "count", "type": "int"},
]
_SENDER: Final[list[dict[str, Any]]] = [
    {"name": "app", "type": ["null", "string"], "default": None, "doc": "A word of the catalogue's list of apps."},
    {"name": "app_version", "type": ["null", "string"], "default": None, "doc": "Its version, written anew."},
    {"name": "fingerprint", "type": "string", "default": "", "doc": "Keyed: equal mistakes have the same."},
]


def _form(told: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "record",
        "name": "Quarantined",
        "namespace": "tidegate",
        "doc": "Refused records of one batch: sealed, with their content-free reasons.",
        "fields": [
            {"name": "stage", "type": {"type": "enum", "name": "Stage", "symbols": ["COLLECTOR", "VALIDATOR"]}},
            {"name": "catalogue", "type": "string", "doc": "The catalogue's version."},
            {"name": "hour", "type": {"type": "long", "logicalType": "timestamp-millis"}, "doc": "When, to the hour."},
            {"name": "records", "type": "int", "doc": "How many records are sealed."},
            {
                "name": "refusals",
                "type": {"type": "array", "items": {"type": "record", "name": "Refusal", "fields": told}},
            },
            {"name": "sealed", "type": "bytes", "doc": "age, X25519: an Avro tidegate.Sealed."},
        ],
    }


QUARANTINED: Final = _form([*_REFUSAL, *_SENDER])
QUARANTINED_1: Final = _form(_REFUSAL)
SEALED: Final[dict[str, Any]] = {
    "type": "record",
    "name": "Sealed",
    "namespace": "tidegate",
    "doc": "What a quarantine record's seal encloses.",
    "fields": [
        {"name": "format", "type": "string", "doc": "otlp.logs (ExportLogsServiceRequest) or kafka.value."},
        {"name": "items", "type": {"type": "array", "items": "bytes"}},
    ],
}

QUARANTINE_CODEC: Final = Codec(QUARANTINED)
_FIRST: Final = Codec(QUARANTINED_1)
_UNKNOWN: Final = {field["name"]: field["default"] for field in _SENDER}


def outside(payload: bytes) -> dict[str, Any]:
    """Read what stands outside a seal, in whichever form it was written; the first tells of no sender.

    It takes no catalogue: an operator reads what any catalogue has registered, under any id. No record with a refusal
    has both forms: where the newest has a union's branch, 0 or 1, the first has how long a reason or the seal is.

    Raises:
        CodecError: it has neither form.
    """
    try:
        return QUARANTINE_CODEC.decode(payload)
    except CodecError:
        told = _FIRST.decode(payload)
        return told | {"refusals": [{**refusal, **_UNKNOWN} for refusal in told["refusals"]]}
