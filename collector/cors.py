"""Cross-origin requests: exact origins, no wildcard, no credentials. A browser asks before it sends what OTLP is."""

from __future__ import annotations

from typing import Final, TypeAlias

Headers: TypeAlias = list[tuple[bytes, bytes]]

# Also on answers to others: a cache must not give a page's script what another origin was answered.
VARIES: Final = (b"vary", b"Origin")
_MAY: Final[Headers] = [
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"authorization, content-encoding, content-type"),
    (b"access-control-max-age", b"600"),
]
_EMPTY: Final = (b"content-length", b"0")  # never said with 204
_ASKED: Final = b"Access-Control-Request-Method, Access-Control-Request-Headers"


def origin_of(headers: Headers) -> str | None:
    """Give the origin of the page that sends a request; None where no page does, or several are named."""
    said = [value for name, value in headers if name == b"origin"]
    return said[0].decode("latin-1") if len(said) == 1 else None


def asks_first(method: str, headers: Headers) -> bool:
    """Tell a preflight from other requests."""
    names = {name for name, _ in headers}
    return method == "OPTIONS" and {b"origin", b"access-control-request-method"} <= names


def preflight(origin: str, *, allowed: bool) -> tuple[int, Headers]:
    """Answer whether a page of this origin may send: status and headers, the same for whatever it asks about."""
    varies = (VARIES[0], VARIES[1] + b", " + _ASKED)
    return (204, [_allow(origin), *_MAY, varies]) if allowed else (403, [varies, _EMPTY])


def readable(origin: str) -> Headers:
    """Give the headers by which a page's script may read an answer, and when to come again."""
    return [_allow(origin), (b"access-control-expose-headers", b"Retry-After")]


def _allow(origin: str) -> tuple[bytes, bytes]:
    return b"access-control-allow-origin", origin.encode("latin-1")
