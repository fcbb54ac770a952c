"""How `up` and `status` show services: a row each, the same words in both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from deploy.states import ServiceState

_COLOURS = {"running": "green", "starting": "yellow", "waiting": "yellow", "stopped": "dim"}
_MOST = 6  # counts shown in a row; --format json has all


def table(bootstrap: str, collector_url: str, states: Iterable[ServiceState]) -> Table:
    """Draw a row for Kafka and one per service."""
    drawn = _head()
    drawn.add_row("kafka", "[green]running[/]", "", "", bootstrap)
    return rows(states, collector_url, drawn)


def _head() -> Table:
    drawn = Table(box=None, pad_edge=False)
    for column in ("service", "state", "pid", "restarts", "counts"):
        drawn.add_column(column, justify="right" if column in {"pid", "restarts"} else "left")
    return drawn


def rows(states: Iterable[ServiceState], collector_url: str = "", drawn: Table | None = None) -> Table:
    """Draw a row per service."""
    drawn = drawn or _head()
    for state in states:
        at = f"{collector_url}  " if collector_url and state.service == "collector" else ""
        colour = _COLOURS.get(state.state, "red")
        drawn.add_row(
            state.service,
            f"[{colour}]{state.state}[/]",
            str(state.pid or ""),
            str(state.restarts),
            at + brief(state.counts),
        )
    return drawn


def whys(states: Iterable[ServiceState]) -> list[str]:
    """Say, a line each, why services stand that would not by themselves."""
    return [f"{state.service}: {state.why}" for state in states if state.why]


def brief(counts: Mapping[str, int]) -> str:
    """Write the largest counts in one line, in their own order."""
    largest = sorted((name for name, count in counts.items() if count), key=lambda name: -counts[name])[:_MOST]
    shown = " ".join(f"{name}={counts[name]}" for name in counts if name in largest)
    return shown + (" …" if sum(map(bool, counts.values())) > _MOST else "")
