"""Velocity and acceleration against real time, with their uncertainty.

The smoother is a smoothing spline whose third derivative is penalised, with a fixed cut-off. On
evenly spaced frames it is the zero-lag third-order Butterworth filter; unlike a filter it works on
the frames' own times, so variable rates and missing frames need no resampling, and its ends are
free rather than padded. ``docs/smoothing.md`` compares it with the alternatives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve_banded, cholesky_banded

from barpath.calibration import BarPath, Calibration, place_sd_cm
from barpath.contacts import find_contacts
from barpath.repeats import find_repeats, shot_times
from barpath.tracking import State

FloatArray = NDArray[np.float64]

CUTOFF_HZ = 6.0
"""Half-power frequency; docs/smoothing.md shows what 4 and 8 Hz would cost."""

HALF_POWER = (np.sqrt(2) - 1) ** (1 / 6)
"""Where ``1 / (1 + u^6)`` is ``1 / sqrt(2)``: the cut-off in the smoother's own frequency."""

MAX_GAP_S = 0.25
"""Longest stretch without a position that a derivative may span."""

MIN_SEGMENT_S = 0.1
"""Shortest stretch of frames that a velocity is given for."""

NOISE_CORRELATION_S = 0.2
"""Correlation time of a rim tracker's slow error: its lag-1 correlation is 0.80 to 0.97 at 30 and
60 frames/s, and 0.2 s gives 0.85 and 0.92."""

NOISE_TIMES_S = (1e-9, NOISE_CORRELATION_S)
"""Errors that are independent from frame to frame weigh more on the velocity below 60 frames/s,
slow ones above and on the position. How a clip's error divides isn't known: the worse is given."""

SCATTER_S = 0.25
"""How far to either side the scatter of a frame's neighbours is taken from: coding is coarser while
the bar moves, and a lift-off has half of it."""

SLOW_S = 1.0
"""Correlation time of what a place is wrong by without scattering: a wall that the rim leans to.
Simulated stacks and small plates have 0.7 to 2 s."""

SWAY_HZ = 1.0
"""A hand sways at 1 Hz and below; simulated sway, from 0.15 to 2.5 Hz and the less the faster,
moves as fast as a wave of 1.05 Hz, rms."""

REACH_S = 0.8
"""Beyond this the smoother's answer to one frame has died away to a millionth at 4 Hz."""

BRIDGED_WEIGHT = 0.1
"""Weight of an interpolated frame beside a measured one."""

MIN_WEIGHT = 1.0 / 9.0
"""Floor of a measured frame's weight: the cut-off scales with the sixth root, so a blurred frame
three or more times as uncertain as the rest lowers it by no more than a third."""

_STATES = 3  # position, first and second derivative at each frame
_BAND = 2 * _STATES - 1  # superdiagonals of the block-tridiagonal normal equations


@dataclass(frozen=True)
class Motion:
    """The smoothed path and its derivatives, one entry a frame; NaN where lost.

    Attributes
    ----------
    time_s, x_cm, y_cm : ndarray, shape (n_frames,)
    vx_m_s, vy_m_s, speed_m_s : ndarray, shape (n_frames,)
    ay_m_s2 : ndarray, shape (n_frames,)
    sd_cm : ndarray, shape (n_frames,)
        One standard deviation of the smoothed position: its random part, and in a `SetAnalysis`
        with what all frames have in common (`with_common_error`).
    sd_v_m_s : ndarray, shape (n_frames,)
        By how much errors of the size that the tracker expects move the velocity at worst, as one
        standard deviation: what standstill and peaks are told from noise by.
    noise_v_m_s : ndarray, shape (n_frames,)
        One standard deviation of the velocity (random part), as the path's own scatter shows it.
    state : ndarray of int8, shape (n_frames,)
    sway_cm : float
        The part of `sd_cm` by which a camera may have swayed unseen.
    """

    time_s: FloatArray
    x_cm: FloatArray
    y_cm: FloatArray
    vx_m_s: FloatArray
    vy_m_s: FloatArray
    speed_m_s: FloatArray
    ay_m_s2: FloatArray
    sd_cm: FloatArray
    sd_v_m_s: FloatArray
    noise_v_m_s: FloatArray
    state: NDArray[np.int8]
    sway_cm: float = 0.0


