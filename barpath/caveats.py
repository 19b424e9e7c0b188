"""What a reader of the numbers must be told: warnings, and what isn't judged at all."""

from __future__ import annotations

import math
from dataclasses import dataclass

from barpath.calibration import Calibration
from barpath.camera import CameraMotion
from barpath.camera.viewpoint import Viewpoint
from barpath.config import STANDARD_PLATE_CM, AnalysisConfig
from barpath.plate_sizes import plate_sizes
from barpath.reps import Rep
from barpath.tracking import Track

#: Film runs at 23.976 Hz and counts as 24; below that a pull is too coarsely seen to time.
LOW_FRAME_RATE_HZ = 23.9

#: Beyond this slant the side of the plates fills much of what is taken for their face.
OBLIQUE_DEG = 20.0


@dataclass(frozen=True)
class Caveat:
    """Something doubtful about the result that its reader must know."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True)
class NotAssessed:
    """Something this analysis doesn't judge, and why."""

    code: str
    why: str


def clip_caveats(
    *, rate_hz: float, corrupt_packets: int, covered_s: float | None
) -> tuple[Caveat, ...]:
    """Warn of a clip that is slow, damaged, or drawn over.

    Parameters
    ----------
    rate_hz : float
        Frames a real second; NaN for a single frame.
    corrupt_packets : int
    covered_s : float or None
        When something that stays in its place lies over the plate; None where nothing does.
    """
    caveats = []
    if rate_hz < LOW_FRAME_RATE_HZ:
        caveats.append(
            Caveat(
                "low_frame_rate",
                f"only {rate_hz:.1f} frames a second: peak velocity and the timing of a pull are "
                "coarse",
                "film at 30 frames a second or more",
            )
        )
    if corrupt_packets:
        caveats.append(
            Caveat(
                "clip_damaged",
                f"{corrupt_packets} packets of the clip can't be read and were skipped",
                "copy the clip from the phone again",
            )
        )
    if covered_s is not None:
        caveats.append(
            Caveat(
                "overlay_in_video",
                f"something that stays in its place in the picture lies over the plate at "
                f"{covered_s:.1f} s, such as a caption or a drawn path: heights there may be up to "
                "1 cm off",
                "analyse the clip as it was filmed, before anything was drawn into it",
            )
        )
    return tuple(caveats)


def setting_caveats(*, config: AnalysisConfig) -> tuple[Caveat, ...]:
    """Warn of what was assumed because nobody said, or taken from a person's word."""
    caveats = []
    if config.target is not None:
        caveats.append(
            Caveat(
                "scale_by_hand",
                "the scale is the length given with --scale, right where that line is as far from "
                "the camera as the kettlebell",
                "lay the line over the kettlebell itself: its height, or the width of its ball",
            )
        )
    elif config.plate_diameter_cm is None:
        iron = [size for size in plate_sizes() if size.plate.startswith("iron")]
        ranges = f"{min(s.min_cm for s in iron):g} to {max(s.max_cm for s in iron):g}"
        caveats.append(
            Caveat(
                "plate_size_assumed",
                f"the plate is taken to be {STANDARD_PLATE_CM:g} cm wide; every length and "
                "velocity scales with it",
                f"measure it and give --plate-diameter CM (iron plates: {ranges} cm)",
            )
        )
    return tuple(caveats)


def lifter_caveats(*, facing: str | None, midfoot_method: str) -> tuple[Caveat, ...]:
    """Warn of what couldn't be seen of the lifter.

    Parameters
    ----------
    facing : str or None
        None where neither said nor seen.
    midfoot_method : {'shoe', 'start', 'given'}
    """
    caveats = []
    if facing is None:
        caveats.append(
            Caveat(
                "facing_uncertain",
                "which way the lifter faces isn't known; x_cm is positive to the picture's right",
                "give --facing left or --facing right",
            )
        )
    if midfoot_method == "start":
        caveats.append(
            Caveat(
                "midfoot_uncertain",
                "midfoot is taken to be under the bar at the start, not seen",
                "give --midfoot PX, the column of the middle of the shoe",
            )
        )
    return tuple(caveats)


def view_caveats(
    *, track: Track, motion: CameraMotion, viewpoint: Viewpoint | None
) -> tuple[Caveat, ...]:
    """Warn of a view that bends the numbers; of its slant where a plate's face was seen."""
    caveats = []
    oblique_deg = 0.0
    if viewpoint is not None:
        # a flat rim is warned of also where its side, and with it the yaw, isn't known
        flat_deg = math.degrees(math.acos(min(1.0, track.plate.rim.axis_ratio)))
        oblique_deg = max(viewpoint.slant_deg, flat_deg)
    if oblique_deg > OBLIQUE_DEG:
        caveats.append(
            Caveat(
                "oblique_view",
                f"the plate is seen about {oblique_deg:.0f} degrees off square, which is "
                "more than can be corrected well: drift and heights may read short",
                "put the phone straight to the side of the bar, at its height",
            )
        )
    if not motion.known:
        caveats.append(
            Caveat(
                "camera_unknown",
                "the background shows too little to tell whether the camera moved; it is taken to "
                "have stood still",
                "use a tripod, or film before a wall that isn't plain",
            )
        )
    if motion.moving:
        caveats.append(
            Caveat(
                "camera_moving",
                "the camera moved; the path was corrected for it, and is less certain",
                "use a tripod, or lean the phone on something",
            )
        )
    if track.cut_frames:
        when_s = track.time_s[track.cut_frames[0]]
        caveats.append(
            Caveat(
                "clip_has_cuts",
                f"the clip cuts at {when_s:.1f} s; nothing is followed across it",
                "analyse an uncut clip",
            )
        )
    return tuple(caveats)


def rep_caveats(*, reps: tuple[Rep, ...]) -> tuple[Caveat, ...]:
    """Warn of repetitions that are missing or cut short."""
    if not reps:
        return (
            Caveat(
                "no_reps",
                "the plate was followed, but it makes no repetition",
                "check that the clip shows a whole pull, and the plate's path in path.csv",
            ),
        )
    partial = [str(rep.index) for rep in reps if not rep.complete]
    if not partial:
        return ()
    return (
        Caveat(
            "partial_rep",
            f"the clip doesn't show the whole of rep {', '.join(partial)}",
            "start filming before the set and stop after it",
        ),
    )


def not_assessed(*, calibration: Calibration) -> tuple[NotAssessed, ...]:
    """List what of the view isn't measured, so that silence isn't read as praise."""
    if math.isfinite(calibration.roll_deg) and math.isfinite(calibration.yaw_deg):
        return ()
    unknown = []
    if math.isnan(calibration.roll_deg):
        unknown.append(
            "the camera's roll isn't known, for want of anything upright or level in the picture, "
            "and drift is as uncertain as a phone set up by eye: 1 degree over a 55 cm pull reads "
            "as 1 cm"
        )
    if math.isnan(calibration.yaw_deg):
        unknown.append("the camera's yaw isn't measured; at 10 degrees drift reads 1.5 % short")
    return (NotAssessed("camera_angle", "; ".join(unknown)),)
