"""`python -m deploy.docs`: write the reference pages; with `--check`, only say whether they are up to date."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from deploy.docs import pages
from deploy.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run; returns the exit code: 0 clean, 1 when a page is stale, 2 when one can't be written."""
    try:
        names = pages.stale() if "--check" in arguments else pages.write()
    except Problem as problem:
        print(f"Error: {problem}", file=sys.stderr)
        return 2
    for name in names:
        print(f"docs/{name} {'is stale: run `python -m deploy.docs`' if '--check' in arguments else 'written'}")
    return 1 if names and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
