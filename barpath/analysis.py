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
from barpath.camera import CameraMotion, Roll, estimate_motion, estimate_roll
from barpath.camera.lens import Seen, see_through
from barpath.camera.profile import CameraProfile, read_profile
from barpath.camera.viewpoint import estimate_viewpoint
from barpath.caveats import (
    Caveat,
    NotAssessed,
    clip_caveats,
    lifter_caveats,
    not_assessed,
    rep_caveats,
    setting_caveats,
    view_caveats,
)
from barpath.config import STANDARD_PLATE_CM, AnalysisConfig
from barpath.lifter import Shoe, find_shoe
from barpath.midfoot import Midfoot as Midfoot
from barpath.midfoot import Scaled, given_column, place_midfoot
from barpath.motion import Motion, with_common_error
from barpath.plate import Plate
from barpath.reps import Rep, velocity_loss_pct
from barpath.search import track_plate
from barpath.target import follow_target
from barpath.technique import Finding, Thresholds, assess, read_thresholds
from barpath.tracking import State, Track
from barpath.video import Footage, read_footage
from barpath.yardstick import Yardstick, read_yardstick

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: A roll given by hand, read off a level or a post.
GIVEN_ROLL_SD_DEG = 0.3

#: Share of the clip's time that finding and following take, beside reading, on the progress bar.
_READING_SHARE = 0.5


@dataclass(frozen=True)
class ClipFacts:
    """What the container said about the clip.

    Attributes
    ----------
    name, sha256 : str
        File name and hash of its content.
    width, height : int
        Displayed pixels, after rotation.
    rotation_deg : int
    fps_container : float
        NaN where the container states none.
    frames : int
        Decoded frames.
    duration_s : float
        Real seconds from the first frame to the last.
    variable_rate : bool
    time_scale : float
        Real seconds per container second: 0.25 for 120 fps stored as 30.
    """

    name: str
    sha256: str
    width: int
    height: int
    rotation_deg: int
    fps_container: float
    frames: int
    duration_s: float
    variable_rate: bool
    time_scale: float


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
        picture; the column of midfoot lies beside the picture.
    UnreadableError
        Not a video that can be read.
    UnmeasurableError
        No plate was found, or it was lost for most of the clip.
    """
    config = config or AnalysisConfig()
    thresholds = _thresholds(config)
    profile = None if config.camera is None else read_profile(Path(config.camera))
    report = progress or _no_progress
    with read_footage(
        Path(clip),
        capture_fps=config.capture_fps,
        progress=lambda share: report(_READING_SHARE * share),
    ) as footage:
        facts = _clip_facts(footage)
        column_px = given_column(config.midfoot, width_px=facts.width, height_px=facts.height)
        lens = None if profile is None else _of_clip(profile, footage=footage)
        seen = see_through(
            pictures=footage,
            track=_follow(footage, config=config),
            profile=lens,
            factor=footage.factor,
        )
        track, pictures = seen.track, seen.pictures
        camera = estimate_motion(pictures=pictures, track=track, factor=footage.factor)
        if config.roll is None:
            roll = estimate_roll(
                pictures=pictures,
                track=track,
                motion=camera,
                factor=footage.factor,
                plate_diameter_cm=config.plate_diameter_cm or STANDARD_PLATE_CM,
            )
        else:
            roll = Roll(roll_deg=config.roll, sd_deg=GIVEN_ROLL_SD_DEG)
        shoe = _shoe(seen=seen, camera=camera, factor=footage.factor, config=config)
        caveats = clip_caveats(rate_hz=footage.rate_hz, corrupt_packets=footage.corrupt)
    tracking = _sum_up(track)
    yardstick = _yardstick(config, track=track)
    size_px = facts.width, facts.height
    viewpoint = None  # what a person boxed shows no face
    if config.target is None:
        viewpoint = estimate_viewpoint(
            track=track, size_px=size_px, roll_deg=roll.roll_deg, profile=lens
        )
    calibration = calibrate(
        track=track,
        motion=camera,
        roll=roll,
        viewpoint=viewpoint,
        plate_diameter_cm=yardstick.size_cm,
        diameter_sd_pct=yardstick.sd_pct,
        lens=None if lens is None else lens.name,
    )
    lifter = _lifter(config, shoe=shoe)
    placed = place_midfoot(
        scaled=Scaled(
            track,
            camera,
            calibration,
            facing=lifter.facing or "right",
            knee=knee_of(config=config, resting_cm=calibration.plate_diameter_cm / 2),
        ),
        given_px=None if column_px is None else seen.straight_column(column_px),
        shoe=shoe if config.midfoot == "auto" and lifter.facing is not None else None,
        viewpoint=viewpoint,
    )
    motion, reps = placed.motion, placed.reps
    midfoot = replace(placed.midfoot, x_px=seen.drawn_column(placed.midfoot.x_px))
    judged = assess(
        motion=motion,
        reps=reps,
        calibration=calibration,
        lifter=lifter_facts(
            config=config,
            facing_confidence=lifter.facing_confidence,
            midfoot=midfoot,
            floor=floor_of(shoe=shoe, track=track, camera=camera, cm_per_px=calibration.cm_per_px),
        ),
        thresholds=thresholds,
    )
    report(1.0)
    return SetAnalysis(
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        clip=facts,
        set=_set_info(config, clip=Path(clip)),
        plate=seen.drawn.plate if config.target is None else None,
        calibration=calibration
        if config.target is None
        else replace(calibration, plate_diameter_cm=math.nan),
        lifter=lifter,
        midfoot=midfoot,
        tracking=tracking,
        track=seen.drawn,
        motion=with_common_error(motion=motion, calibration=calibration),
        reps=reps,
        findings=judged.findings,
        not_assessed=(*judged.not_assessed, *not_assessed(calibration=calibration)),
        warnings=(
            *caveats,
            *setting_caveats(config=config),
            *lifter_caveats(facing=lifter.facing, midfoot_method=midfoot.method),
            *view_caveats(track=track, motion=camera, viewpoint=viewpoint),
            *rep_caveats(reps=reps),
        ),
        camera=seen.drawn_motion(camera),
    )


def _no_progress(share: float) -> None:
    """Take no notice."""


def _of_clip(profile: CameraProfile, *, footage: Footage) -> CameraProfile:
    """Give the profile of the clip's own picture."""
    info = footage.info
    return profile.for_picture(
        width_px=info.width, height_px=info.height, rotation_deg=info.rotation_deg
    )


