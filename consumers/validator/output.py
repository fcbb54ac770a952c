"""What comes of a batch, as messages: images in an order of our own, refused values sealed together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from broker.port import Message
from consumers.validator.journey import Eligible, Outcome, Refused
from schemas.catalogue import Catalogue
from schemas.codec import frame
from schemas.quarantine import Recipient, Stage, quarantined

ELIGIBLE, QUARANTINE = "ml.eligible", "quarantine"
SEALED_BYTES = 4 * 2**20  # of refused values in one quarantine message: half of what the topic takes


def messages(outcomes: Sequence[Outcome], catalogue: Catalogue, recipient: Recipient, now: int) -> list[Message]:
    """Make the messages of a batch's outcomes; `now` is in microseconds since the epoch.

    Images stand in the order of their bytes, which begin with schema and event id; that id is a pseudonym under a key
    that no sender has. So the order in which events were sent says nothing any more.
    """
    eligible = sorted(outcome.value for outcome in outcomes if isinstance(outcome, Eligible))
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    sealed = _sealed(refused, catalogue, recipient, now)
    return [Message(ELIGIBLE, value) for value in eligible] + [Message(QUARANTINE, value) for value in sealed]


def _sealed(refused: Sequence[Refused], catalogue: Catalogue, recipient: Recipient, now: int) -> Iterator[bytes]:
    """Seal refused values together, as many as fit one message.

    One that alone would not fit is cut: topics limit what is compressed, so whoever may write there could otherwise
    stop the validator with one message that is large and compresses well.
    """
    for group in _groups(refused):
        refusals, items = [outcome.refusal for outcome in group], [outcome.value[:SEALED_BYTES] for outcome in group]
        value = quarantined(Stage.VALIDATOR, catalogue.version, now, refusals, "kafka.value", items, recipient)
        yield frame(catalogue.quarantine_id, value)


def _groups(refused: Sequence[Refused]) -> Iterator[list[Refused]]:
    group: list[Refused] = []
    size = 0
    for outcome in refused:
        if group and size + len(outcome.value) > SEALED_BYTES:
            yield group
            group, size = [], 0
        group.append(outcome)
        size += len(outcome.value)
    if group:
        yield group
