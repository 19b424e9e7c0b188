from barpath.simulate import truth_of
from benchmarks.coverage import MORE_CLIPS, MORE_SEEDS, more_gyms, report
from benchmarks.gyms import GYMS_SEED, gyms
from benchmarks.scoring import Outcome, refusal


def test_more_gyms_are_new_ones_and_the_benchmarks():
    every = more_gyms()
    assert GYMS_SEED not in MORE_SEEDS
    assert (
        len({one.scene for one in every})
        == len(every)
        == len(MORE_SEEDS) * MORE_CLIPS + len(gyms())
    )
    assert every[-len(gyms()) :] == gyms()


def test_the_first_gyms_are_the_same_however_many_are_drawn():
    assert gyms(clips=3) == gyms()[:3]


def test_the_report_says_what_was_drawn_and_refused():
    gym = gyms()[0]
    text = report([Outcome(gym, "barpath", refusal(truth=truth_of(gym.scene)))] * 2)
    assert text.endswith("Seeds 11, 12, 14, 15, 16, 17, 18, 13: 2 clips, 2 refused.")
