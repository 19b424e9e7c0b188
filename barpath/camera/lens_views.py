"""Views of the calibration board in a clip, and which of them to calibrate with.

All lengths are pixels of the working picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera.board import COLUMNS, ROWS, charuco_board
from barpath.plate import Image, Pictures

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

SAMPLE_HZ = 6.0
"""Pictures a second that are searched: someone who holds still for a second gives six."""

MIN_CORNERS = 12
"""Of the board's 35: fewer make a view's own six unknowns poorly known. Our proposal."""

READOUT_S = 0.02
"""How long a phone takes to read its sensor from top to bottom, 10 to 30 ms; a board that moves is
drawn slanted by as much as it moves meanwhile."""

MAX_SMEAR_PX = 4.5
"""Widest edge, blur and slant together. A sharp edge is 2 to 3 pixels wide. Our proposal."""

MIN_APART = 0.06
"""Two views are two where their boards' corners are this far apart, in long sides, root mean
square. Our proposal."""

MAX_VIEWS = 30
"""More views gain little: the uncertainty falls with the root of their number."""

_WINDOW = 5
_DIRECTIONS = np.radians(np.arange(0, 180, 15))


@dataclass(frozen=True)
class View:
    """The board as one picture shows it.

    Attributes
    ----------
    frame : int
    ids : ndarray of int, shape (n,)
        Which of the board's corners.
    corners_px : ndarray, shape (n, 2)
    smear_px : float
        Width of an edge, with how far the board moved while the sensor was read.
    """

    frame: int
    ids: IntArray
    corners_px: FloatArray
    smear_px: float


@dataclass(frozen=True)
class Search:
    """What a clip shows of the board.

    Attributes
    ----------
    looked : int
        Pictures that were searched.
    with_markers : int
        Pictures with markers of the board's kind, whether or not they make up the board.
    views : tuple of View
        The board, wherever enough of it was seen.
    """

    looked: int
    with_markers: int
    views: tuple[View, ...]


def find_views(*, pictures: Pictures, progress: Callable[[float], None] | None = None) -> Search:
    """Look for the board in a few pictures a second.

    Parameters
    ----------
    pictures : Pictures
    progress : callable, optional
        Called with the share done, from 0 to 1.

    Returns
    -------
    Search
    """
    detector = cv2.aruco.CharucoDetector(charuco_board())
    views, with_markers = [], 0
    frames = _sample_frames(pictures.time_s)
    for done, frame in enumerate(frames, start=1):
        image = pictures.luma(int(frame))
        corners, ids, _, markers = detector.detectBoard(image)
        with_markers += markers is not None and len(markers) > 0
        if ids is not None and len(ids) >= MIN_CORNERS:
            places = np.asarray(corners, dtype=np.float32).reshape(-1, 2)
            views.append(
                View(
                    frame=int(frame),
                    ids=np.ravel(ids).astype(np.intp),
                    corners_px=places.astype(np.float64),
                    smear_px=float(
                        np.hypot(
                            edge_width_px(image=image, corners_px=places.astype(np.float64)),
                            READOUT_S * _speed_px_s(pictures, frame=int(frame), places=places),
                        )
                    ),
                )
            )
        if progress is not None:
            progress(done / len(frames))
    return Search(looked=len(frames), with_markers=with_markers, views=tuple(views))


def _sample_frames(time_s: FloatArray) -> IntArray:
    """Choose `SAMPLE_HZ` frames a second, or all where there are fewer."""
    count = int(np.ceil((time_s[-1] - time_s[0]) * SAMPLE_HZ)) + 1
    wanted_s = np.linspace(time_s[0], time_s[-1], count)
    return np.unique(np.clip(np.searchsorted(time_s, wanted_s), 0, len(time_s) - 1))


def edge_width_px(*, image: Image, corners_px: FloatArray) -> float:
    """Return how wide the edges at the corners are: contrast over slope, in the worst direction.

    A blur by motion leaves the edges along it sharp, so the slope is the largest that a direction
    has, in the direction in which that is least.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width)
    corners_px : ndarray, shape (n, 2)
        Crossings of two edges.

    Returns
    -------
    float
        Median over the corners; inf where none lies in the picture.
    """
    along_x = cv2.Sobel(image, cv2.CV_32F, 1, 0, scale=1 / 8)
    along_y = cv2.Sobel(image, cv2.CV_32F, 0, 1, scale=1 / 8)
    widths = []
    for column, row in np.rint(corners_px).astype(np.intp):
        part = (
            slice(max(0, row - _WINDOW), row + _WINDOW + 1),
            slice(max(0, column - _WINDOW), column + _WINDOW + 1),
        )
        if image[part].size == 0:
            continue
        slopes = np.abs(
            along_x[part].ravel() * np.cos(_DIRECTIONS)[:, None]
            + along_y[part].ravel() * np.sin(_DIRECTIONS)[:, None]
        ).max(axis=1)
        # between two sharp edges at right angles the slope falls to the sine of 45 degrees
        steepest = float(slopes.min()) / np.sqrt(0.5)
        contrast = float(np.ptp(image[part].astype(np.int16)))
        widths.append(contrast / steepest if steepest > 0 else np.inf)
    return float(np.median(widths)) if widths else float("inf")


def _speed_px_s(pictures: Pictures, *, frame: int, places: NDArray[np.float32]) -> float:
    """Return how fast the board's corners move, by the picture before or after."""
    other = frame + 1 if frame + 1 < len(pictures) else frame - 1
    if other < 0:
        return 0.0
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        pictures.luma(frame), pictures.luma(other), places, places.copy()
    )
    seen = found.ravel() > 0
    if not seen.any():
        return float("inf")
    moved_px = np.median(np.hypot(*(there - places)[seen].T))
    return float(moved_px / abs(pictures.time_s[other] - pictures.time_s[frame]))


