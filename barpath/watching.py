"""What must be taken from the clip's own pictures, before they are let go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from barpath.body import check_body
from barpath.camera import (
    CameraMotion,
    Roll,
    estimate_motion,
    estimate_roll,
    stands_still,
    unmoved,
)
from barpath.camera.far_plate import find_far_plate
from barpath.camera.lens import Seen, see_through, straight_pictures
from barpath.camera.profile import CameraProfile
from barpath.camera.viewpoint import Viewpoint
from barpath.caveats import Caveat, clip_caveats
from barpath.config import STANDARD_PLATE_CM, AnalysisConfig
from barpath.covering import find_covering_s
from barpath.errors import UnmeasurableError, UsageError
from barpath.lifter import Reach, Shoe, find_reach, find_shoe
from barpath.midfoot import given_column
from barpath.standing import check_travel
from barpath.threads import at_once, without_opencv_threads
from barpath.tracking import Track, candidates, follow_target
from barpath.video import Footage, open_clip, read_footage
from barpath.wall import look_at_face

GIVEN_ROLL_SD_DEG = 0.3
"""A roll given by hand, read off a level or a post."""

SAME_RATE = 1.01
"""Rates nearer than this are one: 29.97 is called 30, and phones keep theirs to thousandths."""


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
class Watched:
    """What a clip's pictures show.

    Attributes
    ----------
    facts : ClipFacts
    seen : Seen
        The track of the plate's face, as the clip shows it and as a camera without distortion
        would have.
    lens : CameraProfile or None
        The profile of the clip's own picture.
    camera : CameraMotion
    roll : Roll
    viewpoint : Viewpoint or None
        None where what was followed isn't a plate.
    shoe : Shoe or None
        None where none was found, or it had nothing to tell.
    reach : Reach or None
        How tall the lifter looks; None where that can't be seen.
    midfoot_px : float or None
        The column that the user named, in the clip's picture.
    caveats : tuple of Caveat
        Of the recording itself.
    """

    facts: ClipFacts
    seen: Seen
    lens: CameraProfile | None
    camera: CameraMotion
    roll: Roll
    viewpoint: Viewpoint | None
    shoe: Shoe | None
    reach: Reach | None
    midfoot_px: float | None
    caveats: tuple[Caveat, ...]


def watch(
    clip: Path,
    *,
    config: AnalysisConfig,
    profile: CameraProfile | None,
    progress: Callable[[float], None],
) -> Watched:
    """Read a clip, follow what moves in it, and see how the camera and the lifter stood.

    Parameters
    ----------
    clip : Path
    config : AnalysisConfig
    profile : CameraProfile or None
        Of the camera; without one nothing is straightened.
    progress : callable
        Called with the share that was read, from 0 to 1.

    Returns
    -------
    Watched

    Raises
    ------
    UsageError
        The profile is of another kind of picture; the column of midfoot lies beside the picture;
        the camera is said to have filmed more slowly than the clip plays.
    UnreadableError
        Not a video that can be read.
    UnmeasurableError
        No plate was found, or it was lost for most of the clip; or it stands still in the room, or
        is a part of the lifter's body.
    """
    if config.capture_fps is not None:
        _check_slow_motion(clip, capture_fps=config.capture_fps)
    with (
        without_opencv_threads(),
        read_footage(clip, capture_fps=config.capture_fps, progress=progress) as footage,
    ):
        midfoot_px = given_column(
            config.midfoot, width_px=footage.info.width, height_px=footage.info.height
        )
        lens = None if profile is None else _of_clip(profile, footage=footage)
        # the file is hashed meanwhile
        (seen, camera), facts = at_once(
            lambda: _followed(footage, lens=lens, config=config), lambda: _clip_facts(footage)
        )
        stand, beside = at_once(
            lambda: _stand(seen=seen, camera=camera, footage=footage, config=config),
            lambda: _beside(seen=seen, camera=camera, factor=footage.factor, config=config),
        )
        return Watched(
            facts=facts,
            seen=stand.face,
            lens=lens,
            camera=camera,
            roll=stand.roll,
            viewpoint=stand.viewpoint,
            shoe=beside.shoe,
            reach=beside.reach,
            midfoot_px=midfoot_px,
            caveats=clip_caveats(
                rate_hz=footage.rate_hz,
                corrupt_packets=footage.corrupt,
                covered_s=beside.covered_s,
            ),
        )


def _check_slow_motion(clip: Path, *, capture_fps: float) -> None:
    """Refuse a capture rate below the clip's own, before the clip is read.

    It would make the lift slower than it was filmed. A time-lapse of a lift is rare, and too coarse
    to time; the display rate given for the camera's, or a slip of the pen, halves every velocity.
    """
    with open_clip(clip, capture_fps=capture_fps) as opened:
        time_scale = opened.info.time_scale
    if time_scale > SAME_RATE:
        raise UsageError(
            f"{clip} plays {time_scale * capture_fps:.4g} frames a second, more than "
            f"--capture-fps {capture_fps:g}",
            hint="leave --capture-fps out where the clip plays at the speed of life; in slow "
            "motion it is the rate the camera filmed at, such as 120 or 240",
        )


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


def _of_clip(profile: CameraProfile, *, footage: Footage) -> CameraProfile:
    """Give the profile of the clip's own picture."""
    info = footage.info
    return profile.for_picture(
        width_px=info.width, height_px=info.height, rotation_deg=info.rotation_deg
    )


