"""The simulator's truth, held against definitions, numerical derivatives and a second pinhole."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from barpath.errors import OutputError, UsageError
from barpath.simulate import (
    PRESETS,
    Drift,
    Lift,
    PlateLook,
    Recording,
    Scene,
    Surroundings,
    Truth,
    View,
    random_scene,
    truth_of,
    write_truth,
)
from tests.simulate.pinhole import project_by_hand

FINE_HZ = 1000.0
FINE = Recording(fps=FINE_HZ)
LIFTS = {
    "rests": Lift(reps=2),
    "turns": Lift(reps=2, pause_bottom_s=0.0),
    "squat": Lift(kind="squat", reps=2, pause_bottom_s=0.0),
    "squat_rests": Lift(kind="squat", reps=2),
    "grind": Lift(reps=2, concentric_s=3.0, grind_m_s=0.02),
    "stall": Lift(reps=2, concentric_s=2.4, stall_m_s=0.05),
    "hitch": Lift(reps=2, concentric_s=2.0, hitch_cm=2.0),
    "soft": Lift(reps=2, soft_cm=5.0),
    "leaning": Lift(reps=2, pause_top_s=1.5),
    "clean": Lift(kind="clean", reps=2, rom_cm=110, concentric_s=2.4),
}
BUSY_DRIFT = Drift(
    start_cm=1, setup_roll_cm=3, break_cm=-4, bulge_cm=2, lockout_cm=1, wobble_cm=0.5
)
LEANING = replace(BUSY_DRIFT, lean_cm=5)


def fine_truth(lift: Lift, drift: Drift = BUSY_DRIFT) -> Truth:
    # 8 px: the projection isn't what these tests are about
    return truth_of(Scene(lift=lift, drift=drift, recording=FINE))


@pytest.mark.parametrize("name", LIFTS)
def test_velocities_are_the_derivatives_of_the_path(name: str) -> None:
    truth = fine_truth(LIFTS[name], LEANING if name == "leaning" else BUSY_DRIFT)
    for path_cm, velocity_m_s in ((truth.x_cm, truth.vx_m_s), (truth.y_cm, truth.vy_m_s)):
        measured = (path_cm[2:] - path_cm[:-2]) / 2 * FINE_HZ / 100
        # central differences err by h^2/6 times the third derivative of position: 1 ms and at most
        # 400 m/s^3 (1.6 m/s ramped within 0.2 s) make 7e-5 m/s; kinks of jerk add h^2/2 times
        # their step, 2e-4
        np.testing.assert_allclose(velocity_m_s[1:-1], measured, atol=3e-4)


@pytest.mark.parametrize("name", LIFTS)
def test_repetitions_follow_their_definitions(name: str) -> None:
    truth = fine_truth(LIFTS[name])
    assert len(truth.reps) == LIFTS[name].reps
    for rep in truth.reps:
        inside = (truth.t > rep.liftoff_s) & (truth.t < rep.lockout_s)
        edges = np.interp([rep.liftoff_s, rep.lockout_s], truth.t, truth.vy_m_s)
        height_cm = np.interp([rep.liftoff_s, rep.lockout_s], truth.t, truth.y_cm)
        turning = LIFTS[name].pause_bottom_s == 0 and (rep.liftoff_s > 2.0)
        # velocity read between samples 1 ms apart: curvature leaves less than 1e-4 m/s
        assert edges[0] == pytest.approx(0.0 if turning else 0.015, abs=2e-4)
        assert edges[1] == pytest.approx(0.015, abs=2e-4)
        assert rep.rom_cm == pytest.approx(height_cm[1] - height_cm[0], abs=1e-3)
        # what is lost below 0.015 m/s at either end is at most 0.015 m/s for a few hundredths
        lost_cm = LIFTS[name].soft_cm if rep is truth.reps[-1] else 0.0
        assert -0.3 < rep.rom_cm - (LIFTS[name].rom_cm - lost_cm) <= 0
        average = np.trapezoid(truth.vy_m_s[inside], truth.t[inside]) / np.ptp(truth.t[inside])
        assert rep.mean_velocity_m_s == pytest.approx(average, rel=2e-3)
        assert rep.peak_velocity_m_s == pytest.approx(truth.vy_m_s[inside].max(), rel=1e-4)


def test_turning_at_the_bottom_is_exactly_at_the_floor() -> None:
    truth = fine_truth(LIFTS["turns"])
    turn_s = truth.reps[1].liftoff_s
    assert np.interp(turn_s, truth.t, truth.y_cm) == pytest.approx(0, abs=1e-3)
    assert truth.y_cm.min() > -1e-6


def test_mean_propulsive_velocity_leaves_out_the_braking() -> None:
    # 60 cm in 0.4 s: the braking ramp passes free fall
    truth = fine_truth(Lift(reps=1, rom_cm=60, concentric_s=0.4, peak_at=0.5), Drift())
    rep = truth.reps[0]
    acceleration = np.gradient(truth.vy_m_s, truth.t)
    driven = (truth.t > rep.liftoff_s) & (truth.t < rep.lockout_s) & (acceleration > -9.81)
    # 400 samples of 1 ms: which of the samples at the four edges count shifts the mean by < 1 %
    assert rep.mean_propulsive_velocity_m_s == pytest.approx(truth.vy_m_s[driven].mean(), rel=0.01)
    assert rep.mean_propulsive_velocity_m_s != pytest.approx(rep.mean_velocity_m_s, rel=0.01)


def test_a_grind_slows_to_the_velocity_asked_for() -> None:
    truth = fine_truth(LIFTS["grind"])
    rep = truth.reps[0]
    middle = (truth.t > rep.liftoff_s + 0.7) & (truth.t < rep.lockout_s - 0.5)
    assert truth.vy_m_s[middle].min() == pytest.approx(0.02, abs=1e-4)


def test_a_hitch_sinks_as_far_as_asked_for() -> None:
    truth = fine_truth(LIFTS["hitch"])
    rep = truth.reps[0]
    rising = truth.y_cm[(truth.t > rep.liftoff_s) & (truth.t < rep.lockout_s)]
    sunk = np.max(np.maximum.accumulate(rising) - rising)
    assert sunk == pytest.approx(2.0, abs=0.01)


def test_a_dropped_bar_falls_freely_and_stays_above_the_floor() -> None:
    truth = fine_truth(Lift(reps=1, drop=True, pause_bottom_s=1.0), Drift())
    impact = int(np.argmin(truth.vy_m_s))
    fall_s = math.sqrt(2 * 0.55 / 9.81)
    falling = slice(impact - int(fall_s * FINE_HZ) + 5, impact - 5)
    np.testing.assert_allclose(np.gradient(truth.vy_m_s[falling], truth.t[falling]), -9.81)
    # 2.5 cm of drift made good in free flight, at one speed
    np.testing.assert_allclose(truth.vx_m_s[falling], 0.025 / fall_s)
    assert truth.vy_m_s[impact] == pytest.approx(-9.81 * fall_s, abs=9.81 / FINE_HZ)
    assert truth.y_cm.min() > -1e-9
    assert truth.y_cm[-1] == pytest.approx(0, abs=1e-9)


def test_drift_goes_where_it_is_told() -> None:
    drift = Drift(start_cm=1, setup_roll_cm=3, break_cm=-4, lockout_cm=-2)
    truth = fine_truth(Lift(reps=2), drift)
    for rep in truth.reps:
        x_cm = np.interp([rep.liftoff_s, rep.lockout_s], truth.t, truth.x_cm)
        # past the first and short of the last millimetre of height, the path has moved < 0.001 cm
        assert x_cm == pytest.approx([4.0, -2.0], abs=5e-3)
    assert truth.x_cm[0] == pytest.approx(1.0)
    bulged = fine_truth(Lift(reps=1), Drift(bulge_cm=5, break_cm=0, lockout_cm=0))
    assert bulged.x_cm.max() == pytest.approx(5.0, abs=1e-3)
    assert bulged.x_cm[-1] == pytest.approx(0.0, abs=1e-9)


def test_clips_that_begin_and_end_mid_rep_say_so() -> None:
    whole = truth_of(Scene(lift=Lift(reps=3)))
    partial = truth_of(Scene(lift=Lift(reps=3, begins_mid_rep=True, ends_mid_rep=True)))
    assert [rep.complete for rep in whole.reps] == [True, True, True]
    assert [rep.complete for rep in partial.reps] == [False, True, False]
    assert partial.vy_m_s[0] > 0.1
    assert partial.vy_m_s[-1] > 0.1
    for a, b in zip(whole.reps, partial.reps, strict=True):
        assert a.mean_velocity_m_s == pytest.approx(b.mean_velocity_m_s)


VIEWS = {
    "square": View(),
    "turned": View(roll_deg=5, yaw_deg=-12, pitch_deg=4, aside_cm=20, height_cm=60),
    "oblique": View(yaw_deg=40, distance_cm=250),
    "lens": View(k1=-0.1, distance_cm=250, roll_deg=-3),
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("facing", [1, -1])
def test_projection_agrees_with_a_second_pinhole(name: str, facing: int) -> None:
    scene = Scene(view=VIEWS[name], facing=facing, drift=Drift(start_cm=3))
    truth = truth_of(scene)
    for i in range(0, len(truth.t), 40):
        point = np.array([facing * truth.x_cm[i], truth.y_cm[i] + 22.5, 0.0])
        assert [truth.x_px[i], truth.y_px[i]] == pytest.approx(project_by_hand(scene, point))


@pytest.mark.parametrize("name", ["square", "turned", "oblique"])
def test_radius_is_half_the_greatest_width_of_the_projected_rim(name: str) -> None:
    scene = Scene(view=VIEWS[name])
    truth = truth_of(scene)
    angle = np.linspace(0, 2 * math.pi, 720, endpoint=False)
    middle = np.array([truth.x_cm[0], 22.5, 0.0])
    rim = [
        project_by_hand(scene, middle + 22.5 * np.array([math.cos(a), math.sin(a), 0]))
        for a in angle
    ]
    along = np.array(rim) @ np.stack([np.cos(angle), np.sin(angle)])
    # half-degree steps miss the rim by at most R (1 - cos 0.25 deg) = 1e-5 R
    assert truth.radius_px[0] == pytest.approx(np.ptp(along, axis=0).max() / 2, rel=3e-5)


def test_scale_and_mirror_relations() -> None:
    base = Scene(drift=BUSY_DRIFT)
    truth = truth_of(base)
    double = truth_of(replace(base, view=replace(base.view, plate_radius_px=150)))
    mirror = truth_of(replace(base, facing=-1))
    assert double.radius_px == pytest.approx(2 * truth.radius_px)
    assert np.diff(double.y_px) == pytest.approx(2 * np.diff(truth.y_px), abs=1e-9)
    assert mirror.x_px == pytest.approx(base.view.width - 1 - truth.x_px)
    assert mirror.x_cm == pytest.approx(truth.x_cm)


def test_shake_has_the_size_asked_for_and_spares_the_bar() -> None:
    still = truth_of(Scene(lift=Lift(lead_in_s=30)))
    shaken = truth_of(Scene(lift=Lift(lead_in_s=30), view=View(shake_px=5)))
    wander = np.stack([shaken.x_px - still.x_px, shaken.y_px - still.y_px])
    # six sines over 40 s: their slowest makes some seven turns, hence the width
    assert wander.std(axis=1) == pytest.approx([5, 5], rel=0.25)
    assert shaken.y_cm == pytest.approx(still.y_cm)


def test_slow_motion_stretches_container_time_alone() -> None:
    normal = truth_of(Scene(recording=Recording(fps=120)))
    slow = truth_of(Scene(recording=Recording(fps=30, capture_fps=120)))
    assert slow.t == pytest.approx(4 * normal.t)
    assert slow.vy_m_s == pytest.approx(normal.vy_m_s)
    assert slow.reps == normal.reps


def test_scattered_times_increase_and_carry_their_own_truth() -> None:
    scene = Scene(recording=Recording(vfr_jitter=0.4))
    scattered, even = truth_of(scene), truth_of(Scene())
    gaps = np.diff(scattered.t)
    assert gaps.min() > 0
    assert gaps.std() > 0.1 / 30
    assert np.interp(scattered.t, even.t, even.y_cm) == pytest.approx(scattered.y_cm, abs=0.1)


def test_the_truth_ends_at_a_hard_cut() -> None:
    truth = truth_of(Scene(recording=Recording(cut_s=3.0)))
    assert truth.t[-1] < 3.0
    assert len(truth.t) == 90
    assert not truth.reps[-1].complete or truth.reps[-1].lockout_s < 3.0


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_consistent(name: str) -> None:
    scene = PRESETS[name]
    truth = truth_of(scene)
    assert np.all(np.diff(truth.t) > 0)
    assert truth.t[0] == 0
    if not scene.measurable:
        assert name.startswith("negative")
        return
    for values in (truth.x_cm, truth.y_cm, truth.vx_m_s, truth.vy_m_s, truth.radius_px):
        assert np.all(np.isfinite(values))
    assert np.all((truth.x_px > 0) & (truth.x_px < scene.view.width))
    assert np.all((truth.y_px > 0) & (truth.y_px < scene.view.height))
    cropped = scene.lift.begins_mid_rep or scene.lift.ends_mid_rep or scene.recording.cut_s
    assert sum(rep.complete for rep in truth.reps) == scene.lift.reps - bool(cropped) - (
        name == "cut"
    )
    for rep in truth.reps:
        assert 0.05 < rep.mean_velocity_m_s <= rep.peak_velocity_m_s < 2.5


def test_random_scenes_can_be_laid_out_and_stay_in_the_picture() -> None:
    rng = np.random.default_rng(11)
    scenes = [random_scene(rng) for _ in range(60)]
    for scene in scenes:
        truth = truth_of(scene)
        assert len(truth.reps) == scene.lift.reps
        assert np.all((truth.x_px > 0) & (truth.x_px < scene.view.width))
        assert np.all((truth.y_px > 0) & (truth.y_px < scene.view.height))
    assert len({(s.lift.kind, s.plate.style, s.facing) for s in scenes}) > 30


def test_the_truth_file_reads_as_the_contract_says(tmp_path) -> None:
    scene = Scene(
        lift=Lift(reps=2, ends_mid_rep=True), recording=Recording(capture_fps=120), facing=-1
    )
    truth = truth_of(scene)
    write_truth(truth, path=tmp_path / "clip.truth.json")
    document = json.loads((tmp_path / "clip.truth.json").read_text())
    for key in ("t", "x_cm", "y_cm", "x_px", "y_px"):
        assert document[key] == pytest.approx(getattr(truth, key).tolist(), abs=1e-6)
    assert [rep["rom_cm"] for rep in document["reps"]] == [truth.reps[0].rom_cm]
    assert len(document["partial_reps"]) == 1
    assert document["scene"]["facing"] == -1
    assert document["args"] == ["--capture-fps", "120"]
    assert document["expect"] == "track"


@pytest.mark.parametrize("name", ["negative_bodyweight", "negative_still", "negative_front"])
def test_negatives_expect_a_refusal_and_are_valid_json(name: str, tmp_path) -> None:
    write_truth(truth_of(PRESETS[name]), path=tmp_path / "n.truth.json")

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} isn't JSON")

    document = json.loads((tmp_path / "n.truth.json").read_text(), parse_constant=refuse)
    assert document["expect"] == "refuse"


def test_an_unwritable_truth_is_refused(tmp_path) -> None:
    with pytest.raises(OutputError, match="can't write"):
        write_truth(truth_of(Scene(lift=Lift(reps=1))), path=tmp_path / "no" / "x.truth.json")


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: Lift(kind="curl"), "lift.kind is 'curl'"),
        (lambda: Lift(reps=0), "lift.reps"),
        (lambda: Lift(rom_cm=math.nan), "lift.rom_cm"),
        (lambda: Lift(grind_m_s=0.6), "lift.grind_m_s"),
        (lambda: Lift(grind_m_s=0.02, concentric_s=3, pause_bottom_s=0), "rest at the bottom"),
        (lambda: Lift(drop=True, pause_bottom_s=0.5), "come to rest"),
        (lambda: Drift(bulge_cm=50), "drift.bulge_cm"),
        (lambda: PlateLook(style="pink"), "plate.style"),
        (lambda: View(width=10), "view.width"),
        (lambda: View(k1=0.1, shake_px=3), "can't be drawn together"),
        (lambda: Recording(vfr_jitter=0.9), "recording.vfr_jitter"),
        (lambda: Recording(rotation_deg=45), "recording.rotation_deg"),
        (lambda: Surroundings(backdrop="moon"), "surroundings.backdrop"),
        (lambda: Scene(facing=0), "scene.facing"),
    ],
)
def test_what_cannot_be_drawn_is_refused(build, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        build()


def test_durations_that_do_not_fit_are_refused() -> None:
    lift = Lift(pause_bottom_s=0, plateau=0.05, peak_at=0.6, concentric_s=3.0, descent_s=0.5)
    with pytest.raises(UsageError, match="don't fit together"):
        truth_of(Scene(lift=lift))


def test_a_soft_lockout_is_short_of_the_others_by_what_was_asked() -> None:
    first, last = fine_truth(LIFTS["soft"]).reps
    # lift-off and lockout are where 15 mm/s is reached: the ramps' ends are some 0.05 cm from rest
    assert first.rom_cm - last.rom_cm == pytest.approx(5.0, abs=0.02)


def test_a_lean_goes_back_and_sinks_after_lockout_and_comes_up_again() -> None:
    truth = fine_truth(LIFTS["leaning"], replace(Drift(), lean_cm=5))
    straight = fine_truth(LIFTS["leaning"], Drift())
    back, sunk = straight.x_cm - truth.x_cm, straight.y_cm - truth.y_cm
    # 2 cm lower the bar isn't all the way back to where the lift alone takes it: 4 % short of the
    # end a smoothstep of 2.5 cm is 0.004 cm short
    assert back.max() == pytest.approx(5.0, abs=5e-3)
    assert sunk.max() == pytest.approx(2.0, abs=1e-6)
    leaning = truth.t[sunk > 1e-9]
    assert truth.reps[0].lockout_s < leaning[0]
    assert (sunk[truth.t < truth.reps[0].lockout_s] == 0).all()


def test_a_stall_slows_the_bar_a_fifth_of_the_way_up() -> None:
    truth = fine_truth(LIFTS["stall"], Drift())
    rep = truth.reps[0]
    inside = (truth.t > rep.liftoff_s + 0.2) & (truth.t < rep.liftoff_s + 1.2)
    at = np.flatnonzero(inside)[np.argmin(truth.vy_m_s[inside])]
    assert truth.vy_m_s[at] == pytest.approx(0.05, abs=1e-3)
    assert truth.y_cm[at] / 55.0 == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Scene(drift=Drift(lean_cm=5)), "a lean back needs 0.8 s"),
        (lambda: Lift(soft_cm=5, drop=True, pause_bottom_s=1.5), "drop and a soft lockout"),
        (lambda: Lift(stall_m_s=0.05, pause_bottom_s=0), "needs a rest at the bottom"),
        (lambda: Lift(stall_m_s=2.0), "lift.stall_m_s is 2.0"),
    ],
)
def test_faults_that_cant_be_drawn_are_refused(make, message) -> None:
    with pytest.raises(UsageError, match=message):
        make()
