"""Canaries where content belongs: one in each content field of each content event."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from deploy.demo.app.moments import Attributes, Moment, content, reference, uuid
from deploy.demo.app.stay import Stay

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from deploy.demo.app.canaries import Canary, Mint
    from deploy.demo.app.corpus import Corpus
    from deploy.demo.app.people import Meeting, Person

    New = Callable[[str], str]


def planted(
    person: Person, meeting: Meeting, corpus: Corpus, rng: random.Random, mint: Mint
) -> Iterator[tuple[Moment, tuple[Canary, ...]]]:
    """Make the events, each with the canaries in it."""
    stay = Stay(person, meeting, corpus, rng)
    made: list[Canary] = []

    def new(name: str) -> str:
        made.append(mint.canary(name))
        return made[-1].text

    for event, attributes, body in chain(_written(stay, new), _shown(stay, new)):
        yield content(stay.end, event, {"user.id": person.user_id, **attributes}, body=body), tuple(made)
        made.clear()


def _written(stay: Stay, new: New) -> Iterator[tuple[str, Attributes, str | None]]:
    """Titles, names, chat, transcripts, polls."""
    call, rng = stay.call, stay.rng
    spoken: Attributes = {"transcript.language": "en-GB", "transcript.offset": 61_000}
    yield "chat.message", {**call, "chat.message.id": uuid(rng)}, new("chat.message body")
    yield "transcript.line", {**call, **spoken, "transcript.text": new("transcript.text")}, None
    caption: Attributes = {"caption.language": "en-GB", "caption.translated": True}
    yield "caption.shown", {**call, **caption, "caption.text": new("caption.text")}, None
    titles: Attributes = {"meeting.title": new("meeting.title"), "meeting.agenda": new("meeting.agenda")}
    yield "meeting.titled", {"meeting.id": stay.meeting.meeting_id, **titles}, None
    yield "display_name.set", {"user.full_name": new("user.full_name")}, None
    poll: Attributes = {"poll.question": new("poll.question"), "poll.answer": new("poll.answer")}
    yield "poll.answered", {**call, "poll.id": stay.meeting.poll_id, **poll}, None


def _shown(stay: Stay, new: New) -> Iterator[tuple[str, Attributes, str | None]]:
    """Reactions, files, pictures, sound. What is bytes carries its canary as UTF-8."""
    call, rng = stay.call, stay.rng
    yield "reaction.sent", {**call, "reaction.emoji": new("reaction.emoji")}, None
    file: Attributes = {"attachment.reference": new("attachment.reference").encode(), "file.size": 48_000}
    yield "attachment.shared", {**call, **file, "file.name": new("file.name")}, None
    title = new("screen_share.window_title")
    yield "screen_share.frame", {
        **call, "screen_share.reference": reference(rng), "screen_share.window_title": title,
    }, None  # fmt: skip
    board: Attributes = {"whiteboard.id": stay.meeting.board_id, "whiteboard.text": new("whiteboard.text")}
    yield "whiteboard.stroke", {**call, **board, "whiteboard.points": new("whiteboard.points").encode()}, None
    sound: Attributes = {"audio.reference": new("audio.reference").encode(), "audio.duration": 30_000}
    yield "audio.chunk", {**call, **sound, "call.media.codec": "opus"}, None
    picture: Attributes = {"call.media.codec": "VP9", "call.media.resolution": "1280x720", "video.duration": 30_000}
    yield "video.chunk", {**call, **picture, "video.reference": new("video.reference").encode()}, None
