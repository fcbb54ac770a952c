"""The alarms that the documentation gives: they name metrics that there are, fire when they should, and only then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.metrics import CLOSED, FIELD, Metric, Sort
from collector.otlp import encode_logs
from tests.unit.collector_serving import HEADERS
from tests.unit.gate_samples import CANARY, record
from tests.unit.test_collector_metrics import House
from tests.unit.test_collector_service import GOOD

DOCS = Path(__file__).parents[2] / "docs"
RULES: Mapping[str, str] = {
    rule["alert"]: rule["expr"]
    for group in yaml.safe_load((DOCS / "examples" / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
SELECTOR = re.compile(r"(?P<name>\b\w+)(?:\{(?P<labels>[^}]*)\})?\[\w+\](?P<before> offset 1d)?")
SUM = re.compile(rf"sum\(rate\({SELECTOR.pattern}\)\)")
BAD = [record("call.ended", {"call.duration": n, "last.message": CANARY}) for n in range(500)]
Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def house(requests: int, *records: Any) -> House:  # noqa: ANN401 - any record
    """Give a collector that was sent some requests."""
    made = House()
    for _ in range(requests):
        assert made.ask("POST", "/v1/logs", encode_logs(records), HEADERS).status_code == 200
    return made


def labels(match: re.Match[str]) -> dict[str, str]:
    """Give the labels that a selector asks for."""
    return dict(re.findall(r'(\w+)="([^"]*)"', match["labels"] or ""))


def total(samples: Samples, match: re.Match[str]) -> float:
    """Add up the samples that a selector takes."""
    asked = labels(match).items()
    return sum(value for (name, told), value in samples.items() if name == match["name"] and asked <= set(told))


def fires(expression: str, now: Samples, before: Samples) -> bool:
    """Work out an expression, counts taken for rates: all are of one span."""
    worked = SUM.sub(lambda match: str(total(before if match["before"] else now, match)), expression)
    assert re.fullmatch(r"[\d.\s/*>]+", worked)
    return bool(eval(" ".join(worked.split())))  # noqa: S307 - numbers and signs alone


def shown() -> Iterator[str]:
    """Give every expression of the page and of the rules."""
    yield from RULES.values()
    page = (DOCS / "metrics.md").read_text("utf-8")
    yield from (block for block in re.findall(r"```\n(.*?)```", page, re.DOTALL) if "rate(" in block)


def test_every_metric_and_label_is_one_of_the_table() -> None:
    """Names as Prometheus has them, labels that the metric bears, values of their closed lists."""
    table = {metric.exposed: metric for metric in Metric if metric.sort is Sort.COUNTER}
    known = {label.replace(".", "_"): label for label in (*CLOSED, FIELD)}
    found = [match for expression in shown() for match in SELECTOR.finditer(expression)]
    assert len(found) == 9
    for match in found:
        for label, value in labels(match).items():
            assert known[label] in table[match["name"]].labels
            assert value in CLOSED[known[label]]


def test_a_bad_release_fires() -> None:
    """Twelve requests of 500 records with an attribute that nobody declared: all refused, and the alarm is heard."""
    bad, good = house(12, *BAD), house(3, *GOOD)
    refused = SELECTOR.search(RULES["TidegateManyRefused"])
    assert refused is not None
    assert total(bad.samples(), refused) == 6000
    assert fires(RULES["TidegateManyRefused"], bad.samples(), good.samples())
    assert not fires(RULES["TidegateRefusedByOurFault"], bad.samples(), good.samples())


@pytest.mark.parametrize("name", RULES)
def test_a_clean_stream_fires_nothing(name: str) -> None:
    """Nor does one that has one bad record, today as yesterday."""
    some = house(1, *GOOD * 30, BAD[0]).samples()
    assert not fires(RULES[name], some, some)


def test_a_release_that_few_run_fires() -> None:
    """Four refused of a hundred are below the first alarm's bound, and more than three times what they were."""
    now, before = house(1, *GOOD * 24, *BAD[:4]).samples(), house(1, *GOOD * 24, BAD[0]).samples()
    assert not fires(RULES["TidegateManyRefused"], now, before)
    assert fires(RULES["TidegateMoreRefusedThanYesterday"], now, before)


def test_a_defect_of_ours_fires() -> None:
    """One record that is refused as `internal`."""
    made = house(1, *GOOD)
    made.gateway._counts["refused"] += 1
    made.gateway._counts["refused.internal"] += 1
    assert fires(RULES["TidegateRefusedByOurFault"], made.samples(), made.samples())
