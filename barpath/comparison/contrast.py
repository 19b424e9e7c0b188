"""How two sets differ in one figure, and how sure that is.

Repetitions scatter, and more of them settle the mean; the ruler and the camera err for a whole set
at once, and more repetitions don't help. An interval joins both in quadrature: Student's for the
scatter, with the few degrees of freedom it has, and the normal one for what is common. With the
effective degrees of freedom of Welch and Satterthwaite (JCGM 100:2008, G.4) it would miss the truth
7 times in 100 with three repetitions. ``docs/comparison.md`` says why no permutation test decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm
from scipy.stats import t as student

from barpath.comparison.sample import Sample

FloatArray = NDArray[np.float64]

CONFIDENCE = 0.95

MEASURABLE_SDS = 1.96
"""A difference of fewer measurement standard deviations than this can't be told from none."""

TREND_REPS = 6
"""Repetitions in both sets together from which on their trend is taken out: fewer leave too few
degrees of freedom to judge what scatters about it."""

_LEAST_P = 1e-12
"""No model is so right that a smaller probability means anything."""


@dataclass(frozen=True)
class Difference:
    """Second set minus first, of one figure.

    Attributes
    ----------
    value : float
    scatter_sd : float
        One standard deviation of `value` by how the repetitions vary, at least by how badly each is
        measured.
    common_sd : float
        One standard deviation by what a whole set is measured wrong by.
    measurement_sd : float
        One standard deviation of the measurement alone, both parts.
    dof : int
        Degrees of freedom of the repetitions' scatter; 0 where they say nothing of it.
    """

    value: float
    scatter_sd: float
    common_sd: float
    measurement_sd: float
    dof: int

    @property
    def sd(self) -> float:
        """One standard deviation, both kinds of error."""
        return float(np.hypot(self.scatter_sd, self.common_sd))

    @property
    def low(self) -> float:
        """Lower end of the 95 % confidence interval."""
        return self.value - self._reach(1 - CONFIDENCE)

    @property
    def high(self) -> float:
        """Upper end of the 95 % confidence interval."""
        return self.value + self._reach(1 - CONFIDENCE)

    @property
    def p_value(self) -> float:
        """Share of differences by chance, in this figure alone, that are at least so large."""
        size = abs(self.value)
        if size <= self._reach(1.0 - _LEAST_P):
            return 1.0
        if size >= self._reach(_LEAST_P):
            return _LEAST_P
        return float(brentq(lambda alpha: self._reach(alpha) - size, _LEAST_P, 1.0, xtol=1e-15))

    @property
    def replicated(self) -> bool:
        """Whether the repetitions say how much they vary."""
        return self.dof > 0

    @property
    def measurable(self) -> bool:
        """Whether it is larger than the measurement alone may make it."""
        return abs(self.value) > MEASURABLE_SDS * self.measurement_sd

    def _reach(self, alpha: float) -> float:
        """Give half the interval that a share `alpha` of differences by chance leave."""
        normal = norm.isf(alpha / 2)
        own = student.isf(alpha / 2, self.dof) if self.dof else normal
        return float(np.hypot(own * self.scatter_sd, normal * self.common_sd))


@dataclass(frozen=True)
class Fit:
    """The regression that both tests share: set and, from `TREND_REPS` on, trend over the set.

    Attributes
    ----------
    effect : ndarray, shape (n_reps,)
        Weights that give the difference.
    residual : ndarray, shape (n_reps, n_reps)
        What takes the fitted values out.
    leverage : float
        Variance of the difference, in variances of one repetition.
    dof : int
        Degrees of freedom of the residuals.
    """

    effect: FloatArray
    residual: FloatArray
    leverage: float
    dof: int

    def scatter_sq(self, values: FloatArray) -> FloatArray:
        """Give the residual variance at each place, 0 without a degree of freedom."""
        if self.dof == 0:
            return np.zeros(values.shape[-1])
        return np.asarray(np.sum((self.residual @ values) ** 2, axis=-2) / self.dof)


def fit_sets(first: Sample, second: Sample) -> Fit:
    """Lay out the regression of two sets' repetitions."""
    index = np.concatenate([first.index, second.index])
    in_second = np.repeat([0.0, 1.0], [len(first.index), len(second.index)])
    columns = [np.ones(index.size), in_second]
    if index.size >= TREND_REPS:
        columns.append(index - index.mean())
    design = np.column_stack(columns)
    inverse = np.linalg.pinv(design)
    return Fit(
        effect=inverse[1],
        residual=np.eye(index.size) - design @ inverse,
        leverage=float(inverse[1] @ inverse[1]),
        dof=index.size - len(columns),
    )


def measurement_sq(first: Sample, second: Sample) -> tuple[FloatArray, FloatArray]:
    """Give the variances of the difference by the measurement: random part, common part."""
    random = first.noise**2 / len(first.index) + second.noise**2 / len(second.index)
    common = np.sum(first.common**2, axis=0) + np.sum(second.common**2, axis=0)
    return random, common


def difference(*, first: Sample, second: Sample) -> Difference | None:
    """Compare one figure of two sets.

    Parameters
    ----------
    first, second : Sample
        With one place each.

    Returns
    -------
    Difference or None
        Second minus first; None where either has no repetition or an unknown ±.
    """
    if not comparable(first, second):
        return None
    fit = fit_sets(first, second)
    values = np.concatenate([first.values, second.values])
    random, common = (float(part[0]) for part in measurement_sq(first, second))
    noise_sq = 0.5 * float(first.noise[0] ** 2 + second.noise[0] ** 2)
    scatter = max(float(fit.scatter_sq(values)[0]), noise_sq) * fit.leverage if fit.dof else random
    return Difference(
        value=float((fit.effect @ values)[0]),
        scatter_sd=float(np.sqrt(scatter)),
        common_sd=float(np.sqrt(common)),
        measurement_sd=float(np.sqrt(random + common)),
        dof=fit.dof,
    )


def comparable(first: Sample, second: Sample) -> bool:
    """Tell whether both sets have repetitions and every error is known."""
    if not (len(first.index) and len(second.index)):
        return False
    parts = (first.values, second.values, *measurement_sq(first, second))
    return all(bool(np.isfinite(part).all()) for part in parts)
