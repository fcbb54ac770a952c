"""The demo's last screen: what was sent, what became of it, what the mistakes did, and what the scan found.

Within 100 columns and some 60 lines. Everything shown is a count or a name of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from schemas.quarantine import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, RenderableType

    from consumers.query import Result
    from deploy.demo.figures import Figures
    from deploy.demo.scan import Report

WIDTH = 100
YES, NO = Text("✓", "bold green"), Text("✗", "bold red")
LEAKS_SHOWN = 8
QUESTION = "Packet loss by codec, asked of the tables with DuckDB"
SQL = """
SELECT codec, count(*) AS samples, round(100 * median(loss), 2) AS median_loss,
       round(100 * quantile_cont(loss, 0.95), 2) AS loss_p95, round(median(jitter), 1) AS jitter
FROM diagnostic.call_quality GROUP BY codec ORDER BY samples DESC
"""
HEADINGS = ("codec", "samples", "median loss %", "95th percentile %", "median jitter ms")


def show(console: Console, figures: Figures, answer: Result, report: Report) -> bool:
    """Print the screen; True when every sum adds up and the scan is clean."""
    checks = figures.checks()
    console.print(
        Panel(_told(figures), title="[bold]Tidegate demo[/]", width=WIDTH, box=box.ROUNDED),
        _flow(figures),
        *(_line(check.holds, check.text) for check in checks),
        Text(),
        _mistakes(figures, report),
        Text(),
        _answer(answer),
        Panel(_verdict(report), title="[bold]Canary scan[/]", width=WIDTH, box=box.ROUNDED),
        sep="\n",
    )
    return report.clean and all(check.holds for check in checks)


def _told(figures: Figures) -> str:
    told = figures.manifest
    return (
        f"{told['participants']} participants in {told['meetings']} meetings of {told['tenants']} tenants "
        f"({told['tenants_opted_out']} opted out of ML), the stock OpenTelemetry SDK.\n"
        f"Their words come from {told['corpus']}. {len(told['mistakes'])} mistakes that real apps make are among them."
    )


def _flow(figures: Figures) -> Table:
    """Two columns: what the collector did, what the validator did."""
    kinds = figures.accepted
    reasons = figures.autopsy.told
    collector = (
        ("[bold]sent by the app", figures.sent),
        ("[green]accepted[/] usage", kinds["usage"]),
        ("[green]accepted[/] diagnostic", kinds["diagnostic"]),
        ("[green]accepted[/] content, to customer.content", kinds["content"]),
        *((f"[red]refused[/] {reason}", count) for reason, count in reasons[Stage.COLLECTOR].most_common()),
    )
    validator = (
        ("[bold]service-generated, accepted", figures.generated),
        ("[green]in ml.eligible", figures.eligible),
        *((f"[yellow]withheld[/] {reason}", count) for reason, count in sorted(figures.withheld.items())),
        *((f"[red]refused[/] {reason}", count) for reason, count in reasons[Stage.VALIDATOR].most_common()),
        ("", ""),
        ("[bold]in quarantine, sealed: records", figures.quarantined),
        ("sealed messages", figures.autopsy.sealed),
        ("delivered twice, counted once", figures.repeats),
    )
    both = Table.grid(expand=False, padding=(0, 3))
    both.add_row(_pairs(collector), _pairs(validator))
    return both


def _pairs(rows: Iterable[tuple[str, object]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=38)
    table.add_column(justify="right", width=7)
    for name, count in rows:
        table.add_row(name, f"{count:,}" if isinstance(count, int) else str(count))
    return table


def _mistakes(figures: Figures, report: Report) -> Table:
    """Two mistakes a line: what it was, why it was refused, whether its words were seen anywhere."""
    table = Table(box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    for _ in range(2):
        table.add_column("mistake", no_wrap=True, width=23)
        table.add_column("refused for", no_wrap=True, width=20)
        table.add_column("seen", no_wrap=True, width=4)
    cells = [_mistake(entry["name"], figures, report) for entry in figures.manifest["mistakes"]]
    half = -(-len(cells) // 2)
    for left, right in zip(cells[:half], [*cells[half:], ("", "", "")], strict=False):
        table.add_row(*left, *right)
    return table


def _mistake(name: str, figures: Figures, report: Report) -> tuple[RenderableType, RenderableType, RenderableType]:
    reasons = figures.autopsy.reasons.get(name)
    reason = ", ".join(sorted(reasons)) if reasons else "[yellow]accepted, words gone[/]"
    found = Text("YES", "bold red") if name in report.leaked else Text("no", "green")
    return name.replace("_", " "), reason, found


def _answer(answer: Result) -> Table:
    table = Table(title=QUESTION, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, title_style="bold")
    for number, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="right" if number else "left")
    for row in answer.rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row))
    return table


def _verdict(report: Report) -> Group:
    proof = report.proof
    home = len(report.at_home)
    lines = [
        _line(
            proof.holds,
            f"it can see: {proof.planted} words planted in {proof.shapes} shapes and {proof.kinds} kinds of place, "
            f"{proof.planted - len(proof.missed)} found",
        ),
        _line(
            not report.missing,
            f"{home} of {home + len(report.missing)} content canaries are on customer.content, where they belong",
        ),
        _line(not report.leaks, f"{len(report.leaks)} findings anywhere else"),
        *(
            Text(f"    {leak.canary} at {leak.place} ({leak.part}), {leak.shape}")
            for leak in report.leaks[:LEAKS_SHOWN]
        ),
        Text(
            f"  {report.haystacks} places, {report.searched / 1e6:.1f} MB: every topic's values, keys and headers, "
            f"every table cell,\n  every file of ours; {report.needles:,} patterns in {report.seconds:.1f} s",
            "dim",
        ),
    ]
    return Group(*lines)


def _line(holds: bool, text: str) -> Text:  # noqa: FBT001 - a check mark
    return Text.assemble(YES if holds else NO, " ", text)
