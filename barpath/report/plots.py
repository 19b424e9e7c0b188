"""Static plots of a set, for papers and READMEs: functions that return ``(figure, axes)``."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from barpath.analysis import SetAnalysis
from barpath.errors import UsageError
from barpath.reps import Rep
from barpath.staging import new_place

#: Okabe & Ito's palette, told apart with any colour vision (jfly.uni-koeln.de/color).
_INK = "#222222"
_HEIGHT = "#0072B2"
_VELOCITY = "#D55E00"
_SHADE = "#56B4E9"
_LOST = "#BBBBBB"

_DPI = 150
_PAPER_DPI = 300

#: Letters of a title that fit on an inch, at the least: a wide one has 0.13 in at 11 points.
_LETTERS_PER_IN = 8
_SUFFIXES = (".svg", ".pdf", ".png")
_FILE_STYLE: dict[Any, Any] = {"svg.fonttype": "none", "pdf.fonttype": 42}

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


def save_plot(analysis: SetAnalysis, *, kind: str, to: Path) -> None:
    """Draw one plot and write it: the file's suffix says how.

    Parameters
    ----------
    analysis : SetAnalysis
    kind : {'path', 'velocity', 'height', 'phase'}
    to : Path
        An .svg, .pdf or .png.

    Raises
    ------
    UsageError
        No such kind, or a suffix of another kind of picture.
    OutputError
        The file can't be written; nothing is left behind.
    """
    draw = _PLOTS.get(kind)
    if draw is None:
        raise UsageError(f"there is no plot {kind!r}", hint=f"choose one of {', '.join(_PLOTS)}")
    suffix = to.suffix.lower()
    if suffix not in _SUFFIXES:
        raise UsageError(
            f"{to}: a plot can't be written as {suffix or 'a file without a suffix'}",
            hint=f"name the file with {', '.join(_SUFFIXES)}",
        )
    figure, _ = draw(analysis)
    # Letters stay letters: journals ask for it, and they can be searched and edited.
    with mpl.rc_context(_FILE_STYLE), new_place(to) as scratch:
        figure.savefig(scratch, format=suffix[1:], dpi=_PAPER_DPI)


def plot_path(analysis: SetAnalysis) -> tuple[Figure, tuple[Axes, ...]]:
    """Draw the bar's path, a panel for each repetition, all to one scale on both axes.

    The way up is a solid line with a dot at lift-off, the way down a thin dotted one; what the clip
    shows of a way up that it doesn't show whole is dashed. The vertical line is midfoot, or the
    bar's start where midfoot was only assumed to be under it. Without repetitions the one panel
    shows the whole path.
    """
    motion = analysis.motion
    panels = max(len(analysis.reps), 1)
    with mpl.rc_context(_STYLE):
        width_in = 1.6 + 1.3 * panels
        figure = Figure(figsize=(width_in, 5.6), layout="constrained")
        axes = tuple(figure.subplots(1, panels, sharex=True, sharey=True, squeeze=False)[0])
        for rep, ax in zip(analysis.reps, axes, strict=False):
            up = _between(motion.time_s, rep.liftoff_s, rep.lockout_s)
            down = _between(motion.time_s, rep.lockout_s, rep.end_s)
            ax.plot(motion.x_cm[down], motion.y_cm[down], color=_VELOCITY, lw=1.0, ls=":")
            ax.plot(motion.x_cm[up], motion.y_cm[up], color=_HEIGHT, lw=1.8)
            if up.any():
                ax.plot(motion.x_cm[up][0], motion.y_cm[up][0], "o", color=_HEIGHT, ms=4)
            else:
                part = _between(motion.time_s, *_shown_of(rep))
                ax.plot(motion.x_cm[part], motion.y_cm[part], color=_HEIGHT, lw=1.2, ls="--")
            ax.set_title(_name(rep))
        if not analysis.reps:
            axes[0].plot(motion.x_cm, motion.y_cm, color=_HEIGHT, lw=1.0)
        for ax in axes:
            ax.axvline(0.0, color=_LOST, lw=0.8, zorder=0)
            ax.set_aspect("equal", adjustable="box")
        left_cm, right_cm = axes[0].get_xlim()
        axes[0].set_xlim(min(left_cm, -_MIN_REACH_CM), max(right_cm, _MIN_REACH_CM))
        towards = "the picture's right" if analysis.lifter.facing is None else "the toes"
        origin = "the bar's start" if analysis.midfoot.method == "start" else "midfoot"
        # Two lines, and a long name in several: a single repetition's figure is narrow.
        figure.supxlabel(f"from {origin}\ntowards {towards} (cm)", fontsize=10)
        axes[0].set_ylabel("height (cm)")
        lines = textwrap.wrap(analysis.set.name, round(_LETTERS_PER_IN * width_in))
        figure.suptitle("\n".join(lines), fontsize=11, parse_math=False)
    return figure, axes


def plot_motion(analysis: SetAnalysis) -> tuple[Figure, tuple[Axes, Axes]]:
    """Draw height and vertical velocity over time, with each pull shaded and numbered.

    Stretches in which the plate was lost are grey and carry no line.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8.0, 4.6), layout="constrained")
        height, velocity = figure.subplots(2, 1, sharex=True)
        _draw_height(height, analysis)
        _draw_velocity(velocity, analysis)
        _number_reps(height, analysis)
        height.set_title(analysis.set.name, pad=14, parse_math=False)
        velocity.set_xlabel("time (s)")
    return figure, (height, velocity)


