"""Where along the lift two sets differ: a simultaneous band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.comparison.contrast import (
    CONFIDENCE,
    MEASURABLE_SDS,
    Fit,
    comparable,
    fit_sets,
    measurement_sq,
)
from barpath.comparison.sample import Sample

FloatArray = NDArray[np.float64]

EDGE_PCT = 5.0
"""The first and last twentieth of the way up aren't tested: the curves begin and end there by
definition, and a frame's error of lift-off is a large share of what happens."""

SMOOTH_PCT = 20.0
"""Stretch of the lift over which the scatter is averaged: a few repetitions give it at a single
place far too roughly."""

DRAWS = 2000
"""Simulated sets that the limit for whole curves is read off: its own error is 3 %."""

THINNED = 2
"""Chance is drawn at every so many places of the grid: smooth errors peak no higher between."""

CORRELATION_S = 0.06
"""How long an error lasts at least: the smoother's 6 Hz. The shorter, the more places at which
chance may stand out."""

CORRELATION_PCT = 40.0
"""How much of the lift an error lasts at most. The longer, the less a repetition says of how much
repetitions vary. Which it is isn't known of three curves: the more cautious limit holds."""


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
    if not comparable(first, second):
        return None
    fit = fit_sets(first, second)
    judge = _Judge.build(fit, first, second, grid_pct)
    value, sd = judge.judge(np.concatenate([first.values, second.values]))
    tested = (grid_pct >= EDGE_PCT) & (grid_pct <= 100 - EDGE_PCT)
    largest = [
        _largest_by_chance(fit, (first, second), grid_pct=grid_pct, correlation_pct=correlation_pct)
        for correlation_pct in (100 * CORRELATION_S / duration_s, CORRELATION_PCT)
    ]
    found = float(np.max(np.abs(value[tested]) / sd[tested]))
    return Band(
        value=value,
        half_width=float(np.max(np.quantile(largest, CONFIDENCE, axis=1))) * sd,
        measurement_sd=np.sqrt(np.sum(measurement_sq(first, second), axis=0)),
        tested=np.asarray(tested),
        p_value=float((1 + np.max(np.sum(np.array(largest) >= found, axis=1))) / (1 + DRAWS)),
        replicated=fit.dof > 0,
    )


@dataclass(frozen=True)
class _Judge:
    """The recipe for a difference and its standard deviation along the lift."""

    fit: Fit
    noise_sq: FloatArray
    common: FloatArray
    window: FloatArray  # (n_grid, n_grid): averages over SMOOTH_PCT
    floor: FloatArray  # variance of the difference by the measurement's own noise

    @classmethod
    def build(cls, fit: Fit, first: Sample, second: Sample, grid_pct: FloatArray) -> _Judge:
        near = np.abs(grid_pct[:, None] - grid_pct) <= SMOOTH_PCT / 2
        random, _ = measurement_sq(first, second)
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
    fit: Fit, sets: tuple[Sample, Sample], *, grid_pct: FloatArray, correlation_pct: float
) -> FloatArray:
    """Draw the largest deviation of two sets of one motion, shape (DRAWS,)."""
    rng = np.random.default_rng(0)  # the same sets give the same answer
    inside = (grid_pct >= EDGE_PCT) & (grid_pct <= 100 - EDGE_PCT)
    kept = np.flatnonzero(inside)[::THINNED]
    first, second = (
        Sample(one.index, one.values[:, kept], one.noise[kept], one.common[:, kept]) for one in sets
    )
    judge = _Judge.build(fit, first, second, grid_pct[kept])
    one_sd = np.sqrt(judge.scatter_sq(np.concatenate([first.values, second.values])))
    smooth = _smoother(grid_pct[kept], correlation_pct)
    n_reps = first.index.size + second.index.size
    largest = []
    for _ in range(0, DRAWS, 500):  # in parts, so that memory stays small
        errors = rng.normal(size=(500, n_reps, smooth.shape[1])) @ smooth.T * one_sd
        shared = rng.normal(size=(500, len(judge.common))) @ judge.common
        value, sd = judge.judge(errors)
        largest.append(np.max(np.abs((value + shared) / sd), axis=1))
    return np.concatenate(largest)


def _smoother(grid_pct: FloatArray, correlation_pct: float) -> FloatArray:
    """Give weights (n_grid, n_white) that make unit Gaussian errors of white noise.

    Gaussian weights of half the width squared give a Gaussian correlation,
    ``exp(-d**2 / (2 * correlation_pct**2))``.
    """
    reach = 2.5 * correlation_pct
    white = np.arange(grid_pct[0] - reach, grid_pct[-1] + reach, correlation_pct / 2)
    weight = np.exp(-(((grid_pct[:, None] - white) / correlation_pct) ** 2))
    return np.asarray(weight / np.linalg.norm(weight, axis=1, keepdims=True))
