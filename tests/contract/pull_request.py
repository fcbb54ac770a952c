"""A pull request with five changes to a copy of the shipped catalogue, as real commits, and what the check says of it.

`python -m tests.contract.pull_request --rewrite` writes it into docs/examples.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
FILES = {"markdown": EXAMPLES / "pull-request.md", "sarif": EXAMPLES / "pull-request.sarif"}
FOLDER = "telemetry/catalog"  # where the catalogue lies in the repository
FINDINGS = 1  # the check's exit code

APPROVAL = """\
# Who lets a change through that loosens privacy, why, and until when.
approvals:
  - rule: compatibility/vocabulary-widened
    vocabulary: codec
    who: privacy-team
    why: G.729.1 is a codec of RFC 4749; the media engine negotiates it, nobody types it.
    until: 2028-01-31
"""


def _replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise LookupError(f"{path.name} does not hold the line to replace once: mend the example")
    path.write_text(text.replace(old, new), encoding="utf-8")


def harmless(catalog: Path) -> None:
    """Say better what an event is."""
    path = catalog / "usage" / "HandRaised.avsc"
    _replaced(path, "raised or lowered a hand.", "raised a hand in a call, or took it down.")


def breaks_readers(catalog: Path) -> None:
    """Take out a field that readers with the older schema need."""
    path = catalog / "usage" / "CallEnded.avsc"
    text = path.read_text(encoding="utf-8")
    start = text.index('    {"name": "peak_participants"')
    end = text.index('    {"name": "spoken"')
    path.write_text(text[:start] + text[end:], encoding="utf-8")


def loosens_a_class(catalog: Path) -> None:
    """Let what people write about a call be read like a measurement."""
    path = catalog / "attributes.yaml"
    _replaced(path, "      - call.rating.comment\n", "")
    harmless_class = "  - class: service_generated\n    reason: Asked for by the product team.\n    names:\n"
    _replaced(path, "\ngroups:\n", f"\ngroups:\n{harmless_class}      - call.rating.comment\n\n")


def widens_a_vocabulary(catalog: Path) -> None:
    """Take one more codec, with an approval."""
    path = catalog / "vocabularies" / "codec.yaml"
    _replaced(path, "version: 1\n", "version: 2\n")
    _replaced(path, "# RFC 6416\n# Entries", '# RFC 6416\n  - "G7291"  # RFC 4749\n# Entries')
    (catalog / "approvals.yaml").write_text(APPROVAL, encoding="utf-8")


def deletes_a_schema(catalog: Path) -> None:
    """Stop an event at once."""
    (catalog / "usage" / "PollOpened.avsc").unlink()


COMMITS: tuple[Callable[[Path], None], ...] = (
    harmless,
    breaks_readers,
    loosens_a_class,
    widens_a_vocabulary,
    deletes_a_schema,
)


def branched(folder: Path) -> Path:
    """Make a repository with the shipped catalogue on main and the five changes on a branch; returns it."""
    catalog = folder / FOLDER
    shutil.copytree(ROOT / "schemas" / "catalog", catalog)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _commit(folder, "The catalogue")
    _git(folder, "checkout", "--quiet", "-b", "five-changes")
    for change in COMMITS:
        change(catalog)
        _commit(folder, (change.__doc__ or "").rstrip("."))
    return folder


def _commit(folder: Path, message: str) -> None:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", message)


def _git(folder: Path, *arguments: str) -> None:
    settings = ("user.name=Example", "user.email=example@example.org", "commit.gpgsign=false", "core.autocrlf=false")
    options = [part for setting in settings for part in ("-c", setting)]
    command = ["git", *options, *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603 - a repository of our own making


def checked(repository: Path, form: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Run `tidegate check` against main as a shell would, in the repository."""
    command = [sys.executable, "-m", "deploy.cli", "check", FOLDER, "--against", "main", "--format", form, *more]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(  # noqa: S603 - our own command
        command, cwd=repository, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=60
    )


def rewrite() -> None:
    """Write the examples anew."""
    with tempfile.TemporaryDirectory() as folder:
        repository = branched(Path(folder))
        for form, path in FILES.items():
            done = checked(repository, form)
            if done.returncode != FINDINGS:
                sys.exit(f"tidegate check ended with {done.returncode}: {done.stderr}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(done.stdout, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if sys.argv[1:] != ["--rewrite"]:
        sys.exit("usage: python -m tests.contract.pull_request --rewrite")
    rewrite()
