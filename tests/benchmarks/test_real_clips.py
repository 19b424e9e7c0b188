import json
from pathlib import Path

import pytest

from barpath.errors import UnmeasurableError
from benchmarks import real_clips
from benchmarks.real_clips import read_annotation, score_clip

FRAME = {"time_s": 1.0, "cx": 100.0, "cy": 50.0, "semi_major": 40.0, "sigma_px": 1.0}


@pytest.fixture
def annotate(tmp_path):
    """Write a truth file; give what is read of it."""

    def write(**entries):
        path = tmp_path / "set.json"
        document = {"expect": "track", "reps": 2, "frames": [], "facing": None, **entries}
        path.write_text(json.dumps(document), encoding="utf-8")
        return read_annotation(path)

    return write


@pytest.fixture
def analysed(monkeypatch, analysis):
    """Analyse any clip to the set that tests share."""
    monkeypatch.setattr(real_clips.barpath, "analyse", lambda clip: analysis)
    return analysis


def mark_at(analysis, frame, *, off_px=0.0, sigma_px=0.0):
    track = analysis.track
    return {
        "time_s": float(track.time_s[frame]),
        "cx": float(track.x_px[frame]) + off_px,
        "cy": float(track.y_px[frame]),
        "semi_major": float(track.radius_px[frame]),
        "sigma_px": sigma_px or 1e-9,
    }


def test_the_axis_is_preferred_to_the_ellipses_centre(annotate):
    marked = annotate(frames=[{**FRAME, "axis_x": 103.0, "axis_y": 51.0, "axis_sigma_px": 4.0}])
    assert (marked.marks[0].x_px, marked.marks[0].y_px, marked.marks[0].sd_px) == (103, 51, 4)


def test_only_complete_repetitions_have_events(annotate):
    whole = {"liftoff_s": 1.0, "lockout_s": 2.0, "complete": True}
    marked = annotate(rep_events=[whole, {"liftoff_s": 3.0, "lockout_s": None, "complete": False}])
    assert marked.events_s == ((1.0, 2.0),)


def test_errors_are_per_cent_of_the_diameter(annotate, analysed):
    radius_px = float(analysed.track.radius_px[0])
    off = mark_at(analysed, 0, off_px=0.1 * radius_px, sigma_px=0.01 * radius_px)
    row = score_clip(Path("set.mp4"), annotate(frames=[off]))
    assert row.centre_med_pct == pytest.approx(5.0)
    # twice the annotator's doubt of 0.5 % of the diameter is taken off
    assert row.excess_p95_pct == pytest.approx(4.0)
    assert not row.right


def test_a_clip_is_right_with_its_repetitions_and_wrong_without(annotate, analysed):
    frames = [mark_at(analysed, 0)]
    whole = sum(rep.complete for rep in analysed.reps)
    assert score_clip(Path("set.mp4"), annotate(frames=frames, reps=whole)).right
    assert not score_clip(Path("set.mp4"), annotate(frames=frames, reps=whole + 1)).right
    assert score_clip(Path("set.mp4"), annotate(frames=frames, reps=9, reps_ok=[9, whole])).right


def test_what_must_be_refused_is_wrong_when_measured(annotate, analysed):
    assert not score_clip(Path("set.mp4"), annotate(expect="refuse")).right


def test_a_refusal_is_right_only_where_one_is_expected(annotate, monkeypatch):
    def refuse(clip):
        raise UnmeasurableError("no plate", hint="film one")

    monkeypatch.setattr(real_clips.barpath, "analyse", refuse)
    assert score_clip(Path("set.mp4"), annotate(expect="refuse")).right
    assert not score_clip(Path("set.mp4"), annotate(expect="track")).right
    assert score_clip(Path("set.mp4"), annotate(expect="warn", expect_ok=["warn", "refuse"])).right
