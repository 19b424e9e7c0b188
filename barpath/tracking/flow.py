"""How the plate's face moves from each frame to the next.

Lucas-Kanade points on the face say how far the plate went between two frames to a few hundredths of
a pixel, but their sum drifts; detections of the plate's rings a few times a second don't drift but
are good to a pixel or two. A least-squares path through both is good enough to know where to look
for the rim in every frame. All lengths are pixels of the working picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.chains import Chain
from barpath.plate import Pictures
from barpath.threads import side_by_side
from barpath.tracking.points import match_points
from barpath.tracking.settling import filled_steps, settle, step_sd_px

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

ANCHOR_SD_RADII = 0.02
"""Error of a detected ring's centre."""

MATCH_RADIUS_PX = 40.0
"""Larger plates are matched in pictures shrunk to this radius: the path is rough anyway."""

HUB_SHARE = 0.3
"""Corners nearer the centre than this share of the ring's radius lie on hub, collar and sleeve,
which stand out of the face and move differently."""

_CORNERS = 50
_WINDOW_PX = 11
_CLOSURE_PX = 0.7


@dataclass(frozen=True)
class Flow:
    """The face's motion from frame to frame and the path it adds up to.

    Attributes
    ----------
    first, stop : int
        The frames between the cuts round the bar: those that can be followed.
    step_px : ndarray, shape (n_frames, 2)
        Motion of the centre since the frame before; NaN where the face couldn't be matched.
    step_sd_px : ndarray, shape (n_frames,)
        Its standard deviation; large where the step is unknown or belied by the detections.
    path_px : ndarray, shape (n_frames, 2)
        Rough centre of the followed ring; NaN outside `first` to `stop`.
    """

    first: int
    stop: int
    step_px: FloatArray
    step_sd_px: FloatArray
    path_px: FloatArray


def trace(*, pictures: Pictures, chain: Chain, cuts: tuple[int, ...] = ()) -> Flow:
    """Follow the face through the shot its chain was seen in, both ways from the chain's middle.

    Parameters
    ----------
    pictures : Pictures
    chain : Chain
        Detections of the ring to follow.
    cuts : tuple of int
        First frames after hard cuts.

    Returns
    -------
    Flow
    """
    count = len(pictures)
    first, stop = shot_of(chain=chain, cuts=cuts, count=count)
    seed = _middle(chain)
    radius = ring_radius(chain)
    step_px = np.full((count, 2), np.nan)
    path_px = np.full((count, 2), np.nan)
    ways = [range(seed, stop), range(seed, first - 1, -1)]
    walked = side_by_side(
        lambda way: _walk(pictures=pictures, chain=chain, radius=radius, way=way), ways
    )
    for way, (centre_px, moved_px) in zip(ways, walked, strict=True):
        frames = np.array(way)
        path_px[frames] = centre_px
        if way.step > 0:
            step_px[frames[1:]] = moved_px[1:]
        else:
            step_px[frames[:-1]] = -moved_px[1:]
    return _settle_rough(
        chain=chain,
        time_s=pictures.time_s,
        step_px=step_px,
        path_px=path_px,
        first=first,
        stop=stop,
    )


def shot_of(*, chain: Chain, cuts: tuple[int, ...], count: int) -> tuple[int, int]:
    """Return the first frame of the shot that the chain's middle is in, and the one after it."""
    seed = _middle(chain)
    first = max([0, *[cut for cut in cuts if cut <= seed]])
    return first, min([count, *[cut for cut in cuts if cut > seed]])


