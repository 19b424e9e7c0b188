"""Reading and writing the files of an analysis.

The names, columns and keys here are what other people's scripts rely on; they are described in
``schema/analysis.schema.json``.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import numpy as np
from numpy.typing import NDArray

import barpath
from barpath.analysis import (
    ClipFacts,
    Lifter,
    Midfoot,
    SetAnalysis,
    SetInfo,
    TrackingSummary,
    summarise,
)
from barpath.calibration import Calibration
from barpath.caveats import Caveat, NotAssessed
from barpath.errors import UnreadableError
from barpath.motion import Motion
from barpath.plate import Ellipse, Plate
from barpath.reps import Phase, Rep, RepUncertainty, Sticking, label_frames
from barpath.technique import Finding
from barpath.tracking import State, Track

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SCHEMA_ID = "barpath.analysis/1"
DOCUMENT = "analysis.json"
PATH_CSV = "path.csv"
REPS_CSV = "reps.csv"

PATH_COLUMNS = (
    "frame",
    "time_s",
    "x_px",
    "y_px",
    "radius_px",
    "x_cm",
    "y_cm",
    "vx_m_s",
    "vy_m_s",
    "speed_m_s",
    "ay_m_s2",
    "sd_cm",
    "state",
    "rep",
    "phase",
)

#: Phases in their order (DESIGN: phase names).
PHASE_NAMES = ("setup", "break", "knee", "lockout", "top", "descent")

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

_MOTION_COLUMNS = (
    "time_s",
    "x_cm",
    "y_cm",
    "vx_m_s",
    "vy_m_s",
    "speed_m_s",
    "ay_m_s2",
    "sd_cm",
)

_RIM = ("x_px", "y_px", "radius_px", "axis_ratio")

#: The outline of a target that was followed instead of a plate; the files don't hold it.
_NO_PLATE = Plate(frame=0, rim=Ellipse(*(math.nan,) * 4), confidence=math.nan)

FloatArray = NDArray[np.float64]
Json = Any  # whatever json gives or takes
Carrier = TypeVar("Carrier", bound="DataclassInstance")


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
    rim = {name: getattr(plate.rim, name) for name in _RIM}
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


def read_analysis(source: Path) -> SetAnalysis:
    """Read an analysis back from its folder, or from the ``analysis.json`` in it.

    What the files don't hold of a track (the rim's axis ratio and residual, the uncertainty of
    pixels and of velocity, the camera's motion) is NaN.

    Raises
    ------
    UnreadableError
        Not an analysis, or one whose files don't belong together.
    """
    if not source.exists():
        raise UnreadableError(
            f"{source}: no such file or folder", hint="check the spelling of the path"
        )
    if source.is_file() and source.name != DOCUMENT:
        raise UnreadableError(
            f"{source}: is a file, not a folder of 'barpath analyse'",
            hint="a clip is analysed first; give the folder that 'barpath analyse' wrote",
        )
    folder = source.parent if source.name == DOCUMENT else source
    try:
        document_text = (folder / DOCUMENT).read_text(encoding="utf-8")
        path_text = (folder / PATH_CSV).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _not_an_analysis(str(source)) from error
    return parse_analysis(document_text, path_text, source=str(source))


def parse_analysis(document_text: str, path_text: str, *, source: str) -> SetAnalysis:
    """Read an analysis back from what `write_document` and `write_path_csv` wrote.

    Parameters
    ----------
    document_text, path_text : str
    source : str
        What to call it in errors.

    Raises
    ------
    UnreadableError
        Not an analysis, or two texts that don't belong together.
    """
    try:
        doc = json.loads(document_text)
    except ValueError as error:
        raise _not_an_analysis(source) from error
    if not isinstance(doc, dict) or doc.get("schema") != SCHEMA_ID:
        raise UnreadableError(
            f"{source}: not an analysis of this version ({SCHEMA_ID})",
            hint="analyse the clip again",
        )
    try:
        return _analysis_from(doc, list(csv.DictReader(path_text.splitlines())))
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError(
            f"{source}: the analysis has been altered or cut short", hint="analyse the clip again"
        ) from error


def _not_an_analysis(source: str) -> UnreadableError:
    return UnreadableError(
        f"{source}: not an analysis that can be read",
        hint=f"give a folder of 'barpath analyse', with {DOCUMENT} and {PATH_CSV} in it",
    )


def _analysis_from(doc: Mapping[str, Json], rows: Sequence[Mapping[str, str]]) -> SetAnalysis:
    """Rebuild the carriers from the document and the rows of the path."""
    plate = None if doc["plate"] is None else _plate_from(doc["plate"])
    if len(rows) != doc["clip"]["frames"]:
        raise ValueError("the path has another number of frames than the clip")
    return SetAnalysis(
        created=doc["created"],
        clip=_carrier(ClipFacts, doc["clip"]),
        set=_carrier(SetInfo, doc["set"]),
        plate=plate,
        calibration=_carrier(Calibration, doc["calibration"]),
        lifter=_carrier(Lifter, doc["lifter"]),
        midfoot=_carrier(Midfoot, doc["midfoot"]),
        tracking=_carrier(TrackingSummary, doc["tracking"]),
        track=_track_from(rows, plate=plate or _NO_PLATE, reacquired=doc["tracking"]["reacquired"]),
        motion=_motion_from(rows),
        reps=tuple(_rep_from(rep) for rep in doc["reps"]),
        findings=tuple(
            _finding_from(finding, rep=rep["index"])
            for rep in doc["reps"]
            for finding in rep["findings"]
        ),
        not_assessed=tuple(_carrier(NotAssessed, item) for item in doc["not_assessed"]),
        warnings=tuple(_carrier(Caveat, item) for item in doc["warnings"]),
    )


def _carrier(kind: type[Carrier], values: Mapping[str, Json]) -> Carrier:
    """Build a carrier from its document; a missing number becomes NaN again."""
    types = {f.name: str(f.type) for f in dataclasses.fields(kind)}
    return kind(
        **{
            name: math.nan if types[name] == "float" and value is None else value
            for name, value in values.items()
        }
    )


def _plate_from(plate: Mapping[str, Json]) -> Plate:
    rim = Ellipse(**{name: plate[name] for name in _RIM})
    return Plate(frame=plate["frame"], rim=rim, confidence=plate["confidence"])


def _rep_from(rep: Mapping[str, Json]) -> Rep:
    values = {name: value for name, value in rep.items() if name != "findings"}
    sticking = rep["sticking"]
    values["sticking"] = None if sticking is None else _carrier(Sticking, sticking)
    values["uncertainty"] = _carrier(RepUncertainty, rep["uncertainty"])
    values["phases"] = tuple(_carrier(Phase, phase) for phase in rep["phases"])
    return _carrier(Rep, values)


def _finding_from(finding: Mapping[str, Json], *, rep: int) -> Finding:
    values = {**finding, "rep": rep, "drills": tuple(finding["drills"])}
    return _carrier(Finding, values)


def _cells(rows: Sequence[Mapping[str, str]], name: str) -> FloatArray:
    return np.array([float(row[name]) if row[name] else math.nan for row in rows], dtype=np.float64)


def _states(rows: Sequence[Mapping[str, str]]) -> NDArray[np.int8]:
    return np.array([State[row["state"].upper()] for row in rows], dtype=np.int8)


def _track_from(rows: Sequence[Mapping[str, str]], *, plate: Plate, reacquired: int) -> Track:
    unknown = np.full(len(rows), math.nan)
    return Track(
        time_s=_cells(rows, "time_s"),
        x_px=_cells(rows, "x_px"),
        y_px=_cells(rows, "y_px"),
        radius_px=_cells(rows, "radius_px"),
        axis_ratio=unknown,
        angle_deg=unknown,
        sd_px=unknown,
        residual_px=unknown,
        radius_sd_px=math.nan,
        state=_states(rows),
        plate=plate,
        reacquired=reacquired,
    )


def _motion_from(rows: Sequence[Mapping[str, str]]) -> Motion:
    columns = {name: _cells(rows, name) for name in _MOTION_COLUMNS}
    return Motion(**columns, sd_v_m_s=np.full(len(rows), math.nan), state=_states(rows))
