"""Measuring a plate's rim: the ellipse that its edges agree on.

The model is linear around the prediction. A point of the rim is ``c + rho (a cos t e1 +
b sin t e2)`` with ``rho = 1`` on the predicted ellipse; an edge found at ``rho`` on ray ``t``
obeys, to first order,

    rho - 1 = (d . e1) cos t / a + (d . e2) sin t / b + g + p cos 2t + q sin 2t

for a centre that is off by ``d`` (px), a relative size off by ``g``, and an ellipse whose shape is
off by ``p, q``. All functions work in the pixels of the picture they are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.plate import Ellipse
from barpath.tracking.edges import COS, RAYS, SIN, STEP_PX, Edges, pick_edges, sample_edges

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

_SETTLED = 1e-3  # px: a tenth of what the best fit is good to
_TUKEY = 4.685  # 95 % efficiency for normal errors (Beaton & Tukey 1974)
_ROUNDS = 6

_COS2, _SIN2 = COS**2 - SIN**2, 2 * SIN * COS


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


def vote_centre(*, edges: Edges, rim: Ellipse, reach_px: float) -> tuple[float, float]:
    """Return the whole-pixel shift (dx, dy) that most of the rim's edges agree on.

    A Hough vote for one known ellipse: its size is given, so rays can't split between the rim and
    an inner lip, which is what defeats taking the strongest edge of each ray.
    """
    soft = edges.strength / (edges.strength + edges.typical().astype(np.float32))
    soft = np.asarray(cv2.blur(soft, (5, 1), borderType=cv2.BORDER_CONSTANT), dtype=np.float32)
    count = int(reach_px)
    shifts = np.arange(-count, count + 1)
    nx, ny = _normals(rim)
    along = shifts[:, None, None] * ny + shifts[:, None] * nx  # (dy, dx, ray)
    column = np.rint(along / STEP_PX).astype(np.intp) + len(edges.away_px) // 2
    np.clip(column, 0, len(edges.away_px) - 1, out=column)
    votes = soft[np.arange(RAYS), column].sum(axis=2)
    # a tie is decided for the smaller shift
    votes -= 1e-3 * np.hypot(shifts[:, None], shifts)
    dy, dx = np.unravel_index(int(votes.argmax()), votes.shape)
    return float(shifts[dx]), float(shifts[dy])


def _normals(rim: Ellipse) -> tuple[FloatArray, FloatArray]:
    """Return how far along each ray (major-axis px) the rim moves per pixel of centre shift."""
    turn = np.deg2rad(rim.angle_deg)
    flat = 1 / rim.axis_ratio
    return (
        COS * np.cos(turn) - flat * SIN * np.sin(turn),
        COS * np.sin(turn) + flat * SIN * np.cos(turn),
    )


def locate_rim(
    *,
    image: Image,
    rim: Ellipse,
    reach_px: float,
    band_px: float,
    free_size: bool = False,
    free_shape: bool = False,
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
    free_size, free_shape : bool
        Whether the size and the axis ratio may follow the edges as well.

    Returns
    -------
    tuple of Ellipse and RimFit, or None
        The ellipse that was voted for, and the fit against it.
    """
    edges = sample_edges(image=image, rim=rim, reach_px=reach_px)
    dx, dy = vote_centre(edges=edges, rim=rim, reach_px=reach_px)
    voted = replace(rim, x_px=rim.x_px + dx, y_px=rim.y_px + dy)
    edges = sample_edges(image=image, rim=voted, reach_px=band_px)
    fit = fit_rim(
        edges=edges,
        rim=voted,
        prior_px=band_px / 2,
        free_size=free_size,
        free_shape=free_shape,
    )
    return None if fit is None else (voted, fit)


