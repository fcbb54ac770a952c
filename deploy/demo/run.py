"""The demo from start to end: stack up, fleet sends, pipelines drain, scan, screen, stack down."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consumers.query import query
from consumers.sink.rows import tables_of
from deploy import lock
from deploy.cluster import named_elsewhere
from deploy.demo import screen
from deploy.demo.autopsy import examine
from deploy.demo.figures import tally
from deploy.demo.haystacks import of_files, of_messages, of_tables, read_topics
from deploy.demo.matcher import Matcher
from deploy.demo.proof import prove
from deploy.demo.scan import Canaries, Report, scan
from deploy.errors import Problem
from deploy.folder import Folder
from deploy.keys import Keys
from deploy.stack import Stack
from schemas.catalogue import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.console import Console

    from broker.port import Received
    from deploy.demo.haystacks import Haystack
    from schemas.catalogue import Catalogue

# A corpus of what people really say, where one lies beside the clone; without it the app takes chatterbot-corpus.
CORPUS = Path("..") / "shared" / "data" / "positives.jsonl"
APP = "app"  # the folder of the app's own files: they hold the canaries, and are not Tidegate's
FLEET_SECONDS, DRAIN_SECONDS, READ_SECONDS = 120.0, 90.0, 60.0
SETTLED = 1.5  # seconds: beats come once a second
OURS = ("telemetry.usage", "telemetry.diagnostic", "ml.eligible")  # what the sink reads
GENERATED = OURS[:2]  # what the validator reads


@dataclass(frozen=True, slots=True)
class Options:
    """What a run can be asked."""

    data_dir: Path
    scale: float = 1.0
    seed: int = 7
    keep: bool = False


def run(options: Options, console: Console) -> bool:
    """Run the demo; True when all sums add up and the scan is clean. The folder is kept when they don't.

    Raises:
        Problem, BrokerError: it can't be run here, or not to its end; nothing is left running.
    """
    folder = Folder(options.data_dir.absolute())
    prepare(folder)
    catalogue = load()
    stack = Stack(folder.root, collector_port=0)
    try:
        with _step(console, "Apache Kafka, collector, validator and sink are up"):
            stack.start()
        manifest = _send(stack, folder, options, console)
        with _step(console, "everything sent has been judged and stored") as say:
            _drain(stack, say)
        with _step(console, "every topic is read"):
            sizes = _sizes(stack)
            with stack.broker("admin") as broker:
                messages = read_topics(broker, sizes, timeout=READ_SECONDS)
        clean = _show(stack, folder, manifest, messages, catalogue, console)
    finally:
        with _step(console, "everything is stopped"):
            stack.stop()
    if clean and not options.keep:
        shutil.rmtree(folder.root)
    else:
        console.print(f"Kept: {options.data_dir}. Ask its tables: tidegate query --data-dir {options.data_dir} …")
    return clean


def prepare(folder: Folder) -> None:
    """Make an empty data folder.

    Raises:
        Problem: a demo runs there; or another cluster is named, whose topics hold more than this demo.
    """
    if named_elsewhere():
        raise Problem(
            "the demo counts every message of its own Kafka: unset TIDEGATE_KAFKA_BOOTSTRAP, and run it again"
        )
    if folder.root.exists():
        if lock.read(folder.stack) is not None:
            raise Problem(f"a demo is running on {folder.root}: wait for its end, or stop it")
        shutil.rmtree(folder.root)
    (folder.root / APP).mkdir(parents=True)


def _send(stack: Stack, folder: Folder, options: Options, console: Console) -> dict[str, Any]:
    """Run the app as a process of its own, in a surrounding that sets nothing of the SDK."""
    manifest = folder.root / APP / "manifest.json"
    command = [sys.executable, "-m", "deploy.demo.app.fleet", "--endpoint", stack.collector_url]
    command += ["--manifest", str(manifest), "--seed", str(options.seed), "--scale", str(options.scale)]
    if CORPUS.is_file():
        command += ["--corpus", str(CORPUS)]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "TIDEGATE_"))}
    with _step(console, "the fleet has sent its telemetry"):
        try:
            fleet = subprocess.run(  # noqa: S603 - our own command
                command, env=surroundings, capture_output=True, text=True, timeout=FLEET_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise Problem(f"the fleet did not end within {FLEET_SECONDS:.0f} s: see {folder.logs}") from None
    (folder.root / APP / "fleet.log").write_text(fleet.stderr, encoding="utf-8")
    if fleet.returncode != 0:
        raise Problem(f"the fleet could not send everything: see {folder.root / APP / 'fleet.log'} and {folder.logs}")
    told: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    return told


def _sizes(stack: Stack) -> dict[str, int]:
    with stack.broker("admin") as broker:
        admin = broker.admin()
        try:
            return admin.sizes()
        finally:
            admin.close()


def _drain(stack: Stack, say: Callable[[str], None]) -> None:
    """Wait until the validator has judged and the sink has stored all there is, and nothing more comes.

    Raises:
        Problem: it takes too long, or a service keeps dying.
    """
    until = time.monotonic() + DRAIN_SECONDS
    before: Mapping[str, int] | None = None
    while True:
        stack.check()
        sizes, counts = _sizes(stack), stack.counts()
        judged, stored = counts["validator"].get("judged", 0), counts["sink"].get("committed", 0)
        to_judge, to_store = sum(sizes[topic] for topic in GENERATED), sum(sizes[topic] for topic in OURS)
        if sizes == before and judged >= to_judge and stored >= to_store:
            return
        say(f"{judged:,} of {to_judge:,} judged, {stored:,} of {to_store:,} stored")
        if time.monotonic() > until:
            raise Problem(f"not all was judged and stored within {DRAIN_SECONDS:.0f} s: see {stack.folder.logs}")
        before = sizes
        time.sleep(SETTLED)


def _show(
    stack: Stack,
    folder: Folder,
    manifest: Mapping[str, Any],
    messages: Mapping[str, list[Received]],
    catalogue: Catalogue,
    console: Console,
) -> bool:
    """Search, count, ask, and print the screen."""
    canaries = Canaries.of(manifest)
    with _step(console, "every topic, table and file is searched"):
        report = search(folder, messages, catalogue, canaries)
    with _step(console, "quarantine is opened with the operator's key, and all is counted"):
        identity = Keys(folder.keys).identity.read_text(encoding="ascii")
        mistakes = {entry["name"]: entry["words"] for entry in manifest["mistakes"]}
        autopsy = examine(messages["quarantine"], catalogue, identity, Matcher(mistakes))
        figures = tally(manifest, messages, stack.counts(), autopsy, catalogue)
        answer = query(screen.SQL, folder.root / "tables", tables_of(catalogue))
    console.print()
    return screen.show(console, figures, answer, report)


def search(folder: Folder, messages: Mapping[str, list[Received]], catalogue: Catalogue, canaries: Canaries) -> Report:
    """Prove that planted words are seen, then scan all messages, tables and files.

    Left out: Kafka's own data, which was read by topic, and the app's files.
    """
    events = {number: schema.event or schema.name for number, schema in catalogue.schemas.items()}
    if not messages["telemetry.usage"]:
        raise Problem(f"nothing has arrived on telemetry.usage: see {folder.logs}")
    sample = messages["telemetry.usage"][0]

    def haystacks() -> Iterator[Haystack]:
        for topic, received in messages.items():
            yield from of_messages(topic, received, events)
        yield from of_tables(folder.root / "tables")
        yield from of_files(folder.root, _left_out)

    return scan(haystacks(), canaries, prove(sample, folder.root))


def _left_out(path: Path) -> bool:
    return path.parts[0] == APP or (path.parts[0] == "kafka" and "data" in path.parts)


@contextmanager
def _step(console: Console, done: str) -> Iterator[Callable[[str], None]]:
    """Show that something is under way; at its end one line, with the time it took."""
    started = time.monotonic()
    mark = "[red]✗[/] not so:"
    try:
        with console.status(f"[dim]until {done} …") as status:
            yield lambda line: status.update(f"[dim]until {done}: {line}")
        mark = "[green]✓[/]"
    finally:
        console.print(f"{mark} {done} [dim]{time.monotonic() - started:.1f} s[/]", highlight=False)
