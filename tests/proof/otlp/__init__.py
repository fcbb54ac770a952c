"""What OTLP asks of a server, what Tidegate answers, and the tests that show it: docs/otlp.md."""
