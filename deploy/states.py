"""How a service is, as people see it: made of its beat."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploy.status import read_beat
from deploy.trips import read_trip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploy.folder import Folder
    from deploy.status import Status

SILENT_AFTER = 10.0  # seconds without a beat; one a second is due
RUNNING, TRIPPED = "running", "tripped"
_NAMES = ("collector", "validator", "sink")


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service's state: starting, running, waiting (for the broker), silent (no beat), restarting, or stopped.

    The validator's may be tripped: `why` says what by.
    """

    service: str
    state: str
    pid: int | None = None
    restarts: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    why: str = ""

    @property
    def ready(self) -> bool:
        """True while it does its work."""
        return self.state == RUNNING


def of_beat(service: str, beat: Status | None, restarts: int = 0) -> ServiceState:
    """Tell a service's state by its newest beat."""
    if beat is None:
        return ServiceState(service, "starting", restarts=restarts)
    state = "silent" if beat.age() > SILENT_AFTER and beat.state != "stopped" else beat.state
    return ServiceState(service, state, beat.pid, restarts, beat.counts)


def alone(folder: Folder) -> list[ServiceState]:
    """Tell the states of services that run on this folder without a stack: those whose beat goes on."""
    beats = ((name, read_beat(folder.beat(name))) for name in _NAMES)
    return [
        of_beat(name, beat) for name, beat in beats if beat and beat.state != "stopped" and beat.age() <= SILENT_AFTER
    ]


def read_states(folder: Folder, restarts: Mapping[str, int]) -> list[ServiceState]:
    """Tell the states of a stack's services from outside, by the beats in its folder."""
    return [explained(of_beat(name, read_beat(folder.beat(name)), count), folder) for name, count in restarts.items()]


def explained(state: ServiceState, folder: Folder) -> ServiceState:
    """Say why it is tripped, if it is."""
    return replace(state, why=read_trip(folder)) if state.state == TRIPPED else state
