"""Tables with their units: a CSV with its sidecar, and one JSON document."""

from __future__ import annotations

import csv
import io
import json
from typing import Any, TextIO

import barpath
from barpath.analysis import SetAnalysis
from barpath.results import write_path_csv, write_reps_csv

SCHEMA_ID = "barpath.table/1"

SIDECAR_SUFFIX = "-metadata.json"
"""Where readers of CSV on the Web look for a table's metadata: the table's own name and this (W3C,
Model for Tabular Data and Metadata on the Web, section 5.2)."""

_UNITS = (
    ("_m_s2", "m/s^2"),
    ("_m_s", "m/s"),
    ("_cm", "cm"),
    ("_px", "px"),
    ("_pct", "%"),
    ("_s", "s"),
)
"""Units by the end of a column's name; the first that fits."""

_MEANINGS = {
    "frame": "number of the decoded frame, from 0",
    "time_s": "real time from the clip's first frame",
    "x_px": "column of the bar's axis in the displayed picture",
    "y_px": "row of the bar's axis in the displayed picture, downwards",
    "radius_px": "the rim's semi-major axis",
    "x_cm": "from midfoot, or from the bar's start where midfoot is only assumed to be under it; "
    "positive towards the toes, or towards the picture's right where they aren't known",
    "y_cm": "above the bar's lowest rest of the set; below 0 where it turns lower",
    "vx_m_s": "velocity along x_cm",
    "vy_m_s": "velocity upwards",
    "speed_m_s": "size of the velocity",
    "ay_m_s2": "acceleration upwards",
    "sd_cm": "one standard deviation of the place",
    "state": "tracked, bridged (interpolated over a short gap) or lost",
    "rep": "number of the repetition, from 1; empty outside any",
    "phase": "phase of the repetition; empty outside any",
}
_INTEGERS = frozenset({"frame", "rep", "index"})
_WORDS = frozenset({"state", "phase"})

Json = Any  # whatever json gives or takes


def write_tidy_csv(analysis: SetAnalysis, to: TextIO, *, reps: bool) -> None:
    """Write a row a frame, or a row a repetition: the columns of ``path.csv`` or ``reps.csv``."""
    write = write_reps_csv if reps else write_path_csv
    write(analysis, to)


def write_sidecar(analysis: SetAnalysis, to: TextIO, *, table: str, reps: bool) -> None:
    """Write what the columns of a CSV mean, as CSV on the Web.

    W3C, *Metadata Vocabulary for Tabular Data*; the unit is schema.org's ``unitText``.

    Parameters
    ----------
    analysis : SetAnalysis
    to : text file
    table : str
        The CSV's file name.
    reps : bool
        Whether the CSV has a row a repetition.
    """
    columns = [_column(name) for name in _rows(analysis, reps=reps)[0]]
    sidecar = {
        "@context": ["http://www.w3.org/ns/csvw", {"language": "en"}],
        "url": table,
        "dc:title": analysis.set.name,
        "dc:creator": f"barpath {barpath.__version__}",
        "dialect": {"header": True, "encoding": "utf-8", "delimiter": ","},
        "tableSchema": {
            "columns": [
                {
                    "name": column["name"],
                    "titles": column["name"],
                    "datatype": column["type"],
                    "null": "",
                    **({"schema:unitText": column["unit"]} if column["unit"] else {}),
                    **({"dc:description": column["meaning"]} if column["meaning"] else {}),
                }
                for column in columns
            ]
        },
    }
    json.dump(sidecar, to, indent=2, ensure_ascii=False)
    to.write("\n")


def write_tidy_json(analysis: SetAnalysis, to: TextIO, *, reps: bool) -> None:
    """Write the same table as one document: columns with unit and meaning, and their values.

    Missing values are null. ``pandas.DataFrame(document["data"])`` reads it.
    """
    header, *rows = _rows(analysis, reps=reps)
    columns = [_column(name) for name in header]
    document = {
        "schema": SCHEMA_ID,
        "barpath_version": barpath.__version__,
        "set": analysis.set.name,
        "columns": columns,
        "data": {
            column["name"]: [_value(row[at], kind=column["type"]) for row in rows]
            for at, column in enumerate(columns)
        },
    }
    json.dump(document, to, indent=1, ensure_ascii=False, allow_nan=False)
    to.write("\n")


def _rows(analysis: SetAnalysis, *, reps: bool) -> list[list[str]]:
    text = io.StringIO(newline="")
    write_tidy_csv(analysis, text, reps=reps)
    return list(csv.reader(io.StringIO(text.getvalue(), newline="")))


def _column(name: str) -> dict[str, str]:
    """Describe a column by its name: the one place where names are told apart is the name."""
    kind = "number"
    if name in _INTEGERS:
        kind = "integer"
    elif name == "complete":
        kind = "boolean"
    elif name in _WORDS:
        kind = "string"
    unit = next((unit for ending, unit in _UNITS if name.endswith(ending)), "")
    return {"name": name, "type": kind, "unit": unit, "meaning": _MEANINGS.get(name, "")}


def _value(cell: str, *, kind: str) -> Json:
    """Turn a cell into a value of JSON."""
    if not cell:
        return None
    if kind == "boolean":
        return cell == "true"
    if kind == "string":
        return cell
    return int(cell) if kind == "integer" else float(cell)
