"""Every reason, and every way in which a service fails, is made to happen around a canary: nobody tells it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from broker.memory import MemoryBroker
from broker.port import Message, Received
from collector.app import make_app
from collector.connection import Manners
from collector.pipeline import Accepted, Refused, gate
from collector.records import LogRecord
from collector.service import Gateway
from collector.service import Policy as CollectorPolicy
from consumers.sink import service as sink
from consumers.validator.journey import Eligible, Withheld, judge, poisoned
from consumers.validator.seen import Seen
from deploy.status import Beat
from schemas.domains import Domain
from schemas.keyring import Epoch, Keyring
from schemas.reasons import Reason
from tests.proof.attack.answers import shoot
from tests.proof.attack.case import Bench
from tests.proof.attack.suite import pick, requests
from tests.unit.collector_serving import serving
from tests.unit.gate_exits import EXITS
from tests.unit.gate_samples import CANARY, CONTEXT, ML_KEY, NOW, SNEAKY, TELEMETRY_KEY, catalogue, message, record
from tests.unit.gate_stack import RECIPIENT, Failing, held, stack
from tests.unit.listening import Ear
from tests.unit.signal_samples import made
from tests.unit.test_validator_journey import MESSAGES
from tests.unit.validator_bench import POLICY
from tests.unit.validator_bench import Bench as ValidatorBench

TRACES = (SNEAKY, SNEAKY.encode().hex(), TELEMETRY_KEY.at(NOW).hex(), ML_KEY.at(NOW).hex())
YEARS = 3 * 365 * 86_400_000_000  # until every event of the catalogue has expired
CLOCK: Callable[[], float] = lambda: NOW / 1_000_000  # noqa: E731 - a fixed one


@pytest.fixture(name="ear")
def listen(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[Ear]:
    """Listen for the canary and the keys."""
    with Ear(TRACES, caplog, capfd).open() as ear:
        yield ear


def test_the_ear_hears(ear: Ear, tmp_path: Path) -> None:
    """What is said on stdout or in a warning, stands in a file, a cause, a note or a log's arguments, is heard."""
    sys.stdout.write(CANARY)
    assert ear.traces(())
    warnings.warn(CANARY, stacklevel=1)
    assert ear.traces(())
    (tmp_path / "log").write_text(CANARY)
    error = ValueError("quiet")
    error.__cause__ = KeyError(CANARY)
    assert Ear(TRACES, ear._caplog, ear._capfd).traces((error,))
    error.__cause__ = None
    error.add_note(CANARY)
    assert Ear(TRACES, ear._caplog, ear._capfd).traces((error,))
    assert Ear(TRACES, ear._caplog, ear._capfd).traces((), tmp_path)


def records() -> list[LogRecord]:
    """Give the records of every reason of the collector, and each of them with the canary beside it."""
    refused = [each for several in EXITS.values() for each in several]
    return [*refused, *(replace(each, attributes=(*each.attributes, ("note", CANARY))) for each in refused)]


def messages() -> list[Received]:
    """Give the messages of every reason of the validator, and each with the canary in its key, and its headers too."""
    several = [each for of in MESSAGES.values() for each in of]
    keyed = [replace(each, key=CANARY.encode()) for each in several]
    return [*several, *keyed, *(replace(each, headers=((CANARY, CANARY.encode()),)) for each in keyed)]


def careless(_domain: Domain, value: object, _context: object) -> object:
    """Fail as a careless library does: with the value in the exception's text, and in its cause's."""
    raise KeyError(CANARY, value) from ValueError(f"bad input {CANARY}: {value!r}")


