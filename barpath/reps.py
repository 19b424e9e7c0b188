"""Repetitions: which movements are one, and the figures of each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.calibration import Calibration
from barpath.certainty import Figures, RepUncertainty, rep_uncertainty
from barpath.excursions import Leg, find_legs
from barpath.motion import Motion
from barpath.phases import (
    USUAL_KNEE,
    Bounds,
    Knee,
    Phase,
    Sticking,
    at_time,
    at_times,
    find_sticking,
    split_phases,
    with_peak,
    within,
)

__all__ = [
    "Phase",
    "Rep",
    "RepUncertainty",
    "Sticking",
    "find_reps",
    "label_frames",
    "velocity_loss_pct",
]

FloatArray = NDArray[np.float64]

SETUP_S = 1.5
"""Stretch before lift-off that counts as setting up, at most."""

MIN_SETUP_S = 0.3
"""Shortest stretch before lift-off that a roll of the bar can be read from."""

LOCKED_SHARE = 0.75
"""A rise that ends below this share of the set's highest top never reached lockout."""

MAX_SLANT = 0.75
"""Most the bar may move sideways for its rise: more is a bar being carried or rolled up."""

GRAVITY_M_S2 = 9.81

PEAK_SD = 3.0
"""A peak is the top of a parabola through the frames around the fastest that lie within this many
standard deviations of it, of what the tracker expects and of what the path shows (coding does more
than the tracker knows): the largest of many noisy values is too large on average."""


@dataclass(frozen=True)
class Rep:
    """One repetition; NaN where the clip doesn't show what a figure needs.

    Attributes
    ----------
    index : int
        From 1.
    complete : bool
        Whether both lift-off and lockout were seen.
    start_s, end_s : float
        First and last moment that belong to the repetition, setting up and the way down included.
    liftoff_s, lockout_s : float
        When the bar leaves and regains standstill (`excursions.STILL_M_S`) on the way up.
    rom_cm, concentric_s : float
        Rise and time from lift-off to lockout.
    mean_velocity_m_s : float
        Rise over time.
    mean_propulsive_velocity_m_s : float
        Mean vertical velocity while the acceleration exceeds -9.81 m/s^2 (Sanchez-Medina, Perez
        and Gonzalez-Badillo 2010, Int. J. Sports Med. 31, 123-129).
    peak_velocity_m_s, time_to_peak_s : float
        Highest vertical velocity, and its time after lift-off.
    sticking : Sticking or None
        None where there is no sticking region.
    start_x_cm, lockout_x_cm, net_drift_cm : float
        Horizontal position at lift-off and lockout, and the change from one to the other.
    max_forward_cm, max_backward_cm : float
        Farthest the bar goes to either side of `start_x_cm` on the way up, both at least 0.
    rms_x_cm : float
        Root mean square distance from the vertical through `start_x_cm`, over time.
    setup_roll_cm : float
        Horizontal change over the `SETUP_S` before lift-off, positive towards the toes.
    uncertainty : RepUncertainty
    phases : tuple of Phase
    """

    index: int
    complete: bool
    start_s: float
    liftoff_s: float
    lockout_s: float
    end_s: float
    rom_cm: float
    concentric_s: float
    mean_velocity_m_s: float
    mean_propulsive_velocity_m_s: float
    peak_velocity_m_s: float
    time_to_peak_s: float
    sticking: Sticking | None
    start_x_cm: float
    lockout_x_cm: float
    max_forward_cm: float
    max_backward_cm: float
    rms_x_cm: float
    net_drift_cm: float
    setup_roll_cm: float
    uncertainty: RepUncertainty
    phases: tuple[Phase, ...]


def find_reps(
    *, motion: Motion, calibration: Calibration, knee: Knee = USUAL_KNEE
) -> tuple[Rep, ...]:
    """Find the repetitions of a set and measure each.

    A repetition is a rise of the bar with the fall after it, or before it where a fall is the
    first thing seen. A rise whose lift-off or lockout the clip doesn't show, and one that never
    reached the height of a lockout, is given as not complete.

    Parameters
    ----------
    motion : Motion
    calibration : Calibration
        For the scale's share of the uncertainty.
    knee : Knee
        Where the bar passes the knees; a usual lifter's without it.

    Returns
    -------
    tuple of Rep
        In order of time; empty where nothing was lifted.
    """
    bounds = _bounds(motion, find_legs(motion=motion))
    return tuple(
        _measure(motion, calibration, one, index, knee) for index, one in enumerate(bounds, start=1)
    )


def first_pull_s(motion: Motion) -> float:
    """Give when the first pull starts, or where that isn't shown its repetition; NaN without one.

    Parameters
    ----------
    motion : Motion
        From any origin.
    """
    bounds = _bounds(motion, find_legs(motion=motion))
    if not bounds:
        return math.nan
    return bounds[0].liftoff_s if math.isfinite(bounds[0].liftoff_s) else bounds[0].start_s


