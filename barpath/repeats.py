"""Frames that repeat the one before, and when the others were shot.

A clip converted to a higher frame rate shows some pictures twice (24 to 30 frames/s: every fifth
frame), so its timestamps are a fifth of a picture's time off in a pattern of 6 Hz. Unmended that
reads as a ripple of 25 % on the velocity. A camera that missed a picture also leaves a repeat,
but there the other frames' times are right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

REPEAT_MOVE_CM = 0.3
"""Smallest movement on both sides between which a standstill of one frame is taken for a repeat:
below it the repeat shifts the position by less than a tracker's own error."""

REPEAT_RATIO = 0.2
"""Largest movement of a repeat, as a share of its neighbours'. Encoding noise makes it nonzero; a
velocity that really fell to a fifth for one frame would need 20 m/s^2 at 0.5 m/s and 30 Hz."""

MAX_PERIOD_S = 0.5
"""Longest time between two repeats of one conversion: 24 to 25 frames/s repeats every 1.04 s, but
shifts the pictures by too little, and between too few repeats, to be told or to matter."""

CONVERTED_STEP = 1.5
"""The bar's step after a repeat, over the steps around it: 1 where the clip was converted, 2 where
the camera missed a picture."""

MIN_SPACING = 0.25
"""Least time between two pictures, as a share of a conversion's: spread evenly, those that it moves
stay at least half a picture behind the last that it doesn't. Where they come nearer, or overtake
it, repeats were put in between pictures whose times were right (a screen recorder's), or missed."""

_MIN_REPEATS = 3  # two could be chance; three set a rhythm


def find_repeats(*, time_s: FloatArray, x_cm: FloatArray, y_cm: FloatArray) -> NDArray[np.bool_]:
    """Mark frames that show the same picture as the one before while the bar is moving.

    Parameters
    ----------
    time_s, x_cm, y_cm : ndarray, shape (n,)
        Times and positions; NaN where lost.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    repeat = np.zeros(time_s.size, dtype=np.bool_)
    if time_s.size < 4:
        return repeat
    step = np.column_stack([np.diff(x_cm), np.diff(y_cm)])
    length = np.hypot(step[:, 0], step[:, 1])
    onward = np.sum(step[:-2] * step[2:], axis=1) > 0
    beside = np.minimum(length[:-2], length[2:])
    with np.errstate(invalid="ignore"):
        still = (length[1:-1] < REPEAT_RATIO * beside) & (beside > REPEAT_MOVE_CM)
    repeat[2:-1] = still & onward
    return repeat


def shot_times(
    *, time_s: FloatArray, x_cm: FloatArray, y_cm: FloatArray, repeat: NDArray[np.bool_]
) -> FloatArray:
    """Give when each frame was shot: evenly spaced pictures where repeats show a conversion.

    Parameters
    ----------
    time_s, x_cm, y_cm : ndarray, shape (n,)
        Times and positions; NaN where lost.
    repeat : ndarray of bool, shape (n,)
        From `find_repeats`.

    Returns
    -------
    ndarray, shape (n,)
        Increasing over the frames that aren't repeats; equal to `time_s` away from conversions.
    """
    shot = time_s.copy()
    copies = np.flatnonzero(repeat)
    copies = copies[copies < time_s.size - 2]
    for run in np.split(copies, np.flatnonzero(np.diff(time_s[copies]) > MAX_PERIOD_S) + 1):
        if run.size >= _MIN_REPEATS and _is_converted(x_cm, y_cm, run):
            period = int(np.median(np.diff(run)))
            span = slice(max(0, run[0] - period), min(time_s.size, run[-1] + period))
            moved = shot.copy()
            moved[span], picture_s = _evenly(time_s[span], repeat[span])
            near = slice(max(0, span.start - 1), span.stop + 1)
            if np.all(np.diff(moved[near][~repeat[near]]) >= MIN_SPACING * picture_s):
                shot = moved
    return shot


def _is_converted(x_cm: FloatArray, y_cm: FloatArray, copies: NDArray[np.intp]) -> bool:
    """Tell a converted clip from one with missed pictures by the step after each repeat."""
    step = np.hypot(np.diff(x_cm), np.diff(y_cm))
    around = (step[copies - 2] + step[copies + 1]) / 2
    return bool(np.nanmedian(step[copies] / around) < CONVERTED_STEP)


def _evenly(time_s: FloatArray, repeat: NDArray[np.bool_]) -> tuple[FloatArray, float]:
    """Space the pictures evenly in time, without moving them on the whole; say how far apart."""
    picture = np.cumsum(~repeat)
    slope, start = np.polyfit(picture, time_s, 1)
    return np.asarray(start + slope * picture), float(slope)
