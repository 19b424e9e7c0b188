"""Drawing on planar YUV pictures: sprites laid over small parts of them, never the whole.

A picture is decoded and encoded as Y, U and V planes, the last two with half as many samples in
both directions. Sprites therefore lie at even places and have even sizes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.video.picture import split_i420

ByteImage = NDArray[np.uint8]
Weights = NDArray[np.float32]

DARK = (12, 14, 20)
LIGHT = (255, 255, 255)

# ITU-R BT.709-6, items 3.2 to 3.4, for eight bits in video range; the last column is the offset.
_RGB_TO_YUV = np.array(
    [
        [0.2126 * 219 / 255, 0.7152 * 219 / 255, 0.0722 * 219 / 255, 16.0],
        [
            -0.2126 / 1.8556 * 224 / 255,
            -0.7152 / 1.8556 * 224 / 255,
            0.9278 / 1.8556 * 224 / 255,
            128.0,
        ],
        [
            0.7874 / 1.5748 * 224 / 255,
            -0.7152 / 1.5748 * 224 / 255,
            -0.0722 / 1.5748 * 224 / 255,
            128.0,
        ],
    ]
)


@dataclass(frozen=True)
class Planes:
    """Views of one picture's planes; drawing on them draws on the picture."""

    y: ByteImage
    u: ByteImage
    v: ByteImage


def planes_of(picture: ByteImage) -> Planes:
    """Give the planes of a picture as `Frame.i420` gives it."""
    return Planes(*split_i420(picture))


@dataclass(frozen=True)
class Sprite:
    """Something to lay over a picture.

    Attributes
    ----------
    y, u, v : ndarray of uint8
        Shape (h, w), and twice (h / 2, w / 2).
    weight : ndarray of float32, shape (h, w)
        0 where the picture shows through, 1 where it is covered.
    weight_half : ndarray of float32, shape (h / 2, w / 2)
    """

    y: ByteImage
    u: ByteImage
    v: ByteImage
    weight: Weights
    weight_half: Weights


def sprite_of(*, ink: ByteImage, alpha: ByteImage) -> Sprite:
    """Make a sprite from colours and how much they cover.

    Parameters
    ----------
    ink : ndarray of uint8, shape (h, w, 3)
        RGB, h and w even.
    alpha : ndarray of uint8, shape (h, w)
    """
    yuv = np.asarray(cv2.transform(ink, _RGB_TO_YUV), dtype=np.uint8)
    half = (ink.shape[1] // 2, ink.shape[0] // 2)
    chroma = np.asarray(cv2.resize(yuv[..., 1:], half, interpolation=cv2.INTER_AREA), np.uint8)
    weight = (alpha / 255).astype(np.float32)
    return Sprite(
        y=np.ascontiguousarray(yuv[..., 0]),
        u=np.ascontiguousarray(chroma[..., 0]),
        v=np.ascontiguousarray(chroma[..., 1]),
        weight=weight,
        weight_half=np.asarray(
            cv2.resize(weight, half, interpolation=cv2.INTER_AREA), dtype=np.float32
        ),
    )


def part_of(sprite: Sprite, *, left_px: int, right_px: int) -> Sprite:
    """Give the columns of a sprite between two even ones, as views."""
    whole, half = slice(left_px, right_px), slice(left_px // 2, right_px // 2)
    return Sprite(
        y=sprite.y[:, whole],
        u=sprite.u[:, half],
        v=sprite.v[:, half],
        weight=sprite.weight[:, whole],
        weight_half=sprite.weight_half[:, half],
    )


def lay(planes: Planes, sprite: Sprite, *, left_px: float, top_px: float) -> None:
    """Lay a sprite over a picture at the nearest even place; what sticks out is cut off."""
    left, top = even(left_px), even(top_px)
    _blend(planes.y, sprite.y, sprite.weight, left=left, top=top)
    _blend(planes.u, sprite.u, sprite.weight_half, left=left // 2, top=top // 2)
    _blend(planes.v, sprite.v, sprite.weight_half, left=left // 2, top=top // 2)


def letters(mask: ByteImage, *, colour: tuple[int, int, int] = LIGHT) -> Sprite:
    """Make a sprite of one colour from a mask of even size."""
    ink = np.empty((*mask.shape, 3), dtype=np.uint8)
    ink[:] = colour
    return sprite_of(ink=ink, alpha=mask)


def even(value: float) -> int:
    """Give the nearest even number."""
    return 2 * round(value / 2)


def even_up(value: float) -> int:
    """Give the next even number that isn't smaller."""
    return 2 * int(np.ceil(value / 2))


def _blend(plane: ByteImage, ink: ByteImage, weight: Weights, *, left: int, top: int) -> None:
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + ink.shape[1], plane.shape[1]), min(top + ink.shape[0], plane.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    inside = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    under = plane[y0:y1, x0:x1]
    over = weight[inside]
    cv2.blendLinear(ink[inside], under, over, 1 - over, dst=under)
