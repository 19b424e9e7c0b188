"""Writing a comparison: the document, the tidy table and the page, whole or not at all."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

import barpath
from barpath.comparison.composer import Along, Comparison, Figure, Pair
from barpath.comparison.curves import GRID_PCT, Curve
from barpath.comparison.loads import Loads
from barpath.comparison.member import Member
from barpath.comparison.quantities import QUANTITIES, Quantity, sample_of

SCHEMA_ID = "barpath.comparison/1"
DOCUMENT = "comparison.json"
TABLE = "comparison.csv"
PAGE = "comparison.html"

COLUMNS = ("set", "against", "rep", "quantity", "unit", "value", "sd", "low", "high", "verdict")
"""A repetition's row has a rep; a set's mean has none; a difference names the set it is against."""

_DECIMALS = 5
"""A hundredth of a millimetre, a hundredth of a millimetre a second: far below any ±."""

FloatArray = NDArray[np.float64]
Json = Any  # whatever json gives or takes


def write_document(comparison: Comparison, to: TextIO) -> None:
    """Write the comparison as JSON."""
    json.dump(document(comparison), to, indent=1, allow_nan=False)
    to.write("\n")


def document(comparison: Comparison) -> dict[str, Json]:
    """Build the comparison's document: plain values only, None for what is missing."""
    return {
        "schema": SCHEMA_ID,
        "barpath_version": barpath.__version__,
        "created": comparison.created,
        "sets": [_set(member) for member in comparison.members],
        "grid_pct": _numbers(GRID_PCT),
        "curves": [
            _curve(member.key, curve)
            for member, curves in zip(comparison.members, comparison.curves, strict=True)
            for curve in curves
        ],
        "pairs": [_pair(pair) for pair in comparison.pairs],
        "load_velocity": None if comparison.loads is None else _loads(comparison.loads),
        "warnings": [
            {"code": item.code, "message": item.message, "hint": item.hint}
            for item in comparison.warnings
        ],
    }


def _set(member: Member) -> dict[str, Json]:
    ruler, summary = member.ruler, member.summary
    return {
        "key": member.key,
        "name": member.set.name,
        "source": member.source,
        "lift": member.set.lift,
        "athlete": member.set.athlete,
        "date": member.set.date,
        "load_kg": _number(member.set.load_kg),
        "facing": member.facing,
        "plate_diameter_cm": _number(ruler.plate_diameter_cm),
        "plate_assumed": ruler.plate_assumed,
        "scale_sd_pct": _number(ruler.scale_sd_pct),
        "lean_sd_deg": _number(ruler.lean_sd_deg),
        "midfoot_sd_cm": _number(ruler.midfoot_sd_cm),
        "reps_seen": len(member.reps),
        "reps_whole": len(member.whole),
        "velocity_loss_pct": _number(summary.velocity_loss_pct),
        "figures": {quantity.name: _readings(member, quantity) for quantity in QUANTITIES},
        "findings": [
            {
                "rep": finding.rep,
                "code": finding.code,
                "severity": finding.severity,
                "message": finding.message,
            }
            for finding in member.findings
        ],
    }


def _readings(member: Member, quantity: Quantity) -> dict[str, Json]:
    sample = sample_of(member, quantity)
    return {
        "unit": quantity.unit,
        "reps": [
            {"rep": rep.index, "value": _number(value)}
            for rep, value in zip(member.whole, sample.values[:, 0], strict=True)
        ],
        "mean": _number(sample.mean[0]),
        "sd_between_reps": _number(sample.spread[0]),
        "sd_of_one_rep": _number(sample.noise[0]),
        "sd_common": _number(float(np.linalg.norm(sample.common[:, 0]))),
    }


def _curve(key: str, curve: Curve) -> dict[str, Json]:
    return {
        "set": key,
        "curve": curve.kind.name,
        "unit": curve.kind.unit,
        "rise_cm": _number(curve.rise_cm),
        "duration_s": _number(curve.duration_s),
        "reps": [
            {"rep": int(index), "values": _numbers(values)}
            for index, values in zip(curve.sample.index, curve.sample.values, strict=True)
        ],
        "mean": _numbers(curve.sample.mean),
        "sd_between_reps": _numbers(curve.sample.spread),
    }


def _pair(pair: Pair) -> dict[str, Json]:
    return {
        "first": pair.first,
        "second": pair.second,
        "differs": pair.differs,
        "figures": [_figure(item) for item in pair.figures],
        "curves": [_along(item) for item in pair.curves],
    }


