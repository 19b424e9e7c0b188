"""Whether what was followed is a part of the lifter's body: a head, a shoulder, a knee.

A head before a plain wall is as round as a plate, is seen as often, and goes up and down as a bar
does. Where the plate isn't in the picture it is all there is. Three things set a body apart, and
none of them alone: a plate may lie half in the shade, be lifted aslant, or be held overhead.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera import CameraMotion
from barpath.chains import Mover
from barpath.errors import UnmeasurableError
from barpath.pixels import shrunk_px
from barpath.plate import Pictures
from barpath.tracking import State, Track

FloatArray = NDArray[np.float64]

SWING = 0.25
"""A bar goes less sideways for its rise. It can only be held over the feet: a foot's half, 13 cm,
is a quarter of a 55 cm pull, and a phone that leans by 5 degrees adds 0.09. A trunk that comes up
turns about the hips, and takes shoulders and head back by 0.3 to 0.5 of their rise (five real
clips; bars in fifteen: up to 0.16)."""

LOPSIDED = 0.4
"""A face whose brightness a plane explains by this share isn't painted round an axis. Hair lies on
one side of a head, a sleeve on one side of a shoulder: 0.55 to 0.77 in five real clips. Plates come
to 0.02 to 0.17, and to 0.5 where the sun casts a shadow on one."""

ENOUGH, MOST = 2.0, 1.5
"""Each of the three counts 1 at its threshold, and swing and lopsidedness in proportion, up to the
second: none alone makes enough. In the same clips bodies come to 2.1 and more, plates with one ring
to 1.1."""

RING_APART = 0.8
"""Rings nearer in size than this are one ring seen twice."""

LOW, HIGH = 0.1, 0.9
"""Shares of the travel below and above which what was followed counts as low and high."""

FACE = 0.95
"""Share of the radius within which the face is looked at: the rim's own edge left out."""

PICTURES, GRID = 12, 32


def check_body(
    *, pictures: Pictures, mover: Mover, track: Track, motion: CameraMotion, factor: float
) -> None:
    """Refuse what is a part of the body.

    A mover in which one ring lies within another is a plate. Of any other it counts that nothing
    moves above it, that it swings aside as it rises, and that its face is lopsided.

    Parameters
    ----------
    pictures : Pictures
    mover : Mover
    track : Track
        Of the mover.
    motion : CameraMotion
    factor : float
        Displayed pixels per working pixel.

    Raises
    ------
    UnmeasurableError
    """
    if _has_rings(mover):
        return
    aside = abs(swing(track=track, motion=motion))
    evidence = mover.topmost + min(aside / SWING, MOST)
    if evidence + MOST < ENOUGH:
        return
    uneven = lopsidedness(pictures=pictures, track=track, factor=factor)
    if evidence + min(uneven / LOPSIDED, MOST) >= ENOUGH:
        raise UnmeasurableError(
            "what goes up and down is no plate: it moves and looks like a head, a shoulder or a "
            "knee",
            hint="film the bar's near plate from the side, its whole way in the picture, or point "
            "at it with --plate X,Y,R",
        )


def _has_rings(mover: Mover) -> bool:
    """Say whether one ring was seen within another."""
    radii_px = sorted(ring.radius_px for ring in mover.rings)
    return any(inner < RING_APART * outer for inner, outer in pairwise(radii_px))


def swing(*, track: Track, motion: CameraMotion) -> float:
    """Return how far aside a track goes from low to high, for its rise; to the right is positive.

    Parameters
    ----------
    track : Track
    motion : CameraMotion
        Takes the camera's own motion out, as far as it is known.

    Returns
    -------
    float
        0 where it doesn't rise.
    """
    x_px, y_px = motion.steadied(track.x_px, track.y_px)
    seen = (track.state > State.LOST) & np.isfinite(y_px)
    x_px, y_px = x_px[seen], y_px[seen]
    rise_px = float(np.ptp(y_px)) if y_px.size else 0.0
    if rise_px == 0:
        return 0.0
    height = (y_px.max() - y_px) / rise_px
    aside_px = np.median(x_px[height > HIGH]) - np.median(x_px[height < LOW])
    return float(aside_px) / rise_px


def lopsidedness(*, pictures: Pictures, track: Track, factor: float) -> float:
    """Return what share of a face's differences in brightness a plane across it explains.

    Parameters
    ----------
    pictures : Pictures
    track : Track
    factor : float
        Displayed pixels per working pixel.

    Returns
    -------
    float
        In [0, 1]: 0 for what is painted round the middle, 1 for an even shading from side to side.
    """
    frames = np.flatnonzero(track.state == State.TRACKED)
    if not len(frames):
        return 0.0
    some = frames[np.unique(np.linspace(0, len(frames) - 1, PICTURES).round().astype(np.intp))]
    across, down = np.meshgrid(*[np.linspace(-1, 1, GRID)] * 2)
    within = np.hypot(across, down) < FACE
    place = np.column_stack([across[within], down[within]])
    faces = [
        _face(pictures=pictures, track=track, factor=factor, at=int(at), place=place) for at in some
    ]
    grey = np.mean(faces, axis=0)
    grey -= grey.mean()
    design = place - place.mean(axis=0)
    slope = np.linalg.lstsq(design, grey, rcond=None)[0]
    whole = float(grey @ grey)
    return float(np.sum((design @ slope) ** 2)) / whole if whole > 0 else 0.0


def _face(
    *, pictures: Pictures, track: Track, factor: float, at: int, place: FloatArray
) -> FloatArray:
    """Return the grey levels at places of the face, shape (n, 2), in radii from its middle.

    Beside the picture its edge goes on.
    """
    x_px, y_px = shrunk_px(np.array([track.x_px[at], track.y_px[at]]), factor=factor)
    radius_px = float(track.radius_px[at]) / factor
    turn = np.deg2rad(track.angle_deg[at])
    along = np.array([np.cos(turn), np.sin(turn)])
    aside = np.array([-along[1], along[0]])
    flat = np.outer(along, along) + track.axis_ratio[at] * np.outer(aside, aside)
    left, top = (max(0, int(middle - 1.2 * radius_px)) for middle in (x_px, y_px))
    side = int(2.4 * radius_px) + 2
    part = pictures.luma(at)[top : top + side, left : left + side]
    at_px = (radius_px * place @ flat + [x_px - left, y_px - top]).astype(np.float32)
    blurred = cv2.GaussianBlur(np.ascontiguousarray(part), (0, 0), max(0.5, radius_px / GRID))
    sampled = cv2.remap(
        blurred,
        np.ascontiguousarray(at_px[:, :1]),
        np.ascontiguousarray(at_px[:, 1:]),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(sampled[:, 0], dtype=np.float64)
