"""How a camera draws a small circle in an upright plane, and the rim at the two ends of its way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.tracking import State, Track

FloatArray = NDArray[np.float64]

_ENDS = 0.1


@dataclass(frozen=True)
class End:
    """The rim at one end of its way: place from the principal point, upright, and ellipse."""

    x_px: float
    y_px: float
    log_radius: float
    cosine: float
    sine: float


@dataclass(frozen=True)
class Drawn:
    """What a camera at given angles draws of the rim at one place, arrays of one shape.

    Attributes
    ----------
    cosine, sine : ndarray
        Second harmonic: half the relative difference of the semi-axes, as a vector.
    log_radius : ndarray
        Logarithm of the mean radius, up to a constant.
    slant_rad : ndarray
        Angle between the line of sight and the plane's normal.
    aside_right, aside_down, inwards : ndarray
        Where a step along the normal, which is the bar, leads: beside the line of sight, in the
        plane of the picture, and away from the camera.
    """

    cosine: FloatArray
    sine: FloatArray
    log_radius: FloatArray
    slant_rad: FloatArray
    aside_right: FloatArray
    aside_down: FloatArray
    inwards: FloatArray


def upright(
    *, x_px: FloatArray, y_px: FloatArray, middle_px: tuple[float, float], roll_deg: float
) -> tuple[FloatArray, FloatArray]:
    """Give places from the principal point, in the picture turned upright."""
    cos, sin = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    x, y = x_px - middle_px[0], y_px - middle_px[1]
    return cos * x - sin * y, sin * x + cos * y


def rim_ends(*, track: Track, middle_px: tuple[float, float], roll_deg: float) -> tuple[End, End]:
    """Average the lowest and the highest tenth of the tracked frames, turned upright.

    Parameters
    ----------
    track : Track
        With at least one tracked frame.
    middle_px : tuple of float
        Principal point, displayed pixels.
    roll_deg : float
        By which the picture is to be turned upright, clockwise.
    """
    x, y = upright(x_px=track.x_px, y_px=track.y_px, middle_px=middle_px, roll_deg=roll_deg)
    shape = track.harmonic * np.exp(2j * np.radians(roll_deg))
    columns = np.column_stack([x, y, np.log(track.mean_radius_px), shape.real, shape.imag])[
        track.state == State.TRACKED
    ]
    below, above = np.quantile(columns[:, 1], [1 - _ENDS, _ENDS])
    low, high = (
        columns[chosen].mean(axis=0) for chosen in (columns[:, 1] >= below, columns[:, 1] <= above)
    )
    return End(*map(float, low)), End(*map(float, high))


def drawn_rim(
    *, x_px: float, y_px: float, focal_px: FloatArray, yaw_rad: FloatArray, pitch_rad: FloatArray
) -> Drawn:
    """Draw the rim at one place for every focal length and pair of angles (arrays that broadcast).

    Notes
    -----
    For a pinhole and a plane with normal n and directions E, a small circle at the picture's place
    m (in focal lengths) is drawn as ``(n . (m, 1)) (E_xy - m E_z)`` draws it. The matrix is taken
    apart into a turn and scaling p and its opposite q: ``|q| / |p|`` is the relative difference of
    the axes, halved, and the sum of their angles twice the long axis's.
    """
    u, v = x_px / focal_px, y_px / focal_px
    cy, sy = np.cos(yaw_rad), np.sin(yaw_rad)
    cp, sp = np.cos(pitch_rad), np.sin(pitch_rad)
    # camera axes: x right, y down, z forward; the plane's own are level, down and the normal
    right, down, inwards = sy + 0 * cp, sp * cy, cp * cy
    nearness = right * u + down * v + inwards
    a, c = cy + u * cp * sy, -sp * sy + v * cp * sy
    b, d = u * sp, cp + v * sp
    along = ((a + d) + 1j * (c - b)) / 2
    against = ((a - d) + 1j * (c + b)) / 2
    harmonic = against * along / np.abs(along) ** 2
    return Drawn(
        cosine=harmonic.real,
        sine=harmonic.imag,
        log_radius=np.log(np.abs(along) * np.abs(nearness)),
        slant_rad=np.arccos(np.clip(nearness / np.sqrt(1 + u**2 + v**2), -1, 1)),
        aside_right=right - u * inwards,
        aside_down=down - v * inwards,
        inwards=inwards,
    )
