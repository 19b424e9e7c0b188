"""The far plate beside the near one: where the bar points, and from how far away it is filmed.

The plates of a bar are joined rigidly, 1.31 m of shaft apart. Seen askance, the far one shows
beside the near one, by its whole radius at ten degrees, and smaller the nearer the camera is. It
also moves slower in the picture, by the same ratio as it is smaller: pictures laid over one another
at its pace keep it sharp, and blur the lifter, the room and the near plate. A round edge of the
very size that its pace demands is the far plate; hips, hands and racks lack the one or the other.

Inside, lengths are pixels of pictures in which the near plate's radius is `RADIUS_PX`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera.bar_layers import RADIUS_PX, Layers, Overlaid, lay_bar, overlay
from barpath.camera.motion import CameraMotion
from barpath.camera.viewpoint import (
    FAR_BEHIND_CM,
    FOCAL_SPREAD,
    USUAL_FOCAL_SHARE,
    USUAL_PITCH_DEG,
    USUAL_YAW_DEG,
    FarPlate,
)
from barpath.plate import Pictures
from barpath.tracking import Track

FloatArray = NDArray[np.float64]

FOCALS = np.linspace(-2.0, 3.2, 9)
"""Focal lengths that are tried, in spreads from the usual: cropped clips look zoomed in."""

DISTANCES_CM = (125.0, 900.0)
"""Nearer, no lift fits into the picture; farther, the far plate is too much like the near one."""

MIN_SUPPORT, MIN_RANK, MIN_LEAD = 0.2, 2.5, 0.7
"""What a far plate must have: mean evidence on its visible rim, rank, and lead of its rank over any
other place's. On 95 simulated sets, half of them drawn at random, and 15 real clips, what came
first and was something else had such a support and lead with a rank of up to 2.0."""

PLACE_SD, PACE_SD, SIZE_SD = 0.06, 0.02, 0.04
"""Standard deviations of the place, in radii of the near plate, of the pace, and of the size as a
share of what the pace demands."""

_PER_PACE, _REFINED = 3, 7
_RAYS = 72
_ANGLES = 2 * np.pi * np.arange(_RAYS) / _RAYS
_COS, _SIN = np.cos(_ANGLES), np.sin(_ANGLES)
_REACHES_PX = (5.0, 5.0, 3.0, 3.0, 3.0, 3.0)
_ON_RIM_PX = 1.25
_BESIDE = 3
_FAINT = 0.12
_HOLD = np.diag([0.05, 0.05, 3.0])  # the size is known from the pace, the place isn't
_SAME_PLACE_RADII = 0.35

_WORTH_WHOLE, _WORTH_VISIBLE, _PER_RANK = 20.0, 4.0, 2.0
"""What a rim all of which shows clearly is worth in rank, by its whole length and by what could be
seen of it, and what a step of rank is in logarithms of odds: chosen on the simulated sets."""

_MOST_SPREADS = 3.2
"""Angles farther from straight on than this, in their usual spreads (38 and 19 degrees), are no
view of a face."""


@dataclass(frozen=True)
class _Found:
    """A round edge at a pace.

    `support` is the mean evidence on what can be seen of it, `shown` that on its whole length, both
    0 to 1; `rank` is how much speaks for its being the far plate.
    """

    x_px: float
    y_px: float
    radius_px: float
    pace: float
    support: float = 0.0
    shown: float = 0.0
    rank: float = 0.0

    @property
    def size(self) -> float:
        """Share of the near plate's size."""
        return self.radius_px / RADIUS_PX


