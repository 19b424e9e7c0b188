"""The one composer: a clip in, everything that was measured of it out."""

from __future__ import annotations

import datetime
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from barpath.briefing import floor_of, knee_of, lifter_facts
from barpath.calibration import PLATE_TOLERANCE_PCT, Calibration, calibrate
from barpath.camera import CameraMotion
from barpath.camera.profile import CameraProfile, read_profile
from barpath.caveats import (
    Caveat,
    NotAssessed,
    lifter_caveats,
    not_assessed,
    rep_caveats,
    setting_caveats,
    view_caveats,
)
from barpath.config import STANDARD_PLATE_CM, AnalysisConfig
from barpath.lifter import Shoe
from barpath.midfoot import Midfoot as Midfoot
from barpath.midfoot import Placed, Scaled, place_midfoot
from barpath.motion import Motion, with_common_error
from barpath.names import legible
from barpath.plate import Plate
from barpath.reps import Rep, velocity_loss_pct
from barpath.stature import judge_ruler
from barpath.technique import Finding, Thresholds, assess, read_thresholds
from barpath.tracking import State, Track
from barpath.watching import ClipFacts as ClipFacts
from barpath.watching import Watched, watch
from barpath.yardstick import Yardstick, read_yardstick

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: Share of the clip's time that finding and following take, beside reading, on the progress bar.
_READING_SHARE = 0.5


@dataclass(frozen=True)
class SetInfo:
    """What the user said about the set; `load_kg` is NaN and the rest None where not said."""

    name: str
    lift: str | None = None
    athlete: str | None = None
    date: str | None = None
    load_kg: float = math.nan


@dataclass(frozen=True)
class Lifter:
    """Where the toes point in the picture: 'left', 'right' or None; confidence in [0, 1]."""

    facing: str | None
    facing_confidence: float


@dataclass(frozen=True)
class TrackingSummary:
    """How much of the clip was measured; `rim_residual_px` is the median over tracked frames."""

    tracked_pct: float
    bridged_pct: float
    lost_pct: float
    rim_residual_px: float
    reacquired: int


@dataclass(frozen=True)
class SetAnalysis:
    """One set, measured.

    Attributes
    ----------
    created : str
        When it was analysed: ISO 8601, UTC.
    clip, set : ClipFacts, SetInfo
    plate, calibration, lifter, midfoot
        What the numbers rest on; no plate where a target was followed instead.
    tracking : TrackingSummary
    track : Track
        The plate or target in displayed pixels, frame by frame.
    motion : Motion
        The smoothed path in centimetres, and its velocity.
    reps : tuple of Rep
    findings : tuple of Finding
        In order of repetition and time.
    not_assessed : tuple of NotAssessed
    warnings : tuple of Caveat
    camera : CameraMotion or None
        How the camera moved; None for an analysis read back from its files, which don't hold it.
    """

    created: str
    clip: ClipFacts
    set: SetInfo
    plate: Plate | None
    calibration: Calibration
    lifter: Lifter
    midfoot: Midfoot
    tracking: TrackingSummary
    track: Track
    motion: Motion
    reps: tuple[Rep, ...]
    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    warnings: tuple[Caveat, ...]
    camera: CameraMotion | None = None


@dataclass(frozen=True)
class Summary:
    """The set in four numbers, over its complete repetitions; NaN without any.

    `velocity_loss_pct` is (fastest - last) / fastest, from the fastest because the first pull of a
    set is often not the best one.
    """

    reps: int
    mean_velocity_m_s: float
    best_velocity_m_s: float
    velocity_loss_pct: float


def summarise(reps: tuple[Rep, ...]) -> Summary:
    """Sum up the complete repetitions of a set by their mean velocities."""
    loss_pct = velocity_loss_pct(reps=reps)
    whole = [at for at, rep in enumerate(reps) if math.isfinite(loss_pct[at])]
    if not whole:
        return Summary(0, math.nan, math.nan, math.nan)
    speeds = [reps[at].mean_velocity_m_s for at in whole]
    return Summary(len(whole), sum(speeds) / len(whole), max(speeds), float(loss_pct[whole[-1]]))


def analyse(
    clip: str | os.PathLike[str],
    *,
    config: AnalysisConfig | None = None,
    progress: Callable[[float], None] | None = None,
) -> SetAnalysis:
    """Measure the bar in a clip.

    Parameters
    ----------
    clip : path-like
    config : AnalysisConfig, optional
        What is known about the clip; all defaults without it.
    progress : callable, optional
        Called with the share done, from 0 to 1.

    Returns
    -------
    SetAnalysis

    Raises
    ------
    UsageError
        The file of thresholds or the camera profile isn't one; the profile is of another kind of
        picture; the column of midfoot lies beside the picture; the camera is said to have filmed
        more slowly than the clip plays.
    UnreadableError
        Not a video that can be read.
    UnmeasurableError
        No plate was found, or it was lost for most of the clip; or it stands still in the room, or
        is a part of the lifter's body; or nobody is as tall as a plate of the assumed size makes
        the lifter.
    """
    config = config or AnalysisConfig()
    set_info = _set_info(config, clip=Path(clip))
    thresholds = _thresholds(config)
    profile = None if config.camera is None else read_profile(Path(config.camera))
    report = progress or _no_progress
    watched = watch(
        Path(clip),
        config=config,
        profile=profile,
        progress=lambda share: report(_READING_SHARE * share),
    )
    analysis = _judge(watched, config=config, thresholds=thresholds, set_info=set_info)
    report(1.0)
    return analysis


