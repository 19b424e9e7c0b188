"""Finding the plate: which rim in the picture is the near-side plate of the moving bar.

One picture can't tell the loaded plate from the plates on the rack behind it; the whole clip can.
Ellipses are detected in pictures sampled a few times a second, linked over time into chains by
dynamic programming, and chains that share a centre (the rings of one plate) are gathered. The bar's
plate is the largest, most often seen gathering that travels vertically. All lengths in this module
are pixels of the working picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.chains import Mover, are_standing, gather, link_chains
from barpath.threads import side_by_side
from barpath.video.picture import shrink

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Image = NDArray[np.uint8]

SAMPLE_HZ = 5.0
"""Pictures looked at per second: a 1.5 m/s pull moves the plate by 0.7 diameters in between."""

DETECT_LONG_SIDES_PX = (960, 1280)
"""Detection works on pictures shrunk to this size, and again on larger ones when unsure."""

ENLARGED = 1.5
"""Where nothing round was seen for sure, it works on pictures this much larger. Small, soft and
dark rims are then detected twice as often (real clips), at twice the time. A head or fist that was
seen for sure shows that the pictures are good enough; it would only be seen otherwise."""

SURE_SCORE = 12.0
"""Linked detections that settle it at the smaller size."""

MIN_RADIUS = 0.015
MAX_RADIUS = 0.30
"""Plate radius as a share of the picture's long side."""

MIN_AXIS_RATIO = 0.75
"""Below this the face is seen at more than 41 degrees and can't be measured."""

MIN_TRAVEL_RADII = 0.6
"""A chain must travel at least this far vertically: 13 cm for a 45 cm plate."""

MAX_BODY_RADII = 14.0
"""What moves round a plate is at most this tall: 175 cm of lifter for a plate of 25 cm diameter."""

MAX_HEADLESS_RADII = 11.0
"""Where nothing moves above the mover: a 45 cm plate overhead is 10 radii above the floor."""

HEADROOM = 0.3
"""What moves above a mover on a smaller area than this, in radii², is noise: above plates it came
to 0.7 and more in 15 real clips, above heads to nothing."""

HEADROOM_RADII = 0.7
"""A picture that ends nearer than this above a mover, 16 cm for a 45 cm plate, may hide a head."""

_BLOCK_PX, _MIN_BLOCKS = 8, 96
_MARGIN_BLOCKS = 4
_ACTIVITY_FRAMES = 120
_ACTIVE_LEVELS = 20
_MOVING_CAMERA_SHARE = 0.5

MIN_SCORE = 4.0
"""Fewer linked detections are chance: clips without a plate reach 2.5 to 3.5 (measured)."""


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

    def rows(self, index: int, top: int, bottom: int, /) -> Image:
        """Return rows `top` up to `bottom` of it: where those will do, they are read sooner."""
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
    whole_px = max(pictures.shape)
    sizes_px = sorted({float(min(size, whole_px)) for size in DETECT_LONG_SIDES_PX})
    sure = False
    for long_side_px in [*sizes_px, ENLARGED * whole_px]:
        if sure and long_side_px > whole_px:
            break
        seen = _movers_at(
            pictures=pictures, frames=frames, cuts=cuts, active=active, long_side_px=long_side_px
        )
        sure = sure or any(mover.score >= SURE_SCORE for mover in seen)
        found = _without_body(seen, active=active, shape=pictures.shape)
        movers = max(movers, found, key=lambda some: some[0].score if some else 0.0)
        if movers and movers[0].score >= SURE_SCORE:
            break
    return movers


def _movers_at(
    *,
    pictures: Pictures,
    frames: IntArray,
    cuts: tuple[int, ...],
    active: NDArray[np.bool_],
    long_side_px: float,
) -> tuple[Mover, ...]:
    """Find movers in pictures of a given size, where anything moves at all."""
    window = _window_of(active, shape=pictures.shape)

    def look(frame: int) -> FloatArray:
        return _ellipses(pictures.luma(frame), window=window, long_side_px=long_side_px)

    found = side_by_side(look, frames.tolist())
    sample = np.repeat(np.arange(len(frames)), [len(rims) for rims in found])
    rims = np.concatenate(found)
    mobile = ~are_standing(sample=sample, rims=rims, samples=len(frames))
    if not mobile.any():
        return ()
    sample, rims = sample[mobile], rims[mobile]
    shot = np.searchsorted(np.asarray(cuts, dtype=np.intp), frames, side="right")
    chains = link_chains(
        sample=sample,
        frame=frames[sample],
        shot=shot[sample],
        time_s=pictures.time_s[frames[sample]],
        rims=rims,
    )
    return tuple(
        mover
        for mover in gather(chains, samples=len(frames))
        if mover.main.travel_radii >= MIN_TRAVEL_RADII and mover.score >= MIN_SCORE
    )


