"""The metrics of several workers on one page, whichever of them is asked: each leaves its own in a file for the others.

Every sample gets the label `worker`, so that sums are Prometheus's to make, and a worker that is started again begins
its counters anew under its own number.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from collector.regularly import regularly

EVERY: Final = 2.0  # seconds
STALE: Final = 15.0  # seconds without a word: its worker is gone
_SAMPLE: Final = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")


class Together:
    """One worker's view of all."""

    def __init__(self, folder: Path, number: int, of: int, own: Callable[[], bytes]) -> None:
        """Read other workers' files in `folder`; `own` gives this one's exposition."""
        self._folder, self._number, self._of, self._own = folder, number, of, own

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Write this worker's file at once, and every other second from a thread of its own."""
        with contextlib.suppress(OSError):  # a full disk: the others miss this one
            self.write()
        with regularly(self.write, EVERY, "metrics"):
            yield

    def write(self) -> None:
        """Write this worker's file as a whole."""
        path = self._path(self._number)
        draft = path.with_suffix(".tmp")
        draft.touch(0o600)
        draft.write_bytes(self._own())
        draft.replace(path)

    def exposition(self) -> bytes:
        """Give all workers' metrics as Prometheus reads them: each family once, each sample with its worker."""
        families: dict[str, tuple[list[str], list[str]]] = {}
        for number in range(self._of):
            for name, head, samples in _families(self._text(number)):
                of_all = families.setdefault(name, (head, []))
                of_all[1].extend(_SAMPLE.sub(_labelled(number), sample, count=1) for sample in samples)
        lines = (line for head, samples in families.values() for line in (*head, *samples))
        return "".join(f"{line}\n" for line in lines).encode()

    def _text(self, number: int) -> str:
        if number == self._number:
            return self._own().decode()
        path = self._path(number)
        try:
            return "" if time.time() - path.stat().st_mtime > STALE else path.read_text("utf-8")
        except OSError:
            return ""

    def _path(self, number: int) -> Path:
        return self._folder / f"metrics-worker-{number}.prom"


def _families(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Take a page apart: a family is its name, its HELP and TYPE, its samples."""
    name, head, samples = "", list[str](), list[str]()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            if name:
                yield name, head, samples
            name, head, samples = line.split()[2], [line], []
        elif line.startswith("#"):
            head.append(line)
        else:
            samples.append(line)
    if name:
        yield name, head, samples


def _labelled(number: int) -> Callable[[re.Match[str]], str]:
    def label(found: re.Match[str]) -> str:
        more = f",{found[2]}" if found[2] else ""
        return f'{found[1]}{{worker="{number}"{more}}} {found[3]}'

    return label
