"""``barpath export`` in every format."""

from __future__ import annotations

import json

import pytest

from barpath import cli
from barpath.interchange import read_trajectory
from barpath.results import write_tables


@pytest.fixture
def run(capsys, monkeypatch, tmp_path, analysis):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set.barpath").mkdir()
    write_tables(analysis, tmp_path / "set.barpath")

    def run(*arguments: str):
        code = cli.main(["export", "set.barpath", *arguments])
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return run


def left(folder):
    return {path.name for path in folder.iterdir()} - {"set.barpath"}


def test_csv_comes_with_its_units(run, tmp_path):
    code, out, err = run("--format", "csv", "-o", "set.csv")
    assert (code, out) == (0, "")
    assert err == "wrote set.csv\nwrote set.csv-metadata.json\n"
    assert (tmp_path / "set.csv").read_text() == (tmp_path / "set.barpath/path.csv").read_text()
    assert json.loads((tmp_path / "set.csv-metadata.json").read_text())["url"] == "set.csv"


def test_plain_csv_comes_alone(run, tmp_path):
    assert run("--csv", "set.csv")[0] == 0
    assert left(tmp_path) == {"set.csv"}


@pytest.mark.parametrize("name", ["set.csv", "set.xml"])
def test_kinovea_by_the_name_of_the_file(run, tmp_path, analysis, name):
    assert run("--format", "kinovea", "-o", name)[0] == 0
    trajectory = read_trajectory(tmp_path / name)
    assert trajectory.source == "Kinovea"
    # The fixture's bar rises 60 cm.
    assert trajectory.y_cm.max() - trajectory.y_cm.min() == pytest.approx(60.0, abs=0.002)
    assert (tmp_path / name).read_text().startswith("<?xml") == name.endswith("xml")


def test_trc_and_json_go_to_standard_output(run):
    code, out, err = run("--format", "trc", "-o", "-")
    assert (code, err) == (0, "")
    assert out.startswith("PathFileType\t4\t(X/Y/Z)\t")
    code, out, err = run("--format", "json", "-o", "-", "--reps")
    assert (code, err) == (0, "")
    assert json.loads(out)["data"]["rom_cm"] == [60.0, 60.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "either --csv or --format"),
        (("--csv", "a.csv", "--format", "csv"), "either --csv or --format"),
        (("--format", "csv"), "no file"),
        (("--csv", "a.csv", "-o", "b.csv"), "names the file already"),
        (("--format", "trc", "-o", "a.trc", "--reps"), "trc has no repetitions"),
        (("--format", "c3d", "-o", "a.c3d"), "c3d"),
    ],
)
def test_options_that_do_not_go_together(run, tmp_path, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err.splitlines()[0]
    assert err.splitlines()[1].startswith("hint: ")
    assert left(tmp_path) == set()


def test_a_place_that_can_not_be_written(run, tmp_path):
    code, _, err = run("--format", "trc", "-o", "absent/set.trc")
    assert code == 1
    assert err.startswith("error: absent/set.trc: there is no folder absent")
    assert left(tmp_path) == set()


@pytest.mark.parametrize("kind", ["kinovea", "trc"])
def test_a_set_without_a_path(run, tmp_path, analysis, kind):
    table = tmp_path / "set.barpath" / "path.csv"
    header, *rows = table.read_text().splitlines()
    at = [header.split(",").index(name) for name in ("x_cm", "y_cm")]
    blank = [",".join("" if i in at else c for i, c in enumerate(r.split(","))) for r in rows]
    table.write_text("\n".join([header, *blank]) + "\n")
    code, _, err = run("--format", kind, "-o", "set.out")
    assert code == 4
    assert "no path to hand over" in err
    assert left(tmp_path) == set()
