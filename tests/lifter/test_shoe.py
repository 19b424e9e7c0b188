"""The shoe's outline, fitted to drawn shoes: unlike any real one, but of its kind."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from barpath.lifter.floor import ABOVE_RADII, PX_PER_RADIUS, SIDES_RADII, FloorPicture
from barpath.lifter.shoe import NEARER_RADII, best_outlines

SHAPE = (round((ABOVE_RADII + 1.6) * PX_PER_RADIUS), round(2 * SIDES_RADII * PX_PER_RADIUS) + 1)
LENGTH = 1.2
# corners of shoe and shin with the toe to the right: rounder and plainer than what is looked for
SHOE = np.array(
    [(-0.5, 0.0), (0.5, 0.0), (0.46, 0.1), (0.2, 0.2), (-0.05, 0.4), (-0.05, 1.1), (-0.4, 1.1)]
)
# the shin's place is found to the grid of its leans: 0.15 over half a shoe's length
CLOSE_RADII = 0.08


def blank(level=150):
    return np.full(SHAPE, level, dtype=np.uint8)


def draw(grey, *, x_radii, y_radii, toward=1, level=40):
    at = SHOE * LENGTH * (toward, -1) + (SIDES_RADII + x_radii, ABOVE_RADII + y_radii)
    points = np.rint(at * PX_PER_RADIUS * 16).astype(np.int32)
    cv2.fillPoly(grey, [points], level, cv2.LINE_AA, 4)
    return grey


def floor(grey):
    rng = np.random.default_rng(3)
    noisy = np.clip(grey + rng.normal(0, 2, grey.shape), 0, 255).astype(np.uint8)
    return FloorPicture(noisy, np.full(SHAPE, True), 400.0, 300.0, 40.0)


@pytest.mark.parametrize("level", [40, 230])
@pytest.mark.parametrize(("x_radii", "toward"), [(0.0, 1), (-0.4, -1), (0.6, 1)])
def test_a_shoe_is_found_where_it_is_drawn(x_radii, toward, level):
    grey = draw(blank(), x_radii=x_radii, y_radii=1.0, toward=toward, level=level)
    best, other = best_outlines(floor=floor(grey))
    assert best.toward == toward
    assert best.x_radii == pytest.approx(x_radii, abs=CLOSE_RADII)
    assert best.y_radii == pytest.approx(1.0, abs=CLOSE_RADII)
    assert best.length_radii in (1.07, LENGTH, 1.35)
    assert best.score > 1.2 * other.score


def test_of_two_shoes_the_lower_is_the_near_one():
    far = draw(blank(), x_radii=0.2, y_radii=0.6)
    # fainter than the far one, so that it fits a little less
    both = draw(far.copy(), x_radii=-0.1, y_radii=0.6 + 1.4 * NEARER_RADII, level=100)
    assert best_outlines(floor=floor(far))[0].y_radii == pytest.approx(0.6, abs=CLOSE_RADII)
    best, _ = best_outlines(floor=floor(both))
    assert best.x_radii == pytest.approx(-0.1, abs=CLOSE_RADII)
    assert best.y_radii == pytest.approx(0.6 + 1.4 * NEARER_RADII, abs=CLOSE_RADII)


def test_a_shin_without_a_toe_is_no_shoe():
    whole = draw(blank(), x_radii=0.0, y_radii=1.0)
    halved = whole.copy()
    halved[:, round((SIDES_RADII - 0.05 * LENGTH) * PX_PER_RADIUS) :] = 150
    with_toe, without = (best_outlines(floor=floor(grey))[0].score for grey in (whole, halved))
    # toe and instep have nearly half of the weight: without them a plain mean leaves two thirds
    assert without < 0.55 * with_toe
