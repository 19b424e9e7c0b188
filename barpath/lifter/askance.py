"""How far the near shoe is drawn from where it stands, seen from beside the plate.

The shoe stands behind the plate's face. A camera that looks at the face askance, or sees it away
from its picture's middle, draws the two shifted against each other: 1 cm for each degree. The
rim's ellipse tells how much, not to which side, for a circle turned either way looks the same. The
side is told by where the bar starts: most lifters put it over midfoot.

Angles are radians, positive where the shoe is drawn to the right of where it stands.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.camera import CameraMotion
from barpath.camera.field import USUAL_FOCAL
from barpath.camera.viewpoint import Viewpoint
from barpath.tracking import State, Track

SHOE_BEHIND_CM = 60.0
"""The near shoe's middle is this far behind the near plate's face: half of the 131 cm between the
bar's collars (IWF technical rules) and a bumper plate, less half a stance of 25 to 30 cm."""

SHOE_BEHIND_SD_CM = 10.0
"""A second and third plate a side add 7 cm each, a sumo stance takes 20 off."""

FOCAL_SD = 0.3
"""What is not known of the focal length, as a share: phones' main cameras film through 0.7 to 1.1
long sides, their tele lenses through 2."""

TURN_SD_DEG = 6.0
"""How far off the side a camera that was meant to stand there does, and how far it looks up or
down. The rims of fifteen real clips ask for 9 (root mean square), most of it their own error."""

SQUEEZE_SD = 0.005
"""Error of the rim's squeeze: half of the clips with annotated rims are within it."""

OUTLIERS = 3.0
"""Degrees of freedom of that error's distribution: a lip taken for the rim is off by five times
as much."""

KNOWN_YAW_SD_DEG = 3.0
"""A yaw known better than this has a side; one that isn't may lie on either, its mean on none."""

START_SD_CM = 3.0
"""How far from midfoot lifters start. Our proposal: 'bar over midfoot' is what all coaches teach,
half a shoe's width off is common, and nobody pulls a bar that starts over his toes."""

_MOST_RAD = math.radians(25.0)
_GRID = np.linspace(-_MOST_RAD, _MOST_RAD, 101)


@dataclass(frozen=True)
class Sight:
    """How the camera sees the plate's face.

    Attributes
    ----------
    squeeze : complex
        Of the rim's ellipse: by how much it is narrower than high, half as a share, and in the
        imaginary part the same along the diagonals.
    aside : float
        Tangent of the direction from the picture's middle to the plate, positive to the right.
    distance_radii : float
        From the camera to the plate, in plate radii.
    """

    squeeze: complex
    aside: float
    distance_radii: float


@dataclass(frozen=True)
class Shift:
    """How far to the right of its place in the plate's plane the shoe is drawn; and one sd."""

    x_cm: float
    sd_cm: float


def sight_of(*, track: Track, motion: CameraMotion, width_px: float, height_px: float) -> Sight:
    """Read off the track how the camera sees the plate.

    Parameters
    ----------
    track : Track
    motion : CameraMotion
    width_px, height_px : float
        The displayed picture.

    Returns
    -------
    Sight

    Notes
    -----
    A face turned by small angles `yaw` and `pitch` has a squeeze of ``(yaw + i pitch)^2 / 4``: its
    ellipse is narrower by ``yaw^2 / 2``, lower by ``pitch^2 / 2``, and its axes lie between.
    """
    seen = track.state == State.TRACKED
    x_px, _ = motion.steadied(track.x_px, track.y_px)
    radius_px = float(np.nanmedian((track.radius_px * motion.zoom)[seen]))
    focal_px = USUAL_FOCAL * max(width_px, height_px)
    return Sight(
        squeeze=_squeeze(track, seen),
        aside=(float(np.nanmedian(x_px[seen])) - (width_px - 1) / 2) / focal_px,
        distance_radii=focal_px / radius_px,
    )


def _squeeze(track: Track, seen: NDArray[np.bool_]) -> complex:
    """Give the usual squeeze of the rim's ellipse."""
    ratio, angle = track.axis_ratio[seen], np.radians(track.angle_deg[seen])
    # narrower than high where the major axis stands at 90 degrees
    narrower = -(1 - ratio) / (1 + ratio)
    return complex(
        np.nanmedian(narrower * np.cos(2 * angle)), np.nanmedian(narrower * np.sin(2 * angle))
    )


def shoe_shift(
    *, sight: Sight, apart_cm: float, radius_cm: float, viewpoint: Viewpoint | None = None
) -> Shift:
    """Weigh every turn of the camera by the rim's ellipse and by where the bar would start.

    Parameters
    ----------
    sight : Sight
    apart_cm : float
        How far to the right of the shoe the bar starts in the picture, by the plate's ruler.
    radius_cm : float
        Of the plate.
    viewpoint : Viewpoint, optional
        Where the whole way up told the yaw: better known than from the usual ellipse.

    Returns
    -------
    Shift
        Mean and deviation of what is left possible.

    Notes
    -----
    Bayes' rule over a grid of yaw and pitch, with normal priors (`TURN_SD_DEG`, `START_SD_CM`) and
    Student's distribution of the squeeze's error. A
    point `d` behind the plate at distance `Z` is drawn ``d (sin yaw - u cos yaw) / (1 + d cos yaw /
    Z)`` aside of it, in the plate's plane, where `u` is `Sight.aside`. Our proposal.
    """
    yaw, pitch = np.meshgrid(_GRID, _GRID, indexing="ij")
    behind = SHOE_BEHIND_CM / (sight.distance_radii * radius_cm)
    shift_cm = (
        SHOE_BEHIND_CM * (np.sin(yaw) - sight.aside * np.cos(yaw)) / (1 + behind * np.cos(yaw))
    )
    if viewpoint is None or viewpoint.yaw_sd_deg > KNOWN_YAW_SD_DEG:
        missed = ((yaw + 1j * pitch) ** 2 / 4 - sight.squeeze) / SQUEEZE_SD
        unlikely = (yaw**2 + pitch**2) / math.radians(TURN_SD_DEG) ** 2
        unlikely += (OUTLIERS + 2) * np.log1p(np.abs(missed) ** 2 / OUTLIERS)
    else:
        unlikely = ((np.degrees(yaw) - viewpoint.yaw_deg) / viewpoint.yaw_sd_deg) ** 2
    unlikely += (apart_cm + shift_cm) ** 2 / START_SD_CM**2
    weight = np.exp(-0.5 * (unlikely - unlikely.min()))
    weight /= weight.sum()
    x_cm = float(np.sum(weight * shift_cm))
    spread_cm = math.sqrt(float(np.sum(weight * (shift_cm - x_cm) ** 2)))
    depth_cm = x_cm * SHOE_BEHIND_SD_CM / SHOE_BEHIND_CM
    focal_cm = SHOE_BEHIND_CM * sight.aside * FOCAL_SD
    return Shift(x_cm=x_cm, sd_cm=math.hypot(spread_cm, depth_cm, focal_cm))
