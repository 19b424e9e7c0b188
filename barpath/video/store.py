"""The scratch file behind `Footage`: equal luma pictures, one after the other."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

import numpy as np

from barpath.errors import OutputError, UnmeasurableError
from barpath.video.cuts import change_levels, coarse
from barpath.video.picture import ByteImage, Layout, shrink
from barpath.video.reading import Frame

# A plate is an eighth to a quarter of the picture's width; below this its radius is under 15 px
# and the rim fit's tenth of a pixel would pass 0.5 % of the diameter.
MIN_LONG_SIDE_PX = 240

# Large and short-lived files belong here (Filesystem Hierarchy Standard 3.0, section 5.15): /tmp
# is often held in memory, which is what the file is there to spare.
_LARGE_SCRATCH = Path("/var/tmp")


class PictureStore:
    """An unlinked file of pictures that never grows past its budget.

    Plain reads and writes, no memory map: the pages of a map count as the program's own memory.

    Parameters
    ----------
    layout : Layout
        Of the frames to come.
    factor : int
        Displayed pixels per stored pixel, to begin with.
    budget_bytes : int
        Size the file never passes; where it would, everything is shrunk by two.
    name : str
        The clip's, for messages.

    Attributes
    ----------
    factor : int
        Displayed pixels per stored pixel, now.
    shape : tuple of int
        Height and width of the stored pictures, now.
    count : int
        Pictures stored.

    Raises
    ------
    OutputError
        The scratch folder can't be written to or is full; also from `append`.
    """

    def __init__(self, *, layout: Layout, factor: int, budget_bytes: int, name: str) -> None:
        self.factor = factor
        self.shape = layout.shrunk_shape(factor)
        self.count = 0
        self._budget_bytes = budget_bytes
        self._name = name
        self._coarse: ByteImage | None = None
        self._folder = _scratch_folder()
        # Several threads may read; the lock ties each seek to its read.
        self._lock = threading.Lock()
        try:
            # Closed by `close`: the file outlives this function.
            self._file = tempfile.TemporaryFile(buffering=0, dir=self._folder)  # noqa: SIM115
        except OSError as error:
            raise self._no_room(error) from error

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()

    def append(self, frame: Frame) -> float:
        """Shrink a frame and store it after the last one.

        Returns
        -------
        float
            How much it differs from the last one, grey levels; 0 for the first.

        Raises
        ------
        UnmeasurableError
            The budget leaves pictures too small to measure in.
        """
        while (self.count + 1) * _size_bytes(self.shape) > self._budget_bytes:
            self._halve()
        picture = frame.luma(factor=self.factor)
        self._write(picture, offset=self.count * _size_bytes(self.shape))
        self.count += 1
        before, self._coarse = self._coarse, coarse(picture)
        return 0.0 if before is None else change_levels(before, self._coarse)

    def rows(self, index: int, *, top: int, bottom: int) -> ByteImage:
        """Read rows `top` up to `bottom` of a picture, shape (bottom - top, width)."""
        offset = index * _size_bytes(self.shape) + top * self.shape[1]
        return self._read((bottom - top, self.shape[1]), offset=offset)

    def _halve(self) -> None:
        """Shrink what is stored by two, in place: more frames came than the header promised.

        Means of equal blocks of means are the means of the larger blocks, so the pictures are the
        same as if decoded anew, but for rounding. None is written past where it was read.
        """
        if max(self.shape) // 2 < MIN_LONG_SIDE_PX:
            raise UnmeasurableError(
                f"{self._name}: the clip is too long to keep sharp working pictures of it in "
                f"{self._budget_bytes / 1e9:.3g} GB",
                hint="cut the clip to the set",
            )
        old, new = self.shape, (self.shape[0] // 2, self.shape[1] // 2)
        for index in range(self.count):
            picture = shrink(self._read(old, offset=index * _size_bytes(old)), factor=2)
            self._write(picture, offset=index * _size_bytes(new))
        self._file.truncate(self.count * _size_bytes(new))
        self.shape = new
        self.factor *= 2

    def _read(self, shape: tuple[int, int], *, offset: int) -> ByteImage:
        picture = np.empty(shape, dtype=np.uint8)
        view = picture.reshape(-1).data
        with self._lock:
            self._file.seek(offset)
            while view and (done := self._file.readinto(view)):
                view = view[done:]
        if view:
            raise OutputError(
                f"{self._name}: the working pictures in {self._folder} were cut short",
                hint="see that nothing empties that folder, and run again",
            )
        return picture

    def _write(self, picture: ByteImage, *, offset: int) -> None:
        view = picture.reshape(-1).data
        try:
            with self._lock:
                self._file.seek(offset)
                while view:
                    view = view[self._file.write(view) :]
        except OSError as error:
            raise self._no_room(error) from error

    def _no_room(self, error: OSError) -> OutputError:
        needed_mb = max(1, round((self.count + 1) * _size_bytes(self.shape) / 1e6))
        return OutputError(
            f"{self._name}: working pictures can't be kept in {self._folder} ({error.strerror})",
            hint=f"free more than {needed_mb} MB there, or set TMPDIR to a folder with room",
        )


def _size_bytes(shape: tuple[int, int]) -> int:
    return shape[0] * shape[1]


def _scratch_folder() -> str:
    """Where large scratch files go: TMPDIR if the user set it, else on disk."""
    on_disk = "TMPDIR" not in os.environ and os.access(_LARGE_SCRATCH, os.W_OK)
    return str(_LARGE_SCRATCH) if on_disk else tempfile.gettempdir()
