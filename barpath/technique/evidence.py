"""The part of a path that a finding is read from, with the ± of what is read."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.calibration import Calibration
from barpath.motion import Motion
from barpath.phases import at_time, at_times, within
from barpath.reps import Rep

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Leg:
    """One way up (or down, turned round so that it begins at the bottom).

    Attributes
    ----------
    time_s, x_cm, y_cm, sd_cm : ndarray, shape (n,)
        `x_cm` and `y_cm` count from the bottom end, which is the first entry; `sd_cm` is the
        random part of the position's standard deviation.
    lean : float
        One standard deviation of the camera's roll, as a slope: centimetres sideways a centimetre
        of height.
    scale : float
        One standard deviation of the scale, as a share.
    """

    time_s: FloatArray
    x_cm: FloatArray
    y_cm: FloatArray
    sd_cm: FloatArray
    lean: float
    scale: float

    def sideways_sd_cm(self, first: int, second: int) -> float:
        """Give one standard deviation of the sideways distance between two entries."""
        random = math.hypot(self.sd_cm[first], self.sd_cm[second])
        return math.hypot(
            random,
            self.lean * (self.y_cm[second] - self.y_cm[first]),
            self.scale * (self.x_cm[second] - self.x_cm[first]),
        )

    def height_sd_cm(self, first: int, second: int) -> float:
        """Give one standard deviation of the vertical distance between two entries."""
        random = math.hypot(self.sd_cm[first], self.sd_cm[second])
        return math.hypot(random, self.scale * (self.y_cm[second] - self.y_cm[first]))


def way_up(*, motion: Motion, rep: Rep, calibration: Calibration) -> Leg | None:
    """Cut out a repetition from lift-off to lockout.

    Parameters
    ----------
    motion : Motion
    rep : Rep
    calibration : Calibration

    Returns
    -------
    Leg or None
        None where the clip doesn't show all of it.
    """
    return _leg(motion, rep.liftoff_s, rep.lockout_s, calibration)


def way_down(*, motion: Motion, rep: Rep, calibration: Calibration) -> Leg | None:
    """Cut out a repetition's way down, turned round in time; None where it isn't all shown."""
    falls = [phase for phase in rep.phases if phase.name == "descent"]
    if not falls:
        return None
    leg = _leg(motion, falls[0].start_s, falls[0].end_s, calibration)
    if leg is None:
        return None
    x_cm, y_cm = leg.x_cm[::-1] - leg.x_cm[-1], leg.y_cm[::-1] - leg.y_cm[-1]
    return Leg(leg.time_s[::-1], x_cm, y_cm, leg.sd_cm[::-1], leg.lean, leg.scale)


def _leg(motion: Motion, start_s: float, end_s: float, calibration: Calibration) -> Leg | None:
    inside = within(motion=motion, start_s=start_s, end_s=end_s)
    if inside.size < 3:
        return None
    time_s = np.concatenate([[start_s], motion.time_s[inside], [end_s]])
    time_s = np.unique(time_s)  # an event may fall on a frame
    x_cm, y_cm, sd_cm = (
        at_times(motion=motion, values=values, times_s=time_s)
        for values in (motion.x_cm, motion.y_cm, motion.sd_cm)
    )
    if not (np.isfinite(x_cm).all() and np.isfinite(y_cm).all()):
        return None
    return Leg(
        time_s=time_s,
        x_cm=x_cm - x_cm[0],
        y_cm=y_cm - y_cm[0],
        sd_cm=sd_cm,
        lean=math.radians(calibration.roll_sd_deg),
        scale=calibration.sd_pct / 100,
    )


def floor_roll_cm(*, motion: Motion, rep: Rep, window_s: float) -> float:
    """Give how far the bar rolled towards the toes just before lift-off.

    It is the way from the bar's backmost place within `window_s` before lift-off, so that rolling
    it back and forth doesn't cancel.

    Parameters
    ----------
    motion : Motion
    rep : Rep
    window_s : float

    Returns
    -------
    float
        0 or more; NaN where the clip doesn't show the bar before lift-off.
    """
    from_s = max(rep.start_s, rep.liftoff_s - window_s)
    before = within(motion=motion, start_s=from_s, end_s=rep.liftoff_s)
    if before.size < 3:
        return math.nan
    at_liftoff = at_time(motion=motion, values=motion.x_cm, time_s=rep.liftoff_s)
    return max(0.0, at_liftoff - float(np.min(motion.x_cm[before])))


def fall_m_s2(*, rep: Rep) -> float:
    """Give the mean acceleration (m/s^2) with which the bar came down: v^2 / 2h, downwards.

    NaN where the clip doesn't show the way down.
    """
    falls = [phase for phase in rep.phases if phase.name == "descent"]
    if not falls or not falls[0].dy_cm < 0:
        return math.nan
    return falls[0].peak_velocity_m_s ** 2 / (2 * -falls[0].dy_cm / 100)


@dataclass(frozen=True)
class Bulge:
    """A loop to the front that comes back: its size, where it peaks (entry of the leg)."""

    size_cm: float
    at: int
    returned_cm: float


def find_bulge(leg: Leg) -> Bulge:
    """Find how far the bar goes to the front of both its start and the line to its end.

    Held against the straight line alone, a bar that comes back late would seem to bulge; against
    its start alone, one that leans forward all the way would.

    Parameters
    ----------
    leg : Leg

    Returns
    -------
    Bulge
        `returned_cm` is how far the bar comes back from the peak by the end of the leg.
    """
    share = leg.y_cm / leg.y_cm[-1]
    out_cm = leg.x_cm - np.maximum(0.0, leg.x_cm[-1] * share)
    at = int(np.argmax(out_cm))
    return Bulge(float(out_cm[at]), at, float(leg.x_cm[at] - leg.x_cm[-1]))
