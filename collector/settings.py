"""The collector's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from broker.settings import KafkaSettings
from collector.limits import DEFAULT, Limits
from collector.logbook import LogFormat
from collector.observed import Exposure
from collector.senders import UNLIMITED, Rate
from collector.tokens import Origin
from schemas.catalogue import SHIPPED

_LAST_PORT: Final = 65535


def _port_or_off(value: object) -> object:
    """Say it in one sentence: pydantic would say one for each of the two."""
    if value == "off" or (str(value).isdecimal() and int(str(value)) <= _LAST_PORT):
        return value
    raise PydanticCustomError("port_or_off", "must be a port from 0 to 65535, or off")


Port: TypeAlias = Annotated[int, Field(ge=0, le=_LAST_PORT)]
PortOrOff: TypeAlias = Annotated[Port | Literal["off"], BeforeValidator(_port_or_off)]


class CollectorSettings(KafkaSettings):
    """Where it listens, what it may carry, its three keys: never the ML key, never the quarantine identity."""

    kafka_username: str | None = "collector"
    catalog: Path = SHIPPED
    host: str = "127.0.0.1"
    port: Port = 4318
    grpc_port: PortOrOff = 4317
    workers: Annotated[int, Field(ge=1, le=64)] = 1  # processes behind one port, a core each
    tls_cert_file: Path | None = None  # PEM, with the chain behind it; read again when it changes
    tls_key_file: Path | None = None
    tls_client_ca_file: Path | None = None  # clients have to show a certificate that it signed
    limits: Limits = DEFAULT
    tokens_file: Path | None = None
    require_tokens: bool | None = None  # None: once the tokens file exists, and on other than loopback addresses
    rate: Rate = UNLIMITED  # of all senders together, where tokens are not required
    cors_origins: tuple[Origin, ...] = ()  # of pages whose scripts may read answers, beside those of public tokens
    telemetry_key_file: Path | None = None
    quarantine_recipient_file: Path | None = None
    storage_key_file: Path | None = None
    metrics: Exposure = "local"  # who is shown /metrics: this machine alone, all, or nobody (off)
    log_format: LogFormat = "text"
    trace_endpoint: Annotated[str | None, Field(pattern=r"^https?://[^\s/@]+/[^\s@]*$")] = None  # for our own spans
    spill_dir: Path | None = None
    spill_bytes: Annotated[int, Field(ge=0)] = 2**30  # on disk while Kafka is away; 0: none, senders keep their records

    @property
    def tokens_path(self) -> Path:
        """The tokens of those who may send."""
        return self.tokens_file or self.data_dir / "keys" / "tokens.json"

    @property
    def telemetry_key_path(self) -> Path:
        """The key of the telemetry topics' pseudonyms."""
        return self.telemetry_key_file or self.data_dir / "keys" / "telemetry.key"

    @property
    def recipient_path(self) -> Path:
        """The public key that quarantine is sealed to."""
        return self.quarantine_recipient_file or self.data_dir / "keys" / "quarantine-recipient.txt"

    @property
    def storage_key_path(self) -> Path:
        """The key that seals the spill."""
        return self.storage_key_file or self.data_dir / "keys" / "storage.key"

    @property
    def spill_path(self) -> Path:
        """The folder of the spill."""
        return self.spill_dir or self.data_dir / "spill"
