"""The README says what is there."""

from __future__ import annotations

from pathlib import Path

from deploy.cli import COMMANDS

ROOT = Path(__file__).parents[2]


def test_every_command_has_its_line() -> None:
    """The README's table of commands is the command line's own list."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if line.startswith("| `tidegate ")]
    assert told == [f"| `tidegate {name}` | {entry.help} |" for name, entry in COMMANDS.items()]


def test_links_lead_somewhere() -> None:
    """Each relative link of the README and the docs names a file or folder of the repository."""
    for page in (ROOT / "README.md", *ROOT.glob("docs/*.md")):
        for part in page.read_text(encoding="utf-8").split("](")[1:]:
            target = part.split(")", 1)[0]
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
