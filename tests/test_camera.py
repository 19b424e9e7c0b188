"""The camera's motion and roll, against pictures warped and drawn by formula."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from barpath.calibration import bar_path, calibrate
from barpath.camera import CameraMotion, Roll, estimate_motion, estimate_roll
from barpath.camera.roll import UNSEEN_SD_DEG
from barpath.plate import Ellipse, Plate
from barpath.tracking import State, Track

WIDTH, HEIGHT = 480, 270
COUNT, RATE_HZ = 60, 30.0
RADIUS = 24.0
TIME_S = np.arange(COUNT) / RATE_HZ
BAR_X = np.full(COUNT, 230.0) + 4 * np.sin(2 * TIME_S)
BAR_Y = 190.0 - 45 * (1 - np.cos(np.pi * TIME_S))
KEY = 31


@pytest.fixture
def rng():
    return np.random.default_rng(20)


class Drawn:
    """Pictures in memory."""

    def __init__(self, pictures):
        self.pictures = pictures
        self.time_s = np.arange(len(pictures)) / RATE_HZ

    @property
    def shape(self):
        return self.pictures[0].shape

    def luma(self, index, /):
        return self.pictures[index].copy()

    def __len__(self):
        return len(self.pictures)


def track_at(x_px, y_px, *, radius_px=RADIUS):
    """Make a track of a plate that was measured in every frame."""
    count = len(x_px)
    blank = np.zeros(count)
    return Track(
        time_s=np.arange(count) / RATE_HZ,
        x_px=np.asarray(x_px, dtype=float),
        y_px=np.asarray(y_px, dtype=float),
        radius_px=np.full(count, float(radius_px)),
        axis_ratio=np.ones(count),
        sd_px=np.full(count, 0.1),
        residual_px=np.full(count, 0.1),
        state=np.full(count, State.TRACKED, dtype=np.int8),
        radius_sd_px=0.05,
        camera_x_px=blank,
        camera_y_px=blank,
        plate=Plate(KEY, Ellipse(float(x_px[KEY]), float(y_px[KEY]), radius_px), 1.0),
    )


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


def similarity(*, x=0.0, y=0.0, turn_deg=0.0, zoom=1.0):
    """Turn and zoom about the picture's middle, then shift."""
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), turn_deg, zoom)
    matrix[:, 2] += (x, y)
    return matrix


def sway(*, size_px=8.0, turn_deg=1.0, zoom=0.02):
    """Sway by hand: slow sines of incommensurate periods in every freedom."""
    t = TIME_S
    return [
        similarity(
            x=size_px * np.sin(5.1 * s),
            y=size_px * np.sin(3.3 * s + 1),
            turn_deg=turn_deg * np.sin(4.1 * s + 2),
            zoom=1 + zoom * np.sin(2.7 * s + 0.5),
        )
        for s in t
    ]


def seen_track(warps):
    """Put the plate where the warps show it."""
    places = np.stack([BAR_X, BAR_Y, np.ones(COUNT)], axis=1)[..., None]
    return track_at(*(np.stack(warps) @ places)[..., 0].T)


def steady_error_px(motion, warps):
    """Compare the steadied plate with where the reference frame would show it."""
    track = seen_track(warps)
    x, y = motion.steadied(track.x_px, track.y_px)
    places = np.stack([BAR_X, BAR_Y, np.ones(COUNT)])
    true_x, true_y = warps[KEY] @ places
    return np.sqrt(np.mean((x - true_x) ** 2 + (y - true_y) ** 2))


STEADY = [similarity()] * COUNT


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
    x, _ = motion.steadied(np.full(COUNT, 100.0), np.full(COUNT, 100.0))
    true = 100.0 + 7.0 * (np.arange(COUNT) - KEY)
    # two keys are chained on either side, each tied to the last by 0.1 px
    assert x == pytest.approx(true, abs=0.5)


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


