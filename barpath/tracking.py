"""Following the plate: the rim in every frame, with its residual and how far it can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from barpath.plate import Plate

FloatArray = NDArray[np.float64]


class State(IntEnum):
    """How a frame's position was had; the lower-case name stands in ``path.csv``."""

    LOST = 0
    BRIDGED = 1
    TRACKED = 2


@dataclass(frozen=True)
class Track:
    """The plate's face in every decoded frame.

    Attributes
    ----------
    time_s : ndarray, shape (n_frames,)
        Real time of each frame.
    x_px, y_px : ndarray, shape (n_frames,)
        Bar axis in the plate's face, displayed pixels; NaN where lost.
    radius_px : ndarray, shape (n_frames,)
        Semi-major axis of the rim; NaN where lost.
    sd_px : ndarray, shape (n_frames,)
        One standard deviation of the position; NaN where lost.
    residual_px : ndarray, shape (n_frames,)
        Root mean square distance of the rim's edge points from the fit; NaN unless tracked.
    state : ndarray of int8, shape (n_frames,)
        `State` of each frame.
    plate : Plate
    reacquired : int
        How often the plate was lost and found again.
    cut_frames : tuple of int
        First frames after hard cuts; nothing is followed across one.
    """

    time_s: FloatArray
    x_px: FloatArray
    y_px: FloatArray
    radius_px: FloatArray
    sd_px: FloatArray
    residual_px: FloatArray
    state: NDArray[np.int8]
    plate: Plate
    reacquired: int = 0
    cut_frames: tuple[int, ...] = ()
