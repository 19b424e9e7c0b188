"""Following a drawn plate: where it is, how sure that is, and when it isn't known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from barpath.chains import Chain, Mover
from barpath.plate import Ellipse
from barpath.tracking.following import follow
from barpath.tracking.gaps import MAX_UNSEEN_SD_RADII
from barpath.tracking.register import FaceMaps, lay_plain
from barpath.tracking.route import find_route
from barpath.tracking.track import FITTED_CHANGE_SD, LAID_CHANGE_SD, State, Track
from tests.tracking.drawing import (
    DISHED,
    SHAPE,
    FloatArray,
    Reel,
    as_image,
    lift_y,
    moving_plate,
    paint_plate,
    reel,
    wall,
)

FPS, COUNT, RADIUS_PX = 20.0, 80, 34.0
TIME_S = np.arange(COUNT) / FPS
PATH = np.column_stack(
    [150.4 + 3 * np.sin(TIME_S), lift_y(TIME_S, low_px=180.3, high_px=70.3, period_s=4.0)]
)
GOOD_PX = 0.1
"""A registered face's centre; 0.02 px is usual on these pictures."""


def seen_on(path: FloatArray, frames: np.ndarray) -> Mover:
    """The detections that `find_movers` would give, good to half a pixel."""
    rng = np.random.default_rng(4)
    place = path[frames] + rng.uniform(-0.5, 0.5, (len(frames), 2))
    rims = np.column_stack([place, np.full((len(frames), 3), [RADIUS_PX, 1.0, 0.0])])
    chain = Chain(frames, frames, rims, float(len(frames)))
    return Mover(main=chain, rings=(chain,), score=chain.score, samples=len(path) // 4)


def along_route(
    *, pictures: Reel, mover: Mover, cuts: tuple[int, ...] = (), **more
) -> Track | None:
    route = find_route(pictures=pictures, mover=mover, cuts=cuts)
    return follow(pictures=pictures, mover=mover, route=route, cuts=cuts, **more)


def tracked(
    pictures: Reel, *, path: FloatArray = PATH, hidden: slice | None = None, **more
) -> Track:
    frames = np.arange(0, len(path), 4)
    if hidden is not None:
        frames = frames[(frames < hidden.start) | (frames >= hidden.stop)]
    track = along_route(pictures=pictures, mover=seen_on(path, frames), **more)
    assert track is not None
    return track


def off_px(track: Track, path: FloatArray = PATH) -> FloatArray:
    return np.hypot(track.x_px - path[:, 0], track.y_px - path[:, 1])


@pytest.fixture(params=["registered", "by the rim alone"])
def ruler(request, monkeypatch) -> str:
    """Measure by the face's registration, and as if it had given nothing."""
    if request.param == "by the rim alone":
        monkeypatch.setattr("barpath.tracking.face.lay_all", lambda **_: None)
        monkeypatch.setattr("barpath.tracking.route.lay_plain", lambda **_: None)
    return request.param


@pytest.fixture(scope="module")
def pictures() -> Reel:
    return moving_plate(PATH, radius_px=RADIUS_PX, fps=FPS)


@pytest.fixture(scope="module")
def track(pictures) -> Track:
    return tracked(pictures)


@pytest.mark.usefixtures("ruler")
def test_a_plate_in_plain_view_is_tracked_in_every_frame(pictures):
    track = tracked(pictures)
    assert (track.state == State.TRACKED).all()
    assert off_px(track).max() < GOOD_PX
    assert track.radius_px == pytest.approx(np.full(COUNT, RADIUS_PX), abs=0.1)
    assert track.axis_ratio == pytest.approx(np.ones(COUNT), abs=0.01)
    assert track.residual_px.max() < 0.5
    assert track.reacquired == 0
    assert track.plate.confidence > 0.9
    assert np.mean((off_px(track) / track.sd_px) ** 2) < 2  # two coordinates, one sd each


def test_the_rims_change_is_surer_where_the_face_was_laid_over_one(pictures, ruler):
    laid = ruler == "registered"
    assert tracked(pictures).change_sd == (LAID_CHANGE_SD if laid else FITTED_CHANGE_SD)


def test_maps_that_cant_foreshorten_dont_tell_the_rims_change(pictures, monkeypatch):
    def alike(**asked) -> FaceMaps | None:
        maps = lay_plain(**asked)
        if maps is not None:
            scale = np.sqrt(np.linalg.det(maps.turn))
            maps.turn[:] = scale[:, None, None] * np.eye(2)
        return maps

    monkeypatch.setattr("barpath.tracking.route.lay_plain", alike)
    assert tracked(pictures).change_sd == FITTED_CHANGE_SD


def test_displayed_pixels_are_blocks_of_the_working_ones(pictures, track):
    large = tracked(pictures, factor=3.0)
    # the middle of the top left block of 3x3 lies at (1, 1)
    assert large.x_px == pytest.approx(3 * track.x_px + 1)
    assert large.y_px == pytest.approx(3 * track.y_px + 1)
    for name in ("radius_px", "sd_px", "residual_px", "radius_sd_px"):
        assert getattr(large, name) == pytest.approx(3 * getattr(track, name))
    assert large.plate.rim.radius_px == pytest.approx(3 * track.plate.rim.radius_px)


def test_a_mirrored_clip_gives_the_mirrored_track(pictures, track):
    flipped = replace(
        pictures, frames=tuple(np.ascontiguousarray(frame[:, ::-1]) for frame in pictures.frames)
    )
    last = SHAPE[1] - 1
    mirrored = tracked(flipped, path=PATH * [-1, 1] + [last, 0])
    # both are good to GOOD_PX against the truth
    assert mirrored.x_px == pytest.approx(last - track.x_px, abs=GOOD_PX)
    assert mirrored.y_px == pytest.approx(track.y_px, abs=GOOD_PX)


def test_time_runs_backwards_as_well(pictures, track):
    turned = tracked(reel(pictures.frames[::-1], fps=FPS), path=PATH[::-1])
    assert turned.y_px[::-1] == pytest.approx(track.y_px, abs=GOOD_PX)
    assert (turned.state == State.TRACKED).all()


def test_a_post_in_front_of_the_plate_does_not_matter(ruler):
    def post(_, canvas):
        behind = canvas.copy()
        behind[:, 158:170] = 40
        return behind

    track = tracked(moving_plate(PATH, radius_px=RADIUS_PX, fps=FPS, over=post))
    assert (track.state == State.TRACKED).mean() > 0.95
    known = track.state > State.LOST
    # corners whose window meets the post are dragged by it, as far as still counts as agreeing
    assert off_px(track)[known].max() < (0.8 if ruler == "registered" else 2 * GOOD_PX)


def bar_across(start: int, speed_px: float, width_px: int):
    """Someone in dark clothes who walks across, from the left."""

    def cover(index: int, canvas: FloatArray) -> FloatArray:
        passing = canvas.copy()
        left = int(60 + speed_px * (index - start))
        if index >= start and left < SHAPE[1]:
            at = slice(max(left - width_px, 0), left)
            passing[:, at] = 40 + 0.2 * wall(seed=8)[:, at]
        return passing

    return cover


@pytest.mark.usefixtures("ruler")
def test_a_plate_that_someone_walks_across_is_found_again():
    # 24 px a frame: wholly hidden for one frame, more than half of it for four
    pictures = moving_plate(PATH, radius_px=RADIUS_PX, fps=FPS, over=bar_across(30, 24.0, 96))
    track = tracked(pictures, hidden=slice(31, 39))
    known = track.state > State.LOST
    measured = track.state == State.TRACKED
    assert (track.state[:31] == State.TRACKED).all()
    assert (track.state[40:] == State.TRACKED).all()
    assert not measured[33:36].all()
    # with less of the rim in view a measured frame may be off, but not by more than it says
    assert off_px(track)[measured].max() < 0.5
    assert (off_px(track) < np.maximum(4 * track.sd_px, GOOD_PX))[known].all()


@pytest.mark.usefixtures("ruler")
def test_a_plate_hidden_for_long_is_lost_not_guessed():
    hidden = slice(26, 42)  # 0.8 s
    pictures = moving_plate(
        PATH,
        radius_px=RADIUS_PX,
        fps=FPS,
        over=lambda index, canvas: wall(seed=5) if 26 <= index < 42 else canvas,
    )
    track = tracked(pictures, hidden=hidden)
    assert (track.state[hidden] == State.LOST).all()
    for name in ("x_px", "y_px", "radius_px", "sd_px", "axis_ratio", "residual_px"):
        assert np.isnan(getattr(track, name)[hidden]).all()
    shown = np.r_[0:26, 42:COUNT]
    assert (track.state[shown] == State.TRACKED).all()
    # beside the gap a frame has a neighbour on one side only: half the information
    assert off_px(track)[shown].max() < np.sqrt(2) * GOOD_PX
    assert track.reacquired == 1


@pytest.mark.usefixtures("ruler")
def test_a_motionless_background_is_never_tracked():
    # the classic failure: the plate is gone, what was behind it stays
    pictures = moving_plate(
        PATH,
        radius_px=RADIUS_PX,
        fps=FPS,
        over=lambda index, canvas: wall() if index >= 44 else canvas,
    )
    track = tracked(pictures, hidden=slice(44, COUNT))
    assert (track.state[44:] == State.LOST).all()
    assert (track.state[:44] == State.TRACKED).all()
    assert off_px(track)[:44].max() < GOOD_PX


@pytest.mark.usefixtures("ruler")
def test_a_plate_that_leaves_the_picture_is_lost():
    y = lift_y(TIME_S, low_px=180.3, high_px=-70.0, period_s=4.0)
    path = np.column_stack([PATH[:, 0], y])
    outside = np.flatnonzero(y < -RADIUS_PX)
    track = tracked(
        moving_plate(path, radius_px=RADIUS_PX, fps=FPS),
        path=path,
        hidden=slice(int(outside[0]) - 3, int(outside[-1]) + 4),
    )
    assert (track.state[outside] == State.LOST).all()
    inside = y > RADIUS_PX + 5
    assert (track.state[inside] == State.TRACKED).all()
    # cut by the edge of the picture it is either measured well or said to be uncertain
    known = track.state == State.TRACKED
    allowed_px = np.maximum(5 * GOOD_PX, 3 * track.sd_px)
    assert (off_px(track, path) < allowed_px)[known].all()
    assert np.nanmax(track.sd_px) < MAX_UNSEEN_SD_RADII * RADIUS_PX


def test_nothing_is_followed_across_a_cut(pictures):
    frames = np.arange(0, 48, 4)
    track = along_route(pictures=pictures, mover=seen_on(PATH, frames), cuts=(50,))
    assert track is not None
    assert (track.state[50:] == State.LOST).all()
    assert (track.state[:50] == State.TRACKED).all()
    assert track.cut_frames == (50,)
    assert off_px(track)[:50].max() < GOOD_PX


def test_repeated_frames_repeat_their_place():
    # every third frame shows the one before: the truth of the picture, if not of the bar
    shown = np.arange(COUNT) - (np.arange(COUNT) % 3 == 2)
    pictures = moving_plate(PATH, radius_px=RADIUS_PX, fps=FPS)
    repeated = replace(pictures, frames=tuple(pictures.frames[index] for index in shown))
    track = tracked(repeated, path=PATH[shown])
    assert (track.state == State.TRACKED).all()
    assert off_px(track, PATH[shown]).max() < GOOD_PX


def test_frame_times_of_their_own_do_not_move_the_plate(pictures, track):
    rng = np.random.default_rng(2)
    uneven = replace(pictures, time_s=np.cumsum(rng.uniform(0.02, 0.09, COUNT)))
    other = tracked(uneven)
    assert other.x_px == pytest.approx(track.x_px, abs=GOOD_PX)
    assert other.y_px == pytest.approx(track.y_px, abs=GOOD_PX)
    assert (other.time_s == uneven.time_s).all()


def test_a_plate_seen_from_nearby_grows_on_its_way_down():
    radius = 32 + 0.04 * (PATH[:, 1] - 70)
    pictures = reel(
        (
            as_image(paint_plate(wall(), Ellipse(*place, size), DISHED), noise=1.5, seed=index)
            for index, (place, size) in enumerate(zip(PATH, radius, strict=True))
        ),
        fps=FPS,
    )
    track = tracked(pictures)
    assert off_px(track).max() < GOOD_PX
    assert track.radius_px == pytest.approx(radius, abs=0.15)


def test_what_has_no_rim_is_no_plate():
    still = as_image(np.full(SHAPE, 120.0))
    pictures = reel([still] * COUNT, fps=FPS)
    assert along_route(pictures=pictures, mover=seen_on(PATH, np.arange(0, COUNT, 4))) is None


@pytest.mark.usefixtures("ruler")
def test_a_frozen_picture_is_not_where_the_plate_is(pictures):
    # the fastest part of the lift is missing; the clock goes on
    fastest = int(np.abs(np.diff(PATH[:, 1])).argmax())
    still = range(fastest - 5, fastest + 6)
    frames = list(pictures.frames)
    for index in still[1:]:
        frames[index] = frames[still[0]]
    track = tracked(reel(frames, fps=FPS))
    assert (track.state[list(still[1:])] != State.TRACKED).all()
    shown = np.setdiff1d(np.arange(COUNT), np.array(still))
    assert (track.state[shown] == State.TRACKED).all()
    assert off_px(track)[shown].max() < GOOD_PX


@pytest.mark.usefixtures("ruler")
def test_a_plate_dropped_in_a_blur_is_found_again_where_it_lay():
    rising = lift_y(TIME_S[:30], low_px=218, high_px=80, period_s=3.0)
    fall = 80 + 36 * np.arange(1, 4)
    path = np.column_stack(
        [
            np.full(90, 150.4),
            np.concatenate([np.full(15, 218.0), rising[:16], fall, np.full(56, 218.0)]),
        ]
    )
    path[34:, 0] += 4  # it doesn't come down where it left

    def blurred(index: int, canvas: FloatArray) -> FloatArray:
        return wall() if 32 <= index < 38 else canvas

    pictures = moving_plate(path, radius_px=RADIUS_PX, fps=FPS, over=blurred)
    # no detection after the drop either: the lower third of the plate is out of the picture
    track = tracked(pictures, path=path, hidden=slice(30, 90))
    assert (track.state[40:] == State.TRACKED).all()
    assert off_px(track, path)[40:].max() < 5 * GOOD_PX  # of a cut rim
