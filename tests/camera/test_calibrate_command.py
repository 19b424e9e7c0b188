"""``barpath calibrate`` and ``analyse --camera`` as commands: files, streams, exit codes."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import av
import jsonschema
import numpy as np
import pytest

from barpath import cli
from barpath.camera.profile import read_profile, write_profile
from tests.camera import boards
from tests.camera.profiles import profile_of

SCHEMA = json.loads(files("barpath").joinpath("schema/camera.schema.json").read_text())
CALIBRATION = Path(__file__).parent.parent.parent / "calibration"


def write_clip(path, pictures):
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=int(boards.RATE_HZ), options={"crf": "18"})
        stream.height, stream.width = pictures[0].shape
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, format="gray")
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def board_clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clips") / "phone.mp4"
    return write_clip(path, boards.pictures(k1=-0.12, poses_=list(boards.poses(count=16))))


@pytest.fixture(scope="module")
def wall_clip(tmp_path_factory):
    wall = np.tile(np.arange(64, dtype=np.uint8) * 3, (48, 1))
    return write_clip(tmp_path_factory.mktemp("clips") / "wall.mp4", [wall] * 8)


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = cli.main([str(a) for a in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_clip_becomes_a_profile(run, board_clip, tmp_path):
    code, out, err = run("calibrate", "lens", board_clip)
    assert code == 0, err
    document = json.loads((tmp_path / "camera.json").read_text())
    jsonschema.validate(document, SCHEMA, format_checker=jsonschema.FormatChecker())
    profile = read_profile(tmp_path / "camera.json")
    assert profile.name == "phone"
    # 16 views at 640 px wide, compressed: rounding off the half per cent that is needed
    assert profile.fx_px == pytest.approx(boards.FOCAL_PX, rel=0.005)
    assert profile.k1 == pytest.approx(-0.12, abs=0.006)
    for word in ("focal length", "k1 -0.1", "coverage", "±"):
        assert word in out
    assert "--camera camera.json" in err


def test_name_and_place_are_the_users(run, board_clip, tmp_path):
    code, out, _ = run("calibrate", "lens", board_clip, "-o", "my.json", "--name", "Mine", "-q")
    assert (code, out) == (0, "")
    assert read_profile(tmp_path / "my.json").name == "Mine"
    assert [path.name for path in tmp_path.iterdir()] == ["my.json"]


def test_a_clip_without_a_board_leaves_nothing(run, wall_clip, tmp_path):
    code, out, err = run("calibrate", "lens", wall_clip)
    assert (code, out) == (4, "")
    error, hint = err.splitlines()
    assert error.startswith("error: ")
    assert "doesn't show barpath's calibration board" in error
    assert hint.startswith("hint: ")
    assert not any(tmp_path.iterdir())


def test_a_refused_clip_leaves_the_old_profile(run, wall_clip, tmp_path):
    (tmp_path / "camera.json").write_text("old")
    assert run("calibrate", "lens", wall_clip)[0] == 4
    assert (tmp_path / "camera.json").read_text() == "old"


def test_what_is_no_clip_is_unreadable(run, tmp_path):
    assert run("calibrate", "lens", "nowhere.mp4")[0] == 3
    (tmp_path / "text.mp4").write_text("not a video")
    assert run("calibrate", "lens", "text.mp4")[0] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["text.mp4"]


def test_the_clip_is_not_written_over(run, tmp_path):
    (tmp_path / "clip.mp4").write_bytes(b"precious")
    code, _, err = run("calibrate", "lens", "clip.mp4", "-o", "clip.mp4")
    assert code == 2
    assert "is the clip itself" in err
    assert (tmp_path / "clip.mp4").read_bytes() == b"precious"


def test_a_profile_that_can_not_be_written(run, board_clip, tmp_path):
    (tmp_path / "taken").mkdir()
    code, _, err = run("calibrate", "lens", board_clip, "-o", "taken")
    assert code == 1
    assert "is a folder" in err


def test_the_board_is_written(run, tmp_path):
    code, out, err = run("calibrate", "board", "--paper", "letter")
    assert (code, out) == (0, "")
    assert "print it at 100 %" in err
    assert (tmp_path / "board.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("name", ["b.txt", "board", "b.png", "b.pdf.txt"])
def test_a_board_is_a_pdf_by_name(run, tmp_path, name):
    code, out, err = run("calibrate", "board", "-o", name)
    assert code == 2
    assert not out
    error, hint = err.splitlines()
    assert f"{name}: a board can't be written as" in error
    assert hint == "hint: it is a PDF: name the file with .pdf"
    assert not list(tmp_path.iterdir())


def test_a_board_s_name_may_be_in_capitals(run, tmp_path):
    code, _, _ = run("calibrate", "board", "-o", "B.PDF", "-q")
    assert code == 0
    assert (tmp_path / "B.PDF").read_bytes().startswith(b"%PDF")


def test_a_board_too_large_leaves_nothing(run, tmp_path):
    code, _, err = run("calibrate", "board", "--square", "40")
    assert code == 2
    assert "hint: from 10 to 30 mm" in err
    assert not any(tmp_path.iterdir())


def test_the_example_profile_can_be_read():
    example = CALIBRATION / "example-camera.json"
    assert "simulated" in read_profile(example).name
    jsonschema.validate(json.loads(example.read_text()), SCHEMA)


def save(path, profile):
    with path.open("w") as file:
        write_profile(profile, file, created="2026-01-02T03:04:05+00:00")
    return path


@pytest.mark.parametrize("content", ["not json", "{}", '{"schema": "barpath.analysis/1"}'])
def test_analyse_refuses_what_is_no_profile(run, wall_clip, tmp_path, content):
    (tmp_path / "camera.json").write_text(content)
    code, _, err = run("analyse", wall_clip, "--camera", "camera.json", "-o", "result")
    assert code == 2
    assert "camera.json: not a camera profile" in err
    assert "\nhint: " in err
    assert not (tmp_path / "result").exists()


def test_analyse_refuses_a_profile_of_another_picture(run, wall_clip, tmp_path):
    save(tmp_path / "camera.json", profile_of())
    code, _, err = run("analyse", wall_clip, "--camera", "camera.json", "-o", "result")
    assert code == 2
    assert "1280x720 picture, and the clip's is 64x48" in err
    assert not (tmp_path / "result").exists()
