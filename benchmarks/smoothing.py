"""Compare smoothers on bar movements whose velocity is known exactly.

    python benchmarks/smoothing.py [--trials N] [--seed N]

Prints the tables of ``docs/smoothing.md``. Nothing here is measured back: positions and velocities
come from formulas, noise is added to the positions, and each method's velocity is held against the
formula's. ``barpath.motion`` is the last method; the others stand here only to be compared.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_smoothing_spline
from scipy.signal import butter, filtfilt, savgol_filter

from barpath.calibration import BarPath
from barpath.motion import differentiate
from barpath.tracking import State

FloatArray = NDArray[np.float64]
Method = Callable[[FloatArray, FloatArray, float], FloatArray]

GRAVITY_CM_S2 = 981.0


@dataclass(frozen=True)
class Conditions:
    """How a movement is filmed and tracked."""

    fps: float
    sd_px: float
    px_per_cm: float = 4.0
    correlation: float = 0.0
    missing: float = 0.0
    jitter: float = 0.0


@dataclass(frozen=True)
class Sample:
    """A noisy movement and the truth at the same frames; the pull is where `rising`."""

    time_s: FloatArray
    y_cm: FloatArray
    v_cm_s: FloatArray
    noisy_cm: FloatArray
    rising: NDArray[np.bool_]
    sd_cm: float


def step(time_s: FloatArray, start_s: float, duration_s: float, rise_cm: float) -> FloatArray:
    """Rise by the quintic whose first two derivatives vanish at its ends: height and velocity."""
    s = np.clip((time_s - start_s) / duration_s, 0.0, 1.0)
    height = rise_cm * s**3 * (10 - 15 * s + 6 * s**2)
    return np.array([height, rise_cm / duration_s * 30 * s**2 * (1 - s) ** 2])


def pull(time_s: FloatArray, peak_m_s: float) -> FloatArray:
    """Pull 55 cm from the floor with this peak velocity, hold, and lower."""
    duration_s = 1.875 * 0.55 / peak_m_s  # the quintic's peak is 15/8 of its mean
    return step(time_s, 1.0, duration_s, 55.0) + step(time_s, 2.0 + duration_s, 1.0, -55.0)


def grinder(time_s: FloatArray, peak_m_s: float) -> FloatArray:
    """Pull in two parts that overlap, so that the bar nearly stops half way."""
    duration_s = 1.875 * 0.275 / peak_m_s
    return step(time_s, 1.0, duration_s, 27.5) + step(
        time_s, 1.0 + 0.85 * duration_s, duration_s, 27.5
    )


def touch_and_go(time_s: FloatArray, peak_m_s: float) -> FloatArray:
    """Pull, lower and pull again without a rest."""
    duration_s = 1.875 * 0.55 / peak_m_s
    down_s, again_s = 1.0 + duration_s, 1.8 + duration_s
    return (
        step(time_s, 1.0, duration_s, 55.0)
        + step(time_s, down_s, 0.8, -55.0)
        + step(time_s, again_s, duration_s, 55.0)
    )


def dropped(time_s: FloatArray, height_cm: float) -> FloatArray:
    """Let go after a hold: free fall to the floor, where the velocity steps to zero."""
    fall_s = time_s - 1.5
    falling = (fall_s > 0) & (fall_s < np.sqrt(2 * height_cm / GRAVITY_CM_S2))
    height = np.where(fall_s <= 0, height_cm, 0.0)
    height = np.where(falling, height_cm - GRAVITY_CM_S2 / 2 * fall_s**2, height)
    return np.array([height, np.where(falling, -GRAVITY_CM_S2 * fall_s, 0.0)])


def abrupt(time_s: FloatArray, peak_m_s: float) -> FloatArray:
    """Pull 55 cm at one velocity reached and left in 0.15 s: the acceleration steps."""
    ramp_s, peak = 0.15, 100 * peak_m_s
    since = time_s - 1.0
    hold_s = 55.0 / peak - ramp_s
    speeding = np.clip(since, 0, ramp_s)
    slowing = np.clip(since - ramp_s - hold_s, 0, ramp_s)
    steady = np.clip(since - ramp_s, 0, hold_s)
    height = peak * (speeding**2 / (2 * ramp_s) + steady + slowing - slowing**2 / (2 * ramp_s))
    velocity = peak * (speeding - np.where(slowing > 0, slowing, 0)) / ramp_s
    return np.array([height, velocity])


Pulls = tuple[tuple[Callable[[FloatArray, float], FloatArray], float], ...]
PULLS: Pulls = (
    (pull, 0.15),
    (pull, 0.4),
    (pull, 0.8),
    (pull, 1.2),
    (grinder, 0.3),
    (touch_and_go, 0.8),
)
ABRUPT = ((abrupt, 0.3), (abrupt, 0.6), (abrupt, 0.9))


def film(
    movement: Callable[[FloatArray, float], FloatArray],
    argument: float,
    conditions: Conditions,
    rng: np.random.Generator,
) -> Sample:
    """Sample a movement at the frames' times and add the tracker's error."""
    longest_s = 9.5 if argument < 0.2 else 5.5
    count = int(longest_s * conditions.fps)
    time_s = (np.arange(count) + rng.uniform()) / conditions.fps
    time_s = time_s + conditions.jitter / conditions.fps * rng.uniform(-1, 1, count)
    kept = rng.uniform(size=count) >= conditions.missing
    time_s = time_s[kept]
    sd_cm = conditions.sd_px / conditions.px_per_cm
    error = rng.normal(size=time_s.size)
    if conditions.correlation:
        rho = conditions.correlation ** (np.diff(time_s) * conditions.fps)
        for i in range(1, error.size):
            error[i] = rho[i - 1] * error[i - 1] + np.sqrt(1 - rho[i - 1] ** 2) * error[i]
    height, velocity = movement(time_s, argument)
    noisy = height + sd_cm * error
    return Sample(time_s, height, velocity, noisy, velocity > 0, sd_cm)


def on_grid(time_s: FloatArray, y: FloatArray, smooth: Callable[..., FloatArray]) -> FloatArray:
    """Interpolate onto a uniform grid, smooth there, and read the velocity back at the frames."""
    dt = float(np.median(np.diff(time_s)))
    grid = np.arange(time_s[0], time_s[-1] + dt / 2, dt)
    return np.interp(time_s, grid, smooth(np.interp(grid, time_s, y), dt))


def central(time_s: FloatArray, y: FloatArray, sd_cm: float) -> FloatArray:
    """Take central differences, unsmoothed."""
    return np.gradient(y, time_s)


def butterworth(cutoff_hz: float) -> Method:
    """Zero-lag second-order Butterworth filter, cut-off corrected for the second pass."""

    def smooth(y: FloatArray, dt: float) -> FloatArray:
        b, a = butter(2, min(0.99, 2 * dt * cutoff_hz / 0.802))
        return np.gradient(filtfilt(b, a, y), dt)

    return lambda time_s, y, sd_cm: on_grid(time_s, y, smooth)


def savitzky_golay(window_s: float) -> Method:
    """Cubic Savitzky-Golay derivative over a window in seconds."""

    def smooth(y: FloatArray, dt: float) -> FloatArray:
        length = max(5, 2 * round(window_s / dt / 2) + 1)
        return savgol_filter(y, length, 3, deriv=1, delta=dt)

    return lambda time_s, y, sd_cm: on_grid(time_s, y, smooth)


def spline_gcv(time_s: FloatArray, y: FloatArray, sd_cm: float) -> FloatArray:
    """Cubic smoothing spline whose penalty is chosen by generalised cross-validation."""
    return make_smoothing_spline(time_s, y).derivative()(time_s)


def cubic_spline(cutoff_hz: float) -> Method:
    """Cubic smoothing spline with a fixed cut-off: the Butterworth filter on the frames' times."""

    def smooth(time_s: FloatArray, y: FloatArray, sd_cm: float) -> FloatArray:
        omega = 2 * np.pi * cutoff_hz / 0.802
        penalty = 1 / (float(np.median(np.diff(time_s))) * omega**4)
        return make_smoothing_spline(time_s, y, lam=penalty).derivative()(time_s)

    return smooth


