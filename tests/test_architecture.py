"""Imports go the way that docs/architecture.md says, and its table names every room."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "barpath"
TABLE = Path(__file__).parents[1] / "docs" / "architecture.md"


def rooms_in_order(text: str) -> list[str]:
    """The names in the first column of the table, from top to bottom and left to right."""
    first = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return re.findall(r"`(\w+)/?`", " ".join(first))


def room_of(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def imported(source: str) -> Iterator[str]:
    """The rooms that a module imports from, at its head or within its functions."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.module == "barpath":
            yield from (alias.name for alias in node.names if not alias.name.startswith("__"))
        elif node.module and node.module.startswith("barpath."):
            yield node.module.split(".")[1]


HOUSE, _, REST = TABLE.read_text(encoding="utf-8").partition("Within `tracking/`")
ROOMS = rooms_in_order(HOUSE)
TRACKING = rooms_in_order(REST)
SOURCES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in PACKAGE.rglob("*.py")
    if path != PACKAGE / "__init__.py"
}


def test_the_table_names_every_room_once():
    assert sorted(ROOMS) == sorted({room_of(Path(name).parts) for name in SOURCES})


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_module_imports_only_from_the_rooms_above_it(name):
    own = room_of(Path(name).parts)
    above = set(ROOMS[: ROOMS.index(own) + 1])
    assert set(imported(SOURCES[name])) <= above


def test_the_second_table_names_every_module_of_tracking_once():
    modules = {path.stem for path in (PACKAGE / "tracking").glob("*.py")} - {"__init__"}
    assert sorted(TRACKING) == sorted(modules)


@pytest.mark.parametrize("name", TRACKING)
def test_a_module_of_tracking_imports_only_from_those_above_it(name):
    source = SOURCES[f"tracking/{name}.py"]
    used = set(re.findall(r"from barpath\.tracking\.(\w+) import", source))
    assert used <= set(TRACKING[: TRACKING.index(name) + 1])
    assert "from barpath.tracking import" not in source


def test_an_import_from_below_would_be_seen():
    assert list(imported("from barpath.cli import run")) == ["cli"]
    assert list(imported("def late():\n    from barpath import cli")) == ["cli"]
    assert list(imported("from barpath import __version__\nfrom numpy import pi")) == []
    assert rooms_in_order("| `a/` | x `no` |\n| room |\n| `b`, `c_d` | y |") == ["a", "b", "c_d"]
