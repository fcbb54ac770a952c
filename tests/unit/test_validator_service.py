"""The validator's loop: nothing is lost, whatever fails and whenever it is stopped, and the counts add up."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from broker.memory import MemoryBroker
from broker.memory_clients import MemoryConsumer
from broker.patience import Patience
from broker.port import BrokerError, Message, Misused, Received, Refused, Unavailable, Unreadable, Why
from collector.pipeline import TOPICS as CARRIED
from consumers import tries
from consumers.validator import service
from consumers.validator.breaker import Breaker, Fuse, Tripped
from consumers.validator.catalogues import NEXT, Catalogues, Wait
from consumers.validator.journey import TOPICS, Eligible, Outcome, Withheld, judge
from consumers.validator.output import SEALED_BYTES
from consumers.validator.seen import Seen
from consumers.validator.service import CRASHES, GROUP, TRIES, TRIPPED
from schemas.catalogue import Catalogue
from schemas.codec import frame
from schemas.findings import CatalogueInvalid
from schemas.quarantine import open_sealed
from schemas.reasons import Reason
from tests.unit.gate_samples import CANARY, NOW, SNEAKY, catalogue, decoded, message, received
from tests.unit.gate_stack import IDENTITY, Failing, held, sealed, stack
from tests.unit.validator_bench import POLICY, Bench
from tests.waiting import eventually

# Twenty to pass, ten to withhold, ten to refuse: in turn, so that every batch has some of each.
ELIGIBLE = [message("call.ended", {"call.duration": n}) for n in range(20)]
WITHHELD = [message("setting.changed", time=NOW * 1000 - n) for n in range(10)]
REFUSED = [received(f"{CANARY} {n}".encode(), tuple(TOPICS)[n % 2]) for n in range(10)]
TRAFFIC = [each for n in range(10) for each in (ELIGIBLE[2 * n], WITHHELD[n], ELIGIBLE[2 * n + 1], REFUSED[n])]


def fill(broker: MemoryBroker, traffic: Sequence[Received] = TRAFFIC) -> None:
    """Write messages as whoever has the right would."""
    broker.producer().produce([Message(each.topic, each.value, each.key) for each in traffic], timeout=1)


def durations(broker: MemoryBroker) -> Counter[str]:
    """Count each event id in ml.eligible."""
    return Counter(decoded(each.value or b"")["origin"]["event_id"].hex() for each in held(broker, "ml.eligible"))


def refused_in(broker: MemoryBroker) -> Counter[bytes]:
    """Count each value that quarantine holds."""
    return Counter(item for each in held(broker, "quarantine") for item in sealed(each)[1])


@pytest.fixture(name="broker")
def filled() -> MemoryBroker:
    """Give a cluster that holds the traffic."""
    broker = stack()
    fill(broker)
    return broker


def check_nothing_lost(broker: MemoryBroker, at_most: int) -> None:
    """Every eligible event and every refused message has arrived, none more often than `at_most`."""
    for arrived, expected in ((durations(broker), len(ELIGIBLE)), (refused_in(broker), len(REFUSED))):
        assert len(arrived) == expected
        assert max(arrived.values()) <= at_most


def test_every_message_goes_where_it_belongs(broker: MemoryBroker) -> None:
    """Without trouble each message has one outcome, the counts add up, and a second run finds nothing to do."""
    bench = Bench(broker)
    bench.run()
    check_nothing_lost(broker, at_most=1)
    assert set(refused_in(broker)) == {each.value for each in REFUSED}
    assert bench.counts() == {
        "judged": 40,
        "eligible": 20,
        "withheld": 10,
        "withheld.purpose": 10,
        "refused": 10,
        "refused.not_framed": 10,
    }
    assert bench.progress.state == "stopped"
    assert {(each.key, each.headers) for each in held(broker, "ml.eligible")} == {(None, ())}
    again = Bench(broker)
    again.run()
    assert again.counts() == {}


@pytest.mark.parametrize("written", [False, True])
def test_a_failing_produce_is_tried_until_it_works(broker: MemoryBroker, written: bool) -> None:  # noqa: FBT001 - a case
    """No batch is given up when the broker does not answer; a lost acknowledgement doubles, and is counted once."""
    bench, calls = Bench(broker), Counter[str]()

    def two_of_three() -> None:
        calls["produce"] += 1
        if calls["produce"] % 3:
            raise Unavailable("it is")

    bench.writer = Failing(broker.producer(), two_of_three, written=written)
    bench.run()
    check_nothing_lost(broker, at_most=3 if written else 1)
    assert bench.counts()["judged"] == len(TRAFFIC)
    assert bench.counts()["retries"] == calls["produce"] * 2 // 3
    assert set(bench.told[1:]) == {"the broker does not answer: waiting for it", "the broker answers again"}


def test_a_failing_commit_loses_nothing(broker: MemoryBroker) -> None:
    """What was produced and not committed is handed out again, to whoever reads next."""
    bench = Bench(broker)

    def fail(batch: Sequence[Received]) -> None:
        assert batch
        raise Unavailable("it is")

    assert bench.reader is not None
    bench.reader.commit = fail  # type: ignore[method-assign]
    bench.run()
    assert bench.counts()["judged"] == len(TRAFFIC)
    Bench(broker).run()
    check_nothing_lost(broker, at_most=2)
    third = Bench(broker)
    third.run()
    assert third.counts() == {}


@pytest.mark.parametrize("after", range(1, 7))
def test_a_stop_in_the_middle_loses_nothing(broker: MemoryBroker, after: int) -> None:
    """Stopped while a batch waits for the broker, it is not committed; the next validator carries it."""
    first, calls = Bench(broker), Counter[str]()

    def stop_then_fail() -> None:
        calls["produce"] += 1
        if calls["produce"] >= after:
            first.stop.set()
            raise Unavailable("it is")

    first.writer = Failing(broker.producer(), stop_then_fail, written=after % 2 == 0)
    first.run()
    second = Bench(broker)
    second.run()
    check_nothing_lost(broker, at_most=2)
    assert first.counts().get("judged", 0) + second.counts()["judged"] == len(TRAFFIC)


@pytest.mark.parametrize("error", [Refused, Misused])
def test_what_waiting_cannot_mend_ends_the_run(broker: MemoryBroker, error: type[BrokerError]) -> None:
    """A permanent error ends the run without a commit, so that nothing is lost once it is mended."""
    bench = Bench(broker)

    def fail() -> None:
        raise error("it is")

    bench.writer = Failing(broker.producer(), fail)
    with pytest.raises(error):
        bench.run()
    assert bench.counts() == {}
    Bench(broker).run()
    check_nothing_lost(broker, at_most=1)


def test_stopping_does_not_wait_for_the_broker(broker: MemoryBroker) -> None:
    """With the broker gone for good, a stop ends the run at once; no thread stays behind."""
    bench, before = Bench(broker, replace(POLICY, patience=Patience(30, 30))), threading.active_count()
    broker.available = False
    timer = threading.Timer(0.1, bench.stop.set)
    timer.start()
    bench.run()
    timer.join(5)
    assert threading.active_count() == before
    assert bench.progress.read() == ("stopped", {"retries": 1})


def test_quarantine_messages_are_bounded() -> None:
    """Refused values are sealed together up to a limit, each whole; one beyond any limit is cut and stops nothing."""
    broker = stack()
    part = SEALED_BYTES // 3
    values = [bytes([n]) * part for n in range(1, 8)] + [b"\xff" * (10 * 2**20)]
    for value in values:  # past the producer's limit: Kafka limits what is compressed, and these compress well
        broker._cluster.append(Message("telemetry.usage", value))
    bench = Bench(broker, replace(POLICY, batch=100))
    bench.run()
    items = refused_in(broker)
    assert items == Counter([*values[:-1], values[-1][:SEALED_BYTES]])
    assert all(len(each.value or b"") < SEALED_BYTES + 2**16 for each in held(broker, "quarantine"))
    assert bench.counts()["refused"] == len(values)


def test_quarantine_tells_reasons_outside_and_values_inside_alone(broker: MemoryBroker) -> None:
    """Outside the seal stands what is content-free; nothing of a refused value is in the message in the clear."""
    Bench(broker).run()
    for each in held(broker, "quarantine"):
        outside, items = sealed(each)
        assert outside["stage"] == "VALIDATOR"
        assert outside["records"] == len(items) == sum(told["count"] for told in outside["refusals"])
        assert SNEAKY.encode() not in (each.value or b"")
        assert (each.key, each.headers) == (None, ())


def test_the_validator_reads_what_the_collector_writes_and_no_content() -> None:
    """Its topics are the collector's two telemetry topics; content is no topic of its."""
    assert {topic: kind for kind, topic in CARRIED.items() if topic != "customer.content"} == TOPICS


