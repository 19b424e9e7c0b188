"""Which ring of the moving plate is its rim, and how the rim looks at every height.

Laid on top of one another along the plate's path, pictures of the clip keep the plate still and blur the
background. The rim is the outermost ring where the picture stops being constant in time (the variance
jumps) or keeps an edge. Its size and shape are measured there, not in one lucky frame: the radius is
the ruler, and its error is the largest in every centimetre that is reported.

All lengths are pixels of the working picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.flow import Flow, ring_radius
from barpath.plate import Ellipse, Mover, Pictures
from barpath.rim import RAYS, Edges, RimFit, edge_strength, fit_rim, locate_rim, points_on, vote_centre

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_STACK_FRAMES = 48
_OUTERMOST = 2.6
_RING_STEP = 0.01
_RING_ANGLES = 180
_GREY_NOISE = 4.0
# A rim's edge is rounded and blurred: where it ends is uncertain by this much in every frame alike.
_EDGE_SD_PX = 0.4
# A ring is taken for the rim when its evidence is at least this share of the strongest ring's:
# spokes and letters that turn with the plate can outdo a rim on a quiet background.
_ENOUGH_EVIDENCE = 0.35


@dataclass(frozen=True)
class RimModel:
    """The rim's size and shape as functions of the height in the picture, and where it lies.

    A plate that moves in a plane has, seen by a pinhole camera, a size that is affine in its place in
    the picture (inverse depth on a plane is). Every pair holds level and slope against
    ``y - about_y_px``.

    Attributes
    ----------
    about_y_px : float
    radius_px : tuple of float
        Mean of the semi-axes.
    cosine, sine : tuple of float
        Second harmonic of the rim: half the relative difference of the semi-axes, as a vector.
    offset_x_px, offset_y_px : tuple of float
        From the followed ring's centre to the rim's.
    radius_sd_px : float
        Standard error of the radius: how well its edge is defined, and the scatter about the line.
    jump : float
        Rise of the logarithm of the temporal deviation across the rim: what tells it from a lip.
    """

    about_y_px: float
    radius_px: tuple[float, float]
    cosine: tuple[float, float]
    sine: tuple[float, float]
    offset_x_px: tuple[float, float]
    offset_y_px: tuple[float, float]
    radius_sd_px: float
    jump: float

    def at(self, *, x_px: float, y_px: float) -> Ellipse:
        """Return the rim with its centre at a place in the picture."""
        height = y_px - self.about_y_px
        radius, cosine, sine = (
            level + slope * height for level, slope in (self.radius_px, self.cosine, self.sine)
        )
        return shaped(x_px=x_px, y_px=y_px, radius_px=radius, cosine=cosine, sine=sine)

    def centres(self, path_px: FloatArray) -> FloatArray:
        """Return where the rim's centre is to be looked for along the followed ring's path."""
        height = path_px[:, 1] - self.about_y_px
        shift = [level + slope * height for level, slope in (self.offset_x_px, self.offset_y_px)]
        return path_px + np.column_stack(shift)


def shaped(*, x_px: float, y_px: float, radius_px: float, cosine: float, sine: float) -> Ellipse:
    """Return the ellipse of a mean radius and a second harmonic."""
    stretch = min(float(np.hypot(cosine, sine)), 0.2)
    return Ellipse(
        x_px=x_px,
        y_px=y_px,
        radius_px=max(3.0, radius_px * (1 + stretch)),
        axis_ratio=(1 - stretch) / (1 + stretch),
        angle_deg=0.5 * float(np.degrees(np.arctan2(sine, cosine))) % 180,
    )


@dataclass(frozen=True)
class _Shape:
    """A rim's offset from the path, mean radius and second harmonic at one place."""

    x: float
    y: float
    radius: float
    cosine: float = 0.0
    sine: float = 0.0

    def on(self, centre: FloatArray, *, scale: float = 1.0) -> Ellipse:
        return shaped(
            x_px=centre[0] + self.x,
            y_px=centre[1] + self.y,
            radius_px=self.radius * scale,
            cosine=self.cosine,
            sine=self.sine,
        )

    def corrected(self, fit: RimFit, rim: Ellipse) -> _Shape:
        """Return the shape after a fit against `rim`, which this shape had drawn."""
        turn = 2 * np.deg2rad(rim.angle_deg)
        along, across = fit.shape
        return _Shape(
            x=self.x + fit.dx_px,
            y=self.y + fit.dy_px,
            radius=self.radius * (1 + fit.growth),
            cosine=self.cosine + along * np.cos(turn) - across * np.sin(turn),
            sine=self.sine + along * np.sin(turn) + across * np.cos(turn),
        )


