"""Rules of the family compatibility: what a change breaks, and what it loosens."""

from __future__ import annotations

from typing import Final

from schemas.check import compatibility_catalogue, compatibility_privacy, compatibility_readers
from schemas.check.rule import Rule

RULES: tuple[Rule, ...] = (
    *compatibility_readers.RULES,
    *compatibility_privacy.RULES,
    *compatibility_catalogue.RULES,
)

LOOSENING: Final = compatibility_privacy.LOOSENING
"""Ids of the rules on what loosens privacy: what a data review is about."""

APPROVABLE: Final = frozenset(rule.id for rule in RULES) - {rule.id for rule in compatibility_catalogue.APPROVALS}
"""Ids of the rules that an approval can be for: nothing else lets a change through, no suppression either."""
