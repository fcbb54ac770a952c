"""The canary scan: it sees every shape in every place, says where a canary is at home, and tells no canary's words."""

from __future__ import annotations

import base64
import html
import json
import quopri
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.port import Received
from deploy.demo import matcher, proof
from deploy.demo.disguises import disguises
from deploy.demo.encodings import needles
from deploy.demo.haystacks import Haystack
from deploy.demo.matcher import Hit, Matcher
from deploy.demo.proof import Proof
from deploy.demo.scan import Canaries, Report, scan
from schemas.codec import frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WORD, OTHER = "kvazbodegifumano", "kvaztulipesorage"
SHAPES = {shape for shape, _ in needles(WORD)}
MESSAGE = Received("telemetry.usage", 0, 0, 0, frame(7, b"value"), b"key", (("name", b"header"),))
CHAT = "customer.content/chat.message"
ROTATED = str.maketrans("nopqrstuvwxyzabcdefghijklm", "abcdefghijklmnopqrstuvwxyz")
CANARIES = Canaries({"chat": (WORD,), "slip": (OTHER,)}, {"chat": CHAT})

READ_BACK: dict[str, Callable[[bytes], object]] = {
    "utf-8": lambda raw: raw.decode().lower(),
    "utf-16-le": lambda raw: raw.decode("utf-16-le").lower(),
    "utf-16-be": lambda raw: raw.decode("utf-16-be").lower(),
    "reversed": lambda raw: raw.decode()[::-1].lower(),
    "rot13": lambda raw: raw.decode().translate(ROTATED),
    "percent": lambda raw: unquote(raw.decode()),
    "quoted-printable": lambda raw: quopri.decodestring(raw).decode(),
    "json": lambda raw: json.loads(raw)["a"],
    "html": lambda raw: html.unescape(raw.decode()),
    "hex": lambda raw: bytes.fromhex(raw.decode().removeprefix("0x")).decode(),
    "base64": lambda raw: base64.b64decode(raw.translate(bytes.maketrans(b"-_", b"+/"))).decode("latin-1"),
    "base32": lambda raw: base64.b32decode(raw).decode("latin-1"),
}  # fmt: skip


@pytest.mark.parametrize("shape", sorted(READ_BACK))
def test_a_disguise_is_what_its_shape_says(shape: str) -> None:
    """Each disguise, read back by the standard library's decoder of its shape, holds the word."""
    found = [READ_BACK[shape](disguise) for name, disguise in disguises(WORD) if name == shape]
    assert found
    assert all(WORD in str(text) for text in found)


def test_a_disguise_in_numbers_holds_the_word() -> None:
    """Code points and integers, in JSON's digits, spell the word."""
    plain = [disguise for shape, disguise in disguises(WORD) if shape == "code points" and disguise.startswith(b"[")]
    assert [bytes(json.loads(text)).decode() for text in plain] == [f"<{WORD}>"] * 2
    numbers = [json.loads(raw)["n"] for shape, raw in disguises(WORD) if shape == "integer" and raw.startswith(b"{")]
    halves = {number.to_bytes(8, order) for number in numbers for order in ("big", "little")}
    assert {WORD[:8].encode(), WORD[8:].encode()} <= halves


def test_every_shape_has_a_disguise() -> None:
    """No shape is looked for that the proof does not plant."""
    assert {shape for shape, _ in disguises(WORD)} == SHAPES


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_every_disguise_is_found(shape: str) -> None:
    """A word is found in each shape, by the name of its canary, among other bytes."""
    for name, disguise in disguises(WORD):
        if name == shape:
            assert Hit("it", shape) in Matcher({"it": (WORD,), "no": (OTHER,)}).hits(b"\x80\x00" + disguise + b"\xff!")


@given(before=st.binary(max_size=40), after=st.binary(max_size=40), encode=st.sampled_from(["b64", "url", "b32"]))
def test_armoured_text_is_found_at_any_position(before: bytes, after: bytes, encode: str) -> None:
    """Base64 and base32 give a word away wherever it stands, whatever its neighbours."""
    encoder = {"b64": base64.b64encode, "url": base64.urlsafe_b64encode, "b32": base64.b32encode}[encode]
    shape = "base32" if encode == "b32" else "base64"
    assert Hit("it", shape) in Matcher({"it": (WORD,)}).hits(encoder(before + WORD.encode() + after))


@given(st.binary(max_size=4000))
def test_bytes_without_a_canary_give_no_hit(data: bytes) -> None:
    """Arbitrary bytes are no canary."""
    assert Matcher({"it": (WORD, OTHER)}).hits(data) == set()


