"""What the rings within the face tell of its rim.

A camera that looks past the edge of a plate, or of a stack of them, sees its wall, whose back edge
is easily taken for the rim. The rings within the face show no wall: circles about one axis, they
have the rim's centre and its shape. All lengths are pixels of the working picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from barpath.chains import Chain, Mover
from barpath.plate import Ellipse
from barpath.tracking.register import FaceMaps
from barpath.tracking.shape import Shape, mapped
from barpath.tracking.stack import (
    Fitted,
    Stack,
    fit_stack,
    outermost_edge,
)

FloatArray = NDArray[np.float64]

INNER_RING = (0.45, 0.9)
MIN_SEEN = 10
CLEARLY_FLAT = 0.03
"""A ring this large in radii of the rim, detected this often and with this much of a second
harmonic (20 degrees aslant), tells the rim's shape; those of smaller ones are good to 0.02."""

ROUND_SHARE = 0.1
"""A larger ring of which fewer detections than this are ellipses is round (0.06 on a round plate
behind a smaller one that shows its wall; 0.15 and more on faces at 20 degrees)."""

LIP = (0.75, 0.96)
"""Rings of these radii, in radii of the rim, lie in the plane of the face."""

WALL_SEEN = (0.015, 0.008)
"""A fit this far from the rings' middle, in radii, and this much longer that way took in the wall;
this much shorter, a lip.
On real plates seen from the side the two are within 0.01 of each other."""

NEAR_RING = (0.68, 0.96)
"""The same, with the rim of a plate one size smaller in front."""

BESIDE_RADII = 0.1
"""A fit this far from the middle of such rings is of the back of the stack."""

CIRCLE = 0.999
MIN_ELLIPSES = 8
"""Rings this round were taken for circles; so many that weren't tell the shape to 0.01."""

FLAT_WITH_CIRCLES = 0.02
"""Second harmonic of all detections, circles among them, below which the plate is round: the few
that weren't taken for circles are then its worst detections (0.007 on a round plate of which a
sixth weren't; 0.03 on a flat one)."""

CONTRADICTED = 0.03
"""A fit whose second harmonic is this far from the rings' holds on to something that isn't the
rim: the back of a stack above, the floor's edge below. On real plates they agree to 0.012."""

CONCENTRIC_SHARE = 0.7
"""Support that the fit about the rings' middle must keep: the wall hides the rest of the edge."""


def shape_aslant(
    *, mover: Mover, radius_px: float, maps: FaceMaps | None = None
) -> tuple[float, float] | None:
    """Return the second harmonic of a ring within the face that is clearly flattened, if any.

    Seen well aslant, the outline of a stack of plates is on one side that of its back. A ring
    within the face hides nothing, and circles about one axis look alike: the rim has its shape.
    With maps it is the shape in their reference frame: a face is foreshortened differently at every
    height, and the maps say by how much. A smaller plate in front may show its own wall: where a
    larger ring is round, so is the rim.
    """
    within = [
        ring
        for ring in mover.rings
        if INNER_RING[0] < ring.radius_px / radius_px < INNER_RING[1]
        and len(ring.frame) >= MIN_SEEN
    ]
    if not within:
        return None
    ring = max(within, key=lambda ring: len(ring.frame))
    if any(_is_round(other) for other in mover.rings if other.radius_px > ring.radius_px):
        return None
    if maps is None:
        cosine, sine = flattening(ring)
    else:
        laid = [_laid_back(rim, frame=frame, maps=maps) for frame, rim in _known(ring, maps)]
        if len(laid) < MIN_SEEN:
            return None
        cosine, sine = np.median([(shape.cosine, shape.sine) for shape in laid], axis=0).tolist()
    return (cosine, sine) if np.hypot(cosine, sine) > CLEARLY_FLAT else None


def _is_round(ring: Chain) -> bool:
    """Say whether a ring was seen often, and nearly always taken for a circle."""
    return len(ring.frame) >= MIN_SEEN and float(np.mean(ring.rims[:, 3] < CIRCLE)) < ROUND_SHARE


def _known(ring: Chain, maps: FaceMaps) -> list[tuple[int, FloatArray]]:
    """Return the frames, and what was detected of a ring in them, that have a map."""
    pairs = zip(ring.frame.tolist(), ring.rims, strict=True)
    return [(frame, rim) for frame, rim in pairs if maps.known[frame]]


def _laid_back(rim: FloatArray, *, frame: int, maps: FaceMaps) -> Shape:
    """Return a detected ring as it is in the reference frame."""
    x, y, radius, ratio, angle = rim
    back = np.linalg.inv(maps.turn[frame])
    about = Ellipse(0.0, 0.0, radius, ratio, angle)
    away = np.array([x, y]) - maps.centre_px[frame]
    return Shape.of(mapped(about, turn=back, centre=back @ away), origin=np.zeros(2))


def flattening(ring: Chain) -> tuple[float, float]:
    """Return the median second harmonic of a ring's detections."""
    turn = 2 * np.deg2rad(ring.rims[:, 4])
    stretch = (1 - ring.rims[:, 3]) / (1 + ring.rims[:, 3])
    return float(np.median(stretch * np.cos(turn))), float(np.median(stretch * np.sin(turn)))


@dataclass(frozen=True)
class Rings:
    """What the rings just inside the rim have in common, in the reference frame.

    Attributes
    ----------
    middle_px : ndarray, shape (2,)
        Their centre.
    flat : tuple of float or None
        Their second harmonic; None where too few were detected as ellipses: the detector calls a
        ring that is nearly round a circle.
    """

    middle_px: FloatArray
    flat: tuple[float, float] | None