def _judge(
    watched: Watched, *, config: AnalysisConfig, thresholds: Thresholds, set_info: SetInfo
) -> SetAnalysis:
    """Turn what was seen into centimetres, repetitions and findings."""
    seen, camera, shoe = watched.seen, watched.camera, watched.shoe
    calibration = _calibration(watched, config=config)
    doubts = judge_ruler(
        reach=watched.reach,
        size_cm=calibration.plate_diameter_cm,
        camera_moving=camera.moving,
        config=config,
    )
    lifter = _lifter(config, shoe=shoe)
    placed = _placed(watched, calibration=calibration, lifter=lifter, config=config)
    motion, reps = placed.motion, placed.reps
    midfoot = replace(placed.midfoot, x_px=seen.drawn_column(placed.midfoot.x_px))
    floor = floor_of(shoe=shoe, track=seen.track, camera=camera, cm_per_px=calibration.cm_per_px)
    judged = assess(
        motion=motion,
        reps=reps,
        calibration=calibration,
        lifter=lifter_facts(
            config=config,
            facing_confidence=lifter.facing_confidence,
            midfoot=midfoot,
            floor=floor,
        ),
        thresholds=thresholds,
    )
    return SetAnalysis(
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        clip=watched.facts,
        set=set_info,
        plate=seen.drawn.plate if config.target is None else None,
        calibration=calibration
        if config.target is None
        else replace(calibration, plate_diameter_cm=math.nan),
        lifter=lifter,
        midfoot=midfoot,
        tracking=_sum_up(seen.track),
        track=seen.drawn,
        motion=with_common_error(motion=motion, calibration=calibration),
        reps=reps,
        findings=judged.findings,
        not_assessed=(*judged.not_assessed, *not_assessed(calibration=calibration)),
        warnings=(
            *watched.caveats,
            *setting_caveats(config=config),
            *doubts,
            *lifter_caveats(facing=lifter.facing, midfoot_method=midfoot.method),
            *view_caveats(track=seen.track, motion=camera, viewpoint=watched.viewpoint),
            *rep_caveats(reps=reps),
        ),
        camera=seen.drawn_motion(camera),
    )


def _no_progress(share: float) -> None:
    """Take no notice."""


def _calibration(watched: Watched, *, config: AnalysisConfig) -> Calibration:
    """Find what a pixel measures."""
    track = watched.seen.track
    yardstick = _yardstick(config, track=track, lens=watched.lens)
    return calibrate(
        track=track,
        motion=watched.camera,
        roll=watched.roll,
        viewpoint=watched.viewpoint,
        plate_diameter_cm=yardstick.size_cm,
        diameter_sd_pct=yardstick.sd_pct,
        lens=None if watched.lens is None else watched.lens.name,
    )


def _placed(
    watched: Watched,
    *,
    calibration: Calibration,
    lifter: Lifter,
    config: AnalysisConfig,
) -> Placed:
    """Place midfoot, and take motion and repetitions from there."""
    seen, given_px = watched.seen, watched.midfoot_px
    by_shoe = config.midfoot == "auto" and lifter.facing is not None
    return place_midfoot(
        scaled=Scaled(
            seen.track,
            watched.camera,
            calibration,
            facing=lifter.facing or "right",
            knee=knee_of(config=config, resting_cm=calibration.plate_diameter_cm / 2),
        ),
        given_px=None if given_px is None else seen.straight_column(given_px),
        shoe=watched.shoe if by_shoe else None,
        viewpoint=watched.viewpoint,
    )


def _yardstick(config: AnalysisConfig, *, track: Track, lens: CameraProfile | None) -> Yardstick:
    """Say what the followed outline measures."""
    if config.scale is not None:
        return read_yardstick(line=config.scale, track=track, lens=lens)
    return Yardstick(config.plate_diameter_cm or STANDARD_PLATE_CM, PLATE_TOLERANCE_PCT)


def _set_info(config: AnalysisConfig, *, clip: Path) -> SetInfo:
    return SetInfo(
        name=config.set_name or legible(clip.stem),
        lift=None if config.lift == "auto" else config.lift,
        athlete=config.athlete,
        date=config.date,
        load_kg=math.nan if config.load_kg is None else config.load_kg,
    )


def _lifter(config: AnalysisConfig, *, shoe: Shoe | None) -> Lifter:
    if config.facing != "auto":
        return Lifter(facing=config.facing, facing_confidence=1.0)
    if shoe is None or shoe.facing is None:
        return Lifter(facing=None, facing_confidence=0.0)
    return Lifter(facing=shoe.facing, facing_confidence=shoe.facing_confidence)


def _thresholds(config: AnalysisConfig) -> Thresholds:
    """Read the user's thresholds before any work is done."""
    return Thresholds() if config.thresholds is None else read_thresholds(Path(config.thresholds))


def _sum_up(track: Track) -> TrackingSummary:
    """Sum up how the frames' positions were had."""
    share = {state: 100.0 * float(np.mean(track.state == state)) for state in State}
    residuals = track.residual_px[np.isfinite(track.residual_px)]
    return TrackingSummary(
        tracked_pct=share[State.TRACKED],
        bridged_pct=share[State.BRIDGED],
        lost_pct=share[State.LOST],
        rim_residual_px=float(np.median(residuals)) if residuals.size else math.nan,
        reacquired=track.reacquired,
    )
