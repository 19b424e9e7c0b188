"""What a camera that is carried sees: near things shift more than far ones.

The plate stands on the floor, well in front of the wall that most of the background is, and a shift
that fits the wall leaves the plate adrift. The floor's own points tell how far: inverse depth on a
plane is affine in the picture, so a floor that begins at row ``y0`` shifts by
``near * (y - y0) / (y1 - y0)`` more than the wall does, where ``y1`` is the row in which the plate
touches down: there the floor is as far away as the plate, and shifts as it does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.camera.similarity import ComplexArray, Fit, fit_carried

FloatArray = NDArray[np.float64]

MIN_GAIN = 0.02
"""By how much more of the points a floor must explain, as a share. Hand-held clips of a camera that
turns but stays put gain 0.015 at most, two that were carried 0.027 and 0.056."""

MIN_NEAR_PX = 1.5
"""Small pixels of shift at the plate that some pictures must show."""

MIN_POINTS = 6
"""Points of the floor that must be seen."""

NEAR_SD = 0.15
"""Error of the shift at the plate, as a share of it: nothing tells that all that is low is
floor."""

_BEGINS = np.arange(0.2, 0.85, 0.06)
"""Rows tried for the floor's beginning, as shares of the way from the highest point to the
plate's."""

_MOST_SAMPLES = 24


@dataclass(frozen=True)
class Floor:
    """Where the floor begins, and where the plate stands on it: rows of the reference picture."""

    begins_px: float
    plate_px: float

    def nearness(self, places: ComplexArray) -> FloatArray:
        """Return the places' shift as a share of the plate's, shape (n,)."""
        rows: FloatArray = np.maximum(0.0, places.imag - self.begins_px)
        return rows / (self.plate_px - self.begins_px)


def find_floor(*, key: ComplexArray, paths: ComplexArray, plate_px: float) -> Floor | None:
    """Find where the floor begins, if the camera was carried far enough to show it.

    Parameters
    ----------
    key : ndarray of complex, shape (n_points,)
        Points of the reference picture.
    paths : ndarray of complex, shape (n_samples, n_points)
        Where they are in other pictures.
    plate_px : float
        Row of the reference picture in which the plate stands on the floor.

    Returns
    -------
    Floor or None
    """
    some = paths[:: max(1, len(paths) // _MOST_SAMPLES)]
    found = max(1, int(np.sum(~np.isnan(some))))
    flat = [fit_carried(key, row, np.zeros(len(key))) for row in some]
    best, most = None, _agreed(flat) + MIN_GAIN * found
    top = float(key.imag.min())
    for share in _BEGINS:
        floor = Floor(begins_px=top + float(share) * (plate_px - top), plate_px=plate_px)
        nearness = floor.nearness(key)
        if np.sum(nearness > 0) < MIN_POINTS:
            break
        fits = [fit_carried(key, row, nearness) for row in some]
        if _agreed(fits) > most and sum(abs(fit.near) > MIN_NEAR_PX for fit in fits) >= 2:
            best, most = floor, _agreed(fits)
    return best


def _agreed(fits: list[Fit]) -> float:
    return float(sum(fit.agreed for fit in fits))


def off_floor(*, floor: Floor, key: ComplexArray, paths: ComplexArray) -> FloatArray:
    """Return how far each point is from where the wall's and the floor's shift put it.

    Returns
    -------
    ndarray, shape (n_samples, n_points)
        NaN where a point wasn't found.
    """
    nearness = floor.nearness(key)
    fits = [fit_carried(key, row, nearness) for row in paths]
    there = np.array([fit.turn * key + fit.shift + fit.near * nearness for fit in fits])
    off: FloatArray = np.abs(there - paths)
    return off
