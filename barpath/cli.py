"""The command line: options to a config, one call, files; progress, errors and exit codes."""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

import barpath
from barpath.commands.calibrate import calibrate
from barpath.commands.compare import compare
from barpath.commands.export import export
from barpath.commands.log import log
from barpath.commands.trend import trend
from barpath.config import AnalysisConfig, OverlayConfig
from barpath.errors import ExitCode, OutputError, UsageError
from barpath.names import legible
from barpath.staging import ANALYSIS, check_target, making_folder, new_folder
from barpath.terminal import Terminal, attempt, config_options, fail, progress, talk_options

if TYPE_CHECKING:
    from barpath.analysis import SetAnalysis
    from barpath.report.folder import Looks


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(barpath.__version__, message="barpath %(version)s")
def cli() -> None:
    """Where the bar went and how fast, from a side-view clip of a lift.

    Start with: barpath analyse set.mp4
    """


@cli.command()
@click.argument(
    "clips", nargs=-1, required=True, metavar="CLIP...", type=click.Path(path_type=Path)
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder for the results; with several clips, one folder each in DIR. "
    "Default: CLIP's name with .barpath, beside it.",
)
@config_options(AnalysisConfig)
@click.option("--no-report", is_flag=True, help="Write no report.html and no plots.")
@click.option("--no-overlay", is_flag=True, help="Write no overlay.mp4.")
@config_options(OverlayConfig)
@click.option("--embed-video", is_flag=True, help="Put the video into report.html.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print analysis.json, and only it, to stdout."
)
@talk_options
@click.pass_obj
def analyse(
    terminal: Terminal,
    /,
    *,
    clips: tuple[Path, ...],
    output: Path | None,
    no_report: bool,
    no_overlay: bool,
    height_px: int | None,
    slow: float,
    embed_video: bool,
    as_json: bool,
    **values: Any,
) -> int:
    """Measure the bar in each CLIP.

    Writes a folder per clip, whole or not at all, and prints a table. In it: report.html,
    overlay.mp4 (the clip with path and velocity drawn in), analysis.json, path.csv (one row a
    frame), reps.csv (one row a repetition) and two plots.

    Exit codes: 0 done, 1 a fault of the program or a result that can't be written, 2 wrong usage,
    3 a clip that can't be read, 4 a clip that can't be measured, 130 interrupted. With several
    clips each is tried, and the code is the highest met.
    """
    from barpath.report.folder import Looks

    config = AnalysisConfig(**values)
    overlay = OverlayConfig(height_px=height_px, slow=slow)
    looks = Looks(
        report=not no_report, overlay=None if no_overlay else overlay, embed_video=embed_video
    )
    if embed_video and no_report:
        raise UsageError("there is no report to put the video into", hint="leave out --no-report")
    if as_json and len(clips) > 1:
        raise UsageError("--json prints one document", hint="give one clip at a time")
    targets = _targets(clips, output)

    def run_one(clip: Path, target: Path) -> int:
        if output is None or len(clips) > 1:
            _check_namesake(clip, target)
        result = _analyse_into(clip, target, config, terminal, looks=looks)
        _show(result, target, terminal, as_json=as_json)
        return ExitCode.DONE

    return max(
        attempt(terminal, partial(run_one, clip, target), subject=str(clip))
        for clip, target in zip(clips, targets, strict=True)
    )


def _targets(clips: Sequence[Path], output: Path | None) -> list[Path]:
    """Give the folder of each clip's results."""
    if output is None:
        targets = [clip.parent / f"{clip.stem}.barpath" for clip in clips]
    elif len(clips) == 1:
        targets = [output]
    else:
        targets = [output / clip.stem for clip in clips]
    twice = {target for target in targets if targets.count(target) > 1}
    if twice:
        raise UsageError(
            f"two clips would both write {min(twice)}", hint="analyse them one by one, with -o DIR"
        )
    return targets


