"""Opening a clip and streaming its frames with their exact times."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import TracebackType

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from barpath.errors import UnreadableError, UsageError
from barpath.names import legible
from barpath.video.opening import (
    REENCODE_HINT,
    check_file,
    frames_expected,
    open_stream,
    stored_rate_hz,
)
from barpath.video.picture import (
    ByteImage,
    Layout,
    displayed_i420,
    displayed_luma,
    displayed_rgb,
    layout_of,
)

# A few seconds of unreadable packets in one piece: what follows is no longer the same scene.
_MAX_BAD_IN_A_ROW = 250


@dataclass(frozen=True)
class ClipInfo:
    """What a clip's container says.

    Attributes
    ----------
    path : Path
    width, height : int
        Displayed size, px: turned upright and with square pixels.
    rotation_deg : int
        Clockwise turn applied for display: 0, 90, 180 or 270.
    mirrored : bool
        Whether the picture was also mirrored (before the turn), as selfie cameras ask for.
    codec, pixel_format, container : str
        FFmpeg's names.
    fps_container : float
        Average rate in the header, Hz; NaN where it has none. Nothing is timed by it.
    time_scale : float
        Real seconds per container second; 0.25 for 120 fps stored as 30.
    tick_s : float
        Resolution of the timestamps in real seconds.
    frames_expected : int
        Frames the header promises; 0 where it doesn't say. It may be wrong.
    has_audio : bool
    """

    path: Path
    width: int
    height: int
    rotation_deg: int
    mirrored: bool
    codec: str
    pixel_format: str
    container: str
    fps_container: float
    time_scale: float
    tick_s: float
    frames_expected: int
    has_audio: bool

    @property
    def name(self) -> str:
        """File name without the folder, as text."""
        return legible(self.path.name)

    @cached_property
    def sha256(self) -> str:
        """Digest of the file's bytes, read when first asked for."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Frame:
    """One decoded frame; pictures are converted only when asked for.

    Attributes
    ----------
    index : int
        Counts the frames given out, from 0.
    time_s : float
        Real time since the first frame.
    damaged : bool
        The decoder concealed errors in it: parts may show an earlier picture.
    """

    index: int
    time_s: float
    damaged: bool
    _picture: av.VideoFrame = field(repr=False)
    _layout: Layout = field(repr=False)

    def luma(self, *, factor: int = 1) -> ByteImage:
        """Give the displayed luma shrunk by `factor`, as `picture.displayed_luma` does."""
        return displayed_luma(self._picture, layout=self._layout, factor=factor)

    def rgb(self) -> ByteImage:
        """Give the displayed picture, shape (height, width, 3)."""
        return displayed_rgb(self._picture, layout=self._layout)

    def i420(self, *, width: int, height: int) -> ByteImage:
        """Give the displayed picture as planar YUV, as `picture.displayed_i420` does."""
        return displayed_i420(self._picture, layout=self._layout, width=width, height=height)


