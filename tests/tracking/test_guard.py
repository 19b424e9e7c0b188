"""What the guard proposes for a gap."""

from __future__ import annotations

import numpy as np
import pytest

from barpath.tracking.guard import MAX_GAP_FRAMES, propose
from barpath.tracking.shape import RimModel
from tests.tracking.drawing import FloatArray, Reel, as_image, lift_y, moving_plate, reel, wall

FPS, COUNT, RADIUS_PX = 20.0, 30, 34.0
TIME_S = np.arange(COUNT) / FPS
PATH = np.column_stack(
    [150.4 + 0 * TIME_S, lift_y(TIME_S, low_px=180.3, high_px=70.3, period_s=1.5)]
)
MODEL = RimModel(
    about_y_px=125.0,
    radius_px=(RADIUS_PX, 0.0),
    cosine=(0.0, 0.0),
    sine=(0.0, 0.0),
    offset_x_px=(0.0, 0.0),
    offset_y_px=(0.0, 0.0),
    radius_sd_px=0.4,
    jump=0.5,
)
GAP = range(5, 11)  # 11 px a frame: twice the radius in all


@pytest.fixture(scope="module")
def pictures() -> Reel:
    return moving_plate(PATH, radius_px=RADIUS_PX, fps=FPS)


def guessed() -> FloatArray:
    """A path that has no idea of the gap."""
    path = PATH.copy()
    path[GAP.start : GAP.stop] = [40.0, 40.0]
    return path


def proposals(pictures: Reel, *, before: int | None, after: int | None, frames: range = GAP):
    return propose(
        pictures=pictures,
        model=MODEL,
        path_px=guessed(),
        frames=frames,
        before=before,
        after=after,
    )


@pytest.mark.parametrize(("before", "after"), [(4, None), (None, 11)])
def test_the_guard_finds_the_plate_from_either_side(pictures, before, after):
    places = proposals(pictures, before=before, after=after)
    assert sorted(places) == list(GAP)
    for frame, tried in places.items():
        (guard,) = tried
        # boxes are whole pixels of a picture shrunk to 64 / 68, and wander by a few of them;
        # the search for the rim that follows reaches 0.3 of the radius
        assert np.hypot(*(np.array(guard) - PATH[frame])) < 0.2 * RADIUS_PX


def test_both_sides_are_heard(pictures):
    places = proposals(pictures, before=4, after=11)
    assert [len(tried) for tried in places.values()] == [2] * len(GAP)


def test_without_a_good_frame_there_is_nothing_to_propose(pictures):
    places = proposals(pictures, before=None, after=None)
    assert places == {frame: [] for frame in GAP}


def test_a_gap_as_long_as_a_pause_is_not_searched():
    still = as_image(wall())
    count = MAX_GAP_FRAMES + 3
    places = propose(
        pictures=reel([still] * count),
        model=MODEL,
        path_px=np.full((count, 2), 100.0),
        frames=range(1, count - 1),
        before=0,
        after=count - 1,
    )
    assert not any(places.values())


def test_a_plate_mostly_outside_is_not_given_to_the_guard(pictures):
    path = PATH.copy()
    path[4] = [-20.0, 100.0]
    places = propose(pictures=pictures, model=MODEL, path_px=path, frames=GAP, before=4, after=None)
    assert not any(places.values())


def test_a_box_cut_by_the_pictures_edge_keeps_the_plates_centre():
    # two fifths of the plate lie beyond the left edge
    path = PATH - [150.4 - 8.2, 0.0]
    places = propose(
        pictures=moving_plate(path, radius_px=RADIUS_PX, fps=FPS),
        model=MODEL,
        path_px=path,
        frames=range(3, 6),
        before=2,
        after=None,
    )
    for frame, (guard,) in places.items():
        assert np.hypot(*(np.array(guard) - path[frame])) < 0.2 * RADIUS_PX
