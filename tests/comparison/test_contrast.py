"""Differences against truth: intervals that hold it, verdicts, and chance kept to its share."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from scipy.stats import t as student

from barpath.comparison.band import band
from barpath.comparison.contrast import difference
from barpath.comparison.sample import Sample
from barpath.comparison.verdicts import Verdict, verdicts

GRID_PCT = np.linspace(0.0, 100.0, 51)


def sample(values, *, noise=0.0, common=0.0, index=None):
    values = np.asarray(values, dtype=float)
    values = values[:, None] if values.ndim == 1 else values
    n_grid = values.shape[1]
    return Sample(
        index=np.arange(1.0, len(values) + 1) if index is None else np.asarray(index, float),
        values=values,
        noise=np.full(n_grid, noise),
        common=np.full((1, n_grid), common),
    )


def verdict(first, second):
    return verdicts([difference(first=first, second=second)])[0]


def test_without_common_error_it_is_students_interval():
    """Four repetitions in all, so no trend is taken out: the textbook's pooled t interval."""
    first, second = sample([0.50, 0.54]), sample([0.40, 0.42])
    found = difference(first=first, second=second)
    pooled = math.sqrt((np.var([0.50, 0.54], ddof=1) + np.var([0.40, 0.42], ddof=1)) / 2)
    reach = student.ppf(0.975, 2) * pooled * math.sqrt(1 / 2 + 1 / 2)
    assert found.value == pytest.approx(-0.11)
    assert found.dof == pytest.approx(2)
    assert (found.low, found.high) == (
        pytest.approx(-0.11 - reach),
        pytest.approx(-0.11 + reach),
    )


def test_a_common_trend_is_no_scatter():
    """Each repetition 0.03 m/s slower than the one before: only the offset is left."""
    falling = np.array([0.50, 0.47, 0.44])
    found = difference(first=sample(falling, noise=1e-6), second=sample(falling - 0.05, noise=1e-6))
    assert found.value == pytest.approx(-0.05)
    assert found.sd < 1e-5


def test_sets_of_other_lengths_are_compared_at_the_same_repetition():
    first = sample([0.50, 0.47, 0.44, 0.41, 0.38])
    second = sample([0.45, 0.42])
    assert difference(first=first, second=second).value == pytest.approx(-0.05)


def test_more_repetitions_do_not_average_a_common_error():
    """The ruler's 0.02 in both sets leaves 0.02 * sqrt(2), however many repetitions there are."""
    many = np.full(400, 0.5)
    found = difference(
        first=sample(many, noise=0.01, common=0.02), second=sample(many, noise=0.01, common=0.02)
    )
    own = 0.01 * math.sqrt(2 / 400)
    assert found.measurement_sd == pytest.approx(math.hypot(0.02 * math.sqrt(2), own))
    assert found.sd >= 0.02 * math.sqrt(2)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        # 0.01 under 1.96 * 0.02 * sqrt(2 / 3): the measurement may make it
        (sample([0.5, 0.5, 0.5], noise=0.02), sample([0.51] * 3, noise=0.02), "UNMEASURABLE"),
        # 0.1 between means of sets that vary by 0.1 from one repetition to the next
        (
            sample([0.4, 0.6, 0.5], noise=0.001),
            sample([0.6, 0.5, 0.7], noise=0.001),
            "WITHIN_SCATTER",
        ),
        (sample([0.5], noise=0.01), sample([0.6], noise=0.01), "UNREPLICATED"),
        (sample([0.5] * 3, noise=0.005), sample([0.6] * 3, noise=0.005), "DIFFERENT"),
        (sample([0.5], noise=math.nan), sample([0.6], noise=0.01), "NOT_COMPARED"),
        (sample(np.empty((0, 1))), sample([0.6], noise=0.01), "NOT_COMPARED"),
    ],
)
def test_the_verdict_says_what_may_have_made_it(first, second, said):
    assert verdict(first, second) is Verdict[said]


def test_what_stands_out_alone_may_be_chance_among_many():
    """p = 0.02 alone; beside nineteen with p near 1 the first step is 0.05 / 20."""
    close = difference(first=sample([0.5], noise=0.01), second=sample([0.533], noise=0.01))
    nothing = difference(first=sample([0.5], noise=0.01), second=sample([0.5], noise=0.01))
    assert 0.01 < close.p_value < 0.03
    assert verdicts([close]) == (Verdict.UNREPLICATED,)
    assert verdicts([close, *[nothing] * 19])[0] is Verdict.CHANCE


