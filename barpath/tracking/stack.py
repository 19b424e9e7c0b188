"""Fitting one rim to many frames laid over one another.

Laid on top of one another along the plate's path, pictures of the clip keep the plate still and
blur the background: what edges are left belong to the plate. All lengths are pixels of the working
picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.plate import Ellipse, Pictures
from barpath.tracking.edges import STEP_PX, Edges, edge_strength, points_on
from barpath.tracking.rim import fit_rim, vote_centre
from barpath.tracking.rings import GREY_NOISE
from barpath.tracking.shape import Shape

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

SAME_SIZE = 0.04
"""Two fits whose radii differ by less than this share are of the same ring."""

MAX_STRAYED_RADII = 0.06
"""A rim that lies further than this from where it was detected dozens of times is another edge."""

MAX_DISAGREEMENT_RADII = 0.05
"""Rims fitted at different heights that lie further apart than this aren't the same edge."""

SHARPER = 1.03
"""By how much sharper an edge must be to be another one: fits of the same edge differ by 0.01."""

FIRM_SUPPORT = 0.9

CORNERS = 12
"""Plates with corners have twelve, so that they don't roll: their sides lie 3.4 % of the radius
within the circle through the corners."""

CORNER_SHARE, CORNER_CLARITY = 0.5, 4.0
"""Twelve corners show if the rim's harmonic of that order is this share of theirs, or more, and so
many times the others'. A simulated polygon's is 0.75 and 7, round plates' are below 0.1 and 2."""

MIN_SEEN_SHARE = 0.3
"""Share of the frames that must show a place beside the rim."""

LEAST_WALL, LEAST_FRAMES = 1 / 3, 8
"""Share of the travel, at the end where a ray's edge has least of a wall beside it, from which its
frames are taken, and how many there must be. A quarter would blur the background less: on 63
simulated sets the mean radius is then 0.03 % too small, with half the travel 0.07 % too large."""

LEAST_CLEAR = 0.5
"""A ray's edge in these frames must be as clear as this share of its edge in all frames: where the
plate lies on a floor as dark as itself, nothing shows there."""

WALL_REACH, WALL_PRIOR = 0.07, 0.015
"""How far from the fit an edge without its wall may be, and may well be, in radii."""

KEPT_SUPPORT = 0.7
"""Share of its support that a rim fitted beside the least wall must keep."""

EDGE_REACH, EDGE_SHARE = 0.2, 0.8
"""How far an edge is looked for, in radii, and how near it must come to the clearest one."""


@dataclass(frozen=True)
class Stack:
    """Frames laid over one another: a point p lies at ``centre + turn @ p`` in each."""

    pictures: Pictures
    frames: IntArray
    turn: FloatArray
    centre_px: FloatArray


@dataclass(frozen=True)
class Fitted:
    """A rim fitted to a stack: its shape, the share of rays that agree, and its sharpness.

    `angular` where it has corners.
    """

    shape: Shape
    support: float
    sharpness: float
    angular: bool = False


def shape_of_stack(
    *,
    stack: Stack,
    start: Shape,
    fine: bool,
    free_shape: bool = True,
    strayed: float = MAX_STRAYED_RADII,
) -> Fitted | None:
    """Fit the rim to the edges that the stack's frames have in common.

    The fit is led to the rim by where the temporal deviation jumps. On a floor as dark as the plate
    it doesn't jump, and may lead to the back edge of the plate's wall: a fit that stays near the
    detections is taken instead where it ends with the same size on sharper edges, or where the
    other strayed, by more than `strayed` radii. Unless `free_shape`, the rim keeps the axis ratio
    it starts with.
    """
    led = fit_stack(stack=stack, start=start, fine=fine, led=True, free_shape=free_shape)
    if not fine:
        return led
    near = fit_stack(stack=stack, start=start, fine=fine, led=False, free_shape=free_shape)
    if led is None or near is None:
        return led
    strayed_px = np.hypot(led.shape.x - start.x, led.shape.y - start.y)
    if strayed_px > strayed * start.radius:
        return near
    same_size = abs(near.shape.radius / led.shape.radius - 1) < SAME_SIZE
    return near if same_size and near.sharpness > SHARPER * led.sharpness else led


