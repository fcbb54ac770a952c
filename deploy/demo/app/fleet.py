"""A fleet of meetings clients: simulates participants, sends their telemetry, and writes down what was sent.

    python -m deploy.demo.app.fleet --endpoint http://127.0.0.1:4318 --manifest manifest.json

Exits 0 when every record was acknowledged by the collector, 1 when one was not.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.demo.app import corpus as corpora
from deploy.demo.app import people
from deploy.demo.app.canaries import Mint
from deploy.demo.app.instruments import Gauges, measured, traced
from deploy.demo.app.manifest import Manifest
from deploy.demo.app.meeting import life
from deploy.demo.app.mistakes import MISTAKES
from deploy.demo.app.moments import DIAGNOSTIC, SECOND, USAGE
from deploy.demo.app.planting import planted
from deploy.demo.app.slip import Slip
from deploy.demo.app.stay import Stay
from deploy.demo.app.telemetry import Complaints, Exporter, Pipeline, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.demo.app.corpus import Corpus
    from deploy.demo.app.people import Meeting, Person

MEETINGS, SIZE, TENANTS = 24, 10, 5
INSTRUMENTED = 40  # percent of the participants whose app is traced and measured
REPEATS = 3  # how many participants make each mistake
CORPUS_VARIABLE = "DEMO_CORPUS"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the fleet once."""
    options = parser().parse_args(arguments)
    complaints = Complaints()
    sdk = logging.getLogger("opentelemetry")
    sdk.addHandler(complaints)
    sdk.propagate = False  # its messages may quote what customers wrote
    try:
        corpus = corpora.load(options.corpus)
    except corpora.CorpusMissing as error:
        print(error, file=sys.stderr)
        return 2
    fleet = Fleet(options.endpoint, corpus, random.Random(options.seed), options.now)  # noqa: S311 - a simulation
    fleet.run(max(1, round(MEETINGS * options.scale)))
    manifest = fleet.close()
    options.manifest.write_text(json.dumps(manifest.as_json(), indent=1), encoding="utf-8")
    if manifest.failed or complaints.count or manifest.acknowledged != manifest.emitted_total:
        missing = manifest.emitted_total - manifest.acknowledged
        print(f"{missing} records were not acknowledged; the SDK complained {complaints.count} times", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    default = os.environ.get(CORPUS_VARIABLE)
    line = argparse.ArgumentParser(description="Simulate a fleet of meetings clients.")
    line.add_argument("--endpoint", required=True, help="base URL of the collector")
    line.add_argument("--manifest", type=Path, required=True, help="file to write what was sent to")
    line.add_argument("--seed", type=int, default=7, help="the same seed makes the same fleet")
    line.add_argument("--scale", type=float, default=1.0, help=f"1 is {MEETINGS} meetings of {SIZE} participants")
    line.add_argument("--corpus", type=Path, default=Path(default) if default else None, help="JSON Lines of words")
    line.add_argument("--now", type=int, default=time.time_ns(), help="nanoseconds since the epoch")
    return line


class Fleet:
    """Everybody's apps: one pipeline per app, one logger per session."""

    def __init__(self, endpoint: str, corpus: Corpus, rng: random.Random, now: int) -> None:
        """Start the pipelines; nothing is sent yet."""
        self.corpus, self.rng, self.now = corpus, rng, now
        self.pipelines = {name: Pipeline(endpoint) for name in {app.name: None for app in people.APPS}}
        self.gauges = Gauges(endpoint)
        self.mint = Mint(rng)
        self.manifest = Manifest(corpus.source)
        self.meetings: list[Meeting] = []

    def run(self, meetings: int) -> None:
        """Simulate the meetings, then the mistakes."""
        tenants = people.tenants(self.rng, TENANTS)
        for number in range(meetings):
            meeting = people.meeting(self.rng, tenants[number % TENANTS], SIZE, self.now)
            self.meetings.append(meeting)
            for person in meeting.people:
                self.attend(person, meeting)
        self.manifest.tenants = {tenant.id: tenant.opted_out for tenant in tenants}
        self.manifest.meetings, self.manifest.participants = meetings, meetings * SIZE
        self.plant()
        self.slip()

    def attend(self, person: Person, meeting: Meeting) -> None:
        """Let one participant attend a meeting, and send what their app says."""
        logger = self.pipelines[person.app.name].logger(person.resource)
        for moment in life(person, meeting, self.corpus, self.rng):
            say(logger, moment.event, moment.at, moment.attributes, body=moment.body, exception=moment.exception)
            self.manifest.note(moment.kind, moment.event, opted_out=person.tenant.opted_out)
        if self.rng.randrange(100) < INSTRUMENTED:
            self.instrument(Stay(person, meeting, self.corpus, self.rng))

    def instrument(self, stay: Stay) -> None:
        """Trace and measure a stay."""
        spans, became = traced(stay)
        self.gauges.send_spans(spans.kept)
        points, measures = measured(stay)
        self.gauges.send_points(points.reader)
        for event in (*became, *measures):
            kind = USAGE if event == "shortcuts.counted" else DIAGNOSTIC
            self.manifest.note(kind, event, opted_out=stay.person.tenant.opted_out)

    def plant(self) -> None:
        """Send one canary in each place where content belongs."""
        meeting = self.meetings[0]
        person = meeting.host
        logger = self.pipelines[person.app.name].logger(person.resource)
        for moment, canary in planted(person, meeting, self.corpus, self.rng, self.mint):
            say(logger, moment.event, moment.at, moment.attributes, body=moment.body)
            self.manifest.note(moment.kind, moment.event, opted_out=person.tenant.opted_out)
            self.manifest.belongs(canary, moment.event)

    def slip(self) -> None:
        """Make every mistake, each in several participants' apps."""
        for mistake in MISTAKES:
            canary = self.mint.canary(mistake.__name__)
            for _ in range(REPEATS):
                meeting = self.rng.choice(self.meetings)
                person = self.rng.choice(meeting.people)
                at = meeting.end - self.rng.randrange(60 * SECOND)
                slip = Slip(self.pipelines[person.app.name], self.gauges, person, meeting, at, self.rng)
                words = mistake(slip, canary)
                self.manifest.slipped(mistake, slip, words)

    def close(self) -> Manifest:
        """Send what is left, stop, and hand out the manifest with what the exporters counted."""
        for pipeline in self.pipelines.values():
            pipeline.close()
        self.gauges.close()
        senders: list[Exporter | Gauges] = [self.gauges, *(pipeline.exporter for pipeline in self.pipelines.values())]
        self.manifest.acknowledged = sum(sender.acknowledged for sender in senders)
        self.manifest.failed = sum(sender.failed for sender in senders)
        return self.manifest


if __name__ == "__main__":
    sys.exit(main())
