"""Numbers, times and units as people's programs write them."""

from __future__ import annotations

import csv
import re

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

CM_PER_UNIT = {"mm": 0.1, "cm": 1.0, "m": 100.0, "in": 2.54, "ft": 30.48, "yd": 91.44}
"""Lengths by the abbreviations Kinovea writes (its ``UnitHelper``); exact by definition."""

SECONDS_PER_UNIT = {
    "s": 1.0,
    "ms": 1e-3,
    "\u03bcs": 1e-6,  # Greek mu, as Kinovea writes it
    "\u00b5s": 1e-6,  # the micro sign, as keyboards do
    "min/100": 0.6,
    "hour/10000": 0.36,
}
"""Times by Kinovea's abbreviations. Frames and timestamps are no times without the video."""

SLOWEST_STEP_S = 0.25
"""Longest step between two places that can be a video's: 4 pictures a second. A file that names no
unit of time and steps by more isn't in seconds."""

_SEPARATORS = "\t;,"
_IN_BRACKETS = re.compile(r"[(\[]\s*([^)\]]+?)\s*[)\]]\s*$")


def number(text: str) -> float:
    """Read a number with a decimal point or comma; an empty cell is NaN.

    Raises
    ------
    ValueError
        Not a number, or one with both signs, which could be thousands.
    """
    text = text.strip()
    if not text:
        return float("nan")
    if "," in text and "." in text:
        raise ValueError(f"{text!r} has a point and a comma")
    return float(text.replace(",", "."))


def decimal(value: float, digits: int) -> str:
    """Write a number to so many decimals; adding 0.0 turns the -0 that rounding makes into 0."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def seconds(text: str) -> float:
    """Read a time: a number of seconds, or a clock's h:mm:ss:cc, h:mm:ss.cc or mm:ss.cc.

    The last part of four is a fraction of a second by its digits: Kinovea writes hundredths, and
    thousandths for clips of a hundred pictures a second and more.

    Raises
    ------
    ValueError
        Not a time.
    """
    parts = text.strip().split(":")
    if len(parts) == 4:
        parts = [*parts[:2], f"{parts[2]}.{parts[3]}"]
    if len(parts) > 3:
        raise ValueError(f"{text!r} is not a time")
    total_s = 0.0
    for part in parts:
        total_s = 60.0 * total_s + number(part)
    return total_s


def unit_of(label: str) -> str | None:
    """Give what stands in brackets at a label's end: ``cm`` of ``X (cm)``."""
    found = _IN_BRACKETS.search(label)
    return found.group(1) if found else None


def rows_of(text: str) -> list[list[str]]:
    """Split a table whose separator isn't known: a tab, else a semicolon, else a comma.

    Lines without any of them are split at blanks. Trailing separators make no cell.
    """
    lines = text.splitlines()
    separator = next((mark for mark in _SEPARATORS if any(mark in line for line in lines)), None)
    if separator is None:
        return [line.split() for line in lines]
    rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=separator != "\t"))
    return [[cell.strip() for cell in row] for row in rows]


def last_decimal(text: str) -> float:
    """Give what the last digit of a time is worth: 0.01 for ``3.25`` and for ``0:00:03:25``."""
    text = text.strip().replace(",", ".")
    fraction = text.split(":")[3] if text.count(":") == 3 else text.partition(".")[2]
    return float(10.0 ** -len(fraction))


def unrounded(time_s: FloatArray, *, last_decimal_s: float) -> FloatArray:
    """Put evenly spaced times that were cut to few decimals back on their even grid.

    Kinovea writes hundredths of a second: at 30 pictures a second the steps read 0.03, 0.03 and
    0.04 s, and velocity would be up to 20 % off. Where one even grid passes within the last decimal
    of every time, the times are that grid's; where none does (dropped rows, a variable rate) they
    stay.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
    last_decimal_s : float
        What the last digit written is worth.

    Returns
    -------
    ndarray, shape (n,)
    """
    if time_s.size < 3:
        return time_s
    index = np.arange(time_s.size, dtype=np.float64)
    step_s, start_s = np.polyfit(index, time_s, 1)
    even_s = np.asarray(start_s + step_s * index, dtype=np.float64)
    return even_s if np.max(np.abs(even_s - time_s)) <= last_decimal_s else time_s
