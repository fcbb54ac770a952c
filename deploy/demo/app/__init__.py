"""A meetings client as an app team would write it: the stock OpenTelemetry SDK, and nothing of Tidegate's."""