def fit_stack(
    *,
    stack: Stack,
    start: Shape,
    fine: bool,
    led: bool,
    free_centre: bool = True,
    free_shape: bool = True,
) -> Fitted | None:
    """Fit in steps that look less and less far; if `led`, the first two vote for the centre."""
    shape, support = start, 0.0
    origin = np.zeros(2)
    steps = [(0.16, 0.05), (0.12, 0.04), (0.09, 0.03), (0.07, 0.02)]
    for step, (reach, prior) in enumerate(steps):
        coarse = step < 2
        if coarse and not led:
            continue
        rim = shape.on(origin)
        edges = _stacked_edges(stack=stack, rim=rim, reach=reach, fine=fine and not coarse)
        if coarse:
            reach_px = 0.8 * (reach - 0.02) * shape.radius
            dx, dy = vote_centre(edges=edges, rim=rim, reach_px=reach_px)
            shape = replace(shape, x=shape.x + dx, y=shape.y + dy)
            rim = shape.on(origin)
            edges = _stacked_edges(stack=stack, rim=rim, reach=reach, fine=False)
        fit = fit_rim(
            edges=edges,
            rim=rim,
            prior_px=prior * shape.radius,
            free_centre=free_centre,
            free_size=True,
            free_shape=free_shape,
        )
        if fit is None:
            return None
        shape, support = shape.corrected(fit, rim), fit.support
    rim = shape.on(origin)
    edges = _stacked_edges(stack=stack, rim=rim, reach=0.05, fine=fine)
    under = np.abs(edges.away_px) < 0.8
    sharpness = float(edges.strength[:, under].max(axis=1).mean())
    return Fitted(shape, support, sharpness, angular=has_corners(edges=edges, rim=rim))


def beside_least_wall(
    *, stack: Stack, fitted: Fitted, free_centre: bool, free_shape: bool
) -> Fitted:
    """Return the rim fitted to the pictures in which, on each ray, least of its wall shows.

    A camera that looks down on a plate sees its wall above the face, which draws the fit out and
    upwards, the farther the more blurred the picture is. For a bar that points to ``v`` in the
    picture, a wall of relative depth ``s`` shows by ``s ((v - c) . n - R)`` where the rim faces
    ``n``: of several centres ``c``, the farthest along ``n`` shows least of it, wherever ``v`` is.
    A wall only adds to the face: what isn't smaller without it wasn't drawn out by it.
    """
    rim = fitted.shape.on(np.zeros(2))
    laid = _laid_over(stack=stack, rim=rim, reach=WALL_REACH)
    mean, deviation, often = laid.in_time()
    all_frames = _lasting_edges(mean, deviation)
    mean, deviation, seen = laid.in_time(shows_least_wall(stack=stack, rim=rim))
    beside = _lasting_edges(mean, deviation)
    clear = beside.max(axis=1) >= LEAST_CLEAR * all_frames.max(axis=1)
    strength = np.where((clear & seen.all(axis=1))[:, None], beside, all_frames)
    fit = fit_rim(
        edges=Edges(strength=strength * often, away_px=laid.away_px, inside=often),
        rim=rim,
        prior_px=WALL_PRIOR * fitted.shape.radius,
        free_centre=free_centre,
        free_size=True,
        free_shape=free_shape,
    )
    if fit is None or fit.growth >= 0 or fit.support < KEPT_SUPPORT * fitted.support:
        return fitted
    return replace(fitted, shape=fitted.shape.corrected(fit, rim))


