"""What a user can do wrong, through the command line: a line, a hint, a code, and no litter."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import barpath
from barpath import cli
from barpath.config import AnalysisConfig
from barpath.results import read_analysis, write_tables
from barpath.simulate import Lift, Recording, Scene, View, simulate
from barpath.video import write_video


@pytest.fixture(scope="module")
def set_clip(tmp_path_factory) -> bytes:
    """Render a small set of one pull."""
    path = tmp_path_factory.mktemp("set") / "set.mp4"
    scene = Scene(
        lift=Lift(reps=1, lead_in_s=0.6, tail_s=0.4),
        view=View(width=480, height=272, plate_radius_px=30),
        recording=Recording(fps=24.0),
    )
    simulate(scene=scene, path=path)
    return path.read_bytes()


def plain_frames(count: int, *, size: tuple[int, int] = (96, 128), value: int = 0):
    return (np.full((*size, 3), value, dtype=np.uint8) for _ in range(count))


def write_sound(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(8000))


BAD: dict[str, tuple[Callable[[Path], object], int]] = {
    "missing": (lambda path: None, 3),
    "directory": (lambda path: path.mkdir(), 3),
    "empty": (lambda path: path.touch(), 3),
    "text": (lambda path: path.write_text("this is a shopping list\n" * 40), 3),
    "noise": (lambda path: path.write_bytes(np.random.default_rng(1).bytes(20_000)), 3),
    "sound": (write_sound, 3),
    "one_frame": (lambda path: write_video(path, plain_frames(1), fps=30), 4),
    "tiny": (lambda path: write_video(path, plain_frames(30, size=(16, 16)), fps=30), 4),
    "black": (lambda path: write_video(path, plain_frames(60), fps=30), 4),
    "white": (lambda path: write_video(path, plain_frames(60, value=255), fps=30), 4),
}


def check_refusal(code: int, expected: int, out: str, err: str) -> None:
    assert code == expected, err
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert second.startswith("hint: ")
    assert len(second) > len("hint: ")


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_measured_is_refused(kind, tmp_path, capsys):
    make, expected = BAD[kind]
    clip = tmp_path / "set.mp4"
    make(clip)
    before = set(tmp_path.iterdir())
    code = cli.main(["analyse", str(clip)])
    out, err = capsys.readouterr()
    check_refusal(code, expected, out, err)
    assert set(tmp_path.iterdir()) == before
    assert "unexpected" not in err


@pytest.mark.parametrize("tenths", range(1, 10))
def test_a_truncated_clip_is_analysed_or_refused(tenths, set_clip, tmp_path, capsys):
    clip = tmp_path / "set.mp4"
    clip.write_bytes(set_clip[: len(set_clip) * tenths // 10])
    code = cli.main(["analyse", str(clip), "--no-report", "-q"])
    out, err = capsys.readouterr()
    if code == 0:
        assert (tmp_path / "set.barpath" / "path.csv").exists()
    else:
        check_refusal(code, code if code in (3, 4) else 3, out, err)
        assert list(tmp_path.iterdir()) == [clip]


@pytest.mark.parametrize(
    ("name", "shown", "address"),
    [
        (b"-f\xc3\xbcr %d #1?.mp4", "-für %d #1?.mp4", "-f%C3%BCr%20%25d%20%231%3F.mp4"),
        (b"two\nlines.mp4", "two\\nlines.mp4", "two%0Alines.mp4"),
        (b"no\xffletter.mp4", "no\\udcffletter.mp4", "no%FFletter.mp4"),
    ],
)
def test_a_clip_may_have_any_name(name, shown, address, set_clip, tmp_path, capsys):
    clip = tmp_path / os.fsdecode(name)
    try:
        clip.write_bytes(set_clip)
    except OSError:
        pytest.skip("this file system has no such names")
    for _ in range(2):  # the second time in place of the first
        assert cli.main(["analyse", "--no-overlay", "--", str(clip)]) == 0
    folder = tmp_path / os.fsdecode(name.removesuffix(b".mp4") + b".barpath")
    analysis = read_analysis(folder)
    assert (analysis.clip.name, analysis.set.name + ".mp4") == (shown, shown)
    assert f'src="../{address}"' in (folder / "report.html").read_text(encoding="utf-8")
    assert capsys.readouterr().out.startswith(analysis.set.name + "\n")


def test_an_error_about_an_odd_name_is_one_line(tmp_path, capsys):
    code = cli.main(["analyse", str(tmp_path / os.fsdecode(b"a\nb\xff\x1b[2J.mp4"))])
    out, err = capsys.readouterr()
    check_refusal(code, 3, out, err)
    assert "a\\nb\\udcff\\x1b[2J.mp4: no such file" in err


def test_a_camera_slower_than_the_clip_is_refused(set_clip, tmp_path, capsys):
    """Taken for what it says, the rate would halve every velocity."""
    clip = tmp_path / "set.mp4"
    clip.write_bytes(set_clip)
    code = cli.main(["analyse", str(clip), "--capture-fps", "12"])
    out, err = capsys.readouterr()
    check_refusal(code, 2, out, err)
    assert "set.mp4 plays 24 frames a second, more than --capture-fps 12" in err
    assert list(tmp_path.iterdir()) == [clip]


def test_a_rate_that_differs_by_its_rounding_is_the_same(set_clip, tmp_path):
    clip = tmp_path / "set.mp4"
    clip.write_bytes(set_clip)
    analysis = barpath.analyse(clip, config=AnalysisConfig(capture_fps=23.976))
    assert analysis.clip.time_scale == pytest.approx(1.001, abs=1e-4)


def test_an_output_that_is_a_file_is_refused(set_clip, tmp_path, capsys):
    clip = tmp_path / "set.mp4"
    clip.write_bytes(set_clip)
    code = cli.main(["analyse", str(clip), "-o", str(clip / "out")])
    check_refusal(code, 1, *capsys.readouterr())
    assert clip.read_bytes() == set_clip


# Runs the program with the measuring replaced by a result read from a folder, and stops in the
# middle of writing: the tables are there, the plots are not.
PROGRAM = """
import sys, time
from pathlib import Path
import barpath.analysis, barpath.report.folder
from barpath.cli import run
from barpath.results import read_analysis
result = read_analysis(Path(sys.argv.pop(1)))
barpath.analysis.analyse = lambda clip, config, progress: result
def stall(analysis, folder):
    print("writing", len(list(folder.iterdir())), flush=True)
    time.sleep(60)
