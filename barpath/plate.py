"""Finding the plate: which rim in the picture is the near-side plate of the moving bar.

One picture can't tell the loaded plate from the plates on the rack behind it; the whole clip can. Ellipses
are detected in pictures sampled a few times a second, linked over time into chains by dynamic programming,
and chains that share a centre (the rings of one plate) are gathered. The bar's plate is the largest, most
often seen gathering that travels vertically. All lengths in this module are pixels of the working picture.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Image = NDArray[np.uint8]

SAMPLE_HZ = 5.0
"""Pictures looked at per second: a 1.5 m/s pull moves the plate by 0.7 of its diameter in between."""

DETECT_LONG_SIDES_PX = (960, 1280)
"""Detection works on pictures shrunk to this size, and looks again at larger ones where it isn't sure."""

SURE_SCORE = 12.0
"""Linked detections that settle it at the smaller size."""

MIN_RADIUS = 0.015
MAX_RADIUS = 0.30
"""Plate radius as a share of the picture's long side."""

MIN_AXIS_RATIO = 0.75
"""Below this the face is seen at more than 41 degrees and can't be measured."""

MIN_TRAVEL_RADII = 0.6
"""A chain must travel at least this far vertically: 13 cm for a 45 cm plate."""

STANDING_SHARE = 0.75
"""Something seen in one place in this share of the pictures is part of the room."""

MAX_CHAINS = 24

MAX_BODY_RADII = 14.0
"""What moves round a plate is at most this tall: 175 cm of lifter for a plate of 25 cm diameter."""

MAX_HEADLESS_RADII = 11.0
"""Where nothing moves above the mover: a 45 cm plate held overhead stands 10 radii above the floor."""

_BLOCK_PX = 8
_MARGIN_BLOCKS = 4
_ACTIVITY_FRAMES = 120
_ACTIVE_LEVELS = 20
_MOVING_CAMERA_SHARE = 0.5

MIN_SCORE = 4.0
"""Fewer linked detections than this are chance: clips without a plate reach 2.5 to 3.5 (measured)."""


