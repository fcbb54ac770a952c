"""The two encodings of OTLP/HTTP, and how versions live together."""

from __future__ import annotations

from typing import Final

from tests.proof.otlp.model import Level, Part, Row

_JSON: Final = "tests/unit/test_collector_otlp_json.py::"
_REFUSED: Final = "tests/unit/test_collector_otlp_json_refused.py::"
_OTLP: Final = "tests/unit/test_collector_otlp.py::"
_LETTER: Final = "tests/unit/test_collector_conformance.py::"
_BOTH: Final = "tests/unit/test_signals_otlp.py::test_both_encodings_give_one_result"
_NODE: Final = "tests/unit/test_collector_node_sdk.py::"

BINARY: Final = Part("Binary protobuf encoding", "binary-protobuf-encoding", (
    Row(
        Level.MUST, "`Content-Type: application/x-protobuf` on request and answer.",
        "Told by it, and answered with it.",
        (_LETTER + "test_an_answer_is_of_the_requests_type",),
    ),
    Row(
        Level.SAYS, "The payload is proto3 in its standard encoding.",
        "Read by protobuf's own decoder (upb), every field of every signal.",
        (
            _OTLP + "test_every_field_of_a_log_is_read",
            _BOTH,
            "tests/unit/test_collector_serve.py::test_what_a_stock_sdk_sends_arrives",
        ),
    ),
))  # fmt: skip

JSON: Final = Part("JSON protobuf encoding", "json-protobuf-encoding", (
    Row(
        Level.MUST, "`Content-Type: application/json` on request and answer.",
        "Told by it, and answered with it.",
        (_LETTER + "test_an_answer_is_of_the_requests_type",),
    ),
    Row(
        Level.SAYS, "The payload is proto3 in its standard JSON mapping, but for what follows.",
        "The same message in either encoding gives the same records and the same Avro, byte for byte. 64-bit integers "
        "as numbers or strings, doubles as numbers, strings or the three words, base64 for bytes, null for absent.",
        (
            _BOTH,
            _JSON + "test_json_and_protobuf_give_equal_records",
            _JSON + "test_values_are_read_as_protobufs_json_mapping_has_them",
            _JSON + "test_the_example_of_the_protocol_is_read",
            _REFUSED + "test_half_a_surrogate_pair_is_undecodable_wherever_it_stands",
        ),
        but="Stricter than protobuf where one text could be read in two ways: a name twice in one object, two kinds in "
        "one value, NaN and Infinity as bare words, half a surrogate pair (in a name that is passed over, too) and "
        "anything after the value are answered 400.",
    ),
    Row(
        Level.SAYS, "`traceId` and `spanId` are hexadecimal, in either case.",
        "So, `parentSpanId` too; base64 or half a byte is answered 400, a wrong length refuses the record.",
        (
            _JSON + "test_ids_are_hexadecimal_in_either_case",
            _REFUSED + "test_a_field_of_a_wrong_type_is_undecodable",
            "tests/unit/test_signals_gate.py::test_ids_have_the_length_that_the_protocol_sets",
        ),
    ),
    Row(
        Level.MUST, "Enums are integers; their names are not used.",
        "A number, named or not, is taken; a name is answered 400.",
        (_JSON + "test_the_example_of_the_protocol_is_read", _REFUSED + "test_a_field_of_a_wrong_type_is_undecodable"),
    ),
    Row(
        Level.MUST, "Unknown names are ignored, as if they were not there.",
        "So; what they hold is in no record.",
        (_JSON + "test_unknown_names_are_ignored", _OTLP + "test_unknown_fields_are_ignored"),
    ),
    Row(
        Level.SAYS, "Names are in lowerCamelCase; those of the .proto files are not valid.",
        "A name in snake_case is an unknown one, and ignored.",
        (_JSON + "test_unknown_names_are_ignored",),
    ),
    Row(
        Level.SAYS, "64-bit integers are decimal strings; when decoding, numbers are taken as well.",
        "Both are taken, a number with a point or an exponent below 2^53, a string of digits alone; our own counts are "
        "strings.",
        (
            _JSON + "test_json_and_protobuf_give_equal_records",
            _REFUSED + "test_a_value_of_a_wrong_type_is_undecodable",
            _OTLP + "test_refusals_are_a_partial_success",
        ),
    ),
))  # fmt: skip

VERSIONS: Final = Part("Future versions and interoperability", "future-versions-and-interoperability", (
    Row(
        Level.MUST, "Versions that are not obsolete understand one another.",
        "A newer sender's fields are ignored, in either encoding; an older one's are absent. Stock SDKs of two "
        "languages are among the tests.",
        (
            _OTLP + "test_unknown_fields_are_ignored",
            "tests/unit/test_collector_serve.py::test_what_a_stock_sdk_sends_arrives",
            _NODE + "test_what_the_node_sdk_sends_is_there_once",
        ),
        but="Fields that are reserved for profiles (`key_strindex`, `string_value_strindex`) are answered 400 in other "
        "signals: what they point to is not in the request.",
    ),
))  # fmt: skip
