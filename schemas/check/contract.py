"""The contract rules: an event says who wants it, what for and until when, in words that people understand."""

from __future__ import annotations

from schemas.check import contract_docs, contract_names, contract_terms, structure_signals
from schemas.check.rule import Rule

RULES: tuple[Rule, ...] = (*contract_terms.RULES, *contract_docs.RULES, *contract_names.RULES, structure_signals.UNIT)