def refuse(call: Callable[[], object]) -> bool:
    """Tell whether the broker refuses a call."""
    try:
        call()
    except Refused:
        return True
    return False


def test_the_topology_gives_the_validator_just_its_rights() -> None:
    """It may not read content, and the collector may not write the images."""
    broker = stack()
    assert refuse(lambda: MemoryConsumer(broker.as_user("validator")._open(), ["customer.content"], GROUP))
    collector = broker.as_user("collector").producer()
    assert refuse(lambda: collector.produce([Message("ml.eligible", b"x")], timeout=1))


def test_what_is_other_is_counted_by_field() -> None:
    """Names are the catalogue's: an event and a path."""
    broker = stack()
    words = enumerate(("kicked", "asleep", "left"))
    fill(broker, [message("call.ended", {"call.end.reason": word, "call.duration": n}) for n, word in words])
    bench = Bench(broker)
    bench.run()
    assert bench.counts() == {"judged": 3, "eligible": 3, "other.call.ended.reason": 2}


def test_copies_are_withheld_once_carried() -> None:
    """The same event again, in a batch, in a later one or behind a forged key: it is counted, and not written again."""
    broker = stack()
    fill(broker, [*ELIGIBLE[:5], *ELIGIBLE[:5], *ELIGIBLE[:5]])
    bench = Bench(broker)
    bench.run()
    assert bench.counts() == {"judged": 15, "eligible": 5, "withheld": 10, "withheld.duplicate": 10}
    assert set(durations(broker).values()) == {1}
    assert not held(broker, "quarantine")


