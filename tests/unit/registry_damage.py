"""Ways to spoil a small registry, each with the rule that must tell of it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.unit.catalogue_copies import USAGE


def edit(folder: Path, name: str, how: Callable[[str], str]) -> None:
    """Edit a file of the registry."""
    path = folder / "registered" / name
    path.write_text(how(path.read_text(encoding="utf-8")), encoding="utf-8")


def lines(how: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    """Edit as a list of lines."""
    return lambda text: "".join(how(text.splitlines(keepends=True)))


def rewritten(old: str, new: str) -> Callable[[Path], None]:
    """Edit a text and put its sum into the index: whoever does that means it."""

    def how(folder: Path) -> None:
        before = (folder / "registered/000004.avsc").read_text(encoding="utf-8")
        after = before.replace(old, new)
        assert after != before
        (folder / "registered/000004.avsc").write_text(after, encoding="utf-8")
        sums = [hashlib.sha256(text.encode()).hexdigest() for text in (before, after)]
        edit(folder, "index.tsv", lambda text: text.replace(sums[0], sums[1]))

    return how


SPOILT: Final[dict[str, tuple[Callable[[Path], object], str]]] = {
    "an edited text": (
        lambda it: edit(it, "000004.avsc", lambda text: text.replace("left", "lost")),
        "structure/registry-edited",
    ),
    "an added blank": (lambda it: edit(it, "000004.avsc", lambda text: text + " "), "structure/registry-edited"),
    "an emptied text": (lambda it: edit(it, "000004.avsc", lambda _: ""), "structure/registry-edited"),
    "no UTF-8": (lambda it: (it / "registered/000004.avsc").write_bytes(b"\xff"), "structure/registry-edited"),
    "a missing file": (lambda it: (it / "registered/000004.avsc").unlink(), "structure/registry-edited"),
    "a folder for a file": (
        lambda it: (
            shutil.move(it / "registered/000004.avsc", it / "x")
            and shutil.copytree(it / "usage", it / "registered/000004.avsc")
        ),
        "structure/registry-edited",
    ),
    "a stray file": (lambda it: shutil.copy(it / USAGE, it / "registered/000099.avsc"), "structure/registry-stray"),
    "a gap": (lambda it: edit(it, "index.tsv", lines(lambda rows: rows[:3] + rows[4:])), "structure/registry-index"),
    "a lost last line": (lambda it: edit(it, "index.tsv", lines(lambda rows: rows[:-1])), "structure/registry-stray"),
    "a line twice": (
        lambda it: edit(it, "index.tsv", lines(lambda rows: rows[:4] + rows[3:])),
        "structure/registry-index",
    ),
    "another order": (
        lambda it: edit(it, "index.tsv", lines(lambda rows: [*rows[:3], rows[4], rows[3], *rows[5:]])),
        "structure/registry-index",
    ),
    "two texts exchanged": (
        lambda it: [
            (it / "registered/000004.avsc").rename(it / "registered/x"),
            (it / "registered/000006.avsc").rename(it / "registered/000004.avsc"),
            (it / "registered/x").rename(it / "registered/000006.avsc"),
        ],
        "structure/registry-edited",
    ),
    "no index": (lambda it: (it / "registered/index.tsv").unlink(), "structure/registry-index"),
    "an index of bytes": (
        lambda it: (it / "registered/index.tsv").write_bytes(b"id\xff\xfe\n"),
        "structure/registry-index",
    ),
    "an index of quotes": (lambda it: edit(it, "index.tsv", lambda text: text + '"7\t"x'), "structure/registry-index"),
    "an index of other columns": (
        lambda it: edit(it, "index.tsv", lambda text: text.replace("sha256", "md5", 1)),
        "structure/registry-index",
    ),
    "an index with a mark": (
        lambda it: edit(it, "index.tsv", lambda text: "\ufeff" + text),
        "structure/registry-index",
    ),
    "a word for an id": (
        lambda it: edit(it, "index.tsv", lambda text: text.replace("\n4\t", "\nfour\t")),
        "structure/registry-index",
    ),
    "a role of none": (
        lambda it: edit(it, "index.tsv", lambda text: text.replace("\tml\t", "\tmll\t")),
        "structure/registry-index",
    ),
    "half a line": (lambda it: edit(it, "index.tsv", lambda text: text[:-70]), "structure/registry-edited"),
    "content called usage": (
        lambda it: edit(it, "index.tsv", lambda text: text.replace("\tcontent\t", "\tusage\t")),
        "structure/registry-index",
    ),
    "another event's name": (
        lambda it: edit(it, "index.tsv", lambda text: text.replace("\tcall.ended\t", "\tcall.left\t", 1)),
        "structure/registry-index",
    ),
    "telemetry called ML": (
        lambda it: edit(it, "index.tsv", lambda text: text.replace("4\ttelemetry", "4\tml")),
        "structure/registry-index",
    ),
    "telemetry called quarantine": (
        lambda it: edit(it, "index.tsv", lambda text: text.replace("4\ttelemetry", "4\tquarantine")),
        "structure/registry-index",
    ),
    "another's child": (
        lambda it: edit(it, "index.tsv", lambda text: text.replace("CallEnded\t4\t", "CallEnded\t2\t")),
        "structure/registry-index",
    ),
    "a text of another event": (rewritten('"event": "call.ended"', '"event": "call.left"'), "structure/registry-index"),
    "a text of another kind": (rewritten('"kind": "usage"', '"kind": "content"'), "structure/registry-index"),
    "a text that is no JSON": (rewritten('"type": "record",', '"type": '), "structure/registry-index"),
    "a text without meaning": (rewritten('"tidegate": {', '"tidegate": 7, "x": {'), "structure/registry-index"),
}
