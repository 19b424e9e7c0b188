"""Calibrating a lens: against rendered boards whose camera is known, and clips that won't do."""

from __future__ import annotations

import functools
import types

import cv2
import numpy as np
import pytest

from barpath.camera.board import COLUMNS, DICTIONARY, MARKER_SHARE, ROWS, SQUARE_MM
from barpath.camera.lens import drawn_px
from barpath.camera.lens_fit import (
    MIN_VIEWS,
    calibrate_lens,
    coverage_pct,
    report_lines,
    tilt_spread_deg,
)
from barpath.camera.lens_views import View, diverse_views, edge_width_px, find_views, sharp_views
from barpath.errors import UnmeasurableError
from tests.camera import boards
from tests.camera.profiles import profile_of
from tests.camera.scenes import Drawn

#: Deviations within which the truth must lie, of the few that are looked at.
SDS = 3.0
#: Displayed pixels per working pixel.
FACTOR = 2


class Film(Drawn):
    """Pictures in memory, of a clip that is twice as large."""

    def __init__(self, pictures):
        super().__init__(pictures)
        self.time_s = np.arange(len(pictures)) / boards.RATE_HZ
        height, width = self.shape
        self.factor = FACTOR
        self.info = types.SimpleNamespace(
            width=width * FACTOR, height=height * FACTOR, rotation_deg=0
        )


@functools.cache
def film(k1):
    return Film(boards.pictures(k1=k1))


def calibrated(footage, **values):
    return calibrate_lens(footage=footage, name="phone", square_mm=SQUARE_MM, **values)


@functools.cache
def profile(k1):
    return calibrated(film(k1))


@pytest.mark.parametrize("k1", [-0.15, 0.1])
def test_the_camera_is_found_within_its_uncertainty(k1):
    found = profile(k1)
    focal = FACTOR * boards.FOCAL_PX
    assert found.fx_px == pytest.approx(focal, abs=SDS * found.quality.focal_sd_pct / 100 * focal)
    assert found.k1 == pytest.approx(k1, abs=SDS * found.quality.k1_sd)
    # sure enough to be of use: 0.5 % of the focal length, and a k1 that moves the picture's edge
    # (r = 0.7) by less than 0.2 %
    assert found.quality.focal_sd_pct < 0.5
    assert found.quality.k1_sd < 0.006
    assert (found.width_px, found.height_px) == (1280, 720)
    assert found.fx_px == found.fy_px


@pytest.mark.parametrize("k1", [-0.15, 0.1])
def test_the_correction_is_right_all_over_the_picture(k1):
    """Parameters may trade with one another; what counts is where they put things."""
    true = profile_of(
        k1=k1,
        k2=0.0,
        fx_px=FACTOR * boards.FOCAL_PX,
        fy_px=FACTOR * boards.FOCAL_PX,
        cx_px=(boards.CENTRE_PX[0] + 0.5) * FACTOR - 0.5,
        cy_px=(boards.CENTRE_PX[1] + 0.5) * FACTOR - 0.5,
    )
    column, row = np.meshgrid(np.linspace(0, 1279, 9), np.linspace(0, 719, 7))
    places = np.stack([column, row], axis=-1)
    off = drawn_px(places, lens=profile(k1)) - drawn_px(places, lens=true)
    # half a displayed pixel, a quarter of a working one, in the farthest corner
    assert np.abs(off).max() < 0.5


def test_what_is_reported_of_its_quality():
    quality = profile(-0.15).quality
    assert quality.views >= MIN_VIEWS
    # corners are found to 0.05 working pixels in noise of 2 levels; twice that displayed
    assert quality.reprojection_px < 0.3
    assert quality.coverage_pct > 80
    # poses stand 28 to 42 cm from the camera, measured to the board's own corner
    assert 15 < quality.nearest_cm < 42
    assert 28 < quality.farthest_cm < 65
    assert any("k1 -0.1" in line for line in report_lines(profile(-0.15)))


def test_squares_twice_as_large_are_twice_as_far_and_nothing_else():
    double = calibrate_lens(footage=film(-0.15), name="phone", square_mm=2 * SQUARE_MM)
    single = profile(-0.15)
    assert double.k1 == pytest.approx(single.k1, abs=1e-5)
    assert double.fx_px == pytest.approx(single.fx_px, rel=1e-5)
    assert double.quality.farthest_cm == pytest.approx(2 * single.quality.farthest_cm, rel=1e-4)


