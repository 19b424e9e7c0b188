"""Sound carried over from one clip to another."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from barpath.video import write_video
from tests.video.cards import card

RATE_HZ = 48_000


def loud(path: Path, *, codec: str, pictures_from_s: float = 0.0, clicks_s: float = 1.5) -> Path:
    """Two seconds of silence with one click, and pictures that may begin later."""
    samples = np.zeros(2 * RATE_HZ, np.int16)
    at = round(clicks_s * RATE_HZ)
    samples[at : at + 480] = 20_000
    with av.open(str(path), "w") as out:
        video = out.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 128, 64, "yuv420p"
        audio = out.add_stream(codec, rate=RATE_HZ)
        audio.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, 0, Fraction(1, RATE_HZ)
        resampler = av.AudioResampler(
            format=audio.format.name, layout="mono", rate=RATE_HZ, frame_size=1024
        )
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            out.mux(audio.encode(part))
        out.mux(audio.encode(None))
        first = round(pictures_from_s * 25)
        for index in range(first, 50):
            picture = av.VideoFrame.from_ndarray(card(), format="rgb24")
            picture.pts = index
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
    return path


def click_s(path: Path) -> float:
    """When the click is heard after the first picture."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        parts = [(float(f.time), np.abs(f.to_ndarray()[0])) for f in container.decode(stream)]
        scale = 1.0 if parts[0][1].dtype.kind == "f" else 32768.0
    for start_s, part in parts:
        found = np.flatnonzero(part / scale > 0.2)
        if found.size:
            return start_s + found[0] / RATE_HZ
    raise AssertionError("no click is heard")


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
@pytest.mark.parametrize("pictures_from_s", [0.0, 0.8])
def test_it_stays_in_step_with_the_pictures(
    tmp_path: Path, codec: str, pictures_from_s: float
) -> None:
    source = loud(tmp_path / "a.mkv", codec=codec, pictures_from_s=pictures_from_s)
    count = 50 - round(25 * pictures_from_s)
    write_video(tmp_path / "b.mp4", [card()] * count, fps=25, sound_of=source)
    # Matroska keeps milliseconds; AAC spreads a click over a part of its 21 ms frame, and its
    # encoder adds a delay of one more frame when PCM becomes AAC.
    assert click_s(tmp_path / "b.mp4") == pytest.approx(1.5 - pictures_from_s, abs=0.025)


def test_it_ends_with_the_pictures(tmp_path: Path) -> None:
    source = loud(tmp_path / "a.mkv", codec="aac")
    write_video(tmp_path / "b.mp4", [card()] * 10, fps=25, sound_of=source)
    with av.open(str(tmp_path / "b.mp4")) as container:
        audio = container.streams.audio[0]
        assert float(audio.duration * audio.time_base) == pytest.approx(0.4, abs=0.07)


def test_a_silent_clip_gives_a_silent_one(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", [card()] * 5, fps=25)
    write_video(tmp_path / "b.mp4", [card()] * 5, fps=25, sound_of=tmp_path / "a.mp4")
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert not container.streams.audio