def _followed(
    footage: Footage, *, lens: CameraProfile | None, config: AnalysisConfig
) -> tuple[Seen, CameraMotion]:
    """Follow the plate, or what was boxed instead, and the camera's own motion.

    What looks like a plate may stand on a rack before a camera that sways, or be a head. Then the
    next is followed.
    """
    factor = footage.factor
    straight = straight_pictures(pictures=footage, profile=lens, factor=factor)

    def look(track: Track) -> Seen:
        return see_through(straight=straight, track=track, profile=lens)

    def is_still(rough: Track) -> bool:
        seen = look(rough)
        return stands_still(pictures=seen.pictures, track=seen.track, factor=factor)

    def motion_of(seen: Seen) -> CameraMotion:
        return estimate_motion(pictures=seen.pictures, track=seen.track, factor=factor)

    if config.target is not None:
        boxed = follow_target(
            pictures=footage, factor=factor, box_px=config.target, cuts=footage.cuts
        )
        seen = look(boxed)
        return seen, motion_of(seen)
    refused: list[UnmeasurableError] = []
    for one in candidates(
        pictures=footage, factor=factor, cuts=footage.cuts, seed_px=config.plate, tell=is_still
    ):
        seen = look(one.track)
        camera = unmoved(seen.track, known=True) if one.told else motion_of(seen)
        try:
            check_travel(track=seen.track, motion=camera)
            if config.plate is None:  # a person knows what they point at
                check_body(
                    pictures=seen.pictures,
                    mover=one.mover,
                    track=seen.track,
                    motion=camera,
                    factor=factor,
                )
        except UnmeasurableError as error:
            refused.append(error)
        else:
            return seen, camera
    raise refused[0]


@dataclass(frozen=True)
class _Stand:
    """How the camera stands to the plate, and the plate's face without its wall."""

    roll: Roll
    viewpoint: Viewpoint | None
    face: Seen


def _stand(*, seen: Seen, camera: CameraMotion, footage: Footage, config: AnalysisConfig) -> _Stand:
    """See from where the camera looks at the plate, and take the plate's wall out of its rim."""
    roll = _roll(seen=seen, camera=camera, factor=footage.factor, config=config)
    if config.target is not None:
        # what a person boxed shows no face
        return _Stand(roll=roll, viewpoint=None, face=seen)
    far = find_far_plate(
        pictures=seen.pictures,
        track=seen.track,
        motion=camera,
        factor=footage.factor,
        roll_deg=roll.roll_deg,
        plate_diameter_cm=config.plate_diameter_cm or STANDARD_PLATE_CM,
    )
    track, viewpoint = look_at_face(
        track=seen.track,
        size_px=(footage.info.width, footage.info.height),
        roll_deg=roll.roll_deg,
        profile=seen.profile,
        far=far,
    )
    drawn = track if seen.profile is None else seen.drawn
    return _Stand(roll=roll, viewpoint=viewpoint, face=replace(seen, track=track, drawn=drawn))


def _roll(*, seen: Seen, camera: CameraMotion, factor: float, config: AnalysisConfig) -> Roll:
    """Take the camera's roll as given, or else read it off the pictures."""
    if config.roll is not None:
        return Roll(roll_deg=config.roll, sd_deg=GIVEN_ROLL_SD_DEG)
    return estimate_roll(
        pictures=seen.pictures,
        track=seen.track,
        motion=camera,
        factor=factor,
        plate_diameter_cm=config.plate_diameter_cm or STANDARD_PLATE_CM,
    )


@dataclass(frozen=True)
class _Beside:
    """What is seen about the bar: the lifter, and what lies over the plate."""

    shoe: Shoe | None
    reach: Reach | None
    covered_s: float | None


def _beside(*, seen: Seen, camera: CameraMotion, factor: float, config: AnalysisConfig) -> _Beside:
    """Look for the lifter, and for what lies still over the plate."""
    pictures, track = seen.pictures, seen.track
    return _Beside(
        shoe=_shoe(seen=seen, camera=camera, factor=factor, config=config),
        reach=find_reach(pictures=pictures, track=track, motion=camera, factor=factor),
        covered_s=find_covering_s(pictures=pictures, track=track, factor=factor),
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
