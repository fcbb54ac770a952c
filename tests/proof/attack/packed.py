"""Text packed into what is not text: numbers, ids, times, versions, order, presence, counts.

Numbers outside their domain are refused. Inside it, a colluding app can say something: these cases are taken as the
legal values they are, and what they can say is bounded by the event's capacity.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from schemas.catalogue import load
from tests.proof.attack.case import Bench, Case, Fate
from tests.proof.attack.drafts import Draft, Plain, fill

A: Final = ord("a")
SYMBOLS: Final = ("left", "host_ended", "removed", "network")  # two bits
AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"


def cases(bench: Bench) -> Iterator[Case]:
    """Give every case of this page."""
    yield from _outside(bench)
    yield from _around(bench)
    yield from _inside(bench)
    yield from _pseudonyms(bench)
    yield from _between_records(bench)


def _outside(bench: Bench) -> Iterator[Case]:
    """Eight letters are one integer, or one double; no field's domain is as wide."""
    integers = {"call.ended": ("call.duration", "call.participant.peak_count"), "app.crashed": ("app.uptime",)}
    integers |= {"api.request": ("http.response.status_code", "http.response.body.size", "api.request.duration")}
    for event, attributes in integers.items():
        for attribute in attributes:
            for order in ("big", "little"):
                name = f"eight letters in {attribute}, {order}-endian"
                canary = bench.canary(name)
                number = int.from_bytes(canary.words[0][:8].encode(), "big" if order == "big" else "little")
                draft = Draft(bench, event, {attribute: number})
                yield Case(name, "number", "packed", canary.words[:1], (draft.protobuf(), draft.json()))
    doubles: dict[str, Callable[[bytes], bytes]] = {
        "as a double": lambda raw: raw[:8],
        "in a NaN": lambda raw: raw[:6] + b"\xf8\x7f",
        "in a subnormal": lambda raw: raw[:6] + b"\x00\x80",
        "as a double, reversed": lambda raw: raw[:8][::-1],
    }
    for name, pack in doubles.items():
        for event, attribute in (("call.ended", "call.speech.ratio"), ("call.quality", "call.media.bitrate")):
            called = f"{attribute}: {name}"
            canary = bench.canary(called)
            [number] = struct.unpack("<d", pack(canary.words[0].encode()))
            draft = Draft(bench, event, {attribute: number})
            yield Case(called, "number", "packed", canary.words[:1], (draft.protobuf(),))


def _around(bench: Bench) -> Iterator[Case]:
    """The numbers and ids of the envelope: judged for their form or not at all, and kept nowhere."""
    spoilers: dict[str, tuple[Callable[[Draft, bytes], object], Fate | None]] = {
        "trace id": (lambda draft, raw: setattr(draft.log, "trace_id", raw), Fate.DESTROYED),
        "span id": (lambda draft, raw: setattr(draft.log, "span_id", raw[:8]), Fate.DESTROYED),
        "flags": (lambda draft, raw: setattr(draft.log, "flags", int.from_bytes(raw[:4])), Fate.DESTROYED),
        "severity number": (
            lambda draft, raw: setattr(draft.log, "severity_number", int.from_bytes(raw[:4])), Fate.DESTROYED,
        ),
        "dropped attributes": (
            lambda draft, raw: setattr(draft.log, "dropped_attributes_count", int.from_bytes(raw[:4])), Fate.DESTROYED,
        ),
        "observed time": (
            lambda draft, raw: setattr(draft.log, "observed_time_unix_nano", int.from_bytes(raw[:8])), Fate.DESTROYED,
        ),
        "resource dropped attributes": (
            lambda draft, raw: setattr(draft.of.resource, "dropped_attributes_count", int.from_bytes(raw[:4])),
            Fate.DESTROYED,
        ),
        "scope dropped attributes": (
            lambda draft, raw: setattr(draft.scope_logs.scope, "dropped_attributes_count", int.from_bytes(raw[:4])),
            Fate.DESTROYED,
        ),
        "time": (lambda draft, raw: setattr(draft.log, "time_unix_nano", int.from_bytes(raw[:8])), None),
        "observed time alone": (_observed_alone, None),
    }  # fmt: skip
    for name, (spoil, fate) in spoilers.items():
        for encoding in ("protobuf", "JSON"):
            called = f"{name} ({encoding})"
            canary, draft = bench.canary(called), Draft(bench)
            spoil(draft, canary.words[0].encode())
            request = draft.protobuf() if encoding == "protobuf" else draft.json()
            yield Case(called, "record envelope", "packed", canary.words[:1], (request,), fate)


