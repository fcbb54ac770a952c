"""OTLP/HTTP, and what holds for every transport."""

from __future__ import annotations

from typing import Final

from tests.proof.otlp.model import Level, Part, Row

_APP: Final = "tests/unit/test_collector_app.py::"
_BODY: Final = "tests/unit/test_collector_body.py::"
_CODINGS: Final = "tests/unit/test_collector_codings.py::"
_LETTER: Final = "tests/unit/test_collector_conformance.py::"
_LOAD: Final = "tests/unit/test_collector_app_load.py::"
_MANNERS: Final = "tests/unit/test_collector_manners.py::"
_NODE: Final = "tests/unit/test_collector_node_sdk.py::"
_NOISY: Final = "tests/unit/test_collector_noisy.py::"
_OTLP: Final = "tests/unit/test_collector_otlp.py::"
_QUOTA: Final = "tests/unit/test_collector_quota.py::"
_SERVE: Final = "tests/unit/test_collector_serve.py::"
_SERVICE: Final = "tests/unit/test_collector_service.py::"

ANY: Final = Part("Protocol details", "protocol-details", (
    Row(
        Level.MUST, "Take requests that are not compressed, and gzip.",
        "Both; over HTTP deflate and zstd, too. Over gRPC deflate is UNIMPLEMENTED, in grpc's own words: a message "
        "does not say how it is compressed, and what is compressed by deflate could be protobuf.",
        (
            _APP + "test_records_reach_the_intake_in_any_encoding",
            _SERVE + "test_what_a_stock_sdk_sends_arrives",
            "tests/unit/test_grpc_door.py::test_a_gzip_message_is_taken",
            "tests/unit/test_grpc_door.py::test_another_compression_is_unimplemented",
        ),
    ),
))  # fmt: skip

REQUEST: Final = Part("OTLP/HTTP request", "otlphttp-request", (
    Row(
        Level.SAYS, "Telemetry comes by POST: logs to `/v1/logs`, traces to `/v1/traces`, metrics to `/v1/metrics`.",
        "So; another method is answered 405 with `Allow`, another path 404.",
        (
            _LETTER + "test_each_signal_has_its_path_and_its_answers",
            _APP + "test_bad_requests_get_their_status_and_nothing_else",
            _APP + "test_a_method_that_is_not_taken_is_told_which_are",
        ),
    ),
    Row(
        Level.SAYS, "Profiles, in development, come to `/v1development/profiles`.",
        "404, over gRPC UNIMPLEMENTED, with a Status that says so; an SDK does not send them again.",
        (
            _APP + "test_bad_requests_get_their_status_and_nothing_else",
            "tests/unit/test_grpc_door.py::test_profiles_are_told_that_they_are_not_carried",
        ),
        but="Profiles hold frames and strings of a process: there is no domain for them, so there is no way in.",
    ),
    Row(
        Level.SAYS, "The client may gzip its body, and then says `Content-Encoding: gzip`.",
        "Exactly one whole stream is taken; a coding that is not known is answered 415, a broken stream 400.",
        (
            _CODINGS + "test_what_was_compressed_is_decompressed",
            _CODINGS + "test_other_codings_are_unsupported",
            _CODINGS + "test_a_body_that_is_not_one_stream_is_undecodable",
        ),
    ),
    Row(
        Level.MUST, "Limit the size of a body, after decompression too.",
        "Bytes are counted as they arrive and as they come out of decompression; a ratio is limited as well, and the "
        "bytes of all bodies that are held at once. One that is announced larger is answered before any of it is read, "
        "so also before `100 Continue`.",
        (
            "tests/unit/test_collector_manners.py::test_a_body_that_is_announced_too_large_is_not_even_asked_for",
            _BODY + "test_a_body_beyond_the_limit_is_too_large_as_soon_as_it_is",
            _CODINGS + "test_one_byte_beyond_the_limit_is_too_large",
            _CODINGS + "test_a_bomb_costs_no_memory",
            _LOAD + "test_bodies_held_at_once_are_limited",
        ),
    ),
    Row(
        Level.RECOMMENDED, "The limit is 64 MiB unless told otherwise.",
        "8 MiB decompressed, 4 MiB compressed, 10,000 records, 250,000 values.",
        (_LETTER + "test_the_default_limits_are_those_of_the_page",),
        but="512 records, what a stock SDK sends at most, are a few hundred kilobytes; sixteen bodies of 64 MiB, "
        "decoded, would not fit into the memory that one collector may take.",
    ),
    Row(
        Level.SHOULD, "The limit can be configured.",
        "`limits` in the settings file, `TIDEGATE_LIMITS` in the environment, each limit by its name.",
        (_QUOTA + "test_an_operator_sets_some_limits_and_keeps_the_others",),
    ),
    Row(
        Level.MUST, "Beyond the limit the answer is 413.",
        "413, for bytes, records, attributes and values alike.",
        (
            _APP + "test_an_endless_body_is_cut_off",
            _APP + "test_bad_requests_get_their_status_and_nothing_else",
            _QUOTA + "test_a_limit_is_taken_and_one_above_is_not",
        ),
    ),
))  # fmt: skip