def rings_within(*, mover: Mover, maps: FaceMaps, radius_px: float) -> Rings | None:
    """Return what the rings just inside the rim show, where enough of them were detected.

    They lie in the rim's own plane and show no wall, so the rim has their centre and their shape,
    however a camera that looks past the plate's edge sees its wall beside it.
    """
    seen: list[Shape] = []
    flat: list[tuple[float, float]] = []
    for ring in mover.rings:
        known = _known(ring, maps)
        if not LIP[0] < ring.radius_px / radius_px < LIP[1] or len(known) < MIN_SEEN:
            continue
        for frame, rim in known:
            shape = _laid_back(rim, frame=frame, maps=maps)
            seen.append(shape)
            if rim[3] < CIRCLE:
                flat.append((shape.cosine, shape.sine))
    if not seen:
        return None
    middle = np.median([(shape.x, shape.y) for shape in seen], axis=0)
    usual = np.hypot(*np.median([(shape.cosine, shape.sine) for shape in seen], axis=0))
    if len(flat) < MIN_ELLIPSES or usual < FLAT_WITH_CIRCLES:
        return Rings(middle, None)
    cosine, sine = np.median(flat, axis=0).tolist()
    return Rings(middle, (cosine, sine))


def about_rings(*, stack: Stack, fitted: Fitted, rings: Rings, free_shape: bool) -> Fitted:
    """Return the rim as its rings have it, where the free fit contradicts them; else the fit."""
    shape = fitted.shape
    cosine, sine = rings.flat or (0.0, 0.0)
    excess = replace(shape, cosine=shape.cosine - cosine, sine=shape.sine - sine)
    moved = np.array([shape.x, shape.y]) - rings.middle_px
    longer = _stretch_along(excess, moved)
    aside = np.hypot(*moved) >= WALL_SEEN[0] * shape.radius and abs(longer) >= WALL_SEEN[1]
    if rings.flat is not None:
        contradicted = np.hypot(excess.cosine, excess.sine) > CONTRADICTED
        if not (aside or contradicted):
            return fitted
        return _drawn_about(stack=stack, fitted=fitted, middle=rings.middle_px, flat=rings.flat)
    if not aside:
        return fitted
    return _without_wall(
        stack=stack, fitted=fitted, moved=moved, longer=longer, free_shape=free_shape
    )


def _drawn_about(
    *, stack: Stack, fitted: Fitted, middle: FloatArray, flat: tuple[float, float]
) -> Fitted:
    """Return the outermost edge of a given centre and shape: only its size is fitted."""
    start = Shape(float(middle[0]), float(middle[1]), fitted.shape.radius, *flat)
    start = replace(start, radius=start.radius * outermost_edge(stack=stack, shape=start))
    drawn = fit_stack(
        stack=stack, start=start, fine=True, led=False, free_centre=False, free_shape=False
    )
    return fitted if drawn is None else drawn


def back_on_rings(
    *, stacks: list[Stack], fits: list[Fitted], mover: Mover, path: FloatArray, free_shape: bool
) -> list[Fitted]:
    """Return rims fitted from the middle of their rings, where every fit strayed from it.

    The outline of a stack of plates seen aslant is as clear as the near one's rim, but lies beside
    the rings, which stay near their rim's middle even on a smaller plate in front.
    """
    radius = float(np.median([fit.shape.radius for fit in fits]))
    away = [
        ring.rims[:, :2] - path[ring.frame]
        for ring in mover.rings
        if NEAR_RING[0] < ring.radius_px / radius < NEAR_RING[1] and len(ring.frame) >= MIN_SEEN
    ]
    if not away:
        return fits
    x, y = np.median(np.concatenate(away), axis=0).tolist()
    if any(np.hypot(fit.shape.x - x, fit.shape.y - y) <= BESIDE_RADII * radius for fit in fits):
        return fits
    near = [
        fit_stack(
            stack=stack,
            start=replace(fit.shape, x=x, y=y),
            fine=False,
            led=False,
            free_shape=free_shape,
        )
        for stack, fit in zip(stacks, fits, strict=True)
    ]
    return [
        fit if new is None or new.support < CONCENTRIC_SHARE * fit.support else new
        for fit, new in zip(fits, near, strict=True)
    ]


def _without_wall(
    *, stack: Stack, fitted: Fitted, moved: FloatArray, longer: float, free_shape: bool
) -> Fitted:
    """Return the rim fitted about the middle of its rings, where the free fit took in the wall.

    A camera that looks past the edge of a plate sees its wall, and where the face's own edge is
    faint the fit goes to the back of the wall: it has moved from the rings' middle and is longer
    that way. One that holds on to a lip on one side has moved away from there, and is shorter.
    About that middle the face's edge is found all round, and it is round.
    """
    turn = 2 * np.arctan2(moved[1], moved[0])
    round_one = Shape(
        x=fitted.shape.x - float(moved[0]),
        y=fitted.shape.y - float(moved[1]),
        radius=fitted.shape.radius * (1 - longer),  # the extent across, which shows no wall
        cosine=fitted.shape.cosine - longer * np.cos(turn),
        sine=fitted.shape.sine - longer * np.sin(turn),
    )
    concentric = fit_stack(
        stack=stack,
        start=round_one,
        fine=True,
        led=False,
        free_centre=False,
        free_shape=free_shape,
    )
    if (
        concentric is None
        or concentric.support < CONCENTRIC_SHARE * fitted.support
        or _stretch_along(concentric.shape, moved) / longer > 0.5  # the same way as before
    ):
        return fitted
    return concentric


def _stretch_along(shape: Shape, way: FloatArray) -> float:
    """Return half the relative excess of an ellipse's extent along a direction over that across."""
    turn = 2 * np.arctan2(way[1], way[0])
    return float(shape.cosine * np.cos(turn) + shape.sine * np.sin(turn))
