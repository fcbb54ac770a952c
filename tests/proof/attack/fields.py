"""A canary in each field of a target's request, in each form, each way in; and what has to become of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from schemas.reasons import Reason
from tests.proof.attack.case import Aim, Bench, Case, Fate, Request
from tests.proof.attack.drafts import Plain, fill
from tests.proof.attack.protocol import Place, at, messages, places
from tests.proof.attack.shapes import Put, forms
from tests.proof.attack.signals import CLIENT, EXCEPTION, Target, landing
from tests.proof.attack.ways import JSON, WAYS, as_json, shots

Due: TypeAlias = Fate | Reason  # what has to become of it: how it is taken, or why it is refused

GROUPS: Final[Mapping[str, str]] = {
    "Event": "span event", "Link": "span link", "Status": "span status", "NumberDataPoint": "number point",
    "HistogramDataPoint": "histogram point", "ExponentialHistogramDataPoint": "exponential histogram point",
    "ExportTraceServiceRequest": "between records", "ExportMetricsServiceRequest": "between records",
    "ResourceSpans": "resource", "ResourceMetrics": "resource", "ScopeSpans": "scope", "ScopeMetrics": "scope",
    "Buckets": "exponential histogram point", "SummaryDataPoint": "summary point", "ValueAtQuantile": "summary point",
    "InstrumentationScope": "scope", "EntityRef": "resource", "Gauge": "metric", "Sum": "metric",
    "Histogram": "metric", "ExponentialHistogram": "metric", "Summary": "metric",
}  # fmt: skip
"""What the report calls a place, by the message it is in, where that has not the name itself."""

AROUND: Final[Mapping[str, Due]] = {
    "Resource.attributes": Reason.UNDECLARED_ATTRIBUTE,
    "Resource.dropped_attributes_count": Fate.DESTROYED,
    "Resource.entity_refs": Fate.DESTROYED,
    "EntityRef.schema_url": Fate.DESTROYED,
    "EntityRef.type": Fate.DESTROYED,
    "EntityRef.id_keys": Fate.DESTROYED,
    "EntityRef.description_keys": Fate.DESTROYED,
    "InstrumentationScope.name": Reason.UNKNOWN_EVENT,
    "InstrumentationScope.version": Reason.SCOPE,
    "InstrumentationScope.attributes": Reason.SCOPE,
    "InstrumentationScope.dropped_attributes_count": Fate.DESTROYED,
}
"""What surrounds records of either signal."""

_OF_A_TABLE: Final = frozenset({"key of a table", "value of a table"})  # reserved for another signal


def spoilt(bench: Bench, target: Target, path: Sequence[str], puts: Sequence[Put]) -> Any:  # noqa: ANN401 - a message
    """Make a request with a record for each of `puts`, spoilt by it at `path`."""
    whole = target.signal.request()
    for put in puts:
        request = target.build(bench)
        put(at(request, path))
        whole.MergeFrom(request)
    return whole


def aimed(
    bench: Bench, name: str, target: Target, put: tuple[Sequence[str], Sequence[Put]], due: Due, place: str, form: str,
    words: tuple[str, ...], *, same: int = 0, pieces: tuple[bytes, ...] = (),
) -> Case:  # fmt: skip
    """Make a case: the same three times, each way in."""
    path, puts = put
    lands: Counter[str] = Counter()

    def make() -> Any:  # noqa: ANN401 - a message
        request = spoilt(bench, target, path, puts)
        if isinstance(due, Fate):
            lands.update(landing(request))
        return request

    sent = tuple(shots(target.signal, make))
    if due is Reason.UNDECODABLE:  # the whole request is
        lands = Counter()
    elif isinstance(due, Reason):
        lands = Counter({target.event: same * WAYS} | ({CLIENT: len(puts) * WAYS} if target.event == EXCEPTION else {}))
    aim = Aim(due if isinstance(due, Reason) else None, dict(+lands))
    event = target.event if due is Fate.BOUNDED else None
    return Case(name, place, form, words, sent, due if isinstance(due, Fate) else None, event, pieces, aim=aim)


def of_fields(
    bench: Bench, target: Target, table: Mapping[str, Due], within: Callable[[Place], bool] = lambda _: True
) -> Iterator[Case]:
    """Give a case for each field and form. `table` says what is due: by field and form, or by field."""
    for place in places(target.build(bench)):
        if not within(place):
            continue
        said = f"{place.path[-1]} {place.name}" if place.owner == "Buckets" else place.name
        for number, form in enumerate(forms(place, bench.canary(place.name))):
            name = f"{target.name}, {said}: {form.name}"
            canary = bench.canary(name)
            form = [*forms(place, canary)][number]  # noqa: PLW2901 - the same, with a canary of its own
            due = table.get(f"{place.name}: {form.name}") or table[place.name]
            if isinstance(due, Reason) and form.name in _OF_A_TABLE:
                due = Reason.UNDECODABLE
            yield aimed(
                bench, name, target, (place.path, form.puts), due, GROUPS.get(place.owner, place.owner.lower()),
                form.group, canary.words[: form.words], same=form.same,
            )  # fmt: skip


def of_unknown_fields(bench: Bench, target: Target) -> Iterator[Case]:
    """A field that no release of the protocol has, in every message of a request: ignored, and not kept."""
    for path in messages(target.build(bench)):
        level = ".".join(path) or "request"
        name = f"{target.name}, unknown field of {level}"
        canary = bench.canary(name)
        text = canary.text.encode()
        field = b"\x82\x7d" + bytes([len(text)]) + text  # number 2000, length-delimited
        put = (path, (lambda message, field=field: message.MergeFromString(field),))
        case = aimed(bench, name, target, put, Fate.DESTROYED, "unknown field", "text", canary.words)
        request = target.build(bench)
        made = as_json(request)
        _json_at(made, path)[canary.words[0]] = {"deep": [canary.text]}
        json_ = Request(json.dumps(made).encode(), JSON, target=target.signal.path.encode())
        sent, lands = (case.shots[0], json_, case.shots[2]), case.aim.lands if case.aim else {}
        yield Case(name, case.place, case.form, case.words, sent, case.accepted_as, aim=Aim(None, lands))


def _json_at(made: Any, path: Sequence[str]) -> Any:  # noqa: ANN401 - JSON
    for step in path:
        first, *others = step.split("_")
        inner = made[first + "".join(word.capitalize() for word in others)]
        made = inner[0] if isinstance(inner, list) else inner
    return made


def setting(key: str, *values: Plain) -> Put:
    """Set an attribute of whatever has attributes; more than one value: the key comes again with each."""

    def put(message: Any) -> None:  # noqa: ANN401 - any message
        kept = [pair for pair in message.attributes if pair.key != key]
        del message.attributes[:]
        message.attributes.extend(kept)
        for value in values:
            fill(message.attributes.add(key=key).value, value)

    return put
