"""``barpath compare``: sets side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from barpath.config import AnalysisConfig
from barpath.errors import ExitCode
from barpath.staging import COMPARISON, check_target, new_folder
from barpath.terminal import Terminal, config_options, talk_options

PROCESSES = 2
"""Clips analysed at the same time: each takes one core and some hundred megabytes."""


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SET SET...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=Path("comparison"),
    show_default=True,
    help="Folder for comparison.html, .json and .csv.",
)
@click.option("--force", is_flag=True, help="Compare different lifts all the same.")
@click.option(
    "--db",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The history that log:NUMBER is looked up in. Default: the usual one.",
)
@config_options(AnalysisConfig)
@talk_options
@click.pass_obj
def compare(
    terminal: Terminal,
    /,
    *,
    sources: tuple[str, ...],
    output: Path,
    force: bool,
    db: Path | None,
    **values: Any,
) -> int:
    """Hold each further SET against the first.

    SET is a folder that 'barpath analyse' wrote, the analysis.json in it, a clip (analysed first,
    with the options below), log:NUMBER of the history, or a path that Kinovea or Tracker wrote.

    Says what differs, by how much, and whether that is more than can be measured and than the
    repetitions vary; and where along the lift. Writes comparison.html (paths and velocities over
    one another, both videos in step), comparison.json and comparison.csv, whole or not at all.

    Exit codes: 0 done, 1 a result that can't be written, 2 wrong usage or different lifts, 3 a set
    that can't be read, 4 a clip that can't be measured, 130 interrupted.
    """
    from barpath.comparison import compare_members, read_members
    from barpath.comparison.files import write_files
    from barpath.comparison.loads import loads_in_words
    from barpath.comparison.words import headline, member_line, spoken

    check_target(output, kind=COMPARISON)
    members = read_members(
        sources,
        config=AnalysisConfig(**values),
        db=db,
        processes=PROCESSES,
        say=terminal.say,
    )
    comparison = compare_members(members, force=force)
    with new_folder(output, kind=COMPARISON) as folder:
        write_files(comparison, folder, target=output)
    if not terminal.quiet:
        for member in comparison.members:
            click.echo(member_line(member))
        for pair in comparison.pairs:
            click.echo(f"\n{headline(pair)}")
            for line in spoken(comparison, pair):
                click.echo(f"  {line}")
        if comparison.loads is not None:
            click.echo()
            for line in loads_in_words(comparison.loads):
                click.echo(line)
    terminal.say(f"wrote {output}")
    for warning in comparison.warnings:
        terminal.say(f"warning: {warning.message} [{warning.code}]")
        terminal.say(f"hint: {warning.hint}")
    return ExitCode.DONE
