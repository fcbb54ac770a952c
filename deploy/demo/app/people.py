"""Who takes part: tenants, apps, persons, meetings; and how each app describes itself to the SDK."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy.demo.app.moments import SECOND, Attributes, uuid

if TYPE_CHECKING:
    import random

MINUTE = 60 * SECOND
LOCALES = (
    ("en-US", "America/New_York"),
    ("en-GB", "Europe/London"),
    ("de-DE", "Europe/Berlin"),
    ("ja-JP", "Asia/Tokyo"),
)


@dataclass(frozen=True, slots=True)
class App:
    """One of the apps, as its own team set the SDK up; `detected` is what its resource detectors add."""

    name: str
    version: str
    previous_version: str
    platform: str
    video_codec: str
    system: str
    family: str
    detected: Attributes = field(default_factory=dict)


APPS = (
    App("meetings-desktop", "6.12.3", "6.12.1", "windows", "H264", "windows-11", "lenovo-thinkpad", {
        "host.arch": "amd64", "os.description": "Windows 11 24H2", "os.version": "10.0.26100",
        "process.pid": 4711, "process.runtime.name": "electron", "process.runtime.version": "38.1.0",
    }),
    App("meetings-desktop", "6.12.3", "6.11.0", "darwin", "H264", "macos", "apple-macbook-air", {
        "host.arch": "arm64", "os.description": "macOS 26.1", "process.pid": 902, "process.runtime.name": "electron",
    }),
    App("meetings-web", "6.13.0", "6.12.4", "web", "VP9", "chromeos", "google-chromebook", {}),
    App("meetings-ios", "6.12.0", "6.10.2", "ios", "H264", "ios", "apple-iphone", {
        "os.version": "26.1", "device.manufacturer": "Apple",
    }),
    App("meetings-android", "6.11.7", "6.11.2", "android", "VP8", "android", "google-pixel", {
        "os.version": "16", "device.manufacturer": "Google",
    }),
)  # fmt: skip
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:142.0) Gecko/20100101 Firefox/142.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organisation that holds an account; `opted_out` ones don't want their data used for machine learning."""

    id: str
    opted_out: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A participant: one session of one app."""

    tenant: Tenant
    app: App
    user_id: str
    session_id: str
    locale: str
    time_zone: str
    user_agent: str | None

    @property
    def resource(self) -> Attributes:
        """What the session says of itself. `telemetry.sdk.*` and `service.instance.id` come from the SDK."""
        attributes: Attributes = {
            "service.name": self.app.name,
            "service.version": self.app.version,
            "os.type": self.app.platform,
            "session.id": self.session_id,
            "tenant.id": self.tenant.id,
            **self.app.detected,
        }
        if self.tenant.opted_out:
            attributes["ml.opt_out"] = True
        return attributes


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting from `start` to `end`; the first participant is its host."""

    meeting_id: str
    call_id: str
    poll_id: str
    board_id: str
    start: int
    end: int
    people: tuple[Person, ...]

    @property
    def host(self) -> Person:
        """Who opened it."""
        return self.people[0]


def tenants(rng: random.Random, count: int) -> list[Tenant]:
    """Make tenants; the last has opted out."""
    return [Tenant(uuid(rng), opted_out=number == count - 1) for number in range(count)]


def meeting(rng: random.Random, tenant: Tenant, size: int, now: int) -> Meeting:
    """Make a meeting of `size` participants that was over by `now`."""
    end = now - rng.randrange(10 * MINUTE, 60 * MINUTE)
    start = end - rng.randrange(20 * MINUTE, 50 * MINUTE)
    people = tuple(person(rng, tenant) for _ in range(size))
    return Meeting(uuid(rng), uuid(rng), uuid(rng), uuid(rng), start, end, people)


def person(rng: random.Random, tenant: Tenant) -> Person:
    """Make a participant."""
    app = rng.choice(APPS)
    locale, zone = rng.choice(LOCALES)
    browser = rng.choice(BROWSERS) if app.platform == "web" else None
    return Person(tenant, app, uuid(rng), uuid(rng), locale, zone, browser)
