"""The simulated camera: a pinhole with radial distortion, and the rim of a plate seen through it.

World: x to the picture's right with 0 at midfoot, y up with 0 on the floor, z away from the camera
with 0 in the plane of the near plate's outer face; centimetres. Picture: displayed pixels, origin
at the centre of the top-left pixel, y down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from barpath.simulate.scene import Scene

FloatArray = NDArray[np.float64]

_EDGE_ON = 1e9  # condition of the fit of an ellipse too thin for it, about 1 degree from edge on


def _turn(axis: int, degrees: float) -> FloatArray:
    """Rotate about axis 0 (x), 1 (y) or 2 (z), right-handed in the order of the axes."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    turn = np.eye(3)
    turn[i, i], turn[i, j], turn[j, i], turn[j, j] = c, -s, s, c
    return turn


@dataclass(frozen=True)
class Pinhole:
    """A camera at rest.

    Attributes
    ----------
    focal_px : float
    centre_px : tuple of float
        Principal point.
    position_cm : ndarray, shape (3,)
    rotation : ndarray, shape (3, 3)
        World to camera (x right, y down, z forward).
    k1 : float
        Radial distortion: normalised radius r becomes ``r (1 + k1 r^2)`` (Brown 1966).
    """

    focal_px: float
    centre_px: tuple[float, float]
    position_cm: FloatArray
    rotation: FloatArray
    k1: float = 0.0

    def project(self, points_cm: FloatArray) -> FloatArray:
        """Picture coordinates of world points.

        Parameters
        ----------
        points_cm : ndarray, shape (..., 3)

        Returns
        -------
        ndarray, shape (..., 2)
            NaN for points less than 1 cm in front of the camera or behind it.
        """
        seen = (np.asarray(points_cm, dtype=float) - self.position_cm) @ self.rotation.T
        depth = np.where(seen[..., 2:] > 1.0, seen[..., 2:], np.nan)
        flat = seen[..., :2] / depth
        flat = flat * (1 + self.k1 * np.sum(flat**2, axis=-1, keepdims=True))
        return np.asarray(flat * self.focal_px + np.array(self.centre_px))

    def scale(self, points_cm: FloatArray) -> FloatArray:
        """Pixels per centimetre square to the line of sight, at world points (..., 3)."""
        seen = (np.asarray(points_cm, dtype=float) - self.position_cm) @ self.rotation.T
        return np.asarray(self.focal_px / np.maximum(seen[..., 2], 1.0))

    def rays(self, u_px: FloatArray, v_px: FloatArray) -> FloatArray:
        """World directions in which the given picture points lie, shape (..., 3)."""
        x = (np.asarray(u_px, dtype=float) - self.centre_px[0]) / self.focal_px
        y = (np.asarray(v_px, dtype=float) - self.centre_px[1]) / self.focal_px
        if self.k1 != 0:
            x, y = _undistort(x=x, y=y, k1=self.k1)
        turn = self.rotation
        parts = [turn[0, i] * x + turn[1, i] * y + turn[2, i] for i in range(3)]
        return np.stack(parts, axis=-1)

    def turned(self, *, right_rad: float, down_rad: float) -> Pinhole:
        """Return this camera after a small turn about its own centre."""
        turn = _turn(1, -math.degrees(right_rad)) @ _turn(0, math.degrees(down_rad))
        return replace(self, rotation=turn @ self.rotation)


def _undistort(*, x: FloatArray, y: FloatArray, k1: float) -> tuple[FloatArray, FloatArray]:
    """Invert the distortion by fixed-point iteration, to 1e-9 within the frame."""
    distorted = np.hypot(x, y)
    radius = distorted
    for _ in range(40):
        before, radius = radius, distorted / (1 + k1 * radius**2)
        if np.abs(radius - before).max(initial=0.0) < 1e-12:
            break
    factor = np.where(distorted > 0, radius / np.maximum(distorted, 1e-12), 1.0)
    return x * factor, y * factor


def set_up(scene: Scene) -> Pinhole:
    """Set up a scene's camera, before any shake.

    The camera looks level along +z from ``distance_cm``; yaw walks it round the upright through
    midfoot in the face's plane, so that the bar stays where it is in the picture.
    """
    view = scene.view
    level = np.diag([1.0, -1.0, 1.0])  # world y is up, the camera's is down
    walk = _turn(1, view.yaw_deg)
    start = np.array([view.aside_cm, view.height_cm, -view.distance_cm])
    rotation = _turn(2, -view.roll_deg) @ _turn(0, -view.pitch_deg) @ level @ walk
    return Pinhole(
        focal_px=view.plate_radius_px * view.distance_cm / (scene.plate.diameter_cm / 2),
        centre_px=(
            (view.width - 1) / 2 + view.off_right_px,
            (view.height - 1) / 2 + view.off_down_px,
        ),
        position_cm=walk.T @ start,
        rotation=rotation,
        k1=view.k1,
    )


def semi_major_px(outline_px: FloatArray) -> FloatArray:
    """Semi-major axis of the ellipse through projected rim points.

    Parameters
    ----------
    outline_px : ndarray, shape (n_frames, n_points, 2)

    Returns
    -------
    ndarray, shape (n_frames,)
        NaN where the circle is seen edge on or partly behind the camera.

    Notes
    -----
    Least squares for the conic ``a x^2 + b xy + c y^2 + d x + e y = 1`` about the points' mean:
    exact for a pinhole, where the picture of a circle is an ellipse; the nearest ellipse where the
    lens distorts.
    """
    offset = outline_px - outline_px.mean(axis=1, keepdims=True)
    size = np.abs(offset).max(axis=(1, 2))
    x, y = np.moveaxis(offset / size[:, None, None], 2, 0)
    design = np.stack([x * x, x * y, y * y, x, y], axis=2)
    squared = np.swapaxes(design, 1, 2) @ design
    seen = np.isfinite(squared).all(axis=(1, 2))
    seen[seen] &= np.linalg.cond(squared[seen]) < _EDGE_ON
    solved = np.linalg.solve(squared[seen], design[seen].sum(axis=1)[..., None])[..., 0]
    a, b, c, d, e = solved.T
    quadratic = np.stack([np.stack([a, b / 2], axis=1), np.stack([b / 2, c], axis=1)], axis=1)
    linear = np.stack([d, e], axis=1)[..., None]
    middle = np.linalg.solve(-2 * quadratic, linear)
    level = 1 + (np.swapaxes(middle, 1, 2) @ quadratic @ middle)[:, 0, 0]
    radii = np.full(len(outline_px), np.nan)
    radii[seen] = size[seen] * np.sqrt(level / np.linalg.eigvalsh(quadratic)[:, 0])
    return radii
