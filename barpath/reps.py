"""Repetitions and their phases, found in the motion by hysteresis in centimetres and m/s."""

from __future__ import annotations

from dataclasses import dataclass

from barpath.calibration import Calibration
from barpath.motion import Motion


@dataclass(frozen=True)
class Phase:
    """One phase of a repetition: setup, break, knee, lockout, top or descent."""

    name: str
    start_s: float
    end_s: float
    mean_velocity_m_s: float
    peak_velocity_m_s: float
    dx_cm: float
    dy_cm: float


@dataclass(frozen=True)
class Sticking:
    """A sticking region: from the first velocity peak to the minimum after it."""

    start_s: float
    end_s: float
    min_velocity_m_s: float
    height_cm: float


@dataclass(frozen=True)
class RepUncertainty:
    """One standard deviation of each figure, scale error included."""

    rom_cm: float
    mean_velocity_m_s: float
    peak_velocity_m_s: float
    x_cm: float


@dataclass(frozen=True)
class Rep:
    """One repetition; NaN where the clip doesn't show what a figure needs."""

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


def find_reps(*, motion: Motion, calibration: Calibration) -> tuple[Rep, ...]:
    """Find the repetitions of a set."""
    raise NotImplementedError