class Clip:
    """An open clip: a context manager and a one-pass iterator over its frames.

    Frames come in display order with strictly increasing times. A frame without a timestamp, or
    with one that doesn't fit between its neighbours', is left out and counted in `dropped`. A
    packet that can't be read or decoded is skipped and counted in `corrupt`; after 250 in a row
    the rest is given up, and what was read stands.

    Attributes
    ----------
    info : ClipInfo
    layout : Layout
    corrupt, dropped : int
        Counts so far.
    """

    def __init__(
        self, *, path: Path, container: InputContainer, stream: VideoStream, time_scale: float
    ) -> None:
        self.corrupt = 0
        self.dropped = 0
        self._container = container
        self._stream = stream
        self._tick = stream.time_base or Fraction(0)
        decoded = self._in_order()
        first = next(decoded, None)
        if first is None:
            raise UnreadableError(
                f"{path}: no frame of the video can be decoded",
                hint="the file is damaged or cut off at the start; copy it from the phone again",
            )
        picture = first[1]
        self.layout = layout_of(picture, pixel_aspect=stream.sample_aspect_ratio)
        self.info = ClipInfo(
            path=path,
            width=self.layout.width,
            height=self.layout.height,
            rotation_deg=self.layout.orientation.rotation_deg,
            mirrored=self.layout.orientation.mirrored,
            codec=stream.codec.canonical_name,
            pixel_format=picture.format.name,
            container=container.format.name,
            fps_container=float(stream.average_rate) if stream.average_rate else math.nan,
            time_scale=time_scale,
            tick_s=float(self._tick) * time_scale,
            frames_expected=frames_expected(container, stream),
            has_audio=bool(container.streams.audio),
        )
        self._frames = self._present(itertools.chain([first], decoded))

    def __iter__(self) -> Iterator[Frame]:
        """Go on from the frame after the last one given out."""
        return self._frames

    def __enter__(self) -> Clip:
        """Nothing to do: the clip is open already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._container.close()

    def _present(self, decoded: Iterator[tuple[int, av.VideoFrame]]) -> Iterator[Frame]:
        """Count and time the frames, refusing a change of size."""
        start: int | None = None
        stored = (self.layout.stored_width, self.layout.stored_height)
        for index, (stamp, picture) in enumerate(decoded):
            start = stamp if start is None else start
            if (picture.width, picture.height) != stored:
                raise UnreadableError(
                    f"{self.info.path}: the picture changes from {stored[0]}x{stored[1]} to "
                    f"{picture.width}x{picture.height} px at frame {index}",
                    hint=REENCODE_HINT,
                )
            yield Frame(
                index=index,
                time_s=float((stamp - start) * self._tick) * self.info.time_scale,
                damaged=picture.is_corrupt,
                _picture=picture,
                _layout=self.layout,
            )

    def _in_order(self) -> Iterator[tuple[int, av.VideoFrame]]:
        """Leave out frames without a timestamp that fits.

        One frame is held back: when the next is earlier than it but later than the one before,
        the held one jumped ahead and is the one to go; otherwise a single wild timestamp would
        take the rest of the clip with it.
        """
        last: int | None = None
        held: tuple[int, av.VideoFrame] | None = None
        for picture in self._pictures():
            stamp = self._stamp(picture, previous=None if held is None else held[0])
            if stamp is None or (last is not None and stamp <= last):
                self.dropped += 1
                continue
            if held is not None:
                if stamp == held[0]:
                    self.dropped += 1
                    continue
                if stamp < held[0]:
                    self.dropped += 1
                else:
                    last = held[0]
                    yield held
            held = (stamp, picture)
        if held is not None:
            yield held

    def _stamp(self, picture: av.VideoFrame, *, previous: int | None) -> int | None:
        if self._container.format.name != "avi":
            return picture.pts
        # AVI keeps decoding times only, and FFmpeg's presentation times run backwards with
        # B-frames. Pictures come out in display order, so the decoding times of the packets that
        # pushed them out are their times, shifted by the decoder's delay. The last few are pushed
        # out by the end of the file instead; AVI ticks once a frame.
        if picture.dts is None and previous is not None:
            return previous + 1
        return picture.dts

    def _pictures(self) -> Iterator[av.VideoFrame]:
        """Decode packet by packet, skipping and counting what can't be decoded."""
        bad_in_a_row = 0
        for packet in self._packets():
            if packet is not None and not packet.is_corrupt:
                try:
                    pictures = self._stream.decode(packet)
                except av.FFmpegError:
                    pass
                else:
                    bad_in_a_row = 0
                    yield from pictures
                    continue
            self.corrupt += 1
            bad_in_a_row += 1
            if bad_in_a_row == _MAX_BAD_IN_A_ROW:
                break
        try:
            late = self._stream.decode(None)
        except av.FFmpegError:
            # The error of a packet that was still in a decoding thread.
            self.corrupt += 1
        else:
            yield from late

    def _packets(self) -> Iterator[Packet[VideoStream] | None]:
        """Read packets, with None for each that can't be read."""
        while True:
            try:
                for packet in self._container.demux(self._stream):
                    # The empty packet at the end would flush the decoder: `_pictures` does.
                    if packet.size:
                        yield packet
            except av.FFmpegError:
                yield None
            else:
                return


def open_clip(path: str | os.PathLike[str], *, capture_fps: float | None = None) -> Clip:
    """Open a clip for streaming.

    Parameters
    ----------
    path : path-like
    capture_fps : float, optional
        Rate the camera filmed at, Hz, where the clip plays in slow motion. Times are then scaled
        by the container's rate over it; the container's rate is measured from its timestamps,
        because slow-motion headers name either rate.

    Returns
    -------
    Clip
        To be used in a ``with`` statement.

    Raises
    ------
    UnreadableError
        No such file, not a video, no video stream, or no frame that can be decoded.
    UsageError
        `capture_fps` isn't a positive number.
    """
    clip_path = Path(path)
    check_file(clip_path)
    if capture_fps is not None and not (math.isfinite(capture_fps) and capture_fps > 0):
        raise UsageError(
            f"the capture rate must be a positive number, not {capture_fps}",
            hint="give the frames per second the camera filmed at, for example 120 or 240",
        )
    time_scale = 1.0 if capture_fps is None else stored_rate_hz(clip_path) / capture_fps
    container, stream = open_stream(clip_path)
    stream.thread_type = "AUTO"
    # More threads than cores, as each waits for the frames that its own refers to: with four more
    # than two, 1080p is read in a twentieth less time than with two more.
    stream.codec_context.thread_count = min(16, (os.cpu_count() or 1) + 4)
    try:
        return Clip(path=clip_path, container=container, stream=stream, time_scale=time_scale)
    except BaseException:
        container.close()
        raise
