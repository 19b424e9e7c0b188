"""From where the plate's face is seen: the camera's yaw and pitch against it.

The face is upright and the bar moves in its plane. A camera that looks at the plane askance draws
the rim as an ellipse, which changes in size and shape on the way up. How flat the ellipse is tells
little near straight on, where it goes with the square of the angle, and nothing of the side; its
change on the way up goes with the angle itself and its sign: pitch makes the rim grow, yaw leans
it. Every pair of angles is tried against what was measured, so that what the picture doesn't tell
stays as wide as what is known beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.camera.profile import CameraProfile
from barpath.tracking import LAID_CHANGE_SD, State, Track

FloatArray = NDArray[np.float64]

USUAL_FOCAL_SHARE = 0.85
"""Focal length of a phone's main camera in long sides of its video: 24 to 28 mm equivalent are 0.67
to 0.78 of the sensor's 4:3 long side (34.6 mm), and stabilising crops a tenth."""

FOCAL_SPREAD = 0.25
"""One standard deviation of its logarithm: zooming to 1.5 times lies within two."""

USUAL_YAW_DEG, USUAL_PITCH_DEG = 10.0, 6.0
"""Standard deviations of a phone that somebody put to the side by eye. Our proposal."""

UNEVEN_LENS = 0.05
"""Standard deviation of the radial distortion (Brown's k1) that phones leave in their video."""

WALL_SHARE = 0.1
"""How much of a plate's wall, 0.3 radii deep, is drawn into its outline at worst, as the outline's
second harmonic per sine of the slant: a sideways shift of d radii gives it 0.21 d (the second
harmonic of |cos|, 4 / (3 pi), halved)."""

RELIEF_SHARE = 0.25
"""Error of the harmonic's change on the way up, as a share of it: hub, dish and lettering don't lie
in one plane. Simulated from 5 to 12 degrees aside it came out 3 to 25 % too small."""

_ENDS = 0.1
_YAWS_DEG = np.arange(-45.0, 45.5, 1.0)
_PITCHES_DEG = np.arange(-24.0, 24.25, 0.5)
_FOCAL_STEPS = np.array([-1.5, -0.75, 0.0, 0.75, 1.5])


@dataclass(frozen=True)
class Viewpoint:
    """How the camera stands to the plate's face.

    Attributes
    ----------
    yaw_deg, yaw_sd_deg : float
        How far the camera has walked round the lifter, to the right from its own side, and one
        standard deviation.
    pitch_deg, pitch_sd_deg : float
        How far it is tilted up.
    slant_deg : float
        Angle between the line of sight to the plate and the bar: 0 where the plate is seen
        squarely, whatever the camera points at.
    """

    yaw_deg: float
    yaw_sd_deg: float
    pitch_deg: float
    pitch_sd_deg: float
    slant_deg: float


def estimate_viewpoint(
    *,
    track: Track,
    size_px: tuple[int, int],
    roll_deg: float,
    profile: CameraProfile | None = None,
) -> Viewpoint:
    """Estimate yaw and pitch from the rim at the two ends of its way.

    Parameters
    ----------
    track : Track
        With at least one tracked frame.
    size_px : tuple of int
        Width and height of the displayed picture.
    roll_deg : float
        By which the picture is to be turned upright, clockwise; NaN where not known.
    profile : CameraProfile or None
        Focal length and principal point, where known.

    Returns
    -------
    Viewpoint
        Means and standard deviations over all angles, weighed by how well they explain the rim and
        by how a phone is usually put up. Without evidence these are 0 and the usual spread.
    """
    roll = 0.0 if np.isnan(roll_deg) else roll_deg
    low, high = _ends(track=track, size_px=size_px, roll_deg=roll, profile=profile)
    noise = track.radius_sd_px / float(np.median(track.radius_px[track.state > State.LOST]))
    if profile is None:
        focal_px = USUAL_FOCAL_SHARE * max(size_px) * np.exp(FOCAL_SPREAD * _FOCAL_STEPS)
        prior = _FOCAL_STEPS**2 / 2
    else:
        focal_px, prior = np.array([np.sqrt(profile.fx_px * profile.fy_px)]), np.zeros(1)
    shape_tells = float(track.change_sd <= LAID_CHANGE_SD)  # else nothing showed it foreshortened
    yaw_deg, pitch_deg = np.meshgrid(_YAWS_DEG, _PITCHES_DEG, indexing="ij")
    costs, slants = [], []
    for focal, cost in zip(focal_px, prior, strict=True):
        miss, leans, slant = _compared(
            ends=(low, high), focal_px=float(focal), angles_deg=(yaw_deg, pitch_deg)
        )
        # distortion stretches by 1 + 3 k1 r^2 outwards and by 1 + k1 r^2 across: the harmonic by
        # half the difference, the mean by the mean
        uneven = 0.0 if profile is not None else UNEVEN_LENS
        bends = uneven * np.array([(end.x_px**2 + end.y_px**2) / focal**2 for end in (low, high)])
        level_var = noise**2 + bends.mean() ** 2 + (WALL_SHARE * np.sin(slant)) ** 2
        change_var = track.change_sd**2 + (bends[0] - bends[1]) ** 2 + (RELIEF_SHARE * leans) ** 2
        growth_var = track.change_sd**2 + (2 * (bends[0] - bends[1])) ** 2
        costs.append(
            cost
            + (miss[0] ** 2 + miss[1] ** 2) / level_var / 2
            + np.log(level_var)
            + shape_tells * ((miss[2] ** 2 + miss[3] ** 2) / change_var / 2 + np.log(change_var))
            + miss[4] ** 2 / growth_var / 2
            + (yaw_deg / USUAL_YAW_DEG) ** 2 / 2
            + (pitch_deg / USUAL_PITCH_DEG) ** 2 / 2
        )
        slants.append(slant)
    cost = np.array(costs)
    weight = np.exp(cost.min() - cost)
    weight /= weight.sum()

    def mean(values: FloatArray) -> float:
        return float(np.sum(weight * values))

    yaw, pitch = mean(yaw_deg), mean(pitch_deg)
    return Viewpoint(
        yaw_deg=yaw,
        yaw_sd_deg=mean((yaw_deg - yaw) ** 2) ** 0.5,
        pitch_deg=pitch,
        pitch_sd_deg=mean((pitch_deg - pitch) ** 2) ** 0.5,
        slant_deg=float(np.degrees(mean(np.array(slants)))),
    )


