"""The ChArUco board that a lens is calibrated with, and its print.

A chessboard whose white squares carry markers (Garrido-Jurado et al. 2014): each corner is known by
itself, so the board may reach out of the picture, to where a lens bends most. It is drawn as
rectangles, never as an image that a printer would resample.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

COLUMNS, ROWS = 6, 8
"""Squares across and down: on A4 they are 3 cm wide, with room for the rulers."""

MARKER_SHARE = 0.75
"""Side of a marker in squares: the white round it is what the detector needs (OpenCV's own
sample board)."""

DICTIONARY = cv2.aruco.DICT_4X4_50
"""The markers of fewest modules, which are read from farthest away."""

SQUARE_MM = 30.0
"""Side of a square on A4 and letter paper."""

MIN_SQUARE_MM = 10.0

PAPERS_MM = {"a4": (210.0, 297.0), "letter": (215.9, 279.4), "a3": (297.0, 420.0)}
"""Width and height."""

_SIDE_MM = 14.0  # for the upright ruler, clear of the 5 mm that printers leave white
_TOP_MM = 6.0
_BELOW_MM = 31.0  # for the level ruler and the instructions
_MM_PER_INCH = 25.4
_POINTS_PER_MM = 72 / _MM_PER_INCH


@dataclass(frozen=True)
class Rectangle:
    """A rectangle of the board, mm from its top left corner, y down."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    black: bool


def charuco_board(*, square_mm: float = SQUARE_MM) -> cv2.aruco.CharucoBoard:
    """Make OpenCV's idea of the board; its places are in millimetres."""
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    return cv2.aruco.CharucoBoard((COLUMNS, ROWS), square_mm, MARKER_SHARE * square_mm, dictionary)


def largest_square_mm(paper: str) -> float:
    """Give the largest square, in whole millimetres, with which the board fits on a paper."""
    width, height = PAPERS_MM[paper]
    return float(min((width - 2 * _SIDE_MM) // COLUMNS, (height - _TOP_MM - _BELOW_MM) // ROWS))


def rectangles(*, square_mm: float) -> Iterator[Rectangle]:
    """Give the board's rectangles in the order of painting.

    Parameters
    ----------
    square_mm : float
    """
    board = charuco_board(square_mm=square_mm)
    markers = np.array(board.getObjPoints(), dtype=np.float64)[:, :, :2]
    with_marker = {tuple((place.mean(axis=0) // square_mm).astype(int)) for place in markers}
    for column in range(COLUMNS):
        for row in range(ROWS):
            if (column, row) not in with_marker:
                yield Rectangle(column * square_mm, row * square_mm, square_mm, square_mm, True)
    side = MARKER_SHARE * square_mm
    for place, number in zip(markers, np.ravel(board.getIds()), strict=True):
        left, top = place.min(axis=0)
        yield Rectangle(left, top, side, side, True)
        yield from _white_runs(_modules(int(number)), left=left, top=top, side_mm=side)


def _modules(number: int) -> BoolArray:
    """Tell which modules of a marker are white, its black frame among them."""
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    across = dictionary.markerSize + 2
    return np.asarray(dictionary.generateImageMarker(number, across, borderBits=1) > 0)


def _white_runs(
    white: BoolArray, *, left: float, top: float, side_mm: float
) -> Iterator[Rectangle]:
    """Give the white modules of a marker, those side by side as one."""
    module = side_mm / len(white)
    for row, line in enumerate(white):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(np.int8), [0]])))
        for start, stop in edges.reshape(-1, 2):
            yield Rectangle(
                left + start * module, top + row * module, (stop - start) * module, module, False
            )


def write_board(to: Path, *, paper: str, square_mm: float | None = None) -> None:
    """Write the board as a PDF page of exact size.

    Parameters
    ----------
    to : Path
    paper : {'a4', 'letter', 'a3'}
    square_mm : float, optional
        Side of a square; the largest that fits without it.

    Raises
    ------
    UsageError
        The board doesn't fit on the paper.
    """
    largest = largest_square_mm(paper)
    square = largest if square_mm is None else square_mm
    if not MIN_SQUARE_MM <= square <= largest:
        raise UsageError(
            f"squares of {square:g} mm can't be printed on {paper}",
            hint=f"from {MIN_SQUARE_MM:g} to {largest:g} mm",
        )
    _page(paper=paper, square_mm=square).savefig(
        # no date, so that the same board is the same file
        to,
        format="pdf",
        facecolor="none",
        metadata={"CreationDate": None, "Title": "barpath calibration board"},
    )


def _page(*, paper: str, square_mm: float) -> Figure:
    """Draw the page, in millimetres from its top left corner."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle as Patch

    width, height = PAPERS_MM[paper]
    figure = Figure(figsize=(width / _MM_PER_INCH, height / _MM_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    left = (width - COLUMNS * square_mm) / 2
    for part in rectangles(square_mm=square_mm):
        axes.add_patch(
            Patch(
                (left + part.x_mm, _TOP_MM + part.y_mm),
                part.width_mm,
                part.height_mm,
                facecolor="black" if part.black else "white",
                linewidth=0,
                antialiased=False,
            )
        )
    bottom = _TOP_MM + ROWS * square_mm
    for start, step, length in (
        ((left, bottom + 4), (1.0, 0.0), COLUMNS * square_mm),
        ((left - 3, _TOP_MM), (0.0, 1.0), ROWS * square_mm),
    ):
        _draw_ruler(figure, start_mm=start, step=step, length_mm=length)
    axes.text(left, bottom + 12, _instructions(square_mm), va="top", fontsize=8, linespacing=1.25)
    return figure


def _draw_ruler(
    figure: Figure, *, start_mm: tuple[float, float], step: tuple[float, float], length_mm: float
) -> None:
    """Draw whole centimetres of ruler, its ticks away from the board."""
    from matplotlib.collections import LineCollection

    (axes,) = figure.axes
    along = np.array(step)
    out = np.array([-along[1], along[0]])
    mm = np.arange(int(length_mm // 10) * 10 + 1)
    tick_mm = np.where(mm % 10 == 0, 3.0, np.where(mm % 5 == 0, 2.2, 1.4))
    foot = np.array(start_mm) + mm[:, None] * along
    ticks = np.stack([foot, foot + tick_mm[:, None] * out], axis=1)
    axes.add_collection(
        LineCollection(
            list(ticks), colors="black", linewidths=0.1 * _POINTS_PER_MM, capstyle="butt"
        )
    )
    for at in range(0, len(mm), 50):
        x, y = foot[at] + 4.6 * out
        axes.text(x, y, f"{at // 10}", ha="center", va="center", fontsize=6)


def _instructions(square_mm: float) -> str:
    return (
        f"barpath calibration board: {COLUMNS} x {ROWS} squares of {square_mm:g} mm; rulers in cm."
        "\n"
        "Print at 100 % (no 'fit to page'), check both rulers with a real one, and glue the sheet "
        "flat to something stiff.\n"
        "Film it for half a minute with the setting you film lifts with: upright or sideways, "
        "resolution, frame rate, lens, no zoom.\n"
        "Tilt it by 30 to 45 degrees each way; take it to all four corners of the picture; hold "
        "still for a second each time.\n"
        "Then: barpath calibrate lens CLIP -o camera.json"
    )
