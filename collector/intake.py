"""What the door hands records to: the contract between the HTTP edge and the pipeline behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from collector.records import Record
from schemas.reasons import Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request's records: how many were taken, how many refused for each reason.

    Taken and refused add up to the records. `parts` of the refused are no records to their sender: events within spans.
    """

    accepted: int
    refused: Mapping[Reason, int] = field(default_factory=dict)
    parts: int = 0

    @property
    def rejected(self) -> int:
        """How many of the records that the sender counts were refused."""
        return sum(self.refused.values()) - self.parts


class WhyNot(StrEnum):
    """Why nothing may be sent for now: all that `/readyz` ever says beside `ready`."""

    NO_KAFKA = "Kafka does not acknowledge"
    SPILL_FULL = "Kafka does not acknowledge, and the spill is full"
    NO_KEY = "there is no key for this epoch"
    NO_TOKENS = "the tokens file can't be read"
    STARTING = "starting"
    STOPPING = "stopping"


class RetryLater(Exception):  # noqa: N818 - an instruction to the sender, not a programming error
    """Nothing may be taken as written, and sending again in `seconds` (whole, at least 1) may help.

    Answered with `status`, over gRPC with `code`, and its text.
    """

    status = 503
    code = 14  # UNAVAILABLE
    sentence = "cannot take this now: send it again later"

    def __init__(self, seconds: int = 1) -> None:
        """Keep the delay."""
        super().__init__(self.sentence)
        self.seconds = max(1, seconds)


def nothing() -> None:
    """Do nothing: nobody waits to be judged."""


class Intake(Protocol):
    """Takes decoded requests, one call each, several at a time."""

    async def take(self, records: Sequence[Record], judged: Callable[[], None] = nothing) -> Answer:
        """Take a request's records: return once every accepted one is safe, or raise `RetryLater`.

        `judged` is called once others may be judged, as what is left to do is waiting, and not behind many; in the
        thread of the event loop. Blocking work belongs in a thread. Any other exception is a defect: the sender is told
        to send again.
        """

    def why_not(self) -> WhyNot | None:
        """Tell, without blocking, why no records can be taken now; None when they can."""
