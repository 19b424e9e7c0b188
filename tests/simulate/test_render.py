"""What the simulator draws, held against its truth by locating edges in the pictures."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from barpath.simulate import (
    Drift,
    Lift,
    PlateLook,
    Recording,
    Scene,
    Surroundings,
    View,
    render_frames,
    simulate,
    truth_of,
)
from barpath.video import open_clip
from tests.simulate.pinhole import project_by_hand

PURE = Recording(noise_sd=0, blur_px=0, exposure_s=0)
STUDIO = Surroundings(backdrop="studio", rack_plates=0)
HELD_CM = 0.45 * 175  # where an RDL begins: before the bare wall, clear of the floor's shadow
# the camera at the height of the axis, so that the plate's wall hides behind its face
SQUARE = View(width=321, height=241, plate_radius_px=60, height_cm=HELD_CM)
RESTING = Scene(
    subject="still",
    lift=Lift(kind="rdl", reps=1),
    drift=Drift(break_cm=0, lockout_cm=0),
    plate=PlateLook("black"),
    view=SQUARE,
    recording=PURE,
    surroundings=STUDIO,
)


def edge_offsets(
    image: np.ndarray, rim_px: np.ndarray, normals: np.ndarray, reach_px: float = 2.5
) -> np.ndarray:
    """How far outside given rim points the brightness crosses half-way from plate to background."""
    luma = image.astype(float).mean(axis=2)
    steps = np.linspace(-reach_px, reach_px, int(20 * reach_px) + 1)
    places = rim_px[:, None] + steps[:, None] * normals[:, None]
    profile = map_coordinates(luma, [places[..., 1], places[..., 0]], order=1)
    inner, outer = profile[:, steps < -1.5].mean(axis=1), profile[:, steps > 1.5].mean(axis=1)
    share = (profile - inner[:, None]) / (outer - inner)[:, None]
    first = np.argmax(share > 0.5, axis=1)
    rows = np.arange(len(share))
    low, high = share[rows, first - 1], share[rows, first]
    return steps[first - 1] + (0.5 - low) / (high - low) * (steps[1] - steps[0])


def circle(count: int = 90) -> np.ndarray:
    angle = np.linspace(0, 2 * math.pi, count, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.mark.parametrize("start_cm", [0.0, 0.07, 0.13, 0.21, -3.3])
@pytest.mark.parametrize("height_cm", [HELD_CM, HELD_CM + 0.1])
def test_the_drawn_rim_is_the_true_circle(start_cm: float, height_cm: float) -> None:
    scene = replace(
        RESTING, drift=Drift(start_cm=start_cm), view=replace(SQUARE, height_cm=height_cm)
    )
    truth = truth_of(scene)
    _, image = next(render_frames(scene))
    centre = np.array([truth.x_px[0], truth.y_px[0]])
    rays = circle()
    off = edge_offsets(image, centre + truth.radius_px[0] * rays, rays)
    # a circle's centre and radius from the edges: mean of 2 n·offset, mean of offset
    shift = 2 * (off[:, None] * rays).mean(axis=0)
    # reading linearly between pixels, and shades of the wall and the rubber of about 1 % of the
    # contrast, leave hundredths of a pixel
    assert shift == pytest.approx([0, 0], abs=0.03)
    assert off.mean() == pytest.approx(0, abs=0.03)
    # single edges also carry the grain of the rubber and the interpolation of the reading
    assert np.abs(off).max() < 0.15


@pytest.mark.parametrize(
    ("view", "side"),
    [
        (replace(SQUARE, yaw_deg=12), -1),
        (replace(SQUARE, roll_deg=7, yaw_deg=-8), 1),
        (replace(SQUARE, k1=-0.15, distance_cm=200), 0),
    ],
)
def test_the_drawn_rim_follows_the_projection(view: View, side: int) -> None:
    scene = replace(RESTING, view=view)
    truth = truth_of(scene)
    _, image = next(render_frames(scene))
    # neighbours on the true rim give the normal; half the rim shows its wall where the camera
    # stands aside, so only the other half has a clean edge
    outlines = []
    for turn in (-1e-3, 0.0, 1e-3):
        angle = np.linspace(0, 2 * math.pi, 90, endpoint=False) + turn
        rim_cm = 22.5 * np.stack([np.cos(angle), np.sin(angle), np.zeros(90)], axis=1)
        outlines.append(np.array([project_by_hand(scene, p + [0, HELD_CM, 0]) for p in rim_cm]))
    tangent = outlines[2] - outlines[0]
    normals = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    centre = np.array([truth.x_px[0], truth.y_px[0]])
    normals *= np.sign(np.sum((outlines[1] - centre) * normals, axis=1, keepdims=True))
    clean = side * (outlines[1] - centre)[:, 0] >= 0
    off = edge_offsets(image, outlines[1][clean], normals[clean])
    assert off.mean() == pytest.approx(0, abs=0.04)
    assert np.abs(off).max() < 0.2


def test_a_twelve_sided_plate_has_its_flats_where_it_rests() -> None:
    scene = replace(RESTING, plate=PlateLook("polygon"))
    truth = truth_of(scene)
    _, image = next(render_frames(scene))
    angle = np.arange(12) * math.pi / 6  # flats: one lies on the floor
    rays = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    flat_px = 60.0 * scene.plate.resting_height_cm / (scene.plate.diameter_cm / 2)
    centre = np.array([truth.x_px[0], truth.y_px[0]])
    off = edge_offsets(image, centre + flat_px * rays, rays)
    # grey rubber on a white wall: half the contrast of the black plate, twice its tolerance
    assert off == pytest.approx(np.zeros(12), abs=0.2)


def test_a_shaken_picture_moves_with_its_truth() -> None:
    scene = replace(RESTING, view=replace(SQUARE, shake_px=4), recording=replace(PURE, fps=5))
    truth = truth_of(scene)
    assert np.ptp(truth.x_px) > 4
    rays = circle()
    for i, (_, image) in enumerate(render_frames(scene)):
        rim = np.array([truth.x_px[i], truth.y_px[i]]) + truth.radius_px[i] * rays
        off = edge_offsets(image, rim, rays)
        assert 2 * (off[:, None] * rays).mean(axis=0) == pytest.approx([0, 0], abs=0.05)


def test_motion_blur_is_centred_on_the_truth() -> None:
    # the bar falls 3 m/s x 20 ms = 15 px; blur leaves the mean of the picture's darkness in place
    scene = Scene(
        lift=Lift(reps=1, drop=True, pause_bottom_s=1.0),
        plate=PlateLook("black"),
        view=View(width=320, height=400, plate_radius_px=60, height_cm=60),
        recording=PURE,
        surroundings=STUDIO,
    )
    truth = truth_of(scene)
    index = int(np.argmin(truth.vy_m_s)) - 2
    wanted = {0.0, 0.02}
    rims = []
    for exposure_s in sorted(wanted):
        blurred = replace(scene, recording=replace(PURE, exposure_s=exposure_s))
        frames = render_frames(blurred)
        image = next(image for i, (_, image) in enumerate(frames) if i == index)
        column = round(truth.x_px[index])
        rows = np.arange(400)
        strip = 255 - image[:, column - 1 : column + 2].mean(axis=(1, 2))
        low = (rows > truth.y_px[index] + 20) & (rows < truth.y_px[index] + 90)
        # the lower edge: its mean place is where the darkness under it would end if it were sharp
        top, bottom = strip[low][:8].mean(), strip[low][-8:].mean()
        rims.append(np.sum((strip[low] - bottom) / (top - bottom)))
    # the fall's own curvature shifts the mean by g T^2/24 = 0.04 px
    assert rims[1] == pytest.approx(rims[0], abs=0.35)


def test_frames_are_the_same_for_the_same_seed_only() -> None:
    scene = Scene(
        lift=Lift(reps=1),
        view=View(320, 180, 18.0, shake_px=1.0),
        recording=Recording(fps=4, noise_sd=3),
    )
    first, again = (list(render_frames(scene)) for _ in range(2))
    other = list(render_frames(replace(scene, seed=1)))
    for (ta, a), (tb, b), (_, c) in zip(first, again, other, strict=True):
        assert ta == tb
        np.testing.assert_array_equal(a, b)
        assert np.any(a != c)


def test_repeated_and_frozen_frames_repeat_the_picture() -> None:
    scene = Scene(lift=Lift(reps=1), view=View(160, 120, 12.0), surroundings=STUDIO)
    tripled = replace(scene, recording=replace(PURE, fps=10, repeat_every=3))
    images = [image for _, image in render_frames(tripled)]
    moving = [int(np.any(a != b)) for a, b in zip(images, images[1:], strict=False)]
    assert not any(moving[i] for i in range(len(moving)) if (i + 1) % 3 == 2)
    assert sum(moving) > 10
    frozen = replace(scene, recording=replace(PURE, fps=10, freeze_s=1.6))
    images = [image for _, image in render_frames(frozen)]
    assert all(np.array_equal(images[15], image) for image in images[16:21])
    assert np.any(images[21] != images[20])


def test_a_hard_cut_changes_the_whole_picture() -> None:
    scene = Scene(
        lift=Lift(reps=1),
        view=View(160, 120, 12.0),
        recording=replace(PURE, fps=10, cut_s=2.0),
    )
    images = [image.astype(int) for _, image in render_frames(scene)]
    steps = [np.abs(a - b).mean() for a, b in zip(images, images[1:], strict=False)]
    assert int(np.argmax(steps)) == 19
    assert len(images) > len(truth_of(scene).t) == 20


@pytest.mark.parametrize(
    "recording",
    [
        Recording(fps=30000 / 1001),
        Recording(fps=12, vfr_jitter=0.3),
        Recording(fps=10, rotation_deg=90),
        Recording(fps=10, rotation_deg=270, codec="mpeg4"),
    ],
)
def test_a_written_clip_reads_back_as_it_was_drawn(recording: Recording, tmp_path) -> None:
    scene = Scene(
        lift=Lift(reps=1, lead_in_s=0.3, tail_s=0),
        view=View(192, 108, 14.0),
        recording=recording,
    )
    truth = simulate(scene=scene, path=tmp_path / "clip.mp4")
    drawn = [image for _, image in render_frames(scene)]
    with open_clip(tmp_path / "clip.mp4") as clip:
        assert (clip.info.width, clip.info.height) == (192, 108)
        read = [(frame.time_s, frame.rgb()) for frame in clip]
    # the container keeps 1/60000 s
    assert [time_s for time_s, _ in read] == pytest.approx(truth.t.tolist(), abs=1 / 60000)
    assert (tmp_path / "clip.truth.json").is_file()
    for (_, image), original in zip(read, drawn, strict=True):
        # 4:2:0 and quantisation leave less; a picture turned wrongly differs by tens of levels
        assert np.abs(image.astype(int) - original).mean() < 6
