"""Where x is 0: midfoot, from the column given, the shoe seen or the bar's place at the start."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from barpath.calibration import BarPath, Calibration, bar_path
from barpath.camera import CameraMotion
from barpath.camera.viewpoint import Viewpoint
from barpath.errors import UsageError
from barpath.lifter import OUTLINE_SD_CM, START_SD_CM, Shoe, shoe_shift
from barpath.motion import Motion, differentiate
from barpath.phases import USUAL_KNEE, Knee
from barpath.reps import Rep, find_reps, first_pull_s
from barpath.tracking import Track

BoolArray = NDArray[np.bool_]

START_CONFIDENCE = 0.3

START_WINDOW_S = 0.5
"""How long before lift-off the bar's place is taken for the start."""

MAX_START_CM = 8.0
"""A shoe whose middle is farther than this from the bar's start, whichever way the camera may see
them askance, is no measure of midfoot: nobody pulls a bar that starts over his toes."""


@dataclass(frozen=True)
class Midfoot:
    """Where x_cm is 0, how that is known (shoe, start or given), and how well.

    Attributes
    ----------
    x_px : float
        Column of the shoe's middle as the picture shows it, or of the bar at the start; if the
        camera moved, in the frame halfway through those with the plate. The shoe stands behind the
        plate and may be drawn to the side of where x_cm is 0.
    sd_cm : float
        One standard deviation; NaN for a column that was given.
    method : {'shoe', 'start', 'given'}
    confidence : float
        From 0 to 1.
    """

    x_px: float
    sd_cm: float
    method: str
    confidence: float


@dataclass(frozen=True)
class Placed:
    """The motion and the repetitions, with x from midfoot."""

    midfoot: Midfoot
    motion: Motion
    reps: tuple[Rep, ...]


@dataclass(frozen=True)
class Scaled:
    """A track and what turns it into centimetres, but for the place of x = 0."""

    track: Track
    camera: CameraMotion
    calibration: Calibration
    facing: str
    knee: Knee = USUAL_KNEE

    def measured(self, midfoot: Midfoot, *, y_px: float, shift_cm: float = 0.0) -> Placed:
        """Give the motion from a midfoot that lies straight above or below ``x_px, y_px``.

        The picture shows it `shift_cm` to the right of its place in the plate's plane.
        """
        motion = self.motion_from(
            x_px=midfoot.x_px - shift_cm / self.calibration.cm_per_px, y_px=y_px
        )
        reps = find_reps(motion=motion, calibration=self.calibration, knee=self.knee)
        return Placed(midfoot, motion, reps)

    def motion_from(self, *, x_px: float, y_px: float) -> Motion:
        """Give the motion with x from a place in the picture: x alone depends on it."""
        path, motion = self._from_rim
        aside_cm = self._path_from(x_px=x_px, y_px=y_px).x_cm - path.x_cm
        return replace(motion, x_cm=motion.x_cm + float(np.nanmedian(aside_cm)))

    @cached_property
    def at_start(self) -> BoolArray:
        """Frames with the bar just before the first pull, or of the whole clip without one."""
        _, motion = self._from_rim
        seen, first_s = np.isfinite(motion.x_cm), first_pull_s(motion)
        if math.isnan(first_s):
            return seen
        before = seen & (motion.time_s <= first_s) & (motion.time_s >= first_s - START_WINDOW_S)
        return before if before.any() else seen

    @cached_property
    def _from_rim(self) -> tuple[BarPath, Motion]:
        """The path and the motion with x from where the rim was seen best."""
        rim = self.track.plate.rim
        path = self._path_from(x_px=rim.x_px, y_px=rim.y_px)
        return path, differentiate(path=path)

    def _path_from(self, *, x_px: float, y_px: float) -> BarPath:
        return bar_path(
            track=self.track,
            motion=self.camera,
            calibration=self.calibration,
            facing=self.facing,
            midfoot_px=(x_px, y_px),
        )


def given_column(midfoot: str | float, *, width_px: int, height_px: int) -> float | None:
    """Give the column that the user named, if it was one.

    Raises
    ------
    UsageError
        It lies beside the picture.
    """
    if isinstance(midfoot, str):
        return None
    if midfoot > width_px:
        raise UsageError(
            f"--midfoot {midfoot:g} doesn't lie in the picture",
            hint=f"PX is a column of the {width_px}x{height_px} picture",
        )
    return float(midfoot)


def place_midfoot(
    *,
    scaled: Scaled,
    given_px: float | None,
    shoe: Shoe | None,
    viewpoint: Viewpoint | None = None,
) -> Placed:
    """Turn the track into centimetres, motion and repetitions, with x from midfoot.

    Where midfoot is the bar's place at the start, the first lift-off must be known before it: the
    motion is found once, from any origin, and moved to the right one.

    Parameters
    ----------
    scaled : Scaled
    given_px : float or None
        The shoe's middle as read off the picture by hand.
    shoe : Shoe or None
        The shoe seen, to be used where the bar starts over it.
    viewpoint : Viewpoint, optional
        How far the camera is off the plate's side, where that is known.

    Returns
    -------
    Placed
    """
    track, camera = scaled.track, scaled.camera
    x_px, y_px = camera.steadied(track.x_px, track.y_px)
    if given_px is not None:
        # a column read off the shoe, which stands where the plate's rim touches the floor
        floor_px = float(np.nanmax(y_px + track.radius_px * camera.zoom))
        given = Midfoot(given_px, sd_cm=math.nan, method="given", confidence=1.0)
        return scaled.measured(given, y_px=floor_px)
    if shoe is not None:
        placed = _over_shoe(scaled=scaled, shoe=shoe, viewpoint=viewpoint)
        if abs(float(np.median(placed.motion.x_cm[scaled.at_start]))) <= MAX_START_CM:
            return placed
    start = Midfoot(
        x_px=float(np.median(x_px[scaled.at_start])),
        sd_cm=START_SD_CM,
        method="start",
        confidence=START_CONFIDENCE,
    )
    return scaled.measured(start, y_px=float(np.median(y_px[scaled.at_start])))


def _over_shoe(*, scaled: Scaled, shoe: Shoe, viewpoint: Viewpoint | None) -> Placed:
    """Take the shoe for midfoot, moved to where it would be seen beside the plate."""
    seen = Midfoot(shoe.x_px, sd_cm=math.nan, method="shoe", confidence=shoe.confidence)
    from_shoe = scaled.motion_from(x_px=shoe.x_px, y_px=shoe.y_px)
    start_cm = float(np.median(from_shoe.x_cm[scaled.at_start]))
    shift = shoe_shift(
        sight=shoe.sight,
        apart_cm=start_cm if scaled.facing == "right" else -start_cm,
        radius_cm=scaled.calibration.plate_diameter_cm / 2,
        viewpoint=viewpoint,
    )
    known = replace(seen, sd_cm=math.hypot(OUTLINE_SD_CM, shift.sd_cm))
    return scaled.measured(known, y_px=shoe.y_px, shift_cm=shift.x_cm)
