"""How the app ran: start, media quality, devices, requests, stalls, failures, crashes. Diagnostic events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.demo.app.moments import SECOND, Attributes, Moment, diagnostic
from deploy.demo.app.stay import Stay

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = 60 * SECOND
ROUTES = (
    "/v1/session",
    "/v1/meetings/{meeting_id}",
    "/v1/meetings/{meeting_id}/join",
    "/v1/calendar/sync",
    "/v1/profile",
)
FRAMES = ("meetings.media.pipeline.on_frame", "meetings.call.roster.merge", "meetings.call.controller.reconnect")
DEVICES = ("builtin", "bluetooth", "046d:0825", "046d:082d", "046d:085e")
SCREENS = ("CallScreen", "GalleryView", "ChatPanel", "RosterPanel")
ERRORS = ("ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ERR_NETWORK_CHANGED")
NETWORKS = ("wifi", "wired", "unknown")


def starting(stay: Stay) -> Iterator[Moment]:
    """The app's start, in some an update before it, and a look at the machine."""
    rng, app = stay.rng, stay.person.app
    browser: Attributes = {"user_agent.original": stay.person.user_agent} if stay.person.user_agent else {}
    yield diagnostic(stay.start - 20 * SECOND, "app.started", {
        "app.start.kind": rng.choice(("cold", "warm", "hot")),
        "app.start.duration": rng.randint(180, 6000),
        "app.update.waiting": stay.chance(10),
        **browser,
    })  # fmt: skip
    if stay.chance(20):
        yield diagnostic(stay.start - 10 * SECOND, "host.profiled", {
            "os.name": app.system,
            "device.family": app.family,
            "host.processor.count": rng.choice((4, 8, 8, 12, 16)),
            "host.memory.size": rng.choice((8, 16, 16, 32)) * 2**30,
            "host.hardware_encoder": not stay.chance(10),
        })  # fmt: skip
    if stay.chance(15):
        yield diagnostic(stay.start - 300 * SECOND, "update.installed", {
            "app.update.previous_version": app.previous_version,
            "app.update.channel": rng.choice(("stable", "stable", "beta")),
            "app.update.size": rng.randint(2_000_000, 90_000_000),
            "app.update.rolled_back": stay.chance(2),
        })  # fmt: skip


def media(stay: Stay) -> Iterator[Moment]:
    """A sample a minute: sound always, picture every other time."""
    loss = stay.rng.choice((0.0, 0.0, 0.01, 0.04))  # how good this participant's network is
    for number, at in enumerate(range(stay.start + SAMPLE, stay.end, SAMPLE)):
        yield sample(stay, at, "audio", "opus", loss)
        if number % 2:
            yield sample(stay, at, "video", stay.person.app.video_codec, loss)


def sample(stay: Stay, at: int, kind: str, codec: str, loss: float) -> Moment:
    """One sample of one stream."""
    rng = stay.rng
    picture: Attributes = {} if kind == "audio" else {"call.media.resolution": rng.choice(("1280x720", "640x360"))}
    rate = (24.0, 96.0) if kind == "audio" else (300.0, 2400.0)
    return diagnostic(at, "call.quality", {
        **stay.call,
        "call.media.kind": kind,
        "call.media.direction": rng.choice(("sent", "received")),
        "call.media.codec": codec,
        **picture,
        "call.media.jitter": round(rng.expovariate(1 / 12), 1),
        "call.media.packet_loss": round(min(1.0, loss + rng.random() * 0.01), 4),
        "call.media.bitrate": round(rng.uniform(*rate), 1),
        "call.media.round_trip_time": rng.randint(12, 320),
    })  # fmt: skip


def devices(stay: Stay) -> Iterator[Moment]:
    """Headsets come and go."""
    rng = stay.rng
    for at in stay.moments(2):
        yield diagnostic(at, "device.changed", {
            **stay.call,
            "media.device.role": rng.choice(("microphone", "speaker", "camera", "headset")),
            "media.device.model": rng.choice(DEVICES),
            "media.device.bus": rng.choice(("usb", "bluetooth", "jack", "built_in")),
            "media.device.cause": rng.choice(("plugged", "unplugged", "chosen")),
        })  # fmt: skip


def requests(stay: Stay) -> Iterator[Moment]:
    """Calls of the service's API."""
    rng = stay.rng
    for at in stay.moments(12):
        yield diagnostic(at, "api.request", {
            "http.route": rng.choice(ROUTES),
            "http.request.method": rng.choice(("GET", "GET", "POST")),
            "http.response.status_code": rng.choice((200, 200, 200, 204, 404, 503)),
            "api.request.duration": rng.randint(8, 1800),
            "http.response.body.size": rng.randint(0, 60_000),
            "server.address": "api.meetings.example",  # what HTTP instrumentation always adds
            "server.port": 443,
        })  # fmt: skip


def stalls(stay: Stay) -> Iterator[Moment]:
    """Sound, picture or interface stuck; the device short of something."""
    rng = stay.rng
    for at in stay.moments(3):
        yield diagnostic(at, "media.stalled", {
            **stay.call,
            "call.media.kind": "audio",
            "call.media.codec": "opus",
            "media.stall.cause": rng.choice(("network", "cpu", "decoder")),
            "media.stall.duration": rng.randint(120, 4000),
            "media.stall.recovered": True,
        })  # fmt: skip
    for at in stay.moments(2):
        yield diagnostic(at, "ui.stalled", {
            "app.jank.frame_count": rng.randint(1, 40),
            "app.jank.period": 10.0,
            "app.jank.threshold": 0.05,
            "app.screen.name": rng.choice(SCREENS),
        })  # fmt: skip
        yield diagnostic(at, "resource.pressure", {
            **stay.call,
            "app.cpu.utilization": round(rng.uniform(0.5, 1.0), 2),
            "app.memory.usage": rng.randint(200, 3000) * 1_000_000,
            "device.thermal.state": rng.choice(("nominal", "fair", "serious")),
        })  # fmt: skip


def failures(stay: Stay) -> Iterator[Moment]:
    """Connections that broke."""
    rng = stay.rng
    if stay.chance(30):
        yield diagnostic(stay.moment(), "connection.failed", {
            **stay.call,
            "connection.stage": rng.choice(("ice", "dtls", "signalling", "tls")),
            "error.type": rng.choice(ERRORS),
            "network.connection.type": rng.choice(NETWORKS),
            "connection.attempt": rng.randint(1, 4),
            "connection.duration": rng.randint(500, 30_000),
            "connection.relayed": stay.chance(40),
        })  # fmt: skip


def crashes(stay: Stay) -> Iterator[Moment]:
    """A crash, recorded as the SDK does it: with the exception's message and stack trace."""
    if stay.chance(4):
        yield crash(stay, stay.moment(), ValueError(stay.words("utterance")))


def crash(stay: Stay, at: int, exception: Exception) -> Moment:
    """The event of a crash. The SDK adds `exception.type`, `.message` and `.stacktrace` by itself."""
    return diagnostic(at, "app.crashed", {
        "app.crash.top_frame": stay.rng.choice(FRAMES),
        "app.process.role": stay.rng.choice(("main", "renderer", "media")),
        "app.in_call": True,
        "app.uptime": stay.elapsed(at) + 20,
    }, exception)  # fmt: skip


PARTS = (starting, media, devices, requests, stalls, failures, crashes)
