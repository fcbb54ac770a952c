"""Pseudonyms in both services across epochs: the time of receipt says the key, late records keep theirs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from broker.port import Message
from collector.intake import RetryLater
from collector.pipeline import Accepted, gate
from collector.service import Gateway
from collector.service import Policy as CollectorPolicy
from consumers.validator.journey import RETENTION, Eligible, Refused, judge
from deploy import keys
from deploy.cli import run
from deploy.errors import Problem
from schemas.domains import Context
from schemas.keyfile import KeyFile, read_keyring
from schemas.keyring import DAY, Epoch, Keyring, NoKey, write_ring
from schemas.reasons import Fault, Reason
from tests.unit.gate_samples import IDS, NOW, catalogue, decoded, received, record
from tests.unit.gate_stack import RECIPIENT, held, stack
from tests.unit.validator_bench import POLICY, Bench

TODAY = NOW - NOW % DAY
OLD, NEW, NEXT = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32
# Old until this midnight, then new.
RING = Keyring((Epoch(TODAY - 30 * DAY, TODAY, OLD), Epoch(TODAY, TODAY + 30 * DAY, NEW)))


def image(moment: int, telemetry: Keyring, ml: Keyring) -> tuple[object, object]:
    """Carry one participant's record, received at a moment, through both gates at NOW: its two pseudonyms."""
    made = record("call.ended", {"user.id": IDS[0]}, time=moment * 1000)
    [taken] = gate([made], catalogue(), Context(telemetry.at(moment), moment))
    assert isinstance(taken, Accepted)
    [outcome] = judge([received(taken.value)], catalogue(), ml, NOW)
    assert isinstance(outcome, Eligible)
    return decoded(taken.value)["origin"]["tenant"], decoded(outcome.value)["origin"]["tenant"]


def test_an_epoch_changes_every_pseudonym_and_lateness_none() -> None:
    """One id has one pseudonym within an epoch, however late the validator comes, and another in the next."""
    forever = Keyring.forever(OLD)
    late, later, fresh = (image(moment, forever, RING)[1] for moment in (TODAY - DAY, TODAY - 1, TODAY))
    assert late == later != fresh
    assert image(TODAY - DAY, forever, Keyring.forever(OLD))[1] == late
    assert image(TODAY - 1, RING, forever)[0] != image(TODAY, RING, forever)[0]


def test_a_record_without_a_key_is_refused_as_ours() -> None:
    """A time of receipt whose key is gone: no other key stands in for it."""
    made = record("call.ended", time=(TODAY - 1) * 1000)
    [taken] = gate([made], catalogue(), Context(OLD, TODAY - 1))
    assert isinstance(taken, Accepted)
    only_new = Keyring(RING.epochs[1:])
    [outcome] = judge([received(taken.value)], catalogue(), only_new, NOW)
    assert isinstance(outcome, Refused)
    assert (outcome.refusal.reason, outcome.refusal.field) == (Reason.NO_KEY, "origin.receive_time")
    assert outcome.refusal.reason.fault is Fault.OURS


def test_a_collector_without_a_key_for_today_takes_nothing(tmp_path: Path) -> None:
    """Senders are told to come again; once the ring is rotated they are taken, without a restart."""
    path, told, broker = tmp_path / "telemetry.key", list[str](), stack()
    path.write_text(write_ring(Keyring(RING.epochs[:1])), "ascii")
    policy = CollectorPolicy(catalogue(), RECIPIENT, KeyFile(path), deadline=0.5, clock=lambda: NOW / 1_000_000)
    gateway = Gateway(policy, broker.as_user("collector"), told.append)
    gateway.delivery.open()
    for _ in range(2):
        with pytest.raises(RetryLater):
            asyncio.run(gateway.take([record("call.ended")]))
    assert gateway.why_not()
    assert gateway.counts() == {"unacknowledged_requests": 2}
    assert len(told) == 1
    assert "tidegate keys rotate" in told[0]
    path.unlink()
    path.write_text(write_ring(RING), "ascii")
    assert asyncio.run(gateway.take([record("call.ended")])).accepted == 1
    assert gateway.why_not() is None
    assert len(held(broker, "telemetry.usage")) == 1
    gateway.close()


