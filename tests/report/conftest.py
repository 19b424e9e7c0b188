"""A grey clip for the hand-made analysis: whatever else is in the overlay was drawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from barpath.analysis import SetAnalysis
from barpath.video import write_video

GREY = 110
WIDTH, HEIGHT = 640, 360
SCALE = 0.5
MIDFOOT_PX = 320.0


@pytest.fixture
def small(analysis: SetAnalysis) -> SetAnalysis:
    """The hand-made analysis at half the size and every third frame: quick to draw and encode."""
    track = _thinned(analysis.track)
    return dataclasses.replace(
        analysis,
        clip=dataclasses.replace(
            analysis.clip, width=WIDTH, height=HEIGHT, frames=track.time_s.size
        ),
        # Aside from the path, so that the two can be told apart.
        midfoot=dataclasses.replace(analysis.midfoot, x_px=MIDFOOT_PX),
        motion=_thinned(analysis.motion),
        track=dataclasses.replace(
            track,
            x_px=track.x_px * SCALE,
            y_px=track.y_px * SCALE,
            radius_px=track.radius_px * SCALE,
            plate=dataclasses.replace(
                track.plate, rim=dataclasses.replace(track.plate.rim, angle_deg=30.0)
            ),
        ),
    )


def _thinned(carrier):
    """Keep every third entry of each column of a track or a motion."""
    columns = {f.name: getattr(carrier, f.name) for f in dataclasses.fields(carrier)}
    return dataclasses.replace(
        carrier,
        **{name: value[::3] for name, value in columns.items() if isinstance(value, np.ndarray)},
    )


@pytest.fixture
def grey_clip(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that writes an even clip with the times of an analysis."""

    def write(
        analysis: SetAnalysis, *, name: str = "set.mp4", level: int = GREY, rotation_deg: int = 0
    ) -> Path:
        turned = rotation_deg % 180 != 0
        shape = (WIDTH, HEIGHT, 3) if turned else (HEIGHT, WIDTH, 3)
        image = np.full(shape, level, dtype=np.uint8)
        write_video(
            tmp_path / name,
            (image for _ in analysis.motion.time_s),
            times_s=analysis.motion.time_s,
            rotation_deg=rotation_deg,
        )
        return tmp_path / name

    return write


@pytest.fixture
def with_sound(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that adds a tone of 440 Hz to a clip, in a container and codec asked for."""

    def add(clip: Path, *, name: str, codec: str) -> Path:
        rate_hz = 48_000
        with av.open(str(clip)) as source, av.open(str(tmp_path / name), "w") as out:
            pictures = source.streams.video[0]
            video = out.add_stream_from_template(pictures)
            audio = out.add_stream(codec, rate=rate_hz)
            audio.layout = "mono"
            for packet in source.demux(pictures):
                if packet.size:
                    packet.stream = video
                    out.mux(packet)
            samples = np.arange(round(rate_hz * float(pictures.duration * pictures.time_base)))
            tone = (8000 * np.sin(2 * np.pi * 440 * samples / rate_hz)).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(tone[None, :], format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = rate_hz, 0, Fraction(1, rate_hz)
            resampler = av.AudioResampler(
                format=audio.format.name, layout="mono", rate=rate_hz, frame_size=1024
            )
            for part in (*resampler.resample(frame), *resampler.resample(None)):
                out.mux(audio.encode(part))
            out.mux(audio.encode(None))
        return tmp_path / name

    return add
