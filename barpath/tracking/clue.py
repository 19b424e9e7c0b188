"""What is known of the plate before its rim is measured: which ring it is, roughly where and how.

All lengths are pixels of the working picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from barpath.chains import Mover
from barpath.plate import Pictures
from barpath.tracking.concentric import flattening, shape_aslant
from barpath.tracking.flow import Flow, apart_px, ring_radius
from barpath.tracking.rings import outermost_ring, spread_frames
from barpath.tracking.shape import Shape

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True)
class Clue:
    """What is known of the plate before its rim is measured.

    Attributes
    ----------
    pictures : Pictures
    mover : Mover
    frames : ndarray of int
        Sharp frames, spread over the heights.
    path : ndarray, shape (n_frames, 2)
        Rough centre of the followed ring.
    radius_px : ndarray, shape (n_frames,)
        Rough radius of the rim.
    growth : float
        By how much larger the ring looks a pixel farther down, as a share.
    start : Shape
        The rim, relative to the path, as it was detected.
    free_shape : bool
        Whether the rim's shape is to be fitted; a ring seen well aslant tells it.
    jump : float
        As in `RimModel`.
    """

    pictures: Pictures
    mover: Mover
    frames: IntArray
    path: FloatArray
    radius_px: FloatArray
    growth: float
    start: Shape
    free_shape: bool
    jump: float


def clue_of(*, pictures: Pictures, mover: Mover, flow: Flow, outermost: float) -> Clue | None:
    """Choose the frames to look at, and the ring that is the rim; None where there is none."""
    frames = spread_frames(flow=flow)
    if len(frames) < 4:
        return None
    level, slope = ring_radius(mover.main)
    path = flow.path_px
    ring_px = np.maximum(3.0, level + slope * path[:, 1])
    found = outermost_ring(
        pictures=pictures,
        frames=frames,
        path=path + apart_px(ring=mover.outer, path_px=path),
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
    return Clue(
        pictures=pictures,
        mover=mover,
        frames=frames,
        path=path,
        radius_px=share * ring_px,
        growth=slope / float(np.median(ring_px[frames])),
        start=start,
        free_shape=aslant is None,
        jump=jump,
    )


def _as_detected(*, mover: Mover, path: FloatArray, radius_px: float) -> Shape:
    """Return the rim's offset from the path and its shape, as the largest ring was detected.

    Seen at an angle the rings of a dished plate don't share a centre: without the offset the stack
    would be smeared by it.
    """
    ring = mover.outer
    apart = apart_px(ring=ring, path_px=path)
    start = Shape(float(apart[0]), float(apart[1]), radius_px)
    if abs(ring.radius_px / radius_px - 1) > 0.08:
        return start
    cosine, sine = flattening(ring)
    return replace(start, cosine=cosine, sine=sine)
