"""The rim's upright and level radii: what is believed of an ellipse, and what of it is noise."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barpath.camera.viewpoint import Outline
from barpath.plate import Ellipse, Plate
from barpath.ruler import SHAPE_SD_SHARE, lay_ruler, odd_shape
from barpath.tracking import State, Track

RADIUS_PX, RADIUS_SD_PX, CHANGE_SD = 80.0, 0.2, 0.001
ROUND_SD = np.hypot(RADIUS_SD_PX / RADIUS_PX, CHANGE_SD)


def track_of(*, axis_ratio: float, angle_deg: float, frames: int = 10) -> Track:
    same = np.ones(frames)
    return Track(
        time_s=np.arange(frames) / 30,
        x_px=300 * same,
        y_px=200 * same,
        radius_px=RADIUS_PX * same,
        axis_ratio=axis_ratio * same,
        angle_deg=angle_deg * same,
        sd_px=0.1 * same,
        residual_px=0.1 * same,
        state=np.full(frames, State.TRACKED, dtype=np.int8),
        radius_sd_px=RADIUS_SD_PX,
        plate=Plate(0, Ellipse(300.0, 200.0, RADIUS_PX), 0.9),
        change_sd=CHANGE_SD,
    )


def test_a_round_rim_measures_the_same_both_ways():
    ruler = lay_ruler(track=track_of(axis_ratio=1.0, angle_deg=0.0), roll_deg=0.0)
    assert ruler.upright_px == pytest.approx(np.full(10, RADIUS_PX))
    assert ruler.level_px == pytest.approx(np.full(10, RADIUS_PX))
    assert ruler.sd == pytest.approx(ROUND_SD)


@pytest.mark.parametrize(("angle_deg", "tall"), [(90.0, True), (0.0, False)])
def test_a_flat_rim_measures_its_own_axes(angle_deg, tall):
    # (1 - 0.85) / (1 + 0.85) is 8 % of stretch; shrunk by 2 (0.12 / 8)^2, 0.05 % of itself
    ruler = lay_ruler(track=track_of(axis_ratio=0.85, angle_deg=angle_deg), roll_deg=0.0)
    long, short = (ruler.upright_px, ruler.level_px) if tall else (ruler.level_px, ruler.upright_px)
    assert long == pytest.approx(np.full(10, RADIUS_PX), rel=3e-4)
    assert short == pytest.approx(np.full(10, 0.85 * RADIUS_PX), rel=3e-4)


def test_a_rim_no_flatter_than_its_error_counts_as_round():
    stretch = SHAPE_SD_SHARE * RADIUS_SD_PX / RADIUS_PX
    track = track_of(axis_ratio=(1 - stretch) / (1 + stretch), angle_deg=90.0)
    ruler = lay_ruler(track=track, roll_deg=0.0)
    assert ruler.upright_px == pytest.approx(ruler.level_px)
    # noise lengthens the long axis: the mean of both is the radius
    assert ruler.upright_px == pytest.approx(np.full(10, RADIUS_PX / (1 + stretch)))


def test_what_is_believed_of_the_shape_has_an_error_too():
    flat = lay_ruler(track=track_of(axis_ratio=0.85, angle_deg=0.0), roll_deg=0.0).sd
    mean_px = RADIUS_PX * (1 + 0.85) / 2
    both = RADIUS_SD_PX / mean_px * np.hypot(1, SHAPE_SD_SHARE)
    assert flat == pytest.approx(np.hypot(both, CHANGE_SD), rel=1e-3)


@settings(deadline=None)
@given(st.floats(0.7, 1.0), st.floats(0, 180), st.floats(-10, 10))
def test_turning_the_camera_turns_the_ruler(axis_ratio, angle_deg, roll_deg):
    # a camera rolled clockwise draws everything turned the other way
    level = track_of(axis_ratio=axis_ratio, angle_deg=angle_deg)
    rolled = track_of(axis_ratio=axis_ratio, angle_deg=angle_deg - roll_deg)
    one, other = (
        lay_ruler(track=track, roll_deg=roll) for track, roll in ((level, 0.0), (rolled, roll_deg))
    )
    assert other.upright_px == pytest.approx(one.upright_px)
    assert other.level_px == pytest.approx(one.level_px)


def test_a_mirrored_rim_is_the_same_ruler():
    one, other = (
        lay_ruler(track=track_of(axis_ratio=0.9, angle_deg=angle), roll_deg=0.0)
        for angle in (20.0, 160.0)
    )
    assert other.upright_px == pytest.approx(one.upright_px)


def test_only_tracked_frames_say_how_flat_the_rim_is():
    track = track_of(axis_ratio=1.0, angle_deg=0.0)
    ratio, state = track.axis_ratio.copy(), track.state.copy()
    ratio[3], state[3] = 0.6, State.BRIDGED
    ratio[5], state[5] = np.nan, State.LOST
    mixed = replace(track, axis_ratio=ratio, state=state)
    ruler = lay_ruler(track=mixed, roll_deg=0.0)
    assert ruler.sd == pytest.approx(ROUND_SD)
    assert np.isnan(ruler.upright_px[5])
    assert ruler.upright_px[0] == pytest.approx(RADIUS_PX)


def test_without_a_known_roll_upright_is_the_pictures():
    track = track_of(axis_ratio=0.85, angle_deg=70.0)
    unknown, level = (lay_ruler(track=track, roll_deg=roll) for roll in (float("nan"), 0.0))
    assert unknown.upright_px == pytest.approx(level.upright_px)


@settings(deadline=None)
@given(st.floats(0.8, 1.0), st.floats(0, 180), st.floats(-10, 10))
def test_a_rim_as_the_view_draws_it_is_not_odd(axis_ratio, angle_deg, roll_deg):
    stretch = (1 - axis_ratio) / (1 + axis_ratio)
    upright = 2 * math.radians(angle_deg)
    drawn = Outline(stretch * math.cos(upright), stretch * math.sin(upright), sd=0.0, way_deg=0.0)
    rolled = track_of(axis_ratio=axis_ratio, angle_deg=angle_deg - roll_deg)
    assert odd_shape(track=rolled, roll_deg=roll_deg, outline=drawn) == pytest.approx(0, abs=1e-12)


def test_how_odd_a_rim_is_adds_to_how_little_is_known_of_the_view():
    # 0.9 / 1.1 is a stretch of a tenth, along x; the view draws a round one, give or take 0.02
    track = track_of(axis_ratio=0.9 / 1.1, angle_deg=0.0)
    drawn = Outline(cosine=0.0, sine=0.0, sd=0.02, way_deg=0.0)
    found = odd_shape(track=track, roll_deg=float("nan"), outline=drawn)
    assert found == pytest.approx(math.sqrt(0.1**2 + 2 * 0.02**2))
