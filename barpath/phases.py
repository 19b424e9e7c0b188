"""What happens within a repetition: its phases and the sticking region."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from barpath.excursions import END_ZONE_CM, zigzag
from barpath.motion import MAX_GAP_S, Motion

FloatArray = NDArray[np.float64]

KNEE_SHARE = 0.285
"""Height of the tibial plateau as a share of stature (Winter, Biomechanics and Motor Control of
Human Movement, anthropometric table)."""

KNEE_RISE_CM = 27.0
"""Rise at which the bar passes the knees of a lifter of whom nothing is known: 50 cm up at a
stature of 175 cm, and a 45 cm plate holds the bar 22.5 cm up."""

KNEE_WINDOW_CM = 5.0
"""Half the height of the knee phase: statures from 160 to 190 cm put the plateau within it."""

KNEE_RISE_SHARE = 0.5
"""The usual knee is never put higher than this share of the rise (27 of a usual 55 cm): a pull off
blocks or from the knee has less below it. A height that was given is taken at its word."""

STICKING_DROP_M_S = 0.03
STICKING_DROP_SHARE = 0.1
STICKING_MIN_S = 0.1
"""A sticking region is a fall of the velocity by at least 0.03 m/s and a tenth of the first peak,
over 0.1 s or more, and a rise after it. Only 68 % of conventional maximal deadlifts have one
(Lockie et al. 2018), so none is a legal answer."""

_UP = ("break", "knee", "lockout")


@dataclass(frozen=True)
class Knee:
    """The rise from the floor at which the bar passes the knees, and whether the lifter told it."""

    rise_cm: float = KNEE_RISE_CM
    told: bool = False


USUAL_KNEE = Knee()


def place_knee(*, knee_height_cm: float, stature_cm: float, resting_cm: float) -> Knee:
    """Place the knees by what is known of the lifter.

    Parameters
    ----------
    knee_height_cm, stature_cm : float
        Of the knees over the floor, and of the lifter; NaN where not said.
    resting_cm : float
        Height over the floor at which the bar rests: the plate's radius.

    Returns
    -------
    Knee
    """
    if math.isfinite(knee_height_cm):
        return Knee(knee_height_cm - resting_cm, told=True)
    if math.isfinite(stature_cm):
        return Knee(KNEE_SHARE * stature_cm - resting_cm, told=True)
    return USUAL_KNEE


@dataclass(frozen=True)
class Phase:
    """One phase of a repetition: setup, break, knee, lockout, top or descent.

    `mean_velocity_m_s` is the vertical displacement over the duration, `peak_velocity_m_s` the
    vertical velocity of the largest size, both signed (up positive); `dx_cm` and `dy_cm` are
    the displacement from the start to the end. NaN where the clip doesn't show them.
    """

    name: str
    start_s: float
    end_s: float
    mean_velocity_m_s: float
    peak_velocity_m_s: float
    dx_cm: float
    dy_cm: float


@dataclass(frozen=True)
class Sticking:
    """A sticking region: from the first velocity peak to the minimum after it.

    `height_cm` is the rise above lift-off at the minimum.
    """

    start_s: float
    end_s: float
    min_velocity_m_s: float
    height_cm: float


@dataclass(frozen=True)
class Bounds:
    """The events of a repetition; NaN where the clip doesn't show one.

    `descent_start_s` and `descent_end_s` belong to the way down: before lift-off in sets that
    start at the top, after lockout in the others.
    """

    start_s: float
    liftoff_s: float
    lockout_s: float
    end_s: float
    descent_start_s: float
    descent_end_s: float
    descent_first: bool


def at_time(*, motion: Motion, values: FloatArray, time_s: float) -> float:
    """Interpolate `values` of `motion` at one moment, as `at_times` does."""
    return float(at_times(motion=motion, values=values, times_s=np.array([time_s]))[0])


def at_times(*, motion: Motion, values: FloatArray, times_s: FloatArray) -> FloatArray:
    """Interpolate `values` of `motion` at some moments.

    Parameters
    ----------
    motion : Motion
    values : ndarray, shape (n_frames,)
        One of the arrays of `motion`.
    times_s : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
        NaN outside the frames that have a value and within gaps longer than `MAX_GAP_S`.
    """
    good = np.isfinite(values)
    known_s, known = motion.time_s[good], values[good]
    if not known.size:
        return np.full(times_s.shape, np.nan)
    right = np.minimum(known_s.searchsorted(times_s), known.size - 1)
    left = np.maximum(right - 1, 0)
    off_frames = (known_s[left] < times_s) & (times_s < known_s[right])
    in_gap = off_frames & (known_s[right] - known_s[left] > MAX_GAP_S)
    inside = (known_s[0] <= times_s) & (times_s <= known_s[-1])
    return np.where(inside & ~in_gap, np.interp(times_s, known_s, known), np.nan)


def within(*, motion: Motion, start_s: float, end_s: float) -> NDArray[np.intp]:
    """Give the frames with a velocity from `start_s` to `end_s`, none if a long gap lies there.

    Parameters
    ----------
    motion : Motion
    start_s, end_s : float

    Returns
    -------
    ndarray of int
        Empty, too, where either end is NaN.
    """
    seen = np.flatnonzero(np.isfinite(motion.vy_m_s))
    inside = seen[(motion.time_s[seen] >= start_s) & (motion.time_s[seen] <= end_s)]
    edges = np.concatenate([[start_s], motion.time_s[inside], [end_s]])
    return inside if np.all(np.diff(edges) <= MAX_GAP_S) else inside[:0]


def split_phases(*, motion: Motion, bounds: Bounds, knee: Knee) -> tuple[Phase, ...]:
    """Split a repetition into its phases, those whose two ends the clip shows.

    The passing of the knees is told by the height alone.

    Parameters
    ----------
    motion : Motion
    bounds : Bounds
    knee : Knee

    Returns
    -------
    tuple of Phase
        In order of time.
    """
    knee_s = _knee_pass(motion, bounds, knee)
    borders_s = (bounds.liftoff_s, *knee_s, bounds.lockout_s)
    up = list(zip(_UP, borders_s[:-1], borders_s[1:], strict=True))
    down = ("descent", bounds.descent_start_s, bounds.descent_end_s)
    if bounds.descent_first:
        top = ("top", bounds.lockout_s, bounds.end_s)
        spans = [down, ("setup", bounds.descent_end_s, bounds.liftoff_s), *up, top]
    else:
        top_end_s = bounds.end_s if np.isnan(bounds.descent_start_s) else bounds.descent_start_s
        top = ("top", bounds.lockout_s, top_end_s)
        spans = [("setup", bounds.start_s, bounds.liftoff_s), *up, top, down]
    return tuple(
        _phase(motion, name, start_s, end_s) for name, start_s, end_s in spans if end_s > start_s
    )


def with_peak(
    *, phases: tuple[Phase, ...], peak_velocity_m_s: float, peak_s: float
) -> tuple[Phase, ...]:
    """Make the phases of the way up say of the fastest moment what their repetition says.

    A repetition's peak is the top of a curve through several frames; a phase's is a frame's, too
    large by its noise.

    Parameters
    ----------
    phases : tuple of Phase
    peak_velocity_m_s, peak_s : float
        The repetition's peak and when it was; NaN where it has none.

    Returns
    -------
    tuple of Phase
        None faster on the way up than the peak, and the one that holds it as fast.
    """
    if not np.isfinite(peak_velocity_m_s):
        return phases
    rising = [phase for phase in phases if phase.name in _UP]
    holder = next((phase for phase in rising if phase.start_s <= peak_s <= phase.end_s), None)
    agreed = []
    for phase in phases:
        fastest = phase.peak_velocity_m_s
        if phase is holder or (phase in rising and fastest > peak_velocity_m_s):
            fastest = peak_velocity_m_s
        agreed.append(replace(phase, peak_velocity_m_s=fastest))
    return tuple(agreed)


def _knee_pass(motion: Motion, bounds: Bounds, knee: Knee) -> tuple[float, float]:
    """Give when the bar first rises to the knee window and when it first leaves it."""
    bottom = at_time(motion=motion, values=motion.y_cm, time_s=bounds.liftoff_s)
    rise = at_time(motion=motion, values=motion.y_cm, time_s=bounds.lockout_s) - bottom
    # A bar that came down first may have turned anywhere: the floor is no measure then.
    from_floor = knee.told and not bounds.descent_first
    knee_cm = knee.rise_cm if from_floor else min(knee.rise_cm, KNEE_RISE_SHARE * rise)
    half_cm = KNEE_WINDOW_CM * min(1.0, knee_cm / KNEE_RISE_CM)
    inside = within(motion=motion, start_s=bounds.liftoff_s, end_s=bounds.lockout_s)
    if inside.size < 2:
        return float("nan"), float("nan")
    height, time_s = motion.y_cm[inside] - bottom, motion.time_s[inside]
    levels_cm = (knee_cm - half_cm, knee_cm + half_cm)
    enters_s, leaves_s = (_first_rise(time_s, height, level) for level in levels_cm)
    return enters_s, leaves_s


def _first_rise(time_s: FloatArray, height: FloatArray, level: float) -> float:
    above = np.flatnonzero(height >= level)
    if above.size == 0 or above[0] == 0:
        return float("nan")
    pair = slice(above[0] - 1, above[0] + 1)
    return float(np.interp(level, height[pair], time_s[pair]))


def _phase(motion: Motion, name: str, start_s: float, end_s: float) -> Phase:
    ends = [
        [at_time(motion=motion, values=values, time_s=time_s) for time_s in (start_s, end_s)]
        for values in (motion.x_cm, motion.y_cm)
    ]
    dx_cm, dy_cm = (pair[1] - pair[0] for pair in ends)
    inside = motion.vy_m_s[within(motion=motion, start_s=start_s, end_s=end_s)]
    peak = inside[np.argmax(np.abs(inside))] if inside.size else float("nan")
    mean = dy_cm / 100 / (end_s - start_s)
    return Phase(name, start_s, end_s, mean, float(peak), dx_cm, dy_cm)


def find_sticking(*, motion: Motion, liftoff_s: float, lockout_s: float) -> Sticking | None:
    """Find the first sticking region of a concentric.

    Parameters
    ----------
    motion : Motion
    liftoff_s, lockout_s : float

    Returns
    -------
    Sticking or None
        None where there is none, or where the clip doesn't show the whole pull.
    """
    inside = within(motion=motion, start_s=liftoff_s, end_s=lockout_s)
    if inside.size < 3:
        return None
    velocity, time_s = motion.vy_m_s[inside], motion.time_s[inside]
    # A dip within the noise is no sticking: four standard deviations of one velocity.
    gate = max(STICKING_DROP_M_S, 4 * float(np.nanmedian(motion.sd_v_m_s[inside])))
    turns = zigzag(velocity, gate)
    peaks = turns if len(turns) > 1 and velocity[turns[0]] > velocity[turns[1]] else turns[1:]
    bottom, top = (
        at_time(motion=motion, values=motion.y_cm, time_s=time_s)
        for time_s in (liftoff_s, lockout_s)
    )
    height = motion.y_cm[inside]
    for peak, dip in zip(peaks[::2], peaks[1:-1:2], strict=False):
        if (
            velocity[peak] - velocity[dip] >= STICKING_DROP_SHARE * velocity[peak]
            and time_s[dip] - time_s[peak] >= STICKING_MIN_S
            # Taking up slack and settling dip too, but at the ends.
            and bottom + END_ZONE_CM <= height[dip] <= top - END_ZONE_CM
        ):
            return Sticking(
                start_s=float(time_s[peak]),
                end_s=float(time_s[dip]),
                min_velocity_m_s=float(velocity[dip]),
                height_cm=float(height[dip] - bottom),
            )
    return None
