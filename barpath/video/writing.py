"""Encoding pictures into a video file, whole or not at all."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
from numpy.typing import NDArray

from barpath.errors import OutputError, UsageError
from barpath.video.sound import Sound, open_sound
from barpath.video.timing import frame_rate_hz

# Divides 24, 25, 30, 50 and 60 Hz and stays under the 16 bits that MPEG-4 keeps times in.
_TIME_BASE = Fraction(1, 60000)

# ITU-T H.273 code point 1: BT.709 primaries, transfer and matrix, what players take HD to be.
_BT709 = 1


@dataclass(frozen=True)
class _Encoder:
    """How one codec is asked for."""

    encoder: str
    pixel_format: str
    crf: int | None
    options: tuple[tuple[str, str], ...] = ()
    tag: str | None = None


@dataclass(frozen=True)
class _Timing:
    """When each frame is shown."""

    rate: Fraction
    time_base: Fraction
    stamps: Iterator[int]
    count: int | None


@dataclass(frozen=True)
class _Turn:
    """How players are told to turn the picture."""

    rotation_deg: int
    mirrored: bool


# With B-frames x265 now and then leaves a clip of one or two frames without timestamps (x265 in
# FFmpeg 8.1: 47 of 60 tries), and the muxer refuses it.
_X265_OPTIONS = (("preset", "veryfast"), ("x265-params", "log-level=none:bframes=0"))

_ENCODERS = {
    "h264": _Encoder("libx264", "yuv420p", 20, (("preset", "veryfast"),)),
    # A quarter of the time of the above, in a file two to three times as large (measured on
    # 1080p30: 6 against 25 ms of processor time a frame).
    "h264quick": _Encoder(
        "libx264", "yuv420p", 25, (("preset", "ultrafast"), ("x264-params", "subme=0"))
    ),
    "hevc": _Encoder(
        "libx265",
        "yuv420p",
        22,
        _X265_OPTIONS,
        tag="hvc1",
    ),
    "hevc10": _Encoder(
        "libx265",
        "yuv420p10le",
        22,
        _X265_OPTIONS,
        tag="hvc1",
    ),
    "vp9": _Encoder(
        "libvpx-vp9", "yuv420p", 30, (("deadline", "realtime"), ("cpu-used", "8"), ("b", "0"))
    ),
    "mpeg4": _Encoder("mpeg4", "yuv420p", None, (("qmin", "2"), ("qmax", "4"))),
    "mjpeg": _Encoder("mjpeg", "yuvj420p", None, (("qmin", "2"), ("qmax", "4"))),
    "gif": _Encoder("gif", "rgb8", None),
}


_ANY = frozenset(_ENCODERS) - {"gif"}
_CODECS_IN = {
    ".mp4": _ANY,
    ".mov": _ANY - {"vp9"},
    ".mkv": _ANY,
    ".webm": frozenset({"vp9"}),
    ".avi": frozenset({"h264", "mpeg4", "mjpeg"}),
    ".gif": frozenset({"gif"}),
}


def write_video(
    path: str | os.PathLike[str],
    frames: Iterable[NDArray[np.uint8]],
    *,
    fps: float | Fraction | None = None,
    times_s: Sequence[float] | NDArray[np.float64] | None = None,
    codec: str = "h264",
    crf: int | None = None,
    rotation_deg: int = 0,
    mirrored: bool = False,
    sound_of: Path | None = None,
) -> int:
    """Encode pictures as they come, and move the file into place when it is whole.

    Parameters
    ----------
    path : path-like
        Its suffix chooses the container: mp4, mov, mkv, webm, avi or gif.
    frames : iterable of ndarray of uint8, shape (height, width, 3)
        RGB, all of one size, as stored (not turned by `rotation_deg`). Chroma is halved, so an
        odd last row or column is doubled to make the size even (not in a GIF). Or planar YUV
        4:2:0 as `Frame.i420` gives it, shape (height * 3 / 2, width), which needs no conversion.
    fps : float or Fraction, optional
        Constant frame rate, Hz; exact as a Fraction. Either this or `times_s`.
    times_s : sequence of float, optional
        Strictly increasing time of each frame, s, kept to 1/60000 s or the container's own
        resolution (1 ms in mkv and webm, 10 ms in gif).
    codec : str
        h264, h264quick (less effort), hevc, hevc10 (10 bits), vp9, mpeg4, mjpeg or gif.
    crf : int, optional
        Constant rate factor of h264, hevc and vp9; lower is better. Chosen by codec if None.
    rotation_deg : int
        Clockwise turn that players are told to show the picture with: 0, 90, 180 or 270.
    mirrored : bool
        Whether they are told to mirror it left to right before the turn.
    sound_of : Path, optional
        A clip whose sound is carried over, from its first picture on, as long as there are
        pictures.

    Returns
    -------
    int
        Frames written.

    Raises
    ------
    UsageError
        The parameters contradict each other.
    OutputError
        The file can't be written; nothing is left behind.
    """
    target = Path(path)
    encoder = _choose_encoder(codec=codec, crf=crf, suffix=target.suffix)
    if rotation_deg not in (0, 90, 180, 270):
        raise UsageError(
            f"a picture can't be tagged with a turn of {rotation_deg} degrees",
            hint="give 0, 90, 180 or 270",
        )
    timing = _timing(fps=fps, times_s=times_s, suffix=target.suffix)
    # The name keeps its suffix, by which FFmpeg chooses the container.
    draft = target.with_name(f".{target.stem}.{os.getpid()}.part{target.suffix}")
    try:
        with ExitStack() as on_failure:
            on_failure.callback(draft.unlink, missing_ok=True)
            count = _encode(
                draft,
                frames,
                encoder=encoder,
                timing=timing,
                turn=_Turn(rotation_deg=rotation_deg, mirrored=mirrored),
                sound=None if sound_of is None else open_sound(sound_of),
            )
            draft.replace(target)
            on_failure.pop_all()
    except (av.FFmpegError, OSError) as error:
        raise OutputError(
            f"{target}: the video can't be written ({error.strerror})",
            hint="check that the folder exists, can be written to and has room",
        ) from error
    return count


def _choose_encoder(*, codec: str, crf: int | None, suffix: str) -> _Encoder:
    codecs = _CODECS_IN.get(suffix.lower())
    if codecs is None:
        raise UsageError(
            f"there is no container for the suffix {suffix!r}",
            hint=f"choose one of {', '.join(_CODECS_IN)}",
        )
    if codec not in codecs:
        raise UsageError(
            f"a {suffix} file can't be written with the codec {codec!r}",
            hint=f"choose one of {', '.join(sorted(codecs))}",
        )
    encoder = _ENCODERS[codec]
    if crf is None:
        return encoder
    if encoder.crf is None:
        raise UsageError(
            f"{codec} has no constant rate factor", hint="leave it out, or encode h264"
        )
    return replace(encoder, crf=crf)


def _timing(
    *,
    fps: float | Fraction | None,
    times_s: Sequence[float] | NDArray[np.float64] | None,
    suffix: str,
) -> _Timing:
    """Turn a rate or a column of times into timestamps."""
    if (fps is None) == (times_s is None):
        raise UsageError(
            "a video needs either a frame rate or a time for each frame",
            hint="give one of fps and times_s",
        )
    if fps is not None:
        if not (math.isfinite(fps) and fps > 0):
            raise UsageError(f"the frame rate can't be {fps}", hint="give a positive number")
        # 30000/1001 and its like come back exact from their float.
        rate = Fraction(fps).limit_denominator(1001)
        return _Timing(rate=rate, time_base=1 / rate, stamps=itertools.count(), count=None)
    time_s = np.asarray(times_s, dtype=np.float64)
    if time_s.ndim != 1 or not np.all(np.isfinite(time_s)) or np.any(np.diff(time_s) <= 0):
        raise UsageError(
            f"the times of the frames (shape {time_s.shape}) must be one strictly increasing row",
            hint="sort them and leave out doubles",
        )
    if suffix.lower() == ".avi":
        raise UsageError(
            "an AVI keeps no times of its own for the frames", hint="write an mp4 or mkv"
        )
    rate_hz = frame_rate_hz(time_s=time_s)
    return _Timing(
        # The encoder's bit budget wants a rate; the frames are shown by their stamps.
        rate=Fraction(rate_hz if math.isfinite(rate_hz) else 1.0).limit_denominator(1001),
        time_base=_TIME_BASE,
        stamps=(round(float(moment) / _TIME_BASE) for moment in time_s),
        count=time_s.size,
    )


def _encode(
    draft: Path,
    frames: Iterable[NDArray[np.uint8]],
    *,
    encoder: _Encoder,
    timing: _Timing,
    turn: _Turn,
    sound: Sound | None,
) -> int:
    """Encode the frames into a new file and count them."""
    count = 0
    stream: VideoStream | None = None
    # The index goes first, so that browsers can begin to play before they have it all.
    options = {"movflags": "+faststart"} if draft.suffix.lower() in (".mp4", ".mov") else {}
    with ExitStack() as stack:
        if sound is not None:
            stack.callback(sound.close)
        container = stack.enter_context(av.open(str(draft.absolute()), "w", options=options))
        for image in frames:
            even = _even(image, encoder=encoder)
            if stream is None:
                stream = _add_stream(container, encoder=encoder, timing=timing, size=_size(even))
                _tag_turn(stream, turn)
                if sound is not None:
                    sound.add_to(container)
            stamp = next(timing.stamps, None)
            if stamp is None or _size(even) != (stream.height, stream.width):
                raise UsageError(
                    f"frame {count} of shape {image.shape} doesn't follow from those before",
                    hint="give RGB frames of one size, and as many times as frames",
                )
            picture = _to_picture(even, pixel_format=encoder.pixel_format)
            picture.pts, picture.time_base = stamp, timing.time_base
            container.mux(stream.encode(picture))
            if sound is not None:
                for packet in sound.until(float(stamp * timing.time_base)):
                    container.mux(packet)
            count += 1
        if stream is None or timing.count not in (None, count):
            raise UsageError(
                f"{count} frames were given for {timing.count or 'a video of'} times",
                hint="give at least one frame, and as many times as frames",
            )
        container.mux(stream.encode(None))
    return count


def _add_stream(
    container: OutputContainer, *, encoder: _Encoder, timing: _Timing, size: tuple[int, int]
) -> VideoStream:
    options = dict(encoder.options)
    if encoder.crf is not None:
        options["crf"] = str(encoder.crf)
    stream = container.add_stream(
        encoder.encoder, rate=timing.rate, options=options, time_base=timing.time_base
    )
    if not isinstance(stream, VideoStream):
        raise TypeError(f"{encoder.encoder} isn't a video encoder")
    (stream.height, stream.width), stream.pix_fmt = size, encoder.pixel_format
    context = stream.codec_context
    if encoder.tag is not None and container.format.name in ("mp4", "mov"):
        # Apple's players want HEVC under this name.
        context.codec_tag = encoder.tag
    if encoder.pixel_format.startswith("yuv420p"):
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = _BT709
    return stream


def _tag_turn(stream: VideoStream, turn: _Turn) -> None:
    """Write the display matrix; PyAV turns anticlockwise first and mirrors after."""
    if turn.rotation_deg or turn.mirrored:
        # Mirroring before a clockwise turn is mirroring after the same turn anticlockwise.
        anticlockwise = turn.rotation_deg if turn.mirrored else -turn.rotation_deg
        stream.set_display_rotation(anticlockwise, hflip=turn.mirrored)


def _to_picture(image: NDArray[np.uint8], *, pixel_format: str) -> av.VideoFrame:
    """Convert to what the encoder takes, with the colours that the stream is tagged with."""
    if image.ndim == 2:
        planar = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="yuv420p")
        return planar.reformat(format=pixel_format)
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
    if pixel_format == "rgb8":
        return picture.reformat(format=pixel_format)
    if pixel_format.startswith("yuvj"):
        # JPEG is full range BT.601 by definition (JFIF 1.02).
        return picture.reformat(
            format=pixel_format,
            dst_colorspace=Colorspace.ITU601,
            dst_color_range=ColorRange.JPEG,
        )
    return picture.reformat(
        format=pixel_format, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )


def _size(image: NDArray[np.uint8]) -> tuple[int, int]:
    """Give the height and width of a picture, RGB or planar; of no other shape."""
    if image.ndim == 2 and image.shape[0] % 3 == 0 and image.shape[1] % 2 == 0:
        return image.shape[0] * 2 // 3, image.shape[1]
    if image.ndim == 3 and image.shape[2] == 3:
        return image.shape[0], image.shape[1]
    raise UsageError(
        f"a frame of shape {image.shape} is no picture",
        hint="give RGB frames of shape (height, width, 3)",
    )


def _even(image: NDArray[np.uint8], *, encoder: _Encoder) -> NDArray[np.uint8]:
    """Double the last row and column where their number is odd and chroma is halved."""
    if image.ndim != 3 or encoder.pixel_format == "rgb8":
        return image
    odd_height, odd_width = image.shape[0] % 2, image.shape[1] % 2
    if not (odd_height or odd_width):
        return image
    return np.pad(image, ((0, odd_height), (0, odd_width), (0, 0)), mode="edge")
