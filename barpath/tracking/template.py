"""The plate's face in one frame, and laying another frame's face over it.

Corners of the face are found again in the other picture, which was warped back first by what is
known of the motion so far; an affine map of the face follows its turning, its growing and its
foreshortening. All lengths are pixels of the working picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.tracking.points import match_points

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

CORNERS = 90

CORNER_QUALITIES = (0.01, 0.003)
"""Shares of the best corner's strength down to which corners are taken; the second for a plate on
whose face a few, of white letters say, outshine all others."""

MIN_MATCHED = 10
"""Corners that must agree for a frame to be registered."""

MIN_MATCHED_SHARE = 0.25

MIN_AFFINE = 24
AFFINE_GAP_DEG = 120.0
"""An affine map is fitted to this many corners, where no wider angle of the face is without one."""

MAX_GAP_DEG = 190.0
"""Corners on one side of the face only don't tell its centre."""

INNER_SHARE = 0.36
"""Corners nearer the centre than this share of the ring's radius belong to hub, collar and sleeve,
which stand out of the face and move differently (sleeve-tip motion reads 30 % too fast)."""

OUTER_SHARE = 0.9


_WINDOW_PX = 15
_PATCH_PX = 9
_SAME_CORRELATION = 0.8
_CLOSURE_PX = 0.5
_AGREE_PX = 0.8
_RANSAC_ROUNDS = 300


@dataclass(frozen=True)
class Template:
    """The face in one frame.

    Attributes
    ----------
    picture : ndarray of uint8, shape (side, side)
        Crop round the ring's centre.
    origin_px : ndarray, shape (2,)
        The centre's place in the crop.
    corners_px : ndarray of float32, shape (n, 2)
        Corners, in the crop.
    """

    picture: Image
    origin_px: FloatArray
    corners_px: NDArray[np.float32]


@dataclass(frozen=True)
class Registration:
    """One frame's face laid over the template's.

    Attributes
    ----------
    turn : ndarray, shape (2, 2)
        Linear part of the map from the template, relative to its centre, to the frame.
    centre_px : ndarray, shape (2,)
        Where the template's centre lies in the frame.
    matched : int
        Corners that agree.
    """

    turn: FloatArray
    centre_px: FloatArray
    matched: int


