"""Repetitions of bars that move by formula."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barpath.excursions import STILL_M_S
from barpath.motion import differentiate
from barpath.phases import place_knee
from barpath.reps import Rep, find_reps, label_frames, velocity_loss_pct
from tests.bars import (
    CALIBRATION,
    DOWN,
    SD_CM,
    UP,
    FloatArray,
    course,
    drop,
    frames,
    motion_of,
    path_of,
    reps_of,
    step_events,
)

EVENT_TOLERANCE_S = 0.035
"""The velocity's error (0.002 m/s of noise at 0.02 cm, 0.001 m/s of smoothing) over a quintic's
acceleration at the event (0.25 m/s^2 for the slower ones here) is 9 ms; allow nearly four."""


def names(rep: Rep) -> list[str]:
    return [phase.name for phase in rep.phases]


class TestSets:
    """How many repetitions a set has, and where each begins and ends."""

    @pytest.mark.parametrize("fps", [24, 29.97, 30, 60, 120])
    def test_from_the_floor(self, fps: float) -> None:
        second = (6.0, 1.2, 55.0)
        reps = reps_of([UP, DOWN, second, (8.0, 1.0, -55.0)], fps=fps)
        assert [rep.complete for rep in reps] == [True, True]
        for rep, move in zip(reps, (UP, second), strict=True):
            liftoff_s, lockout_s = step_events(move, STILL_M_S)
            assert rep.liftoff_s == pytest.approx(liftoff_s, abs=EVENT_TOLERANCE_S)
            assert rep.lockout_s == pytest.approx(lockout_s, abs=EVENT_TOLERANCE_S)
            assert names(rep) == ["setup", "break", "knee", "lockout", "top", "descent"]

    @pytest.mark.parametrize("seed", range(5))
    def test_touch_and_go(self, seed: int) -> None:
        moves = [(1 + 2.2 * k, 1.2, 50.0) for k in range(4)]
        moves += [(2.3 + 2.2 * k, 0.9, -50.0) for k in range(4)]
        reps = reps_of(moves, seed=seed)
        assert len(reps) == 4
        for rep, move in zip(reps, moves, strict=False):
            # Turns without a rest begin at the lowest point, within the 10 ms of the step's own.
            assert move[0] - 0.02 <= rep.liftoff_s <= step_events(move, STILL_M_S)[0] + 0.035

    @pytest.mark.parametrize("restitution", [0.0, 0.3, 0.5])
    def test_dropped_and_bouncing(self, restitution: float) -> None:
        time_s = frames(30, 12.0)
        fall, _ = drop(time_s, start_s=4.0, height_cm=55, restitution=restitution)
        again, _ = drop(time_s, start_s=10.0, height_cm=55, restitution=restitution)
        first, second = course(time_s, [UP])[0], course(time_s, [(7.5, 1.2, 55.0)])[0]
        height = np.where(time_s < 4, first, fall) + np.where(time_s < 10, second, again)
        rng = np.random.default_rng(1)
        noisy = height + rng.normal(0, SD_CM, time_s.size)
        motion = differentiate(path=path_of(time_s, noisy, sd_cm=SD_CM))
        reps = find_reps(motion=motion, calibration=CALIBRATION)
        assert [rep.complete for rep in reps] == [True, True]
        assert reps[1].liftoff_s == pytest.approx(
            step_events((7.5, 1.2, 55.0), STILL_M_S)[0], abs=EVENT_TOLERANCE_S
        )
        landing_s = 4 + math.sqrt(2 * 0.55 / 9.81)
        assert reps[0].end_s == pytest.approx(landing_s, abs=0.04)

    @pytest.mark.parametrize("stop_cm", [10.0, 27.0, 45.0])
    @pytest.mark.parametrize("seed", range(3))
    def test_a_grinder_that_stops_is_one(self, stop_cm: float, seed: int) -> None:
        moves = [(1.0, 2.0, stop_cm), (3.2, 3.0, 55 - stop_cm), (8.0, 1.0, -55.0)]
        (rep,) = reps_of(moves, seed=seed)
        assert rep.complete
        # 0.015 m/s cuts off the first and last millimetres: 5 mm of the slowest end here.
        assert rep.rom_cm == pytest.approx(55, abs=0.7)
        liftoff_s = step_events(moves[0], STILL_M_S)[0]
        lockout_s = step_events(moves[1], STILL_M_S)[1]
        # The slow end's acceleration is 0.05 m/s^2: 0.002 m/s are 40 ms there, 1 % of the time.
        mean = 0.55 / (lockout_s - liftoff_s)
        assert rep.mean_velocity_m_s == pytest.approx(mean, rel=0.03)
        assert rep.sticking is not None
        assert rep.sticking.min_velocity_m_s < 0.02
        assert rep.sticking.height_cm == pytest.approx(stop_cm, abs=1.0)

    def test_sets_that_start_at_the_top(self) -> None:
        moves = [(1.0, 1.5, -45.0), (2.5, 1.0, 45.0), (4.5, 1.5, -45.0), (6.3, 1.0, 45.0)]
        reps = reps_of(moves)
        assert [rep.complete for rep in reps] == [True, True]
        for rep in reps:
            assert names(rep)[0] == "descent"
            assert rep.phases[0].dy_cm == pytest.approx(-45, abs=0.3)
        assert reps[0].liftoff_s == pytest.approx(2.5, abs=0.04)
        assert reps[0].end_s == pytest.approx(reps[1].start_s)

    @pytest.mark.parametrize("fps", [30, 60])
    def test_a_turn_without_rest_is_its_lowest_point(self, fps: int) -> None:
        time_s = frames(fps, 7.0, phase=0.3)
        height = 22.5 * (1 + np.cos(2 * np.pi * time_s / 2.5))
        motion = differentiate(path=path_of(time_s, height))
        reps = find_reps(motion=motion, calibration=CALIBRATION)
        # 1.4 m/s^2 pass 0.015 m/s 11 ms after the turn; the symmetrical turn itself isn't moved.
        liftoffs = [rep.liftoff_s for rep in reps[:2]]
        assert liftoffs == pytest.approx([1.25, 3.75], abs=0.003)

    def test_a_clean_is_one(self) -> None:
        moves = [(1.0, 0.9, 74.0), (1.95, 0.6, -36.0), (2.9, 1.3, 62.0), (6.0, 0.6, -100.0)]
        (rep,) = reps_of(moves)
        assert rep.complete
        assert rep.rom_cm == pytest.approx(100, abs=0.4)
        assert rep.lockout_s == pytest.approx(
            step_events(moves[2], STILL_M_S)[1], abs=EVENT_TOLERANCE_S
        )

    def test_slack_is_not_lift_off(self) -> None:
        pause = reps_of([(1.0, 0.3, 1.5), (2.0, 1.5, 55.0)])
        assert [rep.complete for rep in pause] == [True]
        truth_s = step_events((2.0, 1.5, 55.0), STILL_M_S)[0]
        assert pause[0].liftoff_s == pytest.approx(truth_s, abs=EVENT_TOLERANCE_S)
        # Without a stop in between, the bar still slows before the break.
        # (0.06 m/s at 1.9 s, 0.03 m/s at 2.15 s, then the pull).
        (rep,) = reps_of([(1.5, 0.8, 2.5), (2.1, 1.5, 55.0)])
        assert rep.liftoff_s == pytest.approx(2.15, abs=0.06)

    def test_a_bar_that_crept_up_first_lifts_off_where_it_is_pulled(self) -> None:
        # 4 cm in 1.5 s, a quintic's 0.05 m/s at most: a hand-held camera that settles
        (rep,) = reps_of([(0.5, 1.5, 4.0), (3.0, 1.5, 52.0)])
        truth_s = step_events((3.0, 1.5, 52.0), STILL_M_S)[0]
        assert rep.liftoff_s == pytest.approx(truth_s, abs=EVENT_TOLERANCE_S)

    def test_a_pull_that_pauses_just_off_the_floor_began_on_the_floor(self) -> None:
        # 4 cm in 0.4 s is a quintic's 0.19 m/s
        (rep,) = reps_of([(1.0, 0.4, 4.0), (3.0, 1.5, 52.0)])
        truth_s = step_events((1.0, 0.4, 4.0), STILL_M_S)[0]
        assert rep.liftoff_s == pytest.approx(truth_s, abs=EVENT_TOLERANCE_S)

    @pytest.mark.parametrize(("sd_m_s", "pulled"), [(0.005, True), (0.03, False)])
    def test_what_may_have_been_a_creep_is_not_called_a_pull(
        self, sd_m_s: float, pulled: bool
    ) -> None:
        # 4 cm in 0.65 s is a quintic's 0.115 m/s, a pull's only where it is well known
        moves = [(0.5, 0.65, 4.0), (3.0, 1.5, 52.0)]
        motion = motion_of(moves, across=(), fps=30.0, until_s=12.0, seed=0)
        sd = np.where(motion.time_s < 2.0, sd_m_s, motion.sd_v_m_s)
        (rep,) = find_reps(motion=replace(motion, sd_v_m_s=sd), calibration=CALIBRATION)
        truth_s = step_events(moves[0 if pulled else 1], STILL_M_S)[0]
        assert rep.liftoff_s == pytest.approx(truth_s, abs=EVENT_TOLERANCE_S)

    def test_settling_is_not_a_movement(self) -> None:
        (rep,) = reps_of([(1.0, 1.0, 57.0), (2.0, 0.5, -5.0), (5.0, 1.0, -52.0)])
        assert rep.lockout_s == pytest.approx(
            step_events((1.0, 1.0, 57.0), STILL_M_S)[1], abs=EVENT_TOLERANCE_S
        )

    def test_a_lean_back_later_does_not_move_lockout(self) -> None:
        (rep,) = reps_of([UP, (4.0, 0.4, 5.0), (6.0, 1.0, -60.0)])
        assert rep.lockout_s == pytest.approx(step_events(UP, STILL_M_S)[1], abs=EVENT_TOLERANCE_S)

    def test_a_pull_that_fails_at_the_knee(self) -> None:
        reps = reps_of([UP, DOWN, (6.0, 1.2, 30.0), (8.0, 1.0, -30.0)])
        assert [rep.complete for rep in reps] == [True, False]
        assert math.isnan(reps[1].lockout_s)
        assert math.isnan(reps[1].rom_cm)


class TestPartial:
    """Clips that begin or end within a repetition."""

    def test_begins_on_the_way_up(self) -> None:
        reps = reps_of([(-0.7, 1.5, 55.0), (2.0, 1.0, -55.0), (4.0, 1.2, 55.0)])
        assert [rep.complete for rep in reps] == [False, True]
        first = reps[0]
        assert math.isnan(first.liftoff_s)
        assert first.lockout_s == pytest.approx(
            step_events((-0.7, 1.5, 55.0), STILL_M_S)[1], abs=EVENT_TOLERANCE_S
        )
        for figure in (first.rom_cm, first.mean_velocity_m_s, first.peak_velocity_m_s):
            assert math.isnan(figure)
        assert math.isnan(first.uncertainty.mean_velocity_m_s)
        assert names(first) == ["top", "descent"]

    def test_ends_on_the_way_up(self) -> None:
        reps = reps_of([UP, DOWN, (11.2, 1.5, 55.0)])
        assert [rep.complete for rep in reps] == [True, False]
        assert math.isnan(reps[1].lockout_s)
        assert names(reps[1]) == ["setup"]

    def test_begins_at_lift_off(self) -> None:
        # The first frame shows the bar at rest, though nothing shows that it rested before.
        (rep,) = reps_of([(0.0, 1.5, 55.0)], until_s=3.0)
        assert rep.complete
        assert rep.liftoff_s == pytest.approx(0.05, abs=EVENT_TOLERANCE_S)

    def test_lost_in_mid_pull(self) -> None:
        time_s = frames(30, 6.0)
        height, _ = course(time_s, [UP, DOWN])
        lost = (time_s > 1.5) & (time_s < 2.0)
        motion = differentiate(path=path_of(time_s, height, lost=lost))
        (rep,) = find_reps(motion=motion, calibration=CALIBRATION)
        assert rep.complete
        assert rep.rom_cm == pytest.approx(55, abs=0.3)
        for figure in (rep.peak_velocity_m_s, rep.max_forward_cm, rep.rms_x_cm):
            assert math.isnan(figure)
        assert rep.sticking is None


class TestGhosts:
    """Movements that are no repetitions."""

    @pytest.mark.parametrize("seed", range(20))
    def test_rolled_nudged_and_loaded_bars(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        starts = np.arange(1, 10, 1.5)
        lifts = [(at, rng.uniform(0.2, 0.6), rng.uniform(0.5, 6)) for at in starts]
        lowers = [(at + 0.7, rng.uniform(0.2, 0.6), -rise) for at, _, rise in lifts]
        rolls = [(at, rng.uniform(0.5, 1.5), rng.uniform(-60, 60)) for at in starts]
        assert reps_of([*lifts, *lowers], across=rolls, seed=seed) == ()

    def test_a_bar_carried_away(self) -> None:
        assert reps_of([(1.0, 3.0, 40.0)], across=[(1.0, 3.0, 60.0)]) == ()

    @settings(max_examples=20, deadline=None)
    @given(
        seed=st.integers(0, 10_000),
        extras=st.lists(
            st.tuples(st.sampled_from([0.3, 3.2, 8.2]), st.floats(0.3, 0.8), st.floats(-4, 6)),
            max_size=2,
        ),
    )
    def test_small_movements_beside_a_rep(
        self, seed: int, extras: Sequence[tuple[float, float, float]]
    ) -> None:
        moves = [(1.8, 1.2, 55.0), (5.0, 1.0, -55.0)]
        reps = reps_of([*moves, *extras], seed=seed)
        assert len(reps) == 1

    def test_nothing_moves(self) -> None:
        assert reps_of([]) == ()

    def test_nothing_is_seen(self) -> None:
        time_s = frames(30, 2.0)
        lost = np.ones(time_s.size, dtype=bool)
        motion = differentiate(path=path_of(time_s, np.zeros(time_s.size), lost=lost))
        assert find_reps(motion=motion, calibration=CALIBRATION) == ()


class TestHelpers:
    """Labels of frames and loss of velocity."""

    def test_labels(self) -> None:
        time_s: FloatArray = frames(30, 12.0)
        reps = reps_of([UP, DOWN, (6.0, 1.5, 55.0), (9.0, 1.0, -55.0)])
        number, phase = label_frames(time_s=time_s, reps=reps)
        assert number.shape == phase.shape == time_s.shape
        at = {t: int(np.searchsorted(time_s, t)) for t in (2.0, 4.2, 4.4, 8.0, 11.0)}
        assert number[at[2.0]] == 1
        assert phase[at[2.0]] == "lockout"
        assert number[at[4.2]] == 0
        assert phase[at[4.2]] == ""
        assert number[at[8.0]] == 2
        assert phase[at[8.0]] == "top"
        assert set(number) == {0, 1, 2}
        # A frame has a phase only within a repetition.
        assert np.all(number[phase != ""] > 0)

    def test_loss_from_the_fastest(self) -> None:
        pulls = [(1.0, 1.6, 55.0), (5.0, 1.2, 55.0), (9.0, 2.4, 55.0)]
        lowers = [(at + 2.6, 1.0, -55.0) for at, _, _ in pulls[:2]]
        reps = reps_of([*pulls, *lowers], until_s=13.0)
        loss = velocity_loss_pct(reps=reps)
        assert loss[1] == 0
        # Half the speed, apart from what the threshold cuts off the slower one.
        assert loss[2] == pytest.approx(50, abs=3)
        assert loss[0] == pytest.approx(25, abs=3)

    def test_no_loss_without_a_complete_repetition(self) -> None:
        (rep,) = reps_of([(11.2, 1.5, 55.0)])
        assert np.isnan(velocity_loss_pct(reps=(rep,))).all()
        assert velocity_loss_pct(reps=()).size == 0


@pytest.mark.parametrize(
    ("knee_height_cm", "stature_cm", "rise_cm"),
    [
        (60.0, math.nan, 37.5),
        (45.0, 190.0, 22.5),
        (math.nan, 190.0, 31.65),
        (math.nan,) * 2 + (27.0,),
    ],
)
def test_the_knee_phase_lies_where_the_knees_are(knee_height_cm, stature_cm, rise_cm):
    """The bar rests 22.5 cm up, and the plateau is at 0.285 of stature."""
    knee = place_knee(knee_height_cm=knee_height_cm, stature_cm=stature_cm, resting_cm=22.5)
    assert knee.rise_cm == pytest.approx(rise_cm)
    time_s = frames(60.0, 4.5)
    y_cm, _ = course(time_s, [(1.0, 1.5, 56.0)])
    motion = differentiate(path=path_of(time_s, y_cm))
    (rep,) = find_reps(motion=motion, calibration=CALIBRATION, knee=knee)
    (passing,) = [phase for phase in rep.phases if phase.name == "knee"]
    middle_s = (passing.start_s + passing.end_s) / 2
    # Symmetric about the knee in height, nearly so in time; at full speed a frame is 1.2 cm.
    assert np.interp(middle_s, time_s, y_cm) == pytest.approx(rise_cm, abs=1.2)
