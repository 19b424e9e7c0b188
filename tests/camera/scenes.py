"""Scenes by formula: where a plate is, how a hand sways, and a camera that doesn't."""

from __future__ import annotations

import cv2
import numpy as np

from barpath.camera import CameraMotion
from barpath.plate import Ellipse, Plate
from barpath.tracking import State, Track

WIDTH, HEIGHT = 480, 270
COUNT, RATE_HZ = 60, 30.0
RADIUS = 24.0
TIME_S = np.arange(COUNT) / RATE_HZ
BAR_X = np.full(COUNT, 230.0) + 4 * np.sin(2 * TIME_S)
BAR_Y = 190.0 - 45 * (1 - np.cos(np.pi * TIME_S))
KEY = COUNT // 2


class Drawn:
    """Pictures in memory."""

    def __init__(self, pictures):
        self.pictures = pictures
        self.time_s = np.arange(len(pictures)) / RATE_HZ

    @property
    def shape(self):
        return self.pictures[0].shape

    def luma(self, index, /):
        return self.pictures[index].copy()

    def __len__(self):
        return len(self.pictures)


def track_at(x_px, y_px, *, radius_px=RADIUS):
    """Make a track of a plate that was measured in every frame."""
    count = len(x_px)
    return Track(
        time_s=np.arange(count) / RATE_HZ,
        x_px=np.asarray(x_px, dtype=float),
        y_px=np.asarray(y_px, dtype=float),
        radius_px=np.full(count, float(radius_px)),
        axis_ratio=np.ones(count),
        angle_deg=np.zeros(count),
        sd_px=np.full(count, 0.1),
        residual_px=np.full(count, 0.1),
        state=np.full(count, State.TRACKED, dtype=np.int8),
        radius_sd_px=0.05,
        plate=Plate(0, Ellipse(float(x_px[0]), float(y_px[0]), radius_px), 1.0),
    )


def similarity(*, x=0.0, y=0.0, turn_deg=0.0, zoom=1.0):
    """Turn and zoom about the picture's middle, then shift."""
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), turn_deg, zoom)
    matrix[:, 2] += (x, y)
    return matrix


def sway(*, size_px=8.0, turn_deg=1.0, zoom=0.02):
    """Sway by hand: slow sines of incommensurate periods in every freedom."""
    t = TIME_S
    return [
        similarity(
            x=size_px * np.sin(5.1 * s),
            y=size_px * np.sin(3.3 * s + 1),
            turn_deg=turn_deg * np.sin(4.1 * s + 2),
            zoom=1 + zoom * np.sin(2.7 * s + 0.5),
        )
        for s in t
    ]


def seen_track(warps):
    """Put the plate where the warps show it."""
    places = np.stack([BAR_X, BAR_Y, np.ones(COUNT)], axis=1)[..., None]
    return track_at(*(np.stack(warps) @ places)[..., 0].T)


def unmoved(count):
    """Give the motion of a camera that is known to have stood still."""
    return CameraMotion(
        reference=count // 2,
        to_reference=np.tile(np.eye(2, 3), (count, 1, 1)),
        sd_px=np.zeros(count),
        known=True,
        moving=False,
    )
