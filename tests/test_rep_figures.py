"""The figures of a repetition, and how sure they are said to be, of bars that move by formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

from barpath.calibration import Calibration
from barpath.excursions import STILL_M_S
from barpath.motion import differentiate
from barpath.reps import find_reps
from tests.bars import (
    CALIBRATION,
    DOWN,
    UP,
    correlated,
    course,
    frames,
    motion_of,
    path_of,
    reps_of,
    step_events,
)


class TestFigures:
    """What is measured of a repetition."""

    @pytest.mark.parametrize("fps", [23.976, 29.97, 59.94, 60])
    @pytest.mark.parametrize("duration_s", [0.9, 1.5, 4.0])
    def test_velocities(self, fps: float, duration_s: float) -> None:
        move = (1.0, duration_s, 55.0)
        (rep,) = reps_of([move], fps=fps, until_s=7.0, seed=None)
        liftoff_s, lockout_s = step_events(move, STILL_M_S)
        ends = course(np.array([liftoff_s, lockout_s]), [move])[0]
        assert rep.rom_cm == pytest.approx(np.diff(ends)[0], abs=0.1)
        # Smoothing and interpolating move an event by up to 8 ms; int(29.97) would be 3.2 %.
        mean = np.diff(ends)[0] / 100 / (lockout_s - liftoff_s)
        assert rep.mean_velocity_m_s == pytest.approx(mean, rel=0.016 / duration_s + 0.002)
        assert rep.mean_propulsive_velocity_m_s == pytest.approx(rep.mean_velocity_m_s, rel=1e-6)
        # The quintic's peak is 15/8 of its mean, half way.
        assert rep.peak_velocity_m_s == pytest.approx(1.875 * 0.55 / duration_s, rel=0.005)
        middle_s = 1.0 + duration_s / 2 - liftoff_s
        assert rep.time_to_peak_s == pytest.approx(middle_s, abs=0.03)
        assert rep.sticking is None

    def test_thrown_bars_leave_the_flight_out(self) -> None:
        # Up to 3 m/s in 0.2 s, held for 0.2 s, then braked twice as hard as gravity
        # does, so that the blurred acceleration passes gravity's where the true one steps.
        time_s = frames(120, 3.0)
        speed, brake = 3.0, 20.0
        since = time_s - 1.0
        push, hold = np.clip(since, 0, 0.2), np.clip(since - 0.2, 0, 0.2)
        fly = np.clip(since - 0.4, 0, speed / brake)
        height = 100 * (speed * push**2 / 0.4 + speed * hold + speed * fly - brake * fly**2 / 2)
        (rep,) = find_reps(
            motion=differentiate(path=path_of(time_s, height)), calibration=CALIBRATION
        )
        # (0.3 + 0.6) m in 0.4 s, and 1.125 m in 0.55 s with the flight. An acceleration of 15 to
        # 20 m/s^2 that steps is blurred by 20 ms at either end of the pull: a tenth.
        assert rep.mean_propulsive_velocity_m_s == pytest.approx(2.25, rel=0.1)
        assert rep.mean_velocity_m_s == pytest.approx(1.125 / 0.55, rel=0.1)
        # What the flight takes off is 9 %: (1.125 / 0.55) / 2.25.
        assert rep.mean_propulsive_velocity_m_s > 1.05 * rep.mean_velocity_m_s

    def test_drift_and_its_signs(self) -> None:
        across = [(1.2, 0.5, 4.0), (1.9, 0.5, -7.0)]
        roll = (0.2, 0.5, 2.0)
        (rep,) = reps_of([UP, DOWN], across=[roll, *across], seed=None)
        assert rep.start_x_cm == pytest.approx(2.0, abs=0.05)
        assert rep.max_forward_cm == pytest.approx(4.0, abs=0.1)
        assert rep.max_backward_cm == pytest.approx(3.0, abs=0.1)
        assert rep.net_drift_cm == pytest.approx(-3.0, abs=0.1)
        assert rep.lockout_x_cm == pytest.approx(-1.0, abs=0.1)
        assert rep.setup_roll_cm == pytest.approx(2.0, abs=0.05)
        time_s = np.linspace(rep.liftoff_s, rep.lockout_s, 2000)
        drift = course(time_s, across)[0]
        assert rep.rms_x_cm == pytest.approx(np.sqrt(np.mean(drift**2)), rel=0.03)

    def test_mirrored(self) -> None:
        across = [(1.2, 0.5, 4.0), (1.9, 0.5, -7.0)]
        (plain,) = reps_of([UP, DOWN], across=across, seed=None)
        turned = [(at, length, -move) for at, length, move in across]
        (mirror,) = reps_of([UP, DOWN], across=turned, seed=None)
        assert mirror.max_forward_cm == pytest.approx(plain.max_backward_cm, abs=1e-6)
        assert mirror.max_backward_cm == pytest.approx(plain.max_forward_cm, abs=1e-6)
        assert mirror.net_drift_cm == pytest.approx(-plain.net_drift_cm, abs=1e-6)
        assert mirror.rms_x_cm == pytest.approx(plain.rms_x_cm, abs=1e-6)
        assert mirror.mean_velocity_m_s == pytest.approx(plain.mean_velocity_m_s)

    def test_twice_the_scale(self) -> None:
        (plain,) = reps_of([UP, DOWN], seed=None)
        (twice,) = reps_of([(a, b, 2 * c) for a, b, c in (UP, DOWN)], seed=None)
        assert twice.peak_velocity_m_s == pytest.approx(2 * plain.peak_velocity_m_s, rel=1e-6)
        # The fixed threshold of standstill is passed earlier: 4 % of the time at either end.
        assert twice.mean_velocity_m_s == pytest.approx(2 * plain.mean_velocity_m_s, rel=0.04)
        assert twice.rom_cm == pytest.approx(2 * plain.rom_cm, rel=0.005)

    def test_shifted_in_time(self) -> None:
        moves = [UP, DOWN]
        (plain,) = reps_of(moves, seed=None)
        # Three frames' worth, so that the frames fall alike.
        (later,) = reps_of([(a + 0.1, b, c) for a, b, c in moves], seed=None)
        assert later.liftoff_s - plain.liftoff_s == pytest.approx(0.1, abs=1e-5)
        assert later.mean_velocity_m_s == pytest.approx(plain.mean_velocity_m_s, abs=1e-6)

    def test_phases_join_and_add_up(self) -> None:
        (rep,) = reps_of([UP, DOWN])
        for one, after in zip(rep.phases, rep.phases[1:], strict=False):
            assert one.end_s == pytest.approx(after.start_s)
        rise = sum(
            phase.dy_cm for phase in rep.phases if phase.name in ("break", "knee", "lockout")
        )
        assert rise == pytest.approx(rep.rom_cm)
        knee = rep.phases[2]
        assert knee.dy_cm == pytest.approx(10.0, abs=0.3)  # 27 +- 5 cm, estimated
        assert sum(phase.dy_cm for phase in rep.phases[:2]) == pytest.approx(22.0, abs=0.3)

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("duration_s", [0.7, 1.5, 3.0])
    def test_the_phase_that_holds_the_peak_says_the_same(
        self, duration_s: float, seed: int
    ) -> None:
        (rep,) = reps_of([(1.0, duration_s, 55.0), (5.0, 1.0, -55.0)], seed=seed)
        peak_s = rep.liftoff_s + rep.time_to_peak_s
        (holder,) = [phase for phase in rep.phases if phase.start_s < peak_s < phase.end_s]
        assert holder.peak_velocity_m_s == rep.peak_velocity_m_s
        up = [phase for phase in rep.phases if phase.name in ("break", "knee", "lockout")]
        assert max(phase.peak_velocity_m_s for phase in up) == rep.peak_velocity_m_s

    def test_a_short_pull_has_its_knee_lower(self) -> None:
        (rep,) = reps_of([(1.0, 1.0, 25.0), (3.0, 1.0, -25.0)])
        below, knee = rep.phases[1], rep.phases[2]
        assert below.dy_cm + knee.dy_cm / 2 == pytest.approx(12.5, abs=0.4)


class TestUncertainty:
    """Whether the stated uncertainty is the one that is there."""

    @pytest.mark.parametrize("correlation_s", [1e-9, 0.2])
    def test_errors_of_noisy_pulls(self, correlation_s: float) -> None:
        rng = np.random.default_rng(11)
        scale_pct, sd_cm, scores = 1.0, 0.05, []
        calibration = Calibration(cm_per_px=0.25, plate_diameter_cm=45.0, sd_pct=scale_pct)
        events = step_events(UP, STILL_M_S)
        rise_cm = float(np.diff(course(np.array(events), [UP])[0])[0])
        truth = (rise_cm, rise_cm / 100 / (events[1] - events[0]), 1.875 * 0.55 / 1.5)
        for _ in range(120):
            time_s = frames(30, 4.0, phase=rng.uniform())
            scale = 1 + scale_pct / 100 * rng.normal()
            noise = sd_cm * correlated(rng, time_s, correlation_s)
            height = scale * course(time_s, [UP])[0] + noise
            motion = differentiate(path=path_of(time_s, height, sd_cm=sd_cm))
            (rep,) = find_reps(motion=motion, calibration=calibration)
            found = (rep.rom_cm, rep.mean_velocity_m_s, rep.peak_velocity_m_s)
            stated = rep.uncertainty
            sds = (stated.rom_cm, stated.mean_velocity_m_s, stated.peak_velocity_m_s)
            scores.append([(a - b) / sd for a, b, sd in zip(found, truth, sds, strict=True)])
        inside = np.mean(np.abs(scores) < 2, axis=0)
        # 95 % expected; 120 draws know a share of 95 % to 2 %: 89 % is three of these below.
        assert np.all(inside >= 0.89)
        # And not by stating too much: errors fill at least half of what is stated.
        assert np.all(np.sqrt(np.mean(np.square(scores), axis=0)) > 0.5)

    def test_a_peak_is_not_picked_from_noise_that_the_tracker_knew_nothing_of(self) -> None:
        """Coding scatters a path by many times what the tracker expects."""
        rng = np.random.default_rng(5)
        excess = []
        for _ in range(80):
            time_s = frames(30, 4.0, phase=rng.uniform())
            height = course(time_s, [UP])[0] + rng.normal(0, 0.15, time_s.size)
            motion = differentiate(path=path_of(time_s, height, sd_cm=0.02))
            (rep,) = find_reps(motion=motion, calibration=CALIBRATION)
            excess.append(rep.peak_velocity_m_s - 1.875 * 0.55 / 1.5)
        # a parabola through what lies within three of the tracker's own deviations follows the
        # noise: it comes out 0.022 too fast on average, and 80 draws know that to 0.002
        assert np.mean(excess) < 0.016

    def test_an_event_beside_the_clips_end_has_an_error_too(self) -> None:
        # the clip ends 0.03 s after lockout, so nothing shows how steeply it was reached from there
        lockout_s = step_events(UP, STILL_M_S)[1]
        (rep,) = reps_of([UP], until_s=lockout_s + 0.03)
        assert rep.complete
        assert 0 < rep.uncertainty.mean_velocity_m_s < 0.1

    def test_the_scale_adds_in_quadrature(self) -> None:
        motion = motion_of([UP, DOWN], across=[], fps=30, until_s=6, seed=0)
        plain, scaled = (
            find_reps(
                motion=motion,
                calibration=Calibration(cm_per_px=0.25, plate_diameter_cm=45.0, sd_pct=sd_pct),
            )[0]
            for sd_pct in (0.0, 2.0)
        )
        for name, value in (
            ("rom_cm", plain.rom_cm),
            ("mean_velocity_m_s", plain.mean_velocity_m_s),
            ("peak_velocity_m_s", plain.peak_velocity_m_s),
        ):
            expected = math.hypot(getattr(plain.uncertainty, name), 0.02 * value)
            assert getattr(scaled.uncertainty, name) == pytest.approx(expected)