def test_what_was_not_acknowledged_is_no_copy(broker: MemoryBroker) -> None:
    """An event whose image was not written is carried when it comes again."""
    bench, failed = Bench(broker), list[int]()

    def fail_and_stop() -> None:
        failed.append(1)
        bench.stop.set()
        raise Unavailable("it is")

    bench.writer = Failing(broker.producer(), fail_and_stop)
    bench.run()
    assert failed
    again = Bench(broker)
    again.run()
    assert "withheld.duplicate" not in again.counts()
    check_nothing_lost(broker, at_most=1)


def test_ids_are_forgotten_after_so_many() -> None:
    """Memory is bounded: the oldest ids go first."""
    seen = Seen(most=3)
    outcomes = [Eligible(b"", bytes([n])) for n in range(5)]
    seen.carried(outcomes)
    assert [type(each) for each in seen.without_copies(outcomes)] == [Eligible] * 2 + [Withheld] * 3


def test_order_of_writing_says_nothing_of_order_of_sending() -> None:
    """Two batches of the same events in any order are written in one order; reasons in quarantine too."""
    written = []
    for traffic in (TRAFFIC, TRAFFIC[::-1], TRAFFIC[20:] + TRAFFIC[:20]):
        broker = stack()
        fill(broker, traffic)
        Bench(broker, replace(POLICY, batch=100)).run()
        written.append([each.value for each in sorted(held(broker, "ml.eligible"), key=lambda each: each.offset)])
    assert written[0] == written[1] == written[2]
    assert written[0] != [each.value for each in ELIGIBLE]


# --- the circuit breaker ---

RELEASE = [received(f"{CANARY} {n}".encode()) for n in range(200)]  # a bad one
FUSE = Fuse(share=0.5, window=60, least=30)


def test_the_breaker_stops_before_quarantine_is_flooded(broker: MemoryBroker, tmp_path: Path) -> None:
    """A bad release: what was in order is carried, of the rest at most a window; after a leave, all."""
    fill(broker, RELEASE)
    policy = replace(POLICY, fuse=FUSE, folder=tmp_path)
    bench = Bench(broker, policy)
    watcher = threading.Thread(target=bench.run)
    watcher.start()
    eventually(lambda: bench.progress.state == "tripped", 20)
    assert (tmp_path / TRIPPED).exists()
    counts, drained = bench.counts(), refused_in(broker).total()
    assert counts["trips"] == 1
    assert counts["judged"] == counts["eligible"] + counts["withheld"] + counts["refused"]
    assert drained == counts["refused"] < FUSE.window + len(REFUSED)
    assert bench.told[-1].startswith("stopped by the circuit breaker")
    assert any("would be refused (not_framed" in line for line in bench.told)
    assert not any(CANARY in line for line in bench.told)

    restarted = Bench(broker, policy)  # a restart is no answer to it
    threading.Timer(0.2, restarted.stop.set).start()
    restarted.run()
    assert restarted.progress.read() == ("stopped", {})

    (tmp_path / TRIPPED).unlink()
    watcher.join(20)
    assert not watcher.is_alive()
    assert refused_in(broker).total() == len(REFUSED) + len(RELEASE)
    assert bench.readers == 2
    check_eligible(broker)


