from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from barpath.errors import OutputError
from barpath.staging import ANALYSIS, COMPARISON, check_target, new_file, new_folder

OURS = '{"schema": "barpath.analysis/1"}'


def write_one(target: Path, text: str = OURS) -> None:
    with new_folder(target, kind=ANALYSIS) as folder:
        (folder / "analysis.json").write_text(text)


def names(folder: Path) -> set[str]:
    return {str(place.relative_to(folder)) for place in folder.rglob("*")}


def test_a_folder_appears_with_its_parents(tmp_path):
    write_one(tmp_path / "a" / "b" / "set.barpath")
    assert names(tmp_path) == {"a", "a/b", "a/b/set.barpath", "a/b/set.barpath/analysis.json"}


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_remains_when_the_block_fails(tmp_path, error):
    def fail():
        with new_folder(tmp_path / "a" / "set", kind=ANALYSIS) as folder:
            (folder / "analysis.json").write_text(OURS)
            raise error

    with pytest.raises(error):
        fail()
    assert names(tmp_path) == set()


def test_what_goes_wrong_in_the_folder_names_the_place_that_was_asked_for(tmp_path):
    target = tmp_path / "set"
    with pytest.raises(OutputError) as caught, new_folder(target, kind=ANALYSIS) as folder:
        raise OutputError(f"{folder / 'overlay.mp4'}: no room", hint="make room")
    assert caught.value.message == f"{target / 'overlay.mp4'}: no room"
    assert caught.value.hint == "make room"


def test_an_earlier_result_is_replaced_whole(tmp_path):
    target = tmp_path / "set"
    write_one(target)
    (target / "path.csv").write_text("old")
    write_one(target, '{"schema": "barpath.analysis/1", "new": true}')
    assert names(tmp_path) == {"set", "set/analysis.json"}
    assert "new" in (target / "analysis.json").read_text()


def test_an_earlier_result_stays_when_the_block_fails(tmp_path):
    target = tmp_path / "set"
    write_one(target)

    def fail():
        with new_folder(target, kind=ANALYSIS):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert names(tmp_path) == {"set", "set/analysis.json"}


def test_an_earlier_result_comes_back_when_the_swap_fails(tmp_path, monkeypatch):
    target = tmp_path / "set"
    write_one(target)
    rename = Path.rename

    def refuse_new(self, to):
        if self.name == "new":
            raise OSError(5, "Input/output error")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", refuse_new)
    with pytest.raises(OutputError, match="Input/output error"):
        write_one(target, "{}")
    assert names(tmp_path) == {"set", "set/analysis.json"}
    assert (target / "analysis.json").read_text() == OURS


def test_an_empty_folder_is_used(tmp_path):
    (tmp_path / "set").mkdir()
    write_one(tmp_path / "set")
    assert (tmp_path / "set" / "analysis.json").exists()


@pytest.mark.parametrize(
    "files",
    [
        {"holiday.jpg": "x"},
        {"analysis.json": OURS, "notes.txt": "mine"},
        {"analysis.json": '{"schema": "somebody.else/1"}'},
        {"analysis.json": "not json"},
        {"path.csv": "frame\n"},
    ],
)
def test_a_folder_with_the_users_own_files_is_left_alone(tmp_path, files):
    target = tmp_path / "set"
    target.mkdir()
    for name, text in files.items():
        (target / name).write_text(text)
    with pytest.raises(OutputError, match="did not write") as caught:
        write_one(target)
    assert caught.value.hint
    assert {name: (target / name).read_text() for name in files} == files
    assert names(tmp_path) == {"set", *(f"set/{name}" for name in files)}


@pytest.mark.parametrize(
    ("kind", "other", "schema"),
    [
        (COMPARISON, "analysis.json", OURS),
        (ANALYSIS, "comparison.json", '{"schema": "barpath.comparison/1"}'),
    ],
)
def test_one_kind_of_results_never_replaces_the_other(tmp_path, kind, other, schema):
    """``compare A B -o A`` must not take the analysis away that it compares."""
    (tmp_path / other).write_text(schema)
    with pytest.raises(OutputError, match="would be lost"):
        check_target(tmp_path, kind=kind)
    with pytest.raises(OutputError, match="would be lost"), new_folder(tmp_path, kind=kind):
        pass
    assert names(tmp_path) == {other}


def test_a_file_in_the_way_is_left_alone(tmp_path):
    (tmp_path / "set").write_text("mine")
    with pytest.raises(OutputError, match="not a folder"):
        check_target(tmp_path / "set", kind=ANALYSIS)
    with pytest.raises(OutputError, match="not a folder"):
        check_target(tmp_path / "set" / "below", kind=ANALYSIS)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused_before_any_work(tmp_path):
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(OutputError, match="can't be written"):
            check_target(tmp_path / "set", kind=ANALYSIS)
    finally:
        tmp_path.chmod(0o755)


def test_a_folder_of_the_kernel_is_refused(tmp_path):
    # Even root can't make a folder in /proc.
    if not Path("/proc/self").exists():
        pytest.skip("no /proc")
    with pytest.raises(OutputError, match="/proc/self/set"):
        write_one(Path("/proc/self/set"))


def test_new_file_appears_whole_with_the_usual_mode(tmp_path):
    target = tmp_path / "path.csv"
    with new_file(target) as file:
        file.write("a\n")
        assert not target.exists()
    assert target.read_text() == "a\n"
    plain = tmp_path / "plain"
    plain.write_text("")
    assert target.stat().st_mode == plain.stat().st_mode


def test_new_file_vanishes_when_the_block_fails(tmp_path):
    def fail():
        with new_file(tmp_path / "path.csv"):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert names(tmp_path) == set()


def test_new_file_refuses_a_folder_and_a_missing_one(tmp_path):
    with pytest.raises(OutputError, match="is a folder"), new_file(tmp_path):
        pass
    with pytest.raises(OutputError, match="no folder"), new_file(tmp_path / "a" / "b.csv"):
        pass


@pytest.fixture
def full_disk(tmp_path):
    """Give a folder on a disk of 64 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said_and_leaves_nothing(full_disk):
    with pytest.raises(OutputError, match="the disk is full"):
        write_one(full_disk / "set", OURS + " " * 100_000)
    assert names(full_disk) == set()
    with pytest.raises(OutputError, match="the disk is full"), new_file(full_disk / "f") as file:
        file.write("x" * 100_000)
    assert names(full_disk) == set()
