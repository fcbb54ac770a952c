"""Sends quarantined records through the whole gate again, after a catalogue was mended.

What the collector refused goes to a running collector, over its own door: it judges anew, and what it refuses again is
sealed again. What the validator refused is written to its telemetry topic again, where the validator judges it anew.
Event ids are made of the record alone, so a record that is replayed twice within a key's epoch is one row.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from broker.port import Message
from collector.errors import RequestError
from collector.otlp import rejected_of
from collector.signals import BY_FORMAT, Signal
from consumers.validator.journey import TOPICS as JUDGED
from deploy.errors import Problem
from schemas.codec import CodecError, unframe

if TYPE_CHECKING:
    from broker.port import Producer
    from deploy.quarantine.reading import Sealed
    from schemas.catalogue import Catalogue
    from schemas.quarantine import Identities

WITHIN = 30.0  # seconds for an answer
_NO_ENTRY = (401, 403)


@dataclass(frozen=True, slots=True)
class Door:
    """A running collector, and where it asks for one, the ingest token to send with."""

    url: str
    token: str | None = field(default=None, repr=False)

    def send(self, request: bytes, signal: Signal) -> int:
        """Send an OTLP request again; returns how many of its records were refused again.

        Raises:
            Problem: it was not taken as a whole; nothing may be taken as sent.
        """
        if not self.url.startswith(("http://", "https://")):
            raise Problem("give the collector's address as http://HOST:PORT")
        headers = {"Content-Type": "application/x-protobuf"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        sent = urllib.request.Request(f"{self.url}{signal.path}", request, headers)  # noqa: S310 - checked above
        try:
            with urllib.request.urlopen(sent, timeout=WITHIN) as answer:  # noqa: S310 - as above
                return rejected_of(answer.read(), signal)
        except urllib.error.HTTPError as error:
            if error.code in _NO_ENTRY:
                raise Problem("the collector asks for a token: `tidegate tokens new --replay`, --token-file") from None
            raise Problem(f"the collector answered {error.code}: try again, or see its log") from None
        except RequestError:
            raise Problem(f"what answers at {self.url} is no collector") from None
        except OSError as error:
            raise Problem(f"no collector answers at {self.url} ({type(error).__name__}): is it up?") from None


def replay(
    message: Sealed, keys: Identities, catalogue: Catalogue, door: Door, producer: Producer | None
) -> Counter[str]:
    """Send all that a message encloses through the gate again; counts what became of it, as far as is known here.

    Raises:
        Problem, BrokerError: it was not all taken.
        BadKey, CodecError: as `Sealed.items`.
    """
    form, items = message.items(keys)
    if form in BY_FORMAT:
        refused = sum(door.send(item, BY_FORMAT[form]) for item in items)
        return Counter({"sent": message.records, "refused again": refused})
    values = [] if form == "kafka.batch" else items  # a batch that can't be read is no message
    written = [made for item in values if (made := _message(item, catalogue)) is not None]
    if written and producer is None:
        return Counter({"left: no right to write telemetry": len(items)})
    if producer is not None:
        producer.produce(written, timeout=WITHIN)
    return +Counter({"written": len(written), "left: of no known schema": len(items) - len(written)})


def _message(value: bytes, catalogue: Catalogue) -> Message | None:
    """Make the message again on the topic of its schema's kind; None where it has none."""
    try:
        registered = catalogue.schemas.get(unframe(value)[0])
    except CodecError:
        return None
    topics = {kind: topic for topic, kind in JUDGED.items()}
    if registered is None or registered.kind not in topics:
        return None
    return Message(topics[registered.kind], value)
