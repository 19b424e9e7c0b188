from __future__ import annotations

import hashlib
import os
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from barpath.errors import ExitCode, UnreadableError, UsageError
from barpath.video import open_clip, reading, write_video
from tests.video.cards import HEIGHT, WIDTH, card, number_of, numbered

RawClip = Callable[..., Path]


def irregular_times_s(count: int) -> np.ndarray:
    """Gaps of 17 to 50 ms, as phones leave them in dim light."""
    gaps = np.random.default_rng(3).uniform(0.017, 0.050, count - 1)
    return np.concatenate([[0.0], np.cumsum(gaps)])


@pytest.mark.parametrize(
    ("name", "codec", "tolerance_s"),
    [
        # Both the first and the present stamp are rounded to half a tick: one tick in all.
        ("vfr.mp4", "h264", 1 / 60000),
        ("vfr.mov", "hevc", 1 / 60000),
        ("vfr.mkv", "h264", 1 / 1000),
        ("vfr.webm", "vp9", 1 / 1000),
    ],
)
def test_times_of_a_variable_rate_are_exact(
    tmp_path: Path, name: str, codec: str, tolerance_s: float
) -> None:
    times_s = irregular_times_s(60)
    write_video(tmp_path / name, map(numbered, range(60)), times_s=times_s, codec=codec)
    with open_clip(tmp_path / name) as clip:
        read = [(number_of(frame.luma()), frame.index, frame.time_s) for frame in clip]
    assert [number for number, _, _ in read] == list(range(60))
    assert [index for _, index, _ in read] == list(range(60))
    np.testing.assert_allclose([t for _, _, t in read], times_s, rtol=0, atol=tolerance_s)


def test_the_variable_rate_clip_really_has_b_frames(tmp_path: Path) -> None:
    # Without reordering the test above would show less than it says.
    write_video(tmp_path / "b.mp4", map(numbered, range(60)), times_s=irregular_times_s(60))
    with av.open(str(tmp_path / "b.mp4")) as container:
        pts = [packet.pts for packet in container.demux(video=0) if packet.size]
    assert pts != sorted(pts)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "avi"])
@pytest.mark.parametrize("codec", ["h264", "mpeg4", "mjpeg"])
def test_common_pairs_of_container_and_codec(tmp_path: Path, suffix: str, codec: str) -> None:
    path = tmp_path / f"clip.{suffix}"
    write_video(path, map(numbered, range(40)), fps=Fraction(30000, 1001), codec=codec)
    with open_clip(path) as clip:
        read = [(number_of(frame.luma()), frame.time_s) for frame in clip]
        assert clip.info.codec == codec
        assert (clip.corrupt, clip.dropped) == (0, 0)
    assert [number for number, _ in read] == list(range(40))
    # Matroska's millisecond is the coarsest.
    np.testing.assert_allclose([t for _, t in read], np.arange(40) * 1.001 / 30, atol=1.001e-3)


@pytest.mark.parametrize("options", [{"bf": "2"}, {"bf": "0"}])
@pytest.mark.parametrize("codec", ["mpeg4", "libx264"])
def test_avi_with_reordered_frames(raw_clip: RawClip, codec: str, options: dict[str, str]) -> None:
    # AVI has no presentation times: FFmpeg's stand-ins run backwards here.
    path = raw_clip("b.avi", [numbered(i) for i in range(40)], codec=codec, options=options)
    with open_clip(path) as clip:
        read = [(number_of(frame.luma()), frame.time_s) for frame in clip]
        assert clip.dropped == 0
    assert [number for number, _ in read] == list(range(40))
    np.testing.assert_allclose([t for _, t in read], np.arange(40) / 30, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("c.mp4", "h264"), ("c.mov", "hevc"), ("c.mov", "hevc10"), ("c.webm", "vp9")],
)
def test_luma_is_the_first_plane_in_eight_bits(tmp_path: Path, name: str, codec: str) -> None:
    write_video(tmp_path / name, [card()] * 3, fps=30, codec=codec)
    with open_clip(tmp_path / name) as clip:
        luma = next(iter(clip)).luma()
    # BT.709 limited range: 16 + 219 * grey / 255; 2 levels for rounding and compression, away
    # from the edges.
    for y, x, grey in [(8, 16, 30), (8, 112, 90), (56, 16, 150), (56, 112, 220)]:
        assert luma[y, x] == pytest.approx(16 + 219 * grey / 255, abs=2)


def test_luma_is_no_view_into_the_decoder(tmp_path: Path) -> None:
    # Later frames are predicted from earlier ones: writing into a view would spoil them.
    write_video(tmp_path / "c.mp4", [card()] * 2, fps=30)
    with open_clip(tmp_path / "c.mp4") as clip:
        luma = next(iter(clip)).luma()
    assert luma.flags.owndata
    assert luma.flags.writeable


