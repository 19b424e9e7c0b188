"""The rim's size and shape: an ellipse that grows and flattens with the plate's place.

All lengths are pixels of the working picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.plate import Ellipse
from barpath.tracking.rim import RimFit

FloatArray = NDArray[np.float64]

EDGE_SD_PX = 0.2
"""A rim's edge is rounded and blurred: where it ends is this uncertain in every frame alike. On 48
simulated sets filmed within 3 degrees of the side the mean radius was off by 0.11 px rms; for eight
drawn at random, up to 6 degrees aside, 0.15 px would have been too little."""

HELD, SHAPE_HELD = 0.05, 0.15
"""Part of the travel that a slope must be seen over, and the same for the slopes of a rim's shape
where it was measured in single pictures: what lay beside a plate of 25 px on a dark floor drew it
out upwards by 0.04 more than at lockout. Our proposal; on five real clips the median centres are as
near to the truth or nearer than with 0.05."""

MAX_STRETCH, MIN_RADIUS_PX = 0.2, 3.0
"""A fit that ran away is held to an axis ratio of two thirds, and to this radius."""


@dataclass(frozen=True)
class RimModel:
    """The rim's size and shape as functions of the height in the picture, and where it lies.

    A plate that moves in a plane has, seen by a pinhole camera, a size that is affine in its place
    in the picture (inverse depth on a plane is). Every pair holds level and slope against
    ``y - about_y_px``.

    Attributes
    ----------
    about_y_px : float
    radius_px : tuple of float
        Mean of the semi-axes.
    cosine, sine : tuple of float
        Second harmonic of the rim: half the relative difference of the semi-axes, as a vector.
    offset_x_px, offset_y_px : tuple of float
        From the followed ring's centre to the rim's.
    radius_sd_px : float
        Standard error of the radius: how well its edge is defined, and the scatter about the line.
    jump : float
        Rise of the logarithm of the temporal deviation across the rim: what tells it from a lip.
    """

    about_y_px: float
    radius_px: tuple[float, float]
    cosine: tuple[float, float]
    sine: tuple[float, float]
    offset_x_px: tuple[float, float]
    offset_y_px: tuple[float, float]
    radius_sd_px: float
    jump: float

    def at(self, *, x_px: float, y_px: float) -> Ellipse:
        """Return the rim with its centre at a place in the picture."""
        radius_px, axis_ratio, angle_deg = self.along(np.array(y_px))
        return Ellipse(
            x_px=x_px,
            y_px=y_px,
            radius_px=float(radius_px),
            axis_ratio=float(axis_ratio),
            angle_deg=float(angle_deg),
        )

    def along(self, y_px: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the rim's semi-major axis, axis ratio and direction in degrees, at rows."""
        height = y_px - self.about_y_px
        radius, cosine, sine = (
            level + slope * height for level, slope in (self.radius_px, self.cosine, self.sine)
        )
        return _axes(radius_px=radius, cosine=cosine, sine=sine)

    def centres(self, path_px: FloatArray) -> FloatArray:
        """Return where the rim's centre is to be looked for along the followed ring's path."""
        height = path_px[:, 1] - self.about_y_px
        shift = [level + slope * height for level, slope in (self.offset_x_px, self.offset_y_px)]
        return path_px + np.column_stack(shift)


def shaped(*, x_px: float, y_px: float, radius_px: float, cosine: float, sine: float) -> Ellipse:
    """Return the ellipse of a mean radius and a second harmonic."""
    longer_px, axis_ratio, angle_deg = _axes(
        radius_px=np.array(radius_px), cosine=np.array(cosine), sine=np.array(sine)
    )
    return Ellipse(
        x_px=x_px,
        y_px=y_px,
        radius_px=float(longer_px),
        axis_ratio=float(axis_ratio),
        angle_deg=float(angle_deg),
    )


