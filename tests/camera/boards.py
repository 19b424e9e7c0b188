"""Pictures of the calibration board through a pinhole whose lens is known."""

from __future__ import annotations

import functools

import cv2
import numpy as np

from barpath.camera.board import COLUMNS, ROWS, SQUARE_MM, charuco_board
from barpath.simulate.optics import Pinhole

#: Texture pixels per square: a marker's module is 1/8 of a square, so its edges lie on borders.
_FINE = 64
WIDTH, HEIGHT = 640, 360
#: A phone's main camera, wider than most.
FOCAL_PX = 520.0
CENTRE_PX = (324.0, 176.0)
RATE_HZ = 12.0


def turned(x_deg, y_deg, z_deg):
    turn = np.eye(3)
    for axis, degrees in ((2, z_deg), (1, y_deg), (0, x_deg)):
        vector = np.zeros(3)
        vector[axis] = np.radians(degrees)
        turn = cv2.Rodrigues(vector)[0] @ turn
    return turn


@functools.cache
def texture():
    """Paint the board with a white margin of one square."""
    return painted(charuco_board())


def painted(board):
    """Paint a board of as many squares with a white margin of one square."""
    size = ((COLUMNS + 2) * _FINE, (ROWS + 2) * _FINE)
    paint = board.generateImage(size, marginSize=_FINE, borderBits=1)
    return cv2.GaussianBlur(paint, None, 1.0).astype(np.float32)


def poses(*, tilt_deg=35.0, reach=1.0, count=20, seed=4):
    """Give turn and place (cm) of the board before the camera, all over the picture.

    Places go round the picture in a spiral, tilts round the clock at another pace.
    """
    rng = np.random.default_rng(seed)
    for i in range(count):
        far = rng.uniform(28, 42)
        round_ = 2 * np.pi * i * 0.381966
        out = reach * np.sqrt((i + 0.5) / count)
        place = np.array([0.5 * out * np.cos(round_) * 1.15, 0.5 * out * np.sin(round_) * 0.62, 1])
        clock = 2 * np.pi * i * 0.29
        yield (
            turned(tilt_deg * np.sin(clock), tilt_deg * np.cos(clock), 90 + rng.uniform(-20, 20)),
            place * far,
        )


@functools.cache
def all_rays(k1, focal_px):
    """Give the directions of 2 x 2 samples in each pixel."""
    camera = Pinhole(
        focal_px=focal_px,
        centre_px=CENTRE_PX,
        position_cm=np.zeros(3),
        rotation=np.eye(3),
        k1=k1,
    )
    column, row = np.meshgrid(np.arange(2 * WIDTH), np.arange(2 * HEIGHT))
    return camera.rays((column + 0.5) / 2 - 0.5, (row + 0.5) / 2 - 0.5)


def picture(pose, *, k1, rng, noise=2.0, blur_px=0.6, paint=None, focal_px=FOCAL_PX):
    """Render one view with 2 x 2 samples a pixel."""
    turn, place = pose
    rays = all_rays(k1, focal_px)
    # the board's plane: middle at `place`, axes the columns of `turn`
    depth = (place @ turn[:, 2]) / (rays @ turn[:, 2])
    on_board = (rays * depth[..., None] - place) @ turn[:, :2]
    squares = on_board / (SQUARE_MM / 10) + (COLUMNS / 2 + 1, ROWS / 2 + 1)
    at = (squares * _FINE - 0.5).astype(np.float32)
    at[depth <= 0] = -1e4
    paint = texture() if paint is None else paint
    seen = cv2.remap(
        paint,
        at[..., 0],
        at[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=110,
    )
    seen = cv2.resize(seen, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    seen = cv2.GaussianBlur(40 + 0.7 * seen, None, blur_px)
    return np.clip(seen + rng.normal(0, noise, seen.shape), 0, 255).astype(np.uint8)


def pictures(*, k1, poses_=None, **look):
    """Render a clip's pictures: each pose held for two of them."""
    rng = np.random.default_rng(8)
    return [
        seen
        for pose in (poses() if poses_ is None else poses_)
        for seen in [picture(pose, k1=k1, rng=rng, **look)] * 2
    ]
