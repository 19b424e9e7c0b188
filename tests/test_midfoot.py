"""Where x is 0, from a drawn track whose bar starts at column 500 and scales to 0.25 cm a pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest

from barpath.errors import UsageError
from barpath.lifter import OUTLINE_SD_CM, START_SD_CM, Shoe, shoe_shift
from barpath.lifter.askance import Sight
from barpath.midfoot import Scaled, given_column, place_midfoot
from tests.camera.scenes import unmoved

CM_PER_PX = 0.25
START_PX = 500.0
STRAIGHT = Sight(squeeze=0j, aside=0.0, distance_radii=20.0)


@pytest.fixture
def scaled(analysis):
    camera = unmoved(analysis.track.time_s.size)
    return Scaled(analysis.track, camera, analysis.calibration, facing="right")


def shoe_at(x_px, *, sight=STRAIGHT):
    return Shoe(
        facing="right",
        facing_confidence=0.95,
        x_px=x_px,
        y_px=680.0,
        sight=sight,
        confidence=0.8,
    )


def start_cm(placed):
    """Give where the bar is in the half second before the first pull."""
    before = (placed.motion.time_s > 0.5) & (placed.motion.time_s < 1.0)
    return float(np.nanmedian(placed.motion.x_cm[before]))


def test_the_shoe_is_midfoot_where_the_bar_starts_over_it(scaled):
    placed = place_midfoot(scaled=scaled, given_px=None, shoe=shoe_at(START_PX - 12.0))
    assert (placed.midfoot.method, placed.midfoot.x_px) == ("shoe", START_PX - 12.0)
    # 12 px are 3 cm, which may be the view's; the drawn bar drifts back by 0.1 cm until then
    shift = shoe_shift(sight=STRAIGHT, apart_cm=3.0, radius_cm=22.5)
    assert -3.0 < shift.x_cm < 0.0
    assert start_cm(placed) == pytest.approx(3.0 + shift.x_cm, abs=0.15)
    assert placed.midfoot.sd_cm == pytest.approx(math.hypot(OUTLINE_SD_CM, shift.sd_cm), rel=0.02)
    assert len(placed.reps) == 2


def test_facing_left_turns_the_sign(scaled):
    left = Scaled(scaled.track, scaled.camera, scaled.calibration, facing="left")
    placed = place_midfoot(scaled=left, given_px=None, shoe=shoe_at(START_PX - 12.0))
    right = place_midfoot(scaled=scaled, given_px=None, shoe=shoe_at(START_PX - 12.0))
    assert start_cm(placed) == pytest.approx(-start_cm(right), abs=0.01)


def test_a_shoe_drawn_aside_is_midfoot_where_it_stands(scaled):
    # a rim squeezed as by 12 degrees, and a shoe drawn 12.5 cm behind the bar it stands under
    turned = Sight(squeeze=complex(math.radians(12.0) ** 2 / 4), aside=0.0, distance_radii=1e6)
    shoe = shoe_at(START_PX - 12.5 / CM_PER_PX, sight=turned)
    placed = place_midfoot(scaled=scaled, given_px=None, shoe=shoe)
    assert (placed.midfoot.method, placed.midfoot.x_px) == ("shoe", shoe.x_px)
    assert abs(start_cm(placed)) < placed.midfoot.sd_cm


@pytest.mark.parametrize("side", [-1, 1])
def test_a_shoe_far_from_the_bars_start_is_no_midfoot(scaled, side):
    # that far no camera that was meant to stand at the side can see it
    far_px = START_PX + side * 25.0 / CM_PER_PX
    placed = place_midfoot(scaled=scaled, given_px=None, shoe=shoe_at(far_px))
    assert placed.midfoot.method == "start"
    assert placed.midfoot.x_px == pytest.approx(START_PX, abs=0.15 / CM_PER_PX)
    assert start_cm(placed) == pytest.approx(0.0, abs=0.15)


def test_without_a_shoe_midfoot_is_under_the_start(scaled):
    placed = place_midfoot(scaled=scaled, given_px=None, shoe=None)
    assert (placed.midfoot.method, placed.midfoot.sd_cm) == ("start", START_SD_CM)


def test_a_column_beside_the_picture_is_refused():
    """Taken as it is, it would make a fault of 13 m of every start."""
    assert given_column("auto", width_px=1280, height_px=720) is None
    assert given_column(300, width_px=1280, height_px=720) == 300.0  # a script's whole number
    assert given_column(1280.0, width_px=1280, height_px=720) == 1280.0
    with pytest.raises(UsageError, match="--midfoot 1281 doesn't lie in the picture") as caught:
        given_column(1281.0, width_px=1280, height_px=720)
    assert "1280x720" in caught.value.hint


def test_a_column_that_is_given_is_kept(scaled):
    placed = place_midfoot(scaled=scaled, given_px=480.0, shoe=shoe_at(START_PX))
    assert (placed.midfoot.method, placed.midfoot.x_px) == ("given", 480.0)
    assert start_cm(placed) == pytest.approx(5.0, abs=0.15)
