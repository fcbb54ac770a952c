"""The validator's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from broker.settings import KafkaSettings
from consumers.validator.breaker import FUSE, Fuse
from consumers.validator.catalogues import WAIT, Wait
from schemas.catalogue import SHIPPED


class ValidatorSettings(KafkaSettings):
    """What it may carry, and its two keys: never the telemetry key, never the quarantine identity."""

    kafka_username: str | None = "validator"
    catalog: Path = SHIPPED
    ml_key_file: Path | None = None
    # The circuit breaker: stops when more than this share of the last messages is refused; 1 switches it off.
    validator_breaker_share: Annotated[float, Field(gt=0, le=1)] = FUSE.share
    validator_breaker_window: Annotated[int, Field(ge=1)] = FUSE.window
    validator_breaker_least: Annotated[int, Field(ge=1)] = FUSE.least
    # How long a message may wait for a schema that is newer than the catalogue, in seconds.
    validator_schema_wait: Annotated[float, Field(ge=0)] = WAIT.longest
    quarantine_recipient_file: Path | None = None

    @property
    def ml_key_path(self) -> Path:
        """The key of the ML topic's pseudonyms."""
        return self.ml_key_file or self.data_dir / "keys" / "ml.key"

    @property
    def recipient_path(self) -> Path:
        """The public key that quarantine is sealed to."""
        return self.quarantine_recipient_file or self.data_dir / "keys" / "quarantine-recipient.txt"

    @property
    def fuse(self) -> Fuse:
        """What trips the circuit breaker."""
        return Fuse(self.validator_breaker_share, self.validator_breaker_window, self.validator_breaker_least)

    @property
    def wait(self) -> Wait:
        """How a newer schema is waited for."""
        return Wait(longest=self.validator_schema_wait)
