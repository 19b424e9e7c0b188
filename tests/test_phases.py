"""Reading a motion between its frames."""

from __future__ import annotations

import numpy as np
import pytest

from barpath.motion import MAX_GAP_S, differentiate
from barpath.phases import at_time, at_times
from tests.bars import path_of

TIME_S = np.array([0.0, 0.1, 0.2, 0.4, 0.5, 0.5 + 1.2 * MAX_GAP_S, 1.0])
VALUES = np.array([1.0, 2.0, np.nan, 5.0, np.nan, 7.0, 8.0])
MOTION = differentiate(path=path_of(TIME_S, np.zeros(TIME_S.size)))


@pytest.mark.parametrize(
    ("time_s", "value"),
    [
        (0.0, 1.0),  # on frames
        (0.4, 5.0),
        (1.0, 8.0),
        (0.05, 1.5),  # between two
        (-0.01, np.nan),  # outside
        (1.01, np.nan),
        (np.nan, np.nan),
        (0.2, np.nan),  # 0.1 to 0.4 s is too long a gap; so is 0.4 to 0.8 s
        (0.45, np.nan),
        (0.9, 7.5),
    ],
)
def test_a_value_is_read_between_frames_but_not_across_a_gap(time_s: float, value: float) -> None:
    found = at_time(motion=MOTION, values=VALUES, time_s=time_s)
    assert found == pytest.approx(value, nan_ok=True)


def test_nothing_is_read_where_nothing_is_known() -> None:
    found = at_times(motion=MOTION, values=np.full(TIME_S.size, np.nan), times_s=TIME_S)
    assert np.isnan(found).all()


def test_a_single_value_is_known_at_its_own_moment_only() -> None:
    alone = np.where(TIME_S == 0.4, 3.0, np.nan)
    found = at_times(motion=MOTION, values=alone, times_s=np.array([0.39, 0.4, 0.41]))
    np.testing.assert_array_equal(found, [np.nan, 3.0, np.nan])
