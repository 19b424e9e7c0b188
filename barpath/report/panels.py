"""The overlay's panels: the card with live figures, the velocity strip, and call-outs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.analysis import SetAnalysis
from barpath.report.ink import (
    DARK,
    LIGHT,
    Planes,
    Sprite,
    even,
    even_up,
    lay,
    letters,
    part_of,
    sprite_of,
)
from barpath.report.lettering import text_mask, wrap
from barpath.report.palette import PHASE_LABELS, speed_colours

ByteImage = NDArray[np.uint8]
FloatArray = NDArray[np.float64]

# White on this over a white picture still has a contrast of 9 to 1 (WCAG 2.2 asks for 4.5).
_PANEL_ALPHA = 185

_QUIET = (190, 196, 206)
_SHADE = (70, 96, 140)

#: How much of the strip's ink is shown of what is still to come.
_AHEAD = 0.45

#: Distance of the panels from the picture's edges, in design pixels.
MARGIN = 8
_CARD_HEIGHT = 92
_STRIP_HEIGHT = 54

#: Shape of a figure that isn't known.
_DASH = "–"  # noqa: RUF001


@dataclass(frozen=True)
class Moment:
    """What the card says at one frame; NaN and empty for what isn't known."""

    rep: int
    reps: int
    phase: str
    velocity_m_s: float
    height_cm: float
    last_rep: int
    last_mean_m_s: float


@dataclass(frozen=True)
class Callout:
    """A finding, shown when it happens."""

    time_s: float
    text: str


def panel(width_px: int, height_px: int, *, round_px: float) -> Sprite:
    """Make a dark, see-through panel with round corners, of even size."""
    alpha = np.zeros((height_px, width_px), dtype=np.uint8)
    _fill_round(alpha, round_px=round(round_px))
    ink = np.empty((height_px, width_px, 3), dtype=np.uint8)
    ink[:] = DARK
    return sprite_of(ink=ink, alpha=alpha)


def _fill_round(alpha: ByteImage, *, round_px: int) -> None:
    height, width = alpha.shape
    cv2.rectangle(alpha, (round_px, 0), (width - 1 - round_px, height - 1), (_PANEL_ALPHA,), -1)
    cv2.rectangle(alpha, (0, round_px), (width - 1, height - 1 - round_px), (_PANEL_ALPHA,), -1)
    for x in (round_px, width - 1 - round_px):
        for y in (round_px, height - 1 - round_px):
            cv2.circle(alpha, (x, y), round_px, (_PANEL_ALPHA,), -1, cv2.LINE_AA)


class Card:
    """The card with the live figures, in the top left corner.

    Parameters
    ----------
    unit_px : float
        1/360 of the picture's shorter side.
    """

    def __init__(self, *, unit_px: float) -> None:
        self._unit_px = unit_px
        self._panel = panel(even(126 * unit_px), even(_CARD_HEIGHT * unit_px), round_px=6 * unit_px)

    @property
    def right_px(self) -> float:
        """Give the card's right edge."""
        return MARGIN * self._unit_px + float(self._panel.y.shape[1])

    def lay(self, planes: Planes, moment: Moment) -> None:
        """Lay the card over a picture."""
        u = self._unit_px
        left = top = MARGIN * u
        lay(planes, self._panel, left_px=left, top_px=top)
        rep = f"Rep {moment.rep} of {moment.reps}" if moment.rep else f"{moment.reps} reps"
        small, inset = round(11 * u), left + 8 * u
        self._write(planes, rep, size=round(12 * u), left=inset, top=top + 5 * u, bold=True)
        phase = PHASE_LABELS.get(moment.phase, "")
        self._write(planes, phase, size=small, left=inset, top=top + 20 * u, colour=_QUIET)
        velocity, large = _figure(moment.velocity_m_s, digits=2), round(26 * u)
        self._write(planes, velocity, size=large, left=inset, top=top + 31 * u, bold=True)
        end = inset + text_mask(velocity, size_px=large, bold=True).shape[1]
        self._write(planes, "m/s", size=small, left=end + 3 * u, top=top + 46 * u, colour=_QUIET)
        height = f"height {_figure(moment.height_cm, digits=1)} cm"
        self._write(planes, height, size=small, left=inset, top=top + 60 * u)
        if moment.last_rep:
            mean = f"rep {moment.last_rep} mean {_figure(moment.last_mean_m_s, digits=2)} m/s"
            self._write(planes, mean, size=round(9.5 * u), left=inset, top=top + 75 * u)

    def _write(
        self,
        planes: Planes,
        text: str,
        *,
        size: int,
        left: float,
        top: float,
        bold: bool = False,
        colour: tuple[int, int, int] = LIGHT,
    ) -> None:
        if text:
            lay(planes, _set(text, size, bold, colour), left_px=left, top_px=top)