def label_frames(
    *, time_s: FloatArray, reps: tuple[Rep, ...]
) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Tell which repetition and phase each frame belongs to.

    Parameters
    ----------
    time_s : ndarray, shape (n_frames,)
    reps : tuple of Rep

    Returns
    -------
    rep : ndarray of int, shape (n_frames,)
        Index of the repetition, 0 outside any.
    phase : ndarray of str, shape (n_frames,)
        Name of the phase, empty outside any.
    """
    number = np.zeros(time_s.size, dtype=np.int64)
    names = np.full(time_s.size, "", dtype="<U8")
    for rep in reps:
        number[(time_s >= rep.start_s) & (time_s <= rep.end_s)] = rep.index
        for phase in rep.phases:
            names[(time_s >= phase.start_s) & (time_s <= phase.end_s)] = phase.name
    return number, names


def velocity_loss_pct(*, reps: tuple[Rep, ...]) -> FloatArray:
    """Give each repetition's loss of mean velocity from the fastest complete one.

    The fastest, not the first: a deadlift set's first repetition is often not its best.

    Parameters
    ----------
    reps : tuple of Rep

    Returns
    -------
    ndarray, shape (n_reps,)
        Per cent, 0 for the fastest; NaN for those that aren't complete.
    """
    mean = np.array([rep.mean_velocity_m_s if rep.complete else np.nan for rep in reps])
    if not np.any(np.isfinite(mean)):
        return np.full(mean.size, np.nan)
    return np.asarray(100 * (1 - mean / np.nanmax(mean)))


def _is_upright(motion: Motion, leg: Leg) -> bool:
    """Tell a lift from a bar that is carried or rolled away."""
    moved = slice(leg.first, leg.last + 1)
    sideways = np.nanmax(motion.x_cm[moved]) - np.nanmin(motion.x_cm[moved])
    return bool(sideways <= MAX_SLANT * abs(motion.y_cm[leg.last] - motion.y_cm[leg.first]))


def _bounds(motion: Motion, legs: tuple[Leg, ...]) -> list[Bounds]:
    """Join each rise to its fall and place the repetition's start and end."""
    heights = [float(motion.y_cm[leg.last] - motion.y_cm[leg.first]) for leg in legs]
    rises = [at for at, leg in enumerate(legs) if heights[at] > 0 and _is_upright(motion, leg)]
    if not rises:
        return []
    highest = max(float(motion.y_cm[legs[at].last]) for at in rises)
    descent_first = heights[0] < 0
    seen = np.flatnonzero(np.isfinite(motion.vy_m_s))
    first_s, last_s = float(motion.time_s[seen[0]]), float(motion.time_s[seen[-1]])
    found: list[Bounds] = []
    for at in rises:
        rise, after = legs[at], legs[at + 1] if at + 1 < len(legs) else None
        to_lockout_cm = highest - motion.y_cm[rise.first]
        lockout_s = rise.end_s if heights[at] >= LOCKED_SHARE * to_lockout_cm else float("nan")
        shown_s = float(motion.time_s[rise.first]) if np.isnan(rise.start_s) else rise.start_s
        if descent_first:
            fall: Leg | None = legs[at - 1]
            start_s = _or_frame(motion, legs[at - 1].start_s, legs[at - 1].first)
            end_s = last_s if after is None else _or_frame(motion, after.start_s, after.first)
        else:
            fall = after
            free_s = found[-1].end_s if found else first_s
            start_s = max(free_s, first_s, shown_s - SETUP_S)
            end_s = last_s if after is None else _or_frame(motion, after.end_s, after.last)
        found.append(
            Bounds(
                start_s=start_s,
                liftoff_s=rise.start_s,
                lockout_s=lockout_s,
                end_s=end_s,
                descent_start_s=fall.start_s if fall else float("nan"),
                descent_end_s=fall.end_s if fall else float("nan"),
                descent_first=descent_first,
            )
        )
    return found


def _or_frame(motion: Motion, time_s: float, frame: int) -> float:
    """Give an event's time, or where it wasn't seen that of the turning point's frame."""
    return float(motion.time_s[frame]) if np.isnan(time_s) else time_s


