"""The plate's face: which ring is its rim, and where it lies in every frame.

The rim is the outermost ring where the picture stops being constant in time or keeps an edge. Its
size and shape are measured over the whole track, not in one lucky frame: the radius is the ruler,
and its error is the largest in every centimetre that is reported. All lengths are pixels of the
working picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from barpath.chains import Mover
from barpath.plate import Ellipse, Pictures
from barpath.tracking.clue import Clue, clue_of
from barpath.tracking.concentric import (
    about_rings,
    back_on_rings,
    rings_within,
    shape_aslant,
)
from barpath.tracking.flow import apart_px
from barpath.tracking.register import FaceMaps, lay_all
from barpath.tracking.rim import RimFit, locate_rim
from barpath.tracking.route import Route
from barpath.tracking.shape import SHAPE_HELD, RimModel, Shape, mapped, through
from barpath.tracking.stack import (
    FIRM_SUPPORT,
    MAX_STRAYED_RADII,
    Fitted,
    Stack,
    beside_least_wall,
    reconciled,
    shape_of_stack,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

MIN_REGISTERED = 0.6
"""Share of the stack's frames that must be registered for the face to be the ruler."""

MANY_MATCHED, SHARP_RADII, CLEARLY_SHARPER, ASTRAY_RADII = 30, 0.006, 0.68, 0.03
"""Fewer corners than this are held against the rim, unless its edges scatter no more than this
where they lay it, or the face is in plain view. The rim is believed instead where it is all in the
picture and scatters so much less on its own (0.35 to 0.64 on a black plate with little on its face;
0.7 and more where the corners were right). Of more corners that has to be said by a fifth of the
frames, too: that the rim is this far from where they lay it."""

SAME_RIM = 0.1
"""A face laid as wide as the rim, to this share, needn't be laid again."""

OUTERMOST = 2.6
"""How far out the rim is looked for, in radii of the followed ring."""


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
    angular : bool
        Whether the rim has corners there.
    """

    model: RimModel
    support: float
    maps: FaceMaps | None = None
    rim: Ellipse | None = None
    angular: bool = False

    @property
    def is_rich(self) -> bool:
        """Whether so many corners lay it that its rim needn't be asked."""
        if self.maps is None:
            return False
        return bool(np.median(self.maps.matched[self.maps.known]) >= MANY_MATCHED)

    def laid(self, frame: int) -> Ellipse | None:
        """Return the rim as the face's registration has it in a frame, or None without one."""
        if self.maps is None or self.rim is None or not self.maps.known[frame]:
            return None
        return mapped(self.rim, turn=self.maps.turn[frame], centre=self.maps.centre_px[frame])


def find_face(
    *, pictures: Pictures, mover: Mover, route: Route, outermost: float = OUTERMOST
) -> Face | None:
    """Find the rim among the rings, lay the face of all frames over one, and measure the rim.

    Parameters
    ----------
    pictures : Pictures
    mover : Mover
    route : Route
    outermost : float
        As `OUTERMOST`; less where a person has pointed at the rim.

    Returns
    -------
    Face or None
        None when no ring stands out or the plate is seen in too few frames.
    """
    flow = route.flow
    clue = clue_of(pictures=pictures, mover=mover, flow=flow, outermost=outermost)
    if clue is None:
        return None
    maps = route.maps
    as_wide = abs(mover.outer.radius_px / clue.start.radius - 1) <= SAME_RIM
    plain = maps is not None and as_wide
    if not plain:
        maps = lay_all(
            pictures=pictures,
            path_px=clue.path + apart_px(ring=mover.outer, path_px=clue.path),
            radius_px=clue.radius_px,
            candidates=clue.frames,
            first=flow.first,
            stop=flow.stop,
        )
    found = None if maps is None else _registered_face(clue=clue, maps=maps)
    if found is None:
        return _unregistered_face(clue)
    laid, outline = found
    if plain:
        return laid
    fits = _fits_of(clue=clue, rim_in=replace(laid, rim=outline).laid)
    if _median_of(fits, "residual_px") < SHARP_RADII * laid.model.radius_px[0]:
        return laid
    if laid.is_rich and not _is_astray(fits, radius_px=laid.model.radius_px[0]):
        return laid
    alone = _unregistered_face(clue)
    return alone if alone is not None and _is_clearer(alone, fits=fits, clue=clue) else laid