def kalman_ml(time_s: FloatArray, y: FloatArray, sd_cm: float) -> FloatArray:
    """Constant-acceleration Rauch-Tung-Striebel smoother, process noise by maximum likelihood."""
    powers = np.geomspace(1e2, 1e10, 17)
    likelihood = [kalman_filter(time_s, y, sd_cm, power)[0] for power in powers]
    _, predicted, filtered = kalman_filter(time_s, y, sd_cm, powers[int(np.argmax(likelihood))])
    state = filtered[-1][0]
    velocity = [state[1]]
    for at in range(time_s.size - 2, -1, -1):
        ahead, spread, taylor = predicted[at + 1]
        now, now_spread = filtered[at]
        gain = now_spread @ taylor.T @ np.linalg.inv(spread)
        state = now + gain @ (state - ahead)
        velocity.append(state[1])
    return np.array(velocity[::-1])


def kalman_filter(
    time_s: FloatArray, y: FloatArray, sd_cm: float, power: float
) -> tuple[float, list[tuple[FloatArray, FloatArray, FloatArray]], list[tuple[FloatArray, ...]]]:
    """Run the filter forwards: log-likelihood, predictions and filtered states."""
    state, spread = np.array([y[0], 0.0, 0.0]), np.diag([sd_cm**2, 100.0**2, 1000.0**2])
    score, predicted, filtered = 0.0, [], []
    for at in range(time_s.size):
        h = time_s[at] - time_s[at - 1] if at else 0.0
        taylor = np.array([[1, h, h * h / 2], [0, 1, h], [0, 0, 1]])
        drive = power * np.array(
            [
                [h**5 / 20, h**4 / 8, h**3 / 6],
                [h**4 / 8, h**3 / 3, h**2 / 2],
                [h**3 / 6, h**2 / 2, h],
            ]
        )
        state, spread = taylor @ state, taylor @ spread @ taylor.T + drive
        predicted.append((state, spread, taylor))
        innovation, variance = y[at] - state[0], spread[0, 0] + sd_cm**2
        score -= 0.5 * (np.log(variance) + innovation**2 / variance)
        gain = spread[:, 0] / variance
        state, spread = state + gain * innovation, spread - np.outer(gain, spread[0])
        filtered.append((state, spread))
    return score, predicted, filtered


