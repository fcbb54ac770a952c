"""The targets of `make fuzz`: their seeds pass, any bytes pass, and each sees what it must not let by."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import otlp, otlp_json
from collector.pipeline import gate
from consumers.validator.journey import Eligible
from schemas.codec import Codec
from tests.proof.fuzz import targets
from tests.proof.fuzz.targets import MARK, TARGETS, silent
from tests.unit.gate_samples import record
from tests.unit.otlp_strategies import to_json


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_pass(name: str) -> None:
    """Every seed keeps every promise, and there are some of each target."""
    seeds = list(TARGETS[name].seeds())
    assert len(seeds) > 20
    for seed in seeds:
        TARGETS[name].take(seed)


@given(st.sampled_from(sorted(TARGETS)), st.data())
@settings(max_examples=150)
def test_any_bytes_keep_the_promise(name: str, data: st.DataObject) -> None:
    """Random bytes, and seeds with a piece replaced."""
    seed = data.draw(st.sampled_from(_seeds(name)))
    at, piece = data.draw(st.integers(0, len(seed))), data.draw(st.one_of(st.binary(max_size=12), st.just(MARK)))
    TARGETS[name].take(data.draw(st.sampled_from([piece, seed[:at] + piece + seed[at + len(piece) :], seed[:at]])))


@cache
def _seeds(name: str) -> list[bytes]:
    return list(TARGETS[name].seeds())[::7]


def _foreign(_body: bytes, _limits: object = None) -> object:
    raise KeyError


REQUEST, DECODE = [record("call.ended")], Codec.decode
PLANTED: dict[str, tuple[object, str, Callable[..., object], str, bytes]] = {
    "a foreign error of the decoder": (otlp, "decode_logs", _foreign, "protobuf", otlp.encode_logs(REQUEST)),
    "a foreign error of the JSON decoder": (otlp_json, "decode_logs", _foreign, "json", to_json(REQUEST)),
    "a defect behind the door": (
        otlp, "decode", _foreign, "body", b"\x81" + gzip.compress(otlp.encode_logs(REQUEST)),
    ),
    "a record without an outcome": (
        targets, "gate", lambda *of: gate(*of)[1:], "protobuf", otlp.encode_logs(REQUEST),
    ),
    "a second encoding": (
        Codec, "decode", lambda codec, payload: DECODE(codec, payload[:-1]), "codec",
        next(TARGETS["codec"].seeds()) + b"\0",
    ),
    "the canary in an image": (
        targets, "judge", lambda *_: [Eligible(MARK, b"")], "validator", b"\0" + MARK,
    ),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_defect_is_found(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that can't fail would prove nothing."""
    where, name, defect, target, data = PLANTED[planted]
    TARGETS[target].take(data)
    monkeypatch.setattr(where, name, defect)
    with pytest.raises((AssertionError, KeyError)):
        TARGETS[target].take(data)


@pytest.mark.parametrize("told", [MARK, b"x" + MARK.hex().encode(), MARK.lower(), MARK[::-1]])
def test_the_canary_is_heard(told: bytes) -> None:
    """Plain, in hex, in lower case, backwards."""
    with pytest.raises(AssertionError):
        silent(told)