@pytest.mark.parametrize("word", ["kvazbod", "kvaz bode", "kvazböde", "kvaz1234"])
def test_a_word_that_can_not_be_told_from_chance_is_refused(word: str) -> None:
    """Canaries are made of eight ASCII letters or more, so that every shape of them is unmistakable."""
    with pytest.raises(ValueError, match="8 ASCII letters"):
        Matcher({"it": (word,)})


def test_the_proof_holds(tmp_path: Path) -> None:
    """Every shape is planted in every kind of haystack, and found; nothing planted stays."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "collector.log").write_bytes(b"collector: ready\n")
    result = proof.prove(MESSAGE, tmp_path)
    assert result.missed == ()
    assert result.holds
    assert (result.shapes, result.kinds) == (len(SHAPES), 8)
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]


BLIND: dict[str, set[str]] = {
    "of_messages": {"message value", "message key", "header name", "header value"},
    "of_files": {"log file", "file name"},
    "of_tables": {"table cell", "table column"},
}


@pytest.mark.parametrize("reader", sorted(BLIND))
def test_the_proof_fails_where_the_scan_is_blind(reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that hands out nothing is found out, for each kind of haystack it reads."""
    monkeypatch.setattr(proof, reader, lambda *_: iter(()))
    result = proof.prove(MESSAGE, tmp_path)
    assert not result.holds
    assert {kind for kind, _ in result.missed} == BLIND[reader]


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_the_proof_fails_where_a_shape_is_not_looked_for(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shape that has no needles is found out."""

    def without(word: str) -> Iterator[tuple[str, bytes]]:
        return ((name, needle) for name, needle in needles(word) if name != shape)

    monkeypatch.setattr(matcher, "needles", without)
    for slow in ("_files", "_tables"):
        monkeypatch.setattr(proof, slow, lambda *_: ())
    assert {name for _, name in proof.prove(MESSAGE, tmp_path).missed} == {shape}


def a_scan(*haystacks: Haystack) -> Report:
    """Scan a few haystacks for a content canary and a mistake's."""
    return scan(haystacks, CANARIES, Proof(planted=9, shapes=3, kinds=3, missed=()))


AT_HOME = Haystack(CHAT, "value", b"<" + WORD.encode() + b">")


def test_a_canary_at_home_is_clean() -> None:
    """A content canary in its event's values on customer.content is where it belongs."""
    report = a_scan(AT_HOME, Haystack("ml.eligible/call.ended", "value", b"nothing"))
    assert report.at_home == {"chat"}
    assert not report.missing
    assert not report.leaks
    assert report.clean


def test_a_canary_that_is_missing_is_told() -> None:
    """A content canary that is nowhere fails the scan: what was sent must arrive."""
    report = a_scan(Haystack(CHAT, "value", b"nothing"))
    assert report.missing == {"chat"}
    assert not report.clean


@pytest.mark.parametrize(
    ("place", "part", "word"),
    [
        ("customer.content/transcript.line", "value", WORD),
        (CHAT, "key", WORD),
        ("customer.content", "header value", WORD),
        ("ml.eligible/call.ended", "value", WORD),
        ("logs/collector.log", "file", WORD),
        (CHAT, "value", OTHER),
        ("quarantine/?", "value", OTHER),
        ("tables/telemetry.usage/call.ended", "cells", OTHER),
    ],
)
def test_a_canary_anywhere_else_is_a_leak(place: str, part: str, word: str) -> None:
    """A content canary away from home, or a mistake's canary anywhere, is a leak that names canary, place and shape."""
    report = a_scan(AT_HOME, Haystack(place, part, base64.b64encode(word.encode())))
    name = "chat" if word == WORD else "slip"
    assert [(leak.canary, leak.place, leak.part, leak.shape) for leak in report.leaks] == [
        (name, place, part, "base64")
    ]
    assert report.leaked == {name}
    assert not report.clean


def test_a_scan_without_its_proof_is_not_clean() -> None:
    """Finding nothing counts for nothing when the planted words were not seen."""
    report = a_scan(AT_HOME)
    blind = replace(report, proof=replace(report.proof, missed=(("log file", "utf-8"),)))
    assert report.clean
    assert not blind.clean


def test_a_report_tells_no_words() -> None:
    """Neither report nor canaries show a canary's words, even where it leaked."""
    report = a_scan(Haystack("logs/x.log", "file", WORD.encode()))
    assert report.leaks
    assert WORD not in repr((report, CANARIES, AT_HOME))


def test_canaries_are_read_off_the_manifest() -> None:
    """A content canary is at home in its event's values; a mistake's canary is at home nowhere."""
    manifest = {
        "canaries": [{"name": "chat", "event": "chat.message", "words": [WORD]}],
        "mistakes": [{"name": "slip", "how": "…", "words": [OTHER], "records": 3}],
    }
    assert Canaries.of(manifest) == Canaries({"chat": [WORD], "slip": [OTHER]}, {"chat": CHAT})
