"""The history as a table for the terminal, and as CSV."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Sequence
from typing import TextIO

from barpath.history.entries import Entry
from barpath.history.store import History
from barpath.report.columns import align, figure

_HEADER = ("no.", "date", "athlete", "lift", "load kg") + (
    "reps",
    "best m/s",
    "loss %",
    "net drift cm",
    "faults",
    "name",
)

ENTRY_COLUMNS = tuple(field.name for field in dataclasses.fields(Entry))

REP_KEYS = ("number", "athlete", "lift", "date", "load_kg", "name")
"""Columns of a set that stand before its repetitions' own."""

_DECIMALS = (("_m_s", 4), ("_cm", 3), ("_pct", 2), ("_kg", 2))


def table(entries: Sequence[Entry]) -> str:
    """Lay out a line a set."""
    return "\n".join(align([_HEADER, *(_row(entry) for entry in entries)]))


def write_sets_csv(entries: Sequence[Entry], to: TextIO) -> None:
    """Write a row a set; an empty cell is a missing value, for R and pandas alike."""
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(ENTRY_COLUMNS)
    for entry in entries:
        writer.writerow([_cell(name, getattr(entry, name)) for name in ENTRY_COLUMNS])


def write_reps_csv(history: History, entries: Sequence[Entry], to: TextIO) -> None:
    """Write a row a repetition: its set's number and particulars, then the columns of reps.csv."""
    # Only this part of a list has to wait for OpenCV, PyAV and scipy.
    from barpath.results import REPS_COLUMNS
    from barpath.results import write_reps_csv as write_reps_of

    writer = csv.DictWriter(to, (*REP_KEYS, *REPS_COLUMNS), restval="", lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        of_set = {name: _cell(name, getattr(entry, name)) for name in REP_KEYS}
        text = io.StringIO(newline="")
        write_reps_of(history.analysis(entry.number), text)
        text.seek(0)
        writer.writerows({**of_set, **rep} for rep in csv.DictReader(text))


def _row(entry: Entry) -> tuple[str, ...]:
    return (
        f"{entry.number}",
        entry.date or "-",
        entry.athlete or "-",
        entry.lift or "-",
        "-" if math.isnan(entry.load_kg) else f"{entry.load_kg:g}",
        f"{entry.reps}",
        figure(entry.best_velocity_m_s, digits=2, sd=entry.best_velocity_sd_m_s),
        figure(entry.velocity_loss_pct, digits=0),
        figure(entry.net_drift_cm, digits=1, sd=entry.net_drift_sd_cm),
        f"{entry.faults}",
        entry.name,
    )


def _cell(name: str, value: object) -> object:
    """Write a value: missing is empty, a number has the decimals of its unit."""
    if value is None:
        return ""
    if not isinstance(value, float):
        return value
    if math.isnan(value):
        return ""
    digits = next((n for ending, n in _DECIMALS if name.endswith(ending)), 4)
    return f"{round(value, digits) + 0.0:.{digits}f}"