def differentiate(*, path: BarPath, cutoff_hz: float = CUTOFF_HZ) -> Motion:
    """Smooth a path and take its derivatives against time.

    Frames without a position stay NaN. Frames on the two sides of a gap longer than `MAX_GAP_S`,
    or of a floor contact (a step of the velocity), are smoothed apart, so that no derivative
    spans either. Frames that only repeat the one before (a dropped frame filled in by the
    encoder) take no part in the fit.

    Parameters
    ----------
    path : BarPath
        Positions in centimetres.
    cutoff_hz : float
        Half-power frequency of the smoother.

    Returns
    -------
    Motion
        Same frames as `path`.

    Raises
    ------
    ValueError
        If `cutoff_hz` isn't positive or the times don't increase.
    """
    if not cutoff_hz > 0:
        raise ValueError(f"cutoff_hz must be positive, got {cutoff_hz}")
    if np.any(np.diff(path.time_s) <= 0):
        raise ValueError("time_s must be strictly increasing")
    seen = np.flatnonzero(np.isfinite(path.x_cm) & np.isfinite(path.y_cm))
    position = np.full((path.time_s.size, 2), np.nan)
    velocity, acceleration = position.copy(), position.copy()
    sd_cm, sd_v, noise_v = np.full((3, path.time_s.size), np.nan)
    position[seen] = np.column_stack([path.x_cm, path.y_cm])[seen]
    sd_cm[seen] = path.sd_cm[seen]
    weight = _weights(path)
    repeat = find_repeats(time_s=path.time_s, x_cm=path.x_cm, y_cm=path.y_cm)
    shot_s = shot_times(time_s=path.time_s, x_cm=path.x_cm, y_cm=path.y_cm, repeat=repeat)
    for part in _segments(path, seen):
        node = part[~repeat[part]]
        if node.size < _STATES + 1 or np.ptp(shot_s[node]) < MIN_SEGMENT_S:
            continue
        spline = _Spline.build(time_s=shot_s[node], weight=weight[node], cutoff_hz=cutoff_hz)
        places = position[node]
        states = spline.fit(places)
        expected_cm, worst = spline.noise(path.sd_cm[node])
        position[part], velocity[part], acceleration[part] = spline.at(path.time_s[part], states)
        own = _own(
            expected_cm=expected_cm,
            scatter_cm=_scatter(shot_s[node], places - states[0]),
            sway_cm=path.sway_cm,
            cutoff_hz=cutoff_hz,
        )
        sd_v[part], sd_cm[part], noise_v[part] = (
            np.interp(path.time_s[part], shot_s[node], sd) for sd in (worst, *own)
        )
    velocity, acceleration = velocity / 100, acceleration / 100  # cm to m
    return Motion(
        time_s=path.time_s,
        x_cm=position[:, 0],
        y_cm=position[:, 1],
        vx_m_s=velocity[:, 0],
        vy_m_s=velocity[:, 1],
        speed_m_s=np.hypot(velocity[:, 0], velocity[:, 1]),
        ay_m_s2=acceleration[:, 1],
        sd_cm=sd_cm,
        sd_v_m_s=sd_v / 100,
        noise_v_m_s=noise_v / 100,
        state=path.state,
        sway_cm=path.sway_cm,
    )


def with_common_error(*, motion: Motion, calibration: Calibration) -> Motion:
    """Add to the places' own errors what all frames have in common: the scale's and the roll's.

    Parameters
    ----------
    motion : Motion
    calibration : Calibration

    Returns
    -------
    Motion
        The same with another `sd_cm`.
    """
    sd_cm = place_sd_cm(
        x_cm=motion.x_cm, y_cm=motion.y_cm, own_sd_cm=motion.sd_cm, calibration=calibration
    )
    return replace(motion, sd_cm=sd_cm)


def _scatter(time_s: FloatArray, off_cm: FloatArray) -> FloatArray:
    """Give how far places lie off the smoothed path round each frame, rms, the worse way."""
    first = np.searchsorted(time_s, time_s - SCATTER_S, side="left")
    last = np.searchsorted(time_s, time_s + SCATTER_S, side="right")
    summed = np.vstack([np.zeros(off_cm.shape[1]), np.cumsum(off_cm**2, axis=0)])
    mean = (summed[last] - summed[first]) / (last - first)[:, None]
    return np.asarray(np.sqrt(mean.max(axis=1)))