@dataclass(frozen=True)
class _End:
    """The rim at one end of its way: place from the principal point, upright, and ellipse."""

    x_px: float
    y_px: float
    log_radius: float
    cosine: float
    sine: float


def _ends(
    *, track: Track, size_px: tuple[int, int], roll_deg: float, profile: CameraProfile | None
) -> tuple[_End, _End]:
    """Average the lowest and the highest tenth of the tracked frames, turned upright."""
    if profile is None:
        middle = (size_px[0] - 1) / 2, (size_px[1] - 1) / 2
    else:
        middle = profile.cx_px, profile.cy_px
    cos, sin = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    x, y = track.x_px - middle[0], track.y_px - middle[1]
    stretch = (1 - track.axis_ratio) / (1 + track.axis_ratio)
    turn = 2 * np.radians(track.angle_deg + roll_deg)
    columns = np.column_stack(
        [
            cos * x - sin * y,
            sin * x + cos * y,
            np.log(track.radius_px / (1 + stretch)),
            stretch * np.cos(turn),
            stretch * np.sin(turn),
        ]
    )[track.state == State.TRACKED]
    below, above = np.quantile(columns[:, 1], [1 - _ENDS, _ENDS])
    low, high = (
        columns[chosen].mean(axis=0) for chosen in (columns[:, 1] >= below, columns[:, 1] <= above)
    )
    return _End(*map(float, low)), _End(*map(float, high))


def _compared(
    *, ends: tuple[_End, _End], focal_px: float, angles_deg: tuple[FloatArray, FloatArray]
) -> tuple[list[FloatArray], FloatArray, FloatArray]:
    """Say how the rim differs from what each pair of angles would draw.

    Returns measured less expected second harmonic (cosine, sine: mean of the ends), its change on
    the way up and the mean radius's, relative; the size of the change that is expected of the
    harmonic; and the slant of the line of sight, radians.

    Notes
    -----
    For a pinhole and a plane with normal n and directions E, a small circle at the picture's place
    m (in focal lengths) is drawn as ``(n . (m, 1)) (E_xy - m E_z)`` draws it. The matrix is taken
    apart into a turn and scaling p and its opposite q: ``|q| / |p|`` is the relative difference of
    the axes, halved, and the sum of their angles twice the long axis's.
    """
    yaw, pitch = (np.radians(angle) for angle in angles_deg)
    drawn = [_drawn(end, focal_px=focal_px, yaw=yaw, pitch=pitch) for end in ends]
    low, high = (
        [end.cosine - c, end.sine - s, end.log_radius - r]
        for end, (c, s, r, _) in zip(ends, drawn, strict=True)
    )
    miss = [(low[i] + high[i]) / 2 for i in (0, 1)] + [high[i] - low[i] for i in (0, 1, 2)]
    leans = np.hypot(drawn[1][0] - drawn[0][0], drawn[1][1] - drawn[0][1])
    return miss, leans, (drawn[0][3] + drawn[1][3]) / 2


def _drawn(
    end: _End, *, focal_px: float, yaw: FloatArray, pitch: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Give the harmonic's cosine and sine, the log radius and the slant at one place."""
    u, v = end.x_px / focal_px, end.y_px / focal_px
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    # camera axes: x right, y down, z forward; columns are the plane's level, down and inwards
    level = np.array([cy, -sp * sy, -cp * sy])
    down = np.array([0 * cy, cp, -sp])
    inwards = np.array([sy, sp * cy, cp * cy])
    nearness = inwards[0] * u + inwards[1] * v + inwards[2]
    a, c = level[0] - u * level[2], level[1] - v * level[2]
    b, d = down[0] - u * down[2], down[1] - v * down[2]
    along = ((a + d) + 1j * (c - b)) / 2
    against = ((a - d) + 1j * (c + b)) / 2
    harmonic = against * along / np.abs(along) ** 2
    slant = np.arccos(np.clip(nearness / np.sqrt(1 + u**2 + v**2), -1, 1))
    radius = np.log(np.abs(along) * np.abs(nearness))
    return harmonic.real, harmonic.imag, radius, slant
