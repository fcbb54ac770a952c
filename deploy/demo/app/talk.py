"""What participants say, write, show and share: transcript, chat, reactions, media. All of it is content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.demo.app.moments import Moment, content, reference, usage, uuid
from deploy.demo.app.stay import Stay

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDIA_TYPES = ("application/pdf", "image/png", "text/csv", "video/mp4", "application/x-unlisted")
REACTIONS = ("👍", "🎉", "❤️", "😂", "👏")


def speech(stay: Stay) -> Iterator[Moment]:
    """Transcript and captions."""
    for at in stay.moments(16):
        yield content(at, "transcript.line", {
            **stay.ids,
            "transcript.text": stay.words("utterance"),
            "transcript.language": stay.person.locale,
            "transcript.offset": stay.elapsed(at) * 1000,
        })  # fmt: skip
    for at in stay.moments(4):
        yield content(at, "caption.shown", {
            **stay.ids,
            "caption.text": stay.words("utterance"),
            "caption.language": stay.person.locale,
            "caption.translated": False,
        })  # fmt: skip


def chat(stay: Stay) -> Iterator[Moment]:
    """Messages, files, poll answers."""
    rng = stay.rng
    for at in stay.moments(6):
        yield content(at, "chat.message", {**stay.ids, "chat.message.id": uuid(rng)}, body=stay.words("chat_line"))
    if stay.chance(30):
        yield content(stay.moment(), "attachment.shared", {
            **stay.ids,
            "file.name": stay.words("file_name"),
            "attachment.reference": reference(rng),
            "file.size": rng.randint(10_000, 30_000_000),
        })  # fmt: skip
        yield usage(stay.moment(), "file.shared", {
            **stay.call,
            "share.file.media_type": rng.choice(MEDIA_TYPES),
            "share.file.size": rng.randint(10_000, 30_000_000),
            "share.file.way": rng.choice(("picker", "drop", "paste")),
            "share.file.scanned": not stay.chance(5),
        })  # fmt: skip
    yield content(stay.moment(), "poll.answered", {
        **stay.ids,
        "poll.id": stay.meeting.poll_id,
        "poll.question": stay.words("meeting_title"),
        "poll.answer": stay.words("chat_line"),
    })  # fmt: skip


def reactions(stay: Stay) -> Iterator[Moment]:
    """A reaction is two events: that one was used, and which."""
    rng = stay.rng
    for at in stay.moments(3):
        yield content(at, "reaction.sent", {**stay.ids, "reaction.emoji": rng.choice(REACTIONS)})
        yield usage(at, "reaction.used", {
            **stay.call,
            "reaction.place": "call",
            "reaction.trigger": rng.choice(("toolbar", "shortcut", "gesture")),
            "call.elapsed": stay.elapsed(at),
        })  # fmt: skip


def whiteboard(stay: Stay) -> Iterator[Moment]:
    """Strokes, now and then with a label."""
    if stay.chance(20):
        for at in stay.moments(5):
            yield content(at, "whiteboard.stroke", {
                **stay.ids,
                "whiteboard.id": stay.meeting.board_id,
                "whiteboard.points": stay.rng.randbytes(48),
                "whiteboard.text": stay.words("chat_line"),
            })  # fmt: skip


def recorded(stay: Stay) -> Iterator[Moment]:
    """References to the stored sound and picture."""
    rng = stay.rng
    for at in stay.moments(5):
        yield content(at, "audio.chunk", {
            **stay.ids,
            "audio.reference": reference(rng),
            "call.media.codec": "opus",
            "audio.duration": 30_000,
        })  # fmt: skip
    for at in stay.moments(5):
        yield content(at, "video.chunk", {
            **stay.ids,
            "video.reference": reference(rng),
            "call.media.codec": "VP8",
            "call.media.resolution": "1280x720",
            "video.duration": 30_000,
        })  # fmt: skip


def frame(stay: Stay, at: int) -> Moment:
    """One picture of a shared screen."""
    return content(at, "screen_share.frame", {
        **stay.ids,
        "screen_share.reference": reference(stay.rng),
        "screen_share.window_title": stay.words("file_name"),
    })  # fmt: skip


PARTS = (speech, chat, reactions, whiteboard, recorded)
