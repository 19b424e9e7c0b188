"""Getting hold of the moving picture in a file, or saying in words why there is none."""

from __future__ import annotations

import itertools
import math
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from barpath.errors import UnreadableError
from barpath.video.timing import frame_rate_hz

# FFmpeg probes by content and knows hundreds of formats, among them playlists that open other
# files and text that draws pictures; only containers that carry timestamps are let in.
_CONTAINERS = "mov,matroska,avi,gif,mpegts,mpeg,asf,flv,ogg,mxf"

# Enough to measure a rate to a few parts in a million, and bounded for an hour-long file.
_MAX_STAMPS = 3000

REENCODE_HINT = "re-encode it, for example with `ffmpeg -i CLIP -c:v libx264 fixed.mp4`"


def check_file(path: Path) -> None:
    """Tell apart, in words, the ways a path isn't a clip."""
    try:
        if not path.exists():
            problem, hint = "no such file", "check the spelling of the path"
        elif path.is_dir():
            problem, hint = "this is a folder", "name the clip in it"
        elif not path.is_file():
            problem, hint = "this isn't a file", "name a video file"
        elif path.stat().st_size == 0:
            problem, hint = "the file is empty", "copy it from the phone again"
        elif not os.access(path, os.R_OK):
            problem, hint = "no permission to read it", "make it readable with `chmod u+r`"
        else:
            return
    except (OSError, ValueError) as error:
        raise UnreadableError(
            f"{str(path)!r}: {getattr(error, 'strerror', None) or error}",
            hint="check the spelling of the path",
        ) from error
    raise UnreadableError(f"{path}: {problem}", hint=hint)


def open_stream(path: Path) -> tuple[InputContainer, VideoStream]:
    """Open the container and choose the moving picture in it."""
    try:
        container = av.open(
            # In a relative path what comes before a colon would be taken for a protocol.
            str(path.absolute()),
            options={"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"},
            metadata_errors="ignore",
        )
    except av.FFmpegError as error:
        raise UnreadableError(
            f"{path}: this isn't a video that can be read ({error.strerror})",
            hint="give an mp4, mov, mkv, webm, avi or gif; a file cut off while copying must be "
            "copied again",
        ) from error
    # Cover art in an audio file is a video stream of one still.
    moving = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    # PyAV leaves the context out, whatever its types say, where FFmpeg has no decoder.
    if moving and moving[0].codec_context is not None:
        return container, moving[0]
    has_audio = bool(container.streams.audio)
    container.close()
    if moving:
        raise UnreadableError(
            f"{path}: the video is damaged or of a kind that can't be decoded", hint=REENCODE_HINT
        )
    raise UnreadableError(
        f"{path}: there is {'only sound' if has_audio else 'no picture'} in this file",
        hint="give the clip with its video stream",
    )


def frames_expected(container: InputContainer, stream: VideoStream) -> int:
    """Frames by the header, or by its duration and rate; 0 where it has neither."""
    if stream.frames:
        return stream.frames
    if container.duration is None or not stream.average_rate:
        return 0
    return max(0, round(container.duration / av.time_base * float(stream.average_rate)))


def stored_rate_hz(path: Path) -> float:
    """Measure the container's frame rate from its timestamps, without decoding."""
    container, stream = open_stream(path)
    stamps: set[int] = set()
    with container:
        try:
            for packet in itertools.islice(container.demux(stream), _MAX_STAMPS):
                stamp = packet.dts if packet.pts is None else packet.pts
                if packet.size and stamp is not None:
                    stamps.add(stamp)
        except av.FFmpegError:
            # What was read before the damage is enough, or the check below refuses.
            pass
        tick = stream.time_base or Fraction(0)
    rate_hz = frame_rate_hz(time_s=np.array([float(stamp * tick) for stamp in sorted(stamps)]))
    if math.isfinite(rate_hz):
        return rate_hz
    raise UnreadableError(
        f"{path}: too few timestamps to measure the stored frame rate",
        hint="leave out the capture rate, or give a clip of more than one frame",
    )
