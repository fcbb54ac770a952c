"""Each service is given its own credential and keys, and nothing of anybody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from broker.settings import KafkaSettings
from collector.settings import CollectorSettings
from consumers.validator.settings import ValidatorSettings
from deploy import topology
from deploy.cli import run
from deploy.folder import Folder
from deploy.handed_on import HANDED_ON, MADE, PLACE, handed_on
from deploy.keys import Keys
from deploy.services import COLLECTOR, SERVICES, SINK, VALIDATOR, Service, environment

FOLDER = Folder(Path("/data"))
KEYS = Keys(FOLDER.keys)
OUTER = {
    "PATH": "/bin",
    "HOME": "/home/me",
    "AWS_SECRET_ACCESS_KEY": "s",
    "PYTHONPATH": "/evil",
    "TIDEGATE_KAFKA_BOOTSTRAP": "elsewhere:9092",
    "TIDEGATE_KAFKA_USERNAME": "admin",
    "TIDEGATE_KAFKA_PASSWORD": "s",
    "TIDEGATE_KAFKA_PASSWORD_FILE": "/admin",
    "TIDEGATE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "TIDEGATE_ML_KEY_FILE": "/ml",
    "TIDEGATE_SINK_SECONDS": "1",
    "TIDEGATE_VALIDATOR_X": "1",
}


def given(service: Service, *, elsewhere: bool = False) -> dict[str, str]:
    """The environment of a service of a stack in `OUTER`."""
    return environment(service, FOLDER, KEYS, bootstrap="127.0.0.1:9092", elsewhere=elsewhere, outer=OUTER)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_gets_its_own_credential_alone(service: Service) -> None:
    """It gets its own principal's password file and no other, and nothing of the outer environment's secrets."""
    made = given(service)
    assert made["TIDEGATE_KAFKA_USERNAME"] == service.principal
    assert made["TIDEGATE_KAFKA_PASSWORD_FILE"] == f"/data/credentials/{service.principal}"
    assert made["TIDEGATE_KAFKA_BOOTSTRAP"] == "127.0.0.1:9092"
    secrets = {"AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "TIDEGATE_KAFKA_PASSWORD", "TIDEGATE_KAFKA_SECURITY_PROTOCOL"}
    assert not secrets & made.keys()
    assert not {"s", "/admin", "/ml", "/evil"} & set(made.values())


def test_no_service_holds_both_pseudonym_keys() -> None:
    """The collector alone gets telemetry.key, the validator alone ml.key, nobody the quarantine identity."""
    holds = {service.name: set(given(service).values()) for service in SERVICES}
    assert [name for name, values in holds.items() if str(KEYS.telemetry) in values] == ["collector"]
    assert [name for name, values in holds.items() if str(KEYS.ml) in values] == ["validator"]
    assert [name for name, values in holds.items() if str(KEYS.recipient) in values] == ["collector", "validator"]
    assert not any(str(KEYS.identity) in values for values in holds.values())


def test_a_service_gets_its_own_fine_settings() -> None:
    """`TIDEGATE_SINK_…` reaches the sink alone, `TIDEGATE_VALIDATOR_…` the validator alone."""
    assert "TIDEGATE_SINK_SECONDS" in given(SINK)
    assert "TIDEGATE_SINK_SECONDS" not in given(VALIDATOR)
    assert "TIDEGATE_VALIDATOR_X" not in given(COLLECTOR)


def test_how_a_cluster_elsewhere_is_reached_is_handed_on() -> None:
    """Protocol and mechanism of a cluster elsewhere reach the services; its super user does not."""
    made = given(SINK, elsewhere=True)
    assert made["TIDEGATE_KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"
    assert made["TIDEGATE_KAFKA_USERNAME"] == "analytics"
    assert "TIDEGATE_KAFKA_PASSWORD" not in made


def test_every_service_is_a_principal_of_the_topology() -> None:
    """Nobody runs as a principal that the topology does not name."""
    assert {service.principal for service in SERVICES} <= set(topology.read().principals)


def test_the_collectors_own_settings_are_handed_on() -> None:
    """All of them but those that `up` sets itself; no credential, and nothing of another service."""
    every = {
        f"TIDEGATE_{name.upper()}": name for name in (*CollectorSettings.model_fields, *ValidatorSettings.model_fields)
    }
    given = handed_on(every | {"PATH": "/bin"})
    assert {"TLS_CERT_FILE", "TLS_KEY_FILE", "LIMITS", "REQUIRE_TOKENS", "METRICS", "LOG_FORMAT"} <= given.keys()
    assert (
        not {"KAFKA_PASSWORD", "KAFKA_BOOTSTRAP", "DATA_DIR", "ML_KEY_FILE", "TELEMETRY_KEY_FILE", "PORT"}
        & given.keys()
    )
    assert HANDED_ON | PLACE | MADE | set(KafkaSettings.model_fields) == set(CollectorSettings.model_fields)


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("TIDEGATE_STORAGE_KEY_FILE", "TIDEGATE_STORAGE_KEY_FILE: `tidegate up` uses its own, "),
        ("TIDEGATE_LIMITS", 'TIDEGATE_LIMITS: must be JSON, as {"records": 2000}'),
    ],
)
def test_what_up_can_not_hand_on_is_one_line(
    variable: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key that it would not use, or a bad setting: exit code 2, before anything is started."""
    monkeypatch.setattr("deploy.commands.up.Stack", lambda *_, **__: pytest.fail("it begins"))
    monkeypatch.setenv(variable, "elsewhere")
    assert run(["up", "--data-dir", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"Error: {told}")
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_up_holds_nothing_of_kafka(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stack gives each service its own credential; a file that names another is refused."""
    monkeypatch.setattr("deploy.commands.up.Stack", lambda *_, **__: pytest.fail("it begins"))
    (tmp_path / "c.toml").write_text('kafka_username = "admin"\n')
    assert run(["up", "--data-dir", str(tmp_path / "data"), "--config", str(tmp_path / "c.toml")]) == 2
    assert "c.toml: kafka_username: `tidegate up` gives each service its own" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
