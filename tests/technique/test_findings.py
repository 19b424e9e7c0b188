"""Findings on paths known by formula: what is said, of what size, when, and when nothing is."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from barpath.calibration import Calibration
from barpath.motion import differentiate
from barpath.reps import find_reps
from barpath.technique import LifterFacts, Thresholds, assess
from barpath.technique.finding import grade
from barpath.technique.text import ADVICE, DIRECTED
from tests.bars import course, frames, path_of

RISE_CM = 55.0
UP_S, DOWN_S = 1.4, 1.4
LIFTOFF_S = 1.5
LEVEL = Calibration(0.25, 45.0, 0.3, roll_deg=0.0, roll_sd_deg=0.3)
NAMED = LifterFacts(lift="conventional", facing_confidence=1.0)


def pull(*, bend=lambda share: 0 * share, roll_cm=0.0, sink_cm=0.0, reps=1, top_cm=RISE_CM):
    """Lay out pulls from the floor: x from the share of the rise, a roll along the floor before."""
    time_s = frames(60.0, LIFTOFF_S + reps * 5.0)
    moves, rolls = [], []
    for rep in range(reps):
        at_s = LIFTOFF_S + 5.0 * rep
        if sink_cm:
            moves += [(at_s, 0.8, 40.0), (at_s + 0.8, 0.25, -sink_cm)]
            moves += [(at_s + 1.05, 0.8, top_cm - 40.0 + sink_cm)]
        else:
            moves += [(at_s, UP_S, top_cm)]
        moves += [(at_s + 2.4, DOWN_S, -top_cm)]
        rolls += [(at_s - 0.9, 0.5, roll_cm), (at_s + 4.0, 0.09, -roll_cm)]
    y_cm, _ = course(time_s, moves)
    x_cm = bend(np.clip(y_cm / RISE_CM, 0, 1)) + course(time_s, rolls)[0]
    return differentiate(path=path_of(time_s, y_cm, x_cm=x_cm))


def judge(motion, *, lifter=NAMED, calibration=LEVEL, thresholds=None):
    return assess(
        motion=motion,
        reps=find_reps(motion=motion, calibration=calibration),
        calibration=calibration,
        lifter=lifter,
        thresholds=thresholds or Thresholds(),
    )


def codes(assessment):
    return [finding.code for finding in assessment.findings]


def loop(size_cm, *, at=0.45):
    """A smooth loop to the front that peaks at a share of the way and is gone 0.3 from it."""
    return lambda share: size_cm * np.clip(1 - ((share - at) / 0.3) ** 2, 0, None) ** 2


def lean(size_cm):
    return lambda share: size_cm * share


def test_a_straight_pull_is_left_alone():
    assert judge(pull()).findings == ()


def test_a_loop_round_the_knees_is_sized_and_placed():
    (found,) = judge(pull(bend=loop(5.0))).findings
    assert (found.code, found.severity, found.rep) == ("knee_first", "fault", 1)
    # The loop lasts some 0.5 s, far slower than the smoother's 6 Hz: a few per cent at most.
    assert found.value == pytest.approx(5.0, abs=0.15)
    assert found.height_cm == pytest.approx(0.45 * RISE_CM, abs=1.5)  # a frame at full speed: 1.2
    assert LIFTOFF_S < found.time_s < LIFTOFF_S + UP_S
    assert "5.0 cm forward" in found.message
    assert found.cue == ADVICE["knee_first"].cue


@pytest.mark.parametrize(("size_cm", "severity"), [(1.5, None), (3.0, "watch"), (4.6, "fault")])
def test_severity_follows_the_size(size_cm, severity):
    found = judge(pull(bend=loop(size_cm))).findings
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_a_loop_at_the_thigh_is_no_knee():
    assert "knee_first" not in codes(judge(pull(bend=loop(5.0, at=0.75))))  # 41 cm up


def test_a_loop_is_the_same_under_a_camera_that_leans():
    """A leaning camera adds a straight slant, against which the loop is measured."""
    tilted = judge(pull(bend=lambda share: loop(5.0)(share) + 1.5 * share)).findings
    (found,) = [finding for finding in tilted if finding.code == "knee_first"]
    assert found.value == pytest.approx(5.0, abs=0.3)


def test_a_push_and_a_swing_back_are_a_squatted_pull():
    back = judge(pull(bend=lambda s: -5.0 * np.clip(s / 0.4, 0, 1), roll_cm=4.0)).findings
    (found,) = back
    assert (found.code, found.severity) == ("squatted_pull", "fault")
    assert found.value == pytest.approx(5.0, abs=0.2)
    assert "rolled 4.0 cm forward" in found.message


def test_a_swing_back_without_a_push_is_at_most_worth_watching():
    found = judge(pull(bend=lambda s: -7.0 * np.clip(s / 0.4, 0, 1))).findings
    assert ("squatted_pull", "watch") in [(f.code, f.severity) for f in found]
    small = judge(pull(bend=lambda s: -3.0 * np.clip(s / 0.4, 0, 1))).findings
    assert small == ()


@pytest.mark.parametrize(("midfoot_sd_cm", "said"), [(math.nan, 0), (1.0, 1), (3.0, 0)])
def test_a_start_in_front_of_a_sure_midfoot_counts_as_a_push(midfoot_sd_cm, said):
    """Four centimetres in front: four, or one and a third, standard deviations; 1.5 are needed."""
    motion = pull(bend=lambda s: 4.0 - 3.0 * np.clip(s / 0.4, 0, 1))
    lifter = dataclasses.replace(NAMED, midfoot_sd_cm=midfoot_sd_cm)
    found = [f for f in judge(motion, lifter=lifter).findings if f.code == "squatted_pull"]
    assert len(found) == said
    assert all("4.0 cm in front of midfoot" in f.message for f in found)


def test_drift_is_signed_and_what_belongs_to_the_lift_is_allowed():
    assert codes(judge(pull(bend=lean(6.0)))) == ["forward_drift"]
    assert codes(judge(pull(bend=lean(-3.5)))) == []
    (back,) = [f for f in judge(pull(bend=lean(-8.0))).findings if f.code == "backward_drift"]
    assert back.value == pytest.approx(8.0, abs=0.2)
    assert back.threshold == 5.0  # 3 cm belong to the lift, 2 are worth watching


@pytest.mark.parametrize(("size_cm", "severity"), [(6.0, "info"), (10.0, "watch")])
def test_hips_that_push_the_bar_are_no_fault(size_cm, severity):
    """Tidy real pulls show up to 8 cm there."""
    (found,) = judge(pull(bend=lambda s: size_cm * np.clip((s - 0.8) / 0.2, 0, 1))).findings
    assert (found.code, found.severity) == ("forward_drift", severity)
    assert "hips came through" in found.message


@pytest.mark.parametrize(("sink_cm", "expected"), [(0.0, []), (2.5, ["hitch"])])
def test_sinking_on_the_way_up_is_a_hitch(sink_cm, expected):
    found = judge(pull(sink_cm=sink_cm)).findings
    assert [f.code for f in found] == expected
    if found:
        # 2.5 cm in 0.25 s is a wave of about 2 Hz; 6 Hz lets more than nine tenths of it through.
        assert found[0].value == pytest.approx(2.5, abs=0.25)
        assert found[0].height_cm == pytest.approx(40.0, abs=0.5)


def test_a_path_unlike_the_others_is_pointed_out():
    motion = pull(reps=3)
    second = np.abs(motion.time_s - (LIFTOFF_S + 5.0 + UP_S / 2)) < UP_S
    bent = motion.x_cm + np.where(second, loop(5.0)(motion.y_cm / RISE_CM), 0.0)
    found = judge(dataclasses.replace(motion, x_cm=bent)).findings
    assert [f.rep for f in found if f.code == "inconsistent_path"] == [2]


def judge_down(motion, **facts):
    """Judge a pull that goes straight up and comes down as the motion's way up, turned round."""
    down = motion.time_s > LIFTOFF_S + UP_S + 0.5
    return judge(
        dataclasses.replace(motion, x_cm=np.where(down, motion.x_cm, 0.0)),
        lifter=dataclasses.replace(NAMED, **facts),
    )


