"""The only place where pixels become centimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """How pixels were turned into centimetres.

    Attributes
    ----------
    cm_per_px : float
        Scale in the plane of the plate's face, at the height where it was taken.
    plate_diameter_cm : float
        What the plate was taken to measure.
    sd_pct : float
        One standard deviation of the scale, per cent: every length and velocity carries it.
    roll_deg, yaw_deg : float
        Camera roll and yaw used; NaN where not measured.
    lens : str or None
        Name of the camera profile, None without one.
    camera_moving : bool
        Whether the camera moved and the path was corrected for it.
    """

    cm_per_px: float
    plate_diameter_cm: float
    sd_pct: float
    roll_deg: float = float("nan")
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
        One standard deviation of the frame's own (random) position error; NaN where lost. The
        scale's error is common to all frames and stands in `Calibration.sd_pct`.
    state : ndarray of int8, shape (n_frames,)
        `tracking.State` of each frame.
    """

    time_s: FloatArray
    x_cm: FloatArray
    y_cm: FloatArray
    sd_cm: FloatArray
    state: NDArray[np.int8]
