"""Findings from height and time alone; none needs to know which way the lifter faces."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from barpath.motion import Motion
from barpath.phases import at_time, within
from barpath.reps import Rep
from barpath.technique.evidence import FloatArray, Leg
from barpath.technique.finding import Finding, Grade, grade, make_finding, mentioned, no_fault
from barpath.technique.lift import bottom_rest_s
from barpath.technique.setting import Pull, Setting
from barpath.technique.sideways import POSSIBLE_CONFIDENCE

REGAINED_SHARE = 0.5
"""A sinking that the bar regains less of than this before lockout was settling, not a hitch."""

PATH_POINTS = 20
"""Heights at which the paths of a set are compared."""


def hitch(*, pull: Pull, setting: Setting) -> Finding | None:
    """Look for the bar sinking on the way up and rising again."""
    limits, leg = setting.thresholds, pull.up
    peak, low = _deepest_sinking(leg)
    sunk_cm = float(leg.y_cm[peak] - leg.y_cm[low])
    regained_cm = float(np.max(leg.y_cm[low:]) - leg.y_cm[low])
    lasted_s = float(leg.time_s[low] - leg.time_s[peak])
    if lasted_s < limits.hitch_s or regained_cm < REGAINED_SHARE * sunk_cm:
        return None
    graded = setting.settle(
        grade(
            value=sunk_cm,
            sd=leg.height_sd_cm(peak, low),
            watch=limits.hitch_watch_cm,
            fault=limits.hitch_fault_cm,
            fault_confidence=limits.fault_confidence,
        )
    )
    if graded is None:
        return None
    return make_finding(
        rep=pull.rep,
        code="hitch",
        graded=graded,
        moment=(float(leg.time_s[peak]), float(leg.y_cm[peak])),
        held=(sunk_cm, limits.hitch_watch_cm),
        unit="cm",
        message=f"the bar sank {sunk_cm:.1f} cm for {lasted_s:.2f} s at {leg.y_cm[peak]:.0f} cm up "
        "before it went on: judges call that a hitch",
    )


def _deepest_sinking(leg: Leg) -> tuple[int, int]:
    """Give the entries between which the bar sinks farthest below its highest place so far."""
    sunk = np.maximum.accumulate(leg.y_cm) - leg.y_cm
    low = int(np.argmax(sunk))
    return int(np.argmax(leg.y_cm[: low + 1])), low


def overextended_lockout(
    *, pull: Pull, motion: Motion, rep: Rep, setting: Setting
) -> Finding | None:
    """Look for the bar going back and sinking after lockout: a candidate for leaning back."""
    limits = setting.thresholds
    tops = [phase for phase in rep.phases if phase.name == "top"]
    if not tops:
        return None
    after = within(motion=motion, start_s=rep.lockout_s, end_s=tops[0].end_s)
    if after.size < 3:
        return None
    at = int(after[np.argmin(motion.x_cm[after])])
    x_cm, y_cm = (
        at_time(motion=motion, values=values, time_s=rep.lockout_s)
        for values in (motion.x_cm, motion.y_cm)
    )
    back_cm, sunk_cm = x_cm - float(motion.x_cm[at]), y_cm - float(motion.y_cm[at])
    sd_cm = math.hypot(float(motion.sd_cm[at]), pull.up.sd_cm[-1])
    graded = grade(value=back_cm, sd=sd_cm, watch=limits.lean_back_cm)
    if graded is None or sunk_cm < limits.lean_sink_cm:
        return None
    return make_finding(
        rep=pull.rep,
        code="overextended_lockout",
        graded=graded,
        moment=(float(motion.time_s[at]), float(pull.up.y_cm[-1]) - sunk_cm),
        held=(back_cm, limits.lean_back_cm),
        unit="cm",
        message=f"after lockout the bar went {back_cm:.1f} cm back and sank {sunk_cm:.1f} cm: "
        "perhaps leaning back",
    )


def soft_lockout(*, pull: Pull, tops_cm: Sequence[float], setting: Setting) -> Finding | None:
    """Hold a repetition's top against the set's highest; both above the lowest rest of the set."""
    limits = setting.thresholds
    own_cm = tops_cm[pull.rep - 1]
    short_cm = float(np.nanmax(tops_cm)) - own_cm
    graded = setting.settle(
        grade(
            value=short_cm,
            sd=math.sqrt(2.0) * float(pull.up.sd_cm[-1]),
            watch=limits.soft_watch_cm,
            fault=limits.soft_fault_cm,
            fault_confidence=limits.fault_confidence,
        ),
        over_set=True,
    )
    if graded is None:
        return None
    return make_finding(
        rep=pull.rep,
        code="soft_lockout",
        graded=graded,
        moment=(float(pull.up.time_s[-1]), float(pull.up.y_cm[-1])),
        held=(short_cm, limits.soft_watch_cm),
        unit="cm",
        message=f"the bar stopped {short_cm:.1f} cm below the set's highest lockout: not all the "
        "way up",
    )


def uncontrolled_descent(*, pull: Pull, rep: Rep, setting: Setting) -> Finding | None:
    """Look for a bar let go: v^2 / 2h of the way down near free fall.

    Letting go is usual and allowed in training from the floor, so there it is only mentioned.
    """
    limits, pulled_m_s2 = setting.thresholds, pull.fall_m_s2
    relative = rep.uncertainty.peak_velocity_m_s / rep.peak_velocity_m_s
    graded = grade(value=pulled_m_s2, sd=2 * relative * pulled_m_s2, watch=limits.drop_m_s2)
    if graded is None:
        return None
    (fall,) = (phase for phase in rep.phases if phase.name == "descent")
    if setting.lift != "rdl":
        graded = mentioned(graded)
    return make_finding(
        rep=pull.rep,
        code="uncontrolled_descent",
        graded=graded,
        moment=(fall.start_s, float(pull.up.y_cm[-1])),
        held=(pulled_m_s2, limits.drop_m_s2),
        unit="m/s^2",
        message=f"the bar came down at {-fall.peak_velocity_m_s:.1f} m/s, as good as let go",
    )


def bounced_rep(*, pull: Pull, rep: Rep, before: Rep | None, setting: Setting) -> Finding | None:
    """Look for a pull that starts as the last one lands; touch and go is a style, so 'info'."""
    falls = [] if before is None else [p for p in before.phases if p.name == "descent"]
    if not falls:
        return None
    rest_s = rep.liftoff_s - falls[0].end_s
    limit = setting.thresholds.rebound_s
    if not rest_s < limit:
        return None
    return make_finding(
        rep=pull.rep,
        code="bounced_rep",
        graded=Grade("info", 1.0),
        moment=(rep.liftoff_s, 0.0),
        held=(rest_s, limit),
        unit="s",
        message=f"the bar rested {max(0.0, rest_s):.2f} s on the floor: the rebound helped this "
        "pull, and its velocity isn't that of a dead stop",
    )


def shallow_rdl(*, pull: Pull, rep: Rep, setting: Setting) -> Finding | None:
    """Look for a Romanian deadlift that turns above the knees; by stature, so an estimate."""
    limit_cm = setting.thresholds.rdl_travel_share * setting.stature_cm
    graded = grade(value=limit_cm - rep.rom_cm, sd=rep.uncertainty.rom_cm, watch=0.0)
    if graded is None:
        return None
    return make_finding(
        rep=pull.rep,
        code="shallow_rdl",
        graded=graded,
        moment=(float(pull.up.time_s[0]), 0.0),
        held=(rep.rom_cm, limit_cm),
        unit="cm",
        message=f"the bar went {rep.rom_cm:.0f} cm down, about {limit_cm - rep.rom_cm:.0f} cm "
        f"short of the knees of a lifter of {setting.stature_cm:.0f} cm (estimated)",
    )


def floor_touch_rdl(*, pull: Pull, rep: Rep, setting: Setting) -> Finding | None:
    """Look for a rest at the bottom of a Romanian deadlift; a touch without rest isn't seen."""
    rest_s, limit = bottom_rest_s(rep), setting.thresholds.rdl_rest_s
    if not rest_s > limit:
        return None
    return make_finding(
        rep=pull.rep,
        code="floor_touch_rdl",
        graded=Grade("info", POSSIBLE_CONFIDENCE),
        moment=(rep.liftoff_s, 0.0),
        held=(rest_s, limit),
        unit="s",
        message=f"the bar rested {rest_s:.1f} s at the bottom: perhaps the plates stood on the "
        "floor",
    )