class Pictures(Protocol):
    """What detection and tracking need of a clip: random access to its working pictures."""

    @property
    def time_s(self) -> FloatArray:
        """Real time of every frame."""
        ...

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the working picture."""
        ...

    def luma(self, index: int, /) -> Image:
        """Return the working picture of one frame."""
        ...

    def __len__(self) -> int:
        """Return the number of frames."""
        ...


@dataclass(frozen=True)
class Ellipse:
    """The rim of a plate's outer face.

    Attributes
    ----------
    x_px, y_px : float
        Centre; origin at the centre of the top-left pixel, y down.
    radius_px : float
        Semi-major axis.
    axis_ratio : float
        Semi-minor over semi-major axis, in (0, 1].
    angle_deg : float
        Direction of the major axis, clockwise from the picture's right, in [0, 180).
    """

    x_px: float
    y_px: float
    radius_px: float
    axis_ratio: float = 1.0
    angle_deg: float = 0.0


@dataclass(frozen=True)
class Plate:
    """The near-side plate that was chosen, where it was seen best.

    Attributes
    ----------
    frame : int
        Index of the frame it was seen best in.
    rim : Ellipse
        In displayed pixels.
    confidence : float
        Score in [0, 1] that this is the loaded near-side plate and this its rim.
    """

    frame: int
    rim: Ellipse
    confidence: float


@dataclass(frozen=True)
class Chain:
    """One ring followed through the sampled pictures.

    Attributes
    ----------
    sample, frame : ndarray of int, shape (n,)
        Which sampled picture, and which frame of the clip, each detection is from; increasing.
    rims : ndarray, shape (n, 5)
        Columns x, y, semi-major axis, axis ratio, angle in degrees; working pixels.
    score : float
        Detections linked, less what the links cost.
    """

    sample: IntArray
    frame: IntArray
    rims: FloatArray
    score: float

    @property
    def radius_px(self) -> float:
        """Median semi-major axis."""
        return float(np.median(self.rims[:, 2]))

    @property
    def travel_radii(self) -> float:
        """Vertical travel in radii."""
        return float(np.ptp(self.rims[:, 1])) / self.radius_px


@dataclass(frozen=True)
class Mover:
    """A plate-like thing that travels: concentric chains.

    Attributes
    ----------
    main : Chain
        The ring that is followed: the best seen of the large ones.
    rings : tuple of Chain
        Every ring seen, `main` among them.
    score : float
        Sum of the rings' scores.
    samples : int
        Pictures that were looked at.
    """

    main: Chain
    rings: tuple[Chain, ...]
    score: float
    samples: int

    @property
    def rank(self) -> float:
        """How strongly it claims to be the near plate: large, and often seen."""
        return self.score * self.outer.radius_px

    @property
    def outer(self) -> Chain:
        """The largest ring."""
        return max(self.rings, key=lambda ring: ring.radius_px)


def find_movers(*, pictures: Pictures, cuts: tuple[int, ...] = ()) -> tuple[Mover, ...]:
    """Find everything round that travels vertically, the likeliest near plate first.

    Parameters
    ----------
    pictures : Pictures
    cuts : tuple of int
        First frames after hard cuts: nothing is linked across one.

    Returns
    -------
    tuple of Mover
        Empty when nothing round travels.
    """
    if not len(pictures):
        return ()
    frames = _sampled_frames(pictures.time_s)
    active = _activity(pictures=pictures, frames=frames)
    if not active.any():
        return ()
    movers: tuple[Mover, ...] = ()
    for long_side_px in DETECT_LONG_SIDES_PX:
        movers = _movers_at(
            pictures=pictures, frames=frames, cuts=cuts, active=active, long_side_px=long_side_px
        )
        if movers and movers[0].score >= SURE_SCORE:
            break
        if max(pictures.shape) <= long_side_px:
            break
    return movers


def _movers_at(
    *,
    pictures: Pictures,
    frames: IntArray,
    cuts: tuple[int, ...],
    active: NDArray[np.bool_],
    long_side_px: int,
) -> tuple[Mover, ...]:
    """Find movers in pictures of a given size, where anything moves at all."""
    window = _window_of(active, shape=pictures.shape)

    def look(frame: int) -> FloatArray:
        return _ellipses(pictures.luma(frame), window=window, long_side_px=long_side_px)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(look, frames.tolist()))
    sample = np.repeat(np.arange(len(frames)), [len(rims) for rims in found])
    rims = np.concatenate(found)
    mobile = ~_standing(sample=sample, rims=rims, samples=len(frames))
    if not mobile.any():
        return ()
    sample, rims = sample[mobile], rims[mobile]
    shot = np.searchsorted(np.asarray(cuts, dtype=np.intp), frames, side="right")
    chains = _chains(
        sample=sample,
        frame=frames[sample],
        shot=shot[sample],
        time_s=pictures.time_s[frames[sample]],
        rims=rims,
    )
    movers = [
        mover
        for mover in _gather(chains, samples=len(frames))
        if mover.main.travel_radii >= MIN_TRAVEL_RADII and mover.score >= MIN_SCORE
    ]
    movers = [mover for mover in movers if not _is_body_part(mover=mover, active=active)]
    return tuple(sorted(movers, key=lambda mover: -mover.rank))


def _sampled_frames(time_s: FloatArray) -> IntArray:
    """Return the first frame of every sampling interval."""
    slot = np.floor(time_s * SAMPLE_HZ + 1e-6).astype(np.intp)
    return np.flatnonzero(np.diff(slot, prepend=slot[:1] - 1))


def _window_of(active: NDArray[np.bool_], *, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Return the rows and columns that hold all that moves, with room for a rim's edge."""
    spans = []
    for axis, length in ((1, shape[0]), (0, shape[1])):
        blocks = np.flatnonzero(active.any(axis=axis))
        start = max(0, (int(blocks[0]) - _MARGIN_BLOCKS) * _BLOCK_PX)
        stop = min(length, (int(blocks[-1]) + 1 + _MARGIN_BLOCKS) * _BLOCK_PX)
        spans.append(slice(start, stop))
    return spans[0], spans[1]


