"""Finding points of one picture again in another: pyramidal Lucas-Kanade, checked both ways."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def match_points(
    *,
    before: NDArray[Any],
    now: NDArray[Any],
    points: NDArray[np.float32],
    guess: NDArray[np.float32] | None = None,
    window_px: int,
    levels: int,
    closure_px: float,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Find points again (Bouguet 2001), and believe those that lead back to where they came from.

    Parameters
    ----------
    before, now : ndarray of uint8, shape (height, width)
    points : ndarray of float32, shape (n, 2)
        In `before`.
    guess : ndarray of float32, shape (n, 2), optional
        Where in `now` to start; at the points themselves without it.
    window_px, levels : int
        Side of the patch that is compared, and halvings of the picture.
    closure_px : float
        How far from its start a point may end that was followed there and back.

    Returns
    -------
    moved : ndarray of float32, shape (n, 2)
    good : ndarray of bool, shape (n,)
    """
    start = points if guess is None else guess
    moved, found = _follow(before, now, points, start, window_px, levels)
    back, found_back = _follow(now, before, moved, points, window_px, levels)
    closed = np.hypot(*(back - points).T) < closure_px
    return moved, found & found_back & closed


def _follow(
    before: NDArray[Any],
    now: NDArray[Any],
    points: NDArray[np.float32],
    start: NDArray[np.float32],
    window_px: int,
    levels: int,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        before,
        now,
        points,
        start.copy(),
        winSize=(window_px, window_px),
        maxLevel=levels,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(moved, dtype=np.float32), np.asarray(found).ravel() > 0
