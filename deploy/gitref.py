"""A folder as it stands at a git ref, written out elsewhere, file by file from git's objects.

By `git ls-tree` and `git cat-file`, not `git archive`: that one obeys `export-ignore`, with which a branch could hide a
file.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_REGULAR = {"100644", "100755"}
_PATIENCE = 60  # seconds a git command may take


class NoSuchState(Exception):  # noqa: N818 - an answer to a question, said in one sentence
    """The folder's older state can't be had; the text says why and what to do."""


def export(ref: str, folder: Path, into: Path) -> Path:
    """Write `folder` as `ref` has it below `into`; returns where. Links and submodules are left out.

    Raises:
        NoSuchState: git is missing, the folder lies in no repository, or the ref or the folder in it is unknown.
    """
    top, inside = _place(folder)
    commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if commit is None:
        raise NoSuchState(
            f"git knows no ref `{ref}` here. Name a branch, tag or commit; in CI fetch it first"
            f" (actions/checkout with `fetch-depth: 0`)."
        )
    rows = _rows(top, commit.decode().strip(), inside)
    if not rows:
        raise NoSuchState(f"`{ref}` has no folder `{inside}`. Is it the catalogue's path on that branch?")
    contents = _contents(top, [blob for blob, _ in rows])
    for (_, name), content in zip(rows, contents, strict=True):
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return into


def _place(folder: Path) -> tuple[Path, str]:
    """The repository's top, and the folder's path inside it, with slashes; `.` for the top itself."""
    try:
        where = folder.resolve(strict=True)
    except OSError as error:
        raise NoSuchState(f"{folder} can't be read: {error.strerror}.") from None
    top = _git(where, "rev-parse", "--show-toplevel")
    if top is None:
        raise NoSuchState(f"{folder} is not in a git repository. Give --against the folder of the older state instead.")
    root = Path(os.fsdecode(top.rstrip(b"\n"))).resolve()
    return root, where.relative_to(root).as_posix()


def _rows(top: Path, commit: str, inside: str) -> list[tuple[str, str]]:
    """Object id and path below the folder of each regular file; none when the commit has no such folder."""
    tree = _git(top, "ls-tree", "-r", "-z", commit if inside == "." else f"{commit}:{inside}")
    rows = []
    for line in (tree or b"").split(b"\0"):
        head, tab, name = line.partition(b"\t")
        if tab and head.split()[0].decode() in _REGULAR:
            rows.append((head.split()[2].decode(), os.fsdecode(name)))
    return rows


def _contents(top: Path, blobs: list[str]) -> list[bytes]:
    out = _git(top, "cat-file", "--batch", feed="\n".join(blobs).encode() + b"\n")
    if out is None:
        raise NoSuchState("git can't read its own objects. Run `git fsck`.")
    contents, at = [], 0
    for _ in blobs:
        end = out.index(b"\n", at)
        header = out[at:end].split()
        if len(header) != 3:  # noqa: PLR2004 - id, type, size; a missing object has two
            raise NoSuchState("git lacks an object: the clone is partial. Fetch the whole ref.")
        size = int(header[2])
        contents.append(out[end + 1 : end + 1 + size])
        at = end + 1 + size + 1
    return contents


def _git(where: Path, *arguments: str, feed: bytes | None = None) -> bytes | None:
    """What git prints, or None when it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell, refs after --end-of-options
            ["git", "-C", str(where), *arguments],  # noqa: S607 - the user's own git
            input=feed,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        raise NoSuchState("git is not installed. Give --against the folder of the older state instead.") from None
    except subprocess.TimeoutExpired:
        raise NoSuchState(f"git took longer than {_PATIENCE} s.") from None
    return done.stdout if done.returncode == 0 else None
