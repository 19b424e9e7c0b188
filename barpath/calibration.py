"""The only place where pixels become centimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from barpath.camera import CameraMotion, Roll
from barpath.camera.glance import STILL_PX
from barpath.camera.roll import UNSEEN_SD_DEG
from barpath.camera.viewpoint import Viewpoint
from barpath.errors import UnmeasurableError
from barpath.ruler import lay_ruler, odd_shape
from barpath.tracking import State, Track

FloatArray = NDArray[np.float64]

RESTING_CM_S = 5.0
"""A bar slower than this rests: well below a grinder's 10 cm/s (Helms 2017: 14 cm/s at 1RM)."""

RESTING_S = 0.15
"""How long it must stay that slow: a turnaround in the air is over sooner."""

STILL_S = 0.5
"""How long a bar that waits stands still, at the least: on the floor, at lockout."""

STILLEST_SHARE = 0.05
"""Share of a clip in which the bar seems stillest: the very stillest moment goes down with the
clip's length, and more of it may hold no rest."""

SWAY = 2.5
"""By how much a camera's sway exceeds what shows of it within `STILL_S` in the `STILLEST_SHARE`: by
2.3 in simulated sets of one repetition, 2.5 in sets of four and five, rms of the errors of heights
and of drifts."""

ANGULAR_SD_PCT = 1.7
"""Half of what the circles through the corners and through the sides of a plate with twelve corners
are apart: which of them was measured with a ruler isn't known, and the rim's lies between."""

PLATE_TOLERANCE_PCT = 0.13
"""IWF discs are 450 +- 1 mm (IWF technical rules): a uniform error of 0.22 % at most."""


ODD_SHARE = 0.7
"""Error of the upright radius by what the outline takes in beside the face, as a share of how odd
the view makes its shape. A wall that shows on one side by d radii adds d / pi to the mean radius
and 2 d / (3 pi) to the second harmonic, so that the upright radius errs by a half to two and a half
times the latter; but most of what is odd isn't wall alone. On 272 simulated gyms with cameras up to
15 degrees aside it was 0.66 to 0.78 times, as outliers count little or more."""

MIN_AXIS_RATIO = 0.72
"""A flatter rim is seen from 44 degrees off the side or more: near the tracker's own limit of 0.67,
and more wall than face. Our proposal."""

MAX_YAW_SD_DEG = 4.0
"""A yaw less certain than this, hardly better than what is usual, isn't measured."""


@dataclass(frozen=True)
class Calibration:
    """How pixels were turned into centimetres.

    Attributes
    ----------
    cm_per_px : float
        Median scale of heights in the plane of the plate's face; frame by frame it follows the
        rim's size.
    plate_diameter_cm : float
        What the plate was taken to measure; NaN in the result of a set without one.
    sd_pct : float
        One standard deviation of the scale, per cent: every length and velocity carries it.
    roll_deg, roll_sd_deg : float
        Camera roll that the path was turned by, clockwise as the camera's user sees it, and one
        standard deviation; NaN where not known, and then the path isn't turned.
    yaw_deg : float
        How far the camera has walked round the lifter to the right; NaN where not measured.
    lens : str or None
        Name of the camera profile, None without one.
    camera_moving : bool
        Whether the camera moved and the path was corrected for it.
    """

    cm_per_px: float
    plate_diameter_cm: float
    sd_pct: float
    roll_deg: float = float("nan")
    roll_sd_deg: float = UNSEEN_SD_DEG
    yaw_deg: float = float("nan")
    lens: str | None = None
    camera_moving: bool = False


@dataclass(frozen=True)
class BarPath:
    """Where the bar was, in centimetres.

    Attributes
    ----------
    time_s : ndarray, shape (n_frames,)
        Strictly increasing real time.
    x_cm : ndarray, shape (n_frames,)
        Towards the lifter's toes, 0 at midfoot; NaN where lost.
    y_cm : ndarray, shape (n_frames,)
        Up, 0 at the bar's lowest resting position of the set; NaN where lost.
    sd_cm : ndarray, shape (n_frames,)
        One standard deviation of the frame's own (random) position error; NaN where lost. What
        all frames have in common is `place_sd_cm`'s.
    state : ndarray of int8, shape (n_frames,)
        `tracking.State` of each frame.
    sway_cm : float
        One standard deviation of what a camera may have swayed unseen, either way.
    """

    time_s: FloatArray
    x_cm: FloatArray
    y_cm: FloatArray
    sd_cm: FloatArray
    state: NDArray[np.int8]
    sway_cm: float = 0.0


