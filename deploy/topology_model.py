"""A topology as pydantic models: what stands in `topology.yaml`, before any rule has looked at it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*$", max_length=64)]


class Role(StrEnum):
    """What a principal is there for: it bounds what may be granted to it."""

    COLLECTOR = "collector"
    VALIDATOR = "validator"
    ANALYTICS = "analytics"
    ML = "ml"
    PRODUCT = "product"
    OPERATOR = "operator"


class Strict(BaseModel):
    """Frozen, nothing unknown, no input in error texts."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=True)


class Settings(Strict):
    """Kafka's own topic settings, by Kafka's own names."""

    min_insync_replicas: Annotated[int, Field(alias="min.insync.replicas", ge=1, le=5)]
    retention_ms: Annotated[int, Field(alias="retention.ms", ge=60_000)]
    retention_bytes: Annotated[int | None, Field(alias="retention.bytes", ge=2**20)] = None
    """Of each partition; what is oldest goes first, in whole segments."""
    segment_ms: Annotated[int | None, Field(alias="segment.ms", ge=60_000)] = None
    """Kafka deletes whole segments: what is older than `retention.ms` stays as long as its segment may be open."""
    max_message_bytes: Annotated[int, Field(alias="max.message.bytes", ge=1024, le=2**26)]
    cleanup_policy: Annotated[Literal["delete"], Field(alias="cleanup.policy")]
    compression_type: Annotated[
        Literal["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"], Field(alias="compression.type")
    ] = "producer"
    message_timestamp_type: Annotated[Literal["CreateTime", "LogAppendTime"], Field(alias="message.timestamp.type")] = (
        "CreateTime"
    )


class TopicSpec(Strict):
    """A topic; `replication` is the most it asks for."""

    partitions: Annotated[int, Field(ge=1, le=1000)]
    replication: Annotated[int, Field(ge=1, le=5)]
    settings: Settings


class Principal(Strict):
    """Who may do what, by literal names."""

    role: Role
    reads: tuple[Name, ...] = ()
    writes: tuple[Name, ...] = ()
    groups: tuple[Name, ...] = ()


class Topology(Strict):
    """Topics and principals by name; `topology.read` gives only those that keep the rules."""

    version: Literal[1]
    topics: dict[Name, TopicSpec]
    principals: dict[Name, Principal]
