"""Quarantine records: sealed within, content-free without."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import CodecError
from schemas.mistakes import Mistake
from schemas.quarantine import BadKey, Label, Recipient, Stage, StorageKey, new_identity, open_sealed, quarantined
from schemas.quarantine_forms import QUARANTINE_CODEC
from schemas.reasons import Reason, Refusal, Size, ValueKind
from tests.unit.domain_samples import NOW

IDENTITY, PUBLIC = new_identity()
TO = Recipient(PUBLIC)
HOUR = 3600 * 1000  # milliseconds
CANARY = "Quince-Heron told us in confidence"
BODY = Refusal(Reason.BODY, 4, None, ValueKind.STRING, Size.SMALL)
WORD = Refusal(Reason.NOT_IN_VOCABULARY, 4, "reason", ValueKind.STRING, Size.TINY)
STRANGER = Refusal(Reason.UNKNOWN_EVENT)
KEY = bytes(range(32))


def record(refusals: list[Refusal], items: list[bytes]) -> tuple[bytes, dict[str, Any]]:
    """Seal, and read the outside."""
    label = Label(Stage.COLLECTOR, "0123456789ab", NOW + 123_456_789, KEY)
    payload = quarantined(label, map(Mistake, refusals), "otlp.logs", items, TO)
    return payload, QUARANTINE_CODEC.decode(payload)


@settings(max_examples=25)
@given(items=st.lists(st.binary(max_size=200), max_size=5))
def test_what_is_sealed_opens_again(items: list[bytes]) -> None:
    """With the identity of the pair: the same items in the same order, and their format."""
    _, outside = record([BODY] * len(items), items)
    assert open_sealed(outside["sealed"], IDENTITY) == ("otlp.logs", items)
    assert open_sealed(outside["sealed"], f"\n{IDENTITY}\n") == ("otlp.logs", items)


def test_an_identity_file_is_read_as_ages_own_tools_write_it() -> None:
    """With comments above the key, and with several keys; a service seals to one key alone."""
    _, outside = record([BODY], [b"a"])
    written = f"# created: 2026-11-26T08:00:00Z\n# public key: {PUBLIC}\n{IDENTITY}\n"
    several = f"{new_identity()[0]}\n\n{written}"
    assert open_sealed(outside["sealed"], written) == ("otlp.logs", [b"a"])
    assert open_sealed(outside["sealed"], several) == ("otlp.logs", [b"a"])
    assert StorageKey(written).opened(StorageKey(written).sealed(b"b")) == b"b"
    for none in (several, "# a comment alone", ""):
        with pytest.raises(BadKey):
            StorageKey(none)


def test_nothing_of_the_plain_bytes_can_be_seen() -> None:
    """Neither as they are nor in the usual encodings, nor any run of six of them."""
    plain = CANARY.encode()
    payload, outside = record([BODY], [plain])
    for shown in (payload, outside["sealed"]):
        assert not any(plain[place : place + 6] in shown for place in range(len(plain) - 5))
        assert plain.hex().encode() not in shown
        assert base64.b64encode(plain)[:-4] not in shown
    assert CANARY not in repr(outside | {"sealed": b""})


def test_outside_stands_only_what_is_content_free() -> None:
    """Stage, version, the hour, counts, and of each refusal what reasons.py allows to be told."""
    _, outside = record([BODY, WORD, BODY, STRANGER], [b"a", b"b", b"c", b"d"])
    assert outside["stage"] == "COLLECTOR"
    assert outside["catalogue"] == "0123456789ab"
    assert outside["hour"] % HOUR == 0
    assert 0 <= (NOW + 123_456_789) // 1000 - outside["hour"] < HOUR
    assert outside["records"] == 4
    assert sorted(entry["count"] for entry in outside["refusals"]) == [1, 1, 2]
    for entry in outside["refusals"]:
        assert entry["reason"] in {reason.code for reason in Reason}
        assert entry["value_kind"] in set(ValueKind)
        assert entry["size"] in set(Size)
    assert {entry["field"] for entry in outside["refusals"]} == {None, "reason"}


def test_order_tells_nothing() -> None:
    """The same refusals in another order give the same outside."""
    outsides = [
        record(refusals, [])[1] | {"sealed": b""} for refusals in ([BODY, WORD, STRANGER], [STRANGER, WORD, BODY])
    ]
    assert outsides[0] == outsides[1]


def test_a_batch_of_nothing_is_sealed_too() -> None:
    """No refusals, no items."""
    _, outside = record([], [])
    assert (outside["records"], outside["refusals"]) == (0, [])
    assert open_sealed(outside["sealed"], IDENTITY) == ("otlp.logs", [])


def test_two_seals_of_one_text_differ() -> None:
    """So nobody can tell that the same was refused twice."""
    assert record([BODY], [b"x"])[1]["sealed"] != record([BODY], [b"x"])[1]["sealed"]


@pytest.mark.parametrize(
    "identity",
    [new_identity()[0], PUBLIC, "", "AGE-SECRET-KEY-1", "Quince", "\x00", "ä"],
    ids=["another", "public", "none", "begun", "word", "nought", "not ASCII"],
)
def test_another_identity_does_not_open_it(identity: str) -> None:
    """One error for a wrong key and for none, which repeats neither key nor text."""
    _, outside = record([BODY], [CANARY.encode()])
    with pytest.raises(BadKey) as caught:
        open_sealed(outside["sealed"], identity)
    assert not identity.strip("\x00") or identity not in str(caught.value)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("place", [0, 30, -20, -1])
def test_a_changed_seal_does_not_open(place: int) -> None:
    """One byte is enough."""
    changed = bytearray(record([BODY], [CANARY.encode()])[1]["sealed"])
    changed[place] ^= 1
    with pytest.raises(BadKey):
        open_sealed(bytes(changed), IDENTITY)


def test_what_somebody_else_sealed_is_not_taken() -> None:
    """The key is public: whoever has it can seal anything."""
    sealed = pyrage.encrypt(CANARY.encode(), [pyrage.x25519.Recipient.from_str(PUBLIC)])
    with pytest.raises(CodecError) as caught:
        open_sealed(sealed, IDENTITY)
    assert "Quince" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "age1", "Quince", IDENTITY, PUBLIC[:-1], PUBLIC + "x", PUBLIC.upper()[:-1], "\x00", "ä"],
    ids=["none", "begun", "word", "private", "shorter", "longer", "capitals", "nought", "not ASCII"],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    """A private key put there by mistake is not repeated in the error."""
    with pytest.raises(BadKey) as caught:
        Recipient(text)
    assert not text.strip("\x00") or text == "age1" or text not in str(caught.value)


def test_each_of_several_recipients_opens_the_seal() -> None:
    """Two operators, a line each, remarks between: either identity opens it, a third does not."""
    pairs = [new_identity() for _ in range(3)]
    to = Recipient("# on duty\n" + "\n".join(public for _, public in pairs[:2]) + "\n\n")
    payload = quarantined(Label(Stage.VALIDATOR, "0" * 12, 0, KEY), [Mistake(BODY)], "kafka.value", [b"x"], to)
    sealed = QUARANTINE_CODEC.decode(payload)["sealed"]
    for identity, _ in pairs[:2]:
        assert open_sealed(sealed, identity) == ("kafka.value", [b"x"])
    with pytest.raises(BadKey):
        open_sealed(sealed, pairs[2][0])
    for text in ("", "# nobody", f"{pairs[0][1]}\nage1nobody"):
        with pytest.raises(BadKey):
            Recipient(text)


@pytest.fixture(name="age")
def installed() -> str:
    """Give the `age` command, Debian's or another; skips where it is not installed."""
    path = shutil.which("age")
    if path is None:
        pytest.skip("the age command is not installed")
    return path


def test_the_age_command_opens_what_we_seal(age: str, tmp_path: Path) -> None:
    """Who never heard of us can open quarantine: the format is age's own. And we open what it seals."""
    _, outside = record([BODY], [b"refused"])
    (tmp_path / "identity").write_text(IDENTITY + "\n")

    def run(sent: bytes, *arguments: str) -> bytes:
        done = subprocess.run([age, *arguments], input=sent, capture_output=True, check=True, timeout=30)  # noqa: S603 - age itself
        return done.stdout

    plain = run(outside["sealed"], "-d", "-i", str(tmp_path / "identity"))
    assert b"refused" in plain
    sealed = run(plain, "-r", PUBLIC)
    assert open_sealed(sealed, IDENTITY) == ("otlp.logs", [b"refused"])
