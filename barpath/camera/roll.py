"""How far the camera is rolled: what is upright and level in the picture, and how the bar falls.

Posts, door frames and the edges of walls are upright, beams and skirting boards level; most long
straight edges near either direction are one or the other. A camera that looks up or down makes
uprights converge, so their lean is taken as affine in the column, and read off at the bar's own:
there it is what the bar's path must be turned by. What the bar itself tells (`plumb`) is joined
with it, each by its uncertainty.

Angles are degrees by which the scene is turned clockwise in the picture, the camera's roll
reversed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera.background import Image, find_scene, scene_mask, shrunk
from barpath.camera.motion import CameraMotion
from barpath.camera.plumb import MAX_ROLL_DEG, Lean, floor_lean, leans
from barpath.camera.viewpoint import UNEVEN_LENS, USUAL_FOCAL_SHARE
from barpath.plate import Pictures
from barpath.tracking import State, Track

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

UNSEEN_SD_DEG = 1.5
"""Roll of a phone that was set up level by eye, where the picture shows nothing upright."""

MIN_LENGTH = 0.05
"""Shortest edge that counts, as a share of the picture's long side."""

MAX_LENGTH = 0.25
"""An edge longer than this share counts no more for it."""

LIFTER_RADII = 2.0
"""Half width of the band round the bar's path in which limbs, not posts, are upright."""

_EDGE_SD_DEG = 0.6  # where edges begin not to belong together
_BUILT_SD_DEG = 0.3  # how upright one post is built, however well its edges agree
_UPRIGHT_SLOPE_SD = 6.0  # degrees of lean per long side: 5 degrees of pitch through a phone's lens
_LEVEL_SLOPE_SD = 8.0  # the same for level edges, by yaw
_LEVEL_SD_DEG = 1.0  # level edges that run in depth look tilted wherever they aren't at eye height
_FLOOR_SD_DEG = 0.2  # no two posts are truly parallel
_USUAL_SD_DEG = 3.0
_PRIOR_WEIGHT = 0.05  # an upright one deviation off the usual costs a tenth of a long edge
_SAME_PLACE = 0.03
_MIN_PLACES = 2
_MIN_SHARE = 0.3


@dataclass(frozen=True)
class Roll:
    """How far the camera is rolled.

    Attributes
    ----------
    roll_deg : float
        Clockwise as the camera's user sees it; NaN where nothing tells.
    sd_deg : float
        One standard deviation; `UNSEEN_SD_DEG` where nothing tells.
    """

    roll_deg: float
    sd_deg: float


def estimate_roll(
    *,
    pictures: Pictures,
    track: Track,
    motion: CameraMotion,
    factor: float,
    plate_diameter_cm: float,
) -> Roll:
    """Estimate the camera's roll at the bar's column.

    Parameters
    ----------
    pictures : Pictures
    track : Track
        Where the lifter is, for limbs are no evidence; and how the bar falls and rests.
    motion : CameraMotion
        The roll is that of its reference frame.
    factor : float
        Displayed pixels per working pixel.
    plate_diameter_cm : float

    Returns
    -------
    Roll
    """
    seen, lens_sd_deg = _of_edges(pictures=pictures, track=track, motion=motion, factor=factor)
    fallen = leans(track=track, motion=motion, plate_diameter_cm=plate_diameter_cm)
    rests = floor_lean(track=track, motion=motion, plate_diameter_cm=plate_diameter_cm)
    if rests is not None and rests.sd_deg > UNSEEN_SD_DEG:
        rests = None  # less than is known of a phone without looking
    roll = _joined([*seen, *fallen], floor=rests)
    return replace(roll, sd_deg=float(np.hypot(roll.sd_deg, lens_sd_deg)))


def _joined(found: list[Lean], *, floor: Lean | None) -> Roll:
    """Join what tells the lean, each by its uncertainty.

    Where only the floor's line does, it is weighed against what a phone set up by eye may be off.
    Where they disagree by more than their uncertainties, the joint one grows by as much (Birge
    1932, Phys. Rev. 40, 207-227).
    """
    if not found and floor is None:
        return Roll(roll_deg=float("nan"), sd_deg=UNSEEN_SD_DEG)
    by_eye = [] if found else [Lean(0.0, UNSEEN_SD_DEG)]
    every = [*found, *by_eye, *([] if floor is None else [floor])]
    lean = np.array([one.lean_deg for one in every])
    information = np.array([one.sd_deg for one in every]) ** -2
    mean = float(np.average(lean, weights=information))
    spread = float(information @ (lean - mean) ** 2) / max(1, len(every) - 1)
    return Roll(roll_deg=-mean, sd_deg=float(np.sqrt(max(1.0, spread) / information.sum())))