@pytest.mark.parametrize(
    ("size_cm", "severity"), [(1.5, None), (3.0, "watch"), (5.0, "watch"), (8.0, "watch")]
)
def test_a_loop_on_the_way_down_is_the_knees_and_no_fault(size_cm, severity):
    found = judge_down(pull(bend=loop(size_cm))).findings
    assert [(f.code, f.severity) for f in found] == ([("knee_first", severity)] if severity else [])
    if found:
        assert found[0].value == pytest.approx(size_cm, abs=0.15)
        assert "on the way down" in found[0].message
        assert "hips back first" in found[0].cue
        assert found[0].time_s > LIFTOFF_S + UP_S


def test_a_loop_both_ways_is_said_once():
    (found,) = judge(pull(bend=loop(5.0))).findings
    assert "5.0 cm forward" in found.message
    assert "on the way down it went 5.0 cm round them again" in found.message


def test_a_bar_let_go_of_isnt_lowered_round_the_knees():
    time_s = frames(60.0, 6.0)
    up, fall_s = (LIFTOFF_S, UP_S, RISE_CM), math.sqrt(2 * RISE_CM / 981)
    y_cm, _ = course(time_s, [up])
    since_s = np.clip(time_s - 4.0, 0, fall_s)
    y_cm = y_cm - 981 / 2 * since_s**2
    falling = (time_s > 4.0) & (time_s < 4.0 + fall_s)
    x_cm = np.where(falling, loop(6.0)(y_cm / RISE_CM), 0.0)
    found = judge(differentiate(path=path_of(time_s, y_cm, x_cm=x_cm))).findings
    assert "knee_first" not in [f.code for f in found]
    assert ("uncontrolled_descent", "info") in [(f.code, f.severity) for f in found]


