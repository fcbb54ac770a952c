"""Every metric of the collector, in one table, and the closed list that each label's values come from.

Names are those of OpenTelemetry's semantic conventions where it has one; ours begin with `tidegate.collector`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, StrEnum, unique
from typing import Final

from broker.port import SAYS
from collector.pipeline import Discarded
from collector.signals import PROFILES_PATH, PROFILES_SERVICE, SIGNALS
from schemas.model import Kind
from schemas.reasons import Reason

OTHER: Final = "_OTHER"  # what OpenTelemetry writes for a value that is not in the list
NONE: Final = "none"  # the label says nothing of this outcome

METHOD, ROUTE, STATUS = "http.request.method", "http.route", "http.response.status_code"
RPC, CODE = "rpc.method", "rpc.response.status_code"
MODE = "cpu.mode"
OUTCOME, KIND, REASON = "tidegate.outcome", "tidegate.kind", "tidegate.reason"
FIELD, ERROR = "tidegate.field", "tidegate.broker.error"
SPILL, STRANDED = "tidegate.spill.event", "tidegate.spill.stranded"

PATHS: Final = (*(signal.path for signal in SIGNALS), PROFILES_PATH, "/healthz", "/readyz", "/metrics")

# A label -> its values. The values of `FIELD` are the catalogue's: its soft fields, see `soft_fields`.
CLOSED: Final[Mapping[str, frozenset[str]]] = {
    METHOD: frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", OTHER}),
    ROUTE: frozenset({*PATHS, OTHER}),
    STATUS: frozenset(
        {"200", "204", "400", "401", "403", "404", "405", "413", "415", "429", "499", "500", "503", OTHER}
    ),
    RPC: frozenset({*(signal.method for signal in SIGNALS), f"{PROFILES_SERVICE}/Export", OTHER}),
    CODE: frozenset(
        {
            *("OK", "CANCELLED", "INVALID_ARGUMENT", "UNAUTHENTICATED", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED"),
            *("UNAVAILABLE", "UNIMPLEMENTED", OTHER),
        }
    ),
    MODE: frozenset({"user", "system"}),
    OUTCOME: frozenset({"accepted", "refused", "discarded"}),
    KIND: frozenset({*(kind.value for kind in Kind), NONE, OTHER}),
    REASON: frozenset({*(reason.code for reason in Reason), *(why.value for why in Discarded), NONE, OTHER}),
    ERROR: frozenset({*(error.__name__ for error in SAYS), OTHER}),
    SPILL: frozenset({"spilled", "replayed", "full", "error"}),
    STRANDED: frozenset({"refused", "damaged", "torn"}),
}


class Sort(StrEnum):
    """How a metric's values behave."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BYTES: Final = (1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 8388608.0)


