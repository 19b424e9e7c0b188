"""How two sets differ, and how sure that is: one figure, or a curve along the lift.

Repetitions scatter, and more of them settle the mean; the ruler and the camera err for a whole set
at once, and more repetitions don't help. Both go into the interval, the first with the few degrees
of freedom it has, as the Guide to the Expression of Uncertainty in Measurement (JCGM 100:2008,
annex G.4) joins them. ``docs/comparison.md`` says why no permutation test decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from barpath.comparison.sample import Sample

FloatArray = NDArray[np.float64]

CONFIDENCE = 0.95

MEASURABLE_SDS = 1.96
"""A difference of fewer measurement standard deviations than this can't be told from none."""

TREND_REPS = 6
"""Repetitions in both sets together from which on their trend is taken out: fewer leave too few
degrees of freedom to judge what scatters about it."""

EDGE_PCT = 5.0
"""The first and last twentieth of the way up aren't tested: the curves begin and end there by
definition, and a frame's error of lift-off is a large share of what happens."""

SMOOTH_PCT = 20.0
"""Stretch of the lift over which the scatter is averaged: a few repetitions give it at a single
place far too roughly."""

DRAWS = 2000
"""Simulated sets that the limit for whole curves is read off: its own error is 3 %."""

CORRELATION_S = 0.06
"""How long an error lasts at least: the smoother's 6 Hz. The shorter, the more places at which
chance may stand out."""

CORRELATION_PCT = 40.0
"""How much of the lift an error lasts at most. The longer, the less a repetition says of how much
repetitions vary. Which it is isn't known of three curves: the more cautious limit holds."""


class Verdict(Enum):
    """What can be said of a difference."""

    UNMEASURABLE = "smaller than can be measured"
    WITHIN_SCATTER = "no larger than the repetitions vary"
    CHANCE = "may be chance"
    UNREPLICATED = "larger than can be measured"
    DIFFERENT = "larger than can be measured, and than the repetitions vary"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True)
class Difference:
    """Second set minus first, of one figure.

    Attributes
    ----------
    value : float
    low, high : float
        Ends of the 95 % confidence interval.
    sd : float
        One standard deviation of `value`, both kinds of error.
    measurement_sd : float
        The part of the measurement alone.
    dof : float
        Effective degrees of freedom of `sd`; infinite where repetitions say nothing of scatter.
    p_value : float
        Of so large a difference by chance, for this figure alone.
    replicated : bool
        Whether the repetitions say how much they vary.
    """

    value: float
    low: float
    high: float
    sd: float
    measurement_sd: float
    dof: float
    p_value: float
    replicated: bool

    @property
    def measurable(self) -> bool:
        """Whether it is larger than the measurement alone may make it."""
        return abs(self.value) > MEASURABLE_SDS * self.measurement_sd


