"""The printable board: what OpenCV draws, in exact millimetres, as vectors."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from barpath.camera.board import (
    COLUMNS,
    MARKER_SHARE,
    PAPERS_MM,
    ROWS,
    charuco_board,
    largest_square_mm,
    rectangles,
    write_board,
)
from barpath.commands.calibrate import calibrate
from barpath.errors import UsageError

POINTS_PER_MM = 72 / 25.4
#: Matplotlib writes coordinates with six decimals of a point.
EXACT_PT = 2e-5
PRINTED = Path(__file__).parent.parent.parent / "calibration" / "board-a4.pdf"


def rectangles_pt(pdf):
    """Read the closed rectangles of a page: left, bottom, width, height in points."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf.read_bytes(), re.DOTALL)
    page = max((zlib.decompress(s) for s in streams if s[:1] == b"x"), key=len).decode("latin1")
    number = r"(-?[\d.]+)"
    corner = rf"{number} {number} l\n"
    found = re.findall(rf"{number} {number} m\n{corner}{corner}{corner}h\n", page)
    boxes = np.array(found, dtype=float).reshape(-1, 4, 2)
    low, high = boxes.min(axis=1), boxes.max(axis=1)
    return np.hstack([low, high - low])


@pytest.fixture(scope="module", params=sorted(PAPERS_MM))
def page(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("board") / f"{request.param}.pdf"
    write_board(path, paper=request.param)
    return request.param, path


def test_page_has_the_papers_size(page):
    paper, path = page
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", path.read_bytes())
    assert box is not None
    size_mm = np.array([float(side) for side in box.groups()]) / POINTS_PER_MM
    np.testing.assert_allclose(size_mm, PAPERS_MM[paper], atol=1e-3)


def test_squares_and_markers_are_exact_vectors(page):
    paper, path = page
    side_pt = largest_square_mm(paper) * POINTS_PER_MM
    sizes = rectangles_pt(path)[:, 2:]
    for share, count in ((1.0, COLUMNS * ROWS // 2), (MARKER_SHARE, COLUMNS * ROWS // 2)):
        right = np.abs(sizes - share * side_pt).max(axis=1) < EXACT_PT
        assert right.sum() == count
    assert b"/Subtype /Image" not in path.read_bytes()


def test_nothing_lies_in_the_margin_that_printers_leave_white(page):
    paper, path = page
    boxes = rectangles_pt(path) / POINTS_PER_MM
    assert boxes[:, :2].min() > 5
    assert ((boxes[:, :2] + boxes[:, 2:]).max(axis=0) < np.array(PAPERS_MM[paper]) - 5).all()


def test_rectangles_are_the_board_that_opencv_draws():
    module = 4  # pixels: 8 modules a square
    side = 8 * module
    drawn = np.full((ROWS * side, COLUMNS * side), 255, dtype=np.uint8)
    for part in rectangles(square_mm=float(side)):
        left, top, width, height = (
            round(value) for value in (part.x_mm, part.y_mm, part.width_mm, part.height_mm)
        )
        drawn[top : top + height, left : left + width] = 0 if part.black else 255
    board = charuco_board(square_mm=float(side))
    np.testing.assert_array_equal(drawn, board.generateImage((COLUMNS * side, ROWS * side)))
    corners, ids, _, _ = cv2.aruco.CharucoDetector(board).detectBoard(
        cv2.copyMakeBorder(drawn, side, side, side, side, cv2.BORDER_CONSTANT, value=255)
    )
    assert len(ids) == (COLUMNS - 1) * (ROWS - 1)


def test_squares_of_any_size_that_fits(tmp_path):
    write_board(tmp_path / "small.pdf", paper="a4", square_mm=22.5)
    sizes = rectangles_pt(tmp_path / "small.pdf")[:, 2:]
    squares = np.abs(sizes - 22.5 * POINTS_PER_MM).max(axis=1) < EXACT_PT
    assert squares.sum() == COLUMNS * ROWS // 2


@pytest.mark.parametrize("square_mm", [9.9, 30.1, float("nan")])
def test_a_board_that_does_not_fit_is_refused(tmp_path, square_mm):
    with pytest.raises(UsageError, match="can't be printed on a4") as caught:
        write_board(tmp_path / "board.pdf", paper="a4", square_mm=square_mm)
    assert caught.value.hint == "from 10 to 30 mm"
    assert not any(tmp_path.iterdir())


def test_the_same_board_is_the_same_file(tmp_path):
    for name in ("one.pdf", "two.pdf"):
        write_board(tmp_path / name, paper="letter")
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_the_board_in_the_calibration_folder_is_the_one_written(tmp_path):
    write_board(tmp_path / "board.pdf", paper="a4")
    np.testing.assert_allclose(
        rectangles_pt(PRINTED), rectangles_pt(tmp_path / "board.pdf"), atol=EXACT_PT
    )
    assert PRINTED.stat().st_size < 100_000


def test_the_command_offers_the_papers_there_are():
    (paper,) = [p for p in calibrate.commands["board"].params if p.name == "paper"]
    assert set(paper.type.choices) == set(PAPERS_MM)
