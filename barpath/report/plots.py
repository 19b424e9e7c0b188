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


def plot_path(analysis: SetAnalysis) -> tuple[Figure, Axes]:
    """Draw the bar's path of each repetition, both axes to one scale.

    The way up is a solid line, the way down a thin dotted one; a dot marks lift-off. Later
    repetitions are lighter. The vertical line is midfoot.
    """
    motion = analysis.motion
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(4.2, 6.0), layout="constrained")
        ax = figure.subplots()
        colours = mpl.colormaps["cividis"](np.linspace(0.0, 0.85, max(len(analysis.reps), 1)))
        for rep, colour in zip(analysis.reps, colours, strict=False):
            up = _between(motion.time_s, rep.liftoff_s, rep.lockout_s)
            down = _between(motion.time_s, rep.lockout_s, rep.end_s)
            ax.plot(motion.x_cm[up], motion.y_cm[up], color=colour, lw=1.8, label=_name(rep))
            ax.plot(motion.x_cm[down], motion.y_cm[down], color=colour, lw=0.8, ls=":")
            if up.any():
                ax.plot(motion.x_cm[up][0], motion.y_cm[up][0], "o", color=colour, ms=4)
        if not analysis.reps:
            ax.plot(motion.x_cm, motion.y_cm, color=_INK, lw=1.0, label="path")
        ax.axvline(0.0, color=_LOST, lw=0.8, zorder=0)
        ax.set_aspect("equal", adjustable="datalim")
        towards = "the picture's right" if analysis.lifter.facing is None else "the toes"
        ax.set_xlabel(f"from midfoot towards {towards} (cm)")
        ax.set_ylabel("height above the lowest rest (cm)")
        ax.set_title(analysis.set.name)
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure, ax


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
