"""Rims of plates by formula: circles under a pinhole camera."""

from __future__ import annotations

import math

import numpy as np

from barpath.plate import Ellipse, Plate
from barpath.simulate.optics import Pinhole
from barpath.tracking.track import LAID_CHANGE_SD, State, Track

RADIUS_CM = 22.5


def rim_of(camera: Pinhole, *, x_cm: float, y_cm: float) -> Ellipse:
    """Draw a plate's rim exactly: the conic of a circle under the plane's homography."""
    plane = np.column_stack(
        [camera.rotation[:, 0], camera.rotation[:, 1], -camera.rotation @ camera.position_cm]
    )
    lens = np.array(
        [
            [camera.focal_px, 0, camera.centre_px[0]],
            [0, camera.focal_px, camera.centre_px[1]],
            [0, 0, 1],
        ]
    )
    to_circle = np.linalg.inv(lens @ plane)
    circle = np.array(
        [[1, 0, -x_cm], [0, 1, -y_cm], [-x_cm, -y_cm, x_cm**2 + y_cm**2 - RADIUS_CM**2]]
    )
    conic = to_circle.T @ circle @ to_circle
    centre = -np.linalg.solve(conic[:2, :2], conic[:2, 2])
    level = -(conic[2, 2] + conic[:2, 2] @ centre)
    values, vectors = np.linalg.eigh(conic[:2, :2] / level)
    long, short = 1 / np.sqrt(values)
    angle = math.degrees(math.atan2(vectors[1, 0], vectors[0, 0])) % 180
    return Ellipse(float(centre[0]), float(centre[1]), float(long), float(short / long), angle)


def track_of(rims: list[Ellipse], *, change_sd: float = LAID_CHANGE_SD) -> Track:
    """Make a track of rims that were all measured, 30 a second."""
    count = len(rims)
    return Track(
        time_s=np.arange(count) / 30,
        x_px=np.array([rim.x_px for rim in rims]),
        y_px=np.array([rim.y_px for rim in rims]),
        radius_px=np.array([rim.radius_px for rim in rims]),
        axis_ratio=np.array([rim.axis_ratio for rim in rims]),
        angle_deg=np.array([rim.angle_deg for rim in rims]),
        sd_px=np.full(count, 0.1),
        residual_px=np.full(count, 0.1),
        state=np.full(count, State.TRACKED, dtype=np.int8),
        radius_sd_px=0.2,
        plate=Plate(0, rims[0], 0.9),
        change_sd=change_sd,
    )
