"""How tall the lifter looks, in plate radii: what stands up together with the bar.

The bar is high while the lifter stands, and low while they stoop. What the picture of the one shows
otherwise than the picture of the other, in one piece with the plate's way, is the lifter. Nothing
need be known of them but that their head moves. It is a lower bound: legs that stay still, a head
out of the picture, and all that is as bright as what is behind it are missing; and the near plate
is nearer to the camera than the lifter, who looks a tenth smaller beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera import CameraMotion
from barpath.camera.background import Shrunk
from barpath.pixels import enlarged_px, enlarging, shrunk_px
from barpath.plate import Pictures
from barpath.tracking import State, Track

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.intp]
Image = NDArray[np.uint8]

LONG_SIDE_PX = 320
"""A body's outline needs no larger pictures."""

LOW, HIGH = 0.1, 0.9
"""Shares of the bar's travel below which the lifter stoops and above which they stand."""

PICTURES = 7
"""Pictures of either: whoever walks past is in fewer than half of them."""

MIN_TRAVEL_RADII = 1.0
"""A bar that travels less than this raises nobody's head clear of where it was."""

CHANGED_LEVELS = 12.0
"""Grey levels by which a place must look otherwise: noise and compression stay within 6 in medians
of seven."""

EXPOSURE_LEVELS = 40.0
"""An automatic exposure changes what stays in place by no more than this."""

BLUR_PX = 1.0

THIN_RADII, GAP_RADII = 0.3, 0.7
"""What is thinner than 7 cm (beside a plate of 45) is no part of a body; gaps narrower than 16 cm
are closed: a neck may be as bright as the wall behind it."""

SHADOW_RADII = 1.8
"""What moves within 40 cm below the plate's lower rim is a shadow, or the plate mirrored in the
floor (up to 22 cm in real clips), and not the legs beneath a bar that never comes down."""

CLEAR_RADII = 0.5
"""The head must be this far above the plate's upper rim: an arm's length overhead is no stature."""

MAX_WIDTH = 0.8
"""Width of a body that stoops and stands as a share of its height: real ones take 0.3 to 0.7."""


@dataclass(frozen=True)
class Reach:
    """How tall the lifter looks.

    Attributes
    ----------
    height_radii : float
        From the lowest to the highest of what moves with the bar, in radii of the plate where it
        looks largest.
    cut_off : bool
        Whether the picture ends at the top of it.
    """

    height_radii: float
    cut_off: bool


@dataclass(frozen=True)
class _Stance:
    """The bar's usual place while it is low or high, displayed pixels, and frames of it."""

    x_px: float
    y_px: float
    radius_px: float
    frames: IntArray


