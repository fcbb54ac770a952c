"""The table of rules, by family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.check.rule import Family
from schemas.check.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping


def sections() -> Mapping[str, str]:
    """One section a family, one row a rule; `tidegate rule ID` has the examples."""
    return {family.value: _table(family) for family in Family}


def _table(family: Family) -> str:
    rows = [
        f"| `{rule.id}` | {rule.severity} | {_cell(rule.finds)} | {_cell(rule.why)} | {_cell(rule.fix)} |"
        for _, rule in sorted(RULES.items())
        if rule.family is family
    ]
    return "\n".join(
        ["| rule | severity | what it finds | why it matters | what to do |", "|---|---|---|---|---|", *rows]
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
