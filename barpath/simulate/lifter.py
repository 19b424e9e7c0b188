"""The simulated lifter: joints that follow the bar, and the limbs drawn between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.simulate.paint import Colour
from barpath.simulate.scene import BELL_GRIP_CM, HAND_SHARE, Scene
from barpath.simulate.strain import Strain

FloatArray = NDArray[np.float64]
Point = tuple[float, float]

# Segment lengths as shares of stature after Winter, Biomechanics and Motor Control (2009), fig. 4.1
_SHANK, _THIGH, _TORSO, _ANKLE, _FOOT = 0.246, 0.245, 0.288, 0.045, 0.152
_HIP_BOTTOM = {
    **{"conventional": 0.34, "sumo": 0.31, "trapbar": 0.31, "rdl": 0.47, "clean": 0.31},
    "kettlebell": 0.42,
}
_FEET_APART_CM = {"sumo": 34.0, "squat": 20.0, "kettlebell": 18.0}
_HANDS_APART_CM = {"sumo": 15.0, "squat": 38.0, "trapbar": 30.0, "kettlebell": 5.0}

_HIPS_LOW, _HIPS_FIRST, _LEANS = 1.5, 0.09, 1.6
"""How far the hips sink for a bar that the shins push; by what share of stature they rise first;
how far the shoulders go back for a bar that a lean takes back. Chosen by eye."""

_SKIN: Colour = (196, 148, 120)
_SHIRTS: tuple[Colour, ...] = ((52, 60, 78), (120, 36, 40), (188, 190, 194), (40, 84, 74))
_SHORTS: Colour = (34, 36, 44)
_SHOES: Colour = (222, 222, 220)
_HAIR: Colour = (44, 34, 30)


@dataclass(frozen=True)
class Limb:
    """A round limb between two world points; `near` ones are on the camera's side."""

    ends_cm: FloatArray
    radii_cm: tuple[float, float]
    colour: Colour
    near: bool = False


@dataclass(frozen=True)
class _Pose:
    """Joints in the lifter's own plane: x towards the toes from midfoot, y up; centimetres."""

    ankle: Point
    knee: Point
    hip: Point
    shoulder: Point
    elbow: Point
    hand: Point


