"""What is upright without anything upright in the picture: how the bar falls, and where it rests.

Whatever is let go of is accelerated straight downwards, however it was moving: the curve of its
path, not its direction, is plumb. And a bar that stands now here, now there on a level floor draws
the floor's line, the steeper the more the camera leans; but a camera that stands above the plate
and off its side sees that line aslant too, so this tells little.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.camera.motion import CameraMotion
from barpath.tracking import State, Track
from barpath.tracking.gaps import runs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

GRAVITY_CM_S2 = 980.665

FALL_S = 0.2
"""Shortest fall that is looked for: a deadlift's drop takes 0.33 s, from the knees 0.25 s."""

MIN_FALL_FRAMES = 5

HELD_SHARE = 0.1
"""A bar that falls by this much less than free fall, as a share, is being let down."""

BENT_CM = 0.3
"""A path farther from a parabola than this (root mean square) isn't one."""

FALL_SD_DEG = 0.5
"""Uncertainty of the best fall: hands that linger, a sleeve that tilts. Our proposal."""

STILL_CM, STILL_S = 0.5, 0.3
"""A bar that stays within this for so long rests."""

FLOOR_CM = 4.0
"""A bar that rests higher than this over its lowest place rests on knees, pins or a back."""

MAX_ROLL_DEG = 10.0
"""The floor's line may be steeper than this only where it isn't the floor."""

_SAME_CM = 1e-3

UNEVEN_CM = 0.3
"""How level a floor is where plates stand, rubber and all. Our proposal."""

FLOOR_VIEW_SD_DEG = 1.0
"""How far the floor's line is off level seen from 60 cm above the plate's centre, 350 cm away and 6
degrees off its side: ``60 / 350 * tan(6)``."""


@dataclass(frozen=True)
class Lean:
    """A turn of the scene, clockwise in the picture, degrees; and one standard deviation."""

    lean_deg: float
    sd_deg: float


def leans(*, track: Track, motion: CameraMotion, plate_diameter_cm: float) -> tuple[Lean, ...]:
    """Read the scene's turn off the bar's falls.

    Parameters
    ----------
    track : Track
    motion : CameraMotion
        The turn is that of its reference frame.
    plate_diameter_cm : float
        Tells free fall from a bar that is let down.

    Returns
    -------
    tuple of Lean
        One a fall; none where the bar never falls.
    """
    time_s, x_cm, y_cm = _path(track, motion, plate_diameter_cm)
    found = (_of_fall(time_s[at], x_cm[at], y_cm[at]) for at in _falls(time_s, x_cm, y_cm))
    return tuple(found)


def floor_lean(*, track: Track, motion: CameraMotion, plate_diameter_cm: float) -> Lean | None:
    """Read the scene's turn off the places in which the bar rests on the floor.

    Parameters
    ----------
    track : Track
    motion : CameraMotion
    plate_diameter_cm : float

    Returns
    -------
    Lean or None
        None where it rests in fewer than two places.
    """
    time_s, x_cm, y_cm = _path(track, motion, plate_diameter_cm)
    rests = _rests(time_s, x_cm, y_cm) if len(time_s) else np.empty((0, 2))
    if len(rests) < 2:
        return None
    at, height = rests[:, 0], rests[:, 1]
    lowest = int(np.argmax(y_cm))
    leaning_cm = np.abs(at - x_cm[lowest]) * math.tan(math.radians(MAX_ROLL_DEG))
    on_floor = height >= y_cm[lowest] - FLOOR_CM - leaning_cm
    if np.count_nonzero(on_floor) < 2:
        return None
    at, height = at[on_floor], height[on_floor]
    spread = at - at.mean()
    information = max(float(spread @ spread), _SAME_CM**2)
    slope = float(spread @ height) / information
    unevenness_deg = math.degrees(math.atan(UNEVEN_CM / math.sqrt(information)))
    return Lean(math.degrees(math.atan(slope)), math.hypot(unevenness_deg, FLOOR_VIEW_SD_DEG))


