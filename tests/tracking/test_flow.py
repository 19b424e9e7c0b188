"""Steps of the face from frame to frame, cuts, and the rough path through both."""

from __future__ import annotations

import numpy as np
import pytest

from barpath.chains import Chain
from barpath.plate import Ellipse
from barpath.tracking.flow import ANCHOR_SD_RADII, match_face, ring_radius, trace
from barpath.tracking.settling import STEP_SD_PX
from tests.tracking.drawing import (
    SHAPE,
    as_image,
    lift_y,
    moving_plate,
    paint_plate,
    reel,
    wall,
)


def face_at(x: float, y: float, *, spin_deg: float = 0.0, radius: float = 40.0, **more):
    canvas = paint_plate(wall(), Ellipse(x, y, radius), spin_deg=spin_deg, **more)
    return as_image(canvas, noise=1.0, seed=int(10 * x + y))


def matched(before, now, *, expected=(0.0, 0.0), guess=(0.0, 0.0), centre=(150.4, 120.6)):
    return match_face(
        before=before,
        now=now,
        centre=np.array(centre),
        radius_px=40.0,
        guess=np.array(guess),
        expected=np.array(expected),
    )


@pytest.mark.parametrize("step", [(0.0, 0.0), (0.37, -0.81), (-2.4, 5.7), (1.2, -11.3)])
@pytest.mark.parametrize("spin_deg", [0.0, 4.0])
def test_a_step_is_matched_to_a_twentieth_of_a_pixel(step, spin_deg):
    before = face_at(150.4, 120.6)
    now = face_at(150.4 + step[0], 120.6 + step[1], spin_deg=spin_deg)
    found = matched(before, now, expected=step)
    # twenty and more corners, each good to about 0.1 px on greys with a noise of 1
    assert found == pytest.approx(step, abs=0.05)


def test_a_caption_that_lies_still_does_not_hold_the_face():
    caption = np.zeros(SHAPE, dtype=bool)
    for left in range(118, 182, 6):
        caption[112:124, left : left + 3] = True
    before = np.where(caption, 255, face_at(150.4, 120.6)).astype(np.uint8)
    now = np.where(caption, 255, face_at(150.7, 126.9)).astype(np.uint8)
    found = matched(before, now, expected=(0.3, 6.0), guess=(0.0, 6.0))
    # it may be hidden, but mustn't read as standing
    assert found is None or found == pytest.approx((0.3, 6.3), abs=0.3)


def test_a_face_without_corners_gives_no_step():
    flat = np.full(SHAPE, 90, dtype=np.uint8)
    assert matched(flat, flat) is None
    assert matched(face_at(150.4, 120.6), flat) is None


def test_a_face_that_left_the_picture_gives_no_step():
    picture = face_at(150.4, 120.6)
    assert matched(picture, picture, centre=(-200.0, 120.0)) is None


def sightings(y: np.ndarray, radius: np.ndarray) -> Chain:
    at = np.arange(len(y))
    return Chain(at, at, np.column_stack([y * 0 + 50, y, radius, y * 0 + 1, y * 0]), len(y))


def test_a_radius_that_is_affine_in_height_is_read_off():
    y = np.linspace(60, 200, 25)
    level, slope = ring_radius(sightings(y, 30 + 0.04 * y))
    # the hold towards no slope is worth 2 % of a chain that travels by half a radius
    assert slope == pytest.approx(0.04, rel=0.02)
    assert level + slope * 130 == pytest.approx(30 + 0.04 * 130, abs=0.02)


def test_a_wrong_ring_among_the_detections_is_outvoted():
    y = np.linspace(60, 200, 25)
    radius = 30 + 0.04 * y
    radius[[3, 11, 20]] = 22
    level, slope = ring_radius(sightings(y, radius))
    assert level + slope * 130 == pytest.approx(30 + 0.04 * 130, abs=0.3)


def test_a_plate_that_hardly_travels_has_no_slope():
    rng = np.random.default_rng(1)
    y = 120 + rng.uniform(-1, 1, 25)
    level, slope = ring_radius(sightings(y, 35 + rng.normal(0, 0.5, 25)))
    assert level + slope * 120 == pytest.approx(35, abs=0.5)
    # free, the slope would scatter by 0.5 / (0.58 * 5) = 0.17
    assert abs(slope) < 0.01


FPS = 20.0


def course(count: int) -> np.ndarray:
    time_s = np.arange(count) / FPS
    y = lift_y(time_s, low_px=180.3, high_px=75.3, period_s=3.0)
    return np.column_stack([160.4 + 4 * np.sin(time_s), y])


def detections(path: np.ndarray, frames: np.ndarray, *, off: float = 0.0) -> Chain:
    rims = np.column_stack([path[frames] + off, np.full((len(frames), 3), [34.0, 1.0, 0.0])])
    return Chain(frames, frames, rims, float(len(frames)))


def test_the_path_follows_the_plate_between_detections():
    path = course(60)
    flow = trace(pictures=moving_plate(path, fps=FPS), chain=detections(path, np.arange(2, 60, 8)))
    assert (flow.first, flow.stop) == (0, 60)
    assert np.isnan(flow.step_px[0]).all()
    assert flow.step_px[1:] == pytest.approx(np.diff(path, axis=0), abs=0.15)
    # steps good to 0.1 px, eight of them between detections that are exact here
    assert flow.path_px == pytest.approx(path, abs=0.3)


def test_reversed_in_time_the_path_is_the_same_backwards():
    path = course(40)
    pictures = moving_plate(path, fps=FPS)
    chain = detections(path, np.arange(3, 40, 6))
    backwards = reel(pictures.frames[::-1], fps=FPS)
    turned = Chain(39 - chain.frame[::-1], 39 - chain.frame[::-1], chain.rims[::-1], chain.score)
    flow, other = trace(pictures=pictures, chain=chain), trace(pictures=backwards, chain=turned)
    # both were good to 0.1 px a step against the truth
    assert other.path_px[::-1] == pytest.approx(flow.path_px, abs=0.3)


def test_nothing_is_followed_across_a_cut():
    path = course(40)
    pictures = moving_plate(path, fps=FPS)
    flow = trace(pictures=pictures, chain=detections(path, np.arange(22, 40, 5)), cuts=(8, 20))
    assert (flow.first, flow.stop) == (20, 40)
    assert np.isnan(flow.path_px[:20]).all()
    assert np.isnan(flow.step_px[:21]).all()
    assert np.isfinite(flow.path_px[20:]).all()


def test_a_hidden_plate_is_not_stepped_into_or_out_of_the_dark():
    path = course(40)

    def board(index, canvas):
        return np.full(SHAPE, 120.0) if 15 <= index < 20 else canvas

    flow = trace(
        pictures=moving_plate(path, fps=FPS, over=board),
        chain=detections(path, np.array([2, 7, 12, 22, 27, 32])),
    )
    hidden = np.isnan(flow.step_px[:, 0])
    assert not hidden[1:15].any()
    assert not hidden[21:].any()
    # into and out of the dark there is nothing to match; noise in between may match noise
    assert hidden[[15, 20]].all()
    assert flow.step_sd_px[[15, 20]].min() > 10 * STEP_SD_PX
    # but what it added up to is mended by the detections on both sides: several, each good to
    # `ANCHOR_SD_RADII`
    shown = np.r_[0:15, 20:40]
    assert flow.path_px[shown] == pytest.approx(path[shown], abs=ANCHOR_SD_RADII * 34 / np.sqrt(3))
