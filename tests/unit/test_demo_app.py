"""The demo's app: what it says it sent is what came over the wire, mistakes and canaries and all."""

from __future__ import annotations

import gzip
import http.server
import json
import random
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from collector.otlp import decode
from collector.pipeline import Accepted, Refused, gate, match
from collector.records import LogRecord, Point
from collector.signals import SIGNALS, Signal
from deploy.demo.app import corpus, fleet, people
from deploy.demo.app.instruments import measured, traced
from deploy.demo.app.manifest import MISTAKEN
from deploy.demo.app.meeting import life
from deploy.demo.app.mistakes import MISTAKES
from deploy.demo.app.stay import Stay
from deploy.demo.autopsy import flat
from deploy.demo.matcher import Matcher
from schemas.catalogue import load
from schemas.domains import Context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collector.records import Record

ACCEPTED_ALL_THE_SAME = {
    "crash_message",
    "split_over_enums",
    "text_in_user_agent",
    "text_in_real_user_agent",
    "text_in_span_exception",
}
NOW = 1_795_000_000_000_000_000  # nanoseconds
PATHS = {signal.path: signal for signal in SIGNALS}


@dataclass
class Wire:
    """What a collector of few words received."""

    status: int = 200
    busy: int = 0  # so many requests are told to come again
    bodies: list[tuple[Signal, bytes]] = field(default_factory=list)

    def records(self) -> list[Record]:
        """Every record of every request."""
        return [record for signal, body in self.bodies for record in decode(body, signal)]