def _joint_between(a: Point, b: Point, first: float, second: float, side: float) -> Point:
    """Middle joint of a two-link chain from a to b; `side` +1 bends it to the left of a→b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    gap = max(math.hypot(dx, dy), 1e-6)
    reach = min(gap, first + second)
    along = (first**2 - second**2 + reach**2) / (2 * reach)
    off = side * math.sqrt(max(first**2 - along**2, 0.0))
    return a[0] + (along * dx - off * dy) / gap, a[1] + (along * dy + off * dx) / gap


def _blend(start: float, end: float, share: float) -> float:
    u = min(max(share, 0.0), 1.0)
    return start + (end - start) * u * u * (3 - 2 * u)


def _trunk(*, scene: Scene, bar: Point, share: float, strain: Strain) -> tuple[Point, Point]:
    """Hip and shoulder for a bar at a place and a share of the way up."""
    kind, size = scene.lift.kind, scene.stature_cm
    torso = _TORSO * size
    standing_hip = (_ANKLE + _SHANK + _THIGH) * size - 0.5
    if kind == "squat":
        lean = math.radians(_blend(42, 8, share))
        shoulder = (bar[0] + 3, bar[1] - 4)
        hip = (shoulder[0] - torso * math.sin(lean), shoulder[1] - torso * math.cos(lean))
        return hip, shoulder
    if kind == "sumo":  # legs spread sideways reach less high
        standing_hip -= 0.04 * size
    top = standing_hip + torso
    arm = top - _lockout_cm(scene)
    front = _blend(5.0 if kind in ("conventional", "rdl") else 1.0, -3.0, share)
    low_cm = _HIPS_LOW * (strain.squat_cm + strain.knees_cm)
    shoulder = (bar[0] + front - 0.8 * strain.knees_cm, min(bar[1] + arm, top))
    hip_y = _blend(_HIP_BOTTOM[kind] * size, standing_hip, share) - low_cm
    hip_y = min(hip_y + _HIPS_FIRST * size * strain.hips_first, standing_hip)
    if strain.lean_cm > 0:  # about hips pushed forward
        back = math.asin(min(0.9, _LEANS * strain.lean_cm / torso))
        hip = (shoulder[0] + torso * math.sin(back), standing_hip)
        return hip, (shoulder[0], standing_hip + torso * math.cos(back))
    rise = min(abs(shoulder[1] - hip_y), torso)
    return (shoulder[0] - math.sqrt(torso**2 - rise**2), shoulder[1] - rise), shoulder


def _lockout_cm(scene: Scene) -> float:
    """Height of the bar over the floor when the lifter first stands straight."""
    if scene.lift.kind == "clean":
        return HAND_SHARE * scene.stature_cm
    return scene.base_height_cm + _grip_cm(scene) + scene.lift.rom_cm


def _grip_cm(scene: Scene) -> float:
    """Height of the hands over the point that is followed."""
    return BELL_GRIP_CM if scene.lift.kind == "kettlebell" else 0.0


def _pose(*, scene: Scene, bar: Point, strain: Strain) -> _Pose:
    size, kind = scene.stature_cm, scene.lift.kind
    from_floor = kind not in ("squat", "kettlebell")
    low = scene.plate.resting_height_cm if from_floor else scene.base_height_cm + _grip_cm(scene)
    share = (bar[1] - low) / (_lockout_cm(scene) - low)
    hip, shoulder = _trunk(scene=scene, bar=bar, share=share, strain=strain)
    ankle = (-0.04 * size, _ANKLE * size)
    knee = _joint_between(ankle, hip, _SHANK * size, _THIGH * size, -1.0)
    hand = bar
    elbow = _joint_between(shoulder, hand, 0.186 * size, 0.19 * size, 1.0)
    return _Pose(ankle, knee, hip, shoulder, elbow, hand)


def limbs(
    *, scene: Scene, x_cm: float, height_cm: float, middle_cm: float, strain: Strain
) -> list[Limb]:
    """Place the lifter's limbs for a bar at a place.

    Parameters
    ----------
    scene : Scene
    x_cm, height_cm : float
        Of the bar: from midfoot towards the toes; over the floor.
    middle_cm : float
        Depth of the lifter's middle behind the near plate's face.
    strain : Strain

    Returns
    -------
    list of Limb
    """
    pose = _pose(scene=scene, bar=(x_cm, height_cm + _grip_cm(scene)), strain=strain)
    size, kind = scene.stature_cm, scene.lift.kind
    shirt = _SHIRTS[scene.seed % len(_SHIRTS)]
    parts: list[Limb] = []

    def add(a: Point, b: Point, depths: tuple[float, float], radii: Point, tone: Colour) -> None:
        ends = [(scene.facing * p[0], p[1], z) for p, z in zip((a, b), depths, strict=True)]
        parts.append(Limb(np.array(ends), radii, tone, near=depths[0] < middle_cm))

    def add_side(side: int) -> None:
        foot = middle_cm + side * _FEET_APART_CM.get(kind, 12.0)
        hand = middle_cm + side * _HANDS_APART_CM.get(kind, 24.0)
        hip, shoulder = middle_cm + side * 9.0, middle_cm + side * 17.0
        knee = (foot + hip) / 2 + side * 3.0
        elbow = (hand + shoulder) / 2
        shorts_end = _mix(pose.hip, pose.knee, 0.62)
        heel, toe = (-0.5 * _FOOT * size, 4.0), (0.5 * _FOOT * size, 2.6)
        add(heel, toe, (foot, foot), (4.0, 2.6), _SHOES)
        add(pose.ankle, pose.knee, (foot, knee), (4.2, 6.0), _SKIN)
        add(pose.knee, pose.hip, (knee, hip), (6.4, 9.0), _SKIN)
        add(shorts_end, pose.hip, (knee, hip), (8.6, 11.0), _SHORTS)
        add(pose.elbow, pose.hand, (elbow, hand), (4.0, 3.2), _SKIN)
        add(pose.shoulder, pose.elbow, (shoulder, elbow), (5.6, 4.2), shirt)

    lean = (pose.shoulder[0] - pose.hip[0], pose.shoulder[1] - pose.hip[1])
    neck = (pose.shoulder[0] + 0.12 * lean[0] + 1, pose.shoulder[1] + 0.12 * lean[1] + 4)
    head = (neck[0] + 0.16 * lean[0] + 3, neck[1] + 0.16 * lean[1] + 7)
    middle = (middle_cm, middle_cm)
    add_side(1)  # the far side first, what is nearer over it
    add(pose.hip, pose.shoulder, middle, (12.0, 13.5), shirt)
    add(pose.shoulder, neck, middle, (6.5, 5.5), _SKIN)
    add(head, (head[0] + 1.5, head[1] - 4), middle, (9.5, 8.0), _SKIN)
    add((head[0] - 2.0, head[1] + 3.5), (head[0] - 5.0, head[1] - 1), middle, (7.8, 6.2), _HAIR)
    add_side(-1)
    return parts


def walker(*, x_cm: float, depth_cm: float, stride: float, seed: int) -> list[Limb]:
    """Limbs of somebody walking past; `stride` in radians of the gait."""
    shirt = _SHIRTS[(seed + 1) % len(_SHIRTS)]
    parts: list[Limb] = []

    def add(a: Point, b: Point, radii: Point, tone: Colour) -> None:
        ends = [(x_cm + p[0], p[1], depth_cm) for p in (a, b)]
        parts.append(Limb(np.array(ends), radii, tone))

    for side in (1, -1):
        swing = 26 * math.sin(stride) * side
        add((swing, 8), (swing * 0.6 + 3, 48), (4.5, 6), _SHORTS)
        add((swing - 6, 3.5), (swing + 14, 3), (3.5, 2.5), _SHOES)
        add((swing * 0.6 + 3, 48), (0, 92), (6.5, 10), _SHORTS)
        add((0, 140), (-swing * 0.8, 92), (5, 3.5), _SKIN)
    add((0, 96), (0, 143), (13, 14), shirt)
    add((1, 168), (2, 163), (10, 8.5), _SKIN)
    return parts


def _mix(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
