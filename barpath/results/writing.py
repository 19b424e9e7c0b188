"""Writing an analysis: the document, a table of frames and one of repetitions."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from numpy.typing import NDArray

import barpath
from barpath.analysis import SetAnalysis, summarise
from barpath.plate import Plate
from barpath.reps import Phase, Rep, RepUncertainty, Sticking, label_frames
from barpath.results.layout import (
    DOCUMENT,
    PATH_COLUMNS,
    PATH_CSV,
    PHASE_NAMES,
    REPS_CSV,
    RIM,
    SCHEMA_ID,
)
from barpath.technique import Finding
from barpath.tracking import State

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FloatArray = NDArray[np.float64]
Json = Any  # whatever json gives or takes

#: Decimals by the unit a name ends in: well below what can be measured, and times round-trip.
_DECIMALS = (
    ("cm_per_px", 7),
    ("_m_s2", 3),
    ("_m_s", 4),
    ("_s", 6),
    ("_cm", 3),
    ("_px", 3),
    ("_pct", 2),
    ("_deg", 2),
    ("fps_container", 4),
    ("time_scale", 6),
)
_OTHER_DECIMALS = 4


def document(analysis: SetAnalysis) -> dict[str, Json]:
    """Build the analysis document: plain values only, None for what is missing."""
    summary = dataclasses.asdict(summarise(analysis.reps))
    return {
        "schema": SCHEMA_ID,
        "barpath_version": barpath.__version__,
        "created": analysis.created,
        "clip": _plain(analysis.clip),
        "set": _plain(analysis.set),
        "plate": None if analysis.plate is None else _plain_plate(analysis.plate),
        "calibration": _plain(analysis.calibration),
        "lifter": _plain(analysis.lifter),
        "midfoot": _plain(analysis.midfoot),
        "tracking": _plain(analysis.tracking),
        "reps": [
            {**_plain(rep), "findings": _plain_findings(analysis.findings, rep=rep.index)}
            for rep in analysis.reps
        ],
        "summary": {
            **_plain_values(summary),
            "findings": dict(Counter(finding.code for finding in analysis.findings)),
        },
        "not_assessed": [_plain(item) for item in analysis.not_assessed],
        "warnings": [_plain(item) for item in analysis.warnings],
    }


def _plain_plate(plate: Plate) -> dict[str, Json]:
    rim = {name: getattr(plate.rim, name) for name in RIM}
    return _plain_values({"frame": plate.frame, **rim, "confidence": plate.confidence})


def _plain_findings(findings: Sequence[Finding], *, rep: int) -> list[dict[str, Json]]:
    """Give a repetition's findings, without its number: they stand in it."""
    return [
        {name: value for name, value in _plain(finding).items() if name != "rep"}
        for finding in findings
        if finding.rep == rep
    ]


def write_document(analysis: SetAnalysis, to: TextIO) -> None:
    """Write the analysis document as JSON."""
    json.dump(document(analysis), to, indent=2, allow_nan=False)
    to.write("\n")


def write_tables(analysis: SetAnalysis, folder: Path) -> None:
    """Write the document and both tables into a folder that exists."""
    for name, write in (
        (DOCUMENT, write_document),
        (PATH_CSV, write_path_csv),
        (REPS_CSV, write_reps_csv),
    ):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            write(analysis, file)


def write_path_csv(analysis: SetAnalysis, to: TextIO) -> None:
    """Write one row a decoded frame; an empty cell is a missing value."""
    rep, phase = label_frames(time_s=analysis.motion.time_s, reps=analysis.reps)
    numbers = [_column(name, values) for name, values in _path_numbers(analysis).items()]
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(PATH_COLUMNS)
    for frame, cells in enumerate(zip(*numbers, strict=True)):
        state = State(analysis.track.state[frame]).name.lower()
        writer.writerow((frame, *cells, state, rep[frame] or "", phase[frame]))


def write_reps_csv(analysis: SetAnalysis, to: TextIO) -> None:
    """Write one row a repetition: the keys of a rep, flat.

    Nested keys are joined with an underscore (``sticking_start_s``, ``uncertainty_rom_cm``,
    ``knee_mean_velocity_m_s``), and the columns are the same for every set.
    """
    writer = csv.DictWriter(to, REPS_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_flat_rep(rep) for rep in analysis.reps)


def _names(carrier: type) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(carrier))


def _reps_columns() -> tuple[str, ...]:
    nested = ("sticking", "uncertainty", "phases")
    phase_keys = [name for name in _names(Phase) if name != "name"]
    return (
        *(name for name in _names(Rep) if name not in nested),
        *(f"sticking_{name}" for name in _names(Sticking)),
        *(f"uncertainty_{name}" for name in _names(RepUncertainty)),
        *(f"{phase}_{key}" for phase in PHASE_NAMES for key in phase_keys),
    )


REPS_COLUMNS = _reps_columns()


def _flat_rep(rep: Rep) -> dict[str, object]:
    """Flatten a rep to the columns of ``reps.csv``."""
    plain = _plain(rep)
    phases = plain.pop("phases")
    parts = {"sticking": plain.pop("sticking") or {}, "uncertainty": plain.pop("uncertainty")}
    for phase in phases:
        parts[phase.pop("name")] = phase
    for prefix, part in parts.items():
        plain.update({f"{prefix}_{key}": value for key, value in part.items()})
    plain["complete"] = str(plain["complete"]).lower()
    return {key: "" if value is None else value for key, value in plain.items()}


def _path_numbers(analysis: SetAnalysis) -> dict[str, FloatArray]:
    """Gather the numeric columns of ``path.csv``, in their order."""
    track, motion = analysis.track, analysis.motion
    return {
        "time_s": motion.time_s,
        "x_px": track.x_px,
        "y_px": track.y_px,
        "radius_px": track.radius_px * (math.nan if analysis.plate is None else 1.0),
        "x_cm": motion.x_cm,
        "y_cm": motion.y_cm,
        "vx_m_s": motion.vx_m_s,
        "vy_m_s": motion.vy_m_s,
        "speed_m_s": motion.speed_m_s,
        "ay_m_s2": motion.ay_m_s2,
        "sd_cm": motion.sd_cm,
    }


def _decimals(name: str) -> int:
    return next((n for ending, n in _DECIMALS if name.endswith(ending)), _OTHER_DECIMALS)


def _column(name: str, values: FloatArray) -> list[str]:
    """Format one column; adding 0.0 turns the -0 that rounding makes into 0."""
    digits = _decimals(name)
    return ["" if math.isnan(v) else f"{round(v, digits) + 0.0:.{digits}f}" for v in values]


def _plain(carrier: DataclassInstance) -> dict[str, Json]:
    return _plain_values(dataclasses.asdict(carrier))


def _plain_values(values: Mapping[str, Json]) -> dict[str, Json]:
    return {name: _plain_value(name, value) for name, value in values.items()}


def _plain_value(name: str, value: Json) -> Json:
    """Round a number by its unit, turn NaN into None, and go into what is nested."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, _decimals(name)) + 0.0
    if isinstance(value, Mapping):
        return _plain_values(value)
    if isinstance(value, tuple):
        return [_plain_value(name, item) for item in value]
    return value