def _path(
    track: Track, motion: CameraMotion, plate_diameter_cm: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give time, and places in the reference frame: centimetres by the plate's ruler, y down."""
    x_px, y_px = motion.steadied(track.x_px, track.y_px)
    seen = (track.state == State.TRACKED) & np.isfinite(x_px)
    radius_px = float(np.median((track.radius_px * motion.zoom)[seen])) if seen.any() else 1.0
    scale = plate_diameter_cm / (2 * radius_px)
    return track.time_s[seen], scale * x_px[seen], scale * y_px[seen]


def _falls(time_s: FloatArray, x_cm: FloatArray, y_cm: FloatArray) -> list[IntArray]:
    """Return the frames of each stretch in which the bar falls freely."""
    falling = np.zeros(len(time_s), dtype=np.bool_)
    stops = np.searchsorted(time_s, time_s + FALL_S, side="right")
    for start, stop in enumerate(stops):
        fallen_s = time_s[stop - 1] - time_s[start]
        at = slice(start, stop)
        if stop - start < MIN_FALL_FRAMES or fallen_s < 0.75 * FALL_S:
            continue
        if y_cm[stop - 1] - y_cm[start] < 0.5 * (1 - HELD_SHARE) * GRAVITY_CM_S2 * fallen_s**2:
            continue
        fit, bent_cm, _ = _parabola(time_s[at], x_cm[at], y_cm[at])
        speeds_up = math.hypot(*(2 * fit[0])) / GRAVITY_CM_S2
        if abs(speeds_up - 1) <= HELD_SHARE and fit[0, 1] > 0 and bent_cm <= BENT_CM:
            falling[at] = True
    return [np.arange(first, last) for first, last in runs(falling)]


def _of_fall(time_s: FloatArray, x_cm: FloatArray, y_cm: FloatArray) -> Lean:
    """Take the direction of a fall's acceleration.

    What held the bar back may have pushed it aside as much: so far its direction is in doubt.
    """
    fit, bent_cm, unit = _parabola(time_s, x_cm, y_cm)
    aside, down = 2 * fit[0]
    held = abs(math.hypot(aside, down) / GRAVITY_CM_S2 - 1)
    noise = 2 * unit * bent_cm / down
    sd_deg = math.degrees(math.hypot(math.atan(held), math.atan(noise)))
    return Lean(math.degrees(math.atan2(-aside, down)), math.hypot(sd_deg, FALL_SD_DEG))


def _parabola(
    time_s: FloatArray, x_cm: FloatArray, y_cm: FloatArray
) -> tuple[FloatArray, float, float]:
    """Fit parabolas in time to x and y.

    Returns
    -------
    fit : ndarray, shape (3, 2)
        Coefficients of the square, of time and of 1.
    bent_cm : float
        How far a coordinate is from it, root mean square, degrees of freedom taken off.
    unit : float
        Standard deviation of the square's coefficient for errors of 1 cm.
    """
    since = time_s - time_s.mean()
    design = np.stack([since**2, since, np.ones_like(since)], axis=1)
    both = np.stack([x_cm, y_cm], axis=1)
    fit = np.linalg.lstsq(design, both, rcond=None)[0]
    left = both - design @ fit
    bent_cm = math.sqrt(float(np.sum(left**2)) / (2 * max(1, len(since) - 3)))
    unit = math.sqrt(float(np.linalg.inv(design.T @ design)[0, 0]))
    return fit, bent_cm, unit


def _rests(time_s: FloatArray, x_cm: FloatArray, y_cm: FloatArray) -> FloatArray:
    """Return the place of every stretch in which the bar rests, shape (n, 2)."""
    places: list[tuple[float, float]] = []
    path = np.stack([x_cm, y_cm], axis=1)
    start, low, high = 0, path[0], path[0]
    for stop, place in enumerate([*path[1:], np.full(2, np.inf)], start=1):
        low, high = np.minimum(low, place), np.maximum(high, place)
        if np.all(high - low <= STILL_CM):
            continue
        if time_s[stop - 1] - time_s[start] >= STILL_S:
            x, y = np.median(path[start:stop], axis=0)
            places.append((float(x), float(y)))
        start, low, high = stop, place, place
    return np.array(places).reshape(-1, 2)
