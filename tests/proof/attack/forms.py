"""Text in other clothes: encodings, splits, in the three places that take text at all."""

from __future__ import annotations

import base64
import codecs
import json
import quopri
import zlib
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote

from tests.proof.attack.case import Bench, Case, Fate
from tests.proof.attack.drafts import Draft, Plain, fill

KEY: Final = 0x5A
ENCODINGS: Final[dict[str, Callable[[str], str]]] = {
    "upper case": str.upper,
    "reversed": lambda text: text[::-1],
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, URL-safe": lambda text: base64.urlsafe_b64encode(b"\xff" + text.encode()).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "base85": lambda text: base64.b85encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "quoted-printable": lambda text: quopri.encodestring(text.replace("a", "\u00e4").encode()).decode(),
    "JSON escapes": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "HTML entities": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "code points": lambda text: json.dumps(list(text.encode())),
    "decimal digits": lambda text: str(int.from_bytes(text.encode())),
    "hex of UTF-16": lambda text: text.encode("utf-16-le").hex(),
    "zlib and base64": lambda text: base64.b64encode(zlib.compress(text.encode())).decode(),
    "XOR and hex": lambda text: bytes(byte ^ KEY for byte in text.encode()).hex(),
    "spaced out": " ".join,
    "zero-width": "\u200b".join,
    "full width": lambda text: "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text),
    "tag characters": lambda text: "".join(chr(0xE0000 + ord(char)) for char in text),
    "homoglyphs": lambda text: text.translate(str.maketrans("aeopc", "\u0430\u0435\u043e\u0440\u0441")),
    "URL": lambda text: f"https://meet.example/j?t={quote(text)}",
    "file path": lambda text: f"C:\\Users\\anna\\{text}.docx",
    "data URL": lambda text: f"data:text/plain;base64,{base64.b64encode(text.encode()).decode()}",
}
PLACES: Final = {"chat.message.text": "undeclared attribute", "call.end.reason": "declared attribute", "user.id": "id"}
WORD: Final = 16  # letters, as many as a UUID has bytes


def cases(bench: Bench) -> Iterator[Case]:
    """Give every case of this page."""
    for name, encode in ENCODINGS.items():
        for attribute, place in PLACES.items():
            called = f"{attribute}: {name}"
            canary, draft = bench.canary(called), Draft(bench)
            text, form = canary.text, "encoded"
            fill(draft.attribute(attribute), encode(text))
            yield Case(called, place, form, canary.words, (draft.protobuf(),))
    yield from _ids(bench)
    yield from _split(bench)


def _ids(bench: Bench) -> Iterator[Case]:
    """One word of sixteen letters, dressed as an id of a usual form."""
    dresses: dict[str, Callable[[str], Plain]] = {
        "as a UUID": lambda word: _uuid(word.encode().hex()),
        "as a UUID in capitals": lambda word: _uuid(word.upper().encode().hex()),
        "as 32 hex digits": lambda word: word.encode().hex(),
        "as 32 hex digits, reversed": lambda word: word[::-1].encode().hex(),
        "as 64 hex digits, UTF-32": lambda word: word[:8].encode("utf-32-le").hex(),
        "as a snowflake": lambda word: int.from_bytes(word[:8].encode()),
        "as a snowflake's digits": lambda word: str(int.from_bytes(word[:8].encode())),
        "as a nanoid": lambda word: (word + "abcde")[:21],
        "as a nanoid of base64": lambda word: base64.urlsafe_b64encode(word.encode()).decode()[:21],
        "as a ULID": lambda word: base64.b32encode(word.encode()).decode().replace("=", "")[:26],
        "as itself": lambda word: word,
        "as an e-mail address": lambda word: f"{word}@example.org",
    }
    for attribute in ("user.id", "tenant.id"):
        for name, dress in dresses.items():
            called = f"{attribute} {name}"
            canary, draft = bench.canary(called), Draft(bench)
            value = draft.attribute(attribute) if attribute == "user.id" else draft.resource(attribute)
            fill(value, dress(canary.words[0]))
            taken = Fate.BOUNDED if name in {"as a ULID", "as a nanoid of base64"} else None
            yield Case(called, "id", "packed", canary.words[:1], (draft.protobuf(),), taken, "call.ended")


def _uuid(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _split(bench: Bench) -> Iterator[Case]:
    """Pieces over fields and over records."""
    name = "over undeclared attributes"
    canary, draft = bench.canary(name), Draft(bench)
    for number, piece in enumerate(canary.text.split(" ")):
        fill(draft.attribute(f"part.{number}"), piece)
    yield Case(name, "undeclared attribute", "split", canary.words, (draft.protobuf(),))
    name = "a letter an attribute"
    canary, draft = bench.canary(name), Draft(bench)
    for number, letter in enumerate(canary.text):
        fill(draft.attribute(f"p{number}"), letter)
    yield Case(name, "undeclared attribute", "split", canary.words, (draft.protobuf(),))
    for attribute, place in (("call.end.reason", "declared attribute"), ("user.id", "id")):
        name = f"{attribute}: a piece a record"
        canary, draft = bench.canary(name), Draft(bench)
        fill(draft.attribute(attribute), canary.text[:6])
        for start in range(6, len(canary.text), 6):
            draft.add("call.ended", {attribute: canary.text[start : start + 6]})
        taken = Fate.DESTROYED if attribute == "call.end.reason" else None  # a short word becomes OTHER
        yield Case(name, place, "split", canary.words, (draft.protobuf(),), taken)
    name = "an enum and a name"
    canary, draft = bench.canary(name), Draft(bench)
    fill(draft.attribute("call.end.reason"), canary.words[0][:8])
    fill(draft.attribute(canary.words[0][8:]), canary.words[1])
    yield Case(name, "declared attribute", "split", canary.words, (draft.protobuf(),))
