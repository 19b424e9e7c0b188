"""The report: one page that carries everything it needs, and opens by double click.

The plots are SVG drawn by a script of ours, some 300 lines. The established libraries don't fit:
plotly's smallest bundle alone exceeds the page's budget, and uPlot draws on a canvas, which neither
prints sharply nor can be read out, and knows no equal axes.
"""

from __future__ import annotations

import base64
import math
import mimetypes
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

import cv2
import numpy as np
from numpy.typing import NDArray

import barpath
from barpath.analysis import SetAnalysis, summarise
from barpath.calibration import Calibration
from barpath.config import AnalysisConfig, options
from barpath.report.palette import PHASE_LABELS, top_speed_m_s
from barpath.report.sheet import script_hash, sheet_environment, signed, template_text
from barpath.reps import Rep, velocity_loss_pct
from barpath.results import document

FloatArray = NDArray[np.float64]

#: More samples than this draw no finer line; a ten-minute clip at 60 Hz has 36 000.
_MAX_SAMPLES = 6000

#: Half the band about midfoot: up to 2 cm counts as straight. No norm has been published; this is
#: the proposal that drift is judged by.
_TOLERANCE_CM = 2.0

#: Outsole of an EU 43 shoe, to give the eye a scale.
_SHOE_CM = 29.0

#: A path panel shows at least this much to both sides: a straight path must look straight.
_MIN_REACH_CM = 12.0

_BELOW_CM = 5.0
"""A bar this far below its lowest rest doesn't just bend, or sink into rubber."""

#: Phases shown in the key, which is of the way up and what follows.
_KEYED = ("break", "knee", "lockout", "top", "descent")


@dataclass(frozen=True)
class Media:
    """The video on the page.

    Attributes
    ----------
    src : str
        A relative address, or the video itself as a data address.
    playback_rate : float
        Seconds of the video that a real second takes.
    drawn : bool
        Whether the measurement is drawn in.
    """

    src: str
    playback_rate: float
    drawn: bool


def media_of(
    video: Path, *, page_folder: Path, playback_rate: float, drawn: bool, embed: bool
) -> Media | None:
    """Refer to a video from a page, or put it into it.

    Parameters
    ----------
    video : Path
    page_folder : Path
        Where the page will lie in the end.
    playback_rate : float
        As in `Media`.
    drawn : bool
    embed : bool
        Whether the page carries the video.

    Returns
    -------
    Media or None
        None where no relative address leads there: on another drive.
    """
    if embed:
        kind = mimetypes.guess_type(video.name)[0] or "video/mp4"
        src = f"data:{kind};base64,{base64.b64encode(video.read_bytes()).decode('ascii')}"
        return Media(src=src, playback_rate=playback_rate, drawn=drawn)
    try:
        relative = os.path.relpath(video.absolute(), page_folder.absolute())
    except ValueError:
        return None
    address = quote(os.fsencode(Path(relative).as_posix()))  # a name may be more than text
    return Media(src=address, playback_rate=playback_rate, drawn=drawn)


def write_page(
    analysis: SetAnalysis, to: TextIO, *, config: AnalysisConfig, media: Media | None
) -> None:
    """Write the report.

    Parameters
    ----------
    analysis : SetAnalysis
    to : file
        Open for text, UTF-8.
    config : AnalysisConfig
        What the set was analysed with.
    media : Media or None
        The video to show, if there is one.
    """
    environment = sheet_environment("barpath.report")
    script = template_text(environment, "plot.js") + template_text(environment, "report.js")
    to.writelines(
        environment.get_template("report.html.jinja").generate(
            set=analysis.set,
            facts=list(_facts(analysis)),
            reps=analysis.reps,
            summary=summarise(analysis.reps),
            losses=velocity_loss_pct(reps=analysis.reps).tolist(),
            warnings=analysis.warnings,
            not_assessed=analysis.not_assessed,
            findings=list(findings_of(analysis)),
            media=media,
            duration_s=float(analysis.motion.time_s[-1]),
            spoken=_spoken(analysis),
            sticking=any(rep.sticking for rep in analysis.reps),
            phases=[(name, PHASE_LABELS[name]) for name in _KEYED],
            origin=_origin(analysis),
            turns_below=_turns_below(analysis),
            facing_known=analysis.lifter.facing is not None,
            shoe=_shows_shoe(analysis),
            shoe_cm=_SHOE_CM,
            measured=list(_measured(analysis, config)),
            version=barpath.__version__,
            created=analysis.created,
            data=_data(analysis, media=media),
            style=template_text(environment, "report.css"),
            script=script,
            script_hash=script_hash(script),
        )
    )


