"""Holding a measured set against the truth: one `Score` a clip and a method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.motion import Motion
from barpath.reps import Rep
from barpath.simulate import RepTruth, Truth
from barpath.simulate.optics import set_up
from benchmarks.grid import Condition

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LOW_CM = 2.0
"""A bar this near to where the measurement says its height is 0 rests there."""


@dataclass(frozen=True)
class Measured:
    """What a method made of a clip, one entry a frame; displayed pixels, NaN where lost.

    `roll_deg` and `yaw_deg` are the camera's, NaN where not measured. `sds_cm` are the places'
    standard deviations sideways and upwards; None where not told apart.
    """

    x_px: FloatArray
    y_px: FloatArray
    motion: Motion
    reps: tuple[Rep, ...]
    roll_deg: float = float("nan")
    yaw_deg: float = float("nan")
    sds_cm: tuple[FloatArray, FloatArray] | None = None


@dataclass(frozen=True)
class RepError:
    """Measured less true, of one repetition; `sd` is the measurement's own ±, or NaN."""

    quantity: str
    error: float
    true: float
    sd: float


@dataclass(frozen=True)
class Score:
    """How far one method was off on one clip.

    Attributes
    ----------
    refused : bool
        Nothing was measured; every array is empty.
    centre_px : ndarray, shape (n_frames,)
        Distance from the true centre; NaN where lost.
    diameter_px : float
        True diameter, for percentages.
    x_cm, y_cm : ndarray, shape (n_frames,)
        Error of the path. Midfoot can't be seen on a simulated lifter's plate, so the median error
        of x is taken off; y is from the lowest rest on both sides.
    sds_cm : tuple of ndarray, shape (n_frames,)
        What the measurement says of its position, sideways and upwards.
    low : ndarray of bool, shape (n_frames,)
        Where the measured height is 0: what heights and the ± of places count from.
    reps_true, reps_found, ghosts : int
        Complete repetitions; those measured once; measured ones that weren't there.
    rep_errors : tuple of RepError
        Of the repetitions found.
    roll_deg, yaw_deg : float
        Errors of the camera's angles; NaN where not measured.
    """

    refused: bool
    centre_px: FloatArray
    diameter_px: float
    x_cm: FloatArray
    y_cm: FloatArray
    sds_cm: tuple[FloatArray, FloatArray]
    low: BoolArray
    reps_true: int
    reps_found: int
    ghosts: int
    rep_errors: tuple[RepError, ...]
    roll_deg: float = float("nan")
    yaw_deg: float = float("nan")

    @property
    def low_cm(self) -> tuple[float, float]:
        """Median errors of x and y where the measured height is 0; 0 where it never is."""
        if not self.low.any():
            return 0.0, 0.0
        return float(np.median(self.x_cm[self.low])), float(np.median(self.y_cm[self.low]))

    @property
    def height_cm(self) -> FloatArray:
        """Error of the height over where the measured one is 0, which may be a set's top."""
        return self.y_cm - self.low_cm[1]

    @property
    def covered_pct(self) -> float:
        """Share of the true frames with a position."""
        if not self.centre_px.size:
            return 0.0
        return 100.0 * float(np.isfinite(self.centre_px).mean())


@dataclass(frozen=True)
class Outcome:
    """What one method made of one condition."""

    condition: Condition
    method: str
    score: Score


def refusal(*, truth: Truth) -> Score:
    """Score a clip in which a method found nothing."""
    none = np.empty(0)
    whole = sum(rep.complete for rep in truth.reps)
    low = np.empty(0, dtype=np.bool_)
    return Score(True, none, float(np.nan), none, none, (none, none), low, whole, 0, 0, ())