@dataclass(frozen=True)
class _Outlook:
    """What makes a place of the far plate likely: how a phone is usually put up.

    Where the near plate is, from the picture's middle and upright, and its radius, both in long
    sides of the picture; how many of its radii the far one is behind it; the roll.
    """

    aside: tuple[float, float]
    radius_share: float
    behind_radii: float
    roll_rad: float

    def rank(self, found: _Found) -> float:
        """Weigh what was found by its focal length and angles; -inf where they can't be."""
        cos, sin = np.cos(self.roll_rad), np.sin(self.roll_rad)
        x, y = found.x_px / RADIUS_PX, found.y_px / RADIUS_PX
        right, down = cos * x - sin * y, sin * x + cos * y
        focal_share = self.radius_share * self.behind_radii * found.pace / (1 - found.pace)
        per_radius = 1 / (self.behind_radii * found.pace)
        yaw, pitch = (
            np.degrees(np.arctan(at / focal_share + off * per_radius))
            for at, off in zip(self.aside, (right, down), strict=True)
        )
        turned = np.array([yaw / USUAL_YAW_DEG, pitch / USUAL_PITCH_DEG])
        if np.abs(turned).max() > _MOST_SPREADS:
            return -np.inf
        zoom = abs(np.log(focal_share / USUAL_FOCAL_SHARE) / FOCAL_SPREAD)
        unlikely = min(zoom, zoom**2) + float(turned @ turned)
        worth = _WORTH_WHOLE * found.shown + _WORTH_VISIBLE * found.support
        return float(worth - unlikely / 2)


def find_far_plate(
    *,
    pictures: Pictures,
    track: Track,
    motion: CameraMotion,
    factor: float,
    roll_deg: float,
    plate_diameter_cm: float,
) -> FarPlate | None:
    """Look for the bar's far plate.

    Parameters
    ----------
    pictures : Pictures
    track : Track
        Of the near plate.
    motion : CameraMotion
    factor : float
        Displayed pixels per working pixel.
    roll_deg : float
        By which the picture is to be turned upright, clockwise; NaN where not known.
    plate_diameter_cm : float

    Returns
    -------
    FarPlate or None
        None where nothing stands out: the near plate or the lifter hides it, or it is as dark as
        what is behind it.
    """
    layers = lay_bar(pictures=pictures, track=track, motion=motion, factor=factor)
    if layers is None:
        return None
    height, width = pictures.shape
    near_px = np.array([values[layers.frames].mean() for values in (track.x_px, track.y_px)])
    radius_px = float(track.radius_px[layers.frames].mean())
    long_px = max(height, width) * factor
    roll_rad = 0.0 if np.isnan(roll_deg) else float(np.radians(roll_deg))
    away = (near_px - (np.array([width, height]) * factor - 1) / 2) / long_px
    cos, sin = np.cos(roll_rad), np.sin(roll_rad)
    outlook = _Outlook(
        aside=(float(cos * away[0] - sin * away[1]), float(sin * away[0] + cos * away[1])),
        radius_share=radius_px / long_px,
        behind_radii=2 * FAR_BEHIND_CM / plate_diameter_cm,
        roll_rad=roll_rad,
    )
    best = _clear_best(_search(layers=layers, outlook=outlook))
    if best is None:
        return None
    return FarPlate(
        frames=layers.frames,
        x_px=float(near_px[0] + best.x_px / RADIUS_PX * radius_px),
        y_px=float(near_px[1] + best.y_px / RADIUS_PX * radius_px),
        pace=best.pace,
        pace_sd=float(np.hypot(PACE_SD, best.size - best.pace)),
        place_sd_px=PLACE_SD * radius_px,
        behind_radii=outlook.behind_radii,
        support=best.support,
    )


def _search(*, layers: Layers, outlook: _Outlook) -> list[_Found]:
    """Find round edges at every pace, and measure the likeliest; best first."""
    usual = USUAL_FOCAL_SHARE / outlook.radius_share * np.exp(FOCAL_SPREAD * FOCALS)
    per_radius = FAR_BEHIND_CM / outlook.behind_radii
    near, far = (limit / per_radius for limit in DISTANCES_CM)
    away = usual[(usual > near) & (usual < far)]
    coarse = layers.halved()
    rough = [
        found
        for pace in away / (away + outlook.behind_radii)
        for found in _voted(overlay(layers=coarse, pace=float(pace)), pace=float(pace))
        if np.isfinite(outlook.rank(found))
    ]
    rough.sort(key=lambda found: -found.shown)
    fitted = (_fitted(layers=layers, rough=found, outlook=outlook) for found in rough[:_REFINED])
    ranked = [replace(found, rank=outlook.rank(found)) for found in fitted if found is not None]
    return sorted(ranked, key=lambda found: -found.rank)


