"""The canary scan: every canary must be found where it belongs, and nowhere else.

A scan counts only with its proof (`deploy.demo.proof`): a search that sees nothing finds nothing, too.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from deploy.demo.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from deploy.demo.haystacks import Haystack
    from deploy.demo.proof import Proof

CONTENT = "customer.content"


@dataclass(frozen=True, slots=True)
class Canaries:
    """What to look for. `words` by canary; `home` is the place of those that belong somewhere, mistakes have none."""

    words: Mapping[str, Sequence[str]] = field(repr=False)
    home: Mapping[str, str]

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Canaries:
        """Read the app's manifest: a content canary is at home in its event's values on `customer.content`."""
        content, mistakes = manifest["canaries"], manifest["mistakes"]
        return cls(
            {entry["name"]: entry["words"] for entry in (*content, *mistakes)},
            {entry["name"]: f"{CONTENT}/{entry['event']}" for entry in content},
        )


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A canary, and where it was found in which shape; names of ours, nothing of a canary's words."""

    canary: str
    place: str
    part: str
    shape: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a scan found: canaries at home, canaries missing there, and leaks: findings anywhere else."""

    at_home: frozenset[str]
    missing: frozenset[str]
    leaks: tuple[Finding, ...]
    proof: Proof
    haystacks: int
    searched: int  # bytes
    needles: int
    seconds: float

    @property
    def clean(self) -> bool:
        """True when every canary is where it belongs and nowhere else, and the proof holds."""
        return self.proof.holds and not self.missing and not self.leaks

    @property
    def leaked(self) -> frozenset[str]:
        """Names of the canaries that leaked."""
        return frozenset(finding.canary for finding in self.leaks)


def scan(haystacks: Iterable[Haystack], canaries: Canaries, proof: Proof) -> Report:
    """Search everything."""
    started = time.monotonic()
    matcher = Matcher(canaries.words)
    at_home, leaks = set(), set()
    count = searched = 0
    for haystack in haystacks:
        count, searched = count + 1, searched + len(haystack.data)
        for hit in matcher.hits(haystack.data):
            if haystack.part == "value" and haystack.place == canaries.home.get(hit.name):
                at_home.add(hit.name)
            else:
                leaks.add(Finding(hit.name, haystack.place, haystack.part, hit.shape))
    return Report(
        at_home=frozenset(at_home),
        missing=frozenset(canaries.home) - at_home,
        leaks=tuple(sorted(leaks)),
        proof=proof,
        haystacks=count,
        searched=searched,
        needles=matcher.needles,
        seconds=time.monotonic() - started,
    )