def find_reach(
    *, pictures: Pictures, track: Track, motion: CameraMotion, factor: float
) -> Reach | None:
    """Find how tall the lifter looks beside the plate.

    Parameters
    ----------
    pictures : Pictures
    track : Track
    motion : CameraMotion
    factor : float
        Displayed pixels per working pixel.

    Returns
    -------
    Reach or None
        None where the bar hardly travels or is as high as the head, or where what moves with it
        isn't of a person's shape.
    """
    stances = _stances(track=track, motion=motion)
    if stances is None:
        return None
    shrink = max(1, -(-max(pictures.shape) // LONG_SIDE_PX))
    small = Shrunk(pictures=pictures, shrink=shrink, factor=factor * shrink)
    down, up = (_usual(small=small, motion=motion, frames=at.frames) for at in stances)
    body = _body(changed=_changed(up, down), stances=stances, factor=small.factor)
    if body is None:
        return None
    low, high = stances
    left, top, width, height = body
    head_px, feet_px = enlarged_px(np.array([top, top + height - 1.0]), factor=small.factor)
    if high.y_px - (1 + CLEAR_RADII) * high.radius_px < head_px or width > MAX_WIDTH * height:
        return None
    below_px = feet_px - (low.y_px + low.radius_px)
    if 0 < below_px < SHADOW_RADII * low.radius_px:
        feet_px -= below_px
    # a head seen from above is nearer than the floor: the larger ruler makes it no taller
    radius_px = max(low.radius_px, high.radius_px)
    return Reach(height_radii=float(feet_px - head_px) / radius_px, cut_off=top == 0)


def _stances(*, track: Track, motion: CameraMotion) -> tuple[_Stance, _Stance] | None:
    """Say where the bar is while it is low, and while it is high; None where it hardly travels."""
    x_px, y_px = motion.steadied(track.x_px, track.y_px)
    radius_px = track.radius_px * motion.zoom
    seen = (track.state > State.LOST) & np.isfinite(y_px)
    if not seen.any():
        return None
    lowest, highest = float(y_px[seen].max()), float(y_px[seen].min())
    if lowest - highest < MIN_TRAVEL_RADII * float(np.median(radius_px[seen])):
        return None
    known = np.flatnonzero(seen)
    height = (lowest - y_px[known]) / (lowest - highest)
    low, high = (
        _Stance(
            x_px=float(np.median(x_px[at])),
            y_px=float(np.median(y_px[at])),
            radius_px=float(np.median(radius_px[at])),
            frames=at,
        )
        for at in (known[height < LOW], known[height > HIGH])
    )
    return low, high


def _usual(*, small: Shrunk, motion: CameraMotion, frames: IntArray) -> Float32Array:
    """Lay some of the frames over one another, in the reference frame: what is usual in them."""
    some = frames[np.unique(np.linspace(0, len(frames) - 1, PICTURES).round().astype(np.intp))]
    shown = enlarging(small.factor)
    stack = []
    for frame in some:
        picture = cv2.GaussianBlur(small.luma(int(frame)), (0, 0), BLUR_PX)
        if motion.moving:
            moved = np.vstack([motion.to_reference[frame], [0.0, 0.0, 1.0]])
            turn = (np.linalg.inv(shown) @ moved @ shown)[:2]
            size = picture.shape[::-1]
            picture = cv2.warpAffine(picture, turn, size, borderMode=cv2.BORDER_REPLICATE)
        stack.append(picture)
    return np.asarray(np.median(stack, axis=0), dtype=np.float32)


def _changed(up: Float32Array, down: Float32Array) -> Image:
    """Mark what looks otherwise, 1 where it does, beyond what the camera's exposure does to all."""
    off = np.abs(up - down)
    same = off < EXPOSURE_LEVELS
    if np.ptp(down[same]) > EXPOSURE_LEVELS:
        gain, offset = np.polyfit(down[same].astype(np.float64), up[same].astype(np.float64), 1)
        off = np.abs(up - gain * down - offset)
    return np.asarray(off > CHANGED_LEVELS, dtype=np.uint8)


def _body(
    *, changed: Image, stances: tuple[_Stance, _Stance], factor: float
) -> tuple[int, int, int, int] | None:
    """Give left, top, width and height of what changed in one piece with the plate."""
    radius_px = stances[1].radius_px / factor
    thin, gap = (
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        for side in (max(3, round(radius_px * share)) for share in (THIN_RADII, GAP_RADII))
    )
    body = cv2.morphologyEx(changed, cv2.MORPH_OPEN, thin)
    body = cv2.morphologyEx(body, cv2.MORPH_CLOSE, gap)
    _, label, boxes, _ = cv2.connectedComponentsWithStats(body)
    plates = np.zeros_like(body)
    for at in stances:
        x, y = shrunk_px(np.array([at.x_px, at.y_px]), factor=factor)
        cv2.circle(plates, (round(float(x)), round(float(y))), round(radius_px), 1, -1)
    shared = np.bincount(label[plates > 0], minlength=len(boxes))
    shared[0] = 0
    if not shared.any():
        return None
    left, top, width, height, _ = (int(value) for value in boxes[int(shared.argmax())])
    return left, top, width, height
