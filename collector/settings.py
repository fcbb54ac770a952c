"""The collector's settings."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode, SettingsConfigDict

from broker.settings import KafkaSettings
from collector.limits import DEFAULT, Limits
from collector.logbook import LogFormat
from collector.observed import Exposure
from collector.senders import UNLIMITED, Rate
from collector.tokens import ORIGIN
from schemas.catalogue import SHIPPED

_LAST_PORT: Final = 65535


def _port_or_off(value: object) -> object:
    """Say it in one sentence: pydantic would say one for each of the two."""
    if value == "off" or (str(value).isdecimal() and int(str(value)) <= _LAST_PORT):
        return value
    raise PydanticCustomError("port_or_off", "must be a port from 0 to 65535, or off")


def _listed(value: object) -> object:
    """Take origins with commas between, too, or a JSON array; say what one is where one is not."""
    listed = value
    if isinstance(value, str):
        try:
            listed = json.loads(value) if value.lstrip().startswith("[") else _by_commas(value)
        except ValueError:
            listed = None
    if not isinstance(listed, list | tuple):
        raise PydanticCustomError("origins", _ORIGINS)
    if not all(isinstance(each, str) and re.fullmatch(ORIGIN, each) and len(each) <= _LONGEST for each in listed):
        raise PydanticCustomError("origins", _ORIGINS)
    return tuple(listed)


def _by_commas(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _with_path(value: object) -> object:
    """Say what a URL lacks; pydantic would show a pattern."""
    if isinstance(value, str) and re.fullmatch(r"https?://[^\s/@]+/[^\s@]*", value):
        return value
    if isinstance(value, str) and re.fullmatch(r"https?://[^\s/@]+", value):
        raise PydanticCustomError("endpoint", "lacks the path: write it as http://localhost:4318/v1/traces")
    raise PydanticCustomError("endpoint", "must be a URL without user or password, as http://localhost:4318/v1/traces")


_ORIGINS: Final = "must be exact origins with commas between, as https://app.example.org: no *, no path, no capital"
_LONGEST: Final = 300  # characters of an origin

Port: TypeAlias = Annotated[int, Field(ge=0, le=_LAST_PORT)]
PortOrOff: TypeAlias = Annotated[Port | Literal["off"], BeforeValidator(_port_or_off)]
Origins: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Endpoint: TypeAlias = Annotated[str, BeforeValidator(_with_path)]


class CollectorSettings(KafkaSettings):
    """Where it listens, what it may carry, its three keys: never the ML key, never the quarantine identity."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True)  # docs/settings.md is made of them

    kafka_username: str | None = "collector"
    """The Kafka user to log in as."""
    catalog: Path = SHIPPED
    """Folder of the catalogue; by default the one that is shipped."""
    host: str = "127.0.0.1"
    """Address to listen on; on others than this machine's own, tokens are required."""
    port: Port = 4318
    """Port of OTLP/HTTP; 0 takes a free one."""
    grpc_port: PortOrOff = 4317
    """Port of OTLP/gRPC; 0 takes a free one, `off` closes the door."""
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes behind the two ports, a core each."""
    tls_cert_file: Path | None = None
    """Certificate in PEM, with the chain behind it; read again when it changes. Without it, plain text."""
    tls_key_file: Path | None = None
    """The certificate's key in PEM, for its owner's eyes alone (`chmod 600`)."""
    tls_client_ca_file: Path | None = None
    """Authority in PEM: clients have to show a certificate that it signed."""
    limits: Limits = DEFAULT
    """How much one request may hold, and all of them at once: the limits below, each for itself."""
    tokens_file: Path | None = None
    """The tokens of those who may send; by default `DATA_DIR/keys/tokens.json`."""
    require_tokens: bool | None = None
    """Whether senders need a token; not set: once the tokens file exists, and on other than loopback addresses."""
    rate: Rate = UNLIMITED
    """How much all senders together may send where tokens are not required."""
    cors_origins: Origins = ()
    """Origins of pages whose scripts may read answers, with commas between, beside those of browsers' tokens."""
    telemetry_key_file: Path | None = None
    """Key of the telemetry topics' pseudonyms; by default `DATA_DIR/keys/telemetry.key`."""
    quarantine_recipient_file: Path | None = None
    """Public key that quarantine is sealed to; by default `DATA_DIR/keys/quarantine-recipient.txt`."""
    storage_key_file: Path | None = None
    """Key that seals the spill; by default `DATA_DIR/keys/storage.key`."""
    metrics: Exposure = "local"
    """Who is shown `/metrics`: this machine alone (`local`), everybody (`all`), nobody (`off`)."""
    log_format: LogFormat = "text"
    """Sentences for people (`text`), or a JSON object a line (`json`)."""
    trace_endpoint: Endpoint | None = None
    """Where spans of the collector's own steps go: a URL of OTLP/HTTP with its path, as `http://localhost:4318/v1/traces`."""
    spill_dir: Path | None = None
    """Folder of what is taken while Kafka is away; by default `DATA_DIR/spill`."""
    spill_bytes: Annotated[int, Field(ge=0)] = 2**30
    """How much may lie there; 0: nothing, senders keep their records."""

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
