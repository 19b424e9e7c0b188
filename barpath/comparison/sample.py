"""A quantity or a curve in the repetitions of one set, with both kinds of error told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """What the complete repetitions of a set read, at one place or along the lift.

    Attributes
    ----------
    index : ndarray, shape (n_reps,)
        Number of each repetition in its set.
    values : ndarray, shape (n_reps, n_grid)
        NaN where a repetition doesn't show it.
    noise : ndarray, shape (n_grid,)
        One standard deviation of a single repetition's own, random measurement error.
    common : ndarray, shape (n_common, n_grid)
        Errors that all repetitions of the set share, one standard deviation each: the ruler's, the
        camera's lean, midfoot's place.

    Raises
    ------
    ValueError
        The shapes don't fit together.
    """

    index: FloatArray
    values: FloatArray
    noise: FloatArray
    common: FloatArray

    def __post_init__(self) -> None:
        """Check the shapes."""
        n_reps, n_grid = self.values.shape
        if self.index.shape != (n_reps,):
            raise ValueError(f"index must have shape {(n_reps,)}, got {self.index.shape}")
        if self.noise.shape != (n_grid,) or self.common.shape[1:] != (n_grid,):
            raise ValueError(
                f"noise and common must end in {n_grid} places, got {self.noise.shape} and "
                f"{self.common.shape}"
            )

    @property
    def mean(self) -> FloatArray:
        """Mean over the repetitions, shape (n_grid,); NaN without any."""
        if not len(self.values):
            return np.full(self.noise.shape, np.nan)
        return np.asarray(self.values.mean(axis=0))

    @property
    def spread(self) -> FloatArray:
        """Standard deviation between repetitions, shape (n_grid,); NaN for fewer than two."""
        if len(self.values) < 2:
            return np.full(self.noise.shape, np.nan)
        return np.asarray(self.values.std(axis=0, ddof=1))