RESPONSE: Final = Part("OTLP/HTTP response", "otlphttp-response", (
    Row(
        Level.MUST, "Answer with the message that fits the case, in the encoding and with the `Content-Type` of the "
        "request.",
        "So for every status. Where the request names no type that we know (415), the answer is JSON.",
        (_LETTER + "test_an_answer_is_of_the_requests_type",),
    ),
    Row(
        Level.MUST, "Limit the size of an answer, and fail with 500 where it does not fit.",
        "An answer is made of counts and of our own closed list of reasons: the largest there can be has less than "
        "4 KiB, so that it always fits.",
        (_LETTER + "test_an_answer_has_a_size_of_its_own",),
    ),
    Row(
        Level.SHOULD, "That limit (4 MiB recommended) can be configured, and a partial success made smaller to fit.",
        "There is nothing to configure: see above.",
        (_LETTER + "test_an_answer_has_a_size_of_its_own",),
        but="A setting that can never take effect would only be one more to get wrong.",
    ),
    Row(
        Level.SHOULD, "Answer a request without any telemetry with success.",
        "200, an empty response; empty envelopes are passed over.",
        (
            _LETTER + "test_an_empty_envelope_is_a_success",
            _APP + "test_a_request_without_records_is_answered_without_the_intake",
        ),
    ),
    Row(
        Level.MUST, "Full success is 200 with an `Export…ServiceResponse` whose `partial_success` is unset.",
        "An empty message, `{}` in JSON; sent once everything is acknowledged by Kafka or sealed on the disk.",
        (
            _LETTER + "test_each_signal_has_its_path_and_its_answers",
            _OTLP + "test_full_success_is_an_empty_response",
            _SERVICE + "test_what_is_not_acknowledged_is_not_accepted",
        ),
    ),
    Row(
        Level.MUST, "Partial success is 200 with the same message, `partial_success` set, and in it the number of "
        "records that were refused, in the signal's own field.",
        "So; a request refused to its last record is one too: nothing of it is to be sent again.",
        (
            _LETTER + "test_each_signal_has_its_path_and_its_answers",
            _APP + "test_refusals_are_counted_by_reason",
            _NODE + "test_the_node_sdk_hears_what_is_refused_and_does_not_send_it_again",
            _SERVICE + "test_accepted_and_refused_add_up_and_are_where_they_belong",
        ),
    ),
    Row(
        Level.SHOULD, "`error_message` says in English why.",
        "Counts by reason, most frequent first, in the words of docs/reasons.md: never a value or a name that came in.",
        (_APP + "test_refusals_are_counted_by_reason",),
    ),
    Row(
        Level.MUST, "A warning where everything was taken has a count of 0 and a message that is not empty.",
        "Sent where a span was taken and an event within it was refused.",
        (_LETTER + "test_a_warning_counts_no_record",),
    ),
))  # fmt: skip

