"""Pictures drawn by formula, so that where everything lies in them is known exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import erfc

from barpath.plate import Ellipse

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

SHAPE = (240, 320)
EDGE_SD_PX = 0.7
"""Edges are error functions of the distance to the outline: what a lens makes of a step."""


@dataclass(frozen=True)
class Reel:
    """Pictures in memory, as detection and tracking want them."""

    frames: tuple[Image, ...]
    time_s: FloatArray

    @property
    def shape(self) -> tuple[int, int]:
        height, width = self.frames[0].shape
        return height, width

    def luma(self, index: int, /) -> Image:
        return self.frames[index]

    def rows(self, index: int, top: int, bottom: int, /) -> Image:
        return self.frames[index][top:bottom]

    def __len__(self) -> int:
        return len(self.frames)


def reel(frames: Iterable[Image], *, fps: float = 30.0) -> Reel:
    kept = tuple(frames)
    return Reel(kept, np.arange(len(kept)) / fps)


@dataclass(frozen=True)
class Look:
    """The greys of a plate's face; `lip` is the dished part inside `lip_share` of the radius."""

    rim: float = 60.0
    lip: float = 95.0
    lip_share: float = 0.8
    hub: float = 170.0
    marks: float = 70.0


PLAIN = Look(lip=60.0, hub=60.0, marks=0.0)
DISHED = Look()

_MARKS = np.random.default_rng(7).uniform(size=(26, 4))


def _in_plate(rim: Ellipse, window: tuple[slice, slice]) -> tuple[FloatArray, FloatArray]:
    """Pixels in the plate's own frame, where its rim is the unit circle."""
    rows, columns = np.mgrid[window].astype(float)
    turn = np.deg2rad(rim.angle_deg)
    x, y = columns - rim.x_px, rows - rim.y_px
    along = x * np.cos(turn) + y * np.sin(turn)
    across = y * np.cos(turn) - x * np.sin(turn)
    return along / rim.radius_px, across / (rim.radius_px * rim.axis_ratio)


def _cover(u: FloatArray, v: FloatArray, rim: Ellipse, share: float, sd_px: float) -> FloatArray:
    """How far pixels are covered by the ellipse `share` as large as the rim, 0 to 1."""
    rho = np.maximum(np.hypot(u, v), 1e-6)
    steepness = np.hypot(u / rim.radius_px, v / (rim.radius_px * rim.axis_ratio)) / rho
    steepness = np.maximum(steepness, 0.5 / rim.radius_px)  # it isn't defined at the very centre
    covered: FloatArray = 0.5 * erfc((rho - share) / steepness / (np.sqrt(2) * sd_px))
    return covered


def paint_plate(
    canvas: FloatArray,
    rim: Ellipse,
    look: Look = DISHED,
    *,
    spin_deg: float = 0.0,
    sd_px: float = EDGE_SD_PX,
) -> FloatArray:
    """Return the picture with a plate in it: rim, dished face with marks that turn, hub."""
    reach = rim.radius_px + 5 * sd_px
    top, left = (max(0, int(centre - reach)) for centre in (rim.y_px, rim.x_px))
    bottom, right = (max(0, int(centre + reach) + 2) for centre in (rim.y_px, rim.x_px))
    window = (slice(top, min(bottom, canvas.shape[0])), slice(left, min(right, canvas.shape[1])))
    u, v = _in_plate(rim, window)
    face = look.rim + (look.lip - look.rim) * _cover(u, v, rim, look.lip_share, sd_px)
    for place, turn, size, grey in _MARKS if look.marks else ():
        radius, angle = 0.42 + 0.3 * place, 2 * np.pi * turn + np.deg2rad(spin_deg)
        away = np.hypot(u - radius * np.cos(angle), v - radius * np.sin(angle))
        dot = np.exp(-0.5 * (away / (0.035 + 0.03 * size)) ** 2)
        face += look.marks * np.sign(grey - 0.5) * dot
    face += (look.hub - face) * _cover(u, v, rim, 0.12, sd_px)
    painted = canvas.copy()
    painted[window] += (face - canvas[window]) * _cover(u, v, rim, 1.0, sd_px)
    return painted


@cache
def wall(*, shape: tuple[int, int] = SHAPE, seed: int = 3, busy: float = 12.0) -> FloatArray:
    """A light wall with soft stains: nothing round, and nothing flat either."""
    rng = np.random.default_rng(seed)
    stains = gaussian_filter(rng.normal(size=shape), 5)
    painted: FloatArray = 165 + busy * stains / stains.std()
    painted.setflags(write=False)
    return painted


def as_image(canvas: FloatArray, *, noise: float = 0.0, seed: int = 0) -> Image:
    if noise:
        canvas = canvas + np.random.default_rng(seed).normal(0, noise, canvas.shape)
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8)


def lift_y(time_s: FloatArray, *, low_px: float, high_px: float, period_s: float) -> FloatArray:
    """Up and down again in `period_s`, from rest at `low_px`, as a raised cosine."""
    return low_px + (high_px - low_px) * 0.5 * (1 - np.cos(2 * np.pi * time_s / period_s))


def moving_plate(
    path_px: FloatArray,
    *,
    radius_px: float = 34.0,
    fps: float = 30.0,
    noise: float = 1.5,
    look: Look = DISHED,
    spin_deg_s: float = 9.0,
    under: FloatArray | None = None,
    over: Callable[[int, FloatArray], FloatArray] | None = None,
) -> Reel:
    """A plate whose centre follows a path, shape (n, 2), over a wall; `over` paints on top."""
    background = wall() if under is None else under
    frames = []
    for index, (x, y) in enumerate(path_px):
        canvas = paint_plate(
            background, Ellipse(x, y, radius_px), look, spin_deg=spin_deg_s * index / fps
        )
        if over is not None:
            canvas = over(index, canvas)
        frames.append(as_image(canvas, noise=noise, seed=index))
    return reel(frames, fps=fps)