def _of_edges(
    *, pictures: Pictures, track: Track, motion: CameraMotion, factor: float
) -> tuple[list[Lean], float]:
    """Read the scene's lean off edges that are upright, and off those that are level.

    And say how far the lens, of which nothing is known, may lean uprights against the bar's way.
    """
    picture = _still_picture(pictures=pictures, track=track, motion=motion)
    mask = _evidence_mask(pictures=pictures, track=track, factor=factor)
    segments = _segments(picture=picture, mask=mask)
    if not len(segments):
        return [], 0.0
    long_side = max(picture.shape)
    run, middle = segments[:, 2:] - segments[:, :2], (segments[:, 2:] + segments[:, :2]) / 2
    weight = np.minimum(np.hypot(run[:, 0], run[:, 1]) / long_side, MAX_LENGTH)
    bar = float(np.nanmedian(track.x_px)) / factor
    bar_y = float(np.nanmin(track.y_px) + np.nanmax(track.y_px)) / 2 / factor
    upright = _turned(np.degrees(np.arctan2(run[:, 0], -run[:, 1])))
    level = _turned(np.degrees(np.arctan2(run[:, 1], run[:, 0])))
    bend_deg = _bend_deg(middle, picture) - _bend_deg(np.array([[bar, bar_y]]), picture)
    found = [
        _consensus(upright, (middle[:, 0] - bar) / long_side, weight, _UPRIGHT_SLOPE_SD),
        _consensus(
            level, (middle[:, 1] - picture.shape[0] / 2) / long_side, weight, _LEVEL_SLOPE_SD
        ),
    ]
    read = [
        Lean(one.angle_deg, float(np.hypot(one.sd_deg, floor)))
        for one, floor in zip(found, (_FLOOR_SD_DEG, _LEVEL_SD_DEG), strict=True)
        if one is not None
    ]
    # all posts are off by the same lens; level edges run in depth by far more than it bends them
    return read, abs(float(found[0].share @ bend_deg)) if found[0] is not None else 0.0


def _bend_deg(at: FloatArray, picture: Image) -> FloatArray:
    """Say how far an unknown lens leans uprights at places (n, 2), as one standard deviation.

    Distortion moves what is u, v focal lengths from the middle aside by ``k1 u (u^2 + v^2)``, which
    leans an upright by ``2 k1 u v``.
    """
    height, width = picture.shape[:2]
    u, v = ((at - (width / 2, height / 2)) / (USUAL_FOCAL_SHARE * max(height, width))).T
    bend: FloatArray = np.degrees(2 * UNEVEN_LENS * u * v)
    return bend


def _turned(angle_deg: FloatArray) -> FloatArray:
    """Bring angles of undirected lines into [-90, 90)."""
    turned: FloatArray = (angle_deg + 90) % 180 - 90
    return turned