def test_a_validator_without_a_key_for_today_stops_before_it_commits() -> None:
    """Nothing is drained to quarantine for want of a key: the messages wait on their topic."""
    broker = stack()
    [taken] = gate([record("call.ended")], catalogue(), Context(OLD, NOW))
    assert isinstance(taken, Accepted)
    broker.producer().produce([Message("telemetry.usage", taken.value)], timeout=1)
    with pytest.raises(NoKey, match="tidegate keys rotate"):
        Bench(broker, replace(POLICY, keys=Keyring(RING.epochs[:1]))).run()
    assert not held(broker, "quarantine")
    assert not held(broker, "ml.eligible")
    again = Bench(broker)
    again.run()
    assert again.counts()["judged"] == 1


def test_rotation_adds_one_epoch_and_keeps_what_late_records_need() -> None:
    """At most one epoch waits; a key goes once no record of its time can come any more."""
    ring = Keyring((Epoch(TODAY - 90 * DAY, TODAY, OLD), Epoch(TODAY, TODAY + 90 * DAY, NEW)))
    first = keys.rotated(ring, TODAY, 30, RETENTION)
    assert first.epochs[:2] == ring.epochs
    assert (first.epochs[2].begins, first.epochs[2].ends) == (TODAY + 90 * DAY, TODAY + 120 * DAY)
    assert keys.rotated(first, TODAY + 29 * DAY, 30, RETENTION) == first
    assert keys.rotated(first, TODAY + 31 * DAY, 30, RETENTION).epochs == first.epochs[1:]
    assert len({epoch.key for epoch in first.epochs}) == 3


def test_rotation_that_comes_too_late_leaves_a_gap() -> None:
    """The new epoch begins today; the days without a key stay without one."""
    ring = Keyring((Epoch(TODAY - 90 * DAY, TODAY - 5 * DAY, OLD),))
    after = keys.rotated(ring, TODAY, 30, RETENTION)
    assert (after.epochs[0], after.epochs[1].begins) == (ring.epochs[0], TODAY)
    assert after.at(NOW) not in (OLD, NEW)
    with pytest.raises(NoKey):
        after.at(TODAY - 1)


def test_a_key_for_ever_ends_at_the_next_midnight() -> None:
    """A file of the first release: its key keeps all it had until then, and an epoch follows."""
    after = keys.rotated(Keyring.forever(OLD), TODAY, 30, RETENTION)
    assert after.at(0) == after.at(TODAY + DAY - 1) == OLD
    assert after.at(TODAY + DAY) == after.at(TODAY + 31 * DAY - 1) != OLD


def test_the_command_rotates_and_shows_no_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`tidegate keys rotate`: two rings of two epochs, written privately; a second time nothing changes."""
    made = keys.new(tmp_path / "keys", 7)
    assert run(["keys", "rotate", "--data-dir", str(tmp_path), "--epoch-days", "14"]) == 0
    before = {path: path.read_text("ascii") for path in (made.telemetry, made.ml)}
    assert run(["keys", "rotate", "--in", str(made.folder)]) == 0
    shown = capsys.readouterr().out
    for path, text in before.items():
        assert path.read_text("ascii") == text
        assert path.stat().st_mode & 0o777 == 0o600
        epochs = read_keyring(path).epochs
        assert [epoch.ends - epoch.begins for epoch in epochs if epoch.begins and epoch.ends] == [7 * DAY, 14 * DAY]
        assert all(epoch.key.hex() not in shown for epoch in epochs)
        assert str(epochs[1]) in shown


def test_rotation_of_what_is_no_ring_writes_nothing(tmp_path: Path) -> None:
    """Both rings are read before either is written."""
    made = keys.new(tmp_path)
    made.ml.write_text("no ring", "ascii")
    before = made.telemetry.read_bytes()
    with pytest.raises(Problem, match=r"ml\.key"):
        keys.rotate(tmp_path)
    assert made.telemetry.read_bytes() == before
    with pytest.raises(Problem, match=r"telemetry\.key"):
        keys.rotate(tmp_path / "nowhere")


def test_a_service_starts_with_a_key_for_today_or_not_at_all(tmp_path: Path) -> None:
    """An expired ring is told at the start, with what to do, not at the first record."""
    path = tmp_path / "ml.key"
    path.write_text(f"2001-01-01 2001-02-01 {NEXT.hex()}\n", "ascii")
    with pytest.raises(NoKey, match="tidegate keys rotate"):
        keys.followed(path, print)
