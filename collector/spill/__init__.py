"""The spill: what was accepted while Kafka is away, sealed and on disk before anybody is told that it was taken."""
