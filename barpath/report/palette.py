"""Colours and words that the overlay, the page and the plots share."""

from __future__ import annotations

import math

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from barpath.analysis import SetAnalysis

ByteImage = NDArray[np.uint8]
FloatArray = NDArray[np.float64]

PHASE_LABELS = {
    "setup": "set-up",
    "break": "lower pull",
    "knee": "past the knees",
    "lockout": "upper pull",
    "top": "at the top",
    "descent": "lowering",
}
"""What each phase is called before people, whether the set begins on the floor or at the top."""

# Viridis rises evenly in lightness and is read with any colour vision (van der Walt and Smith
# 2015); its darkest third can't be told from a dark picture.
_DARKEST = 0.3
_SHADES = 256

_SLOWEST_TOP_M_S = 0.3


def speed_colours(speed_m_s: FloatArray, *, top_m_s: float) -> ByteImage:
    """Colour speeds from 0 to the top; slower than 0 or faster than the top is cut off.

    Returns
    -------
    ndarray of uint8, shape (n, 3)
        RGB; the slowest colour where the speed is NaN.
    """
    ramp = mpl.colormaps["viridis"](np.linspace(_DARKEST, 1.0, _SHADES))[:, :3]
    share = np.clip(np.nan_to_num(speed_m_s) / top_m_s, 0.0, 1.0)
    shades = np.rint(255 * ramp).astype(np.uint8)
    return np.asarray(shades[np.rint(share * (_SHADES - 1)).astype(int)], dtype=np.uint8)


def top_speed_m_s(analysis: SetAnalysis) -> float:
    """Give the end of the set's velocity scale: its fastest pull, up to a full tenth.

    A dropped bar is faster than any pull and would leave the pulls one colour.
    """
    peaks = [rep.peak_velocity_m_s for rep in analysis.reps]
    fastest = max((peak for peak in peaks if math.isfinite(peak)), default=0.0)
    return max(_SLOWEST_TOP_M_S, math.ceil(10 * fastest) / 10)
