"""The one door to Kafka: produce, consume, administer."""
