"""The camera's motion, against pictures warped by formula."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from barpath.camera import estimate_motion, stands_still
from barpath.camera.background import Scene, find_scene, pick_points, scene_mask, shrunk
from barpath.camera.glance import MIN_SIDE_CELLS, _first_key
from tests.camera.scenes import (
    BAR_X,
    BAR_Y,
    COUNT,
    HEIGHT,
    KEY,
    RADIUS,
    TIME_S,
    WIDTH,
    Drawn,
    seen_track,
    similarity,
    sway,
    track_at,
)

STEADY = [similarity()] * COUNT


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def world(rng, *, margin=300):
    """Paint a wall with clouds of all sizes, wider than the picture by a margin all round."""
    shape = (HEIGHT + 2 * margin, WIDTH + 2 * margin)
    wall = np.full(shape, 120.0, dtype=np.float32)
    for sigma in (2.0, 5.0, 12.0):
        cloud = cv2.GaussianBlur(rng.normal(size=shape).astype(np.float32), None, sigma)
        wall += 18 * cloud / cloud.std()
    return np.clip(wall, 0, 255), margin


def views(rng, *, warps, wall=None, noise=2.0):
    """Look at the wall, a plate going up and down before it, through a similarity a frame.

    A warp takes places of the steady picture to those of the frame's.
    """
    wall, margin = world(rng) if wall is None else wall
    pictures = []
    for frame, warp in enumerate(warps):
        scene = wall.copy()
        at = (round((BAR_X[frame] + margin) * 16), round((BAR_Y[frame] + margin) * 16))
        cv2.circle(scene, at, round(RADIUS * 16), 20.0, -1, cv2.LINE_AA, 4)
        matrix = warp.copy()
        matrix[:, 2] -= warp[:, :2] @ (margin, margin)
        seen = cv2.warpAffine(scene, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
        pictures.append(np.clip(seen + rng.normal(0, noise, seen.shape), 0, 255).astype(np.uint8))
    return pictures


def steady_error_px(motion, warps):
    """Compare the steadied plate with where the reference frame would show it."""
    track = seen_track(warps)
    x, y = motion.steadied(track.x_px, track.y_px)
    places = np.stack([BAR_X, BAR_Y, np.ones(COUNT)])
    true_x, true_y = warps[KEY] @ places
    return np.sqrt(np.mean((x - true_x) ** 2 + (y - true_y) ** 2))


@pytest.mark.parametrize("factor", [1, 3])
def test_a_hand_held_camera_is_steadied(rng, factor):
    warps = sway()
    track = seen_track(warps)
    shown = dataclasses.replace(
        track,
        x_px=(track.x_px + 0.5) * factor - 0.5,
        y_px=(track.y_px + 0.5) * factor - 0.5,
        radius_px=track.radius_px * factor,
    )
    motion = estimate_motion(
        pictures=Drawn(views(rng, warps=warps)), track=shown, factor=float(factor)
    )
    assert motion.known
    assert motion.moving
    x, y = motion.steadied(shown.x_px, shown.y_px)
    places = np.stack([BAR_X, BAR_Y, np.ones(COUNT)])
    true = (warps[KEY] @ places + 0.5) * factor - 0.5
    # Lucas-Kanade on clouds with 2 levels of noise is good to 0.1 px a point; a hundred agree
    rmse_px = np.sqrt(np.mean((x - true[0]) ** 2 + (y - true[1]) ** 2))
    assert rmse_px < 0.15 * factor
    assert np.ptp(track.x_px - BAR_X) > 12  # there was something to take out
    zoom = np.array([np.hypot(w[0, 0], w[1, 0]) for w in warps])
    assert motion.zoom == pytest.approx(zoom[KEY] / zoom, abs=0.002)


@pytest.mark.parametrize("change", ["lamps flicker", "the phone adjusts its exposure"])
def test_light_that_changes_moves_nothing(rng, change):
    warps = sway()
    if change == "lamps flicker":
        light = 1 + 0.04 * np.sin(2 * np.pi * 10 * TIME_S + 0.7)
    else:
        light = np.linspace(0.95, 1.05, COUNT)
    bold, margin = world(rng)
    faint = 150 + 0.25 * (bold - 120), margin  # what light moves most is a wall with little on it
    pictures = [
        np.clip(light[frame] * picture, 0, 255).astype(np.uint8)
        for frame, picture in enumerate(views(rng, warps=warps, wall=faint, noise=0.5))
    ]
    motion = estimate_motion(pictures=Drawn(pictures), track=seen_track(warps), factor=1.0)
    # as steady as in even light
    assert steady_error_px(motion, warps) < 0.15


def test_the_reference_frame_is_left_where_it_is(rng):
    warps = sway()
    motion = estimate_motion(
        pictures=Drawn(views(rng, warps=warps)), track=seen_track(warps), factor=1.0
    )
    assert motion.reference == KEY
    assert motion.to_reference[KEY] == pytest.approx(np.eye(2, 3), abs=1e-12)


def test_a_still_camera_adds_nothing_at_all(rng):
    motion = estimate_motion(
        pictures=Drawn(views(rng, warps=STEADY)), track=seen_track(STEADY), factor=1.0
    )
    assert (motion.known, motion.moving) == (True, False)
    x, y = motion.steadied(BAR_X, BAR_Y)
    assert np.array_equal(x, BAR_X)
    assert np.array_equal(y, BAR_Y)
    assert not motion.sd_px.any()


def test_roughly_where_the_plate_is_tells_whether_the_camera_stands(rng):
    """Three pixels off and a quarter too small, as a route with a smaller ring is."""

    def told(warps, *, blank=False):
        track = seen_track(warps)
        rough = dataclasses.replace(
            track,
            x_px=track.x_px + 3 * np.sin(7 * TIME_S),
            y_px=track.y_px - 3,
            radius_px=0.75 * track.radius_px,
        )
        wall = (np.full((HEIGHT + 200, WIDTH + 200), 120.0, np.float32), 100) if blank else None
        pictures = Drawn(views(rng, warps=warps, wall=wall, noise=0.0 if blank else 2.0))
        return stands_still(pictures=pictures, track=rough, factor=1.0)

    assert told(STEADY)
    assert not told(sway())
    assert not told(STEADY, blank=True)  # which doesn't tell


@pytest.mark.parametrize("size_px", [0.05, 0.15])
def test_less_than_half_a_pixel_is_left_alone(rng, size_px):
    warps = sway(size_px=size_px, turn_deg=0.0, zoom=0.0)
    motion = estimate_motion(
        pictures=Drawn(views(rng, warps=warps)), track=seen_track(warps), factor=1.0
    )
    assert not motion.moving


def test_a_blank_background_says_nothing(rng):
    blank = np.full((HEIGHT + 600, WIDTH + 600), 235.0, dtype=np.float32), 300
    warps = sway()
    motion = estimate_motion(
        pictures=Drawn(views(rng, warps=warps, wall=blank, noise=1.0)),
        track=seen_track(warps),
        factor=1.0,
    )
    assert (motion.known, motion.moving) == (False, False)
    assert np.array_equal(motion.to_reference, np.tile(np.eye(2, 3), (COUNT, 1, 1)))


def test_captions_and_black_bars_have_no_vote(rng):
    warps = sway()
    pictures = views(rng, warps=warps)
    for picture in pictures:
        for row in (40, 245):
            cv2.putText(picture, "DAY 12: 180 KG x 2", (20, row), 0, 1.0, 255, 3)
        picture[:, :70] = 12
        picture[:, -70:] = 12
        cv2.putText(picture, "BAR", (4, 150), 0, 0.9, 255, 2)
    motion = estimate_motion(pictures=Drawn(pictures), track=seen_track(warps), factor=1.0)
    assert motion.moving
    assert steady_error_px(motion, warps) < 0.15


def points_of(picture):
    """Pick points all over the scene of a picture that stands still."""
    small = shrunk(pictures=Drawn([picture] * COUNT), factor=1.0)
    scene = find_scene(small=small, track=seen_track(STEADY))
    mask = scene_mask(scene=scene, shape=small.shape)
    return scene, pick_points(image=picture, mask=mask, scene=scene)


def test_black_bars_leave_the_scene_as_many_points(rng):
    picture, bar_px = views(rng, warps=STEADY)[0], 80
    scene, points = points_of(picture)
    assert scene == Scene(0, HEIGHT, 0, WIDTH)
    barred, within = points_of(np.pad(picture, ((0, 0), (bar_px, bar_px)), constant_values=12))
    assert barred.left >= bar_px
    assert barred.right <= WIDTH + bar_px
    # less the margins by the bars, 4 % of the width; spread over the bars, a quarter would go
    assert len(within) > 0.9 * len(points)


def test_people_who_walk_by_a_still_camera_have_no_vote(rng):
    pictures = views(rng, warps=STEADY)
    coat, _ = world(rng)
    for frame, picture in enumerate(pictures):
        left = 5 + 2 * frame
        picture[60:260, left : left + 90] = coat[:200, :90]
    motion = estimate_motion(pictures=Drawn(pictures), track=seen_track(STEADY), factor=1.0)
    assert (motion.known, motion.moving) == (True, False)


def test_a_pan_beyond_the_first_picture_is_chained(rng):
    # the first and the last picture share 45 % of the reference's width, less than a key needs
    warps = [similarity(x=7.0 * (KEY - frame)) for frame in range(COUNT)]
    track = seen_track(STEADY)  # the camera follows a bar that is carried along
    motion = estimate_motion(pictures=Drawn(views(rng, warps=warps)), track=track, factor=1.0)
    assert motion.moving
    x, _ = motion.steadied(track.x_px, track.y_px)
    true = track.x_px + 7.0 * (np.arange(COUNT) - KEY)
    # two keys are chained on either side, each tied to the last by 0.1 px
    assert x == pytest.approx(true, abs=0.5)


@pytest.mark.parametrize("focal_px", [430.0, 600.0])
def test_a_turning_camera_is_steadied_through_its_own_lens(rng, focal_px):
    # at 430 px the edge of the picture moves by a third more than its middle
    wall, margin = world(rng)
    lens = np.array([[focal_px, 0, (WIDTH - 1) / 2], [0, focal_px, (HEIGHT - 1) / 2], [0, 0, 1]])
    pan, tilt = 10 * np.sin(3 * TIME_S) / focal_px, 5 * np.sin(2 * TIME_S + 1) / focal_px
    views = [
        lens @ cv2.Rodrigues(np.array([a, b, 0.0]))[0] @ np.linalg.inv(lens)
        for a, b in zip(tilt, pan, strict=True)
    ]
    home = np.array([[1, 0, -margin], [0, 1, -margin], [0, 0, 1]])
    pictures = [
        cv2.warpPerspective(wall, view @ home, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
        for view in views
    ]
    pictures = [np.clip(p + rng.normal(0, 2, p.shape), 0, 255).astype(np.uint8) for p in pictures]
    bar = np.stack([BAR_X, BAR_Y, np.ones(COUNT)])
    seen = np.einsum("nij,jn->in", np.stack(views), bar)
    true = views[KEY] @ bar
    track = track_at(seen[0] / seen[2], seen[1] / seen[2])
    motion = estimate_motion(pictures=Drawn(pictures), track=track, factor=1.0)
    off_px = np.stack(motion.steadied(track.x_px, track.y_px)) - true[:2] / true[2]
    # what a pan does to rows far from the middle stays: 0.10 px; a similarity of places leaves 0.3
    assert np.sqrt(np.mean(off_px**2)) < 0.15


def carried_views(rng, *, shift_px, near_px, begins_px, plate_px):
    """Look at a wall that shifts and a floor before it that shifts more the lower it is.

    A place at (x, y) is seen at ``(x, y) + shift + near max(0, y - y0) / (y1 - y0)``; solved for y,
    that says where each pixel of the picture is from.
    """
    wall, margin = world(rng)
    column, row = np.meshgrid(np.arange(WIDTH, dtype=float), np.arange(HEIGHT, dtype=float))
    depth_px = plate_px - begins_px
    pictures = []
    for frame, (shift, near) in enumerate(zip(shift_px, near_px, strict=True)):
        on_floor = row - shift[1] > begins_px
        low = (row - shift[1] - begins_px) / (1 + near[1] / depth_px)
        share = np.where(on_floor, low, 0.0) / depth_px
        from_x = column - shift[0] - near[0] * share
        from_y = np.where(on_floor, begins_px + low, row - shift[1])
        maps = [(c + margin).astype(np.float32) for c in (from_x, from_y)]
        seen = cv2.remap(wall, *maps, cv2.INTER_CUBIC)
        at = (np.array([BAR_X[frame], BAR_Y[frame]]) + shift + near) * 16
        centre = (round(at[0]), round(at[1]))
        cv2.circle(seen, centre, round(RADIUS * 16), 20.0, -1, cv2.LINE_AA, 4)
        pictures.append(np.clip(seen + rng.normal(0, 2, seen.shape), 0, 255).astype(np.uint8))
    return pictures


def test_a_carried_camera_leaves_the_plate_where_it_is(rng):
    since = TIME_S - TIME_S[KEY]
    shift_px = np.stack([6 * np.sin(2 * since), 4 * np.sin(3 * since)], axis=1)
    near_px = np.stack([7 * np.sin(1.5 * since), 12 * np.sin(2.2 * since)], axis=1)
    plate_px = float(BAR_Y.max() + RADIUS)
    pictures = carried_views(
        rng, shift_px=shift_px, near_px=near_px, begins_px=120.0, plate_px=plate_px
    )
    shown = np.stack([BAR_X, BAR_Y], axis=1) + shift_px + near_px
    track = track_at(shown[:, 0], shown[:, 1])
    motion = estimate_motion(pictures=Drawn(pictures), track=track, factor=1.0)
    assert motion.moving
    off_px = np.hypot(*(np.stack(motion.steadied(track.x_px, track.y_px)) - (BAR_X, BAR_Y)))
    # the floor's edge is found to the grid's 9 rows, a tenth of its depth: a tenth of 14 px at most
    assert off_px.max() < 1.4
    assert np.hypot(*near_px.T).max() > 8  # what taking the wall for the plate's depth would leave
    assert np.mean(off_px < 2 * np.hypot(motion.sd_px, 0.1)) > 0.9


def test_frames_that_show_nothing_are_not_guessed(rng):
    warps = sway()
    pictures = views(rng, warps=warps)
    for frame in range(40, 56):  # 0.53 s of darkness
        pictures[frame] = np.full_like(pictures[frame], 16)
    pictures[10] = np.full_like(pictures[10], 16)  # and one frame
    motion = estimate_motion(pictures=Drawn(pictures), track=seen_track(warps), factor=1.0)
    known = np.isfinite(motion.zoom)
    assert not known[40:56].any()
    assert known[:40].all()
    assert known[56:].all()


def test_both_sides_of_the_bar_are_held_on_to_where_there_are_two(rng):
    # the widest berth, 62 px either way, leaves 8 px of the picture to the left of this bar
    aside_px = 70 - BAR_X[KEY]
    track = track_at(BAR_X + aside_px, BAR_Y)
    small = shrunk(pictures=Drawn(views(rng, warps=STEADY)), factor=1.0)
    whole = Scene(0, HEIGHT, 0, WIDTH)
    key, _ = _first_key(small=small, track=track, scene=whole)
    assert np.sum(key.points[:, 0] < 70 - 1.3 * RADIUS) >= MIN_SIDE_CELLS
    # a bar at the very edge has no left side: what there is will do
    edge = track_at(BAR_X - BAR_X[KEY] + 20, BAR_Y)
    key, _ = _first_key(small=small, track=edge, scene=whole)
    assert key is not None
