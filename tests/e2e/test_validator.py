"""The validator in its own process on real Kafka, against whoever else may write to the telemetry topics."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer  # type: ignore[attr-defined,unused-ignore]

from broker.port import Message, Received
from deploy.cli import run
from deploy.services import VALIDATOR, Service
from deploy.stack import Stack
from schemas.catalogue import SHIPPED
from schemas.codec import frame
from schemas.reasons import Reason
from tests.unit.gate_samples import CANARY, SNEAKY, catalogue, decoded, message
from tests.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]
USAGE, DIAGNOSTIC = "telemetry.usage", "telemetry.diagnostic"
ENDED = catalogue().plans["call.ended"]
HOUR = 3600 * 1_000_000
MARKER = b"\xffpoison"
# The validator as it is, but for one message over which the process is killed, as a defect in a library would.
DIES = f"""
import os, signal, sys
from schemas.codec import Codec
decode = Codec.decode
def dying(self, payload):
    if payload.endswith({MARKER!r}):
        os.kill(os.getpid(), signal.SIGKILL)
    return decode(self, payload)
Codec.decode = dying
from deploy.cli import main
sys.argv = ["tidegate", "validator"]
sys.exit(main())
"""


@dataclass(frozen=True, slots=True)
class Dying(Service):
    """A validator that a marked message kills."""

    def command(self) -> Sequence[str]:
        """Give its command line."""
        return (sys.executable, "-c", DIES)


@pytest.fixture(scope="module", name="folder")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a catalogue of one's own, the shipped one so far."""
    return Path(shutil.copytree(SHIPPED, tmp_path_factory.mktemp("catalogue") / "catalog"))


@pytest.fixture(scope="module", name="stack")
def started(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Stack]:
    """Kafka and a validator, no collector: what comes is written by somebody else."""
    dying = Dying(VALIDATOR.name, VALIDATOR.principal, VALIDATOR.keys)
    root = tmp_path_factory.mktemp("validator")
    with Stack(root, collector_port=0, catalog=folder, services=(dying,)) as up:
        yield up


def fresh(number: int = 0, *, at: int = 0, **changes: object) -> bytes:
    """Make an event of now, `at` microseconds off; fields of the origin are changed."""
    value = decoded(message("call.ended", {"call.duration": number}).value or b"")
    now = time.time_ns() // 1000 + at
    value["origin"] |= {"receive_time": now, "event_time": now, **changes}
    return frame(ENDED.schema_id, ENDED.codec.encode(value))


def write(stack: Stack, *messages: Message) -> None:
    """Write as the collector's principal: whoever holds its password can."""
    with contextlib.closing(stack.broker("collector").producer()) as producer:
        producer.produce(messages, timeout=30)


def everything(stack: Stack, topic: str) -> list[Received]:
    """Read all of a topic."""
    broker, found = stack.broker("admin"), list[Received]()
    with contextlib.closing(broker.admin()) as admin:
        holds = admin.sizes()[topic]
    with contextlib.closing(broker.consumer([topic], group=None)) as consumer:
        while len(found) < holds:
            found += consumer.consume(timeout=10)
    return found


def reasons(stack: Stack) -> Counter[str]:
    """Count what quarantine tells outside its seals."""
    told: Counter[str] = Counter()
    for each in everything(stack, "quarantine"):
        for refusal in decoded(each.value or b"")["refusals"]:
            told[refusal["reason"]] += refusal["count"]
    return told


def count(stack: Stack, name: str) -> int:
    """Read one of the validator's counts."""
    return stack.counts()["validator"].get(name, 0)


