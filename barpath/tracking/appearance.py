"""What a boxed thing looked like in the first frame, and where it is found again.

All lengths are pixels of the working picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.errors import UnmeasurableError, UsageError
from barpath.pixels import shrunk_px
from barpath.plate import Pictures
from barpath.tracking.points import match_points

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

MIN_CORNERS = 10
"""Fewer corners in the box than this can't tell it from what is behind it."""

MIN_AGREED = 6
MIN_AGREED_SHARE = 0.25
"""Corners that must be found again by one similarity for the first appearance to be believed: a leg
in front of it may hide most of a kettlebell."""

MAX_RESIZED = 0.25
MAX_TURNED_RAD = 0.5
"""How much larger or smaller, and how far turned, the first appearance may be found again."""

MIN_SIDE_PX = 12.0
"""A box smaller than this in the working picture holds no corners worth the name."""

SEEN_SD_PX = 0.15
"""Error of the middle of the box in a frame, beside the scatter of the corners: changing light and
the near side of a body that isn't flat."""

CORNER_SD_PX = 0.3
"""Least error of a corner that is found again: its patch holds some of what is behind it."""

PATCH_PX = 9
MIN_ALIKE = 0.8
"""Correlation of a corner's patch with itself in the first frame: on drawn textures 0.997 (median)
for the target's own corners; 0.65 for those that are followed there and back on something else, one
in ten of which pass."""

_CORNERS = 80
_CLOSURE_PX = 1.0
_RANSAC_PX = 1.5


@dataclass(frozen=True)
class Appearance:
    """What the box showed in the first frame.

    Attributes
    ----------
    picture : ndarray of uint8, shape (height, width)
    corners : ndarray of float32, shape (n, 2)
    centre : ndarray, shape (2,)
    radius_px : float
        Half the mean side of the box.
    """

    picture: Image
    corners: NDArray[np.float32]
    centre: FloatArray
    radius_px: float


@dataclass(frozen=True)
class Sight:
    """Where an appearance was found again.

    Attributes
    ----------
    centre : ndarray, shape (2,)
        Of the box.
    sd_px : float
        One standard deviation of it.
    size : float
        Against the first frame.
    residual_px : float
        Root mean square distance of the corners from the similarity through them.
    """

    centre: FloatArray
    sd_px: float
    size: float
    residual_px: float


def take_appearance(
    *, pictures: Pictures, factor: float, box_px: tuple[float, float, float, float]
) -> Appearance:
    """Take the corners in a box from the first frame.

    Parameters
    ----------
    pictures : Pictures
    factor : float
        Displayed pixels per working pixel.
    box_px : tuple of float
        Left, top, width and height, displayed pixels.

    Raises
    ------
    UsageError
        The box doesn't lie in the picture, or is too small.
    UnmeasurableError
        It shows too little to hold on to.
    """
    left, top = (shrunk_px(place, factor=factor) for place in box_px[:2])
    wide, high = (side / factor for side in box_px[2:])
    height, width = pictures.shape
    inside = left > -1 and top > -1 and left + wide < width + 1 and top + high < height + 1
    size = f"{round(width * factor)}x{round(height * factor)}"
    if not inside:
        raise UsageError(
            "--target doesn't lie in the picture",
            hint=f"X,Y is its top left corner, W,H its size, in pixels of the {size} picture",
        )
    if min(wide, high) < MIN_SIDE_PX:
        raise UsageError(
            f"--target is smaller than {MIN_SIDE_PX * factor:.0f} pixels",
            hint="box the whole of the kettlebell, or film from nearer by",
        )
    picture = pictures.luma(0)
    centre = np.array([left + wide / 2, top + high / 2])
    mask = np.zeros(picture.shape, dtype=np.uint8)
    axes = (round(0.48 * wide), round(0.48 * high))
    cv2.ellipse(mask, (round(centre[0]), round(centre[1])), axes, 0, 0, 360, 255, -1)
    apart_px = max(2.0, 0.06 * min(wide, high))
    found = cv2.goodFeaturesToTrack(picture, _CORNERS, 0.01, apart_px, mask=mask)
    corners = np.empty((0, 2), np.float32) if found is None else np.asarray(found, np.float32)
    if len(corners) < MIN_CORNERS:
        raise UnmeasurableError(
            "--target shows too little to hold on to",
            hint="box the whole of it in the first frame, handle and lettering too; a piece of "
            "tape on a plain one helps",
        )
    return Appearance(picture, corners.reshape(-1, 2), centre, (wide + high) / 4)


def find_again(*, first: Appearance, now: Image, centres: Sequence[FloatArray]) -> Sight | None:
    """Find an appearance near one of some places, the likeliest first.

    Parameters
    ----------
    first : Appearance
    now : ndarray of uint8, shape (height, width)
        A later picture.
    centres : sequence of ndarray, shape (2,)

    Returns
    -------
    Sight or None
    """
    for centre in centres:
        sight = _look(first=first, now=now, centre=centre)
        if sight is not None:
            return sight
    return None