def inconsistent_paths(*, pulls: Sequence[Pull], setting: Setting) -> tuple[Finding, ...]:
    """Hold each path, from its own lift-off, against the middle one of three or more.

    The camera's roll is the same for all of them and drops out.
    """
    if len(pulls) < 3:
        return ()
    share = np.linspace(0.05, 1.0, PATH_POINTS)
    paths = np.array([_at_shares(pull.up, share) for pull in pulls])
    apart = paths - np.median(paths, axis=0)
    found = []
    for pull, off in zip(pulls, apart, strict=True):
        worst = int(np.argmax(np.abs(off)))
        off_cm, rise_cm = float(off[worst]), float(share[worst] * pull.up.y_cm[-1])
        at = int(np.argmax(pull.up.y_cm >= rise_cm))
        sd_cm = math.sqrt(2.0) * math.hypot(pull.up.sd_cm[0], pull.up.sd_cm[at])
        graded = setting.sideways(value=abs(off_cm), sd=sd_cm, over_set=True)
        if graded is not None:
            found.append(
                make_finding(
                    rep=pull.rep,
                    code="inconsistent_path",
                    graded=no_fault(graded),
                    moment=(float(pull.up.time_s[at]), rise_cm),
                    held=(abs(off_cm), setting.thresholds.watch_cm),
                    unit="cm",
                    message=f"{rise_cm:.0f} cm up, the bar passed {abs(off_cm):.1f} cm "
                    f"{_side_of(off_cm, setting)} where the set's other pulls go",
                )
            )
    return tuple(found)


def _side_of(off_cm: float, setting: Setting) -> str:
    if not setting.facing_known:
        return "to one side of"
    return "in front of" if off_cm > 0 else "behind"


def _at_shares(leg: Leg, share: FloatArray) -> FloatArray:
    """Give the sideways place where the bar first reaches each share of the way up."""
    height = np.maximum.accumulate(leg.y_cm) / leg.y_cm[-1]
    return np.asarray(np.interp(share, height, leg.x_cm))
