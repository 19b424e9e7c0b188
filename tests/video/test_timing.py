from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barpath.video.timing import frame_rate_hz, has_variable_rate


@given(
    rate_hz=st.floats(10.0, 240.0),
    tick_s=st.sampled_from([1e-3, 1 / 600, 1 / 90000]),
    count=st.integers(30, 200),
)
def test_rounded_times_of_a_constant_rate(rate_hz: float, tick_s: float, count: int) -> None:
    time_s = np.round(np.arange(count) / rate_hz / tick_s) * tick_s
    # The gaps add up to a span that is wrong by a tick at most.
    relative = tick_s * rate_hz / (count - 1)
    assert frame_rate_hz(time_s=time_s) == pytest.approx(rate_hz, rel=1.01 * relative + 1e-9)
    assert not has_variable_rate(time_s=time_s, tick_s=tick_s)


@given(place=st.integers(1, 58), gap_s=st.floats(0.06, 100.0))
def test_one_pause_changes_the_kind_but_not_the_rate(place: int, gap_s: float) -> None:
    time_s = np.arange(60) / 30 + np.where(np.arange(60) < place, 0.0, gap_s)
    assert frame_rate_hz(time_s=time_s) == pytest.approx(30.0)
    assert has_variable_rate(time_s=time_s, tick_s=1e-3)


def test_too_few_frames_have_no_rate() -> None:
    assert math.isnan(frame_rate_hz(time_s=np.array([0.0])))
    assert not has_variable_rate(time_s=np.array([0.0, 0.1]), tick_s=1e-3)
