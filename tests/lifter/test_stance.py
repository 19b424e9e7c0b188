"""The lifter's shoe, facing and midfoot in rendered pictures, against the scenes they show."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from barpath.camera import CameraMotion
from barpath.lifter import OUTLINE_SD_CM, find_shoe
from barpath.lifter.floor import PX_PER_RADIUS, floor_picture
from barpath.lifter.stance import (
    MAX_FACING,
    MIN_FACING,
    facing_confidence,
)
from barpath.plate import Ellipse, Plate
from barpath.simulate import Lift, Recording, Scene, Surroundings, View, render_frames, truth_of
from barpath.tracking import State, Track
from tests.camera.scenes import unmoved

LIFT = Lift(reps=1, lead_in_s=0.6, tail_s=0.3, pause_top_s=0.8)
VIEW = View(width=640, height=360, plate_radius_px=40, height_cm=60.0)
# the plate's true place is given: no more pictures are needed than the median takes
RECORDING = Recording(fps=7.0, noise_sd=2.0)
SCENE = Scene(lift=LIFT, view=VIEW, recording=RECORDING)


@dataclasses.dataclass(frozen=True)
class Shown:
    """Pictures held in memory, the plate's path in them and how the camera moved."""

    images: np.ndarray
    track: Track
    motion: CameraMotion
    factor: int = 1

    @property
    def time_s(self):
        return self.track.time_s

    @property
    def shape(self):
        return self.images.shape[1:]

    def luma(self, index, /):
        return self.images[index]

    def __len__(self):
        return len(self.images)

    def shoe(self, **known):
        return find_shoe(
            pictures=self, track=self.track, motion=self.motion, factor=self.factor, **known
        )


def shown(scene):
    """Render a scene; the plate is where the truth says."""
    truth = truth_of(scene)
    images = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for _, image in render_frames(scene)]
    count = truth.t.size
    same = np.full(count, 0.1)
    rim = Ellipse(truth.x_px[0], truth.y_px[0], truth.radius_px[0], 1.0)
    track = Track(
        time_s=truth.t,
        x_px=truth.x_px,
        y_px=truth.y_px,
        radius_px=truth.radius_px,
        axis_ratio=np.ones(count),
        angle_deg=np.zeros(count),
        sd_px=same,
        residual_px=same,
        radius_sd_px=0.1,
        state=np.full(count, State.TRACKED, dtype=np.int8),
        plate=Plate(frame=0, rim=rim, confidence=0.9),
    )
    return Shown(np.array(images[:count]), track, unmoved(count))


def midfoot_px(scene):
    """Give the column of midfoot in the plate's plane: where the bar is, less what it is off."""
    truth = truth_of(scene)
    off_px = scene.facing * truth.x_cm * 2 * truth.radius_px / scene.plate.diameter_cm
    return float(np.median((truth.x_px - off_px)[:3]))


@pytest.fixture(scope="module")
def plain():
    return shown(SCENE)


SCENES = {
    "gym": SCENE,
    "left, dark": dataclasses.replace(
        SCENE, facing=-1, surroundings=Surroundings(backdrop="dark"), stature_cm=160.0
    ),
    "studio": dataclasses.replace(SCENE, surroundings=Surroundings(backdrop="studio"), seed=2),
    "sumo, left": dataclasses.replace(
        SCENE, facing=-1, lift=dataclasses.replace(LIFT, kind="sumo", rom_cm=44.0), seed=3
    ),
    "squat": dataclasses.replace(
        SCENE,
        lift=dataclasses.replace(LIFT, kind="squat", rom_cm=58.0, pause_bottom_s=0.0),
        view=dataclasses.replace(VIEW, plate_radius_px=30.0, height_cm=90.0),
        seed=4,
    ),
}


@pytest.mark.parametrize("name", SCENES)
def test_facing_and_midfoot_are_those_of_the_scene(name):
    scene = SCENES[name]
    shoe = shown(scene).shoe()
    assert shoe.facing == ("right" if scene.facing > 0 else "left")
    assert shoe.facing_confidence >= MIN_FACING
    # two deviations; the camera stands at midfoot's side, so no parallax comes on top
    cm_per_px = 22.5 / scene.view.plate_radius_px
    assert abs(shoe.x_px - midfoot_px(scene)) * cm_per_px <= 2 * OUTLINE_SD_CM


def test_a_mirrored_picture_faces_the_other_way_and_changes_nothing_else(plain):
    width = plain.shape[1]
    mirrored = dataclasses.replace(
        plain,
        images=np.ascontiguousarray(plain.images[:, :, ::-1]),
        track=dataclasses.replace(plain.track, x_px=width - 1 - plain.track.x_px),
    )
    right, left = plain.shoe(), mirrored.shoe()
    assert (right.facing, left.facing) == ("right", "left")
    # the same samples of the same picture, but for the interpolation's 1/32 of a pixel
    step_px = 40.0 / PX_PER_RADIUS
    assert left.x_px == pytest.approx(width - 1 - right.x_px, abs=0.1 + step_px)
    assert left.y_px == pytest.approx(right.y_px, abs=0.1 + step_px)
    assert left.confidence == pytest.approx(right.confidence, abs=0.02)


