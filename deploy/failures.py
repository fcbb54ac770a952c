"""What the command line says of an error: our own errors in their words, anything else by type and place alone."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from broker.port import BrokerError
from deploy.errors import Problem
from schemas.findings import CatalogueInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS: tuple[type[Exception], ...] = (BrokerError, CatalogueInvalid, Problem)
_ROOT = Path(__file__).resolve().parent.parent
_ROOMS = ("schemas", "broker", "collector", "consumers", "deploy")


def explain(error: BaseException, *, frames: bool = False) -> Iterator[str]:
    """Yield the lines for stderr. The text of an error that is not ours may hold a value: it is never told."""
    if isinstance(error, OURS):
        yield f"Error: {error}"
    elif isinstance(error, OSError) and error.errno is not None:
        yield f"Error: {os.strerror(error.errno)} ({type(error).__name__} {_where(error)})"
    else:
        hint = "" if frames else "; TIDEGATE_DEBUG=1 shows the frames"
        yield f"Error: a defect of Tidegate's own: {type(error).__name__} {_where(error)}{hint}"
    if frames:
        yield from _frames(error)


def _where(error: BaseException) -> str:
    """Name the innermost frame in a room of ours, or the innermost of all."""
    places = list(_places(error))
    ours = [place for place in places if place.split("/")[0] in _ROOMS]
    return f"at {(ours or places or ['an unknown place'])[-1]}"


def _frames(error: BaseException) -> Iterator[str]:
    """Yield every frame of the error and of what caused it."""
    cause: BaseException | None = error
    while cause is not None:
        yield f"{type(cause).__name__}"
        for place in _places(cause):
            yield f"  {place}"
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _places(error: BaseException) -> Iterator[str]:
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = Path(frame.f_code.co_filename)
        file = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else Path(*path.parts[-2:])
        yield f"{file}:{line} in {frame.f_code.co_name}"