FAILURES: Final = Part("OTLP/HTTP failures", "failures-1", (
    Row(
        Level.MUST, "What fails is answered 4xx or 5xx, with a `google.rpc.Status` as the body.",
        "So, in the request's encoding, one connection too many included.",
        (
            _APP + "test_bad_requests_get_their_status_and_nothing_else",
            _LETTER + "test_a_connection_too_many_is_answered_as_otlp_asks",
        ),
        but="What is no HTTP at all (a broken head, a head without end) is answered 400 in plain text by the HTTP "
        "server, and the connection closed: no request was read that could have a type.",
    ),
    Row(
        Level.SHOULD, "`Status.message` has a message for developers.",
        "One sentence of ours; nothing that was received is in it.",
        (
            _OTLP + "test_an_error_is_a_status_in_either_encoding",
            _APP + "test_bad_requests_get_their_status_and_nothing_else",
        ),
    ),
    Row(
        Level.SHOULD, "The HTTP status says whether to send again: after 429, 502, 503, 504 and no other.",
        "Only 429 and 503 are meant to be sent again. A defect of ours is 503, never 500, which would lose the batch.",
        (
            _APP + "test_a_broker_that_does_not_acknowledge_means_come_again",
            _APP + "test_a_defect_means_come_again_and_is_logged_without_its_text",
            _SERVE + "test_a_stock_sdk_sends_again_after_503",
            _SERVE + "test_a_stock_sdk_does_not_send_again_what_can_never_be_taken",
            _NODE + "test_the_node_sdk_gives_up_what_can_never_be_taken",
        ),
    ),
    Row(
        Level.MUST, "Data that can't be decoded, for good, is answered 400.",
        "400; who may not send is 401 or 403, an unknown type or coding 415.",
        (
            _APP + "test_bad_requests_get_their_status_and_nothing_else",
            _OTLP + "test_a_body_that_is_no_logs_request_is_undecodable",
            "tests/unit/test_collector_tokens.py::test_the_door_answers_in_the_requests_encoding",
        ),
    ),
    Row(
        Level.SHOULD, "The details of a 400 hold a `BadRequest` that describes the bad data.",
        "One violation with our sentence. It names no field: names in a payload may be content.",
        (_LETTER + "test_what_cannot_be_decoded_says_why_in_a_bad_request",),
    ),
    Row(
        Level.SHOULD, "Who sends too much is answered 429, an overloaded server answers 503; both may say "
        "`Retry-After`.",
        "429 above a token's rate, 503 where Kafka does not acknowledge, too much is held or we stop; always with "
        "`Retry-After` in seconds, from 1 to 5, and a `RetryInfo` that says the same.",
        (
            _NOISY + "test_what_is_too_much_is_429",
            _NOISY + "test_a_stock_sdk_sends_its_token_and_waits_when_told",
            _NODE + "test_the_node_sdk_waits_when_it_sends_too_fast",
            _LOAD + "test_requests_in_work_are_limited_and_others_wait",
            _SERVE + "test_stopping_takes_a_bounded_time_and_loses_no_batch",
        ),
    ),
    Row(
        Level.SAYS, "A client that was disconnected sends the same again, so data may come twice.",
        "What is sent again gets the same event ids, by which the tables know it.",
        (
            _SERVICE + "test_a_retry_after_a_lost_acknowledgement_makes_the_same_ids",
            _NODE + "test_the_node_sdk_sends_again_what_was_not_acknowledged",
            _APP + "test_a_sender_that_hangs_up_is_no_defect",
        ),
    ),
))  # fmt: skip

CONNECTION: Final = Part("OTLP/HTTP connection", "otlphttp-connection", (
    Row(
        Level.SHOULD, "Both payloads come on one port and are told apart by `Content-Type`.",
        "So, on one connection too; type in any case, parameters passed over.",
        (
            _LETTER + "test_both_types_share_a_connection",
            _BODY + "test_the_two_content_types_are_told_apart",
            _BODY + "test_other_content_types_are_unsupported",
        ),
    ),
    Row(
        Level.SHOULD, "A client keeps its connection between requests.",
        "It is kept for 15 idle seconds: longer than a stock SDK waits between two batches.",
        (_SERVE + "test_the_server_names_no_software", _MANNERS + "test_each_request_is_counted_anew"),
    ),
    Row(
        Level.SAYS, "A client may send over several connections at once.",
        "512 at once, sixteen requests in work, others wait their turn for less than half a second.",
        (
            _SERVICE + "test_requests_at_once_are_each_answered_for_themselves",
            _MANNERS + "test_requests_in_work_are_limited",
        ),
    ),
    Row(
        Level.SAYS, "The port is 4318.",
        "4318, unless told otherwise.",
        (_LETTER + "test_the_ports_are_those_of_the_protocol",),
    ),
))  # fmt: skip