def make_template(
    *,
    picture: Image,
    centre_px: FloatArray,
    radius_px: float,
    quality: float = CORNER_QUALITIES[0],
    elsewhere: tuple[Image, ...] = (),
) -> Template:
    """Cut the template from a frame and find the face's corners.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width)
    centre_px : ndarray, shape (2,)
    radius_px : float
    quality : float
        Share of the best corner's strength down to which corners are taken.
    elsewhere : tuple of ndarray
        Pictures in which the plate lies elsewhere: a corner that is there all the same belongs to a
        caption burnt into the picture, or to something in front of the plate.

    Returns
    -------
    Template
    """
    half = int(np.ceil(radius_px * 1.15)) + _WINDOW_PX // 2
    side = 2 * half + 1
    corner = np.floor(centre_px) - half
    shift = np.array([[1.0, 0.0, corner[0]], [0.0, 1.0, corner[1]]])
    crop = np.asarray(
        cv2.warpAffine(picture, shift, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    )
    origin = centre_px - corner
    rows, columns = np.mgrid[0:side, 0:side]
    away = np.hypot(columns - origin[0], rows - origin[1]) / radius_px
    height, width = picture.shape
    seen = (
        (columns + corner[0] > 3)
        & (columns + corner[0] < width - 4)
        & (rows + corner[1] > 3)
        & (rows + corner[1] < height - 4)
    )
    face = ((away > INNER_SHARE) & (away < OUTER_SHARE) & seen).astype(np.uint8)
    found = cv2.goodFeaturesToTrack(crop, CORNERS, quality, max(3.0, radius_px * 0.08), mask=face)
    corners = (
        np.empty((0, 2), dtype=np.float32)
        if found is None
        else np.asarray(found, dtype=np.float32).reshape(-1, 2)
    )
    if elsewhere:
        corners = corners[~_stay(corners + corner, picture=picture, elsewhere=elsewhere)]
    return Template(picture=crop.astype(np.uint8), origin_px=origin, corners_px=corners)


def _stay(
    corners_px: FloatArray, *, picture: Image, elsewhere: tuple[Image, ...]
) -> NDArray[np.bool_]:
    """Say which corners look the same in most of the other pictures (normalised correlation)."""

    def patches(image: Image) -> FloatArray:
        cut = [
            cv2.getRectSubPix(image, (_PATCH_PX, _PATCH_PX), (float(x), float(y))).ravel()
            for x, y in corners_px
        ]
        grey = np.array(cut, dtype=np.float64).reshape(len(corners_px), _PATCH_PX**2)
        grey -= grey.mean(axis=1, keepdims=True)
        unit: FloatArray = grey / np.maximum(np.linalg.norm(grey, axis=1, keepdims=True), 1.0)
        return unit

    here = patches(picture)
    alike = [(here * patches(other)).sum(axis=1) > _SAME_CORRELATION for other in elsewhere]
    stay: NDArray[np.bool_] = np.mean(alike, axis=0) > 0.5
    return stay


def register(
    *, template: Template, picture: Image, turn: FloatArray, centre_px: FloatArray, levels: int
) -> Registration | None:
    """Lay one frame's face over the template, starting from a guess.

    Parameters
    ----------
    template : Template
    picture : ndarray of uint8, shape (height, width)
    turn : ndarray, shape (2, 2)
        Guess of the linear part.
    centre_px : ndarray, shape (2,)
        Guess of the centre.
    levels : int
        Halvings of the picture: each doubles how wrong the guess may be.

    Returns
    -------
    Registration or None
        None when too few corners agree.
    """
    if len(template.corners_px) < MIN_MATCHED:
        return None
    side = template.picture.shape[0]
    there = np.column_stack([turn, centre_px - turn @ template.origin_px])
    warped = np.asarray(
        cv2.warpAffine(picture, there, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    )
    start = template.corners_px
    moved, good = match_points(
        before=template.picture,
        now=warped,
        points=start,
        window_px=_WINDOW_PX,
        levels=levels,
        closure_px=_CLOSURE_PX,
    )
    if good.sum() < MIN_MATCHED:
        return None
    fit = _agreed_map(start[good], moved[good], about=template.origin_px)
    if fit is None:
        return None
    change, matched, affine = fit
    if matched < max(MIN_MATCHED, MIN_MATCHED_SHARE * len(start)):
        return None
    if np.abs(change[:, :2] - np.eye(2)).max() > 0.2:
        return None
    new_origin = change[:, :2] @ template.origin_px + change[:, 2]
    linear = turn @ change[:, :2]
    return Registration(
        turn=linear if affine else _as_similarity(linear),
        centre_px=there[:, :2] @ new_origin + there[:, 2],
        matched=matched,
    )


def _agreed_map(
    start: NDArray[np.float32], moved: NDArray[np.float32], *, about: FloatArray
) -> tuple[FloatArray, int, bool] | None:
    """Return the map most corners agree on, how many do, and whether it is affine.

    Affine where they lie all round the face; a similarity where part of it is hidden (by a caption,
    or the picture's edge), for an affine map would bend what it can't see.
    """
    if len(start) >= MIN_AFFINE:
        affine, agreed = cv2.estimateAffine2D(
            start,
            moved,
            method=cv2.RANSAC,
            ransacReprojThreshold=_AGREE_PX,
            maxIters=_RANSAC_ROUNDS,
        )
        if (
            affine is not None
            and _widest_gap_deg(start[agreed.ravel() > 0] - about) <= AFFINE_GAP_DEG
        ):
            return np.asarray(affine, dtype=np.float64), int(agreed.sum()), True
    change, agreed = cv2.estimateAffinePartial2D(
        start,
        moved,
        method=cv2.RANSAC,
        ransacReprojThreshold=_AGREE_PX,
        maxIters=_RANSAC_ROUNDS,
    )
    if change is None or _widest_gap_deg(start[agreed.ravel() > 0] - about) > MAX_GAP_DEG:
        return None
    return np.asarray(change, dtype=np.float64), int(agreed.sum()), False


def _widest_gap_deg(away: FloatArray) -> float:
    """Return the widest angle, seen from the face's centre, without a point in it."""
    angle = np.degrees(np.arctan2(away[:, 1], away[:, 0]))
    angle.sort()
    return max(float((angle[1:] - angle[:-1]).max(initial=0.0)), float(angle[0] + 360 - angle[-1]))


def _as_similarity(linear: FloatArray) -> FloatArray:
    """Return the turn and growth of a linear map, without its shear."""
    along = 0.5 * (linear[0, 0] + linear[1, 1])
    across = 0.5 * (linear[1, 0] - linear[0, 1])
    return np.array([[along, -across], [across, along]])