def likeliest(*, first: Appearance, now: Image, centre: FloatArray, reach_px: float) -> FloatArray:
    """Give the place about another where the box's content matches best.

    Lucas-Kanade finds a corner only from a few pixels away; normalised correlation (Lewis 1995)
    brings it there.

    Parameters
    ----------
    first : Appearance
    now : ndarray of uint8, shape (height, width)
    centre : ndarray, shape (2,)
    reach_px : float
        How far from it to look.

    Returns
    -------
    ndarray, shape (2,)
        To about a pixel; `centre` itself where the picture ends too near.
    """
    half = int(first.radius_px)
    content, _ = _cut(first.picture, first.centre, half)
    around, corner = _cut(now, centre, half + int(reach_px))
    if min(np.subtract(around.shape, content.shape)) < 1:
        return centre
    match = cv2.matchTemplate(around, content, cv2.TM_CCOEFF_NORMED)
    _, _, _, best = cv2.minMaxLoc(match)
    _, from_corner = _cut(first.picture, first.centre, half)
    return np.asarray(corner + best + (first.centre - from_corner))


def _look(*, first: Appearance, now: Image, centre: FloatArray) -> Sight | None:
    """Find the first appearance near a place; None where it isn't there."""
    moved = centre - first.centre
    margin = int(1.6 * first.radius_px + 12)
    old, corner = _cut(first.picture, first.centre, margin)
    new, there = _cut(now, centre, margin)
    if new.shape != old.shape or min(new.shape) < 16:
        # At the picture's edge the crops differ: the whole pictures do as well, only slower.
        old, new, corner, there = first.picture, now, np.zeros(2), np.zeros(2)
    points = (first.corners - corner).astype(np.float32)
    guess = (first.corners + moved - there).astype(np.float32)
    found, good = match_points(
        before=old,
        now=new,
        points=points,
        guess=guess,
        # A wide patch, or a coarser picture, would see more of what is behind than of the target.
        window_px=int(np.clip(first.radius_px * 0.2, 9, 15)) | 1,
        levels=1,
        closure_px=_CLOSURE_PX,
    )
    good &= _alike(old, points, new, found)
    if good.sum() < MIN_AGREED:
        return None
    fit, agreed = cv2.estimateAffinePartial2D(
        points[good], found[good], method=cv2.RANSAC, ransacReprojThreshold=_RANSAC_PX
    )
    if fit is None or agreed.sum() < max(MIN_AGREED, MIN_AGREED_SHARE * len(points)):
        return None
    turn, shift = fit[:, :2], fit[:, 2]
    size = float(np.hypot(turn[0, 0], turn[1, 0]))
    if abs(size - 1) > MAX_RESIZED or abs(np.arctan2(turn[1, 0], turn[0, 0])) > MAX_TURNED_RAD:
        return None
    held = points[good][agreed.ravel() > 0]
    off_px = found[good][agreed.ravel() > 0] - (held @ turn.T + shift)
    residual_px = float(np.sqrt(np.mean(np.sum(off_px**2, axis=1))))
    place = turn @ (first.centre - corner) + shift + there
    # Seen on one side only, the middle is extrapolated: its variance grows with the distance.
    middle = held.mean(axis=0)
    away2, spread2 = (
        float(np.sum((places - middle) ** 2)) for places in (first.centre - corner, held)
    )
    leverage = 1 / len(held) + away2 / spread2
    sd_px = float(np.hypot(SEEN_SD_PX, max(residual_px, CORNER_SD_PX) * np.sqrt(leverage)))
    return Sight(place, sd_px, size, residual_px)


def _alike(
    old: Image, points: NDArray[np.float32], new: Image, found: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Tell the corners that look as they did: Lucas-Kanade ends somewhere on any texture."""
    alike = np.zeros(len(points), dtype=np.bool_)
    size = (PATCH_PX, PATCH_PX)
    height, width = new.shape
    for index, (before, now) in enumerate(zip(points.tolist(), found.tolist(), strict=True)):
        if not (0 <= now[0] < width and 0 <= now[1] < height):
            continue
        pair = [
            np.asarray(cv2.getRectSubPix(picture, size, at), dtype=np.float64).ravel()
            for picture, at in ((old, before), (new, now))
        ]
        first, second = (patch - patch.mean() for patch in pair)
        scale = float(np.linalg.norm(first) * np.linalg.norm(second))
        alike[index] = float(first @ second) > MIN_ALIKE * max(scale, 1e-9)
    return alike


def _cut(picture: Image, centre: FloatArray, margin: int) -> tuple[Image, FloatArray]:
    """Cut a square about a place out of a picture; give it and its corner."""
    left, top = (max(0, int(place) - margin) for place in centre)
    right, bottom = (max(0, int(place) + margin) for place in centre)
    crop = np.ascontiguousarray(picture[top:bottom, left:right])
    return crop, np.array([left, top], dtype=np.float64)
