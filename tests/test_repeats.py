"""When the pictures were shot of clips that show some of them twice."""

from __future__ import annotations

import numpy as np

from barpath.motion import differentiate
from barpath.repeats import MIN_SPACING, find_repeats, shot_times
from tests.bars import course, frames, path_of


def test_repeats_put_in_between_pictures_move_none():
    """A screen recorder repeats pictures whose own times were right."""
    picture_s = frames(30, 4.0)
    copied = np.arange(2, 60, 5)  # after them the pictures go on alone
    order = np.sort(np.concatenate([np.arange(picture_s.size), copied]))
    fresh = np.diff(order, prepend=-1) > 0
    time_s = picture_s[order] + np.where(fresh, 0.0, 1 / 60)
    height = course(picture_s, [(0.3, 2.0, 55.0)])[0][order]
    x_cm = np.zeros(time_s.size)
    repeat = find_repeats(time_s=time_s, x_cm=x_cm, y_cm=height)
    assert np.count_nonzero(repeat) >= 3  # enough to be taken for a conversion's
    shot_s = shot_times(time_s=time_s, x_cm=x_cm, y_cm=height, repeat=repeat)
    # spread evenly, the last picture moved would come after the first that isn't
    assert np.diff(shot_s[~repeat]).min() >= MIN_SPACING / 30
    motion = differentiate(path=path_of(time_s, height))
    assert motion.vy_m_s.max() < 1.2 * 1.875 * 0.55 / 2.0  # the pull's own peak