@settings(deadline=None, max_examples=40)
@given(
    first=st.lists(st.floats(0.1, 1.5), min_size=1, max_size=5),
    second=st.lists(st.floats(0.1, 1.5), min_size=1, max_size=5),
    scale=st.floats(0.1, 10.0),
)
def test_swapping_negates_and_scaling_scales(first, second, scale):
    a, b = sample(first, noise=0.01, common=0.005), sample(second, noise=0.01, common=0.005)
    there, back = difference(first=a, second=b), difference(first=b, second=a)
    assert back.value == pytest.approx(-there.value, abs=1e-12)
    assert (back.low, back.high) == (
        pytest.approx(-there.high, abs=1e-9),
        pytest.approx(-there.low, abs=1e-9),
    )
    large = difference(
        first=sample(scale * np.array(first), noise=0.01 * scale, common=0.005 * scale),
        second=sample(scale * np.array(second), noise=0.01 * scale, common=0.005 * scale),
    )
    assert large.value == pytest.approx(scale * there.value, rel=1e-9, abs=1e-9)
    assert large.p_value == pytest.approx(there.p_value, rel=1e-6, abs=1e-12)


def most_by_chance(trials, rate):
    """The count that a binomial of this rate exceeds once in a thousand."""
    return int(binom.ppf(0.999, trials, rate))


@pytest.mark.parametrize("reps", [2, 3, 5])
@pytest.mark.parametrize("scatter", [0.0, 0.03])
def test_intervals_hold_the_truth(reps, scatter):
    """Sets of one lifter, who varies by `scatter`, each with a ruler that is a little wrong."""
    rng = np.random.default_rng(reps)
    trials, missed = 800, 0
    for _ in range(trials):
        sets = [
            sample(
                0.5 + rng.normal(0, 0.005) + rng.normal(0, math.hypot(scatter, 0.01), reps),
                noise=0.01,
                common=0.005,
            )
            for _ in range(2)
        ]
        found = difference(first=sets[0], second=sets[1])
        missed += not found.low <= 0 <= found.high
    assert missed <= most_by_chance(trials, 0.05)


def smooth_curves(rng, reps, correlation_pct):
    steps = (GRID_PCT[:, None] - GRID_PCT) / correlation_pct
    factor = np.linalg.cholesky(np.exp(-0.5 * steps**2) + 1e-8 * np.eye(GRID_PCT.size))
    return rng.normal(size=(reps, GRID_PCT.size)) @ factor.T


@pytest.mark.parametrize("reps", [1, 3])
@pytest.mark.parametrize("correlation_pct", [6.0, 30.0])
def test_curves_of_one_motion_stay_within_their_band(reps, correlation_pct):
    rng = np.random.default_rng(int(correlation_pct) + reps)
    trials, outside = 60, 0
    for _ in range(trials):
        sets = [
            sample(
                0.5 + 0.02 * smooth_curves(rng, reps, correlation_pct) + rng.normal(0, 0.01),
                noise=0.02,
                common=0.01,
            )
            for _ in range(2)
        ]
        found = band(first=sets[0], second=sets[1], grid_pct=GRID_PCT, duration_s=1.5)
        outside += bool(found.outside.any())
    assert outside <= most_by_chance(trials, 0.05)


def test_a_bump_is_found_where_it_is():
    """0.1 from 40 to 60 % beside a scatter of 0.01: found there and nowhere else."""
    rng = np.random.default_rng(4)
    bump = np.where((GRID_PCT >= 40) & (GRID_PCT <= 60), 0.1, 0.0)
    first, second = (
        sample(0.5 + part + 0.01 * smooth_curves(rng, 3, 6.0), noise=0.01) for part in (0.0, bump)
    )
    found = band(first=first, second=second, grid_pct=GRID_PCT, duration_s=1.5)
    where = GRID_PCT[found.outside]
    assert where.min() == pytest.approx(40, abs=4)
    assert where.max() == pytest.approx(60, abs=4)
    assert found.p_value < 0.01


def test_shapes_must_fit():
    with pytest.raises(ValueError, match="index must have shape"):
        Sample(np.zeros(2), np.zeros((3, 1)), np.zeros(1), np.zeros((1, 1)))
    with pytest.raises(ValueError, match="noise and common must end in 1 places"):
        Sample(np.zeros(3), np.zeros((3, 1)), np.zeros(2), np.zeros((1, 1)))
