"""The collector's metrics: every one in the table, every label's value from a closed list, nothing of a sender's."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from broker.port import Unavailable
from collector.app import app_of
from collector.intake import RetryLater
from collector.limits import Limits
from collector.meters import Meters
from collector.metrics import CLOSED, FIELD, Metric, Sort
from collector.observed import Exposure, Observed, observed_calls
from collector.otlp import encode_logs
from collector.service import Gateway
from collector.signals import LOGS
from collector.work import Work
from schemas.reasons import Reason
from tests.unit.collector_serving import BODY, CANARY, HEADERS
from tests.unit.gate_stack import Failing, stack
from tests.unit.test_collector_service import BAD, GOOD, POLICY, Door

LABELS = {label.replace(".", "_"): label for label in (*CLOSED, FIELD)}


class House:
    """A gateway on a cluster behind a watched application, as the command puts them together."""

    def __init__(self, exposure: Exposure = "local", limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        self.gateway = Door().gateway
        work = Work(self.gateway, limits)
        self.meters = Meters(self.gateway, self.gateway.soft_fields, lambda: {**work.gauges(), "failed_handshakes": 3})
        self.gateway.delivery.timed = lambda taken: self.meters.measured(Metric.PRODUCE_DURATION, taken)
        self.app = Observed(app_of(work), self.meters, exposure)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        peer: str = "127.0.0.1",
    ) -> httpx.Response:
        """Send one request from `peer`."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(peer, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, content=body, headers=headers)

        return asyncio.run(send())

    def samples(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        """Read the exposition as Prometheus does."""
        families = text_string_to_metric_families(self.ask("GET", "/metrics").text)
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }


def drive(house: House) -> None:
    """Send what is taken, what is refused, and what has a canary in every place that a sender fills."""
    house.ask("POST", "/v1/logs", encode_logs([*GOOD, *BAD]), HEADERS)
    house.ask("POST", "/v1/logs", BODY, HEADERS | {"content-type": CANARY, CANARY: CANARY})
    house.ask("POST", "/v1/logs", CANARY.encode(), HEADERS | {"content-encoding": CANARY})
    house.ask("POST", "/v1/logs", CANARY.encode(), HEADERS)
    house.ask("POST", f"/v1/{CANARY}?{CANARY}={CANARY}", BODY, HEADERS)
    house.ask("POST", f"/v1/logs/{CANARY}", BODY, HEADERS)
    house.ask(CANARY.upper(), "/v1/logs", BODY, HEADERS | {"user-agent": CANARY, "host": CANARY})
    called = observed_calls(house.meters)
    called(LOGS.method, "OK", 0.1, 10)
    called(CANARY, CANARY.upper(), 0.1, 10)
    for path in ("/v1/traces", "/v1/metrics", "/v1development/profiles", "/healthz", "/readyz"):
        house.ask("POST", path, BODY, HEADERS)
        house.ask("GET", path)


def test_every_labels_value_is_in_its_closed_list() -> None:
    """Whatever a sender puts into path, query, method, headers and body: the exposition has words of ours alone."""
    house = House()
    drive(house)
    house.gateway.delivery._standing.count("broker_error.Unavailable")
    house.gateway.delivery._standing.count(f"broker_error.{CANARY}")
    fields = house.gateway.soft_fields()
    assert CANARY not in house.ask("GET", "/metrics").text.casefold()
    seen = [pair for _, pairs in house.samples() for pair in pairs if pair[0] != "le"]
    assert seen
    for name, value in seen:
        label = LABELS[name]
        assert value in (fields if label == FIELD else CLOSED[label])


def test_the_exposition_has_the_tables_names_and_labels() -> None:
    """Each metric of the table is exposed under the name and labels that the table gives, and nothing else is."""
    house = House()
    drive(house)
    house.gateway._counts[f"other.{min(house.gateway.soft_fields())}"] += 1
    house.gateway.delivery._standing.count("broker_error.Unavailable")
    found: dict[str, set[str]] = {}
    for name, pairs in house.samples():
        bare = re.sub(r"_(bucket|count|sum|created)$", "", name) if name not in exposed() else name
        found.setdefault(bare, set()).update(LABELS[label] for label, _ in pairs if label != "le")
    assert found == {metric.exposed: set(metric.labels) for metric in Metric}


def exposed() -> set[str]:
    """Name what the table exposes as it is."""
    return {metric.exposed for metric in Metric if metric.sort is not Sort.HISTOGRAM}


def test_the_metrics_say_what_became_of_the_records() -> None:
    """Received, outcomes by kind and reason, requests by status, bytes and produces: each counted once."""
    house = House()
    body = encode_logs([*GOOD, *BAD])
    assert house.ask("POST", "/v1/logs", body, HEADERS).status_code == 200
    samples = house.samples()

    def value(name: str, **labels: str) -> float:
        return samples[name, frozenset(labels.items())]

    def outcome(outcome: str, kind: str, reason: str) -> float:
        labels = {"tidegate_outcome": outcome, "tidegate_kind": kind, "tidegate_reason": reason}
        return value("tidegate_collector_outcomes_total", **labels)

    assert value("tidegate_collector_received_total") == 6
    assert [outcome("accepted", kind, "none") for kind in ("usage", "diagnostic", "content")] == [2, 1, 1]
    assert [outcome("refused", "none", each.code) for each in (Reason.UNDECLARED_ATTRIBUTE, Reason.NOT_AN_ID)] == [1, 1]
    asked = {"http_request_method": "POST", "http_route": "/v1/logs", "http_response_status_code": "200"}
    assert value("http_server_request_duration_seconds_count", **asked) == 1
    assert value("http_server_request_body_size_bytes_sum", http_route="/v1/logs") == len(body)
    assert value("tidegate_collector_produce_duration_seconds_count") == 1
    assert value("http_server_active_requests") == 1  # the one that asks
    assert value("tidegate_collector_queue_held_bytes") == 0