def hostile() -> list[tuple[Reason, Message]]:
    """Give messages that no collector writes, each with why it is refused."""
    good = fresh(1)
    session = decoded(good)["origin"]["session"].encode()
    chat = message("chat.message", body=CANARY).value or b""
    cases: list[tuple[Reason, Message]] = [
        (Reason.HEADERS, Message(USAGE, good, None, ((CANARY, CANARY.encode()),))),
        (Reason.FOREIGN_KEY, Message(USAGE, good, CANARY.encode())),
        (Reason.FOREIGN_KEY, Message(USAGE, good, session + b" ")),
        (Reason.TOMBSTONE, Message(USAGE, None, CANARY.encode())),
        (Reason.OVERSIZE, Message(USAGE, good + CANARY.encode() * 3000)),
        (Reason.NOT_FRAMED, Message(USAGE, CANARY.encode())),
        (Reason.NOT_FRAMED, Message(USAGE, b"\1" + good[1:])),
        (Reason.UNKNOWN_SCHEMA, Message(USAGE, frame(2**31, CANARY.encode()))),
        (Reason.WRONG_KIND, Message(USAGE, chat)),
        (Reason.WRONG_KIND, Message(DIAGNOSTIC, good)),
        (Reason.WRONG_KIND, Message(USAGE, frame(ENDED.ml_schema_id, good[5:]))),
        (Reason.UNDECODABLE, Message(USAGE, good + CANARY.encode())),
        (Reason.UNDECODABLE, Message(USAGE, good[:-1])),
        (Reason.UNDECODABLE, Message(USAGE, good[:5] + b"\xc0\x00" + good[6:])),  # a varint of one byte too many
        (Reason.UNDECODABLE, Message(USAGE, good[:-9] + b"\x04" + good[-8:])),  # the third branch of a union of two
        (Reason.UNDECODABLE, Message(USAGE, good[:6] + b"\xff" * 32 + good[38:])),  # no UTF-8
        (Reason.OUT_OF_WINDOW, Message(USAGE, fresh(2, at=24 * HOUR))),
        (Reason.OUT_OF_WINDOW, Message(USAGE, fresh(3, at=-31 * 24 * HOUR))),
        (Reason.NOT_AN_ID, Message(USAGE, fresh(4, tenant=CANARY))),
        (Reason.NOT_AN_ID, Message(USAGE, fresh(5, tenant=b"see you at nine!".hex()))),
        (Reason.NOT_IN_VOCABULARY, Message(USAGE, fresh(6, app=CANARY))),
        (Reason.NOT_A_VERSION, Message(USAGE, fresh(7, app_version=CANARY))),
    ]
    return cases


def test_what_no_collector_writes_is_refused(stack: Stack) -> None:
    """Each for its reason, its bytes sealed; what is in order beside it is carried, once."""
    cases = hostile()
    good = fresh(99)
    write(stack, *(each for _, each in cases), Message(USAGE, good), Message(USAGE, good), Message(USAGE, good))
    eventually(lambda: count(stack, "judged") >= len(cases) + 3)
    assert reasons(stack) == Counter(reason.code for reason, _ in cases)
    assert (count(stack, "eligible"), count(stack, "withheld.duplicate")) == (1, 2)
    [image] = everything(stack, "ml.eligible")
    assert (image.key, image.headers) == (None, ())
    assert abs(image.timestamp - time.time() * 1000) < 600_000  # the broker's own
    told = [each.value or b"" for topic in ("ml.eligible", "quarantine") for each in everything(stack, topic)]
    told += [path.read_bytes() for path in stack.folder.logs.glob("*.log")]
    assert not any(SNEAKY.encode() in each or CANARY.encode().hex().encode() in each for each in told)


def test_a_producer_s_own_time_is_not_kept(stack: Stack) -> None:
    """Even the validator's own principal can't choose the time of a message in ml.eligible."""
    password = (stack.folder.credentials / "validator").read_text().strip()
    producer: Any = KafkaProducer(
        bootstrap_servers=stack.bootstrap,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username="validator",
        sasl_plain_password=password,
    )
    producer.send("ml.eligible", b"mine", timestamp_ms=1_000_000_000_000).get(30)
    producer.close()
    [mine] = [each for each in everything(stack, "ml.eligible") if each.value == b"mine"]
    assert abs(mine.timestamp - time.time() * 1000) < 600_000


