"""All mutants, in the order in which a record meets their guards."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants import contract, edge, gate, kafka, validator

MUTANTS: Final = (*edge.MUTANTS, *gate.MUTANTS, *contract.MUTANTS, *validator.MUTANTS, *kafka.MUTANTS)