def _ellipses(picture: Image, *, window: tuple[slice, slice], long_side_px: int) -> FloatArray:
    """Detect ellipses by edge drawing; columns as in `Chain.rims` (Akinlar & Topal 2013, EDCircles)."""
    shrink = max(1.0, max(picture.shape) / long_side_px)
    part = np.ascontiguousarray(picture[window])
    small = part
    if shrink > 1:
        size = (round(part.shape[1] / shrink), round(part.shape[0] / shrink))
        small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    drawing = cv2.ximgproc.createEdgeDrawing()
    params = cv2.ximgproc.EdgeDrawing.Params()
    # the default of 20 misses dark rims on dark floors
    params.GradientThresholdValue = 10
    params.MinPathLength = 20
    drawing.setParams(params)
    drawing.detectEdges(small)
    raw = drawing.detectEllipses()
    if raw is None:
        return np.empty((0, 5))
    raw = np.asarray(raw, dtype=np.float64).reshape(-1, 6)
    # circles come as a radius (column 2), ellipses as two axes (columns 3 and 4)
    axes = raw[:, 2:3] + raw[:, 3:5]
    major, minor = axes.max(axis=1), axes.min(axis=1)
    angle = np.where(axes[:, 0] >= axes[:, 1], raw[:, 5], raw[:, 5] + 90) % 180
    centre = (raw[:, :2] + 0.5) * shrink - 0.5 + [window[1].start, window[0].start]
    rims = np.column_stack([centre, major * shrink, minor / major, angle])
    share = rims[:, 2] / max(picture.shape)
    keep = (share > MIN_RADIUS) & (share < MAX_RADIUS) & (rims[:, 3] > MIN_AXIS_RATIO)
    return rims[keep]


def _standing(*, sample: IntArray, rims: FloatArray, samples: int) -> NDArray[np.bool_]:
    """Say which detections belong to something that stands in one place nearly all the time.

    A rack full of plates would otherwise fill the chains. A bar's plate that rests for most of a long
    clip loses its resting detections with them, but not those of its travel.
    """
    cell = np.maximum(1.0, 0.15 * rims[:, 2])
    standing = np.zeros(len(sample), dtype=bool)
    for i in range(len(sample)):
        if standing[i]:
            continue
        same = (
            (np.abs(rims[:, 0] - rims[i, 0]) < cell[i])
            & (np.abs(rims[:, 1] - rims[i, 1]) < cell[i])
            & (np.abs(rims[:, 2] - rims[i, 2]) < 0.12 * rims[i, 2])
        )
        if len(np.unique(sample[same])) >= STANDING_SHARE * samples:
            standing |= same
    return standing


def _chains(
    *, sample: IntArray, frame: IntArray, shot: IntArray, time_s: FloatArray, rims: FloatArray
) -> list[Chain]:
    """Link detections over time: repeatedly take the best-scoring chain and remove it.

    A link's cost grows with the change of size, with speed (sideways more than vertically: the bar
    travels up and down) and with the pictures it skips. The weights make a plate pulled at 1.5 m/s
    cheaper to keep than to lose; they were set on simulated sets, not per clip.
    """
    count = len(sample)
    links: list[tuple[IntArray, FloatArray]] = []
    x, y, radius = rims[:, 0], rims[:, 1], rims[:, 2]
    for j in range(count):
        start, stop = np.searchsorted(sample, [sample[j] - 5, sample[j]])
        i = np.arange(start, stop)
        gap_s = time_s[j] - time_s[i]
        size = np.minimum(radius[i], radius[j])
        growth = np.abs(np.log(radius[i] / radius[j]))
        across, along = np.abs(x[i] - x[j]) / size, np.abs(y[i] - y[j]) / size
        possible = (
            (growth < 0.25)
            & (across < np.minimum(1.5, 0.3 + 4 * gap_s))
            & (along < 0.3 + 11 * gap_s)
            & (shot[i] == shot[j])
        )
        cost = (
            5 * growth
            + (0.125 * across + 0.04 * along) / (0.1 + gap_s)
            + 0.25 * (sample[j] - sample[i] - 1)
        )
        links.append((i[possible], cost[possible]))
    alive = np.ones(count, dtype=bool)
    chains: list[Chain] = []
    while len(chains) < MAX_CHAINS:
        path, score = _best_path(links, alive)
        if score < 2.5:
            break
        alive[path] = False
        if len(path) >= 3:
            chains.append(Chain(sample[path], frame[path], rims[path], score))
    return chains


