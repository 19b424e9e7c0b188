"""What the simulated lifter does wrong, from moment to moment: the drawn joints follow it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from barpath.simulate.course import KNEE, Course, smoothstep

_BULGE_SHARE = 0.4  # as far from the knee, in shares of the way, the bar is back on its line
_STALL_SHARE, _STALL_REACH = 0.2, 0.35


@dataclass(frozen=True)
class Strain:
    """What the lifter does wrong at one instant: what the drawn joints follow.

    Attributes
    ----------
    squat_cm : float
        Push of the shins along the floor, with the hips low.
    knees_cm : float
        Bulge of the bar round knees that are in its way.
    lean_cm : float
        How far back the bar is with a torso that leans back.
    hips_first : float
        From 0 to 1: hips up before the bar.
    """

    squat_cm: float = 0.0
    knees_cm: float = 0.0
    lean_cm: float = 0.0
    hips_first: float = 0.0


def strain_at(*, course: Course, clip_s: float) -> Strain:
    """Tell what the lifter does wrong at a real time counted from the clip's first frame."""
    scene, time_s = course.scene, clip_s + course.start_s
    drift = scene.drift
    share = min(max(float(course.height_cm(time_s)) / scene.lift.rom_cm, 0.0), 1.0)
    off_floor, _ = smoothstep(np.array(share / KNEE))
    pushed_cm = float(course.roll_cm(time_s)) if drift.setup_roll_cm > 0 else 0.0
    off_knee = min(abs(share - KNEE) / _BULGE_SHARE, 1.0)
    off_stall = min(abs(share - _STALL_SHARE) / _STALL_REACH, 1.0)
    return Strain(
        squat_cm=max(pushed_cm, 0.0) * (1 - float(off_floor)),
        knees_cm=max(drift.bulge_cm, 0.0) * (1 - off_knee**2) ** 3,
        lean_cm=-float(course.lean_cm(time_s)),
        hips_first=1 - off_stall**2 if scene.lift.stall_m_s is not None else 0.0,
    )
