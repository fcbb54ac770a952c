"""Kafka settings, common to every service: read once, at the edge, from `TIDEGATE_…` variables; frozen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from broker.port import Connection

PREFIX = "TIDEGATE_"
S = TypeVar("S", bound=BaseSettings)


class BadSetting(Exception):  # noqa: N818 - a fact about a setting
    """One line that names each wrong setting and says what is wrong with it; of values, only a file's path."""


class KafkaSettings(BaseSettings):
    """How to reach Kafka, and as whom; and the data folder.

    The password is read from a file, by default where the local stack keeps it: `DATA_DIR/credentials/USERNAME`.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True, validate_default=True
    )

    kafka_bootstrap: Annotated[str, Field(pattern=r"^[^\s:,]+:\d+(,[^\s:,]+:\d+)*$")]
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_password_file: Path | None = None
    kafka_driver: Literal["kafka-python", "confluent"] = "kafka-python"
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "SASL_PLAINTEXT"
    kafka_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    kafka_ca_file: Path | None = None
    data_dir: Path = Path(".tidegate")

    def connection(self) -> Connection:
        """Put together how to reach the cluster.

        Raises:
            BadSetting: the cluster wants a name and a password, and one of them is not to be had.
        """
        ca_file = None if self.kafka_ca_file is None else str(self.kafka_ca_file)
        bare = Connection(self.kafka_bootstrap, security_protocol=self.kafka_security_protocol, ca_file=ca_file)
        if not self.kafka_security_protocol.startswith("SASL_"):
            return bare
        if self.kafka_username is None:
            raise BadSetting(f"{PREFIX}KAFKA_USERNAME: not set; give the name of the Kafka user to log in as")
        return replace(
            bare,
            username=self.kafka_username,
            password=self._password(self.kafka_username),
            mechanism=self.kafka_mechanism,
        )

    def _password(self, username: str) -> str:
        if self.kafka_password is not None:
            return self.kafka_password.get_secret_value()
        file = self.kafka_password_file or self.data_dir / "credentials" / username
        try:
            password = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            password = ""
        if not password:
            raise BadSetting(f"{PREFIX}KAFKA_PASSWORD_FILE: {file} holds no password that can be read")
        return password


def load(settings: type[S], **given: object) -> S:
    """Read settings; what is `given` and not None comes before the environment.

    Raises:
        BadSetting: at least one is missing or wrong.
    """
    try:
        present: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        return settings(**present)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise BadSetting("; ".join(_line(item["loc"], item["type"], item["msg"]) for item in found)) from None
    except SettingsError:
        raise BadSetting(f"a {PREFIX}… variable can't be read") from None


def _line(location: tuple[int | str, ...], kind: str, message: str) -> str:
    variable = PREFIX + ".".join([str(location[0]).upper(), *map(str, location[1:2])])
    if kind == "missing":
        return f"{variable}: not set"
    if kind == "string_pattern_mismatch":
        wanted = (
            "HOST:PORT, or several with commas between" if variable == f"{PREFIX}KAFKA_BOOTSTRAP" else "a plain URL"
        )
        return f"{variable}: must be {wanted}"
    return f"{variable}: {message[0].lower()}{message[1:]}"
