"""Kinovea's exported trajectories: CSV, gnuplot text and Excel XML, read and written.

The formats are those of Kinovea's own exporters (``ExporterCSV``, ``ExporterTXTTrajectory``, the
scatter diagram's CSV and the stylesheet ``kva2msxml-en.xsl``, github.com/Kinovea/Kinovea). The list
separator and the decimal sign follow the user's system, times the user's unit, and y is up.
"""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

import numpy as np

from barpath.errors import UnreadableError
from barpath.interchange.cells import (
    CM_PER_UNIT,
    SECONDS_PER_UNIT,
    SLOWEST_STEP_S,
    decimal,
    last_decimal,
    number,
    rows_of,
    seconds,
    unit_of,
    unrounded,
)
from barpath.interchange.trajectory import Trajectory

TEXT_HEADER = "#Kinovea Trajectory data export"
SHEET_SPACE = "urn:schemas-microsoft-com:office:spreadsheet"

_COORDS = re.compile(r"^Coords \(x,y:\s*(?P<unit>[^;]*?)\s*;\s*t:\s*(?P<time>\w+)\)$")
_AXIS = re.compile(r"^(?:(?P<name>.+)/)?(?P<axis>[XY])(?:\s*[(\[].*)?$")


@dataclass(frozen=True)
class _Track:
    """One object of a file, as text; a unit is None where the file names none."""

    name: str
    length_unit: str | None
    time_unit: str | None
    rows: tuple[tuple[str, str, str], ...]  # t, x, y


def is_csv(text: str) -> bool:
    """Tell whether a text begins like a CSV with a time and the two coordinates of a point."""
    rows = rows_of(text.partition("\n")[0])
    return bool(rows and rows[0]) and _is_time(rows[0][0]) and bool(_columns(rows[0]))


def is_text(text: str) -> bool:
    """Tell whether a text begins like an export for gnuplot."""
    return text.startswith(TEXT_HEADER)


def is_sheet(text: str) -> bool:
    """Tell whether a text begins like an Excel XML sheet."""
    return text.startswith("<?xml") and SHEET_SPACE in text


def read_kinovea(text: str, *, name: str) -> Trajectory:
    """Read the one trajectory of an export, or the one named 'bar' among several.

    Parameters
    ----------
    text : str
        The whole file.
    name : str
        What to call the file in errors.

    Raises
    ------
    UnreadableError
        No trajectory, several of which none is named 'bar', pixels, or a unit that isn't said.
    """
    try:
        if is_sheet(text):
            tracks = _sheet_tracks(text)
        elif is_text(text):
            tracks = _text_tracks(text)
        else:
            tracks = _csv_tracks(text)
        return _trajectory(_choose(tracks, name=name), name=name)
    except (ValueError, ET.ParseError) as error:
        raise UnreadableError(
            f"{name}: not a trajectory that can be read ({error})",
            hint="export it from Kinovea again",
        ) from error


