"""What a camera without distortion would have seen.

The plate is found and followed in the pictures as they are: resampling them would blur its rim.
What was measured is then taken through the lens, and whatever is measured beside it (the camera's
motion and roll, the shoe) is measured in straightened pictures, so that all of it lies in one
plane. A straightened picture keeps its size, its middle and its scale there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera.motion import CameraMotion
from barpath.camera.profile import CameraProfile
from barpath.pixels import enlarged_px, shrunk_px
from barpath.plate import Ellipse, Image, Pictures, Plate
from barpath.tracking import State, Track

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]

_RIM_POINTS = 24
_TABLE = 2000
_TABLE_REACH = 3.0
_NEWTON_STEPS = 3


class Lens(Protocol):
    """What places need of a lens."""

    @property
    def fx_px(self) -> float:
        """Focal length across."""
        ...

    @property
    def fy_px(self) -> float:
        """Focal length down."""
        ...

    @property
    def cx_px(self) -> float:
        """Column of the principal point."""
        ...

    @property
    def cy_px(self) -> float:
        """Row of the principal point."""
        ...

    @property
    def k1(self) -> float:
        """First radial term."""
        ...

    @property
    def k2(self) -> float:
        """Second radial term."""
        ...


def straightened_px(places_px: FloatArray, *, lens: Lens) -> FloatArray:
    """Take places from the picture to the one without distortion.

    Parameters
    ----------
    places_px : ndarray, shape (..., 2)
    lens : Lens

    Returns
    -------
    ndarray, shape (..., 2)
        Places farther out than the lens draws anything are taken to its outermost circle.

    Notes
    -----
    The radius is looked up in a table and polished by Newton's method.
    """
    flat = _normalised(places_px, lens=lens)
    drawn = np.hypot(flat[..., 0], flat[..., 1])
    table = np.linspace(0, _TABLE_REACH * np.nanmax(drawn, initial=0), _TABLE)
    swell, slope = _radial(table, lens=lens)
    folds = np.flatnonzero(slope <= 0)
    stop = int(folds[0]) if folds.size else _TABLE
    radius = np.interp(drawn, table[:stop] * swell[:stop], table[:stop])
    for _ in range(_NEWTON_STEPS):
        swell, slope = _radial(radius, lens=lens)
        radius = np.clip(radius - (radius * swell - drawn) / slope, 0, table[stop - 1])
    scale = np.where(drawn > 0, radius / np.where(drawn > 0, drawn, 1), 1)
    return _in_pixels(flat * scale[..., None], lens=lens)


def drawn_px(places_px: FloatArray, *, lens: Lens) -> FloatArray:
    """Take places from the picture without distortion to where the lens draws them.

    Parameters
    ----------
    places_px : ndarray, shape (..., 2)
    lens : Lens

    Returns
    -------
    ndarray, shape (..., 2)
    """
    flat = _normalised(places_px, lens=lens)
    swell, _ = _radial(np.hypot(flat[..., 0], flat[..., 1]), lens=lens)
    return _in_pixels(flat * swell[..., None], lens=lens)


def _radial(radius: FloatArray, *, lens: Lens) -> tuple[FloatArray, FloatArray]:
    """Give by how much radii are drawn larger, and the slope of the drawn radius."""
    r2 = radius**2
    return 1 + (lens.k1 + lens.k2 * r2) * r2, 1 + (3 * lens.k1 + 5 * lens.k2 * r2) * r2


def _normalised(places_px: FloatArray, *, lens: Lens) -> FloatArray:
    middle, focal = (lens.cx_px, lens.cy_px), (lens.fx_px, lens.fy_px)
    return np.asarray((np.asarray(places_px, dtype=np.float64) - middle) / focal)


def _in_pixels(flat: FloatArray, *, lens: Lens) -> FloatArray:
    return np.asarray(flat * (lens.fx_px, lens.fy_px) + (lens.cx_px, lens.cy_px))


@dataclass(frozen=True)
class Seen:
    """A clip's pictures and track as a camera without distortion would have given them.

    Attributes
    ----------
    pictures : Pictures
    track : Track
    drawn : Track
        As the clip itself shows it.
    profile : CameraProfile or None
        The clip's own; without one nothing is straightened.
    """

    pictures: Pictures
    track: Track
    drawn: Track
    profile: CameraProfile | None

    def straight_column(self, x_px: float) -> float:
        """Take a column that was read off the clip's picture at the floor."""
        return self._column(x_px, track=self.drawn, straight=True)

    def drawn_column(self, x_px: float) -> float:
        """Give back a column at the floor as the clip's picture shows it."""
        return self._column(x_px, track=self.track, straight=False)

    def _column(self, x_px: float, *, track: Track, straight: bool) -> float:
        if self.profile is None:
            return x_px
        floor_px = float(np.nanmax(track.y_px + track.radius_px))
        move = straightened_px if straight else drawn_px
        return float(move(np.array([x_px, floor_px]), lens=self.profile)[0])

    def drawn_motion(self, motion: CameraMotion) -> CameraMotion:
        """Give the camera's motion between the clip's own pictures, exact at the plate."""
        if self.profile is None or not motion.moving:
            return motion
        there = np.stack(motion.steadied(self.track.x_px, self.track.y_px), axis=1)
        goal = drawn_px(there, lens=self.profile)
        here = np.stack([self.drawn.x_px, self.drawn.y_px], axis=1)
        matrices = motion.to_reference.copy()
        shift = goal - (matrices[:, :, :2] @ here[..., None])[..., 0]
        # where the plate is lost its place can't say what the lens does to the motion
        seen = np.isfinite(shift).all(axis=1)
        matrices[seen, :, 2] = shift[seen]
        return replace(motion, to_reference=matrices)


