"""What a run sent, as the app counts it: the list that its findings are held against."""

from __future__ import annotations

import inspect
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.demo.app.canaries import Canary
    from deploy.demo.app.mistakes import Mistake
    from deploy.demo.app.slip import Slip

MISTAKEN = "mistake"


@dataclass(slots=True)
class Manifest:
    """Records handed to the SDK, canaries with the event they belong to, mistakes with what gave them away."""

    corpus: str
    meetings: int = 0
    participants: int = 0
    tenants: dict[str, bool] = field(default_factory=dict)
    emitted: Counter[tuple[str, str]] = field(default_factory=Counter)
    opted_out: int = 0
    canaries: list[dict[str, Any]] = field(default_factory=list)
    mistakes: dict[str, dict[str, Any]] = field(default_factory=dict)
    acknowledged: int = 0
    failed: int = 0

    def note(self, kind: str, event: str, *, opted_out: bool) -> None:
        """Count a record; apart too when it is service-generated and its tenant opted out of machine learning."""
        self.emitted[kind, event] += 1
        self.opted_out += opted_out and kind in {"usage", "diagnostic"}

    def belongs(self, canaries: Iterable[Canary], event: str) -> None:
        """Write down where content canaries belong."""
        self.canaries += [{"name": canary.name, "event": event, "words": canary.words} for canary in canaries]

    def slipped(self, mistake: Mistake, slip: Slip, words: tuple[str, ...]) -> None:
        """Count a mistake's record, and write down the words it sent. Its event name may be one of them: not kept."""
        name = mistake.__name__
        entry = {"name": name, "how": inspect.getdoc(mistake), "words": words, "records": 0}
        self.mistakes.setdefault(name, entry)["records"] += len(slip.events)
        self.emitted[MISTAKEN, name] += len(slip.events)

    @property
    def emitted_total(self) -> int:
        """Records handed to the SDK."""
        return sum(self.emitted.values())

    def as_json(self) -> dict[str, Any]:
        """Lay it out for a file."""
        by_kind: Counter[str] = Counter()
        for (kind, _), count in self.emitted.items():
            by_kind[kind] += count
        return {
            "corpus": self.corpus,
            "meetings": self.meetings,
            "participants": self.participants,
            "tenants": len(self.tenants),
            "tenants_opted_out": sum(self.tenants.values()),
            "emitted": self.emitted_total,
            "acknowledged": self.acknowledged,
            "failed": self.failed,
            "by_kind": dict(by_kind),
            "by_event": {event: count for (kind, event), count in sorted(self.emitted.items()) if kind != MISTAKEN},
            "opted_out": self.opted_out,
            "canaries": self.canaries,
            "mistakes": list(self.mistakes.values()),
        }
