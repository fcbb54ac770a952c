"""The structure rules: a schema that breaks one can't be read, or not safely run."""

from __future__ import annotations

from schemas.check import structure_files, structure_signals, structure_values
from schemas.check.rule import Rule

RULES: tuple[Rule, ...] = (*structure_files.RULES, *structure_values.RULES, *structure_signals.RULES)
