"""OTLP/gRPC: collector/grpc_calls.py."""

from __future__ import annotations

from typing import Final

from tests.proof.otlp.model import Level, Part, Row

_DOOR: Final = "tests/unit/test_grpc_door.py::"
_SDK: Final = "tests/unit/test_grpc_sdk.py::"
_SENDERS: Final = "tests/unit/test_grpc_senders.py::"
_LETTER: Final = "tests/unit/test_collector_conformance.py::"

REQUEST: Final = Part("OTLP/gRPC request", "otlpgrpc-request", (
    Row(
        Level.MUST, "Limit the size of a message, after decompression too.",
        "`limits.message` as sent, `limits.body` once decompressed.",
        (
            _DOOR + "test_a_message_may_be_as_large_as_the_limit_and_no_byte_more",
            _DOOR + "test_a_message_may_hold_as_much_as_a_body",
            _DOOR + "test_a_bomb_is_refused_at_its_permitted_size",
        ),
    ),
    Row(
        Level.RECOMMENDED, "The limit is 64 MiB unless told otherwise.",
        "4 MiB as sent, 8 MiB decompressed.",
        (_LETTER + "test_the_default_limits_are_those_of_the_page",),
        but="As over HTTP.",
    ),
    Row(
        Level.SHOULD, "The limit can be configured.",
        "By `limits`.",
        (_DOOR + "test_a_message_may_be_as_large_as_the_limit_and_no_byte_more",),
    ),
    Row(
        Level.MUST, "Beyond the limit the call fails with RESOURCE_EXHAUSTED, without `RetryInfo`: for good.",
        "So above `limits.message`; INVALID_ARGUMENT where a message within it holds more than one request may.",
        (
            _DOOR + "test_a_message_may_be_as_large_as_the_limit_and_no_byte_more",
            _SDK + "test_what_can_never_be_taken_is_sent_once",
        ),
        but="Python's exporter sends again after RESOURCE_EXHAUSTED, `RetryInfo` or not, until it gives up.",
    ),
    Row(
        Level.SHOULD, "Concurrent unary calls are served.",
        "So; as many are in work at once as over HTTP.",
        (_DOOR + "test_more_calls_than_may_be_at_once_are_told_to_come_again",),
    ),
))  # fmt: skip

RESPONSE: Final = Part("OTLP/gRPC response", "otlpgrpc-response", (
    Row(
        Level.MUST, "Answer with the message that fits the case, limited in size; what does not fit fails with "
        "RESOURCE_EXHAUSTED.",
        "Made by the same code as over HTTP, and as small.",
        (_LETTER + "test_an_answer_has_a_size_of_its_own",),
    ),
    Row(
        Level.SHOULD, "That limit (4 MiB recommended) can be configured, and a partial success made smaller to fit.",
        "There is nothing to configure: the largest answer has less than 4 KiB.",
        (_LETTER + "test_an_answer_has_a_size_of_its_own",),
        but="As over HTTP.",
    ),
    Row(
        Level.SHOULD, "Answer a request without any telemetry with success.",
        "So.",
        (_DOOR + "test_records_are_taken_and_nothing_is_said",),
    ),
    Row(
        Level.MUST, "Full success is an `Export…ServiceResponse` whose `partial_success` is unset.",
        "So.",
        (_DOOR + "test_records_are_taken_and_nothing_is_said",),
    ),
    Row(
        Level.MUST, "Partial success is the same message with `partial_success` set, and in it the number of records "
        "that were refused, in the signal's own field.",
        "So.",
        (
            _DOOR + "test_refusals_are_counted_in_the_answer",
            _SDK + "test_what_is_refused_is_not_sent_again",
        ),
    ),
    Row(
        Level.SHOULD, "`error_message` says in English why.",
        "Counts by reason, as over HTTP.",
        (_DOOR + "test_refusals_are_counted_in_the_answer",),
    ),
    Row(
        Level.MUST, "A warning where everything was taken has a count of 0 and a message that is not empty.",
        "As over HTTP.",
        (_DOOR + "test_a_warning_counts_no_record",),
    ),
    Row(
        Level.SHOULD, "What may be sent again fails with UNAVAILABLE.",
        "So, with `RetryInfo`; a defect of ours too.",
        (
            _DOOR + "test_what_cannot_be_taken_now_is_told_when_to_come_again",
            _SDK + "test_what_is_told_to_come_again_arrives_once",
        ),
    ),
    Row(
        Level.RECOMMENDED, "What must not be sent again fails with INVALID_ARGUMENT, or a code that says more.",
        "INVALID_ARGUMENT (with a `BadRequest` where it can't be decoded), UNAUTHENTICATED, PERMISSION_DENIED, "
        "RESOURCE_EXHAUSTED, UNIMPLEMENTED: of profiles in our words, of an unknown method in grpc's own.",
        (
            _DOOR + "test_profiles_are_told_that_they_are_not_carried",
            _DOOR + "test_what_cannot_be_decoded_is_never_sent_again",
            _SENDERS + "test_who_may_not_send_is_refused_for_good",
        ),
    ),
))  # fmt: skip

THROTTLING: Final = Part("OTLP/gRPC throttling", "otlpgrpc-throttling", (
    Row(
        Level.SHOULD, "A server that can't keep up says so: UNAVAILABLE, perhaps with `RetryInfo`.",
        "UNAVAILABLE where Kafka does not acknowledge or too much is held, RESOURCE_EXHAUSTED above a token's rate, "
        "both with `RetryInfo`.",
        (
            _DOOR + "test_what_cannot_be_taken_now_is_told_when_to_come_again",
            _SDK + "test_a_throttled_exporter_waits_as_it_is_told",
        ),
    ),
    Row(
        Level.SHOULD, "`retry_delay` is long enough to recover in, and short enough to lose nothing.",
        "From 1 to 5 seconds.",
        (_DOOR + "test_what_cannot_be_taken_now_is_told_when_to_come_again",),
    ),
    Row(
        Level.SAYS, "The port is 4317.",
        "4317, unless told otherwise.",
        (_DOOR + "test_the_port_is_the_protocols",),
    ),
))  # fmt: skip
