"""Settling a path: steps from frame to frame against sightings; and how sure each frame is then.

Steps are good to a tenth of a pixel, but what they add up to drifts; sightings don't drift, but
some are of something else. All lengths are pixels of the working picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

FloatArray = NDArray[np.float64]

STEP_SD_PX = 0.1
"""Error of one Lucas-Kanade step on a sharp face (0.05 to 0.15 px on simulated clips)."""

STEP_SD_SHARE = 0.03
"""The part of a step's error that grows with its length: blur and changing light."""

COASTING_S = 0.1
"""Time in which a bar that nobody sees any more loses most of its speed."""

UNSEEN_SD_RADII_PER_FRAME = 0.05
"""How far the plate may have gone unseen in a frame, beyond the straight line, in radii."""


def step_sd_px(*, step_px: FloatArray, time_s: FloatArray, radius_px: float) -> FloatArray:
    """Return each step's standard deviation, shape (n_frames,).

    An unknown step is the less certain the more the speed changed over its gap: when it did (on
    hitting the floor, at once) isn't known.
    """
    known = np.isfinite(step_px[:, 0])
    length = np.hypot(*np.nan_to_num(step_px).T)
    gap_s = np.diff(time_s, prepend=time_s[:1])
    unseen = UNSEEN_SD_RADII_PER_FRAME * radius_px * np.sqrt(30 * np.maximum(gap_s, 1e-3))
    at = np.flatnonzero(known)
    if at.size:
        speed = step_px[at] / np.maximum(gap_s[at], 1e-3)[:, None]
        following = np.searchsorted(at, np.arange(len(known)))
        before = speed[np.maximum(following - 1, 0)]
        after = speed[np.minimum(following, at.size - 1)]
        unseen = np.hypot(unseen, 0.5 * gap_s * np.hypot(*(after - before).T))
    sd: FloatArray = np.where(known, np.hypot(STEP_SD_PX, STEP_SD_SHARE * length), unseen)
    return sd


def filled_steps(*, step_px: FloatArray, time_s: FloatArray) -> FloatArray:
    """Return the steps with the unknown ones guessed: speed runs straight on between known steps.

    A bar has inertia: across a gap its speed changes far more evenly than where a lost tracker
    waited for it. Before the first known step and after the last, it comes to rest: a bar that
    falls out of sight lies on the floor a moment later.
    """
    known = np.flatnonzero(np.isfinite(step_px[:, 0]))
    if not known.size:
        return np.zeros_like(step_px)
    gap_s = np.diff(time_s, prepend=time_s[0] - 1.0)
    middle_s = time_s - gap_s / 2
    speed = step_px[known] / gap_s[known, None]
    guessed = np.column_stack([np.interp(middle_s, middle_s[known], speed[:, k]) for k in (0, 1)])
    beyond_s = np.maximum(middle_s[known[0]] - middle_s, middle_s - middle_s[known[-1]])
    guessed *= np.exp(-np.maximum(beyond_s, 0) / COASTING_S)[:, None]
    return np.where(np.isnan(step_px), guessed * gap_s[:, None], step_px)


def settle(
    *,
    start: FloatArray,
    step: FloatArray,
    step_sd: FloatArray,
    at: NDArray[np.intp],
    seen: FloatArray,
    seen_sd: FloatArray,
    slack: float,
) -> tuple[FloatArray, FloatArray]:
    """Return the path that best agrees with steps and sightings, and the steps' sd it leaves.

    Minimises the Geman-McClure cost ``sum m^2 / (1 + m^2 / 9)`` over the misses, in standard
    deviations, of steps and sightings alike, by iteratively reweighted least squares (a tridiagonal
    system). It has several minima: one start believes the sightings before steps that slipped, the
    other the steps before a lone sighting of something else; the cheaper end is taken.

    Parameters
    ----------
    start, step : ndarray, shape (n, 2)
    step_sd : ndarray, shape (n,)
    at : ndarray of int, shape (m,)
    seen : ndarray, shape (m, 2)
    seen_sd : ndarray, shape (m,)
    slack : float
        Added to the steps' sd in the first start.
    """
    ends = [
        _settle_from(
            start=start,
            step=np.nan_to_num(step),
            step_sd=step_sd,
            at=at,
            seen=seen,
            seen_sd=seen_sd,
            slack=slack_at_first,
        )
        for slack_at_first in (slack, 0.0)
    ]
    path, loose, _ = min(ends, key=lambda end: end[2])
    return path, loose


def _settle_from(
    *,
    start: FloatArray,
    step: FloatArray,
    step_sd: FloatArray,
    at: NDArray[np.intp],
    seen: FloatArray,
    seen_sd: FloatArray,
    slack: float,
) -> tuple[FloatArray, FloatArray, float]:
    """Settle from one start; return the path, the steps' sd that it leaves, and its cost."""
    trust = 1 / seen_sd**2
    loose = np.hypot(step_sd, slack)
    path, cost = start, np.inf
    for _ in range(8):
        stiff = 1 / loose[1:] ** 2
        diagonal = np.full(len(start), 1e-9)
        right = 1e-9 * np.nan_to_num(start)
        np.add.at(diagonal, at, trust)
        np.add.at(right, at, trust[:, None] * seen)
        diagonal[1:] += stiff
        diagonal[:-1] += stiff
        pull = stiff[:, None] * step[1:]
        right[1:] += pull
        right[:-1] -= pull
        bands = np.vstack([np.concatenate([[0.0], -stiff]), diagonal])
        path = solveh_banded(bands, right)
        missed = (np.hypot(*(seen - path[at]).T) / seen_sd) ** 2 / 9
        slipped = (np.hypot(*(np.diff(path, axis=0) - step[1:]).T) / step_sd[1:]) ** 2 / 9
        trust = 1 / (seen_sd * (1 + missed)) ** 2
        loose = np.concatenate([step_sd[:1], step_sd[1:] * (1 + slipped)])
        cost = float((missed / (1 + missed)).sum() + (slipped / (1 + slipped)).sum())
    return path, loose, cost


def path_sd_px(*, own_sd_px: FloatArray, step_sd_px: FloatArray) -> FloatArray:
    """Return how sure a settled path is in each frame.

    What is known of a frame is passed on along the steps, both ways, each of which adds its own
    variance; what arrives adds up as inverse variances (a Kalman smoother of a random walk).

    Parameters
    ----------
    own_sd_px : ndarray, shape (n_frames,)
        Standard deviation of each frame's own sighting; infinite where none is believed.
    step_sd_px : ndarray, shape (n_frames,)
        Standard deviation of the step since the frame before; the first isn't used.

    Returns
    -------
    ndarray, shape (n_frames,)
        Infinite where nothing was sighted in any frame.
    """
    own = 1 / own_sd_px**2
    ahead = _passed_on(own, step_sd_px[1:])
    behind = _passed_on(own[::-1], step_sd_px[:0:-1])[::-1]
    total = own + ahead + behind
    return np.where(total > 0, 1 / np.sqrt(np.maximum(total, 1e-12)), np.inf)


def _passed_on(own: FloatArray, step_sd_px: FloatArray) -> FloatArray:
    """Return the information, 1 / px², that reaches each frame from those before it."""
    given = np.zeros_like(own)
    for i, sd_px in enumerate(step_sd_px):
        known = given[i] + own[i]
        given[i + 1] = known / (1 + known * sd_px**2)
    return given
