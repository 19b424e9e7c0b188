"""``barpath log``: the history of analysed sets."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from barpath.config import AnalysisConfig
from barpath.errors import ExitCode, UnreadableError
from barpath.staging import new_file
from barpath.terminal import Function, Terminal, attempt, field_option, talk_options

if TYPE_CHECKING:
    from barpath.history import Entry, History

db_option: Callable[[Function], Function] = click.option(
    "--db",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The history's file; default: the user's own, which 'barpath log list -v' names.",
)


def chosen(function: Function) -> Function:
    """Add the options that choose sets."""
    function = field_option("lift", "Only sets of this lift.")(function)
    return field_option("athlete", "Only sets of this lifter.")(function)


def choose(history: History, *, athlete: str | None, lift: str | None) -> tuple[Entry, ...]:
    """Give the sets that are meant.

    Raises
    ------
    UnreadableError
        There are none.
    """
    from barpath.history import Choice

    choice = Choice(athlete=athlete, lift=lift)
    entries = history.entries(choice)
    if not entries:
        hint = "'barpath log list' without --athlete and --lift shows all"
        if athlete is None and lift is None:
            hint = "add one with 'barpath log add SET'"
        raise UnreadableError(f"{history.place}: no {choice} in the history", hint=hint)
    return entries


@click.group()
def log() -> None:
    """Keep analysed sets, and look back at them.

    Sets have numbers; 'barpath compare log:3 log:7' lays two of them side by side.
    """


@log.command()
@click.argument(
    "sources", nargs=-1, required=True, metavar="SET...", type=click.Path(path_type=Path)
)
@field_option("athlete", "Who lifted, where the analysis wasn't told.")
@field_option("lift", "What was lifted.")
@field_option("date", "When it was lifted.")
@field_option("load_kg", "Load on the bar.")
@field_option("set_name", "What to call the set.")
@click.option(
    "--replace", is_flag=True, help="Let a set take the place of what its clip gave before."
)
@db_option
@talk_options
@click.pass_obj
def add(
    terminal: Terminal,
    /,
    *,
    sources: tuple[Path, ...],
    replace: bool,
    db: Path | None,
    **said: Any,
) -> int:
    """Put each SET into the history.

    SET is a folder that 'barpath analyse' wrote. Its analysis is kept whole; the folder may go. A
    clip that is in the history already isn't added again.
    """
    known = {name: value for name, value in said.items() if value is not None}
    AnalysisConfig(**known)
    known = {"name" if name == "set_name" else name: value for name, value in known.items()}
    return max(
        attempt(
            terminal,
            partial(_add_one, terminal, source, db=db, known=known, replace=replace),
            subject=str(source),
        )
        for source in sources
    )


def _add_one(
    terminal: Terminal, source: Path, *, db: Path | None, known: dict[str, Any], replace: bool
) -> int:
    """Put one set into the history; what can't be read doesn't begin one."""
    from barpath.history import open_history
    from barpath.results import read_analysis

    analysis = read_analysis(source)
    analysis = dataclasses.replace(analysis, set=dataclasses.replace(analysis.set, **known))
    with open_history(db, create=True) as history:
        added = history.add(analysis, replace=replace)
    if added.outcome == "known":
        terminal.say(f"{source}: in the history already, as number {added.number}")
        terminal.say("hint: --replace puts this analysis in its place")
        return ExitCode.DONE
    terminal.say(f"{source}: {added.outcome} as number {added.number}")
    missing = [] if analysis.set.date else ["--date"]
    if math.isnan(analysis.set.load_kg):
        missing.append("--load-kg")
    if missing:
        terminal.say(
            f"hint: 'barpath trend' needs to know more; add it again with {' and '.join(missing)} "
            "and --replace"
        )
    return ExitCode.DONE


@log.command("list")
@chosen
@db_option
@talk_options
@click.pass_obj
def list_command(
    terminal: Terminal, /, *, athlete: str | None, lift: str | None, db: Path | None
) -> int:
    """List the sets by date."""
    from barpath.history import open_history
    from barpath.history.listing import table

    with open_history(db) as history:
        terminal.detail(f"history: {history.place}")
        click.echo(table(choose(history, athlete=athlete, lift=lift)))
    return ExitCode.DONE


@log.command()
@click.argument("number", type=click.IntRange(min=1))
@db_option
@talk_options
@click.pass_obj
def show(terminal: Terminal, /, *, number: int, db: Path | None) -> int:
    """Show the set of this NUMBER, its repetitions and findings."""
    from barpath.history import open_history
    from barpath.history.listing import table
    from barpath.report.tables import rep_table

    with open_history(db) as history:
        entry = history.entry(number)
        analysis = history.analysis(number)
    click.echo(table([entry]))
    click.echo()
    click.echo(rep_table(analysis))
    return ExitCode.DONE


@log.command()
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER...", type=click.IntRange(min=1))
@db_option
@talk_options
@click.pass_obj
def rm(terminal: Terminal, /, *, numbers: tuple[int, ...], db: Path | None) -> int:
    """Take the sets of these numbers out of the history."""
    from barpath.history import open_history

    def remove(history: History, number: int) -> int:
        entry = history.remove(number)
        terminal.say(f"removed {number}: {entry.name}")
        return ExitCode.DONE

    with open_history(db) as history:
        return max(attempt(terminal, partial(remove, history, number)) for number in numbers)


@log.command()
@click.option(
    "-o", "--output", metavar="FILE", required=True, help="CSV to write; - for standard output."
)
@click.option("--reps", is_flag=True, help="One row a repetition instead of one row a set.")
@chosen
@db_option
@talk_options
@click.pass_obj
def export(
    terminal: Terminal,
    /,
    *,
    output: str,
    reps: bool,
    athlete: str | None,
    lift: str | None,
    db: Path | None,
) -> int:
    """Write the history as CSV, for R, pandas or a spreadsheet."""
    from barpath.history import open_history
    from barpath.history.listing import write_reps_csv, write_sets_csv

    with open_history(db) as history:
        entries = choose(history, athlete=athlete, lift=lift)
        write = (
            partial(write_reps_csv, history, entries) if reps else partial(write_sets_csv, entries)
        )
        if output == "-":
            write(sys.stdout)
            return ExitCode.DONE
        with new_file(Path(output)) as file:
            write(file)
    terminal.say(f"wrote {output}")
    return ExitCode.DONE
