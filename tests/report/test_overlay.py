"""The overlay, read back from its file and held against what it was told to draw."""

from __future__ import annotations

import dataclasses
import math

import av
import numpy as np
import pytest

from barpath.camera import CameraMotion
from barpath.config import OverlayConfig
from barpath.errors import UnreadableError
from barpath.report import overlay as overlay_module
from barpath.report.overlay import write_overlay
from barpath.report.panels import Callout
from barpath.video import Frame, open_clip
from tests.report.conftest import GREY, HEIGHT, WIDTH

# Ten frames a second: lift-off at 10, lockout at 25, the second lift-off at 50.
BEFORE, HALF, PULL, TOP, AGAIN = 4, 18, 20, 25, 52
LOST, BRIDGED = 1, 2
LOOKED_AT = {0, LOST, BRIDGED, BEFORE, PULL, TOP, 35, AGAIN}
TICK_S = 1 / 60_000


@pytest.fixture
def draw(tmp_path):
    """Draw an overlay and give its place."""

    def draw(analysis, clip, **options):
        callouts = options.pop("callouts", ())
        write_overlay(
            analysis,
            clip=clip,
            to=tmp_path / "overlay.mp4",
            config=OverlayConfig(**options),
            callouts=callouts,
        )
        return tmp_path / "overlay.mp4"

    return draw


def frames(path):
    with open_clip(path) as clip:
        return [(frame.time_s, frame.rgb()) for frame in clip]


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def drawn(kept, small, grey_clip, draw):
    """Some frames of the plain overlay, which is made only once."""
    if not kept:
        path = draw(small, grey_clip(small))
        kept.update({at: image for at, (_, image) in enumerate(frames(path)) if at in LOOKED_AT})
    return kept


def lit_share(image, *, x, y, radius, ratio=0.99, angle_deg=30.0):
    """Share of an ellipse's line on which the picture is nearly white."""
    turn = np.radians(np.arange(0, 360, 1.0))
    along, across = radius * np.cos(turn), radius * ratio * np.sin(turn)
    angle = math.radians(angle_deg)
    columns = np.rint(x + along * math.cos(angle) - across * math.sin(angle)).astype(int)
    rows = np.rint(y + along * math.sin(angle) + across * math.cos(angle)).astype(int)
    return np.mean(image[rows, columns].min(axis=1) > 190)


def rim_of(analysis, index):
    track = analysis.track
    return {"x": track.x_px[index], "y": track.y_px[index], "radius": track.radius_px[index]}


def test_every_frame_comes_back_at_its_own_time(small, grey_clip, draw):
    rng = np.random.default_rng(5)
    gaps = rng.uniform(0.02, 0.06, small.clip.frames)
    time_s = np.concatenate([[0.0], np.cumsum(gaps)[:-1]])
    varied = dataclasses.replace(
        small, motion=dataclasses.replace(small.motion, time_s=time_s), reps=()
    )
    drawn = frames(draw(varied, grey_clip(varied)))
    assert all(image.shape == (HEIGHT, WIDTH, 3) for _, image in drawn)
    np.testing.assert_allclose([at for at, _ in drawn], time_s, atol=2 * TICK_S)


def test_the_file_plays_in_browsers(small, grey_clip, draw):
    path = draw(small, grey_clip(small))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec.canonical_name, stream.pix_fmt) == ("h264", "yuv420p")
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # the index first: plays while it loads


def test_the_rim_is_drawn_where_it_was_measured(small, drawn):
    for index in (0, PULL, TOP, 35):
        rim = rim_of(small, index)
        assert lit_share(drawn[index], **rim) > 0.9
        # 7 px outside there is neither line nor casing (2.2 px wide, casing 4.8 px).
        outside = {**rim, "radius": rim["radius"] + 7}
        assert lit_share(drawn[index], **outside) < 0.02


