"""What a client's code tells telemetry: one moment, of one kind, with its attributes."""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from opentelemetry.util.types import AnyValue

    from deploy.demo.app.corpus import Corpus
    from deploy.demo.app.people import Meeting, Person

SECOND = 1_000_000_000  # all times here are nanoseconds since the epoch
USAGE, DIAGNOSTIC, CONTENT = "usage", "diagnostic", "content"

Attributes = dict[str, "AnyValue"]


@dataclass(frozen=True, slots=True)
class Moment:
    """An event as the app knows it. `body` and `exception` go where the SDK puts them."""

    at: int
    kind: str
    event: str
    attributes: Attributes
    body: str | None = None
    exception: BaseException | None = None


def usage(at: int, event: str, attributes: Attributes) -> Moment:
    """Tell what was used."""
    return Moment(at, USAGE, event, attributes)


def diagnostic(at: int, event: str, attributes: Attributes, exception: BaseException | None = None) -> Moment:
    """Tell how it ran."""
    return Moment(at, DIAGNOSTIC, event, attributes, exception=exception)


def content(at: int, event: str, attributes: Attributes, body: str | None = None) -> Moment:
    """Hand over what a customer said, wrote, showed or shared."""
    return Moment(at, CONTENT, event, attributes, body=body)


@dataclass(slots=True)
class Stay:
    """One participant's stay in a meeting, from `start` to `end`."""

    person: Person
    meeting: Meeting
    corpus: Corpus
    rng: random.Random
    start: int = 0
    end: int = 0
    ids: Attributes = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Decide when they come and go."""
        self.start = self.meeting.start + self.rng.randrange(180 * SECOND)
        self.end = self.meeting.end - self.rng.randrange(240 * SECOND)
        self.ids = {"call.id": self.meeting.call_id, "user.id": self.person.user_id}

    @property
    def call(self) -> Attributes:
        """The call's id, as most events carry it."""
        return {"call.id": self.meeting.call_id}

    def moment(self) -> int:
        """Pick a moment of the stay."""
        return self.rng.randrange(self.start, self.end)

    def moments(self, most: int) -> list[int]:
        """Pick up to `most` moments, at least one, in order."""
        return sorted(self.moment() for _ in range(self.rng.randint(1, most)))

    def chance(self, percent: int) -> bool:
        """Throw a die."""
        return self.rng.randrange(100) < percent

    def words(self, category: str) -> str:
        """Pick something people say or write."""
        return self.corpus.pick(category, self.rng)

    def elapsed(self, at: int) -> int:
        """Whole seconds since they came."""
        return (at - self.start) // SECOND


def uuid(rng: random.Random) -> str:
    """Make a random id."""
    return str(uuids.UUID(int=rng.getrandbits(128), version=4))


def reference(rng: random.Random) -> bytes:
    """Make a reference to stored media: 24 bytes that mean nothing here."""
    return rng.randbytes(24)
