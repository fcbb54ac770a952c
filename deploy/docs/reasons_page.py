"""The table of reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.reasons import Fault, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping


def sections() -> Mapping[str, str]:
    """One row a reason, in the order of the enum."""
    rows = [
        f"| `{reason.code}` | {reason.sentence} | {'Tidegate' if reason.fault is Fault.OURS else 'the sender'} | "
        f"{'withheld from ML' if reason.is_withheld else 'refused, quarantined'} |"
        for reason in Reason
    ]
    return {"reasons": "\n".join(["| reason | what it says | whose move it is | then |", "|---|---|---|---|", *rows])}
