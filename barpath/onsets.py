"""When a standing bar starts to move, and when it comes to rest: between frames, less the blur.

A smoothed velocity starts to rise before the bar does and has gone to rest after it. How much is
known for the smoother of `barpath.motion` and a start whose velocity grows with the square of time;
the acceleration where the velocity crosses standstill tells how brisk the start was.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from barpath.motion import CUTOFF_HZ, HALF_POWER

FloatArray = NDArray[np.float64]


def crossing(
    *, span_s: float, values: tuple[float, float], slopes: tuple[float, float], level: float
) -> float:
    """Give when a curve between two frames first passes a level, as time after the first.

    Parameters
    ----------
    span_s : float
        Between the frames.
    values : tuple of float
        At the two frames, on either side of `level`.
    slopes : tuple of float
        Derivatives there, per second.
    level : float

    Returns
    -------
    float
        Between 0 and `span_s`, by the cubic through both values and slopes (Hermite).
    """
    (v0, v1), (m0, m1) = values, (slopes[0] * span_s, slopes[1] * span_s)
    cubic = [2 * (v0 - v1) + m0 + m1, 3 * (v1 - v0) - 2 * m0 - m1, m0, v0 - level]
    roots = np.roots(cubic)
    real = roots.real[np.abs(roots.imag) < 1e-9]
    inside = real[(real >= 0) & (real <= 1)]
    # without a root by rounding alone: the chord's
    share = float(inside.min()) if inside.size else (v0 - level) / (v0 - v1)
    return share * span_s


def blur_s(*, level: float, slope: float, cutoff_hz: float = CUTOFF_HZ) -> float:
    """Give how far the smoother moves a start's crossing of a level outwards, in seconds.

    Parameters
    ----------
    level : float
        Velocity that counts as standstill.
    slope : float
        Size of the smoothed acceleration where the smoothed velocity crosses it, per second.
    cutoff_hz : float
        The smoother's.

    Returns
    -------
    float
        A start was later, a stop earlier, than the smoothed crossing by so much. Within a
        quarter of a millisecond of 0, on either side, for gentle starts.

    Notes
    -----
    The smoother's response ``1 / (1 + u^6)`` has, in units of its own time, the kernel
    ``h(t) = -(i/6) sum p exp(i p |t|)`` over the three roots p of ``p^6 = -1`` in the upper half
    plane. A velocity of ``k max(0, t)^2`` comes out as ``k Q(t)``: minus the sum of
    ``exp(-i p t) / (3 p^2)`` before the start and, as the kernel's second moment is zero,
    ``t^2 - Q(-t)`` after it. Where ``k Q(s)`` is the level, the true crossing is ``sqrt(Q(s))``,
    and ``Q'(s) / Q(s)`` is what is seen: slope over level.
    """
    unit_s = HALF_POWER / (2 * np.pi * cutoff_hz)
    growth, blur = _table()
    return float(unit_s * np.interp(slope * unit_s / level, growth, blur))


@lru_cache(maxsize=1)
def _table() -> tuple[FloatArray, FloatArray]:
    """Tabulate the blur against the relative growth at the crossing, in the smoother's units."""
    roots = np.exp(1j * np.pi * np.array([1, 3, 5]) / 6)
    t = np.linspace(8.0, 0.02, 800)
    wave = np.exp(1j * roots * t[:, None]) / (3 * roots**2)
    value = t**2 + wave.sum(axis=1).real
    growth = (2 * t + (1j * roots * wave).sum(axis=1).real) / value
    return growth, np.sqrt(value) - t
