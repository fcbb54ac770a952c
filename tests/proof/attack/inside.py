"""Text packed into spans and points without leaving any domain: it is taken, and bounded by the event's capacity."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any, Final

from schemas.catalogue import load
from tests.proof.attack.case import Bench, Case, Fate
from tests.proof.attack.declared import EVENT, GAUGE, HISTOGRAM, SPAN, SUM
from tests.proof.attack.fields import aimed, setting
from tests.proof.attack.protocol import A, bits, pieces
from tests.proof.attack.shapes import Put
from tests.proof.attack.signals import (
    CLIENT,
    OF_CLIENT,
    OF_CPU,
    OF_EXCEPTION,
    OF_EXPONENTIAL,
    OF_JITTER,
    OF_MEMORY,
    OF_SERVER,
    OF_SHORTCUTS,
    Target,
)  # fmt: skip

PLACE: Final = "values inside their domains"
_MS: Final = 10**6  # nanoseconds
_EXPONENTIAL: Final = (*HISTOGRAM[:3], "exponential_histogram", "data_points")

Puts = Callable[[Bench, str], list[Put]]


def _duration(millis: int) -> Put:
    def put(span: Any) -> None:  # noqa: ANN401 - a message
        span.start_time_unix_nano = span.end_time_unix_nano - millis * _MS

    return put


def _fraction(piece: bytes) -> Put:
    """Two letters as nanoseconds beside a length in milliseconds."""

    def put(span: Any) -> None:  # noqa: ANN401 - a message
        span.start_time_unix_nano = span.end_time_unix_nano - 250 * _MS - int.from_bytes(piece)

    return put


def _end(at: int) -> Put:
    def put(span: Any) -> None:  # noqa: ANN401 - a message
        span.end_time_unix_nano, span.start_time_unix_nano = at, at - 250 * _MS

    return put


def _number(name: str, value: float) -> Put:
    return lambda message: setattr(message, name, value)


def _greatest(value: float) -> Put:
    """The greatest of a histogram, whose least is not said: it would be above it."""

    def put(point: Any) -> None:  # noqa: ANN401 - a message
        point.ClearField("min")
        point.max = value

    return put


def _status(code: int) -> Put:
    return lambda span: setattr(span.status, "code", code)


def _without(attribute: str, *, bit: int) -> Put:
    return setting(attribute) if bit else lambda _: None


def _counts(first: int, second: int) -> Put:
    """Two letters as counts of two of a histogram's buckets, which add up."""

    def put(point: Any) -> None:  # noqa: ANN401 - a message
        point.bucket_counts[:] = [0, first, second, 0, 0, 0]
        point.count = first + second

    return put


def _in_powers(letters: bytes) -> Put:
    """Letters as counts of an exponential histogram's buckets."""

    def put(point: Any) -> None:  # noqa: ANN401 - a message
        point.zero_count, point.count = 0, sum(letters)
        point.negative.bucket_counts[:] = []
        point.positive.bucket_counts[:] = list(letters)

    return put


def _before(bench: Bench, letters: bytes) -> Put:
    """Four letters as milliseconds before now, of the last twenty-nine days."""
    millis = int.from_bytes(letters) % (29 * 86_400_000)
    return _number("start_time_unix_nano", bench.now - millis * _MS)


def _letters(seven: str, sign: str) -> float:
    """Read seven letters and a sign as a double: the sign makes its exponent a small one."""
    [number] = struct.unpack("<d", (seven + sign).encode())
    return float(number)


def _small(six: str) -> float:
    """Read six letters as a double that is as good as nought."""
    [number] = struct.unpack("<d", six.encode() + bytes(2))
    return float(number)


@cache
def _words(event: str, attribute: str) -> list[Any]:
    domain = load().plans[event].by_attribute[attribute].domain
    return [*getattr(domain, "words", ())]


