"""Pictures of the bar laid over one another at the pace of what is farther away than its near end.

What hangs on the bar moves as the near plate does, but the farther away it is the slower, by the
ratio of the distances. Laid over one another at that pace, its edges are the same in all pictures;
those of everything else wander, and cancel.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera.motion import CameraMotion
from barpath.pixels import shrunk_px
from barpath.plate import Pictures
from barpath.tracking import State, Track

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.intp]

RADIUS_PX = 36
"""Radius that the near plate is drawn with. At 24 the lifter's hips, which rise nearly as the bar
does, still look sharp."""

FRAMES = 16
"""Pictures, spread over the heights of the bar: what wanders is in one place in few of them."""

REACH_RADII = 3.0
"""How far from the near plate is looked, in its radii: seen from 4 m at 27 degrees, the far plate's
outer edge lies there."""

MIN_TRAVEL_RADII = 1.2
"""On a shorter way what stands still, or rises slower, isn't blurred enough."""

_ENDS = 0.05
_MARGIN_RADII = 0.5
_NEAR_RADII = 1.1
_SOFTEN_PX = 0.8
_GREY_NOISE = 0.7
_SEEN_SHARE, _SEEN_MIN = 0.3, 3
_CHANCE = 0.35


@dataclass(frozen=True)
class Layers:
    """Edges of a few pictures, each about the near plate's centre and drawn to one size.

    Attributes
    ----------
    frames : ndarray of int, shape (n,)
    slope_x, slope_y : ndarray of float32, shape (n, side, side)
        Grey levels a pixel.
    steepness : ndarray of float32, shape (n, side, side)
        Square of the slope.
    seen : ndarray of float32, shape (n, side, side)
        1 where the picture shows something that isn't the near plate, else 0.
    travel_px : ndarray, shape (n, 2)
        Place of the near plate in the room, from the mean place, each in its own picture's scale.
    radius_px : float
        Of the near plate.
    """

    frames: IntArray
    slope_x: Float32Array
    slope_y: Float32Array
    steepness: Float32Array
    seen: Float32Array
    travel_px: FloatArray
    radius_px: float = RADIUS_PX

    def halved(self) -> Layers:
        """Return every other pixel, for a first look."""
        first = self.seen.shape[1] // 2 % 2  # the middle pixel stays the middle one
        slope_x, slope_y, steepness, seen = (
            np.ascontiguousarray(layer[:, first::2, first::2])
            for layer in (self.slope_x, self.slope_y, self.steepness, self.seen)
        )
        return Layers(
            frames=self.frames,
            slope_x=slope_x,
            slope_y=slope_y,
            steepness=steepness,
            seen=seen,
            travel_px=self.travel_px / 2,
            radius_px=self.radius_px / 2,
        )


@dataclass(frozen=True)
class Overlaid:
    """Edges that the layers share at one pace.

    Attributes
    ----------
    slope_x, slope_y : ndarray of float32, shape (rows, columns)
        Mean slope.
    shared : ndarray of float32, shape (rows, columns)
        How far all layers agree on it, 0 to 1.
    seen : ndarray of bool, shape (rows, columns)
        Whether enough of them show the place.
    corner_px : tuple of int
        Place of the first pixel from the near plate's mean place.
    """

    slope_x: Float32Array
    slope_y: Float32Array
    shared: Float32Array
    seen: NDArray[np.bool_]
    corner_px: tuple[int, int]


def lay_bar(
    *, pictures: Pictures, track: Track, motion: CameraMotion, factor: float
) -> Layers | None:
    """Take pictures at all heights of the bar and find their edges about the near plate.

    Parameters
    ----------
    pictures : Pictures
    track : Track
    motion : CameraMotion
        Of the camera, taken out of the bar's pace.
    factor : float
        Displayed pixels per working pixel.

    Returns
    -------
    Layers or None
        None where the bar moves too little.
    """
    steady_x, steady_y = motion.steadied(track.x_px, track.y_px)
    usable = np.flatnonzero((track.state == State.TRACKED) & np.isfinite(steady_x))
    if len(usable) < FRAMES:
        return None
    height = steady_y[usable]
    if np.ptp(height) < MIN_TRAVEL_RADII * float(np.median(track.radius_px[usable])):
        return None
    once = _once_up_and_down(height)
    usable, height = usable[once], height[once]
    levels = np.linspace(height.min(), height.max(), FRAMES)
    frames = np.unique(usable[np.abs(height[:, None] - levels).argmin(axis=0)])
    scale = track.radius_px[frames] / factor / RADIUS_PX
    steady = np.column_stack([steady_x[frames], steady_y[frames]]) / factor
    centres = shrunk_px(np.column_stack([track.x_px[frames], track.y_px[frames]]), factor=factor)
    sides = [
        _edges(
            picture=pictures.luma(int(frame)),
            centre_px=centre,
            scale=float(zoom),
            axis_ratio=float(track.axis_ratio[frame]),
            angle_deg=float(track.angle_deg[frame]),
        )
        for frame, centre, zoom in zip(frames, centres, scale, strict=True)
    ]
    slope_x, slope_y, seen = (np.stack(side) for side in zip(*sides, strict=True))
    travel = (steady - steady.mean(axis=0)) / scale[:, None]
    steepness = slope_x**2 + slope_y**2
    return Layers(frames, slope_x, slope_y, steepness, seen, travel)


