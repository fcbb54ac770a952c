"""SIGHUP: read again what can be read again, without a restart; what is broken leaves the old in force."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

from collector.errors import CannotStart
from collector.quiet import place_of
from deploy.signals import handled
from schemas.findings import CatalogueInvalid
from schemas.quarantine import BadKey


@contextlib.contextmanager
def reload_on_signal(again: Callable[[], str], tell: Callable[[str], None]) -> Iterator[None]:
    """Call `again` at each SIGHUP, one call after the other, and tell what it says, or in one line why it failed.

    `again` puts the new in force itself, whole, once it has all of it. Signals that come meanwhile are one more call.
    """
    wake, stop = threading.Event(), False

    def work() -> None:
        while wake.wait() and not stop:
            wake.clear()
            tell(_outcome(again))

    def handle(_number: int, _frame: object) -> None:
        # Not from here: the thread may be inside this event's lock.
        threading.Thread(target=wake.set).start()

    thread = threading.Thread(target=work, name="reload", daemon=True)
    thread.start()
    try:
        with handled((signal.SIGHUP,), handle):
            yield
    finally:
        stop = True
        wake.set()
        thread.join()


def _outcome(again: Callable[[], str]) -> str:
    try:
        return again()
    except CatalogueInvalid as error:
        more = f" (and {len(error.findings) - 1} more)" if len(error.findings) > 1 else ""
        why = f"{' '.join(str(error.findings[0]).split())}{more}"
    except (BadKey, CannotStart) as error:
        why = " ".join(str(error).split())
    except OSError as error:
        why = type(error).__name__
    except Exception as defect:  # noqa: BLE001 - its text may be content, and this thread must not end
        why = f"internal: {place_of(defect)}"
    return f"nothing was reloaded, what was in force stays: {why}"
