"""A trend in words and columns."""

from __future__ import annotations

import math

from barpath.history.trend import WINDOW_DAYS, Trend
from barpath.report.columns import align, figure

_DIGITS_RATE = 3


def trend_text(trend: Trend) -> str:
    """Lay out a line a day, and say below what the numbers rest on."""
    load = "-" if math.isnan(trend.load_kg) else f"{trend.load_kg:g}"
    header = ("date", "sets", f"m/s at {load} kg", "est. 1RM kg", "net drift cm")
    rows = [(*header, "faults", "watches")]
    for day in trend.days:
        rows.append(
            (
                day.date.isoformat(),
                f"{day.sets}",
                figure(day.velocity_m_s, digits=2, sd=day.velocity_sd_m_s),
                figure(day.one_rep_max_kg, digits=0, sd=day.one_rep_max_sd_kg),
                figure(day.drift_cm, digits=1, sd=day.drift_sd_cm),
                f"{day.faults}",
                f"{day.watches}",
            )
        )
    who = ", ".join(part for part in (trend.athlete, trend.lift) if part)
    lines = [who] if who else []
    return "\n".join([*lines, *align(rows), *trend_notes(trend)])


def trend_notes(trend: Trend) -> list[str]:
    """Say what a table of days can't: rates, the line, its method, and what is missing."""
    notes = []
    if trend.rate is not None:
        rate = figure(trend.rate.m_s_week, digits=_DIGITS_RATE, sd=trend.rate.sd_m_s_week)
        told = abs(trend.rate.m_s_week) > 2 * trend.rate.sd_m_s_week
        notes.append(
            f"velocity at {trend.load_kg:g} kg changes by {rate} m/s a week"
            + ("" if told else ": too little to be told from none")
        )
    if trend.line is not None:
        line = trend.line
        notes.append(
            f"load-velocity line of the last {WINDOW_DAYS} days: "
            f"v0 {figure(line.v0_m_s, digits=2, sd=line.v0_sd_m_s)} m/s, "
            f"L0 {figure(line.l0_kg, digits=0, sd=line.l0_sd_kg)} kg"
        )
    if trend.one_rep_max is not None:
        best = trend.one_rep_max
        notes.append(f"est. 1RM: {best.method}")
        notes.append(f"est. 1RM: {best.caveat}")
    if trend.refused:
        notes.append(f"no est. 1RM now: {trend.refused}")
    if trend.change is not None:
        change = trend.change
        offset = figure(change.offset_m_s, digits=2, sd=change.sd_m_s)
        notes.append(
            f"last day against the other days of that line: {offset} m/s"
            + (
                f", as if the bar were {abs(change.load_kg):.0f} kg "
                f"{'lighter' if change.load_kg > 0 else 'heavier'}"
                if change.noticeable
                else ": too little to be told from none"
            )
        )
    if trend.undated:
        notes.append(f"left out for want of a date: {trend.undated}")
    return notes
