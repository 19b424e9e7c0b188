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
from barpath.register import FaceMaps, lay_all
from barpath.rim import (
    RAYS,
    Edges,
    RimFit,
    edge_strength,
    fit_rim,
    locate_rim,
    points_on,
    vote_centre,
)
from barpath.rings import GREY_NOISE, outermost_ring, spread_frames

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_OUTERMOST = 2.6
MIN_REGISTERED = 0.6
"""Share of the stack's frames that must be registered for the face to be the ruler."""

SAME_SIZE = 0.04
"""Two fits whose radii differ by less than this share are of the same ring."""

MAX_STRAYED_RADII = 0.06
"""A rim that lies further than this from where it was detected dozens of times is another edge."""

MAX_DISAGREEMENT_RADII = 0.05
"""Rims fitted at different heights that lie further apart than this aren't the same edge."""

FIRM_SUPPORT = 0.9

# A rim's edge is rounded and blurred: where it ends is uncertain by this much in every frame alike.
_EDGE_SD_PX = 0.4


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

    @property
    def area(self) -> float:
        """Area of the ellipse over pi, px²."""
        return self.radius**2 * (1 - self.cosine**2 - self.sine**2)

    @classmethod
    def of(cls, rim: Ellipse, *, origin: FloatArray) -> _Shape:
        """Return an ellipse as a shape about an origin."""
        stretch = (1 - rim.axis_ratio) / (1 + rim.axis_ratio)
        turn = 2 * np.deg2rad(rim.angle_deg)
        return cls(
            x=rim.x_px - origin[0],
            y=rim.y_px - origin[1],
            radius=rim.radius_px / (1 + stretch),
            cosine=float(stretch * np.cos(turn)),
            sine=float(stretch * np.sin(turn)),
        )

    def on(self, centre: FloatArray) -> Ellipse:
        """Return the shape as an ellipse."""
        return shaped(
            x_px=centre[0] + self.x,
            y_px=centre[1] + self.y,
            radius_px=self.radius,
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


@dataclass(frozen=True)
class Face:
    """The plate's face: its rim, and where it lies in every frame that could be registered.

    Attributes
    ----------
    model : RimModel
        For frames without a map.
    maps : FaceMaps or None
        None when too few frames could be registered: the rim alone must tell.
    rim : Ellipse or None
        The rim in the reference frame, relative to its reference centre; None without `maps`.
    support : float
        Share of the rays that agree on the rim in the frames laid over one another, 0 to 1.
    """

    model: RimModel
    support: float
    maps: FaceMaps | None = None
    rim: Ellipse | None = None

    def laid(self, frame: int) -> Ellipse | None:
        """Return the rim as the face's registration has it in a frame, or None without one."""
        if self.maps is None or self.rim is None or not self.maps.known[frame]:
            return None
        return _mapped(self.rim, turn=self.maps.turn[frame], centre=self.maps.centre_px[frame])


def _mapped(rim: Ellipse, *, turn: FloatArray, centre: FloatArray) -> Ellipse:
    """Return the image of an ellipse under an affine map."""
    angle = np.deg2rad(rim.angle_deg)
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    axes = axes * (rim.radius_px * np.array([1.0, rim.axis_ratio]))
    directions, lengths, _ = np.linalg.svd(turn @ axes)
    x, y = centre + turn @ np.array([rim.x_px, rim.y_px])
    return Ellipse(
        x_px=float(x),
        y_px=float(y),
        radius_px=float(lengths[0]),
        axis_ratio=float(lengths[1] / lengths[0]),
        angle_deg=float(np.degrees(np.arctan2(directions[1, 0], directions[0, 0])) % 180),
    )


def find_face(
    *, pictures: Pictures, mover: Mover, flow: Flow, outermost: float = _OUTERMOST
) -> Face | None:
    """Find the rim among the rings, lay the face of all frames over one, and measure the rim.

    Parameters
    ----------
    pictures : Pictures
    mover : Mover
    flow : Flow
    outermost : float
        How far out to look, in radii of the followed ring; 1.1 when a person has pointed at the rim.

    Returns
    -------
    Face or None
        None when no ring stands out or the plate is seen in too few frames.
    """
    frames = spread_frames(flow=flow)
    if len(frames) < 4:
        return None
    level, slope = ring_radius(mover.main)
    path = flow.path_px
    ring_px = np.maximum(3.0, level + slope * path[:, 1])
    apart = np.median(mover.outer.rims[:, :2] - path[mover.outer.frame], axis=0)
    found = outermost_ring(
        pictures=pictures,
        frames=frames,
        path=path + apart,
        ring_px=ring_px,
        mover=mover,
        outermost=outermost,
    )
    if found is None:
        return None
    share, jump = found
    start = _as_detected(mover=mover, path=path, radius_px=share * float(ring_px[frames].mean()))
    maps = lay_all(
        pictures=pictures,
        path_px=path + apart,
        radius_px=share * ring_px,
        candidates=frames,
        first=flow.first,
        stop=flow.stop,
    )
    if maps is not None:
        face = _registered_face(
            pictures=pictures, frames=frames, path=path, maps=maps, start=start, jump=jump
        )
        if face is not None:
            return face
    return _unregistered_face(
        pictures=pictures,
        frames=frames,
        path=path,
        radius_px=share * ring_px,
        start=start,
        jump=jump,
        slope=slope / float(np.median(ring_px[frames])),
    )


def _registered_face(
    *,
    pictures: Pictures,
    frames: IntArray,
    path: FloatArray,
    maps: FaceMaps,
    start: _Shape,
    jump: float,
) -> Face | None:
    """Fit the rim once for all frames that were registered, laid over one another.

    The near face's rim stays put there, at whatever height the plate is; the back edge of its wall,
    which shows above or beside the face when the camera looks down on it, doesn't.
    """
    laid = frames[maps.known[frames]]
    if len(laid) < max(8, MIN_REGISTERED * len(frames)):
        return None
    heights = path[:, 1]
    if np.ptp(heights[laid]) < 0.7 * np.ptp(heights[frames]):
        return None
    # the start's offset is from the path; the maps' centre is the reference frame's own
    reference = maps.centre_px[maps.reference] - path[maps.reference]
    grown = float(np.median([np.sqrt(abs(np.linalg.det(turn))) for turn in maps.turn[laid]]))
    start = replace(
        start, x=start.x - reference[0], y=start.y - reference[1], radius=start.radius / grown
    )
    stack = _Stack(pictures, laid, maps.turn[laid], maps.centre_px[laid])
    fitted = _shape_of_stack(stack=stack, start=start, fine=True)
    if fitted is None:
        return None
    rim = fitted.shape.on(np.zeros(2))
    shapes = []
    for frame in laid:
        seen = _mapped(rim, turn=maps.turn[frame], centre=maps.centre_px[frame])
        shapes.append(_Shape.of(seen, origin=path[frame]))
    about = float(np.median(heights[laid]))
    model = _through(
        about=about,
        heights=heights[laid] - about,
        shapes=shapes,
        weight=np.ones(len(shapes)),
        slope=0.0,
        jump=jump,
        reach=float(np.ptp(heights[laid])),
    )
    return Face(model=model, support=fitted.support, maps=maps, rim=rim)


def _unregistered_face(
    *,
    pictures: Pictures,
    frames: IntArray,
    path: FloatArray,
    radius_px: FloatArray,
    start: _Shape,
    jump: float,
    slope: float,
) -> Face | None:
    """Fit the rim at three heights, then in every frame of the stack on its own."""
    about = float(np.median(path[frames, 1]))
    heights = path[frames, 1] - about
    several = np.ptp(heights) > float(radius_px[frames].mean()) and len(frames) >= 24
    stacks: list[_Stack] = []
    fits: list[_Fitted] = []
    middles: list[float] = []
    for group in np.array_split(np.argsort(heights), 3 if several else 1):
        radius = float(radius_px[frames[group]].mean())
        turn = (radius_px[frames[group]] / radius)[:, None, None] * np.eye(2)
        stack = _Stack(pictures, frames[group], turn, path[frames[group]])
        fitted = _shape_of_stack(stack=stack, start=replace(start, radius=radius), fine=False)
        if fitted is not None:
            stacks.append(stack)
            fits.append(fitted)
            middles.append(float(heights[group].mean()))
    if not fits:
        return None
    shapes = [fitted.shape for fitted in _reconciled(stacks=stacks, fits=fits)]
    model = _through(
        about=about,
        heights=np.array(middles),
        shapes=shapes,
        weight=np.ones(len(shapes)),
        slope=slope,
        jump=jump,
        reach=float(np.ptp(heights)),
    )
    for _ in range(2):
        model = _refined(pictures=pictures, frames=frames, path=path, model=model)
    return Face(model=model, support=float(np.median([fit.support for fit in fits])))


def _reconciled(*, stacks: list[_Stack], fits: list[_Fitted]) -> list[_Fitted]:
    """Return fits of one rim at several heights that agree on where it lies.

    Where they don't, some hold on to the outline of the whole stack of plates, seen at an angle, and
    some to the near face, which lies inside it: the smallest that is well supported leads the others.
    """
    places = np.array([[fit.shape.x, fit.shape.y] for fit in fits])
    radius = float(np.median([fit.shape.radius for fit in fits]))
    if np.hypot(*np.ptp(places, axis=0)) < MAX_DISAGREEMENT_RADII * radius:
        return fits
    firm = [fit for fit in fits if fit.support >= FIRM_SUPPORT]
    if not firm:
        return fits
    leader = min(firm, key=lambda fit: fit.shape.area).shape
    led = [_fit_stack(stack=stack, start=leader, fine=False, led=False) for stack in stacks]
    return [fit if new is None else new for fit, new in zip(fits, led, strict=True)]


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


@dataclass(frozen=True)
class _Stack:
    """Frames laid over one another: a point p of the shape lies at ``centre + turn @ p`` in each."""

    pictures: Pictures
    frames: IntArray
    turn: FloatArray
    centre_px: FloatArray


@dataclass(frozen=True)
class _Fitted:
    """A rim fitted to a stack: its shape, the share of rays that agree, and how sharp it is there."""

    shape: _Shape
    support: float
    sharpness: float


def _shape_of_stack(*, stack: _Stack, start: _Shape, fine: bool) -> _Fitted | None:
    """Fit the rim to the edges that the stack's frames have in common.

    The fit is led to the rim by where the temporal deviation jumps. On a floor as dark as the plate it
    doesn't jump, and may lead to the back edge of the plate's wall: a fit that stays near the detections
    is taken instead where it ends with the same size on sharper edges, or where the other strayed.
    """
    led = _fit_stack(stack=stack, start=start, fine=fine, led=True)
    if not fine:
        return led
    near = _fit_stack(stack=stack, start=start, fine=fine, led=False)
    if led is None or near is None:
        return led
    strayed_px = np.hypot(led.shape.x - start.x, led.shape.y - start.y)
    if strayed_px > MAX_STRAYED_RADII * start.radius:
        return near
    same_size = abs(near.shape.radius / led.shape.radius - 1) < SAME_SIZE
    return near if same_size and near.sharpness > led.sharpness else led


def _fit_stack(*, stack: _Stack, start: _Shape, fine: bool, led: bool) -> _Fitted | None:
    """Fit in steps, each looking less far than the one before; the first two vote for the centre."""
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
            free_size=True,
            free_shape=True,
        )
        if fit is None:
            return None
        shape, support = shape.corrected(fit, rim), fit.support
    edges = _stacked_edges(stack=stack, rim=shape.on(origin), reach=0.05, fine=fine)
    under = np.abs(edges.rho - 1) * shape.radius < 0.8
    sharpness = float(edges.strength[:, under].max(axis=1).mean())
    return _Fitted(shape, support, sharpness)