@lru_cache(maxsize=1024)
def _set(text: str, size_px: int, bold: bool, colour: tuple[int, int, int]) -> Sprite:
    return letters(text_mask(text, size_px=size_px, bold=bold), colour=colour)


class Strip:
    """The velocity of the whole set beside the card, with what has been shown so far bright.

    Parameters
    ----------
    analysis : SetAnalysis
    left_px, right_px : float
        Its edges.
    unit_px : float
        1/360 of the picture's shorter side.
    top_m_s : float
        End of the colour scale.
    """

    def __init__(
        self,
        analysis: SetAnalysis,
        *,
        left_px: float,
        right_px: float,
        unit_px: float,
        top_m_s: float,
    ) -> None:
        self._left, self._top = even(left_px), even(MARGIN * unit_px)
        self._width = even(right_px) - self._left
        self._height = even(_STRIP_HEIGHT * unit_px)
        self._unit_px = unit_px
        time_s = analysis.motion.time_s
        self._span_s = max(float(time_s[-1]), 1e-9)
        ink, alpha = self._draw(analysis, top_m_s=top_m_s)
        self._bright = sprite_of(ink=ink, alpha=alpha)
        faint = np.rint(DARK + _AHEAD * (ink.astype(float) - DARK)).astype(np.uint8)
        self._faint = sprite_of(ink=faint, alpha=alpha)
        line = np.full((self._height, even_up(max(2.0, 1.5 * unit_px))), 255, dtype=np.uint8)
        self._cursor = letters(line)

    def lay(self, planes: Planes, *, time_s: float) -> None:
        """Lay the strip over a picture, bright up to now."""
        cursor = even(self._column(time_s))
        shown = part_of(self._bright, left_px=0, right_px=cursor)
        ahead = part_of(self._faint, left_px=cursor, right_px=self._width)
        lay(planes, shown, left_px=self._left, top_px=self._top)
        lay(planes, ahead, left_px=self._left + cursor, top_px=self._top)
        middle = self._cursor.y.shape[1] / 2
        lay(planes, self._cursor, left_px=self._left + cursor - middle, top_px=self._top)

    def _column(self, time_s: float) -> float:
        """Give the place of a time, from the strip's left edge."""
        margin = 6 * self._unit_px
        label = 30 * self._unit_px
        return label + (self._width - label - margin) * time_s / self._span_s

    def _draw(self, analysis: SetAnalysis, *, top_m_s: float) -> tuple[ByteImage, ByteImage]:
        """Draw panel, repetitions, zero line, curve and labels once."""
        u, motion = self._unit_px, analysis.motion
        alpha = np.zeros((self._height, self._width), dtype=np.uint8)
        _fill_round(alpha, round_px=round(6 * u))
        ink = np.empty((self._height, self._width, 3), dtype=np.uint8)
        ink[:] = DARK
        finite = motion.vy_m_s[np.isfinite(motion.vy_m_s)]
        low = min(float(finite.min()) if finite.size else 0.0, -0.2)
        high = max(float(finite.max()) if finite.size else 0.0, top_m_s)
        margin = 7 * u

        def row(velocity_m_s: float) -> float:
            return margin + (self._height - 2 * margin) * (high - velocity_m_s) / (high - low)

        for rep in analysis.reps:
            if math.isfinite(rep.liftoff_s) and math.isfinite(rep.lockout_s):
                start, stop = round(self._column(rep.liftoff_s)), round(self._column(rep.lockout_s))
                cv2.rectangle(ink, (start, 0), (stop, self._height - 1), _SHADE, -1)
                # The shade stays within the panel's round corners: alpha isn't touched.
                self._label(ink, f"{rep.index}", left=start + 2 * u, top=1 * u)
        zero = round(row(0.0))
        left, right = round(self._column(0.0)), round(self._column(self._span_s))
        cv2.line(ink, (left, zero), (right, zero), _QUIET, max(1, round(0.6 * u)))
        self._label(ink, f"{top_m_s:.1f}", left=5 * u, top=row(top_m_s) - 6 * u)
        self._label(ink, "m/s", left=5 * u, top=row(top_m_s) + 4 * u)
        self._label(ink, "0", left=20 * u, top=zero - 6 * u)
        colours = speed_colours(np.abs(motion.vy_m_s), top_m_s=top_m_s)
        place = [
            (round(16 * self._column(float(t))), round(16 * row(float(v))))
            if math.isfinite(v)
            else None
            for t, v in zip(motion.time_s, motion.vy_m_s, strict=True)
        ]
        width = max(1, round(1.8 * u))
        for before, after, colour in zip(place, place[1:], colours[1:], strict=False):
            if before is not None and after is not None:
                cv2.line(ink, before, after, [int(c) for c in colour], width, cv2.LINE_AA, 4)
        return ink, alpha

    def _label(self, ink: ByteImage, text: str, *, left: float, top: float) -> None:
        """Write small letters straight onto the strip, as far as they fit."""
        mask = text_mask(text, size_px=round(9 * self._unit_px))
        x, y = round(left), max(0, round(top))
        part = ink[y : y + mask.shape[0], x : x + mask.shape[1]]
        cover = mask[: part.shape[0], : part.shape[1], None] / 255
        part[:] = np.rint(part + cover * (np.array(_QUIET) - part)).astype(np.uint8)