def _listed(event: str, attribute: str) -> Puts:
    """A letter by which word of a list, four bits by which of sixteen where it has fewer words than letters."""

    def puts(_: Bench, word: str) -> list[Put]:
        words = _words(event, attribute)
        return [setting(attribute, words[(ord(letter) - A) % len(words)]) for letter in word]

    return puts


def _padded(width: int) -> Callable[[bytes], bytes]:
    pad = bytes(range(0x83, 0x83 + 16))
    return lambda raw: bytes(a ^ b for a, b in zip(raw, pad[:width], strict=True))


def _ids(name: str, width: int) -> Puts:
    """An id that looks random, and is a word under a pad."""
    hide = _padded(width)

    def put(value: bytes) -> Put:
        return lambda span: setattr(span, name, value)

    return lambda _, word: [put(hide(piece)) for piece in pieces(word.encode(), width)]


def _order(name: str, mark: Callable[[Any, int], object]) -> Puts:
    """A bit by which of two comes first."""

    def put(bit: int) -> Put:
        def ordered(message: Any) -> None:  # noqa: ANN401 - a message
            into = getattr(message, name)
            into.add().CopyFrom(into[0])
            for number, each in enumerate(into):
                mark(each, number ^ bit)

        return ordered

    return lambda _, word: [put(bit) for bit in bits(word.encode())]


def _exception(event: Any, which: int) -> None:  # noqa: ANN401 - a message
    setting("exception.type", _words("exception.recorded", "exception.type")[which])(event)


def _group(point: Any, which: int) -> None:  # noqa: ANN401 - a message
    setting("app.shortcut.group", ("mute", "view")[which])(point)


def _traced(message: Any, which: int) -> None:  # noqa: ANN401 - a message
    message.trace_id = bytes([which + 1]) * 16


INSIDE: Final[Mapping[str, tuple[Target, tuple[str, ...], Puts]]] = {
    "two letters a span's length": (OF_CLIENT, SPAN, lambda _, word: [
        _duration(int.from_bytes(piece)) for piece in pieces(word.encode(), 2)]),
    "four letters in a span's time": (OF_SERVER, SPAN, lambda bench, word: [
        _end(bench.now - int.from_bytes(piece) * 1000) for piece in pieces(word.encode(), 4)]),
    "a bit a span's status": (OF_CLIENT, SPAN, lambda _, word: [_status(bit + 1) for bit in bits(word.encode())]),
    "a letter a span's HTTP status": (OF_CLIENT, SPAN, _listed(CLIENT, "http.response.status_code")),
    "a letter a span's route": (OF_CLIENT, SPAN, _listed(CLIENT, "url.template")),
    "a letter a span's error": (OF_CLIENT, SPAN, _listed(CLIENT, "error.type")),
    "a letter an exception": (OF_EXCEPTION, EVENT, _listed("exception.recorded", "exception.type")),
    "a bit by presence of a span's route": (OF_CLIENT, SPAN, lambda _, word: [
        _without("url.template", bit=bit) for bit in bits(word.encode())]),
    "a bit by presence of a span's parent": (OF_SERVER, SPAN, lambda _, word: [
        (lambda span: span.ClearField("parent_span_id")) if bit else (lambda _: None) for bit in bits(word.encode())]),
    "sixteen letters under a pad, as a trace": (OF_CLIENT, SPAN, _ids("trace_id", 16)),
    "eight letters under a pad, as a span": (OF_CLIENT, SPAN, _ids("span_id", 8)),
    "eight letters under a pad, as a parent": (OF_SERVER, SPAN, _ids("parent_span_id", 8)),
    "a letter a sum": (OF_SHORTCUTS, SUM, lambda _, word: [_number("as_int", ord(letter)) for letter in word]),
    "four letters a sum": (OF_MEMORY, SUM, lambda _, word: [
        _number("as_int", int.from_bytes(piece)) for piece in pieces(word.encode(), 4)]),
    "four letters in a sum's start": (OF_MEMORY, SUM, lambda bench, word: [
        _before(bench, piece) for piece in pieces(word.encode(), 4)]),
    "two bits a point's attribute": (OF_MEMORY, SUM, lambda _, word: [
        setting("app.process.role", ("main", "renderer", "media", "helper")[pair])
        for byte in word.encode() for pair in (byte >> 6, byte >> 4 & 3, byte >> 2 & 3, byte & 3)]),
    "a bit by presence of a point's attribute": (OF_CPU, GAUGE, lambda _, word: [
        setting("cpu.mode", "user") if bit else (lambda _: None) for bit in bits(word.encode())]),
    "a letter a gauge, in steps": (OF_CPU, GAUGE, lambda _, word: [
        _number("as_double", (ord(letter) - A) * 0.02) for letter in word]),
    "two letters' codes as counts of buckets": (OF_JITTER, HISTOGRAM, lambda _, word: [
        _counts(first, second) for first, second in pieces(word.encode(), 2)]),
    "letters' codes as counts of powers": (OF_EXPONENTIAL, _EXPONENTIAL, lambda _, word: [
        _in_powers(piece) for piece in pieces(word.encode(), 4)]),
    "a bit by the order of a span's events": (OF_EXCEPTION, SPAN, _order("events", _exception)),
    "a bit by the order of points": (OF_SHORTCUTS, SUM[:-1], _order("data_points", _group)),
}  # fmt: skip
"""What is said, and with which records."""