def shows_least_wall(*, stack: Stack, rim: Ellipse) -> NDArray[np.bool_]:
    """Say which frames show the least of a wall on which rays, shape (n_frames, RAYS)."""
    x, y = points_on(rim=rim, rho=np.ones(1))
    way = np.column_stack([x[:, 0] - rim.x_px, y[:, 0] - rim.y_px])
    along = stack.centre_px @ (way / np.linalg.norm(way, axis=1, keepdims=True)).T
    limit = along.max(axis=0) - LEAST_WALL * np.ptp(along, axis=0).max()
    few = np.sort(along, axis=0)[-min(LEAST_FRAMES, len(along))]
    least: NDArray[np.bool_] = along >= np.minimum(limit, few)
    return least


def has_corners(*, edges: Edges, rim: Ellipse) -> bool:
    """Tell a rim with corners from a round one.

    Sides that bend inwards by a share s between their corners, as arcs do, have a first harmonic of
    ``4 s / pi^2`` of the radius.
    """
    sag = 1 - np.cos(np.pi / CORNERS)
    best = edges.strength.max(axis=1)
    clear = edges.visible() & (best > 0.3 * np.median(best))
    if not clear.any():
        return False
    off = edges.away_px[edges.strength.argmax(axis=1)] / rim.radius_px
    off = np.where(clear, np.clip(off - np.median(off[clear]), -sag, sag), 0.0)
    waves = 2 * np.abs(np.fft.rfft(off)) / np.count_nonzero(clear)
    others = np.delete(waves[CORNERS // 2 : 5 * CORNERS // 2], CORNERS - CORNERS // 2)
    usual = float(np.sqrt(np.mean(others**2)))
    least = max(CORNER_SHARE * 4 * sag / np.pi**2, CORNER_CLARITY * usual)
    return bool(waves[CORNERS] >= least)


def reconciled(*, stacks: list[Stack], fits: list[Fitted], free_shape: bool) -> list[Fitted]:
    """Return fits of one rim at several heights that agree on where it lies.

    Where they don't, some hold on to the outline of the whole stack of plates, seen at an angle,
    and some to the near face, which lies inside it: the smallest that is well supported leads the
    others.
    """
    places = np.array([[fit.shape.x, fit.shape.y] for fit in fits])
    radius = float(np.median([fit.shape.radius for fit in fits]))
    if np.hypot(*np.ptp(places, axis=0)) < MAX_DISAGREEMENT_RADII * radius:
        return fits
    firm = [fit for fit in fits if fit.support >= FIRM_SUPPORT]
    if not firm:
        return fits
    leader = min(firm, key=lambda fit: fit.shape.area).shape
    led = [
        fit_stack(stack=stack, start=leader, fine=False, led=False, free_shape=free_shape)
        for stack in stacks
    ]
    return [fit if new is None else new for fit, new in zip(fits, led, strict=True)]


def outermost_edge(*, stack: Stack, shape: Shape) -> float:
    """Return where the outermost edge of a given centre and shape lies, in radii of the shape.

    Edges of another centre or shape, of a wall say, are on every ray at another distance.
    """
    edges = _stacked_edges(stack=stack, rim=shape.on(np.zeros(2)), reach=EDGE_REACH, fine=True)
    agreed = (edges.strength / (edges.strength + edges.typical())).mean(axis=0)
    inner = agreed[1:-1]
    peak = (inner >= agreed[:-2]) & (inner >= agreed[2:]) & (inner >= EDGE_SHARE * agreed.max())
    if not peak.any():
        return 1.0
    away_px = edges.away_px[1 + int(np.flatnonzero(peak).max())]
    return float(1 + away_px / shape.on(np.zeros(2)).radius_px)


def _stacked_edges(*, stack: Stack, rim: Ellipse, reach: float, fine: bool) -> Edges:
    """Return the edges that the stack's frames share.

    Coarsely, the frames' mean edge evidence, weighted up where the temporal deviation jumps;
    finely, the edges of the mean and of the deviation themselves: the back edge of the plate's
    wall, which wanders with the viewpoint, is blurred in both.
    """
    laid = _laid_over(stack=stack, rim=rim, reach=reach)
    mean, deviation, often = laid.in_time()
    if fine:
        return Edges(
            strength=_lasting_edges(mean, deviation) * often, away_px=laid.away_px, inside=often
        )
    total = np.zeros(mean.shape)
    for patch, inside in zip(laid.grey, laid.inside, strict=True):
        strength = edge_strength(patch) * inside
        typical = max(8.0, float(np.median(strength.max(axis=1))))
        total += strength / (strength + typical)
    quiet = np.log(deviation + GREY_NOISE)
    wide = max(3, int(0.05 * rim.radius_px / STEP_PX))
    box = np.ones((1, wide)) / wide
    beyond = cv2.filter2D(quiet, -1, box, anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    within = cv2.filter2D(quiet, -1, box, anchor=(wide - 1, 0), borderType=cv2.BORDER_REPLICATE)
    rise = np.clip(np.roll(beyond, -2, axis=1) - np.roll(within, 2, axis=1), 0, 1.2)
    seen = np.maximum(laid.inside.sum(axis=0), 1)
    strength = 100 * total / seen * (0.25 + rise) * often
    return Edges(strength=strength.astype(np.float32), away_px=laid.away_px, inside=often)


@dataclass(frozen=True)
class _Laid:
    """What the frames of a stack show on rays round one rim.

    Attributes
    ----------
    grey : ndarray, shape (n_frames, RAYS, n_radii)
    inside : ndarray of bool, shape (n_frames, RAYS, n_radii)
        Whether the sample lies in the picture.
    away_px : ndarray, shape (n_radii,)
    """

    grey: NDArray[np.float32]
    inside: NDArray[np.bool_]
    away_px: FloatArray

    def in_time(
        self, counted: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
        """Return mean and deviation in time, and which places are seen often enough for them.

        `counted`, shape (n_frames, RAYS), says which frames count on which rays: all by default.
        """
        if counted is None:
            counted = np.ones(self.grey.shape[:2], dtype=bool)
        there = self.inside & counted[:, :, None]
        seen = there.sum(axis=0, dtype=np.float32)
        mean = np.einsum("frk,frk->rk", self.grey, there, dtype=np.float32) / np.maximum(seen, 1)
        away = np.where(there, self.grey - mean, np.float32(0))
        deviation = np.sqrt(np.einsum("frk,frk->rk", away, away) / np.maximum(seen, 1))
        return mean, deviation, seen >= MIN_SEEN_SHARE * counted.sum(axis=0)[:, None]


def _laid_over(*, stack: Stack, rim: Ellipse, reach: float) -> _Laid:
    """Sample every frame on rays round a rim, `reach` of its radius on both sides."""
    half = int(reach * rim.radius_px / STEP_PX)
    away_px = np.arange(-half, half + 1, dtype=np.float64) * STEP_PX
    height, width = stack.pictures.shape
    template_x, template_y = points_on(rim=rim, rho=1 + away_px / rim.radius_px)
    grey = np.empty((len(stack.frames), *template_x.shape), dtype=np.float32)
    inside = np.empty(grey.shape, dtype=bool)
    for row, (frame, turn, centre) in enumerate(
        zip(stack.frames, stack.turn, stack.centre_px, strict=True)
    ):
        x = centre[0] + turn[0, 0] * template_x + turn[0, 1] * template_y
        y = centre[1] + turn[1, 0] * template_x + turn[1, 1] * template_y
        grey[row] = cv2.remap(
            stack.pictures.luma(int(frame)),
            x.astype(np.float32),
            y.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        inside[row] = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    return _Laid(grey, inside, away_px)


def _lasting_edges(
    mean: NDArray[np.float32], deviation: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the edges of what stays and of where it changes, grey levels per pixel."""
    return edge_strength(mean) + edge_strength(deviation)
