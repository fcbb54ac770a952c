"""The rule table: every rule of every family, by its id."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.check import compatibility, contract, privacy, structure
from schemas.check.rule import Rule

RULES: Mapping[str, Rule] = MappingProxyType({
    rule.id: rule for family in (structure, privacy, contract, compatibility) for rule in family.RULES
})  # fmt: skip
