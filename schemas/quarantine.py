"""Sealed quarantine records, and the one door to age (pyrage).

Refused bytes are sealed to a public key whose private half no running service has (https://age-encryption.org/v1).
Outside the seal stands what is content-free: stage, reason, schema id, declared field path (of a metric's
form: which aspect), kind of value, size bucket, the images of app and version, and a fingerprint of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pyrage

from schemas.codec import Codec
from schemas.mistakes import Mistake
from schemas.quarantine_forms import QUARANTINE_CODEC, SEALED

_HOUR = 3600 * 1000  # milliseconds


class Stage(StrEnum):
    """Who refused."""

    COLLECTOR = "COLLECTOR"
    VALIDATOR = "VALIDATOR"


class BadKey(Exception):  # noqa: N818 - a state of the settings
    """A text is no age recipient or identity; the text is not repeated."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """The public key that quarantine is sealed to, or several, one a line: each of their identities opens the seal."""

    text: str

    def __post_init__(self) -> None:
        """Refuse what is no public key."""
        try:
            keys = self._keys()
        except pyrage.RecipientError:
            keys = []
        if not keys:
            raise BadKey("not an age public key (age1…): make a pair with `tidegate keys new`") from None

    def seal(self, plain: bytes) -> bytes:
        """Encrypt to these keys."""
        return pyrage.encrypt(plain, self._keys())  # type: ignore[no-any-return]

    def _keys(self) -> list[Any]:
        lines = (line.strip() for line in self.text.splitlines())
        return [pyrage.x25519.Recipient.from_str(line) for line in lines if line and not line.startswith("#")]


def new_identity() -> tuple[str, str]:
    """Make a key pair: identity (private, AGE-SECRET-KEY-1…) and recipient (public, age1…)."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


class Identities:
    """Private keys of the operator's: a seal opens with any of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Read age's identity files, as `tidegate keys new` or age-keygen writes them.

        Raises:
            BadKey: one of them holds none; the text is not repeated.
        """
        self._keys = [key for text in texts for key in _identities(text)]

    def open(self, sealed: bytes) -> tuple[str, list[bytes]]:
        """Decrypt a seal: the format of its items, and the items.

        Raises:
            BadKey: it was sealed to none of them.
            CodecError: somebody else sealed something else to the same public key.
        """
        try:
            plain = pyrage.decrypt(sealed, self._keys)
        except pyrage.DecryptError:
            raise BadKey("no identity of these opens the seal") from None
        value = _SEALED.decode(plain)
        return value["format"], value["items"]


def _identities(text: str) -> list[pyrage.x25519.Identity]:
    """Read the keys of an identity file: one a line; age's own tools write comments above them."""
    lines = [line.strip() for line in text.splitlines()]
    try:
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError:
        keys = []
    if not keys:
        raise BadKey("not the private half of an age key pair")
    return keys


def open_sealed(sealed: bytes, identity: str) -> tuple[str, list[bytes]]:
    """Decrypt a seal with one identity: the format of its items, and the items.

    Raises:
        BadKey: the identity is none, or not the one it was sealed to.
        CodecError: somebody else sealed something else to the same public key.
    """
    return Identities([identity]).open(sealed)


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on a batch: who refused, by which catalogue, when.

    `moment` is in microseconds since the epoch and kept to the hour. `key` is the service's of that moment; it makes
    fingerprints.
    """

    stage: Stage
    catalogue: str
    moment: int
    key: bytes = field(repr=False)


def quarantined(label: Label, mistakes: Iterable[Mistake], form: str, items: Sequence[bytes], to: Recipient) -> bytes:
    """Seal a batch of refused records; returns the unframed Avro value.

    Equal mistakes are counted together, so that neither order nor exact time can say anything.
    """
    counts: dict[Mistake, int] = {}
    for mistake in mistakes:
        counts[mistake] = counts.get(mistake, 0) + 1
    millis = label.moment // 1000
    told = [_told(mistake, count, label.key) for mistake, count in counts.items()]
    told.sort(key=lambda entry: repr(sorted(entry.items())))
    return QUARANTINE_CODEC.encode(
        {
            "stage": label.stage.value,
            "catalogue": label.catalogue,
            "hour": millis - millis % _HOUR,
            "records": sum(counts.values()),
            "refusals": told,
            "sealed": to.seal(_SEALED.encode({"format": form, "items": list(items)})),
        }
    )


def _told(mistake: Mistake, count: int, key: bytes) -> dict[str, Any]:
    refusal, sender = mistake.refusal, mistake.sender
    return {
        "reason": refusal.reason.code,
        "schema_id": refusal.schema_id,
        "field": refusal.field,
        "value_kind": refusal.value_kind.value,
        "size": refusal.size.value,
        "count": count,
        "app": sender.app,
        "app_version": sender.version,
        "fingerprint": mistake.fingerprint(key),
    }


class StorageKey:
    """One service's own key for what it keeps on disk: it seals and opens, and nobody else does either."""

    def __init__(self, identity: str) -> None:
        """Read an age identity file.

        Raises:
            BadKey: it holds none, or several; the text is not repeated.
        """
        keys = _identities(identity)
        if len(keys) != 1:
            raise BadKey("several age identities: a service's files are sealed to one")
        [self._identity] = keys
        self._recipient = self._identity.to_public()

    def sealed(self, plain: bytes) -> bytes:
        """Encrypt."""
        return pyrage.encrypt(plain, [self._recipient])  # type: ignore[no-any-return]

    def opened(self, sealed: bytes) -> bytes:
        """Decrypt.

        Raises:
            ValueError: another key sealed it, or something has changed it.
        """
        try:
            return pyrage.decrypt(sealed, [self._identity])  # type: ignore[no-any-return]
        except pyrage.DecryptError:
            raise ValueError("this key did not seal it") from None


_SEALED = Codec(SEALED)
