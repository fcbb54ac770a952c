"""The pages that are generated, in whole or between markers, and whether what lies in `docs/` is what the code says.

A section of a page lies between `<!-- generated: NAME -->` and `<!-- end of NAME -->`; all else is written by hand.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.docs import (
    cli_page,
    domains_page,
    events_page,
    metrics_page,
    properties,
    reasons_page,
    rules_page,
    settings_page,
)
from deploy.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DOCS: Final = Path(__file__).parents[2] / "docs"
_SECTION = re.compile(r"<!-- generated: (?P<name>[\w.]+) -->\n.*?<!-- end of (?P=name) -->", re.DOTALL)

# File -> what writes its sections, by name.
PAGES: Final[Mapping[str, Callable[[], Mapping[str, str]]]] = {
    "catalogue.md": properties.sections,
    "cli.md": cli_page.sections,
    "domains.md": domains_page.sections,
    "events.md": events_page.sections,
    "metrics.md": metrics_page.sections,
    "reasons.md": reasons_page.sections,
    "rules.md": rules_page.sections,
    "settings.md": settings_page.sections,
}


def written(name: str, docs: Path = DOCS) -> str:
    """Give a page as it should be: the hand-written parts as they are, the generated ones as the code has them.

    Raises:
        Problem: the page can't be read, has a section that nothing writes, or lacks one.
    """
    try:
        text = (docs / name).read_text("utf-8")
    except OSError as error:
        raise Problem(f"{name} can't be read: {error.strerror}. The pages are written in a clone alone.") from None
    sections = PAGES[name]()
    there = [match["name"] for match in _SECTION.finditer(text)]
    if sorted(there) != sorted(sections):
        lacking, unknown = sorted(set(sections) - set(there)), sorted(set(there) - set(sections))
        raise Problem(f"{name} lacks the sections {lacking}, has {unknown} that nothing writes, or has one twice.")
    return _SECTION.sub(lambda match: _section(match["name"], sections[match["name"]]), text)


def stale(docs: Path = DOCS) -> list[str]:
    """Name the pages that are not what the code says."""
    return [name for name in PAGES if written(name, docs) != (docs / name).read_text("utf-8")]


def write(docs: Path = DOCS) -> list[str]:
    """Write the pages that are not what the code says; names them."""
    names = stale(docs)
    for name in names:
        (docs / name).write_text(written(name, docs), "utf-8")
    return names


def _section(name: str, text: str) -> str:
    return f"<!-- generated: {name} -->\n{text.strip()}\n<!-- end of {name} -->"