def _stacked_edges(*, stack: _Stack, rim: Ellipse, reach: float, fine: bool) -> Edges:
    """Return the edges that the stack's frames share.

    Coarsely, the frames' mean edge evidence, weighted up where the temporal deviation jumps; finely,
    the edges of the mean and of the deviation themselves: the back edge of the plate's wall, which
    wanders with the viewpoint, is blurred in both.
    """
    rho = np.linspace(1 - reach, 1 + reach, 2 * int(reach * rim.radius_px / 0.5) + 1)
    height, width = stack.pictures.shape
    template_x, template_y = points_on(rim=rim, rho=rho)
    total = np.zeros((RAYS, len(rho)))
    grey = np.zeros((3, RAYS, len(rho)))
    for frame, turn, centre in zip(stack.frames, stack.turn, stack.centre_px, strict=True):
        x = centre[0] + turn[0, 0] * template_x + turn[0, 1] * template_y
        y = centre[1] + turn[1, 0] * template_x + turn[1, 1] * template_y
        patch = cv2.remap(
            stack.pictures.luma(int(frame)),
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
    quiet = np.log(deviation + GREY_NOISE)
    wide = max(3, int(0.05 * rim.radius_px / 0.5))
    box = np.ones((1, wide)) / wide
    beyond = cv2.filter2D(quiet, -1, box, anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    within = cv2.filter2D(quiet, -1, box, anchor=(wide - 1, 0), borderType=cv2.BORDER_REPLICATE)
    rise = np.clip(np.roll(beyond, -2, axis=1) - np.roll(within, 2, axis=1), 0, 1.2)
    often = grey[0] >= 0.3 * len(stack.frames)
    if fine:
        mean = (grey[1] / seen).astype(np.float32)
        strength = edge_strength(mean) + edge_strength(deviation.astype(np.float32))
        return Edges(strength=(strength * often).astype(np.float32), rho=rho, inside=often)
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
