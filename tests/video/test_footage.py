from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from barpath.errors import OutputError, UnmeasurableError, UnreadableError
from barpath.pixels import enlarged_px
from barpath.video import open_clip, read_footage, reading, write_video
from tests.video.cards import HEIGHT, WIDTH, Image, number_of, numbered
from tests.video.disk import full_disk

RawClip = Callable[..., Path]


@pytest.fixture(scope="module")
def clip_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "set.mp4"
    write_video(path, map(numbered, range(50)), fps=30)
    return path


def no_thread_left() -> bool:
    return not any(thread.name.startswith("barpath") for thread in threading.enumerate())


@pytest.mark.parametrize("long_side_px", [WIDTH, WIDTH // 2, 50])
def test_footage_holds_what_the_clip_shows(clip_path: Path, long_side_px: int) -> None:
    with (
        read_footage(clip_path, long_side_px=long_side_px) as footage,
        open_clip(clip_path) as clip,
    ):
        assert len(footage) == 50
        assert max(footage.shape) <= long_side_px
        for frame in clip:
            assert frame.time_s == footage.time_s[frame.index]
            expected = frame.luma(factor=footage.factor)
            np.testing.assert_array_equal(footage.luma(frame.index), expected)
            np.testing.assert_array_equal(footage.rows(frame.index, 3, 9), expected[3:9])
    assert no_thread_left()


def test_random_access_from_two_threads(clip_path: Path) -> None:
    wrong: list[int] = []

    def read_all(order: list[int]) -> None:
        wrong.extend(index for index in order if number_of(footage.luma(index)) != index)

    with read_footage(clip_path) as footage:
        forward = list(range(len(footage)))
        readers = [
            threading.Thread(target=read_all, args=(order,))
            for order in (forward * 10, forward[::-1] * 10)
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    assert wrong == []


def test_what_is_said_of_the_clip(clip_path: Path) -> None:
    with read_footage(clip_path, capture_fps=120) as footage:
        assert footage.info.time_scale == pytest.approx(0.25)
        assert footage.duration_s == pytest.approx(49 / 120)
        assert footage.rate_hz == pytest.approx(120)
        assert (footage.corrupt, footage.dropped, footage.variable_rate) == (0, 0, False)
        assert not footage.damaged.any()


def test_variable_rate_is_noticed(tmp_path: Path) -> None:
    times_s = np.cumsum(np.where(np.arange(30) % 2, 0.030, 0.040))
    write_video(tmp_path / "vfr.mp4", map(numbered, range(30)), times_s=times_s)
    with read_footage(tmp_path / "vfr.mp4") as footage:
        assert footage.variable_rate


def disc(x_px: float, y_px: float, *, width: int, height: int) -> Image:
    """A bright disc of 30 px radius with an anti-aliased rim."""
    y, x = np.mgrid[:height, :width]
    grey = 255 * np.clip(30.5 - np.hypot(x - x_px, y - y_px), 0, 1)
    return np.repeat(grey.astype(np.uint8)[:, :, None], 3, axis=2)


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
def test_a_disc_keeps_its_place_through_shrinking_and_turning(
    tmp_path: Path, rotation_deg: int
) -> None:
    width, height, x_px, y_px = 334, 250, 121.3, 96.8
    path = tmp_path / "disc.mp4"
    image = disc(x_px, y_px, width=width, height=height)
    write_video(path, [image] * 2, fps=30, rotation_deg=rotation_deg, crf=5)
    shown = {
        0: (x_px, y_px),
        90: (height - 1 - y_px, x_px),
        180: (width - 1 - x_px, height - 1 - y_px),
        270: (y_px, width - 1 - x_px),
    }[rotation_deg]
    with read_footage(path, long_side_px=120) as footage:
        assert footage.factor == 3
        grey = footage.luma(0).astype(float) - 16
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]]
    centroid = np.array([(grey * x).sum(), (grey * y).sum()]) / grey.sum()
    # A 30-px disc has 2800 px: a level of rounding in each leaves hundredths of a pixel. Half a
    # working pixel, the mistake that could be made, would be 1.5.
    np.testing.assert_allclose(enlarged_px(centroid, factor=footage.factor), shown, atol=0.1)


@pytest.mark.parametrize(
    ("index", "top", "bottom"), [(-1, 0, 1), (50, 0, 1), (0, -1, 1), (0, 0, 65), (0, 5, 4)]
)
def test_reading_outside_is_an_error(clip_path: Path, index: int, top: int, bottom: int) -> None:
    with read_footage(clip_path) as footage, pytest.raises(IndexError, match="asked for"):
        footage.rows(index, top, bottom)


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texture whose every pixel matters, 960x540."""
    path = tmp_path_factory.mktemp("clips") / "long.mp4"
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 255, (12, 54, 96), dtype=np.uint8)
    images = (np.repeat(np.kron(g, np.ones((10, 10), np.uint8))[:, :, None], 3, 2) for g in coarse)
    write_video(path, images, fps=30)
    return path


@pytest.mark.parametrize("header_is_right", [True, False])
def test_the_budget_is_kept_whatever_the_header_says(
    long_clip: Path, monkeypatch: pytest.MonkeyPatch, header_is_right: bool
) -> None:
    if not header_is_right:
        monkeypatch.setattr(reading, "frames_expected", lambda *_: 1)
    budget_bytes = 12 * 960 * 540 // 5
    with (
        read_footage(long_clip, budget_bytes=budget_bytes) as footage,
        open_clip(long_clip) as clip,
    ):
        assert len(footage) == 12
        assert footage.factor == (3 if header_is_right else 4)
        assert len(footage) * footage.shape[0] * footage.shape[1] <= budget_bytes
        for frame in clip:
            expected = frame.luma(factor=footage.factor).astype(int)
            # Shrinking in two steps rounds twice.
            assert np.abs(footage.luma(frame.index) - expected).max() <= 1


def test_a_clip_too_long_for_any_sharpness_is_refused(
    long_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "frames_expected", lambda *_: 0)
    with pytest.raises(UnmeasurableError, match="too long") as caught:
        read_footage(long_clip, budget_bytes=12 * 960 * 540 // 200)
    assert "cut" in caught.value.hint
    assert no_thread_left()


def test_progress_rises_to_one(clip_path: Path) -> None:
    seen: list[float] = []
    with read_footage(clip_path, progress=seen.append):
        pass
    assert seen == sorted(seen)
    assert len(seen) >= 50
    assert seen[-1] == 1.0


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_a_progress_that_raises_leaves_nothing_behind(
    clip_path: Path, kind: type[BaseException]
) -> None:
    opened = set(os.listdir("/proc/self/fd")) if sys.platform == "linux" else set()

    def stop(done: float) -> None:
        if done > 0.5:
            raise kind("stop")

    with pytest.raises(kind, match="stop"):
        read_footage(clip_path, progress=stop)
    assert no_thread_left()
    if sys.platform == "linux":
        assert set(os.listdir("/proc/self/fd")) == opened


def test_a_size_change_leaves_nothing_behind(raw_clip: RawClip, tmp_path: Path) -> None:
    images = [numbered(i) for i in range(20)]
    small = raw_clip("1.ts", images)
    large = raw_clip("2.ts", [np.tile(image, (2, 2, 1)) for image in images], first_pts=100)
    (tmp_path / "both.ts").write_bytes(small.read_bytes() + large.read_bytes())
    with pytest.raises(UnreadableError, match="changes from"):
        read_footage(tmp_path / "both.ts")
    assert no_thread_left()


def test_the_scratch_file_has_no_name(
    clip_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with read_footage(clip_path) as footage:
        assert number_of(footage.luma(7)) == 7
        assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_plainly(clip_path: Path) -> None:
    with (
        full_disk(20 * WIDTH * HEIGHT),
        pytest.raises(OutputError, match="can't be kept in") as caught,
    ):
        read_footage(clip_path)
    assert "TMPDIR" in caught.value.hint
    assert no_thread_left()


MEASURE = """
import resource, sys
from barpath.video import read_footage
with read_footage(sys.argv[1]) as footage:
    for index in range(len(footage)):
        footage.luma(index)
print(len(footage), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux only")
def test_memory_does_not_grow_with_the_clip(tmp_path: Path) -> None:
    peaks_mb = []
    for count in (30, 330):
        path = tmp_path / f"{count}.mp4"
        images = (np.full((360, 640, 3), index % 200, np.uint8) for index in range(count))
        write_video(path, images, fps=30, codec="mpeg4")
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
        )
        frames, peak_kb = map(int, done.stdout.split())
        assert frames == count
        peaks_mb.append(peak_kb / 1024)
    # 300 more pictures of 0.23 MB would be 69 MB; the rest is the allocator's whim.
    assert peaks_mb[1] - peaks_mb[0] < 25
