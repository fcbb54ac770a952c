"""Where a mistake happens: one participant's session, and valid attributes of the events they slip into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opentelemetry.trace import SpanKind

from deploy.demo.app.instruments import HTTP, Measured, Traced
from deploy.demo.app.moments import SECOND
from deploy.demo.app.telemetry import SCOPE, say

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from opentelemetry.util.types import AnyValue, AttributeValue

    from deploy.demo.app.instruments import Gauges
    from deploy.demo.app.moments import Attributes
    from deploy.demo.app.people import Meeting, Person
    from deploy.demo.app.telemetry import Pipeline


@dataclass(slots=True)
class Slip:
    """A session in which something goes wrong at `at` (nanoseconds since the epoch)."""

    pipeline: Pipeline
    gauges: Gauges
    person: Person
    meeting: Meeting
    at: int
    rng: random.Random
    events: list[str] = field(default_factory=list)

    def send(
        self,
        event: str,
        attributes: Mapping[str, AnyValue],
        *,
        resource: Mapping[str, AnyValue] | None = None,
        scope: str = SCOPE,
        scope_attributes: Mapping[str, str] | None = None,
        body: str | None = None,
        severity_text: str | None = None,
        exception: BaseException | None = None,
    ) -> None:
        """Send one record through the stock SDK, and remember its event name."""
        logger = self.pipeline.logger({**self.person.resource, **(resource or {})}, scope, scope_attributes)
        say(logger, event, self.at, attributes, body=body, severity_text=severity_text, exception=exception)
        self.events.append(event)

    def trace(self, attributes: Mapping[str, AttributeValue], exception: BaseException | None = None) -> None:
        """Send one span of a request that the app sent."""
        session = Traced(self.person.resource, self.rng)
        request = {"http.request.method": "GET", "url.template": "/v1/session", **attributes}
        self.events += session.span(HTTP, SpanKind.CLIENT, self.at, SECOND // 4, request, exception)
        self.gauges.send_spans(session.kept)

    def measure(self, **attributes: AttributeValue) -> None:
        """Send one point of the jitter histogram."""
        session = Measured(self.person.resource)
        session.jitter("audio", [4.0, 12.5, 31.0], **attributes)
        self.gauges.send_points(session.reader)
        self.events.append("jitter.measured")

    @property
    def call(self) -> Attributes:
        """The call."""
        return {"call.id": self.meeting.call_id}

    @property
    def joined(self) -> Attributes:
        """A valid `call.joined`."""
        return {
            **self.call,
            "user.id": self.person.user_id,
            "call.entry": "link",
            "call.role": "guest",
            "call.microphone.on": True,
            "call.camera.on": False,
            "call.participant.count": 4,
            "app.locale": self.person.locale,
            "app.time_zone": self.person.time_zone,
        }

    @property
    def ended(self) -> Attributes:
        """A valid `call.ended`."""
        return {
            **self.call,
            "user.id": self.person.user_id,
            "call.end.reason": "left",
            "call.duration": 1800,
            "call.participant.peak_count": 9,
        }

    @property
    def muted(self) -> Attributes:
        """A valid `mute.changed`."""
        return {
            **self.call,
            "call.mute.muted": True,
            "call.mute.medium": "microphone",
            "call.mute.trigger": "button",
            "call.elapsed": 61,
        }

    @property
    def viewed(self) -> Attributes:
        """A valid `view.changed`."""
        return {
            **self.call,
            "call.view.previous": "gallery",
            "call.view.name": "speaker",
            "call.view.by_hand": True,
            "call.view.tile.count": 9,
        }

    @property
    def raised(self) -> Attributes:
        """A valid `hand.raised`."""
        return {**self.call, "hand.raised": True, "hand.position": 1, "hand.lowered_by": "nobody"}

    @property
    def reaction(self) -> Attributes:
        """A valid `reaction.used`."""
        return {**self.call, "reaction.place": "chat", "reaction.trigger": "toolbar", "call.elapsed": 90}

    @property
    def shared(self) -> Attributes:
        """A valid `screen_share.started`."""
        return {
            **self.call,
            "screen_share.surface": "window",
            "screen_share.resolution": "1920x1080",
            "screen_share.with_audio": False,
            "screen_share.viewer.count": 8,
        }

    @property
    def polled(self) -> Attributes:
        """A valid `poll.opened`."""
        return {
            **self.call,
            "poll.form": "single_choice",
            "poll.choice.count": 3,
            "poll.anonymous": True,
            "call.participant.count": 9,
        }

    @property
    def searched(self) -> Attributes:
        """A valid `search.used`."""
        return {"search.scope": "messages", "search.result.count": 0, "search.duration": 210}

    @property
    def request(self) -> Attributes:
        """A valid `api.request`."""
        return {
            "http.route": "/v1/meetings",
            "http.request.method": "GET",
            "http.response.status_code": 200,
            "api.request.duration": 77,
            "http.response.body.size": 512,
        }

    @property
    def failed(self) -> Attributes:
        """A valid `connection.failed`."""
        return {
            **self.call,
            "connection.stage": "ice",
            "error.type": "ETIMEDOUT",
            "network.connection.type": "wifi",
            "connection.attempt": 2,
            "connection.duration": 9000,
            "connection.relayed": False,
        }

    @property
    def crashed(self) -> Attributes:
        """A valid `app.crashed`, but for what the SDK adds of the exception."""
        return {
            "app.crash.top_frame": "meetings.app.main",
            "app.process.role": "main",
            "app.in_call": True,
            "app.uptime": 400,
        }

    @property
    def started(self) -> Attributes:
        """A valid `app.started`."""
        return {"app.start.kind": "cold", "app.start.duration": 900, "app.update.waiting": False}

    @property
    def stalled(self) -> Attributes:
        """A valid `media.stalled`."""
        return {
            **self.call,
            "call.media.kind": "audio",
            "call.media.codec": "opus",
            "media.stall.cause": "network",
            "media.stall.duration": 640,
            "media.stall.recovered": True,
        }
