"""A bar's path as other programs know it: places over time, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.analysis import SetAnalysis

FloatArray = NDArray[np.float64]

_FEWEST = 3
"""Fewest places a path can have: a velocity needs two steps."""


@dataclass(frozen=True)
class Trajectory:
    """One followed point.

    Attributes
    ----------
    name : str
    time_s : ndarray, shape (n,)
        Seconds, rising.
    x_cm, y_cm : ndarray, shape (n,)
        y up. x is positive towards the lifter's toes in a trajectory of an analysis, and towards
        the picture's right in one that another program wrote: that program doesn't know the lifter.
        NaN where the point was lost.
    source : str
        Which program and format it came from, and what was assumed in reading it.

    Raises
    ------
    ValueError
        Columns of different lengths, too few places, or times that don't rise.
    """

    name: str
    time_s: FloatArray
    x_cm: FloatArray
    y_cm: FloatArray
    source: str

    def __post_init__(self) -> None:
        """Check the columns against each other."""
        shapes = {column.shape for column in (self.time_s, self.x_cm, self.y_cm)}
        if shapes != {(self.time_s.size,)}:
            raise ValueError(f"columns of shapes {sorted(shapes)}")
        if np.count_nonzero(np.isfinite(self.x_cm) & np.isfinite(self.y_cm)) < _FEWEST:
            raise ValueError(f"fewer than {_FEWEST} places")
        if not np.all(np.isfinite(self.time_s)) or np.any(np.diff(self.time_s) <= 0):
            raise ValueError("the times don't rise from row to row")


def trajectory_of(analysis: SetAnalysis) -> Trajectory:
    """Give the smoothed path of an analysis.

    Raises
    ------
    ValueError
        Nothing was followed.
    """
    motion = analysis.motion
    return Trajectory(
        name=analysis.set.name,
        time_s=motion.time_s,
        x_cm=motion.x_cm,
        y_cm=motion.y_cm,
        source="barpath",
    )
