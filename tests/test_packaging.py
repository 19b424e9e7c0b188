"""What a built wheel holds, and that it works away from the checkout."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import barpath
from barpath.cli import cli
from barpath.plate_sizes import plate_sizes

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Build the wheel and unpack it, as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_wheel_holds_what_the_program_needs(installed):
    for name in ("py.typed", "schema/analysis.schema.json", "calibration_data/plates.csv"):
        assert (installed / "barpath" / name).is_file(), name
    outside = {path.name for path in installed.iterdir()} - {"barpath"}
    assert all(name.endswith(".dist-info") for name in outside), outside


def test_wheel_has_the_table_of_the_checkout(installed):
    shipped = (installed / "barpath" / "calibration_data" / "plates.csv").read_bytes()
    assert shipped == (ROOT / "calibration" / "plates.csv").read_bytes()


def test_wheel_states_the_version_and_the_licence(installed):
    (info,) = installed.glob("*.dist-info")
    metadata = (info / "METADATA").read_text()
    assert f"\nVersion: {barpath.__version__}\n" in metadata
    assert "\nLicense-Expression: MIT\n" in metadata
    assert "barpath = barpath.cli:run" in (info / "entry_points.txt").read_text()


def test_plate_sizes_are_found_away_from_the_checkout(installed, tmp_path):
    script = (
        f"import sys; sys.path.insert(0, {str(installed)!r})\n"
        "import barpath, barpath.plate_sizes as table\n"
        f"assert barpath.__file__.startswith({str(installed)!r})\n"
        "print(len(table.plate_sizes()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert int(done.stdout) == len(plate_sizes())


def test_plate_sizes_are_plausible_and_sourced():
    with (ROOT / "calibration" / "plates.csv").open(newline="") as lines:
        assert len(list(csv.DictReader(lines))) == len(plate_sizes())
    for size in plate_sizes():
        assert 20 < size.min_cm <= size.diameter_cm <= size.max_cm < 50
        assert size.source
    assert plate_sizes()[0].diameter_cm == 45.0  # IWF: 450 mm


def test_public_names_load_when_asked_for():
    for name in barpath.__all__:
        assert getattr(barpath, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = barpath.nonsense


def test_launcher_of_the_checkout_is_the_program(tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), "--version"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, f"barpath {barpath.__version__}\n")


def test_every_make_target_of_the_contributing_guide_exists():
    makefile = (ROOT / "Makefile").read_text()
    named = re.findall(r"\bmake ([a-z-]+)", (ROOT / "CONTRIBUTING.md").read_text())
    assert named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_readme_names_only_what_exists():
    readme = (ROOT / "README.md").read_text()
    for link in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (ROOT / link).exists(), link
    commands = set(re.findall(r"barpath ([a-z]+)\b", "".join(re.findall(r"`[^`]+`", readme))))
    assert commands
    assert commands <= set(cli.commands)
    flags = {name for command in cli.commands.values() for p in command.params for name in p.opts}
    assert set(re.findall(r"--[a-z][a-z-]+", readme)) <= flags | {"--help"}


def test_linters_are_pinned_so_that_a_clone_agrees_with_ci():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = [need for need in project["optional-dependencies"]["dev"] if "==" in need]
    assert {need.split("==")[0] for need in pinned} == {"ruff", "mypy"}
