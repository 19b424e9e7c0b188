"""What a user names as a set: an analysis, a clip, a set in the history, another program's path."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import av

from barpath.analysis import SetAnalysis
from barpath.comparison.member import Member, Video, member_of
from barpath.comparison.workers import analyse_all
from barpath.config import AnalysisConfig
from barpath.errors import UsageError
from barpath.interchange import Trajectory, is_trajectory, read_trajectory
from barpath.results import DOCUMENT, read_analysis

if TYPE_CHECKING:
    from barpath.history import History

Source: TypeAlias = "str | os.PathLike[str] | SetAnalysis | Trajectory"

KEYS = "ABCDEFGH"
"""What the sets are called; as many as there are colours that can be told apart."""

HISTORY_PREFIX = "log:"
OVERLAY = "overlay.mp4"


def read_members(
    sources: Sequence[Source],
    *,
    config: AnalysisConfig | None = None,
    db: Path | None = None,
    processes: int = 1,
    say: Callable[[str], None] | None = None,
) -> tuple[Member, ...]:
    """Read or analyse each set.

    What can be read at once is, so that a mistake in it shows before any clip is analysed.

    Parameters
    ----------
    sources : sequence
        Analysis folders, ``analysis.json`` files, clips, ``log:NUMBER``, files of Kinovea or
        Tracker, or what was read of them.
    config : AnalysisConfig, optional
        What is known about the clips; it doesn't touch what has been analysed.
    db : Path, optional
        The history's file; without it the usual place.
    processes : int
        Clips analysed at the same time. More than one starts Python anew for each: a script that
        asks for it must guard its own start with ``if __name__ == "__main__"``.
    say : callable, optional
        Called with what is being done.

    Returns
    -------
    tuple of Member
        In the order given.

    Raises
    ------
    UsageError
        Fewer than two sets, more than there are colours for, or options for clips without one.
    BarpathError
        Whatever reading or analysing one of them raises.
    """
    if not 2 <= len(sources) <= len(KEYS):
        raise UsageError(
            f"{len(sources)} {'set' if len(sources) == 1 else 'sets'} can't be compared",
            hint=f"name 2 to {len(KEYS)} sets",
        )
    clips = [Path(source) for source in sources if _is_clip(source)]  # type: ignore[arg-type]
    if config not in (None, AnalysisConfig()) and not clips:
        raise UsageError(
            "the options are for clips, and none of the sets is one",
            hint="leave them out, or give them to 'barpath analyse'",
        )
    ready = {
        key: _read(source, key=key, db=db)
        for key, source in zip(KEYS, sources, strict=False)
        if not _is_clip(source)
    }
    analyses = iter(
        analyse_all(clips, config=config or AnalysisConfig(), processes=processes, say=say)
    )
    fresh = iter(clips)
    return tuple(
        ready[key] if key in ready else _member_of_clip(next(fresh), next(analyses), key=key)
        for key, _ in zip(KEYS, sources, strict=False)
    )


def _is_clip(source: Source) -> bool:
    """Tell a clip from the rest; what isn't anything is a clip too, and refused as one."""
    if isinstance(source, SetAnalysis | Trajectory) or _in_history(source):
        return False
    path = Path(source)
    return not (path.is_dir() or path.name == DOCUMENT or is_trajectory(path))


def _in_history(source: str | os.PathLike[str]) -> bool:
    return os.fspath(source).startswith(HISTORY_PREFIX)


def _read(source: Source, *, key: str, db: Path | None) -> Member:
    from barpath.comparison.foreign import member_of_trajectory

    if isinstance(source, Trajectory):
        return member_of_trajectory(source, key=key)
    if isinstance(source, SetAnalysis):
        return member_of(source, key=key)
    if _in_history(source):
        return member_of(_from_history(os.fspath(source), db=db), key=key)
    path = Path(source)
    if path.is_dir() or path.name == DOCUMENT:
        analysis = read_analysis(path)
        folder = path if path.is_dir() else path.parent
        return member_of(analysis, key=key, video=_video_beside(folder, analysis))
    return member_of_trajectory(read_trajectory(path), key=key)


def _from_history(source: str, *, db: Path | None) -> SetAnalysis:
    from barpath.history import open_history

    number = source.removeprefix(HISTORY_PREFIX)
    if not number.isdecimal():
        raise UsageError(
            f"{source!r} names no set of the history", hint="'barpath log list' shows the numbers"
        )
    history: History
    with open_history(db) as history:
        return history.analysis(int(number))


def _member_of_clip(clip: Path, analysis: SetAnalysis, *, key: str) -> Member:
    return member_of(analysis, key=key, video=_plain_video(clip, analysis))


def _plain_video(clip: Path, analysis: SetAnalysis) -> Video:
    return Video(clip.absolute(), playback_rate=1.0 / analysis.clip.time_scale, drawn=False)


def _video_beside(folder: Path, analysis: SetAnalysis) -> Video | None:
    """Find the overlay in an analysis folder, or the clip beside the folder."""
    overlay = folder / OVERLAY
    if overlay.is_file():
        span_s = _span_s(overlay)
        if span_s > 0 and analysis.clip.duration_s > 0:
            return Video(overlay.absolute(), span_s / analysis.clip.duration_s, drawn=True)
    clip = folder.absolute().parent / analysis.clip.name
    return _plain_video(clip, analysis) if clip.is_file() else None


def _span_s(video: Path) -> float:
    """Time from the first frame of a video to the last: its speed isn't written anywhere."""
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            stamps = [packet.pts for packet in container.demux(stream) if packet.pts is not None]
            base = stream.time_base
    except (OSError, av.FFmpegError, IndexError):
        return 0.0  # a broken overlay isn't shown; the clip may be
    return float((max(stamps) - min(stamps)) * base) if stamps and base else 0.0