def straight_pictures(
    *, pictures: Pictures, profile: CameraProfile | None, factor: float
) -> Pictures:
    """Give a clip's pictures as a camera without distortion would have.

    Parameters
    ----------
    pictures : Pictures
    profile : CameraProfile or None
        Of the clip's displayed picture; without one the pictures stay as they are.
    factor : float
        Displayed pixels per working pixel.

    Returns
    -------
    Pictures
    """
    if profile is None:
        return pictures
    return _Straightened(pictures=pictures, profile=profile, factor=factor)


def see_through(*, straight: Pictures, track: Track, profile: CameraProfile | None) -> Seen:
    """Look at what was followed in a clip through its lens.

    Parameters
    ----------
    straight : Pictures
        The clip's `straight_pictures`.
    track : Track
        As the clip itself shows it.
    profile : CameraProfile or None
        Of the clip's displayed picture.

    Returns
    -------
    Seen
    """
    if profile is None:
        return Seen(pictures=straight, track=track, drawn=track, profile=None)
    return Seen(
        pictures=straight,
        track=straightened(track, profile=profile),
        drawn=track,
        profile=profile,
    )


class _Straightened:
    """Working pictures without the lens's distortion, made as they are asked for."""

    def __init__(self, *, pictures: Pictures, profile: CameraProfile, factor: float) -> None:
        self._pictures = pictures
        height, width = pictures.shape
        column, row = np.meshgrid(np.arange(width), np.arange(height))
        places = np.stack([column, row], axis=2).astype(np.float64)
        shown = enlarged_px(places, factor=factor)
        source = shrunk_px(drawn_px(shown, lens=profile), factor=factor).astype(np.float32)
        self._maps = cv2.convertMaps(source[..., 0], source[..., 1], cv2.CV_16SC2)

    @property
    def time_s(self) -> FloatArray:
        return self._pictures.time_s

    @property
    def shape(self) -> tuple[int, int]:
        return self._pictures.shape

    def __len__(self) -> int:
        return len(self._pictures)

    def luma(self, index: int, /) -> Image:
        # repeated edge pixels: a black border would be taken for something that stands still
        straight = cv2.remap(
            self._pictures.luma(index),
            *self._maps,
            interpolation=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(straight, dtype=np.uint8)

    def rows(self, index: int, top: int, bottom: int, /) -> Image:
        return self.luma(index)[top:bottom]


def straightened(track: Track, *, profile: CameraProfile) -> Track:
    """Take a track from the picture to the one without distortion.

    The rim as it was fitted is straightened point by point and fitted anew: a lens that draws the
    picture's edge larger shifts a plate's centre and makes it oval as well.

    Parameters
    ----------
    track : Track
    profile : CameraProfile

    Returns
    -------
    Track
    """
    known = np.flatnonzero(track.state > State.LOST)
    rims = np.stack(
        [track.x_px, track.y_px, track.radius_px, track.axis_ratio, track.angle_deg], axis=1
    )
    straight = np.full_like(rims, np.nan)
    straight[known] = _straight_rims(rims[known], profile=profile)
    larger = straight[:, 2] / track.radius_px
    best = track.plate.rim
    rim = np.array([[best.x_px, best.y_px, best.radius_px, best.axis_ratio, best.angle_deg]])
    return replace(
        track,
        x_px=straight[:, 0],
        y_px=straight[:, 1],
        radius_px=straight[:, 2],
        axis_ratio=straight[:, 3],
        angle_deg=straight[:, 4],
        sd_px=track.sd_px * larger,
        residual_px=track.residual_px * larger,
        radius_sd_px=track.radius_sd_px * float(np.median(larger[known])),
        plate=Plate(
            frame=track.plate.frame,
            rim=Ellipse(*_straight_rims(rim, profile=profile)[0].tolist()),
            confidence=track.plate.confidence,
        ),
    )


def _straight_rims(rims: FloatArray, *, profile: CameraProfile) -> FloatArray:
    """Straighten ellipses (centre, semi-major axis, axis ratio, angle), shape (n, 5)."""
    turn = 2 * np.pi * np.arange(_RIM_POINTS) / _RIM_POINTS
    angle = np.radians(rims[:, 4:])
    along, across = rims[:, 2:3] * np.cos(turn), rims[:, 2:3] * rims[:, 3:4] * np.sin(turn)
    outline = np.stack(
        [
            rims[:, :1] + along * np.cos(angle) - across * np.sin(angle),
            rims[:, 1:2] + along * np.sin(angle) + across * np.cos(angle),
        ],
        axis=2,
    )
    return _fit_ellipses(straightened_px(outline, lens=profile))


def _fit_ellipses(outline_px: FloatArray) -> FloatArray:
    """Fit an ellipse to each outline, shape (n, n_points, 2) to (n, 5).

    Notes
    -----
    Least squares for the conic ``a x^2 + b xy + c y^2 + d x + e y = 1`` about the points' mean.
    """
    middle = outline_px.mean(axis=1, keepdims=True)
    offset = outline_px - middle
    size = np.abs(offset).max(axis=(1, 2))
    x, y = np.moveaxis(offset / size[:, None, None], 2, 0)
    design = np.stack([x * x, x * y, y * y, x, y], axis=2)
    squared = np.swapaxes(design, 1, 2) @ design
    conic = np.linalg.solve(squared, design.sum(axis=1)[..., None])[..., 0]
    a, b, c, d, e = conic.T
    quadratic = np.stack([np.stack([a, b / 2], axis=1), np.stack([b / 2, c], axis=1)], axis=1)
    centre = np.linalg.solve(-2 * quadratic, np.stack([d, e], axis=1)[..., None])
    level = 1 + (np.swapaxes(centre, 1, 2) @ quadratic @ centre)[:, 0, 0]
    curvature, axes = np.linalg.eigh(quadratic)  # the flattest direction, the major axis, first
    major, minor = (size * np.sqrt(level / curvature[:, at]) for at in (0, 1))
    angle_deg = np.degrees(np.arctan2(axes[:, 1, 0], axes[:, 0, 0])) % 180
    place = middle[:, 0] + size[:, None] * centre[..., 0]
    return np.column_stack([place, major, minor / major, angle_deg])
