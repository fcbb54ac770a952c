"""Written straight to the topics, in plain Avro: text and packed text in each field of a genuine message.

The attacker is another producer with write access; it starts from genuine messages, and spoils them.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator

from broker.port import Message
from deploy.demo.app.canaries import Canary
from tests.proof.attack.case import Bench, Case, Fate
from tests.proof.attack.forger import STRINGS, Forger, Path


def cases(bench: Bench, forger: Forger) -> Iterator[Case]:
    """Give every case of this page."""
    yield from _strings(bench, forger)
    yield from _numbers(bench, forger)
    yield from _bounded(bench, forger)


def _strings(bench: Bench, forger: Forger) -> Iterator[Case]:
    """Avro has strings where a domain has a closed list: text, encoded text and a piece of text in each of them."""
    forms: dict[str, Callable[[Canary], str]] = {
        "text": lambda canary: canary.text,
        "hex": lambda canary: canary.words[0].encode().hex(),
        "base64": lambda canary: base64.b64encode(canary.text.encode()).decode(),
    }
    for event, paths in STRINGS.items():
        for path in paths:
            for form, make in forms.items():
                name = f"{event} {'.'.join(path)}: {form}"
                canary = bench.canary(name)
                shots = (forger.message(event, {path: make(canary)}),)
                # Thirty-two hexadecimal digits are what a pseudonym's image is: only that they spell tells.
                yield Case(name, "topic: string field", "text" if form == "text" else "encoded", canary.words, shots)


def _numbers(bench: Bench, forger: Forger) -> Iterator[Case]:
    """Eight letters in every long and every double."""
    longs: tuple[tuple[str, Path], ...] = (
        ("call.ended", ("origin", "event_time")), ("call.ended", ("origin", "receive_time")),
        ("call.ended", ("duration",)), ("call.ended", ("peak_participants",)), ("app.crashed", ("uptime",)),
        ("app.crashed", ("started",)), ("api.request", ("status",)), ("api.request", ("response_size",)),
    )  # fmt: skip
    for event, path in longs:
        for sign in (1, -1):
            name = f"{event} {'.'.join(path)}: {'eight letters' if sign > 0 else 'eight letters, negative'}"
            canary = bench.canary(name)
            letters = 4 if path == ("status",) else 8  # an Avro int holds four
            packed = sign * int.from_bytes(canary.words[0][:letters].encode())
            message = forger.message(event, {path: packed})
            yield Case(name, "topic: number", "packed", canary.words[:1], (message,))
    for name, tail in (("as they are", b""), ("in a NaN", b"\xf8\x7f"), ("in a subnormal", b"\x00\x80")):
        for event, path in (("call.ended", ("spoken",)), ("call.quality", ("bitrate",))):
            called = f"{event} {'.'.join(path)}: letters {name}"
            canary = bench.canary(called)
            [number] = struct.unpack("<d", (canary.words[0].encode()[: 8 - len(tail)] + tail))
            yield Case(called, "topic: number", "packed", canary.words[:1], (forger.message(event, {path: number}),))
    for text in ("{0}.{1}.{2}", "6.12.4+{word}", "6.12.4 {word}", "6.12.4\u200b{word}"):
        name = f"version {text.encode('ascii', 'backslashreplace').decode()}"
        canary = bench.canary(name)
        version = text.format(*canary.words[0].encode(), word=canary.words[0])
        message = forger.message("call.ended", {("origin", "app_version"): version})
        yield Case(name, "topic: number", "packed", canary.words[:1], (message,))


def _bounded(bench: Bench, forger: Forger) -> Iterator[Case]:
    """Legal images: telemetry keeps them exactly, so the letters are there to see; in ml.eligible they are not."""

    def case(canary: Canary, shots: tuple[Message, ...], event: str, *pieces: str) -> Case:
        place, packed = "topic: values inside their domains", tuple(piece.encode() for piece in pieces)
        return Case(canary.name, place, "packed", canary.words[:1], shots, Fate.BOUNDED, event, packed)

    canary = bench.canary("two letters a duration, on the topic")
    pairs = [canary.words[0][at : at + 2].encode() for at in range(0, 16, 2)]
    fresh: list[dict[Path, str]] = [{("origin", "event_id"): bench.raw(16).hex()} for _ in pairs]
    shots = tuple(
        forger.message("call.ended", {**new, ("duration",): int.from_bytes(pair)})
        for new, pair in zip(fresh, pairs, strict=True)
    )
    yield case(canary, shots, "call.ended")
    canary = bench.canary("seven letters a measure, on the topic")
    word = canary.words[0]
    [jitter] = struct.unpack("<d", f"{word[:7]}@".encode())
    [loss] = struct.unpack("<d", f"{word[7:14]}?".encode())
    message = forger.message("call.quality", {("jitter",): jitter, ("loss",): loss})
    yield case(canary, (message,), "call.quality", word[:7], word[7:14])
    canary = bench.canary("letters under a pad as an image")
    padded = bytes(a ^ b for a, b in zip(canary.words[0].encode(), bench.rng.randbytes(16), strict=True))
    yield case(canary, (forger.message("call.ended", {("caller",): padded.hex()}),), "call.ended")
