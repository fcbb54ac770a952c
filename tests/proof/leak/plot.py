"""The plot: what each lets through and stops, with its interval. The same figures make the same file, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.proof.leak.interval import Share
from tests.proof.leak.report import OURS, percent

_COLOURS = {OURS: "#0b6e4f"}
_GREY = "#9aa5b1"


def draw(compared: Mapping[str, Mapping[str, Share]], file: Path) -> None:
    """Draw one panel a question, one bar an answerer."""
    import matplotlib as mpl  # noqa: PLC0415 - takes a second to load

    mpl.use("svg")
    mpl.rcParams.update(
        {"svg.hashsalt": "tidegate", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9}
    )
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    shown = {name: shares for name, shares in compared.items() if shares}
    questions = list(shown[OURS])
    figure, panels = plt.subplots(1, len(questions), figsize=(10, 0.45 * len(shown) + 1.1), sharey=True)
    for panel, question in zip(panels, questions, strict=True):
        _panel(panel, question, {name: shares[question] for name, shares in shown.items()})
    panels[0].invert_yaxis()
    figure.tight_layout()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _panel(panel: object, question: str, shares: Mapping[str, Share]) -> None:
    values = [100 * share.value for share in shares.values()]
    # Rounding may put a bound a hair beyond the value itself.
    low = [max(0.0, 100 * (share.value - share.interval[0])) for share in shares.values()]
    high = [max(0.0, 100 * (share.interval[1] - share.value)) for share in shares.values()]
    colours = [_COLOURS.get(name, _GREY) for name in shares]
    panel.barh(list(shares), values, xerr=[low, high], color=colours, ecolor="#3e4c59", capsize=2)  # type: ignore[attr-defined]
    for place, share in enumerate(shares.values()):
        text = percent(share.value)
        panel.text(100 * share.interval[1] + 2, place, text, va="center")  # type: ignore[attr-defined]
    panel.set(title=question, xlim=(0, 125), xticks=[0, 25, 50, 75, 100], xlabel="%")  # type: ignore[attr-defined]
    panel.spines[["top", "right"]].set_visible(False)  # type: ignore[attr-defined]