BELOW: Final[Mapping[str, tuple[Target, tuple[str, ...], Puts]]] = {
    "two letters below the millisecond of a span's length": (OF_CLIENT, SPAN, lambda _, word: [
        _fraction(piece) for piece in pieces(word.encode(), 2)]),
    "a letter below the microsecond of a span's time": (OF_SERVER, SPAN, lambda bench, word: [
        _end(bench.now // 1000 * 1000 - 10**9 + ord(letter)) for letter in word]),
    "a bit by the order of a span's links": (OF_CLIENT, SPAN, _order("links", _traced)),
    "a bit by the order of exemplars": (OF_MEMORY, SUM, _order("exemplars", _traced)),
}  # fmt: skip
"""What is finer than telemetry keeps, or not kept at all."""

LEGIBLE: Final[Mapping[str, tuple[Target, tuple[str, ...], Callable[[float], Put], int, Callable[[str], float]]]] = {
    "seven letters a gauge": (OF_CPU, GAUGE, partial(_number, "as_double"), 7, lambda seven: _letters(seven, "?")),
    "six letters in a subnormal gauge": (OF_CPU, GAUGE, partial(_number, "as_double"), 6, _small),
    "seven letters a histogram's greatest": (OF_JITTER, HISTOGRAM, _greatest, 7, lambda seven: _letters(seven, "@")),
    "six letters in a subnormal greatest": (OF_EXPONENTIAL, _EXPONENTIAL, _greatest, 6, _small),
}
"""Letters that stand as they are in a double, which telemetry keeps exactly."""


def cases(bench: Bench) -> Iterator[Case]:
    """Give every case of this page."""
    for several, due, place in ((INSIDE, Fate.BOUNDED, PLACE), (BELOW, Fate.DESTROYED, "span and point, unread")):
        for name, (target, path, puts) in several.items():
            canary = bench.canary(name)
            made = puts(bench, canary.words[0])
            yield aimed(bench, name, target, (path, made), due, place, "packed", canary.words[:1])
    for name, (target, path, put, letters, number) in LEGIBLE.items():
        canary = bench.canary(name)
        parts = [piece.decode() for piece in pieces(canary.words[0].encode(), letters)]
        made = [put(number(part)) for part in parts]
        yield aimed(
            bench, name, target, (path, made), Fate.BOUNDED, PLACE, "packed", canary.words[:1],
            pieces=tuple(part.encode() for part in parts),
        )  # fmt: skip