@dataclass(frozen=True)
class Band:
    """Second set minus first, along the lift.

    Attributes
    ----------
    value, half_width : ndarray, shape (n_grid,)
        The difference and half its simultaneous 95 % band: two sets of one motion stay within the
        whole of it 95 times in 100.
    measurement_sd : ndarray, shape (n_grid,)
        The part of the measurement alone.
    tested : ndarray of bool, shape (n_grid,)
    p_value : float
        Of the largest deviation anywhere.
    replicated : bool
        Whether the repetitions say how much they vary.
    """

    value: FloatArray
    half_width: FloatArray
    measurement_sd: FloatArray
    tested: NDArray[np.bool_]
    p_value: float
    replicated: bool

    @property
    def measurable(self) -> bool:
        """Whether it is anywhere larger than the measurement alone may make it."""
        limit = MEASURABLE_SDS * self.measurement_sd
        return bool(np.any(np.abs(self.value[self.tested]) > limit[self.tested]))

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Places where the sets differ."""
        return np.asarray(self.tested & (np.abs(self.value) > self.half_width))


@dataclass(frozen=True)
class _Fit:
    """The regression that both tests share: set and, from `TREND_REPS` on, trend over the set."""

    effect: FloatArray  # (n_reps,): weights that give the difference
    residual: FloatArray  # (n_reps, n_reps): what takes fitted values out
    leverage: float
    dof: int

    def scatter_sq(self, values: FloatArray) -> FloatArray:
        """Give the residual variance at each place, 0 without a degree of freedom."""
        if self.dof == 0:
            return np.zeros(values.shape[-1])
        return np.asarray(np.sum((self.residual @ values) ** 2, axis=-2) / self.dof)


def _fit(first: Sample, second: Sample) -> _Fit:
    index = np.concatenate([first.index, second.index])
    in_second = np.repeat([0.0, 1.0], [len(first.index), len(second.index)])
    columns = [np.ones(index.size), in_second]
    if index.size >= TREND_REPS:
        columns.append(index - index.mean())
    design = np.column_stack(columns)
    inverse = np.linalg.pinv(design)
    return _Fit(
        effect=inverse[1],
        residual=np.eye(index.size) - design @ inverse,
        leverage=float(inverse[1] @ inverse[1]),
        dof=index.size - len(columns),
    )


def _measurement_sq(first: Sample, second: Sample) -> tuple[FloatArray, FloatArray]:
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
    if not _comparable(first, second):
        return None
    fit = _fit(first, second)
    values = np.concatenate([first.values, second.values])
    value = float((fit.effect @ values)[0])
    random, common = (float(part[0]) for part in _measurement_sq(first, second))
    measurement_sd = float(np.sqrt(random + common))
    noise_sq = 0.5 * float(first.noise[0] ** 2 + second.noise[0] ** 2)
    scatter = max(float(fit.scatter_sq(values)[0]), noise_sq) * fit.leverage
    sd = float(np.sqrt(scatter + common)) if fit.dof else measurement_sd
    # Welch and Satterthwaite: the common part is as well known as it is stated.
    dof = fit.dof * (scatter + common) ** 2 / scatter**2 if fit.dof and scatter else np.inf
    reach = float(student.ppf(0.5 + CONFIDENCE / 2, dof)) * sd
    return Difference(
        value=value,
        low=value - reach,
        high=value + reach,
        sd=sd,
        measurement_sd=measurement_sd,
        dof=float(dof),
        p_value=float(2 * student.sf(abs(value) / sd, dof)) if sd > 0 else float(value == 0),
        replicated=fit.dof > 0,
    )


def _comparable(first: Sample, second: Sample) -> bool:
    if not (len(first.index) and len(second.index)):
        return False
    parts = (first.values, second.values, *_measurement_sq(first, second))
    return all(bool(np.isfinite(part).all()) for part in parts)


def verdicts(found: Sequence[Difference | Band | None]) -> tuple[Verdict, ...]:
    """Say of each of many differences what it is.

    One in twenty stands out by chance, and many are looked at. The p-values are therefore held
    against Benjamini and Hochberg's steps (1995, J. R. Stat. Soc. B 57, 289-300): two sets of one
    motion are called different in anything no more than five times in a hundred, and of what is
    called a difference no more than a twentieth is none. Figures of one lift go together, which
    the steps allow and Bonferroni's or Holm's would pay for. What stands out alone but not among
    the others may be chance.

    Parameters
    ----------
    found : sequence of Difference, Band or None
        All that is compared of two sets.

    Returns
    -------
    tuple of Verdict
    """
    p_values = np.array([np.nan if item is None else item.p_value for item in found])
    ranked = np.sort(p_values[np.isfinite(p_values)])
    steps = (1 - CONFIDENCE) * (1 + np.arange(ranked.size)) / max(ranked.size, 1)
    limit = float(np.max(ranked[ranked <= steps], initial=0.0))
    return tuple(_verdict(item, limit=limit) for item in found)


def _verdict(item: Difference | Band | None, *, limit: float) -> Verdict:
    if item is None:
        return Verdict.NOT_COMPARED
    if not item.measurable:
        return Verdict.UNMEASURABLE
    if item.p_value > 1 - CONFIDENCE:
        return Verdict.WITHIN_SCATTER
    if item.p_value > limit:
        return Verdict.CHANCE
    return Verdict.DIFFERENT if item.replicated else Verdict.UNREPLICATED


def band(*, first: Sample, second: Sample, grid_pct: FloatArray, duration_s: float) -> Band | None:
    """Find where along the lift two sets differ.

    The largest of many places is held against the largest that chance makes: both sets are drawn
    again `DRAWS` times from smooth Gaussian errors of the size found, with the common errors, and
    each draw is judged by the recipe that judges the sets themselves (a parametric bootstrap of
    the maximum statistic).

    Parameters
    ----------
    first, second : Sample
    grid_pct : ndarray, shape (n_grid,)
        From 0 to 100.
    duration_s : float
        How long the way up takes: errors last a share of it.

    Returns
    -------
    Band or None
        None where either set has no repetition or an unknown ±.
    """
    if not _comparable(first, second):
        return None
    fit = _fit(first, second)
    values = np.concatenate([first.values, second.values])
    judge = _Judge.build(fit, first, second, grid_pct)
    value, sd = judge.judge(values)
    tested = (grid_pct >= EDGE_PCT) & (grid_pct <= 100 - EDGE_PCT)
    largest = [
        _largest_by_chance(
            judge, values, grid_pct=grid_pct, tested=tested, correlation_pct=correlation_pct
        )
        for correlation_pct in (100 * CORRELATION_S / duration_s, CORRELATION_PCT)
    ]
    found = float(np.max(np.abs(value[tested]) / sd[tested]))
    return Band(
        value=value,
        half_width=float(np.max(np.quantile(largest, CONFIDENCE, axis=1))) * sd,
        measurement_sd=np.sqrt(np.sum(_measurement_sq(first, second), axis=0)),
        tested=np.asarray(tested),
        p_value=float((1 + np.max(np.sum(np.array(largest) >= found, axis=1))) / (1 + DRAWS)),
        replicated=fit.dof > 0,
    )


@dataclass(frozen=True)
class _Judge:
    """The recipe for a difference and its standard deviation along the lift."""

    fit: _Fit
    noise_sq: FloatArray
    common: FloatArray
    window: FloatArray  # (n_grid, n_grid): averages over SMOOTH_PCT
    floor: FloatArray  # variance of the difference by the measurement's own noise

    @classmethod
    def build(cls, fit: _Fit, first: Sample, second: Sample, grid_pct: FloatArray) -> _Judge:
        near = np.abs(grid_pct[:, None] - grid_pct) <= SMOOTH_PCT / 2
        random, _ = _measurement_sq(first, second)
        return cls(
            fit=fit,
            noise_sq=0.5 * (first.noise**2 + second.noise**2),
            common=np.concatenate([first.common, second.common]),
            window=near / near.sum(axis=1, keepdims=True),
            floor=random,
        )

    def scatter_sq(self, values: FloatArray) -> FloatArray:
        """Give one repetition's variance: the local and the overall scatter, at least the noise."""
        local = self.fit.scatter_sq(values) @ self.window.T
        overall = local.mean(axis=-1, keepdims=True)
        return np.asarray(np.maximum(0.5 * (local + overall), self.noise_sq))

    def judge(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the difference and its standard deviation, for (..., n_reps, n_grid)."""
        own = self.scatter_sq(values) * self.fit.leverage if self.fit.dof else self.floor
        total = own + np.sum(self.common**2, axis=0)
        return np.asarray(self.fit.effect @ values), np.sqrt(total)


def _largest_by_chance(
    judge: _Judge,
    values: FloatArray,
    *,
    grid_pct: FloatArray,
    tested: NDArray[np.bool_],
    correlation_pct: float,
) -> FloatArray:
    """Draw the largest deviation of two sets of one motion, shape (DRAWS,)."""
    rng = np.random.default_rng(0)  # the same sets give the same answer
    steps = (grid_pct[:, None] - grid_pct) / correlation_pct
    size, basis = np.linalg.eigh(np.exp(-0.5 * steps**2))
    kept = size > 1e-6 * size[-1]  # a smooth error has few independent parts
    smooth = basis[:, kept] * np.sqrt(size[kept])
    n_reps = len(values)
    one_sd = np.sqrt(judge.scatter_sq(values))
    largest = []
    for _ in range(0, DRAWS, 500):  # in parts, so that memory stays small
        errors = rng.normal(size=(500, n_reps, smooth.shape[1])) @ smooth.T * one_sd
        shared = rng.normal(size=(500, len(judge.common))) @ judge.common
        value, sd = judge.judge(errors)
        largest.append(np.max(np.abs((value + shared)[:, tested] / sd[..., tested]), axis=1))
    return np.concatenate(largest)
