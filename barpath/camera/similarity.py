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

_HOLD = (1e-9, 1e-9, 0.02)  # what isn't seen of the floor has no shift


@dataclass(frozen=True)
class Fit:
    """A similarity ``there = turn * key + shift``.

    Attributes
    ----------
    turn, shift : complex
        NaN where points don't agree on one.
    near : complex
        How much farther than `shift` the plate itself is shifted: not at all, unless the camera is
        carried (see `parallax`).
    off_px : float
        Median distance of the points, agreeing or not, from where it puts them.
    found, agreed : int
        How many points there were, and how many of them are within `AGREES_PX` of it.
    """

    turn: complex = complex(np.nan, np.nan)
    shift: complex = complex(np.nan, np.nan)
    near: complex = 0j
    off_px: float = float("nan")
    found: int = 0
    agreed: int = 0

    def after(self, first: Fit) -> Fit:
        """Return the similarity that does `first` and then this one."""
        return Fit(
            turn=self.turn * first.turn,
            shift=self.turn * first.shift + self.shift,
            near=self.turn * first.near + self.near,
            off_px=float(np.hypot(self.off_px, first.off_px)),
        )


@dataclass(frozen=True)
class Fits:
    """Similarities, one entry a picture; NaN where there is none."""

    turn: ComplexArray
    shift: ComplexArray
    near: ComplexArray
    off_px: FloatArray


def gather(fits: Sequence[Fit]) -> Fits:
    """Gather fits into columns."""
    return Fits(
        turn=np.array([fit.turn for fit in fits]),
        shift=np.array([fit.shift for fit in fits]),
        near=np.array([fit.near for fit in fits]),
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
    return Fit(
        turn=turn,
        shift=shift,
        off_px=float(np.median(off)),
        found=found,
        agreed=int((off < AGREES_PX).sum()),
    )


def fit_carried(key: ComplexArray, there: ComplexArray, nearness: FloatArray) -> Fit:
    """Fit ``there = turn * key + shift + near * nearness`` robustly.

    Least squares with weights that grow ever less forgiving, so that neither the wall nor the floor
    need hold most of the points (graduated non-convexity: Blake and Zisserman 1987, Visual
    Reconstruction).

    Parameters
    ----------
    key, there : ndarray of complex, shape (n,)
    nearness : ndarray, shape (n,)
        0 on the wall, 1 at the plate.
    """
    seen = ~np.isnan(there)
    found = int(seen.sum())
    if found < MIN_CELLS:
        return Fit(found=found)
    design = np.stack([key[seen], np.ones(found), nearness[seen]], axis=1)
    target = there[seen]
    weight = np.ones(found)
    for width_px in (12.0, 6.0, 3.0, 1.5, AGREES_PX, AGREES_PX):
        weighed = design.conj().T * weight
        turn, shift, near = np.linalg.solve(weighed @ design + np.diag(_HOLD), weighed @ target)
        off = np.abs(design @ (turn, shift, near) - target)
        weight = 1 / (1 + (off / width_px) ** 2) ** 2
    return Fit(
        turn=complex(turn),
        shift=complex(shift),
        near=complex(near),
        off_px=float(np.median(off)),
        found=found,
        agreed=int((off < AGREES_PX).sum()),
    )
