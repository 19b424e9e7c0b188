"""How velocity, the estimated maximum, drift and findings went over the weeks."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from barpath.errors import UnmeasurableError, UsageError
from barpath.history.entries import Entry, points_of
from barpath.load_velocity import (
    LIFTER_SD_M_S,
    DayChange,
    LoadVelocity,
    OneRepMax,
    day_change,
    estimate_one_rep_max,
    fit_load_velocity,
)

WINDOW_DAYS = 28
"""A day's load-velocity line is that of the sets of so many days up to it (our proposal): few
lifters film two loads, one heavy, on one day, and in four weeks a trained lifter's strength hardly
changes against the estimate's ±."""

SAME_LOAD_KG = 0.5
"""Loads this near are the same: collars are weighed by some and not by others (our proposal)."""

_DAYS_A_WEEK = 7.0


@dataclass(frozen=True)
class Day:
    """One day's sets together; NaN for what they don't show.

    Attributes
    ----------
    date : datetime.date
    sets, reps : int
        Complete repetitions.
    velocity_m_s, velocity_sd_m_s : float
        Fastest repetition at the trend's load.
    one_rep_max_kg, one_rep_max_sd_kg : float
        Estimated from the sets of the `WINDOW_DAYS` up to this day.
    drift_cm, drift_sd_cm : float
        Median of the sets' net drifts, and of their standard deviations: the camera's part of it
        doesn't average out within a day.
    faults, watches : int
        Findings.
    """

    date: datetime.date
    sets: int
    reps: int
    velocity_m_s: float
    velocity_sd_m_s: float
    one_rep_max_kg: float
    one_rep_max_sd_kg: float
    drift_cm: float
    drift_sd_cm: float
    faults: int
    watches: int


@dataclass(frozen=True)
class Rate:
    """Velocity on a trend's first day, its change in a week and that change's sd."""

    start_m_s: float
    m_s_week: float
    sd_m_s_week: float


@dataclass(frozen=True)
class Trend:
    """One lifter's sets of one lift over time.

    Attributes
    ----------
    athlete, lift : str or None
    load_kg : float
        Load at which velocity is followed; NaN where no set has one.
    days : tuple of Day
        In order.
    undated : int
        Sets left out for want of a date.
    line : LoadVelocity or None
        Of the last `WINDOW_DAYS`.
    one_rep_max : OneRepMax or None
        From that line.
    refused : str
        Why there is no line, or no maximum; empty where there are both.
    change : DayChange or None
        The last day against the line of the other days of its window.
    rate : Rate or None
        Change of velocity at the load; None with fewer than three days.
    """

    athlete: str | None
    lift: str | None
    load_kg: float
    days: tuple[Day, ...]
    undated: int
    line: LoadVelocity | None
    one_rep_max: OneRepMax | None
    refused: str
    change: DayChange | None
    rate: Rate | None


def find_trend(entries: Sequence[Entry], *, load_kg: float | None = None) -> Trend:
    """Follow one lifter's sets of one lift through the days.

    Parameters
    ----------
    entries : sequence of Entry
    load_kg : float, optional
        Load at which to follow velocity; the one lifted on most days without it, the heavier of
        several.

    Returns
    -------
    Trend

    Raises
    ------
    UsageError
        Sets of several lifters or lifts: their velocities have nothing to do with each other.
    UnmeasurableError
        No set has a date, or none was lifted at the load.
    """
    athlete = _only([entry.athlete for entry in entries], what="lifters", flag="--athlete")
    lift = _only([entry.lift for entry in entries], what="lifts", flag="--lift")
    dated = [entry for entry in entries if entry.date is not None]
    if not dated:
        raise UnmeasurableError(
            f"no trend: none of the {len(entries)} sets has a date",
            hint="add them again with 'barpath log add SET --date YYYY-MM-DD --replace'",
        )
    by_day: dict[datetime.date, list[Entry]] = {}
    for entry in dated:
        by_day.setdefault(datetime.date.fromisoformat(str(entry.date)), []).append(entry)
    followed_kg = _followed(dated, load_kg=load_kg)
    days = tuple(
        _day(date, by_day=by_day, load_kg=followed_kg, lift=lift) for date in sorted(by_day)
    )
    line, one_rep_max, refused = _judge(_window(by_day, until=days[-1].date), lift=lift)
    return Trend(
        athlete=athlete,
        lift=lift,
        load_kg=followed_kg,
        days=days,
        undated=len(entries) - len(dated),
        line=line,
        one_rep_max=one_rep_max,
        refused=refused,
        change=_last_change(by_day, date=days[-1].date),
        rate=_rate(days),
    )