def test_every_reason_is_silent(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each member of the list is brought about, and none of its outcomes tells anything. One without a case fails."""
    outcomes = [*gate(records(), catalogue(), CONTEXT), *judge(messages(), catalogue(), ML_KEY, NOW)]
    points = [made("process.cpu.used", unit=CANARY), made("jitter.measured", {"note": CANARY}, form=CANARY)]
    outcomes += [of for of in gate(points, catalogue(), CONTEXT) if isinstance(of, Refused)]
    late = replace(CONTEXT, moment=NOW + YEARS)
    new = gate([replace(record("call.ended"), time=late.moment * 1000)], catalogue(), late)
    fresh = [replace(message("call.ended"), value=of.value) for of in new if isinstance(of, Accepted)]
    outcomes += judge(fresh, catalogue(), ML_KEY, NOW + YEARS)
    outcomes += [poisoned(each) for each in messages()]
    outcomes += Seen().without_copies(judge([message("call.ended")] * 2, catalogue(), ML_KEY, NOW))
    expired = Keyring((Epoch(NOW - 2 * YEARS, NOW - YEARS, bytes(32)),))
    outcomes += judge([message("call.ended")], catalogue(), expired, NOW)
    for kind in {type(place.domain) for plan in catalogue().plans.values() for place in plan.fields if place.domain}:
        monkeypatch.setattr(kind, "telemetry", careless)
        monkeypatch.setattr(kind, "reduce", careless)
    outcomes += [*gate([record("call.ended")], catalogue(), CONTEXT), *judge(fresh, catalogue(), ML_KEY, NOW + YEARS)]
    refused = [of for of in outcomes if not isinstance(of, (Accepted, Eligible))]
    brought_about = {of.reason if isinstance(of, Withheld) else of.refusal.reason for of in refused}
    assert {reason.code for reason in Reason} - {reason.code for reason in brought_about} == set()
    ear.silent(*outcomes, *Reason)


def test_the_http_door_is_silent_at_every_level(ear: Ear) -> None:
    """Attacks on the real server, with each logger at its lowest level: no word of them is said or answered."""
    bench = Bench(5, NOW * 1000)
    cases = pick(list(requests(bench)), 60, random.Random(5))  # noqa: S311 - a pick that can be repeated
    broker, told = stack(), list[object]()
    policy = CollectorPolicy(catalogue(), RECIPIENT, TELEMETRY_KEY, clock=CLOCK)
    gateway = Gateway(policy, broker.as_user("collector"), told.append)
    with serving(make_app(gateway), Manners(keep_alive=1, reading=1.0)) as port:
        told += [shoot(f"http://127.0.0.1:{port}", shot) for case in cases for shot in case.shots]  # type: ignore[arg-type]
    gateway.close()
    assert sum(b" 200 " in bytes(answer)[:16] for answer in told if isinstance(answer, bytes)) > 20
    heard = Ear([word for case in cases for word in case.words], ear._caplog, ear._capfd)
    heard.silent(*told, gateway.counts(), policy)


def fail() -> None:
    """Fail as a defect behind the port would."""
    raise ValueError(CANARY) from KeyError(CANARY)


@pytest.mark.parametrize("away", [True, False], ids=["no broker", "a defect"])
def test_a_failing_collector_is_silent(ear: Ear, *, away: bool) -> None:
    """With Kafka away, or a defect that quotes what it was given, the door answers 503 and says nothing."""
    broker, told = stack(), list[object]()
    policy = CollectorPolicy(catalogue(), RECIPIENT, TELEMETRY_KEY, 0.5, clock=CLOCK)
    gateway = Gateway(policy, broker.as_user("collector"), told.append)
    if away:
        broker.available = False
    else:
        gateway.delivery._producer = Failing(broker.producer(), fail)
    case = next(case for case in requests(Bench(6, NOW * 1000)) if case.place == "undeclared attribute")
    with serving(make_app(gateway)) as port:
        answers = [shoot(f"http://127.0.0.1:{port}", shot) for shot in case.shots]  # type: ignore[arg-type]
    gateway.close()
    assert all(answer.startswith(b"HTTP/1.1 503") for answer in answers)
    ear.silent(*told, *answers, gateway.counts())
    Ear(case.words, ear._caplog, ear._capfd).silent(*told, *answers)


@pytest.mark.parametrize("service", ["validator", "sink"])
def test_a_consumer_is_silent_in_files_too(ear: Ear, tmp_path: Path, service: str) -> None:
    """Validator and sink, fed with every message that is refused, say nothing in lines, counts, beats and tables."""
    broker, told, stop = stack(), list[object](), threading.Event()
    judged = [
        each for each in messages() if each.topic.startswith("telemetry.") and (each.value, each.key) != (None, None)
    ]
    sent = [Message(each.topic, each.value, each.key) for each in judged]
    broker.producer().produce(sent, timeout=1)
    run = _validator if service == "validator" else _sink
    work = threading.Thread(target=run, args=(broker, stop, told, tmp_path))
    work.start()
    asyncio.run(asyncio.sleep(0.5))
    stop.set()
    work.join()
    told += [each.value for topic in ("quarantine", "ml.eligible") for each in held(broker, topic)]
    assert any(path.suffix == ".json" for path in tmp_path.rglob("*"))
    ear.silent(*told, folder=tmp_path)


def _validator(broker: object, stop: threading.Event, told: list[object], folder: Path) -> None:
    del stop  # it stops when all is read
    assert isinstance(broker, MemoryBroker)
    bench = ValidatorBench(broker, replace(POLICY, clock=CLOCK, folder=folder))
    with Beat(folder / "validator.json", "validator").beating(bench.progress.read):
        bench.run()
    assert bench.counts()["judged"]
    told += [*bench.told, bench.progress.read()]


def _sink(broker: object, stop: threading.Event, told: list[object], folder: Path) -> None:
    user, progress = broker.as_user("analytics"), sink.Progress()  # type: ignore[attr-defined]
    policy = sink.Policy(rows=10, seconds=0.1, poll=0.02, wall=CLOCK)
    beat = Beat(folder / "sink.json", "sink").beating(lambda: (progress.tally.state.value, progress.tally.counts()))
    with contextlib.closing(user.consumer(sink.TOPICS, group=sink.GROUP)) as consumer, beat:
        sink.run(
            consumer,
            catalogue(),
            folder / "tables",
            stop=stop,
            policy=policy,
            tell=told.append,
            progress=progress,
        )
    assert progress.tally.skipped
    told.append(progress.tally)
