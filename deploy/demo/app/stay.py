"""One participant's stay in a meeting, as the app that they use lives through it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy.demo.app.moments import SECOND, Attributes

if TYPE_CHECKING:
    import random

    from deploy.demo.app.corpus import Corpus
    from deploy.demo.app.people import Meeting, Person


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
