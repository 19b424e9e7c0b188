"""Where a clip is cut: the whole picture changes at once."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.video.picture import ByteImage

FloatArray = NDArray[np.float64]

_COARSE_SIZE = (40, 24)
_CUT_LEVELS = 6.0
_CUT_RATIO = 6.0
_NEAR_FRAMES = 6


def coarse(picture: ByteImage) -> ByteImage:
    """Return a picture at 40 by 24, each pixel the mean of four samples of its block."""
    columns, rows = _COARSE_SIZE
    samples = cv2.resize(picture, (2 * columns, 2 * rows), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.resize(samples, _COARSE_SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def change_levels(before: ByteImage, now: ByteImage) -> float:
    """Return the mean absolute difference of two coarse pictures, grey levels."""
    return cv2.norm(before, now, cv2.NORM_L1) / now.size


def find_cuts(changes_levels: FloatArray) -> tuple[int, ...]:
    """Return the first frame after every hard cut (or flash to another picture).

    Parameters
    ----------
    changes_levels : ndarray, shape (n_frames,)
        How much each frame's coarse picture differs from the one before; 0 for the first. At a cut
        it is large and several times what it is a few frames earlier and later.
    """
    cuts = []
    for index in np.flatnonzero(changes_levels > _CUT_LEVELS).tolist():
        before = changes_levels[max(1, index - _NEAR_FRAMES) : index]
        near = np.concatenate([before, changes_levels[index + 1 : index + 1 + _NEAR_FRAMES]])
        usual = float(np.median(near)) if near.size else 0.0
        if changes_levels[index] > _CUT_RATIO * max(usual, 1.0):
            cuts.append(index)
    return tuple(cuts)