def _middle(chain: Chain) -> int:
    """Return the chain's middle frame."""
    return int(chain.frame[len(chain.frame) // 2])


def ring_radius(chain: Chain) -> tuple[float, float]:
    """Return the ring's radius as ``a + b y``, fitted robustly to the chain.

    Seen by a pinhole camera, a plate moving in a plane has a radius that is affine in its place in
    the picture, because inverse depth on a plane is.
    """
    y, radius = chain.rims[:, 1], chain.rims[:, 2]
    middle = float(np.median(y))
    design = np.column_stack([np.ones_like(y), y - middle])
    # the slope is held to zero by a chain that hardly travels
    hold = np.diag([0.0, 0.02 * len(y) * (0.5 * chain.radius_px) ** 2])
    weight = np.ones_like(y)
    level, slope = chain.radius_px, 0.0
    for _ in range(10):
        normal = design.T @ (design * weight[:, None]) + hold
        level, slope = np.linalg.solve(normal, design.T @ (radius * weight))
        miss = np.abs(radius - level - slope * (y - middle))
        weight = 1 / (1 + (miss / (2 * np.median(miss) + 0.2)) ** 2)
    return float(level - slope * middle), float(slope)


def apart_px(*, ring: Chain, path_px: FloatArray) -> FloatArray:
    """Return how far a ring's centre lies from a path of the plate, shape (2,).

    Seen at an angle the rings of a dished plate don't share a centre.
    """
    apart: FloatArray = np.median(ring.rims[:, :2] - path_px[ring.frame], axis=0)
    return apart


def _walk(
    *, pictures: Pictures, chain: Chain, radius: tuple[float, float], way: range
) -> tuple[FloatArray, FloatArray]:
    """Walk one way from the seed; return centres and steps (NaN where unmatched) along the way."""
    expected = np.column_stack(
        [
            np.gradient(np.interp(np.arange(len(pictures)), chain.frame, chain.rims[:, axis]))
            for axis in (0, 1)
        ]
    )
    anchors = {int(frame): rim[:2] for frame, rim in zip(chain.frame, chain.rims, strict=True)}
    centre = anchors[way[0]].copy()
    before = pictures.luma(way[0])
    speed = np.zeros(2)
    unmatched = 0
    centres, moved = [centre], [np.full(2, np.nan)]
    for frame in way[1:]:
        now = pictures.luma(frame)
        size = max(5.0, radius[0] + radius[1] * centre[1])
        step = match_face(
            before=before,
            now=now,
            centre=centre,
            radius_px=size,
            guess=speed,
            expected=expected[frame] * way.step,
        )
        if step is None:
            unmatched += 1
            # coast a little, then wait where the plate was last seen
            speed = speed * 0.8 if unmatched < 8 else np.zeros(2)
            centre = centre + speed
        else:
            unmatched, speed = 0, step
            centre = centre + step
        moved.append(np.full(2, np.nan) if step is None else step)
        anchor = anchors.get(frame)
        if anchor is not None:
            far = np.hypot(*(anchor - centre)) > 0.2 * size
            centre = centre + (1.0 if far else 0.3) * (anchor - centre)
        centres.append(centre)
        before = now
    return np.array(centres), np.array(moved)


def match_face(
    *,
    before: Image,
    now: Image,
    centre: FloatArray,
    radius_px: float,
    guess: FloatArray,
    expected: FloatArray,
) -> FloatArray | None:
    """Return how far the plate's centre moved between two pictures, or None where it can't be told.

    Pyramidal Lucas-Kanade on corners of the face, checked forwards and backwards, then a
    similarity that most of them agree on (RANSAC). `guess` starts the search; `expected` is what
    the detections say of the motion.
    """
    height, width = before.shape
    margin = int(1.4 * radius_px + 12 + np.abs(guess).max())
    left, top = max(0, int(centre[0]) - margin), max(0, int(centre[1]) - margin)
    right, bottom = min(width, int(centre[0]) + margin), min(height, int(centre[1]) + margin)
    if right - left < 16 or bottom - top < 16:
        return None
    size = np.array([right - left, bottom - top])
    small = np.rint(size / max(1.0, radius_px / MATCH_RADIUS_PX)).astype(int)
    shrink = size / small
    old, new = (_resized(picture[top:bottom, left:right], small) for picture in (before, now))
    # pixel centres lie at whole numbers, before and after
    local = (centre - [left, top] + 0.5) / shrink - 0.5
    points = _corners(old, centre=local, radius_px=radius_px / shrink[0])
    if len(points) < 6:
        return None
    there, good = match_points(
        before=old,
        now=new,
        points=points,
        guess=points + (guess / shrink).astype(np.float32),
        window_px=_WINDOW_PX,
        levels=3,
        closure_px=_CLOSURE_PX,
    )
    still = np.hypot(*(there - points).T) < 0.3
    if np.hypot(*expected) > 1.5 and not still[good].all():
        # a caption burnt into the picture lies still on a moving face
        good &= ~still
    if good.sum() < 5:
        return None
    similarity, agreed = cv2.estimateAffinePartial2D(
        points[good], there[good], method=cv2.RANSAC, ransacReprojThreshold=1.0, maxIters=200
    )
    if similarity is None or agreed.sum() < 5:
        return None
    if abs(np.hypot(similarity[0, 0], similarity[1, 0]) - 1) > 0.04:
        return None
    moved: FloatArray = (similarity[:, :2] @ local + similarity[:, 2] - local) * shrink
    return moved


def _resized(crop: Image, size: NDArray[np.int_]) -> Image:
    """Return a crop at another width and height; as it is at its own."""
    width, height = size.tolist()
    if crop.shape == (height, width):
        return np.ascontiguousarray(crop)
    return np.asarray(cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _corners(crop: Image, *, centre: FloatArray, radius_px: float) -> NDArray[np.float32]:
    """Return corners of the face, shape (n, 2), away from its rim and the background.

    The hub's are taken where the rest of the face shows less than half of what is wanted.
    """
    mask = np.zeros(crop.shape, dtype=np.uint8)
    middle = (round(centre[0]), round(centre[1]))
    apart_px = max(3.0, radius_px * 0.1)
    cv2.circle(mask, middle, int(radius_px * 0.88), 255, -1)
    cv2.circle(mask, middle, int(radius_px * HUB_SHARE), 0, -1)
    corners = cv2.goodFeaturesToTrack(crop, _CORNERS, 0.005, apart_px, mask=mask)
    if corners is None or len(corners) < _CORNERS // 2:
        cv2.circle(mask, middle, int(radius_px * HUB_SHARE), 255, -1)
        corners = cv2.goodFeaturesToTrack(crop, _CORNERS, 0.005, apart_px, mask=mask)
    if corners is None:
        return np.empty((0, 2), dtype=np.float32)
    return np.asarray(corners, dtype=np.float32).reshape(-1, 2)


def _settle_rough(
    *,
    chain: Chain,
    time_s: FloatArray,
    step_px: FloatArray,
    path_px: FloatArray,
    first: int,
    stop: int,
) -> Flow:
    """Settle steps and detections against each other; mark the steps the detections belie."""
    radius = chain.radius_px
    sd = np.full(len(chain.frame), ANCHOR_SD_RADII * radius)
    step_sd = step_sd_px(step_px=step_px, time_s=time_s, radius_px=radius)
    steps = filled_steps(step_px=step_px, time_s=time_s)
    part = slice(first, stop)
    settled, belied = settle(
        start=path_px[part],
        step=steps[part],
        step_sd=step_sd[part],
        at=chain.frame - first,
        seen=chain.rims[:, :2],
        seen_sd=sd,
        slack=0.05 * radius,
    )
    path = path_px.copy()
    path[part] = settled
    step_sd[part] = belied
    return Flow(first=first, stop=stop, step_px=step_px, step_sd_px=step_sd, path_px=path)