def model_rim(
    *, pictures: Pictures, mover: Mover, flow: Flow, outermost: float = _OUTERMOST
) -> RimModel | None:
    """Find the rim among the rings and measure its size and shape along the path.

    Parameters
    ----------
    pictures : Pictures
    mover : Mover
    flow : Flow
    outermost : float
        How far out to look, in radii of the followed ring; 1.1 when a person has pointed at the rim.

    Returns
    -------
    RimModel or None
        None when no ring stands out or the plate is seen in too few frames.
    """
    frames = _spread(flow=flow)
    if len(frames) < 4:
        return None
    level, slope = ring_radius(mover.main)
    path = flow.path_px
    ring_px = np.maximum(3.0, level + slope * path[:, 1])
    apart = np.median(mover.outer.rims[:, :2] - path[mover.outer.frame], axis=0)
    found = _outermost_ring(
        pictures=pictures, frames=frames, path=path + apart, ring_px=ring_px, mover=mover, outermost=outermost
    )
    if found is None:
        return None
    share, jump = found
    about = float(np.median(path[frames, 1]))
    heights = path[frames, 1] - about
    several = np.ptp(heights) > mover.main.radius_px and len(frames) >= 24
    groups = np.array_split(np.argsort(heights), 3 if several else 1)
    usual_px = float(np.median(ring_px[frames]))
    start = _as_detected(mover=mover, path=path, radius_px=share * usual_px)
    shapes: list[_Shape] = []
    middles: list[float] = []
    for group in groups:
        shape = _shape_of_stack(
            pictures=pictures,
            frames=frames[group],
            path=path,
            radius_px=share * ring_px,
            start=start,
        )
        if shape is not None:
            shapes.append(shape)
            middles.append(float(heights[group].mean()))
    if not shapes:
        return None
    model = _through(
        about=about,
        heights=np.array(middles),
        shapes=shapes,
        weight=np.ones(len(shapes)),
        slope=share * slope / max(1.0, share * usual_px),
        jump=jump,
        reach=float(np.ptp(heights)),
    )
    for _ in range(2):
        model = _refined(pictures=pictures, frames=frames, path=path, model=model)
    return model


def _spread(*, flow: Flow) -> IntArray:
    """Choose frames with a measured step, spread evenly over the heights the plate was at."""
    sharp = np.flatnonzero(np.isfinite(flow.step_px[:, 0]) & (flow.step_sd_px < 2.0))
    if not len(sharp):
        return sharp
    # the fastest tenth is blurred
    pace = np.hypot(*flow.step_px[sharp].T)
    sharp = sharp[pace <= np.quantile(pace, 0.9)]
    order = sharp[np.argsort(flow.path_px[sharp, 1])]
    heights = flow.path_px[order, 1]
    wanted = np.linspace(heights[0], heights[-1], _STACK_FRAMES)
    return np.unique(order[np.clip(np.searchsorted(heights, wanted), 0, len(order) - 1)])


