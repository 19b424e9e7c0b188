from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from barpath.simulate import truth_of
from benchmarks.accuracy import covered
from benchmarks.gyms import (
    GYM_CLIPS,
    GYMS_SEED,
    MARGIN,
    SAID_CM,
    SORTS,
    TOLERANCE_CM,
    gym_scene,
    gyms,
)
from benchmarks.scoring import Outcome, RepError, Score, refusal
from benchmarks.summaries import chance_pct, coverage_near_0, coverage_of, position_coverage
from benchmarks.tables import conditions, coverage


def test_gyms_are_the_same_each_time_and_no_two_alike():
    again = gym_scene(np.random.default_rng(GYMS_SEED))
    assert gyms()[0].scene == again
    assert len({one.scene for one in gyms()}) == len(gyms()) == GYM_CLIPS


@pytest.mark.parametrize("condition", gyms(), ids=lambda c: c.name)
def test_a_gym_shows_one_whole_repetition_in_the_picture(condition):
    truth, view = truth_of(condition.scene), condition.scene.view
    assert [rep.complete for rep in truth.reps] == [True]
    room_px = (1 + MARGIN) * truth.radius_px
    assert np.all((truth.x_px > room_px) & (truth.x_px < view.width - room_px))
    assert np.all((truth.y_px > room_px) & (truth.y_px < view.height - room_px))


def test_every_flaw_that_the_error_allows_for_is_drawn():
    scenes = [one.scene for one in gyms()]
    off_cm = np.array([scene.plate.diameter_cm - SAID_CM for scene in scenes])
    assert np.abs(off_cm).max() <= TOLERANCE_CM
    drawn = {
        "diameter": off_cm,
        "yaw": [scene.view.yaw_deg for scene in scenes],
        "pitch": [scene.view.pitch_deg for scene in scenes],
        "roll": [scene.view.roll_deg for scene in scenes],
        "lens": [scene.view.k1 for scene in scenes if scene.view.shake_px == 0],
        "axis": [scene.view.off_right_px for scene in scenes],
        "lean": [scene.surroundings.lean_deg for scene in scenes],
    }
    for name, values in drawn.items():
        # of 60 and more draws round 0, the mean is off by an eighth of their spread; four of these
        assert abs(np.mean(values)) < 0.5 * np.std(values), name
        assert np.std(values) > 0, name


def test_every_sort_has_gyms_enough_to_say_anything_of():
    counts = Counter(
        sort.name for sort in SORTS for condition in gyms() if sort.belongs(condition.scene)
    )
    assert all(counts[sort.name] >= 16 for sort in SORTS)


def scored(*, off_sds: float, frames: int = 10) -> Score:
    """A clip whose places and range of motion are off by so many of their own deviations.

    In as many frames again the bar rests where its height is 0, and so is off by nothing.
    """
    low = np.arange(2 * frames) < frames
    way = np.where(low, 0.0, off_sds)
    return Score(
        refused=False,
        centre_px=np.zeros(2 * frames),
        diameter_px=100.0,
        x_cm=way + 3.0,
        y_cm=way - 1.0,
        sds_cm=(np.ones(2 * frames), np.ones(2 * frames)),
        low=low,
        reps_true=1,
        reps_found=1,
        ghosts=0,
        rep_errors=(RepError("rom_cm", off_sds, 50.0, 1.0),),
    )


def test_places_count_from_where_the_bar_is_low_but_not_there_and_clips_weigh_the_same():
    held = position_coverage([scored(off_sds=0.5, frames=1000), scored(off_sds=1.5)])
    assert (held.within_1sd_pct, held.within_2sd_pct) == (50.0, 100.0)
    assert held.count == 2020


def test_places_are_held_either_way_against_their_own_deviation():
    clip = scored(off_sds=1.0)
    flat = replace(clip, y_cm=0.3 * clip.x_cm, sds_cm=(np.full(20, 1.2), np.full(20, 0.2)))
    held = position_coverage([flat])
    # 1 of 1.2 sideways, 0.3 of 0.2 upwards; the other way round it were 5 and a quarter
    assert (held.within_1sd_pct, held.within_2sd_pct) == (50.0, 100.0)


def test_chance_shrinks_with_the_root_of_the_clips():
    assert chance_pct(1) == pytest.approx((46.5, 20.9), abs=0.1)
    assert chance_pct(49) == pytest.approx([share / 7 for share in chance_pct(1)])


def test_coverage_leaves_refusals_out_and_says_how_many_clips_it_rests_on():
    gym = gyms()[0]
    outcomes = [Outcome(gym, "barpath", scored(off_sds=off)) for off in (0.2, 0.8, 1.5, 2.5)]
    outcomes.append(Outcome(gym, "barpath", refusal(truth=truth_of(gym.scene))))
    row = coverage([("some", outcomes)]).splitlines()[2]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    # of 4 clips a share of 68 % is known to sqrt(0.683 * 0.317 / 4)
    assert cells[:4] == ["some", "4", "4", "68±23 / 95±10"]
    assert cells[4:6] == ["50 / 75", "50 / 75"]
    assert cells[6:] == ["–"] * 5


def test_what_is_measured_nearer_than_its_error_is_counted_apart_whatever_is_true():
    off, true = (0.3, 0.5, -2.5, 2.5, -0.9), (0.0, 0.1, 2.6, 0.2, 5.0)
    forward = tuple(RepError("max_forward_cm", *one, 1.0) for one in zip(off, true, strict=True))
    held = coverage_of(forward, "max_forward_cm")
    # measured were 0.3, 0.6, 0.1, 2.7 and 4.1: the first three aren't told from 0
    assert (held.count, held.within_1sd_pct, held.within_2sd_pct) == (2, 50.0, 50.0)
    near = coverage_near_0(forward, "max_forward_cm")
    assert (near.count, near.within_2sd_pct) == (3, pytest.approx(200 / 3))
    drift = [replace(one, quantity="net_drift_cm") for one in forward]
    assert coverage_of(drift, "net_drift_cm").count == 5
    five = replace(scored(off_sds=0.5), rep_errors=forward, reps_found=5)
    _, _, row, _, below = coverage([("some", [Outcome(gyms()[0], "barpath", five)])]).splitlines()
    assert row.split("|")[-3].strip() == "50 / 50 (2)"
    assert "3 forward (67 % within two) and 0 backward (– % within two), of some" in below


def test_the_table_parts_gyms_by_sort_and_the_grid_by_group():
    outcomes = [Outcome(gym, "barpath", scored(off_sds=0.5)) for gym in gyms()]
    table = covered(outcomes[:3], outcomes)
    names = [line.split("|")[1].strip() for line in table.splitlines()[2:-2]]
    expected = ["**all gyms**", *(sort.name for sort in SORTS), "**the designed grid**"]
    assert names == [*expected, "grid: as gyms are"]
    assert "all gyms" not in covered(outcomes[:3], [])


def test_gyms_stand_in_one_row_below_all_conditions():
    gym = gyms()[0]
    outcomes = [Outcome(gym, "barpath", scored(off_sds=off)) for off in (3.0, -4.0)]
    *_, every, together = conditions(outcomes[:1], in_gyms=outcomes).splitlines()
    assert every.startswith("| **all** |")
    assert together.startswith("| **as gyms are** | 2 clips |")
    # the mean of 3 and -4, its standard error, and their root mean square
    assert "-0.50±3.50 / 3.54" in together
    assert "gyms are**" not in conditions(outcomes[:1])
