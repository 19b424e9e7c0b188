"""The smoother against movements known by formula."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barpath.motion import MAX_GAP_S, NOISE_CORRELATION_S, differentiate
from barpath.repeats import find_repeats
from barpath.tracking import State
from tests.bars import correlated, course, drop, frames, path_of, velocity_bound_m_s

PULL = (1.0, 1.2, 55.0)


@pytest.mark.parametrize("fps", [23.976, 24, 29.97, 30, 59.94, 60, 120, 240])
@pytest.mark.parametrize("duration_s", [0.8, 1.5, 5.0])
def test_velocity_of_a_pull_is_the_formula_s(fps: float, duration_s: float) -> None:
    move = (1.0, duration_s, 55.0)
    time_s = frames(fps, 2.5 + duration_s, phase=0.3)
    height, velocity = course(time_s, [move])
    motion = differentiate(path=path_of(time_s, height))
    # An int(29.97) anywhere would be off by 3 %, 30 mm/s at the fastest peak.
    assert np.max(np.abs(motion.vy_m_s - velocity)) <= velocity_bound_m_s(move)
    assert np.max(np.abs(motion.y_cm - height)) < 0.05


def test_half_power_at_the_cut_off() -> None:
    time_s = frames(240, 4.0)
    for cutoff_hz in (4.0, 6.0):
        wave = np.sin(2 * np.pi * cutoff_hz * time_s)
        motion = differentiate(path=path_of(time_s, wave), cutoff_hz=cutoff_hz)
        middle = slice(240, 720)  # a second from either end, over a dozen time constants
        gain = np.std(motion.y_cm[middle]) / np.std(wave[middle])
        assert gain == pytest.approx(1 / np.sqrt(2), rel=0.005)


def test_a_parabola_on_uneven_frames_passes_unchanged() -> None:
    # Third derivative zero: no penalty, whatever the spacing, ends included.
    rng = np.random.default_rng(4)
    time_s = np.cumsum(rng.uniform(0.01, 0.09, 60))
    height = 3 - 20 * time_s + 7 * time_s**2
    motion = differentiate(path=path_of(time_s, height))
    np.testing.assert_allclose(motion.y_cm, height, atol=1e-6)
    np.testing.assert_allclose(motion.vy_m_s, (-20 + 14 * time_s) / 100, atol=1e-6)
    np.testing.assert_allclose(motion.ay_m_s2, 0.14, atol=1e-5)


def test_dropping_every_other_frame_changes_little() -> None:
    time_s = frames(60, 4.0)
    height, _ = course(time_s, [PULL])
    whole = differentiate(path=path_of(time_s, height))
    half = differentiate(path=path_of(time_s[::2], height[::2]))
    # Both lie within the bound of the truth.
    assert np.max(np.abs(whole.vy_m_s[::2] - half.vy_m_s)) <= 2 * velocity_bound_m_s(PULL)


@settings(max_examples=25, deadline=None)
@given(
    factor=st.floats(0.5, 2.0),
    shift_s=st.floats(-100.0, 1000.0),
    seed=st.integers(0, 1000),
)
def test_scale_mirror_and_shift(factor: float, shift_s: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    time_s = frames(30, 4.0)
    height = course(time_s, [PULL])[0] + rng.normal(0, 0.02, time_s.size)
    across = course(time_s, [(1.0, 1.2, 4.0)])[0] + rng.normal(0, 0.02, time_s.size)
    plain = differentiate(path=path_of(time_s, height, x_cm=across))
    scaled = differentiate(path=path_of(time_s, factor * height, x_cm=-factor * across))
    np.testing.assert_allclose(scaled.vy_m_s, factor * plain.vy_m_s, atol=1e-9)
    np.testing.assert_allclose(scaled.vx_m_s, -factor * plain.vx_m_s, atol=1e-9)
    np.testing.assert_allclose(scaled.speed_m_s, factor * plain.speed_m_s, atol=1e-9)
    later = differentiate(path=path_of(time_s + shift_s, height, x_cm=across))
    # A thousand seconds leave 1e-13 of each time's digits, amplified by h^-5 in the equations.
    np.testing.assert_allclose(later.vy_m_s, plain.vy_m_s, atol=1e-6)


@pytest.mark.parametrize("fps", [30, 120])
def test_stated_noise_is_the_worse_of_fast_and_slow(fps: int) -> None:
    rng = np.random.default_rng(7)
    time_s = frames(fps, 2.0)
    sd_cm, runs = 0.1, 200

    def spread(correlation_s: float) -> tuple[np.ndarray, np.ndarray]:
        drawn = [sd_cm * correlated(rng, time_s, correlation_s) for _ in range(runs)]
        moved = [differentiate(path=path_of(time_s, one, sd_cm=sd_cm)) for one in drawn]
        heights, velocities = [one.y_cm for one in moved], [one.vy_m_s for one in moved]
        return np.std(heights, axis=0), np.std(velocities, axis=0)

    measured = np.max([spread(1e-9), spread(NOISE_CORRELATION_S)], axis=0)
    stated = differentiate(path=path_of(time_s, np.zeros(time_s.size), sd_cm=sd_cm))
    for at in (0, 1, fps, 2 * fps - 1):
        # A standard deviation of 200 draws is known to 1 / sqrt(400) = 5 %; allow four of these.
        assert stated.sd_cm[at] == pytest.approx(measured[0, at], rel=0.2)
        assert stated.sd_v_m_s[at] == pytest.approx(measured[1, at], rel=0.2)


@pytest.mark.parametrize("fps", [30, 60, 120])
def test_the_velocitys_error_shows_in_what_scatters(fps: int) -> None:
    rng = np.random.default_rng(5)
    time_s = frames(fps, 4.0)
    fine_s = frames(30, 4.2) - 0.1
    for sd_cm in (0.005, 0.05):
        errors, stated = [], []
        for _ in range(40):
            # errors that change 30 times a second at any frame rate, as a plate's on its pixels
            noise = np.interp(time_s, fine_s, rng.normal(0, sd_cm, fine_s.size))
            motion = differentiate(path=path_of(time_s, noise, x_cm=0 * noise, sd_cm=1e-6))
            inner = slice(fps // 2, -fps // 2)
            errors.append(motion.vy_m_s[inner])
            stated.append(motion.noise_v_m_s[inner])
        measured = np.sqrt(np.mean(np.square(errors)))
        # white up to 15 Hz it is half as much again as from 0 to 6 Hz alone; joined by straight
        # lines between samples, less is left above 6 Hz at 60 frames/s and more
        assert np.sqrt(np.mean(np.square(stated))) == pytest.approx(measured, rel=0.35)


def test_scatter_in_one_place_says_nothing_of_another() -> None:
    rng = np.random.default_rng(6)
    time_s = frames(30, 6.0)
    noise = np.where(time_s > 3.0, rng.normal(0, 0.05, time_s.size), 0.0)
    motion = differentiate(path=path_of(time_s, noise, sd_cm=1e-6))
    quiet, loud = motion.noise_v_m_s[time_s < 2.0], motion.noise_v_m_s[time_s > 4.0]
    assert np.max(quiet) < 0.01 * np.min(loud)
    assert np.max(motion.sd_cm[time_s < 2.0]) < 0.01 * np.min(motion.sd_cm[time_s > 4.0])


def test_what_sways_slowly_moves_the_velocity_too() -> None:
    time_s = frames(30, 4.0)
    still = path_of(time_s, 0 * time_s, x_cm=0 * time_s, sd_cm=1e-6)
    calm, swaying = (differentiate(path=replace(still, sway_cm=cm)) for cm in (0.0, 1.0))
    # a wave of 1 Hz and a standard deviation of 1 cm moves at 2 pi cm/s, rms
    assert swaying.noise_v_m_s == pytest.approx(np.full(time_s.size, 0.02 * math.pi), rel=1e-3)
    assert swaying.sd_cm == pytest.approx(np.ones(time_s.size), rel=1e-3)
    # what standstill is told from noise by stays as it was
    np.testing.assert_array_equal(swaying.sd_v_m_s, calm.sd_v_m_s)


def test_a_standing_bar_has_no_velocity_at_the_ends() -> None:
    rng = np.random.default_rng(9)
    time_s = frames(30, 2.0)
    for _ in range(50):
        motion = differentiate(path=path_of(time_s, rng.normal(0, 0.02, time_s.size), sd_cm=0.02))
        # 0.02 cm over the smoother's reach of about 0.1 s, thrice as uncertain at the ends.
        assert np.max(np.abs(motion.vy_m_s[[0, 1, -2, -1]])) < 0.03


class TestGaps:
    """What is lost stays lost, and nothing leaks across a long gap."""

    @staticmethod
    def _lost(fps: float, from_s: float, length_s: float, time_s: np.ndarray) -> np.ndarray:
        return (time_s >= from_s) & (time_s < from_s + length_s)

    def test_lost_frames_are_nan(self) -> None:
        time_s = frames(30, 4.0)
        height, velocity = course(time_s, [PULL])
        lost = self._lost(30, 1.5, 0.15, time_s)
        motion = differentiate(path=path_of(time_s, height, lost=lost))
        for values in (motion.y_cm, motion.vy_m_s, motion.ay_m_s2, motion.sd_cm, motion.sd_v_m_s):
            np.testing.assert_array_equal(np.isnan(values), lost)
        # Where the frames lie five times as far apart the cut-off falls to 5 ** (-1 / 6) = 0.76.
        error = np.abs(motion.vy_m_s - velocity)[~lost]
        assert np.max(error) <= velocity_bound_m_s(PULL) / 0.76**2

    def test_nothing_crosses_a_long_gap(self) -> None:
        time_s = frames(30, 4.0)
        height, _ = course(time_s, [PULL])
        lost = self._lost(30, 1.5, MAX_GAP_S + 0.05, time_s)
        moved = np.where(time_s > 1.6, height + 20, height)
        plain = differentiate(path=path_of(time_s, height, lost=lost))
        other = differentiate(path=path_of(time_s, moved, lost=lost))
        np.testing.assert_allclose(other.vy_m_s, plain.vy_m_s, atol=1e-9)

    def test_no_velocity_from_a_glimpse(self) -> None:
        time_s = frames(30, 4.0)
        height, _ = course(time_s, [PULL])
        seen_twice = np.isin(np.arange(time_s.size), [60, 61])
        motion = differentiate(path=path_of(time_s, height, lost=~seen_twice))
        assert np.isnan(motion.vy_m_s).all()
        np.testing.assert_array_equal(np.isfinite(motion.y_cm), seen_twice)

    def test_all_lost(self) -> None:
        time_s = frames(30, 1.0)
        lost = np.ones(time_s.size, dtype=bool)
        motion = differentiate(path=path_of(time_s, np.zeros(time_s.size), lost=lost))
        assert np.isnan(motion.vy_m_s).all()

    def test_a_bridged_frame_counts_little(self) -> None:
        time_s = frames(30, 4.0)
        height, velocity = course(time_s, [PULL])
        wrong = height.copy()
        wrong[48] += 1.0
        path = path_of(time_s, wrong)
        state = path.state.copy()
        state[48] = State.BRIDGED
        tracked = differentiate(path=path)
        bridged = differentiate(path=replace(path, state=state))
        errors = [np.max(np.abs(one.vy_m_s - velocity)) for one in (tracked, bridged)]
        # At a tenth of the weight, the pull of the wrong position is at most a fifth.
        assert errors[1] < errors[0] / 5


class TestContacts:
    """The velocity steps where the bar meets the floor, and nowhere else."""

    @pytest.mark.parametrize("fps", [24, 30, 60, 120, 240])
    @pytest.mark.parametrize("restitution", [0.0, 0.35])
    def test_fastest_lowering_of_a_drop(self, fps: int, restitution: float) -> None:
        rng = np.random.default_rng(fps)
        for phase in (0.0, 0.35, 0.7):
            time_s = frames(fps, 3.0, phase)
            height, velocity = drop(time_s, start_s=1.0, height_cm=50, restitution=restitution)
            noisy = height + rng.normal(0, 0.02, time_s.size)
            motion = differentiate(path=path_of(time_s, noisy, sd_cm=0.02))
            last = int(np.argmin(velocity))
            # Smoothed over, the last frame before the floor reads 10 % slow, 0.3 m/s.
            assert motion.vy_m_s[last] == pytest.approx(velocity[last], abs=0.05)
            assert abs(motion.vy_m_s.min() - velocity.min()) < 0.06

    def test_a_turn_at_the_bottom_is_smooth(self) -> None:
        rng = np.random.default_rng(3)
        for fps in (24, 30, 60, 120):
            time_s = frames(fps, 5.0)
            moves = [(0.5, 0.8, 55.0), (1.5, 0.7, -55.0), (2.2, 0.7, 55.0)]
            height, velocity = course(time_s, moves)
            motion = differentiate(path=path_of(time_s, height + rng.normal(0, 0.02, time_s.size)))
            bound = sum(velocity_bound_m_s(move) for move in moves)
            assert np.max(np.abs(motion.vy_m_s - velocity)) < bound + 4 * 0.004


class TestRepeats:
    """Pictures shown twice must not read as a bar that stops and jumps."""

    def test_converted_from_24_to_30(self) -> None:
        time_s = frames(30, 4.0)
        shot_s = np.floor(np.arange(time_s.size) * 24 / 30 + 0.5) / 24
        for peak in (0.5, 0.9):
            move = (1.0, 1.875 * 0.55 / peak, 55.0)
            motion = differentiate(path=path_of(time_s, course(shot_s, [move])[0]))
            # Unmended the peak reads 25 % too fast. What is left is the picture before the first
            # repeat and after the last, a quarter of a frame off at a fraction of the speed.
            assert motion.vy_m_s.max() == pytest.approx(peak, rel=0.02)

    def test_a_missed_picture(self) -> None:
        time_s = frames(30, 4.0)
        height, velocity = course(time_s, [PULL])
        for missed in range(40, 55, 3):
            copied = height.copy()
            copied[missed] = copied[missed - 1]
            motion = differentiate(path=path_of(time_s, copied))
            # The repeat takes no part: the same as a lost frame, not a standstill.
            assert np.max(np.abs(motion.vy_m_s - velocity)) <= 1.5 * velocity_bound_m_s(PULL)

    def test_a_bar_at_rest_or_turning_shows_no_repeat(self) -> None:
        time_s = frames(30, 4.0)
        # The top falls half way between two frames, which are then equally high.
        turning = np.maximum(0.0, 50 - 500 * (time_s - time_s[60] - 1 / 60) ** 2)
        assert turning[60] == pytest.approx(turning[61])
        for height in (turning, np.zeros(time_s.size)):
            repeat = find_repeats(time_s=time_s, x_cm=np.zeros(time_s.size), y_cm=height)
            assert not repeat.any()


def test_refuses_times_that_do_not_increase() -> None:
    time_s = np.array([0.0, 0.1, 0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="strictly increasing"):
        differentiate(path=path_of(time_s, np.zeros(5)))


@pytest.mark.parametrize("cutoff_hz", [0.0, -1.0, float("nan")])
def test_refuses_a_cut_off_that_is_none(cutoff_hz: float) -> None:
    time_s = frames(30, 1.0)
    with pytest.raises(ValueError, match="cutoff_hz"):
        differentiate(path=path_of(time_s, np.zeros(30)), cutoff_hz=cutoff_hz)
