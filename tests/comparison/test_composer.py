"""From sets to what is said of them: alignment, mirrored cameras, refusals, doubts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from barpath.analysis import SetInfo
from barpath.caveats import Caveat
from barpath.comparison import compare_members
from barpath.comparison.curves import GRID_PCT, curves_of
from barpath.comparison.foreign import member_of_trajectory
from barpath.comparison.member import member_of
from barpath.comparison.quantities import QUANTITIES, sample_of
from barpath.comparison.verdicts import Verdict
from barpath.comparison.words import headline, spoken
from barpath.errors import UsageError
from barpath.interchange import Trajectory

QUANTITY = {quantity.name: quantity for quantity in QUANTITIES}


def verdicts_of(pair):
    found = {item.quantity.name: item.verdict for item in pair.figures}
    return found | {item.kind.name: item.verdict for item in pair.curves}


def codes(comparison):
    return [item.code for item in comparison.warnings]


def curve_of(member, name):
    return next(curve for curve in curves_of(member) if curve.kind.name == name)


def test_curves_follow_the_formula(made):
    """A quintic step of 55 cm: velocity and height are known at every share of its time.

    Lift-off and lockout are where the velocity passes 0.015 m/s, some 3 % of the time inside the
    step's ends, which moves the share of the time by as much; the slope is at most 2.2 m/s.
    """
    member = made(noise_cm=0.0)
    velocity = curve_of(member, "velocity_by_time").sample.mean
    rep = member.whole[0]
    s = (rep.liftoff_s - 1.0 + GRID_PCT / 100 * rep.concentric_s) / 1.5
    true = 0.3 * 55.0 / 1.5 * s**2 * (1 - s) ** 2
    np.testing.assert_allclose(velocity[3:-3], true[3:-3], atol=0.01)
    bow = curve_of(made(noise_cm=0.0, bulge_cm=3.0), "bow_by_height").sample.mean
    # At a share of the rise the bulge is its sine: by construction x depends on y alone.
    np.testing.assert_allclose(bow[2:-2], 3 * np.sin(np.pi * GRID_PCT[2:-2] / 100), atol=0.15)


def test_a_lean_of_the_camera_does_not_touch_the_bulge(made):
    """Turned by 2 degrees, x gains y * sin: drift moves by 1.9 cm, the bulge by the cosine."""
    upright = made(noise_cm=0.0, bulge_cm=2.0)
    motion = upright.motion
    turned = dataclasses.replace(motion, x_cm=motion.x_cm + np.sin(np.radians(2)) * motion.y_cm)
    leaning = dataclasses.replace(upright, motion=turned)
    before, after = (sample_of(m, QUANTITY["bulge_cm"]).mean[0] for m in (upright, leaning))
    assert after == pytest.approx(before, abs=0.01)


def test_the_same_motion_is_not_called_different(made):
    pair = compare_members([made("A", seed=1), made("B", seed=2)]).pairs[0]
    assert not pair.differs
    assert headline(pair) == "no difference between A and B that is sure to be one"


def test_a_bulge_of_three_centimetres_is_found_where_it_is(made):
    pair = compare_members([made("A", seed=1), made("B", seed=2, bulge_cm=3.0)]).pairs[0]
    found = verdicts_of(pair)
    assert found["bulge_cm"] is Verdict.DIFFERENT
    assert found["mean_velocity_m_s"] is not Verdict.DIFFERENT
    along = next(item for item in pair.curves if item.kind.name == "bow_by_height")
    (stretch,) = along.stretches
    # 3 cm * sin peaks halfway up and is above any half width from a quarter to three quarters.
    assert stretch.from_pct < 25
    assert stretch.to_pct > 75
    assert stretch.largest == pytest.approx(3.0, abs=0.2)


def test_a_pull_slower_by_a_twentieth_is_found(made):
    """55 cm in 1.5 and in 1.74 s: 0.367 and 0.316 m/s."""
    pair = compare_members([made("A", seed=1), made("B", seed=2, up_s=1.74)]).pairs[0]
    assert verdicts_of(pair)["velocity_by_height"] is Verdict.DIFFERENT
    figure = next(item for item in pair.figures if item.quantity.name == "mean_velocity_m_s")
    assert figure.difference.low < -0.051 < figure.difference.high
    assert any("velocity at the same height: B slower from" in line for line in spoken(
        compare_members([made("A", seed=1), made("B", seed=2, up_s=1.74)]), pair
    ))  # fmt: skip


def test_exchanging_the_sets_negates_every_difference(made):
    a, b = made("A", seed=1), made("B", seed=2, bulge_cm=2.0)
    there, back = (compare_members(pair).pairs[0] for pair in ((a, b), (b, a)))
    for one, other in zip(there.figures, back.figures, strict=True):
        assert other.difference.value == pytest.approx(-one.difference.value, abs=1e-9)
        assert other.verdict is one.verdict


def test_every_set_is_held_against_the_first_that_has_a_repetition(made):
    members = [made("A", reps=0), made("B", seed=1), made("C", seed=2)]
    comparison = compare_members(members)
    assert [(pair.first, pair.second) for pair in comparison.pairs] == [("B", "A"), ("B", "C")]
    assert set(verdicts_of(comparison.pairs[0]).values()) == {Verdict.NOT_COMPARED}
    assert Verdict.NOT_COMPARED not in verdicts_of(comparison.pairs[1]).values()
    assert "no_whole_rep" in codes(comparison)
    lines = list(spoken(comparison, comparison.pairs[0]))
    assert len(lines) == 1
    assert "A (set A) has no whole repetition" in lines[0]


def test_different_lifts_need_force(made):
    members = [made("A", lift="conventional"), made("B", lift="sumo")]
    with pytest.raises(UsageError, match=r"A \(set A\) is conventional, B \(set B\) is sumo"):
        compare_members(members)
    assert "lifts_differ" in codes(compare_members(members, force=True))


@pytest.mark.parametrize(
    ("second", "differ"),
    [
        ({"from_top": True}, True),
        ({"scale": 1.6}, True),
        ({"scale": 1 / 1.6}, True),
        # the longest and the shortest deadlift differ by 1.5
        ({"scale": 1.4}, False),
        ({"up_s": 1.0}, False),
    ],
)
def test_sets_that_look_like_two_lifts_are_doubted(made, second, differ):
    for lift in (None, "other"):
        members = [made("A", lift=lift), made("B", seed=1, lift=lift, **second)]
        found = compare_members(members)
        assert ("lifts_look_different" in codes(found)) is differ
        named = [dataclasses.replace(one, set=SetInfo("x", lift="sumo")) for one in members]
        assert "lifts_look_different" not in codes(compare_members(named))


def test_a_look_says_what_it_saw(made):
    found = compare_members([made("A"), made("B", from_top=True, scale=2.0)])
    (said,) = (item for item in found.warnings if item.code == "lifts_look_different")
    # quintic steps of 55 and 110 cm from where they may be told to move: some millimetres less
    assert "A (set A) starts low and rises 55 cm; B (set B) comes down first and" in said.message
    assert "rises 110 cm" in said.message


def test_pulls_from_the_floor_are_one_lift_wherever_the_clip_begins(made):
    """The second clip begins at lockout, and the bar rests a second before the next pulls."""
    found = compare_members([made("A"), made("B", seed=1, begin_s=2.6)])
    assert "lifts_look_different" not in codes(found)


def test_without_a_facing_nothing_horizontal_is_compared(made):
    comparison = compare_members([made("A", facing=None), made("B")])
    found = verdicts_of(comparison.pairs[0])
    assert {name for name, verdict in found.items() if verdict is Verdict.NOT_COMPARED} == {
        *(quantity.name for quantity in QUANTITIES if quantity.sideways),
        *("path_by_height", "path_by_time", "bow_by_height"),
    }
    assert "facing_unknown" in codes(comparison)


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ({"facing": "left"}, {}, "facings_mirrored"),
        ({"plate_cm": 40.0}, {}, "plates_differ"),
        ({"assumed": True}, {}, "plate_size_assumed"),
        ({"lift": "sumo"}, {}, "lift_unknown"),
        ({"reps": 1}, {"reps": 1}, "single_reps"),
        ({"reps": 2}, {"reps": 5}, "lengths_differ"),
    ],
)
def test_what_bends_a_comparison_is_said(made, first, second, code):
    assert code in codes(compare_members([made("A", **first), made("B", **second)]))
    assert code not in codes(compare_members([made("A"), made("B")]))


def test_a_clip_against_itself_is_remarked(made):
    first, second, other = (
        dataclasses.replace(made(key, seed=seed), clip_sha256=sha256)
        for key, seed, sha256 in (("A", 0, "1f"), ("B", 0, "1f"), ("C", 1, "2e"))
    )
    found = compare_members([first, second, other])
    (said,) = (item for item in found.warnings if item.code == "same_clip")
    assert "A (set A), B (set B) are of the same clip" in said.message
    assert "same_clip" not in codes(compare_members([first, other]))
    # another program's files name no clip
    unnamed = [dataclasses.replace(one, clip_sha256=None) for one in (first, second)]
    assert "same_clip" not in codes(compare_members(unnamed))


def test_a_ruler_that_was_doubted_is_doubted_in_the_comparison_too(analysis):
    plain = member_of(analysis, key="A")
    doubt = Caveat("ruler_doubtful", "the lifter looks 2.1 m tall", "measure the plate")
    tall = member_of(dataclasses.replace(analysis, warnings=(doubt,)), key="B")
    (said,) = (i for i in compare_members([plain, tall]).warnings if i.code == "ruler_doubtful")
    assert f"in {tall.title}," in said.message
    assert "ruler_doubtful" not in codes(compare_members([plain, member_of(analysis, key="B")]))


def test_an_assumed_midfoot_is_not_compared(made):
    comparison = compare_members([made("A", midfoot_sd_cm=np.nan), made("B")])
    start = next(i for i in comparison.pairs[0].figures if i.quantity.name == "start_x_cm")
    assert start.verdict is Verdict.NOT_COMPARED
    assert start.why == "midfoot is only assumed in A (set A)"


def test_another_programs_path_gives_the_same_velocity(made):
    """The same places through both doors; only what is known of their errors differs."""
    own = made("A", noise_cm=0.05)
    foreign = member_of_trajectory(
        Trajectory("old", own.motion.time_s, own.motion.x_cm, own.motion.y_cm, "Kinovea"), key="B"
    )
    assert len(foreign.whole) == 3
    ours, theirs = (sample_of(m, QUANTITY["mean_velocity_m_s"]).mean[0] for m in (own, foreign))
    # Smoothed twice: lift-off and lockout move apart by some milliseconds of 1.4 s.
    assert theirs == pytest.approx(ours, rel=0.02)
    comparison = compare_members([own, foreign])
    assert {"foreign_path", "facing_unknown"} <= set(codes(comparison))
    assert not comparison.pairs[0].differs