def _is_astray(fits: dict[int, RimFit], *, radius_px: float) -> bool:
    """Say whether a fifth of single pictures show the rim elsewhere than it was predicted."""
    away_px = [np.hypot(fit.dx_px, fit.dy_px) for fit in fits.values()]
    return bool(away_px) and bool(np.quantile(away_px, 0.8) > ASTRAY_RADII * radius_px)


def _is_clearer(alone: Face, *, fits: dict[int, RimFit], clue: Clue) -> bool:
    """Say whether the rim on its own fits the pictures far better than as the face lays it.

    A few corners place a face badly and, from template to template, ever worse: its size drifts,
    and what is a sharp circle in every picture becomes a ragged one.
    """
    centres = alone.model.centres(clue.path)

    def rim_in(frame: int) -> Ellipse | None:
        return alone.model.at(x_px=centres[frame, 0], y_px=centres[frame, 1])

    own = _fits_of(clue=clue, rim_in=rim_in)
    both = sorted(fits.keys() & own.keys())
    if len(both) < 4:
        return False
    own, laid = ({frame: some[frame] for frame in both} for some in (own, fits))
    sharper = _median_of(own, "residual_px") < CLEARLY_SHARPER * _median_of(laid, "residual_px")
    return sharper and min(_median_of(own, "support"), _median_of(own, "visible")) >= FIRM_SUPPORT


def _fits_of(*, clue: Clue, rim_in: Callable[[int], Ellipse | None]) -> dict[int, RimFit]:
    """Return fits of the rim to single frames, by frame, against where it is said to be."""
    fits = {}
    for frame in clue.frames.tolist():
        rim = rim_in(frame)
        if rim is None:
            continue
        located = locate_rim(
            image=clue.pictures.luma(frame),
            rim=rim,
            reach_px=max(3.0, 0.08 * rim.radius_px),
            band_px=max(3.0, 0.03 * rim.radius_px),
        )
        if located is not None:
            voted, fit = located
            dx_px, dy_px = voted.x_px - rim.x_px, voted.y_px - rim.y_px
            fits[frame] = replace(fit, dx_px=dx_px + fit.dx_px, dy_px=dy_px + fit.dy_px)
    return fits


def _median_of(fits: dict[int, RimFit], name: str) -> float:
    """Return the median of one of the fits' figures; infinite without fits."""
    return float(np.median([getattr(fit, name) for fit in fits.values()])) if fits else np.inf


