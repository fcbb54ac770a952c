"""The workers behind the doors: who follows one that ends, what waits for it and how long, and the bounds of all."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

SUPERVISOR, PORT = "deploy/workers.py:Supervisor", "deploy/shared_ports.py:Port"
SERVER = "collector/serve.py:_Server"
LEFT = ("tests/unit/test_collector_leftovers.py",)
SERVE = "tests/unit/test_collector_serve.py"


def _process(test: str) -> tuple[str, ...]:
    return (f"tests/unit/test_collector_workers.py::test_{test}",)


def _socket(test: str) -> tuple[str, ...]:
    return (f"tests/unit/test_worker_sockets.py::test_{test}",)


MUTANTS: Final = (
    Mutant(
        "worker-again", "P10", "a worker that was killed stays away", f"{SUPERVISOR}._look_after",
        "if may and not self._stopping and now >= worker.due:", "if may and not worker.began:",
        _process("who_ends_at_once_is_started_later_and_later"),
    ),
    Mutant(
        "worker-alone", "P10", "workers outlive a killed supervisor", "deploy/place.py:Place.begin",
        "os.kill(os.getpid(), signal.SIGTERM)", "pass",
        _process("workers_end_with_a_killed_supervisor"),
    ),
    Mutant(
        "worker-left", "P10", "a worker that is stuck outlives a killed supervisor", "deploy/place.py:Place.begin",
        "os.kill(os.getpid(), signal.SIGKILL)", "pass",
        _socket("a_supervisor_that_is_gone_is_missed"),
    ),
    Mutant(
        "worker-stuck", "P10", "connections wait for a worker that is stuck", f"{SUPERVISOR}._look_after",
        "worker.silent > STUCK", "False",
        _socket("a_worker_that_is_stuck_is_killed_and_started_again"),
    ),
    Mutant(
        "worker-pause", "P11", "a worker that can't live is started without end", f"{SUPERVISOR}._later",
        "now + worker.pause", "now",
        _process("who_ends_at_once_is_started_later_and_later"),
    ),
    Mutant(
        "worker-hangup", "P10", "a signal to read again kills who is starting", f"{SUPERVISOR}._reload",
        "worker.process is not None and worker.ready", "worker.process is not None",
        _process("sighup_waits_for_a_worker_that_is_starting"),
    ),
    Mutant(
        "worker-queue", "P10", "what waits for a worker is lost with it", f"{SUPERVISOR}._ended",
        "self._start(worker, now)", "self._start(worker, now)\n        self._await_no_more(worker)",
        _socket("what_waits_for_a_worker_that_is_killed_waits_for_the_next_one"),
    ),
    Mutant(
        "worker-paused", "P10", "connections wait for a worker that is not started", f"{SUPERVISOR}._later",
        "self._await_no_more(worker)", "pass",
        _socket("nothing_waits_for_a_worker_that_is_started_only_after_a_pause"),
    ),
    Mutant(
        "worker-full", "P10", "all workers end when the machine is full for a moment", f"{SUPERVISOR}._start",
        "except OSError as error:", "except ZeroDivisionError as error:",
        _socket("a_worker_that_cannot_be_started_just_now_is_started_later"),
    ),
    Mutant(
        "worker-late", "P10", "connections wait for a worker that waits itself",
        f"{SUPERVISOR}._look_after", "worker.awaited and now - worker.began > WAITS", "False",
        _socket("nothing_waits_long_for_a_worker_that_takes_its_time"),
    ),
    Mutant(
        "worker-deaf", "P10", "nobody misses a worker that does not listen", f"{SUPERVISOR}._begins",
        "process.terminate()", "pass", _socket("a_worker_that_is_deaf_is_started_again"),
    ),
    Mutant(
        "worker-ended", "P10", "connections wait for a worker that has ended for good",
        f"{SUPERVISOR}._ended", "cease(worker.http)", "pass",
        _socket("who_has_ended_does_not_listen_while_others_finish"),
    ),
    Mutant(
        "shared-stop", "P10", "connections wait for a worker that finishes", f"{SERVER}._stop_listening",
        "cease(each)", "pass", (f"{SERVE}::test_nobody_waits_on_a_shared_socket_that_was_told_to_stop",),
    ),
    Mutant(
        "shared-taken", "P11", "a worker whose port is taken dies of a traceback", f"{SERVER}._listening",
        "begin(bound, self.config.backlog)", "pass",
        (f"{SERVE}::test_a_shared_port_that_is_taken_is_told_in_one_line",),
    ),
    Mutant(
        "cease-twice", "P10", "who listens again can answer nobody", "collector/listening.py:cease",
        "listens(listening)", "True", _socket("who_ceased_can_begin_again"),
    ),
    Mutant(
        "port-probe", "P10", "two collectors' workers share a port unseen", f"{PORT}.__init__",
        "closing(listen(host, port))", "closing(bound(host, port))",
        _socket("a_shared_port_is_ours_while_nobody_listens"),
    ),
    Mutant(
        "port-held", "P10", "others take the port while no worker listens", f"{PORT}.__init__",
        "self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)", "pass",
        _socket("a_shared_port_is_ours_while_nobody_listens"),
    ),
    Mutant(
        "port-left", "P10", "workers can't follow on a collector's port", "collector/listening.py:bound",
        "one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)", "pass",
        _socket("what_is_left_of_earlier_connections_is_no_hindrance"),
    ),
    Mutant(
        "worker-rate", "P11", "workers give a sender several times its rate", "deploy/collecting.py:collect",
        "parts=place.of", "parts=1", _process("a_rate_is_that_of_all_workers_together"),
    ),
    Mutant(
        "worker-burst", "P11", "workers give a sender several bursts", "collector/rates.py:_part",
        "rate * burst / parts", "rate * burst", ("tests/unit/test_collector_rates.py",),
    ),
    Mutant(
        "worker-held", "P11", "workers hold several times the memory", "collector/limits.py:part_of",
        "limits.held // workers", "limits.held", ("tests/unit/test_collector_limits.py",),
    ),
    Mutant(
        "leftover-numbers", "P10", "what a worker left is not read whole", "collector/spill/folder.py:Numbers.__init__",
        "newest(folder)", "0", LEFT,
    ),
    Mutant(
        "leftover-held", "P10", "a spill is taken away from who holds it", "collector/spill/leftovers.py:take_over",
        "theirs = hold(folder)", "theirs = held", LEFT,
    ),
)  # fmt: skip