def posts(*, roll_deg=0.0, at=(40, 110, 380, 450), pitch_slope=0.0):
    """Draw posts that lean as a camera rolled clockwise shows them, and converge upwards."""
    image = np.full((HEIGHT, WIDTH), 150, dtype=np.uint8)
    for x in at:
        # the camera's roll turns the scene against the clock: tops go left
        lean = np.radians(-roll_deg + pitch_slope * (x - BAR_X[0]) / WIDTH)
        for side in (-4, 4):
            foot = np.array([x + side, 180.0])
            head = foot + 160 * np.array([np.sin(lean), -np.cos(lean)])
            ends = [tuple(int(v) for v in np.rint(p * 16)) for p in (foot, head)]
            cv2.line(image, *ends, 40, 2, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(image, None, 0.8)


def roll_of(image):
    track = track_at(BAR_X, BAR_Y)
    still = unmoved(COUNT)
    return estimate_roll(pictures=Drawn([image] * COUNT), track=track, motion=still, factor=1.0)


def unmoved(count):
    return CameraMotion(
        reference=KEY,
        to_reference=np.tile(np.eye(2, 3), (count, 1, 1)),
        sd_px=np.zeros(count),
        known=True,
        moving=False,
    )


@pytest.mark.parametrize("roll_deg", [-6.0, -1.5, 0.0, 0.7, 4.0])
def test_roll_is_read_off_posts(roll_deg):
    roll = roll_of(posts(roll_deg=roll_deg))
    assert roll.roll_deg == pytest.approx(roll_deg, abs=0.25)
    assert roll.sd_deg < 0.6


@pytest.mark.parametrize("slope", [-9.0, 5.0])
def test_converging_posts_are_read_at_the_bar(slope):
    # seen from below or above, posts to either side lean to or from each other
    roll = roll_of(posts(roll_deg=1.0, pitch_slope=slope))
    assert roll.roll_deg == pytest.approx(1.0, abs=0.4)


def test_posts_far_to_one_side_leave_the_roll_less_certain():
    both = roll_of(posts(roll_deg=1.0))
    aside = roll_of(posts(roll_deg=1.0, at=(400, 425, 450)))
    assert aside.sd_deg > 2 * both.sd_deg


def test_a_mirrored_picture_is_rolled_the_other_way():
    # the bar is mirrored too, to within the width of the band where nothing counts
    image = posts(roll_deg=2.0, at=(40, 120, 360, 440))
    there, back = roll_of(image), roll_of(np.ascontiguousarray(image[:, ::-1]))
    assert back.roll_deg == pytest.approx(-there.roll_deg, abs=0.1)


def test_without_anything_upright_nothing_is_claimed(rng):
    noise = rng.normal(128, 4, (HEIGHT, WIDTH)).astype(np.uint8)
    roll = roll_of(noise)
    assert np.isnan(roll.roll_deg)
    assert roll.sd_deg == UNSEEN_SD_DEG


def test_limbs_beside_the_bar_are_no_evidence():
    legs = posts(roll_deg=5.0, at=(215, 235, 250))
    assert np.isnan(roll_of(legs).roll_deg)


def path_of(track, *, motion, roll_deg):
    calibration = calibrate(
        track=track, motion=motion, roll=Roll(roll_deg, 0.3), plate_diameter_cm=45.0
    )
    start = motion.steadied(track.x_px, track.y_px)
    return bar_path(
        track=track,
        motion=motion,
        calibration=calibration,
        facing="right",
        midfoot_px=(float(start[0][0]), float(start[1][0])),
    )


@pytest.mark.parametrize("roll_deg", [-8.0, 3.0])
def test_a_rolled_camera_sees_the_same_path(roll_deg):
    level = path_of(track_at(BAR_X, BAR_Y), motion=unmoved(COUNT), roll_deg=0.0)
    # a camera turned clockwise shows the scene turned against the clock (y points down)
    back = np.radians(-roll_deg)
    x = np.cos(back) * BAR_X - np.sin(back) * BAR_Y
    y = np.sin(back) * BAR_X + np.cos(back) * BAR_Y
    rolled = path_of(track_at(x, y), motion=unmoved(COUNT), roll_deg=roll_deg)
    assert rolled.x_cm == pytest.approx(level.x_cm, abs=1e-9)
    assert rolled.y_cm == pytest.approx(level.y_cm, abs=1e-9)
    untold = path_of(track_at(x, y), motion=unmoved(COUNT), roll_deg=float("nan"))
    # 84 cm of height lean by 4 cm and more
    assert np.abs(untold.x_cm - level.x_cm).max() > 4


def test_a_swaying_camera_sees_the_same_path():
    warps = np.stack(sway(zoom=0.0))
    whole = np.concatenate([warps, np.tile([[[0.0, 0.0, 1.0]]], (COUNT, 1, 1))], axis=1)
    home = (whole[KEY] @ np.linalg.inv(whole))[:, :2]
    motion = dataclasses.replace(unmoved(COUNT), to_reference=home, moving=True)
    swayed = path_of(seen_track(list(warps)), motion=motion, roll_deg=0.0)
    turned = np.degrees(np.arctan2(warps[KEY][1, 0], warps[KEY][0, 0]))
    level = path_of(track_at(BAR_X, BAR_Y), motion=unmoved(COUNT), roll_deg=turned)
    assert swayed.x_cm == pytest.approx(level.x_cm, abs=1e-9)
    assert swayed.y_cm == pytest.approx(level.y_cm, abs=1e-9)


def test_frames_of_unknown_motion_are_lost_and_doubt_is_passed_on():
    home = np.tile(np.eye(2, 3), (COUNT, 1, 1))
    home[20:25] = np.nan
    sd_px = np.full(COUNT, 0.4)
    sd_px[20:25] = np.nan
    motion = dataclasses.replace(unmoved(COUNT), to_reference=home, sd_px=sd_px, moving=True)
    path = path_of(track_at(BAR_X, BAR_Y), motion=motion, roll_deg=0.0)
    assert (path.state[20:25] == State.LOST).all()
    assert np.isnan(path.x_cm[20:25]).all()
    assert (np.delete(path.state, slice(20, 25)) == State.TRACKED).all()
    cm_per_px = 45.0 / (2 * RADIUS)
    assert path.sd_cm[0] == pytest.approx(np.hypot(0.1, 0.4) * cm_per_px)