@pytest.mark.parametrize(("ahead_cm", "said"), [(0.5, 0), (1.2, 0), (2.0, 1), (5.0, 1)])
def test_a_stall_below_the_knee_with_the_bar_forward_is_possibly_the_hips(ahead_cm, said):
    """Up 10 cm, as good as standing for a third of a second, then on; forward all the while."""
    time_s = frames(60.0, 8.0)
    y_cm, _ = course(
        time_s, [(1.5, 0.6, 10.0), (1.95, 0.5, 3.0), (2.3, 1.2, 42.0), (5.0, 1.5, -55.0)]
    )
    x_cm = ahead_cm * np.clip(y_cm / 8.0, 0, 1) * np.clip((50 - y_cm) / 30, 0, 1)
    found = judge(differentiate(path=path_of(time_s, y_cm, x_cm=x_cm))).findings
    hints = [f for f in found if f.code == "hips_shoot_up"]
    assert len(hints) == said
    for hint in hints:
        assert (hint.severity, hint.confidence) == ("info", 0.5)  # never more than a hint
        assert hint.value == pytest.approx(ahead_cm, abs=0.1)
        assert 8.0 < hint.height_cm < 20.0
        assert "possibly" in hint.message


def test_a_stall_that_stays_on_its_line_is_no_hint():
    time_s = frames(60.0, 8.0)
    y_cm, _ = course(
        time_s, [(1.5, 0.6, 10.0), (1.95, 0.5, 3.0), (2.3, 1.2, 42.0), (5.0, 1.5, -55.0)]
    )
    assert judge(differentiate(path=path_of(time_s, y_cm))).findings == ()


@pytest.mark.parametrize(
    ("back_cm", "sink_cm", "severity"),
    [
        (1.5, 1.0, None),
        (4.0, 0.2, None),
        (0.0, 2.0, None),
        (3.0, 1.0, "watch"),
        (9.0, 3.0, "watch"),
    ],
)
def test_going_back_and_sinking_after_lockout_is_a_lean(back_cm, sink_cm, severity):
    time_s = frames(60.0, 8.0)
    lean = [(3.3, 0.5, -sink_cm), (4.3, 0.5, sink_cm)]
    y_cm, _ = course(time_s, [(LIFTOFF_S, UP_S, RISE_CM), *lean, (5.2, 1.4, -RISE_CM)])
    x_cm, _ = course(time_s, [(3.3, 0.5, -back_cm), (4.3, 0.5, back_cm)])
    found = judge(differentiate(path=path_of(time_s, y_cm, x_cm=x_cm))).findings
    expected = [("overextended_lockout", severity)] if severity else []
    assert [(f.code, f.severity) for f in found] == expected  # a candidate, never a fault
    if found:
        assert found[0].value == pytest.approx(back_cm, abs=0.1)
        assert f"sank {sink_cm:.1f} cm" in found[0].message


