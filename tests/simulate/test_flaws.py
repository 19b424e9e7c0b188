"""What real gyms and phones have and a drawing hasn't: crooked racks, worn plates, lenses askew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from barpath.errors import UsageError
from barpath.simulate import (
    Lift,
    PlateLook,
    Recording,
    Scene,
    Surroundings,
    View,
    render_frames,
    truth_of,
)

PURE = Recording(noise_sd=0, blur_px=0, exposure_s=0)
RESTING = Scene(
    subject="still",
    lift=Lift(reps=1),
    view=View(width=640, height=360, plate_radius_px=38),
    recording=PURE,
    surroundings=Surroundings(rack_plates=0),
    seed=3,
)


def picture(scene: Scene) -> np.ndarray:
    return next(render_frames(scene))[1].astype(float)


def post_lean_deg(room: Surroundings) -> float:
    """Lean of the rack's left post, clockwise, read off its left edge in every row."""
    image = picture(replace(RESTING, surroundings=room))
    red = (image[..., 0] > 1.6 * image[..., 1]) & (image[..., 0] > 80)
    rows = np.arange(60, 230)
    edges = np.argmax(red[rows], axis=1)
    return float(np.degrees(np.arctan(-np.polyfit(rows, edges, 1)[0])))


def test_the_rack_leans_in_proportion_to_what_was_asked() -> None:
    upright, once, twice = (
        post_lean_deg(Surroundings("gym", 0, crooked_deg=asked)) for asked in (0.0, 2.0, 4.0)
    )
    # an edge read in whole pixels over 170 rows: a twelfth of a degree at worst
    assert upright == pytest.approx(0.0, abs=0.1)
    assert abs(once) > 0.5
    assert twice == pytest.approx(2 * once, abs=0.15)


def test_a_room_leans_as_one() -> None:
    # the post is 115 cm beside the picture's middle, where nothing but its lean makes it slanted
    leaning = post_lean_deg(Surroundings("gym", 0, lean_deg=3.0))
    assert leaning == pytest.approx(3.0, abs=0.1)


def test_every_gym_leans_its_own_way() -> None:
    crooked = replace(RESTING, surroundings=Surroundings("gym", 0, crooked_deg=2.0))
    straight = [picture(replace(RESTING, seed=seed)) for seed in (3, 4)]
    leaning = [picture(replace(crooked, seed=seed)) for seed in (3, 4)]
    changed = [np.abs(a - b).sum(axis=2) > 0 for a, b in zip(straight, leaning, strict=True)]
    assert all(0.001 < one.mean() < 0.2 for one in changed)


def test_a_lens_beside_the_pictures_middle_moves_all_that_is_seen() -> None:
    view = replace(RESTING.view, k1=-0.1, yaw_deg=4)
    plain = truth_of(replace(RESTING, view=view))
    moved = truth_of(replace(RESTING, view=replace(view, off_right_px=9.0, off_down_px=-4.0)))
    assert moved.x_px - plain.x_px == pytest.approx(np.full(plain.t.size, 9.0))
    assert moved.y_px - plain.y_px == pytest.approx(np.full(plain.t.size, -4.0))
    assert moved.radius_px == pytest.approx(plain.radius_px)
    # whole pixels, so the pictures are each other's, moved: but for what is shaded anew by rounding
    images = [
        picture(replace(RESTING, view=replace(view, off_right_px=right))) for right in (0.0, 9.0)
    ]
    apart = np.abs(images[0][:, :-9] - images[1][:, 9:]).max(axis=2)
    assert np.quantile(apart, 0.99) <= 2


def test_wear_stains_the_face_and_nothing_else() -> None:
    new, worn = (
        picture(replace(RESTING, plate=PlateLook("black", wear=wear))) for wear in (0.0, 12.0)
    )
    truth = truth_of(RESTING)
    y, x = np.mgrid[:360, :640]
    away = np.hypot(x - truth.x_px[0], y - truth.y_px[0]) / truth.radius_px[0]
    stains = (worn - new)[..., 0]
    # the smallest specks are averaged in part by a face of 38 px; the sleeve hides its middle
    assert 6 < stains[(away > 0.3) & (away < 0.9)].std() < 13
    # the far plates, just above the near ones, are as old
    assert np.abs(stains[away > 2.5]).max() == 0


@pytest.mark.parametrize("depth_cm", [2.0, 10.0])
def test_a_plates_depth_is_what_shows_beside_its_face(depth_cm: float) -> None:
    view = View(640, 360, 38.0, distance_cm=250, yaw_deg=40)
    look = PlateLook("yellow", depth_cm=depth_cm)
    scene = replace(RESTING, view=view, plate=look, surroundings=Surroundings("dark", 0))
    image = picture(scene)
    yellow = (image[..., 0] > 1.8 * image[..., 2]) & (image[..., 0] > 60)
    truth = truth_of(scene)
    row = yellow[round(float(truth.y_px[0]) - 12)]
    runs = np.split(np.flatnonzero(row), np.flatnonzero(np.diff(np.flatnonzero(row)) > 6) + 1)
    (wide_px,) = [np.ptp(run) for run in runs if run[0] <= truth.x_px[0] <= run[-1]]
    # two plates a side: their wall shows 2 depths of a drum 45 cm across, foreshortened
    chord_cm = 2 * np.sqrt(22.5**2 - (12 / 38 * 22.5) ** 2)
    shown_cm = chord_cm * np.cos(np.radians(40)) + 2 * depth_cm * np.sin(np.radians(40))
    assert wide_px == pytest.approx(38 / 22.5 * shown_cm, rel=0.08)


@pytest.mark.parametrize(
    "made",
    [
        lambda: PlateLook(depth_cm=0.2),
        lambda: PlateLook(wear=-1),
        lambda: View(off_right_px=500),
        lambda: View(off_down_px=-400),
        lambda: Surroundings(crooked_deg=45),
        lambda: Surroundings(lean_deg=-30),
    ],
)
def test_flaws_beyond_reason_are_refused(made) -> None:
    with pytest.raises(UsageError, match=r"plate\.|view\.|surroundings\."):
        made()
