"""The track of a plate, or of what a person boxed: where it was in every frame, and how surely."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from barpath.plate import Plate

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LAID_CHANGE_SD, FITTED_CHANGE_SD = 0.0012, 0.008
"""How far the rim's relative change of size and shape from the floor to lockout was off on
simulated sets: where the face of all frames was laid over one by maps that show it foreshortened,
and where the rim alone told."""


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
    axis_ratio : ndarray, shape (n_frames,)
        Semi-minor over semi-major axis of the rim; NaN where lost.
    angle_deg : ndarray, shape (n_frames,)
        Direction of the semi-major axis from the picture's x towards its y (down), 0 to 180; NaN
        where lost.
    sd_px : ndarray, shape (n_frames,)
        One standard deviation of the position; NaN where lost.
    residual_px : ndarray, shape (n_frames,)
        Root mean square distance of the rim's edge points from the fit; NaN unless tracked.
    state : ndarray of int8, shape (n_frames,)
        `State` of each frame.
    radius_sd_px : float
        One standard deviation of the rim's size, common to all frames.
    plate : Plate
    reacquired : int
        How often the plate was lost and found again.
    cut_frames : tuple of int
        First frames after hard cuts; nothing is followed across one.
    change_sd : float
        One standard deviation of how the rim's size and shape change over the path, as a share of
        the radius.
    angular : bool
        Whether the rim has corners.
    """

    time_s: FloatArray
    x_px: FloatArray
    y_px: FloatArray
    radius_px: FloatArray
    axis_ratio: FloatArray
    angle_deg: FloatArray
    sd_px: FloatArray
    residual_px: FloatArray
    state: NDArray[np.int8]
    radius_sd_px: float
    plate: Plate
    reacquired: int = 0
    cut_frames: tuple[int, ...] = ()
    change_sd: float = FITTED_CHANGE_SD
    angular: bool = False

    @property
    def harmonic(self) -> NDArray[np.complex128]:
        """Second harmonic of the rim, shape (n_frames,).

        Half the relative difference of its semi-axes, at twice the direction of the longer one.
        """
        stretch = (1 - self.axis_ratio) / (1 + self.axis_ratio)
        return np.asarray(stretch * np.exp(2j * np.radians(self.angle_deg)))

    @property
    def mean_radius_px(self) -> FloatArray:
        """Mean of the rim's semi-axes, shape (n_frames,)."""
        return np.asarray(self.radius_px / (1 + np.abs(self.harmonic)))


def as_states(*, tracked: BoolArray, bridged: BoolArray) -> NDArray[np.int8]:
    """Return each frame's `State`."""
    state = np.where(tracked, State.TRACKED, State.LOST)
    return np.where(bridged, State.BRIDGED, state).astype(np.int8)