def test_a_rim_that_was_not_measured_is_dashed_and_a_lost_one_is_not_drawn(small, drawn):
    before = rim_of(small, 0)
    assert lit_share(drawn[LOST], **before) < 0.1
    assert 0.35 < lit_share(drawn[BRIDGED], **rim_of(small, BRIDGED)) < 0.65


def test_the_path_grows_and_past_repetitions_fade(small, drawn):
    # On the first pull's path, half way up: clear of the rim at the moments looked at.
    x, y = round(small.track.x_px[HALF]), round(small.track.y_px[HALF])

    def strength(index):
        patch = drawn[index][y - 1 : y + 2, x - 1 : x + 2].astype(int)
        return np.abs(patch - GREY).max()

    assert strength(BEFORE) < 12  # nothing yet
    assert strength(TOP) > 90  # full ink, at the top of the first pull
    fresh, faded = strength(TOP), strength(AGAIN)  # as the second begins
    # 40 % is left of the ink; chroma is halved in resolution, so give and take a fifth.
    assert 0.2 * fresh < faded < 0.65 * fresh


def test_the_midfoot_line_stands_at_its_column(small, drawn):
    x = round(small.midfoot.x_px)
    # Between the plate at lockout and the floor: dashes of equal light and dark.
    column = drawn[TOP][240:290, x - 1 : x + 2].min(axis=2).max(axis=1)
    assert (column > 170).any()
    assert (column < GREY + 20).any()
    aside = drawn[TOP][240:290, x + 20 : x + 30]
    np.testing.assert_allclose(aside.astype(int), GREY, atol=6)


def test_turned_clips_are_drawn_upright(small, grey_clip, draw):
    path = draw(small, grey_clip(small, rotation_deg=90))
    with open_clip(path) as clip:
        assert (clip.info.width, clip.info.height) == (WIDTH, HEIGHT)
        assert clip.info.rotation_deg == 0
    assert lit_share(frames(path)[PULL][1], **rim_of(small, PULL)) > 0.9


# At 180 lines the line is 1.1 px wide and grey where it falls between two rows of pixels.
@pytest.mark.parametrize(("height_px", "least_lit"), [(180, 0.5), (540, 0.9)])
def test_another_height_scales_picture_and_drawing(small, grey_clip, draw, height_px, least_lit):
    drawn = frames(draw(small, grey_clip(small), height_px=height_px))
    factor = height_px / HEIGHT
    assert drawn[0][1].shape == (height_px, round(WIDTH * factor), 3)
    rim = {name: (value + 0.5) * factor - 0.5 for name, value in rim_of(small, PULL).items()}
    rim["radius"] = small.track.radius_px[PULL] * factor
    assert lit_share(drawn[PULL][1], **rim) > least_lit


def test_half_speed_takes_twice_as_long_and_is_silent(small, grey_clip, with_sound, draw):
    clip = with_sound(grey_clip(small), name="loud.mp4", codec="aac")
    path = draw(small, clip, slow=0.5)
    times_s = [at for at, _ in frames(path)]
    np.testing.assert_allclose(times_s, 2 * small.motion.time_s, atol=2 * TICK_S)
    with av.open(str(path)) as container:
        assert not container.streams.audio


def test_slow_motion_plays_as_slowly_as_it_was_stored(small, grey_clip, draw):
    clip = grey_clip(small)
    quarter = dataclasses.replace(
        small,
        clip=dataclasses.replace(small.clip, time_scale=0.25),
        motion=dataclasses.replace(small.motion, time_s=small.motion.time_s / 4),
    )
    times_s = [at for at, _ in frames(draw(quarter, clip))]
    np.testing.assert_allclose(times_s, small.motion.time_s, atol=2 * TICK_S)


