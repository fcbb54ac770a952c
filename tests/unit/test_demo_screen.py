"""The demo's figures and its screen: sums that must add up, reasons by mistake, and a screen that a person takes in."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from broker.port import Received
from collector.otlp import encode_logs
from collector.pipeline import Accepted, Refused, gate
from collector.records import LogRecord, Resource, Scope
from consumers.query import Result, query
from consumers.sink.rows import tables_of
from deploy.demo import screen
from deploy.demo.app.mistakes import MISTAKES
from deploy.demo.autopsy import Autopsy, examine, flat
from deploy.demo.figures import Figures, count_events, tally
from deploy.demo.matcher import Matcher
from deploy.demo.proof import Proof
from deploy.demo.scan import Finding, Report
from schemas.catalogue import load
from schemas.codec import frame
from schemas.domains import Context
from schemas.mistakes import Mistake
from schemas.quarantine import Label, Recipient, Stage, new_identity, quarantined
from schemas.reasons import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.catalogue import Catalogue

NOW = 1_795_000_000_000_000_000  # nanoseconds
WORD = "kvazbodegifumano"
IDENTITY, PUBLIC = new_identity()
NAMES = [mistake.__name__ for mistake in MISTAKES]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Load the shipped catalogue."""
    return load()


def a_record(number: int = 1, **attributes: Any) -> LogRecord:  # noqa: ANN401 - whatever a sender puts there
    """Make a valid `search.used`, with more attributes."""
    resource = {
        "service.name": "meetings-web", "service.version": "6.13.0", "os.type": "web",
        "session.id": hashlib.sha256(bytes([number])).hexdigest()[:32], "tenant.id": "7d9f3c1a5b2e4f60817293a4b5c6d7e8",
    }  # fmt: skip
    search: dict[str, Any] = {"search.scope": "files", "search.result.count": number, "search.duration": 20}
    return LogRecord(
        Resource(tuple(resource.items())),
        Scope("meetings.client"),
        time=NOW,
        event_name="search.used",
        attributes=(*search.items(), *((key.replace("_", "."), value) for key, value in attributes.items())),
    )


def on(topic: str, values: Sequence[bytes]) -> list[Received]:
    """Put values on a topic."""
    return [Received(topic, 0, offset, 0, value) for offset, value in enumerate(values)]