def test_after_a_leave_the_breaker_is_armed_again_by_a_window_in_order(tmp_path: Path) -> None:
    """The flood that tripped it passes; the next one trips it again."""
    breaker = Breaker(FUSE, tmp_path / TRIPPED)
    bad = [Reason.NOT_FRAMED] * 20
    breaker.check(20, bad)
    with pytest.raises(Tripped):
        breaker.check(20, bad)
    assert breaker.is_open
    (tmp_path / TRIPPED).unlink()
    assert not breaker.is_open
    for _ in range(10):
        breaker.check(20, bad)
    for _ in range(4):
        breaker.check(20, [])
    breaker.check(20, bad)
    with pytest.raises(Tripped, match="40 of the last 60"):
        breaker.check(20, bad)


def test_a_trip_outlives_the_process(tmp_path: Path) -> None:
    """A validator that starts again, by whomever, stands still until somebody takes the file away."""
    with pytest.raises(Tripped):
        Breaker(FUSE, tmp_path / TRIPPED).check(30, [Reason.NOT_FRAMED] * 30)
    again = Breaker(FUSE, tmp_path / TRIPPED)
    assert again.is_open
    (tmp_path / TRIPPED).unlink()
    assert not again.is_open


@pytest.mark.parametrize(("refused", "trips"), [(15, False), (16, True), (30, True)])
def test_the_breaker_trips_above_its_share(refused: int, trips: bool) -> None:  # noqa: FBT001 - a case
    """At the share it holds; one above it trips; below the least number nothing is judged."""
    breaker = Breaker(FUSE, None)
    breaker.check(29, [Reason.NOT_FRAMED] * 0)
    breaker = Breaker(FUSE, None)
    breaker.check(1, [Reason.NOT_FRAMED])
    rest = [Reason.NOT_FRAMED] * (refused - 1)
    if not trips:
        breaker.check(29, rest)
        return
    with pytest.raises(Tripped):
        breaker.check(29, rest)


def test_a_share_of_one_never_trips() -> None:
    """The switch."""
    breaker = Breaker(Fuse(share=1.0, window=10, least=1), None)
    for _ in range(20):
        breaker.check(5, [Reason.NOT_FRAMED] * 5)


# --- batches that can't be read ---

STORED = f"{CANARY}: a batch as it is stored".encode()


def spoil(broker: MemoryBroker, why: Why) -> str:
    """Have a batch in a log that can't be read; gives its topic and partition."""
    place = next(place for place, log in broker._cluster.logs.items() if len(log) > 3)
    log = broker._cluster.logs[place]
    log.insert(1, replace(log[1], value=STORED, key=None, unreadable=Unreadable(1, why)))
    log[2:] = [replace(each, offset=number) for number, each in enumerate(log[2:], 2)]
    return "{}/{}".format(*place)


def test_a_batch_that_can_not_be_read_stops_nothing(broker: MemoryBroker) -> None:
    """Its bytes are sealed, apart from values, as what they are; all else is carried; a line says where it was."""
    place = spoil(broker, "size")
    bench = Bench(broker)
    bench.run()
    assert bench.counts()["refused.unreadable"] == 1
    assert refused_in(broker)[STORED] == 1
    forms = [open_sealed(decoded(each.value or b"")["sealed"], IDENTITY) for each in held(broker, "quarantine")]
    assert [items for form, items in forms if form == "kafka.batch"] == [[STORED]]
    assert {form for form, items in forms if STORED not in items} == {"kafka.value"}
    assert len(durations(broker)) == len(ELIGIBLE)
    assert f"stepped over batches of {place} within offsets 1-1: they can't be read (size)" in bench.told
    assert not any(SNEAKY in line for line in bench.told)


