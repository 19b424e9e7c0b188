from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from barpath.reps import find_reps
from barpath.simulate import PRESETS
from barpath.technique import LifterFacts
from barpath.technique.lift import SURE_ENOUGH, Floor, LiftGuess, recognise_lift
from benchmarks.technique import MeasuredPath, measured_path

UNNAMED = LifterFacts(lift=None, facing_confidence=1.0)


def guess_in(measured: MeasuredPath, floor: Floor | None = None) -> LiftGuess:
    return recognise_lift(reps=measured.reps, motion=measured.motion, floor=floor)


def guess_of(name: str) -> LiftGuess:
    return guess_in(measured_path(PRESETS[name], seed=0))


@pytest.mark.parametrize(
    ("preset", "family"),
    [
        ("demo", "floor"),
        ("touch_and_go", "floor"),
        ("drop", "floor"),
        ("sumo", "floor"),
        ("trapbar", "floor"),
        ("rdl", "rdl"),
        ("clean", "other"),
    ],
)
def test_lifts_are_told_by_their_path(preset, family):
    guess = guess_of(preset)
    assert guess.family == family
    assert (guess.confidence >= SURE_ENOUGH) == (family != "rdl")


def test_a_squat_isnt_taken_for_a_deadlift():
    guess = guess_of("squat")
    assert guess.family != "floor"
    assert guess.confidence < SURE_ENOUGH  # it looks like an RDL: sure of neither


@pytest.mark.parametrize(
    ("preset", "low_cm", "family"), [("rdl", 16.0, "rdl"), ("squat", 75.0, "other")]
)
def test_how_low_the_bar_turns_tells_an_rdl_from_a_squat(preset, low_cm, family):
    measured = measured_path(PRESETS[preset], seed=0)
    sure = guess_in(measured, Floor(low_cm, confidence=1.0))
    assert (sure.family, sure.confidence) == (family, pytest.approx(0.9))
    doubtful = guess_in(measured, Floor(low_cm, confidence=0.1))
    assert doubtful.confidence < SURE_ENOUGH


def test_the_floor_doesnt_matter_to_what_starts_on_it():
    measured = measured_path(PRESETS["demo"], seed=0)
    assert guess_in(measured, Floor(80.0, 1.0)) == guess_in(measured)


def test_an_rdl_that_turns_low_over_the_floor_is_judged_unnamed():
    lifter = dataclasses.replace(UNNAMED, floor=Floor(16.0, 1.0))
    scene = PRESETS["rdl"]
    shallow = dataclasses.replace(scene, lift=dataclasses.replace(scene.lift, rom_cm=24.0))
    judged = measured_path(shallow, seed=0).judge(lifter=lifter)
    assert {f.code for f in judged.findings} == {"shallow_rdl"}
    (lift,) = [item.why for item in judged.not_assessed if item.code == "lift"]
    assert "Romanian deadlift (confidence 0.9)" in lift


def test_a_set_without_a_whole_rep_tells_nothing(analysis):
    cut = tuple(dataclasses.replace(rep, complete=False) for rep in analysis.reps)
    assert recognise_lift(reps=cut, motion=analysis.motion) == LiftGuess("other", 0.0)


def test_an_rdl_is_judged_once_it_is_named():
    measured = measured_path(PRESETS["rdl"], seed=0)
    unnamed = measured.judge(lifter=UNNAMED)
    assert [item.code for item in unnamed.not_assessed] == ["technique", "back_rounding"]
    assert "--lift" in unnamed.not_assessed[0].why
    named = measured.judge(lifter=LifterFacts(lift="rdl", facing_confidence=1.0))
    assert named.findings == ()
    assert "technique" not in [item.code for item in named.not_assessed]


def test_a_shallow_rdl_is_pointed_out():
    scene = PRESETS["rdl"]
    shallow = dataclasses.replace(scene, lift=dataclasses.replace(scene.lift, rom_cm=24.0))
    lifter = LifterFacts(lift="rdl", facing_confidence=1.0, stature_cm=180.0)
    found = measured_path(shallow, seed=0).judge(lifter=lifter).findings
    assert {f.code for f in found} == {"shallow_rdl"}
    assert found[0].threshold == pytest.approx(0.165 * 180.0)  # hands at 0.45, knees at 0.285
    # The scale is off by 1 % at most, and 4 mm of noise at either end.
    assert found[0].value == pytest.approx(24.0, abs=0.8)


def test_styles_of_the_floor_are_only_mentioned():
    for preset, code in (("touch_and_go", "bounced_rep"), ("drop", "uncontrolled_descent")):
        found = measured_path(PRESETS[preset], seed=0).judge(lifter=UNNAMED).findings
        assert {(f.code, f.severity) for f in found} == {(code, "info")}


def test_a_clip_that_begins_in_mid_descent_starts_at_the_top():
    scene = PRESETS["rdl"]
    whole = measured_path(
        dataclasses.replace(scene, lift=dataclasses.replace(scene.lift, reps=1)), seed=0
    )
    keep = whole.motion.time_s > scene.lift.lead_in_s + 0.5 * scene.lift.descent_s
    motion = dataclasses.replace(
        whole.motion,
        **{name: held[keep] for name, held in vars(whole.motion).items() if np.ndim(held)},
    )
    reps = find_reps(motion=motion, calibration=whole.calibration)
    assert [phase.name for phase in reps[0].phases][0] != "descent"  # its start isn't shown
    guess = recognise_lift(reps=reps, motion=motion, floor=Floor(16.0, 1.0))
    assert guess.family == "rdl"
