"""Where attacks are carried out: a whole stack on real Kafka, with honest traffic around them."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import grpc

from broker.port import BrokerError, Message, Received
from consumers.sink.rows import tables_of
from deploy.cli import run as tidegate
from deploy.demo.haystacks import read_topics
from deploy.keys import Keys
from schemas.codec import unframe
from schemas.quarantine import open_sealed
from schemas.quarantine_forms import outside
from schemas.registry import Role
from tests.proof.attack.answers import is_again, is_taken, ring, shoot
from tests.proof.attack.case import Bench, Call, Case, Request, Shot
from tests.proof.attack.drafts import EVENTS, Draft, fill
from tests.proof.attack.forger import STRINGS
from tests.proof.attack.landed import Ids, ids
from tests.proof.attack.signals import TARGETS, landing
from tests.proof.attack.ways import WAYS, shots

if TYPE_CHECKING:
    from broker.port import Producer
    from deploy.stack import Stack
    from schemas.catalogue import Catalogue

JUDGED: Final = ("telemetry.usage", "telemetry.diagnostic")
STORED: Final = (*JUDGED, "ml.eligible")
SETTLED, PATIENCE = 1.5, 150.0  # seconds: beats come once a second
HONEST: Final = ("call.ended", "mute.changed", "hand.raised", "app.crashed", "api.request", "call.quality")
CONTROL: Final = "chat, where it belongs"


@dataclass(slots=True)
class Shown:
    """What became of a case's shots: answers of the HTTP door, and how many shots were taken."""

    case: Case
    answers: list[bytes] = field(default_factory=list)
    taken: int = 0


