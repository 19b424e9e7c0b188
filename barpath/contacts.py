"""Where the bar hits the floor: corners of the height that no smoother may round off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

CONTACT_WINDOW_S = 0.17
"""Stretch on either side of a supposed contact that a parabola is fitted to. A falling or lowered
bar follows one closely for that long, and at 24 frames/s it still holds four frames."""

CONTACT_STEP_M_S = 0.5
"""Smallest step of the velocity taken for a contact. A lifter turning a bar round at 5 m/s^2 would
need 0.1 s for it, three frames at 30 frames/s."""

CONTACT_GAIN = 6.0
"""How many times worse one smooth curve must fit than two that meet in a corner."""

_MIN_SAMPLES = 4  # one more than a parabola's three coefficients


def find_contacts(*, time_s: FloatArray, y_cm: FloatArray) -> NDArray[np.intp]:
    """Find the frames at which the bar has just hit the floor.

    A contact is a corner of the height: the bar comes down and within a frame its velocity steps
    up by `CONTACT_STEP_M_S` or more. Two parabolas that part there must explain the frames around
    far better than one smooth curve of as many coefficients (a quintic) does.

    Parameters
    ----------
    time_s, y_cm : ndarray, shape (n,)
        Times and heights without NaN.

    Returns
    -------
    ndarray of int
        Index of the first frame after each contact, increasing.
    """
    if time_s.size < 2 * _MIN_SAMPLES:
        return np.empty(0, dtype=np.intp)
    found: list[int] = []
    for candidate in _candidates(time_s, y_cm):
        index = _corner(time_s, y_cm, candidate)
        if index is not None and (not found or index - found[-1] >= _MIN_SAMPLES):
            found.append(index)
    return np.array(found, dtype=np.intp)


def _candidates(time_s: FloatArray, y_cm: FloatArray) -> list[int]:
    """Give the frames where the slope jumps most, one for each group of neighbours."""
    slope = np.diff(y_cm) / np.diff(time_s) / 100
    # The frame that straddles the contact has a slope in between, so look two intervals on.
    jump = slope[2:] - slope[:-2]
    strong = np.flatnonzero((jump >= 0.8 * CONTACT_STEP_M_S) & (slope[:-2] < 0)) + 1
    groups = np.split(strong, np.flatnonzero(np.diff(time_s[strong]) > CONTACT_WINDOW_S / 2) + 1)
    return [int(group[np.argmax(jump[group - 1])]) for group in groups if group.size]


def _corner(time_s: FloatArray, y_cm: FloatArray, candidate: int) -> int | None:
    """Place the corner near `candidate`, or give None where one smooth curve fits as well."""
    near = np.flatnonzero(np.abs(time_s - time_s[candidate]) <= CONTACT_WINDOW_S)
    first, last = int(near[0]), int(near[-1]) + 1
    t = (time_s[first:last] - time_s[candidate]) / CONTACT_WINDOW_S
    y = y_cm[first:last]
    best: tuple[float, float, int] | None = None
    for cut in range(_MIN_SAMPLES, t.size - _MIN_SAMPLES + 1):
        if abs(first + cut - candidate) > 2 + 0.02 / np.median(np.diff(time_s)):
            continue
        before, error_before = _parabola(t[:cut], y[:cut])
        after, error_after = _parabola(t[cut:], y[cut:])
        # The curves must meet between the frames that they part.
        middle = (t[cut - 1] + t[cut]) / 2
        step = float(np.polyval(np.polyder(after), middle) - np.polyval(np.polyder(before), middle))
        if best is None or error_before + error_after < best[0]:
            best = (error_before + error_after, step / CONTACT_WINDOW_S / 100, cut)
    if best is None:
        return None
    smooth = np.polynomial.Polynomial.fit(t, y, 5)
    error = float(np.sum((y - smooth(t)) ** 2))
    if best[1] < CONTACT_STEP_M_S or error < CONTACT_GAIN * best[0]:
        return None
    return first + best[2]


def _parabola(t: FloatArray, y: FloatArray) -> tuple[FloatArray, float]:
    coefficients = np.polyfit(t, y, 2)
    return coefficients, float(np.sum((y - np.polyval(coefficients, t)) ** 2))
