"""The simulated life of one participant in one meeting, moment by moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.demo.app import quality, talk
from deploy.demo.app.moments import SECOND, Attributes, Moment, content, usage
from deploy.demo.app.stay import Stay

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from deploy.demo.app.corpus import Corpus
    from deploy.demo.app.people import Meeting, Person

VIEWS = ("gallery", "speaker", "side_by_side", "immersive", "miniature", "full_screen")
SETTINGS = (
    "audio.noise_suppression",
    "video.mirror_self",
    "video.background_blur",
    "view.dark_theme",
    "chat.link_previews",
)
STEPS = ("sign_in.start", "sign_in.done", "permission.microphone", "audio.test", "tour.done")
CONTENT_STARS = 3  # with more, there was no problem


def life(person: Person, meeting: Meeting, corpus: Corpus, rng: random.Random) -> list[Moment]:
    """Simulate a stay from the app's start to the rating, in order of time."""
    stay = Stay(person, meeting, corpus, rng)
    parts = (
        arriving,
        leaving,
        hosting,
        dialling_in,
        controls,
        sharing,
        searching,
        settling,
        *talk.PARTS,
        *quality.PARTS,
    )
    return sorted((moment for part in parts for moment in part(stay)), key=lambda moment: moment.at)


def arriving(stay: Stay) -> Iterator[Moment]:
    """Join under a name."""
    rng, person = stay.rng, stay.person
    yield usage(stay.start, "call.joined", {
        **stay.ids,
        "call.entry": rng.choice(("link", "calendar", "invitation", "lobby")),
        "call.role": "host" if person is stay.meeting.host else "member",
        "call.microphone.on": stay.chance(40),
        "call.camera.on": stay.chance(60),
        "call.participant.count": rng.randint(1, len(stay.meeting.people)),
        "app.locale": person.locale,
        "app.time_zone": person.time_zone,
    })  # fmt: skip
    yield content(stay.start, "display_name.set", {
        "user.id": person.user_id,
        "user.full_name": stay.words("display_name"),
    })  # fmt: skip


def leaving(stay: Stay) -> Iterator[Moment]:
    """Leave, and perhaps say how it was."""
    rng = stay.rng
    yield usage(stay.end, "call.ended", {
        **stay.ids,
        "call.end.reason": rng.choice(("left", "left", "left", "host_ended", "network")),
        "call.duration": stay.elapsed(stay.end),
        "call.participant.peak_count": len(stay.meeting.people),
        "call.speech.ratio": round(rng.random() ** 2, 2),
    })  # fmt: skip
    if stay.chance(50):
        stars = rng.randint(1, 5)
        problem = "none" if stars > CONTENT_STARS else rng.choice(("echo", "delay", "no_sound", "bad_picture"))
        rating: Attributes = {"call.rating.stars": stars, "call.rating.problem": problem}
        yield usage(stay.end + 5 * SECOND, "call.rated", {**stay.call, **rating})


def hosting(stay: Stay) -> Iterator[Moment]:
    """What the host does: title, poll, recording."""
    if stay.person is not stay.meeting.host:
        return
    rng = stay.rng
    yield content(stay.start, "meeting.titled", {
        "meeting.id": stay.meeting.meeting_id,
        "user.id": stay.person.user_id,
        "meeting.title": stay.words("meeting_title"),
    })  # fmt: skip
    yield usage(stay.moment(), "poll.opened", {
        **stay.call,
        "poll.form": rng.choice(("single_choice", "multiple_choice", "rating")),
        "poll.choice.count": rng.randint(2, 6),
        "poll.anonymous": stay.chance(50),
        "call.participant.count": len(stay.meeting.people),
    })  # fmt: skip
    yield usage(stay.start + 30 * SECOND, "recording.started", {
        **stay.call,
        "recording.storage": rng.choice(("cloud", "device", "tenant")),
        "recording.trigger": "host",
        "recording.with_video": True,
        "recording.with_transcript": True,
        "call.elapsed": 30,
    })  # fmt: skip


