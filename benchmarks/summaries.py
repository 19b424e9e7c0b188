"""Many scores summed up: biases, errors, limits of agreement and how often the ± holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.scoring import RepError, Score

FloatArray = NDArray[np.float64]

NORMAL_SHARES = (0.683, 0.954)
"""Of normal errors, within one and two standard deviations."""

ONE_SIDED = ("max_forward_cm", "max_backward_cm")
"""Figures that can't be less than 0."""

QUANTITIES = (
    "rom_cm",
    "mean_velocity_m_s",
    "peak_velocity_m_s",
    "net_drift_cm",
    "max_forward_cm",
    "max_backward_cm",
    "liftoff_s",
    "lockout_s",
)


@dataclass(frozen=True)
class Figure:
    """Agreement with the truth over repetitions.

    `bias_se` is the standard error of the bias over clips: the errors of a clip's repetitions go
    together, and are added up before they are squared (Liang & Zeger 1986, Biometrika 73, 13-22).
    NaN for a single clip. Limits of agreement are ``bias ± 1.96 sd`` of the differences (Bland &
    Altman 1986, Lancet 327, 307-310). Everything is NaN where no repetition was found.
    """

    count: int
    bias: float
    bias_se: float
    rmse: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Coverage:
    """Share of the errors within one and two of the standard deviations given with them, %.

    `count` is that of the errors; of one clip they aren't independent.
    """

    count: int
    within_1sd_pct: float
    within_2sd_pct: float


@dataclass(frozen=True)
class Summary:
    """Several clips of one method; medians over clips of what is measured in every frame.

    `x_rmse_cm` and `y_rmse_cm` pool the clips' mean squares: every clip weighs the same.
    """

    clips: int
    refused: int
    covered_pct: float
    centre_med_px: float
    centre_med_pct: float
    centre_p95_pct: float
    x_rmse_cm: float
    y_rmse_cm: float
    reps_true: int
    reps_found: int
    ghosts: int
    figures: dict[str, Figure]


def figure(by_clip: Sequence[Sequence[float]]) -> Figure:
    """Sum up the differences of one quantity, clip by clip; NaN ones (not measured) are left out.

    Parameters
    ----------
    by_clip : sequence of sequence of float
        Of each clip, its repetitions' differences.

    Returns
    -------
    Figure
    """
    clips = [np.array([one for one in errors if np.isfinite(one)]) for errors in by_clip]
    clips = [errors for errors in clips if errors.size]
    if not clips:
        return Figure(0, *(float("nan"),) * 5)
    known = np.concatenate(clips)
    bias = float(known.mean())
    spread = 1.96 * float(known.std(ddof=1)) if known.size > 1 else float("nan")
    bias_se = float("nan")
    if len(clips) > 1:
        off = np.array([float(np.sum(errors - bias)) for errors in clips])
        bias_se = float(np.sqrt(len(clips) / (len(clips) - 1) * (off @ off))) / known.size
    return Figure(known.size, bias, bias_se, rms(known), bias - spread, bias + spread)


def rms(values: FloatArray) -> float:
    """Root mean square of what isn't NaN; NaN where nothing is left."""
    known = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(known**2))) if known.size else float("nan")


def centre_pct(score: Score, share: float) -> float:
    """Quantile of a clip's centre error in per cent of the diameter."""
    known = score.centre_px[np.isfinite(score.centre_px)]
    if not known.size:
        return float("nan")
    return 100 * float(np.quantile(known, share)) / score.diameter_px


def summarise(scores: Sequence[Score]) -> Summary:
    """Sum up a method's scores."""
    measured = [score for score in scores if not score.refused]
    return Summary(
        clips=len(scores),
        refused=len(scores) - len(measured),
        covered_pct=_mean([score.covered_pct for score in scores]),
        centre_med_px=_median([centre_pct(s, 0.5) * s.diameter_px / 100 for s in measured]),
        centre_med_pct=_median([centre_pct(s, 0.5) for s in measured]),
        centre_p95_pct=_median([centre_pct(s, 0.95) for s in measured]),
        x_rmse_cm=rms(np.array([rms(s.x_cm) for s in measured])),
        y_rmse_cm=rms(np.array([rms(s.height_cm) for s in measured])),
        reps_true=sum(score.reps_true for score in scores),
        reps_found=sum(score.reps_found for score in scores),
        ghosts=sum(score.ghosts for score in scores),
        figures={
            name: figure(
                [[e.error for e in score.rep_errors if e.quantity == name] for score in scores]
            )
            for name in QUANTITIES
        },
    )


def coverage_of(errors: Sequence[RepError], quantity: str) -> Coverage:
    """Say how often a quantity's ± holds, of those that are told from 0 where they can't be less.

    A farthest place forward that is measured nearer than its ± is mostly exactly 0 in truth too,
    and right whatever is said of it. What the truth is mustn't choose: of those near 0 it would
    leave the wrong ones.
    """
    return _coverage(np.array([abs(e.error) / e.sd for e in _known(errors, quantity) if told(e)]))


def coverage_near_0(errors: Sequence[RepError], quantity: str) -> Coverage:
    """Say how often the ± holds of what is measured nearer than it."""
    near = [e for e in _known(errors, quantity) if not told(e)]
    return _coverage(np.array([abs(e.error) / e.sd for e in near]))


def told(error: RepError) -> bool:
    """Tell whether a figure was measured farther than its ± from where it can't be less."""
    return error.quantity not in ONE_SIDED or error.true + error.error > error.sd


def _known(errors: Sequence[RepError], quantity: str) -> list[RepError]:
    return [e for e in errors if e.quantity == quantity and np.isfinite(e.error / e.sd)]


def position_coverage(scores: Sequence[Score]) -> Coverage:
    """Say how often the position's ± holds, either way by its own; every clip weighs the same.

    Places count from where the measured height is 0, as the ± does: midfoot's own isn't tested.
    There they are 0 on both sides whatever was measured, and are left out.
    """
    shares = []
    for score in scores:
        off = [
            (np.abs(way - low) / sd_cm)[~score.low]
            for way, low, sd_cm in zip(
                (score.x_cm, score.y_cm), score.low_cm, score.sds_cm, strict=True
            )
        ]
        known = np.concatenate(off)
        known = known[np.isfinite(known)]
        if known.size:
            shares.append(_coverage(known))
    if not shares:
        return _coverage(np.empty(0))
    return Coverage(
        sum(one.count for one in shares),
        _mean([one.within_1sd_pct for one in shares]),
        _mean([one.within_2sd_pct for one in shares]),
    )


def chance_pct(clips: int) -> tuple[float, float]:
    """Give the standard errors, %, that a true ± has within one and two deviations by chance.

    The repetitions of a clip share its scale and its roll: clips are what counts, and a share p of
    n of them is known to ``sqrt(p (1 - p) / n)``.
    """
    within_1sd, within_2sd = (
        100 * float(np.sqrt(share * (1 - share) / clips)) for share in NORMAL_SHARES
    )
    return within_1sd, within_2sd


def _coverage(ratios: FloatArray) -> Coverage:
    if not ratios.size:
        return Coverage(0, float("nan"), float("nan"))
    return Coverage(
        ratios.size, 100 * float(np.mean(ratios <= 1)), 100 * float(np.mean(ratios <= 2))
    )


def _median(values: Sequence[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else float("nan")


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
