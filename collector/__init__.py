"""Where telemetry comes in: OTLP to Kafka."""
