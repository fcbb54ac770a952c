"""One target under atheris: `python -m tests.proof.fuzz.child TARGET LIBFUZZER-ARGUMENTS…`. Ends the process."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["schemas", "collector", "consumers"]):
    from tests.proof.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz until libFuzzer has enough."""
    name, *arguments = sys.argv[1:]
    atheris.Setup([name, *arguments], TARGETS[name].take)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
