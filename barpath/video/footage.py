"""A clip decoded once and kept at hand: small upright luma pictures with random access."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from barpath.video.cuts import find_cuts
from barpath.video.picture import ByteImage
from barpath.video.reading import Clip, ClipInfo, open_clip
from barpath.video.store import MIN_LONG_SIDE_PX, PictureStore
from barpath.video.timing import frame_rate_hz, has_variable_rate

FloatArray = NDArray[np.float64]

DEFAULT_LONG_SIDE_PX = 1280
"""1080p is worked on at 960x540 and 720p as it is: the sizes at which plates are found best."""

DEFAULT_BUDGET_BYTES = 2 * 1024**3
"""Disk for one clip's working pictures: 138 s of 1080p30 at 960x540, ten minutes at 384x216."""

# Decoded frames waiting to be shrunk: enough that neither side waits for the other's hiccups.
# Each holds a full picture (3 MB at 1080p).
_WAITING_FRAMES = 2


class Footage:
    """Every frame of a clip as a small luma picture; a context manager that frees the disk.

    Working pictures are upright, have square pixels and are `factor` times smaller than the
    displayed picture. They lie in an unlinked scratch file, so memory doesn't grow with the clip.
    Reading from several threads is safe.

    Attributes
    ----------
    info : ClipInfo
    time_s : ndarray, shape (n_frames,)
        Real time of each frame since the first; strictly increasing.
    damaged : ndarray of bool, shape (n_frames,)
        Frames in which the decoder concealed errors.
    factor : int
        Displayed pixels per working pixel.
    shape : tuple of int
        Height and width of the working pictures.
    cuts : tuple of int
        First frames after hard cuts.
    corrupt, dropped : int
        Packets that couldn't be read; frames left out for want of a usable timestamp.
    variable_rate : bool
        Whether the gaps between frames differ.
    """

    def __init__(
        self,
        *,
        clip: Clip,
        store: PictureStore,
        time_s: FloatArray,
        damaged: NDArray[np.bool_],
        cuts: tuple[int, ...],
    ) -> None:
        self.info: ClipInfo = clip.info
        self.time_s = time_s
        self.damaged = damaged
        self.factor = store.factor
        self.shape = store.shape
        self.cuts = cuts
        self.corrupt = clip.corrupt
        self.dropped = clip.dropped
        self.variable_rate = has_variable_rate(time_s=time_s, tick_s=clip.info.tick_s)
        self._store = store

    def __len__(self) -> int:
        """Count the frames."""
        return self.time_s.size

    def __enter__(self) -> Footage:
        """Nothing to do: the pictures are at hand already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Free the disk space."""
        self._store.close()

    @property
    def duration_s(self) -> float:
        """From the first frame to the last, s."""
        return float(self.time_s[-1])

    @property
    def rate_hz(self) -> float:
        """Frames per real second, measured; NaN for a single frame."""
        return frame_rate_hz(time_s=self.time_s)

    def luma(self, index: int) -> ByteImage:
        """Read a working picture, uint8, shape `shape`."""
        return self.rows(index, 0, self.shape[0])

    def rows(self, index: int, top: int, bottom: int) -> ByteImage:
        """Read only rows `top` up to `bottom` of a working picture.

        Parameters
        ----------
        index : int
            In [0, n_frames).
        top, bottom : int
            With 0 <= top <= bottom <= height.

        Returns
        -------
        ndarray of uint8, shape (bottom - top, width)
            The caller's own copy.

        Raises
        ------
        IndexError
            The frame or the rows lie outside.
        """
        if not (0 <= index < len(self) and 0 <= top <= bottom <= self.shape[0]):
            raise IndexError(
                f"rows {top}:{bottom} of frame {index} asked for, of {len(self)} frames with "
                f"{self.shape[0]} rows"
            )
        return self._store.rows(index, top=top, bottom=bottom)


def read_footage(
    path: str | os.PathLike[str],
    *,
    capture_fps: float | None = None,
    long_side_px: int = DEFAULT_LONG_SIDE_PX,
    budget_bytes: int = DEFAULT_BUDGET_BYTES,
    progress: Callable[[float], None] | None = None,
) -> Footage:
    """Decode a clip once and keep every frame as a small luma picture.

    Pictures are shrunk by the smallest whole factor that brings their long side to `long_side_px`
    and all of them within `budget_bytes` of disk. Decoding runs in FFmpeg's threads and shrinking
    in one more, so the whole takes little longer than decoding alone.

    Parameters
    ----------
    path : path-like
    capture_fps : float, optional
        As in `open_clip`.
    long_side_px : int
        Longest side of a working picture.
    budget_bytes : int
        Disk the scratch file may take.
    progress : callable, optional
        Called with the fraction done, in [0, 1], after each frame.

    Returns
    -------
    Footage
        To be used in a ``with`` statement.

    Raises
    ------
    UnreadableError, UsageError
        As in `open_clip`; and where the picture's size changes in mid-clip.
    OutputError
        The scratch folder is full or can't be written to.
    UnmeasurableError
        The clip is too long for the budget.
    """
    with ExitStack() as on_failure:
        with open_clip(path, capture_fps=capture_fps) as clip:
            store = PictureStore(
                layout=clip.layout,
                factor=_plan_factor(
                    info=clip.info, long_side_px=long_side_px, budget_bytes=budget_bytes
                ),
                budget_bytes=budget_bytes,
                name=clip.info.name,
            )
            on_failure.callback(store.close)
            filled = _fill(store=store, clip=clip, progress=progress)
        on_failure.pop_all()
    return Footage(
        clip=clip,
        store=store,
        time_s=filled.time_s,
        damaged=filled.damaged,
        cuts=find_cuts(filled.change_levels),
    )


def _plan_factor(*, info: ClipInfo, long_side_px: int, budget_bytes: int) -> int:
    """Choose the shrinking factor from what the header promises."""
    long_side = max(info.width, info.height)
    factor = max(1, -(-long_side // long_side_px))
    while (
        info.frames_expected * (info.width // factor) * (info.height // factor) > budget_bytes
        # A header may promise millions of frames that never come: not smaller than is of use.
        and long_side // (factor + 1) >= MIN_LONG_SIDE_PX
    ):
        factor += 1
    return factor


@dataclass(frozen=True)
class _Filled:
    """What is known of every frame besides its picture."""

    time_s: FloatArray
    damaged: NDArray[np.bool_]
    change_levels: FloatArray


def _fill(*, store: PictureStore, clip: Clip, progress: Callable[[float], None] | None) -> _Filled:
    """Decode in this thread and shrink and write in another, a few frames apart."""
    time_s: list[float] = []
    damaged: list[bool] = []
    changes: list[float] = []
    waiting: deque[Future[float]] = deque()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="barpath-footage") as shrinker:
        for frame in clip:
            waiting.append(shrinker.submit(store.append, frame))
            if len(waiting) > _WAITING_FRAMES:
                changes.append(waiting.popleft().result())
            time_s.append(frame.time_s)
            damaged.append(frame.damaged)
            if progress is not None and clip.info.frames_expected:
                progress(min(1.0, len(time_s) / clip.info.frames_expected))
        changes += [stored.result() for stored in waiting]
    if progress is not None:
        progress(1.0)
    return _Filled(
        time_s=np.array(time_s),
        damaged=np.array(damaged, dtype=np.bool_),
        change_levels=np.array(changes),
    )
