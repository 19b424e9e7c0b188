"""What mustn't change when only the camera does, on simulated clips from file to figures."""

from __future__ import annotations

import dataclasses
import math

import pytest

import barpath
from barpath.config import AnalysisConfig
from barpath.simulate import Drift, Lift, Recording, Scene, View, simulate

VIEW = View(width=720, height=404, plate_radius_px=42, height_cm=50.0)
SCENE = Scene(
    lift=Lift(reps=1, lead_in_s=0.7, tail_s=0.3, descent_s=0.8),
    drift=Drift(start_cm=1.0, break_cm=-3.0, lockout_cm=-2.0),
    view=VIEW,
    recording=Recording(fps=24.0),
)
CAMERAS = {
    "level": VIEW,
    "rolled": dataclasses.replace(VIEW, roll_deg=3.0),
    "shaken": dataclasses.replace(VIEW, shake_px=6.0),
}
MEASURES = ("net_drift_cm", "max_forward_cm", "max_backward_cm", "rms_x_cm")


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Film one pull with each camera and analyse it."""
    folder = tmp_path_factory.mktemp("cameras")
    found = {}
    for name, view in CAMERAS.items():
        path = folder / f"{name}.mp4"
        simulate(scene=dataclasses.replace(SCENE, view=view), path=path)
        found[name] = barpath.analyse(
            path, config=AnalysisConfig(facing="right", plate_diameter_cm=45.0)
        )
    return found


def test_what_the_camera_did_is_known(sets):
    moving = {name: result.calibration.camera_moving for name, result in sets.items()}
    assert moving == {"level": False, "rolled": False, "shaken": True}
    for name, view in CAMERAS.items():
        scale = sets[name].calibration
        # the bound; a shaken camera's reference frame isn't rolled either
        assert scale.roll_deg == pytest.approx(view.roll_deg, abs=0.5)
    codes = {name: {w.code for w in result.warnings} for name, result in sets.items()}
    assert codes["shaken"] - codes["level"] == {"camera_moving"}
    assert codes["rolled"] == codes["level"]


@pytest.mark.parametrize("camera", ["rolled", "shaken"])
@pytest.mark.parametrize("measure", MEASURES)
def test_no_drift_measure_changes_by_more_than_its_uncertainty(sets, camera, measure):
    (level,), (other,) = sets["level"].reps, sets[camera].reps
    difference = getattr(other, measure) - getattr(level, measure)
    assert abs(difference) <= math.hypot(level.uncertainty.x_cm, other.uncertainty.x_cm)


def test_uncorrected_they_would(sets):
    # 3 degrees over the 55 cm of this pull are 2.9 cm
    (level,) = sets["level"].reps
    assert level.rom_cm * math.tan(math.radians(3.0)) > 5 * level.uncertainty.x_cm
