"""The steps of a request's way, for whoever wants to watch them; nobody does by default, which costs nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, Protocol


class Step(StrEnum):
    """What a request goes through."""

    REQUEST = "request"
    DECODE = "decode"
    JUDGE = "judge"
    DELIVER = "deliver"


@dataclass(frozen=True, slots=True)
class Asked:
    """At which door a request came in and what it asked for there, in words of ours: a path, or a method."""

    over: Literal["http", "grpc"]
    of: str


class Begin(Protocol):
    """Begins a step that handles so many things: requests, bytes, records, messages."""

    def __call__(self, step: Step, count: int, asked: Asked | None = None, /) -> AbstractContextManager[None]:
        """Begin one; the request itself says what it asked for."""


_NOTHING: Final = nullcontext()


def unwatched(_step: Step, _count: int, _asked: Asked | None = None, /) -> AbstractContextManager[None]:
    """Do nothing."""
    return _NOTHING
