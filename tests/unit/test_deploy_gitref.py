"""A folder at a git ref: exactly what was committed, or one sentence that says why not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy.gitref import NoSuchState, export


def git(where: Path, *arguments: str) -> None:
    """Run git as nobody in particular, whatever this machine's settings are."""
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(where), *who, *arguments], check=True, capture_output=True)  # noqa: S603, S607 - a test's own repository


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit on main: a catalogue in a folder with a blank in its name."""
    top = tmp_path / "repository"
    folder = top / "a b" / "catalog"
    (folder / "usage").mkdir(parents=True)
    (folder / "usage" / "Ä.avsc").write_bytes(b"{}\r\n\0")
    (folder / "head.yaml").write_bytes(b"")
    (folder / "link").symlink_to("/etc/hostname")
    (top / ".gitattributes").write_text("* export-ignore\n", encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main", str(top))
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "one")
    return top


def test_the_folder_comes_out_as_committed(repository: Path, tmp_path: Path) -> None:
    """Byte for byte, whatever the working tree has become, `export-ignore` notwithstanding; links are left out."""
    folder = repository / "a b" / "catalog"
    (folder / "usage" / "Ä.avsc").write_text("changed", encoding="utf-8")
    out = export("main", folder, tmp_path / "out")
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert files == {"usage/Ä.avsc": b"{}\r\n\0", "head.yaml": b""}


def test_the_top_of_a_repository_can_be_the_folder(repository: Path, tmp_path: Path) -> None:
    """A catalogue need not be in a folder of its repository."""
    out = export("HEAD", repository, tmp_path / "out")
    assert (out / "a b" / "catalog" / "usage" / "Ä.avsc").is_file()


@pytest.mark.parametrize("ref", ["nowhere", "main^{tree}", "--output=x", "", "main:a b"])
def test_an_unknown_ref_is_told(repository: Path, tmp_path: Path, ref: str) -> None:
    """Anything that names no commit, options included, is refused with what to name instead."""
    with pytest.raises(NoSuchState, match="Name a branch, tag or commit"):
        export(ref, repository / "a b" / "catalog", tmp_path / "out")
    assert not (repository / "x").exists()


def test_a_path_that_the_ref_lacks_is_told(repository: Path, tmp_path: Path) -> None:
    """A folder made since then has no older state."""
    (repository / "new").mkdir()
    with pytest.raises(NoSuchState, match="`main` has no folder `new`"):
        export("main", repository / "new", tmp_path / "out")


def test_no_repository_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of git a folder can be given instead."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(NoSuchState, match=r"not in a git repository\. Give --against the folder"):
        export("main", tmp_path, tmp_path / "out")


def test_no_folder_is_told(tmp_path: Path) -> None:
    """A folder that is not there is said to be missing."""
    with pytest.raises(NoSuchState, match="can't be read"):
        export("main", tmp_path / "gone", tmp_path / "out")


def test_no_git_is_told(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git installed a folder can be given instead."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoSuchState, match="git is not installed"):
        export("main", repository, tmp_path / "out")
