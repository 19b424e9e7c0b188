"""From a measured set to what a coach would say about it, and what a bar path can't tell."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from barpath.calibration import Calibration
from barpath.caveats import NotAssessed
from barpath.motion import Motion
from barpath.phases import at_time, place_knee
from barpath.reps import SETUP_S, Rep
from barpath.technique import sideways, tempo
from barpath.technique.evidence import fall_m_s2, floor_roll_cm, way_down, way_up
from barpath.technique.finding import Finding, doubted
from barpath.technique.lift import FROM_FLOOR, SURE_ENOUGH, Floor, LiftGuess, recognise_lift
from barpath.technique.setting import Pull, Setting
from barpath.technique.text import ADVICE, DIRECTED
from barpath.technique.thresholds import USUAL_STATURE_CM, Thresholds

JUDGED_LIFTS = (*FROM_FLOOR, "rdl")

BACK_ROUNDING = NotAssessed(
    "back_rounding",
    "whether the back rounds: a bar path doesn't show it, so no finding here means no opinion",
)


@dataclass(frozen=True)
class LifterFacts:
    """What the user said of the lift and the lifter; NaN and None where not said.

    Attributes
    ----------
    lift : str or None
    facing_confidence : float
        Probability that the toes point the way x is counted; 0 where that isn't known at all.
    stature_cm, knee_height_cm : float
    floor : Floor or None
        None where the floor wasn't seen.
    midfoot_sd_cm : float
        NaN where midfoot is only taken to be where the bar started.
    """

    lift: str | None
    facing_confidence: float
    stature_cm: float = math.nan
    knee_height_cm: float = math.nan
    floor: Floor | None = None
    midfoot_sd_cm: float = math.nan


@dataclass(frozen=True)
class Assessment:
    """The findings of a set, in order of repetition and time, and what wasn't judged."""

    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]


def assess(
    *,
    motion: Motion,
    reps: tuple[Rep, ...],
    calibration: Calibration,
    lifter: LifterFacts,
    thresholds: Thresholds,
) -> Assessment:
    """Judge what a set's bar path shows.

    Parameters
    ----------
    motion : Motion
    reps : tuple of Rep
    calibration : Calibration
    lifter : LifterFacts
    thresholds : Thresholds

    Returns
    -------
    Assessment
    """
    guess = recognise_lift(reps=reps, motion=motion, floor=lifter.floor)
    lift = lifter.lift or _judged_as(guess)
    if lift not in JUDGED_LIFTS:
        return Assessment((), (_lift_unjudged(lifter.lift, guess), BACK_ROUNDING))
    setting = Setting(
        lift=lift,
        thresholds=thresholds,
        knee_rise_cm=place_knee(
            knee_height_cm=lifter.knee_height_cm,
            stature_cm=lifter.stature_cm,
            resting_cm=calibration.plate_diameter_cm / 2,
        ).rise_cm,
        stature_cm=USUAL_STATURE_CM if math.isnan(lifter.stature_cm) else lifter.stature_cm,
        midfoot_sd_cm=lifter.midfoot_sd_cm,
        facing_known=lifter.facing_confidence > 0,
        camera_steady=not calibration.camera_moving,
    )
    tops_cm = [at_time(motion=motion, values=motion.y_cm, time_s=rep.lockout_s) for rep in reps]
    pulls = [pull for rep in reps if (pull := _pull(motion, rep, calibration)) is not None]
    found = [*tempo.inconsistent_paths(pulls=pulls, setting=setting)]
    for pull in pulls:
        rep = reps[pull.rep - 1]
        before = reps[pull.rep - 2] if pull.rep > 1 else None
        found += _timed(pull, rep, before, tops_cm, setting)
        if lifter.facing_confidence > 0:
            found += [
                doubted(
                    finding,
                    sureness=lifter.facing_confidence,
                    fault_confidence=thresholds.fault_confidence,
                )
                for finding in _directed(pull, rep, motion, setting)
            ]
    order = sorted(found, key=lambda finding: (finding.rep, finding.time_s))
    return Assessment(tuple(order), _unjudged(lifter, guess))


def _judged_as(guess: LiftGuess) -> str | None:
    """Give the lift whose thresholds a recognised set is held against, or None."""
    if guess.confidence < SURE_ENOUGH:
        return None
    return {"floor": "conventional", "rdl": "rdl"}.get(guess.family)


def _pull(motion: Motion, rep: Rep, calibration: Calibration) -> Pull | None:
    up = way_up(motion=motion, rep=rep, calibration=calibration) if rep.complete else None
    if up is None:
        return None
    return Pull(
        rep=rep.index,
        up=up,
        down=way_down(motion=motion, rep=rep, calibration=calibration),
        start_x_cm=rep.start_x_cm,
        roll_cm=floor_roll_cm(motion=motion, rep=rep, window_s=SETUP_S),
        fall_m_s2=fall_m_s2(rep=rep),
    )


