"""Text as masks, in the DejaVu Sans that comes with matplotlib.

OpenCV's own letters are strokes without a minus sign of the right width or a degree sign; these are
set once for each text and size and kept.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.ft2font import FT2Font, LoadFlags
from numpy.typing import NDArray

ByteImage = NDArray[np.uint8]

# FreeType gives lengths in 1/64 px.
_SUBPIXELS = 64

# Accents on capitals reach a tenth above what the font calls its ascent.
_HEADROOM = 1.12

# Live figures: 4 to 5 digits of velocity and height, each value at one size.
_KEPT = 1024


@lru_cache(maxsize=_KEPT)
def text_mask(text: str, *, size_px: int, bold: bool = False) -> ByteImage:
    """Set one line of text.

    Parameters
    ----------
    text : str
    size_px : int
        Font size; a line is about 1.2 times as high.
    bold : bool

    Returns
    -------
    ndarray of uint8, shape (h, w), both even
        255 on the letters, read-only. h is the same for every text of a size, so that lines of it
        share their baseline.
    """
    font = _font(bold)
    font.set_size(size_px, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    font.draw_glyphs_to_bitmap(antialiased=True)
    glyphs = np.asarray(font.get_image(), dtype=np.uint8)
    em_px = size_px / font.units_per_EM
    above = math.ceil(_HEADROOM * font.ascender * em_px)
    below = math.ceil(-font.descender * em_px)
    top = above + round(font.get_descent() / _SUBPIXELS) - glyphs.shape[0]
    mask = np.zeros((_even(above + below), _even(glyphs.shape[1] + 1)), dtype=np.uint8)
    rows = mask[max(top, 0) : top + glyphs.shape[0], : glyphs.shape[1]]
    # What reaches even higher, such as two accents on a capital, is cut.
    rows[:] = glyphs[max(-top, 0) :][: rows.shape[0]]
    mask.flags.writeable = False
    return mask


def wrap(text: str, *, width_px: int, size_px: int) -> list[str]:
    """Break a text between words into lines no wider than asked, where its words allow it."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_mask(longer, size_px=size_px).shape[1] <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@lru_cache(maxsize=2)
def _font(bold: bool) -> FT2Font:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return FT2Font(str(Path(mpl.get_data_path(), "fonts", "ttf", name)))


def _even(value: int) -> int:
    return value + value % 2
