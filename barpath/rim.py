"""Measuring a plate's rim: where, along rays from a predicted ellipse, the edge really lies.

The model is linear around the prediction. A point of the rim is ``c + rho (a cos t e1 +
b sin t e2)`` with ``rho = 1`` on the predicted ellipse; an edge found at ``rho`` on ray ``t``
obeys, to first order,

    rho - 1 = (d . e1) cos t / a + (d . e2) sin t / b + g + p cos 2t + q sin 2t

for a centre that is off by ``d`` (px), a relative size off by ``g``, and an ellipse whose shape is
off by ``p, q``. All functions work in the pixels of the picture they are given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.plate import Ellipse

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

RAYS = 96
"""Rays round the rim: 3.75 degrees apart, about 4 px on a rim of 70 px radius."""

NOISE = 2.0
"""Grey levels per pixel below which a gradient is noise (phone video, after decoding)."""

_STEP_PX = 0.5
_EDGE_SIGMA_PX = 1.0
_CLIMB = 4  # samples: two widths of an edge, beyond which another edge begins
_SETTLED = 1e-3  # px: a tenth of what the best fit is good to
_TUKEY = 4.685  # 95 % efficiency for normal errors (Beaton & Tukey 1974)

_ANGLES = np.arange(RAYS) * (2 * np.pi / RAYS)
_COS, _SIN = np.cos(_ANGLES), np.sin(_ANGLES)
_COS2, _SIN2 = np.cos(2 * _ANGLES), np.sin(2 * _ANGLES)


def _edge_kernel() -> NDArray[np.float32]:
    """Radial derivative of a Gaussian, scaled to give grey levels per pixel."""
    reach = int(np.ceil(3 * _EDGE_SIGMA_PX / _STEP_PX))
    at = np.arange(-reach, reach + 1) * _STEP_PX
    weight = at * np.exp(-0.5 * (at / _EDGE_SIGMA_PX) ** 2)
    kernel: NDArray[np.float32] = (weight / (weight * at).sum())[None].astype(np.float32)
    return kernel


_KERNEL = _edge_kernel()


@dataclass(frozen=True)
class Edges:
    """Edge evidence on rays round a predicted ellipse.

    Attributes
    ----------
    strength : ndarray, shape (RAYS, n_radii)
        Absolute radial gradient, grey levels per pixel; 0 outside the picture.
    rho : ndarray, shape (n_radii,)
        Relative radius of each column, 1 on the ellipse.
    inside : ndarray of bool, shape (RAYS, n_radii)
        Whether the sample lies in the picture.
    """

    strength: NDArray[np.float32]
    rho: FloatArray
    inside: NDArray[np.bool_]


@dataclass(frozen=True)
class RimFit:
    """A rim measured against its prediction.

    Attributes
    ----------
    dx_px, dy_px : float
        How far the centre lies from the predicted one.
    growth : float
        Relative size less one.
    shape : tuple of float
        The ``p, q`` of the second harmonic; zeros when it was not asked for.
    covariance : ndarray, shape (2, 2)
        Of ``dx_px, dy_px``, px².
    residual_px : float
        Root mean square radial distance of the edges that were believed.
    support : float
        Share of the rays inside the picture whose edge was believed, 0 to 1.
    visible : float
        Share of the rays inside the picture, 0 to 1.
    offsets_px : ndarray, shape (RAYS,)
        Radial offset of each believed edge from the fitted rim; NaN elsewhere.
    contrast : float
        Median strength of the believed edges, grey levels per pixel.
    """

    dx_px: float
    dy_px: float
    growth: float
    shape: tuple[float, float]
    covariance: FloatArray
    residual_px: float
    support: float
    visible: float
    offsets_px: FloatArray
    contrast: float


def points_on(*, rim: Ellipse, rho: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return x and y, shape (RAYS, len(rho)), of the points at relative radii `rho`."""
    turn = np.deg2rad(rim.angle_deg)
    a, b = rim.radius_px, rim.radius_px * rim.axis_ratio
    ux = a * _COS * np.cos(turn) - b * _SIN * np.sin(turn)
    uy = a * _COS * np.sin(turn) + b * _SIN * np.cos(turn)
    return rim.x_px + ux[:, None] * rho, rim.y_px + uy[:, None] * rho


def edge_strength(patch: NDArray[Any]) -> NDArray[np.float32]:
    """Return the absolute radial gradient of a polar patch, grey levels per pixel."""
    strength: NDArray[np.float32] = np.abs(cv2.filter2D(patch, cv2.CV_32F, _KERNEL))
    return strength


