"""Calibrating a lens from a clip of the board, or saying why the clip won't do.

Zhang's method (2000, A Flexible New Technique for Camera Calibration) as OpenCV has it, with square
pixels and two radial terms. The uncertainty is had by leaving out a part of the clip at a time
(jackknife): it includes what corners of one picture have in common, which the fit's own covariance
doesn't.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera.board import charuco_board
from barpath.camera.lens import straightened_px
from barpath.camera.lens_views import (
    MIN_CORNERS,
    Search,
    View,
    diverse_views,
    find_views,
    sharp_views,
)
from barpath.camera.profile import CameraProfile, ProfileQuality
from barpath.errors import UnmeasurableError
from barpath.pixels import enlarged_px
from barpath.video import Footage

FloatArray = NDArray[np.float64]

MIN_VIEWS = 10
"""Views that must differ: what OpenCV's own guide to calibration asks for."""

MIN_TILT_DEG = 12.0
"""How far the board's directions must differ, root mean square: parallel boards don't tell the
focal length (Zhang 2000, section 3.4). A board tilted by 20 degrees each way gives 16. Our
proposal."""

MIN_COVERAGE_PCT = 60.0
"""Share of the picture's cells in which corners must be seen: the fit doesn't hold where there are
none. Our proposal."""

MAX_ERROR = 1.0 / 1280
"""Largest reprojection error, in long sides. A flat print filmed by a phone gives 0.2 to 0.5 pixels
at 1280. Our proposal."""

MAX_FOCAL_SD_PCT = 1.0
"""The focal length hardly matters to a path that the plate scales, but one that isn't known to 1 %
comes from views that don't tell the distortion either. Our proposal."""

MAX_CORRECTION_SD = 1.5 / 1280
"""Largest uncertainty of the correction half a picture's height from the middle, in long sides: a
fifth of a per cent of that way, or 0.1 cm of a pull. Our proposal."""

CELLS = (6, 8)
"""Rows and columns of the picture in which corners are counted; swapped for an upright picture."""

COMMON_FOCAL_PCT, COMMON_K1, COMMON_CORRECTION = 0.05, 0.001, 0.05 / 1280
"""What all parts of a clip have in common, and leaving one out doesn't show: errors left on ten
rendered boards, root mean square. The correction is in long sides."""

_OUTLIER = 2.5  # medians of the views' errors; a view so far off was misread or moved
_PARTS = 6
_RING = 16
_FLAGS = (
    cv2.CALIB_USE_INTRINSIC_GUESS
    | cv2.CALIB_FIX_ASPECT_RATIO
    | cv2.CALIB_ZERO_TANGENT_DIST
    | cv2.CALIB_FIX_K3
)
_USUAL_FOCAL = 0.8  # long sides: where the fit begins

HOW_TO = "film the board for half a minute as its print says, and try again"


@dataclass(frozen=True)
class _Fit:
    """What one calibration gave, in working pixels.

    Attributes
    ----------
    fx_px, fy_px, cx_px, cy_px, k1, k2 : float
        As in `CameraProfile`; pixels are square.
    error_px : float
        Root mean square reprojection error.
    view_errors_px : ndarray, shape (n_views,)
    turns, shifts : ndarray, shape (n_views, 3)
        Pose of the board before the camera: Rodrigues vector and millimetres.
    """

    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    k1: float
    k2: float
    error_px: float
    view_errors_px: FloatArray
    turns: FloatArray
    shifts: FloatArray


def calibrate_lens(
    *,
    footage: Footage,
    name: str,
    square_mm: float,
    progress: Callable[[float], None] | None = None,
) -> CameraProfile:
    """Calibrate a lens from a clip of the board.

    Parameters
    ----------
    footage : Footage
    name : str
        What to call the camera.
    square_mm : float
        Side of a printed square. Only the distances depend on it.
    progress : callable, optional
        Called with the share done, from 0 to 1.

    Returns
    -------
    CameraProfile
        Of the clip's displayed picture.

    Raises
    ------
    UnmeasurableError
        The clip doesn't show the board, or not well enough.
    """
    search = find_views(pictures=footage, progress=progress)
    views = _chosen(search, shape=footage.shape)
    views, fit = _without_outliers(views, shape=footage.shape, square_mm=square_mm)
    profile = _profile(fit, views=views, footage=footage, name=name, square_mm=square_mm)
    _check(profile, fit=fit)
    return profile