@pytest.mark.parametrize(("name", "codec"), [("loud.mp4", "aac"), ("loud.mov", "pcm_s16le")])
def test_sound_is_kept_in_step(small, grey_clip, with_sound, draw, name, codec):
    clip = with_sound(grey_clip(small), name=name, codec=codec)
    with av.open(str(draw(small, clip))) as container:
        audio = container.streams.audio[0]
        assert audio.codec.canonical_name == "aac"
        heard = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio)])
        rate_hz = audio.rate
    # Within two AAC frames of 1024 samples, as long as the pictures.
    assert abs(heard.size / rate_hz - small.motion.time_s[-1]) < 2 * 1024 / rate_hz + 1 / 30
    middle = heard[rate_hz : 3 * rate_hz]
    spectrum = np.abs(np.fft.rfft(middle))
    loudest_hz = np.argmax(spectrum) * rate_hz / middle.size
    assert loudest_hz == pytest.approx(440, abs=1)


def test_a_copied_sound_is_the_same_to_the_bit(small, grey_clip, with_sound, draw):
    clip = with_sound(grey_clip(small), name="loud.mp4", codec="aac")

    def packets(path):
        with av.open(str(path)) as container:
            return [bytes(p) for p in container.demux(audio=0) if p.size and p.pts >= 0]

    kept = packets(draw(small, clip))
    assert kept == packets(clip)[: len(kept)]
    assert len(kept) > 0.98 * len(packets(clip))


