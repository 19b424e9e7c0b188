"""What a column of presentation times says about the frame rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# A gap this far from the median is a dropped frame, a pause or a doubled frame, not jitter.
_ODD_GAP = 0.5
# Phone clips of constant rate jitter by a few per cent; a lost frame is 100 %.
_VARIABLE_GAP = 0.1


def frame_rate_hz(*, time_s: FloatArray) -> float:
    """Measure the frame rate from the gaps between frames.

    The mean of the gaps within 50 % of the median: the median alone is off by up to a tick where
    the container rounds its times (Matroska keeps whole milliseconds: 33, 33, 34 ms has a median
    of 30.3 Hz), and the plain mean by every pause or lost frame.

    Parameters
    ----------
    time_s : ndarray, shape (n_frames,)
        Strictly increasing times.

    Returns
    -------
    float
        Frames a second; NaN for fewer than two frames.
    """
    if time_s.size < 2:
        return float("nan")
    gap_s = np.diff(time_s)
    median_s = float(np.median(gap_s))
    usual = np.abs(gap_s - median_s) <= _ODD_GAP * median_s
    return 1.0 / float(np.mean(gap_s[usual]))


def has_variable_rate(*, time_s: FloatArray, tick_s: float) -> bool:
    """Tell whether any gap between frames differs from the usual one.

    Parameters
    ----------
    time_s : ndarray, shape (n_frames,)
        Strictly increasing times.
    tick_s : float
        Resolution of the container's times on the same scale. Rounding to it moves a gap by up to
        one tick, so that much is no evidence.

    Returns
    -------
    bool
        True where a gap is more than 10 % and 1.5 ticks away from the median gap.
    """
    if time_s.size < 3:
        return False
    gap_s = np.diff(time_s)
    median_s = float(np.median(gap_s))
    tolerance_s = max(_VARIABLE_GAP * median_s, 1.5 * tick_s)
    return bool(np.any(np.abs(gap_s - median_s) > tolerance_s))
