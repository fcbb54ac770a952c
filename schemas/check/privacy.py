"""The privacy rules: what a catalogue could carry that a customer said, wrote, showed or shared."""

from __future__ import annotations

from typing import Final

from schemas.check import (
    privacy_compiled,
    privacy_content,
    privacy_fields,
    privacy_names,
    privacy_open,
    privacy_vocabulary,
    privacy_waivers,
    structure_signals,
)
from schemas.check.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *privacy_compiled.RULES,
    *privacy_open.RULES,
    *privacy_names.RULES,
    *privacy_content.RULES,
    *privacy_fields.RULES,
    *privacy_vocabulary.RULES,
    *privacy_waivers.RULES,
    structure_signals.KIND,
)
