"""Clips to time things on: one simulated repetition, looped, with a phone's noise and bit rate.

The rendered pictures are clean, so a plain encoding of them is a tenth of the size of a phone's and
decodes faster than any real clip. Here every frame gets its own sensor noise and the encoder is
told the bit rate of a phone, so that decoding, which everything is compared with, costs what it
costs in the field.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

from barpath.simulate import Drift, Lift, Recording, Scene, Surroundings, View
from benchmarks.cache import CACHE, clip_of, key_of

SEED = 20

#: Sensor noise of the luma, grey levels: a phone indoors.
NOISE_SD = 3.0

#: One repetition that ends where it began, rendered once; every clip below is made from it.
CYCLE = Scene(
    lift=Lift(reps=1, concentric_s=1.3, descent_s=1.3, lead_in_s=0.6, tail_s=0.5),
    drift=Drift(start_cm=0.5, break_cm=-1.5, lockout_cm=-1.0),
    view=View(1920, 1080, 120.0),
    recording=Recording(fps=60.0, noise_sd=0.0, crf=12),
    surroundings=Surroundings(rack_plates=4, wall_circles=1),
    seed=SEED,
)

_PTS_BASE = Fraction(1, 90_000)


@dataclass(frozen=True)
class Format:
    """What kind of clip: displayed size, rate, and the bit rate a phone gives it."""

    name: str
    width: int
    height: int
    fps: int
    mbit_s: float


FORMATS = {
    form.name: form
    for form in (
        Format("720p30", 1280, 720, 30, 5.0),
        Format("1080p30", 1920, 1080, 30, 8.0),
        Format("1080p60", 1920, 1080, 60, 12.0),
        Format("4K30", 3840, 2160, 30, 30.0),
    )
}


def looped_clip(*, form: Format, seconds: float) -> Path:
    """Give a clip of a format, at least so long, made when it isn't in the cache yet."""
    clip = CACHE / f"{form.name}_{seconds:g}s_{key_of((CYCLE, form, NOISE_SD))}.mp4"
    if clip.exists():
        return clip
    cycle, _ = clip_of(CYCLE)
    unfinished = clip.with_suffix(".part.mp4")
    _encode(pictures=_noisy(_looped(cycle, form=form, seconds=seconds)), form=form, to=unfinished)
    unfinished.replace(clip)
    return clip


def repeated_clip(*, clip: Path, seconds: float) -> Path:
    """Give a clip that repeats another's packets until it is `seconds` long."""
    longer = clip.with_name(f"{clip.stem}_repeated_{seconds:g}s.mp4")
    if longer.exists():
        return longer
    unfinished = longer.with_suffix(".part.mp4")
    with av.open(str(clip)) as source, av.open(str(unfinished), "w") as target:
        stored = source.streams.video[0]
        stream = target.add_stream_from_template(stored)
        length = stored.duration or 0
        for turn in itertools.count():
            if turn * length * (stored.time_base or 0) >= seconds:
                break
            source.seek(0)
            for packet in source.demux(stored):
                if packet.size:
                    packet.pts, packet.dts = (
                        (stamp or 0) + turn * length for stamp in (packet.pts, packet.dts)
                    )
                    packet.stream = stream
                    target.mux(packet)
    unfinished.replace(longer)
    return longer


def _looped(cycle: Path, *, form: Format, seconds: float) -> Iterator[av.VideoFrame]:
    """Go through the cycle again and again, at the format's size and rate."""
    every = round(CYCLE.recording.fps / form.fps)
    left = round(seconds * form.fps)
    while left > 0:
        with av.open(str(cycle)) as source:
            for index, frame in enumerate(source.decode(video=0)):
                if index % every == 0:
                    yield frame.reformat(width=form.width, height=form.height, format="yuv420p")
                    left -= 1


def _noisy(frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """Add fresh noise to the luma: a window somewhere in one large field of it."""
    rng = np.random.default_rng(SEED)
    field: NDArray[np.int8] | None = None
    for frame in frames:
        yuv = frame.to_ndarray()
        height, width = frame.height, frame.width
        if field is None:
            field = np.round(rng.normal(0, NOISE_SD, (height + 256, width + 256))).astype(np.int8)
        top, left = rng.integers(0, 256, 2)
        noise = field[top : top + height, left : left + width]
        yuv[:height] = np.clip(yuv[:height].astype(np.int16) + noise, 0, 255)
        yield av.VideoFrame.from_ndarray(yuv, format="yuv420p")


def _encode(*, pictures: Iterator[av.VideoFrame], form: Format, to: Path) -> None:
    """Encode as phones do: H.264 High at a given bit rate, a key frame a second, no B-frames."""
    with av.open(str(to), "w") as target:
        options = {"preset": "superfast", "bf": "0", "profile": "high"}
        stream = target.add_stream("libx264", rate=form.fps, options=options)
        stream.width, stream.height, stream.pix_fmt = form.width, form.height, "yuv420p"
        stream.bit_rate = round(form.mbit_s * 1e6)
        stream.codec_context.gop_size = form.fps
        stream.codec_context.time_base = _PTS_BASE
        for index, picture in enumerate(pictures):
            picture.pts, picture.time_base = index * 90_000 // form.fps, _PTS_BASE
            picture.pict_type = PictureType.NONE
            target.mux(stream.encode(picture))
        target.mux(stream.encode(None))
