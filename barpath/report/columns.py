"""Columns of text, and numbers with their uncertainty."""

from __future__ import annotations

import math
from collections.abc import Sequence


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Set columns right-aligned, two spaces apart."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]


def figure(value: float, *, digits: int, sd: float = math.nan) -> str:
    """Write a number with its standard deviation, rounded up; a dash for what is missing."""
    if math.isnan(value):
        return "-"
    text = f"{round(value, digits) + 0.0:.{digits}f}"
    unit = 10.0**-digits
    return text if math.isnan(sd) else f"{text} ±{math.ceil(sd / unit - 1e-9) * unit:.{digits}f}"