def _timed(
    pull: Pull, rep: Rep, before: Rep | None, tops_cm: list[float], setting: Setting
) -> list[Finding]:
    """Gather the findings from height and time."""
    checks: list[Callable[[], Finding | None]] = [
        lambda: tempo.soft_lockout(pull=pull, tops_cm=tops_cm, setting=setting),
        lambda: tempo.uncontrolled_descent(pull=pull, rep=rep, setting=setting),
    ]
    if setting.lift == "rdl":
        checks += [
            lambda: tempo.shallow_rdl(pull=pull, rep=rep, setting=setting),
            lambda: tempo.floor_touch_rdl(pull=pull, rep=rep, setting=setting),
        ]
    else:
        checks += [
            lambda: tempo.hitch(pull=pull, setting=setting),
            lambda: tempo.bounced_rep(pull=pull, rep=rep, before=before, setting=setting),
        ]
    return [finding for check in checks if (finding := check()) is not None]


def _directed(pull: Pull, rep: Rep, motion: Motion, setting: Setting) -> list[Finding]:
    """Gather the findings from the way forward and back.

    A trap bar has no shin or knee to clear, and an RDL doesn't start on the floor.
    """
    squatted = loop = None
    if setting.lift in ("conventional", "sumo"):
        squatted = sideways.squatted_pull(pull=pull, setting=setting)
    if setting.lift != "trapbar":
        loop = sideways.knee_first(pull=pull, setting=setting)
    found = [
        squatted,
        loop,
        sideways.forward_drift(pull=pull, setting=setting, round_knees=loop is not None),
        sideways.backward_drift(pull=pull, setting=setting, squatted=squatted is not None),
        tempo.overextended_lockout(pull=pull, motion=motion, rep=rep, setting=setting),
    ]
    if setting.lift != "rdl":
        found += [
            sideways.off_midfoot_start(pull=pull, setting=setting),
            sideways.hips_shoot_up(pull=pull, setting=setting, sticking=rep.sticking),
        ]
    return [finding for finding in found if finding is not None]


def _lift_unjudged(said: str | None, guess: LiftGuess) -> NotAssessed:
    """Say why a set gets no findings at all."""
    if said is not None:
        return NotAssessed(
            "technique", f"technique isn't judged for --lift {said}: path and tempo only"
        )
    if guess.confidence == 0:
        why = "the clip shows no whole repetition"
    elif guess.family == "rdl":
        why = (
            "the path could be a Romanian deadlift's or a squat's, for the floor isn't seen well "
            "enough; name the lift with --lift"
        )
    else:
        why = (
            f"the path looks like no deadlift's (confidence {guess.confidence:.1f}); if it is one, "
            "name it with --lift"
        )
    return NotAssessed("technique", f"technique isn't judged: {why}")


def _guessed(guess: LiftGuess) -> str:
    """Say what a lift that nobody named was taken for."""
    sure = f"(confidence {guess.confidence:.1f})"
    if guess.family == "rdl":
        return (
            "which lift it is: it starts at the top and turns low over the floor, so it is judged "
            f"as a Romanian deadlift {sure}; if it is none, name yours with --lift"
        )
    return (
        "which lift it is: it starts on the floor, so it is judged as a conventional deadlift "
        f"{sure}; sumo and trap bar have the same path, so name yours with --lift"
    )


def _unjudged(lifter: LifterFacts, guess: LiftGuess) -> tuple[NotAssessed, ...]:
    """List what a set that is judged gets no opinion on."""
    items = [BACK_ROUNDING]
    if lifter.facing_confidence == 0:
        names = ", ".join(ADVICE[code].name for code in DIRECTED)
        items.append(
            NotAssessed(
                "direction",
                f"which way the lifter faces isn't known, so these aren't judged: {names}; give "
                "--facing left or --facing right",
            )
        )
    if math.isnan(lifter.midfoot_sd_cm):
        items.append(
            NotAssessed(
                "off_midfoot_start",
                "whether the bar starts over midfoot: midfoot is only taken to be where the bar "
                "started; give --midfoot PX, the column of the middle of the shoe",
            )
        )
    if lifter.lift is None:
        items.append(NotAssessed("lift", _guessed(guess)))
    if math.isnan(lifter.knee_height_cm):
        by = "a usual stature" if math.isnan(lifter.stature_cm) else "the stature"
        items.append(
            NotAssessed(
                "knee_height",
                f"where the knees are: estimated from {by}, ±5 cm; give --knee-height CM or "
                "--stature CM to place them better",
            )
        )
    return tuple(items)
