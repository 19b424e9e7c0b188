"""A trend drawn: velocity, estimated maximum, drift and findings over the weeks."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from barpath.errors import UsageError
from barpath.history.trend import WINDOW_DAYS, Day, Trend
from barpath.staging import new_place

#: Okabe & Ito's palette, told apart with any colour vision (jfly.uni-koeln.de/color).
_INK = "#222222"
_VELOCITY = "#D55E00"
_MAXIMUM = "#0072B2"
_DRIFT = "#009E73"
_FAULT = "#D55E00"
_WATCH = "#E69F00"
_FAINT = "#BBBBBB"

FloatArray = NDArray[np.float64]

_SUFFIXES = (".svg", ".png")
_DPI = 150
_STYLE: dict[Any, Any] = {  # matplotlib types the keys as a literal of all its settings
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _INK,
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titley": 1.0,  # left to itself, matplotlib lays out every axis again to place it
    "legend.frameon": False,
    "figure.facecolor": "white",
    "svg.fonttype": "none",
    "date.converter": "concise",
}

_BAR_DAYS = 0.8
_BAR_SHARE = 0.008
"""A bar is as wide as a day, or this share of the whole time: a year's bars must be seen."""

_LEAST_M_S, _LEAST_CM = 0.12, 4.0
"""What is shown at least: four times what a lifter's velocity varies by from day to day (0.029 m/s,
Ruf 2018), and the band within which drift counts as none."""

_MARGIN_DAYS = 3
_MARGIN_SHARE = 0.03


def save_trend(trend: Trend, *, to: Path) -> None:
    """Draw a trend and write it: the file's suffix says how.

    Raises
    ------
    UsageError
        A suffix of another kind of picture.
    OutputError
        The file can't be written; nothing is left behind.
    """
    suffix = to.suffix.lower()
    if suffix not in _SUFFIXES:
        raise UsageError(
            f"{to}: a trend can't be drawn as {suffix or 'a file without a suffix'}",
            hint=f"name the file with {' or '.join(_SUFFIXES)}",
        )
    with mpl.rc_context(_STYLE), new_place(to) as scratch:
        figure, _ = plot_trend(trend)
        figure.savefig(scratch, format=suffix[1:], dpi=_DPI)


def plot_trend(trend: Trend) -> tuple[Figure, tuple[Axes, ...]]:
    """Draw four panels over time, and one over load.

    Whiskers and bands are one standard deviation.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.5, 11.0))
        # Placed by hand: working the places out takes matplotlib as long as drawing.
        velocity, maximum, drift, findings, loads = axes = tuple(figure.subplots(5, 1))
        figure.subplots_adjust(left=0.08, right=0.98, top=0.94, bottom=0.05, hspace=0.36)
        for ax in (velocity, maximum, drift):
            ax.sharex(findings)
            ax.tick_params(labelbottom=False)
            ax.xaxis.offsetText.set_visible(False)
        _points(
            velocity,
            trend.days,
            [day.velocity_m_s for day in trend.days],
            [day.velocity_sd_m_s for day in trend.days],
            colour=_VELOCITY,
        )
        load = "" if math.isnan(trend.load_kg) else f" at {trend.load_kg:g} kg"
        _draw_rate(velocity, trend)
        velocity.set_title(f"mean velocity of the day's fastest repetition{load} (m/s)")
        _show_at_least(velocity, _LEAST_M_S)
        _draw_maximum(maximum, trend)
        _points(
            drift,
            trend.days,
            [day.drift_cm for day in trend.days],
            [day.drift_sd_cm for day in trend.days],
            colour=_DRIFT,
        )
        _show_at_least(drift, _LEAST_CM)
        drift.axhline(0.0, color=_FAINT, lw=0.8, zorder=0)
        drift.set_title("net drift from lift-off to lockout, + towards the toes (cm)")
        _draw_findings(findings, trend.days)
        _draw_line(loads, trend)
        _set_span(findings, trend.days)
        who = ", ".join(part for part in (trend.athlete, trend.lift) if part)
        # A name is no formula, whatever dollar signs it has.
        figure.suptitle(who or "trend", parse_math=False)
    return figure, axes


def _dates(days: Sequence[Day]) -> NDArray[np.datetime64]:
    return np.array([day.date for day in days], dtype="datetime64[D]")


def _set_span(ax: Axes, days: Sequence[Day]) -> None:
    """Show the days with some time round them: a single one would be shown by the hour."""
    first, last = days[0].date, days[-1].date
    margin = datetime.timedelta(days=max(_MARGIN_DAYS, _MARGIN_SHARE * (last - first).days))
    low, high = np.array([first - margin, last + margin], dtype="datetime64[D]")
    ax.axvspan(low, high, alpha=0.0, lw=0)


def _show_at_least(ax: Axes, span: float) -> None:
    """Widen the upright axis about its middle: chance drawn from edge to edge looks like news."""
    low, high = ax.get_ylim()
    missing = max(0.0, span - (high - low))
    ax.set_ylim(low - missing / 2, high + missing / 2)


def _points(
    ax: Axes, days: Sequence[Day], values: Sequence[float], sds: Sequence[float], *, colour: str
) -> None:
    """Draw a dot a day with its whisker: lines between days would draw chance."""
    known = np.isfinite(values)
    when = _dates(days)[known]
    level, sd = np.array(values)[known], np.nan_to_num(np.array(sds)[known])
    ax.plot(when, level, "o", color=colour, ms=4)
    # one line with gaps: whiskers that are lines of their own take several times as long
    ends = np.stack([level - sd, level + sd, np.full_like(level, np.nan)], axis=1)
    ax.plot(np.repeat(when, 3), ends.ravel(), color=colour, lw=0.8)
    if not known.any():
        _say_nothing(ax, "no set with this figure")


def _draw_rate(ax: Axes, trend: Trend) -> None:
    """Draw the change of velocity as a line through the days."""
    if trend.rate is None:
        return
    weeks = np.array([(day.date - trend.days[0].date).days / 7 for day in trend.days])
    level = trend.rate.start_m_s + trend.rate.m_s_week * weeks
    ax.plot(_dates(trend.days), level, color=_INK, lw=1.0)


def _draw_maximum(ax: Axes, trend: Trend) -> None:
    """Draw the estimated maximum as a band: it is a range, and neighbours share their sets."""
    days = [day for day in trend.days if math.isfinite(day.one_rep_max_kg)]
    ax.set_title(f"estimated maximum, from the {WINDOW_DAYS} days up to each (kg): read with care")
    if not days:
        _say_nothing(ax, trend.refused or "no estimate")
        return
    when = _dates(days)
    level = np.array([day.one_rep_max_kg for day in days])
    sd = np.array([day.one_rep_max_sd_kg for day in days])
    ax.fill_between(when, level - sd, level + sd, color=_MAXIMUM, alpha=0.15, lw=0)
    ax.plot(when, level, "o-", color=_MAXIMUM, ms=4, lw=1.0)


def _draw_findings(ax: Axes, days: Sequence[Day]) -> None:
    """Stack the days' findings."""
    when = _dates(days)
    span_days = (days[-1].date - days[0].date).days
    width = max(_BAR_DAYS, _BAR_SHARE * span_days)
    faults, watches = [day.faults for day in days], [day.watches for day in days]
    total = [fault + watch for fault, watch in zip(faults, watches, strict=True)]
    at = when.astype(np.float64)  # days since 1970, as matplotlib counts them
    for low, high, colour, label in (
        (np.zeros(len(days)), faults, _FAULT, "faults"),
        (faults, total, _WATCH, "watches"),
    ):
        ax.add_collection(_bars(at, low, high, width=width, colour=colour, label=label))
    ax.set_title("findings")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylim(0, max(1, *total) * 1.1)
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderpad=0)