@unique
class Metric(Enum):
    """Name, how it behaves, unit, labels, a sentence, and a histogram's bounds."""

    # Requests, as they are seen from outside the application
    REQUEST_DURATION = (
        "http.server.request.duration",
        Sort.HISTOGRAM,
        "s",
        (METHOD, ROUTE, STATUS),
        "How long requests took, from their head to the last byte of the answer; their number, and those refused.",
        _SECONDS,
    )
    ACTIVE_REQUESTS = "http.server.active_requests", Sort.GAUGE, "{request}", (), "Requests that are in work."
    BODY_SIZE = (
        "http.server.request.body.size",
        Sort.HISTOGRAM,
        "By",
        (ROUTE,),
        "Bytes of the requests' bodies, as they were sent; the sum is what came in.",
        _BYTES,
    )
    CALL_DURATION = (
        "rpc.server.call.duration",
        Sort.HISTOGRAM,
        "s",
        (RPC, CODE),
        (
            "How long calls over gRPC took; their number, and those refused. `CANCELLED`: it broke off before our "
            "answer, as its sender left or grpc itself refused the message (too large, deflate), which it does not say."
        ),
        _SECONDS,
    )
    CALL_SIZE = (
        "rpc.server.request.size",
        Sort.HISTOGRAM,
        "By",
        (RPC,),
        "Bytes of the messages over gRPC, as they were sent; the sum is what came in beside HTTP.",
        _BYTES,
    )
    FAILED_HANDSHAKES = (
        "tidegate.collector.tls.failed_handshakes",
        Sort.COUNTER,
        "{handshake}",
        (),
        "TLS handshakes that failed at HTTP's port: no trust, no client certificate, no TLS at all. grpc tells none.",
    )
    # Records
    RECEIVED = "tidegate.collector.received", Sort.COUNTER, "{record}", (), "Records that were judged."
    OUTCOMES = (
        "tidegate.collector.outcomes",
        Sort.COUNTER,
        "{record}",
        (OUTCOME, KIND, REASON),
        "What became of the records: accepted by kind; refused and discarded by reason.",
    )
    OTHERS = (
        "tidegate.collector.others",
        Sort.COUNTER,
        "{value}",
        (FIELD,),
        "Values outside their field's list that became OTHER, by declared field.",
    )
    DROPPED = (
        "tidegate.collector.dropped_attributes",
        Sort.COUNTER,
        "{attribute}",
        (),
        "Attributes that were destroyed as planned.",
    )
    # The way to safety
    PRODUCE_DURATION = (
        "tidegate.collector.produce.duration",
        Sort.HISTOGRAM,
        "s",
        (),
        "How long a produce took until Kafka acknowledged all of it.",
        _SECONDS,
    )
    UNSAFE = (
        "tidegate.collector.unacknowledged_requests",
        Sort.COUNTER,
        "{request}",
        (),
        "Requests whose senders were told to come again, as neither Kafka nor the disk had them.",
    )
    BROKER_ERRORS = (
        "tidegate.collector.broker.errors",
        Sort.COUNTER,
        "{error}",
        (ERROR,),
        "What went wrong at Kafka's door, by our class of error.",
    )
    WAITING = (
        "tidegate.collector.queue.waiting",
        Sort.GAUGE,
        "{request}",
        (),
        "Requests that wait for their turn, be it to be decoded or to be produced.",
    )
    HELD = "tidegate.collector.queue.held", Sort.GAUGE, "By", (), "Bytes of bodies held at once."
    SPILL_DEPTH = "tidegate.collector.spill.depth", Sort.GAUGE, "By", (), "What the spill takes on the disk."
    SPILL_AGE = (
        "tidegate.collector.spill.age",
        Sort.GAUGE,
        "s",
        (),
        "How long ago the oldest batch in the spill was written; 0 when there is none.",
    )
    SPILL_EVENTS = (
        "tidegate.collector.spill.requests",
        Sort.COUNTER,
        "{request}",
        (SPILL,),
        "Requests that were spilled, were brought to Kafka later, or found the spill full; errors of its disk.",
    )
    SPILL_ASIDE = (
        "tidegate.collector.spill.aside",
        Sort.GAUGE,
        "By",
        (),
        "What of the spill is set aside and waits for somebody: refused by Kafka for good, or damaged.",
    )
    SPILL_STRANDED = (
        "tidegate.collector.spill.stranded",
        Sort.COUNTER,
        "{entry}",
        (STRANDED,),
        "What never got from the spill to Kafka: messages refused for good, damaged entries, ends torn by a kill.",
    )
    # The process
    CPU = "process.cpu.time", Sort.COUNTER, "s", (MODE,), "Processor time of the process."
    MEMORY = "process.memory.usage", Sort.GAUGE, "By", (), "Memory that the process has resident."
    THREADS = "process.thread.count", Sort.GAUGE, "{thread}", (), "Threads of the process."
    UPTIME = "process.uptime", Sort.GAUGE, "s", (), "How long the process has been running."

    def __init__(
        self,
        label: str,
        sort: Sort,
        unit: str,
        labels: Sequence[str],
        sentence: str,
        bounds: Sequence[float] | None = None,
    ) -> None:
        """Unpack a member."""
        self.label = label
        self.sort = sort
        self.unit = unit
        self.labels = tuple(labels)
        self.sentence = sentence
        self.bounds = bounds

    @property
    def exposed(self) -> str:
        """The name in the exposition: Prometheus writes units out, and counters as totals."""
        written = {"s": "_seconds", "By": "_bytes"}.get(self.unit, "")
        return self.label.replace(".", "_") + written + ("_total" if self.sort is Sort.COUNTER else "")


def closed(label: str, value: str) -> str:
    """Give a value of a label's list: this one, or `_OTHER` where it is none of them."""
    return value if value in CLOSED[label] else OTHER
