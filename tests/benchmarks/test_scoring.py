from dataclasses import replace

import numpy as np
import pytest

from barpath.calibration import BarPath, Calibration
from barpath.motion import differentiate
from barpath.reps import find_reps
from barpath.simulate import Lift, Scene, View, truth_of
from barpath.tracking import State
from benchmarks.grid import GRID
from benchmarks.scoring import (
    LOW_CM,
    Measured,
    Outcome,
    RepError,
    match_reps,
    plumb_deg,
    refusal,
    score,
)
from benchmarks.summaries import coverage_of, figure, position_coverage, summarise
from benchmarks.tables import comparison

SCENE = Scene(lift=Lift(reps=2))


@pytest.fixture(scope="module")
def truth():
    return truth_of(SCENE)


@pytest.fixture(scope="module")
def perfect(truth):
    """The truth itself, smoothed and cut into repetitions as any measurement is."""
    path = BarPath(
        time_s=truth.t,
        x_cm=truth.x_cm,
        y_cm=truth.y_cm,
        sd_cm=np.full(truth.t.size, 0.02),
        state=np.full(truth.t.size, State.TRACKED, dtype=np.int8),
    )
    motion = differentiate(path=path)
    calibration = Calibration(cm_per_px=0.3, plate_diameter_cm=45.0, sd_pct=0.3)
    reps = find_reps(motion=motion, calibration=calibration)
    return Measured(truth.x_px, truth.y_px, motion, reps)


def test_the_truth_scores_no_error(truth, perfect):
    scored = score(truth=truth, measured=perfect)
    assert scored.centre_px.max() == 0
    assert (scored.reps_true, scored.reps_found, scored.ghosts) == (2, 2, 0)
    errors = {error.quantity: error.error for error in scored.rep_errors}
    # what the 6 Hz smoother alone costs at 30 frames/s (docs/smoothing.md: 0.5 cm/s)
    assert abs(errors["mean_velocity_m_s"]) < 0.01
    assert abs(errors["rom_cm"]) < 0.2


def test_centre_error_is_a_distance(truth, perfect):
    moved = replace(perfect, x_px=perfect.x_px + 3.0, y_px=perfect.y_px - 4.0)
    assert score(truth=truth, measured=moved).centre_px == pytest.approx(5.0)


def test_a_shift_of_midfoot_is_no_error_but_a_shift_of_the_floor_is(truth, perfect):
    motion = perfect.motion
    moved = replace(motion, x_cm=motion.x_cm + 7.0, y_cm=motion.y_cm + 2.0)
    plain = score(truth=truth, measured=perfect)
    shifted = score(truth=truth, measured=replace(perfect, motion=moved))
    # adding and taking off a constant costs a few units in the last place
    assert shifted.x_cm == pytest.approx(plain.x_cm, abs=1e-12)
    assert shifted.y_cm == pytest.approx(plain.y_cm + 2.0)


def test_the_error_of_places_counts_from_where_the_measured_height_is_0(truth, perfect):
    motion = perfect.motion
    top_cm = float(np.nanmax(truth.y_cm))
    from_top = replace(motion, x_cm=motion.x_cm + 7.0, y_cm=motion.y_cm - top_cm)
    low = score(truth=truth, measured=perfect).low_cm
    high = score(truth=truth, measured=replace(perfect, motion=from_top)).low_cm
    # the smoother moves a turn by less than a millimetre
    assert low == pytest.approx((0.0, 0.0), abs=0.1)
    assert high == pytest.approx((0.0, -top_cm), abs=0.1)
    from_there = score(truth=truth, measured=replace(perfect, motion=from_top)).height_cm
    assert np.nanmedian(np.abs(from_there)) < 0.1


def test_the_cameras_angles_are_held_against_the_plumb_line_at_the_bar(truth, perfect):
    plain = score(truth=truth, measured=perfect)
    assert np.isnan([plain.roll_deg, plain.yaw_deg]).all()
    view = View(roll_deg=3.0, yaw_deg=5.0)
    rolled = replace(truth, scene=replace(SCENE, view=view))
    scored = score(truth=rolled, measured=replace(perfect, roll_deg=3.5, yaw_deg=4.0))
    # the bar isn't in the picture's very middle, where yaw makes level lines lean, not uprights
    assert scored.roll_deg == pytest.approx(0.5, abs=0.02)
    assert scored.yaw_deg == pytest.approx(-1.0)
    # 8 degrees up, a tenth of the distance aside: uprights lean by 8 / 10 degrees
    up = replace(truth, scene=replace(SCENE, view=View(pitch_deg=8.0, aside_cm=40.0)))
    assert abs(plumb_deg(up)) == pytest.approx(0.8, abs=0.05)


