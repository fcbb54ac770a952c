"""Kafka settings: from the environment, frozen, each error one line without its value, no password anywhere."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest
from pydantic import ValidationError

from broker.port import Connection
from broker.settings import BadSetting, KafkaSettings, load
from collector.settings import CollectorSettings
from consumers.validator.settings import ValidatorSettings

SECRET = "Quince-Heron-4471"
AT = "localhost:9092"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the shell that runs the tests."""
    for name in [name for name in os.environ if name.startswith("TIDEGATE_")]:
        monkeypatch.delenv(name)


def test_the_environment_is_read_and_what_is_given_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option beats a variable; one that was not used, None, does not."""
    monkeypatch.setenv("TIDEGATE_KAFKA_BOOTSTRAP", "one:1,two:2")
    monkeypatch.setenv("TIDEGATE_PORT", "4319")
    settings = load(CollectorSettings, host="0.0.0.0", port=None)  # noqa: S104 - only read, never bound
    assert (settings.kafka_bootstrap, settings.port, settings.host) == ("one:1,two:2", 4319, "0.0.0.0")  # noqa: S104 - as above
    assert load(CollectorSettings, port=1).port == 1


@pytest.mark.parametrize(
    ("settings", "given", "lines"),
    [
        (KafkaSettings, {}, ["TIDEGATE_KAFKA_BOOTSTRAP: not set"]),
        (KafkaSettings, {"kafka_bootstrap": SECRET}, ["TIDEGATE_KAFKA_BOOTSTRAP: must be HOST:PORT, or several with"]),
        (KafkaSettings, {"kafka_bootstrap": f"{AT},"}, ["TIDEGATE_KAFKA_BOOTSTRAP: must be HOST:PORT"]),
        (
            KafkaSettings,
            {"kafka_driver": SECRET, "kafka_mechanism": SECRET, "kafka_security_protocol": SECRET},
            ["_BOOTSTRAP: not set", "_DRIVER: input should be", "_MECHANISM: input should", "_PROTOCOL: input should"],
        ),
        (
            CollectorSettings,
            {"kafka_bootstrap": AT, "port": SECRET},
            ["TIDEGATE_PORT: input should be a valid int"],
        ),
        (CollectorSettings, {"kafka_bootstrap": AT, "port": 65_536}, ["TIDEGATE_PORT: input should be less than"]),
    ],
)
def test_every_wrong_setting_is_told_in_one_line(
    settings: type[KafkaSettings], given: dict[str, object], lines: list[str]
) -> None:
    """Each is named by its variable, with what is wrong and without its value, in message and traceback alike."""
    with pytest.raises(BadSetting) as caught:
        load(settings, **given)
    told = str(caught.value)
    assert all(line in told for line in lines), told
    assert "\n" not in told
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_connection_is_put_together(tmp_path: Path) -> None:
    """Names, password from the file where the local stack keeps it, and no `repr` that tells the password."""
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "validator").write_text(f"{SECRET}\n")
    settings = load(ValidatorSettings, kafka_bootstrap=AT, data_dir=tmp_path)
    connection = settings.connection()
    assert connection == Connection(AT, "validator", SECRET)
    assert SECRET not in repr(connection) + repr(settings) + str(settings)
    assert settings.ml_key_path == tmp_path / "keys" / "ml.key"
    assert settings.recipient_path == tmp_path / "keys" / "quarantine-recipient.txt"


def test_a_password_in_a_variable_comes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is taken as it is, and shows nowhere."""
    monkeypatch.setenv("TIDEGATE_KAFKA_PASSWORD", SECRET)
    settings = load(CollectorSettings, kafka_bootstrap=AT, data_dir=tmp_path)
    assert settings.connection().password == SECRET
    assert SECRET not in repr(settings) + str(settings)
    assert settings.telemetry_key_path == tmp_path / "keys" / "telemetry.key"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_password_file_without_a_password_is_told(tmp_path: Path, content: bytes | None) -> None:
    """Absent, empty or no text: the variable and the file are named."""
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadSetting, match=r"TIDEGATE_KAFKA_PASSWORD_FILE: .*password holds no password"):
        load(CollectorSettings, kafka_bootstrap=AT, kafka_password_file=file).connection()


def test_a_cluster_without_logins_needs_no_name() -> None:
    """PLAINTEXT and SSL take neither name nor password; SASL without a name is told."""
    bare = load(KafkaSettings, kafka_bootstrap=AT, kafka_security_protocol="PLAINTEXT").connection()
    assert (bare.username, bare.password) == (None, None)
    secured = load(KafkaSettings, kafka_bootstrap=AT, kafka_security_protocol="SSL", kafka_ca_file=Path("ca.pem"))
    assert secured.connection().ca_file == "ca.pem"
    with pytest.raises(BadSetting, match="TIDEGATE_KAFKA_USERNAME: not set"):
        load(KafkaSettings, kafka_bootstrap=AT).connection()


def test_settings_are_frozen() -> None:
    """What was read once does not change."""
    with pytest.raises(ValidationError):
        load(KafkaSettings, kafka_bootstrap=AT).kafka_bootstrap = "other:1"
