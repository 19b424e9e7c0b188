"""What the rings within the face tell of its rim.

A camera that looks past the edge of a plate, or of a stack of them, sees its wall, whose back edge
is easily taken for the rim. The rings within the face show no wall: circles about one axis, they
have the rim's centre and its shape. All lengths are pixels of the working picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from barpath.chains import Chain, Mover
from barpath.tracking.register import FaceMaps
from barpath.tracking.shape import Shape
from barpath.tracking.stack import Fitted, Stack, fit_stack

FloatArray = NDArray[np.float64]

INNER_RING = (0.45, 0.9)
MIN_SEEN = 10
CLEARLY_FLAT = 0.03
"""A ring this large in radii of the rim, detected this often and with this much of a second
harmonic (20 degrees aslant), tells the rim's shape; those of smaller ones are good to 0.02."""

LIP = (0.75, 0.96)
"""Rings of these radii, in radii of the rim, lie in the plane of the face."""

WALL_SEEN = (0.015, 0.008)
"""A fit this far from the rings' middle, in radii, and this much longer that way took in the wall.
On real plates seen from the side the two are within 0.01 of each other."""

CONCENTRIC_SHARE = 0.7
"""Support that the fit about the rings' middle must keep: the wall hides the rest of the edge."""


def shape_aslant(*, mover: Mover, radius_px: float) -> tuple[float, float] | None:
    """Return the second harmonic of a ring within the face that is clearly flattened, if any.

    Seen well aslant, the outline of a stack of plates is on one side that of its back. A ring
    within the face hides nothing, and circles about one axis look alike: the rim has its shape.
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
    cosine, sine = flattening(ring)
    return (cosine, sine) if np.hypot(cosine, sine) > CLEARLY_FLAT else None


def flattening(ring: Chain) -> tuple[float, float]:
    """Return the median second harmonic of a ring's detections."""
    turn = 2 * np.deg2rad(ring.rims[:, 4])
    stretch = (1 - ring.rims[:, 3]) / (1 + ring.rims[:, 3])
    return float(np.median(stretch * np.cos(turn))), float(np.median(stretch * np.sin(turn)))


def middle_of_rings(*, mover: Mover, maps: FaceMaps, radius_px: float) -> FloatArray | None:
    """Return where the rings just inside the rim have their centre, in the reference frame.

    They lie in the rim's own plane and show no wall, so the rim has the same centre, however a
    camera that looks past the plate's edge sees its wall beside it.
    """
    places = []
    for ring in mover.rings:
        share = ring.radius_px / radius_px
        seen = maps.known[ring.frame]
        if LIP[0] < share < LIP[1] and seen.sum() >= MIN_SEEN:
            frame = ring.frame[seen]
            away = ring.rims[seen, :2] - maps.centre_px[frame]
            places.append(np.linalg.solve(maps.turn[frame], away[..., None])[..., 0])
    return np.median(np.concatenate(places), axis=0) if places else None


def without_wall(*, stack: Stack, fitted: Fitted, middle: FloatArray, free_shape: bool) -> Fitted:
    """Return the rim fitted about the middle of its rings, where the free fit took in the wall.

    A camera that looks past the edge of a plate sees its wall, and where the face's own edge is
    faint the fit goes to the back of the wall: it has moved from the rings' middle and is longer
    that way. About that middle the face's edge is found all round, and it is round.
    """
    moved = np.array([fitted.shape.x, fitted.shape.y]) - middle
    longer = _stretch_along(fitted.shape, moved)
    if np.hypot(*moved) < WALL_SEEN[0] * fitted.shape.radius or longer < WALL_SEEN[1]:
        return fitted
    turn = 2 * np.arctan2(moved[1], moved[0])
    round_one = Shape(
        x=float(middle[0]),
        y=float(middle[1]),
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
        or _stretch_along(concentric.shape, moved) > 0.5 * longer
    ):
        return fitted
    return concentric


def _stretch_along(shape: Shape, way: FloatArray) -> float:
    """Return half the relative excess of an ellipse's extent along a direction over that across."""
    turn = 2 * np.arctan2(way[1], way[0])
    return float(shape.cosine * np.cos(turn) + shape.sine * np.sin(turn))