def fit_rim(
    *,
    edges: Edges,
    rim: Ellipse,
    prior_px: float,
    free_centre: bool = True,
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
    free_centre, free_size, free_shape : bool
        Whether the centre, the size and the axis ratio may follow the edges; one at least.

    Returns
    -------
    RimFit or None
        None when too few rays show an edge to fix the centre.
    """
    offset, weight = pick_edges(edges=edges, prior_px=prior_px)
    seen = weight > 0
    columns = [COS, rim.axis_ratio**-1 * SIN] if free_centre else []
    if free_size:
        columns.append(np.full(RAYS, rim.radius_px))
    if free_shape:
        columns += [rim.radius_px * _COS2, rim.radius_px * _SIN2]
    design = np.column_stack(columns)
    if seen.sum() < 4 * design.shape[1]:
        return None
    solution, robust, scale = _reweighted(design=design, target=offset, weight=weight)
    if np.isnan(scale):
        return None
    residual = offset - design @ solution
    believed = robust > 0
    visible = edges.visible()
    turn = np.deg2rad(rim.angle_deg)
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    (dx, dy), spread, rest = np.zeros(2), np.zeros((2, 2)), list(solution)
    if free_centre:
        (dx, dy), rest = rotate @ solution[:2], rest[2:]
        spread = np.linalg.inv(design.T @ (design * robust[:, None]))[:2, :2] * scale**2
    growth = float(rest.pop(0)) if free_size else 0.0
    return RimFit(
        dx_px=float(dx),
        dy_px=float(dy),
        growth=growth,
        shape=(float(rest[0]), float(rest[1])) if free_shape else (0.0, 0.0),
        covariance=rotate @ spread @ rotate.T,
        residual_px=float(np.sqrt(np.mean(residual[believed] ** 2))),
        support=float(believed.sum() / max(1, visible.sum())),
        visible=float(visible.mean()),
        offsets_px=np.where(believed, residual, np.nan),
        contrast=float(np.median(edges.strength.max(axis=1)[believed])),
    )


@dataclass(frozen=True)
class RimCheck:
    """How well the edges of several pictures bear out where the rim is said to be.

    Attributes
    ----------
    residual_px, support, contrast : ndarray, shape (n,)
        As in `RimFit`; NaN, 0 and 0 where too few rays show an edge.
    """

    residual_px: FloatArray
    support: FloatArray
    contrast: FloatArray


def check_rims(*, edges: Edges, rims: Sequence[Ellipse], prior_px: float) -> RimCheck:
    """Fit each rim's centre to its edges, all at once, as `fit_rim` fits one.

    Parameters
    ----------
    edges : Edges
        Sampled round each of the rims.
    rims : sequence of Ellipse
    prior_px : float
        As in `fit_rim`.
    """
    offset, weight = pick_edges(edges=edges, prior_px=prior_px)
    flat = np.array([1 / rim.axis_ratio for rim in rims])[:, None]
    design = np.stack([np.broadcast_to(COS, offset.shape), flat * SIN], axis=-1)
    solution, robust, scale = _reweighted(design=design, target=offset, weight=weight)
    fitted = np.isfinite(scale) & ((weight > 0).sum(axis=-1) >= 4 * design.shape[-1])
    believed = (robust > 0) & fitted[:, None]
    count = np.maximum(1, believed.sum(axis=-1))
    residual = np.where(believed, offset - np.einsum("nrk,nk->nr", design, solution), 0.0)
    strongest = np.where(believed, edges.strength.max(axis=-1), np.nan)
    strongest[~fitted] = 0.0
    return RimCheck(
        residual_px=np.where(fitted, np.sqrt((residual**2).sum(axis=-1) / count), np.nan),
        support=believed.sum(axis=-1) / np.maximum(1, edges.visible().sum(axis=-1)),
        contrast=np.nanmedian(strongest, axis=-1),
    )


def _reweighted(
    *, design: FloatArray, target: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Solve by Tukey IRLS, for one rim or for several along a leading axis.

    Returns
    -------
    solution : ndarray, shape (..., k)
    robust : ndarray, shape (..., RAYS)
        The final weights.
    scale : ndarray, shape (...)
        The robust scale of the misses, px; NaN where too few rays agree.
    """
    least = 3 * design.shape[-1]
    used = weight > 0
    ridge = 1e-9 * np.eye(design.shape[-1])  # a rim without edges has no equations
    robust = weight
    solution = np.full((*target.shape[:-1], design.shape[-1]), np.inf)
    scale = np.full(target.shape[:-1], np.nan)
    for _ in range(_ROUNDS):
        before = solution
        weighted = np.swapaxes(design * robust[..., None], -1, -2)
        normal = weighted @ design + ridge
        solution = np.linalg.solve(normal, weighted @ target[..., None])[..., 0]
        residual = target - (design @ solution[..., None])[..., 0]
        scale = np.maximum(0.15, 1.4826 * _middle(np.abs(residual), used))
        ratio = np.clip(residual / (_TUKEY * scale[..., None]), -1, 1)
        robust = weight * (1 - ratio**2) ** 2
        if np.abs(solution - before).max() < _SETTLED:
            break
    few = (robust > 0).sum(axis=-1) < least
    return solution, robust, np.where(few, np.nan, scale)


def _middle(values: FloatArray, used: NDArray[np.bool_]) -> FloatArray:
    """Return the upper median of the values that are used, along the last axis."""
    half = np.minimum(used.sum(axis=-1) // 2, values.shape[-1] - 1)
    ordered = np.sort(np.where(used, values, np.inf), axis=-1)
    middle: FloatArray = np.take_along_axis(ordered, half[..., None], axis=-1)[..., 0]
    return np.where(np.isfinite(middle), middle, 0.0)