def _measure(
    motion: Motion, calibration: Calibration, bounds: Bounds, index: int, knee: Knee
) -> Rep:
    """Take the figures of one repetition."""
    liftoff_s, lockout_s = bounds.liftoff_s, bounds.lockout_s
    start_x, end_x, start_y, end_y = (
        at_time(motion=motion, values=values, time_s=time_s)
        for values in (motion.x_cm, motion.y_cm)
        for time_s in (liftoff_s, lockout_s)
    )
    rom_cm, concentric_s = end_y - start_y, lockout_s - liftoff_s
    inside = within(motion=motion, start_s=liftoff_s, end_s=lockout_s)
    shift = motion.x_cm[inside] - start_x
    peak_velocity, peak_s = _peak(motion, inside)
    mean = rom_cm / 100 / concentric_s
    excursion_cm = float(np.max(np.abs(shift))) if inside.size else abs(end_x - start_x)
    return Rep(
        index=index,
        complete=bool(np.isfinite(concentric_s)),
        start_s=bounds.start_s,
        liftoff_s=liftoff_s,
        lockout_s=lockout_s,
        end_s=bounds.end_s,
        rom_cm=rom_cm,
        concentric_s=concentric_s,
        mean_velocity_m_s=mean,
        mean_propulsive_velocity_m_s=_propulsive(motion, inside, bounds),
        peak_velocity_m_s=peak_velocity,
        time_to_peak_s=peak_s - liftoff_s,
        sticking=find_sticking(motion=motion, liftoff_s=liftoff_s, lockout_s=lockout_s),
        start_x_cm=start_x,
        lockout_x_cm=end_x,
        max_forward_cm=max(0.0, float(np.max(shift))) if inside.size else float("nan"),
        max_backward_cm=max(0.0, -float(np.min(shift))) if inside.size else float("nan"),
        rms_x_cm=_rms(shift, motion.time_s[inside]),
        net_drift_cm=end_x - start_x,
        setup_roll_cm=_setup_roll(motion, bounds),
        uncertainty=rep_uncertainty(
            motion=motion,
            calibration=calibration,
            bounds=bounds,
            figures=Figures(rom_cm, mean, peak_velocity, peak_s, excursion_cm),
        ),
        phases=with_peak(
            phases=split_phases(motion=motion, bounds=bounds, knee=knee),
            peak_velocity_m_s=peak_velocity,
            peak_s=peak_s,
        ),
    )


def _peak(motion: Motion, inside: NDArray[np.intp]) -> tuple[float, float]:
    """Give the highest velocity among these frames and its time."""
    if inside.size == 0:
        return float("nan"), float("nan")
    velocity, time_s = motion.vy_m_s[inside], motion.time_s[inside]
    at = int(np.argmax(velocity))
    fastest = inside[at]
    noise_m_s = math.hypot(motion.sd_v_m_s[fastest], motion.noise_v_m_s[fastest])
    low = velocity < velocity[at] - PEAK_SD * noise_m_s
    before, after = np.flatnonzero(low[:at]), np.flatnonzero(low[at:])
    first = int(before[-1]) + 1 if before.size else 0
    last = at + int(after[0]) if after.size else velocity.size
    if last - first < 4:  # a parabola through three frames would only join them
        return float(velocity[at]), float(time_s[at])
    since = time_s[first:last] - time_s[at]
    curvature, slope, level = np.polyfit(since, velocity[first:last], 2)
    if curvature >= 0:
        return float(np.mean(velocity[first:last])), float(np.mean(time_s[first:last]))
    top = float(np.clip(-slope / (2 * curvature), since[0], since[-1]))
    return float(np.polyval([curvature, slope, level], top)), float(time_s[at]) + top


def _propulsive(motion: Motion, inside: NDArray[np.intp], bounds: Bounds) -> float:
    """Average the velocity over the time in which the acceleration exceeds free fall."""
    if inside.size < 2:
        return float("nan")
    times = np.concatenate([[bounds.liftoff_s], motion.time_s[inside], [bounds.lockout_s]])
    heights = at_times(motion=motion, values=motion.y_cm, times_s=times)
    pushed = np.ones(times.size, dtype=np.bool_)
    pushed[1:-1] = motion.ay_m_s2[inside] > -GRAVITY_M_S2
    whole = pushed[:-1] & pushed[1:]
    # Displacement over time: for a pull without ballistic part it's exactly the mean velocity.
    rise_cm = float(np.sum(np.diff(heights)[whole]))
    duration_s = float(np.sum(np.diff(times)[whole]))
    return rise_cm / 100 / duration_s if duration_s > 0 else float("nan")


def _rms(values: FloatArray, time_s: FloatArray) -> float:
    if values.size < 2:
        return float("nan")
    return float(np.sqrt(np.average(values**2, weights=np.gradient(time_s))))


def _setup_roll(motion: Motion, bounds: Bounds) -> float:
    """Give how far the bar moved sideways while the lifter set up."""
    from_s = bounds.descent_end_s if bounds.descent_first else bounds.start_s
    from_s = max(from_s, bounds.liftoff_s - SETUP_S)
    if not bounds.liftoff_s - from_s >= MIN_SETUP_S:
        return float("nan")
    before, after = (
        at_time(motion=motion, values=motion.x_cm, time_s=time_s)
        for time_s in (from_s, bounds.liftoff_s)
    )
    return after - before
