"""The tables of the collector's metrics and of their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.metrics import CLOSED, FIELD, Metric

if TYPE_CHECKING:
    from collections.abc import Mapping


def sections() -> Mapping[str, str]:
    """One row a metric, in the order of the enum; one row a label."""
    metrics = [
        f"| `{metric.label}` | `{metric.exposed}` | {metric.sort} | `{metric.unit}` | "
        f"{', '.join(f'`{label}`' for label in metric.labels)} | {metric.sentence} |"
        for metric in Metric
    ]
    labels = [f"| `{label}` | {', '.join(f'`{value}`' for value in sorted(CLOSED[label]))} |" for label in CLOSED]
    labels.append(f"| `{FIELD}` | the catalogue's fields with `on_miss: other`, as `event.field` |")
    return {
        "metrics": "\n".join(
            ["| metric | in Prometheus | is a | unit | labels | what it says |", "|---" * 6 + "|", *metrics]
        ),
        "labels": "\n".join(["| label | values |", "|---|---|", *labels]),
    }