def _registered_face(*, clue: Clue, maps: FaceMaps) -> tuple[Face, Ellipse] | None:
    """Fit the rim once for all frames that were registered, laid over one another.

    The near face's rim stays put there, at whatever height the plate is; the back edge of its wall,
    which shows above or beside the face when the camera looks down on it, doesn't. Returned with it
    is the outline of face and wall in the reference frame, which is what a single picture shows.
    """
    frames, path, start, free_shape = clue.frames, clue.path, clue.start, clue.free_shape
    laid = frames[maps.known[frames]]
    if len(laid) < max(8, MIN_REGISTERED * len(frames)):
        return None
    heights = path[:, 1]
    if np.ptp(heights[laid]) < 0.7 * np.ptp(heights[frames]):
        return None
    # the start's offset is from the path, which may be far off in any one frame, the maps'
    # reference among them: all frames together tell where in the reference it lies
    away = path[laid] + [start.x, start.y] - maps.centre_px[laid]
    x, y = np.median(np.linalg.solve(maps.turn[laid], away[:, :, None])[:, :, 0], axis=0).tolist()
    grown = float(np.median([np.sqrt(abs(np.linalg.det(turn))) for turn in maps.turn[laid]]))
    start = replace(start, x=x, y=y, radius=start.radius / grown)
    if not free_shape:
        aslant = shape_aslant(mover=clue.mover, radius_px=start.radius * grown, maps=maps)
        free_shape = aslant is None
        cosine, sine = aslant or (0.0, 0.0)
        start = replace(start, cosine=cosine, sine=sine)
    stack = Stack(clue.pictures, laid, maps.turn[laid], maps.centre_px[laid])
    fitted = shape_of_stack(
        stack=stack,
        start=start,
        fine=True,
        free_shape=free_shape,
        # a hand points at a plate less well than dozens of detections do
        strayed=MAX_STRAYED_RADII if clue.mover.samples > 1 else np.inf,
    )
    if fitted is None:
        return None
    own = fitted
    rings = rings_within(mover=clue.mover, maps=maps, radius_px=fitted.shape.radius * grown)
    if rings is not None:
        fitted = about_rings(stack=stack, fitted=fitted, rings=rings, free_shape=free_shape)
    outline = fitted.shape.on(np.zeros(2))
    fitted = beside_least_wall(
        stack=stack,
        fitted=fitted,
        # what the rings had to tell of the rim's place and shape stands
        free_centre=fitted is own,
        free_shape=free_shape and fitted is own,
    )
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
        jump=clue.jump,
        reach=float(np.ptp(heights[laid])),
    )
    face = Face(model=model, support=fitted.support, maps=maps, rim=rim, angular=fitted.angular)
    return face, outline


def _unregistered_face(clue: Clue) -> Face | None:
    """Fit the rim at three heights, then in every frame of the stack on its own."""
    frames, path, radius_px = clue.frames, clue.path, clue.radius_px
    about = float(np.median(path[frames, 1]))
    heights = path[frames, 1] - about
    several = np.ptp(heights) > float(radius_px[frames].mean()) and len(frames) >= 24
    stacks: list[Stack] = []
    fits: list[Fitted] = []
    middles: list[float] = []
    for group in np.array_split(np.argsort(heights), 3 if several else 1):
        radius = float(radius_px[frames[group]].mean())
        turn = (radius_px[frames[group]] / radius)[:, None, None] * np.eye(2)
        stack = Stack(clue.pictures, frames[group], turn, path[frames[group]])
        fitted = shape_of_stack(
            stack=stack,
            start=replace(clue.start, radius=radius),
            fine=False,
            free_shape=clue.free_shape,
        )
        if fitted is not None:
            stacks.append(stack)
            fits.append(fitted)
            middles.append(float(heights[group].mean()))
    if not fits:
        return None
    fits = back_on_rings(
        stacks=stacks, fits=fits, mover=clue.mover, path=path, free_shape=clue.free_shape
    )
    shapes = [
        fitted.shape for fitted in reconciled(stacks=stacks, fits=fits, free_shape=clue.free_shape)
    ]
    model = through(
        about=about,
        heights=np.array(middles),
        shapes=shapes,
        weight=np.ones(len(shapes)),
        slope=clue.growth,
        jump=clue.jump,
        reach=float(np.ptp(heights)),
        shape_held=SHAPE_HELD,
    )
    for _ in range(2):
        model = _refined(clue=clue, model=model)
    return Face(
        model=model,
        support=float(np.median([fit.support for fit in fits])),
        angular=bool(np.mean([fit.angular for fit in fits]) > 0.5),
    )


def _refined(*, clue: Clue, model: RimModel) -> RimModel:
    """Measure size and shape in every frame on its own, and put the model through them."""
    frames, path = clue.frames, clue.path
    heights, shapes, weights = [], [], []
    centres = model.centres(path)
    for frame in frames:
        rim = model.at(x_px=centres[frame, 0], y_px=centres[frame, 1])
        located = locate_rim(
            image=clue.pictures.luma(int(frame)),
            rim=rim,
            reach_px=max(3.0, 0.06 * rim.radius_px),
            band_px=max(3.0, 0.04 * rim.radius_px),
            free_size=True,
            free_shape=clue.free_shape,
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
        shape_held=SHAPE_HELD,
    )