def test_a_colon_in_a_relative_name_is_no_protocol(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_video("http:a.mp4", [card()] * 2, fps=30)
    with open_clip("http:a.mp4") as clip:
        assert clip.info.name == "http:a.mp4"


def test_av1_and_gif_decode(raw_clip: RawClip) -> None:
    images = [numbered(i) for i in range(12)]
    av1 = raw_clip("a.mp4", images, codec="libsvtav1", options={"preset": "10"})
    gif = raw_clip("a.gif", images, codec="gif", pixel_format="rgb8")
    for path, codec in [(av1, "av1"), (gif, "gif")]:
        with open_clip(path) as clip:
            assert clip.info.codec == codec
            assert [number_of(frame.luma()) for frame in clip] == list(range(12))


def test_gif_keeps_its_uneven_hundredths(raw_clip: RawClip) -> None:
    # 30 Hz in ticks of 10 ms: 0, 3, 7, 10 ...
    path = raw_clip("a.gif", [numbered(i) for i in range(6)], codec="gif", pixel_format="rgb8")
    with open_clip(path) as clip:
        times_s = [frame.time_s for frame in clip]
    np.testing.assert_allclose(times_s, [0.0, 0.03, 0.07, 0.10, 0.13, 0.17], atol=1e-9)


ONE = 1 << 16
# Rows of (a, b, c, d): (x, y) is shown at (a x + c y, b x + d y), y down.
TURNS = {
    "upright": ((ONE, 0, 0, ONE), 0, False, lambda p: p),
    "clockwise": ((0, ONE, -ONE, 0), 90, False, lambda p: np.rot90(p, -1)),
    "half": ((-ONE, 0, 0, -ONE), 180, False, lambda p: np.rot90(p, 2)),
    "anticlockwise": ((0, -ONE, ONE, 0), 270, False, np.rot90),
    "mirrored": ((-ONE, 0, 0, ONE), 0, True, np.fliplr),
    "mirrored, clockwise": ((0, -ONE, -ONE, 0), 90, True, lambda p: np.rot90(np.fliplr(p), -1)),
    "mirrored, half": ((ONE, 0, 0, -ONE), 180, True, lambda p: np.rot90(np.fliplr(p), 2)),
    "mirrored, anticlockwise": ((0, ONE, ONE, 0), 270, True, lambda p: np.rot90(np.fliplr(p))),
}


@pytest.mark.parametrize("turn", TURNS)
def test_display_matrix_is_applied(raw_clip: RawClip, turn: str) -> None:
    (a, b, c, d), rotation_deg, mirrored, shown = TURNS[turn]
    path = raw_clip("t.mp4", [card()] * 2, matrix=(a, b, 0, c, d, 0, 0, 0, 1 << 30))
    expected = shown(card())
    with open_clip(path) as clip:
        frame = next(iter(clip))
        assert (clip.info.height, clip.info.width) == expected.shape[:2]
        assert (clip.info.rotation_deg, clip.info.mirrored) == (rotation_deg, mirrored)
        # 3 levels for compression and the limited range, save within 4 px of the edges.
        inside = np.abs(frame.rgb().astype(int) - expected) <= 3
        assert inside.mean() > 0.85
        assert frame.luma().shape == expected.shape[:2]
        luma_as_grey = (frame.luma().astype(float) - 16) * 255 / 219
        assert (np.abs(luma_as_grey - expected[:, :, 0]) <= 3).mean() > 0.85


@pytest.mark.parametrize("turn", TURNS)
def test_shrinking_cuts_only_the_right_and_the_bottom(raw_clip: RawClip, turn: str) -> None:
    # 128 and 64 don't divide by 3: the shrunk picture must still begin at the shown corner.
    (a, b, c, d), *_ = TURNS[turn]
    path = raw_clip("t.mp4", [card()] * 2, matrix=(a, b, 0, c, d, 0, 0, 0, 1 << 30))
    with open_clip(path) as clip:
        frame = next(iter(clip))
        full = frame.luma().astype(float)
        height, width = full.shape[0] // 3, full.shape[1] // 3
        means = full[: height * 3, : width * 3].reshape(height, 3, width, 3).mean(axis=(1, 3))
        # Half a level of rounding.
        np.testing.assert_allclose(frame.luma(factor=3), means, atol=0.51)


def test_anamorphic_pixels_become_square(raw_clip: RawClip) -> None:
    path = raw_clip("wide.mp4", [card()] * 2, pixel_aspect=Fraction(4, 3))
    with open_clip(path) as clip:
        assert (clip.info.width, clip.info.height) == (round(WIDTH * 4 / 3), HEIGHT)
        luma = next(iter(clip)).luma()
    assert luma.shape == (HEIGHT, round(WIDTH * 4 / 3))
    # The border between left and right stays in the middle.
    assert int(luma[8, luma.shape[1] // 2 - 6]) < 60 < int(luma[8, luma.shape[1] // 2 + 6])


def test_slow_motion_is_told_from_the_timestamps_not_the_header(tmp_path: Path) -> None:
    # A pause of two seconds halves the header's average rate; the frames are 1/30 s apart.
    times_s = np.arange(60) / 30 + np.where(np.arange(60) < 20, 0.0, 2.0)
    write_video(tmp_path / "slow.mp4", map(numbered, range(60)), times_s=times_s)
    with open_clip(tmp_path / "slow.mp4", capture_fps=120) as clip:
        assert clip.info.fps_container < 20
        assert clip.info.time_scale == pytest.approx(0.25, rel=1e-3)  # 0.5 tick a gap
        read = [frame.time_s for frame in clip]
    np.testing.assert_allclose(read, times_s * 0.25, rtol=1e-3)


def test_slow_motion_in_whole_milliseconds(tmp_path: Path) -> None:
    write_video(tmp_path / "slow.mkv", map(numbered, range(91)), fps=30)
    with open_clip(tmp_path / "slow.mkv", capture_fps=240) as clip:
        # The ends of 90 gaps are off by up to a millisecond: 1 in 3000.
        assert clip.info.time_scale == pytest.approx(0.125, rel=1 / 3000)


@pytest.mark.parametrize("capture_fps", [0.0, -30.0, float("nan"), float("inf")])
def test_senseless_capture_rate_is_refused(tmp_path: Path, capture_fps: float) -> None:
    write_video(tmp_path / "a.mp4", [card()] * 2, fps=30)
    with pytest.raises(UsageError, match="capture rate"):
        open_clip(tmp_path / "a.mp4", capture_fps=capture_fps)


def test_capture_rate_of_a_single_frame_is_refused(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", [card()], fps=30)
    with pytest.raises(UnreadableError, match="too few timestamps"):
        open_clip(tmp_path / "a.mp4", capture_fps=120)


def test_info_says_what_the_file_is(tmp_path: Path) -> None:
    path = tmp_path / "a: 100% café.mp4"
    write_video(path, [card()] * 5, fps=Fraction(30000, 1001))
    with open_clip(path) as clip:
        info = clip.info
    assert info.name == path.name
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert info.fps_container == pytest.approx(30000 / 1001)
    assert (info.frames_expected, info.time_scale, info.has_audio) == (5, 1.0, False)


def test_doubled_and_jumping_timestamps_are_left_out(tmp_path: Path) -> None:
    stamps = [0, 1, 2, 2, 100, 5, 6, 4, 8, 9]
    write_video(tmp_path / "good.mkv", map(numbered, range(10)), fps=25, codec="mjpeg")
    with (
        av.open(str(tmp_path / "good.mkv")) as good,
        av.open(str(tmp_path / "bad.mkv"), "w") as bad,
    ):
        stream = bad.add_stream_from_template(good.streams.video[0])
        packets = (packet for packet in good.demux(video=0) if packet.size)
        for order, (stamp, packet) in enumerate(zip(stamps, packets, strict=True)):
            packet.time_base, packet.stream = Fraction(1, 25), stream
            # Muxers want decoding times that rise and come before the shown ones.
            packet.pts, packet.dts = stamp + 200, order
            bad.mux_one(packet)
    with open_clip(tmp_path / "bad.mkv") as clip:
        read = [(round(frame.time_s * 25), number_of(frame.luma())) for frame in clip]
        assert clip.dropped == 3
    assert read == [(0, 0), (1, 1), (2, 2), (5, 5), (6, 6), (8, 8), (9, 9)]


def test_change_of_size_is_refused(raw_clip: RawClip, tmp_path: Path) -> None:
    # Transport streams may be joined end to end.
    small = raw_clip("1.ts", [card()] * 5)
    large = raw_clip("2.ts", [card(192, 96)] * 5, first_pts=100)
    (tmp_path / "both.ts").write_bytes(small.read_bytes() + large.read_bytes())
    with (
        open_clip(tmp_path / "both.ts") as clip,
        pytest.raises(UnreadableError, match="128x64 to 192x96 px at frame"),
    ):
        list(clip)


def test_bytes_flipped_in_the_middle_leave_the_start_intact(raw_clip: RawClip) -> None:
    path = raw_clip("x.mkv", [numbered(i) for i in range(120)], options={"g": "20"})
    data = bytearray(path.read_bytes())
    places = np.random.default_rng(1).integers(len(data) // 2, len(data) * 3 // 4, 60)
    for place in places:
        data[place] ^= 0x5A
    path.write_bytes(data)
    with open_clip(path) as clip:
        frames = [(number_of(frame.luma()), frame.damaged) for frame in clip]
        assert clip.corrupt + sum(damaged for _, damaged in frames) > 0
    # The first half of the bytes holds a good 40 frames, GOPs being alike; the last GOP is whole.
    assert [number for number, _ in frames[:40]] == list(range(40))
    assert frames[-1][0] == 119


def test_a_long_stretch_of_damage_ends_the_clip(
    raw_clip: RawClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = raw_clip("x.mp4", [numbered(i) for i in range(60)], options={"g": "10", "bf": "0"})
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    for position, size in packets[20:50]:
        data[position : position + size] = b"\xff" * size
    path.write_bytes(data)
    monkeypatch.setattr(reading, "_MAX_BAD_IN_A_ROW", 8)
    with open_clip(path) as clip:
        numbers = [number_of(frame.luma()) for frame in clip]
        # Besides the eight, those that were still in decoding threads.
        assert 8 <= clip.corrupt < 30
    assert numbers == list(range(20))


@pytest.mark.parametrize(("suffix", "codec"), [("mp4", "libx264"), ("mkv", "libx264")])
def test_damage_from_the_first_frame_is_unreadable(
    raw_clip: RawClip, suffix: str, codec: str
) -> None:
    path = raw_clip(f"x.{suffix}", [numbered(i) for i in range(30)], codec=codec)
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    for position, size in packets:
        # Matroska's position is that of the block, a few bytes before the payload.
        data[position + 16 : position + size] = b"\xff" * (size - 16)
    path.write_bytes(data)
    with pytest.raises(UnreadableError, match="no frame of the video can be decoded"):
        open_clip(path)


@pytest.mark.parametrize(
    ("name", "movflags"), [("c.mp4", "+faststart"), ("c.mp4", ""), ("c.mkv", ""), ("c.avi", "")]
)
def test_truncated_anywhere_gives_what_it_has_or_a_clear_refusal(
    raw_clip: RawClip, name: str, movflags: str
) -> None:
    # Without reordering, what is left is a run from the start.
    images = [numbered(i) for i in range(100)]
    path = raw_clip(name, images, movflags=movflags, options={"bf": "0"})
    whole = path.read_bytes()
    counts = []
    for tenth in range(11):
        path.write_bytes(whole[: len(whole) * tenth // 10])
        try:
            with open_clip(path) as clip:
                numbers = [number_of(frame.luma()) for frame in clip]
        except UnreadableError:
            counts.append(0)
        else:
            # The last frame may be cut in half; those before are the right ones.
            assert numbers[:-1] == list(range(len(numbers) - 1))
            counts.append(len(numbers))
    assert counts == sorted(counts)
    assert (counts[0], counts[10]) == (0, 100)
    # An mp4 with its index at the end is lost whole.
    assert (counts[9] > 50) == ((name, movflags) != ("c.mp4", "")), counts


def test_truncated_within_the_index_is_refused_until_it_is_whole(raw_clip: RawClip) -> None:
    path = raw_clip("c.mp4", [numbered(i) for i in range(30)])
    whole = path.read_bytes()
    counts = []
    for end in range(whole.index(b"moov") - 8, len(whole) + 1, 41):
        path.write_bytes(whole[:end])
        try:
            with open_clip(path) as clip:
                counts.append(len(list(clip)))
        except UnreadableError:
            counts.append(0)
    assert counts[0] == 0
    assert counts == sorted(counts)


def silence(path: Path) -> None:
    """A second of sound and no picture."""
    with wave.open(str(path.with_suffix(".wav")), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    with av.open(str(path.with_suffix(".wav"))) as given, av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=8000)
        for frame in given.decode(audio=0):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "no such file"),
        (Path.mkdir, "folder"),
        (Path.touch, "empty"),
        (lambda path: path.write_text("a text, renamed\n" * 400), "isn't a video"),
        (lambda path: path.write_text("#EXTM3U\n#EXTINF:1,\nother.mp4\n"), "isn't a video"),
        (lambda path: path.write_bytes(bytes(5000)), "isn't a video"),
        (silence, "only sound"),
        (os.mkfifo, "isn't a file"),
    ],
    ids=["missing", "folder", "empty", "text", "playlist", "zeros", "sound", "pipe"],
)
def test_what_is_not_a_clip_is_refused(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    path = tmp_path / "set.mp4"
    make(path)
    with pytest.raises(UnreadableError, match=message) as caught:
        open_clip(path)
    assert "set.mp4" in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code == ExitCode.UNREADABLE
    assert "\n" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("path", ["nul\0byte.mp4", "x" * 5000, "http://example.invalid/a.mp4", ""])
def test_impossible_paths_are_refused(path: str) -> None:
    with pytest.raises(UnreadableError):
        open_clip(path)
