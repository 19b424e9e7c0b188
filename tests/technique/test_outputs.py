"""Findings on their way out: document, page, overlay, terminal; and from a clip to all of them."""

from __future__ import annotations

import dataclasses
import io

import jsonschema
import pytest

import barpath
from barpath.config import AnalysisConfig
from barpath.errors import UsageError
from barpath.report.folder import _callouts
from barpath.report.page import write_page
from barpath.report.tables import rep_table
from barpath.results import document, read_analysis, write_tables
from barpath.simulate import Drift, Lift, Recording, Scene, View, simulate
from barpath.technique.finding import Grade, make_finding
from tests.test_results import schema  # noqa: F401


def finding(rep, code="knee_first", time_s=1.6, severity="watch"):
    return make_finding(
        rep=rep,
        code=code,
        graded=Grade(severity, 0.9),
        moment=(time_s, 25.0),
        held=(3.1, 2.0),
        unit="cm",
        message="the bar went 3.1 cm forward round the knees",
    )


@pytest.fixture
def judged(analysis):
    found = (finding(1), finding(1, "hitch", float("nan")), finding(2, time_s=5.6))
    return dataclasses.replace(analysis, findings=found)


def test_the_document_holds_each_finding_in_its_rep(judged, schema):  # noqa: F811
    doc = document(judged)
    jsonschema.validate(doc, schema)
    assert [[f["code"] for f in rep["findings"]] for rep in doc["reps"]] == [
        ["knee_first", "hitch"],
        ["knee_first"],
    ]
    keys = "code severity confidence time_s height_cm value threshold unit message cue drills"
    assert " ".join(doc["reps"][0]["findings"][0]) == keys
    assert doc["reps"][0]["findings"][1]["time_s"] is None
    assert doc["summary"]["findings"] == {"knee_first": 2, "hitch": 1}


def test_findings_are_read_back(judged, tmp_path):
    write_tables(judged, tmp_path)
    back = read_analysis(tmp_path).findings
    assert back[0] == judged.findings[0]
    assert [(f.rep, f.code) for f in back] == [(1, "knee_first"), (1, "hitch"), (2, "knee_first")]


def test_the_terminal_says_each_finding_and_each_cue_once(judged):
    lines = rep_table(judged).splitlines()
    said = "the bar went 3.1 cm forward round the knees"
    assert [line for line in lines if line.endswith(said)] == [
        f"watch: rep 1, 1.6 s: {said}",
        f"watch: rep 1: {said}",
        f"watch: rep 2, 5.6 s: {said}",
    ]
    assert len([line for line in lines if line.startswith("  try: ")]) == 2


def test_the_page_tells_them(judged):
    page = io.StringIO()
    write_page(judged, page, config=AnalysisConfig(), media=None)
    assert "What stands out" in page.getvalue()
    assert page.getvalue().count("The bar went 3.1 cm forward round the knees.") == 3
    # two kinds of finding, and what to do about each once
    assert page.getvalue().count(" Cue: ") == page.getvalue().count(" Drills: ") == 2


def test_the_overlay_calls_out_those_with_a_moment(judged):
    called = [(callout.time_s, callout.text) for callout in _callouts(judged)]
    assert called == [(1.6, "knee-first pull: 3.1 cm"), (5.6, "knee-first pull: 3.1 cm")]


@pytest.mark.parametrize(
    ("code", "drift"),
    [
        ("squatted_pull", Drift(setup_roll_cm=5.0, break_cm=-6.0, lockout_cm=-0.5)),
        ("knee_first", Drift(bulge_cm=5.0, break_cm=0.0, lockout_cm=-1.0)),
    ],
)
def test_a_fault_is_seen_in_a_clip(tmp_path, code, drift):
    scene = Scene(
        lift=Lift(reps=1, lead_in_s=1.0, tail_s=0.3, descent_s=0.8),
        drift=drift,
        view=View(width=720, height=404, plate_radius_px=45, height_cm=50.0),
        recording=Recording(fps=30.0),
    )
    clip = tmp_path / "pull.mp4"
    simulate(scene=scene, path=clip)
    faced = AnalysisConfig(plate_diameter_cm=45.0, facing="right", lift="conventional")
    result = barpath.analyse(clip, config=faced)
    faults = {f.code for f in result.findings if f.severity == "fault"}
    # A bar that the shins pushed 5 cm forward leaves the floor in front of midfoot.
    assert faults - {"off_midfoot_start"} == {code}
    assert "back_rounding" in {item.code for item in result.not_assessed}


def test_bad_thresholds_are_refused_before_the_clip_is_read(tmp_path):
    config = AnalysisConfig(thresholds=str(tmp_path / "none.toml"))
    with pytest.raises(UsageError, match=r"none\.toml"):
        barpath.analyse(tmp_path / "none.mp4", config=config)


@pytest.mark.parametrize(("kind", "rom_cm"), [("rdl", 50.0), ("squat", 50.0)])
def test_an_rdl_is_told_from_a_squat_in_a_clip(tmp_path, kind, rom_cm):
    """Both start at the top, go down 50 cm and turn; only the floor under them tells."""
    scene = Scene(
        lift=Lift(
            kind=kind,
            reps=1,
            rom_cm=rom_cm,
            pause_bottom_s=0.0,
            descent_s=1.3,
            concentric_s=1.2,
            lead_in_s=0.5,
            tail_s=0.2,
        ),
        view=View(width=560, height=420, plate_radius_px=44),
        recording=Recording(fps=24.0),
    )
    clip = tmp_path / "set.mp4"
    simulate(scene=scene, path=clip)
    result = barpath.analyse(clip, config=AnalysisConfig(plate_diameter_cm=45.0))
    whys = {item.code: item.why for item in result.not_assessed}
    if kind == "rdl":
        assert "judged as a Romanian deadlift" in whys["lift"]
        assert "technique" not in whys
    else:
        assert "looks like no deadlift's" in whys["technique"]
        assert result.findings == ()
