"""The sound of one clip carried over to another, in step with the pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from barpath.video.opening import open_stream

# What browsers and phones play from an MP4; other sound (the PCM of some cameras) becomes AAC.
_COPIED = frozenset({"aac", "mp3", "opus", "flac"})

_AAC_BIT_RATE = 128_000


class Sound:
    """The first sound stream of a clip, given out packet by packet.

    Sound that can't be read ends where the damage begins: the pictures are what matters.

    Parameters
    ----------
    container : InputContainer
        Open; closed by `close`.
    stream : AudioStream
    start_s : float
        When the first picture is shown, in the container's own time.
    """

    def __init__(self, *, container: InputContainer, stream: AudioStream, start_s: float) -> None:
        self._container = container
        self._stream = stream
        self._target: AudioStream | None = None
        self._waiting: tuple[float, Packet[AudioStream]] | None = None
        self._packets: Iterator[tuple[float, Packet[AudioStream]]] = iter(())
        self._start_s = start_s

    def add_to(self, output: OutputContainer) -> None:
        """Make room for the sound in a file; to be called before anything is written to it."""
        if self._stream.codec.canonical_name in _COPIED:
            self._target = output.add_stream_from_template(self._stream)
            self._packets = self._timed(self._container.demux(self._stream))
            return
        target = output.add_stream("aac", rate=self._stream.rate)
        if not isinstance(target, AudioStream):
            raise TypeError("aac isn't an audio encoder")
        # Some containers count the channels without saying which is which.
        target.layout = "mono" if self._stream.channels == 1 else "stereo"
        target.bit_rate = _AAC_BIT_RATE
        self._target = target
        self._packets = self._timed(self._reencoded(target))

    def until(self, time_s: float) -> Iterator[Packet[AudioStream]]:
        """Give the packets that are due up to a time after the first picture, s."""
        while self._waiting is not None or self._advance():
            if self._waiting is None or self._waiting[0] > time_s:
                return
            packet = self._waiting[1]
            self._waiting = None
            yield packet

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _advance(self) -> bool:
        """Read one packet ahead; False at the end."""
        try:
            self._waiting = next(self._packets, None)
        except av.FFmpegError:
            self._waiting = None
        return self._waiting is not None

    def _timed(
        self, packets: Iterable[Packet[AudioStream]]
    ) -> Iterator[tuple[float, Packet[AudioStream]]]:
        """Count the packets' times from the first picture, and leave out what comes before it."""
        for packet in packets:
            tick = packet.time_base
            if packet.pts is None or not packet.size or not tick:
                continue
            shift = round(self._start_s / tick)
            pts = packet.pts - shift
            if pts < 0:
                continue
            packet.pts = packet.dts = pts
            if self._target is not None:
                packet.stream = self._target
            yield float(pts * tick), packet

    def _reencoded(self, target: AudioStream) -> Iterator[Packet[AudioStream]]:
        for frame in self._container.decode(self._stream):
            yield from target.encode(frame)
        yield from target.encode(None)


def open_sound(path: Path) -> Sound | None:
    """Open the first sound stream of a clip that can be decoded; None where it has none.

    Raises
    ------
    UnreadableError
        As in `open_clip`.
    """
    container, video = open_stream(path)
    # PyAV leaves the context out, whatever its types say, where FFmpeg has no decoder.
    heard = [s for s in container.streams.audio if s.codec_context is not None]
    if not heard:
        container.close()
        return None
    start_s = float((video.start_time or 0) * (video.time_base or 0))
    return Sound(container=container, stream=heard[0], start_s=start_s)