def test_progress_goes_from_nothing_to_all():
    shares = []
    calibrated(film(0.1), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def some(count, **how):
    return list(boards.poses(count=count, **how))


def refusal(pictures):
    with pytest.raises(UnmeasurableError) as caught:
        calibrated(Film(pictures))
    assert caught.value.hint
    return caught.value.message


def test_a_clip_without_a_board_is_refused():
    rng = np.random.default_rng(1)
    walls = [rng.integers(90, 110, (360, 640)).astype(np.uint8) for _ in range(5)]
    assert "doesn't show barpath's calibration board" in refusal(walls)


def other_board(dictionary, *, first=0):
    """Paint a board of other markers."""
    ids = np.arange(first, first + COLUMNS * ROWS // 2)
    markers = cv2.aruco.getPredefinedDictionary(dictionary)
    side = SQUARE_MM
    board = cv2.aruco.CharucoBoard((COLUMNS, ROWS), side, MARKER_SHARE * side, markers, ids)
    return boards.painted(board)


def test_a_board_of_other_markers_is_refused():
    paint = other_board(cv2.aruco.DICT_6X6_250)
    assert "doesn't show barpath's" in refusal(boards.pictures(k1=0.0, poses_=some(3), paint=paint))


def test_a_board_of_the_same_markers_in_another_order_is_refused():
    paint = other_board(DICTIONARY, first=26)
    assert "never show 12 corners" in refusal(boards.pictures(k1=0.0, poses_=some(3), paint=paint))


def test_too_few_views_are_refused():
    few = some(5)
    assert "too few views of the board: 5" in refusal(boards.pictures(k1=-0.1, poses_=few))


def test_a_board_that_is_never_tilted_is_refused():
    flat = some(14, tilt_deg=1.0)
    assert "nearly one direction" in refusal(boards.pictures(k1=-0.1, poses_=flat))


def test_a_board_that_stays_in_the_middle_is_refused():
    near = some(16, reach=0.3)
    far = [(turn, place * 1.5) for turn, place in near]
    assert "% of the picture" in refusal(boards.pictures(k1=-0.1, poses_=far))


def test_a_board_out_of_focus_is_refused():
    near = [(turn, 0.75 * place) for turn, place in some(12, reach=0.4)]
    blurred = boards.pictures(k1=-0.1, poses_=near, blur_px=2.2)
    assert "sharp and still in only" in refusal(blurred)


def test_a_warped_print_is_refused():
    """Squares displaced by up to 2 mm along a wave, as on a sheet that curls."""
    paint = boards.texture()
    row, column = np.mgrid[0 : paint.shape[0], 0 : paint.shape[1]].astype(np.float32)
    wave = 2.0 / SQUARE_MM * 64 * np.sin(column / 50 + row / 70).astype(np.float32)
    warped = cv2.remap(paint, column + wave, row - wave, cv2.INTER_LINEAR)
    assert "px from where any such camera" in refusal(
        boards.pictures(k1=-0.1, poses_=some(14), paint=warped)
    )


def test_a_zoom_in_mid_clip_is_refused():
    poses = some(14)
    before = boards.pictures(k1=0.0, poses_=poses[::2])
    after = boards.pictures(k1=0.0, poses_=poses[1::2], focal_px=1.3 * boards.FOCAL_PX)
    message = refusal(before + after)
    assert "px from where any such camera" in message or "don't agree" in message


def test_edges_are_as_wide_as_they_were_blurred():
    step = np.zeros((60, 60))
    step[:30, :30] = step[30:, 30:] = 200
    corner = np.array([[29.5, 29.5]])
    widths = []
    for sigma in (1.0, 2.0):
        image = cv2.GaussianBlur(step, None, sigma).astype(np.uint8)
        widths.append(edge_width_px(image=image, corners_px=corner))
        # a blurred edge rises by 1 / (sqrt(2 pi) sigma) a pixel; the window of 11 pixels cuts off
        # a little of its height, and Sobel's own blur adds half a pixel
        assert widths[-1] == pytest.approx(np.sqrt(2 * np.pi) * np.hypot(sigma, 0.8), rel=0.15)
    smeared = cv2.blur(cv2.GaussianBlur(step, None, 1.0), (9, 1)).astype(np.uint8)
    assert edge_width_px(image=smeared, corners_px=corner) > 1.8 * widths[0]


def test_no_corner_in_the_picture_is_no_sharpness():
    assert edge_width_px(image=np.zeros((9, 9), np.uint8), corners_px=np.empty((0, 2))) == np.inf


def test_a_moving_board_counts_as_smeared():
    """The same sharp pictures, 3 px apart: at 12 Hz that is 36 px/s, and 0.7 px in a readout."""
    one = boards.picture(next(boards.poses()), k1=0.0, rng=np.random.default_rng(2))
    moved = [np.roll(one, 3 * i, axis=1) for i in range(4)]
    still, moving = (find_views(pictures=Film(pictures)) for pictures in ([one] * 4, moved))
    for before, after in zip(still.views[:-1], moving.views[:-1], strict=True):
        assert np.hypot(before.smear_px, 0.72) == pytest.approx(after.smear_px, abs=0.05)
    quick = Film([np.roll(one, 20 * i, axis=1) for i in range(4)])
    assert len(sharp_views(still.views)) == len(still.views)
    assert not sharp_views(find_views(pictures=quick).views)


def test_views_alike_count_once():
    rng = np.random.default_rng(3)
    poses = list(boards.poses(count=3))
    found = find_views(
        pictures=Film([boards.picture(pose, k1=0.0, rng=rng) for pose in poses for _ in range(3)])
    )
    assert len(found.views) > 3
    chosen = diverse_views(found.views, long_side_px=640)
    assert [view.frame // 3 for view in chosen] == [0, 1, 2]
    assert diverse_views([], long_side_px=640) == []


def test_coverage_counts_cells_with_corners():
    corners = np.array([[1.0, 1.0], [2.0, 2.0], [639.0, 359.0]])
    view = View(frame=0, ids=np.arange(3), corners_px=corners, smear_px=2.0)
    assert coverage_pct([view], shape=(360, 640)) == pytest.approx(100 * 2 / 48)
    turned = View(frame=0, ids=np.arange(3), corners_px=corners[:, ::-1], smear_px=2.0)
    assert coverage_pct([turned], shape=(640, 360)) == pytest.approx(100 * 2 / 48)


def test_directions_differ_by_their_tilt():
    tilts = np.radians([[20, 0, 0], [-20, 0, 0], [0, 20, 0], [0, -20, 0]])
    assert tilt_spread_deg(tilts) == pytest.approx(20)
    assert tilt_spread_deg(np.radians([[30.0, 0, 0]] * 4)) == pytest.approx(0, abs=1e-4)
