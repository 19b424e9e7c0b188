"""Usual plate diameters, from the table in ``calibration/``."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from barpath.errors import BarpathError

_PACKAGE = Path(__file__).parent
#: An installed wheel carries the folder inside the package; a checkout has it at its root.
_FOLDERS = (_PACKAGE / "calibration_data", _PACKAGE.parent / "calibration")


@dataclass(frozen=True)
class PlateSize:
    """One kind of plate and the range its diameter is found in."""

    plate: str
    diameter_cm: float
    min_cm: float
    max_cm: float
    source: str


def plate_sizes() -> tuple[PlateSize, ...]:
    """Read the table of plate sizes.

    Raises
    ------
    BarpathError
        The table isn't where the package keeps it: the installation is damaged.
    """
    for folder in _FOLDERS:
        table = folder / "plates.csv"
        if table.is_file():
            with table.open(newline="", encoding="utf-8") as lines:
                return tuple(
                    PlateSize(
                        plate=row["plate"],
                        diameter_cm=float(row["diameter_cm"]),
                        min_cm=float(row["min_cm"]),
                        max_cm=float(row["max_cm"]),
                        source=row["source"],
                    )
                    for row in csv.DictReader(lines)
                )
    raise BarpathError("the table of plate sizes is missing", hint="install barpath again")