def test_a_batch_for_which_there_is_no_memory_is_tried_three_times(
    broker: MemoryBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The partition waits for it, and is gone on with at the fourth look; what was counted is forgotten then."""
    monkeypatch.setattr(tries, "EVERY", 0.0)
    monkeypatch.setattr(service, "AGAIN", 0.0)
    spoil(broker, "memory")
    bench, postponed = Bench(broker, replace(POLICY, folder=tmp_path)), list[Received]()
    assert bench.reader is not None
    inner = bench.reader.postpone

    def postpone(message: Received) -> None:
        postponed.append(message)
        inner(message)

    bench.reader.postpone = postpone  # type: ignore[method-assign]
    bench.run()
    assert [each.value for each in postponed] == [STORED] * tries.MOST
    assert bench.counts()["refused.unreadable"] == 1
    assert len(durations(broker)) == len(ELIGIBLE)
    assert json.loads((tmp_path / TRIES).read_text()) == []


# --- poison ---


def dying(marker: bytes, lives: list[int]) -> Callable[..., list[Outcome]]:
    """Judge, and die over a marked message as a process would: nothing of ours gets to run."""

    def judged(batch: Sequence[Received], *rest: object) -> list[Outcome]:
        if any(marker in (each.value or b"") for each in batch):
            lives.append(len(batch))
            raise SystemExit
        return judge(batch, *rest)  # type: ignore[arg-type]

    return judged


def test_a_message_that_kills_is_sealed_after_three_deaths(
    broker: MemoryBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies three times, alone from the second time on; then its bytes are in quarantine and all else is carried."""
    poison = f"{CANARY} 4".encode()
    lives: list[int] = []
    monkeypatch.setattr(service, "judge", dying(poison, lives))
    policy = replace(POLICY, folder=tmp_path)
    for _ in range(3):
        with pytest.raises(SystemExit):
            Bench(broker, policy).run()
    bench = Bench(broker, policy)
    bench.run()
    assert len(lives) == 3
    assert lives[0] > 1
    assert lives[1:] == [1, 1]
    assert bench.counts()["refused.poison"] == 1
    check_nothing_lost(broker, at_most=2)
    assert refused_in(broker)[poison] == 1
    assert json.loads((tmp_path / CRASHES).read_text()) == {"judging": [], "deaths": []}


def test_a_kill_that_no_message_caused_costs_nothing(
    broker: MemoryBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed twice in mid-batch by somebody else, every message is judged in the end."""
    policy, lives = replace(POLICY, folder=tmp_path), list[int]()
    with monkeypatch.context() as patched:
        patched.setattr(service, "judge", dying(b"", lives))
        for _ in range(2):
            with pytest.raises(SystemExit):
                Bench(broker, policy).run()
    bench = Bench(broker, policy)
    bench.run()
    assert "refused.poison" not in bench.counts()
    check_nothing_lost(broker, at_most=1)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"judging": 1, "deaths": []}', '{"judging": [[1]], "deaths": []}'])
def test_notes_that_can_not_be_read_tell_nothing(broker: MemoryBroker, tmp_path: Path, text: str) -> None:
    """A file that a full disk cut short stops nobody; neither does a folder that can't be written."""
    (tmp_path / CRASHES).write_text(text)
    Bench(broker, replace(POLICY, folder=tmp_path)).run()
    check_nothing_lost(broker, at_most=1)
    again = stack()
    fill(again)
    (tmp_path / "file").write_text("")
    Bench(again, replace(POLICY, folder=tmp_path / "file")).run()
    check_nothing_lost(again, at_most=1)


# --- a catalogue that changes ---

NEWEST = max(catalogue().schemas)
WITHOUT = {number: schema for number, schema in catalogue().schemas.items() if number != NEWEST}


def older() -> Catalogue:
    """Give the catalogue as it was before its newest schema."""
    plans = {number: plan for number, plan in catalogue().by_id.items() if NEWEST not in (number, plan.ml_schema_id)}
    return replace(catalogue(), version="older", schemas=WITHOUT, by_id=plans)


def unknown(number: int, partition: int = 0) -> Received:
    """Make a message of a schema that nobody knows."""
    return replace(received(frame(number, b"x")), partition=partition)


def test_a_newer_schema_is_waited_for() -> None:
    """Its partition waits, others go on; once the catalogue has it, it is judged, in order."""
    broker, loads = stack(), list[int]()
    fresh = Bench(broker, replace(POLICY, catalogue=older(), wait=Wait(longest=60, every=0.01)))

    def load() -> Catalogue:
        loads.append(1)
        if len(loads) < 3:
            raise CatalogueInvalid([])
        return catalogue()

    fresh.policy = replace(fresh.policy, load=load)
    broker.producer().produce([Message("telemetry.usage", frame(NEWEST, b"x"), b"k")], timeout=1)
    fill(broker, ELIGIBLE[:3])
    fresh.run()
    assert len(loads) >= 3
    assert fresh.counts()["judged"] == 4
    assert set(fresh.counts()) & {"refused.wrong_kind", "refused.undecodable"}  # judged in the newer catalogue
    assert "refused.unknown_schema" not in fresh.counts()
    assert "the catalogue was brought up to date" in fresh.told


def test_a_schema_that_never_comes_is_refused_in_time_and_no_partition_waits_twice() -> None:
    """The wait is bounded, and ids that somebody makes up can't be strung together into a longer one."""
    now = [0.0]
    catalogues = Catalogues(
        older(), lambda: catalogue_of("same"), list[str]().append, Wait(60, 2, 600), clock=lambda: now[0]
    )
    first, second, elsewhere = unknown(NEWEST), unknown(NEWEST + 1), unknown(NEWEST, partition=1)
    assert catalogues.sorted_out([first, second, ENDED, elsewhere]) == ([], [first, elsewhere])
    now[0] = 59.0
    assert catalogues.sorted_out([first]) == ([], [first])
    now[0] = 61.0
    assert catalogues.sorted_out([first, second]) == ([first, second], [])
    now[0] = 700.0
    assert catalogues.sorted_out([second]) == ([], [second])


def test_a_made_up_id_keeps_no_genuine_schema_waiting() -> None:
    """After a wait in vain the catalogue is still read: what was registered meanwhile is judged."""
    now, newest = [0.0], [older()]
    catalogues = Catalogues(older(), lambda: newest[0], list[str]().append, Wait(60, 2, 600), clock=lambda: now[0])
    made_up, genuine = unknown(NEWEST + 7), replace(unknown(NEWEST), offset=1)
    assert catalogues.sorted_out([made_up]) == ([], [made_up])
    now[0] = 61.0
    assert catalogues.sorted_out([made_up]) == ([made_up], [])
    newest[0] = catalogue()
    now[0] = 65.0
    assert catalogues.sorted_out([genuine]) == ([genuine], [])
    assert catalogues.now is newest[0]


def test_each_message_waits_its_own_time() -> None:
    """A partition that went away and came back begins anew with another message."""
    now = [0.0]
    catalogues = Catalogues(older(), older, list[str]().append, Wait(60, 2, 600), clock=lambda: now[0])
    first, later = unknown(NEWEST), replace(unknown(NEWEST), offset=9)
    assert catalogues.sorted_out([first]) == ([], [first])
    now[0] = 1000.0
    assert catalogues.sorted_out([later]) == ([], [later])


def test_a_schema_taken_out_is_noticed_without_a_restart() -> None:
    """The catalogue is read again now and then, though nothing waits for it."""
    now, newest = [0.0], [catalogue()]
    catalogues = Catalogues(catalogue(), lambda: newest[0], list[str]().append, Wait(), clock=lambda: now[0])
    newest[0] = replace(catalogue(), version="without", by_id={})
    catalogues.sorted_out([])
    assert catalogues.now.by_id
    now[0] = 61.0
    catalogues.sorted_out([])
    assert not catalogues.now.by_id


def test_a_trip_that_can_not_be_written_down_is_a_trip(tmp_path: Path) -> None:
    """A full disk must not make it carry on; once there is room the trip is written down, and can be resumed."""
    folder = tmp_path / "run"
    folder.write_text("")  # no folder
    breaker = Breaker(FUSE, folder / TRIPPED)
    with pytest.raises(Tripped):
        breaker.check(60, [Reason.NOT_FRAMED] * 60)
    assert breaker.is_open
    assert breaker.is_open
    folder.unlink()
    assert breaker.is_open
    (folder / TRIPPED).unlink()
    assert not breaker.is_open


def catalogue_of(version: str) -> Catalogue:
    """Give the older catalogue under another version."""
    return replace(older(), version=version)


@pytest.mark.parametrize("number", [0, 1, NEWEST - 1, NEWEST + NEXT, 2**32 - 1])
def test_only_the_next_ids_are_waited_for(number: int) -> None:
    """An id below the newest is removed or made up; one far above is made up."""
    catalogues = Catalogues(older(), older, list[str]().append)
    assert catalogues.sorted_out([unknown(number)]) == ([unknown(number)], [])


ENDED = ELIGIBLE[0]


def check_eligible(broker: MemoryBroker) -> None:
    """Every eligible event has arrived."""
    assert len(durations(broker)) == len(ELIGIBLE)
