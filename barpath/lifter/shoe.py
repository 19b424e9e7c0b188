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

SHIN, HEEL, SOLE, TOE, INSTEP = range(5)

# Corners of the outline with the toe to the right, shoe lengths from the middle of the sole, y up,
# and how much an edge there tells: what heel and toe show decides both the place and the facing.
_OUTLINE = (
    (SHIN, (-0.40, 0.95), (-0.40, 0.40), 1.0),
    (HEEL, (-0.40, 0.40), (-0.48, 0.22), 1.5),
    (HEEL, (-0.48, 0.22), (-0.49, 0.03), 1.5),
    (SOLE, (-0.47, 0.00), (0.44, 0.00), 1.0),
    (TOE, (0.44, 0.00), (0.50, 0.06), 1.5),
    (TOE, (0.50, 0.06), (0.44, 0.13), 1.5),
    (TOE, (0.44, 0.13), (0.18, 0.22), 1.0),
    (INSTEP, (0.18, 0.22), (-0.05, 0.40), 1.0),
    (SHIN, (-0.05, 0.40), (-0.06, 0.95), 1.0),
)

MEAN_POWER = 0.25
"""The parts' shares are averaged in this power, nearly as in a geometric mean: an outline without
its toe is no shoe, however well the shin fits. On 220 simulated scenes 6 % of facings are left
unsaid, 9 % with the plain mean."""

NEARER_SHARE, NEARER_RADII = 0.93, 0.25
"""Of two outlines that fit as well as this, the one lower by that much is the near shoe's: the far
one is drawn higher. Shoes that fit as well elsewhere are 0.1 lower, and the same."""

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

_MIDDLE = round(SIDES_RADII * PX_PER_RADIUS)
_MOST_ASIDE = round(MAX_ASIDE_RADII * PX_PER_RADIUS)
_FIRST_ROW = round((ABOVE_RADII + MIN_BELOW_RADII) * PX_PER_RADIUS)
_FOOT = round(min(LENGTHS_RADII) * PX_PER_RADIUS)


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

    part: IntArray
    dx: IntArray
    dy: IntArray
    direction: IntArray
    weight: FloatArray


@dataclass(frozen=True)
class _Fit:
    """How well an outline fits with its sole's middle at each place looked at, and how long."""

    score: FloatArray
    length_radii: FloatArray


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
    right, left = (
        _nearest(fit=_fit_everywhere(edges=edges, toward=toward), toward=toward)
        for toward in (1, -1)
    )
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
    for part, start, end, weight in _OUTLINE:
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
        same = (np.full(count, value) for value in (part, angle, weight))
        found.append((at, *same))
    places, parts, angles, weights = (np.concatenate(column) for column in zip(*found, strict=True))
    return _Points(
        part=parts,
        dx=toward * np.round(places[:, 0]).astype(np.intp),
        dy=np.round(-places[:, 1]).astype(np.intp),
        direction=np.round(angles * DIRECTIONS / math.pi).astype(np.intp) % DIRECTIONS,
        weight=weights,
    )


def _fit_everywhere(*, edges: Float32Array, toward: int) -> _Fit:
    """Lay the outline everywhere, in every length and with every lean."""
    reach = round(1.5 * max(LENGTHS_RADII) * PX_PER_RADIUS)
    padded = np.pad(edges, ((0, 0), (reach, reach), (reach, reach)))
    rows, columns = edges.shape[1] - _FIRST_ROW, 2 * _MOST_ASIDE + 1
    best = _Fit(np.zeros((rows, columns)), np.full((rows, columns), np.nan))
    for length, lean in itertools.product(LENGTHS_RADII, SHIN_LEANS):
        points = _points(length_px=length * PX_PER_RADIUS, lean=lean, toward=toward)
        weight = np.bincount(points.part, points.weight)
        found = np.zeros((len(weight), rows, columns), dtype=np.float32)
        for part, dx, dy, direction, share in zip(
            points.part,
            points.dx,
            points.dy,
            points.direction,
            points.weight / weight[points.part],
            strict=True,
        ):
            top, left = reach + _FIRST_ROW + dy, reach + _MIDDLE - _MOST_ASIDE + dx
            found[part] += (
                np.float32(share) * padded[direction, top : top + rows, left : left + columns]
            )
        score = np.tensordot(weight / weight.sum(), found**MEAN_POWER, 1) ** (1 / MEAN_POWER)
        better = score > best.score
        best.score[better] = score[better]
        best.length_radii[better] = length
    from_start = np.arange(-_MOST_ASIDE, _MOST_ASIDE + 1) / PX_PER_RADIUS
    return _Fit(best.score * np.exp(-0.5 * (from_start / ASIDE_SD_RADII) ** 2), best.length_radii)


def _nearest(*, fit: _Fit, toward: int) -> Outline:
    """Take the place where the outline fits best, or nearly so and nearer to the camera."""
    score = fit.score
    row, column = np.unravel_index(int(score.argmax()), score.shape)
    low = row + round(NEARER_RADII * PX_PER_RADIUS)
    high = low + round(NEARER_RADII * PX_PER_RADIUS)
    first, last = (max(0, int(column) + side * _FOOT // 2) for side in (-1, 1))
    below = score[low:high, first:last]
    if below.size and below.max() >= NEARER_SHARE * score[row, column]:
        at = np.unravel_index(int(below.argmax()), below.shape)
        row, column = low + at[0], first + at[1]
    return Outline(
        toward=toward,
        score=float(score.max()),
        x_radii=float(column - _MOST_ASIDE) / PX_PER_RADIUS,
        y_radii=float(row + _FIRST_ROW) / PX_PER_RADIUS - ABOVE_RADII,
        length_radii=float(fit.length_radii[row, column]),
    )
