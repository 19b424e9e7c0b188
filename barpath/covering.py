"""What lies still over the plate: a caption or drawing burnt into the clip, or a post before it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera.background import Shrunk
from barpath.pixels import shrunk_px
from barpath.plate import Pictures
from barpath.tracking import State, Track

FloatArray = NDArray[np.float64]

HEIGHTS = 5
"""Pictures compared, at even steps of height: the plate lies elsewhere in most of the others."""

STRONG_GREYS = 6.0
"""Least slope of an edge that counts, greys a pixel: letters have several times that, and what the
noise of a dark gym draws has less."""

SAME_SHARE = 0.3
"""Edges whose slopes differ by less than this share are the same one, seen twice."""

COVERED_SHARE = 0.02
"""As much of the face must be edges that are there without the plate, too. A caption's fill 9 % of
it on a real clip and 6 % on a simulated one, those of a path drawn by a program 3 %; chance, or a
thin pole, at most 0.9 % on 14 real and 45 simulated clips with nothing drawn over their plates."""

RADIUS_PX = 60.0
"""Pictures in which the plate is larger are shrunk to about this: letters still show."""

FACE_RADII, CLEAR_RADII, ELSEWHERE_RADII = 0.9, 1.1, 1.1
"""The face ends within this; beyond that there is no plate; so far apart, one picture shows what
the other's plate hides."""


@dataclass(frozen=True)
class _Face:
    """The plate in one picture, in pixels of the small picture."""

    frame: int
    x_px: float
    y_px: float
    radius_px: float


def find_covering_s(*, pictures: Pictures, track: Track, factor: float) -> float | None:
    """Find a moment at which something lies over the plate that is there without the plate, too.

    Behind a plate that has moved on, other things come to light, and its own face moves with it: an
    edge that is at the same place of the picture before and after belongs to neither.

    Parameters
    ----------
    pictures : Pictures
    track : Track
    factor : float
        Displayed pixels per working pixel.

    Returns
    -------
    float or None
        Real seconds of the picture in which most is covered; None where nothing is.
    """
    measured = track.state == State.TRACKED
    if not measured.any():
        return None
    shrink = max(1, round(float(np.median(track.radius_px[measured])) / factor / RADIUS_PX))
    small = Shrunk(pictures=pictures, shrink=shrink, factor=factor * shrink)
    faces = _at_even_heights(track=track, factor=small.factor)
    lumas = [small.luma(face.frame) for face in faces]
    shares = [
        _covered_share(face, among=faces, luma=luma, lumas=lumas)
        for face, luma in zip(faces, lumas, strict=True)
    ]
    if max(shares, default=0.0) < COVERED_SHARE:
        return None
    return float(track.time_s[faces[int(np.argmax(shares))].frame])


def _at_even_heights(*, track: Track, factor: float) -> list[_Face]:
    """Choose measured frames at even steps from the lowest to the highest."""
    measured = np.flatnonzero(track.state == State.TRACKED)
    heights = track.y_px[measured]
    wanted = np.linspace(heights.min(), heights.max(), HEIGHTS)
    chosen = np.unique([measured[np.abs(heights - height).argmin()] for height in wanted])
    return [
        _Face(
            frame=int(frame),
            x_px=shrunk_px(float(track.x_px[frame]), factor=factor),
            y_px=shrunk_px(float(track.y_px[frame]), factor=factor),
            radius_px=float(track.radius_px[frame]) / factor,
        )
        for frame in chosen
    ]


def _covered_share(
    face: _Face, *, among: list[_Face], luma: NDArray[np.uint8], lumas: list[NDArray[np.uint8]]
) -> float:
    """Give the share of a face that is edges which stay when it leaves, as most others say."""
    height, width = luma.shape
    reach = face.radius_px
    left, right = max(0, int(face.x_px - reach)), min(width, int(face.x_px + reach) + 2)
    top, bottom = max(0, int(face.y_px - reach)), min(height, int(face.y_px + reach) + 2)
    part = np.s_[top:bottom, left:right]
    rows, columns = np.ogrid[part]
    within = _away_radii(face, rows=rows, columns=columns) < FACE_RADII
    own = _slopes(luma[part])
    strong = within & (np.hypot(*own) > STRONG_GREYS)
    shares: list[float] = []
    for other, picture in zip(among, lumas, strict=True):
        apart = np.hypot(other.x_px - face.x_px, other.y_px - face.y_px)
        if apart < ELSEWHERE_RADII * face.radius_px:
            continue
        bare = _away_radii(other, rows=rows, columns=columns) > CLEAR_RADII
        there = np.hypot(*(own - _slopes(picture[part]))) < SAME_SHARE * np.hypot(*own)
        seen = int(np.count_nonzero(within & bare))
        shares.append(int(np.count_nonzero(strong & bare & there)) / max(1, seen))
    return float(np.median(shares)) if shares else 0.0


def _away_radii(face: _Face, *, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> FloatArray:
    return np.asarray(np.hypot(columns - face.x_px, rows - face.y_px) / face.radius_px)


def _slopes(part: NDArray[np.uint8]) -> FloatArray:
    """Give the slope of the grey across and down, greys a pixel, shape (2, rows, columns)."""
    smooth = cv2.GaussianBlur(part, (0, 0), 1.0)
    # Sobel's weights add up to 8 for a slope of 1
    return np.stack([cv2.Sobel(smooth, cv2.CV_64F, *way) / 8 for way in ((1, 0), (0, 1))])