def sharp_views(views: Sequence[View]) -> list[View]:
    """Keep the views that are sharp and still enough."""
    return [view for view in views if view.smear_px <= MAX_SMEAR_PX]


def diverse_views(views: Sequence[View], *, long_side_px: int) -> list[View]:
    """Choose views that differ most: each next one is the farthest from those chosen.

    Two views are compared by where they put the board's own four corners, which tells place,
    distance, turn and tilt at once.

    Parameters
    ----------
    views : sequence of View
    long_side_px : int
        Of the picture.

    Returns
    -------
    list of View
        In order of time, at most `MAX_VIEWS`, no two nearer than `MIN_APART`.
    """
    if not views:
        return []
    outlines = np.stack([_outline_px(view) for view in views]) / long_side_px
    chosen = [int(np.argmin([view.smear_px for view in views]))]
    apart = _distances(outlines, chosen[0])
    while len(chosen) < MAX_VIEWS and apart.max() >= MIN_APART:
        chosen.append(int(np.argmax(apart)))
        apart = np.minimum(apart, _distances(outlines, chosen[-1]))
    return [views[at] for at in sorted(chosen)]


def _distances(outlines: FloatArray, one: int) -> FloatArray:
    off = outlines - outlines[one]
    return np.asarray(np.sqrt(np.mean(np.sum(off**2, axis=2), axis=1)))


def _outline_px(view: View) -> FloatArray:
    """Return where a view puts the board's four corners, shape (4, 2), seen or not."""
    board = charuco_board()
    side = board.getSquareLength()
    known = np.asarray(board.getChessboardCorners(), dtype=np.float64)[view.ids, :2]
    map_, _ = cv2.findHomography(known, view.corners_px)
    corners = np.array([[0, 0], [COLUMNS, 0], [COLUMNS, ROWS], [0, ROWS]], dtype=np.float64) * side
    return np.asarray(cv2.perspectiveTransform(corners[None], map_)[0])
