"""Finding the near shoe by its outline: sole, heel, toe, and the shin that rises from the heel.

The outline is laid over the floor's edges in every place, in several sizes and leans of the shin,
with the toe to the right and to the left. The best of each way round competes with the best of the
other: the shin rises from the heel's half, so the wrong way round fits a part of the outline only.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.lifter.floor import ABOVE_RADII, PX_PER_RADIUS, SIDES_RADII, FloorPicture

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.intp]

DIRECTIONS = 8
"""Kinds of edges, by the direction of their normal."""

LENGTHS_RADII = (0.95, 1.07, 1.2, 1.35, 1.5)
"""Shoe lengths looked for: 21 to 34 cm by the ruler of a 45 cm plate (radius 22.5 cm), which is
nearer to the camera than shoes of 24 to 36 cm."""

SHIN_LEANS = (-0.15, 0.0, 0.15, 0.3)
"""Forward lean of the shin near lockout, as a slope."""

SHIN_FROM = 0.4
"""Height over the sole, in shoe lengths, from which the shin leans."""

# Corners of the outline with the toe to the right, shoe lengths from the middle of the sole, y up,
# and how much an edge there tells: what heel and toe show decides both the place and the facing.
_OUTLINE = (
    ((-0.40, 0.95), (-0.40, 0.40), 1.0),
    ((-0.40, 0.40), (-0.48, 0.22), 1.5),
    ((-0.48, 0.22), (-0.49, 0.03), 1.5),
    ((-0.47, 0.00), (0.44, 0.00), 1.0),
    ((0.44, 0.00), (0.50, 0.06), 1.5),
    ((0.50, 0.06), (0.44, 0.13), 1.5),
    ((0.44, 0.13), (0.18, 0.22), 1.0),
    ((0.18, 0.22), (-0.05, 0.40), 1.0),
    ((-0.05, 0.40), (-0.06, 0.95), 1.0),
)

MAX_ASIDE_RADII = 1.3
"""How far from the bar's start the shoe's middle is looked for."""

MIN_BELOW_RADII = -0.1
"""How far below the bar's lowest rest the sole is, at least: the floor is 1 below it, and looks
higher the higher the camera and the farther the shoe (up to 1.07 higher in real clips)."""

ASIDE_SD_RADII = 1.2
"""One standard deviation of the prior of where the shoe's middle is. Real clips have it 0.4 from
the bar's start, 0.8 at most, most of it parallax."""

USUAL_RADII = 1.5
"""Half width of the square in which an edge is compared with what is usual."""

FAINT = 2.0
"""Grey levels a pixel: weaker edges than this are noise."""


@dataclass(frozen=True)
class Outline:
    """The outline where it fits best, one way round.

    Attributes
    ----------
    toward : int
        +1 with the toe to the picture's right, -1 to its left.
    score : float
        Share of the outline with an edge along it, from 0 to 1, less the farther from the bar.
    x_radii, y_radii : float
        Middle of the sole, from the plate's lowest rest, y down.
    length_radii : float
    """

    toward: int
    score: float
    x_radii: float
    y_radii: float
    length_radii: float


@dataclass(frozen=True)
class _Points:
    """Points of an outline in pixels of the floor picture, from the middle of its sole."""

    dx: IntArray
    dy: IntArray
    direction: IntArray
    weight: FloatArray


def best_outlines(*, floor: FloorPicture) -> tuple[Outline, Outline]:
    """Fit the shoe's outline both ways round.

    Parameters
    ----------
    floor : FloorPicture

    Returns
    -------
    tuple of Outline
        The better one first.
    """
    edges = _edges(floor=floor)
    right, left = (_best(edges=edges, toward=toward) for toward in (1, -1))
    return (left, right) if left.score > right.score else (right, left)


