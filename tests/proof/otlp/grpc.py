"""OTLP/gRPC. Rows without a test are `NOT_YET`: once each has one, the parts' `is_built` goes."""

from __future__ import annotations

from typing import Final

from tests.proof.otlp.model import NOT_YET, Level, Part, Row

REQUEST: Final = Part("OTLP/gRPC request", "otlpgrpc-request", (
    Row(
        Level.MUST, "Limit the size of a message, after decompression too.",
        "The limits of OTLP/HTTP.",
        NOT_YET,
    ),
    Row(
        Level.RECOMMENDED, "The limit is 64 MiB unless told otherwise.",
        "8 MiB.",
        NOT_YET,
        but="As over HTTP.",
    ),
    Row(
        Level.SHOULD, "The limit can be configured.",
        "By the same setting as over HTTP.",
        NOT_YET,
    ),
    Row(
        Level.MUST, "Beyond the limit the call fails with RESOURCE_EXHAUSTED, without `RetryInfo`: for good.",
        "So.",
        NOT_YET,
    ),
    Row(
        Level.SHOULD, "Concurrent unary calls are served.",
        "So; as many are in work at once as over HTTP.",
        NOT_YET,
    ),
), is_built=False)  # fmt: skip

RESPONSE: Final = Part("OTLP/gRPC response", "otlpgrpc-response", (
    Row(
        Level.MUST, "Answer with the message that fits the case, limited in size; what does not fit fails with "
        "RESOURCE_EXHAUSTED.",
        "Made by the same code as over HTTP, and as small.",
        NOT_YET,
    ),
    Row(
        Level.SHOULD, "That limit (4 MiB recommended) can be configured, and a partial success made smaller to fit.",
        "There is nothing to configure: the largest answer has less than 4 KiB.",
        NOT_YET,
        but="As over HTTP.",
    ),
    Row(
        Level.SHOULD, "Answer a request without any telemetry with success.",
        "So.",
        NOT_YET,
    ),
    Row(
        Level.MUST, "Full success is an `Export…ServiceResponse` whose `partial_success` is unset.",
        "So.",
        NOT_YET,
    ),
    Row(
        Level.MUST, "Partial success is the same message with `partial_success` set, and in it the number of records "
        "that were refused, in the signal's own field.",
        "So.",
        NOT_YET,
    ),
    Row(
        Level.SHOULD, "`error_message` says in English why.",
        "Counts by reason, as over HTTP.",
        NOT_YET,
    ),
    Row(
        Level.MUST, "A warning where everything was taken has a count of 0 and a message that is not empty.",
        "As over HTTP.",
        NOT_YET,
    ),
    Row(
        Level.SHOULD, "What may be sent again fails with UNAVAILABLE.",
        "So, with `RetryInfo`; a defect of ours too.",
        NOT_YET,
    ),
    Row(
        Level.RECOMMENDED, "What must not be sent again fails with INVALID_ARGUMENT, or a code that says more.",
        "INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNIMPLEMENTED.",
        NOT_YET,
    ),
), is_built=False)  # fmt: skip

THROTTLING: Final = Part("OTLP/gRPC throttling", "otlpgrpc-throttling", (
    Row(
        Level.SHOULD, "A server that can't keep up says so: UNAVAILABLE, perhaps with `RetryInfo`.",
        "UNAVAILABLE where Kafka does not acknowledge or too much is held, RESOURCE_EXHAUSTED above a token's rate, "
        "both with `RetryInfo`.",
        NOT_YET,
    ),
    Row(
        Level.SHOULD, "`retry_delay` is long enough to recover in, and short enough to lose nothing.",
        "From 1 to 5 seconds.",
        NOT_YET,
    ),
    Row(
        Level.SAYS, "The port is 4317.",
        "4317, unless told otherwise.",
        NOT_YET,
    ),
), is_built=False)  # fmt: skip
