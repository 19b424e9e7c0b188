"""From where the plate's face is seen: the camera's yaw and pitch against it.

The face is upright and the bar moves in its plane. A camera that looks at the plane askance draws
the rim as an ellipse, which changes in size and shape on the way up. How flat the ellipse is tells
little near straight on, where it goes with the square of the angle, and nothing of the side; its
change on the way up goes with the angle itself and its sign: pitch makes the rim grow, yaw leans
it. Where the bar's far plate shows beside the near one, it tells most: how far it is aside goes
with the angle itself, five times as fast as anything of the rim. Every pair of angles is tried
against what was measured, so that what the picture doesn't tell stays as wide as what is known
beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from barpath.camera.profile import CameraProfile
from barpath.camera.rim_drawn import Drawn, drawn_rim, rim_ends, upright
from barpath.tracking import LAID_CHANGE_SD, State, Track

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

USUAL_FOCAL_SHARE = 0.85
"""Focal length of a phone's main camera in long sides of its video: 24 to 28 mm equivalent are 0.67
to 0.78 of the sensor's 4:3 long side (34.6 mm), and stabilising crops a tenth."""

FOCAL_SPREAD = 0.25
"""One standard deviation of its logarithm: zooming to 1.5 times lies within two."""

USUAL_YAW_DEG, USUAL_PITCH_DEG = 12.0, 6.0
"""Standard deviations of a phone that somebody put to the side by eye. Our proposal."""

UNEVEN_LENS = 0.05
"""Standard deviation of the radial distortion (Brown's k1) that phones leave in their video."""

WALL_SHARE = 0.1
"""How much of a plate's wall, 0.3 radii deep, is drawn into its outline at worst, as the outline's
second harmonic per sine of the slant: a sideways shift of d radii gives it 0.21 d (the second
harmonic of |cos|, 4 / (3 pi), halved)."""

RELIEF, RELIEF_SD = 0.08, 0.25
"""How much too small the harmonic's change on the way up comes out, and its error, as shares of it:
hub, dish and lettering don't lie in one plane. Simulated from 5 to 20 degrees aside it came out 0
to 30 % too small."""

FAR_BEHIND_CM, FAR_BEHIND_SD = 148.0, 0.065
"""From the near plate's outer face to the far one's that is turned to the camera, and its relative
error: 131 cm between the sleeves (IWF technical rules for the men's bar), and plates of 5 cm to,
at over 200 kg, 25."""

_YAWS_DEG = np.arange(-45.0, 45.5, 1.0)
_PITCHES_DEG = np.arange(-24.0, 24.4, 0.8)
_FOCAL_STEPS = np.array([-1.5, -0.75, 0.0, 0.75, 1.5])
_ZOOMED_STEPS = np.array([-1.5, -0.75, 0.0, 0.75, 1.5, 2.5])
"""With a far plate the distance is measured, and lengths far from usual are no longer unlikely."""


@dataclass(frozen=True)
class FarPlate:
    """The far plate where the near one is at its mean place over some frames, displayed pixels.

    Attributes
    ----------
    frames : ndarray of int, shape (n,)
        Pictures in which it was found.
    x_px, y_px : float
        Its centre.
    place_sd_px : float
        One standard deviation of either.
    pace, pace_sd : float
        How fast it moves and how large it is, as a share of the near plate, and one standard
        deviation.
    behind_radii : float
        How far behind the near plate it is, in radii of either.
    support : float
        How clearly its rim shows, 0 to 1.
    """

    frames: IntArray
    x_px: float
    y_px: float
    place_sd_px: float
    pace: float
    pace_sd: float
    behind_radii: float
    support: float