def _without_body(
    movers: tuple[Mover, ...], *, active: NDArray[np.bool_], shape: tuple[int, int]
) -> tuple[Mover, ...]:
    """Leave out heads, fists and knees; the likeliest near plate first."""
    block_px = _block_px(shape)
    left = []
    for mover in movers:
        room = _room_of(mover=mover, active=active, block_px=block_px)
        if not _is_body_part(room):
            left.append(replace(mover, topmost=room is not None and room.is_empty_above))
    return tuple(sorted(left, key=lambda mover: -mover.rank))


def _block_px(shape: tuple[int, int]) -> int:
    """Return the side of the blocks in which motion is looked for.

    Small pictures get smaller ones: what moves above a plate may be a block high.
    """
    return min(_BLOCK_PX, max(2, round(max(shape) / _MIN_BLOCKS)))


def _sampled_frames(time_s: FloatArray) -> IntArray:
    """Return the first frame of every sampling interval."""
    slot = np.floor(time_s * SAMPLE_HZ + 1e-6).astype(np.intp)
    return np.flatnonzero(np.diff(slot, prepend=slot[:1] - 1))


def _window_of(active: NDArray[np.bool_], *, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Return the rows and columns that hold all that moves, with room for a rim's edge."""
    block_px = _block_px(shape)
    spans = []
    for axis, length in ((1, shape[0]), (0, shape[1])):
        blocks = np.flatnonzero(active.any(axis=axis))
        start = max(0, (int(blocks[0]) - _MARGIN_BLOCKS) * block_px)
        stop = min(length, (int(blocks[-1]) + 1 + _MARGIN_BLOCKS) * block_px)
        spans.append(slice(start, stop))
    return spans[0], spans[1]


def _ellipses(picture: Image, *, window: tuple[slice, slice], long_side_px: float) -> FloatArray:
    """Detect ellipses by edge drawing (Akinlar & Topal 2013); columns as in `Chain.rims`."""
    shrink = max(picture.shape) / long_side_px
    part = np.ascontiguousarray(picture[window])
    small: Image = part
    if shrink != 1:
        size = (round(part.shape[1] / shrink), round(part.shape[0] / shrink))
        how = cv2.INTER_AREA if shrink > 1 else cv2.INTER_CUBIC
        small = np.asarray(cv2.resize(part, size, interpolation=how), dtype=np.uint8)
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
    kept: FloatArray = rims[keep]
    return kept


def _activity(*, pictures: Pictures, frames: IntArray) -> NDArray[np.bool_]:
    """Return where anything moves in the clip, in blocks of `_block_px`."""
    some = frames[np.linspace(0, len(frames) - 1, min(_ACTIVITY_FRAMES, len(frames))).astype(int)]
    block_px = _block_px(pictures.shape)
    blocks = side_by_side(
        lambda frame: shrink(pictures.luma(frame), factor=block_px), some.tolist()
    )
    coarse = np.array(blocks)
    low, high = np.percentile(coarse, [5, 95], axis=0)
    active: NDArray[np.bool_] = high - low > _ACTIVE_LEVELS
    return active


@dataclass(frozen=True)
class _Room:
    """What moves where a mover does.

    Attributes
    ----------
    tall : float
        Its height, in radii.
    above : float
        Its area above the highest place that the mover reaches, in radii².
    shown : float
        How much of the picture there is above that place, in radii.
    """

    tall: float
    above: float
    shown: float

    @property
    def is_empty_above(self) -> bool:
        """Whether nothing moves above the mover, and the picture would show it."""
        return self.shown >= HEADROOM_RADII and self.above < HEADROOM


def _room_of(*, mover: Mover, active: NDArray[np.bool_], block_px: int) -> _Room | None:
    """Measure what moves beside a mover; None where a moving camera hides it, or nothing does."""
    if active.mean() > _MOVING_CAMERA_SHARE:
        return None
    radius, x, y = mover.outer.radius_px, mover.main.rims[:, 0], mover.main.rims[:, 1]
    left, right = (x.min() - 2 * radius) / block_px, (x.max() + 2 * radius) / block_px
    beside = active[:, max(0, int(left)) : int(right) + 1]
    rows = np.flatnonzero(beside.sum(axis=1) >= max(1.0, 0.2 * radius / block_px))
    if not len(rows):
        return None
    top = max(0, int((y.min() - 1.35 * radius) / block_px))
    return _Room(
        tall=float(rows[-1] - rows[0] + 1) * block_px / radius,
        above=float(beside[:top].sum()) * (block_px / radius) ** 2,
        shown=top * block_px / radius,
    )


def _is_body_part(room: _Room | None) -> bool:
    """Say whether a mover is a head, a fist or a knee, by its size beside all that moves there.

    A lifter is about 175 cm tall: 8 radii of a 45 cm plate, 17 of a head. Nothing moves above a
    head, but the lifter's back and head move above a plate (or, overhead, it is large).
    """
    if room is None:
        return False
    headless = room.above < HEADROOM
    return room.tall > MAX_BODY_RADII or (headless and room.tall > MAX_HEADLESS_RADII)
