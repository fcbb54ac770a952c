"""Mistakes: what is told of a refused record outside its seal, all of it content-free.

Beside the refusal stand the app and its version: images of Origin's own domains, so words of the catalogue and numbers
within its bounds. What is outside its domain is not told.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from schemas.reasons import Refusal

if TYPE_CHECKING:
    from schemas.domains import Context
    from schemas.plan import FieldPlan, Plan

_APP, _VERSION = ("origin", "app"), ("origin", "app_version")
_BYTES = 8  # of a fingerprint: chance makes two of a million mistakes equal once in 40 million times


@dataclass(frozen=True, slots=True)
class Sender:
    """The app that sent a record and its version, as images; None where it said none that its domain takes."""

    app: str | None = None
    version: str | None = None


NOBODY: Final = Sender()


@dataclass(frozen=True, slots=True)
class Mistake:
    """A refusal, and whose it is."""

    refusal: Refusal
    sender: Sender = NOBODY

    def fingerprint(self, key: bytes) -> str:
        """Give 16 hex digits that equal mistakes share within an epoch of `key`.

        HMAC-SHA-256 over reason, schema id, field path, kind of value, app and app version: over what stands beside it
        anyway. Of the value, its size, the sender's names, the session or the time nothing goes in, so nothing can
        come out: who knows the key learns no more than who reads its neighbours. `key` is the service's pseudonym key;
        the text before the mistake keeps the two uses apart.
        """
        of = self.refusal
        told = (of.reason.code, of.schema_id, of.field, of.value_kind.value, self.sender.app, self.sender.version)
        return hmac.digest(key, b"tidegate/mistake/1\x00" + repr(told).encode(), "sha256")[:_BYTES].hex()


def sender_of(said: Callable[[FieldPlan], object], plans: Mapping[str, Plan], context: Context) -> Sender:
    """Take the images of what a record `said` for Origin's fields, which all events of a catalogue share.

    Never raises: a defect of ours must not keep a refused record from its seal.
    """
    fields = next(iter(plans.values())).fields if plans else ()
    places = {place.path: place for place in fields if place.path in (_APP, _VERSION)}
    images = {path: _image(place, said(place), context) for path, place in places.items()}
    return Sender(images.get(_APP), images.get(_VERSION))


def _image(place: FieldPlan, value: object, context: Context) -> str | None:
    try:
        assert place.domain is not None  # noqa: S101 - Origin holds no content
        return str(place.domain.telemetry(value, context))
    except Exception:  # noqa: BLE001 - outside its domain, or a defect, whose text may hold the value
        return None
