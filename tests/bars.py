"""Bars that move by formula: heights and velocities to hold the measurement against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from barpath.calibration import BarPath, Calibration
from barpath.motion import Motion, differentiate
from barpath.reps import Rep, find_reps
from barpath.tracking import State

FloatArray = NDArray[np.float64]
Moves = Sequence[tuple[float, float, float]]
"""Start (s), duration (s) and rise (cm) of each movement."""

CALIBRATION = Calibration(cm_per_px=0.25, plate_diameter_cm=45.0, sd_pct=0.0)
UP, DOWN = (1.0, 1.5, 55.0), (3.0, 1.0, -55.0)
SD_CM = 0.02

GRAVITY_CM_S2 = 981.0
OMEGA = 2 * np.pi * 6.0 / (np.sqrt(2) - 1) ** (1 / 6)
"""Corner of the sixth-order response that has half power at 6 Hz, in radians a second."""


def frames(fps: float, until_s: float, phase: float = 0.0) -> FloatArray:
    """Evenly spaced frame times."""
    return (np.arange(int(until_s * fps)) + phase) / fps


def course(time_s: FloatArray, moves: Moves) -> tuple[FloatArray, FloatArray]:
    """Add up quintic steps, which start and end at rest: height (cm) and velocity (m/s)."""
    height, velocity = np.zeros_like(time_s), np.zeros_like(time_s)
    for start_s, duration_s, rise_cm in moves:
        s = np.clip((time_s - start_s) / duration_s, 0, 1)
        height += rise_cm * s**3 * (10 - 15 * s + 6 * s**2)
        velocity += 0.3 * rise_cm / duration_s * s**2 * (1 - s) ** 2
    return height, velocity


def step_events(move: tuple[float, float, float], level_m_s: float) -> tuple[float, float]:
    """Solve for when a single step's velocity passes `level_m_s`, upwards and downwards."""
    start_s, duration_s, _ = move

    def excess(time_s: float) -> float:
        return float(course(np.array([time_s]), [move])[1][0]) - level_m_s

    middle_s, end_s = start_s + duration_s / 2, start_s + duration_s
    return float(brentq(excess, start_s, middle_s)), float(brentq(excess, middle_s, end_s))


def velocity_bound_m_s(move: tuple[float, float, float]) -> float:
    """Bound what the smoother may do to the velocity of a step.

    The quintic's third derivative jumps by J = 60 R / T^3 at its ends. With the response
    H = 1 / (1 + u^6) the velocity's error there is at most
    J / OMEGA^2 / pi * integral(u^3 / (1 + u^6)) = 0.1925 J / OMEGA^2; the two ends add up at worst.
    """
    _, duration_s, rise_cm = move
    return 2 * 0.1925 * 60 * abs(rise_cm) / 100 / duration_s**3 / OMEGA**2


def drop(
    time_s: FloatArray, *, start_s: float, height_cm: float, restitution: float
) -> tuple[FloatArray, FloatArray]:
    """Let a bar fall from rest and bounce: height (cm) and velocity (m/s)."""
    height = np.where(time_s < start_s, height_cm, 0.0)
    velocity = np.zeros_like(time_s)
    speed, from_s = 0.0, start_s
    until_s = start_s + np.sqrt(2 * height_cm / GRAVITY_CM_S2)
    top_cm = height_cm
    while until_s - from_s > 0.01:
        flying = (time_s >= from_s) & (time_s < until_s)
        since = time_s[flying] - from_s
        height[flying] = top_cm + speed * since - GRAVITY_CM_S2 / 2 * since**2
        velocity[flying] = (speed - GRAVITY_CM_S2 * since) / 100
        speed = restitution * (GRAVITY_CM_S2 * (until_s - from_s) - speed)
        from_s, until_s, top_cm = until_s, until_s + 2 * speed / GRAVITY_CM_S2, 0.0
    return height, velocity


def correlated(rng: np.random.Generator, time_s: FloatArray, correlation_s: float) -> FloatArray:
    """Draw errors of unit standard deviation whose correlation falls off exponentially."""
    error = rng.normal(size=time_s.size)
    rho = np.exp(-np.diff(time_s) / correlation_s)
    for i in range(1, time_s.size):
        error[i] = rho[i - 1] * error[i - 1] + np.sqrt(1 - rho[i - 1] ** 2) * error[i]
    return error


def path_of(
    time_s: FloatArray,
    y_cm: FloatArray,
    *,
    x_cm: FloatArray | None = None,
    sd_cm: float = 0.03,
    lost: NDArray[np.bool_] | None = None,
) -> BarPath:
    """Wrap heights as a tracked path, with NaN in the frames that are lost."""
    gone = np.zeros(time_s.size, dtype=bool) if lost is None else lost
    across = np.zeros_like(y_cm) if x_cm is None else x_cm
    return BarPath(
        time_s=time_s,
        x_cm=np.where(gone, np.nan, across),
        y_cm=np.where(gone, np.nan, y_cm),
        sd_cm=np.where(gone, np.nan, sd_cm),
        state=np.where(gone, State.LOST, State.TRACKED).astype(np.int8),
    )


def reps_of(
    moves: Moves,
    *,
    across: Moves = (),
    fps: float = 30.0,
    until_s: float = 12.0,
    seed: int | None = 0,
) -> tuple[Rep, ...]:
    """Find the repetitions of a bar that moves so, with an error of `SD_CM` unless seed is None."""
    return find_reps(
        motion=motion_of(moves, across=across, fps=fps, until_s=until_s, seed=seed),
        calibration=CALIBRATION,
    )


def motion_of(
    moves: Moves, *, across: Moves, fps: float, until_s: float, seed: int | None
) -> Motion:
    """Differentiate the path of a bar that moves so, up and across."""
    time_s = frames(fps, until_s, phase=0.4)
    height, sideways = course(time_s, moves)[0], course(time_s, across)[0]
    if seed is not None:
        rng = np.random.default_rng(seed)
        height = height + SD_CM * correlated(rng, time_s, 0.2)
        sideways = sideways + SD_CM * correlated(rng, time_s, 0.2)
    return differentiate(path=path_of(time_s, height, x_cm=sideways, sd_cm=SD_CM))
