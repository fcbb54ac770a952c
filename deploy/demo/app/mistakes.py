"""Mistakes that real apps make: each an otherwise valid event in which a customer's words travel as telemetry.

Every one is a function of a `Slip` and a canary; its docstring says how it comes about. It returns the words of the
canary that it really sent.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from deploy.demo.app.canaries import HALF, Canary

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.demo.app.slip import Slip

    Mistake = Callable[[Slip, Canary], tuple[str, ...]]


def chat_in_attribute(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """The chat view counts reactions, and a helpful hand adds the message that was reacted to."""
    slip.send("reaction.used", {**slip.reaction, "chat.message.text": canary.text})
    return canary.words


def title_in_usage_event(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """Joining is counted per meeting, so somebody adds the title: it reads better on the dashboard."""
    slip.send("call.joined", {**slip.joined, "meeting.title": canary.text})
    return canary.words


def display_name_as_user_id(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """Guests have no account, so the app falls back to the name they typed."""
    slip.send("call.joined", {**slip.joined, "user.id": canary.text.title()})
    return canary.words


def exception_message(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """A failure is reported with its exception's message, and the message quotes what was being sent."""
    slip.send("connection.failed", {**slip.failed, "exception.message": f"cannot send {canary.text!r}: socket closed"})
    return canary.words


