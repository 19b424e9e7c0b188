"""Things drawn over a plate that moves, at places and times known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from barpath.covering import HEIGHTS, find_covering_s
from barpath.plate import Ellipse, Plate
from barpath.tracking import State, Track
from tests.tracking.drawing import SHAPE, Reel, lift_y, moving_plate, wall

RADIUS_PX, FPS, COUNT = 34.0, 20.0, 40
X_PX, LOW_PX, HIGH_PX = 150.4, 185.3, 65.3
TIME_S = np.arange(COUNT) / FPS
Y_PX = lift_y(TIME_S, low_px=LOW_PX, high_px=HIGH_PX, period_s=2.0)


def tracked(*, factor: float = 1.0, state: State = State.TRACKED) -> Track:
    """The plate's path as drawn, in a displayed picture `factor` times as large."""
    same = np.ones(COUNT)
    return Track(
        time_s=TIME_S,
        x_px=((X_PX + 0.5) * factor - 0.5) * same,
        y_px=(Y_PX + 0.5) * factor - 0.5,
        radius_px=factor * RADIUS_PX * same,
        axis_ratio=same,
        angle_deg=0 * same,
        sd_px=0.1 * same,
        residual_px=0.1 * same,
        state=np.full(COUNT, state, dtype=np.int8),
        radius_sd_px=0.2,
        plate=Plate(0, Ellipse(X_PX, LOW_PX, RADIUS_PX), 0.9),
    )


def letters(canvas: np.ndarray, *, top: int, left: int = 120) -> np.ndarray:
    """Light strokes with dark sides, as a caption has them."""
    marked = canvas.copy()
    for column in range(left, left + 60, 10):
        marked[top : top + 14, column : column + 6] = 20
        marked[top : top + 14, column + 2 : column + 4] = 245
    return marked


def lift(over=None, *, under=None) -> Reel:
    path_px = np.column_stack([np.full(COUNT, X_PX), Y_PX])
    return moving_plate(path_px, radius_px=RADIUS_PX, fps=FPS, under=under, over=over)


@pytest.mark.parametrize("place_px", [LOW_PX, HIGH_PX])
def test_a_caption_over_the_plate_is_found_when_the_plate_is_there(place_px):
    pictures = lift(lambda _, canvas: letters(canvas, top=round(place_px) - 7))
    covered_s = find_covering_s(pictures=pictures, track=tracked(), factor=1.0)
    assert covered_s is not None
    # the picture with most of it covered is that of the plate's nearest even height
    step_px = (LOW_PX - HIGH_PX) / (HEIGHTS - 1)
    assert abs(np.interp(covered_s, TIME_S, Y_PX) - place_px) < step_px / 2


def test_places_are_those_of_the_displayed_picture():
    pictures = lift(lambda _, canvas: letters(canvas, top=round(LOW_PX) - 7))
    there = [
        find_covering_s(pictures=pictures, track=tracked(factor=factor), factor=factor)
        for factor in (1.0, 2.5)
    ]
    assert there[0] is not None
    assert there[0] == there[1]


def test_a_large_plate_is_looked_at_in_smaller_pictures():
    once = lift(lambda _, canvas: letters(canvas, top=round(LOW_PX) - 7))
    # four times the radius of 34 px is 136: shrunk by two
    larger = Reel(tuple(np.kron(one, np.ones((4, 4), np.uint8)) for one in once.frames), TIME_S)
    assert find_covering_s(pictures=larger, track=tracked(factor=4.0), factor=1.0) is not None


@pytest.mark.parametrize(
    "over",
    [
        pytest.param(None, id="nothing"),
        pytest.param(lambda _, canvas: letters(canvas, top=20), id="above its way"),
        pytest.param(
            lambda frame, canvas: letters(canvas, top=round(Y_PX[frame]) - 7), id="the plate's own"
        ),
        pytest.param(
            lambda frame, canvas: letters(canvas, top=178, left=60 + 6 * frame), id="walking past"
        ),
    ],
)
def test_what_does_not_stay_over_the_plate_is_not_taken_for_it(over):
    assert find_covering_s(pictures=lift(over), track=tracked(), factor=1.0) is None


def test_what_the_plate_hides_lies_behind_it():
    busy = letters(letters(wall(busy=40.0), top=round(LOW_PX) - 7), top=round(HIGH_PX) - 7)
    assert find_covering_s(pictures=lift(under=busy), track=tracked(), factor=1.0) is None


def test_a_plate_that_was_never_measured_has_nothing_over_it():
    empty = Reel((np.zeros(SHAPE, dtype=np.uint8),) * COUNT, TIME_S)
    lost = tracked(state=State.LOST)
    assert find_covering_s(pictures=empty, track=lost, factor=1.0) is None