def _follow(footage: Footage, *, config: AnalysisConfig) -> Track:
    """Follow the plate, or what was boxed instead."""
    if config.target is not None:
        return follow_target(pictures=footage, factor=footage.factor, box_px=config.target)
    return track_plate(pictures=footage, factor=footage.factor, seed_px=config.plate)


def _yardstick(config: AnalysisConfig, *, track: Track) -> Yardstick:
    """Say what the followed outline measures."""
    if config.scale is not None:
        return read_yardstick(line=config.scale, track=track)
    return Yardstick(config.plate_diameter_cm or STANDARD_PLATE_CM, PLATE_TOLERANCE_PCT)


def _clip_facts(footage: Footage) -> ClipFacts:
    info = footage.info
    return ClipFacts(
        name=info.name,
        sha256=info.sha256,
        width=info.width,
        height=info.height,
        rotation_deg=info.rotation_deg,
        fps_container=info.fps_container,
        frames=len(footage),
        duration_s=footage.duration_s,
        variable_rate=footage.variable_rate,
        time_scale=info.time_scale,
    )


def _set_info(config: AnalysisConfig, *, clip: Path) -> SetInfo:
    return SetInfo(
        name=config.set_name or clip.stem,
        lift=None if config.lift == "auto" else config.lift,
        athlete=config.athlete,
        date=config.date,
        load_kg=math.nan if config.load_kg is None else config.load_kg,
    )


def _shoe(
    *, seen: Seen, camera: CameraMotion, factor: float, config: AnalysisConfig
) -> Shoe | None:
    """Look for the lifter's shoe where it has something to tell."""
    facing = None if config.facing == "auto" else config.facing
    if facing is not None and config.midfoot != "auto":
        return None
    if config.target is not None:
        return None  # a shoe is looked for by the plate's size
    return find_shoe(
        pictures=seen.pictures, track=seen.track, motion=camera, factor=factor, facing=facing
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
