"""Settling steps against sightings, and how sure that leaves each frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barpath.tracking.settling import (
    COASTING_S,
    STEP_SD_PX,
    STEP_SD_SHARE,
    FloatArray,
    filled_steps,
    path_sd_px,
    settle,
    step_sd_px,
)


def settled(step, *, at, seen, step_sd=0.1, seen_sd=1.0, slack=2.0):
    count = len(step)
    return settle(
        start=np.zeros((count, 2)),
        step=step,
        step_sd=np.full(count, step_sd),
        at=np.array(at),
        seen=seen,
        seen_sd=np.full(len(at), seen_sd),
        slack=slack,
    )


@settings(deadline=None)
@given(st.integers(3, 40), st.integers(0, 2**31), st.floats(0, 5))
def test_steps_and_sightings_that_agree_give_their_path(count, seed, slack):
    rng = np.random.default_rng(seed)
    true = np.cumsum(rng.normal(0, 5, (count, 2)), axis=0)
    step = np.diff(true, axis=0, prepend=true[:1])
    at = np.unique(rng.integers(0, count, 3))
    path, sd = settled(step, at=at, seen=true[at], slack=slack)
    assert path == pytest.approx(true, abs=1e-3)
    assert sd[1:] == pytest.approx(np.full(count - 1, 0.1), rel=1e-3)


LINE = np.column_stack([np.linspace(0, 9, 60), np.linspace(0, 120, 60)])
LINE_STEP = np.diff(LINE, axis=0, prepend=LINE[:1])


def test_a_step_that_slipped_is_belied():
    step = LINE_STEP.copy()
    step[30] -= [0, 8]  # Lucas-Kanade held on to something that stood still
    path, sd = settled(step, at=np.arange(60), seen=LINE, seen_sd=0.5)
    # the weight left to the slip, 1 / (1 + (80 / 3)²)², is worth nothing
    assert path == pytest.approx(LINE, abs=0.01)
    assert sd[30] > 20 * 0.1
    assert np.delete(sd, [0, 30]).max() < 1.1 * 0.1


def test_which_step_slipped_between_two_sightings_is_not_pretended_to_be_known():
    step = LINE_STEP.copy()
    step[27] -= [0, 8]
    path, sd = settled(step, at=np.arange(0, 60, 6), seen=LINE[::6])
    outside = np.r_[0:25, 30:60]
    assert path[outside] == pytest.approx(LINE[outside], abs=0.5)
    assert np.abs(path - LINE).max() <= 3 * np.linalg.norm(sd[25:31])


@pytest.mark.parametrize(
    ("every", "off_px", "seen_sd"),
    [
        (1, 3.0, 0.1),
        (6, 25.0, 1.0),
        (6, 5.0, 1.0),
    ],
)
def test_a_sighting_of_something_else_is_belied(every, off_px, seen_sd):
    at = np.arange(0, 60, every)
    seen = LINE[at]
    seen[4] += [off_px, 0]
    path, _ = settled(LINE_STEP, at=at, seen=seen, seen_sd=seen_sd)
    # what is left of its pull: off / (1 + (off / 3 sd)²)² at the sd of the others
    assert path == pytest.approx(LINE, abs=0.3 * seen_sd)


def test_a_path_between_two_sightings_shares_their_difference_evenly():
    # with no motion told, the least-squares path between two points is the straight line
    at, seen = [0, 20], np.array([[0.0, 0.0], [10.0, -4.0]])
    path, _ = settled(np.zeros((21, 2)), at=at, seen=seen, step_sd=5.0, seen_sd=1e-3, slack=0.0)
    line = np.linspace(0, 1, 21)[:, None] * seen[1]
    assert path == pytest.approx(line, abs=0.02)


def test_an_unseen_step_is_less_sure_the_longer_it_took():
    time_s = np.array([0.0, 1 / 30, 2 / 30, 6 / 30])
    step = np.array([[0.0, 0.0], [3.0, 4.0], [np.nan, np.nan], [np.nan, np.nan]])
    sd = step_sd_px(step_px=step, time_s=time_s, radius_px=40.0)
    assert sd[1] == pytest.approx(np.hypot(STEP_SD_PX, STEP_SD_SHARE * 5))
    assert sd[2] > 10 * sd[1]
    # a random walk: four times the time, twice the deviation
    assert sd[3] == pytest.approx(2 * sd[2])


def test_unknown_steps_are_less_sure_where_the_speed_changed_over_them():
    time_s = np.arange(6) / 30
    flying = np.array([[0.0, 0.0], [0.0, 12.0], [np.nan, np.nan], [np.nan, np.nan], [0.0, 12.0]])
    landed = flying.copy()
    landed[4] = 0.0
    even, broken = (
        step_sd_px(step_px=step, time_s=time_s[:5], radius_px=40.0) for step in (flying, landed)
    )
    # when the 12 px a frame were lost isn't known: each unknown step may be off by half of them
    assert broken[2:4] == pytest.approx(np.hypot(even[2:4], 6.0))


def test_unknown_steps_between_known_ones_keep_an_even_acceleration():
    time_s = np.cumsum([0.0, 0.03, 0.03, 0.05, 0.03, 0.02, 0.04, 0.03, 0.03])
    away = np.column_stack([12 * time_s, 30 * time_s - 200 * time_s**2])
    step = np.diff(away, axis=0, prepend=np.nan)
    hidden = step.copy()
    hidden[3:7] = np.nan
    filled = filled_steps(step_px=hidden, time_s=time_s)
    # exact: a step's mean speed is the speed at its middle where the acceleration is even
    assert filled[1:] == pytest.approx(step[1:])


def test_beyond_the_known_steps_the_plate_comes_to_rest():
    time_s = np.arange(60) / 30
    falling = np.full((60, 2), np.nan)
    falling[20:30] = [0.0, 12.0]
    filled = filled_steps(step_px=falling, time_s=time_s)
    assert (np.diff(filled[30:, 1]) < 0).all()
    # the speed, 360 px/s, over the time constant, on either side; the sum of a geometric series
    ratio = np.exp(-1 / 30 / COASTING_S)
    assert filled[30:, 1].sum() == pytest.approx(12 * ratio / (1 - ratio), rel=1e-3)
    assert filled[1:20, 1].sum() == pytest.approx(12 * ratio / (1 - ratio), rel=5e-3)


def test_without_any_known_step_the_plate_is_taken_to_stand():
    unknown = np.full((4, 2), np.nan)
    assert not filled_steps(step_px=unknown, time_s=np.arange(4) / 30).any()


def path_sd(count: int, at: list[int], *, sd_px: float, step_sd_px: float) -> FloatArray:
    own_sd_px = np.full(count, np.inf)
    own_sd_px[at] = sd_px
    return path_sd_px(own_sd_px=own_sd_px, step_sd_px=np.full(count, step_sd_px))


def test_between_two_sightings_the_variance_is_a_brownian_bridges():
    # weights add up: seen from the left with s² + i q², from the right with s² + (n - i) q²
    n, s, q = 20, 0.3, 0.5
    i = np.arange(n + 1)
    expected = 1 / np.sqrt(1 / (s**2 + i * q**2) + 1 / (s**2 + (n - i) * q**2))
    assert path_sd(n + 1, [0, n], sd_px=s, step_sd_px=q) == pytest.approx(expected)


def test_beyond_the_last_sighting_the_variance_walks_away():
    sd = path_sd(30, [10], sd_px=0.3, step_sd_px=0.5)
    assert sd == pytest.approx(np.sqrt(0.3**2 + np.abs(np.arange(30) - 10) * 0.5**2))


def test_sightings_in_every_frame_settle_at_the_smoothers_variance():
    # 1 / P = 1 / s² + 2 / (M + q²), with M = (sqrt(q⁴ + 4 q² s²) - q²) / 2 the filter's own
    s, q = 0.4, 0.2
    filtered = (np.sqrt(q**4 + 4 * q**2 * s**2) - q**2) / 2
    expected = 1 / np.sqrt(1 / s**2 + 2 / (filtered + q**2))
    sd = path_sd(101, list(range(101)), sd_px=s, step_sd_px=q)
    assert sd[50] == pytest.approx(expected, rel=1e-3)


def test_without_a_sighting_nothing_is_known():
    assert np.isinf(path_sd(10, [], sd_px=0.3, step_sd_px=0.5)).all()
