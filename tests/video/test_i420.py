"""Planar pictures: the same as the RGB ones, whichever way the clip is stored."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace

from barpath.errors import UsageError
from barpath.video import open_clip, write_video
from barpath.video.picture import split_i420

COLOURS = [(200, 40, 40), (40, 180, 60), (50, 60, 210), (220, 210, 40)]


def quarters(width: int = 128, height: int = 96) -> np.ndarray:
    image = np.zeros((height, width, 3), np.uint8)
    for index, colour in enumerate(COLOURS):
        top, left = index // 2 * height // 2, index % 2 * width // 2
        image[top : top + height // 2, left : left + width // 2] = colour
    return image


def as_rgb(planar: np.ndarray) -> np.ndarray:
    frame = av.VideoFrame.from_ndarray(planar, format="yuv420p")
    return frame.to_ndarray(format="rgb24", src_colorspace=Colorspace.ITU709).astype(int)


@pytest.mark.parametrize("codec", ["h264", "hevc10", "mjpeg"])
@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
def test_it_is_the_upright_picture(tmp_path: Path, codec: str, rotation_deg: int) -> None:
    path = tmp_path / "c.mov"
    write_video(path, [quarters()] * 2, fps=30, codec=codec, rotation_deg=rotation_deg)
    with open_clip(path) as clip:
        frame = next(iter(clip))
        planar = frame.i420(width=clip.info.width, height=clip.info.height)
        assert planar.shape == (clip.info.height * 3 // 2, clip.info.width)
        difference = np.abs(as_rgb(planar) - frame.rgb())
    # A level or two of rounding; BT.601 for BT.709 or a wrong range would be 15 and more. The
    # chroma of the borders between quarters is smeared, on some 8 % of the pixels.
    assert np.percentile(difference, 88) <= 3


def test_it_takes_the_size_asked_for(tmp_path: Path) -> None:
    write_video(tmp_path / "c.mp4", [quarters()] * 2, fps=30)
    with open_clip(tmp_path / "c.mp4") as clip:
        planar = next(iter(clip)).i420(width=64, height=48)
    rgb = as_rgb(planar)
    for index, colour in enumerate(COLOURS):
        at = rgb[12 + 24 * (index // 2), 16 + 32 * (index % 2)]
        np.testing.assert_allclose(at, colour, atol=6)


def test_drawing_on_it_leaves_the_clip_alone(tmp_path: Path) -> None:
    write_video(tmp_path / "c.mp4", [quarters()] * 2, fps=30)
    with open_clip(tmp_path / "c.mp4") as clip:
        frame = next(iter(clip))
        before = frame.rgb()
        frame.i420(width=128, height=96)[:] = 0
        np.testing.assert_array_equal(frame.rgb(), before)


def test_the_planes_are_views_of_it() -> None:
    planar = np.zeros((6 * 3 // 2, 4), np.uint8)  # six rows: a half plane ends in mid-row
    y, u, v = split_i420(planar)
    y[:], u[:], v[:] = 1, 2, 3
    assert (y.shape, u.shape, v.shape) == ((6, 4), (3, 2), (3, 2))
    assert planar.reshape(-1).tolist() == [1] * 24 + [2] * 6 + [3] * 6


def test_it_is_encoded_as_it_is(tmp_path: Path) -> None:
    planar = np.full((96, 64), 128, np.uint8)
    planar[:64] = np.arange(16, 80)[:, None]
    write_video(tmp_path / "c.mp4", [planar] * 3, fps=30, crf=5)
    with open_clip(tmp_path / "c.mp4") as clip:
        luma = next(iter(clip)).luma()
    np.testing.assert_allclose(luma.astype(int), planar[:64].astype(int), atol=2)


@pytest.mark.parametrize("shape", [(97, 64), (96, 63), (96,), (96, 64, 4)])
def test_what_is_no_picture_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="picture"):
        write_video(tmp_path / "c.mp4", [np.zeros(shape, np.uint8)], fps=30)
    assert list(tmp_path.iterdir()) == []
