"""The guard: OpenCV's CSRT tracker, sent through a gap to say where the plate may have gone.

CSRT survives occlusion and blur but returns whole-pixel boxes that wander by 2 to 4 px, and holds
on to the background as happily as to the plate. So it only proposes places; the rim decides.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.plate import Pictures
from barpath.tracking.shape import RimModel

FloatArray = NDArray[np.float64]

BOX_PX = 64
"""Side that the plate's box is shrunk to: CSRT's cost grows with the box, its accuracy doesn't."""

MAX_GAP_FRAMES = 240
"""Longer gaps are not searched: the plate has left the picture."""


def propose(
    *,
    pictures: Pictures,
    model: RimModel,
    path_px: FloatArray,
    frames: range,
    before: int | None,
    after: int | None,
) -> dict[int, list[tuple[float, float]]]:
    """Propose places to look for the rim in the frames of a gap.

    Parameters
    ----------
    pictures : Pictures
    model : RimModel
    path_px : ndarray, shape (n_frames, 2)
        Settled centre; right in the good frames.
    frames : range
        The gap.
    before, after : int or None
        Good frames on its two sides, where there are any.

    Returns
    -------
    dict
        For every frame, the centres that CSRT gives, coming from either side.
    """
    places: dict[int, list[tuple[float, float]]] = {frame: [] for frame in frames}
    if len(frames) > MAX_GAP_FRAMES:
        return places
    ways = []
    if before is not None:
        ways.append((before, list(frames)))
    if after is not None:
        ways.append((after, list(reversed(frames))))
    for good, way in ways:
        for frame, centre in _run_csrt(
            pictures=pictures, model=model, centre=path_px[good], good=good, way=way
        ):
            places[frame].append(centre)
    return places


def _run_csrt(
    *, pictures: Pictures, model: RimModel, centre: FloatArray, good: int, way: list[int]
) -> list[tuple[int, tuple[float, float]]]:
    """Run CSRT from a good frame along the way; return its boxes' centres while it has one."""
    rim = model.at(x_px=float(centre[0]), y_px=float(centre[1]))
    scale = min(1.0, BOX_PX / (2 * rim.radius_px))
    side = 2 * rim.radius_px * scale
    small = _shrunk(pictures, good, scale)
    box = [
        round((rim.x_px + 0.5) * scale - side / 2),
        round((rim.y_px + 0.5) * scale - side / 2),
        round(side),
        round(side),
    ]
    height, width = small.shape[:2]
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(width, box[0] + box[2]), min(height, box[1] + box[3])
    if right - left < 0.5 * side or bottom - top < 0.5 * side:
        return []
    # a box cut by the frame keeps its centre's place within the plate
    shift = np.array(
        [box[0] + box[2] / 2 - (left + right) / 2, box[1] + box[3] / 2 - (top + bottom) / 2]
    )
    tracker = cv2.TrackerCSRT.create(_quick())
    tracker.init(small, (left, top, right - left, bottom - top))
    places = []
    for frame in way:
        held, (x, y, w, h) = tracker.update(_shrunk(pictures, frame, scale))
        if not held:
            break
        at = (np.array([x + w / 2, y + h / 2]) + shift) / scale - 0.5
        places.append((frame, (float(at[0]), float(at[1]))))
    return places


def _quick() -> cv2.TrackerCSRT.Params:
    """Return the fastest settings that still hold a plate: 3 to 4 times the default's speed."""
    params = cv2.TrackerCSRT.Params()
    params.use_segmentation = False
    params.number_of_scales = 1
    params.template_size = 128
    return params


def _shrunk(pictures: Pictures, frame: int, scale: float) -> NDArray[np.uint8]:
    picture = pictures.luma(frame)
    if scale < 1:
        picture = np.asarray(
            cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        )
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
