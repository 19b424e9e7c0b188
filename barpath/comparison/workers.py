"""Analysing several clips, a few at a time, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from barpath.analysis import SetAnalysis, analyse
from barpath.config import AnalysisConfig
from barpath.errors import BarpathError


class WorkerLostError(BarpathError):
    """An analysis ended without a word: out of memory, most likely."""


def analyse_all(
    clips: Sequence[Path],
    *,
    config: AnalysisConfig,
    processes: int,
    say: Callable[[str], None] | None = None,
) -> list[SetAnalysis]:
    """Analyse clips.

    Parameters
    ----------
    clips : sequence of Path
    config : AnalysisConfig
    processes : int
        How many at the same time.
    say : callable, optional
        Called with what is being done.

    Returns
    -------
    list of SetAnalysis
        In the order of `clips`.

    Raises
    ------
    BarpathError
        The first one met; its message names the clip. The rest is abandoned.
    """
    tell = say or _say_nothing
    if processes < 2 or len(clips) < 2:
        return [_analyse_here(clip, config, tell) for clip in clips]
    found: dict[int, SetAnalysis] = {}
    running: dict[Connection, tuple[int, BaseProcess]] = {}
    waiting = list(enumerate(clips))
    # A forked copy of a process with OpenCV's threads may hang.
    context = multiprocessing.get_context("spawn")
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                at, clip = waiting.pop(0)
                tell(f"analysing {clip}")
                answers, to = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(clip, config, to), daemon=True)
                with _deaf_to_interrupts():
                    process.start()
                to.close()
                running[answers] = at, process
            ready = set(wait(list(running)))
            for answered in [end for end in running if end in ready]:
                at, ended = running.pop(answered)
                found[at] = _received(answered, clips[at])
                ended.join()
    finally:
        for _, left in running.values():
            left.terminate()
            left.join()
    return [found[at] for at in range(len(clips))]


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let what is started here take no notice of Ctrl-C, not even while it imports.

    Ctrl-C reaches every process of the terminal; the parent alone answers it. That a signal is
    ignored is inherited; only a main thread can say so, and only there Ctrl-C arrives.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _say_nothing(text: str) -> None:
    """Take no notice."""


def _analyse_here(clip: Path, config: AnalysisConfig, tell: Callable[[str], None]) -> SetAnalysis:
    tell(f"analysing {clip}")
    try:
        return analyse(clip, config=config)
    except BarpathError as error:
        raise _named(error, clip) from error


def _named(error: BarpathError, clip: Path) -> BarpathError:
    """Say which of several clips an error is of."""
    if str(clip) in error.message:
        return error
    return type(error)(f"{clip}: {error.message}", hint=error.hint)


def _work(clip: Path, config: AnalysisConfig, to: Connection) -> None:
    """Analyse one clip in a process of its own and send what came of it."""
    try:
        to.send(analyse(clip, config=config))
    except BarpathError as error:
        named = _named(error, clip)
        to.send((type(named), named.message, named.hint))
    finally:
        to.close()


def _received(ready: Connection, clip: Path) -> SetAnalysis:
    try:
        answer = ready.recv()
    except EOFError:
        raise WorkerLostError(
            f"{clip}: the analysis ended without a result",
            hint="analyse it alone with 'barpath analyse', and compare the folders",
        ) from None
    finally:
        ready.close()
    if isinstance(answer, SetAnalysis):
        return answer
    kind, message, hint = answer
    raise kind(message, hint=hint)