def _best_path(
    links: list[tuple[IntArray, FloatArray]], alive: NDArray[np.bool_]
) -> tuple[IntArray, float]:
    """Return the chain of living detections with the highest score (one a detection less costs)."""
    total = np.where(alive, 1.0, -np.inf)
    before = np.full(len(alive), -1)
    for j in np.flatnonzero(alive):
        i, cost = links[j]
        if len(i):
            reached = total[i] + 1 - cost
            best = int(reached.argmax())
            if reached[best] > 1:
                total[j], before[j] = reached[best], i[best]
    j = int(total.argmax())
    score = float(total[j])
    path = [j]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return np.array(path[::-1], dtype=np.intp), score


def _gather(chains: list[Chain], *, samples: int) -> list[Mover]:
    """Gather chains that share a centre most of the time: the rings of one plate."""
    rest = sorted(chains, key=lambda chain: -chain.score * chain.radius_px)
    movers: list[Mover] = []
    while rest:
        largest, *others = rest
        rings = [largest] + [chain for chain in others if _concentric(largest, chain)]
        rest = [chain for chain in others if not any(chain is ring for ring in rings)]
        # a ring that is seen often is worth more than a slightly larger one
        main = max(rings, key=lambda chain: chain.score * np.sqrt(chain.radius_px))
        movers.append(
            Mover(
                main=main,
                rings=tuple(rings),
                score=sum(ring.score for ring in rings),
                samples=samples,
            )
        )
    return movers


def _activity(*, pictures: Pictures, frames: IntArray) -> NDArray[np.bool_]:
    """Return where anything moves in the clip, in blocks of `_BLOCK_PX`."""
    some = frames[np.linspace(0, len(frames) - 1, min(_ACTIVITY_FRAMES, len(frames))).astype(int)]
    height, width = pictures.shape
    size = (max(1, width // _BLOCK_PX), max(1, height // _BLOCK_PX))
    coarse = np.array(
        [
            cv2.resize(pictures.luma(int(frame)), size, interpolation=cv2.INTER_AREA)
            for frame in some
        ]
    )
    low, high = np.percentile(coarse, [5, 95], axis=0)
    active: NDArray[np.bool_] = high - low > _ACTIVE_LEVELS
    return active


def _is_body_part(*, mover: Mover, active: NDArray[np.bool_]) -> bool:
    """Say whether a mover is a head, a fist or a knee, by its size beside all that moves there.

    A lifter is about 175 cm tall: 8 radii of a 45 cm plate, 17 of a head. Nothing moves above a
    head, but the lifter's back and head move above a plate (or, overhead, it is large).
    """
    if active.mean() > _MOVING_CAMERA_SHARE:
        return False
    radius, x, y = mover.outer.radius_px, mover.main.rims[:, 0], mover.main.rims[:, 1]
    left, right = (x.min() - 2 * radius) / _BLOCK_PX, (x.max() + 2 * radius) / _BLOCK_PX
    beside = active[:, max(0, int(left)) : int(right) + 1]
    rows = np.flatnonzero(beside.sum(axis=1) >= max(1.0, 0.2 * radius / _BLOCK_PX))
    if not len(rows):
        return False
    tall_radii = (rows[-1] - rows[0] + 1) * _BLOCK_PX / radius
    top = max(0, int((y.min() - 1.35 * radius) / _BLOCK_PX))
    above = beside[:top].sum() * (_BLOCK_PX / radius) ** 2
    return bool(tall_radii > MAX_BODY_RADII or (above < 0.3 and tall_radii > MAX_HEADLESS_RADII))


def _concentric(outer: Chain, other: Chain) -> bool:
    """Say whether two chains keep the same centre (within a third of a radius) while both are seen."""
    within = (other.sample >= outer.sample[0]) & (other.sample <= outer.sample[-1])
    if within.sum() < 2:
        return False
    at = other.sample[within]
    apart = np.hypot(
        other.rims[within, 0] - np.interp(at, outer.sample, outer.rims[:, 0]),
        other.rims[within, 1] - np.interp(at, outer.sample, outer.rims[:, 1]),
    )
    return bool(np.median(apart) < 0.35 * outer.radius_px)
