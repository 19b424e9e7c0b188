"""How sure each figure of a repetition is, as one standard deviation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.calibration import Calibration
from barpath.motion import MAX_GAP_S, SWAY_HZ, Motion
from barpath.phases import Bounds, at_time, within

FloatArray = NDArray[np.float64]

STILL_SD_M_S = 0.0015
"""What is left of the smoother's shift of a crossing of standstill after `onsets.blur_s`, as an
error of the velocity: a tenth of standstill's. It is 2 ms where the bar starts at 0.8 m/s^2, 17 ms
at 0.09."""

ONSET_SHARE = 1.8
"""By how much the velocity's error where the bar starts and stops exceeds what scatters round it:
coding leaves out the first and the last tenths of a pixel. On simulated clips it was 1.3 to 2.2 in
coded ones."""

EVENT_REACH_S = 0.06
"""How far to either side of a crossing its steepness is taken from: the acceleration at the very
crossing is steeper than usual where noise made it cross."""

PEAK_SHARE = 0.75
"""Share of the velocity's error that the peak keeps: the parabola through the frames round the
fastest (`reps.PEAK_SD`) averages some of it out. On 350 simulated gyms 0.8 held in 76 % of cases
within one deviation, 0.6 in 70."""

_LEANS, _LIKELY = np.polynomial.hermite_e.hermegauss(5)  # in standard deviations

PICKED = 1.2
"""How much more a camera's sway, as a share of it, does to what is picked for being the most: the
top and the bottom, the fastest, the farthest. In 200 simulated sets with nothing but a sway, range
of motion and the farthest places were off by 1.3 times as much as two places picked blindly."""

MAX_EVENT_SD_S = 0.25
"""Ceiling of an event's own uncertainty, where the velocity crosses standstill almost level."""


@dataclass(frozen=True)
class RepUncertainty:
    """One standard deviation of each figure, scale error included.

    `x_cm` is the net drift's. The farthest forward and back are known better: they lie lower, where
    a lean of the camera does less. NaN for these in documents from before they were told apart.
    """

    rom_cm: float
    mean_velocity_m_s: float
    peak_velocity_m_s: float
    x_cm: float
    max_forward_cm: float = float("nan")
    max_backward_cm: float = float("nan")


@dataclass(frozen=True)
class Figures:
    """What was measured of a repetition; `peak_s` is when, `excursion_cm` how far aside."""

    rom_cm: float
    mean_m_s: float
    peak_m_s: float
    peak_s: float
    excursion_cm: float


def rep_uncertainty(
    *, motion: Motion, calibration: Calibration, bounds: Bounds, figures: Figures
) -> RepUncertainty:
    """Join the random errors at the events and the peak with the scale's and the roll's.

    An error of the camera's roll makes a bar that rises straight seem to drift.

    Parameters
    ----------
    motion : Motion
    calibration : Calibration
    bounds : Bounds
    figures : Figures

    Returns
    -------
    RepUncertainty
        NaN for what the clip doesn't show.
    """
    scale, lean = calibration.sd_pct / 100, np.radians(calibration.roll_sd_deg)
    ends = (bounds.liftoff_s, bounds.lockout_s)
    sd_ends = [at_time(motion=motion, values=motion.sd_cm, time_s=time_s) for time_s in ends]
    sd_move = float(np.hypot(sd_ends[0], sd_ends[1]))
    concentric_s = bounds.lockout_s - bounds.liftoff_s
    sd_start_s, sd_end_s = (
        _event_sd_s(motion, time_s, inwards) for time_s, inwards in zip(ends, (1, -1), strict=True)
    )
    sd_peak = at_time(motion=motion, values=motion.noise_v_m_s, time_s=figures.peak_s)
    relative = np.hypot(sd_move / figures.rom_cm, np.hypot(sd_start_s, sd_end_s) / concentric_s)
    picked_cm = PICKED * motion.sway_cm
    picked_m_s = 2 * math.pi * SWAY_HZ * picked_cm / 100
    forward, backward = _farthest_sd_cm(motion, calibration, bounds)
    return RepUncertainty(
        rom_cm=math.hypot(sd_move, picked_cm, scale * figures.rom_cm),
        mean_velocity_m_s=float(figures.mean_m_s * np.hypot(relative, scale)),
        peak_velocity_m_s=math.hypot(PEAK_SHARE * sd_peak, picked_m_s, scale * figures.peak_m_s),
        x_cm=float(np.linalg.norm((sd_move, scale * figures.excursion_cm, lean * figures.rom_cm))),
        max_forward_cm=forward,
        max_backward_cm=backward,
    )


def _farthest_sd_cm(
    motion: Motion, calibration: Calibration, bounds: Bounds
) -> tuple[float, float]:
    """Tell how well the farthest places forward and back are known.

    A lean moves each place by its own height, and another may become the farthest, high up by much
    more than the one that was: leans of up to three deviations either way are tried, and the root
    mean square taken over how likely they are (Gauss and Hermite's quadrature).
    """
    inside = within(motion=motion, start_s=bounds.liftoff_s, end_s=bounds.lockout_s)
    if not inside.size:
        return float("nan"), float("nan")
    start_x, start_y, start_sd = (
        at_time(motion=motion, values=values, time_s=bounds.liftoff_s)
        for values in (motion.x_cm, motion.y_cm, motion.sd_cm)
    )
    lean_cm = np.radians(calibration.roll_sd_deg) * (motion.y_cm[inside] - start_y)

    def sd_cm(shift: FloatArray) -> float:
        farthest = max(0.0, float(shift.max()))
        moved = [max(0.0, float((shift + lean * lean_cm).max())) - farthest for lean in _LEANS]
        own = math.hypot(start_sd, motion.sd_cm[inside[shift.argmax()]], PICKED * motion.sway_cm)
        scaled = calibration.sd_pct / 100 * farthest
        leant = math.sqrt(float(np.average(np.square(moved), weights=_LIKELY)))
        return float(np.linalg.norm((own, scaled, leant)))

    forward = motion.x_cm[inside] - start_x
    return sd_cm(forward), sd_cm(-forward)


def _event_sd_s(motion: Motion, time_s: float, inwards: int) -> float:
    """Turn the velocity's error at a crossing into an error of its time, by the acceleration.

    `inwards` is the way from the event into the lift: 1 from a lift-off, -1 from a lockout. A bar
    that stands on the one side of a gap and moves on the other started anywhere in between.
    """
    sd_v = at_time(motion=motion, values=motion.noise_v_m_s, time_s=time_s)
    if np.isnan(sd_v):
        return float("nan")
    away_s = inwards * (motion.time_s[np.isfinite(motion.vy_m_s)] - time_s)
    unseen_s = float(np.min(away_s, where=away_s > 0, initial=np.inf))
    if MAX_GAP_S < unseen_s < np.inf:
        return unseen_s / math.sqrt(3)
    before, after = (
        at_time(motion=motion, values=motion.vy_m_s, time_s=time_s + aside_s)
        for aside_s in (-EVENT_REACH_S, EVENT_REACH_S)
    )
    slope = abs(after - before) / (2 * EVENT_REACH_S)
    if np.isnan(slope):  # beside the clip's end or a gap
        slope = abs(at_time(motion=motion, values=motion.ay_m_s2, time_s=time_s))
    sd_v = np.hypot(ONSET_SHARE * sd_v, STILL_SD_M_S)
    if sd_v >= slope * MAX_EVENT_SD_S:
        return MAX_EVENT_SD_S
    return float(sd_v / slope)
