"""Tracker's exported data: the delimited text of a point mass, read.

Tracker (Open Source Physics, opensourcephysics.github.io/tracker-website) writes a line with the
track's name, a line with the columns' names (``t x y`` and whatever else was ticked), and a row a
step; several tracks stand side by side under a first line ``#multi:``. Separator, decimal sign and
number format are the user's choice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from barpath.errors import UnreadableError
from barpath.interchange.cells import (
    CM_PER_UNIT,
    FloatArray,
    last_decimal,
    number,
    rows_of,
    unit_of,
    unrounded,
)
from barpath.interchange.trajectory import Trajectory

_MULTI = "#multi:"
_NAME_LINES = 2
"""Lines before the columns' names, at most: ``#multi:`` and the tracks' names."""

PLAUSIBLE_TRAVEL_CM = (5.0, 300.0)
"""How far a bar can travel upwards in a set, from the shortest partial to a tall lifter's snatch
(our proposal). Lengths taken for metres that say otherwise are in another unit."""


def is_tracker(text: str) -> bool:
    """Tell whether a text begins like an export of Tracker."""
    return _header_at(rows_of("\n".join(text.splitlines()[: _NAME_LINES + 1]))) is not None


def read_tracker(text: str, *, name: str) -> Trajectory:
    """Read the one track of an export, or the one named 'bar' among several.

    Lengths are in the unit that the column's name gives in brackets, as in ``x (cm)``; without one
    in metres, Tracker's own, provided that the bar's travel can be metres.

    Parameters
    ----------
    text : str
        The whole file.
    name : str
        What to call the file in errors.

    Raises
    ------
    UnreadableError
        No place over time in it, several tracks of which none is named 'bar', or lengths that
        can't be metres.
    """
    rows = [row for row in rows_of(text) if any(row)]
    at = _header_at(rows[: _NAME_LINES + 1])
    if at is None:
        raise UnreadableError(
            f"{name}: no columns t, x and y", hint="tick x and y in Tracker's table, then export"
        )
    header = rows[at]
    track, first = _choose(rows[:at], header, name=name)
    columns = _names(header)
    at_x, at_y = columns.index("x", first), columns.index("y", first)
    try:
        return _trajectory(
            rows[at + 1 :],
            columns=(columns.index("t"), at_x, at_y),
            track=track or name,
            unit=unit_of(header[at_x]),
        )
    except (ValueError, IndexError) as error:
        raise UnreadableError(
            f"{name}: not a trajectory that can be read ({error})",
            hint="export it from Tracker again, with t, x and y",
        ) from error


def _names(header: Sequence[str]) -> list[str]:
    """Give the columns' names without their units."""
    return [label.split("(")[0].strip() for label in header]


def _header_at(rows: Sequence[Sequence[str]]) -> int | None:
    """Find the line with the columns' names."""
    return next(
        (at for at, row in enumerate(rows) if row and {"t", "x", "y"} <= set(_names(row))), None
    )


def _choose(above: Sequence[Sequence[str]], header: Sequence[str], *, name: str) -> tuple[str, int]:
    """Give the name of the track to read and the column where its part begins."""
    titles = [row for row in above if row and row[0] != _MULTI]
    # The names stand over the first column of each part; an old export has one, at the left edge.
    tracks = [(cell, at) for at, cell in enumerate(titles[-1]) if cell] if titles else []
    count = _names(header).count("x")
    if count == 1:
        return (tracks[0][0] if tracks else ""), 0
    named = [(cell, at) for cell, at in tracks if cell.lower() == "bar"]
    if len(named) != 1:
        names = ", ".join(repr(cell) for cell, _ in tracks)
        raise UnreadableError(
            f"{name}: {count} tracks in it ({names})",
            hint="name the bar's 'bar' in Tracker, or export it alone",
        )
    return named[0]


def _trajectory(
    rows: Sequence[Sequence[str]], *, columns: tuple[int, int, int], track: str, unit: str | None
) -> Trajectory:
    """Turn rows of text into centimetres and seconds; a step without a mark has empty cells."""
    at_t, at_x, at_y = columns
    cells = [(row[at_t], _cell(row, at_x), _cell(row, at_y)) for row in rows]
    time_s, x, y = (
        np.array([number(cell) for cell in column], dtype=np.float64)
        for column in zip(*cells, strict=True)
    )
    if unit is not None and unit not in CM_PER_UNIT:
        raise ValueError(f"lengths in {unit}")
    per_unit_cm = CM_PER_UNIT[unit or "m"]
    source = "Tracker"
    if unit is None:
        _check_metres(100.0 * y)
        source = "Tracker, its lengths taken for metres"
    return Trajectory(
        name=track,
        time_s=unrounded(time_s, last_decimal_s=max(_last_digit(t) for t, _, _ in cells)),
        x_cm=per_unit_cm * x,
        y_cm=per_unit_cm * y,
        source=source,
    )


def _cell(row: Sequence[str], at: int) -> str:
    """Give a cell, empty where the row ends before it."""
    return row[at] if at < len(row) else ""


def _last_digit(text: str) -> float:
    """Give what the last digit of a number is worth, in scientific notation too."""
    mantissa, _, exponent = text.upper().partition("E")
    return last_decimal(mantissa) * float(10.0 ** int(exponent or 0))


def _check_metres(y_cm: FloatArray) -> None:
    """Refuse heights that a bar can't have travelled."""
    travel_cm = float(np.nanmax(y_cm) - np.nanmin(y_cm))
    least_cm, most_cm = PLAUSIBLE_TRAVEL_CM
    if not least_cm <= travel_cm <= most_cm:
        raise ValueError(
            f"no unit of length, and {travel_cm / 100:g} m of travel can't be metres; "
            "put the unit into the header: x (cm)"
        )