def test_order_of_writing_says_nothing(stack: Stack) -> None:
    """Images of one poll stand in the order of their bytes in each partition, however their events came."""
    write(stack, *(Message(USAGE, fresh(100 + number, at=-number)) for number in range(60)))
    eventually(lambda: count(stack, "eligible") >= 61)
    images: dict[int, list[bytes]] = {}
    for image in everything(stack, "ml.eligible"):
        if image.value != b"mine":
            images.setdefault(image.partition, []).append(image.value or b"")
    pairs = [pair for values in images.values() for pair in pairwise(values)]
    falls = sum(one > other for one, other in pairs)
    assert len(pairs) > 50
    assert falls < len(pairs) / 4  # one where a poll ends; half of them, were they in the order they came


def test_a_message_that_kills_stops_nobody(stack: Stack) -> None:
    """The process is killed over it three times; then it is sealed unread, and what is behind it is carried."""
    poison = frame(ENDED.schema_id, CANARY.encode() + MARKER)
    key = decoded(fresh())["origin"]["session"].encode()  # one key, one partition
    write(stack, Message(USAGE, poison, key), Message(USAGE, fresh(500), key))
    eventually(lambda: count(stack, "refused.poison") == 1)
    eventually(lambda: count(stack, "eligible") >= 1)
    assert stack.services()["validator"].restarts == 3
    assert reasons(stack)["poison"] == 1
    assert not any(SNEAKY.encode() in path.read_bytes() for path in stack.folder.run.glob("*"))


def test_a_newer_schema_is_waited_for(stack: Stack, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its partition waits, others go on; once it is registered its messages are judged, with no restart."""
    newer = max(catalogue().schemas) + 1
    judged, restarts = count(stack, "judged"), stack.services()["validator"].restarts
    write(stack, Message(USAGE, frame(newer, CANARY.encode()), b"k"))
    time.sleep(2)
    write(stack, *(Message(DIAGNOSTIC, b"no frame %d" % number) for number in range(5)))
    eventually(lambda: count(stack, "judged") == judged + 5)
    field = "pages:count:max=500:buckets=10:doc=How many pages it had."
    arguments = ["--kind", "usage", "--owner", "reports", "--purpose", "product_improvement", "--level", "optional"]
    new = ["event", "new", "report.exported", "--catalog", str(folder), *arguments, "--doc", "A report was exported."]
    assert run([*new, "--field", field]) == 0, capsys.readouterr().err
    assert run(["register", "--catalog", str(folder)]) == 0, capsys.readouterr().err
    eventually(lambda: count(stack, "judged") == judged + 6)
    assert reasons(stack)["unknown_schema"] == 1  # the one before
    assert count(stack, "refused.undecodable") == 1
    assert stack.services()["validator"].restarts == restarts


def test_the_breaker_stops_a_running_validator(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """A flood of refusals: it stops and says so, a restart does not help it; told to resume, it carries everything."""
    before, refused = count(stack, "refused"), reasons(stack).total()
    flood = [Message(USAGE, f"{CANARY} {number}".encode()) for number in range(3000)]
    write(stack, *flood)
    eventually(lambda: stack.services()["validator"].state == "tripped")
    drained = count(stack, "refused") - before
    assert reasons(stack).total() == refused + drained
    assert drained < 1000
    stack.kill("validator")
    eventually(lambda: stack.services()["validator"].state == "tripped")
    assert reasons(stack).total() == refused + drained
    log = stack.folder.log("validator").read_text()
    assert "messages would be refused" in log
    assert "tidegate validator resume" in log
    assert run(["validator", "--data-dir", str(stack.folder.root), "resume"]) == 0
    assert "goes on" in capsys.readouterr().out
    eventually(lambda: stack.services()["validator"].ready)
    eventually(lambda: reasons(stack).total() == refused + len(flood))
    write(stack, Message(USAGE, fresh(700)))
    eventually(lambda: count(stack, "eligible") == 1)
    assert SNEAKY not in log
