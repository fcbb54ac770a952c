"""Who sends: what both doors know of the one behind a request, once its headers are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import ConfigDict, Field

PerSecond: TypeAlias = Annotated[int, Field(ge=1)]
Burst: TypeAlias = Annotated[float, Field(ge=1, le=3600)]


@dataclass(frozen=True, slots=True)
class Rate:
    """How much may come in the long run; None: as much as comes. `burst` seconds' worth may come at once."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")  # a misspelt name is told

    records: PerSecond | None = None  # a second
    bytes: PerSecond | None = None  # a second, of bodies as they are sent
    burst: Burst = 10.0


UNLIMITED: Final = Rate()


@dataclass(frozen=True, slots=True)
class Sender:
    """One that may send. `tenant` and `app` are None where no tokens are asked for, and in replays: the payload's hold.

    `events` are names, and prefixes that end in a dot; none of them: every event. `token` is a token's id, no secret.
    """

    token: str = field(default="", repr=False)
    tenant: str | None = field(default=None, repr=False)
    app: str | None = field(default=None, repr=False)
    environment: str | None = field(default=None, repr=False)
    events: tuple[str, ...] = field(default=(), repr=False)
    rate: Rate = UNLIMITED
    is_public: bool = False  # a browser's: everybody can read its token


ANYONE: Final = Sender()


def permits(events: Sequence[str], name: str) -> bool:
    """Tell whether an event's name is among those a sender may send."""
    return not events or any(name.startswith(each) if each.endswith(".") else name == each for each in events)
