"""A camera that moves and has a lens: motion measured in straightened pictures."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from barpath.camera import estimate_motion
from barpath.camera.lens import drawn_px
from barpath.simulate.optics import Pinhole
from tests.camera.profiles import profile_of, seen_through
from tests.camera.scenes import TIME_S, Drawn, track_at

WIDTH, HEIGHT = 480, 270
FOCAL_PX = 380.0  # 65 degrees across
K1 = -0.15
WALL_CM = 400.0
RADIUS_PX = 24.0

PROFILE = profile_of(
    width_px=WIDTH,
    height_px=HEIGHT,
    fx_px=FOCAL_PX,
    fy_px=FOCAL_PX,
    cx_px=(WIDTH - 1) / 2,
    cy_px=(HEIGHT - 1) / 2,
    k1=K1,
    k2=0.0,
)


def camera():
    return Pinhole(
        focal_px=FOCAL_PX,
        centre_px=(PROFILE.cx_px, PROFILE.cy_px),
        position_cm=np.zeros(3),
        rotation=np.eye(3),
        k1=K1,
    )


#: A hand's sway of a degree or so: 8 px about the picture's middle.
CAMERAS = [
    camera().turned(
        right_rad=np.radians(1.2 * np.sin(2.6 * s)), down_rad=np.radians(0.8 * np.sin(4.1 * s))
    )
    for s in TIME_S
]
#: The plate stands at the picture's right, where the lens bends most, and goes up by 50 cm.
BAR_CM = np.stack(
    [
        np.full(len(TIME_S), 130.0),
        55.0 - 25 * (1 - np.cos(np.pi * TIME_S)),
        np.full(len(TIME_S), WALL_CM),
    ],
    axis=1,
)


def clip(k1):
    """Paint a wall with clouds of all sizes and look at it through each camera."""
    rng = np.random.default_rng(21)
    wall = np.full((900, 1400), 120.0, dtype=np.float32)  # half a centimetre a pixel
    for sigma in (3.0, 7.0, 15.0):
        cloud = cv2.GaussianBlur(rng.normal(size=wall.shape).astype(np.float32), None, sigma)
        wall += 18 * cloud / cloud.std()
    column, row = np.meshgrid(np.arange(WIDTH, dtype=float), np.arange(HEIGHT, dtype=float))
    cameras = [dataclasses.replace(at, k1=k1) for at in CAMERAS]
    places = np.stack([at.project(place) for at, place in zip(cameras, BAR_CM, strict=True)])
    ahead = dataclasses.replace(camera(), k1=k1).rays(column, row)
    pictures = []
    for at, (x, y) in zip(cameras, places, strict=True):
        rays = ahead @ at.rotation
        spot = rays[..., :2] / rays[..., 2:] * WALL_CM
        source = (spot * 2 + (700, 450)).astype(np.float32)
        seen = cv2.remap(wall, source[..., 0], source[..., 1], cv2.INTER_LINEAR)
        seen = cv2.GaussianBlur(seen, None, 0.6)
        cv2.circle(seen, (round(x), round(y)), round(RADIUS_PX), 20.0, -1, cv2.LINE_AA)
        noisy = np.clip(seen + rng.normal(0, 2, seen.shape), 0, 255)
        pictures.append(noisy.astype(np.uint8))
    return Drawn(pictures), track_at(*places.T, radius_px=RADIUS_PX)


@pytest.fixture(scope="module")
def bent():
    return clip(K1)


def error_px(motion, track, *, k1):
    """Say how far the steadied path is from where the reference frame's camera sees the plate."""
    still = dataclasses.replace(CAMERAS[motion.reference], k1=k1)
    steady = np.stack(motion.steadied(track.x_px, track.y_px), axis=1)
    return np.sqrt(np.mean(np.sum((steady - still.project(BAR_CM)) ** 2, axis=1)))


def test_sway_is_taken_out_behind_the_lens_as_without_one(bent):
    pictures, track = bent
    seen = seen_through(pictures=pictures, track=track, profile=PROFILE, factor=1.0)
    motion = estimate_motion(pictures=seen.pictures, track=seen.track, factor=1.0)
    assert motion.moving
    pictures, track = clip(0.0)
    ideal = estimate_motion(pictures=pictures, track=track, factor=1.0)
    # matches are good to 0.1 px, and resampling adds as much
    limit = error_px(ideal, track, k1=0.0) + 0.15
    assert error_px(motion, seen.track, k1=0.0) < limit


def test_the_drawn_motion_agrees_with_the_pictures(bent):
    """What the overlay is drawn by: places of the clip's own pictures, lens and all."""
    pictures, track = bent
    seen = seen_through(pictures=pictures, track=track, profile=PROFILE, factor=1.0)
    motion = estimate_motion(pictures=seen.pictures, track=seen.track, factor=1.0)
    drawn = seen.drawn_motion(motion)
    straight = np.stack(motion.steadied(seen.track.x_px, seen.track.y_px), axis=1)
    np.testing.assert_allclose(
        np.stack(drawn.steadied(track.x_px, track.y_px), axis=1),
        drawn_px(straight, lens=PROFILE),
        atol=1e-6,
    )
    # the lens draws the picture's edge smaller, and the error with it
    assert error_px(drawn, track, k1=K1) < error_px(motion, seen.track, k1=0.0) + 0.01
    np.testing.assert_array_equal(drawn.to_reference[:, :, :2], motion.to_reference[:, :, :2])
