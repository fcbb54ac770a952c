"""Makes a new catalogue: the template under the author's name, a README, a workflow for CI, all registered."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from deploy.errors import Problem
from schemas.catalogue import register

TEMPLATE = Path(__file__).parents[2] / "schemas" / "template"
WORKFLOW = Path(".github/workflows/catalogue.yml")
_HERE: Final = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}", re.ASCII)
_YEAR: Final = timedelta(days=365)


def make(folder: Path, name: str | None, today: date) -> list[Path]:
    """Make a catalogue in `folder`, which must be empty or absent; returns its files, relative to the folder.

    Raises:
        Problem: the folder holds something, or the name is none.
    """
    name = named(folder) if name is None else name
    if _NAME.fullmatch(name) is None:
        raise Problem("The name of a catalogue is lower-case letters, digits and hyphens: give another with --name.")
    if folder.is_dir() and any(folder.iterdir()):
        raise Problem("The folder is not empty: give one that is, or one that does not exist yet.")
    try:
        ours = shutil.ignore_patterns("registered", "__pycache__")
        shutil.copytree(TEMPLATE, folder, dirs_exist_ok=True, ignore=ours)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                path.chmod(0o644)  # whatever the installed template has
                path.write_text(_adapted(path.read_text("utf-8"), name, today), "utf-8")
        (folder / WORKFLOW).parent.mkdir(parents=True)
        shutil.copyfile(_HERE / "workflow.yml", folder / WORKFLOW)
        readme = (_HERE / "readme.md").read_text("utf-8").replace("@name@", name)
        (folder / "README.md").write_text(readme, "utf-8")
    except OSError as error:
        raise Problem(f"The folder can't be written: {error.strerror}.") from None
    register(folder)
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def named(folder: Path) -> str:
    """Make a name out of a folder's; `example` where nothing of it can stand in one."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-0123456789")[:40].strip("-")
    return name or "example"


def _adapted(text: str, name: str, today: date) -> str:
    """Put the author's name where the template says `example`, and a year from today where it says a date."""
    text = re.sub(r"\bexample(?=\.)", name.replace("-", "_"), text)
    text = re.sub(r"\bexample\b", name, text)
    return re.sub(r"\b2028-06-30\b", (today + _YEAR).isoformat(), text)