def calibrate(
    *,
    track: Track,
    motion: CameraMotion,
    roll: Roll,
    viewpoint: Viewpoint | None = None,
    plate_diameter_cm: float,
    diameter_sd_pct: float = PLATE_TOLERANCE_PCT,
    lens: str | None = None,
) -> Calibration:
    """Take the scale from the rim over the whole clip.

    Parameters
    ----------
    track : Track
    motion : CameraMotion
    roll : Roll
    viewpoint : Viewpoint or None
        None where what was followed isn't flat and round.
    plate_diameter_cm : float
        Real diameter of the plate's rim.
    diameter_sd_pct : float
        One standard deviation of that.
    lens : str or None
        Name of the camera profile that the track was straightened with.

    Raises
    ------
    UnmeasurableError
        The rim was measured in no frame, or is seen too obliquely.
    """
    measured = track.state == State.TRACKED
    if not measured.any():
        raise UnmeasurableError(
            "the plate's rim was measured in no frame",
            hint="film from the side, the whole plate in the picture",
        )
    if float(np.median(track.axis_ratio[measured])) < MIN_AXIS_RATIO:
        raise UnmeasurableError(
            "the plate is seen too far from the side to measure by",
            hint="put the phone straight to the side of the bar, at its height",
        )
    ruler = lay_ruler(track=track, roll_deg=roll.roll_deg)
    yaw_deg, rim_sd = float("nan"), ruler.sd
    if viewpoint is not None:
        if viewpoint.outline is not None:
            odd = odd_shape(track=track, roll_deg=roll.roll_deg, outline=viewpoint.outline)
            rim_sd = math.hypot(ruler.edge_sd, ODD_SHARE * odd)
        if viewpoint.yaw_sd_deg <= MAX_YAW_SD_DEG:
            yaw_deg = viewpoint.yaw_deg
    return Calibration(
        cm_per_px=plate_diameter_cm / (2 * float(np.median(ruler.upright_px[measured]))),
        plate_diameter_cm=plate_diameter_cm,
        sd_pct=math.hypot(100 * rim_sd, diameter_sd_pct, ANGULAR_SD_PCT if track.angular else 0.0),
        roll_deg=roll.roll_deg,
        roll_sd_deg=roll.sd_deg,
        yaw_deg=yaw_deg,
        lens=lens,
        camera_moving=motion.moving,
    )


def bar_path(
    *,
    track: Track,
    motion: CameraMotion,
    calibration: Calibration,
    facing: str,
    midfoot_px: tuple[float, float],
) -> BarPath:
    """Turn the track into centimetres in the lifter's frame of reference.

    Every step of the path is scaled by the rim where it was made, upwards by its upright radius and
    sideways by its level one: seen from nearby, the plate looks up to a fifth larger on the floor
    than at lockout, and seen askance, narrower than it is high; one scale for all would bend the
    range of motion and the drift by as much. Where the camera moved, the path is that in its
    reference frame; frames in which its motion isn't known are lost. The path is turned upright by
    the camera's roll.

    Parameters
    ----------
    track : Track
    motion : CameraMotion
    calibration : Calibration
    facing : {'left', 'right'}
        Where the toes point in the picture.
    midfoot_px : tuple of float
        A place straight above or below midfoot, displayed pixels of the reference frame.

    Returns
    -------
    BarPath
    """
    steady_x, steady_y = motion.steadied(track.x_px, track.y_px)
    found = (track.state > State.LOST) & np.isfinite(steady_x)
    known = np.flatnonzero(found)
    zoom = motion.zoom[known]
    ruler = lay_ruler(track=track, roll_deg=calibration.roll_deg)
    level_cm, upright_cm = (
        calibration.plate_diameter_cm / (2 * radius_px[known] * zoom)
        for radius_px in (ruler.level_px, ruler.upright_px)
    )
    forward = 1.0 if facing == "right" else -1.0
    x, y = _upright(
        x_px=steady_x[known] - midfoot_px[0],
        y_px=steady_y[known] - midfoot_px[1],
        roll_deg=calibration.roll_deg,
    )
    sd_px = np.hypot(track.sd_px[known] * zoom, motion.sd_px[known])
    x_cm = forward * (x[0] * level_cm[0] + _summed(steps_px=np.diff(x), cm_per_px=level_cm))
    y_cm = -_summed(steps_px=np.diff(y), cm_per_px=upright_cm)
    y_cm -= _resting_height_cm(time_s=track.time_s[known], y_cm=y_cm)

    def everywhere(values: FloatArray) -> FloatArray:
        full = np.full(len(track.time_s), np.nan)
        full[known] = values
        return full

    return BarPath(
        time_s=track.time_s,
        x_cm=everywhere(x_cm),
        y_cm=everywhere(y_cm),
        sd_cm=everywhere(sd_px * upright_cm),
        sway_cm=_sway_px(motion=motion, time_s=track.time_s[known], x_px=x, y_px=y)
        * float(np.median(upright_cm)),
        state=np.where(found, track.state, State.LOST).astype(np.int8),
    )


