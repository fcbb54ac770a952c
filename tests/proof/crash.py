"""Kills collector and validator with -9 at random moments under load, and counts what became of every record.

    python -m tests.proof.crash [KILLS]

Apps send without a pause and send again until they are answered 200, as an SDK does; among their records are content
events and leaks, each with a canary. Afterwards every record that was acknowledged must be on its telemetry topic and,
as an image, in ml.eligible; nothing may have been taken for poison, and no canary may be anywhere but on
customer.content. Exit code 1 where that is not so. Writes docs/proof/crash.md.
"""

from __future__ import annotations

import contextlib
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import UUID

import httpx

from broker.port import Received
from collector.otlp import encode_logs
from collector.records import LogRecord
from deploy.demo.app.canaries import Canary, Mint
from deploy.demo.haystacks import of_files, of_messages, of_tables, read_topics
from deploy.demo.matcher import Matcher
from deploy.keys import Keys
from deploy.stack import Stack
from deploy.supervisor import Policy
from schemas.domains.pseudonyms import is_random_id, keyed
from schemas.keyfile import read_keyring
from tests.proof.pages import table, write
from tests.unit.gate_samples import catalogue, decoded, record

KILLS, SENDERS, RECORDS = 50, 3, 40  # a request
SERVICES = ("collector", "validator")
CONTENT = "customer.content"
HEADERS = {"Content-Type": "application/x-protobuf"}


class Sender(threading.Thread):
    """An app: `acknowledged` holds the ids of the records that it was told were taken."""

    def __init__(self, url: str, seed: int, canaries: Mapping[str, Canary], done: threading.Event) -> None:
        super().__init__(name=f"sender-{seed}")
        self._url, self._rng, self._canaries, self._done = url, random.Random(seed), canaries, done  # noqa: S311 - a simulation
        self.acknowledged: list[str] = []
        self.again = 0
        self.failed: Exception | None = None

    def run(self) -> None:
        """Send until told to stop."""
        try:
            with httpx.Client(timeout=20) as client:
                while not self._done.is_set():
                    ids = [self._id() for _ in range(RECORDS)]
                    self._deliver(client, encode_logs([*map(self._mute, ids), *self._others()]))
                    self.acknowledged += ids
        except Exception as error:  # noqa: BLE001 - told by whoever started it
            self.failed = error

    def _deliver(self, client: httpx.Client, body: bytes) -> None:
        """Send until it is answered 200."""
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = client.post(f"{self._url}/v1/logs", content=body, headers=HEADERS)
                if answer.status_code == httpx.codes.OK:
                    return
                assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.status_code
            self.again += 1
            time.sleep(0.1)

    def _mute(self, call: str) -> LogRecord:
        return record("mute.changed", {"call.id": call}, time=time.time_ns())

    def _others(self) -> Iterator[LogRecord]:
        yield record("chat.message", body=self._canaries["chat"].text, time=time.time_ns())
        yield record("mute.changed", {"last.message": self._canaries["leak"].text}, time=time.time_ns())

    def _id(self) -> str:
        """Make an id that no detector takes for text: here every record counts."""
        while not is_random_id(made := str(UUID(int=self._rng.getrandbits(128), version=4))):
            pass
        return made


def killed(stack: Stack, kills: int, rng: random.Random) -> Counter[str]:
    """Kill a service at random, again and again, each time once it runs."""
    counts: Counter[str] = Counter()
    for number in range(kills):
        service = rng.choice(SERVICES)
        before = stack.services()[service].pid
        time.sleep(rng.uniform(0.1, 1.5))
        stack.kill(service)
        counts[service] += 1
        wait(lambda s=service, p=before: stack.services()[s].pid not in (None, p))
        print(f"\rkilled {number + 1} of {kills}", end="", flush=True)
    print()
    return counts


def wait(holds: object, within: float = 120) -> None:
    """Wait until something holds."""
    assert callable(holds)
    until = time.monotonic() + within
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.05)


def settled(stack: Stack) -> dict[str, list[Received]]:
    """Give all topics once nothing more comes."""
    sizes: dict[str, int] = {}
    while True:
        time.sleep(5)
        with contextlib.closing(stack.broker("admin").admin()) as admin:
            now = admin.sizes()
        if now == sizes and stack.services()["validator"].ready:
            return read_topics(stack.broker("admin"), now, timeout=300)
        sizes = now