@dataclass(frozen=True)
class Outline:
    """What the rim of the near face itself must look like, without the plate's wall.

    Attributes
    ----------
    cosine, sine : float
        Second harmonic halfway up, in the picture turned upright.
    sd : float
        One standard deviation of either.
    way_deg : float
        Where in the picture the bar leads away, from right towards down: there the wall shows.
    """

    cosine: float
    sine: float
    sd: float
    way_deg: float


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
    outline : Outline or None
        None where the angles were given, not estimated.
    """

    yaw_deg: float
    yaw_sd_deg: float
    pitch_deg: float
    pitch_sd_deg: float
    slant_deg: float
    outline: Outline | None = None


def estimate_viewpoint(
    *,
    track: Track,
    size_px: tuple[int, int],
    roll_deg: float,
    profile: CameraProfile | None = None,
    far: FarPlate | None = None,
) -> Viewpoint:
    """Estimate yaw and pitch from the rim at the two ends of its way, and from the far plate.

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
    far : FarPlate or None
        None where it wasn't found.

    Returns
    -------
    Viewpoint
        Means and standard deviations over all angles, weighed by how well they explain the rim and
        the far plate and by how a phone is usually put up. Without evidence these are 0 and the
        usual spread.

    Notes
    -----
    Where the rim's change on the way up and the far plate contradict one another by more than their
    standard deviations, the joint ones are widened by as much (Birge 1932, Phys. Rev. 40, 207).
    """
    roll = 0.0 if np.isnan(roll_deg) else roll_deg
    camera = _Camera.of(size_px=size_px, roll_deg=roll, profile=profile, zoomed=far is not None)
    rim, drawn = _rim_cost(track=track, camera=camera)
    if far is None:
        return _weighed(cost=camera.prior + rim, camera=camera, drawn=drawn)
    beyond = _far_cost(far=far, track=track, camera=camera)
    both = _weighed(cost=camera.prior + rim + beyond, camera=camera, drawn=drawn)
    if track.change_sd > LAID_CHANGE_SD:  # how flat a rim is tells no side to contradict
        return both
    alone, apart = (
        _weighed(cost=camera.prior + cost, camera=camera, drawn=drawn) for cost in (rim, beyond)
    )
    return replace(
        both,
        yaw_sd_deg=both.yaw_sd_deg
        * _contradiction((alone.yaw_deg, alone.yaw_sd_deg), (apart.yaw_deg, apart.yaw_sd_deg)),
        pitch_sd_deg=both.pitch_sd_deg
        * _contradiction(
            (alone.pitch_deg, alone.pitch_sd_deg), (apart.pitch_deg, apart.pitch_sd_deg)
        ),
    )


def _contradiction(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Say by how many of their joint standard deviations two measurements differ, at least 1."""
    return max(1.0, abs(one[0] - other[0]) / float(np.hypot(one[1], other[1])))


@dataclass(frozen=True)
class _Camera:
    """All cameras that are tried: angles along the last two axes, focal lengths along the first."""

    middle_px: tuple[float, float]
    roll_deg: float
    uneven: float
    focal_px: FloatArray
    yaw_deg: FloatArray
    pitch_deg: FloatArray
    prior: FloatArray

    @classmethod
    def of(
        cls,
        *,
        size_px: tuple[int, int],
        roll_deg: float,
        profile: CameraProfile | None,
        zoomed: bool,
    ) -> _Camera:
        """Lay out what is tried, and how likely each is beforehand."""
        yaw_deg, pitch_deg = np.meshgrid(_YAWS_DEG, _PITCHES_DEG, indexing="ij")
        if profile is None:
            middle = (size_px[0] - 1) / 2, (size_px[1] - 1) / 2
            steps = _ZOOMED_STEPS if zoomed else _FOCAL_STEPS
            focal_px = USUAL_FOCAL_SHARE * max(size_px) * np.exp(FOCAL_SPREAD * steps)
        else:
            middle, steps = (profile.cx_px, profile.cy_px), np.zeros(1)
            focal_px = np.array([np.sqrt(profile.fx_px * profile.fy_px)])
        prior = (
            steps[:, None, None] ** 2
            + (yaw_deg / USUAL_YAW_DEG) ** 2
            + (pitch_deg / USUAL_PITCH_DEG) ** 2
        ) / 2
        uneven = 0.0 if profile is not None else UNEVEN_LENS
        return cls(middle, roll_deg, uneven, focal_px[:, None, None], yaw_deg, pitch_deg, prior)

    def draw(self, *, x_px: float, y_px: float) -> Drawn:
        """Draw the rim at a place from the principal point with every camera."""
        return drawn_rim(
            x_px=x_px,
            y_px=y_px,
            focal_px=self.focal_px,
            yaw_rad=np.radians(self.yaw_deg),
            pitch_rad=np.radians(self.pitch_deg),
        )