def write_kinovea_csv(trajectory: Trajectory, to: TextIO) -> None:
    """Write the CSV of Kinovea's scatter diagram: milliseconds and centimetres, cells quoted.

    Kinovea knows no lost places: rows without one are left out.
    """
    writer = csv.writer(to, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(("Time (ms)", "X (cm)", "Y (cm)"))
    for time_s, x_cm, y_cm in _places(trajectory):
        writer.writerow((decimal(1000 * time_s, 3), decimal(x_cm, 3), decimal(y_cm, 3)))


def write_kinovea_xml(trajectory: Trajectory, to: TextIO) -> None:
    """Write the Excel XML sheet of Kinovea's export, with one track in it."""
    ET.register_namespace("", SHEET_SPACE)
    ET.register_namespace("ss", SHEET_SPACE)
    book = ET.Element(_tag("Workbook"))
    sheet = ET.SubElement(book, _tag("Worksheet"), {_tag("Name"): "Trajectory"})
    table = ET.SubElement(sheet, _tag("Table"))
    _add_row(table, ("Track",))
    # XML has no place for control characters, escaped or not.
    _add_row(table, ("Label :", "".join(c for c in trajectory.name if c.isprintable())))
    _add_row(table, ("Coords (x,y:cm; t:time)",))
    _add_row(table, ("x", "y", "t"))
    for time_s, x_cm, y_cm in _places(trajectory):
        _add_row(table, (decimal(x_cm, 3), decimal(y_cm, 3), decimal(time_s, 6)), numbers=2)
    ET.indent(book)
    to.write('<?xml version="1.0" encoding="utf-8"?>\n<?mso-application progid="Excel.Sheet"?>\n')
    to.write(ET.tostring(book, encoding="unicode"))
    to.write("\n")


def _tag(name: str) -> str:
    return f"{{{SHEET_SPACE}}}{name}"


def _add_row(table: ET.Element, cells: Sequence[str], *, numbers: int = 0) -> None:
    """Add a row; its first `numbers` cells are numbers, the others text, as Kinovea types them."""
    row = ET.SubElement(table, _tag("Row"))
    for at, text in enumerate(cells):
        kind = "Number" if at < numbers else "String"
        cell = ET.SubElement(row, _tag("Cell"))
        ET.SubElement(cell, _tag("Data"), {_tag("Type"): kind}).text = text


def _places(trajectory: Trajectory) -> list[tuple[float, float, float]]:
    seen = np.isfinite(trajectory.x_cm) & np.isfinite(trajectory.y_cm)
    columns = (trajectory.time_s[seen], trajectory.x_cm[seen], trajectory.y_cm[seen])
    return [(float(t), float(x), float(y)) for t, x, y in zip(*columns, strict=True)]


def _sheet_tracks(text: str) -> list[_Track]:
    """Find the tracks of an Excel XML sheet: a label, the units, a header, then x, y, t."""
    rows = [
        ["".join(data.itertext()).strip() for data in row.iter(_tag("Data"))]
        for row in ET.fromstring(text.encode("utf-8")).iter(_tag("Row"))
    ]
    tracks = []
    for at, row in enumerate(rows):
        units = _COORDS.match(row[0]) if len(row) == 1 else None
        if units is None:
            continue
        label = rows[at - 1][1] if at and len(rows[at - 1]) == 2 else ""
        places = []
        for cells in rows[at + 2 :]:
            if len(cells) != 3:
                break
            places.append((cells[2], cells[0], cells[1]))
        # A column headed 'time' is a clock or seconds; 'timestamps' are the container's ticks.
        time_unit = None if units["time"] == "time" else units["time"]
        tracks.append(_Track(label, units["unit"], time_unit, tuple(places)))
    return tracks


def _text_tracks(text: str) -> list[_Track]:
    """Find the tracks of a gnuplot text: blank lines between them, a name where Kinovea wrote one.

    The unit of length isn't written; one in brackets after ``#T X Y`` is taken.
    """
    head, *lines = text.splitlines()[1:]
    tracks: list[_Track] = []
    name, places = "", []
    for line in [*lines, ""]:
        cells = line.split()
        if line.startswith("#"):
            name = line.lstrip("# ").strip()
        elif cells:
            t, x, y = cells[:3]
            places.append((t, x, y))
        elif places:
            tracks.append(_Track(name, unit_of(head), None, tuple(places)))
            name, places = "", []
    return tracks


def _csv_tracks(text: str) -> list[_Track]:
    """Find the tracks of a CSV: one column of times, and two of coordinates for each."""
    header, *rows = [row for row in rows_of(text) if row]
    tracks = []
    for name, at_x, at_y in _columns(header):
        places = [(row[0], row[at_x], row[at_y]) for row in rows if len(row) > max(at_x, at_y)]
        # In a table of several objects a row without this one has empty cells.
        seen = tuple(place for place in places if place[1] and place[2])
        tracks.append(_Track(name, unit_of(header[at_x]), unit_of(header[0]), seen))
    return tracks


def _is_time(label: str) -> bool:
    return label.split("(")[0].strip().lower() == "time"


def _columns(header: Sequence[str]) -> list[tuple[str, int, int]]:
    """Pair the columns X and Y of each object; ``bar/0/X`` is the point 0 of the object bar."""
    axes = {
        (found["name"] or "", found["axis"]): at
        for at, label in enumerate(header)
        if (found := _AXIS.match(label.strip()))
    }
    names = [name for name, axis in axes if axis == "X" and (name, "Y") in axes]
    return [(name.rpartition("/")[0] or name, axes[name, "X"], axes[name, "Y"]) for name in names]


def _choose(tracks: Sequence[_Track], *, name: str) -> _Track:
    """Take the only track, or the only one that is named 'bar'."""
    if not tracks:
        raise UnreadableError(
            f"{name}: no trajectory in it", hint="track a point in Kinovea, then export"
        )
    named = [track for track in tracks if track.name.lower() == "bar"]
    if len(tracks) > 1 and len(named) != 1:
        names = ", ".join(repr(track.name) for track in tracks)
        raise UnreadableError(
            f"{name}: {len(tracks)} trajectories in it ({names})",
            hint="name the bar's 'bar' in Kinovea, or export it alone",
        )
    return named[0] if len(tracks) > 1 else tracks[0]


def _trajectory(track: _Track, *, name: str) -> Trajectory:
    """Turn text into centimetres and seconds."""
    if track.length_unit not in CM_PER_UNIT:
        said = "names no unit of length" if not track.length_unit else f"is in {track.length_unit}"
        raise UnreadableError(
            f"{name}: the trajectory {said}",
            hint="calibrate in Kinovea; a unit can be put into the header: X (cm), or #T X Y (cm)",
        )
    per_unit_s = SECONDS_PER_UNIT.get(track.time_unit or "s")
    if per_unit_s is None:
        raise UnreadableError(
            f"{name}: times in {track.time_unit} mean nothing without the video",
            hint="set Kinovea's time to milliseconds and export again",
        )
    written = np.array([seconds(t) for t, _, _ in track.rows], dtype=np.float64)
    last_decimal_s = max((last_decimal(t) for t, _, _ in track.rows), default=1.0)
    time_s = unrounded(written * per_unit_s, last_decimal_s=last_decimal_s * per_unit_s)
    if track.time_unit is None and time_s.size > 1 and np.median(np.diff(time_s)) > SLOWEST_STEP_S:
        raise UnreadableError(
            f"{name}: the times have no unit, and can't be seconds",
            hint="put the unit into the header: Time (ms)",
        )
    per_unit_cm = CM_PER_UNIT[track.length_unit]
    return Trajectory(
        name=track.name or name,
        time_s=time_s,
        x_cm=per_unit_cm * np.array([number(x) for _, x, _ in track.rows], dtype=np.float64),
        y_cm=per_unit_cm * np.array([number(y) for _, _, y in track.rows], dtype=np.float64),
        source="Kinovea",
    )
