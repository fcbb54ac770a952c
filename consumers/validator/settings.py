"""The validator's settings."""

from __future__ import annotations

from pathlib import Path

from broker.settings import KafkaSettings
from schemas.catalogue import SHIPPED


class ValidatorSettings(KafkaSettings):
    """What it may carry, and its two keys: never the telemetry key, never the quarantine identity."""

    kafka_username: str | None = "validator"
    catalog: Path = SHIPPED
    ml_key_file: Path | None = None
    quarantine_recipient_file: Path | None = None

    @property
    def ml_key_path(self) -> Path:
        """The key of the ML topic's pseudonyms."""
        return self.ml_key_file or self.data_dir / "keys" / "ml.key"

    @property
    def recipient_path(self) -> Path:
        """The public key that quarantine is sealed to."""
        return self.quarantine_recipient_file or self.data_dir / "keys" / "quarantine-recipient.txt"
