"""The promises, each with its id and the tests that show it; its guards are those of the table of mutants.

An id is for ever: a promise that is given up keeps its number and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.proof.mutants.model import Mutant
from tests.proof.mutants.table import MUTANTS


@dataclass(frozen=True, slots=True)
class Promise:
    """One sentence, and the tests that show it."""

    id: str
    title: str
    sentence: str
    tests: tuple[str, ...]

    @property
    def mutants(self) -> tuple[Mutant, ...]:
        """The mutants that break it."""
        return tuple(mutant for mutant in MUTANTS if mutant.promise == self.id)

    @property
    def guards(self) -> tuple[str, ...]:
        """The guards that keep it, in the order in which a record meets them."""
        return tuple(dict.fromkeys(mutant.guard for mutant in self.mutants))


PROMISES: Final = (
    Promise(
        "P1", "Default deny",
        "What the catalogue does not declare has no way in: an unknown event, attribute, scope, body, severity or "
        "schema URL refuses the record whole.",
        (
            "tests/unit/test_collector_pipeline.py::test_every_way_out",
            "tests/unit/test_collector_pipeline.py::test_each_field_is_guarded",
            "tests/unit/test_collector_pipeline_any.py::test_no_text_reaches_a_telemetry_topic",
            "tests/golden/test_golden.py::test_a_request_becomes_what_it_became",
        ),
    ),
    Promise(
        "P2", "Reconstruction",
        "A telemetry message and an ML record hold images of declared domains alone: words of the catalogue, bounded "
        "and quantised numbers, coarse times, keyed pseudonyms. No byte that an app sent is copied into them: of two "
        "sessions that differ in content alone, all of it is the same.",
        (
            "tests/unit/test_validator_journey.py::test_no_run_of_bytes_is_copied",
            "tests/unit/test_collector_pipeline_any.py::test_a_mutant_is_refused_or_inside_its_domains",
            "tests/unit/test_schemas_derive.py::test_an_ml_schema_has_only_closed_types",
            "tests/contract/test_capacity.py::test_any_domain_makes_as_many_images_as_it_claims",
            "tests/proof/attack/test_twin.py::test_both_gates_make_the_same_of_twins",
        ),
    ),
    Promise(
        "P3", "The validator trusts nothing",
        "Whoever writes to a telemetry topic, and whatever they write: only one canonical value of a known schema of "
        "that topic's kind, with every value judged in its domain again, becomes an ML record.",
        (
            "tests/unit/test_validator_journey.py::test_every_way_out",
            "tests/unit/test_validator_journey.py::test_any_bytes_have_one_outcome_each",
            "tests/unit/test_validator_domains.py::test_every_domain_is_kept_again",
            "tests/unit/test_schemas_codec.py::test_a_changed_byte_is_another_canonical_value_or_refused",
        ),
    ),
    Promise(
        "P4", "Purpose, expiry, opt-out",
        "An event that is not for training, has expired, or whose sender opted out never becomes an ML record, and no "
        "content event can be declared for training.",
        (
            "tests/unit/test_validator_journey.py::test_an_expired_event_is_withheld_from_the_day_after",
            "tests/unit/test_validator_journey.py::test_every_way_out",
            "tests/unit/test_schemas_catalogue.py::test_content_is_never_for_ml",
        ),
    ),
    Promise(
        "P5", "Capacity is a number",
        "No field carries more than 32 bits into an ML record and no event more than 64, or 128 with a named waiver. "
        "What has no bound, and a content field in a usage or diagnostic schema, does not compile.",
        (
            "tests/contract/test_capacity.py::test_an_event_carries_the_sum_of_its_fields_and_stays_in_budget",
            "tests/contract/test_capacity.py::test_a_whole_event_makes_the_product_of_its_fields",
            "tests/contract/test_planted_defects.py::test_a_planted_defect_is_found_where_it_is",
        ),
    ),
    Promise(
        "P6", "Frozen schemas",
        "A registered schema never changes, and the gate runs what is registered.",
        (
            "tests/unit/test_schemas_registry.py::test_a_spoilt_registry_is_refused",
            "tests/unit/test_schemas_registry.py::test_history_knows_no_edit_of_a_registered_text",
            "tests/unit/test_schemas_catalogue.py::test_an_unregistered_change_is_refused",
        ),
    ),
    Promise(
        "P7", "Silence",
        "No refusal, error, log line, answer, count or setting of Tidegate tells a value that was received, or a key. "
        "Two sessions of equal shape and different content look the same in all of them.",
        (
            "tests/unit/test_silence.py::test_both_gates_are_silent",
            "tests/unit/test_silence.py::test_the_collector_is_silent",
            "tests/unit/test_silence.py::test_the_validator_is_silent",
            "tests/unit/test_collector_manners.py::test_the_process_says_nothing_of_what_it_receives",
            "tests/proof/attack/test_twin.py::test_a_whole_run_of_twins_looks_the_same",
        ),
    ),
    Promise(
        "P8", "Sealed quarantine, keys apart",
        "Refused bytes lie in quarantine alone, sealed to a key whose private half no service has; outside the seal "
        "stands nothing of them. No service holds both pseudonym keys.",
        (
            "tests/unit/test_schemas_quarantine.py::test_nothing_of_the_plain_bytes_can_be_seen",
            "tests/unit/test_schemas_quarantine.py::test_outside_stands_only_what_is_content_free",
            "tests/unit/test_collector_service.py::test_quarantine_opens_to_exactly_the_refused_records",
            "tests/unit/test_collector_spill.py::test_nothing_on_disk_can_be_read",
            "tests/unit/test_deploy_services.py::test_no_service_holds_both_pseudonym_keys",
        ),
    ),
    Promise(
        "P9", "One writer",
        "Kafka itself lets the validator alone write ml.eligible, and no ML or analytics principal read "
        "customer.content.",
        (
            "tests/unit/test_topology.py::test_only_the_validator_writes_ml_eligible",
            "tests/broker/test_contract_failures.py::test_a_forbidden_write_is_refused_by_the_broker",
            "tests/broker/test_contract_failures.py::test_a_forbidden_read_is_refused_by_the_broker",
        ),
    ),
    Promise(
        "P10", "One outcome, nothing lost",
        "Each record has exactly one outcome. A sender is told 200 when every message is acknowledged or on disk, "
        "and offsets are committed when every output is.",
        (
            "tests/unit/test_collector_pipeline_any.py::test_any_records_have_one_outcome_each",
            "tests/unit/test_collector_service.py::test_what_is_not_acknowledged_is_not_accepted",
            "tests/unit/test_validator_service.py::test_a_stop_in_the_middle_loses_nothing",
            "tests/unit/test_sink_service.py::test_nothing_is_committed_before_it_is_durable",
        ),
    ),
    Promise(
        "P11", "A bounded edge",
        "No request makes the collector hold more, or work longer, than its limits say, and what is not OTLP is an "
        "error of ours.",
        (
            "tests/unit/test_collector_codings.py::test_a_bomb_costs_no_memory",
            "tests/unit/test_collector_otlp.py::test_mutated_requests_raise_nothing_but_undecodable",
            "tests/unit/test_collector_otlp_json_refused.py::test_mutated_requests_raise_nothing_but_undecodable",
            "tests/unit/test_proof_fuzz.py::test_any_bytes_keep_the_promise",
        ),
    ),
    Promise(
        "P12", "Floors and doors",
        "Rooms import only what lies below them, and each foreign library comes in through one door, where its errors "
        "become ours.",
        ("tests/unit/test_floors.py::test_the_house_keeps_the_rule",),
    ),
    Promise(
        "P13", "Tables hold no content",
        "The sink makes tables of service-generated schemas alone, and a query reads those tables and nothing else.",
        (
            "tests/unit/test_sink_service.py::test_content_never_reaches_a_table",
            "tests/unit/test_sink_rows.py::test_content_put_on_a_telemetry_topic_by_hand_is_skipped",
            "tests/unit/test_consumers_query.py::test_a_query_reaches_nothing_but_the_views",
        ),
    ),
    Promise(
        "P14", "Opened on record",
        "Quarantine is opened, replayed or purged with a reason alone, after a line in the audit log is on the disk; "
        "what is opened goes to a terminal, or into a new file of its operator's.",
        (
            "tests/unit/test_deploy_quarantine.py::test_the_audit_line_is_on_the_disk_before_anything_is_shown",
            "tests/unit/test_deploy_quarantine.py::test_without_an_audit_log_nothing_is_done",
            "tests/unit/test_deploy_quarantine.py::test_what_is_opened_goes_into_no_pipe_by_accident",
            "tests/unit/test_deploy_quarantine_asking.py::test_no_deed_goes_without_a_reason",
            "tests/unit/test_deploy_quarantine.py::test_one_message_that_does_not_open_keeps_nobody_from_the_others",
        ),
    ),
)  # fmt: skip