def crash_message(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """The SDK's own crash recording adds message and stack trace to what the app says."""
    slip.send("app.crashed", slip.crashed, exception=ValueError(f"not a valid caption: {canary.text}"))
    return canary.words


def file_path(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """The shared window belongs to a document, and its path tells the team which viewer to test."""
    path = f"C:\\Users\\anna\\Documents\\{canary.slug}.docx"
    slip.send("screen_share.started", {**slip.shared, "file.path": path})
    return canary.words


def url_with_query(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """No route template matched, so the HTTP wrapper reports the raw URL in its place."""
    slip.send("api.request", {**slip.request, "http.route": f"/v1/meetings?title={quote_plus(canary.text)}"})
    return canary.words


def deep_link(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """The link that opened the app is kept whole, and links carry percent-encoded titles."""
    slip.send("app.started", {**slip.started, "url.full": f"meetings://join?t={quote(canary.text, safe='')}"})
    return canary.words


def search_query(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """Searches without results are hard to debug without knowing what was searched for."""
    slip.send("search.used", {**slip.searched, "search.query": canary.text})
    return canary.words


def text_in_body(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """A line of the old debug log becomes the event's body."""
    slip.send("mute.changed", slip.muted, body=f"muted while saying: {canary.text}")
    return canary.words


def text_in_resource(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """The room's name is set once, on the resource, so that every event carries it."""
    slip.send("call.joined", slip.joined, resource={"room.name": canary.text})
    return canary.words


def text_in_key(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """Votes are counted in one attribute a choice, named after the choice."""
    slip.send("poll.opened", {**slip.polled, f"poll.votes.{canary.slug}": 3})
    return canary.words


def text_in_severity(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """A logging shim mixes up its arguments: the message arrives as the level."""
    slip.send("view.changed", slip.viewed, severity_text=canary.text)
    return canary.words


def text_in_scope_name(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """A logger is opened for each meeting, under the meeting's title."""
    slip.send("hand.raised", slip.raised, scope=f"meetings.client/{canary.text}")
    return canary.words


def text_in_scope_attribute(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """The title moves to the scope's attributes: it holds for all that this logger says."""
    slip.send("hand.raised", slip.raised, scope_attributes={"meeting.title": canary.text})
    return canary.words


def base64_text(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """The reason for leaving comes from a signed token, base64 of JSON, and the free-text comment is in there."""
    token = base64.urlsafe_b64encode(f'{{"comment": "{canary.text}"}}'.encode()).decode()
    slip.send("call.ended", {**slip.ended, "call.end.reason": token})
    return canary.words


def hex_text(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """Ids must look like ids, so the guest's name is written in hex: 32 digits, just like a UUID."""
    slip.send("call.joined", {**slip.joined, "user.id": canary.words[0].encode().hex()})
    return canary.words[:1]


def split_text(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """A length limit on values is worked around: the caption goes in pieces."""
    pieces = {f"caption.part.{number}": piece for number, piece in enumerate(canary.text.split(", "))}
    slip.send("media.stalled", {**slip.stalled, **pieces})
    return canary.words


def split_over_enums(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """Pieces of a name end up in fields that are declared, and whose lists allow for unlisted words."""
    first, second = canary.words
    slip.send("call.joined", {**slip.joined, "app.locale": first[:10], "app.time_zone": second})
    return first[:10], second


def text_as_id(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """Personal meeting links end in words, and the last part of the link serves as the call's id."""
    slip.send("call.ended", {**slip.ended, "call.id": canary.slug})
    return canary.words


def unknown_event(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """A new feature ships its own event before anybody has written a schema for it."""
    slip.send("whiteboard.text_recognised", {**slip.call, "text": canary.text, "confidence": 0.93})
    return canary.words


def text_in_event_name(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """A generic click handler names the event after the label of what was clicked."""
    slip.send(f"clicked: {canary.text}", slip.call)
    return canary.words


def code_points(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """A keyboard shortcut recorder keeps the code of every key that was pressed."""
    slip.send("mute.changed", {**slip.muted, "app.keys": [ord(char) for char in canary.text]})
    return canary.words


def big_integers(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """A name is packed into the numbers that happen to be free: eight letters fit an integer."""
    halves = (canary.words[0][:HALF], canary.words[0][HALF:])
    duration, peak = (int.from_bytes(half.encode()) for half in halves)
    slip.send("call.ended", {**slip.ended, "call.duration": duration, "call.participant.peak_count": peak})
    return halves


def nested_map(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """The app's whole state is attached as one structured attribute."""
    slip.send("media.stalled", {**slip.stalled, "app.state": {"panel": {"chat": {"draft": canary.text}}}})
    return canary.words


def raw_bytes(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """The packet that could not be parsed is attached, and it was a data channel message."""
    slip.send("connection.failed", {**slip.failed, "packet": b"\x00\x51" + canary.text.encode("utf-16-le")})
    return canary.words


def text_as_enum(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """People can save layouts under names of their own, and the name is what is reported."""
    slip.send("view.changed", {**slip.viewed, "call.view.name": canary.text})
    return canary.words


def text_as_version(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """A test build calls itself after the ticket it was made for."""
    slip.send("call.joined", slip.joined, resource={"service.version": f"6.13.0-{canary.slug}"})
    return canary.words


def text_in_user_agent(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """The embedded browser's user agent holds the device's name, which its owner chose."""
    slip.send("app.started", {**slip.started, "user_agent.original": f"MeetingsShell/6 ({canary.text})"})
    return canary.words


def text_in_real_user_agent(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """The same, in a user agent that names a browser everybody knows."""
    agent = f"Mozilla/5.0 (X11; Linux x86_64; {canary.text}) Gecko/20100101 Firefox/143.0"
    slip.send("app.started", {**slip.started, "user_agent.original": agent})
    return canary.words


def text_in_span(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """Somebody notes on the span what was being looked for when the request was slow."""
    slip.trace({"search.query": canary.text})
    return canary.words


def text_in_span_exception(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """The SDK records an exception with its message and stack trace, and the message quotes a chat line."""
    slip.trace({"error.type": "ETIMEDOUT"}, ValueError(f"cannot send {canary.text!r}"))
    return canary.words


def text_in_measurement(slip: Slip, canary: Canary) -> tuple[str, ...]:
    """Jitter is wanted per meeting, and the meeting's title is at hand."""
    slip.measure(**{"meeting.title": canary.text})
    return canary.words


MISTAKES: tuple[Mistake, ...] = (
    chat_in_attribute,
    title_in_usage_event,
    display_name_as_user_id,
    exception_message,
    crash_message,
    file_path,
    url_with_query,
    deep_link,
    search_query,
    text_in_body,
    text_in_resource,
    text_in_key,
    text_in_severity,
    text_in_scope_name,
    text_in_scope_attribute,
    base64_text,
    hex_text,
    split_text,
    split_over_enums,
    text_as_id,
    unknown_event,
    text_in_event_name,
    code_points,
    big_integers,
    nested_map,
    raw_bytes,
    text_as_enum,
    text_as_version,
    text_in_user_agent,
    text_in_real_user_agent,
    text_in_span,
    text_in_span_exception,
    text_in_measurement,
)
