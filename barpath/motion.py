"""Velocity and acceleration against real time, with their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.calibration import BarPath

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Motion:
    """The smoothed path and its derivatives, one entry a frame; NaN where lost.

    Attributes
    ----------
    time_s, x_cm, y_cm : ndarray, shape (n_frames,)
    vx_m_s, vy_m_s, speed_m_s : ndarray, shape (n_frames,)
    ay_m_s2 : ndarray, shape (n_frames,)
    sd_cm : ndarray, shape (n_frames,)
        One standard deviation of the smoothed position (random part).
    sd_v_m_s : ndarray, shape (n_frames,)
        One standard deviation of the velocity (random part).
    state : ndarray of int8, shape (n_frames,)
    """

    time_s: FloatArray
    x_cm: FloatArray
    y_cm: FloatArray
    vx_m_s: FloatArray
    vy_m_s: FloatArray
    speed_m_s: FloatArray
    ay_m_s2: FloatArray
    sd_cm: FloatArray
    sd_v_m_s: FloatArray
    state: NDArray[np.int8]


def differentiate(*, path: BarPath) -> Motion:
    """Smooth a path and take its derivatives against time."""
    raise NotImplementedError
