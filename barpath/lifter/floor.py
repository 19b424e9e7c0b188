"""The floor under the bar as it looks without the plate before it: the lifter's shoes stand there.

The feet stand still all set long. The plate hides them at the bottom and not at the top, so the
median of pictures in which the bar is high shows them as if the plate weren't there. Lengths inside
are in plate radii, places relative to the plate's lowest rest, y down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera import CameraMotion
from barpath.pixels import enlarging
from barpath.plate import Pictures
from barpath.tracking import State, Track

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Image = NDArray[np.uint8]

PX_PER_RADIUS = 32
"""Size at which the floor is looked at: 0.7 cm a pixel for a 45 cm plate."""

LOW, HIGH = 0.1, 0.75
"""Shares of the bar's travel below which it rests and above which it hides no foot."""

PICTURES = 13
"""Enough that whatever passes in a few of them is outvoted."""

MIN_PICTURES = 3

MIN_TRAVEL_RADII = 0.8
"""A bar that travels less than this (18 cm) never clears the feet."""

SIDES_RADII = 2.5
"""How far to either side of the bar the picture reaches."""

ABOVE_RADII, BELOW_RADII = 1.25, 5.5
"""How far above and below the plate's lowest rest: a squat's lowest is five radii off the floor."""

PLATE_MARGIN = 1.12
"""The plate hides a disc this much larger than its rim: its edge is blurred."""

HIDDEN_SHARE = 0.4
"""A place hidden in more pictures than this isn't seen in their median."""


@dataclass(frozen=True)
class FloorPicture:
    """The picture of the floor and where it lies.

    Attributes
    ----------
    grey : ndarray of uint8, shape (height, width)
        `PX_PER_RADIUS` pixels a plate radius.
    seen : ndarray of bool, shape (height, width)
        False outside the clip's picture and where the plate hides the floor.
    start_x_px, start_y_px, radius_px : float
        The plate at its lowest, displayed pixels of the camera's reference frame: it lies at
        column ``SIDES_RADII * PX_PER_RADIUS`` and row ``ABOVE_RADII * PX_PER_RADIUS``.
    """

    grey: Image
    seen: BoolArray
    start_x_px: float
    start_y_px: float
    radius_px: float


def floor_picture(
    *, pictures: Pictures, track: Track, motion: CameraMotion, factor: float
) -> FloorPicture | None:
    """Lay pictures with the bar high over one another.

    Parameters
    ----------
    pictures : Pictures
    track : Track
    motion : CameraMotion
    factor : float
        Displayed pixels per working pixel.

    Returns
    -------
    FloorPicture or None
        None where the bar never clears the floor, or the camera's motion isn't known then.
    """
    x_px, y_px = motion.steadied(track.x_px, track.y_px)
    usable = (track.state > State.LOST) & np.isfinite(x_px) & np.isfinite(y_px)
    if np.count_nonzero(usable) < MIN_PICTURES:
        return None
    radius_px = float(np.nanmedian((track.radius_px * motion.zoom)[usable]))
    lowest, highest = np.quantile(y_px[usable], [0.95, 0.05])
    if lowest - highest < MIN_TRAVEL_RADII * radius_px:
        return None
    height = (lowest - y_px) / (lowest - highest)
    low, high = usable & (height < LOW), np.flatnonzero(usable & (height > HIGH))
    if not low.any() or high.size < MIN_PICTURES:
        return None
    start_x, start_y = float(np.median(x_px[low])), float(np.median(y_px[low]))
    frames = high[np.unique(np.linspace(0, high.size - 1, PICTURES).round().astype(np.intp))]
    shape, middle = _layout(
        pictures=pictures, factor=factor, start_y_px=start_y, radius_px=radius_px
    )
    scale = PX_PER_RADIUS / radius_px
    onto = np.array(
        [[scale, 0.0, middle[0] - scale * start_x], [0.0, scale, middle[1] - scale * start_y]]
    )
    stack, hidden = [], []
    for frame in frames:
        turn = _working_to(onto=onto, to_reference=motion.to_reference[frame], factor=factor)
        stack.append(cv2.warpAffine(pictures.luma(int(frame)), turn, shape[::-1]))
        plate = onto @ [x_px[frame], y_px[frame], 1.0]
        hidden.append(_hidden(pictures=pictures, turn=turn, plate=plate, shape=shape))
    grey = np.median(np.array(stack), axis=0).astype(np.uint8)
    seen = np.mean(hidden, axis=0) <= HIDDEN_SHARE
    return FloorPicture(grey, seen, start_x, start_y, radius_px)


def _hidden(
    *, pictures: Pictures, turn: FloatArray, plate: FloatArray, shape: tuple[int, int]
) -> BoolArray:
    """Tell what the plate hides and what lies outside a picture."""
    everywhere = np.full(pictures.shape, 255, dtype=np.uint8)
    outside = cv2.warpAffine(everywhere, turn, shape[::-1]) < 255
    disc = np.zeros(shape, dtype=np.uint8)
    middle = (round(float(plate[0])), round(float(plate[1])))
    cv2.circle(disc, middle, round(PLATE_MARGIN * PX_PER_RADIUS), 1, -1)
    return np.asarray(outside | (disc > 0))


def _layout(
    *, pictures: Pictures, factor: float, start_y_px: float, radius_px: float
) -> tuple[tuple[int, int], tuple[float, float]]:
    """Give the floor picture's height and width, and the place of the resting plate in it."""
    below = (pictures.shape[0] * factor - start_y_px) / radius_px
    height = ABOVE_RADII + min(max(below, 1.0), BELOW_RADII)
    shape = (math.ceil(height * PX_PER_RADIUS), round(2 * SIDES_RADII * PX_PER_RADIUS) + 1)
    return shape, (SIDES_RADII * PX_PER_RADIUS, ABOVE_RADII * PX_PER_RADIUS)


def _working_to(*, onto: FloatArray, to_reference: FloatArray, factor: float) -> FloatArray:
    """Chain working pixels to displayed, to the reference frame, to the floor picture."""
    steadied = np.vstack([to_reference, [0.0, 0.0, 1.0]])
    return np.asarray(onto @ steadied @ enlarging(factor))
