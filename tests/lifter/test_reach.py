"""How tall a lifter looks beside the plate: drawn bodies of known height, then rendered ones."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from barpath.lifter import find_reach
from barpath.simulate import PRESETS, Lift, Recording, Scene, Surroundings, View
from tests.camera.scenes import track_at, unmoved
from tests.lifter.test_stance import Shown, shown

WIDTH, HEIGHT = 300, 320
RADIUS = 20
FLOOR, X = 290, 150
HEAD_UP, HEAD_DOWN = 110, 180
UP_Y, DOWN_Y = 200, FLOOR - RADIUS

#: Blur, opening and closing shift either end by two pixels at most.
PX = 4.0 / RADIUS


@dataclasses.dataclass(frozen=True)
class Drawn:
    """What a picture shows: head and hips of a body, the bar, and what else."""

    y: float
    head: int
    feet: int = FLOOR
    width: int = 40


def picture(what, *, shift=(0, 0), seed=0):
    """Draw a body as a block and a plate before it, on a grey that nothing else disturbs."""
    image = np.full((HEIGHT, WIDTH), 90, dtype=np.uint8)
    cv2.rectangle(image, (20, 30), (70, 250), 180, -1)
    left = X - what.width // 2
    cv2.rectangle(image, (left, what.head), (left + what.width - 1, what.feet), 160, -1)
    cv2.circle(image, (X, round(what.y)), RADIUS, 30, -1)
    noise = np.random.default_rng(seed).normal(0, 2, image.shape)
    image = np.clip(image + noise, 0, 255).astype(np.uint8)
    across, down = shift
    matrix = np.array([[1.0, 0.0, across], [0.0, 1.0, down]])
    return cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)


def followed(images, y_px, *, x_px=None):
    """A perfect track of the drawn plate, and a camera that stands still."""
    x_px = [X] * len(images) if x_px is None else x_px
    return Shown(
        images=np.array(images),
        track=track_at(x_px, y_px, radius_px=RADIUS),
        motion=unmoved(len(images)),
    )


def reach(clip):
    return find_reach(
        pictures=clip, track=clip.track, motion=clip.motion, factor=float(clip.factor)
    )


UP, DOWN = Drawn(UP_Y, HEAD_UP), Drawn(DOWN_Y, HEAD_DOWN, width=90)


def pull(*, up=UP, down=DOWN, count=8):
    """So many pictures with the bar low, and as many with it high."""
    drawn = [down] * count + [up] * count
    images = [picture(what, seed=at) for at, what in enumerate(drawn)]
    return followed(images, [what.y for what in drawn])


def test_a_body_is_as_tall_as_it_is_drawn():
    found = reach(pull())
    # legs that are drawn in both don't show, but the plate's way to the floor does
    assert found.height_radii == pytest.approx((FLOOR - HEAD_UP) / RADIUS, abs=PX)
    assert not found.cut_off


def test_a_body_that_the_picture_cuts_off_says_so():
    found = reach(pull(up=Drawn(60, 0), down=Drawn(DOWN_Y, 90, width=90)))
    assert found.cut_off
    assert found.height_radii == pytest.approx(FLOOR / RADIUS, abs=PX)


def test_an_exposure_that_changes_is_no_body():
    clip = pull()
    images = clip.images.astype(np.float64)
    images[8:] = 1.2 * images[8:]  # the grey behind the lifter by 18 levels, the post by 36
    brighter = dataclasses.replace(clip, images=np.clip(images, 0, 255).astype(np.uint8))
    assert reach(brighter).height_radii == pytest.approx(reach(clip).height_radii, abs=PX)


def test_whoever_walks_past_is_outvoted():
    clip = pull()
    images = clip.images.copy()
    for at in (0, 4, 8, 12, 14):  # a tall one, right before the lifter
        cv2.rectangle(images[at], (X - 25, 5), (X + 25, HEIGHT - 1), 20, -1)
    passed = dataclasses.replace(clip, images=images)
    assert reach(passed).height_radii == pytest.approx(reach(clip).height_radii, abs=PX)


def test_a_shadow_beneath_the_plate_adds_nothing():
    long = [dataclasses.replace(what, feet=FLOOR + 25) for what in (UP, DOWN)]
    long[0] = dataclasses.replace(long[0], width=60)  # so that it changes down there
    assert reach(pull(up=long[0], down=long[1])).height_radii == pytest.approx(
        (FLOOR - HEAD_UP) / RADIUS, abs=PX
    )


def test_legs_beneath_a_bar_that_stays_up_count():
    """A bar let down to the knees, or no plate at all: a shirt, taken for one."""
    legs = Drawn(UP_Y + 40, HEAD_DOWN, feet=FLOOR + 25, width=90)
    found = reach(pull(up=dataclasses.replace(UP, feet=FLOOR + 25), down=legs))
    assert found.height_radii == pytest.approx((FLOOR + 25 - HEAD_UP) / RADIUS, abs=PX)


def test_a_camera_that_moves_is_taken_out():
    """It looks 30 px higher while the lifter stands, and sways."""
    rng = np.random.default_rng(3)
    drawn = [DOWN] * 8 + [UP] * 8
    sway = rng.integers(-3, 4, (len(drawn), 2)) + np.repeat([[0, 0], [0, 30]], 8, axis=0)
    images = [picture(what, shift=tuple(by), seed=9) for what, by in zip(drawn, sway, strict=True)]
    clip = followed(
        images,
        [what.y + by[1] for what, by in zip(drawn, sway, strict=True)],
        x_px=[X + by[0] for by in sway],
    )
    back = np.tile(np.eye(2, 3), (len(drawn), 1, 1))
    back[:, :, 2] = -sway
    steady = dataclasses.replace(
        clip, motion=dataclasses.replace(clip.motion, to_reference=back, moving=True)
    )
    assert reach(steady).height_radii == pytest.approx(reach(pull()).height_radii, abs=2 * PX)


def test_arms_overhead_are_no_stature():
    assert reach(pull(up=Drawn(HEAD_UP + RADIUS, HEAD_UP))) is None


def test_what_is_wider_than_a_body_is_none():
    assert reach(pull(down=dataclasses.replace(DOWN, width=200))) is None


def test_a_bar_that_hardly_moves_says_nothing():
    assert reach(pull(up=dataclasses.replace(UP, y=DOWN_Y - 0.9 * RADIUS))) is None


def test_pictures_in_which_nothing_changes_say_nothing():
    clip = pull()
    assert reach(dataclasses.replace(clip, images=clip.images[:1].repeat(16, axis=0))) is None


# Rendered lifters ---------------------------------------------------------------------------------

LIFT = Lift(reps=1, lead_in_s=0.6, tail_s=0.3, pause_top_s=0.8)
VIEW = View(width=640, height=360, plate_radius_px=33, height_cm=80.0)
SCENE = Scene(lift=LIFT, view=VIEW, recording=Recording(fps=7.0))


@pytest.mark.parametrize("stature_cm", [155.0, 205.0])
@pytest.mark.parametrize("backdrop", ["gym", "studio"])
def test_a_rendered_lifter_looks_up_to_a_fifth_shorter_and_no_taller(stature_cm, backdrop):
    """65 cm behind the plate's face, 4 m away: a seventh smaller; at lockout the head is bent."""
    scene = dataclasses.replace(
        SCENE, stature_cm=stature_cm, surroundings=Surroundings(backdrop=backdrop)
    )
    found = reach(shown(scene))
    assert 0.8 <= found.height_radii * 22.5 / stature_cm <= 1.0


def test_a_kettlebells_lifter_is_out_of_all_proportion():
    """Its ball measures 21 cm: beside it a lifter of 175 cm is 16.7 radii tall."""
    scene = dataclasses.replace(
        PRESETS["kettlebell"], view=VIEW, recording=SCENE.recording, stature_cm=175.0
    )
    assert reach(shown(scene)).height_radii > 13