def _chosen(search: Search, *, shape: tuple[int, int]) -> list[View]:
    """Choose the views to calibrate with."""
    if not search.with_markers:
        raise UnmeasurableError(
            "the clip doesn't show barpath's calibration board",
            hint="print it with 'barpath calibrate board -o board.pdf'",
        )
    if not search.views:
        raise UnmeasurableError(
            f"markers are seen in {search.with_markers} of {search.looked} pictures, but they "
            f"never show {MIN_CORNERS} corners of barpath's board",
            hint="use the board of 'barpath calibrate board'; hold it nearer, still and in focus",
        )
    sharp = sharp_views(search.views)
    if len(sharp) < min(MIN_VIEWS, len(search.views) / 2):
        raise UnmeasurableError(
            f"the board is seen in {len(search.views)} pictures, but sharp and still in only "
            f"{len(sharp)}",
            hint="hold the board still for a second in each place, in good light, 30 cm away or "
            "more",
        )
    views = diverse_views(sharp, long_side_px=max(shape))
    if len(views) < MIN_VIEWS:
        raise UnmeasurableError(
            f"too few views of the board: {len(views)} sharp ones that differ, {MIN_VIEWS} are "
            "needed",
            hint="take the board to other places of the picture, nearer and farther, and tilt it",
        )
    return views


def _without_outliers(
    views: list[View], *, shape: tuple[int, int], square_mm: float
) -> tuple[list[View], _Fit]:
    """Calibrate, drop the views that fit far worse than the others, and calibrate again."""
    fit = _fit(views, shape=shape, square_mm=square_mm)
    fine = fit.view_errors_px <= _OUTLIER * np.median(fit.view_errors_px)
    if fine.all() or fine.sum() < MIN_VIEWS:
        return views, fit
    kept = [view for view, keep in zip(views, fine, strict=True) if keep]
    return kept, _fit(kept, shape=shape, square_mm=square_mm)


def _fit(views: Sequence[View], *, shape: tuple[int, int], square_mm: float) -> _Fit:
    height, width = shape
    places = np.asarray(charuco_board(square_mm=square_mm).getChessboardCorners(), np.float32)
    focal = _USUAL_FOCAL * max(shape)
    matrix = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
    error_px, matrix, bend, turns, shifts, _, _, errors = cv2.calibrateCameraExtended(
        [places[view.ids] for view in views],
        [view.corners_px.astype(np.float32) for view in views],
        (width, height),
        matrix,
        np.zeros(5),
        flags=_FLAGS,
    )
    k1, k2 = np.ravel(bend)[:2]
    return _Fit(
        fx_px=float(matrix[0, 0]),
        fy_px=float(matrix[1, 1]),
        cx_px=float(matrix[0, 2]),
        cy_px=float(matrix[1, 2]),
        k1=float(k1),
        k2=float(k2),
        error_px=float(error_px),
        view_errors_px=np.ravel(errors),
        turns=np.array(turns, dtype=np.float64).reshape(-1, 3),
        shifts=np.array(shifts, dtype=np.float64).reshape(-1, 3),
    )


def _profile(
    fit: _Fit, *, views: Sequence[View], footage: Footage, name: str, square_mm: float
) -> CameraProfile:
    """Put what was found together, in displayed pixels."""
    info, factor = footage.info, footage.factor
    focal_sd_pct, k1_sd, correction_sd = _jackknife(
        views, whole=fit, shape=footage.shape, square_mm=square_mm
    )
    distances_cm = np.linalg.norm(fit.shifts, axis=1) / 10
    quality = ProfileQuality(
        views=len(views),
        reprojection_px=fit.error_px * factor,
        coverage_pct=coverage_pct(views, shape=footage.shape),
        focal_sd_pct=focal_sd_pct,
        k1_sd=k1_sd,
        correction_sd_px=correction_sd * factor,
        nearest_cm=float(distances_cm.min()),
        farthest_cm=float(distances_cm.max()),
    )
    try:
        return CameraProfile(
            name=name,
            width_px=info.width,
            height_px=info.height,
            rotation_deg=info.rotation_deg,
            fx_px=fit.fx_px * factor,
            fy_px=fit.fy_px * factor,
            cx_px=enlarged_px(fit.cx_px, factor=factor),
            cy_px=enlarged_px(fit.cy_px, factor=factor),
            k1=fit.k1,
            k2=fit.k2,
            quality=quality,
        )
    except ValueError as error:
        raise UnmeasurableError(f"what was found is no camera: {error}", hint=HOW_TO) from error


def _jackknife(
    views: Sequence[View], *, whole: _Fit, shape: tuple[int, int], square_mm: float
) -> tuple[float, float, float]:
    """Leave out a part of the clip at a time, see what changes, and add what they share.

    Returns
    -------
    tuple of float
        One standard deviation of the focal length in per cent, of k1, and of the correction half a
        picture's height from its middle in working pixels.

    Notes
    -----
    Variance ``(n - 1) / n sum (x_i - mean)^2`` over the n parts left out (Efron 1982, The
    Jackknife). Parts are stretches of time, since views close in time are alike.
    """
    parts = np.arange(len(views)) * _PARTS // len(views)
    fits = [
        _fit(
            [view for view, part in zip(views, parts, strict=True) if part != out],
            shape=shape,
            square_mm=square_mm,
        )
        for out in range(_PARTS)
    ]

    def sd(values: Sequence[float]) -> float:
        return float(np.std(values) * np.sqrt(_PARTS - 1))

    shifts = np.stack([_corrections_px(fit, shape=shape) for fit in fits])
    around = np.std(shifts, axis=0) * np.sqrt(_PARTS - 1)
    correction_px = math.sqrt(np.mean(np.sum(around**2, axis=1)))
    return (
        math.hypot(100 * sd([fit.fx_px for fit in fits]) / whole.fx_px, COMMON_FOCAL_PCT),
        math.hypot(sd([fit.k1 for fit in fits]), COMMON_K1),
        math.hypot(correction_px, COMMON_CORRECTION * max(shape)),
    )