class Callouts:
    """Findings in words along the bottom, each for a while from when it happens.

    Parameters
    ----------
    callouts : sequence of Callout
    shown_s : float
        How long each is shown, real time.
    width_px : int
        Of the picture.
    bottom_px : float
        Where the lowest one ends.
    unit_px : float
    """

    def __init__(
        self,
        callouts: Sequence[Callout],
        *,
        shown_s: float,
        width_px: int,
        bottom_px: float,
        unit_px: float,
    ) -> None:
        self._callouts = [item for item in callouts if math.isfinite(item.time_s)]
        self._shown_s = shown_s
        self._width_px, self._bottom_px, self._unit_px = width_px, bottom_px, unit_px

    def due(self, time_s: float) -> list[Callout]:
        """Give what is to be said now, the newest first."""
        due = [c for c in self._callouts if c.time_s <= time_s < c.time_s + self._shown_s]
        return sorted(due, key=lambda c: -c.time_s)

    def lay(self, planes: Planes, *, time_s: float) -> None:
        """Lay what is to be said now over a picture, the newest lowest."""
        bottom = self._bottom_px
        for item in self.due(time_s):
            banner = _banner(item.text, round(0.8 * self._width_px), self._unit_px)
            height, width = banner.y.shape
            bottom -= height
            lay(planes, banner, left_px=(self._width_px - width) / 2, top_px=bottom)
            bottom -= 4 * self._unit_px


@lru_cache(maxsize=8)
def _banner(text: str, width_px: int, unit_px: float) -> Sprite:
    """Set a finding on a panel of its own."""
    size = round(13 * unit_px)
    lines = wrap(text, width_px=width_px, size_px=size)
    masks = [text_mask(line, size_px=size) for line in lines]
    inset = even(6 * unit_px)
    width = max(mask.shape[1] for mask in masks) + 2 * inset
    height = sum(mask.shape[0] for mask in masks) + 2 * inset
    alpha = np.zeros((height, width), dtype=np.uint8)
    _fill_round(alpha, round_px=round(5 * unit_px))
    ink = np.empty((height, width, 3), dtype=np.uint8)
    ink[:] = DARK
    top = inset
    for mask in masks:
        left = (width - mask.shape[1]) // 2
        rows, columns = slice(top, top + mask.shape[0]), slice(left, left + mask.shape[1])
        ink[rows, columns] = np.maximum(ink[rows, columns], mask[..., None])
        alpha[rows, columns] = np.maximum(alpha[rows, columns], mask)
        top += mask.shape[0]
    return sprite_of(ink=ink, alpha=alpha)


def _figure(value: float, *, digits: int) -> str:
    """Write a live figure with a true minus; a dash for what isn't known."""
    if not math.isfinite(value):
        return _DASH
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}")
