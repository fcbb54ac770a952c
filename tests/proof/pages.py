"""The pages of the proof: each made by the run that measured it, with its date, versions and how to repeat it."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
PROOF: Final = ROOT / "docs" / "proof"
PRODUCT: Final = ("collector", "schemas", "consumers", "broker", "deploy")
COMMIT: Final = re.compile(r"[0-9a-f]{7,40}")
PARTS: Final = ("fastavro", "protobuf", "pydantic", "pyrage", "kafka-python")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def write(name: str, title: str, paragraphs: Sequence[str], results: object, *, again: str) -> None:
    """Write `docs/proof/NAME.md` and, for whoever computes with it, `NAME.json`."""
    PROOF.mkdir(parents=True, exist_ok=True)
    when = run_of()
    said = ", ".join(f"{key} {value}" for key, value in when.items())
    head = f"# {title}\n\nMeasured, and this page written, by `{again}`: {said}."
    (PROOF / f"{name}.md").write_text("\n\n".join([head, *paragraphs]) + "\n", "utf-8")
    (PROOF / f"{name}.json").write_text(json.dumps({"run": when, "results": results}, indent=1) + "\n", "utf-8")


def run_of() -> dict[str, str]:
    """Say when this run was, of what, and with what."""
    versions = {part: metadata.version(part) for part in PARTS}
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _git("rev-parse", "--short=12", "HEAD") or "unknown",
        "python": platform.python_version(),
        **versions,
    }


def behind_by(commit: str, root: Path = ROOT) -> int | None:
    """Count the commits since this one that touch the product's code; None where the history does not have it."""
    if not COMMIT.fullmatch(commit) or not _git("merge-base", commit, "HEAD", root=root):
        return None
    count = _git("rev-list", "--count", "--no-merges", f"{commit}..HEAD", "--", *PRODUCT, root=root)
    return int(count) if count else None


def committed_at(path: Path, root: Path = ROOT) -> str:
    """Name the commit that last wrote a file; empty where there is no history."""
    return _git("log", "-1", "--format=%H", "--", str(path), root=root)


def _git(*arguments: str, root: Path = ROOT) -> str:
    try:
        ran: Any = subprocess.run(("git", *arguments), cwd=root, capture_output=True, text=True, check=True)  # noqa: S603, S607 - constants, git
    except (OSError, subprocess.CalledProcessError):
        return ""
    return str(ran.stdout).strip()