def _rim_cost(*, track: Track, camera: _Camera) -> tuple[FloatArray, tuple[Drawn, Drawn]]:
    """Say how badly every camera explains the rim, and what it draws at the two ends."""
    low, high = rim_ends(track=track, middle_px=camera.middle_px, roll_deg=camera.roll_deg)
    noise = track.radius_sd_px / float(np.median(track.radius_px[track.state > State.LOST]))
    below, above = (camera.draw(x_px=end.x_px, y_px=end.y_px) for end in (low, high))
    level = [
        (getattr(low, part) + getattr(high, part)) / 2
        - (getattr(below, part) + getattr(above, part)) / 2
        for part in ("cosine", "sine")
    ]
    leans = high.cosine - low.cosine, high.sine - low.sine
    change = [
        lean - (1 - RELIEF) * (getattr(above, part) - getattr(below, part))
        for lean, part in zip(leans, ("cosine", "sine"), strict=True)
    ]
    growth = high.log_radius - low.log_radius - above.log_radius + below.log_radius
    # distortion stretches by 1 + 3 k1 r^2 outwards and by 1 + k1 r^2 across: the harmonic by
    # half the difference, the mean by the mean
    bends = [
        camera.uneven * (end.x_px**2 + end.y_px**2) / camera.focal_px**2 for end in (low, high)
    ]
    slant = np.sin((below.slant_rad + above.slant_rad) / 2)
    level_var = noise**2 + ((bends[0] + bends[1]) / 2) ** 2 + (WALL_SHARE * slant) ** 2
    relief_var = RELIEF_SD**2 * (leans[0] ** 2 + leans[1] ** 2)
    change_var = track.change_sd**2 + (bends[0] - bends[1]) ** 2 + relief_var
    growth_var = track.change_sd**2 + (2 * (bends[0] - bends[1])) ** 2
    cost = (level[0] ** 2 + level[1] ** 2) / level_var / 2 + np.log(level_var)
    cost = cost + growth**2 / growth_var / 2
    if track.change_sd <= LAID_CHANGE_SD:  # else nothing showed it foreshortened
        cost = cost + (change[0] ** 2 + change[1] ** 2) / change_var / 2
    return cost, (below, above)


def _far_cost(*, far: FarPlate, track: Track, camera: _Camera) -> FloatArray:
    """Say how badly every camera explains where the far plate is and how large.

    Notes
    -----
    In radii of the plate, the near one is ``D = f / R`` away and the far one ``L`` along the bar's
    direction b from it: drawn ``L (b_xy - m b_z) D / (D + L b_z)`` near radii aside, for a near one
    at m focal lengths from the principal point, and ``D / (D + L b_z)`` as large.
    """
    radius_px = float(track.radius_px[far.frames].mean())
    near, beyond = (
        upright(
            x_px=np.array(x_px),
            y_px=np.array(y_px),
            middle_px=camera.middle_px,
            roll_deg=camera.roll_deg,
        )
        for x_px, y_px in (
            (track.x_px[far.frames].mean(), track.y_px[far.frames].mean()),
            (far.x_px, far.y_px),
        )
    )
    drawn = camera.draw(x_px=float(near[0]), y_px=float(near[1]))
    away = camera.focal_px / radius_px
    pace = away / (away + far.behind_radii * drawn.inwards)
    cost = ((far.pace - pace) / far.pace_sd) ** 2 / 2
    place_var = (far.place_sd_px / radius_px) ** 2
    for at, there, part in zip(near, beyond, (drawn.aside_right, drawn.aside_down), strict=True):
        aside = far.behind_radii * part * pace
        var = place_var + (FAR_BEHIND_SD * aside) ** 2
        cost = cost + ((there - at) / radius_px - aside) ** 2 / var / 2 + np.log(var) / 2
    return cost


def _weighed(*, cost: FloatArray, camera: _Camera, drawn: tuple[Drawn, Drawn]) -> Viewpoint:
    """Average over every camera, each weighed by its cost (minus log likelihood)."""
    weight = np.exp(cost.min() - cost)
    weight /= weight.sum()

    def mean(values: FloatArray) -> float:
        return float(np.sum(weight * values))

    def middle(part: str) -> FloatArray:
        both: FloatArray = (getattr(drawn[0], part) + getattr(drawn[1], part)) / 2
        return both

    yaw, pitch = mean(camera.yaw_deg), mean(camera.pitch_deg)
    cosine, sine = middle("cosine"), middle("sine")
    flat = complex(mean(cosine), mean(sine))
    right, down = mean(middle("aside_right")), mean(middle("aside_down"))
    spread = mean((cosine - flat.real) ** 2 + (sine - flat.imag) ** 2)
    return Viewpoint(
        yaw_deg=yaw,
        yaw_sd_deg=mean((camera.yaw_deg - yaw) ** 2) ** 0.5,
        pitch_deg=pitch,
        pitch_sd_deg=mean((camera.pitch_deg - pitch) ** 2) ** 0.5,
        slant_deg=float(np.degrees(mean(middle("slant_rad")))),
        outline=Outline(
            cosine=flat.real,
            sine=flat.imag,
            sd=(spread / 2) ** 0.5,
            way_deg=float(np.degrees(np.arctan2(down, right))),
        ),
    )
