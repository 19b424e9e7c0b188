"""Reading an analysis back from its files."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from barpath.analysis import (
    ClipFacts,
    Lifter,
    Midfoot,
    SetAnalysis,
    SetInfo,
    TrackingSummary,
)
from barpath.calibration import Calibration
from barpath.caveats import Caveat, NotAssessed
from barpath.errors import UnreadableError
from barpath.motion import Motion
from barpath.plate import Ellipse, Plate
from barpath.reps import Phase, Rep, RepUncertainty, Sticking
from barpath.results.layout import DOCUMENT, MOTION_COLUMNS, PATH_CSV, RIM, SCHEMA_ID
from barpath.technique import Finding
from barpath.tracking import State, Track

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: The outline of a target that was followed instead of a plate; the files don't hold it.
_NO_PLATE = Plate(frame=0, rim=Ellipse(*(math.nan,) * 4), confidence=math.nan)

FloatArray = NDArray[np.float64]
Json = Any  # whatever json gives or takes
Carrier = TypeVar("Carrier", bound="DataclassInstance")


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
    rim = Ellipse(**{name: plate[name] for name in RIM})
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
    columns = {name: _cells(rows, name) for name in MOTION_COLUMNS}
    unknown = np.full(len(rows), math.nan)
    return Motion(
        **columns,
        sd_v_m_s=unknown,
        noise_v_m_s=unknown,
        state=_states(rows),
        sway_cm=math.nan,
    )