def _own(
    *, expected_cm: FloatArray, scatter_cm: FloatArray, sway_cm: float, cutoff_hz: float
) -> tuple[FloatArray, FloatArray]:
    """Give the standard deviations (n,) of places and velocities, cm and cm/s.

    About as much of what scatters stays below the smoother's cut-off as is taken off above it:
    spread evenly over the frequencies f up to f_c, it moves the velocity by ``2 pi f_c / sqrt(3)``
    of itself. On simulated clips it was 16 to 34 per second for 22 of this, at any frame rate,
    compression and speed. What a place is wrong by besides changes slowly: of an error with a
    correlation time T the smoothed velocity has ``2 sqrt(f_c / T)``. A sway passes the smoother
    unchanged.
    """
    fast = 2 * np.pi * cutoff_hz / np.sqrt(3) * scatter_cm
    slow = 2 * np.sqrt(cutoff_hz / SLOW_S) * expected_cm
    swaying = 2 * np.pi * SWAY_HZ * sway_cm
    own = np.hypot(expected_cm, scatter_cm)
    return np.hypot(own, sway_cm), np.hypot(np.hypot(fast, slow), swaying)


def _weights(path: BarPath) -> FloatArray:
    """Give each frame's weight, 1 for an ordinary measured one, 0 without a position."""
    measured = (path.state == State.TRACKED) & np.isfinite(path.sd_cm)
    weight = np.where(np.isfinite(path.y_cm), 1.0, 0.0)
    if np.any(measured):
        usual = np.median(path.sd_cm[measured])
        if usual > 0:
            ratio = (usual / np.maximum(path.sd_cm[measured], usual)) ** 2
            weight[measured] = np.maximum(ratio, MIN_WEIGHT)
    weight[(path.state == State.BRIDGED) & (weight > 0)] = BRIDGED_WEIGHT
    return weight


