"""A collector's whole life in this process: everything opened in its order, served, and closed again."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from broker.connect import connect
from broker.patience import patiently
from collector import logbook
from collector.app import app_of
from collector.entrance import entrance
from collector.errors import CannotStart
from collector.meters import Meters
from collector.metrics import Metric
from collector.observed import Observed, observed_calls
from collector.serve import serve
from collector.service import Gateway, Policy
from collector.spill.leftovers import folder_of, take_over
from collector.spill.store import Spill, SpillTaken
from collector.steps import unwatched
from collector.tls import Certificate, certificate
from collector.together import Together
from collector.work import Work
from deploy.keys import followed
from deploy.reload import reload_on_signal
from deploy.signals import stop_on_signals
from deploy.status import Beat
from deploy.workers import Place, Ports, Supervisor, beat_of
from schemas.catalogue import load as load_catalogue
from schemas.keyfile import read_recipient, read_storage_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from collector.grpc_door import GrpcDoor
    from collector.limits import Limits
    from collector.settings import CollectorSettings
    from collector.tracing import Tracing


def collect_with_workers(settings: CollectorSettings) -> int:
    """Have several workers collect until told to stop; gives the exit code.

    Raises:
        CannotStart: a port or the spill is somebody else's.
    """
    _take_over(settings)
    ports = Ports(settings.host, settings.port, None if settings.grpc_port == "off" else settings.grpc_port)
    try:
        line = _taking(settings, ports.port, [ports.grpc] if ports.grpc else [], f", {settings.workers} workers")
        return Supervisor(settings.workers, ports, _run(settings), logbook.tell, line).run()
    finally:
        ports.close()


def collect(settings: CollectorSettings, place: Place | None = None) -> None:
    """Collect until told to stop, alone or at one worker's place.

    Raises:
        BadKey, BrokerError, CannotStart, CatalogueInvalid: something that it needs is not there, or wrong.
    """
    if place is None:
        _take_over(settings)
    else:
        place.follow()
    policy = _policy(settings)
    door, shown = entrance(settings, logbook.tell), certificate(settings, logbook.tell)
    run = _run(settings)
    beat = Beat(beat_of(run, place.number) if place else run / "collector.json", "collector")
    state = ["starting"]
    spill = _spill(settings, place)
    with connect(settings.connection(), settings.kafka_driver) as broker:
        tracing = _tracing(settings)
        begin = tracing.begin if tracing else unwatched
        gateway = Gateway(policy, broker, logbook.tell, spill=spill, begin=begin)

        def again() -> str:
            fresh = _policy(settings)
            if shown:
                shown.reload()
            door.reload()
            gateway.adopt(fresh)
            return f"reloaded: catalogue, keys{', tokens and certificate' if shown else ' and tokens'}"

        with beat.beating(lambda: (state[0], gateway.counts())), reload_on_signal(again, logbook.tell):
            if spill is None and not _opened(gateway):
                return

            ports: list[int] = []

            def listening(port: int) -> None:
                if place is None:
                    logbook.tell(_taking(settings, port, ports))
                else:
                    place.ready()
                state[0] = "running"

            work = Work(gateway, _limits(settings, place), door, begin)
            meters = Meters(gateway, gateway.soft_fields, work.gauges)
            gateway.delivery.timed = partial(meters.measured, Metric.PRODUCE_DURATION)
            with ExitStack() as stack:
                together = Together(run, place.number, place.of, meters.exposition) if place else None
                if together:
                    stack.enter_context(together.told())
                try:
                    serve(
                        Observed(app_of(work), meters, settings.metrics, together.exposition if together else None),
                        host=settings.host,
                        port=settings.port,
                        on_listening=listening,
                        beside=_grpc(settings, place, work, shown, meters, ports.append),
                        tls=shown.context() if shown else None,
                        shared=place.listening() if place else None,
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


def _limits(settings: CollectorSettings, place: Place | None) -> Limits:
    """Give a worker its part of the room; what one request may hold is the same for all."""
    limits = settings.limits
    if place is None:
        return limits
    return replace(limits, held=max(limits.held // place.of, limits.body, limits.message, limits.compressed))


def _grpc(
    settings: CollectorSettings,
    place: Place | None,
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
        port=place.grpc_port if place else settings.grpc_port,
        credentials=credentials(shown) if shown else None,
        shared=place is not None,
        on_listening=on_listening,
        on_call=observed_calls(meters),
    )


def _taking(settings: CollectorSettings, port: int, ports: Sequence[int], more: str = "") -> str:
    """Say where both doors are."""
    s = "s" if settings.tls_cert_file else ""
    other = "".join(f" and grpc{s}://{settings.host}:{of_grpc}" for of_grpc in ports)
    return f"taking OTLP on http{s}://{settings.host}:{port}/v1/logs{other}{more}"


def _policy(settings: CollectorSettings) -> Policy:
    """Read catalogue and keys: at the start, and again at SIGHUP."""
    return Policy(
        load_catalogue(settings.catalog), read_recipient(settings.recipient_path), followed(settings.telemetry_key_path)
    )


def _tracing(settings: CollectorSettings) -> Tracing | None:
    """Make spans of our own steps, when asked."""
    if settings.trace_endpoint is None:
        return None
    from collector.tracing import Tracing  # noqa: PLC0415 - nobody else pays for it

    return Tracing.to(settings.trace_endpoint)


def _take_over(settings: CollectorSettings) -> None:
    """Have the first worker's spill hold what workers left that are no more."""
    if settings.spill_bytes:
        with _telling(settings.spill_path):
            moved = take_over(settings.spill_path, settings.workers)
        if moved:
            logbook.tell(f"the spill takes over {moved} segments of workers that are no more")


def _spill(settings: CollectorSettings, place: Place | None) -> Spill | None:
    """Open the spill, unless it is switched off; workers have a folder each, and share its bytes."""
    if not settings.spill_bytes:
        return None
    number, of = (place.number, place.of) if place else (0, 1)
    key, folder = read_storage_key(settings.storage_key_path), folder_of(settings.spill_path, number)
    with _telling(folder):
        return Spill(folder, key, most=settings.spill_bytes // of, clock=time.time, tell=logbook.tell)


@contextmanager
def _telling(folder: Path) -> Iterator[None]:
    """Say in one line why a spill can't be opened."""
    try:
        yield
    except SpillTaken as error:
        raise CannotStart(str(error)) from None
    except OSError as error:
        raise CannotStart(
            f"the spill in {folder} can't be opened ({type(error).__name__}): see the disk, or set spill_dir elsewhere"
        ) from None


def _opened(gateway: Gateway) -> bool:
    """Wait for Kafka before the first request is taken; False when told to stop meanwhile."""
    stop = threading.Event()
    with stop_on_signals(stop):
        patiently(gateway.delivery.open, stop=stop, tell=logbook.tell)
    return not stop.is_set()
