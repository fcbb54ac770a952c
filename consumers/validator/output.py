"""What comes of a batch, as messages: images in an order of our own, refused values sealed together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from broker.port import Message
from consumers.validator.journey import Eligible, Outcome, Refused
from schemas.catalogue import Catalogue
from schemas.codec import frame, unframe
from schemas.domains import Context
from schemas.mistakes import NOBODY, Mistake, Sender, sender_of
from schemas.plan import value_at
from schemas.quarantine import Label, Recipient, Stage, quarantined

ELIGIBLE, QUARANTINE = "ml.eligible", "quarantine"
SEALED_BYTES = 4 * 2**20  # of refused values in one quarantine message: half of what the topic takes


def messages(
    outcomes: Sequence[Outcome], catalogue: Catalogue, recipient: Recipient, context: Context
) -> list[Message]:
    """Make the messages of a batch's outcomes; `context` is that of now.

    Images stand in the order of their bytes, which begin with schema and event id; that id is a pseudonym under a key
    that no sender has. So the order in which events were sent says nothing any more.
    """
    eligible = sorted(outcome.value for outcome in outcomes if isinstance(outcome, Eligible))
    refused = sorted((each for each in outcomes if isinstance(each, Refused)), key=lambda each: each.form)
    sealed = _sealed(refused, catalogue, recipient, context)
    return [Message(ELIGIBLE, value) for value in eligible] + [Message(QUARANTINE, value) for value in sealed]


def _sealed(
    refused: Sequence[Refused], catalogue: Catalogue, recipient: Recipient, context: Context
) -> Iterator[bytes]:
    """Seal refused values together, as many as fit one message; batches that can't be read apart from them.

    One that alone would not fit is cut: topics limit what is compressed, so whoever may write there could otherwise
    stop the validator with one message that is large and compresses well.
    """
    label = Label(Stage.VALIDATOR, catalogue.version, context.moment, context.key)
    for group in _groups(refused):
        mistakes = [Mistake(outcome.refusal, _sender(outcome, catalogue, context)) for outcome in group]
        items = [outcome.value[:SEALED_BYTES] for outcome in group]
        yield frame(catalogue.quarantine_id, quarantined(label, mistakes, group[0].form, items, recipient))


def _sender(outcome: Refused, catalogue: Catalogue, context: Context) -> Sender:
    """Tell whose a message is that was refused for a field: such a one had been decoded. Of another nothing is read."""
    plan = catalogue.by_id.get(outcome.refusal.schema_id or 0)
    if plan is None or outcome.refusal.field is None:
        return NOBODY
    record = plan.codec.decode(unframe(outcome.value)[1])
    return sender_of(lambda place: value_at(record, place.path), catalogue.plans, context)


def _groups(refused: Sequence[Refused]) -> Iterator[list[Refused]]:
    group: list[Refused] = []
    size = 0
    for outcome in refused:
        if group and (size + len(outcome.value) > SEALED_BYTES or outcome.form != group[0].form):
            yield group
            group, size = [], 0
        group.append(outcome)
        size += len(outcome.value)
    if group:
        yield group