def _axes(
    *, radius_px: FloatArray, cosine: FloatArray, sine: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return semi-major axis, axis ratio and direction in degrees of ellipses."""
    stretch = np.minimum(MAX_STRETCH, np.hypot(cosine, sine))
    return (
        np.maximum(MIN_RADIUS_PX, radius_px * (1 + stretch)),
        (1 - stretch) / (1 + stretch),
        0.5 * np.degrees(np.arctan2(sine, cosine)) % 180,
    )


def mapped(rim: Ellipse, *, turn: FloatArray, centre: FloatArray) -> Ellipse:
    """Return the image of an ellipse under an affine map."""
    angle = np.deg2rad(rim.angle_deg)
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ (axes * (rim.radius_px * np.array([1.0, rim.axis_ratio])))
    major, minor = stretches(linear)
    # what `linear @ linear.T` is stretched along
    (a, b), (c, d) = linear.tolist()
    direction = 0.5 * math.atan2(2 * (a * c + b * d), a * a + b * b - c * c - d * d)
    x, y = centre + turn @ np.array([rim.x_px, rim.y_px])
    return Ellipse(
        x_px=float(x),
        y_px=float(y),
        radius_px=major,
        axis_ratio=minor / major,
        angle_deg=math.degrees(direction) % 180,
    )


def stretches(linear: FloatArray) -> tuple[float, float]:
    """Return the singular values of a 2 x 2 map; numpy's own take ten times as long."""
    (a, b), (c, d) = linear.tolist()
    mean, half = math.hypot(a + d, c - b) / 2, math.hypot(a - d, b + c) / 2
    return mean + half, abs(mean - half)


@dataclass(frozen=True)
class Shape:
    """A rim's offset from the path, mean radius and second harmonic at one place."""

    x: float
    y: float
    radius: float
    cosine: float = 0.0
    sine: float = 0.0

    @property
    def area(self) -> float:
        """Area of the ellipse over pi, px²."""
        return self.radius**2 * (1 - self.cosine**2 - self.sine**2)

    @classmethod
    def of(cls, rim: Ellipse, *, origin: FloatArray) -> Shape:
        """Return an ellipse as a shape about an origin."""
        stretch = (1 - rim.axis_ratio) / (1 + rim.axis_ratio)
        turn = 2 * np.deg2rad(rim.angle_deg)
        return cls(
            x=rim.x_px - origin[0],
            y=rim.y_px - origin[1],
            radius=rim.radius_px / (1 + stretch),
            cosine=float(stretch * np.cos(turn)),
            sine=float(stretch * np.sin(turn)),
        )

    def on(self, centre: FloatArray) -> Ellipse:
        """Return the shape as an ellipse."""
        return shaped(
            x_px=centre[0] + self.x,
            y_px=centre[1] + self.y,
            radius_px=self.radius,
            cosine=self.cosine,
            sine=self.sine,
        )

    def corrected(self, fit: RimFit, rim: Ellipse) -> Shape:
        """Return the shape after a fit against `rim`, which this shape had drawn."""
        turn = 2 * np.deg2rad(rim.angle_deg)
        along, across = fit.shape
        return Shape(
            x=self.x + fit.dx_px,
            y=self.y + fit.dy_px,
            radius=self.radius * (1 + fit.growth),
            cosine=self.cosine + along * np.cos(turn) - across * np.sin(turn),
            sine=self.sine + along * np.sin(turn) + across * np.cos(turn),
        )


def through(
    *,
    about: float,
    heights: FloatArray,
    shapes: list[Shape],
    weight: FloatArray,
    slope: float,
    jump: float,
    reach: float,
    shape_held: float = HELD,
) -> RimModel:
    """Put affine functions of height through measured shapes, robustly.

    `slope` is the relative growth per pixel to fall back on where the heights don't tell;
    `shape_held` is the part of `reach` over which the shape's slopes must be seen.
    """
    columns = np.array([[s.radius, s.cosine, s.sine, s.x, s.y] for s in shapes])
    columns[:, 0] /= 1 + slope * heights
    pairs = [
        _robust_line(height=heights, value=column, weight=weight, least=part * reach)
        for column, part in zip(columns.T, (HELD, shape_held, shape_held, HELD, HELD), strict=True)
    ]
    (level, bend), cosine, sine, x, y = pairs
    scatter = 1.4826 * float(np.median(np.abs(columns[:, 0] - level - bend * heights)))
    return RimModel(
        about_y_px=about,
        radius_px=(level, bend + slope * level),
        cosine=cosine,
        sine=sine,
        offset_x_px=x,
        offset_y_px=y,
        radius_sd_px=float(np.hypot(EDGE_SD_PX, scatter / np.sqrt(len(shapes)))),
        jump=jump,
    )


def _robust_line(
    *, height: FloatArray, value: FloatArray, weight: FloatArray, least: float
) -> tuple[float, float]:
    """Return level and slope of a line through the values, by Cauchy-weighted least squares."""
    middle = float(np.average(height, weights=weight))
    design = np.column_stack([np.ones_like(height), height - middle])
    # a slope that the travel can't show is held to zero
    hold = np.diag([0.0, least**2 * weight.sum()])
    used = weight.copy()
    level, slope = float(np.median(value)), 0.0
    for _ in range(15):
        normal = design.T @ (design * used[:, None]) + hold + 1e-9 * np.eye(2)
        level, slope = np.linalg.solve(normal, design.T @ (value * used))
        miss = np.abs(value - level - slope * (height - middle))
        order = np.argsort(miss)
        share = np.cumsum(weight[order])
        scale = miss[order][np.searchsorted(share, share[-1] / 2)] + 1e-9
        used = weight / (1 + (miss / (2 * scale)) ** 2)
    return float(level - slope * middle), float(slope)