# What is said -------------------------------------------------------------------------------------


def _facts(analysis: SetAnalysis) -> Iterator[str]:
    said = analysis.set
    yield from (fact for fact in (said.athlete, said.lift, said.date) if fact)
    yield analysis.clip.name


def _spoken(analysis: SetAnalysis) -> str:
    """Say the velocity plot in words, for those who don't see it."""
    pulls = [
        f"rep {rep.index}: mean {signed(rep.mean_velocity_m_s, 2)}, "
        f"peak {signed(rep.peak_velocity_m_s, 2)} m/s"
        for rep in analysis.reps
    ]
    return "; ".join(pulls) if pulls else "no repetitions were found"


def _origin(analysis: SetAnalysis) -> str:
    if analysis.midfoot.method == "start":
        return "where the bar stood before the first pull, taken for midfoot"
    return "midfoot"


def _shows_shoe(analysis: SetAnalysis) -> bool:
    """Tell whether a shoe can be drawn: its direction and the floor are known."""
    begins = analysis.reps[0].phases[:1] if analysis.reps else ()
    off_floor = any(phase.name != "descent" for phase in begins)
    return analysis.lifter.facing is not None and off_floor


def _turns_below(analysis: SetAnalysis) -> bool:
    """Tell whether the bar turns lower than it ever rests, as in a squat without a pause."""
    return bool(np.nanmin(analysis.motion.y_cm, initial=0.0) < -_BELOW_CM)


def findings_of(analysis: SetAnalysis) -> Iterator[dict[str, Any]]:
    """Give the document's findings of all repetitions, each with its repetition's number.

    What to do about one is said the first time only: `first` tells it.
    """
    told: set[str] = set()
    for rep in document(analysis)["reps"]:
        for finding in rep["findings"]:
            yield {**finding, "rep": rep["index"], "first": finding["code"] not in told}
            told.add(finding["code"])


def _measured(analysis: SetAnalysis, config: AnalysisConfig) -> Iterator[tuple[str, str]]:
    """Say how the numbers came about: ruler, tracking, clip, options and versions."""
    scale, tracking, clip = analysis.calibration, analysis.tracking, analysis.clip
    yield (
        "ruler",
        f"{_ruler(config, scale)}: {scale.cm_per_px:.4f} cm a pixel ±{scale.sd_pct:.1f} %",
    )
    if analysis.plate is not None:
        yield "plate found", f"confidence {analysis.plate.confidence:.2f} of 1"
    yield (
        "frames",
        f"{tracking.tracked_pct:.1f} % measured, {tracking.bridged_pct:.1f} % bridged, "
        f"{tracking.lost_pct:.1f} % lost; found again {tracking.reacquired} times",
    )
    fitted = "corners off where the first frame has them"
    if analysis.plate is not None:
        fitted = "edges off the fitted ellipse"
    yield "fit", f"{fitted}: {signed(tracking.rim_residual_px, 2)} px (median)"
    yield "camera", "moved, and corrected for" if scale.camera_moving else "taken to stand still"
    yield "camera angle", _angles(analysis)
    yield "lens", scale.lens or "no profile"
    yield (
        "midfoot",
        f"{_origin(analysis)}; ±{signed(analysis.midfoot.sd_cm, 1)} cm, "
        f"confidence {analysis.midfoot.confidence:.1f}",
    )
    rate = "variable rate" if clip.variable_rate else "constant rate"
    slow = "" if clip.time_scale == 1.0 else f", {clip.time_scale:.4g} real seconds a second"
    yield (
        "clip",
        f"{clip.name}, {clip.width} x {clip.height} px, {clip.frames} frames in "
        f"{clip.duration_s:.2f} s, {rate}{slow}",
    )
    yield "SHA-256", clip.sha256
    yield "options", " ".join(_given(config)) or "none given"
    yield (
        "versions",
        f"barpath {barpath.__version__}, OpenCV {cv2.__version__}, numpy {np.__version__}",
    )
    yield "analysed", analysis.created


