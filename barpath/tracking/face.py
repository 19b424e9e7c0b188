"""The plate's face: which ring is its rim, and where it lies in every frame.

The rim is the outermost ring where the picture stops being constant in time or keeps an edge. Its
size and shape are measured over the whole track, not in one lucky frame: the radius is the ruler,
and its error is the largest in every centimetre that is reported. All lengths are pixels of the
working picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from barpath.chains import Mover
from barpath.plate import Ellipse, Pictures
from barpath.tracking.concentric import (
    about_rings,
    back_on_rings,
    flattening,
    rings_within,
    shape_aslant,
)
from barpath.tracking.flow import Flow, ring_radius
from barpath.tracking.register import FaceMaps, lay_all
from barpath.tracking.rim import RimFit, locate_rim
from barpath.tracking.rings import outermost_ring, spread_frames
from barpath.tracking.shape import RimModel, Shape, mapped, through
from barpath.tracking.stack import Fitted, Stack, fit_stack, shape_of_stack

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

MIN_REGISTERED = 0.6
"""Share of the stack's frames that must be registered for the face to be the ruler."""

MAX_DISAGREEMENT_RADII = 0.05
"""Rims fitted at different heights that lie further apart than this aren't the same edge."""

FIRM_SUPPORT = 0.9

MANY_MATCHED, CLEARLY_SHARPER = 30, 0.6
"""Fewer corners than this are held against the rim: it is believed instead where it is all in the
picture and its edges scatter this much less (0.35 on a black plate with little on its face; 0.7 and
more on others)."""

_OUTERMOST = 2.6


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
        return mapped(self.rim, turn=self.maps.turn[frame], centre=self.maps.centre_px[frame])


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
        How far out to look, in radii of the followed ring; 1.1 when a person has pointed at the
        rim.

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
    apart = _apart_px(mover=mover, path=path)
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
    radius = share * float(ring_px[frames].mean())
    start = _as_detected(mover=mover, path=path, radius_px=radius)
    aslant = shape_aslant(mover=mover, radius_px=radius)
    if aslant is not None:
        start = replace(start, cosine=aslant[0], sine=aslant[1])
    maps = lay_all(
        pictures=pictures,
        path_px=path + apart,
        radius_px=share * ring_px,
        candidates=frames,
        first=flow.first,
        stop=flow.stop,
    )
    laid: Face | None = None
    if maps is not None:
        laid = _registered_face(
            pictures=pictures,
            frames=frames,
            path=path,
            mover=mover,
            maps=maps,
            start=start,
            free_shape=aslant is None,
            jump=jump,
        )
        if laid is not None and np.median(maps.matched[maps.known]) >= MANY_MATCHED:
            return laid
    alone = _unregistered_face(
        pictures=pictures,
        frames=frames,
        path=path,
        radius_px=share * ring_px,
        mover=mover,
        start=start,
        free_shape=aslant is None,
        jump=jump,
        slope=slope / float(np.median(ring_px[frames])),
    )
    if laid is None or alone is None:
        return laid or alone
    clearer = _is_clearer(pictures=pictures, frames=frames, path=path, alone=alone, laid=laid)
    return alone if clearer else laid


def _is_clearer(
    *, pictures: Pictures, frames: IntArray, path: FloatArray, alone: Face, laid: Face
) -> bool:
    """Say whether the rim on its own fits the pictures far better than as the face lays it.

    A few corners place a face badly and, from template to template, ever worse: its size drifts,
    and what is a sharp circle in every picture becomes a ragged one.
    """
    centres = alone.model.centres(path)
    fits: list[tuple[RimFit, RimFit]] = []
    for frame in frames.tolist():
        said = laid.laid(frame)
        if said is None:
            continue
        own = alone.model.at(x_px=centres[frame, 0], y_px=centres[frame, 1])
        both = [
            locate_rim(
                image=pictures.luma(frame),
                rim=rim,
                reach_px=max(3.0, 0.08 * rim.radius_px),
                band_px=max(3.0, 0.03 * rim.radius_px),
            )
            for rim in (said, own)
        ]
        if both[0] is not None and both[1] is not None:
            fits.append((both[0][1], both[1][1]))
    if len(fits) < 4:
        return False
    ragged, sharp = (np.median([fit[k].residual_px for fit in fits]) for k in (0, 1))
    support, visible = (
        np.median([getattr(own, name) for _, own in fits]) for name in ("support", "visible")
    )
    return bool(sharp < CLEARLY_SHARPER * ragged and min(support, visible) >= FIRM_SUPPORT)