class Arena:
    """Sends what it is told to a stack that is up, waits until all of it is judged and stored, and reads everything."""

    def __init__(self, stack: Stack, catalogue: Catalogue, bench: Bench) -> None:
        """Remember how many messages there are already: on a cluster that others gave, some may be older."""
        self._stack, self._catalogue, self._bench = stack, catalogue, bench
        self._open = contextlib.ExitStack()
        self._producers: dict[str, Producer] = {}
        self._before = self._sizes()
        self._channel = self._open.enter_context(grpc.insecure_channel(stack.grpc_address))
        self._known = ids(self.read(STORED), catalogue)

    def honest(self, requests: int, records: int) -> str:
        """Send honest telemetry, and one chat message as a control; gives the control's text."""
        control = self._bench.canary(CONTROL).text
        for number in range(requests):
            draft = Draft(self._bench)
            for at in range(records):
                draft.add(HONEST[at % len(HONEST)])
            if number == 0:
                fill(draft.add("chat.message").body, control)
            shoot(self._stack.collector_url, draft.protobuf())
        return control

    def samples(self) -> dict[str, tuple[str, bytes]]:
        """Read a genuine message of each event off the topics, with its topic."""
        wanted = {*STRINGS, "chat.message"}
        found: dict[str, tuple[str, bytes]] = {}
        for topic, messages in self.read((*JUDGED, "customer.content")).items():
            for message in messages:
                schema = self._catalogue.schemas[unframe(message.value)[0]]
                if schema.role is Role.TELEMETRY and schema.event in wanted and message.value:
                    found[schema.event] = topic, message.value
        assert set(found) == wanted, "honest telemetry did not arrive"
        return found

    def fire(self, cases: Iterable[Case]) -> Iterator[Shown]:
        """Carry cases out, one after the other."""
        for case in cases:
            shown = Shown(case)
            for shot in case.shots:
                if isinstance(shot, Message):
                    shown.taken += self._write(shot, case.principal)
                else:
                    answer = self._send(shot)
                    shown.answers.append(answer)
                    shown.taken += is_taken(answer)
            yield shown

    def controls(self) -> Iterator[Mapping[str, int]]:
        """Send each target as it stands, each way in: all of it is taken. Gives what lands of each, by event."""
        for target in TARGETS:
            made = [target.build(self._bench) for _ in range(WAYS)]
            lands = landing(made[0])
            for shot in shots(target.signal, iter(made).__next__):
                assert is_taken(self._send(shot)), f"a good {target.name} is refused"
                yield lands

    def _send(self, shot: Shot) -> bytes:
        """Send, and again where the collector says so: an honest sender would."""
        assert isinstance(shot, Request | Call)
        until = time.monotonic() + PATIENCE
        while True:
            answer = shoot(self._stack.collector_url, shot) if isinstance(shot, Request) else ring(self._channel, shot)
            if not is_again(answer) or time.monotonic() > until:
                return answer
            time.sleep(1)

    def fresh(self, messages: Mapping[str, Sequence[Received]]) -> Ids:
        """Give the ids of events made of spans and points that have come since the arena was opened."""
        return ids(messages, self._catalogue) - self._known

    def _write(self, message: Message, principal: str) -> bool:
        try:
            if principal not in self._producers:
                broker = self._open.enter_context(self._stack.broker(principal))
                self._producers[principal] = self._open.enter_context(contextlib.closing(broker.producer()))
            self._producers[principal].produce([message], timeout=15)
        except BrokerError:
            return False
        return True

    def __enter__(self) -> Self:
        """Nothing to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the producers go."""
        self._open.close()

    def settle(self) -> None:
        """Wait until the validator has judged and the sink has stored all there is, and nothing more comes."""
        until, before = time.monotonic() + PATIENCE, dict[str, int]()
        while True:
            self._stack.check()
            sizes, counts = self._sizes(), self._stack.counts()
            judged, stored = counts["validator"].get("judged", 0), counts["sink"].get("committed", 0)
            if sizes == before and judged >= self._fresh(sizes, JUDGED) and stored >= self._fresh(sizes, STORED):
                return
            assert time.monotonic() < until, f"not all was judged and stored: {judged} judged, {stored} stored"
            before = sizes
            time.sleep(SETTLED)

    def read(self, topics: Sequence[str] | None = None) -> dict[str, list[Received]]:
        """Read every message of some topics, or of all."""
        sizes = {topic: size for topic, size in self._sizes().items() if topics is None or topic in topics}
        with self._stack.broker("admin") as broker:
            return read_topics(broker, sizes, timeout=PATIENCE)

    def _fresh(self, sizes: Mapping[str, int], topics: Sequence[str]) -> int:
        return sum(sizes[topic] - self._before.get(topic, 0) for topic in topics)

    def _sizes(self) -> dict[str, int]:
        with self._stack.broker("admin") as broker, contextlib.closing(broker.admin()) as admin:
            own = {"telemetry.usage", "telemetry.diagnostic", "customer.content", "ml.eligible", "quarantine"}
            return {topic: size for topic, size in admin.sizes().items() if topic in own}

    def opened(self, quarantine: Iterable[Received]) -> list[bytes]:
        """Open every seal with the operator's key: what was refused, byte by byte."""
        identity = Keys(self._stack.folder.keys).identity.read_text(encoding="ascii")
        sealed = [outside(unframe(message.value)[1])["sealed"] for message in quarantine]
        return [item for seal in sealed for item in open_sealed(seal, identity)[1]]

    def reports(self) -> Iterator[tuple[str, bytes]]:
        """Give what the command line says of all this, with its exit code, and the doors that are left to look at."""
        folder = ["--data-dir", str(self._stack.folder.root)]
        yield "tidegate status", _said(["status", *folder])
        yield "tidegate status --format json", _said(["status", *folder, "--format", "json"])
        tables = self._stack.folder.root / "tables"
        filled = [table for table in tables_of(self._catalogue) if (tables / table.topic / table.event).exists()]
        for table in filled:
            sql = f"SELECT * FROM {table.name}"  # noqa: S608 - a name of the catalogue's
            yield f"tidegate query {table.name}", _said(["query", *folder, "--format", "csv", sql])
        yield "tidegate query, wrong", _said(["query", *folder, "SELECT caller + 1 FROM usage.call_ended"])
        for path in (b"/healthz", b"/readyz", b"/metrics", b"/"):
            yield path.decode(), shoot(self._stack.collector_url, Request(method=b"GET", target=path))


def _said(arguments: list[str]) -> bytes:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = tidegate(arguments)
    return f"{out.getvalue()}\nexit {code}\n".encode("utf-8", "surrogateescape")


assert set(HONEST) <= set(EVENTS)