def dialling_in(stay: Stay) -> Iterator[Moment]:
    """A few take part by telephone too."""
    if stay.chance(12):
        yield usage(stay.start - 5 * SECOND, "dial_in.used", {
            **stay.call,
            "dial_in.country": stay.rng.choice(("US", "GB", "DE", "JP", "CH")),
            "dial_in.toll_free": stay.chance(50),
            "dial_in.wait": stay.rng.randint(5, 90),
            "dial_in.failed_pin.count": stay.rng.choice((0, 0, 0, 1)),
        })  # fmt: skip


def controls(stay: Stay) -> Iterator[Moment]:
    """Mute and unmute, change the view, raise a hand."""
    rng = stay.rng
    muted, view = True, "gallery"
    for at in stay.moments(14):
        muted = not muted
        yield usage(at, "mute.changed", {
            **stay.call,
            "call.mute.muted": muted,
            "call.mute.medium": rng.choice(("microphone", "microphone", "camera")),
            "call.mute.trigger": rng.choice(("button", "button", "shortcut", "push_to_talk", "headset")),
            "call.elapsed": stay.elapsed(at),
        })  # fmt: skip
    for at in stay.moments(6):
        previous, view = view, rng.choice(VIEWS)
        yield usage(at, "view.changed", {
            **stay.call,
            "call.view.previous": previous,
            "call.view.name": view,
            "call.view.by_hand": stay.chance(70),
            "call.view.tile.count": rng.randint(1, 25),
        })  # fmt: skip
    for at in stay.moments(2):
        raised: Attributes = {"hand.raised": True, "hand.position": rng.randint(0, 4), "hand.lowered_by": "nobody"}
        yield usage(at, "hand.raised", {**stay.call, **raised})


def sharing(stay: Stay) -> Iterator[Moment]:
    """One participant in four shows a screen. That it was shown is usage, its picture is content."""
    if not stay.chance(25):
        return
    rng = stay.rng
    start = rng.randrange(stay.start, (stay.start + stay.end) // 2)
    end = rng.randrange(start + SECOND, stay.end)
    yield usage(start, "screen_share.started", {
        **stay.call,
        "screen_share.surface": rng.choice(("screen", "window", "tab")),
        "screen_share.resolution": "1920x1080",
        "screen_share.with_audio": False,
        "screen_share.viewer.count": len(stay.meeting.people) - 1,
    })  # fmt: skip
    for at in sorted(rng.randrange(start, end) for _ in range(4)):
        yield talk.frame(stay, at)
    yield usage(end, "screen_share.stopped", {
        **stay.call,
        "screen_share.end.reason": "presenter",
        "screen_share.duration": (end - start) // SECOND,
        "screen_share.pause.count": rng.randint(0, 2),
    })  # fmt: skip


def searching(stay: Stay) -> Iterator[Moment]:
    """Search: where, and how much was found; never what for."""
    rng = stay.rng
    for at in stay.moments(2):
        yield usage(at, "search.used", {
            "search.scope": rng.choice(("messages", "people", "files", "everything")),
            "search.result.count": rng.randint(0, 40),
            "search.duration": rng.randint(20, 900),
        })  # fmt: skip


def settling(stay: Stay) -> Iterator[Moment]:
    """Change settings; for newcomers, the first-run tour."""
    rng = stay.rng
    for at in stay.moments(2):
        setting: Attributes = {
            "app.setting.key": rng.choice(SETTINGS),
            "app.setting.enabled": True,
            "app.setting.source": "user",
        }
        yield usage(at, "setting.changed", setting)
    if stay.chance(20):
        for number, step in enumerate(STEPS, start=1):
            yield usage(stay.start + number * 9 * SECOND, "onboarding.step_completed", {
                "onboarding.step": step,
                "onboarding.skipped": stay.chance(30),
                "onboarding.duration": rng.randint(2, 60),
                "onboarding.visit.count": 1,
            })  # fmt: skip