def _edges(*, floor: FloorPicture) -> Float32Array:
    """Return the strength of edges of each direction, from 0 to 1, shape (DIRECTIONS, h, w)."""
    grey = cv2.GaussianBlur(floor.grey.astype(np.float32), (0, 0), 1.0)
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3) / 8
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3) / 8
    strength = np.hypot(across, down)
    unseen = cv2.dilate((~floor.seen).astype(np.uint8), np.ones((7, 7), dtype=np.uint8)) > 0
    strength[unseen] = 0.0
    # against what is usual around: bare feet on a bright floor have edges as faint as a rack's
    # shadows elsewhere
    around = (2 * round(USUAL_RADII * PX_PER_RADIUS) + 1,) * 2
    seen = cv2.blur((~unseen).astype(np.float32), around)
    usual = cv2.blur(strength, around) / np.maximum(seen, 1e-3)
    strength /= strength + usual + FAINT
    normal = np.arctan2(down, across)
    layers = [
        cv2.GaussianBlur(
            strength * np.maximum(np.cos(2 * (normal - math.pi * at / DIRECTIONS)), 0),
            (0, 0),
            1.2,
        )
        for at in range(DIRECTIONS)
    ]
    return np.stack(layers).astype(np.float32)


@cache
def _points(*, length_px: float, lean: float, toward: int) -> _Points:
    """Sample the outline about every pixel."""
    found = []
    for start, end, weight in _OUTLINE:
        a, b = (
            np.array([x + lean * max(y - SHIN_FROM, 0.0), y], dtype=np.float64)
            for x, y in (start, end)
        )
        count = max(2, round(float(np.hypot(*(b - a))) * length_px))
        share = (np.arange(count)[:, None] + 0.5) / count
        at = (a + share * (b - a)) * length_px
        along = b - a
        # the normal of an edge, y down, whichever side is brighter
        angle = math.atan2(along[0], -along[1] * -toward) % math.pi
        found.append((at, np.full(count, angle), np.full(count, weight)))
    places, angles, weights = (np.concatenate(column) for column in zip(*found, strict=True))
    return _Points(
        dx=toward * np.round(places[:, 0]).astype(np.intp),
        dy=np.round(-places[:, 1]).astype(np.intp),
        direction=np.round(angles * DIRECTIONS / math.pi).astype(np.intp) % DIRECTIONS,
        weight=weights / weights.sum(),
    )


def _best(*, edges: Float32Array, toward: int) -> Outline:
    """Find where, how long and with what lean the outline fits best."""
    reach = round(1.5 * max(LENGTHS_RADII) * PX_PER_RADIUS)
    padded = np.pad(edges, ((0, 0), (reach, reach), (reach, reach)))
    middle = round(SIDES_RADII * PX_PER_RADIUS)
    aside = round(MAX_ASIDE_RADII * PX_PER_RADIUS)
    first = round((ABOVE_RADII + MIN_BELOW_RADII) * PX_PER_RADIUS)
    rows, columns = edges.shape[1] - first, 2 * aside + 1
    from_start = np.arange(-aside, aside + 1) / PX_PER_RADIUS
    prior = np.exp(-0.5 * (from_start / ASIDE_SD_RADII) ** 2).astype(np.float32)
    best = Outline(toward, 0.0, math.nan, math.nan, math.nan)
    for length, lean in itertools.product(LENGTHS_RADII, SHIN_LEANS):
        points = _points(length_px=length * PX_PER_RADIUS, lean=lean, toward=toward)
        score = np.zeros((rows, columns), dtype=np.float32)
        for dx, dy, direction, weight in zip(
            points.dx, points.dy, points.direction, points.weight, strict=True
        ):
            top, left = reach + first + dy, reach + middle - aside + dx
            score += np.float32(weight) * padded[direction, top : top + rows, left : left + columns]
        score *= prior
        row, column = np.unravel_index(int(score.argmax()), score.shape)
        if score[row, column] > best.score:
            best = Outline(
                toward=toward,
                score=float(score[row, column]),
                x_radii=float(column - aside) / PX_PER_RADIUS,
                y_radii=float(row + first) / PX_PER_RADIUS - ABOVE_RADII,
                length_radii=length,
            )
    return best
