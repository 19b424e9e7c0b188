"""Where the plate goes, roughly: enough to know where to look for its rim.

A face in plain view is laid over one frame's face straight from where it was detected, which tells
its path as well. Any other is followed from frame to frame first. All lengths are pixels of
the working picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.chains import Chain, Mover
from barpath.pixels import enlarged_px
from barpath.plate import Ellipse, Pictures, Plate
from barpath.tracking.flow import Flow, apart_px, ring_radius, shot_of, trace
from barpath.tracking.register import FaceMaps, lay_plain
from barpath.tracking.settling import step_sd_px
from barpath.tracking.track import Track, as_states

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Route:
    """The plate's rough path, and how its face lies in every frame where that is known already.

    Attributes
    ----------
    flow : Flow
    maps : FaceMaps or None
        Of the face as wide as the largest ring detected; None where it was followed from frame to
        frame.
    """

    flow: Flow
    maps: FaceMaps | None = None


def find_route(*, pictures: Pictures, mover: Mover, cuts: tuple[int, ...] = ()) -> Route:
    """Find a mover's rough path through the shot that it was seen in.

    Parameters
    ----------
    pictures : Pictures
    mover : Mover
    cuts : tuple of int
        First frames after hard cuts.

    Returns
    -------
    Route
    """
    first, stop = shot_of(chain=mover.main, cuts=cuts, count=len(pictures))
    detected_px = _between(chain=mover.main, time_s=pictures.time_s)
    off_px = apart_px(ring=mover.outer, path_px=detected_px)
    level, slope = ring_radius(mover.outer)
    maps = lay_plain(
        pictures=pictures,
        path_px=detected_px + off_px,
        radius_px=np.maximum(3.0, level + slope * detected_px[:, 1]),
        seen=mover.main.frame,
        first=first,
        stop=stop,
    )
    if maps is None:
        return Route(flow=trace(pictures=pictures, chain=mover.main, cuts=cuts))
    path_px = np.full_like(detected_px, np.nan)
    frames, known = np.arange(first, stop), np.flatnonzero(maps.known)
    for axis in (0, 1):
        path_px[frames, axis] = np.interp(
            pictures.time_s[frames], pictures.time_s[known], maps.centre_px[known, axis]
        )
    # a step from or to a frame without a map isn't known
    step_px = np.diff(maps.centre_px, axis=0, prepend=np.nan)
    step_sd = step_sd_px(step_px=step_px, time_s=pictures.time_s, radius_px=mover.main.radius_px)
    flow = Flow(
        first=first, stop=stop, step_px=step_px, step_sd_px=step_sd, path_px=path_px - off_px
    )
    return Route(flow=flow, maps=maps)


def as_track(
    *, route: Route, mover: Mover, time_s: FloatArray, factor: float, cuts: tuple[int, ...]
) -> Track:
    """Give a route as a track, as wide as the largest ring detected, with no errors stated.

    Parameters
    ----------
    route : Route
    mover : Mover
    time_s : ndarray, shape (n_frames,)
    factor : float
        Displayed pixels per working pixel.
    cuts : tuple of int

    Returns
    -------
    Track
    """
    x_px, y_px = enlarged_px(route.flow.path_px, factor=factor).T
    known = np.isfinite(x_px)
    radius_px, unknown = factor * mover.outer.radius_px, np.full(len(time_s), np.nan)
    best = int(mover.main.frame[0])
    return Track(
        time_s=time_s,
        x_px=x_px,
        y_px=y_px,
        radius_px=np.where(known, radius_px, np.nan),
        axis_ratio=np.where(known, 1.0, np.nan),
        angle_deg=np.where(known, 0.0, np.nan),
        sd_px=unknown,
        residual_px=unknown,
        state=as_states(tracked=known, bridged=np.zeros_like(known)),
        radius_sd_px=math.nan,
        plate=Plate(
            frame=best,
            rim=Ellipse(float(x_px[best]), float(y_px[best]), radius_px),
            confidence=math.nan,
        ),
        cut_frames=cuts,
    )


def _between(*, chain: Chain, time_s: FloatArray) -> FloatArray:
    """Return a ring's centre in every frame, shape (n_frames, 2), straight between detections."""
    seen_s = time_s[chain.frame]
    return np.column_stack([np.interp(time_s, seen_s, chain.rims[:, axis]) for axis in (0, 1)])
