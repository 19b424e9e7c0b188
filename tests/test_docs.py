"""The documents name what the program has: its warning codes, and no options but its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from barpath.cli import cli

ROOT = Path(__file__).parents[1]
WARNINGS = (ROOT / "docs" / "warnings.md").read_text(encoding="utf-8")
GUIDES = (
    *sorted((ROOT / "docs").glob("*.md")),
    *(ROOT / n for n in ("README.md", "CONTRIBUTING.md")),
)

#: Options of the benchmarks.
OTHERS = {"--trials"}


def codes_of(source: str) -> Iterator[str]:
    """The codes of the warnings that a module makes."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name("Caveat" | "NotAssessed"), args=[ast.Constant(code), *_]):
                yield code


def test_every_code_is_documented_and_no_other():
    made = {
        code
        for path in (ROOT / "barpath").rglob("*.py")
        for code in codes_of(path.read_text(encoding="utf-8"))
    }
    rows = [line for line in WARNINGS.splitlines() if line.startswith("| `")]
    named = {code for row in rows for code in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert "plate_size_assumed" in made
    assert named == made


def options_of(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from options_of(each)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_a_guide_names_only_options_that_exist(guide):
    said = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", guide.read_text(encoding="utf-8")))
    assert said <= set(options_of(cli)) | {"--help"} | OTHERS


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_a_guide_links_only_to_what_exists(guide):
    for link in re.findall(r"\]\(([^)#:\s]+)\)", guide.read_text(encoding="utf-8")):
        assert (guide.parent / link).exists(), link