@pytest.mark.parametrize(("short_cm", "severity"), [(1.5, None), (3.0, "watch"), (5.0, "fault")])
def test_a_top_below_the_sets_highest_is_a_soft_lockout(short_cm, severity):
    time_s = frames(60.0, 12.0)
    moves = [(1.5, UP_S, 55.0), (4.0, DOWN_S, -55.0)]
    moves += [(6.5, UP_S, 55.0 - short_cm), (9.0, DOWN_S, short_cm - 55.0)]
    motion = differentiate(path=path_of(time_s, course(time_s, moves)[0]))
    found = judge(motion).findings
    assert [(f.rep, f.code, f.severity) for f in found] == (
        [(2, "soft_lockout", severity)] if severity else []
    )
    if found:
        assert found[0].value == pytest.approx(short_cm, abs=0.05)
    moving = dataclasses.replace(LEVEL, camera_moving=True)
    assert {f.severity for f in judge(motion, calibration=moving).findings} <= {"info"}


def test_the_wrong_direction_turns_a_finding_round():
    motion = pull(bend=lean(8.0))
    mirrored = dataclasses.replace(motion, x_cm=-motion.x_cm)
    assert codes(judge(motion)) == ["forward_drift"]
    assert "forward_drift" not in codes(judge(mirrored))
    assert "backward_drift" in codes(judge(mirrored))


def test_without_a_direction_nothing_directed_is_said():
    lifter = LifterFacts(lift="conventional", facing_confidence=0.0)
    for bend in (loop(6.0), lean(8.0), lean(-8.0)):
        assessment = judge(pull(bend=bend, roll_cm=4.0), lifter=lifter)
        assert not set(codes(assessment)) & set(DIRECTED)
        (why,) = [item.why for item in assessment.not_assessed if item.code == "direction"]
        assert "--facing" in why
        assert all(ADVICE[code].name in why for code in DIRECTED)


def test_the_start_is_judged_against_a_midfoot_that_is_known():
    motion = pull()
    ahead = dataclasses.replace(motion, x_cm=motion.x_cm + 5.0)
    assert "off_midfoot_start" not in codes(judge(ahead))
    (found,) = judge(ahead, lifter=dataclasses.replace(NAMED, midfoot_sd_cm=1.0)).findings
    assert (found.code, found.value) == ("off_midfoot_start", pytest.approx(5.0, abs=0.05))
    assert "in front of midfoot" in found.message


# 8 cm are 6 more than is worth watching: 3 of the one standard deviation, 1.7 of the other
@pytest.mark.parametrize(("sd_cm", "severity"), [(2.0, "fault"), (3.5, "watch")])
def test_a_start_is_no_fault_by_a_shoe_that_may_be_elsewhere(sd_cm, severity):
    motion = pull()
    ahead = dataclasses.replace(motion, x_cm=motion.x_cm + 8.0)
    found = judge(ahead, lifter=dataclasses.replace(NAMED, midfoot_sd_cm=sd_cm)).findings
    assert [(f.code, f.severity) for f in found] == [("off_midfoot_start", severity)]


@pytest.mark.parametrize("lift", ["other", "kettlebell"])
def test_other_lifts_get_no_findings(lift):
    assessment = judge(pull(bend=lean(8.0)), lifter=LifterFacts(lift=lift, facing_confidence=1.0))
    assert assessment.findings == ()
    assert [item.code for item in assessment.not_assessed] == ["technique", "back_rounding"]


def test_the_back_is_never_judged():
    for lifter in (NAMED, LifterFacts(lift="other", facing_confidence=1.0)):
        assert "back_rounding" in [item.code for item in judge(pull(), lifter=lifter).not_assessed]


def test_under_a_moving_camera_nothing_is_a_fault():
    moving = dataclasses.replace(LEVEL, camera_moving=True)
    for motion in (pull(bend=loop(6.0)), pull(sink_cm=3.0)):
        assert "fault" in [f.severity for f in judge(motion).findings]
        assert {f.severity for f in judge(motion, calibration=moving).findings} == {"watch"}


