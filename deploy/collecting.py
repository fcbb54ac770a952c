"""A collector's whole life in this process: everything opened in its order, served, and closed again."""

from __future__ import annotations

import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from broker.connect import connect
from collector import logbook
from collector.app import app_of
from collector.connection import manners_for
from collector.entrance import entrance
from collector.errors import CannotStart
from collector.heap import few_searches
from collector.limits import part_of
from collector.meters import Meters
from collector.metrics import Metric
from collector.observed import Observed, observed_calls
from collector.serve import serve
from collector.service import Gateway, Policy
from collector.steps import unwatched
from collector.tls import Certificate, certificate
from collector.work import Work
from deploy import spills
from deploy.keys import followed
from deploy.place import first_beat
from deploy.reload import reload_on_signal
from deploy.shared_ports import Ports
from deploy.workers import Supervisor
from schemas.catalogue import load as load_catalogue
from schemas.keyfile import read_recipient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from collector.grpc_door import GrpcDoor
    from collector.settings import CollectorSettings
    from collector.tracing import Tracing
    from deploy.place import Alone, Place
    from schemas.keyfile import KeyFile


def collect_with_workers(settings: CollectorSettings) -> int:
    """Have several workers collect until told to stop; gives the exit code.

    Raises:
        CannotStart: a port or the spill is somebody else's, or the folder can't be written.
    """
    spills.take_over_leftovers(settings)
    grpc_port = None if settings.grpc_port == "off" else settings.grpc_port
    with closing(Ports(settings.host, settings.port, grpc_port, settings.workers)) as ports:
        line = _taking(settings, ports.port, [ports.grpc] if ports.grpc else [], f", {settings.workers} workers")
        return Supervisor(ports, _run(settings), logbook.tell, line).run()


def collect(settings: CollectorSettings, place: Alone | Place) -> None:
    """Collect until told to stop.

    Raises:
        BadKey, BrokerError, CannotStart, CatalogueInvalid: something that it needs is not there, or wrong.
    """
    place.begin(settings)
    keys = followed(settings.telemetry_key_path, logbook.tell)
    policy = _policy(settings, keys)
    door, shown = entrance(settings, logbook.tell, parts=place.of), certificate(settings, logbook.tell)
    place.look(settings)
    state = ["starting"]
    spill = spills.opened(settings, place.number, place.of)
    with connect(settings.connection(), settings.kafka_driver) as broker:
        tracing = _tracing(settings)
        begin = tracing.begin if tracing else unwatched
        gateway = Gateway(policy, broker, logbook.tell, spill=spill, begin=begin)

        def again() -> str:
            fresh = _policy(settings, keys)
            if shown:
                shown.reload()
            gateway.adopt(fresh)
            *most, last = [
                "catalogue",
                "keys",
                *(["tokens"] if door.reload() else []),
                *(["certificate"] if shown else []),
            ]
            return f"reloaded: {', '.join(most)} and {last}"

        beat = first_beat(place.beat(_run(settings)))
        with beat.beating(lambda: (state[0], gateway.counts())), reload_on_signal(again, logbook.tell):
            gateway.delivery.open_soon()
            ports: list[int] = []

            def listening(port: int) -> None:
                few_searches()
                place.taking(_taking(settings, port, ports))
                state[0] = "running"

            work = Work(gateway, part_of(settings.limits, place.of), door, begin)
            meters = Meters(gateway, gateway.soft_fields, lambda: {**work.gauges(), **_handshakes(shown)})
            gateway.delivery.timed = partial(meters.measured, Metric.PRODUCE_DURATION)
            with place.metrics(_run(settings), meters.exposition) as page:
                try:
                    serve(
                        Observed(app_of(work), meters, settings.metrics, page),
                        host=settings.host,
                        port=settings.port,
                        manners=manners_for(max(settings.limits.body, settings.limits.compressed)),
                        on_listening=listening,
                        turning=place.serving,
                        beside=_grpc(settings, place, work, shown, meters, ports.append),
                        tls=shown.context() if shown else None,
                        shared=place.listening(),
                    )
                finally:
                    state[0] = "stopped"
                    gateway.close()
                    meters.close()
                    if tracing:
                        tracing.close()


def _run(settings: CollectorSettings) -> Path:
    """Say where beats are."""
    return settings.data_dir / "run"


def _grpc(
    settings: CollectorSettings,
    place: Alone | Place,
    work: Work,
    shown: Certificate | None,
    meters: Meters,
    on_listening: Callable[[int], None],
) -> GrpcDoor | None:
    """Make the other door, unless it is switched off."""
    if settings.grpc_port == "off":
        return None
    from collector.grpc_door import GrpcDoor  # noqa: PLC0415 - nobody else pays for it
    from collector.grpc_tls import credentials  # noqa: PLC0415 - as above

    return GrpcDoor(
        work,
        host=settings.host,
        port=place.grpc_port or settings.grpc_port,
        credentials=credentials(shown) if shown else None,
        shared=place.grpc_port != 0,
        on_listening=on_listening,
        on_call=observed_calls(meters),
    )


def _handshakes(shown: Certificate | None) -> dict[str, int]:
    return {"failed_handshakes": shown.failed} if shown else {}


def _taking(settings: CollectorSettings, port: int, ports: Sequence[int], more: str = "") -> str:
    """Say where both doors are."""
    s, host = "s" if settings.tls_cert_file else "", settings.host
    host = f"[{host}]" if ":" in host else host
    other = "".join(f" and grpc{s}://{host}:{of_grpc}" for of_grpc in ports)
    return f"taking OTLP on http{s}://{host}:{port}/v1/logs{other}{more}"


def _policy(settings: CollectorSettings, keys: KeyFile) -> Policy:
    """Read catalogue and keys: at the start, and again at SIGHUP."""
    if not settings.catalog.is_dir():
        raise CannotStart(f"there is no catalogue folder {settings.catalog}: see catalog (--catalog, TIDEGATE_CATALOG)")
    keys.ring(time.time_ns() // 1000)  # it follows its file by itself; what is wrong with it is told here
    return Policy(load_catalogue(settings.catalog), read_recipient(settings.recipient_path), keys)


def _tracing(settings: CollectorSettings) -> Tracing | None:
    """Make spans of our own steps, when asked."""
    if settings.trace_endpoint is None:
        return None
    from collector.tracing import Tracing  # noqa: PLC0415 - nobody else pays for it

    return Tracing.to(settings.trace_endpoint)
