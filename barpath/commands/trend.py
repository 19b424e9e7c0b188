"""``barpath trend``: the history over the weeks."""

from __future__ import annotations

from pathlib import Path

import click

from barpath.commands.log import choose, chosen, db_option
from barpath.config import AnalysisConfig
from barpath.errors import ExitCode
from barpath.terminal import Terminal, field_option, talk_options


@click.command()
@chosen
@field_option("load_kg", "Load at which to follow velocity; default: the one lifted most often.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw it too: .svg or .png.",
)
@db_option
@talk_options
@click.pass_obj
def trend(
    terminal: Terminal,
    /,
    *,
    athlete: str | None,
    lift: str | None,
    load_kg: float | None,
    output: Path | None,
    db: Path | None,
) -> int:
    """Show how the sets in the history went over the weeks.

    Velocity at one load, the estimated maximum with its ±, drift and findings, a line a day.
    """
    from barpath.history import open_history
    from barpath.history.trend import find_trend
    from barpath.history.trend_text import trend_text

    AnalysisConfig(load_kg=load_kg)
    with open_history(db) as history:
        entries = choose(history, athlete=athlete, lift=lift)
    found = find_trend(entries, load_kg=load_kg)
    if output is not None:
        # matplotlib takes longer to load than the rest takes to run.
        from barpath.history.plots import save_trend

        save_trend(found, to=output)
    click.echo(trend_text(found))
    if output is not None:
        terminal.say(f"wrote {output}")
    return ExitCode.DONE