def test_a_moving_camera_is_steadied(plain):
    rng = np.random.default_rng(5)
    shifts = rng.integers(-9, 10, (len(plain), 2))
    images = np.array(
        [
            cv2.copyMakeBorder(image, 9, 9, 9, 9, cv2.BORDER_REPLICATE)[
                9 - dy : 9 - dy + 360, 9 - dx : 9 - dx + 640
            ]
            for image, (dx, dy) in zip(plain.images, shifts, strict=True)
        ]
    )
    to_reference = plain.motion.to_reference.copy()
    to_reference[:, :, 2] = -shifts
    shaken = dataclasses.replace(
        plain,
        images=images,
        track=dataclasses.replace(
            plain.track, x_px=plain.track.x_px + shifts[:, 0], y_px=plain.track.y_px + shifts[:, 1]
        ),
        motion=dataclasses.replace(plain.motion, to_reference=to_reference, moving=True),
    )
    # whole pixels: the steadied pictures are the same but for their edges
    assert shaken.shoe().x_px == pytest.approx(plain.shoe().x_px, abs=0.1)
    assert shaken.shoe().facing == "right"


def test_pictures_of_another_size_show_the_same(plain):
    half = np.array([cv2.resize(image, (320, 180)) for image in plain.images])
    shoe = dataclasses.replace(plain, images=half, factor=2).shoe()
    # a blurred outline may settle a pixel of the floor picture away
    assert shoe.x_px == pytest.approx(plain.shoe().x_px, abs=1.5 * 40 / PX_PER_RADIUS)
    assert shoe.facing == "right"


def test_somebody_who_passes_is_outvoted(plain):
    images = plain.images.copy()
    high = np.flatnonzero(plain.track.y_px < np.quantile(plain.track.y_px, 0.3))
    images[high[::4], 180:, 200:420] = 255
    passed = dataclasses.replace(plain, images=images).shoe()
    assert passed.facing == "right"
    assert passed.x_px == pytest.approx(plain.shoe().x_px, abs=1.5 * 40 / PX_PER_RADIUS)


def test_what_is_hidden_by_the_plate_is_not_seen(plain):
    floor = floor_picture(pictures=plain, track=plain.track, motion=plain.motion, factor=1)
    column, row = 2.5 * PX_PER_RADIUS, 1.25 * PX_PER_RADIUS
    assert floor.seen[round(row), round(column)]
    low = dataclasses.replace(plain.track, y_px=plain.track.y_px * 0.5 + 0.5 * plain.track.y_px[0])
    covered = floor_picture(pictures=plain, track=low, motion=plain.motion, factor=1)
    assert not covered.seen[0, round(column)]


@pytest.mark.parametrize("noise", [0.0, 3.0, 25.0])
def test_an_empty_floor_says_nothing(plain, noise):
    rng = np.random.default_rng(6)
    empty = np.clip(rng.normal(110, noise, plain.images.shape), 0, 255).astype(np.uint8)
    assert dataclasses.replace(plain, images=empty).shoe() is None


def test_an_outline_that_fits_both_ways_gives_no_facing(plain):
    """A shoe and its mirror image in one picture: whatever is found, its facing isn't said."""
    middle = round(float(np.median(plain.track.x_px)))
    images = plain.images.copy()
    reach = min(middle, 640 - middle) - 1
    beside = images[:, :, middle - reach : middle + reach + 1]
    images[:, :, middle - reach : middle + reach + 1] = np.maximum(beside, beside[:, :, ::-1])
    shoe = dataclasses.replace(plain, images=images).shoe()
    assert shoe is None or shoe.facing is None


def test_a_bar_that_never_clears_the_feet_shows_none(plain):
    rest = plain.track.y_px[0]
    low = dataclasses.replace(plain.track, y_px=rest + 0.2 * (plain.track.y_px - rest))
    assert dataclasses.replace(plain, track=low).shoe() is None


def test_a_lost_plate_shows_none(plain):
    lost = np.full(len(plain), State.LOST, dtype=np.int8)
    assert dataclasses.replace(
        plain, track=dataclasses.replace(plain.track, state=lost)
    ).shoe() is (None)


def test_a_facing_that_is_said_is_kept(plain):
    told = plain.shoe(facing="right")
    assert (told.facing, told.facing_confidence) == ("right", 1.0)
    assert told.x_px == plain.shoe().x_px
    against = plain.shoe(facing="left")
    assert against is None or against.facing == "left"


def test_the_confidence_rises_with_the_lead():
    assert facing_confidence(better=0.4, other=0.4) == 0.5
    sure = [facing_confidence(better=0.4, other=other) for other in (0.4, 0.39, 0.37, 0.35, 0.0)]
    assert sure == sorted(sure)
    assert sure[-1] == MAX_FACING
