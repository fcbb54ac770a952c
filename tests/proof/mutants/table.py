"""All mutants, in the order in which a record meets their guards."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants import (
    contract,
    delivery,
    doors,
    edge,
    gate,
    kafka,
    operator,
    senders,
    spill,
    validator,
    workers,
)

MUTANTS: Final = (
    *edge.MUTANTS,
    *doors.MUTANTS,
    *workers.MUTANTS,
    *senders.MUTANTS,
    *gate.MUTANTS,
    *delivery.MUTANTS,
    *spill.MUTANTS,
    *contract.MUTANTS,
    *validator.MUTANTS,
    *operator.MUTANTS,
    *kafka.MUTANTS,
)
