"""Where the bar went up and came down: rises and falls by hysteresis, with their events.

Nothing here knows of repetitions. A leg is a movement between two turning points; its start and
end are where the velocity leaves and regains standstill, interpolated between frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.motion import MAX_GAP_S, Motion
from barpath.onsets import blur_s, crossing

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

MIN_TRAVEL_CM = 12.0
"""Smallest movement that can be a leg. Loading lifts a bar's end by 3 to 5 cm, a bumper bounces 5
to 14 cm after a drop from the hips; the shortest block pulls travel about 20 cm."""

MIN_TRAVEL_SHARE = 0.35
"""Smallest movement as a share of the set's largest: a plate would need a restitution of 0.6 to
bounce that high."""

STILL_M_S = 0.015
"""Velocity at and below which the bar counts as standing at a leg's ends (proposals run from 0.01
to 0.02 m/s; no peer-reviewed threshold exists for the deadlift)."""

EDGE_STILL_M_S = 0.05
"""The same for the first and last frame of a stretch, where nothing shows what came before."""

END_ZONE_CM = 3.0
"""Height at either end in which standing still ends the leg: taking up slack before the break and
settling after lockout happen within it."""

END_ZONE_SHARE = 0.1
"""The end zone is never more than this share of the leg, so that short pulls keep their middle."""

DWELL_S = 0.5
"""Standing this long within `END_ZONE_SHARE` of the end finishes a leg too: what follows is a
lean back or a shrug, and what went before a settling, however far."""

CREEP_M_S = 0.1
"""A bar that rose no faster than this was not pulled there: at the heaviest, pulls average 0.14 m/s
(Helms et al. 2017). Our proposal."""

HESITATION_M_S = 0.01
"""Least dip of the velocity, within the end zone and down to `EDGE_STILL_M_S`, that parts taking up
the slack from the pull itself."""

TURN_S = 0.1
"""A bar that is at a standstill for no longer than this at the bottom turns without a rest, and
its lowest point is where the one leg ends and the next starts."""

MERGE_DEPTH_SHARE = 0.25
MERGE_TOP_SHARE = 0.85
"""Two rises are one where the dip between them stays above the lowest quarter and the first top
below 85 % of the second: the pull of a clean, the catch and the standing up."""


@dataclass(frozen=True)
class Leg:
    """One movement between two turning points, upwards or downwards.

    Attributes
    ----------
    first, last : int
        Frames of the turning points.
    start_s, end_s : float
        When the bar left and regained standstill; NaN where the clip doesn't show it.
    """

    first: int
    last: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Trace:
    """Height and velocity of the frames that have one, with their frame numbers.

    Attributes
    ----------
    frame : ndarray of int, shape (n,)
    time_s, y_cm, v_m_s, a_m_s2 : ndarray, shape (n,)
    sd_v_m_s : ndarray, shape (n,)
        As in `Motion`.
    """

    frame: IntArray
    time_s: FloatArray
    y_cm: FloatArray
    v_m_s: FloatArray
    a_m_s2: FloatArray
    sd_v_m_s: FloatArray

    @classmethod
    def of(cls, motion: Motion) -> Trace:
        """Take the frames of `motion` that have a height and a velocity."""
        frame = np.flatnonzero(np.isfinite(motion.y_cm) & np.isfinite(motion.vy_m_s))
        return cls(
            frame,
            *(motion.time_s[frame], motion.y_cm[frame], motion.vy_m_s[frame]),
            *(motion.ay_m_s2[frame], motion.sd_v_m_s[frame]),
        )

    def flipped(self) -> Trace:
        """Turn upside down, so that a fall becomes a rise."""
        return Trace(self.frame, self.time_s, -self.y_cm, -self.v_m_s, -self.a_m_s2, self.sd_v_m_s)

    def reversed(self) -> Trace:
        """Turn round in time and upside down: a rise stays one, but its start becomes its end."""
        return Trace(
            self.frame[::-1],
            *(-self.time_s[::-1], -self.y_cm[::-1], self.v_m_s[::-1].copy()),
            *(-self.a_m_s2[::-1], self.sd_v_m_s[::-1]),
        )


def find_legs(*, motion: Motion) -> tuple[Leg, ...]:
    """Find the large movements of a set, alternately up and down.

    Parameters
    ----------
    motion : Motion

    Returns
    -------
    tuple of Leg
        In order of time; empty where the bar never moves by `MIN_TRAVEL_CM`.
    """
    trace = Trace.of(motion)
    turns = zigzag(trace.y_cm, MIN_TRAVEL_CM)
    if len(turns) < 2:
        return ()
    largest = float(np.max(np.abs(np.diff(trace.y_cm[turns]))))
    turns = zigzag(trace.y_cm, max(MIN_TRAVEL_CM, MIN_TRAVEL_SHARE * largest))
    turns = _merge_rises(trace.y_cm, turns)
    # In a noisy track the velocity of a standing bar exceeds the usual limits by chance.
    noise = float(np.nanmedian(motion.sd_v_m_s))
    limits = _Limits(still=max(STILL_M_S, noise), dip=max(HESITATION_M_S, 2 * noise))
    legs = []
    for number, (first, last) in enumerate(zip(turns, turns[1:], strict=False)):
        low = turns[number - 1] if number else 0
        high = turns[number + 2] if number + 2 < len(turns) else trace.frame.size - 1
        legs.append(_leg(trace, (low, first, last, high), limits))
    return tuple(legs)


@dataclass(frozen=True)
class _Limits:
    """Velocities (m/s) at which the bar stands, and by which it must dip to have hesitated."""

    still: float
    dip: float


def zigzag(values: FloatArray, threshold: float) -> list[int]:
    """Find the turning points between which `values` moves by at least `threshold`.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Without NaN.
    threshold : float

    Returns
    -------
    list of int
        Indices, alternately lowest and highest; empty where nothing moves that far.
    """
    turns: list[int] = []
    low = high = 0
    direction = 0
    for index, value in enumerate(values):
        if value > values[high]:
            high = index
        if value < values[low]:
            low = index
        if direction >= 0 and values[high] - value >= threshold and high < index:
            turns.append(high)
            direction, low, high = -1, index, index
        elif direction <= 0 and value - values[low] >= threshold and low < index:
            turns.append(low)
            direction, low, high = 1, index, index
    if direction:
        turns.append(high if direction > 0 else low)
    return turns


def _merge_rises(y_cm: FloatArray, turns: list[int]) -> list[int]:
    """Take out dips that part one rise in two."""
    merged = list(turns)
    at = 0
    while at + 3 < len(merged):
        bottom, top, dip, end = y_cm[merged[at : at + 4]]
        total = end - bottom
        shallow = dip - bottom > MERGE_DEPTH_SHARE * total
        if top > bottom and total > 0 and shallow and top - bottom < MERGE_TOP_SHARE * total:
            del merged[at + 1 : at + 3]
        else:
            at += 1
    return merged


def _leg(trace: Trace, around: tuple[int, int, int, int], limits: _Limits) -> Leg:
    """Place the ends of the leg between the middle two of four turning points."""
    low, first, last, high = around
    rising = bool(trace.y_cm[last] > trace.y_cm[first])
    upward = trace if rising else trace.flipped()
    backward = upward.reversed()
    n = trace.frame.size
    start = _arrival(backward, (n - 1 - last, n - 1 - first, n - 1 - low), limits, at_bottom=rising)
    # Slack is taken up within the end zone: a longer pause off the floor is part of the pull.
    end = _arrival(upward, (first, last, high), limits, at_bottom=not rising)
    return Leg(int(trace.frame[first]), int(trace.frame[last]), -start, end)


def _arrival(
    trace: Trace, span: tuple[int, int, int], limits: _Limits, *, at_bottom: bool
) -> float:
    """Find when a rise from `span[0]` to its top at `span[1]` comes to a standstill.

    It is the first return to standstill within the end zone; the search may go on to `span[2]`.
    With `at_bottom` the trace is upside down or turned round, and its top is the bar's lowest.
    """
    first, top, limit = span
    gain = trace.y_cm[top] - trace.y_cm[first]
    share_cm = END_ZONE_SHARE * gain
    zone_cm = trace.y_cm[top] - min(END_ZONE_CM, share_cm)
    for index in range(first + 1, limit + 1):
        if trace.time_s[index] - trace.time_s[index - 1] > MAX_GAP_S and index > top:
            return _edge(trace, index - 1, limits)
        # A bounce may carry the bar out of the zone again by the first frame after it.
        height_cm = max(trace.y_cm[index - 1], trace.y_cm[index])
        if at_bottom and trace.y_cm[index] >= zone_cm and _hesitates(trace, index, limits):
            return float(trace.time_s[index])
        if height_cm < trace.y_cm[top] - share_cm or trace.v_m_s[index] > limits.still:
            continue
        slid = not at_bottom or _creeps(trace, index, top)
        if height_cm >= zone_cm or (slid and _dwells(trace, index)):
            return _crossing(trace, index, limits, at_bottom=at_bottom)
    return _edge(trace, limit, limits)


def _hesitates(trace: Trace, index: int, limits: _Limits) -> bool:
    """Tell whether the bar slows at `index` without coming to a standstill, then moves on."""
    v = trace.v_m_s
    if index + 1 >= v.size or not limits.still < v[index] <= min(v[index - 1], EDGE_STILL_M_S):
        return False
    lower = np.flatnonzero(v[index + 1 :] < v[index])
    onward = v[index + 1 : index + 1 + int(lower[0])] if lower.size else v[index + 1 :]
    return bool(onward.size and np.max(onward) - v[index] >= limits.dip)


def _dwells(trace: Trace, index: int) -> bool:
    """Tell whether the bar stands for `DWELL_S` from `index` on."""
    until = np.searchsorted(trace.time_s, trace.time_s[index] + DWELL_S)
    if until >= trace.time_s.size:
        return False
    return bool(np.all(np.abs(trace.v_m_s[index:until]) <= EDGE_STILL_M_S))


def _creeps(trace: Trace, index: int, top: int) -> bool:
    """Tell whether nothing but a creep leads from `index` to the bar's lowest place.

    A camera that settles, or a bar that is shifted on the floor, moves a resting bar slowly, and by
    more than the end zone; a pull that pauses off the floor was pulled there. At a clip's ends the
    velocity is known badly: what may have been a creep isn't called a pull.
    """
    way = slice(index, top + 1)
    surely_m_s = np.abs(trace.v_m_s[way]) - trace.sd_v_m_s[way]
    return bool(np.max(surely_m_s, initial=0.0) <= CREEP_M_S)


def _crossing(trace: Trace, index: int, limits: _Limits, *, at_bottom: bool) -> float:
    """Interpolate when the velocity fell to `still` before frame `index`, or turned about there.

    What the smoother adds to a movement at either end is taken off, but not from a turn.
    """
    level = limits.still
    until = np.searchsorted(trace.time_s, trace.time_s[index] + TURN_S, side="right")
    if at_bottom and np.any(trace.v_m_s[index:until] < -limits.still):
        index += int(np.argmax(trace.v_m_s[index:until] <= 0))
        level = 0.0
    before, after = trace.v_m_s[index - 1], trace.v_m_s[index]
    gap_s = trace.time_s[index] - trace.time_s[index - 1]
    if before <= level or gap_s > MAX_GAP_S:
        return _edge(trace, index, limits)
    slopes = float(trace.a_m_s2[index - 1]), float(trace.a_m_s2[index])
    later_s = crossing(span_s=gap_s, values=(before, after), slopes=slopes, level=level)
    when_s = float(trace.time_s[index - 1]) + later_s
    if level > 0:
        slope = abs(slopes[0] + (slopes[1] - slopes[0]) * later_s / gap_s)
        when_s -= blur_s(level=level, slope=slope)
    return when_s


def _edge(trace: Trace, index: int, limits: _Limits) -> float:
    """Take the last frame of a stretch for standstill where the bar is as good as standing."""
    nearly = max(EDGE_STILL_M_S, 2 * limits.still)
    return float(trace.time_s[index]) if abs(trace.v_m_s[index]) <= nearly else float("nan")