def plot_height(analysis: SetAnalysis) -> tuple[Figure, Axes]:
    """Draw the bar's height over time, with each pull shaded and numbered."""
    return _over_time(analysis, _draw_height)


def plot_velocity(analysis: SetAnalysis) -> tuple[Figure, Axes]:
    """Draw the bar's vertical velocity over time, with each pull's mean as a level line."""
    return _over_time(analysis, _draw_velocity)


def plot_phase(analysis: SetAnalysis) -> tuple[Figure, Axes]:
    """Draw vertical velocity over the height above lift-off, a line for each pull.

    Sticking regions, from the first peak to the minimum after it, are drawn thick.
    """
    motion = analysis.motion
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.2, 3.6), layout="constrained")
        ax = figure.subplots()
        shades = mpl.colormaps["viridis"](np.linspace(0.0, 0.8, max(len(analysis.reps), 1)))
        for rep, shade in zip(analysis.reps, shades, strict=False):
            up = _between(motion.time_s, rep.liftoff_s, rep.lockout_s)
            if not up.any():
                continue
            rise_cm = motion.y_cm - motion.y_cm[up][0]
            ax.plot(rise_cm[up], motion.vy_m_s[up], color=shade, lw=1.4, label=_name(rep))
            if rep.sticking is not None:
                stuck = _between(motion.time_s, rep.sticking.start_s, rep.sticking.end_s)
                ax.plot(rise_cm[stuck], motion.vy_m_s[stuck], color=shade, lw=4.0, alpha=0.5)
        ax.axhline(0.0, color=_INK, lw=0.6)
        ax.set_xlabel("height above lift-off (cm)")
        ax.set_ylabel("vertical velocity (m/s)")
        ax.set_title(analysis.set.name, parse_math=False)
        if ax.get_legend_handles_labels()[0]:
            ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure, ax


def _over_time(
    analysis: SetAnalysis, draw: Callable[[Axes, SetAnalysis], None]
) -> tuple[Figure, Axes]:
    """Draw one quantity over time."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.0, 2.8), layout="constrained")
        ax = figure.subplots()
        draw(ax, analysis)
        _number_reps(ax, analysis)
        ax.set_title(analysis.set.name, pad=14, parse_math=False)
        ax.set_xlabel("time (s)")
    return figure, ax


def _draw_height(ax: Axes, analysis: SetAnalysis) -> None:
    ax.plot(analysis.motion.time_s, analysis.motion.y_cm, color=_HEIGHT, lw=1.4)
    ax.set_ylabel("height (cm)")
    _shade(ax, analysis)


def _draw_velocity(ax: Axes, analysis: SetAnalysis) -> None:
    ax.plot(analysis.motion.time_s, analysis.motion.vy_m_s, color=_VELOCITY, lw=1.4)
    ax.axhline(0.0, color=_INK, lw=0.6)
    ax.set_ylabel("vertical velocity (m/s)")
    _shade(ax, analysis)
    for rep in analysis.reps:
        if np.isnan(rep.mean_velocity_m_s):
            continue
        ax.plot([rep.liftoff_s, rep.lockout_s], [rep.mean_velocity_m_s] * 2, color=_INK, lw=1)
        ax.annotate(
            f"{rep.mean_velocity_m_s:.2f}",
            (rep.lockout_s, rep.mean_velocity_m_s),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )


def _shade(ax: Axes, analysis: SetAnalysis) -> None:
    """Shade pulls, and grey what was lost."""
    motion = analysis.motion
    for rep in analysis.reps:
        if not np.isnan(rep.liftoff_s) and not np.isnan(rep.lockout_s):
            ax.axvspan(rep.liftoff_s, rep.lockout_s, color=_SHADE, alpha=0.2, lw=0)
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
    ax.margins(x=0.01)


def _number_reps(ax: Axes, analysis: SetAnalysis) -> None:
    """Write each pull's number above it."""
    for rep in analysis.reps:
        if np.isnan(rep.liftoff_s) or np.isnan(rep.lockout_s):
            continue
        ax.annotate(
            f"{rep.index}",
            ((rep.liftoff_s + rep.lockout_s) / 2, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
        )


def _between(time_s: NDArray[np.float64], start_s: float, end_s: float) -> NDArray[np.bool_]:
    """Tell which frames lie in a stretch of time; none where an end is NaN."""
    inside: NDArray[np.bool_] = (time_s >= start_s) & (time_s <= end_s)
    return inside


def _shown_of(rep: Rep) -> tuple[float, float]:
    """Give from when to when the clip shows a way up that it doesn't show whole."""
    first = rep.start_s if np.isnan(rep.liftoff_s) else rep.liftoff_s
    last = rep.end_s if np.isnan(rep.lockout_s) else rep.lockout_s
    return first, last


def _name(rep: Rep) -> str:
    return f"rep {rep.index}" + ("" if rep.complete else " (partial)")


_PLOTS: dict[str, Callable[[SetAnalysis], tuple[Figure, Any]]] = {
    "path": plot_path,
    "velocity": plot_velocity,
    "height": plot_height,
    "phase": plot_phase,
}
