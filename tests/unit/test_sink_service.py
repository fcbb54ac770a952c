"""The sink's loop over the in-memory broker: at-least-once, whatever fails on the way."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.memory import MemoryBroker
from broker.patience import Patience
from broker.port import BrokerError, Message, Refused, Topic, Unavailable, Unreadable
from consumers import tries
from consumers.query import query
from consumers.sink import service
from consumers.sink.columns import SCHEMA_OF
from consumers.sink.errors import SinkStopped
from consumers.sink.rows import BELONGS
from consumers.sink.service import GROUP, TOPICS, Policy, Progress, run
from consumers.sink.tally import State, Tally
from schemas.catalogue import load
from schemas.model import Kind
from tests.unit.sink_reading import Reading
from tests.unit.sink_samples import clock, message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from broker.port import Received, Why
    from schemas.registry import Registered

CATALOGUE = load()
SCHEMAS = list(CATALOGUE.schemas.values())
CONTENT = [schema for schema in SCHEMAS if schema.kind is Kind.CONTENT]
QUICK = Policy(wall=clock, rows=40, seconds=0.02, poll=0.005, batch=7, patience=Patience(0.001, 0.005))


def home(schema: Registered) -> str | None:
    """Name the topic on which a schema has a table."""
    return BELONGS.get((schema.role, schema.kind)) if schema.kind else None


TABLED = [schema for schema in SCHEMAS if home(schema)]
FEW = [schema for schema in TABLED if schema.event in {"call.ended", "call.quality"}]


def cluster() -> MemoryBroker:
    """Make a cluster in memory with the sink's topics."""
    broker = MemoryBroker()
    broker.admin().create_topics([Topic(name, partitions=3) for name in TOPICS])
    return broker


def produce(broker: MemoryBroker, messages: Sequence[Message]) -> None:
    """Put messages on their topics."""
    broker.producer().produce(messages, timeout=5)


def events(count: int) -> list[Message]:
    """Make messages of a few schemas in turn, some for each topic."""
    return [Message(home(schema) or "", message(schema, seed)) for seed, schema in zip(range(count), cycle(FEW))]


def sink(
    broker: MemoryBroker,
    tables: Path,
    *,
    policy: Policy = QUICK,
    tell: Callable[[str], None] = lambda _: None,
    progress: Progress | None = None,
    consume_errors: Sequence[BrokerError] = (),
    commit_errors: Sequence[BrokerError] = (),
) -> Tally:
    """Run the sink until everything is read."""
    stop = Event()
    reading = Reading(broker.consumer(TOPICS, group=GROUP), stop, list(consume_errors), list(commit_errors))
    try:
        return run(reading, CATALOGUE, tables, stop=stop, policy=policy, tell=tell, progress=progress)
    finally:
        reading.close()


def stored(tables: Path) -> dict[str, int]:
    """Count the rows of each table that has any, repeated events left out."""
    return dict(query("SELECT name, rows FROM tables WHERE rows > 0", tables).rows)  # type: ignore[arg-type]


def contents(tables: Path) -> dict[str, object]:
    """Read every table whole."""
    return {
        name: query(f"SELECT * FROM {name} ORDER BY event_id", tables).rows  # noqa: S608 - a name of ours
        for name in stored(tables)
    }


placed = st.tuples(st.sampled_from(SCHEMAS), st.sampled_from(TOPICS), st.integers(0, 2**32), st.booleans())


@settings(max_examples=25, deadline=None)
@given(st.lists(placed, max_size=60, unique_by=lambda item: (item[0].id, item[2])))
def test_rows_written_are_messages_eligible(messages: list[tuple[Registered, str, int, bool]]) -> None:
    """Exactly the whole messages on the topic of their schema's kind become rows; every other one counts as skipped."""
    broker = cluster()
    data = [(schema, topic, message(schema, seed), whole) for schema, topic, seed, whole in messages]
    produce(broker, [Message(topic, value if whole else value[:-1]) for _, topic, value, whole in data])
    eligible = sum(home(schema) == topic and whole for schema, topic, _, whole in data)
    with tempfile.TemporaryDirectory() as folder:
        tally = sink(broker, Path(folder))
        assert sum(tally.rows.values()) == eligible == sum(stored(Path(folder)).values())
    assert sum(tally.skipped.values()) == len(messages) - eligible
    assert tally.committed == len(messages)
    assert tally.state is State.STOPPED


@pytest.mark.parametrize("why", ["codec", "memory"])
def test_a_batch_that_can_not_be_read_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: Why) -> None:
    """One that may yet be read after three tries, any other at once; all else is in the tables."""
    monkeypatch.setattr(tries, "EVERY", 0.0)
    monkeypatch.setattr(service, "AGAIN", 0.0)
    broker, lines = cluster(), list[str]()
    produce(broker, events(40))
    place = next(place for place, log in broker._cluster.logs.items() if len(log) > 3)
    log = broker._cluster.logs[place]
    log[1] = replace(log[1], value=b"stored", unreadable=Unreadable(1, why))
    tally = sink(broker, tmp_path / "tables", policy=replace(QUICK, folder=tmp_path), tell=lines.append)
    assert (sum(tally.rows.values()), dict(tally.skipped)) == (39, {"unreadable": 1})
    assert tally.committed == 40
    assert any(f"{place[0]}/{place[1]} within offsets 1-1: they can't be read ({why})" in line for line in lines)
    counted = tmp_path / service.TRIES
    assert not counted.exists() if why == "codec" else json.loads(counted.read_text()) == []