def _outermost_ring(
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
    for row, frame in enumerate(frames):
        reach = ring_px[frame] * share
        x = path[frame, 0] + np.outer(np.cos(angle), reach)
        y = path[frame, 1] + np.outer(np.sin(angle), reach)
        stack[row] = cv2.remap(
            pictures.luma(int(frame)), x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR
        )
        stack[row][(x < 0) | (x > width - 1) | (y < 0) | (y > height - 1)] = np.nan
    seen = np.isfinite(stack).sum(axis=0)
    enough = seen >= 0.3 * len(frames)
    filled = np.nan_to_num(stack)
    mean = filled.sum(axis=0) / np.maximum(seen, 1)
    spread = np.sqrt(
        (np.where(np.isfinite(stack), stack - mean, 0) ** 2).sum(axis=0) / np.maximum(seen, 1)
    )
    jump, edge = _ring_evidence(mean=mean, spread=spread, enough=enough)
    # rings that were detected moving with the plate are part of it: the rim isn't inside them
    inner = 0.95 * mover.outer.radius_px / mover.main.radius_px if outermost > 1.2 else 0.9
    evidence = np.where(share >= max(inner, 0.3), np.clip(jump, 0, None) * edge, 0.0)
    if not evidence.max() > 0:
        return None
    near = cv2.dilate(evidence[None], np.ones((1, 7))).ravel()
    peaks = np.flatnonzero((evidence >= near) & (evidence >= _ENOUGH_EVIDENCE * evidence.max()))
    rim = int(peaks.max())
    return float(share[rim]), float(jump[rim])


def _ring_evidence(
    *, mean: NDArray[np.float32], spread: NDArray[np.float32], enough: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Return, per ring, the rise of the log deviation across it and how far an edge persists, 0 to 1."""
    wide, narrow = round(0.12 / _RING_STEP), round(0.02 / _RING_STEP)
    count = mean.shape[1]
    quiet = np.where(enough, np.log(spread + _GREY_NOISE), np.nan)
    slope = np.abs(np.gradient(cv2.GaussianBlur(mean, (0, 0), 1.2), axis=1))
    slope = np.where(enough, slope, np.nan)
    jump, edge = np.zeros(count), np.zeros(count)
    for ring in range(wide + 1, count - wide - 1):
        outside = quiet[:, ring + narrow : ring + wide]
        inside = quiet[:, ring - wide : ring - narrow + 1]
        both = enough[:, ring] & enough[:, ring + wide // 2]
        if both.sum() < 0.2 * len(both):
            continue
        rise = np.nanmean(outside[both], axis=1) - np.nanmean(inside[both], axis=1)
        jump[ring] = np.nanmean(np.clip(rise, -0.5, 1.5))
        steepest = np.nanmax(slope[both, ring - narrow : ring + narrow + 1], axis=1)
        edge[ring] = np.nanmean(steepest / (steepest + 2))
    return jump, edge


def _as_detected(*, mover: Mover, path: FloatArray, radius_px: float) -> _Shape:
    """Return the rim's offset from the path, and its shape, as the largest ring's detections have them.

    Seen at an angle the rings of a dished plate don't share a centre: without the offset the stack
    would be smeared by it.
    """
    ring = mover.outer
    apart = np.median(ring.rims[:, :2] - path[ring.frame], axis=0)
    start = _Shape(float(apart[0]), float(apart[1]), radius_px)
    if abs(ring.radius_px / radius_px - 1) > 0.08:
        return start
    turn = 2 * np.deg2rad(ring.rims[:, 4])
    stretch = (1 - ring.rims[:, 3]) / (1 + ring.rims[:, 3])
    return replace(
        start,
        cosine=float(np.median(stretch * np.cos(turn))),
        sine=float(np.median(stretch * np.sin(turn))),
    )


def _shape_of_stack(
    *,
    pictures: Pictures,
    frames: IntArray,
    path: FloatArray,
    radius_px: FloatArray,
    start: _Shape,
) -> _Shape | None:
    """Fit the rim to the edges that many aligned frames have in common."""
    radius = float(radius_px[frames].mean())
    scale = radius_px[frames] / radius
    shape = replace(start, radius=radius)
    origin = np.zeros(2)
    for step, reach in enumerate((0.16, 0.12, 0.09, 0.07)):
        if step < 2:
            edges = _stacked_edges(pictures, frames, path, scale, shape, reach)
            reach_px = 0.8 * (reach - 0.02) * shape.radius
            dx, dy = vote_centre(edges=edges, rim=shape.on(origin), reach_px=reach_px)
            shape = replace(shape, x=shape.x + dx, y=shape.y + dy)
        rim = shape.on(origin)
        edges = _stacked_edges(pictures, frames, path, scale, shape, reach)
        fit = fit_rim(
            edges=edges,
            rim=rim,
            prior_px=(0.05, 0.04, 0.03, 0.02)[step] * shape.radius,
            free_size=True,
            free_shape=True,
        )
        if fit is None:
            return None if step == 0 else shape
        shape = shape.corrected(fit, rim)
    return shape


def _stacked_edges(
    pictures: Pictures,
    frames: IntArray,
    path: FloatArray,
    scale: FloatArray,
    shape: _Shape,
    reach: float,
) -> Edges:
    """Return the frames' mean edge evidence, weighted up where the temporal deviation jumps."""
    rho = np.linspace(1 - reach, 1 + reach, 2 * int(reach * shape.radius / 0.5) + 1)
    height, width = pictures.shape
    total = np.zeros((RAYS, len(rho)))
    grey = np.zeros((3, RAYS, len(rho)))
    for frame, grown in zip(frames, scale, strict=True):
        rim = shape.on(path[frame], scale=float(grown))
        x, y = points_on(rim=rim, rho=rho)
        patch = cv2.remap(
            pictures.luma(int(frame)),
            x.astype(np.float32),
            y.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ).astype(np.float32)
        inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
        strength = edge_strength(patch) * inside
        typical = max(8.0, float(np.median(strength.max(axis=1))))
        total += strength / (strength + typical)
        grey += np.stack([inside, inside * patch, inside * patch**2])
    seen = np.maximum(grey[0], 1)
    deviation = np.sqrt(np.maximum(0, grey[2] / seen - (grey[1] / seen) ** 2))
    quiet = np.log(deviation + _GREY_NOISE)
    wide = max(3, int(0.05 * shape.radius / 0.5))
    box = np.ones((1, wide)) / wide
    outside = cv2.filter2D(quiet, -1, box, anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    inside_ = cv2.filter2D(quiet, -1, box, anchor=(wide - 1, 0), borderType=cv2.BORDER_REPLICATE)
    rise = np.clip(np.roll(outside, -2, axis=1) - np.roll(inside_, 2, axis=1), 0, 1.2)
    often = grey[0] >= 0.3 * len(frames)
    strength = 100 * total / seen * (0.25 + rise) * often
    return Edges(strength=strength.astype(np.float32), rho=rho, inside=often)


def _refined(
    *, pictures: Pictures, frames: IntArray, path: FloatArray, model: RimModel
) -> RimModel:
    """Measure size and shape in every frame of the stack on its own, and put the model through them."""
    heights, shapes, weights = [], [], []
    centres = model.centres(path)
    for frame in frames:
        rim = model.at(x_px=centres[frame, 0], y_px=centres[frame, 1])
        located = locate_rim(
            image=pictures.luma(int(frame)),
            rim=rim,
            reach_px=max(3.0, 0.06 * rim.radius_px),
            band_px=max(3.0, 0.04 * rim.radius_px),
            free=True,
        )
        if located is None:
            continue
        start, fit = located
        height = path[frame, 1] - model.about_y_px
        level = model.radius_px[0] + model.radius_px[1] * height
        before = _Shape(
            x=start.x_px - path[frame, 0],
            y=start.y_px - path[frame, 1],
            radius=level,
            cosine=model.cosine[0] + model.cosine[1] * height,
            sine=model.sine[0] + model.sine[1] * height,
        )
        shapes.append(before.corrected(fit, start))
        heights.append(height)
        weights.append((fit.support * fit.visible) ** 4 / (0.1 + fit.residual_px) ** 2)
    if len(shapes) < max(4, len(frames) // 4):
        return model
    return _through(
        about=model.about_y_px,
        heights=np.array(heights),
        shapes=shapes,
        weight=np.array(weights),
        slope=model.radius_px[1] / model.radius_px[0],
        jump=model.jump,
        reach=float(np.ptp(path[frames, 1])),
    )


def _through(
    *,
    about: float,
    heights: FloatArray,
    shapes: list[_Shape],
    weight: FloatArray,
    slope: float,
    jump: float,
    reach: float,
) -> RimModel:
    """Put affine functions of height through measured shapes, robustly.

    `slope` is the relative growth per pixel to fall back on where the heights don't tell.
    """
    columns = np.array([[s.radius, s.cosine, s.sine, s.x, s.y] for s in shapes])
    columns[:, 0] /= 1 + slope * heights
    pairs = [
        _robust_line(height=heights, value=column, weight=weight, reach=reach)
        for column in columns.T
    ]
    (level, bend), cosine, sine, x, y = pairs
    scatter = 1.4826 * float(np.median(np.abs(columns[:, 0] - level - bend * heights)))
    return RimModel(
        about_y_px=about,
        radius_px=(level, bend + slope * level),
        cosine=cosine,
        sine=sine,
        offset_x_px=x,
        offset_y_px=y,
        radius_sd_px=float(np.hypot(_EDGE_SD_PX, scatter / np.sqrt(len(shapes)))),
        jump=jump,
    )


def _robust_line(
    *, height: FloatArray, value: FloatArray, weight: FloatArray, reach: float
) -> tuple[float, float]:
    """Return level and slope of a line through the values, by Cauchy-weighted least squares."""
    middle = float(np.average(height, weights=weight))
    design = np.column_stack([np.ones_like(height), height - middle])
    # a slope that the travel can't show is held to zero
    hold = np.diag([0.0, (0.05 * reach) ** 2 * weight.sum()])
    used = weight.copy()
    level, slope = float(np.median(value)), 0.0
    for _ in range(15):
        normal = design.T @ (design * used[:, None]) + hold + 1e-9 * np.eye(2)
        level, slope = np.linalg.solve(normal, design.T @ (value * used))
        miss = np.abs(value - level - slope * (height - middle))
        order = np.argsort(miss)
        share = np.cumsum(weight[order])
        scale = miss[order][np.searchsorted(share, share[-1] / 2)] + 1e-9
        used = weight / (1 + (miss / (2 * scale)) ** 2)
    return float(level - slope * middle), float(slope)
