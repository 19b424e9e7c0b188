"""A second pinhole, for the tests of the simulator's own."""

from __future__ import annotations

import math

import numpy as np

from barpath.simulate import Scene


def project_by_hand(scene: Scene, point_cm: np.ndarray) -> np.ndarray:
    """Project a world point with explicit camera axes, written without looking at the package's."""
    view = scene.view
    yaw, pitch, roll = (math.radians(a) for a in (view.yaw_deg, view.pitch_deg, view.roll_deg))
    right = np.array([math.cos(yaw), 0, math.sin(yaw)])
    ahead = np.array([-math.sin(yaw), 0, math.cos(yaw)])
    up = np.array([0.0, 1.0, 0.0])
    eye = view.aside_cm * right + view.height_cm * up - view.distance_cm * ahead
    ahead, up = (
        ahead * math.cos(pitch) + up * math.sin(pitch),
        up * math.cos(pitch) - ahead * math.sin(pitch),
    )
    # a camera turned clockwise has its own right towards the world's right and down
    right, up = (
        right * math.cos(roll) - up * math.sin(roll),
        up * math.cos(roll) + right * math.sin(roll),
    )
    seen = point_cm - eye
    x, y = seen @ right / (seen @ ahead), -(seen @ up) / (seen @ ahead)
    swell = 1 + view.k1 * (x * x + y * y)
    focal = view.plate_radius_px * view.distance_cm / (scene.plate.diameter_cm / 2)
    return np.array(
        [(view.width - 1) / 2 + focal * swell * x, (view.height - 1) / 2 + focal * swell * y]
    )