def test_a_repetition_too_many_is_a_ghost(truth, perfect):
    first = perfect.reps[0]
    ghost = replace(first, liftoff_s=0.1, lockout_s=0.4)
    scored = score(truth=truth, measured=replace(perfect, reps=(ghost, *perfect.reps)))
    assert (scored.reps_found, scored.ghosts) == (2, 1)


def test_one_repetition_that_covers_two_is_neither(truth, perfect):
    first, second = perfect.reps
    both = replace(first, lockout_s=second.lockout_s)
    assert match_reps(list(truth.reps), [both]) == []


def test_lost_frames_count_against_coverage(truth, perfect):
    half = perfect.x_px.copy()
    half[: half.size // 2] = np.nan
    scored = score(truth=truth, measured=replace(perfect, x_px=half))
    assert scored.covered_pct == pytest.approx(50.0, abs=100 / half.size)


def test_refused_clips_are_counted_and_their_repetitions_missed(truth, perfect):
    summary = summarise([refusal(truth=truth), score(truth=truth, measured=perfect)])
    assert (summary.clips, summary.refused) == (2, 1)
    assert (summary.reps_found, summary.reps_true) == (2, 4)
    assert summary.covered_pct == 50.0


def test_limits_of_agreement():
    one = figure([[1.0, 3.0, float("nan")]])
    assert (one.count, one.bias) == (2, 2.0)
    assert one.rmse == pytest.approx(np.sqrt(5.0))
    # the standard deviation of 1 and 3 is the root of 2
    assert (one.lower, one.upper) == pytest.approx((2 - 1.96 * 2**0.5, 2 + 1.96 * 2**0.5))


def test_the_standard_error_of_a_bias_is_over_clips():
    # of single repetitions it is that of any mean: the deviation of 1, 2 and 6 over the root of 3
    alone = figure([[1.0], [2.0], [6.0]])
    assert alone.bias_se == pytest.approx(np.std([1.0, 2.0, 6.0], ddof=1) / 3**0.5)
    # a clip's repetitions that all err alike tell no more of the bias than one of them
    alike = figure([[1.0] * 5, [2.0] * 5, [6.0] * 5])
    assert alike.bias_se == pytest.approx(alone.bias_se)
    assert np.isnan(figure([[1.0, 2.0, 6.0]]).bias_se)
    assert np.isnan(figure([[1.0, 2.0], [], [float("nan")]]).bias_se)


def test_a_table_beside_others_says_how_well_a_bias_is_known(truth, perfect):
    off = [
        replace(plain, rep_errors=(RepError("rom_cm", error, 50.0, 1.0),))
        for plain, error in ((score(truth=truth, measured=perfect), e) for e in (1.0, 3.0))
    ]
    outcomes = [Outcome(GRID[0], "barpath", one) for one in off]
    # the deviation of 1 and 3 is the root of 2, and their mean's half that times the root of 2
    assert "| +2.00±1.00 / 2.24 |" in comparison(outcomes)
    assert "| +1.00 / 1.00 |" in comparison(outcomes[:1])


@pytest.mark.parametrize(("claimed", "inside"), [(1.0, (68.3, 95.4)), (0.5, (38.3, 68.3))])
def test_coverage_of_normal_errors(claimed, inside):
    rng = np.random.default_rng(3)
    errors = [RepError("rom_cm", float(e), 50.0, claimed) for e in rng.normal(size=4000)]
    held = coverage_of(errors, "rom_cm")
    # three standard errors of a share over 4000 draws: 3 * sqrt(0.25 / 4000) = 2.4 %
    assert (held.within_1sd_pct, held.within_2sd_pct) == pytest.approx(inside, abs=2.4)


def test_a_measurement_may_tell_its_ways_apart(truth, perfect):
    sds = (np.full(truth.t.size, 0.3), np.full(truth.t.size, 0.7))
    told = score(truth=truth, measured=replace(perfect, sds_cm=sds))
    assert [set(way) for way in told.sds_cm] == [{0.3}, {0.7}]
    plain = score(truth=truth, measured=perfect)
    assert plain.sds_cm[0] == pytest.approx(perfect.motion.sd_cm)
    assert plain.sds_cm[1] == pytest.approx(perfect.motion.sd_cm)


def test_position_coverage_leaves_out_what_is_lost_and_what_is_0(truth, perfect):
    motion = replace(perfect.motion, sd_cm=np.full(truth.t.size, 1.0))
    high = np.flatnonzero(motion.y_cm > LOW_CM)
    lost = motion.x_cm.copy()
    lost[high[:10]] = np.nan
    scored = score(truth=truth, measured=replace(perfect, motion=replace(motion, x_cm=lost)))
    held = position_coverage([scored])
    assert held.count == 2 * high.size - 10 < 2 * truth.t.size - 10
    assert held.within_1sd_pct == 100.0
