"""What can go wrong with Kafka on this machine: one line each, which says what to do."""

from broker.port import BrokerError


class LocalKafkaError(BrokerError):
    """The local Kafka could not be fetched, started or stopped."""
