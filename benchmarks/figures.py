"""The plots of ``docs/accuracy.md``, small SVG files that don't change unless the figures do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.scoring import Outcome
from benchmarks.summaries import rms, summarise

_OURS_COLOUR = "#1f5fa8"
_OTHER_COLOUR = "#b0643c"
_TARGET_CM = 0.3


def draw_figures(outcomes: Sequence[Outcome], *, folder: Path) -> None:
    """Draw agreement of the mean velocity, and the horizontal error by group.

    The first method among the outcomes is ours.
    """
    ours = [outcome for outcome in outcomes if outcome.method == outcomes[0].method]
    folder.mkdir(exist_ok=True)
    sheet = Figure(figsize=(7.0, 3.4), layout="constrained")
    _agreement(sheet.subplots(), ours)
    _save(sheet, folder / "accuracy_mean_velocity.svg")
    sheet = Figure(figsize=(7.0, 4.2), layout="constrained")
    _horizontal(sheet.subplots(), outcomes, ours=outcomes[0].method)
    _save(sheet, folder / "accuracy_horizontal.svg")


def _save(sheet: Figure, path: Path) -> None:
    with mpl.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "none"}):
        sheet.savefig(path, metadata={"Date": None})


def _agreement(axes: Axes, ours: Sequence[Outcome]) -> None:
    """Draw differences against the truth with their limits (Bland & Altman 1986)."""
    errors = [
        error
        for outcome in ours
        for error in outcome.score.rep_errors
        if error.quantity == "mean_velocity_m_s"
    ]
    summed = summarise([outcome.score for outcome in ours]).figures["mean_velocity_m_s"]
    axes.scatter(
        [error.true for error in errors],
        [1000 * error.error for error in errors],
        s=14,
        color=_OURS_COLOUR,
        alpha=0.6,
        linewidths=0,
    )
    for value, style in ((summed.bias, "-"), (summed.lower, "--"), (summed.upper, "--")):
        axes.axhline(1000 * value, color="#444444", linewidth=0.9, linestyle=style)
    axes.set_xlabel("true mean velocity, m/s")
    axes.set_ylabel("measured less true, mm/s")
    axes.set_title(
        f"Mean velocity of {summed.count} repetitions: bias and limits of agreement", fontsize=10
    )
    axes.grid(alpha=0.25)


def _horizontal(axes: Axes, outcomes: Sequence[Outcome], *, ours: str) -> None:
    """Draw every clip's horizontal error, ours beside the rest, on a logarithmic scale."""
    groups = list(dict.fromkeys(outcome.condition.group for outcome in outcomes))
    for mine in (False, True):
        chosen = [o for o in outcomes if (o.method == ours) == mine and not o.score.refused]
        axes.scatter(
            [max(1e-3, rms(o.score.x_cm)) for o in chosen],
            [groups.index(o.condition.group) + (0.12 if mine else -0.16) for o in chosen],
            s=16,
            color=_OURS_COLOUR if mine else _OTHER_COLOUR,
            alpha=0.75,
            linewidths=0,
            label=ours if mine else "others, started by hand",
        )
    axes.axvline(_TARGET_CM, color="#444444", linewidth=0.9, linestyle="--")
    axes.set_xscale("log")
    axes.set_yticks(np.arange(len(groups)), groups, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("horizontal error of the path, RMSE, cm (dashed: 0.3)")
    axes.set_title("Horizontal error, one dot a clip and method", fontsize=10)
    axes.legend(fontsize=8, loc="lower right")
    axes.grid(alpha=0.25, axis="x")