def _still_picture(*, pictures: Pictures, track: Track, motion: CameraMotion) -> Image:
    """Return the median of three pictures, or the reference frame if the camera moves."""
    if motion.moving:
        return pictures.luma(motion.reference)
    seen = np.flatnonzero(track.state > State.LOST)
    a, b, c = (pictures.luma(int(seen[i])) for i in (0, len(seen) // 2, -1))
    median: Image = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
    return median


def _evidence_mask(*, pictures: Pictures, track: Track, factor: float) -> Image:
    """Mark where upright edges are evidence, 255 where they are.

    Not near the lifter, and not below the bar's lowest place: joints of the floor that run away
    from the camera look upright there.
    """
    small = shrunk(pictures=pictures, factor=factor)
    height, width = pictures.shape
    scene = scene_mask(scene=find_scene(small=small, track=track), shape=small.shape)
    mask: Image = cv2.resize(scene, (width, height), interpolation=cv2.INTER_NEAREST).astype(
        np.uint8, copy=False
    )
    radius = track.radius_px / factor
    left = int(np.nanmin(track.x_px / factor - LIFTER_RADII * radius))
    right = int(np.nanmax(track.x_px / factor + LIFTER_RADII * radius)) + 1
    mask[:, max(0, left) : max(0, right)] = 0
    mask[int(np.nanmax(track.y_px) / factor) :] = 0
    return mask


def _segments(*, picture: Image, mask: Image) -> FloatArray:
    """Return long straight edges whose middles are evidence: x1, y1, x2, y2, shape (n, 4)."""
    lines = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(picture)[0]
    if lines is None:
        return np.empty((0, 4))
    segments = np.asarray(lines, dtype=np.float64).reshape(-1, 4)
    long = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    at = ((segments[:, :2] + segments[:, 2:]) / 2).astype(np.intp)
    kept = (long >= MIN_LENGTH * max(picture.shape)) & (mask[at[:, 1], at[:, 0]] > 0)
    evidence: FloatArray = segments[kept]
    return evidence


@dataclass(frozen=True)
class _Agreed:
    """The angle that most edges agree on, its sd, and what each edge (n,) has to say in it."""

    angle_deg: float
    sd_deg: float
    share: FloatArray


def _consensus(
    angle_deg: FloatArray, at: FloatArray, weight: FloatArray, slope_sd: float
) -> _Agreed | None:
    """Return the angle at 0 of the line ``angle + slope * at`` that most edges lie on.

    None where too few places agree. The best of a grid is refined by weighted least squares, the
    slope held by its prior; edges at one place (both sides of a post) are one piece of evidence.
    """
    near = np.abs(angle_deg) <= MAX_ROLL_DEG
    if near.sum() < _MIN_PLACES:
        return None
    angle, u = angle_deg[near], at[near]
    place = _places(u)
    w = weight[near] * np.minimum(1, MAX_LENGTH / np.bincount(place, weight[near])[place])
    tries = np.arange(-MAX_ROLL_DEG, MAX_ROLL_DEG + 0.1, 0.2)[:, None]
    slopes = np.linspace(-2.5 * slope_sd, 2.5 * slope_sd, 41)
    miss = angle - tries[..., None] - slopes[:, None] * u
    unlikely = 0.5 * (slopes / slope_sd) ** 2 + 0.5 * (tries / _USUAL_SD_DEG) ** 2
    score = np.exp(-0.5 * (miss / _EDGE_SD_DEG) ** 2) @ w - _PRIOR_WEIGHT * unlikely
    best = np.unravel_index(int(score.argmax()), score.shape)
    lean, slope = float(tries[best[0], 0]), float(slopes[best[1]])
    for _ in range(5):
        miss = angle - lean - slope * u
        trust = w / (1 + (miss / _EDGE_SD_DEG) ** 2) ** 2
        agree = np.abs(miss) < 3 * _EDGE_SD_DEG
        places = len(np.unique(place[agree]))
        if places < _MIN_PLACES:
            return None
        trust *= places / trust.sum()
        design = np.column_stack([np.ones_like(u), u])
        normal = (design.T * trust) @ design / _EDGE_SD_DEG**2 + np.diag([0, slope_sd**-2])
        covariance = np.linalg.inv(normal)
        says = covariance @ (design.T * trust)
        lean, slope = says @ angle / _EDGE_SD_DEG**2
    if w[agree].sum() < _MIN_SHARE * w.sum():
        return None
    scatter = float(np.average(miss**2, weights=trust)) + _BUILT_SD_DEG**2
    doubt = min(1.0, scatter / _EDGE_SD_DEG**2)
    share = np.zeros_like(angle_deg)
    share[near] = says[0] / _EDGE_SD_DEG**2
    return _Agreed(float(lean), float(np.sqrt(doubt * covariance[0, 0])), share)


def _places(at: FloatArray) -> NDArray[np.intp]:
    """Give each edge the number of its place: edges within `_SAME_PLACE` of its first share one.

    Parted by gaps alone, the posts of a rack would run together into a single place.
    """
    place = np.empty(len(at), dtype=np.intp)
    number, first = -1, -np.inf
    for edge in np.argsort(at).tolist():
        if at[edge] - first > _SAME_PLACE:
            number, first = number + 1, at[edge]
        place[edge] = number
    return place