if sys.argv.pop(1) == "stall":
    barpath.report.folder.save_plots = stall
run()
"""


@pytest.fixture
def program(analysis, tmp_path):
    """Give the command line of the program above, and an empty folder to work in."""
    stored, work = tmp_path / "stored", tmp_path / "work"
    stored.mkdir()
    work.mkdir()
    write_tables(analysis, stored)

    def command(mode: str) -> list[str]:
        target = str(work / "deep" / "out")
        return [
            *(sys.executable, "-c", PROGRAM, str(stored), mode),
            *("analyse", "set.mp4", "-o", target, "--no-overlay"),
        ]

    return command, work


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_of_writing_leaves_nothing(program, number):
    command, work = program
    with subprocess.Popen(
        command("stall"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing 3\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "error: interrupted\nhint: " in err
    assert "Traceback" not in err
    assert list(work.iterdir()) == []


def test_a_full_disk_is_said_and_leaves_nothing(program):
    command, work = program
    done = subprocess.run(
        command("go"),
        capture_output=True,
        text=True,
        # No file may grow beyond 10 kB: path.csv of 270 frames needs more than twice that.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)),
    )
    check_refusal(done.returncode, 1, done.stdout, done.stderr)
    assert "the disk is full" in done.stderr
    assert list(work.iterdir()) == []


def test_the_program_above_works_when_left_alone(program):
    command, work = program
    done = subprocess.run(command("go"), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(list((work / "deep" / "out").iterdir())) == 6
