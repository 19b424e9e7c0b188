"""Static plots of a set: the bar's path, and its height and velocity over time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from barpath.analysis import SetAnalysis
from barpath.reps import Rep

#: Okabe & Ito's palette, told apart with any colour vision (jfly.uni-koeln.de/color).
_INK = "#222222"
_HEIGHT = "#0072B2"
_VELOCITY = "#D55E00"
_SHADE = "#56B4E9"
_LOST = "#BBBBBB"

_DPI = 150

#: A panel shows at least this much on both sides of midfoot: a straight path must look straight.
_MIN_REACH_CM = 6.0
_STYLE: dict[Any, Any] = {  # matplotlib types the keys as a literal of all its settings
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "font.size": 9,
    "axes.titlesize": 10,
    "legend.frameon": False,
    "figure.facecolor": "white",
}


def save_plots(analysis: SetAnalysis, folder: Path) -> tuple[Path, Path]:
    """Write ``path.png`` and ``velocity.png`` into a folder and give their places."""
    places = folder / "path.png", folder / "velocity.png"
    for place, (figure, _) in zip(
        places, (plot_path(analysis), plot_motion(analysis)), strict=True
    ):
        figure.savefig(place, dpi=_DPI)
    return places


def plot_path(analysis: SetAnalysis) -> tuple[Figure, tuple[Axes, ...]]:
    """Draw the bar's path, a panel for each repetition, all to one scale on both axes.

    The way up is a solid line with a dot at lift-off, the way down a thin dotted one. The vertical
    line is midfoot. Without repetitions the one panel shows the whole path.
    """
    motion = analysis.motion
    panels = max(len(analysis.reps), 1)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(1.6 + 1.3 * panels, 5.6), layout="constrained")
        axes = tuple(figure.subplots(1, panels, sharex=True, sharey=True, squeeze=False)[0])
        for rep, ax in zip(analysis.reps, axes, strict=False):
            up = _between(motion.time_s, rep.liftoff_s, rep.lockout_s)
            down = _between(motion.time_s, rep.lockout_s, rep.end_s)
            ax.plot(motion.x_cm[down], motion.y_cm[down], color=_VELOCITY, lw=1.0, ls=":")
            ax.plot(motion.x_cm[up], motion.y_cm[up], color=_HEIGHT, lw=1.8)
            if up.any():
                ax.plot(motion.x_cm[up][0], motion.y_cm[up][0], "o", color=_HEIGHT, ms=4)
            ax.set_title(_name(rep))
        if not analysis.reps:
            axes[0].plot(motion.x_cm, motion.y_cm, color=_HEIGHT, lw=1.0)
        for ax in axes:
            ax.axvline(0.0, color=_LOST, lw=0.8, zorder=0)
            ax.set_aspect("equal", adjustable="box")
        left_cm, right_cm = axes[0].get_xlim()
        axes[0].set_xlim(min(left_cm, -_MIN_REACH_CM), max(right_cm, _MIN_REACH_CM))
        towards = "the picture's right" if analysis.lifter.facing is None else "the toes"
        figure.supxlabel(f"from midfoot towards {towards} (cm)")
        axes[0].set_ylabel("height (cm)")
        figure.suptitle(analysis.set.name)
    return figure, axes


def plot_motion(analysis: SetAnalysis) -> tuple[Figure, tuple[Axes, Axes]]:
    """Draw height and vertical velocity over time, with each pull shaded and numbered.

    Stretches in which the plate was lost are grey and carry no line.
    """
    motion = analysis.motion
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8.0, 4.6), layout="constrained")
        height, velocity = figure.subplots(2, 1, sharex=True)
        height.plot(motion.time_s, motion.y_cm, color=_HEIGHT, lw=1.4)
        velocity.plot(motion.time_s, motion.vy_m_s, color=_VELOCITY, lw=1.4)
        velocity.axhline(0.0, color=_INK, lw=0.6)
        for rep in analysis.reps:
            _mark_rep(height, velocity, rep)
        for ax in (height, velocity):
            ax.fill_between(
                motion.time_s,
                0.0,
                1.0,
                where=np.isnan(motion.y_cm).tolist(),
                transform=ax.get_xaxis_transform(),
                color=_LOST,
                alpha=0.4,
                lw=0,
            )
        height.set_ylabel("height (cm)")
        height.set_title(analysis.set.name, pad=14)
        velocity.set_ylabel("vertical velocity (m/s)")
        velocity.set_xlabel("time (s)")
        height.margins(x=0.01)
    return figure, (height, velocity)


def _mark_rep(height: Axes, velocity: Axes, rep: Rep) -> None:
    """Shade a pull from lift-off to lockout and write its number and mean velocity."""
    if np.isnan(rep.liftoff_s) or np.isnan(rep.lockout_s):
        return
    for ax in (height, velocity):
        ax.axvspan(rep.liftoff_s, rep.lockout_s, color=_SHADE, alpha=0.2, lw=0)
    middle = (rep.liftoff_s + rep.lockout_s) / 2
    height.annotate(
        f"{rep.index}",
        (middle, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
    )
    if not np.isnan(rep.mean_velocity_m_s):
        velocity.plot([rep.liftoff_s, rep.lockout_s], [rep.mean_velocity_m_s] * 2, color=_INK, lw=1)
        velocity.annotate(
            f"{rep.mean_velocity_m_s:.2f}",
            (rep.lockout_s, rep.mean_velocity_m_s),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )


def _between(time_s: NDArray[np.float64], start_s: float, end_s: float) -> NDArray[np.bool_]:
    """Tell which frames lie in a stretch of time; none where an end is NaN."""
    inside: NDArray[np.bool_] = (time_s >= start_s) & (time_s <= end_s)
    return inside


def _name(rep: Rep) -> str:
    return f"rep {rep.index}" + ("" if rep.complete else " (partial)")