def _corrections_px(fit: _Fit, *, shape: tuple[int, int]) -> FloatArray:
    """Return by how much places half a picture's height from its middle are moved, (n, 2)."""
    height, width = shape
    round_ = 2 * np.pi * np.arange(_RING) / _RING
    out = min(shape) / 2 * np.stack([np.cos(round_), np.sin(round_)], axis=1)
    places = out + ((width - 1) / 2, (height - 1) / 2)
    return straightened_px(places, lens=fit) - places


def coverage_pct(views: Sequence[View], *, shape: tuple[int, int]) -> float:
    """Return the share of the picture's cells in which a corner was seen, per cent.

    Parameters
    ----------
    views : sequence of View
    shape : tuple of int
        Height and width of the picture.
    """
    height, width = shape
    rows, columns = CELLS if width >= height else CELLS[::-1]
    places = np.concatenate([view.corners_px for view in views])
    column = np.clip(places[:, 0] * columns // width, 0, columns - 1)
    row = np.clip(places[:, 1] * rows // height, 0, rows - 1)
    return 100 * len(np.unique(row * columns + column)) / (rows * columns)


def _check(profile: CameraProfile, *, fit: _Fit) -> None:
    """Refuse a calibration that can't be relied on."""
    quality, long_side = profile.quality, max(profile.width_px, profile.height_px)
    if quality.reprojection_px > MAX_ERROR * long_side:
        raise UnmeasurableError(
            f"the board's corners are {quality.reprojection_px:.1f} px from where any such camera "
            f"would draw them; {MAX_ERROR * long_side:.1f} px are allowed",
            hint="use barpath's own board, printed at 100 % and glued flat, and don't zoom while "
            "filming",
        )
    if quality.coverage_pct < MIN_COVERAGE_PCT:
        raise UnmeasurableError(
            f"the board was seen in only {quality.coverage_pct:.0f} % of the picture, "
            f"{MIN_COVERAGE_PCT:.0f} % are needed",
            hint="take the board to all four corners of the picture, partly beyond its edges",
        )
    tilt_deg = tilt_spread_deg(fit.turns)
    if tilt_deg < MIN_TILT_DEG:
        raise UnmeasurableError(
            f"the board was seen from nearly one direction (they differ by {tilt_deg:.0f} "
            f"degrees, {MIN_TILT_DEG:.0f} are needed)",
            hint="tilt the board by 30 to 45 degrees to the left, right, up and down",
        )
    uncertain = quality.correction_sd_px > MAX_CORRECTION_SD * long_side
    if uncertain or quality.focal_sd_pct > MAX_FOCAL_SD_PCT:
        raise UnmeasurableError(
            f"the views don't agree on the lens: focal length ±{quality.focal_sd_pct:.1f} %, "
            f"correction ±{quality.correction_sd_px:.1f} px",
            hint=HOW_TO,
        )


def tilt_spread_deg(turns: FloatArray) -> float:
    """Return how far the board's directions differ, root mean square about their mean, degrees.

    Parameters
    ----------
    turns : ndarray, shape (n_views, 3)
        Rodrigues vectors, board to camera.
    """
    normals = np.stack([cv2.Rodrigues(turn)[0][:, 2] for turn in turns])
    mean = normals.mean(axis=0)
    off = np.arccos(np.clip(normals @ mean / np.linalg.norm(mean), -1, 1))
    return float(np.degrees(np.sqrt(np.mean(off**2))))


def report_lines(profile: CameraProfile) -> list[str]:
    """Say what was found, for a person."""
    quality = profile.quality
    across_deg = 2 * math.degrees(math.atan(profile.width_px / 2 / profile.fx_px))
    return [
        f"focal length   {profile.fx_px:.1f} px ±{quality.focal_sd_pct:.2f} % "
        f"({across_deg:.0f} degrees across)",
        f"distortion     k1 {profile.k1:+.4f} ±{quality.k1_sd:.4f}, k2 {profile.k2:+.4f}",
        f"correction     ±{quality.correction_sd_px:.2f} px half the picture's height from its "
        "middle",
        f"corners        {quality.reprojection_px:.2f} px from where they should be, rms",
        f"coverage       {quality.coverage_pct:.0f} % of the picture, {quality.views} views, "
        f"{quality.nearest_cm:.0f} to {quality.farthest_cm:.0f} cm away",
    ]
