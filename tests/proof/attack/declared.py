"""Text in the attributes that the schemas of spans and points declare, discard as planned, or ask of who sends."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from deploy.demo.app.canaries import Canary
from schemas.reasons import Reason
from tests.proof.attack.case import Bench, Case, Fate
from tests.proof.attack.drafts import Plain
from tests.proof.attack.fields import Due, aimed, setting
from tests.proof.attack.protocol import bits, double, pieces
from tests.proof.attack.signals import (
    OF_CLIENT,
    OF_CPU,
    OF_EXCEPTION,
    OF_JITTER,
    OF_MEMORY,
    OF_SERVER,
    OF_SHORTCUTS,
    Target,
)  # fmt: skip

SPAN: Final = ("resource_spans", "scope_spans", "spans")
EVENT: Final = (*SPAN, "events")
SUM: Final = ("resource_metrics", "scope_metrics", "metrics", "sum", "data_points")
GAUGE: Final = (*SUM[:3], "gauge", "data_points")
HISTOGRAM: Final = (*SUM[:3], "histogram", "data_points")

Values = Callable[[Canary], list[list[Plain]]]  # of a record each; more than one: the attribute comes more than once
FORMS: Final[Mapping[str, tuple[str, Values]]] = {
    "text": ("text", lambda canary: [[canary.text]]),
    "base64": ("encoded", lambda canary: [[base64.b64encode(canary.text.encode()).decode()]]),
    "hex": ("encoded", lambda canary: [[canary.text.encode().hex()]]),
    "full width": ("encoded", lambda canary: [["".join(chr(ord(char) + 0xFEE0) for char in canary.words[0])]]),
    "bytes": ("bytes and arrays", lambda canary: [[canary.text.encode()]]),
    "array": ("bytes and arrays", lambda canary: [[[*canary.words]]]),
    "map": ("nested", lambda canary: [[{canary.words[0]: canary.words[1]}]]),
    "integer": ("packed", lambda canary: [[int.from_bytes(piece)] for piece in pieces(canary.words[0].encode(), 8)]),
    "double": ("packed", lambda canary: [[double(piece)] for piece in pieces(canary.words[0].encode(), 8)]),
    "flags": ("packed", lambda canary: [[bool(bit)] for bit in bits(canary.words[0].encode())]),
    "twice": ("duplicate", lambda canary: [[*canary.words]]),
}
"""What a declared attribute can be made to say."""


def _due(text: Due, *, integer: Due = Reason.WRONG_TYPE, flag: Due = Reason.WRONG_TYPE) -> Mapping[str, Due]:
    """What is due by form, where `text` is due to text: other types are wrong, and one attribute has one value."""
    written = dict.fromkeys(("text", "base64", "hex", "full width"), text)
    wrong = dict.fromkeys(("bytes", "array", "map", "double"), Reason.WRONG_TYPE)
    return {**written, **wrong, "integer": integer, "flags": flag, "twice": Reason.CONFLICTING_ATTRIBUTE}


_GONE: Final[Mapping[str, Due]] = dict.fromkeys(FORMS, Fate.DESTROYED)
_WORD: Final = _due(Reason.NOT_IN_VOCABULARY)
_NUMBER: Final = _due(Reason.WRONG_TYPE, integer=Reason.NOT_IN_VOCABULARY)
_ID: Final = _due(Reason.NOT_AN_ID, integer=Reason.NOT_AN_ID)

ATTRIBUTES: Final[tuple[tuple[Target, tuple[str, ...], str, Mapping[str, Due]], ...]] = (
    (OF_CLIENT, SPAN, "http.request.method", _WORD),
    (OF_CLIENT, SPAN, "url.template", _WORD),
    (OF_CLIENT, SPAN, "http.response.status_code", _NUMBER),
    (OF_CLIENT, SPAN, "error.type", _WORD),
    (OF_CLIENT, SPAN, "url.full", _GONE),
    (OF_CLIENT, SPAN, "user_agent.original", _GONE),
    (OF_SERVER, SPAN, "http.route", _WORD),
    (OF_SERVER, SPAN, "url.path", _GONE),
    (OF_SERVER, SPAN, "url.query", _GONE),
    (OF_SERVER, SPAN, "client.address", _GONE),
    (OF_EXCEPTION, EVENT, "exception.type", _WORD),
    (OF_EXCEPTION, EVENT, "exception.message", _GONE),
    (OF_EXCEPTION, EVENT, "exception.stacktrace", _GONE),
    (OF_SHORTCUTS, SUM, "app.shortcut.group", _WORD),
    (OF_MEMORY, SUM, "app.process.role", _WORD),
    (OF_CPU, GAUGE, "cpu.mode", _WORD),
    (OF_JITTER, HISTOGRAM, "call.media.kind", _WORD),
    *(
        (target, (step, "resource"), attribute, due)
        for target, step in ((OF_SERVER, "resource_spans"), (OF_JITTER, "resource_metrics"))
        for attribute, due in (
            ("service.name", _WORD),
            ("service.version", _due(Reason.NOT_A_VERSION)),
            ("os.type", _WORD),
            ("tenant.id", _ID),
            ("session.id", _ID),
            ("telemetry.sdk.name", _GONE),
        )
    ),
)
"""Attribute by attribute: whose, where, and what is due to each form."""

SOFT: Final = (
    (OF_CLIENT, SPAN, "error.type", 16),
    (OF_EXCEPTION, EVENT, "exception.type", 16),
    (OF_SHORTCUTS, SUM, "app.shortcut.group", 8),
    (OF_CPU, GAUGE, "cpu.mode", 4),
)
"""Where a short word that is not listed becomes OTHER: so many letters of a word at a time."""


def cases(bench: Bench) -> Iterator[Case]:
    """Give every case of this page."""
    for target, path, attribute, due in ATTRIBUTES:
        is_discard = due is _GONE
        for form, (group, values) in FORMS.items():
            name = f"{target.name}, {attribute}: {form}"
            canary = bench.canary(name)
            puts = [setting(attribute, *each) for each in values(canary)]
            words = canary.words[:1] if group == "packed" or form == "full width" else canary.words
            place = "planned discard" if is_discard else "declared attribute"
            yield aimed(bench, name, target, (path, puts), due[form], place, group, words)
    for target, path, attribute, letters in SOFT:
        name = f"{target.name}, {attribute}: words that are not listed"
        canary = bench.canary(name)
        puts = [setting(attribute, piece.decode()) for piece in pieces(canary.words[0].encode(), letters)]
        yield aimed(
            bench, name, target, (path, puts), Fate.DESTROYED, "declared attribute", "split", canary.words[:1]
        )  # fmt: skip
