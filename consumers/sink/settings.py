"""The sink's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from broker.settings import KafkaSettings
from schemas.catalogue import SHIPPED


class SinkSettings(KafkaSettings):
    """As whom it reads, where its tables are, how much it gathers before it writes."""

    kafka_username: str | None = "analytics"
    catalog: Path = SHIPPED
    tables: Path | None = None
    sink_rows: Annotated[int, Field(ge=1, le=5_000_000)] = 50_000
    sink_seconds: Annotated[float, Field(gt=0, le=3600)] = 5.0

    @property
    def tables_dir(self) -> Path:
        """Where the tables are: `TABLES`, or `DATA_DIR/tables`."""
        return self.tables or self.data_dir / "tables"
