"""Heads and shoulders told from plates by how they move and look; the next mover instead."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from barpath import analyse
from barpath.body import LOPSIDED, SWING, check_body, lopsidedness, swing
from barpath.camera import CameraMotion
from barpath.chains import Chain, Mover
from barpath.config import AnalysisConfig, Seed
from barpath.errors import ExitCode, UnmeasurableError
from barpath.plate import Ellipse
from barpath.tracking import Track
from barpath.video import write_video
from tests.camera.scenes import RADIUS, track_at
from tests.tracking.drawing import (
    DISHED,
    FloatArray,
    Reel,
    as_image,
    lift_y,
    moving_plate,
    paint_plate,
    reel,
    wall,
)

COUNT = 60
RISE = lift_y(np.arange(COUNT) / 30.0, low_px=0, high_px=1, period_s=2.0)


def mover(*, topmost: bool = False, radii_px: tuple[float, ...] = (RADIUS,)) -> Mover:
    at = np.arange(3)
    rings = tuple(
        Chain(at, at, np.tile([50.0, 50.0, radius_px, 1.0, 0.0], (3, 1)), 3.0)
        for radius_px in radii_px
    )
    return Mover(main=rings[0], rings=rings, score=9.0, samples=3, topmost=topmost)


def camera(*, aside_px: FloatArray | None = None) -> CameraMotion:
    """A camera whose picture goes so far to the right in each frame."""
    to_reference = np.tile(np.eye(2, 3), (COUNT, 1, 1))
    if aside_px is not None:
        to_reference[:, 0, 2] = -aside_px
    return CameraMotion(0, to_reference, np.zeros(COUNT), known=True, moving=aside_px is not None)


def rising(*, swing_: float) -> Track:
    """A track that rises by 100 px and goes aside in proportion."""
    return track_at(110 + 100 * swing_ * RISE, 180 - 100 * RISE)


def shaded(canvas: FloatArray, rim: Ellipse, *, light: float, noise: float) -> FloatArray:
    """Paint a disc with one half darker than the other by `light`, and a pattern about its axis."""
    rows, columns = np.mgrid[: canvas.shape[0], : canvas.shape[1]]
    across = (columns - rim.x_px) / rim.radius_px
    away = np.hypot(across, (rows - rim.y_px) / rim.radius_px)
    face = 90 + light * across + noise * np.cos(6 * np.pi * away)
    cover = np.clip((1 - away) * rim.radius_px + 0.5, 0, 1)
    return canvas + (face - canvas) * cover


def drawn(track: Track, *, light: float = 0.0, pattern: float = 10.0) -> Reel:
    frames = [
        as_image(shaded(wall(), Ellipse(x, y, RADIUS), light=light, noise=pattern))
        for x, y in zip(track.x_px, track.y_px, strict=True)
    ]
    return reel(frames)


class TestWitnesses:
    """What each of them sees, of what was drawn by formula."""

    @pytest.mark.parametrize("slope", [-0.5, -0.2, 0.0, 0.3])
    def test_swing_is_the_path_s_slope(self, slope: float) -> None:
        track = rising(swing_=slope)
        # medians of the lowest and highest tenths lie 0.9 to 1 of the rise apart
        found = swing(track=track, motion=camera())
        assert found == pytest.approx(slope, abs=0.1 * abs(slope) + 1e-9)
        assert np.sign(found) == np.sign(slope)

    def test_swing_is_the_room_s_not_the_picture_s(self) -> None:
        track = rising(swing_=0.4)
        steady = camera(aside_px=40 * RISE)
        assert swing(track=track, motion=steady) == pytest.approx(0.0, abs=1e-9)

    def test_what_never_rises_does_not_swing(self) -> None:
        still = track_at(np.full(COUNT, 50.0), np.full(COUNT, 80.0))
        assert swing(track=still, motion=camera()) == 0

    @pytest.mark.parametrize(("light", "pattern"), [(0, 10), (10, 10), (20, 10), (40, 10), (40, 0)])
    def test_lopsidedness_is_the_plane_s_share_of_the_variance(
        self, light: float, pattern: float
    ) -> None:
        # over the disc, across² is 1/4 on average, and the pattern's cos² is 1/2
        plane, rest = light**2 / 4, pattern**2 / 2
        found = lopsidedness(
            pictures=drawn(rising(swing_=0.0), light=light, pattern=pattern),
            track=rising(swing_=0.0),
            factor=1.0,
        )
        # the face is blurred, and the pattern with it: by a sixth of its amplitude
        assert found == pytest.approx(plane / (plane + rest), abs=0.12)

    def test_a_painted_plate_is_even(self) -> None:
        path = np.column_stack([np.full(20, 110.0), np.linspace(60, 160, 20)])
        found = lopsidedness(
            pictures=moving_plate(path, radius_px=RADIUS),
            track=track_at(path[:, 0], path[:, 1]),
            factor=1.0,
        )
        assert found < LOPSIDED / 3


@pytest.mark.parametrize("topmost", [False, True])
@pytest.mark.parametrize("swings", [False, True])
@pytest.mark.parametrize("lopsided", [False, True])
def test_two_witnesses_of_three_tell_a_body(topmost: bool, swings: bool, lopsided: bool) -> None:
    track = rising(swing_=1.3 * SWING if swings else 0.3 * SWING)
    pictures = drawn(track, light=40.0 if lopsided else 5.0)

    def check(of: Mover) -> None:
        check_body(pictures=pictures, mover=of, track=track, motion=camera(), factor=1.0)

    if topmost + swings + lopsided >= 2:
        with pytest.raises(UnmeasurableError, match="is no plate") as refused:
            check(mover(topmost=topmost))
        assert "--plate" in refused.value.hint
    else:
        check(mover(topmost=topmost))
    # a ring seen twice is one ring, a ring within another is a plate's
    check(mover(topmost=topmost, radii_px=(RADIUS, 0.6 * RADIUS)))
    if topmost and lopsided:
        with pytest.raises(UnmeasurableError):
            check(mover(topmost=True, radii_px=(RADIUS, 0.95 * RADIUS)))


@pytest.mark.parametrize(("share", "is_body"), [(0.7, True), (0.3, False)])
def test_a_face_that_is_most_lopsided_needs_half_a_swing(share: float, is_body: bool) -> None:
    track = rising(swing_=share * SWING)
    pictures = drawn(track, light=40.0)
    expected = pytest.raises(UnmeasurableError) if is_body else nullcontext()
    with expected:
        check_body(pictures=pictures, mover=mover(), track=track, motion=camera(), factor=1.0)


FPS = 30.0
TIME_S = np.arange(120) / FPS
UP = lift_y(TIME_S, low_px=0, high_px=1, period_s=4.0)
HEAD_PX, PLATE_PX = 34.0, 22.0


def save(path: Path, frames: list[NDArray[np.uint8]]) -> Path:
    write_video(path, (np.repeat(one[..., None], 3, axis=2) for one in frames), fps=FPS, crf=16)
    return path


def a_head(index: int, canvas: FloatArray) -> FloatArray:
    """A disc that swings back as it rises, dark on one side and light on the other."""
    rim = Ellipse(230 - 60 * UP[index], 150 - 110 * UP[index], HEAD_PX)
    return shaded(canvas, rim, light=50.0, noise=0.0)


def a_plate(index: int, canvas: FloatArray) -> FloatArray:
    return paint_plate(canvas, Ellipse(70.0, 200 - 70 * UP[index], PLATE_PX), DISHED)


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = [as_image(a_head(k, wall()), noise=1.5, seed=k) for k in range(len(TIME_S))]
    return save(tmp_path_factory.mktemp("body") / "head.mp4", frames)


def test_a_head_is_refused_where_there_is_no_plate(head: Path) -> None:
    with pytest.raises(UnmeasurableError, match="head, a shoulder or a knee") as refused:
        analyse(head)
    assert refused.value.exit_code == ExitCode.UNMEASURABLE


def test_what_a_person_points_at_is_measured(head: Path) -> None:
    found = analyse(head, config=AnalysisConfig(plate=Seed(230.0, 150.0, HEAD_PX)))
    assert found.plate is not None
    assert np.ptp(found.track.y_px) == pytest.approx(110, abs=1.0)


def test_beside_a_head_that_claims_more_the_plate_is_found(tmp_path: Path) -> None:
    frames = [
        as_image(a_plate(k, a_head(k, wall())), noise=1.5, seed=k) for k in range(len(TIME_S))
    ]
    found = analyse(save(tmp_path / "both.mp4", frames))
    assert np.nanmedian(found.track.x_px) == pytest.approx(70.0, abs=0.5)
    assert np.nanmedian(found.track.radius_px) == pytest.approx(PLATE_PX, rel=0.02)


def test_a_plate_on_a_rack_gives_way_to_the_bar_s_before_a_hand_that_sways(tmp_path: Path) -> None:
    """The rack's plate is the larger one, and goes as far in the picture as it must to be tried."""
    sway_px = 14 * np.sin(2.2 * TIME_S)
    scene = wall(shape=(300, 360), busy=25.0)
    frames = []
    for k in range(len(TIME_S)):
        canvas = paint_plate(scene, Ellipse(250.0, 120.0, 42.0), DISHED)
        canvas = paint_plate(canvas, Ellipse(90.0, 215 - 90 * UP[k], 26.0), DISHED)
        shift = round(sway_px[k])
        rows = np.clip(np.arange(300) - shift, 0, 299)
        frames.append(as_image(canvas[rows][20:-20], noise=1.5, seed=k))
    found = analyse(save(tmp_path / "rack.mp4", frames))
    assert np.nanmedian(found.track.x_px) == pytest.approx(90.0, abs=0.5)
    assert found.camera.moving
