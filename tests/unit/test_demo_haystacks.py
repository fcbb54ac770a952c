"""Everything the scan searches is read whole: messages, topics, tables, files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from broker.memory import MemoryBroker
from broker.port import Message, Received, Topic
from consumers.sink import parquet
from consumers.sink.columns import OFFSET, PARTITION, Column, Table, Type
from deploy.demo.haystacks import of_files, of_messages, of_tables, read_topics
from deploy.demo.matcher import Matcher
from schemas.codec import frame

if TYPE_CHECKING:
    from pathlib import Path

WORD = "kvazbodegifumano"
MESSAGE = Received("telemetry.usage", 0, 0, 0, frame(7, b"value"), b"key", (("name", b"header"),))


def test_messages_are_taken_apart() -> None:
    """Values are searched apart by event, keys and headers apart by topic; no two messages run together."""
    one = replace(MESSAGE, value=frame(7, b"kvazbode"))
    two = replace(MESSAGE, value=b"gifumano", key=None, headers=())
    found = {(stack.place, stack.part): stack.data for stack in of_messages("t", [one, two, one], {7: "call.ended"})}
    assert found["t/call.ended", "value"].count(b"kvazbode") == 2
    assert found["t/?", "value"] == b"gifumano"
    assert found["t", "key"].startswith(b"key\n")
    assert (found["t", "header name"], found["t", "header value"]) == (b"name\n\x00\nname", b"header\n\x00\nheader")
    assert not any(Matcher({"it": (WORD,)}).hits(data) for data in found.values())


def test_every_message_of_every_topic_is_read() -> None:
    """Topics are read to their end, all partitions, keys and headers too."""
    broker = MemoryBroker()
    admin = broker.admin()
    admin.create_topics([Topic("a", partitions=3), Topic("b")])
    sent = [Message("ab"[i % 2], b"%d" % i, b"k%d" % i, (("h", b"v"),)) for i in range(500)]
    broker.producer().produce(sent, timeout=5)
    read = read_topics(broker, admin.sizes(), timeout=5)
    for topic in "ab":
        expected = {(message.value, message.key, message.headers) for message in sent if message.topic == topic}
        assert {(message.value, message.key, message.headers) for message in read[topic]} == expected
        assert len(read[topic]) == 250


def test_what_can_not_be_read_is_no_clean_scan() -> None:
    """A topic that holds more than could be read stops the demo, rather than pass unsearched."""
    broker = MemoryBroker()
    broker.admin().create_topics([Topic("a")])
    broker.producer().produce([Message("a", b"1")], timeout=5)
    with pytest.raises(TimeoutError, match="1 of 2 messages"):
        read_topics(broker, {"a": 2}, timeout=0.1)


def test_every_cell_of_a_table_is_searched(tmp_path: Path) -> None:
    """Cells of all types are searched as text, numbers in their digits, and so are the columns' names."""
    kinds: dict[Type, Any] = {
        Type.BOOLEAN: True, Type.INTEGER: 4242, Type.NUMBER: 2.5, Type.TEXT: "a text", Type.WORD: "opus",
        Type.MILLIS: 1_700_000_000_000, Type.MICROS: 1_700_000_000_000_000,
    }  # fmt: skip
    columns = [Column(f"column_{kind}", kind) for kind in kinds]
    columns += [Column("event_id", Type.TEXT), Column(PARTITION, Type.INTEGER), Column(OFFSET, Type.INTEGER)]
    row: dict[str, object] = {f"column_{kind}": value for kind, value in kinds.items()}
    row |= {"event_id": "e", PARTITION: 0, OFFSET: 0}
    parquet.write(tmp_path, Table("ml.eligible", "call.ended", 1, tuple(columns)), [row, dict.fromkeys(row) | {
        "event_id": "f", PARTITION: 0, OFFSET: 1,
    }])  # fmt: skip
    parts = {part: b" ".join(h.data for h in of_tables(tmp_path) if h.part == part) for part in ("cells", "columns")}
    for cell in (b"true", b"4242", b"2.5", b"a text", b"opus", b"2023-11-14"):
        assert cell in parts["cells"]
    assert b"column_word" in parts["columns"]


def test_every_file_and_its_name_is_searched(tmp_path: Path) -> None:
    """All files below a folder are read, hidden ones too, but for those that are left out."""
    for name in ("logs/a.log", "run/.b", "kafka/data/c"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(f"in {name}", encoding="utf-8")
    found = {stack.place: stack.data for stack in of_files(tmp_path, lambda path: "data" in path.parts)}
    assert found == {"logs/a.log": b"in logs/a.log", "run/.b": b"in run/.b", ".": b"logs/a.log\nrun/.b"}
