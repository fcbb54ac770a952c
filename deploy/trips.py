"""Why the validator's circuit breaker stopped it, in a line, out of the file that keeps the trip."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from schemas.reasons import Reason

if TYPE_CHECKING:
    from deploy.folder import Folder

_DO: Final = "mend what sends them, or look with care, then `tidegate validator resume`"
_CODES: Final = frozenset(reason.code for reason in Reason)


def read_trip(folder: Folder) -> str:
    """Say how much was refused of what came, and why; nothing of a message is in it."""
    try:
        told = json.loads(folder.trip.read_bytes())
        counts = {code: int(count) for code, count in told["refused"].items() if code in _CODES}
        of = int(told["judged"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"stopped by the circuit breaker, for reasons that its log tells: {_DO}"
    reasons = ", ".join(f"{code} {count:,}" for code, count in counts.items())
    return (
        f"stopped by the circuit breaker: {sum(counts.values()):,} of the last {of:,} messages "
        f"would be refused ({reasons}): {_DO}"
    )
