"""Findings from the bar's way forward and back; all need to know which way the lifter faces."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from barpath.reps import Sticking
from barpath.technique.evidence import Leg, find_bulge
from barpath.technique.finding import (
    FINEST_SDS,
    Finding,
    Grade,
    make_finding,
    mentioned,
    no_fault,
)
from barpath.technique.setting import Pull, Setting
from barpath.technique.text import HIPS_PUSH, LOWERED_KNEES

RETURNED_SHARE = 0.5
"""A loop round the knees comes back by at least this share of its peak before lockout; a bar that
comes back less has drifted."""

HIPS_SHARE = 0.75
"""From this share of the way up on the hips come through and may push the bar forward: on real
pulls, tidy ones included, it moves 3 to 8 cm to the front there. So no more than that is only
mentioned, and more is worth watching but no fault."""

POSSIBLE_CONFIDENCE = 0.5
"""Ceiling for what a bar path can only hint at."""

START_CONFIDENCE = 0.977
"""Confidence, two standard deviations, that a start off midfoot needs to be a fault: the shoe is
found once for a whole set, and no other repetition tells where it was misread."""

GIVEN_MIDFOOT_SD_CM = 1.0
"""Standard deviation of a midfoot read off the shoe by hand; our proposal."""


def squatted_pull(*, pull: Pull, setting: Setting) -> Finding | None:
    """Look for a bar that the shins pushed forward, and that swings back below the knee.

    With the push seen (a roll before lift-off, or a start in front of a known midfoot) the swing
    counts from what is worth watching on. Without, only a swing that would be a fault does, and it
    is no more than worth watching: the bar may just have stood too far from the shins.
    """
    limits, leg = setting.thresholds, pull.up
    at = _backmost_below_knee(leg, setting)
    swing_cm, sd_cm = float(-leg.x_cm[at]), leg.sideways_sd_cm(0, at)
    rolled = pull.roll_cm >= limits.roll_cm
    in_front_cm = pull.start_x_cm
    # False where midfoot is only assumed, for its uncertainty is NaN then.
    ahead = in_front_cm >= max(FINEST_SDS * setting.midfoot_sd_cm, limits.watch_cm)
    pushed = rolled or (ahead and setting.camera_steady)
    threshold = limits.watch_cm if pushed else limits.fault_cm
    graded = setting.sideways(value=swing_cm, sd=sd_cm, allowed_cm=threshold - limits.watch_cm)
    if graded is None:
        return None
    if rolled:
        before = f"the bar rolled {pull.roll_cm:.1f} cm forward before it left the floor, then "
    elif pushed:
        before = f"the bar left the floor {in_front_cm:.1f} cm in front of midfoot, then "
    else:
        before = "the bar "
        graded = no_fault(graded)
    return make_finding(
        rep=pull.rep,
        code="squatted_pull",
        graded=graded,
        moment=_moment(leg, at),
        held=(swing_cm, threshold),
        unit="cm",
        message=f"{before}swung {swing_cm:.1f} cm back by the time it was {leg.y_cm[at]:.0f} cm "
        "up: the mark of a squatted pull, hips low and shins pushing the bar",
    )


def knee_first(*, pull: Pull, setting: Setting) -> Finding | None:
    """Look for a loop round the knees that is gone by lockout, or one on the way down.

    On the way down of a pull from the floor the loop tells of the lowering, not of the pull, so it
    is no fault; a bar that is let go of isn't lowered at all.
    """
    lowered = setting.lift == "rdl" or not pull.fall_m_s2 > setting.thresholds.drop_m_s2
    up = _loop_round_knees(pull.up, setting)
    down = _loop_round_knees(pull.down, setting) if pull.down and lowered else None
    if up is None and down is not None and setting.lift != "rdl":
        down = Loop(down.size_cm, down.at, no_fault(down.graded))
    chosen, leg = (up, pull.up) if up is not None else (down, pull.down)
    if chosen is None or leg is None:
        return None
    again = ""
    if up is not None and down is not None:
        again = f"; on the way down it went {down.size_cm:.1f} cm round them again"
    rise_cm = float(leg.y_cm[chosen.at])
    message = (
        f"on the way up the bar went {chosen.size_cm:.1f} cm forward round the knees, "
        f"{rise_cm:.0f} cm up, and came back: the knees were in its way{again}"
    )
    if up is None:
        message = (
            f"on the way down the bar swung {chosen.size_cm:.1f} cm forward round the knees, "
            f"{rise_cm:.0f} cm up: the knees bent before the hips went back"
        )
    return make_finding(
        rep=pull.rep,
        code="knee_first",
        graded=chosen.graded,
        moment=_moment(leg, chosen.at),
        held=(chosen.size_cm, setting.thresholds.watch_cm),
        advice=LOWERED_KNEES if up is None else None,
        unit="cm",
        message=message,
    )


@dataclass(frozen=True)
class Loop:
    """A loop round the knees that is worth a word: its size, its entry of the leg, its grade."""

    size_cm: float
    at: int
    graded: Grade


def _loop_round_knees(leg: Leg, setting: Setting) -> Loop | None:
    """Find a loop to the front near the knees that comes back."""
    bulge = find_bulge(leg)
    if setting.lift == "rdl":
        in_zone = bulge.at not in (0, leg.x_cm.size - 1)
    else:
        off_knee_cm = abs(leg.y_cm[bulge.at] - setting.knee_rise_cm)
        in_zone = off_knee_cm <= setting.thresholds.knee_zone_cm
    if not (in_zone and bulge.returned_cm >= RETURNED_SHARE * float(leg.x_cm[bulge.at])):
        return None
    graded = setting.sideways(value=bulge.size_cm, sd=leg.sideways_sd_cm(0, bulge.at))
    return None if graded is None else Loop(bulge.size_cm, bulge.at, graded)


def forward_drift(*, pull: Pull, setting: Setting, round_knees: bool) -> Finding | None:
    """Look for a bar that leaves its line forward.

    Where a loop round the knees is found already, only what is left of it at lockout counts. What
    the hips alone may have done (`HIPS_SHARE`) is no fault.
    """
    leg = pull.up
    at = leg.x_cm.size - 1 if round_knees else int(np.argmax(leg.x_cm))
    ahead_cm = float(leg.x_cm[at])
    graded = setting.sideways(value=ahead_cm, sd=leg.sideways_sd_cm(0, at))
    if graded is None:
        return None
    before_hips = np.flatnonzero(leg.y_cm <= HIPS_SHARE * leg.y_cm[-1])
    first = int(before_hips[np.argmax(leg.x_cm[before_hips])])
    room_cm = setting.thresholds.watch_cm - float(leg.x_cm[first])
    by_hips = room_cm >= 0
    why = "it left the legs on the way"
    if by_hips:
        why = "most of it at the top, as the hips came through and pushed it"
        # To make little of it, it must be sure that the bar hadn't left its line before.
        sure = room_cm >= leg.sideways_sd_cm(0, first)
        usual = sure and ahead_cm <= setting.thresholds.hips_cm
        graded = mentioned(graded) if usual else no_fault(graded)
    return make_finding(
        rep=pull.rep,
        code="forward_drift",
        graded=graded,
        moment=_moment(leg, at),
        held=(ahead_cm, setting.thresholds.watch_cm),
        unit="cm",
        advice=HIPS_PUSH if by_hips else None,
        message=f"{leg.y_cm[at]:.0f} cm up the bar was {ahead_cm:.1f} cm nearer the toes than it "
        f"started: {why}",
    )


def backward_drift(*, pull: Pull, setting: Setting, squatted: bool) -> Finding | None:
    """Look for a bar that ends further back than the lift takes it.

    After a squatted pull the way back is counted from the knee, not twice.
    """
    limits, leg = setting.thresholds, pull.up
    first = _backmost_below_knee(leg, setting) if squatted else 0
    last = leg.x_cm.size - 1
    back_cm = float(leg.x_cm[first] - leg.x_cm[last])
    allowed_cm = limits.natural_back(setting.lift)
    graded = setting.sideways(
        value=back_cm, sd=leg.sideways_sd_cm(first, last), allowed_cm=allowed_cm
    )
    if graded is None:
        return None
    since = "where it was below the knee" if squatted else "where it started"
    return make_finding(
        rep=pull.rep,
        code="backward_drift",
        graded=graded,
        moment=_moment(leg, last),
        held=(back_cm, allowed_cm + limits.watch_cm),
        unit="cm",
        message=f"the bar ended {back_cm:.1f} cm behind {since}; up to {allowed_cm:g} cm belongs "
        "to the lift",
    )


def off_midfoot_start(*, pull: Pull, setting: Setting) -> Finding | None:
    """Look for a bar set up away from a midfoot that is known, not assumed."""
    if math.isnan(setting.midfoot_sd_cm):
        return None
    off_cm = pull.start_x_cm
    sd_cm = math.hypot(setting.midfoot_sd_cm, pull.up.sd_cm[0])
    graded = setting.sideways(value=abs(off_cm), sd=sd_cm, over_set=True)
    if graded is None:
        return None
    if graded.confidence < START_CONFIDENCE:
        graded = no_fault(graded)
    side, why = "in front of", "too far from the shins"
    if off_cm < 0:
        side, why = "behind", "so close that the shins are in its way"
    return make_finding(
        rep=pull.rep,
        code="off_midfoot_start",
        graded=graded,
        moment=_moment(pull.up, 0),
        held=(off_cm, math.copysign(setting.thresholds.watch_cm, off_cm)),
        unit="cm",
        message=f"the bar left the floor {abs(off_cm):.1f} cm {side} midfoot: {why}",
    )


def hips_shoot_up(*, pull: Pull, setting: Setting, sticking: Sticking | None) -> Finding | None:
    """Look for a stall below the knee with the bar drifting off the shins; never more than a hint.

    The path can't tell this from a bar that is only too heavy, so it is 'info' and at most even
    odds.
    """
    if sticking is None or sticking.height_cm > setting.knee_rise_cm:
        return None
    leg = pull.up
    at = int(np.argmin(np.abs(leg.time_s - sticking.end_s)))
    ahead_cm = float(leg.x_cm[at])
    limit = setting.thresholds.stall_forward_cm
    if not ahead_cm > max(limit, leg.sideways_sd_cm(0, at)):
        return None
    return make_finding(
        rep=pull.rep,
        code="hips_shoot_up",
        graded=Grade("info", POSSIBLE_CONFIDENCE),
        moment=_moment(leg, at),
        held=(ahead_cm, limit),
        unit="cm",
        message=f"the bar slowed to {sticking.min_velocity_m_s:.2f} m/s at {leg.y_cm[at]:.0f} cm "
        f"up while {ahead_cm:.1f} cm forward: possibly the hips rose before the bar",
    )


def _backmost_below_knee(leg: Leg, setting: Setting) -> int:
    """Give the entry where the bar is farthest back between lift-off and the knee."""
    passed = np.flatnonzero(leg.y_cm > setting.knee_rise_cm)
    until = int(passed[0]) + 1 if passed.size else leg.x_cm.size
    return int(np.argmin(leg.x_cm[:until]))


def _moment(leg: Leg, at: int) -> tuple[float, float]:
    return float(leg.time_s[at]), float(leg.y_cm[at])
