"""The steps of a request's way, for whoever wants to watch them; nobody does by default, which costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Final, TypeAlias


class Step(StrEnum):
    """What a request goes through."""

    REQUEST = "request"
    DECODE = "decode"
    JUDGE = "judge"
    DELIVER = "deliver"


# Begins a step that handles so many things: requests, bytes, records, messages.
Begin: TypeAlias = Callable[[Step, int], AbstractContextManager[None]]

_NOTHING: Final = nullcontext()


def unwatched(_step: Step, _count: int) -> AbstractContextManager[None]:
    """Do nothing."""
    return _NOTHING