def _ruler(config: AnalysisConfig, scale: Calibration) -> str:
    """Name what was measured by."""
    if config.scale is not None:
        return f"a length of {config.scale.length_cm:g} cm, given"
    return (
        f"plate of {scale.plate_diameter_cm:g} cm{'' if config.plate_diameter_cm else ' (assumed)'}"
    )


def _angles(analysis: SetAnalysis) -> str:
    scale = analysis.calibration
    known = [
        f"{name} {signed(angle, 1)}°"
        for name, angle in (("roll", scale.roll_deg), ("yaw", scale.yaw_deg))
        if math.isfinite(angle)
    ]
    return ", ".join(known) if known else "not measured"


def _given(config: AnalysisConfig) -> Iterator[str]:
    """List the options that differ from their defaults, as on the command line."""
    defaults = AnalysisConfig()
    for name, option in options().items():
        value = getattr(config, name)
        if value != getattr(defaults, name):
            text = ",".join(f"{part:g}" for part in value) if isinstance(value, tuple) else value
            yield f"{option.flag} {text}"


# What is drawn ------------------------------------------------------------------------------------


def _data(analysis: SetAnalysis, *, media: Media | None) -> dict[str, Any]:
    """Give the script its numbers; the page's only JSON, and nobody else's."""
    motion = analysis.motion
    every = slice(None, None, -(-motion.time_s.size // _MAX_SAMPLES))
    x_cm, y_cm = motion.x_cm[every], motion.y_cm[every]
    reach = np.nanmax(np.abs(x_cm), initial=0.0) if np.isfinite(x_cm).any() else 0.0
    top = np.nanmax(y_cm) if np.isfinite(y_cm).any() else 0.0
    bottom = np.nanmin(y_cm, initial=0.0)
    shoe_cm = _SHOE_CM if _shows_shoe(analysis) else 0.0
    return {
        "t": _column(motion.time_s[every], digits=4),
        "x": _column(x_cm, digits=2),
        "y": _column(y_cm, digits=2),
        "v": _column(motion.vy_m_s[every], digits=3),
        "reps": [_rep_data(rep) for rep in analysis.reps],
        "top_m_s": top_speed_m_s(analysis),
        "top_cm": round(float(top), 1),
        "bottom_cm": round(float(bottom), 1),
        "reach_cm": round(max(_MIN_REACH_CM, float(reach) + 2.0, shoe_cm / 2 + 1.0), 1),
        "plate_cm": _known(analysis.calibration.plate_diameter_cm),
        "shoe_cm": shoe_cm,
        "tolerance_cm": _TOLERANCE_CM,
        "facing": analysis.lifter.facing is not None,
        "playback_rate": 1.0 if media is None else media.playback_rate,
    }


def _rep_data(rep: Rep) -> dict[str, Any]:
    sticking = rep.sticking
    return {
        "index": rep.index,
        "start": _known(rep.start_s),
        "liftoff": _known(rep.liftoff_s),
        "lockout": _known(rep.lockout_s),
        "end": _known(rep.end_s),
        "sd_x": _known(rep.uncertainty.x_cm),
        "phases": [
            {"name": phase.name, "start": _known(phase.start_s), "end": _known(phase.end_s)}
            for phase in rep.phases
            if math.isfinite(phase.start_s) and math.isfinite(phase.end_s)
        ],
        "sticking": sticking and {"start": _known(sticking.start_s), "end": _known(sticking.end_s)},
    }


def _column(values: FloatArray, *, digits: int) -> list[float | None]:
    return [None if math.isnan(value) else round(value, digits) for value in values.tolist()]


def _known(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
