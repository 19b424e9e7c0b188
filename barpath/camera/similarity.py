"""Similarities between pictures that most of the matched points agree on.

Places are complex numbers ``x + i y``; a similarity is ``there = turn * here + shift``, its turn
and zoom the argument and size of `turn`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera.background import MIN_CELLS

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

AGREES_PX = 0.8
"""A point farther than this from where a similarity puts it, in small pixels, doesn't agree with
it."""


@dataclass(frozen=True)
class Fit:
    """A similarity ``there = turn * key + shift``.

    Attributes
    ----------
    turn, shift : complex
        NaN where points don't agree on one.
    off_px : float
        Median distance of the points, agreeing or not, from where it puts them.
    found, agreed : int
        How many points there were, and how many of them are within `AGREES_PX` of it.
    """

    turn: complex = complex(np.nan, np.nan)
    shift: complex = complex(np.nan, np.nan)
    off_px: float = float("nan")
    found: int = 0
    agreed: int = 0

    def after(self, first: Fit) -> Fit:
        """Return the similarity that does `first` and then this one."""
        turn, shift = self.turn * first.turn, self.turn * first.shift + self.shift
        return Fit(turn, shift, float(np.hypot(self.off_px, first.off_px)))


@dataclass(frozen=True)
class Fits:
    """Similarities, one entry a picture; NaN where there is none."""

    turn: ComplexArray
    shift: ComplexArray
    off_px: FloatArray


def gather(fits: Sequence[Fit]) -> Fits:
    """Gather fits into columns."""
    return Fits(
        turn=np.array([fit.turn for fit in fits]),
        shift=np.array([fit.shift for fit in fits]),
        off_px=np.array([fit.off_px for fit in fits]),
    )


def fit_all(*, key: ComplexArray, paths: ComplexArray) -> Fits:
    """Fit a similarity to every row of `paths`."""
    return gather([fit_one(key, row) for row in paths])


def fit_one(key: ComplexArray, there: ComplexArray) -> Fit:
    """Fit a similarity robustly.

    RANSAC finds the largest agreement; least squares with Tukey's weights then use how well each
    point agrees.
    """
    seen = ~np.isnan(there)
    found = int(seen.sum())
    if found < MIN_CELLS:
        return Fit(found=found)
    p, q = key[seen], there[seen]
    matrix, agreed = cv2.estimateAffinePartial2D(
        np.stack([p.real, p.imag], axis=1),
        np.stack([q.real, q.imag], axis=1),
        method=cv2.RANSAC,
        ransacReprojThreshold=AGREES_PX,
        maxIters=300,
        refineIters=0,
    )
    if matrix is None or agreed.sum() < MIN_CELLS:
        return Fit(found=found)
    turn, shift = complex(matrix[0, 0], matrix[1, 0]), complex(matrix[0, 2], matrix[1, 2])
    for _ in range(4):
        off = np.abs(turn * p + shift - q)
        weight = np.clip(1 - (off / (1.5 * AGREES_PX)) ** 2, 0, None) ** 2
        total = weight.sum()
        if total < 0.5 * MIN_CELLS:
            return Fit(found=found)
        mean_p, mean_q = (weight @ p) / total, (weight @ q) / total
        spread = weight @ np.abs(p - mean_p) ** 2
        turn = complex((weight * (q - mean_q)) @ np.conj(p - mean_p) / spread)
        shift = complex(mean_q - turn * mean_p)
    off = np.abs(turn * p + shift - q)
    return Fit(turn, shift, float(np.median(off)), found, int((off < AGREES_PX).sum()))