def _bars(
    at: FloatArray,
    low: Sequence[float] | FloatArray,
    high: Sequence[float] | FloatArray,
    *,
    width: float,
    colour: str,
    label: str,
) -> PolyCollection:
    """Make bars in one piece: one by one they take half as long as all the rest."""
    y = np.stack([low, high, high, low], axis=1)
    seen = y[:, 1] > y[:, 0]
    x = at[:, None] + width / 2 * np.array([-1.0, -1.0, 1.0, 1.0])
    return PolyCollection(list(np.stack([x, y], axis=2)[seen]), facecolors=colour, label=label)


def _draw_line(ax: Axes, trend: Trend) -> None:
    """Draw the load-velocity line with its band, from the lightest load to the maximum."""
    ax.set_title(f"mean velocity (m/s) over load (kg), last {WINDOW_DAYS} days")
    line = trend.line
    if line is None:
        _say_nothing(ax, trend.refused)
        ax.set_xticks([])
        return
    loads_kg = np.array([point.load_kg for point in line.points])
    velocity = np.array([point.velocity_m_s for point in line.points])
    sd = np.array([point.sd_m_s for point in line.points])
    ax.plot(loads_kg, velocity, "o", color=_VELOCITY, ms=4)
    ax.vlines(loads_kg, velocity - sd, velocity + sd, color=_VELOCITY, lw=0.8)
    best = trend.one_rep_max
    reach_kg = np.linspace(loads_kg[0], max(line.heaviest_kg, best.load_kg if best else 0.0), 50)
    level, band = line.band_m_s(reach_kg)
    ax.plot(reach_kg, level, color=_INK, lw=1.0)
    ax.fill_between(reach_kg, level - band, level + band, color=_INK, alpha=0.12, lw=0)
    if best is not None:
        low_kg, high_kg = best.load_kg - best.sd_kg, best.load_kg + best.sd_kg
        ax.axvspan(low_kg, high_kg, color=_MAXIMUM, alpha=0.15, lw=0)
        ax.axvline(best.load_kg, color=_MAXIMUM, lw=1.0)


def _say_nothing(ax: Axes, why: str) -> None:
    ax.set_yticks([])
    ax.text(0.5, 0.5, why, transform=ax.transAxes, ha="center", va="center", color=_INK, wrap=True)