def _once_up_and_down(height_px: FloatArray) -> slice:
    """Give the quickest way up and back: from one to the next, the bar's far end shifts.

    The whole clip, where none is shown from end to end in pictures enough.
    """
    low, high = np.quantile(height_px, [1 - _ENDS, _ENDS])  # rows count downwards
    ends = np.flatnonzero((height_px >= low) | (height_px <= high))
    is_low = height_px[ends] >= low
    ways = []
    for at in np.flatnonzero(is_low[:-1] & ~is_low[1:]):
        back = ends[at + 1 :][is_low[at + 1 :]]
        if back.size and back[0] - ends[at] >= 2 * FRAMES:
            ways.append((int(ends[at]), int(back[0]) + 1))
    return slice(*min(ways, key=lambda way: way[1] - way[0])) if ways else slice(None)


def _edges(
    *,
    picture: NDArray[np.uint8],
    centre_px: FloatArray,
    scale: float,
    axis_ratio: float,
    angle_deg: float,
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Draw the surroundings of a place to the layers' size; give slopes, and what can be seen."""
    half = round((REACH_RADII + _MARGIN_RADII) * RADIUS_PX)
    side = 2 * half + 1
    low = np.maximum(np.floor(centre_px - (half + 2) * scale).astype(int), 0)
    size = np.array(picture.shape[::-1])
    high = np.minimum(np.ceil(centre_px + (half + 3) * scale).astype(int), size)
    part = picture[low[1] : high[1], low[0] : high[0]]
    coarser = max(1, int(scale))  # a mean of whole blocks first, so that nothing is skipped
    if coarser > 1:
        part = part[: part.shape[0] // coarser * coarser, : part.shape[1] // coarser * coarser]
        part = cv2.resize(
            part, (part.shape[1] // coarser, part.shape[0] // coarser), interpolation=cv2.INTER_AREA
        ).astype(np.uint8, copy=False)
    step = scale / coarser
    start = (centre_px - low + 0.5) / coarser - 0.5 - half * step
    drawn = cv2.warpAffine(
        part,
        np.array([[step, 0, start[0]], [0, step, start[1]]]),
        (side, side),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    drawn = cv2.GaussianBlur(drawn, (0, 0), _SOFTEN_PX)
    seen = np.zeros((side, side), dtype=np.float32)
    inside_from = np.ceil(np.maximum((low - centre_px) / scale + half, 0) + 2).astype(int)
    inside_to = np.floor((high - 1 - centre_px) / scale + half - 2).astype(int)
    seen[inside_from[1] : max(0, inside_to[1] + 1), inside_from[0] : max(0, inside_to[0] + 1)] = 1
    across = 2 * (_NEAR_RADII * RADIUS_PX + 2)
    cv2.ellipse(seen, ((half, half), (across, across * axis_ratio), angle_deg), 0, -1)
    slope_x, slope_y = (
        cv2.Sobel(drawn, cv2.CV_32F, order, 1 - order, scale=1 / 8) for order in (1, 0)
    )
    return slope_x * seen, slope_y * seen, seen


def overlay(
    *,
    layers: Layers,
    pace: float,
    about_px: tuple[int, int] = (0, 0),
    half_px: int | None = None,
) -> Overlaid:
    """Lay the layers over one another at a pace, and say what they share.

    Parameters
    ----------
    layers : Layers
    pace : float
        Of what is looked for, as a share of the near plate's.
    about_px : tuple of int
        Middle of the part that is wanted, from the near plate's mean place.
    half_px : int or None
        Half side of that part; `REACH_RADII` of the near plate without it.
    """
    half = round(REACH_RADII * layers.radius_px) if half_px is None else half_px
    count = 2 * half + 1
    side = layers.seen.shape[1]
    corner = np.array(about_px) - half
    # the thing is `pace` of the plate's travel from its mean place, the plate all of it
    starts = np.rint(corner + (pace - 1) * layers.travel_px).astype(int) + side // 2
    total = np.zeros((4, count, count), dtype=np.float32)
    for at, (column, row) in enumerate(starts):
        top, left = max(0, -row), max(0, -column)
        bottom, right = min(count, side - row), min(count, side - column)
        if bottom <= top or right <= left:
            continue
        there = slice(row + top, row + bottom), slice(column + left, column + right)
        into = total[:, top:bottom, left:right]
        into[0] += layers.slope_x[at][there]
        into[1] += layers.slope_y[at][there]
        into[2] += layers.steepness[at][there]
        into[3] += layers.seen[at][there]
    often = np.maximum(total[3], 1)
    mean_x, mean_y = total[0] / often, total[1] / often
    size = np.sqrt(mean_x**2 + mean_y**2)
    scatter = np.sqrt(np.maximum(0, total[2] / often - size**2))
    shared = np.clip(size / (size + scatter + _GREY_NOISE) - _CHANCE, 0, None) / (1 - _CHANCE)
    enough = total[3] >= max(_SEEN_MIN, _SEEN_SHARE * len(layers.frames))
    seen = cv2.erode(enough.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    return Overlaid(mean_x, mean_y, shared * seen, seen, (int(corner[0]), int(corner[1])))
