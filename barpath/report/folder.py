"""What people look at, beside the tables in an analysis folder: plots, overlay video and page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from barpath.analysis import SetAnalysis
from barpath.config import AnalysisConfig, OverlayConfig
from barpath.report.overlay import write_overlay
from barpath.report.page import Media, media_of, write_page
from barpath.report.panels import Callout
from barpath.report.plots import save_plots
from barpath.technique.text import ADVICE

OVERLAY = "overlay.mp4"
PAGE = "report.html"


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What to make.

    Attributes
    ----------
    report : bool
        The page and the static plots.
    overlay : OverlayConfig or None
        None for no overlay video.
    embed_video : bool
        Whether the page carries its video.
    """

    report: bool = True
    overlay: OverlayConfig | None = OverlayConfig()
    embed_video: bool = False


def write_looks(
    analysis: SetAnalysis,
    *,
    clip: Path,
    folder: Path,
    target: Path,
    config: AnalysisConfig,
    looks: Looks,
    progress: Callable[[float], None],
) -> None:
    """Write plots, overlay and page into a folder that exists.

    Parameters
    ----------
    analysis : SetAnalysis
    clip : Path
        The clip it is of.
    folder : Path
        Where to write now.
    target : Path
        Where the folder will stand in the end: the page's addresses count from there.
    config : AnalysisConfig
        What the set was analysed with.
    looks : Looks
    progress : callable
        Called with the share of the overlay done, from 0 to 1.

    Raises
    ------
    UnreadableError
        The clip can't be read again.
    OutputError
        A file can't be written.
    """
    if looks.overlay is not None:
        write_overlay(
            analysis,
            clip=clip,
            to=folder / OVERLAY,
            config=looks.overlay,
            callouts=list(_callouts(analysis)),
            progress=progress,
        )
    if looks.report:
        save_plots(analysis, folder)
        media = _media(analysis, clip=clip, folder=folder, target=target, looks=looks)
        with (folder / PAGE).open("w", encoding="utf-8", newline="\n") as page:
            write_page(analysis, page, config=config, media=media)


def _media(
    analysis: SetAnalysis, *, clip: Path, folder: Path, target: Path, looks: Looks
) -> Media | None:
    """Show the overlay where there is one, else the clip itself, which plays as it was stored."""
    drawn = looks.overlay is not None
    playback = looks.overlay or OverlayConfig()
    return media_of(
        folder / OVERLAY if drawn else clip,
        page_folder=folder if drawn else target,
        playback_rate=playback.playback_rate(analysis.clip.time_scale),
        drawn=drawn,
        embed=looks.embed_video,
    )


def _callouts(analysis: SetAnalysis) -> Iterator[Callout]:
    """Call out each finding that has a moment, in a few words: the page has the sentence."""
    for finding in analysis.findings:
        if math.isfinite(finding.time_s):
            name = ADVICE[finding.code].name
            text = f"{name}: {abs(finding.value):.1f} {finding.unit}"
            yield Callout(time_s=finding.time_s, text=text)