def _segments(path: BarPath, seen: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Split the frames that have a position at long gaps and at floor contacts."""
    if seen.size == 0:
        return []
    gaps = np.flatnonzero(np.diff(path.time_s[seen]) > MAX_GAP_S) + 1
    parts: list[NDArray[np.intp]] = []
    for run in np.split(seen, gaps):
        contacts = find_contacts(time_s=path.time_s[run], y_cm=path.y_cm[run])
        parts.extend(np.split(run, contacts))
    return parts


@dataclass(frozen=True)
class _Spline:
    """The normal equations of one segment, factorised.

    Between frames the curve is driven by white third derivative (the state model of a
    constant-acceleration smoother), which makes the least-squares curve the smoothing spline with
    penalty ``integral(z'''**2)`` [1]_. Time is counted in units of ``1 / omega`` so that the
    response is ``1 / (1 + u**6)``, with `omega` chosen for half power at the cut-off.

    References
    ----------
    .. [1] Wahba, G. (1978). Improper priors, spline smoothing and the problem of guarding against
       model errors in regression. J. R. Stat. Soc. B 40(3), 364-372.
    """

    factor: FloatArray
    time_s: FloatArray
    weight: FloatArray
    omega: float

    @classmethod
    def build(cls, *, time_s: FloatArray, weight: FloatArray, cutoff_hz: float) -> _Spline:
        """Assemble and factorise the equations of frames at `time_s`."""
        omega = 2 * np.pi * cutoff_hz / HALF_POWER
        step = np.diff(time_s) * omega
        # Every sample stands for the usual spacing: its information doesn't grow beside a gap.
        data = weight * np.median(step)
        band = np.zeros((_BAND + 1, _STATES * time_s.size))
        band[_BAND, ::_STATES] = data
        left, cross, right = _coupling(step)
        for row in range(_STATES):
            for col in range(_STATES):
                if col >= row:
                    diagonal = _BAND - (col - row)
                    band[diagonal, col:-_STATES:_STATES] += left[:, row, col]
                    band[diagonal, _STATES + col :: _STATES] += right[:, row, col]
                band[_BAND - (_STATES + col - row), _STATES + col :: _STATES] += cross[:, row, col]
        return cls(factor=cholesky_banded(band), time_s=time_s, weight=data, omega=omega)

    def solve(self, values: FloatArray) -> FloatArray:
        """Give the states (3, n, k) that fit `values` (n, k), derivatives per second."""
        rhs = np.zeros((_STATES * self.time_s.size, values.shape[1]))
        rhs[::_STATES] = self.weight[:, None] * values
        states = cho_solve_banded((self.factor, False), rhs, overwrite_b=True)
        by_state = states.reshape(-1, _STATES, values.shape[1]).transpose(1, 0, 2)
        return np.asarray(by_state * self.omega ** np.arange(_STATES)[:, None, None])

    def fit(self, position: FloatArray) -> FloatArray:
        """Smooth positions (n, 2) into position, velocity and acceleration (3, n, 2)."""
        # The equations are linear: taking the mean out first keeps the digits.
        centre = position.mean(axis=0)
        states = self.solve(position - centre)
        states[0] += centre
        return states

    def at(self, time_s: FloatArray, states: FloatArray) -> FloatArray:
        """Evaluate the curve through `states` (3, n, 2) at other times, as (3, m, 2).

        Between two frames the spline is the quintic that meets both states; beyond the ends it
        goes on as the parabola of the last one.
        """
        if np.array_equal(time_s, self.time_s):
            return states
        from scipy.interpolate import BPoly  # takes 0.3 s, and few clips need it

        inside = np.clip(time_s, self.time_s[0], self.time_s[-1])
        curve = BPoly.from_derivatives(self.time_s, states.transpose(1, 0, 2))
        position, velocity, acceleration = (
            curve.derivative(k)(inside) if k else curve(inside) for k in range(_STATES)
        )
        beyond = (time_s - inside)[:, None]
        return np.array(
            [
                position + beyond * velocity + beyond**2 / 2 * acceleration,
                velocity + beyond * acceleration,
                acceleration,
            ]
        )

    def noise(self, sd: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Propagate errors of size `sd` (n,) into position and velocity, at worst."""
        variance = np.max([self._variance(sd, time_s) for time_s in NOISE_TIMES_S], axis=0)
        return np.sqrt(variance[0]), np.sqrt(variance[1])

    def _variance(self, sd: FloatArray, correlation_s: float) -> FloatArray:
        """Give the variance (2, n) that errors with this correlation time leave.

        With the error written as ``L e`` (`e` independent, `L` the factor of an exponential
        correlation), the variance of a smoothed value is the row sum of squares of ``S L``.
        Impulses far enough apart don't overlap in the answer, so they share a right-hand side.
        """
        n = self.time_s.size
        rho = np.exp(-np.diff(self.time_s, prepend=-np.inf) / correlation_s)
        fresh = np.sqrt(1 - rho**2)
        # Eight correlation times: what is left of an impulse there is 0.03 %.
        spacing_s = max(REACH_S, 8 * correlation_s)
        columns = min(n, int(np.ceil(spacing_s / np.median(np.diff(self.time_s)))))
        index = np.arange(n)[:, None]
        variance = np.zeros((2, n))
        for first in range(0, columns, 32):  # in blocks, so that memory stays small
            offset = np.arange(first, min(first + 32, columns))[None, :]
            source = index - (index - offset) % columns
            origin = np.maximum(source, 0)
            decay = np.exp(-(self.time_s[:, None] - self.time_s[origin]) / correlation_s)
            impulse = np.where(source >= 0, sd[:, None] * decay * fresh[origin], 0.0)
            variance += np.sum(self.solve(impulse)[:2] ** 2, axis=2)
        return variance


def _coupling(step: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give the penalty's blocks (n - 1, 3, 3) for each interval: left, cross and right.

    The penalty of an interval is ``d' inv(Q) d`` with ``d = right - F left``; `F` is the Taylor
    step and `Q` the covariance of three times integrated white noise over it.
    """
    h = step
    zero, one = np.zeros_like(h), np.ones_like(h)
    taylor = np.array([[one, h, h**2 / 2], [zero, one, h], [zero, zero, one]]).transpose(2, 0, 1)
    inverse = np.array(
        [
            [720 / h**5, -360 / h**4, 60 / h**3],
            [-360 / h**4, 192 / h**3, -36 / h**2],
            [60 / h**3, -36 / h**2, 9 / h],
        ]
    ).transpose(2, 0, 1)
    cross = -taylor.transpose(0, 2, 1) @ inverse
    return -cross @ taylor, cross, inverse