def _observed_alone(draft: Draft, raw: bytes) -> None:
    draft.log.time_unix_nano, draft.log.observed_time_unix_nano = 0, int.from_bytes(raw[:8])


def _many(bench: Bench, name: str, event: str, records: Callable[[str], list[dict[str, Plain]]],
          pieces: Callable[[str], tuple[bytes, ...]] = lambda _: ()) -> Case:  # fmt: skip
    """Say a word with several records of one request, one after the other."""
    canary = bench.canary(name)
    word = canary.words[0]
    first, *more = records(word)
    draft = Draft(bench, event, first)
    for changes in more:
        draft.add(event, changes)
    return Case(
        name, "values inside their domains", "packed", canary.words[:1], (draft.protobuf(),), Fate.BOUNDED, event,
        pieces(word),
    )  # fmt: skip


def _inside(bench: Bench) -> Iterator[Case]:
    """One field at a time, as many records as the word takes."""
    yield _many(bench, "two letters a duration", "call.ended", lambda word: [
        {"call.duration": int.from_bytes(word[at : at + 2].encode())} for at in range(0, 16, 2)])  # fmt: skip
    yield _many(bench, "three letters a size", "api.request", lambda word: [
        {"http.response.body.size": int.from_bytes(word[at : at + 3].encode())} for at in range(0, 15, 3)])  # fmt: skip
    yield _many(bench, "a letter a count", "call.ended", lambda word: [
        {"call.participant.peak_count": ord(letter)} for letter in word])  # fmt: skip
    yield _many(bench, "seven letters a measure", "call.quality", lambda word: [
        {"call.media.jitter": _letters(word[at : at + 7], "@")} for at in (0, 7)],
        lambda word: (word[:7].encode(), word[7:14].encode()))  # fmt: skip
    yield _many(bench, "seven letters a ratio", "call.ended", lambda word: [
        {"call.speech.ratio": _letters(word[at : at + 7], "?")} for at in (0, 7)],
        lambda word: (word[:7].encode(), word[7:14].encode()))  # fmt: skip
    yield _many(bench, "fourteen letters in two measures", "call.quality", lambda word: [
        {"call.media.jitter": _letters(word[:7], "@"), "call.media.packet_loss": _letters(word[7:14], "?")}],
        lambda word: (word[:7].encode(), word[7:14].encode()))  # fmt: skip
    yield _many(bench, "a letter a loss, in steps", "call.quality", lambda word: [
        {"call.media.packet_loss": (ord(letter) - A) * 0.02} for letter in word])  # fmt: skip
    yield _many(bench, "two bits an enum", "call.ended", lambda word: [
        {"call.end.reason": SYMBOLS[bits]} for bits in _base(word, 4)])  # fmt: skip
    yield _many(bench, "a bit a flag", "mute.changed", lambda word: [
        {"call.mute.muted": bool(bit)} for bit in _base(word, 2)])  # fmt: skip
    yield _many(bench, "a bit by presence", "call.ended", lambda word: [
        {"call.speech.ratio": 0.5} if bit else {} for bit in _base(word, 2)])  # fmt: skip
    yield _many(bench, "a letter a word of a vocabulary", "api.request", lambda word: [
        {"http.response.status_code": _statuses()[ord(letter) - A]} for letter in word])  # fmt: skip
    yield _many(bench, "a letter a browser's major", "app.started", lambda word: [
        {"user_agent.original": AGENT.format(ord(letter))} for letter in word])  # fmt: skip
    yield _many(bench, "five letters a time", "app.crashed", lambda word: [
        {"app.process.start_time": bench.now // 10**6 - int.from_bytes(word[at : at + 4].encode()) % (29 * 86_400_000)}
        for at in range(0, 16, 4)])  # fmt: skip
    yield from _versions(bench)
    yield from _times(bench)


def _letters(seven: str, sign: str) -> float:
    """Read seven letters and a sign as a double: the sign makes its exponent a small one."""
    [number] = struct.unpack("<d", (seven + sign).encode())
    return float(number)


def _base(word: str, base: int) -> list[int]:
    """Write a word in digits of a base that is 2 or 4."""
    width = base.bit_length() - 1
    bits = "".join(f"{byte:08b}" for byte in word.encode())
    return [int(bits[at : at + width], 2) for at in range(0, len(bits), width)]


@cache
def _statuses() -> tuple[int, ...]:
    domain = load().plans["api.request"].by_attribute["http.response.status_code"].domain
    words: tuple[int, ...] = getattr(domain, "words", ())
    return words


def _versions(bench: Bench) -> Iterator[Case]:
    name = "two letters a version"
    canary, requests = bench.canary(name), []
    for at in range(0, 16, 2):
        first, second = (ord(letter) - A for letter in canary.words[0][at : at + 2])
        draft = Draft(bench)
        fill(draft.resource("service.version"), f"6.{first}.{second}")
        requests.append(draft.protobuf())
    yield Case(
        name, "values inside their domains", "packed", canary.words[:1], tuple(requests), Fate.BOUNDED, "call.ended"
    )
    name = "letters' codes as a version"
    canary, draft = bench.canary(name), Draft(bench)
    fill(draft.resource("service.version"), ".".join(str(ord(letter)) for letter in canary.words[0][:3]))
    yield Case(name, "resource", "packed", canary.words[:1], (draft.protobuf(),))


def _times(bench: Bench) -> Iterator[Case]:
    """The record's own time: five letters fit between now and thirty days ago, three digits below a microsecond."""
    name = "five letters in the event's time"
    canary, draft = bench.canary(name), Draft(bench)
    draft.log.time_unix_nano = bench.now - int.from_bytes(canary.words[0][4:9].encode()) * 1000
    yield Case(
        name, "values inside their domains", "packed", canary.words[:1], (draft.protobuf(),), Fate.BOUNDED, "call.ended"
    )
    name = "a letter below the microsecond"
    canary, draft = bench.canary(name), Draft(bench)
    for letter in canary.words[0]:
        draft.add("call.ended").time_unix_nano = bench.now // 1000 * 1000 - 10**9 + ord(letter)
    yield Case(name, "record envelope", "packed", canary.words[:1], (draft.protobuf(),), Fate.DESTROYED)


def _pseudonyms(bench: Bench) -> Iterator[Case]:
    """Ids that look random and say something to whoever has the pad: equality is all that is left of them."""
    name = "sixteen letters under a pad, as a UUID"
    canary = bench.canary(name)
    pad = random.Random(1).randbytes(16)  # noqa: S311 - any pad will do
    digits = bytes(a ^ b for a, b in zip(canary.words[0].encode(), pad, strict=True)).hex()
    draft = Draft(bench, "call.ended", {"user.id": digits})
    yield Case(name, "id", "packed", canary.words[:1], (draft.protobuf(),), Fate.BOUNDED, "call.ended")
    ids = [bench.uuid(), bench.uuid()]
    yield _many(bench, "a bit by which of two ids", "call.ended", lambda word: [
        {"user.id": ids[bit]} for bit in _base(word, 2)])  # fmt: skip


def _between_records(bench: Bench) -> Iterator[Case]:
    """Which event comes next, and how many come."""
    name = "a bit by the order of events"
    canary, draft = bench.canary(name), Draft(bench, "mute.changed")
    for bit in _base(canary.words[0], 2):
        draft.add("mute.changed" if bit else "hand.raised")
    yield Case(
        name, "between records", "order", canary.words[:1], (draft.protobuf(),), Fate.BOUNDED, "mute.changed"
    )  # fmt: skip
    name = "a letter by the count of events of a session"
    canary, requests = bench.canary(name), []
    for letter in canary.words[0]:
        draft = Draft(bench, "hand.raised")
        for _ in range(ord(letter) - A):
            draft.add("hand.raised")
        requests.append(draft.protobuf())
    yield Case(name, "between records", "count", canary.words[:1], tuple(requests), Fate.BOUNDED, "hand.raised")
    name = "a bit by refused or taken"
    canary, draft = bench.canary(name), Draft(bench, "mute.changed")
    for bit in _base(canary.words[0], 2):
        draft.add("mute.changed", {} if bit else {"call.mute.medium": "neither"})
    yield Case(name, "between records", "order", canary.words[:1], (draft.protobuf(),))