def test_content_never_reaches_a_table(tmp_path: Path) -> None:
    """Content put on the sink's topics by hand leaves no file, and no word of it in what the sink says or keeps."""
    broker, lines = cluster(), list[str]()
    produce(broker, [Message(topic, message(schema, 1)) for schema in CONTENT for topic in SCHEMA_OF])
    tally = sink(broker, tmp_path, tell=lines.append)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert tally.skipped == {"wrong_kind": len(CONTENT) * len(SCHEMA_OF)}
    ids = {f"schema={schema.id}" for schema in CONTENT}
    assert {line.split()[-1] for line in lines} == ids
    assert all(line.startswith("skipped ") for line in lines)


def test_a_second_delivery_gives_the_same_tables(tmp_path: Path) -> None:
    """Delivered again to another group, in batches cut differently, the same events give the same tables."""
    broker = cluster()
    produce(broker, events(200))
    sink(broker, tmp_path)
    before = contents(tmp_path)
    stop = Event()
    again = Reading(broker.consumer(TOPICS, group="again"), stop)
    tally = run(
        again,
        CATALOGUE,
        tmp_path,
        stop=stop,
        policy=Policy(rows=11, seconds=9, poll=0.005, batch=5, wall=clock),
        tell=print,
    )
    assert sum(tally.rows.values()) == 200
    assert sum(len(rows) for rows in before.values()) == 200  # type: ignore[arg-type, misc]
    assert contents(tmp_path) == before


def test_a_broker_that_does_not_answer_is_waited_for(tmp_path: Path) -> None:
    """Transient failures of reading and of committing lose nothing, are counted, and are told once in a row."""
    broker, lines = cluster(), list[str]()
    produce(broker, events(100))
    down = [Unavailable("down")] * 3
    tally = sink(broker, tmp_path, tell=lines.append, consume_errors=down, commit_errors=down)
    assert sum(stored(tmp_path).values()) == 100
    assert sum(tally.rows.values()) == 100  # durable rows are not written again because a commit failed
    assert tally.retries == 6
    assert tally.committed == 100
    assert lines[:2] == ["the broker does not answer: waiting for it", "the broker answers again"]


def test_what_trying_again_cannot_mend_ends_the_sink(tmp_path: Path) -> None:
    """A refusal of the broker is raised, at reading and at committing."""
    broker = cluster()
    produce(broker, events(5))
    with pytest.raises(Refused):
        sink(broker, tmp_path, consume_errors=[Refused("no")])
    with pytest.raises(Refused):
        sink(broker, tmp_path, commit_errors=[Refused("no")])


def test_nothing_is_committed_before_it_is_durable(tmp_path: Path) -> None:
    """Where the tables can't be written the sink stops with nothing committed; mended, it carries everything."""
    broker = cluster()
    produce(broker, events(50))
    blocked = tmp_path / "tables"
    blocked.write_text("")
    with pytest.raises(SinkStopped):
        sink(broker, blocked)
    blocked.unlink()
    assert sink(broker, blocked).committed == 50
    assert sum(stored(blocked).values()) == 50


def test_rows_wait_until_enough_are_gathered(tmp_path: Path) -> None:
    """Before the policy's rows or seconds are reached nothing is written; told to stop, it writes and commits."""
    broker = cluster()
    produce(broker, [Message(home(TABLED[0]) or "", message(TABLED[0], seed), key=b"k") for seed in range(30)])
    progress, seen = Progress(), list[int]()
    patient = Policy(rows=1000, seconds=1000, poll=0.001, batch=10, wall=clock)

    class Watching(Reading):
        def consume(self, *, timeout: float, most: int = 500) -> list[Received]:
            seen.append(progress.tally.files)
            return super().consume(timeout=timeout, most=most)

    stop = Event()
    reading = Watching(broker.consumer(TOPICS, group=GROUP), stop)
    tally = run(reading, CATALOGUE, tmp_path, stop=stop, policy=patient, tell=print, progress=progress)
    assert set(seen) == {0}
    assert (tally.files, reading.commits, tally.committed) == (1, 1, 30)


def test_a_commit_that_fails_at_the_end_is_told(tmp_path: Path) -> None:
    """Rows whose last commit fails are in the tables; they come once more to the next sink, and change nothing."""
    broker, lines = cluster(), list[str]()
    produce(broker, events(20))
    stop = Event()
    patient = Policy(rows=1000, seconds=1000, poll=0.001, wall=clock)

    class Failing(Reading):
        def commit(self, batch: Sequence[Received]) -> None:
            assert batch
            raise Unavailable("down")

    failing = Failing(broker.consumer(TOPICS, group=GROUP), stop)
    assert run(failing, CATALOGUE, tmp_path, stop=stop, policy=patient, tell=lines.append).committed == 0
    failing.close()
    assert lines == ["the broker does not answer: the last rows are written, and will be delivered once more"]
    before = contents(tmp_path)
    assert sink(broker, tmp_path).committed == 20
    assert contents(tmp_path) == before


def test_the_counts_of_a_tally_add_up() -> None:
    """The totals are the sums of the parts, and a tally that was handed out never changes."""
    first = Tally().wrote("usage.call_ended", 3)
    second = first.wrote("ml.call_ended", 2).wrote("usage.call_ended", 1).skipping({"wrong_kind": 4})
    assert first.counts()["rows"] == 3
    counts = second.counts()
    assert (counts["rows"], counts["files"], counts["skipped"]) == (6, 3, 4)
    assert (counts["rows.usage.call_ended"], counts["skipped.wrong_kind"]) == (4, 4)