def place_sd_cm(
    *, x_cm: FloatArray, y_cm: FloatArray, own_sd_cm: FloatArray, calibration: Calibration
) -> FloatArray:
    """Say how well places are known, with what all frames have in common.

    The scale's error grows with the way from midfoot and from the lowest rest, and the roll's turns
    the one into the other.

    Parameters
    ----------
    x_cm, y_cm : ndarray, shape (n_frames,)
    own_sd_cm : ndarray, shape (n_frames,)
        One standard deviation of the frame's own error.
    calibration : Calibration

    Returns
    -------
    ndarray, shape (n_frames,)
        One standard deviation either way, root mean square of sideways and upwards; NaN where lost.
    """
    scale, lean = calibration.sd_pct / 100, np.radians(calibration.roll_sd_deg)
    away = np.hypot(x_cm, y_cm) / math.sqrt(2)
    return np.asarray(np.hypot(own_sd_cm, np.hypot(scale, lean) * away))


def split_sd_cm(
    *, x_cm: FloatArray, y_cm: FloatArray, sd_cm: FloatArray, calibration: Calibration
) -> tuple[FloatArray, FloatArray]:
    """Part how well places are known into sideways and upwards: undo the mean in `place_sd_cm`.

    The scale's error moves a high place upwards and the roll's moves it sideways. Where the one is
    the larger, places are known less well its way than the mean of both says, and better the other.

    Parameters
    ----------
    x_cm, y_cm, sd_cm : ndarray, shape (n_frames,)
        A place and its `place_sd_cm`, as `Motion` and ``path.csv`` hold them.
    calibration : Calibration

    Returns
    -------
    tuple of ndarray, shape (n_frames,)
        One standard deviation sideways, and one upwards; NaN where lost.
    """
    scale, lean = calibration.sd_pct / 100, np.radians(calibration.roll_sd_deg)
    apart = 0.5 * (scale**2 - lean**2) * (x_cm**2 - y_cm**2)
    return np.sqrt(sd_cm**2 + apart), np.sqrt(sd_cm**2 - apart)


def _summed(*, steps_px: FloatArray, cm_per_px: FloatArray) -> FloatArray:
    """Add up steps, each scaled as between its two ends; starts with 0."""
    between = 0.5 * (cm_per_px[1:] + cm_per_px[:-1])
    return np.concatenate([[0.0], np.cumsum(steps_px * between)])


def _upright(
    *, x_px: FloatArray, y_px: FloatArray, roll_deg: float
) -> tuple[FloatArray, FloatArray]:
    """Turn places clockwise in the picture by the camera's roll, where it is known."""
    if np.isnan(roll_deg):
        return x_px, y_px
    cos, sin = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    return cos * x_px - sin * y_px, sin * x_px + cos * y_px


def _sway_px(
    *, motion: CameraMotion, time_s: FloatArray, x_px: FloatArray, y_px: FloatArray
) -> float:
    """Tell how much a camera may have swayed beyond what is known of it, as each way's sd.

    It shows in how still the bar seems while it is stillest: one that waits on the floor or for the
    next repetition stands still. A camera that is known to stand sways by less than what is known;
    where one that moved was steadied badly, the bar shows more than the steadying's own error.
    """
    stops = np.searchsorted(time_s, time_s + STILL_S, side="right")
    stops = stops[stops < len(time_s)]
    if not len(stops):
        return 0.0
    moved = np.sqrt(_variances(x_px, stops=stops) + _variances(y_px, stops=stops))
    sway_px = SWAY * float(np.quantile(moved, STILLEST_SHARE)) / math.sqrt(2)
    if motion.moving:
        told_px = motion.sd_px[np.isfinite(motion.sd_px)]
        return math.sqrt(max(0.0, sway_px**2 - float(np.mean(told_px**2))))
    return min(sway_px, STILL_PX) if motion.known else sway_px


def _variances(values: FloatArray, *, stops: NDArray[np.intp]) -> FloatArray:
    """Return the variance of the values from each place, the first and on, up to its stop."""
    away = values - values[0]
    total, square = (np.concatenate([[0.0], np.cumsum(part)]) for part in (away, away**2))
    starts = np.arange(len(stops))
    count = stops - starts
    mean = (total[stops] - total[starts]) / count
    # rounding may leave a bar at rest a little less than nothing
    variance: FloatArray = np.maximum(0.0, (square[stops] - square[starts]) / count - mean**2)
    return variance


def _resting_height_cm(*, time_s: FloatArray, y_cm: FloatArray) -> float:
    """Return the lowest height at which the bar rests; the lowest of all where it never does."""
    starts = np.searchsorted(time_s, time_s - RESTING_S, side="left")
    counts = np.arange(1, len(time_s) + 1) - starts
    within_cm = RESTING_CM_S * RESTING_S
    may_rest = (
        (counts > 2)
        & (time_s - time_s[starts] >= 0.6 * RESTING_S)
        & (np.abs(y_cm - y_cm[starts]) <= within_cm)
    )
    resting: list[float] = []
    # windows of as many frames are looked at together: most are
    for count in np.unique(counts[may_rest]).tolist():
        some = starts[may_rest & (counts == count)]
        windows = sliding_window_view(y_cm, count)[some]
        windows = windows[np.ptp(windows, axis=1) <= within_cm]
        resting += np.median(windows, axis=1).tolist()
    return min(resting, default=float(y_cm.min()))