def barpath_spline(cutoff_hz: float) -> Method:
    """Velocity of `barpath.motion.differentiate`: third-derivative penalty, fixed cut-off."""

    def smooth(time_s: FloatArray, y: FloatArray, sd_cm: float) -> FloatArray:
        path = BarPath(
            time_s=time_s,
            x_cm=np.zeros_like(y),
            y_cm=y,
            sd_cm=np.full_like(y, sd_cm),
            state=np.full(y.size, State.TRACKED, dtype=np.int8),
        )
        return 100 * differentiate(path=path, cutoff_hz=cutoff_hz).vy_m_s

    return smooth


METHODS: dict[str, Method] = {
    "central differences": central,
    "Butterworth 4 Hz": butterworth(4),
    "Butterworth 6 Hz": butterworth(6),
    "Butterworth 8 Hz": butterworth(8),
    "Savitzky-Golay 0.23 s": savitzky_golay(0.23),
    "Savitzky-Golay 0.33 s": savitzky_golay(0.33),
    "cubic spline, GCV": spline_gcv,
    "cubic spline 6 Hz": cubic_spline(6),
    "Kalman RTS, ML": kalman_ml,
    "quintic spline 4 Hz": barpath_spline(4),
    "quintic spline 5 Hz": barpath_spline(5),
    "quintic spline 6 Hz": barpath_spline(6),
    "quintic spline 8 Hz": barpath_spline(8),
}

RATES = [Conditions(fps=fps, sd_px=0.1, correlation=0.9) for fps in (24, 30, 60, 120, 240)]
NOISES = [
    Conditions(fps=fps, sd_px=sd_px, correlation=rho)
    for fps in (30, 60)
    for sd_px, rho in ((0.05, 0.9), (0.3, 0.0), (0.3, 0.8), (0.3, 0.95), (1.0, 0.0), (1.0, 0.9))
]
HARD = [
    Conditions(fps=30, sd_px=0.1, correlation=0.9, missing=0.2),
    Conditions(fps=30, sd_px=0.1, correlation=0.9, jitter=0.4),
    Conditions(fps=60, sd_px=0.1, correlation=0.9, missing=0.2, jitter=0.4),
]


def score(
    method: Method, conditions: Conditions, trials: int, seed: int, *, pulls: Pulls = PULLS
) -> tuple[float, float]:
    """Give the error of the rising velocity (RMS, cm/s) and of its peak (mean absolute, %)."""
    rng = np.random.default_rng(seed)
    squares, peaks = [], []
    for _ in range(trials):
        for movement, argument in pulls:
            sample = film(movement, argument, conditions, rng)
            velocity = method(sample.time_s, sample.noisy_cm, sample.sd_cm)
            squares.append(np.mean((velocity - sample.v_cm_s)[sample.rising] ** 2))
            truth = sample.v_cm_s.max()
            peaks.append(100 * abs(velocity[sample.rising].max() - truth) / truth)
    return float(np.sqrt(np.mean(squares))), float(np.mean(peaks))