def sealed(catalogue: Catalogue, records: Sequence[LogRecord], told: Sequence[Reason]) -> bytes:
    """Quarantine records, telling these reasons outside the seal."""
    mistakes = [Mistake(Refusal(reason)) for reason in told]
    items = [encode_logs(records)]
    to = Recipient(PUBLIC)
    label = Label(Stage.COLLECTOR, catalogue.version, NOW // 1000, bytes(32))
    value = quarantined(label, mistakes, "otlp.logs", items, to)
    return frame(catalogue.quarantine_id, value)


def test_a_mistake_is_told_with_its_reason(catalogue: Catalogue) -> None:
    """Opened with the operator's key, each record in quarantine tells whose canary it holds and why it was refused."""
    records = [a_record(chat_text=WORD), a_record(other=[1]), replace(a_record(), body=WORD)]
    reasons = [Reason.UNDECLARED_ATTRIBUTE, Reason.UNDECLARED_ATTRIBUTE, Reason.BODY]
    quarantine = on("quarantine", [sealed(catalogue, records, reasons)])
    found = examine(quarantine, catalogue, IDENTITY, Matcher({"slip": [WORD]}))
    assert found.reasons == {"slip": {"undeclared_attribute": 1, "body": 1}}
    assert found.strays == {"undeclared_attribute": 1}
    assert found.told[Stage.COLLECTOR] == {"undeclared_attribute": 2, "body": 1}
    assert found.agrees


def test_reasons_that_differ_from_those_told_are_noticed(catalogue: Catalogue) -> None:
    """What stands outside a seal must be what the gate says of the records inside."""
    quarantine = on("quarantine", [sealed(catalogue, [a_record(chat_text=WORD)], [Reason.BODY])])
    assert not examine(quarantine, catalogue, IDENTITY, Matcher({"slip": [WORD]})).agrees


def test_a_request_sent_twice_counts_once(catalogue: Catalogue) -> None:
    """A sender that had no answer sends again: the same records are sealed twice, and are the same records."""
    message = sealed(catalogue, [a_record(chat_text=WORD)], [Reason.UNDECLARED_ATTRIBUTE])
    again = sealed(catalogue, [a_record(chat_text=WORD)], [Reason.UNDECLARED_ATTRIBUTE])
    found = examine(on("quarantine", [message, again]), catalogue, IDENTITY, Matcher({"slip": [WORD]}))
    assert message != again
    assert found.refused(Stage.COLLECTOR) == 1
    assert found.sealed == 1


def test_every_part_of_a_record_is_looked_at() -> None:
    """A canary is seen in a record's attributes, nested ones too, its body, names, severity, scope and resource."""
    record = a_record()
    matcher = Matcher({"slip": [WORD]})
    places = [
        a_record(**{WORD: 1}),
        a_record(codes=tuple(WORD.encode())),
        replace(record, body=WORD),
        replace(record, event_name=WORD),
        replace(record, severity_text=WORD),
        replace(record, scope=Scope(WORD)),
        replace(record, scope=Scope(attributes=(("a", WORD),))),
        replace(record, resource=Resource((("a", WORD.encode("utf-16-le")),))),
    ]
    assert not matcher.hits(flat(record))
    assert all(matcher.hits(flat(place)) for place in places)


def test_events_are_counted_by_their_ids(catalogue: Catalogue) -> None:
    """An event that is delivered twice is one event; what does not decode counts for itself."""
    outcomes = gate([a_record(1), a_record(2)], catalogue, Context(bytes(32), NOW // 1000))
    first, second = [outcome.value for outcome in outcomes if isinstance(outcome, Accepted)]
    events = count_events(on("telemetry.usage", [first, second, first, b"?", b"?"]), catalogue, {})
    assert sorted(events.values()) == [1, 1, 1, 2]


MANIFEST: dict[str, Any] = {
    "corpus": "words.jsonl", "meetings": 24, "participants": 240, "tenants": 5, "tenants_opted_out": 1,
    "acknowledged": 120, "by_kind": {"usage": 60, "diagnostic": 30, "content": 20, "mistake": 10},
    "canaries": [], "mistakes": [{"name": name, "words": [WORD], "records": 3} for name in NAMES],
}  # fmt: skip
AUTOPSY = Autopsy(
    told={Stage.COLLECTOR: Counter({reason.code: 1 for reason in list(Reason)[:10]}), Stage.VALIDATOR: Counter()},
    reasons={name: Counter({"undeclared_attribute": 3}) for name in NAMES[1:]},
    strays=Counter(),
    agrees=True,
    sealed=2,
)
FIGURES = Figures(
    MANIFEST, {"usage": 60, "diagnostic": 30, "content": 20}, 80, {"opted_out": 7, "purpose": 3}, AUTOPSY, 0
)
REPORT = Report(
    at_home=frozenset({"chat"}), missing=frozenset(), leaks=(), proof=Proof(9, 3, 3, ()), haystacks=5, searched=10**7,
    needles=2000, seconds=3.0,
)  # fmt: skip
ANSWER = Result(("codec", "samples", "a", "b", "c"), tuple((name, 1200, 0.5, 1.5, 9.1) for name in "abcde"))


def show(figures: Figures = FIGURES, report: Report = REPORT) -> tuple[bool, list[str]]:
    """Print the screen as into a pipe."""
    out = io.StringIO()
    clean = screen.show(Console(file=out, width=screen.WIDTH), figures, ANSWER, report)
    return clean, out.getvalue().splitlines()


def test_the_screen_is_taken_in_at_once() -> None:
    """It keeps within 100 columns and 60 lines, cuts no word short, and names every mistake and reason."""
    clean, lines = show()
    assert clean
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 100
    text = "\n".join(lines)
    assert "…" not in text
    assert all(name.replace("_", " ") in text for name in NAMES)
    assert all(reason in text for reason in AUTOPSY.told[Stage.COLLECTOR])
    assert WORD not in text


@pytest.mark.parametrize(
    "figures",
    [
        replace(FIGURES, accepted={"usage": 59, "diagnostic": 30, "content": 20}),
        replace(FIGURES, eligible=79),
        replace(FIGURES, withheld={"purpose": 3}),
        replace(FIGURES, autopsy=replace(AUTOPSY, strays=Counter({"body": 1}))),
        replace(FIGURES, autopsy=replace(AUTOPSY, agrees=False)),
        replace(FIGURES, manifest=MANIFEST | {"acknowledged": 121}),
        replace(FIGURES, manifest=MANIFEST | {"by_kind": {"mistake": 9}}),
    ],
)
def test_a_sum_that_does_not_add_up_fails_the_demo(figures: Figures) -> None:
    """Any one figure that is off shows as a crossed line, and the demo is not clean."""
    clean, lines = show(figures)
    assert not clean
    assert any(line.startswith("✗") for line in lines)


@pytest.mark.parametrize(
    "report",
    [
        replace(REPORT, leaks=(Finding(NAMES[0], "ml.eligible/call.ended", "value", "base64"),)),
        replace(REPORT, missing=frozenset({"chat"})),
        replace(REPORT, proof=Proof(9, 3, 3, (("log file", "hex"),))),
    ],
)
def test_a_scan_that_is_not_clean_fails_the_demo(report: Report) -> None:
    """A leak, a canary that is missing, or a scan that can't see: crossed, and the demo is not clean."""
    clean, lines = show(report=report)
    assert not clean
    assert any("✗" in line for line in lines)


def test_a_leak_is_told_by_name_and_place() -> None:
    """The mistake's line says so, and the verdict says where and how."""
    report = replace(REPORT, leaks=(Finding(NAMES[0], "ml.eligible/call.ended", "value", "base64"),))
    _, lines = show(report=report)
    assert any("YES" in line and NAMES[0].replace("_", " ") in line for line in lines)
    assert any("ml.eligible/call.ended (value), base64" in line for line in lines)


def test_the_question_fits_the_tables(catalogue: Catalogue, tmp_path: Path) -> None:
    """The demo's question is one that the tables of the shipped catalogue can answer."""
    assert len(query(screen.SQL, tmp_path, tables_of(catalogue)).columns) == len(screen.HEADINGS)


def test_an_event_delivered_twice_is_one_event_and_is_told(catalogue: Catalogue) -> None:
    """The sums go by events; how many deliveries came on top is told."""
    outcomes = gate([a_record(1), a_record(2)], catalogue, Context(bytes(32), NOW // 1000))
    first, second = [outcome.value for outcome in outcomes if isinstance(outcome, Accepted)]
    nothing: list[Received] = []
    topics = dict.fromkeys(("telemetry.diagnostic", "customer.content", "ml.eligible"), nothing)
    usage = on("telemetry.usage", [first, second, first])
    figures = tally(MANIFEST, topics | {"telemetry.usage": usage}, {}, AUTOPSY, catalogue)
    assert figures.accepted == {"usage": 2, "diagnostic": 0, "content": 0}
    assert figures.repeats == 1


def test_withheld_is_read_off_the_validators_counts(catalogue: Catalogue) -> None:
    """The counts by reason are taken, the total and what else the validator counts is not."""
    topics = ("telemetry.usage", "telemetry.diagnostic", "customer.content", "ml.eligible")
    counts = {"validator": {"judged": 9, "withheld": 5, "withheld.purpose": 3, "withheld.opted_out": 2, "eligible": 4}}
    figures = tally(MANIFEST, {topic: [] for topic in topics}, counts, AUTOPSY, catalogue)
    assert figures.withheld == {"purpose": 3, "opted_out": 2}


def test_refused_records_stay_refused(catalogue: Catalogue) -> None:
    """The samples above are what they are taken for: valid without, and refused with, a word too many."""
    valid, refused = gate([a_record(), a_record(chat_text=WORD)], catalogue, Context(bytes(32), NOW // 1000))
    assert isinstance(valid, Accepted)
    assert isinstance(refused, Refused)
