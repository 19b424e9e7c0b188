"""When a smoothed bar starts and stops: held against movements whose start is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barpath.calibration import BarPath
from barpath.motion import CUTOFF_HZ, Motion, differentiate
from barpath.onsets import blur_s, crossing
from barpath.tracking import State

LEVEL_M_S = 0.015


def smoothed_start(*, jerk_m_s3: float, cutoff_hz: float = CUTOFF_HZ) -> Motion:
    """Rest for a second, then a velocity of half the jerk times the time squared, exactly."""
    time_s = np.arange(-1.0, 0.8, 1 / 400)
    y_cm = 100 * jerk_m_s3 / 6 * np.maximum(time_s, 0) ** 3
    count = len(time_s)
    path = BarPath(
        time_s=time_s,
        x_cm=np.zeros(count),
        y_cm=y_cm,
        sd_cm=np.full(count, 0.01),
        state=np.full(count, State.TRACKED, dtype=np.int8),
    )
    return differentiate(path=path, cutoff_hz=cutoff_hz)


def crossed_s(motion: Motion) -> tuple[float, float]:
    """When the smoothed velocity last crosses the level upwards, and how steeply."""
    at = int(np.flatnonzero(motion.vy_m_s < LEVEL_M_S)[-1])
    pair = slice(at, at + 2)
    when = np.interp(LEVEL_M_S, motion.vy_m_s[pair], motion.time_s[pair])
    return float(when), float(np.interp(when, motion.time_s[pair], motion.ay_m_s2[pair]))


@pytest.mark.parametrize("jerk_m_s3", [5.0, 15.0, 40.0, 120.0])
def test_the_blur_of_a_start_is_known(jerk_m_s3):
    when_s, slope = crossed_s(smoothed_start(jerk_m_s3=jerk_m_s3))
    true_s = np.sqrt(2 * LEVEL_M_S / jerk_m_s3)
    corrected_s = when_s + blur_s(level=LEVEL_M_S, slope=slope)
    # interpolating the velocity at 400 frames/s costs up to v'' / (8 v' 400^2) < 0.1 ms
    assert corrected_s == pytest.approx(true_s, abs=1.5e-4)


def test_uncorrected_a_brisk_start_is_milliseconds_early():
    when_s, _ = crossed_s(smoothed_start(jerk_m_s3=40.0))
    assert when_s - np.sqrt(2 * LEVEL_M_S / 40.0) < -0.002


@settings(deadline=None)
@given(st.floats(0.05, 20), st.floats(1, 20), st.floats(0.2, 5))
def test_only_the_smoothers_own_time_matters(slope, cutoff_hz, factor):
    one = blur_s(level=LEVEL_M_S, slope=slope, cutoff_hz=cutoff_hz)
    other = blur_s(level=LEVEL_M_S, slope=slope * factor, cutoff_hz=cutoff_hz * factor)
    assert other * factor == pytest.approx(one, abs=1e-12)


def test_a_slow_start_is_not_moved():
    # the smoother leaves alone what is slow beside it, but for a ripple of microseconds
    assert abs(blur_s(level=LEVEL_M_S, slope=0.05)) < 2e-5


@settings(deadline=None)
@given(st.floats(-0.2, 0.9), st.floats(0.1, 3), st.floats(-2, 2), st.floats(0.01, 0.1))
def test_a_crossing_of_a_parabola_is_exact(zero, slope, bend, span_s):
    # v = (t - t0) (slope + bend (t - t0)), rising through 0 at t0 within the span
    start = max(zero, 0.05) * span_s
    bend = bend * slope / span_s / 2.5  # so that the other zero lies outside

    def value(t: float) -> float:
        return (t - start) * (slope + bend * (t - start))

    def rate(t: float) -> float:
        return slope + 2 * bend * (t - start)

    found = crossing(
        span_s=span_s,
        values=(value(0.0), value(span_s)),
        slopes=(rate(0.0), rate(span_s)),
        level=0.0,
    )
    assert found == pytest.approx(start, abs=1e-9)


def test_a_crossing_at_a_frame_is_that_frame():
    assert crossing(span_s=0.04, values=(0.0, 1.0), slopes=(0.0, 0.0), level=0.0) == 0.0
    assert crossing(span_s=0.04, values=(1.0, 0.0), slopes=(-9.0, -9.0), level=0.0) == (
        pytest.approx(0.04)
    )