def _loads(loads: Loads) -> dict[str, Json]:
    line, best = loads.line, loads.one_rep_max
    names = ("v0_m_s", "v0_sd_m_s", "slope_m_s_kg", "slope_sd_m_s_kg", "l0_kg", "l0_sd_kg")
    return {
        "points": [
            {
                "set": at.key,
                "load_kg": _number(at.point.load_kg),
                "mean_velocity_m_s": _number(at.point.velocity_m_s),
                "sd_m_s": _number(at.point.sd_m_s),
            }
            for at in loads.points
        ],
        "line": None if line is None else {name: _number(getattr(line, name)) for name in names},
        "one_rep_max": None
        if best is None
        else {
            "load_kg": _number(best.load_kg),
            "sd_kg": _number(best.sd_kg),
            "method": best.method,
            "caveat": best.caveat,
        },
        "why_not": loads.refused,
    }


def _figure(item: Figure) -> dict[str, Json]:
    found = item.difference
    names = ("value", "low", "high", "sd", "measurement_sd", "p_value")
    return {
        "quantity": item.quantity.name,
        "unit": item.quantity.unit,
        **{name: None if found is None else _number(getattr(found, name)) for name in names},
        "dof": None if found is None else found.dof,
        "verdict": item.verdict.name.lower(),
        "said": item.verdict.value,
        "why_not": item.why,
    }


def _along(item: Along) -> dict[str, Json]:
    found = item.band
    return {
        "curve": item.kind.name,
        "unit": item.kind.unit,
        "value": None if found is None else _numbers(found.value),
        "half_width": None if found is None else _numbers(found.half_width),
        "p_value": None if found is None else _number(found.p_value),
        "verdict": item.verdict.name.lower(),
        "said": item.verdict.value,
        "why_not": item.why,
        "stretches": [
            {
                "from_pct": stretch.from_pct,
                "to_pct": stretch.to_pct,
                "largest": _number(stretch.largest),
                "largest_pct": stretch.largest_pct,
            }
            for stretch in item.stretches
        ],
    }


def write_table(comparison: Comparison, to: TextIO) -> None:
    """Write one row a value: of a repetition, of a set, or between two sets."""
    writer = csv.DictWriter(to, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for member in comparison.members:
        writer.writerows(_set_rows(member))
    for pair in comparison.pairs:
        for item in pair.figures:
            found = item.difference
            row = {
                "set": pair.second,
                "against": pair.first,
                "quantity": item.quantity.name,
                "unit": item.quantity.unit,
                "verdict": item.verdict.name.lower(),
            }
            for column in ("value", "sd", "low", "high"):
                row[column] = _cell(math.nan if found is None else getattr(found, column))
            writer.writerow(row)


def _set_rows(member: Member) -> Iterator[dict[str, object]]:
    for quantity in QUANTITIES:
        sample = sample_of(member, quantity)
        named = {"set": member.key, "quantity": quantity.name, "unit": quantity.unit}
        common = float(np.linalg.norm(sample.common[:, 0]))
        for rep, value in zip(member.whole, sample.values[:, 0], strict=True):
            sd = math.hypot(float(sample.noise[0]), common)
            yield {**named, "rep": rep.index, "value": _cell(value), "sd": _cell(sd)}
        if member.whole:
            yield {**named, "value": _cell(sample.mean[0]), "sd": _cell(sample.spread[0])}


def _number(value: float) -> float | None:
    """Round, and turn what isn't a number or has no end into None."""
    return round(float(value), _DECIMALS) + 0.0 if math.isfinite(value) else None


def _numbers(values: FloatArray) -> list[float | None]:
    return [_number(value) for value in values.tolist()]


def _cell(value: float) -> str:
    number = _number(value)
    return "" if number is None else f"{number:g}"


def write_files(comparison: Comparison, folder: Path, *, target: Path) -> None:
    """Write all three files into a folder that exists.

    Parameters
    ----------
    comparison : Comparison
    folder : Path
        Where to write now.
    target : Path
        Where the folder will stand in the end: the page's addresses count from there.
    """
    from barpath.comparison.page import write_page

    with (folder / DOCUMENT).open("w", encoding="utf-8", newline="") as file:
        write_document(comparison, file)
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as file:
        write_table(comparison, file)
    with (folder / PAGE).open("w", encoding="utf-8", newline="\n") as file:
        write_page(comparison, file, page_folder=target)
