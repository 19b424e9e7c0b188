"""``barpath export``: hand a set over to a spreadsheet or another program."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from barpath.errors import ExitCode, UnmeasurableError, UsageError
from barpath.staging import new_file
from barpath.terminal import Terminal, talk_options

if TYPE_CHECKING:
    from barpath.analysis import SetAnalysis

FORMATS = ("csv", "json", "kinovea", "trc")


@click.command()
@click.argument("source", metavar="SET", type=click.Path(path_type=Path))
@click.option("--csv", "plain", metavar="FILE", help="Write CSV alone; - for standard output.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(FORMATS),
    help="csv: with units in FILE-metadata.json; json: the same in one document; kinovea: its CSV, "
    "or XML where FILE ends in .xml; trc: OpenSim.",
)
@click.option(
    "-o", "--output", metavar="FILE", help="Where --format writes; - for standard output."
)
@click.option("--reps", is_flag=True, help="One row a repetition instead of one row a frame.")
@talk_options
@click.pass_obj
def export(
    terminal: Terminal,
    /,
    *,
    source: Path,
    plain: str | None,
    kind: str | None,
    output: str | None,
    reps: bool,
) -> int:
    """Write a SET's path and velocity over time for other programs.

    SET is a folder that 'barpath analyse' wrote, or the analysis.json in it. The columns of CSV and
    JSON are those of path.csv, or with --reps those of reps.csv.
    """
    from barpath.results import read_analysis

    place = _check(plain=plain, kind=kind, output=output, reps=reps)
    result = read_analysis(source)
    write = partial(_writer(kind, place=place, reps=reps), result)
    if place == "-":
        write(sys.stdout)
        return ExitCode.DONE
    with new_file(Path(place)) as file:
        write(file)
    terminal.say(f"wrote {place}")
    if kind == "csv":
        _write_sidecar(result, Path(place), terminal, reps=reps)
    return ExitCode.DONE


def _check(*, plain: str | None, kind: str | None, output: str | None, reps: bool) -> str:
    """Give the place to write to; refuse options that don't go together."""
    if (plain is None) == (kind is None):
        raise UsageError(
            "export needs either --csv or --format",
            hint="--csv FILE, or --format csv|json|kinovea|trc -o FILE",
        )
    if kind is not None and output is None:
        raise UsageError("no file was named", hint=f"give -o FILE, such as -o set.{kind}")
    if plain is not None and output is not None:
        raise UsageError("--csv names the file already", hint="leave out -o, or use --format csv")
    if reps and kind in ("kinovea", "trc"):
        raise UsageError(f"{kind} has no repetitions", hint="leave out --reps, or use csv or json")
    return str(plain if plain is not None else output)


def _writer(kind: str | None, *, place: str, reps: bool) -> Callable[[SetAnalysis, TextIO], None]:
    """Choose what writes a format."""
    from barpath.interchange import kinovea, tidy, trc

    if kind in (None, "csv"):
        return partial(tidy.write_tidy_csv, reps=reps)
    if kind == "json":
        return partial(tidy.write_tidy_json, reps=reps)
    write = trc.write_trc
    if kind == "kinovea":
        sheet = Path(place).suffix.lower() == ".xml"
        write = kinovea.write_kinovea_xml if sheet else kinovea.write_kinovea_csv

    def write_path(analysis: SetAnalysis, to: TextIO) -> None:
        from barpath.interchange import trajectory_of

        try:
            trajectory = trajectory_of(analysis)
        except ValueError as error:
            raise UnmeasurableError(
                f"{analysis.set.name}: no path to hand over ({error})",
                hint="look at the set's report",
            ) from error
        write(trajectory, to)

    return write_path


def _write_sidecar(result: SetAnalysis, table: Path, terminal: Terminal, *, reps: bool) -> None:
    from barpath.interchange.tidy import SIDECAR_SUFFIX, write_sidecar

    place = table.with_name(table.name + SIDECAR_SUFFIX)
    with new_file(place) as file:
        write_sidecar(result, file, table=table.name, reps=reps)
    terminal.say(f"wrote {place}")
