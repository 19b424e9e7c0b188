"""What stands still in the world: the places of a picture whose motion tells that of the camera.

The plate, the lifter, captions and the bars beside an upright clip aren't among them. All lengths
are pixels of the small picture that `Shrunk` gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.pixels import shrunk_px
from barpath.plate import Pictures
from barpath.tracking import State, Track
from barpath.video.picture import shrink

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
Image = NDArray[np.uint8]

LONG_SIDE_PX = 640
"""Motion is found in pictures of at most this size: larger ones cost more and gain hundredths of a
displayed pixel."""

GRID = (8, 12)
"""Rows and columns of cells: each has a few votes, so that a caption can't outvote a hall."""

PER_CELL = 3

LIFTER_RADII = 2.6
"""Half width of the band that the lifter may stand in, in plate radii (59 cm for a 45 cm plate)."""

PLATE_RADII = 1.3
"""How far round the plate's path nothing votes where the picture is too narrow for that band."""

MIN_CELLS = 8
"""Fewer cells with something to hold on to than this are no background."""

WINDOW_PX = 15
"""Side of the Lucas-Kanade window."""

_BLACK = 48
_FLAT_LEVELS = 6
_FLAT_SHARE = 0.75


@dataclass(frozen=True)
class Shrunk:
    """Small pictures of a clip, and how to get from their pixels to displayed ones.

    Attributes
    ----------
    pictures : Pictures
    shrink : int
        Working pixels per small pixel.
    factor : float
        Displayed pixels per small pixel.
    """

    pictures: Pictures
    shrink: int
    factor: float

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of a small picture."""
        height, width = self.pictures.shape
        return height // self.shrink, width // self.shrink

    def luma(self, frame: int) -> Image:
        """Return a frame's small picture: means of blocks of working pixels."""
        picture = self.pictures.luma(frame)
        if self.shrink == 1:
            return picture
        return shrink(picture, factor=self.shrink)

    def to_small(self, displayed_px: FloatArray) -> FloatArray:
        """Turn displayed pixels into small ones (pixel centres at whole numbers)."""
        return shrunk_px(displayed_px, factor=self.factor)


def shrunk(*, pictures: Pictures, factor: float) -> Shrunk:
    """Choose the size that motion is found in.

    Parameters
    ----------
    pictures : Pictures
    factor : float
        Displayed pixels per working pixel.
    """
    by = max(1, -(-max(pictures.shape) // LONG_SIDE_PX))
    return Shrunk(pictures=pictures, shrink=by, factor=factor * by)


@dataclass(frozen=True)
class Scene:
    """The part of the small picture within the black bars at its edges.

    Attributes
    ----------
    top, bottom, left, right : int
        First and stop of its rows and columns, less what borders on a bar.
    """

    top: int
    bottom: int
    left: int
    right: int


def background_mask(
    *, small: Shrunk, track: Track, scene: Scene, band_radii: float | None
) -> Image:
    """Mark where the background may be seen, 255 where it may.

    Parameters
    ----------
    small : Shrunk
    track : Track
    scene : Scene
    band_radii : float or None
        Half width of the upright band about the plate's path that is left out, for the lifter; None
        leaves out only the plate's own surroundings.

    Returns
    -------
    ndarray of uint8, shape `small.shape`
    """
    mask = scene_mask(scene=scene, shape=small.shape)
    seen = np.flatnonzero(track.state > State.LOST)
    x, y = small.to_small(track.x_px[seen]), small.to_small(track.y_px[seen])
    radius = track.radius_px[seen] / small.factor
    if band_radii is not None:
        left = int(np.min(x - band_radii * radius))
        right = int(np.max(x + band_radii * radius)) + 1
        mask[:, max(0, left) : max(0, right)] = 0
        return mask
    moved = np.hypot(np.diff(x, prepend=np.inf), np.diff(y, prepend=np.inf))
    for i in np.flatnonzero(np.cumsum(np.minimum(moved, 100.0)) > 0):
        cv2.circle(mask, (round(x[i]), round(y[i])), int(PLATE_RADII * radius[i]) + 1, 0, -1)
    return mask


def scene_mask(*, scene: Scene, shape: tuple[int, int]) -> Image:
    """Mark the scene in a small picture of a shape, 255 where it is.

    Returns
    -------
    ndarray of uint8, shape `shape`
    """
    mask = np.zeros(shape, dtype=np.uint8)
    mask[scene.top : scene.bottom, scene.left : scene.right] = 255
    return mask


def find_scene(*, small: Shrunk, track: Track) -> Scene:
    """Find the scene by what is black from the edges inwards, in three frames at once.

    Parameters
    ----------
    small : Shrunk
    track : Track

    Returns
    -------
    Scene
    """
    seen = np.flatnonzero(track.state > State.LOST)
    few = np.unique(seen[np.linspace(0, len(seen) - 1, 3).astype(np.intp)])
    stack = np.stack([small.luma(int(frame)) for frame in few]).astype(np.int16)
    height, width = small.shape
    top, bottom = _inside(stack.transpose(1, 0, 2).reshape(height, -1))
    left, right = _inside(stack.transpose(2, 0, 1).reshape(width, -1))
    reach = WINDOW_PX // 2 + 2
    return Scene(
        top=top + reach * (top > 0),
        bottom=bottom - reach * (bottom < height),
        left=left + reach * (left > 0),
        right=right - reach * (right < width),
    )


def _inside(lines: NDArray[np.int16]) -> tuple[int, int]:
    """Return first and stop of the lines between those that are black from the edges inwards.

    A line counts as black when most of it is: a caption may reach into it.
    """

    def flat_from(edge: NDArray[np.int16]) -> int:
        level = np.median(edge[0])
        if level > _BLACK:
            return 0
        flat = np.mean(np.abs(edge - level) <= _FLAT_LEVELS, axis=1) >= _FLAT_SHARE
        return len(flat) if flat.all() else int(np.argmin(flat))

    first = flat_from(lines)
    return first, max(first, len(lines) - flat_from(lines[::-1]))


def pick_points(
    *, image: Image, mask: Image, scene: Scene, per_cell: int = PER_CELL
) -> Float32Array:
    """Return corners of a picture to hold on to, the best few of each cell of a grid.

    Parameters
    ----------
    image, mask : ndarray of uint8, shape (height, width)
    scene : Scene
    per_cell : int

    Returns
    -------
    ndarray of float32, shape (n, 2)
    """
    corners = cv2.goodFeaturesToTrack(image, 600, 0.003, 5.0, mask=mask)
    if corners is None:
        return np.empty((0, 2), dtype=np.float32)
    points = np.asarray(corners, dtype=np.float32).reshape(-1, 2)
    cell = cells_of(points, scene=scene)
    order = np.argsort(cell, kind="stable")  # best first within each cell
    starts = np.searchsorted(cell[order], cell[order], side="left")
    keep = order[np.arange(len(order)) - starts < per_cell]
    return points[np.sort(keep)]


def cells_of(points: Float32Array, *, scene: Scene) -> NDArray[np.intp]:
    """Return the number of the grid cell that each point lies in, shape (n,).

    The grid spans the scene: beside an upright clip's bars it would have half as many cells of it.
    """
    rows, columns = GRID
    down, across = points[:, 1] - scene.top, points[:, 0] - scene.left
    row = np.clip(down * rows / max(1, scene.bottom - scene.top), 0, rows - 1)
    column = np.clip(across * columns / max(1, scene.right - scene.left), 0, columns - 1)
    return row.astype(np.intp) * columns + column.astype(np.intp)