def test_what_never_got_to_kafka_is_shown_by_why() -> None:
    """Messages refused for good, entries damaged, ends torn; and how many bytes wait for somebody."""
    house = House()
    for number, what in enumerate(("spill_refused", "spill_damaged", "spill_torn", "spill_aside"), 1):
        house.gateway.delivery._standing.count(what, number)
    samples = house.samples()
    name = "tidegate_collector_spill_stranded_total"
    told = {dict(pairs)["tidegate_spill_stranded"]: value for (of, pairs), value in samples.items() if of == name}
    assert told == {"refused": 1, "damaged": 2, "torn": 3}
    assert samples["tidegate_collector_spill_aside_bytes", frozenset()] == 4


def test_counters_begin_at_zero() -> None:
    """Every one that a closed list names is there before it is counted: a rate would miss the first."""
    house = House()
    samples = house.samples()
    errors = {dict(labels)["tidegate_broker_error"]: n for (name, labels), n in samples.items() if "broker" in name}
    assert errors == {"Unavailable": 0, "Refused": 0, "Unauthenticated": 0, "TooLarge": 0, "Misused": 0, "Exhausted": 0}
    told = [dict(labels) for (name, labels) in samples if name == "tidegate_collector_outcomes_total"]
    assert {of["tidegate_kind"] for of in told} == {"usage", "diagnostic", "content", "none"}
    refused = {of["tidegate_reason"] for of in told if of["tidegate_outcome"] == "refused"}
    assert refused == {reason.code for reason in Reason if not reason.is_withheld}
    assert {of["tidegate_reason"] for of in told if of["tidegate_outcome"] == "discarded"} == {"span_event", "no_value"}
    fields = {dict(labels)["tidegate_field"] for (name, labels) in samples if name == "tidegate_collector_others_total"}
    assert fields == house.gateway.soft_fields()
    assert set(samples.values()) <= {0, 1, 3} | {samples[key] for key in samples if key[0].startswith("process_")}


def test_what_is_in_no_list_is_counted_together() -> None:
    """As `_OTHER`, all of it."""
    house = House()
    for name in ("Unavailable", CANARY, f"{CANARY}2"):
        house.gateway.delivery._standing.count(f"broker_error.{name}")
    samples = house.samples()
    name = "tidegate_collector_broker_errors_total"
    counted = [samples[name, frozenset({("tidegate_broker_error", of)})] for of in ("Unavailable", "_OTHER", "Refused")]
    assert counted == [1, 2, 0]


def test_calls_handshakes_and_their_bytes_are_counted() -> None:
    """What came over gRPC has sizes as HTTP has; what never became a request is a count."""
    house = House()
    called = observed_calls(house.meters)
    for size in (1000, 24, 0):
        called(LOGS.method, "OK", 0.1, size)
    samples, method = house.samples(), frozenset({("rpc_method", LOGS.method)})
    assert samples["rpc_server_request_size_bytes_sum", method] == 1024
    assert samples["rpc_server_request_size_bytes_count", method] == 2
    assert samples["tidegate_collector_tls_failed_handshakes_total", frozenset()] == 3


def test_broker_errors_are_counted_by_class() -> None:
    """A broker that does not answer is one error of its class, and one request that is told to come again."""
    broker = stack()

    def away() -> None:
        raise Unavailable("away")

    producer = broker.as_user("collector").producer()
    gateway = Gateway(POLICY, broker.as_user("collector"), lambda _line: None)
    gateway.delivery._producer = Failing(producer, away)
    with pytest.raises(RetryLater):
        asyncio.run(gateway.take(GOOD))
    counts = gateway.counts()
    assert counts["broker_error.Unavailable"] >= 1  # it is tried again, with nobody waiting for it
    assert counts["unacknowledged_requests"] == 1
    gateway.close()


@pytest.mark.parametrize(
    ("exposure", "peer", "headers", "status"),
    [
        ("local", "127.0.0.1", {}, 200),
        ("local", "::1", {}, 200),
        ("local", "192.0.2.7", {}, 404),
        ("local", "127.0.0.1", {"x-forwarded-for": "192.0.2.7"}, 404),
        ("local", "testclient", {}, 404),
        ("off", "127.0.0.1", {}, 404),
        ("all", "192.0.2.7", {}, 200),
    ],
)
def test_who_is_shown_the_metrics(exposure: Exposure, peer: str, headers: Mapping[str, str], status: int) -> None:
    """This machine by default; a proxy on it speaks for somebody else; all or nobody when told so."""
    assert House(exposure).ask("GET", "/metrics", headers=headers, peer=peer).status_code == status


def test_two_collectors_in_a_process_do_not_share_metrics() -> None:
    """There is no global state: what one counts the other does not show."""
    first, second = House(), House()
    first.ask("POST", "/v1/logs", encode_logs(GOOD), HEADERS)
    assert first.samples()["tidegate_collector_received_total", frozenset()] == 4
    assert second.samples()["tidegate_collector_received_total", frozenset()] == 0