def sample_edges(*, image: Image, rim: Ellipse, reach_px: float) -> Edges:
    """Sample the radial gradient in a band of `reach_px` on both sides of the ellipse."""
    pad = 3 * _EDGE_SIGMA_PX
    half = int(np.ceil((reach_px + pad) / _STEP_PX))
    rho = 1 + np.arange(-half, half + 1, dtype=np.float64) * (_STEP_PX / rim.radius_px)
    x, y = points_on(rim=rim, rho=rho)
    patch = cv2.remap(
        image,
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    strength = edge_strength(patch)
    height, width = image.shape
    inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    trim = int(np.ceil(pad / _STEP_PX))
    keep = slice(trim, -trim)
    return Edges(
        strength=strength[:, keep] * inside[:, keep], rho=rho[keep], inside=inside[:, keep]
    )


def vote_centre(*, edges: Edges, rim: Ellipse, reach_px: float) -> tuple[float, float]:
    """Return the whole-pixel shift (dx, dy) that most of the rim's edges agree on.

    A Hough vote for one known ellipse: its size is given, so rays can't split between the rim and
    an inner lip, which is what defeats taking the strongest edge of each ray.
    """
    soft = edges.strength / (edges.strength + _typical(edges))
    soft = cv2.blur(soft, (5, 1), borderType=cv2.BORDER_CONSTANT)
    count = int(reach_px)
    shifts = np.arange(-count, count + 1)
    nx, ny = _normals(rim)
    along = shifts[:, None, None] * ny + shifts[:, None] * nx  # (dy, dx, ray)
    column = np.rint(along / _STEP_PX).astype(np.intp) + len(edges.rho) // 2
    np.clip(column, 0, len(edges.rho) - 1, out=column)
    votes = soft[np.arange(RAYS), column].sum(axis=2)
    # a tie is decided for the smaller shift
    votes -= 1e-3 * np.hypot(shifts[:, None], shifts)
    dy, dx = np.unravel_index(int(votes.argmax()), votes.shape)
    return float(shifts[dx]), float(shifts[dy])


def _typical(edges: Edges) -> float:
    """Return the strength of a typical ray's best edge: what a rim's edge is measured against."""
    return max(4 * NOISE, float(np.median(edges.strength.max(axis=1))))


def _normals(rim: Ellipse) -> tuple[FloatArray, FloatArray]:
    """Return how far along each ray (major-axis px) the rim moves per pixel of centre shift."""
    turn = np.deg2rad(rim.angle_deg)
    flat = 1 / rim.axis_ratio
    return (
        _COS * np.cos(turn) - flat * _SIN * np.sin(turn),
        _COS * np.sin(turn) + flat * _SIN * np.cos(turn),
    )


def locate_rim(
    *, image: Image, rim: Ellipse, reach_px: float, band_px: float, free: bool = False
) -> tuple[Ellipse, RimFit] | None:
    """Find the rim near its prediction: a vote within `reach_px`, then a fit within `band_px`.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width)
    rim : Ellipse
        Where it is expected.
    reach_px : float
        How far off the centre may be.
    band_px : float
        How far the edge may lie from the ellipse that was voted for.
    free : bool
        Whether size and axis ratio may follow the edges as well.

    Returns
    -------
    tuple of Ellipse and RimFit, or None
        The ellipse that was voted for, and the fit against it.
    """
    edges = sample_edges(image=image, rim=rim, reach_px=reach_px)
    dx, dy = vote_centre(edges=edges, rim=rim, reach_px=reach_px)
    voted = replace(rim, x_px=rim.x_px + dx, y_px=rim.y_px + dy)
    edges = sample_edges(image=image, rim=voted, reach_px=band_px)
    fit = fit_rim(edges=edges, rim=voted, prior_px=band_px / 2, free_size=free, free_shape=free)
    return None if fit is None else (voted, fit)


def fit_rim(
    *,
    edges: Edges,
    rim: Ellipse,
    prior_px: float,
    free_size: bool = False,
    free_shape: bool = False,
) -> RimFit | None:
    """Fit the ellipse to its edges by iteratively reweighted least squares (Tukey's biweight).

    Parameters
    ----------
    edges : Edges
    rim : Ellipse
        The prediction that `edges` were sampled round.
    prior_px : float
        How far off the prediction may well be (one sd): edges near it are preferred.
    free_size, free_shape : bool
        Whether the size and the axis ratio may follow the edges as well.

    Returns
    -------
    RimFit or None
        None when too few rays show an edge to fix the centre.
    """
    offset, weight = _pick_edges(edges=edges, rim=rim, prior_px=prior_px)
    seen = weight > 0
    columns = [_COS, rim.axis_ratio**-1 * _SIN]
    if free_size:
        columns.append(np.full(RAYS, rim.radius_px))
    if free_shape:
        columns += [rim.radius_px * _COS2, rim.radius_px * _SIN2]
    design = np.column_stack(columns)
    if seen.sum() < 4 * design.shape[1]:
        return None
    solution, robust, scale = _reweighted(design=design, target=offset, weight=weight)
    if solution is None:
        return None
    residual = offset - design @ solution
    believed = robust > 0
    visible = float(edges.inside.all(axis=1).mean())
    normal = design.T @ (design * robust[:, None])
    try:
        spread = np.linalg.inv(normal)[:2, :2] * scale**2
    except np.linalg.LinAlgError:
        return None
    turn = np.deg2rad(rim.angle_deg)
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    dx, dy = rotate @ solution[:2]
    rest = list(solution[2:])
    growth = float(rest.pop(0)) if free_size else 0.0
    rms = float(np.sqrt(np.average(residual[believed] ** 2))) if believed.any() else np.inf
    return RimFit(
        dx_px=float(dx),
        dy_px=float(dy),
        growth=growth,
        shape=(float(rest[0]), float(rest[1])) if free_shape else (0.0, 0.0),
        covariance=rotate @ spread @ rotate.T,
        residual_px=rms,
        support=float(believed.sum() / max(1, edges.inside.all(axis=1).sum())),
        visible=visible,
        offsets_px=np.where(believed, residual, np.nan),
        contrast=float(np.median(edges.strength.max(axis=1)[believed])) if believed.any() else 0.0,
    )


def _pick_edges(*, edges: Edges, rim: Ellipse, prior_px: float) -> tuple[FloatArray, FloatArray]:
    """Return each ray's edge offset (px along the major-axis scale) and its weight."""
    away_px = (edges.rho - 1) * rim.radius_px
    prior = np.exp(-0.5 * (away_px / prior_px) ** 2).astype(np.float32)
    soft = edges.strength / (edges.strength + _typical(edges))
    score = soft * prior
    at = _climbed(edges.strength, start=score.argmax(axis=1))
    ray = np.arange(RAYS)
    inner = np.clip(at, 1, len(edges.rho) - 2)
    left, mid, right = (edges.strength[ray, inner + k].astype(float) for k in (-1, 0, 1))
    bend = left - 2 * mid + right
    peak = (bend < 0) & (mid >= left) & (mid >= right)
    shift = np.where(peak, 0.5 * (left - right) / np.where(peak, bend, -1.0), 0.0)
    offset = away_px[inner] + shift * _STEP_PX
    strength = edges.strength[ray, inner]
    usable = (strength > NOISE) & (at == inner) & edges.inside.all(axis=1)
    weight = np.where(usable, strength / (strength + 4 * NOISE), 0.0)
    return offset, weight.astype(float)


def _climbed(strength: NDArray[np.float32], *, start: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the column of the edge that each ray's start lies on: up the slope to its top.

    The prior chooses among a ray's edges; it mustn't drag the chosen one towards the prediction,
    which it would by nearly half of their distance.
    """
    ray, last = np.arange(RAYS), strength.shape[1] - 1
    at = start
    for _ in range(_CLIMB):
        sides = np.clip(at + np.array([[0], [-1], [1]]), 0, last)
        at = sides[strength[ray, sides].argmax(axis=0), ray]
    return at


def _reweighted(
    *, design: FloatArray, target: FloatArray, weight: FloatArray
) -> tuple[FloatArray | None, FloatArray, float]:
    """Solve by Tukey IRLS; return the solution, the final weights and the robust scale (px)."""
    robust = weight.copy()
    solution: FloatArray | None = None
    scale = 1.0
    used = weight > 0
    for _ in range(6):
        before = solution
        normal = design.T @ (design * robust[:, None])
        try:
            found = np.linalg.solve(normal, design.T @ (target * robust))
        except np.linalg.LinAlgError:
            return None, robust, scale
        solution = np.asarray(found, dtype=np.float64)
        residual = target - design @ solution
        scale = max(0.15, 1.4826 * _middle(np.abs(residual[used])))
        ratio = np.clip(residual / (_TUKEY * scale), -1, 1)
        robust = weight * (1 - ratio**2) ** 2
        if (robust > 0).sum() < 3 * design.shape[1]:
            return None, robust, scale
        if before is not None and np.abs(solution - before).max() < _SETTLED:
            break
    return solution, robust, scale


def _middle(values: FloatArray) -> float:
    """Return the upper median: what `numpy.median` gives, several times quicker on few values."""
    half = len(values) // 2
    return float(np.partition(values, half)[half])
