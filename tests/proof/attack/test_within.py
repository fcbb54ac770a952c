"""Attacks within spans and points come where they are aimed: decoded and judged here, without Kafka, one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from collector import otlp, otlp_json
from collector.errors import RequestError
from collector.otlp import encode_answer
from collector.pipeline import Accepted, Refused, gate
from collector.signals import SIGNALS
from schemas.reasons import Reason
from tests.proof.attack import calls, declared, inside, points, spans
from tests.proof.attack.answers import is_taken, reasons
from tests.proof.attack.case import Bench, Call, Case, Fate, Request, Shot
from tests.proof.attack.landed import Landed
from tests.proof.attack.protocol import places
from tests.proof.attack.signals import CLIENT, OF_SUMMARY, TARGETS, landing
from tests.proof.attack.suite import signals
from tests.proof.attack.ways import JSON
from tests.unit.gate_samples import CONTEXT, NOW, catalogue

TOLD = "refused 3 of 9: scope 2, not_an_id 1; sending again will not help"
PAGES = {page.__name__.rpartition(".")[2]: page.cases for page in (spans, points, declared, inside)}


def judged(shot: Shot) -> tuple[set[Reason], Counter[str]]:
    """Decode and judge what is sent: why it is refused, and what becomes of the rest, by event."""
    assert not hasattr(shot, "topic")
    where = shot.method if isinstance(shot, Call) else shot.target.decode()
    [signal] = [each for each in SIGNALS if where in (each.path, f"/{each.method}")]
    decode = otlp_json.decode if isinstance(shot, Request) and shot.media == JSON else otlp.decode
    try:
        outcomes = gate(decode(shot.body, signal), catalogue(), CONTEXT)
    except RequestError:
        return {Reason.UNDECODABLE}, Counter()
    reasons = {of.refusal.reason for of in outcomes if isinstance(of, Refused)}
    taken = [of.value for of in outcomes if isinstance(of, Accepted)]
    return reasons, Counter(str(catalogue().schemas[int.from_bytes(value[1:5])].event) for value in taken)


@pytest.mark.parametrize("page", PAGES)
def test_each_comes_where_it_is_aimed(page: str) -> None:
    """Each way in it is refused for its own reason, or taken whole; and as much lands as it says."""
    astray = []
    for case in PAGES[page](Bench(3, NOW * 1000)):
        assert case.aim
        came = [judged(shot) for shot in case.shots]
        lands = sum((landed for _, landed in came), Counter[str]())
        due = {case.aim.reason} if case.aim.reason else set()
        if any(reasons != due for reasons, _ in came) or lands != case.aim.lands:
            astray.append((case.name, [sorted(each.code for each in reasons) for reasons, _ in came]))
    assert astray == []


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_target_is_taken_as_it_stands(target: object) -> None:
    """It becomes its event, and nothing in it is refused."""
    [chosen] = [each for each in TARGETS if each is target]
    request = chosen.build(Bench(4, NOW * 1000))
    path = f"/{chosen.signal.method}"
    assert judged(Call(path, request.SerializeToString())) == (set(), landing(request))
    assert landing(request)[chosen.event] == 1


def test_no_field_of_the_protocol_is_left_out() -> None:
    """Every field that spans and points have, by the protocol's own descriptors, is a place of some target."""
    bench = Bench(5, NOW * 1000)
    reached = {place.name for target in (*TARGETS, OF_SUMMARY) for place in places(target.build(bench))}
    descriptors = {target.signal.request.DESCRIPTOR for target in TARGETS}
    wanted = {name for each in descriptors for name in leaves(each)}
    assert wanted - reached == set()
    assert len(wanted) > 90


def leaves(message: Any) -> Iterator[str]:  # noqa: ANN401 - a Descriptor: there are two classes of those
    """Name every field that holds a value, or several of anything; attributes' own messages are forms, no places."""
    for field in message.fields:
        if field.message_type is None or field.is_repeated:
            yield f"{message.name}.{field.name}"
        if field.message_type is not None and field.message_type.name not in {"KeyValue", "AnyValue"}:
            yield from leaves(field.message_type)


@cache
def made() -> list[Case]:
    """Make every case."""
    return list(signals(Bench(1, NOW * 1000)))


def test_each_has_a_name_and_a_canary_of_its_own() -> None:
    """More than a thousand; each name once, each word once, and none is shown by a case's `repr`."""
    assert len(made()) > 1000
    assert max(Counter(case.name for case in made()).values()) == 1
    assert max(Counter(word for case in made() for word in case.words).values()) == 1
    assert not [case.name for case in made() for word in case.words if word in repr(case)]
    assert {case.accepted_as for case in made()} == {None, *Fate} - {Fate.REFUSED}


def test_only_calls_are_without_aim() -> None:
    """A case within a span or a point that could be refused for anything would show nothing."""
    around = {case.name for case in calls.cases(Bench(1, NOW * 1000))}
    assert {case.name for case in made() if case.aim is None} <= around


def test_a_bounded_case_says_its_letters_where_they_stand() -> None:
    """What telemetry keeps exactly is looked for as it stands."""
    assert len([case for case in made() if case.pieces]) == len(inside.LEGIBLE)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{}", set()),
        (b"gRPC OK \r\n\r\n", set()),
        (b"gRPC OK \r\n\r\n" + encode_answer(3, TOLD, json=False), {"scope", "not_an_id"}),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + encode_answer(0, TOLD, json=True),
         {"scope", "not_an_id"}),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", {"undecodable"}),
        (b"gRPC INVALID_ARGUMENT no\r\n\r\n", {"undecodable"}),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", {"HTTP/1.1 503"}),
        (b"", {""}),
    ],
    ids=[f"answer {number}" for number in range(8)],
)  # fmt: skip
def test_an_answer_is_read(answer: bytes, told: set[str]) -> None:
    """Every reason it tells, of a warning too; a request that was not judged counts as none of them."""
    assert reasons(answer) == told
    assert is_taken(answer) == (told == set())


@pytest.mark.parametrize("came", [(3, 3, 2), (3, 2, 3), (3, 4, 4), (0, 0, 0)], ids=str)
def test_what_did_not_arrive_is_noticed(came: tuple[int, int, int]) -> None:
    """One too few on either topic, one too many, or none at all."""
    assert Landed(CLIENT, 3, 3, 3).holds
    assert not Landed(CLIENT, *came).holds
