"""The command line with the measuring replaced: options, streams, exit codes, files."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

import barpath
from barpath import cli
from barpath.config import AnalysisConfig, Seed, options
from barpath.errors import OutputError, UnmeasurableError, UnreadableError
from barpath.results import write_tables

COMMANDS = {
    "analyse",
    "calibrate",
    "compare",
    "demo",
    "doctor",
    "export",
    "log",
    "plot",
    "simulate",
    "trend",
}
TABLES = {"analysis.json", "path.csv", "reps.csv"}
FILES = TABLES | {"path.png", "velocity.png", "report.html", "overlay.mp4"}


@pytest.fixture
def measured(monkeypatch, analysis):
    """Replace the measuring; what a clip's name says is what happens to it."""
    calls: list[tuple[Path, AnalysisConfig]] = []

    def analyse(clip, *, config, progress):
        calls.append((clip, config))
        if "unreadable" in clip.name:
            raise UnreadableError(f"{clip}: not a video", hint="give a video")
        if "unmeasurable" in clip.name:
            raise UnmeasurableError("no plate", hint="film from the side")
        if "faulty" in clip.name:
            raise ZeroDivisionError("division by zero")
        if "interrupted" in clip.name:
            raise KeyboardInterrupt
        if "libgl" in clip.name:
            raise ImportError("libGL.so.1: cannot open shared object file: No such file")
        progress(1.0)
        return dataclasses.replace(analysis, set=dataclasses.replace(analysis.set, name=clip.stem))

    def write_overlay(analysis, *, to, **_):
        to.write_bytes(b"drawn")

    monkeypatch.setattr("barpath.analysis.analyse", analyse)
    # There is no clip to draw on: tests/report draws on real ones.
    monkeypatch.setattr("barpath.report.folder.write_overlay", write_overlay)
    return calls


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object):
        code = cli.main([str(a) for a in arguments])
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return run


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_help_lists_every_command_and_no_other(run):
    code, out, _ = run("--help")
    listed = {line.split()[0] for line in out.split("Commands:")[1].splitlines() if line.strip()}
    assert (code, listed) == (0, COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_a_help(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert out.startswith(f"Usage: barpath {command}")


def test_version(run):
    assert run("--version") == (0, f"barpath {barpath.__version__}\n", "")


def test_every_option_of_the_config_is_on_the_command_line(run):
    _, out, _ = run("analyse", "--help")
    for option in options().values():
        assert option.flag in out


def test_options_reach_the_config(run, measured):
    code, _, _ = run(
        *("analyse", "set.mp4", "--no-report", "--plate-diameter", "43.2", "--lift", "sumo"),
        *("--facing", "left"),
        *("--midfoot", "512", "--plate", "1,2,30", "--capture-fps", "240", "--load-kg", "180"),
        *("--athlete", "A", "--date", "2026-03-01", "--set-name", "top set"),
    )
    assert code == 0
    assert measured == [
        (
            Path("set.mp4"),
            AnalysisConfig(
                plate_diameter_cm=43.2,
                lift="sumo",
                facing="left",
                midfoot=512.0,
                plate=Seed(1.0, 2.0, 30.0),
                capture_fps=240.0,
                load_kg=180.0,
                athlete="A",
                date="2026-03-01",
                set_name="top set",
            ),
        )
    ]


def test_the_defaults_of_the_command_line_are_those_of_the_config(run, measured):
    run("analyse", "set.mp4", "--no-report")
    assert measured[0][1] == AnalysisConfig()


def test_one_clip_writes_a_folder_beside_it(run, measured, tmp_path):
    code, out, err = run("analyse", "in/set.one.mp4")
    assert code == 0
    assert files(tmp_path) == {f"in/set.one.barpath/{name}" for name in FILES}
    assert "wrote in/set.one.barpath" in err
    # The table: a header and a line for each rep, with its mean velocity.
    assert out.splitlines()[0] == "set.one"
    assert [line.split()[0] for line in out.splitlines()[1:4]] == ["rep", "1", "2"]
    assert "0.40 ±0.01" in out


def test_warnings_go_to_stderr_with_their_hints(run, measured):
    _, out, err = run("analyse", "set.mp4", "--no-report")
    assert "warning: midfoot is assumed [midfoot_uncertain]\nhint: give --midfoot\n" in err
    assert "warning" not in out


@pytest.mark.parametrize(
    ("options", "left_out"),
    [
        (["--no-report"], {"report.html", "path.png", "velocity.png"}),
        (["--no-overlay"], {"overlay.mp4"}),
        (["--no-report", "--no-overlay"], FILES - TABLES),
    ],
)
def test_what_is_not_wanted_is_left_out(run, measured, tmp_path, options, left_out):
    code, _, _ = run("analyse", "set.mp4", "-o", "out", *options)
    assert code == 0
    assert files(tmp_path / "out") == FILES - left_out


def test_without_an_overlay_the_page_shows_the_clip_itself(run, measured, tmp_path):
    run("analyse", "in/my set.mp4", "-o", "out/here", "--no-overlay")
    page = (tmp_path / "out" / "here" / "report.html").read_text(encoding="utf-8")
    assert 'src="../../in/my%20set.mp4"' in page


def test_a_video_has_to_have_a_report_to_be_put_into(run, measured):
    code, _, err = run("analyse", "set.mp4", "--embed-video", "--no-report")
    assert code == 2
    assert "hint: leave out --no-report" in err
    assert measured == []


@pytest.mark.parametrize("option", [("--slow", "0"), ("--slow", "2"), ("--overlay-height", "10")])
def test_an_overlay_that_can_not_be_made_is_refused(run, measured, option):
    code, _, err = run("analyse", "set.mp4", *option)
    assert code == 2
    assert f"{option[0]} can't be {option[1]}" in err
    assert measured == []


def test_plot_draws_what_was_analysed(run, measured, tmp_path):
    run("analyse", "set.mp4", "--no-report")
    code, _, err = run("plot", "set.barpath", "--kind", "phase", "-o", "phase.svg")
    assert (code, err) == (0, "wrote phase.svg\n")
    assert "height above lift-off (cm)" in (tmp_path / "phase.svg").read_text(encoding="utf-8")


def test_several_clips_get_a_folder_each(run, measured, tmp_path):
    code, _, _ = run("analyse", "a.mp4", "b.mov", "-o", "out", "--no-report")
    assert code == 0
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"a", "b"}


def test_two_clips_of_one_name_are_refused_before_any_work(run, measured):
    code, _, err = run("analyse", "x/set.mp4", "y/set.mp4", "-o", "out")
    assert code == 2
    assert "two clips would both write out/set" in err
    assert measured == []


def test_json_prints_the_document_and_nothing_else(run, measured, tmp_path):
    code, out, _ = run("analyse", "set.mp4", "--json", "-o", "out", "--no-report")
    assert code == 0
    assert json.loads(out)["schema"] == "barpath.analysis/1"
    assert out == (tmp_path / "out" / "analysis.json").read_text()


def test_quiet_says_nothing(run, measured):
    assert run("analyse", "set.mp4", "-q", "--no-report") == (0, "", "")


def test_verbose_says_more(run, measured):
    _, _, plain = run("analyse", "set.mp4", "--no-report")
    _, _, err = run("analyse", "set.mp4", "-v", "--no-report")
    assert "cm/px" in err
    assert "cm/px" not in plain


@pytest.mark.parametrize(
    ("clips", "code"),
    [
        (["ok.mp4"], 0),
        (["faulty.mp4"], 1),
        (["unreadable.mp4"], 3),
        (["unmeasurable.mp4"], 4),
        (["unmeasurable.mp4", "ok.mp4", "unreadable.mp4"], 4),
        (["unreadable.mp4", "faulty.mp4"], 3),
    ],
)
def test_each_clip_is_tried_and_the_highest_code_is_given(run, measured, clips, code):
    assert run("analyse", *clips, "--no-report")[0] == code
    assert [clip.name for clip, _ in measured] == clips


@pytest.mark.parametrize(
    ("clip", "message", "hint"),
    [
        ("unreadable.mp4", "unreadable.mp4: not a video", "give a video"),
        ("unmeasurable.mp4", "unmeasurable.mp4: no plate", "film from the side"),
        ("faulty.mp4", "unexpected ZeroDivisionError: division by zero", "report it"),
        ("libgl.mp4", "libGL.so.1: cannot open", "apt-get install libgl1"),
    ],
)
def test_an_error_is_one_line_and_one_hint(run, measured, tmp_path, clip, message, hint):
    _, out, err = run("analyse", clip)
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert second.startswith("hint: ")
    assert hint in second
    assert out == ""
    assert files(tmp_path) == set()


def test_an_error_names_its_clip_once(run, measured):
    _, _, err = run("analyse", "unreadable.mp4", "unmeasurable.mp4")
    assert [line.count(".mp4") for line in err.splitlines()] == [1, 0, 1, 0]


def test_debug_shows_the_traceback(run, measured):
    _, _, err = run("analyse", "faulty.mp4", "--debug")
    assert "Traceback" in err
    assert err.splitlines()[-2:][0].startswith("error: ")


def test_an_interrupt_ends_everything(run, measured, tmp_path):
    code, out, err = run("analyse", "interrupted.mp4", "ok.mp4")
    assert (code, out) == (130, "")
    assert "error: interrupted" in err
    assert [clip.name for clip, _ in measured] == ["interrupted.mp4"]
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("analyse",), "CLIP..."),
        (("analyse", "set.mp4", "--plate-diameter", "wide"), "'wide'"),
        (("analyse", "set.mp4", "--plate-diameter", "450"), "--plate-diameter can't be 450"),
        (("analyse", "set.mp4", "--facing", "up"), "--facing"),
        (("analyse", "set.mp4", "--plate", "1,2"), "X,Y,R"),
        (("analyse", "set.mp4", "--date", "yesterday"), "'yesterday'"),
        (("analyse", "set.mp4", "--fast"), "--fast"),
        (("analyse", "a.mp4", "b.mp4", "--json"), "--json"),
        (("weigh", "a", "b"), "weigh"),
        (("export", "set"), "--csv"),
        (("simulate", "moonlift", "-o", "x.mp4"), "moonlift"),
        (("simulate", "-o", "x.mp4"), "no preset"),
        (("simulate", "demo"), "no file"),
    ],
)
def test_wrong_usage(run, measured, tmp_path, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert second.startswith("hint: ")
    assert measured == []
    assert files(tmp_path) == set()


def test_without_a_command_the_help_is_shown(run):
    code, out, err = run()
    assert code == 2
    assert "analyse" in out + err


def test_a_foreign_folder_is_refused_before_any_work(run, measured, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    code, _, err = run("analyse", "set.mp4", "-o", "mine")
    assert code == OutputError.exit_code == 1
    assert "did not write" in err
    assert measured == []
    assert files(tmp_path) == {"mine/thesis.txt"}


def test_export_to_stdout_is_the_path_of_the_set(run, analysis, tmp_path):
    write_tables(analysis, tmp_path)
    code, out, err = run("export", tmp_path, "--csv", "-")
    assert (code, err) == (0, "")
    assert out == (tmp_path / "path.csv").read_text()


def test_export_of_the_reps_to_a_file(run, analysis, tmp_path):
    write_tables(analysis, tmp_path)
    code, out, err = run("export", tmp_path / "analysis.json", "--reps", "--csv", "r.csv")
    assert (code, out, err) == (0, "", "wrote r.csv\n")
    assert (tmp_path / "r.csv").read_text() == (tmp_path / "reps.csv").read_text()


def test_export_of_what_is_not_a_set(run, tmp_path):
    code, out, err = run("export", tmp_path / "none", "--csv", "-")
    assert (code, out) == (3, "")
    assert "hint: " in err


def test_an_exported_csv_opens_as_numbers(run, analysis, tmp_path):
    write_tables(analysis, tmp_path)
    _, out, _ = run("export", tmp_path, "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert max(float(row["y_cm"]) for row in rows if row["y_cm"]) == pytest.approx(60.0, abs=1e-3)


def test_simulate_lists_presets(run):
    code, out, _ = run("simulate", "--list")
    assert code == 0
    assert "demo" in out.splitlines()


def test_a_namesake_does_not_take_the_place_of_another_clips_results(run, measured, tmp_path):
    """``set.mov`` after ``set.mp4`` would write the same folder; with -o the user has chosen."""
    assert run("analyse", "set.mp4", "-q")[0] == 0
    before = (tmp_path / "set.barpath" / "analysis.json").read_text()
    assert run("analyse", "set.mp4", "-q")[0] == 0  # its own is replaced
    code, out, err = run("analyse", "set.mov")
    assert (code, out) == (1, "")
    assert err.startswith("error: set.mov: set.barpath holds the results of set.mp4\nhint: ")
    assert (tmp_path / "set.barpath" / "analysis.json").read_text() == before
    assert run("analyse", "set.mov", "-q", "-o", "set.barpath")[0] == 0


def test_doctor_passes_here_and_prints_versions(run):
    code, out, _ = run("doctor")
    assert code == 0
    for name in ("barpath", "python", "opencv-contrib-python", "numpy", "scipy", "av", "codecs"):
        assert f"ok       {name}" in out


def test_a_quiet_doctor_says_nothing_of_what_is_well(run):
    assert run("doctor", "-q") == (0, "", "")


def test_doctor_names_the_missing_debian_package(run, monkeypatch):
    import barpath.doctor as doctor

    def import_module(name):
        if name == "cv2":
            raise ImportError("libGL.so.1: cannot open shared object file")
        return sys

    monkeypatch.setattr(doctor, "import_module", import_module)
    code, out, err = run("doctor")
    assert code == 1
    assert "MISSING  opencv-contrib-python" in out
    assert "apt-get install libgl1\n" in err


def test_help_loads_nothing_heavy():
    script = (
        "import sys\n"
        "from barpath import cli\n"
        "assert cli.main(['analyse', '--help']) == 0\n"
        "heavy = {'cv2', 'scipy', 'numpy', 'matplotlib', 'av'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
