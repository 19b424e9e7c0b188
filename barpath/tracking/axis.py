"""Where the bar's axis meets the plate's face: not quite the centre of the rim's picture.

A circle seen at an angle from nearby is drawn as an ellipse whose centre is not the picture of the
circle's centre: the near half is drawn larger. Circles in one plane with one centre are drawn with
centres that move away from the axis with the square of their radius, so an inner ring of the face
tells where it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from barpath.chains import Chain, Mover

FloatArray = NDArray[np.float64]

SHORTEST_FOCAL_SHARE = 0.5
"""Focal length of the widest lens expected, in long sides of the picture (90 degrees across)."""

APART_SD_RADII = 0.02
"""How far a ring's centre lies from the rim's on a plate seen from the side (0.01 to 0.035 on real
ones): the face is dished, and both fits miss a little. The larger the ring, the more of a shift
that feigns."""

CLEARLY = 2.5
"""A shift of fewer of its standard deviations is left alone: chance alone reaches that once in
twenty times."""

AXIS_RATIO_SD = 0.015
"""Error of the axis ratio: near 1 it hardly tells how oblique the view is."""

_INNER, _OUTER = 0.3, 0.8
_MIN_DETECTIONS = 8
_ALLOWANCE = 1.4


def axis_shift_px(
    *,
    mover: Mover,
    rim_centre_px: FloatArray,
    rim_radius_px: float,
    axis_ratio: float,
    long_side_px: int,
) -> FloatArray:
    """Return how far the axis lies from the rim's centre, shape (2,); zeros without good evidence.

    Parameters
    ----------
    mover : Mover
    rim_centre_px : ndarray, shape (n_frames, 2)
        Centre of the rim's ellipse in every frame.
    rim_radius_px : float
        Usual semi-major axis of the rim.
    axis_ratio : float
        Usual axis ratio of the rim: how obliquely the face is seen.
    long_side_px : int
        Of the picture.

    Notes
    -----
    To first order the shift is ``R (R / f) sin(tilt) cos(tilt)`` for a rim of R pixels and a focal
    length of f. A ring that asks for more than a very wide lens could give lies in another plane: a
    smaller plate in front, the hub, the collar.
    """
    tilt = float(np.arccos(np.clip(axis_ratio - AXIS_RATIO_SD, 0, 1)))
    focal_px = SHORTEST_FOCAL_SHARE * long_side_px
    most_px = _ALLOWANCE * rim_radius_px * (rim_radius_px / focal_px) * np.sin(tilt) * np.cos(tilt)
    shifts, weights = [], []
    for ring in mover.rings:
        asked = _asked_by(ring=ring, rim_centre_px=rim_centre_px, rim_radius_px=rim_radius_px)
        if asked is not None and np.hypot(*asked[0]) <= most_px:
            shifts.append(asked[0])
            weights.append(1 / asked[1] ** 2)
    if not shifts:
        return np.zeros(2)
    mean: FloatArray = np.average(np.array(shifts), axis=0, weights=weights)
    return mean if np.hypot(*mean) >= CLEARLY / np.sqrt(sum(weights)) else np.zeros(2)


def _asked_by(
    *, ring: Chain, rim_centre_px: FloatArray, rim_radius_px: float
) -> tuple[FloatArray, float] | None:
    """Return the shift at radius zero that a ring's centre asks for, and its standard deviation.

    None from a useless ring. The sd, along either axis, grows with the ring's size as the shift
    does: a ring nearly as large as the rim hardly tells.
    """
    share = ring.radius_px / rim_radius_px
    if not _INNER <= share <= _OUTER or len(ring.frame) < _MIN_DETECTIONS:
        return None
    apart = ring.rims[:, :2] - rim_centre_px[ring.frame]
    known = np.isfinite(apart[:, 0])
    if known.sum() < _MIN_DETECTIONS:
        return None
    middle = np.median(apart[known], axis=0)
    scatter_px = 1.4826 * np.median(np.abs(apart[known] - middle), axis=0).max()
    # the median's own error is a quarter larger than the mean's
    sd_px = np.hypot(APART_SD_RADII * rim_radius_px, 1.25 * scatter_px / np.sqrt(known.sum()))
    return middle / (1 - share**2), float(sd_px / (1 - share**2))
