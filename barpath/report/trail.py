"""The bar's path on the overlay: it grows frame by frame, and past repetitions fade."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.report.carried import lay_carried
from barpath.report.ink import DARK, Planes, even, even_up, lay, sprite_of

ByteImage = NDArray[np.uint8]
FloatArray = NDArray[np.float64]

#: What is left of a repetition's ink when the next one begins.
_FADE = 0.4

# A new piece's casing covers the end of the line before it, which is drawn again as far back as the
# casing reaches; a bar that hardly moves would have it drawn for ever.
_MOST_REDRAWN = 60

# OpenCV takes coordinates in 1/16 px with this shift.
_SHIFT = 4


@dataclass(frozen=True)
class Course:
    """Where the path goes, in the overlay's pixels with the camera's motion taken out.

    Attributes
    ----------
    x_px, y_px : ndarray, shape (n_frames,)
        NaN where lost.
    colour : ndarray of uint8, shape (n_frames, 3)
        RGB.
    rep : ndarray of int, shape (n_frames,)
        Repetition of each frame, from 1; 0 for frames that leave no ink.
    descending : ndarray of bool, shape (n_frames,)
        Drawn thinner.
    """

    x_px: FloatArray
    y_px: FloatArray
    colour: ByteImage
    rep: NDArray[np.int_]
    descending: NDArray[np.bool_]


class Trail:
    """The path drawn so far, on a layer as large as the whole path.

    Parameters
    ----------
    course : Course
    line_px : float
        Width of the line on the way up.
    """

    def __init__(self, *, course: Course, line_px: float) -> None:
        self._course = course
        self._line_px = line_px
        self._rep = 0
        inked = (course.rep > 0) & np.isfinite(course.x_px) & np.isfinite(course.y_px)
        margin = 3 * line_px + 2
        x, y = (column[inked] if inked.any() else np.zeros(1) for column in _xy(course))
        self._left, self._top = even(x.min() - margin), even(y.min() - margin)
        width = even_up(x.max() + margin - self._left)
        height = even_up(y.max() + margin - self._top)
        self._ink = np.empty((height, width, 3), dtype=np.uint8)
        # Ink that nothing covers yet is dark, so that halved chroma has no colour to bleed.
        self._ink[:] = DARK
        self._alpha = np.zeros((height, width), dtype=np.uint8)
        self._sprite = sprite_of(ink=self._ink, alpha=self._alpha)

    def advance(self, index: int) -> None:
        """Draw the piece from the frame before to this one."""
        rep = int(self._course.rep[index])
        if rep and rep != self._rep:
            self._rep = rep
            self._alpha[:] = np.rint(self._alpha * _FADE).astype(np.uint8)
            self._refresh(slice(None), slice(None))
        if not self._joins(index):
            return
        pieces = self._recent(index)
        self._stroke(self._alpha, index, value=(255,), cased=True)
        self._stroke(self._ink, index, value=DARK, cased=True)
        for at in pieces:
            self._stroke(self._ink, at, value=tuple(int(c) for c in self._course.colour[at]))
        self._refresh(*self._reach(pieces))

    def lay(self, planes: Planes, *, way: FloatArray | None) -> None:
        """Lay the path over a picture.

        Parameters
        ----------
        planes : Planes
        way : ndarray, shape (2, 3), or None
            Where a moving camera shows it; None for one that stands still.
        """
        if way is None:
            lay(planes, self._sprite, left_px=self._left, top_px=self._top)
            return
        lay_carried(
            planes,
            ink=self._ink,
            alpha=self._alpha,
            left_px=self._left,
            top_px=self._top,
            way=way,
        )

    def _joins(self, index: int) -> bool:
        """Tell whether a frame and the one before are both seen and of the current rep."""
        pair = slice(index - 1, index + 1)
        seen = np.isfinite(self._course.x_px[pair]) & np.isfinite(self._course.y_px[pair])
        return index > 0 and bool(seen.all() and (self._course.rep[pair] == self._rep).all())

    def _recent(self, index: int) -> list[int]:
        """List the pieces up to this frame's that its casing can touch, in order."""
        x, y = self._course.x_px, self._course.y_px
        pieces = [index]
        for at in range(index - 1, max(index - _MOST_REDRAWN, 0), -1):
            if not self._joins(at) or np.hypot(x[at] - x[index], y[at] - y[index]) > (
                3 * self._line_px + 2
            ):
                break
            pieces.append(at)
        return pieces[::-1]

    def _width_px(self, index: int) -> float:
        return self._line_px * (0.5 if self._course.descending[index] else 1.0)

    def _stroke(
        self, on: ByteImage, index: int, *, value: tuple[int, ...], cased: bool = False
    ) -> None:
        start, stop = (
            (
                round((self._course.x_px[at] - self._left) * 2**_SHIFT),
                round((self._course.y_px[at] - self._top) * 2**_SHIFT),
            )
            for at in (index - 1, index)
        )
        width = self._width_px(index) + (self._line_px if cased else 0)
        cv2.line(on, start, stop, value, max(1, round(width)), cv2.LINE_AA, _SHIFT)

    def _reach(self, pieces: list[int]) -> tuple[slice, slice]:
        """Give the rows and columns that some pieces can have touched, even ones."""
        at = [pieces[0] - 1, *pieces]
        margin = 2 * self._line_px + 2
        spans = []
        for column, start in ((self._course.y_px, self._top), (self._course.x_px, self._left)):
            low, high = column[at].min() - start, column[at].max() - start
            spans.append(slice(max(0, even(low - margin) - 2), even_up(high + margin) + 2))
        return spans[0], spans[1]

    def _refresh(self, rows: slice, columns: slice) -> None:
        """Carry drawn ink over to the sprite."""
        fresh = sprite_of(ink=self._ink[rows, columns], alpha=self._alpha[rows, columns])
        half_rows, half_columns = _halved(rows), _halved(columns)
        self._sprite.y[rows, columns] = fresh.y
        self._sprite.weight[rows, columns] = fresh.weight
        for plane, new in (
            (self._sprite.u, fresh.u),
            (self._sprite.v, fresh.v),
            (self._sprite.weight_half, fresh.weight_half),
        ):
            plane[half_rows, half_columns] = new


def _xy(course: Course) -> tuple[FloatArray, FloatArray]:
    return course.x_px, course.y_px


def _halved(span: slice) -> slice:
    if span == slice(None):
        return span
    return slice(span.start // 2, span.stop // 2)
