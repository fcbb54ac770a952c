"""Apache Kafka itself on this machine, with nothing installed by hand."""