def score(*, truth: Truth, measured: Measured) -> Score:
    """Hold a measurement against the truth.

    Parameters
    ----------
    truth : Truth
    measured : Measured

    Returns
    -------
    Score
    """
    real_s = truth.t * truth.scene.recording.time_scale
    at = nearest(measured.motion.time_s, real_s)
    base_cm = float(np.nanmin(truth.y_cm))
    x_cm = measured.motion.x_cm[at] - truth.x_cm
    y_cm = measured.motion.y_cm[at] - (truth.y_cm - base_cm)
    if np.isfinite(x_cm).any():
        x_cm = x_cm - np.nanmedian(x_cm)
    true_reps = [rep for rep in truth.reps if rep.complete]
    found_reps = [rep for rep in measured.reps if rep.complete]
    pairs = match_reps(true_reps, found_reps)
    sideways_cm, upwards_cm = measured.sds_cm or (measured.motion.sd_cm, measured.motion.sd_cm)
    return Score(
        refused=False,
        centre_px=np.hypot(measured.x_px[at] - truth.x_px, measured.y_px[at] - truth.y_px),
        diameter_px=2.0 * float(np.nanmedian(truth.radius_px)),
        x_cm=x_cm,
        y_cm=y_cm,
        sds_cm=(sideways_cm[at], upwards_cm[at]),
        low=np.isfinite(x_cm) & (np.abs(measured.motion.y_cm[at]) < LOW_CM),
        reps_true=len(true_reps),
        reps_found=len(pairs),
        ghosts=len(found_reps) - len(pairs),
        rep_errors=tuple(
            error
            for true, found in pairs
            for error in _rep_errors(true=true, found=found, truth=truth, real_s=real_s)
        ),
        roll_deg=measured.roll_deg - plumb_deg(truth),
        yaw_deg=measured.yaw_deg - truth.scene.view.yaw_deg,
    )


def plumb_deg(truth: Truth) -> float:
    """Angle of the plumb line at the middle of the bar's way: what the roll must take out.

    It is the camera's roll where it looks level; one that looks up sees uprights beside its middle
    lean.
    """
    scene = truth.scene
    middle = np.array(
        [
            scene.facing * np.nanmedian(truth.x_cm),
            scene.base_height_cm + np.nanmean([np.nanmin(truth.y_cm), np.nanmax(truth.y_cm)]),
            0.0,
        ]
    )
    ends = set_up(scene).project(middle + np.array([[0.0, -1.0, 0.0], [0.0, 1.0, 0.0]]))
    right, down = ends[1] - ends[0]
    return float(np.degrees(np.arctan2(-right, -down)))


def nearest(times_s: FloatArray, wanted_s: FloatArray) -> NDArray[np.intp]:
    """Index of the frame nearest to each wanted time."""
    after = np.clip(np.searchsorted(times_s, wanted_s), 1, times_s.size - 1)
    earlier = wanted_s - times_s[after - 1] < times_s[after] - wanted_s
    return after - earlier


def match_reps(true: list[RepTruth], found: list[Rep]) -> list[tuple[RepTruth, Rep]]:
    """Pair each true repetition with the measured one that overlaps it most; each is used once.

    Overlap is shared time over joint time, and must reach a half: what covers two repetitions, or
    half of one, is a ghost.
    """
    pairs = []
    free = list(found)
    for rep in true:
        best = max(free, key=lambda other: _overlap(rep, other), default=None)
        if best is not None and _overlap(rep, best) >= 0.5:
            free.remove(best)
            pairs.append((rep, best))
    return pairs


def _overlap(true: RepTruth, found: Rep) -> float:
    shared = min(true.lockout_s, found.lockout_s) - max(true.liftoff_s, found.liftoff_s)
    joint = max(true.lockout_s, found.lockout_s) - min(true.liftoff_s, found.liftoff_s)
    return max(0.0, shared) / joint


def _rep_errors(
    *, true: RepTruth, found: Rep, truth: Truth, real_s: FloatArray
) -> tuple[RepError, ...]:
    """Compare one repetition's figures with what they should be."""
    rising = (real_s >= true.liftoff_s) & (real_s <= true.lockout_s)
    ends_cm = np.interp([true.liftoff_s, true.lockout_s], real_s, truth.x_cm)
    path_cm = np.concatenate([ends_cm, truth.x_cm[rising]]) - ends_cm[0]
    said = found.uncertainty
    nan = float(np.nan)
    rows = (
        ("rom_cm", found.rom_cm, true.rom_cm, said.rom_cm),
        (
            "mean_velocity_m_s",
            found.mean_velocity_m_s,
            true.mean_velocity_m_s,
            said.mean_velocity_m_s,
        ),
        (
            "peak_velocity_m_s",
            found.peak_velocity_m_s,
            true.peak_velocity_m_s,
            said.peak_velocity_m_s,
        ),
        ("net_drift_cm", found.net_drift_cm, float(ends_cm[1] - ends_cm[0]), said.x_cm),
        ("max_forward_cm", found.max_forward_cm, float(path_cm.max()), said.max_forward_cm),
        (
            "max_backward_cm",
            abs(found.max_backward_cm),
            float(-path_cm.min()),
            said.max_backward_cm,
        ),
        ("liftoff_s", found.liftoff_s, true.liftoff_s, nan),
        ("lockout_s", found.lockout_s, true.lockout_s, nan),
    )
    return tuple(RepError(name, value - right, right, sd) for name, value, right, sd in rows)
