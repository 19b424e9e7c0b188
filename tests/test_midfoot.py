"""Where x is 0, from a drawn track whose bar starts at column 500 and scales to 0.25 cm a pixel."""

from __future__ import annotations

import numpy as np
import pytest

from barpath.camera import CameraMotion
from barpath.lifter import Shoe
from barpath.midfoot import MAX_START_CM, START_SD_CM, Scaled, place_midfoot

CM_PER_PX = 0.25
START_PX = 500.0


@pytest.fixture
def scaled(analysis):
    count = analysis.track.time_s.size
    camera = CameraMotion(
        reference=count // 2,
        to_reference=np.tile(np.eye(2, 3), (count, 1, 1)),
        sd_px=np.zeros(count),
        known=True,
        moving=False,
    )
    return Scaled(analysis.track, camera, analysis.calibration, facing="right")


def shoe_at(x_px):
    return Shoe(
        facing="right",
        facing_confidence=0.95,
        x_px=x_px,
        y_px=680.0,
        aside_px=0.0,
        confidence=0.8,
    )


def start_cm(placed):
    """Give where the bar is in the half second before the first pull."""
    before = (placed.motion.time_s > 0.5) & (placed.motion.time_s < 1.0)
    return float(np.nanmedian(placed.motion.x_cm[before]))


def test_the_shoe_is_midfoot_where_the_bar_starts_over_it(scaled):
    placed = place_midfoot(scaled=scaled, given_px=None, shoe=shoe_at(START_PX - 12.0))
    assert (placed.midfoot.method, placed.midfoot.x_px) == ("shoe", START_PX - 12.0)
    # 12 px are 3 cm; the drawn bar drifts back by 0.1 cm within the first second
    assert start_cm(placed) == pytest.approx(3.0, abs=0.15)
    assert placed.midfoot.sd_cm > START_SD_CM
    assert len(placed.reps) == 2


def test_facing_left_turns_the_sign(scaled):
    left = Scaled(scaled.track, scaled.camera, scaled.calibration, facing="left")
    placed = place_midfoot(scaled=left, given_px=None, shoe=shoe_at(START_PX - 12.0))
    assert start_cm(placed) == pytest.approx(-3.0, abs=0.15)


@pytest.mark.parametrize("side", [-1, 1])
def test_a_shoe_far_from_the_bars_start_is_no_midfoot(scaled, side):
    far_px = START_PX + side * (MAX_START_CM + 0.5) / CM_PER_PX
    placed = place_midfoot(scaled=scaled, given_px=None, shoe=shoe_at(far_px))
    assert placed.midfoot.method == "start"
    assert placed.midfoot.x_px == pytest.approx(START_PX, abs=0.15 / CM_PER_PX)
    assert start_cm(placed) == pytest.approx(0.0, abs=0.15)


def test_without_a_shoe_midfoot_is_under_the_start(scaled):
    placed = place_midfoot(scaled=scaled, given_px=None, shoe=None)
    assert (placed.midfoot.method, placed.midfoot.sd_cm) == ("start", START_SD_CM)


def test_a_column_that_is_given_is_kept(scaled):
    placed = place_midfoot(scaled=scaled, given_px=480.0, shoe=shoe_at(START_PX))
    assert (placed.midfoot.method, placed.midfoot.x_px) == ("given", 480.0)
    assert start_cm(placed) == pytest.approx(5.0, abs=0.15)