def touchdown(method: Method, conditions: Conditions, trials: int, seed: int) -> float:
    """Give the error of the fastest lowering velocity of a dropped bar (mean, %)."""
    rng = np.random.default_rng(seed)
    errors = []
    for _ in range(4 * trials):
        sample = film(dropped, 50.0, conditions, rng)
        velocity = method(sample.time_s, sample.noisy_cm, sample.sd_cm)
        truth = sample.v_cm_s.min()
        errors.append(100 * (velocity.min() - truth) / truth)
    return float(np.mean(errors))


def copied(method: Method, trials: int, seed: int, *, converted: bool) -> tuple[float, float]:
    """Score 30 fps clips with copied frames: a tenth missed by the camera, or 24 fps converted."""
    rng = np.random.default_rng(seed)
    squares, peaks = [], []
    for _ in range(trials):
        for movement, argument in PULLS:
            time_s = np.arange(0, 9.5 if argument < 0.2 else 5.5, 1 / 30)
            frame = np.arange(time_s.size)
            if converted:
                # The picture nearest in time, so that none is late or early on the whole.
                shot_s = np.floor(frame * 24 / 30 + 0.5) / 24
            else:
                shot_s = time_s - (frame % 10 == 9) / 30
            new = np.diff(shot_s, prepend=-1.0) > 0
            error = 0.025 * rng.normal(size=time_s.size)[np.maximum.accumulate(frame * new)]
            velocity = method(time_s, movement(shot_s, argument)[0] + error, 0.025)
            truth = movement(time_s, argument)[1]
            squares.append(np.mean((velocity - truth)[truth > 0] ** 2))
            peaks.append(100 * abs(velocity[truth > 0].max() - truth.max()) / truth.max())
    return float(np.sqrt(np.mean(squares))), float(np.mean(peaks))


def table(title: str, columns: list[str], rows: dict[str, list[str]]) -> None:
    """Print one table in Markdown."""
    print(f"\n**{title}**\n")
    print("| method | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name, cells in rows.items():
        print(f"| {name} | " + " | ".join(cells) + " |")


def label(conditions: Conditions) -> str:
    """Name conditions in a column's head."""
    parts = [f"{conditions.fps:g} fps", f"{conditions.sd_px:g} px"]
    if conditions.correlation:
        parts.append(f"rho {conditions.correlation:g}")
    if conditions.missing:
        parts.append(f"{100 * conditions.missing:.0f} % missing")
    if conditions.jitter:
        parts.append("uneven")
    return " ".join(parts)


def main() -> None:
    """Run every comparison and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    groups = {"Frame rate": RATES, "Noise": NOISES, "Missing and uneven frames": HARD}
    for title, group in groups.items():
        rows = {
            name: [
                "{:.2f} / {:.1f}".format(*score(method, one, options.trials, options.seed))
                for one in group
            ]
            for name, method in METHODS.items()
        }
        table(title, [label(one) for one in group], rows)
    sharp = [
        Conditions(fps=fps, sd_px=sd, correlation=0.9) for fps in (30, 60) for sd in (0.1, 0.3)
    ]
    rows = {
        name: [
            "{:.2f} / {:.1f}".format(
                *score(method, one, options.trials, options.seed, pulls=ABRUPT)
            )
            for one in sharp
        ]
        for name, method in METHODS.items()
    }
    table("Abrupt pulls", [label(one) for one in sharp], rows)
    rows = {
        name: [f"{touchdown(method, one, options.trials, options.seed):+.1f}" for one in RATES]
        for name, method in METHODS.items()
    }
    table("Touchdown of a dropped bar", [label(one) for one in RATES], rows)
    rows = {
        name: [
            "{:.2f} / {:.1f}".format(*copied(method, options.trials, options.seed, converted=how))
            for how in (False, True)
        ]
        for name, method in METHODS.items()
    }
    table("Copied frames, 30 fps 0.1 px", ["every tenth missed", "24 fps converted"], rows)


if __name__ == "__main__":
    main()
