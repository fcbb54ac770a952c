"""The sink's own settings; what it shares with the other services is in `test_broker_settings.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from broker.settings import BadSetting, load
from consumers.sink.settings import SinkSettings
from schemas.catalogue import SHIPPED


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the shell that runs the tests."""
    for name in ("DATA_DIR", "CATALOG", "TABLES", "SINK_ROWS", "SINK_SECONDS", "KAFKA_USERNAME"):
        monkeypatch.delenv(f"TIDEGATE_{name}", raising=False)


def test_what_is_not_set_has_its_default() -> None:
    """The sink reads as `analytics` and keeps its tables in the data folder."""
    settings = load(SinkSettings, kafka_bootstrap="h:1")
    assert (settings.kafka_username, settings.catalog, settings.sink_rows) == ("analytics", SHIPPED, 50_000)
    assert settings.tables_dir == Path(".tidegate/tables")


def test_tables_follow_the_data_folder_unless_told_otherwise() -> None:
    """`data_dir` moves the tables, `tables` places them."""
    assert load(SinkSettings, kafka_bootstrap="h:1", data_dir=Path("d")).tables_dir == Path("d/tables")
    assert load(SinkSettings, kafka_bootstrap="h:1", tables=Path("t")).tables_dir == Path("t")


def test_gathering_nothing_is_no_setting() -> None:
    """Less than one row or no time at all is told."""
    with pytest.raises(BadSetting, match="TIDEGATE_SINK_ROWS: input should be greater"):
        load(SinkSettings, kafka_bootstrap="h:1", sink_rows=0)
    with pytest.raises(BadSetting, match="TIDEGATE_SINK_SECONDS: input should be greater"):
        load(SinkSettings, kafka_bootstrap="h:1", sink_seconds=0)
