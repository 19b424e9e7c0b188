"""The plate's fitted rim, drawn from its equation to a fraction of a pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.report.ink import Sprite, even, even_up

Single = NDArray[np.float32]

#: Luma of black-ish casing and white line in video range (ITU-R BT.709: 16 to 235).
_DARK_Y, _LIGHT_Y = 24.0, 235.0
_NEUTRAL = 128

_DASHES = 16


@dataclass(frozen=True)
class Rim:
    """An ellipse in the overlay's pixels; `angle_deg` is the major axis's, clockwise."""

    x_px: float
    y_px: float
    radius_px: float
    axis_ratio: float
    angle_deg: float


def draw_rim(rim: Rim, *, line_px: float, dashed: bool) -> tuple[Sprite, int, int]:
    """Draw a rim as a light line with dark sides, and a dot at its centre.

    The distance of a pixel from the ellipse is taken to first order, F / |grad F| with
    F = (x/a)^2 + (y/b)^2 - 1 (Sampson 1982), which near the line is exact enough.

    Parameters
    ----------
    rim : Rim
    line_px : float
        Width of the light line.
    dashed : bool
        For a rim that wasn't measured.

    Returns
    -------
    sprite : Sprite
    left, top : int
        Where it lies; both even.
    """
    reach = rim.radius_px + 2 * line_px + 2
    left, top = even(rim.x_px - reach), even(rim.y_px - reach)
    size = even_up(2 * reach + 2)
    x = np.arange(size, dtype=np.float32) + np.float32(left - rim.x_px)
    y = np.arange(size, dtype=np.float32) + np.float32(top - rim.y_px)
    squared = x[None, :] ** 2 + y[:, None] ** 2
    inner = max(0.0, rim.radius_px * rim.axis_ratio - 2 * line_px)
    # Most of the square is far from the line; only what isn't is worked out.
    near = (squared < (2 * line_px + 1) ** 2) | (
        (squared > inner**2) & (squared < (rim.radius_px + 2 * line_px) ** 2)
    )
    rows, columns = np.nonzero(near)
    off_px = _distance_px(rim, x=x[columns], y=y[rows], dashed=dashed)
    # A dot of twice the line's width is as far from its own edge as the line is.
    off_px = np.minimum(off_px, np.sqrt(squared[near]) - np.float32(line_px))
    weight = np.zeros((size, size), dtype=np.float32)
    weight[near] = _cover(off_px, half_px=1.1 * line_px)
    luma = np.full((size, size), round(_DARK_Y), dtype=np.uint8)
    light = _cover(off_px, half_px=line_px / 2)
    luma[near] = np.rint(_DARK_Y + (_LIGHT_Y - _DARK_Y) * light).astype(np.uint8)
    half = np.full((size // 2, size // 2), _NEUTRAL, dtype=np.uint8)
    weight_half = cv2.resize(weight, half.shape[::-1], interpolation=cv2.INTER_AREA)
    sprite = Sprite(
        y=luma, u=half, v=half, weight=weight, weight_half=np.asarray(weight_half, np.float32)
    )
    return sprite, left, top


def _distance_px(rim: Rim, *, x: Single, y: Single, dashed: bool) -> Single:
    """Give the distance of points, counted from the centre, from the rim or its nearest dash."""
    cosine, sine = (np.float32(part(math.radians(rim.angle_deg))) for part in (math.cos, math.sin))
    along, across = cosine * x + sine * y, cosine * y - sine * x
    major, minor = np.float32(rim.radius_px), np.float32(rim.radius_px * rim.axis_ratio)
    u, v = along / major, across / minor
    slope = 2 * np.sqrt((u / major) ** 2 + (v / minor) ** 2)
    off_px = np.abs(u * u + v * v - 1) / np.maximum(slope, np.float32(1e-6))
    if dashed:
        off_px[np.sin(_DASHES * np.arctan2(across, along)) < 0] = major
    return np.asarray(off_px, dtype=np.float32)


def _cover(off_px: Single, *, half_px: float) -> Single:
    """Give the share of each pixel that a line of some half width covers."""
    return np.asarray(np.clip(half_px + 0.5 - off_px, 0, 1), dtype=np.float32)