def test_an_unknown_roll_lowers_the_confidence():
    unseen = dataclasses.replace(LEVEL, roll_sd_deg=3.0)
    (sure,) = judge(pull(bend=lean(6.0))).findings
    (unsure,) = judge(pull(bend=lean(6.0)), calibration=unseen).findings
    # 3 degrees over 55 cm are 2.9 cm: (6 - 2) / 2.9 = 1.39 standard deviations.
    assert unsure.confidence == pytest.approx(0.917, abs=0.01)
    assert sure.confidence > 0.999


def test_a_raised_threshold_silences():
    strict = Thresholds(watch_cm=6.0, fault_cm=8.0)
    assert judge(pull(bend=loop(5.0)), thresholds=strict).findings == ()


def test_grades_are_never_finer_than_the_uncertainty():
    sure = grade(value=4.5, sd=0.1, watch=2.0, fault=4.0)
    assert sure is not None
    assert sure.severity == "fault"
    unsure = grade(value=4.5, sd=2.9, watch=2.0, fault=4.0)
    assert unsure is not None
    assert unsure.severity == "watch"  # 0.86 standard deviations past 2: 81 %, a fault needs 90
    lost = grade(value=2.5, sd=2.0, watch=2.0, fault=4.0)
    assert lost is not None
    assert (lost.severity, lost.confidence) == ("info", pytest.approx(0.599, abs=0.001))
    assert grade(value=2.0, sd=0.1, watch=2.0) is None
    assert grade(value=2.5, sd=3.0, watch=2.0) is None  # smaller than its own ±
    unknown = grade(value=9.0, sd=math.nan, watch=2.0, fault=4.0)
    assert unknown is not None
    assert unknown.severity == "info"


def test_a_doubtful_direction_lowers_the_confidence_and_calls_nothing_a_fault():
    motion = pull(bend=loop(6.0))
    lifter = dataclasses.replace(NAMED, facing_confidence=0.8)
    (sure,) = judge(motion).findings
    (doubtful,) = judge(motion, lifter=lifter).findings
    assert (sure.severity, doubtful.severity) == ("fault", "watch")
    assert doubtful.confidence == pytest.approx(0.8 * sure.confidence)


def test_a_doubtful_direction_leaves_what_needs_none():
    motion = pull(sink_cm=2.5)
    lifter = dataclasses.replace(NAMED, facing_confidence=0.8)
    assert judge(motion, lifter=lifter).findings == judge(motion).findings


def test_under_a_moving_camera_a_start_in_front_is_no_push():
    """What is left of the camera's motion since the shoe was seen may be as much."""
    motion = pull(bend=lambda s: 6.0 - 3.0 * np.clip(s / 0.4, 0, 1))
    lifter = dataclasses.replace(NAMED, midfoot_sd_cm=1.0)
    moving = dataclasses.replace(LEVEL, camera_moving=True)
    assert "squatted_pull" in codes(judge(motion, lifter=lifter))
    found = judge(motion, lifter=lifter, calibration=moving).findings
    assert [(f.code, f.severity) for f in found] == [("off_midfoot_start", "info")]


def test_what_the_hips_do_has_its_own_cue():
    (hips,) = judge(pull(bend=lambda s: 6.0 * np.clip((s - 0.8) / 0.2, 0, 1))).findings
    (drift,) = judge(pull(bend=lean(6.0))).findings
    assert hips.code == drift.code == "forward_drift"
    assert "glutes" in hips.cue
    assert "lats" in drift.cue


def test_a_half_shown_pull_isnt_called_another_lift():
    motion = pull()
    keep = motion.time_s > LIFTOFF_S + UP_S / 2
    frames = {name: held[keep] for name, held in vars(motion).items() if np.ndim(held)}
    half = dataclasses.replace(motion, **frames)
    lifter = LifterFacts(lift=None, facing_confidence=1.0)
    (why,) = [i.why for i in judge(half, lifter=lifter).not_assessed if i.code == "technique"]
    assert "shows no whole repetition" in why
