"""Where kafka-python's producer puts a message: where the library itself would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import DefaultPartitioner

from broker.kafka_python_producer import Places
from broker.port import Message


class Cluster:
    """As much of the library's metadata as its partitioner asks for."""

    def __init__(self, partitions: dict[str, set[int]]) -> None:
        """Keep them."""
        self.partitions = partitions

    def topics(self) -> set[str]:
        """All that there are."""
        return set(self.partitions)

    def partitions_for_topic(self, topic: str) -> set[int]:
        """A topic's."""
        return self.partitions[topic]

    available_partitions_for_topic = partitions_for_topic


@given(keys=st.lists(st.binary(max_size=40), max_size=20), few=st.integers(1, 3), many=st.integers(4, 70))
def test_a_key_goes_where_the_library_would_put_it(keys: list[bytes], few: int, many: int) -> None:
    """Each key, also the second time, is in the partition of its topic that the library's partitioner names."""
    partitions = {"few": set(range(few)), "many": set(range(many))}
    places, library, cluster = Places(partitions), DefaultPartitioner(), Cluster(partitions)
    for key in [*keys, *keys]:
        for topic in partitions:
            asked = library.partition(topic, key, key, b"", b"", cluster)
            assert places.of(Message(topic, b"", key)) == asked


def test_a_message_without_a_key_goes_anywhere() -> None:
    """Without a key the library chooses."""
    assert Places({"t": {0, 1}}).of(Message("t", b"value")) is None