@contextmanager
def collector(wire: Wire) -> Iterator[str]:
    """Take OTLP/HTTP requests on a free port; give the base URL."""
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Encoding"] == "gzip"
            with lock:
                wire.busy, told = max(0, wire.busy - 1), wire.busy
            if not told:
                wire.bodies.append((PATHS[self.path], gzip.decompress(body)))
            self.send_response(503 if told else wire.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def send(wire: Wire, manifest: Path, *options: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Run a fleet of two meetings."""
    with collector(wire) as url:
        command = [sys.executable, "-m", "deploy.demo.app.fleet", "--endpoint", url, "--manifest", str(manifest)]
        done = subprocess.run(  # noqa: S603 - our own command
            [*command, "--scale", "0.08", *options], capture_output=True, text=True, timeout=60, check=False
        )
    return done, json.loads(manifest.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Run:
    """One run, as both sides tell it; `mistaken` are the names of the mistakes in a record."""

    manifest: dict[str, Any]
    records: list[tuple[Record, frozenset[str]]]


def event_of(record: Record) -> str:
    """Which event it is, or is to become."""
    return record.event_name if isinstance(record, LogRecord) else match(record, load()).event


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the fleet once."""
    wire = Wire()
    done, manifest = send(wire, tmp_path_factory.mktemp("app") / "manifest.json")
    assert (done.returncode, done.stderr) == (0, "")
    names = Matcher({entry["name"]: entry["words"] for entry in manifest["mistakes"]})
    found = [(record, frozenset(hit.name for hit in names.hits(flat(record)))) for record in wire.records()]
    return Run(manifest, found)


def test_what_is_told_as_sent_was_received(run: Run) -> None:
    """Records on the wire, acknowledged, and handed to the SDK are the same number; event by event too."""
    told = run.manifest
    assert told["acknowledged"] == told["emitted"] == len(run.records) == sum(told["by_kind"].values()) > 1000
    assert Counter(event_of(record) for record, mistaken in run.records if not mistaken) == told["by_event"]
    assert told["failed"] == 0


def test_every_valid_record_is_accepted(run: Run) -> None:
    """The shipped catalogue takes every record without a mistake, as the kind the app says it is."""
    context = Context(bytes(32), max(record.moment for record, _ in run.records) // 1000)
    records = [record for record, mistaken in run.records if not mistaken]
    outcomes = gate(records, load(), context)
    assert [outcome.refusal for outcome in outcomes if isinstance(outcome, Refused)] == []
    kinds = Counter(outcome.kind.value for outcome in outcomes if isinstance(outcome, Accepted))
    assert len(outcomes) == kinds.total()
    assert kinds == {kind: count for kind, count in run.manifest["by_kind"].items() if kind != MISTAKEN}


def test_every_mistake_is_on_the_wire(run: Run) -> None:
    """Each of at least 15 mistakes was made as often as told, with all the words it told, and says how it happens."""
    told = {entry["name"]: entry for entry in run.manifest["mistakes"]}
    assert len(told) == len(MISTAKES) >= 15
    assert Counter(name for _, names in run.records for name in names) == {
        name: entry["records"] for name, entry in told.items()
    }
    assert run.manifest["by_kind"][MISTAKEN] == sum(entry["records"] for entry in told.values())
    everything = b"\n".join(flat(record) for record, _ in run.records)
    for name, entry in told.items():
        found = Matcher({word: [word] for word in entry["words"]}).hits(everything)
        assert {hit.name for hit in found} == set(entry["words"]), name
        assert len(entry["how"]) > 20


def test_mistakes_are_refused_for_many_reasons(run: Run) -> None:
    """A mistake is refused; those that touch only what is never kept are accepted. No text ends in a message."""
    context = Context(bytes(32), max(record.moment for record, _ in run.records) // 1000)
    catalogue, reasons, accepted = load(), set(), set()
    for record, mistaken in run.records:
        for name in mistaken:
            (outcome,) = gate([record], catalogue, context)
            if isinstance(outcome, Refused):
                reasons.add(outcome.refusal.reason.code)
            else:
                assert isinstance(outcome, Accepted)
                accepted.add(name)
                assert not Matcher({e["name"]: e["words"] for e in run.manifest["mistakes"]}).hits(outcome.value)
    assert accepted == ACCEPTED_ALL_THE_SAME
    assert len(reasons) >= 9


def test_every_content_field_has_its_canary(run: Run) -> None:
    """Each content event of the catalogue carries unique canaries, in the event that the manifest names."""
    contents = {event for event, plan in load().plans.items() if plan.kind.value == "content"}
    assert {entry["event"] for entry in run.manifest["canaries"]} == contents
    assert len(contents) >= 8
    matcher = Matcher({entry["name"]: entry["words"] for entry in run.manifest["canaries"]})
    found = {(hit.name, event_of(record)) for record, _ in run.records for hit in matcher.hits(flat(record))}
    assert found == {(entry["name"], entry["event"]) for entry in run.manifest["canaries"]}


def test_one_tenant_has_opted_out(run: Run) -> None:
    """A whole tenant's sessions say so in their resource, and the manifest counts its service-generated records."""
    told = run.manifest
    assert (told["tenants"], told["tenants_opted_out"]) == (fleet.TENANTS, 1)
    plans = load().plans
    opted_out = [
        record
        for record, mistaken in run.records
        if not mistaken
        and dict(record.resource.attributes).get("ml.opt_out") is True
        and plans[event_of(record)].kind.value != "content"
    ]
    assert len(opted_out) == told["opted_out"]


def test_the_sdk_describes_itself(run: Run) -> None:
    """Every resource carries what the stock SDK adds by itself."""
    sdk = {"telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version", "service.instance.id"}
    assert all(sdk <= {key for key, _ in record.resource.attributes} for record, _ in run.records)


def outline(record: Record) -> tuple[object, ...]:
    """What is the same in every run: not when a metric was read, which is the SDK's own time."""
    return event_of(record), 0 if isinstance(record, Point) else record.moment, record.attributes


def test_the_same_seed_makes_the_same_fleet(tmp_path: Path) -> None:
    """Records and canaries depend on the seed and the time alone."""
    wires, manifests = [Wire(), Wire(), Wire()], []
    for wire, seed in zip(wires, ("3", "3", "4"), strict=True):
        manifests.append(send(wire, tmp_path / "manifest.json", "--seed", seed, "--now", str(NOW))[1])
    first, same, other = (Counter(map(outline, wire.records())) for wire in wires)
    assert manifests[0] == manifests[1]
    assert manifests[0]["canaries"] != manifests[2]["canaries"]
    crashes = {"app.crashed"}  # their stack traces name files
    assert {k: n for k, n in first.items() if k[0] not in crashes} == {
        k: n for k, n in same.items() if k[0] not in crashes
    }
    assert first != other


@pytest.mark.parametrize("status", [400, 500])
def test_a_failed_export_fails_the_run(status: int, tmp_path: Path) -> None:
    """A collector that refuses a request ends the run with exit code 1 and a count, and no content in the message."""
    wire = Wire(status=status)
    done, manifest = send(wire, tmp_path / "manifest.json")
    assert done.returncode == 1
    assert manifest["acknowledged"] == 0
    assert manifest["failed"] == manifest["emitted"]
    assert f"{manifest['emitted']} records were not acknowledged" in done.stderr
    assert not Matcher({e["name"]: e["words"] for e in manifest["mistakes"]}).hits(done.stderr.encode())


def test_a_request_that_is_told_to_come_again_is_no_failure(tmp_path: Path) -> None:
    """A busy collector answers 503; the SDK sends again, and the run ends well."""
    wire = Wire(busy=2)
    done, manifest = send(wire, tmp_path / "manifest.json")
    assert (done.returncode, done.stderr, wire.busy) == (0, "", 0)
    assert manifest["acknowledged"] == manifest["emitted"] == len(wire.records())


def test_the_full_fleet_is_large_enough() -> None:
    """At scale 1: 200 participants, 20 meetings, 20,000 records, and every event of the catalogue among them."""
    assert fleet.MEETINGS >= 20
    assert fleet.MEETINGS * fleet.SIZE >= 200
    rng = random.Random(7)  # noqa: S311 - a simulation
    words = corpus.load(None)
    tenants = people.tenants(rng, fleet.TENANTS)
    meetings = [people.meeting(rng, tenants[0], fleet.SIZE, NOW) for _ in range(fleet.MEETINGS)]
    attending = [(person, meeting) for meeting in meetings for person in meeting.people]
    moments = [moment for person, meeting in attending for moment in life(person, meeting, words, rng)]
    assert len(moments) >= 20_000
    stays = [Stay(person, meeting, words, rng) for person, meeting in attending]
    instrumented = {event for stay in stays for session in (traced, measured) for event in session(stay)[1]}
    assert {moment.event for moment in moments} | instrumented == set(load().plans)
    assert all(moment.at < NOW for moment in moments)
