"""Where, along rays from a predicted ellipse, the edges of a picture lie.

A ray leaves the ellipse's centre; its columns are radii relative to the ellipse's own, 1 on it.
Whoever has several pictures stacks their edges along leading axes: picking works on all at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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

STEP_PX = 0.5
"""Distance of a ray's samples."""

_ANGLES = np.arange(RAYS) * (2 * np.pi / RAYS)
COS: FloatArray = np.cos(_ANGLES)
SIN: FloatArray = np.sin(_ANGLES)

_EDGE_SIGMA_PX = 1.0
_CLIMB = 4  # samples: two widths of an edge, beyond which another edge begins


def _edge_kernel() -> NDArray[np.float32]:
    """Radial derivative of a Gaussian, scaled to give grey levels per pixel."""
    reach = int(np.ceil(3 * _EDGE_SIGMA_PX / STEP_PX))
    at = np.arange(-reach, reach + 1) * STEP_PX
    weight = at * np.exp(-0.5 * (at / _EDGE_SIGMA_PX) ** 2)
    kernel: NDArray[np.float32] = (weight / (weight * at).sum())[None].astype(np.float32)
    return kernel


_KERNEL = _edge_kernel()


@dataclass(frozen=True)
class Edges:
    """Edge evidence on rays round a predicted ellipse.

    Attributes
    ----------
    strength : ndarray, shape (..., RAYS, n_radii)
        Absolute radial gradient, grey levels per pixel; 0 outside the picture.
    away_px : ndarray, shape (n_radii,)
        How far outside the ellipse each column lies, along its major axis.
    inside : ndarray of bool, shape (..., RAYS, n_radii)
        Whether the sample lies in the picture.
    """

    strength: NDArray[np.float32]
    away_px: FloatArray
    inside: NDArray[np.bool_]

    def typical(self) -> FloatArray:
        """Return the strength of a typical ray's best edge, shape (..., 1, 1).

        It is what a rim's edge is measured against.
        """
        best = np.median(self.strength.max(axis=-1), axis=-1)[..., None, None]
        typical: FloatArray = np.maximum(4 * NOISE, best.astype(np.float64))
        return typical

    def visible(self) -> NDArray[np.bool_]:
        """Say which rays lie wholly inside the picture, shape (..., RAYS)."""
        return np.asarray(self.inside.all(axis=-1))


def points_on(*, rim: Ellipse, rho: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return x and y, shape (RAYS, len(rho)), of the points at relative radii `rho`."""
    x, y = _points_on_all(rims=[rim], rho=rho[None])
    return x[0], y[0]


def _points_on_all(*, rims: Sequence[Ellipse], rho: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return x and y, shape (n, RAYS, n_radii), at each rim's own relative radii."""
    x_px, y_px, a, ratio, angle_deg = np.array(
        [(rim.x_px, rim.y_px, rim.radius_px, rim.axis_ratio, rim.angle_deg) for rim in rims]
    ).T[..., None]
    turn, b = np.deg2rad(angle_deg), a * ratio
    ux = a * COS * np.cos(turn) - b * SIN * np.sin(turn)
    uy = a * COS * np.sin(turn) + b * SIN * np.cos(turn)
    x = x_px[..., None] + ux[..., None] * rho[:, None]
    y = y_px[..., None] + uy[..., None] * rho[:, None]
    return x, y


def edge_strength(patch: NDArray[Any]) -> NDArray[np.float32]:
    """Return the absolute radial gradient of a polar patch, grey levels per pixel."""
    strength: NDArray[np.float32] = np.abs(cv2.filter2D(patch, cv2.CV_32F, _KERNEL))
    return strength


def sample_edges(*, image: Image, rim: Ellipse, reach_px: float) -> Edges:
    """Sample the radial gradient in a band of `reach_px` on both sides of the ellipse."""
    edges = sample_all(images=[image], rims=[rim], reach_px=reach_px)
    return Edges(strength=edges.strength[0], away_px=edges.away_px, inside=edges.inside[0])


def sample_all(*, images: Iterable[Image], rims: Sequence[Ellipse], reach_px: float) -> Edges:
    """Sample several pictures of one size, each about its own ellipse, as `sample_edges` does.

    Together, because small steps of numpy cost more than what they compute.
    """
    pad = 3 * _EDGE_SIGMA_PX
    half = int(np.ceil((reach_px + pad) / STEP_PX))
    away_px = np.arange(-half, half + 1, dtype=np.float64) * STEP_PX
    radius_px = np.array([rim.radius_px for rim in rims])
    x, y = _points_on_all(rims=rims, rho=1 + away_px / radius_px[:, None])
    rows, columns = y.astype(np.float32), x.astype(np.float32)
    patches = np.empty(x.shape, dtype=np.uint8)
    for image, patch, row, column in zip(images, patches, rows, columns, strict=True):
        cv2.remap(image, column, row, cv2.INTER_LINEAR, patch, cv2.BORDER_REPLICATE)
    height, width = image.shape
    strength = edge_strength(patches.reshape(-1, len(away_px))).reshape(x.shape)
    inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    trim = int(np.ceil(pad / STEP_PX))
    keep = slice(trim, -trim)
    return Edges(
        strength=strength[..., keep] * inside[..., keep],
        away_px=away_px[keep],
        inside=inside[..., keep],
    )


def pick_edges(*, edges: Edges, prior_px: float) -> tuple[FloatArray, FloatArray]:
    """Return each ray's edge offset (px, along the major axis' scale) and its weight, (..., RAYS).

    Parameters
    ----------
    edges : Edges
    prior_px : float
        How far off the prediction the rim may well be (one sd): edges near it are preferred.
    """
    strength, away_px = edges.strength, edges.away_px
    prior = np.exp(-0.5 * (away_px / prior_px) ** 2).astype(np.float32)
    score = strength / (strength + edges.typical().astype(np.float32)) * prior
    at = _climbed(strength, start=score.argmax(axis=-1))
    inner = np.clip(at, 1, len(away_px) - 2)
    left, mid, right = (
        np.take_along_axis(strength, inner[..., None] + k, axis=-1)[..., 0].astype(np.float64)
        for k in (-1, 0, 1)
    )
    bend = left - 2 * mid + right
    peak = (bend < 0) & (mid >= left) & (mid >= right)
    shift = np.where(peak, 0.5 * (left - right) / np.where(peak, bend, -1.0), 0.0)
    offset = away_px[inner] + shift * STEP_PX
    usable = (mid > NOISE) & (at == inner) & edges.visible()
    return offset, np.where(usable, mid / (mid + 4 * NOISE), 0.0)


def _climbed(strength: NDArray[np.float32], *, start: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the column of the edge that each ray's start lies on: up the slope to its top.

    The prior chooses among a ray's edges; it mustn't drag the chosen one towards the prediction,
    which it would by nearly half of their distance.
    """
    last = strength.shape[-1] - 1
    at = start[..., None]
    for _ in range(_CLIMB):
        sides = np.clip(at + np.array([0, -1, 1]), 0, last)
        best = np.take_along_axis(strength, sides, axis=-1).argmax(axis=-1)[..., None]
        at = np.take_along_axis(sides, best, axis=-1)
    return at[..., 0]
