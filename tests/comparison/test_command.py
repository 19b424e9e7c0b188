"""The command and the library call: what they take, refuse and leave behind."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import pytest

import barpath
from barpath.cli import main
from barpath.errors import UnreadableError, UsageError
from barpath.results import write_tables
from barpath.simulate import Lift, Recording, Scene, View, simulate


@pytest.fixture
def folders(analysis, tmp_path):
    """Two analysis folders of the hand-made set, the second faster by name only."""
    places = []
    for name in ("monday", "friday"):
        place = tmp_path / name
        place.mkdir()
        named = dataclasses.replace(analysis, set=dataclasses.replace(analysis.set, name=name))
        write_tables(named, place)
        places.append(place)
    return places


def run(*arguments):
    return main(["compare", *map(str, arguments)])


def test_folders_and_documents_are_compared(folders, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(folders[0], folders[1] / "analysis.json", "-o", out) == 0
    doc = json.loads((out / "comparison.json").read_text())
    assert [one["name"] for one in doc["sets"]] == ["monday", "friday"]
    assert not doc["pairs"][0]["differs"]
    said = capsys.readouterr()
    assert "no difference between A and B that is sure to be one" in said.out
    assert f"wrote {out}" in said.err
    assert "A (monday), B (friday) are of the same clip" in said.err
    # The same folder again: ours, and replaced.
    assert run(*folders, "-o", out, "-q") == 0


def test_the_library_gives_the_same(folders, analysis):
    found = barpath.compare([folders[0], analysis])
    assert not found.pairs[0].differs
    assert [member.key for member in found.members] == ["A", "B"]


def test_fewer_than_two_sets_are_refused(folders, tmp_path, capsys):
    assert run(folders[0], "-o", tmp_path / "out") == 2
    assert "1 set can't be compared" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_different_lifts_are_refused(folders, tmp_path, capsys):
    document = folders[1] / "analysis.json"
    doc = json.loads(document.read_text())
    doc["set"]["lift"] = "sumo"
    document.write_text(json.dumps(doc))
    assert run(*folders, "-o", tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert "different lifts" in said
    assert "--force" in said
    assert not (tmp_path / "out").exists()
    assert run(*folders, "--force", "-o", tmp_path / "out") == 0


def test_options_for_clips_need_a_clip(folders, tmp_path, capsys):
    assert run(*folders, "--facing", "left", "-o", tmp_path / "out") == 2
    assert "none of the sets is one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("second", "code", "said"),
    [
        ("missing.mp4", 3, "missing.mp4: no such file"),
        ("notes.txt", 3, "notes.txt"),
        ("empty", 3, "not an analysis that can be read"),
        ("log:twelve", 2, "names no set of the history"),
    ],
)
def test_what_is_no_set_is_named(folders, tmp_path, capsys, second, code, said):
    (tmp_path / "notes.txt").write_text("not a set\n")
    (tmp_path / "empty").mkdir()
    named = second if second.startswith("log:") else tmp_path / second
    out = tmp_path / "out"
    assert run(folders[0], named, "-o", out) == code
    told = capsys.readouterr().err
    assert said in told
    assert "hint:" in told
    assert not out.exists()


def test_somebody_elses_folder_is_left_alone(folders, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "diary.txt").write_text("mine")
    assert run(*folders, "-o", out) == 1
    assert "did not write" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["diary.txt"]


def test_an_analysis_is_not_overwritten_by_a_comparison_with_other_files(folders):
    (folders[0] / "diary.txt").write_text("mine")
    assert run(*folders, "-o", folders[0]) == 1
    assert (folders[0] / "analysis.json").exists()


def test_a_set_of_the_history_is_compared(analysis, folders, tmp_path):
    from barpath.history import open_history

    db = tmp_path / "history.db"
    with open_history(db, create=True) as history:
        number = history.add(analysis).number
    assert run(folders[0], f"log:{number}", "--db", db, "-o", tmp_path / "out", "-q") == 0


def test_clips_are_analysed_first_side_by_side(tmp_path, capsys):
    """One pull, seen twice: the second with another room and grain; nothing differs."""
    clips = []
    for seed in (1, 2):
        scene = Scene(
            seed=seed,
            lift=Lift(reps=1, lead_in_s=0.6, tail_s=0.2, descent_s=0.8, concentric_s=1.0),
            view=View(width=480, height=270, plate_radius_px=36, height_cm=50.0),
            recording=Recording(fps=30.0),
        )
        clips.append(tmp_path / f"set {seed}.mp4")
        simulate(scene=scene, path=clips[-1])
    out = tmp_path / "out"
    known = ("--plate-diameter", "45", "--facing", "right")
    assert run(*clips, *known, "-o", out) == 0
    doc = json.loads((out / "comparison.json").read_text())
    assert [one["reps_whole"] for one in doc["sets"]] == [1, 1]
    assert not doc["pairs"][0]["differs"]
    assert "set%201.mp4" in (out / "comparison.html").read_text()
    said = capsys.readouterr().err
    assert f"analysing {clips[0]}" in said
    # A clip that can't be read, met in another process, keeps its words and its exit code.
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video")
    assert run(clips[0], broken, "-o", tmp_path / "no") == 3
    assert "broken.mp4" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()


def test_errors_reach_the_library(folders):
    with pytest.raises(UsageError, match="1 set can't be compared"):
        barpath.compare([folders[0]])
    with pytest.raises(UnreadableError, match=r"gone\.mp4"):
        barpath.compare([folders[0], folders[0].parent / "gone.mp4"])


def test_ctrl_c_while_the_workers_start_says_one_thing(tmp_path):
    """Ctrl-C reaches the workers too, which are still importing then; the parent alone answers."""
    clips = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for clip in clips:
        clip.write_bytes(b"no video")
    command = [sys.executable, "-m", "barpath.cli", "compare", *map(str, clips)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, start_new_session=True
    ) as process:
        assert process.stderr is not None
        for clip in clips:
            assert process.stderr.readline() == f"analysing {clip}\n"
        time.sleep(0.6)  # the workers import for longer than that
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip().splitlines() == [
        "error: interrupted",
        "hint: nothing half-written remains; run the command again",
    ]
    assert {place.name for place in tmp_path.iterdir()} == {"a.mp4", "b.mp4"}