def _clear_best(ranked: list[_Found]) -> _Found | None:
    """Return the best of what was found, if it beats every other place clearly."""
    if not ranked:
        return None
    best = ranked[0]
    here = [
        found
        for found in ranked
        if np.hypot(found.x_px - best.x_px, found.y_px - best.y_px) < _SAME_PLACE_RADII * RADIUS_PX
    ]
    elsewhere = [found.rank for found in ranked if found not in here]
    lead = best.rank - max(elsewhere, default=-np.inf)
    if best.support < MIN_SUPPORT or best.rank < MIN_RANK or lead < MIN_LEAD:
        return None
    # an inner ring may be sharper than the rim, at a pace that is a little off
    weight = np.exp(
        [
            _PER_RANK * (found.rank - best.rank)
            - ((found.size / found.pace - 1) / SIZE_SD) ** 2 / 2
            for found in here
        ]
    )
    x_px, y_px, radius_px, pace = np.average(
        [[found.x_px, found.y_px, found.radius_px, found.pace] for found in here],
        axis=0,
        weights=weight,
    )
    return replace(
        best, x_px=float(x_px), y_px=float(y_px), radius_px=float(radius_px), pace=float(pace)
    )


def _voted(edges: Overlaid, *, pace: float) -> Iterator[_Found]:
    """Let every edge vote for the circles of one size that it may belong to (Hough transform).

    The edges are those of halved layers.

    Yields the best places, each with the share of a whole circle's votes as `shown`.
    """
    rows, columns = edges.shared.shape
    y, x = np.nonzero(edges.shared > 0.05)
    weight = edges.shared[y, x]
    slope_x, slope_y = edges.slope_x[y, x], edges.slope_y[y, x]
    radius = pace * RADIUS_PX / 2
    away = radius / np.hypot(slope_x, slope_y)
    votes = np.zeros(rows * columns)
    for side in (away, -away):  # the plate may be darker or lighter than what is behind it
        u = np.rint(x + side * slope_x).astype(np.intp)
        v = np.rint(y + side * slope_y).astype(np.intp)
        inside = (u >= 0) & (v >= 0) & (u < columns) & (v < rows)
        votes += np.bincount(
            v[inside] * columns + u[inside], weight[inside], minlength=rows * columns
        )
    smooth = cv2.GaussianBlur(votes.reshape(rows, columns), (0, 0), 1.2) / radius
    for _ in range(_PER_PACE):
        row, column = np.unravel_index(int(smooth.argmax()), smooth.shape)
        yield _Found(
            x_px=2.0 * (edges.corner_px[0] + column),
            y_px=2.0 * (edges.corner_px[1] + row),
            radius_px=pace * RADIUS_PX,
            pace=pace,
            shown=float(smooth[row, column]),
        )
        smooth[max(0, row - 5) : row + 6, max(0, column - 5) : column + 6] = 0


