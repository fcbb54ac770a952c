"""An ear for the tests of silence: everything that a process says in any way, searched for what must not be told."""

from __future__ import annotations

import logging
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from collector.quiet import place_of
from deploy.failures import explain


class Ear:
    """Hears stdout, stderr, every logger at its lowest level, and warnings; reads what it is given, and files."""

    def __init__(
        self, traces: Sequence[str], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Listen for `traces`, in any case of their letters."""
        self._traces = [trace.lower() for trace in traces]
        self._caplog, self._capfd = caplog, capfd
        self._warned: list[warnings.WarningMessage] = []

    @contextmanager
    def open(self) -> Iterator[Ear]:
        """Listen to every logger there is, whatever level it was set to, and to every warning."""
        with ExitStack() as undo:
            self._warned = undo.enter_context(warnings.catch_warnings(record=True))
            warnings.simplefilter("always")
            undo.enter_context(self._caplog.at_level(1))
            for name in list(logging.root.manager.loggerDict):
                undo.enter_context(self._caplog.at_level(1, name))
            yield self

    def traces(self, things: Sequence[object], folder: Path | None = None) -> list[int]:
        """Give the length of each trace that was heard, and nothing else of it: this goes into a failure's text."""
        told = [repr(thing) for thing in things] + [str(thing) for thing in things]
        told += [line for thing in things if isinstance(thing, BaseException) for line in _told_of(thing)]
        told += [*self._capfd.readouterr(), self._caplog.text, *map(str, self._warned)]
        told += [repr(vars(record)) for record in self._caplog.records]
        if folder is not None:
            files = [path for path in folder.rglob("*") if path.is_file()]
            told += [path.read_bytes().decode("latin-1") for path in files] + [str(path) for path in files]
        everything = "\n".join(told).lower()
        return [len(trace) for trace in self._traces if trace in everything]

    def silent(self, *things: object, folder: Path | None = None) -> None:
        """Fail when a trace is in anything that was said, or in one of these things."""
        heard = self.traces(things, folder)
        assert not heard, "a trace was heard"


def _told_of(error: BaseException) -> Iterator[str]:
    """Give all the ways in which an exception, and what caused it, is written."""
    yield from traceback.TracebackException(
        type(error), error, error.__traceback__, capture_locals=False, compact=False
    ).format(chain=True)
    yield from traceback.format_exception(error)
    yield place_of(error)
    yield from explain(error, frames=True)
    cause: BaseException | None = error
    while cause is not None:
        yield repr(cause)
        yield repr(cause.args)
        yield repr(getattr(cause, "__notes__", ()))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
