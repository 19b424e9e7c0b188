"""What a pinhole camera that looks squarely at the plate's plane shows, worked out by hand."""

from __future__ import annotations

import numpy as np

from barpath.camera import Roll
from barpath.plate import Ellipse, Plate
from barpath.tracking import State, Track

FPS = 30.0
FOCAL_PX, DISTANCE_CM, EYE_CM = 900.0, 240.0, 100.0
CENTRE_PX = np.array([480.0, 270.0])
DIAMETER_CM = 45.0
UPRIGHT = Roll(roll_deg=0.0, sd_deg=0.1)


def track_of(
    x_px: np.ndarray,
    y_px: np.ndarray,
    radius_px: np.ndarray,
    *,
    state: np.ndarray | None = None,
) -> Track:
    count = len(x_px)
    state = np.full(count, State.TRACKED, dtype=np.int8) if state is None else state
    lost = state == State.LOST
    columns = {
        "x_px": x_px,
        "y_px": y_px,
        "radius_px": radius_px,
        "axis_ratio": np.ones(count),
        "angle_deg": np.zeros(count),
        "sd_px": np.full(count, 0.2),
    }
    return Track(
        time_s=np.arange(count) / FPS,
        residual_px=np.where(state == State.TRACKED, 0.1, np.nan),
        state=state,
        radius_sd_px=0.4,
        plate=Plate(0, Ellipse(x_px[0], y_px[0], radius_px[0]), 0.9),
        change_sd=0.001,
        **{name: np.where(lost, np.nan, column) for name, column in columns.items()},
    )


def course_cm(rom_cm: float = 55.0) -> tuple[np.ndarray, np.ndarray]:
    """Rests for half a second, goes up and forth, rests, comes down, rests: x and y in cm."""
    time_s = np.arange(int(5 * FPS)) / FPS
    up = 0.5 * (1 - np.cos(np.pi * np.clip((time_s - 0.5) / 1.5, 0, 1)))
    down = 0.5 * (1 - np.cos(np.pi * np.clip((time_s - 3.0) / 1.5, 0, 1)))
    share = up - down
    return 3.0 * np.sin(np.pi * share) - 4.0 * share, 22.5 + rom_cm * share


def pinhole(x_cm: np.ndarray, y_cm: np.ndarray, *, lean: float = 0.0) -> Track:
    """A squarely looking camera; with `lean` the plate nears it by that much per cm of height."""
    depth_cm = DISTANCE_CM - lean * (y_cm - 22.5)
    scale = FOCAL_PX / depth_cm
    return track_of(
        CENTRE_PX[0] + scale * x_cm, CENTRE_PX[1] - scale * (y_cm - EYE_CM), scale * DIAMETER_CM / 2
    )