def test_findings_are_called_out_when_they_happen(small, grey_clip, draw):
    callouts = [Callout(time_s=2.0, text="the bar swings forward")]
    drawn = frames(draw(small, grey_clip(small), callouts=callouts))

    def banner(index):
        return drawn[index][1][-45:-12, WIDTH // 2 + 60 : WIDTH // 2 + 80].mean()

    assert abs(banner(19) - GREY) < 4
    assert banner(21) < GREY - 30 or banner(21) > GREY + 10
    assert abs(banner(21 + 25) - GREY) < 4  # 2.5 s later


def test_a_call_out_takes_the_place_of_the_word_at_the_lines_foot(small, grey_clip, draw):
    callouts = [Callout(time_s=2.0, text="the bar swings forward")]
    started, seen = (
        frames(
            draw(dataclasses.replace(small, midfoot=midfoot), grey_clip(small), callouts=callouts)
        )
        for midfoot in (
            dataclasses.replace(small.midfoot, method=method) for method in ("start", "shoe")
        )
    )

    def apart(index):
        """How far "start" and "midfoot" differ at the foot of the line."""
        foot = np.s_[-40:, WIDTH // 2 - 40 : WIDTH // 2 + 40]
        first, second = (drawn[index][1][foot].astype(float) for drawn in (started, seen))
        return np.abs(first - second).mean()

    assert apart(19) > 5
    assert apart(21) < 1
    assert apart(21 + 25) > 5


@pytest.mark.parametrize("level", [0, 110, 255])
def test_letters_stand_out_on_light_and_dark_pictures(small, grey_clip, draw, level):
    image = frames(draw(small, grey_clip(small, level=level)))[PULL][1]
    words = image[40:60, 18:60].astype(float) / 255  # the card's large figure
    linear = np.where(words <= 0.04045, words / 12.92, ((words + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    # WCAG 2.2, 1.4.3: contrast of (lighter + 0.05) / (darker + 0.05), at least 4.5.
    light, dark = np.percentile(luminance, [97, 20])
    assert (light + 0.05) / (dark + 0.05) > 4.5


def test_a_moving_camera_carries_the_path_along(small, grey_clip, draw):
    sway_px = np.where(np.arange(small.clip.frames) < 30, 0.0, 40.0)
    track = dataclasses.replace(small.track, x_px=small.track.x_px + sway_px)
    to_reference = np.tile(np.eye(2, 3), (small.clip.frames, 1, 1))
    to_reference[:, 0, 2] = -sway_px
    camera = CameraMotion(
        reference=20,
        to_reference=to_reference,
        sd_px=np.zeros(small.clip.frames),
        known=True,
        moving=True,
    )
    shaken = dataclasses.replace(small, track=track, camera=camera)
    drawn = frames(draw(shaken, grey_clip(shaken)))
    x, y = round(small.track.x_px[HALF]), round(small.track.y_px[HALF])
    assert np.abs(drawn[29][1][y, x].astype(int) - GREY).max() > 90
    assert np.abs(drawn[30][1][y, x].astype(int) - GREY).max() < 25
    assert np.abs(drawn[30][1][y, x + 40].astype(int) - GREY).max() > 90


def test_a_turning_and_zooming_camera_carries_the_whole_path(small, grey_clip, draw):
    """From frame 30 on the camera is turned by 8 degrees and zoomed by a tenth about a corner."""
    count = small.clip.frames
    turned = np.arange(count) >= 30
    cos, sin = 1.1 * math.cos(math.radians(8)), 1.1 * math.sin(math.radians(8))
    shown = np.tile(np.eye(2, 3), (count, 1, 1))
    shown[turned] = [[cos, -sin, 20.0], [sin, cos, -15.0]]
    back = np.linalg.inv(shown[:, :, :2])
    to_reference = np.concatenate([back, -(back @ shown[:, :, 2:])], axis=2)
    still = np.stack([small.track.x_px, small.track.y_px], axis=1)
    x_px, y_px = ((shown[:, :, :2] @ still[..., None])[..., 0] + shown[:, :, 2]).T
    camera = CameraMotion(
        reference=20,
        to_reference=to_reference,
        sd_px=np.zeros(count),
        known=True,
        moving=True,
    )
    track = dataclasses.replace(small.track, x_px=x_px, y_px=y_px)
    drawn = frames(draw(dataclasses.replace(small, track=track, camera=camera), grey_clip(small)))
    # ends and middle of the way up, drawn before the camera turned, lie where it shows them
    for at in (BEFORE + 8, HALF, TOP - 2):
        x, y = shown[35, :, :2] @ still[at] + shown[35, :, 2]
        place = np.s_[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2]
        assert np.abs(drawn[35][1][place].astype(int) - GREY).max() > 60
    # shifted as the path's middle is, its ends would lie 5 px and more away: the line is 4 px wide
    middle = (still[BEFORE + 8] + still[TOP - 2]) / 2
    shift = shown[35, :, :2] @ middle + shown[35, :, 2] - middle
    end = shown[35, :, :2] @ still[TOP - 2] + shown[35, :, 2]
    assert np.hypot(*(still[TOP - 2] + shift - end)) > 4


@pytest.mark.parametrize("frames_more", [-1, 1])
def test_a_clip_that_changed_is_refused_and_nothing_is_left(
    small, grey_clip, draw, tmp_path, frames_more
):
    clip = grey_clip(small)
    other = dataclasses.replace(
        small, clip=dataclasses.replace(small.clip, frames=small.clip.frames + frames_more)
    )
    with pytest.raises(UnreadableError, match="changed since") as caught:
        draw(other, clip)
    assert caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == [clip.name]


def test_frames_are_drawn_one_by_one_as_they_are_asked_for(small, grey_clip, draw, monkeypatch):
    made = []
    ahead = []
    convert = Frame.i420

    def counted(frame, **size):
        made.append(frame.index)
        return convert(frame, **size)

    def consume(_, pictures, **__):
        for taken, _picture in enumerate(pictures, start=1):
            ahead.append(len(made) - taken)
        return len(made)

    monkeypatch.setattr(Frame, "i420", counted)
    monkeypatch.setattr(overlay_module, "write_video", consume)
    draw(small, grey_clip(small))
    assert len(made) == small.clip.frames
    assert set(ahead) == {0}  # none is made before it is taken: memory can't grow


def test_a_set_without_repetitions_shows_the_whole_path(small, grey_clip, draw):
    bare = dataclasses.replace(small, reps=())
    drawn = frames(draw(bare, grey_clip(bare)))
    x, y = round(small.track.x_px[HALF]), round(small.track.y_px[HALF])
    assert np.abs(drawn[TOP][1][y, x].astype(int) - GREY).max() > 60
