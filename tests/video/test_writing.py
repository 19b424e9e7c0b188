from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from barpath.errors import OutputError, UsageError
from barpath.video import codec_support, open_clip, write_video
from tests.video.cards import Image, card, number_of, numbered
from tests.video.disk import full_disk


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_turn_is_shown_as_asked(tmp_path: Path, rotation_deg: int, mirrored: bool) -> None:
    path = tmp_path / "turned.mp4"
    write_video(path, [card()] * 2, fps=30, rotation_deg=rotation_deg, mirrored=mirrored)
    shown = np.rot90(np.fliplr(card()) if mirrored else card(), -rotation_deg // 90)
    with open_clip(path) as clip:
        rgb = next(iter(clip)).rgb()
    assert (np.abs(rgb.astype(int) - shown) <= 3).mean() > 0.85
    if not mirrored:
        # PyAV's own reading, anticlockwise.
        with av.open(str(path)) as container:
            assert next(container.decode(video=0)).rotation % 360 == -rotation_deg % 360


@pytest.mark.parametrize("codec", ["h264", "hevc", "hevc10", "vp9", "mpeg4"])
def test_colours_come_back(tmp_path: Path, codec: str) -> None:
    colours = [(200, 40, 40), (40, 180, 60), (50, 60, 210), (220, 210, 40)]
    image = np.zeros((64, 128, 3), np.uint8)
    for index, colour in enumerate(colours):
        image[:, index * 32 : (index + 1) * 32] = colour
    write_video(tmp_path / "c.mp4", [image] * 2, fps=30, codec=codec)
    with open_clip(tmp_path / "c.mp4") as clip:
        rgb = next(iter(clip)).rgb()
    for index, colour in enumerate(colours):
        # BT.601 read as BT.709 would be 15 levels off in these.
        np.testing.assert_allclose(rgb[32, index * 32 + 16].astype(int), colour, atol=7)


def test_odd_sizes_double_the_last_row_and_column(tmp_path: Path) -> None:
    image = card(127, 63)
    write_video(tmp_path / "odd.mp4", [image] * 2, fps=30)
    with open_clip(tmp_path / "odd.mp4") as clip:
        rgb = next(iter(clip)).rgb()
    assert rgb.shape == (64, 128, 3)
    for y, x in [(0, 127), (63, 0), (63, 127)]:
        # 5 levels of compression; rows of black would be 30 to 220 off.
        np.testing.assert_allclose(rgb[y, x].astype(int), image[min(y, 62), min(x, 126)], atol=5)


@pytest.mark.parametrize("fps", [23.976023976023978, 30000 / 1001, 25, Fraction(60000, 1001), 240])
def test_rates_are_exact(tmp_path: Path, fps: float | Fraction) -> None:
    write_video(tmp_path / "r.mp4", map(numbered, range(20)), fps=fps)
    with open_clip(tmp_path / "r.mp4") as clip:
        times_s = [frame.time_s for frame in clip]
    np.testing.assert_allclose(times_s, np.arange(20) / float(fps), rtol=1e-12)


def test_the_index_comes_before_the_pictures(tmp_path: Path) -> None:
    write_video(tmp_path / "f.mp4", [card()] * 2, fps=30)
    data = (tmp_path / "f.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_frames_are_counted_and_taken_as_they_come(tmp_path: Path) -> None:
    drawn = 0

    def draw() -> Iterator[Image]:
        nonlocal drawn
        for index in range(100):
            drawn += 1
            yield numbered(index)

    assert write_video(tmp_path / "n.mkv", draw(), fps=30) == drawn == 100
    with open_clip(tmp_path / "n.mkv") as clip:
        assert [number_of(frame.luma()) for frame in clip] == list(range(100))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "either"),
        ({"fps": 30, "times_s": [0.0, 0.1, 0.2]}, "either"),
        ({"fps": 0}, "frame rate"),
        ({"fps": float("nan")}, "frame rate"),
        ({"times_s": [0.0, 0.2, 0.1]}, "increasing"),
        ({"times_s": [0.0, 0.1, float("nan")]}, "increasing"),
        ({"times_s": [0.0, 0.1]}, "frame 2 "),
        ({"times_s": [0.0, 0.1, 0.2, 0.3]}, "3 frames"),
        ({"fps": 30, "codec": "divx"}, "divx"),
        ({"fps": 30, "codec": "gif"}, "gif"),
        ({"fps": 30, "codec": "mjpeg", "crf": 20}, "constant rate"),
        ({"fps": 30, "rotation_deg": 45}, "45"),
    ],
)
def test_contradictions_are_refused_and_leave_nothing(
    tmp_path: Path, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        write_video(tmp_path / "x.mp4", [card()] * 3, **arguments)
    assert list(tmp_path.iterdir()) == []


def test_avi_has_no_variable_times(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="AVI"):
        write_video(tmp_path / "x.avi", [card()] * 2, times_s=[0.0, 0.1])


@pytest.mark.parametrize("images", [[], [card(), card(64, 64)], [card()[:, :, 0]]])
def test_no_frames_or_uneven_frames_are_refused(tmp_path: Path, images: list[Image]) -> None:
    with pytest.raises(UsageError, match="frame"):
        write_video(tmp_path / "x.mp4", images, fps=30)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_a_failing_source_keeps_the_file_that_was_there(
    tmp_path: Path, kind: type[BaseException]
) -> None:
    def draw() -> Iterator[Image]:
        yield card()
        raise kind("lost")

    target = tmp_path / "x.mp4"
    target.write_bytes(b"before")
    with pytest.raises(kind, match="lost"):
        write_video(target, draw(), fps=30)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_folder_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="can't be written") as caught:
        write_video(tmp_path / "none" / "x.mp4", [card()], fps=30)
    assert caught.value.hint


def test_an_unknown_container_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nonsense"):
        write_video(tmp_path / "x.nonsense", [card()], fps=30)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = (rng.integers(0, 255, (64, 128, 3), dtype=np.uint8) for _ in range(60))
    with full_disk(20_000), pytest.raises(OutputError, match="can't be written"):
        write_video(tmp_path / "x.mp4", noise, fps=30)
    assert list(tmp_path.iterdir()) == []


def test_codec_support_names_what_the_tests_above_use() -> None:
    support = {codec.name: codec for codec in codec_support()}
    assert {"h264", "hevc", "av1", "vp9", "mpeg4", "mjpeg", "gif"} <= set(support)
    assert all(codec.decodes and codec.encodes for codec in support.values())