def _fitted(*, layers: Layers, rough: _Found, outlook: _Outlook) -> _Found | None:
    """Fit the far plate's rim about a rough place: as flat as the bar's own slant draws it there.

    Returns None where too little of a rim is found.
    """
    found = rough
    edges = overlay(
        layers=layers,
        pace=rough.pace,
        about_px=(round(rough.x_px), round(rough.y_px)),
        half_px=round(1.15 * rough.radius_px + 10),
    )
    for reach_px in _REACHES_PX:
        rays = _Rays.about(found, behind_radii=outlook.behind_radii, reach_px=reach_px)
        clear = np.abs(rays.clearness(edges))
        peak = clear.argmax(axis=1)
        height = clear[np.arange(_RAYS), peak]
        near = clear * (np.abs(rays.away_px - rays.away_px[peak][:, None]) <= 1.0)
        miss = (near * rays.away_px).sum(axis=1) / np.maximum(1e-6, near.sum(axis=1))
        told = height > _FAINT
        if told.sum() < _RAYS // 9:
            return None
        design = np.column_stack([rays.out_x, rays.out_y, np.ones(_RAYS)])[told]
        weight = height[told] / (1 + (miss[told] / 1.2) ** 2)
        normal = (design * weight[:, None]).T @ design + _HOLD
        step = np.linalg.solve(normal, (design * weight[:, None]).T @ miss[told])
        found = replace(
            found,
            x_px=found.x_px + float(step[0]),
            y_px=found.y_px + float(step[1]),
            radius_px=found.radius_px + float(step[2]),
        )
    rays = _Rays.about(found, behind_radii=outlook.behind_radii, reach_px=_REACHES_PX[-1])
    on_rim = np.abs(rays.away_px) <= _ON_RIM_PX
    visible = rays.sampled(edges.seen.astype(np.float32), edges)[:, on_rim].min(axis=1) > 0.5
    evidence = _running_on(rays.clearness(edges)[:, on_rim]).max(axis=1) * visible
    return replace(
        found,
        support=float(evidence.sum() / max(1, visible.sum())),
        shown=float(evidence.mean()),
    )


def _running_on(clear: FloatArray) -> FloatArray:
    """Average over neighbouring rays: laces and letters cancel, an edge along the rim doesn't."""
    width = 2 * _BESIDE + 1
    around = np.concatenate([clear[-_BESIDE:], clear, clear[:_BESIDE]])
    total = np.cumsum(np.concatenate([np.zeros((1, clear.shape[1])), around]), axis=0)
    return np.asarray(np.abs(total[width:] - total[:-width]) / width)


@dataclass(frozen=True)
class _Rays:
    """Rays square to an ellipse: where they start, where they point, how far they are sampled."""

    x_px: FloatArray
    y_px: FloatArray
    out_x: FloatArray
    out_y: FloatArray
    away_px: FloatArray

    @classmethod
    def about(cls, found: _Found, *, behind_radii: float, reach_px: float) -> _Rays:
        """Draw rays about the rim of a far plate at a place."""
        aside = max(1e-6, float(np.hypot(found.x_px, found.y_px)))
        cos, sin = found.x_px / aside, found.y_px / aside
        slant = np.arctan(aside / RADIUS_PX / (behind_radii * found.pace))
        ratio = max(0.7, float(np.cos(slant)))
        along, across = _COS * cos + _SIN * sin, _SIN * cos - _COS * sin
        size = np.hypot(along / ratio, across)
        return cls(
            x_px=found.x_px + found.radius_px * (along * ratio * cos - across * sin),
            y_px=found.y_px + found.radius_px * (along * ratio * sin + across * cos),
            out_x=(along / ratio * cos - across * sin) / size,
            out_y=(along / ratio * sin + across * cos) / size,
            away_px=np.arange(-reach_px, reach_px + 0.25, 0.5),
        )

    def sampled(self, picture: NDArray[np.float32], edges: Overlaid) -> FloatArray:
        """Read a picture of the overlay along the rays, shape (rays, steps)."""
        x, y = (
            start[:, None] + out[:, None] * self.away_px - corner
            for start, out, corner in zip(
                (self.x_px, self.y_px), (self.out_x, self.out_y), edges.corner_px, strict=True
            )
        )
        return cv2.remap(
            picture, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR
        ).astype(np.float64)

    def clearness(self, edges: Overlaid) -> FloatArray:
        """Say how far the layers share an edge that runs along the rim, shape (rays, steps).

        Positive where it is lighter outside, negative where it is darker.
        """
        slope_x, slope_y = (self.sampled(slope, edges) for slope in (edges.slope_x, edges.slope_y))
        square = slope_x * self.out_x[:, None] + slope_y * self.out_y[:, None]
        square /= np.maximum(1e-3, np.hypot(slope_x, slope_y))
        clear = np.clip(np.abs(square) - 0.7, 0, None) / 0.3 * self.sampled(edges.shared, edges)
        return np.sign(square) * clear
