"""The camera's roll, against drawn posts; and what roll and motion do to the path."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from barpath.calibration import bar_path, calibrate
from barpath.camera import Roll, estimate_roll
from barpath.camera.roll import UNSEEN_SD_DEG, _consensus, _of_edges
from barpath.camera.viewpoint import UNEVEN_LENS, USUAL_FOCAL_SHARE
from barpath.tracking import State
from tests.camera.scenes import (
    BAR_X,
    BAR_Y,
    COUNT,
    HEIGHT,
    KEY,
    RADIUS,
    WIDTH,
    Drawn,
    seen_track,
    sway,
    track_at,
    unmoved,
)


@pytest.fixture
def rng():
    return np.random.default_rng(20)


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
    return estimate_roll(
        pictures=Drawn([image] * COUNT),
        track=track,
        motion=still,
        factor=1.0,
        plate_diameter_cm=45.0,
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


def bent_posts(*, k1, at=(380, 410, 450)):
    """Draw posts high up to the right of the bar through a lens with Brown's k1."""
    image = np.full((HEIGHT, WIDTH), 150, dtype=np.uint8)
    focal_px, middle = USUAL_FOCAL_SHARE * WIDTH, np.array([WIDTH / 2, HEIGHT / 2])
    for x in at:
        for side in (-4, 4):
            post = np.column_stack([np.full(40, x + side), np.linspace(120, 20, 40)]) - middle
            bent = middle + post * (1 + k1 * np.sum(post**2, axis=1, keepdims=True) / focal_px**2)
            cv2.polylines(image, [np.rint(bent * 16).astype(int)], False, 40, 2, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(image, None, 0.8)


def test_what_an_unknown_lens_may_lean_posts_by_is_priced():
    track = track_at(BAR_X, BAR_Y)
    leans = []
    for k1 in (-2 * UNEVEN_LENS, 2 * UNEVEN_LENS):
        pictures = Drawn([bent_posts(k1=k1)] * COUNT)
        (upright,), lens_sd_deg = _of_edges(
            pictures=pictures, track=track, motion=unmoved(COUNT), factor=1.0
        )
        leans.append(upright.lean_deg)
    # a tenth of a pixel at one end of an edge of a hundred is 0.06 degrees, and halved here
    assert abs(leans[1] - leans[0]) / 4 == pytest.approx(lens_sd_deg, abs=0.03)
    assert lens_sd_deg > 0.15
    roll = roll_of(bent_posts(k1=0.0))
    assert roll.sd_deg == pytest.approx(np.hypot(upright.sd_deg, lens_sd_deg), rel=0.1)


def test_posts_about_the_bars_own_height_owe_little_to_the_lens():
    _, lens_sd_deg = _of_edges(
        pictures=Drawn([posts()] * COUNT),
        track=track_at(BAR_X, BAR_Y),
        motion=unmoved(COUNT),
        factor=1.0,
    )
    # to either side, and from above the middle to below: what one is leant the other takes back
    assert lens_sd_deg < 0.05


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


def test_posts_side_by_side_are_as_many_places():
    # a rack: each post within the width of one place of the next, all of them over a quarter
    rack = posts(roll_deg=2.0, at=tuple(range(330, 460, 12)))
    assert roll_of(rack).roll_deg == pytest.approx(2.0, abs=0.3)


def test_a_few_faint_edges_that_agree_on_nothing_claim_nothing():
    # so faint that the level camera is likelier than any of them
    angle_deg, at = np.array([7.0, -7.5, 6.0]), np.array([-0.3, 0.1, 0.35])
    assert _consensus(angle_deg, at, np.full(3, 1e-3), 5.0) is None


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
