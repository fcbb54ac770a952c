"""What a run was to show, what it measured, and whether that is it; as a table, and for whoever computes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.proof.pages import table


@dataclass(frozen=True, slots=True)
class Goal:
    """What was to be shown, what was measured, and whether that is it."""

    goal: str
    figure: str
    met: bool


def shown(goals: Sequence[Goal]) -> str:
    """Write the table."""
    return table(("goal", "figure", "met"), [(it.goal, it.figure, "yes" if it.met else "**no**") for it in goals])


def told(goals: Sequence[Goal]) -> list[dict[str, Any]]:
    """Give what JSON can hold."""
    return [asdict(goal) for goal in goals]