def _check_namesake(clip: Path, target: Path) -> None:
    """Refuse to replace what another clip gave, where the folder's name comes from the clip's.

    Raises
    ------
    OutputError
        ``set.mov`` after ``set.mp4``.
    """
    try:
        document = json.loads((target / ANALYSIS.document).read_text(encoding="utf-8"))
        held = str(document["clip"]["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return  # no analysis; whether the folder may be replaced is checked later
    if held != legible(clip.name):
        raise OutputError(
            f"{target} holds the results of {held}", hint="choose another folder with -o"
        )


def _analyse_into(
    clip: Path, target: Path, config: AnalysisConfig, terminal: Terminal, *, looks: Looks
) -> SetAnalysis:
    """Analyse a clip and put its folder in place."""
    from barpath.analysis import analyse as analyse_clip
    from barpath.report.folder import write_looks
    from barpath.results import write_tables

    check_target(target, kind=ANALYSIS)
    with progress(terminal, clip.name) as report:
        result = analyse_clip(clip, config=config, progress=report)
    with new_folder(target, kind=ANALYSIS) as folder:
        write_tables(result, folder)
        with progress(terminal, f"{clip.name}, drawing") as report:
            write_looks(
                result,
                clip=clip,
                folder=folder,
                target=target,
                config=config,
                looks=looks,
                progress=report,
            )
    return result


def _show(result: SetAnalysis, target: Path, terminal: Terminal, *, as_json: bool) -> None:
    """Print the result: the document or the table on stdout, warnings and places on stderr."""
    from barpath.report.tables import rep_table

    if as_json:
        click.echo((target / "analysis.json").read_text(encoding="utf-8"), nl=False)
    elif not terminal.quiet:
        click.echo(rep_table(result))
    terminal.say(f"wrote {target}")
    for warning in result.warnings:
        terminal.say(f"warning: {warning.message} [{warning.code}]")
        terminal.say(f"hint: {warning.hint}")
    scale, tracking = result.calibration, result.tracking
    terminal.detail(
        f"scale {scale.cm_per_px:.4f} cm/px ±{scale.sd_pct:.1f} %; "
        f"frames tracked {tracking.tracked_pct:.1f} %, bridged {tracking.bridged_pct:.1f} %, "
        f"lost {tracking.lost_pct:.1f} %"
    )


cli.add_command(calibrate)
cli.add_command(compare)
cli.add_command(export)
cli.add_command(log)
cli.add_command(trend)


@cli.command()
@click.argument("source", metavar="SET", type=click.Path(path_type=Path))
@click.option(
    "--kind",
    type=click.Choice(("path", "velocity", "height", "phase")),
    default="path",
    show_default=True,
    help="path: each pull from the side; velocity, height: over time; phase: velocity over height.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    required=True,
    help="Where to write: .svg, .pdf or .png.",
)
@talk_options
@click.pass_obj
def plot(terminal: Terminal, /, *, source: Path, kind: str, output: Path) -> int:
    """Draw a SET for a paper or a README.

    SET is a folder that 'barpath analyse' wrote, or the analysis.json in it.
    """
    from barpath.report.plots import save_plot
    from barpath.results import read_analysis

    save_plot(read_analysis(source), kind=kind, to=output)
    terminal.say(f"wrote {output}")
    return ExitCode.DONE


@cli.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=Path("demo"),
    show_default=True,
    help="Folder for the simulated clip and its results.",
)
@talk_options
@click.pass_obj
def demo(terminal: Terminal, /, *, output: Path) -> int:
    """Simulate a set, analyse it, and print truth beside measurement."""
    from barpath.report.folder import Looks
    from barpath.report.tables import truth_table
    from barpath.simulate import PRESETS, simulate

    scene = PRESETS["demo"]
    clip, target = output / "demo.mp4", output / "demo.barpath"
    with making_folder(output):
        terminal.say(f"simulating {clip}")
        truth = simulate(scene=scene, path=clip)
    config = AnalysisConfig(
        plate_diameter_cm=scene.plate.diameter_cm, facing="right" if scene.facing > 0 else "left"
    )
    result = _analyse_into(clip, target, config, terminal, looks=Looks())
    click.echo(truth_table(truth.reps, result.reps))
    terminal.say(f"wrote {target}; open {target / 'report.html'} to look at it")
    return ExitCode.DONE


@cli.command("simulate")
@click.argument("preset", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="The clip.")
@click.option("--reps", type=click.IntRange(1, 50), help="Repetitions, instead of the preset's.")
@click.option(
    "--fps", type=click.FloatRange(1, 1000), help="Frames a second, instead of the preset's."
)
@click.option("--seed", type=click.IntRange(0), help="Of textures, noise and shake.")
@click.option("--list", "listing", is_flag=True, help="List the presets and stop.")
@talk_options
@click.pass_obj
def simulate_command(
    terminal: Terminal,
    /,
    *,
    preset: str | None,
    output: Path | None,
    reps: int | None,
    fps: float | None,
    seed: int | None,
    listing: bool,
) -> int:
    """Render a side-view clip with its exact truth.

    PRESET is one of those that --list shows. FILE's suffix chooses the container; the truth is
    written as NAME.truth.json beside it.
    """
    from barpath.simulate import PRESETS, simulate, truth_path

    if listing:
        click.echo("\n".join(PRESETS))
        return ExitCode.DONE
    if preset is None or preset not in PRESETS:
        said = "no preset was named" if preset is None else f"there is no preset {preset!r}"
        raise UsageError(said, hint="'barpath simulate --list' shows them")
    if output is None:
        raise UsageError("no file was named", hint="give -o FILE, such as -o set.mp4")
    scene = PRESETS[preset]
    lift, recording = scene.lift, scene.recording
    if reps is not None:
        lift = dataclasses.replace(lift, reps=reps)
    if fps is not None:
        recording = dataclasses.replace(recording, fps=fps)
    scene = dataclasses.replace(
        scene, lift=lift, recording=recording, seed=scene.seed if seed is None else seed
    )
    simulate(scene=scene, path=output)
    terminal.say(f"wrote {output} and {truth_path(output)}")
    return ExitCode.DONE


@cli.command()
@talk_options
@click.pass_obj
def doctor(terminal: Terminal, /) -> int:
    """Show versions and codecs, and what is missing.

    Exit code 1 where something is missing.
    """
    from barpath.doctor import check_all

    checks = check_all()
    width = max(len(check.name) for check in checks)
    for check in checks:
        if check.passed and terminal.quiet:
            continue
        mark = "ok" if check.passed else "MISSING"
        click.echo(f"{mark:7}  {check.name:{width}}  {check.found}")
    for check in checks:
        if check.hint:
            click.echo(f"hint: {check.hint}", err=True)
    return ExitCode.DONE if all(check.passed for check in checks) else ExitCode.FAULT


def main(arguments: Sequence[str]) -> int:
    """Run a command line and give its exit code."""
    terminal = Terminal()
    command = partial(
        cli.main, list(arguments), prog_name="barpath", standalone_mode=False, obj=terminal
    )
    try:
        return attempt(terminal, command)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return ExitCode.USAGE
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        path = "barpath" if context is None else context.command_path
        return fail(terminal, error.format_message(), f"see '{path} --help'", ExitCode.USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("error: interrupted", err=True)
        click.echo("hint: nothing half-written remains; run the command again", err=True)
        return ExitCode.INTERRUPTED


def run() -> None:
    """Run as a program: the console script and ``cli.py``."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # A polite kill cleans up as Ctrl-C does.
    signal.signal(signal.SIGTERM, stop)
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