def _registered_face(
    *,
    pictures: Pictures,
    frames: IntArray,
    path: FloatArray,
    mover: Mover,
    maps: FaceMaps,
    start: Shape,
    free_shape: bool,
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
    if not free_shape:
        aslant = shape_aslant(mover=mover, radius_px=start.radius * grown, maps=maps)
        free_shape = aslant is None
        cosine, sine = aslant or (0.0, 0.0)
        start = replace(start, cosine=cosine, sine=sine)
    stack = Stack(pictures, laid, maps.turn[laid], maps.centre_px[laid])
    fitted = shape_of_stack(stack=stack, start=start, fine=True, free_shape=free_shape)
    if fitted is None:
        return None
    rings = rings_within(mover=mover, maps=maps, radius_px=fitted.shape.radius * grown)
    if rings is not None:
        fitted = about_rings(stack=stack, fitted=fitted, rings=rings, free_shape=free_shape)
    rim = fitted.shape.on(np.zeros(2))
    shapes = []
    for frame in laid:
        seen = mapped(rim, turn=maps.turn[frame], centre=maps.centre_px[frame])
        shapes.append(Shape.of(seen, origin=path[frame]))
    about = float(np.median(heights[laid]))
    model = through(
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
    mover: Mover,
    start: Shape,
    free_shape: bool,
    jump: float,
    slope: float,
) -> Face | None:
    """Fit the rim at three heights, then in every frame of the stack on its own."""
    about = float(np.median(path[frames, 1]))
    heights = path[frames, 1] - about
    several = np.ptp(heights) > float(radius_px[frames].mean()) and len(frames) >= 24
    stacks: list[Stack] = []
    fits: list[Fitted] = []
    middles: list[float] = []
    for group in np.array_split(np.argsort(heights), 3 if several else 1):
        radius = float(radius_px[frames[group]].mean())
        turn = (radius_px[frames[group]] / radius)[:, None, None] * np.eye(2)
        stack = Stack(pictures, frames[group], turn, path[frames[group]])
        fitted = shape_of_stack(
            stack=stack,
            start=replace(start, radius=radius),
            fine=False,
            free_shape=free_shape,
        )
        if fitted is not None:
            stacks.append(stack)
            fits.append(fitted)
            middles.append(float(heights[group].mean()))
    if not fits:
        return None
    fits = back_on_rings(stacks=stacks, fits=fits, mover=mover, path=path, free_shape=free_shape)
    shapes = [
        fitted.shape for fitted in _reconciled(stacks=stacks, fits=fits, free_shape=free_shape)
    ]
    model = through(
        about=about,
        heights=np.array(middles),
        shapes=shapes,
        weight=np.ones(len(shapes)),
        slope=slope,
        jump=jump,
        reach=float(np.ptp(heights)),
    )
    for _ in range(2):
        model = _refined(
            pictures=pictures, frames=frames, path=path, model=model, free_shape=free_shape
        )
    return Face(model=model, support=float(np.median([fit.support for fit in fits])))


def _reconciled(*, stacks: list[Stack], fits: list[Fitted], free_shape: bool) -> list[Fitted]:
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


def _apart_px(*, mover: Mover, path: FloatArray) -> FloatArray:
    """Return how far the largest ring's centre lies from the path, shape (2,)."""
    ring = mover.outer
    apart: FloatArray = np.median(ring.rims[:, :2] - path[ring.frame], axis=0)
    return apart


def _as_detected(*, mover: Mover, path: FloatArray, radius_px: float) -> Shape:
    """Return the rim's offset from the path and its shape, as the largest ring was detected.

    Seen at an angle the rings of a dished plate don't share a centre: without the offset the stack
    would be smeared by it.
    """
    ring = mover.outer
    apart = _apart_px(mover=mover, path=path)
    start = Shape(float(apart[0]), float(apart[1]), radius_px)
    if abs(ring.radius_px / radius_px - 1) > 0.08:
        return start
    cosine, sine = flattening(ring)
    return replace(start, cosine=cosine, sine=sine)


def _refined(
    *,
    pictures: Pictures,
    frames: IntArray,
    path: FloatArray,
    model: RimModel,
    free_shape: bool,
) -> RimModel:
    """Measure size and shape in every frame on its own, and put the model through them."""
    heights, shapes, weights = [], [], []
    centres = model.centres(path)
    for frame in frames:
        rim = model.at(x_px=centres[frame, 0], y_px=centres[frame, 1])
        located = locate_rim(
            image=pictures.luma(int(frame)),
            rim=rim,
            reach_px=max(3.0, 0.06 * rim.radius_px),
            band_px=max(3.0, 0.04 * rim.radius_px),
            free_size=True,
            free_shape=free_shape,
        )
        if located is None:
            continue
        start, fit = located
        height = path[frame, 1] - model.about_y_px
        level = model.radius_px[0] + model.radius_px[1] * height
        before = Shape(
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
    return through(
        about=model.about_y_px,
        heights=np.array(heights),
        shapes=shapes,
        weight=np.array(weights),
        slope=model.radius_px[1] / model.radius_px[0],
        jump=model.jump,
        reach=float(np.ptp(path[frames, 1])),
    )
