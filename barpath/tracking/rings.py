"""Telling the plate's rim from its other rings by what stays constant over the clip.

Pictures of the clip are laid on top of one another along the plate's path: the plate stands still
and the background blurs. The rim is the outermost ring where the picture stops being constant in
time (its variance jumps) and an edge persists. All lengths are pixels of the working picture.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.chains import Mover
from barpath.plate import Pictures
from barpath.tracking.flow import Flow

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

STACK_FRAMES = 48

GREY_NOISE = 4.0
"""Grey levels that the picture of a constant thing varies by (compression, light)."""

MIN_EDGE = 0.25
"""Where fewer edges persist than this, there is no ring: rims have 0.36 and more on real clips, the
blurred background 0.15 to 0.19."""

_RING_STEP = 0.01
_RING_ANGLES = 180
# A frame is left out when its face differs from the others' median by this many times the usual.
_UNLIKE = 3.0
# A ring is taken for the rim when its evidence is at least this share of the strongest ring's:
# spokes and letters that turn with the plate can outdo a rim on a quiet background.
_ENOUGH_EVIDENCE = 0.35


def spread_frames(*, flow: Flow) -> IntArray:
    """Choose frames with a measured step, spread evenly over the heights the plate was at."""
    sharp = np.flatnonzero(np.isfinite(flow.step_px[:, 0]) & (flow.step_sd_px < 2.0))
    if not len(sharp):
        return sharp
    # the fastest tenth is blurred
    pace = np.hypot(*flow.step_px[sharp].T)
    sharp = sharp[pace <= np.quantile(pace, 0.9)]
    order = sharp[np.argsort(flow.path_px[sharp, 1])]
    heights = flow.path_px[order, 1]
    wanted = np.linspace(heights[0], heights[-1], STACK_FRAMES)
    return np.unique(order[np.clip(np.searchsorted(heights, wanted), 0, len(order) - 1)])


def outermost_ring(
    *,
    pictures: Pictures,
    frames: IntArray,
    path: FloatArray,
    ring_px: FloatArray,
    mover: Mover,
    outermost: float,
) -> tuple[float, float] | None:
    """Return the rim's radius in units of the followed ring's, and the variance jump there."""
    angle = np.arange(_RING_ANGLES) * (2 * np.pi / _RING_ANGLES)
    share = np.arange(_RING_STEP / 2, outermost, _RING_STEP)
    height, width = pictures.shape
    stack = np.empty((len(frames), _RING_ANGLES, len(share)), dtype=np.float32)
    across, down = (
        np.outer(part, share).astype(np.float32) for part in (np.cos(angle), np.sin(angle))
    )
    for row, frame in enumerate(frames):
        x, y = (
            np.float32(centre) + np.float32(ring_px[frame]) * part
            for centre, part in zip(path[frame], (across, down), strict=True)
        )
        stack[row] = cv2.remap(pictures.luma(int(frame)), x, y, cv2.INTER_LINEAR)
        stack[row][(x < 0) | (x > width - 1) | (y < 0) | (y > height - 1)] = np.nan
    stack = _unhidden(stack, share=share)
    seen = np.isfinite(stack).sum(axis=0)
    enough = seen >= 0.3 * len(stack)
    filled = np.nan_to_num(stack)
    mean = filled.sum(axis=0) / np.maximum(seen, 1)
    spread = np.sqrt(
        (np.where(np.isfinite(stack), stack - mean, 0) ** 2).sum(axis=0) / np.maximum(seen, 1)
    )
    jump, edge = _ring_evidence(mean=mean, spread=spread, enough=enough)
    # rings that were detected moving with the plate are part of it: the rim isn't inside them
    inner = 0.95 * mover.outer.radius_px / mover.main.radius_px if outermost > 1.2 else 0.9
    there = (share >= max(inner, 0.3)) & (edge >= MIN_EDGE)
    evidence = np.where(there, np.clip(jump, 0, None) * edge, 0.0)
    if not evidence.max() > 0:
        return None
    near = cv2.dilate(evidence[None], np.ones((1, 7))).ravel()
    peaks = np.flatnonzero((evidence >= near) & (evidence >= _ENOUGH_EVIDENCE * evidence.max()))
    rim = int(peaks.max())
    return float(share[rim]), float(jump[rim])


def _unhidden(stack: NDArray[np.float32], *, share: FloatArray) -> NDArray[np.float32]:
    """Leave out the frames whose face isn't the one that the others show: something hides it."""
    face = (share > 0.3) & (share < 0.9)
    seen = stack[:, np.isfinite(stack).all(axis=0) & face]
    if not seen.size:
        return stack
    unlike = np.abs(seen - np.median(seen, axis=0)).mean(axis=1)
    shown: NDArray[np.float32] = stack[unlike <= _UNLIKE * np.median(unlike) + GREY_NOISE]
    return shown


def _ring_evidence(
    *, mean: NDArray[np.float32], spread: NDArray[np.float32], enough: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Return, per ring, the log deviation's rise across it and how far an edge persists, 0 to 1."""
    wide, narrow = round(0.12 / _RING_STEP), round(0.02 / _RING_STEP)
    count = mean.shape[1]
    rings = np.arange(wide + 1, count - wide - 1)
    quiet = np.log(spread + GREY_NOISE)
    outside, seen_outside = _mean_between(quiet, enough, rings + narrow, rings + wide)
    inside, seen_inside = _mean_between(quiet, enough, rings - wide, rings - narrow + 1)
    both = enough[:, rings] & enough[:, rings + wide // 2]
    common = both.sum(axis=0) >= 0.2 * len(both)
    # at the picture's edge a ray may end between the two
    shown = both & seen_outside & seen_inside
    rise = np.where(shown, np.clip(outside - inside, -0.5, 1.5), 0.0)
    jump, edge = np.zeros(count), np.zeros(count)
    jump[rings] = common * rise.sum(axis=0) / np.maximum(1, shown.sum(axis=0))
    slope = np.abs(np.gradient(cv2.GaussianBlur(mean, (0, 0), 1.2), axis=1))
    near = np.ones((1, 2 * narrow + 1))
    steepest = np.asarray(cv2.dilate(np.where(enough, slope, 0), near))[:, rings]
    persists = np.where(both, steepest / (steepest + 2), 0.0)
    edge[rings] = common * persists.sum(axis=0) / np.maximum(1, both.sum(axis=0))
    return jump, edge


def _mean_between(
    values: NDArray[np.float32], seen: NDArray[np.bool_], start: IntArray, stop: IntArray
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return each ray's means of what is seen between rings, and whether anything is."""
    total, count = (
        np.pad(np.cumsum(part, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
        for part in (np.where(seen, values, 0), seen)
    )
    seen_between = count[:, stop] - count[:, start]
    return (total[:, stop] - total[:, start]) / np.maximum(1, seen_between), seen_between > 0
