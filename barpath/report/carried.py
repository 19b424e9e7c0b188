"""What was drawn once, where a moving camera shows it: shifted, turned and zoomed.

Places are pixels of the overlay; a way takes them from the camera's reference frame to another.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera import CameraMotion
from barpath.report.ink import DARK, Planes, even, even_up, lay, sprite_of

ByteImage = NDArray[np.uint8]
FloatArray = NDArray[np.float64]


def ways_of(camera: CameraMotion, *, factor: float) -> FloatArray:
    """Say where every frame shows the places of the reference frame.

    Parameters
    ----------
    camera : CameraMotion
        One that moves.
    factor : float
        Pixels of the overlay per displayed pixel.

    Returns
    -------
    ndarray, shape (n_frames, 2, 3)
        Where the motion isn't known, between those of the frames that are.
    """
    known = np.flatnonzero(np.isfinite(camera.to_reference).all(axis=(1, 2)))
    back = np.linalg.inv(camera.to_reference[known, :, :2])
    there = -(back @ camera.to_reference[known, :, 2:])
    # a place is factor * (displayed + 0.5) - 0.5
    half = np.full((2, 1), (factor - 1) / 2)
    ways = np.concatenate([back, factor * there + half - back @ half], axis=2)
    frames = np.arange(len(camera.to_reference))
    columns = [np.interp(frames, known, column) for column in ways.reshape(len(known), 6).T]
    return np.stack(columns, axis=1).reshape(-1, 2, 3)


def carry(place_px: tuple[float, float], *, way: FloatArray) -> tuple[float, float]:
    """Give the place at which a frame shows one of the reference frame."""
    x, y = way[:, :2] @ place_px + way[:, 2]
    return float(x), float(y)


def lay_carried(
    planes: Planes,
    *,
    ink: ByteImage,
    alpha: ByteImage,
    left_px: float,
    top_px: float,
    way: FloatArray,
) -> None:
    """Lay what is drawn in the reference frame over another frame's picture.

    Parameters
    ----------
    planes : Planes
    ink : ndarray of uint8, shape (h, w, 3)
        RGB.
    alpha : ndarray of uint8, shape (h, w)
    left_px, top_px : float
        Where it lies in the reference frame.
    way : ndarray, shape (2, 3)
    """
    height, width = alpha.shape
    right_px, bottom_px = left_px + width - 1, top_px + height - 1
    corners = [(x, y) for x in (left_px, right_px) for y in (top_px, bottom_px)]
    there = np.array([carry(corner, way=way) for corner in corners])
    left, top = (even(value - 1) for value in np.floor(there.min(axis=0)))
    right, bottom = np.ceil(there.max(axis=0)) + 1
    onto = way.copy()
    onto[:, 2] = np.array(carry((left_px, top_px), way=way)) - (left, top)
    size = (even_up(right - left + 1), even_up(bottom - top + 1))
    sprite = sprite_of(
        ink=_moved(ink, onto=onto, size=size, rest=DARK),
        alpha=_moved(alpha, onto=onto, size=size, rest=(0,)),
    )
    lay(planes, sprite, left_px=left, top_px=top)


def _moved(
    image: ByteImage, *, onto: FloatArray, size: tuple[int, int], rest: tuple[int, ...]
) -> ByteImage:
    moved = cv2.warpAffine(
        image, onto, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=rest
    )
    return np.asarray(moved, dtype=np.uint8)
