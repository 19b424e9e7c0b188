"""``barpath calibrate``: a board to print, and a lens from a clip of it."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from barpath.errors import ExitCode, UsageError
from barpath.names import legible
from barpath.staging import new_file, new_place
from barpath.terminal import Terminal, progress, talk_options

_PAPERS = ("a4", "letter", "a3")
_BOARD_SQUARE_MM = click.FloatRange(1, 1000)


@click.group()
def calibrate() -> None:
    """Measure how your camera's lens bends pictures.

    It is done once: print a board, film it, and give the profile to 'barpath analyse --camera',
    which takes the bend out of every clip.
    """


@calibrate.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    default=Path("board.pdf"),
    show_default=True,
    help="The PDF; its name ends in .pdf.",
)
@click.option(
    "--paper", type=click.Choice(_PAPERS), default="a4", show_default=True, help="Its size."
)
@click.option(
    "--square",
    "square_mm",
    type=_BOARD_SQUARE_MM,
    metavar="MM",
    help="Side of a square; default: the largest that fits.",
)
@talk_options
@click.pass_obj
def board(terminal: Terminal, /, *, output: Path, paper: str, square_mm: float | None) -> int:
    """Write the board to print.

    It has its exact size, and rulers to check the print by.
    """
    from barpath.camera.board import write_board

    if output.suffix.lower() != ".pdf":
        raise UsageError(
            f"{output}: a board can't be written as {output.suffix or 'a file without a suffix'}",
            hint="it is a PDF: name the file with .pdf",
        )
    with new_place(output) as place:
        write_board(place, paper=paper, square_mm=square_mm)
    terminal.say(f"wrote {output}; print it at 100 % and check its rulers")
    return ExitCode.DONE


@calibrate.command()
@click.argument("clip", metavar="CLIP", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    default=Path("camera.json"),
    show_default=True,
    help="The camera profile.",
)
@click.option("--name", metavar="TEXT", help="What to call the camera; default: CLIP's name.")
@click.option(
    "--square",
    "square_mm",
    type=_BOARD_SQUARE_MM,
    metavar="MM",
    help="Side of a printed square, 30 on A4. Only the distances shown depend on it.",
)
@talk_options
@click.pass_obj
def lens(
    terminal: Terminal, /, *, clip: Path, output: Path, name: str | None, square_mm: float | None
) -> int:
    """Calibrate the camera from a CLIP of the board.

    Film the board for half a minute with the setting that you film lifts with: in all parts of the
    picture, tilted every way, holding still for a second each time. Exit code 4: the clip doesn't
    show the board well enough, and nothing is written.
    """
    from barpath.camera.board import SQUARE_MM
    from barpath.camera.lens_fit import calibrate_lens, report_lines
    from barpath.camera.profile import write_profile
    from barpath.video import read_footage

    if output.exists() and clip.exists() and output.samefile(clip):
        raise UsageError(f"{output} is the clip itself", hint="name another file with -o")
    with (
        progress(terminal, clip.name) as reading,
        read_footage(clip, progress=lambda share: reading(share / 2)) as footage,
    ):
        profile = calibrate_lens(
            footage=footage,
            name=name or legible(clip.stem),
            square_mm=SQUARE_MM if square_mm is None else square_mm,
            progress=lambda share: reading((1 + share) / 2),
        )
    with new_file(output) as file:
        created = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        write_profile(profile, file, created=created)
    if not terminal.quiet:
        click.echo("\n".join(report_lines(profile)))
    terminal.say(f"wrote {output}; use it with: barpath analyse CLIP --camera {output}")
    return ExitCode.DONE