def _only(values: Sequence[str | None], *, what: str, flag: str) -> str | None:
    """Give the one value there is; None counts as one."""
    found = sorted({value or "" for value in values})
    if len(found) > 1:
        named = ", ".join(value or "not said" for value in found)
        raise UsageError(f"the sets are of several {what}: {named}", hint=f"choose one with {flag}")
    return found[0] or None


def _followed(entries: Sequence[Entry], *, load_kg: float | None) -> float:
    """Choose the load at which velocity is followed."""
    if load_kg is not None:
        if not any(abs(entry.load_kg - load_kg) <= SAME_LOAD_KG for entry in entries):
            had = sorted({entry.load_kg for entry in entries if entry.load_kg > 0})
            raise UnmeasurableError(
                f"no set was lifted at {load_kg:g} kg",
                hint=f"there are sets at {', '.join(f'{load:g}' for load in had)} kg"
                if had
                else "add the sets again with --load-kg and --replace",
            )
        return load_kg
    days = Counter(load for load, _ in {(e.load_kg, e.date) for e in entries if e.load_kg > 0})
    return max(days, key=lambda load: (days[load], load), default=math.nan)


def _window(by_day: dict[datetime.date, list[Entry]], *, until: datetime.date) -> list[Entry]:
    """Gather the sets of the `WINDOW_DAYS` that end with a day."""
    since = until - datetime.timedelta(days=WINDOW_DAYS - 1)
    return [entry for date, sets in by_day.items() if since <= date <= until for entry in sets]


def _judge(
    entries: Sequence[Entry], *, lift: str | None
) -> tuple[LoadVelocity | None, OneRepMax | None, str]:
    """Give the line and the maximum, or why there is none."""
    try:
        line = fit_load_velocity(points_of(entries))
    except UnmeasurableError as error:
        return None, None, error.message
    try:
        return line, estimate_one_rep_max(line, lift=lift), ""
    except UnmeasurableError as error:
        return line, None, error.message


def _day(
    date: datetime.date,
    *,
    by_day: dict[datetime.date, list[Entry]],
    load_kg: float,
    lift: str | None,
) -> Day:
    sets = by_day[date]
    at_load = [p for p in points_of(sets) if abs(p.load_kg - load_kg) <= SAME_LOAD_KG]
    best = max(at_load, key=lambda point: point.velocity_m_s, default=None)
    one_rep_max = _judge(_window(by_day, until=date), lift=lift)[1]
    return Day(
        date=date,
        sets=len(sets),
        reps=sum(entry.reps for entry in sets),
        velocity_m_s=best.velocity_m_s if best else math.nan,
        velocity_sd_m_s=best.sd_m_s if best else math.nan,
        one_rep_max_kg=one_rep_max.load_kg if one_rep_max else math.nan,
        one_rep_max_sd_kg=one_rep_max.sd_kg if one_rep_max else math.nan,
        drift_cm=_median([entry.net_drift_cm for entry in sets]),
        drift_sd_cm=_median([entry.net_drift_sd_cm for entry in sets]),
        faults=sum(entry.faults for entry in sets),
        watches=sum(entry.watches for entry in sets),
    )


def _median(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return float(np.median(known)) if known else math.nan


def _last_change(
    by_day: dict[datetime.date, list[Entry]], *, date: datetime.date
) -> DayChange | None:
    """Hold the last day against the other days of its window; None where they give no line."""
    others = {other: sets for other, sets in by_day.items() if other != date}
    try:
        line = fit_load_velocity(points_of(_window(others, until=date)))
        return day_change(points_of(by_day[date]), line=line)
    except UnmeasurableError:
        return None


def _rate(days: Sequence[Day]) -> Rate | None:
    """Fit velocity at the load to the days, each by its ± and the lifter's own.

    As with the load-velocity line, scatter beyond that widens the result and less doesn't narrow
    it.
    """
    known = [day for day in days if math.isfinite(day.velocity_m_s)]
    if len(known) < 3:
        return None
    weeks = np.array([(day.date - days[0].date).days / _DAYS_A_WEEK for day in known])
    velocity = np.array([day.velocity_m_s for day in known])
    sd = np.array([math.hypot(day.velocity_sd_m_s, LIFTER_SD_M_S) for day in known])
    design = np.column_stack([np.ones_like(weeks), weeks]) / sd[:, None]
    covariance = np.linalg.inv(design.T @ design)
    level, rate = (float(value) for value in covariance @ design.T @ (velocity / sd))
    chi = (velocity - level - rate * weeks) / sd
    grown = max(1.0, float(chi @ chi) / (len(known) - 2))
    return Rate(level, rate, math.sqrt(grown * covariance[1, 1]))