def figures(stack: Stack, topics: Mapping[str, list[Received]], acknowledged: list[str]) -> dict[str, int]:
    """Count what came of the acknowledged records, by the pseudonym of their call."""
    keys, now = Keys(stack.folder.keys), time.time_ns() // 1000
    telemetry, ml = (read_keyring(path).at(now) for path in (keys.telemetry, keys.ml))
    wanted = {keyed(telemetry, call.encode(), 128).hex() for call in acknowledged}
    images = {keyed(ml, bytes.fromhex(pseudonym), 128) for pseudonym in wanted}
    carried = Counter(decoded(each.value or b"")["call"] for each in topics["telemetry.usage"])
    eligible = Counter(decoded(each.value or b"")["call"] for each in topics["ml.eligible"])
    told = [refusal for each in topics["quarantine"] for refusal in decoded(each.value or b"")["refusals"]]
    return {
        "acknowledged": len(acknowledged),
        "on telemetry.usage": sum(carried[each] > 0 for each in wanted),
        "lost before telemetry": sum(not carried[each] for each in wanted),
        "in ml.eligible": sum(eligible[each] > 0 for each in images),
        "lost before ml.eligible": sum(not eligible[each] for each in images),
        "copies on telemetry.usage": sum(carried.values()) - len(carried),
        "copies in ml.eligible": sum(eligible.values()) - len(eligible),
        "taken for poison": sum(refusal["count"] for refusal in told if refusal["reason"] == "poison"),
    }


def findings(stack: Stack, topics: Mapping[str, list[Received]], canaries: Mapping[str, Canary]) -> dict[str, int]:
    """Search everything for the canaries; the chat's must be seen at home, or the search sees nothing."""
    matcher = Matcher({name: canary.words for name, canary in canaries.items()})
    events = {number: schema.event or schema.name for number, schema in catalogue().schemas.items()}
    hits: Counter[bool] = Counter()
    for topic, messages in topics.items():
        for hay in of_messages(topic, messages, events):
            hits[topic == CONTENT] += len({hit.name for hit in matcher.hits(hay.data)})
    left_out = ("kafka", "keys", "credentials")
    for hay in (
        *of_tables(stack.folder.root / "tables"),
        *of_files(stack.folder.root, lambda p: p.parts[0] in left_out),
    ):
        hits[False] += len(matcher.hits(hay.data))
    return {"canaries seen on customer.content": hits[True], "canaries found elsewhere": hits[False]}


def main(kills: int) -> int:
    """Run it, print and write the figures; 1 when something was lost or found."""
    rng = random.Random(kills)  # noqa: S311 - a simulation
    mint = Mint(rng)
    canaries = {name: mint.canary(name) for name in ("chat", "leak")}
    policy = Policy(restarts=10 * kills, first_wait=0.05, longest_wait=0.1)
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), collector_port=0, policy=policy) as stack:
        done = threading.Event()
        senders = [Sender(stack.collector_url, seed, canaries, done) for seed in range(SENDERS)]
        for sender in senders:
            sender.start()
        counts = killed(stack, kills, rng)
        done.set()
        for sender in senders:
            sender.join()
            if sender.failed is not None:
                raise sender.failed
        topics = settled(stack)
        acknowledged = [call for sender in senders for call in sender.acknowledged]
        told = figures(stack, topics, acknowledged) | findings(stack, topics, canaries)
        told = {f"{name} killed": counts[name] for name in SERVICES} | told
        told["requests sent again"] = sum(sender.again for sender in senders)
    bad = ("lost before telemetry", "lost before ml.eligible", "taken for poison", "canaries found elsewhere")
    rows = [(what, f"{count:,}") for what, count in told.items()]
    print("\n".join(f"{count:>10}  {what}" for what, count in rows))
    told["bad"] = sum(told[what] for what in bad) + (told["canaries seen on customer.content"] == 0)
    said = f"{kills} times `kill -9`, while {SENDERS} apps send, and send again until they are answered 200."
    write("crash", "Crashes", (said, table(("what", "how many"), rows)), told, again="make crash")
    return int(told["bad"] > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else KILLS))
