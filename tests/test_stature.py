"""A ruler that makes the lifter a giant: refused where it was only assumed, else warned of."""

from __future__ import annotations

import json

import pytest

from barpath import cli
from barpath.config import AnalysisConfig, Box, ScaleLine
from barpath.errors import UnmeasurableError
from barpath.lifter import Reach
from barpath.simulate import Lift, PlateLook, Recording, Scene, View, simulate
from barpath.stature import SAID_SHARE, TALL_CM, TALLEST_CM, judge_ruler

BELL = {
    "lift": "kettlebell",
    "target": Box(1, 2, 30, 40),
    "scale": ScaleLine(1, 2, 90, 2, 20),
}


def judge(seen_cm, *, size_cm=45.0, cut_off=False, camera_moving=False, **said):
    return judge_ruler(
        reach=Reach(height_radii=2 * seen_cm / size_cm, cut_off=cut_off),
        size_cm=size_cm,
        camera_moving=camera_moving,
        config=AnalysisConfig(**said),
    )


@pytest.mark.parametrize("seen_cm", [60.0, 172.0, TALL_CM - 1])
def test_a_lifter_of_human_size_raises_no_doubt(seen_cm):
    assert judge(seen_cm) == ()
    assert judge(seen_cm, plate_diameter_cm=45.0) == ()
    assert judge(seen_cm, **BELL) == ()


def test_an_unseen_lifter_raises_no_doubt():
    config = AnalysisConfig()
    assert judge_ruler(reach=None, size_cm=45.0, camera_moving=False, config=config) == ()


def test_an_assumed_size_that_makes_a_giant_is_refused():
    with pytest.raises(UnmeasurableError, match="looks 2.8 m tall") as refused:
        judge(281.0)
    for option in ("--plate-diameter", "--plate X,Y,R", "--lift kettlebell", "--scale"):
        assert option in refused.value.hint
    with pytest.raises(UnmeasurableError, match="looks at least 2.8 m tall"):
        judge(281.0, cut_off=True)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"plate_diameter_cm": 45.0}, "by the plate's 45 cm the lifter looks 2.8 m tall"),
        (BELL, "by the length given with --scale the lifter looks 2.8 m tall"),
        ({"camera_moving": True}, "by the 45 cm that the plate is taken to measure the lifter"),
    ],
)
def test_what_somebody_said_or_a_moving_camera_shows_is_only_doubted(said, message):
    (caveat,) = judge(281.0, **said)
    assert caveat.code == "ruler_doubtful"
    assert caveat.message.startswith(message)


@pytest.mark.parametrize("seen_cm", [TALL_CM + 1, TALLEST_CM - 1])
def test_a_very_tall_lifter_is_doubted_and_measured(seen_cm):
    """A 36 cm plate taken for 45, or a strongman before a long lens."""
    (caveat,) = judge(seen_cm)
    assert caveat.code == "ruler_doubtful"
    assert "--plate-diameter" in caveat.hint


def test_a_stature_that_was_said_is_held_against_the_ruler():
    (caveat,) = judge(190.0, stature_cm=160.0)
    assert caveat.code == "ruler_doubtful"
    assert judge(SAID_SHARE * 160.0 - 1, stature_cm=160.0) == ()
    assert judge(TALL_CM + 5, stature_cm=206.0) == ()


def test_a_diameter_in_inches_is_told_by_a_tiny_lifter():
    (caveat,) = judge(65.0, size_cm=17.7, plate_diameter_cm=17.7)
    assert caveat.code == "ruler_doubtful"
    assert caveat.message.endswith("too small")
    assert "17.7 inches are 45.0 cm" in caveat.hint
    # a small plate beside a whole lifter, a lifter seen in part, a size that is none in inches
    assert judge(160.0, size_cm=17.7, plate_diameter_cm=17.7) == ()
    assert judge(65.0, size_cm=17.7, cut_off=True, plate_diameter_cm=17.7) == ()
    assert judge(65.0, size_cm=36.0, plate_diameter_cm=36.0) == ()


# From a clip to the exit code ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A pull with plates of 25 cm."""
    path = tmp_path_factory.mktemp("small") / "set.mp4"
    scene = Scene(
        lift=Lift(reps=1, lead_in_s=0.6, tail_s=0.4),
        plate=PlateLook("iron", 25.0),
        view=View(width=640, height=360, plate_radius_px=24.0, height_cm=80.0),
        recording=Recording(fps=24.0),
    )
    simulate(scene=scene, path=path)
    return path


def test_a_small_plate_is_not_measured_as_a_large_one(clip, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["analyse", str(clip), "-o", str(out)]) == 4
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ")
    assert "no 45 cm plate" in error
    assert "--plate-diameter CM" in hint
    assert not out.exists()


@pytest.mark.parametrize(
    ("size_cm", "codes"), [(25.0, set()), (45.0, {"ruler_doubtful"}), (10.0, {"ruler_doubtful"})]
)
def test_a_size_that_was_said_is_measured_by(size_cm, codes, clip, capsys, tmp_path):
    words = ["analyse", str(clip), "-o", str(tmp_path / "out"), "--json", "--no-report", "-q"]
    assert cli.main([*words, "--no-overlay", "--plate-diameter", str(size_cm)]) == 0
    document = json.loads(capsys.readouterr().out)
    found = {warning["code"] for warning in document["warnings"]}
    assert found & {"ruler_doubtful"} == codes
