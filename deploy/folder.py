"""Where things lie in the local data folder (`.tidegate/` by default): every path has its name here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folder:
    """The data folder; only names, nothing is made or read."""

    root: Path

    @property
    def kafka(self) -> Path:
        """The local cluster's own folder."""
        return self.root / "kafka"

    @property
    def credentials(self) -> Path:
        """A file per principal with its Kafka password."""
        return self.root / "credentials"

    @property
    def keys(self) -> Path:
        """The quarantine key pair and the two pseudonym keys."""
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        """A log per service."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """State of what runs: the stack's lock, the services' beats."""
        return self.root / "run"

    @property
    def quarantine_audit(self) -> Path:
        """Who opened, replayed or purged quarantine."""
        return self.root / "quarantine-audit.jsonl"

    def log(self, service: str) -> Path:
        """Where a service's stdout and stderr go."""
        return self.logs / f"{service}.log"

    def beat(self, service: str) -> Path:
        """Where a service writes its beat."""
        return self.run / f"{service}.json"

    @property
    def trip(self) -> Path:
        """Where the validator keeps that its circuit breaker has tripped."""
        return self.run / "validator-tripped.json"

    @property
    def stack(self) -> Path:
        """The state file of the one stack that may run on this folder."""
        return self.run / "stack.json"
