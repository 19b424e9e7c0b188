"""Pictures laid over one another at a pace: what keeps it stays sharp, what doesn't goes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from barpath.camera.bar_layers import RADIUS_PX, Layers, lay_bar, overlay
from tests.camera.scenes import Drawn, track_at, unmoved

WIDTH, HEIGHT, COUNT = 420, 340, 40
NEAR_PX = 30.0
X_PX = np.full(COUNT, 200.0)
Y_PX = np.linspace(240.0, 130.0, COUNT)
PACE, FAR_PX = 0.7, (55.0, -20.0)
"""Something moves at this share of the plate's pace, here from it when it is halfway up."""


def dot(picture, x, y, radius, grey):
    cv2.circle(
        picture, (round(x * 64), round(y * 64)), round(radius * 64), grey, -1, cv2.LINE_AA, 6
    )


def film(*, pace=PACE, shift=lambda frame: (0.0, 0.0)):
    """Draw the near plate, a disc that moves slower, and one on the wall."""
    pictures = []
    middle = (X_PX.mean(), Y_PX.mean())
    for frame in range(COUNT):
        dx, dy = shift(frame)
        picture = np.full((HEIGHT, WIDTH), 120, dtype=np.uint8)
        dot(picture, 140 + dx, 170 + dy, 20, 40)
        x = middle[0] + FAR_PX[0] + pace * (X_PX[frame] - middle[0])
        y = middle[1] + FAR_PX[1] + pace * (Y_PX[frame] - middle[1])
        dot(picture, x + dx, y + dy, pace * NEAR_PX, 40)
        dot(picture, X_PX[frame] + dx, Y_PX[frame] + dy, NEAR_PX, 30)
        pictures.append(picture)
    return Drawn(pictures)


def laid(pictures=None, *, x=X_PX, y=Y_PX, motion=None) -> Layers:
    layers = lay_bar(
        pictures=pictures or film(),
        track=track_at(x, y, radius_px=NEAR_PX),
        motion=motion or unmoved(COUNT),
        factor=1.0,
    )
    assert layers is not None
    return layers


def sharpness(layers, pace, *, place=FAR_PX, radius_px=PACE * NEAR_PX):
    """Mean of what is shared on a circle, in the picture's own pixels."""
    edges = overlay(layers=layers, pace=pace)
    turn = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    to_layer = RADIUS_PX / NEAR_PX
    x = (place[0] + radius_px * np.cos(turn)) * to_layer - edges.corner_px[0]
    y = (place[1] + radius_px * np.sin(turn)) * to_layer - edges.corner_px[1]
    values = cv2.remap(
        edges.shared, x.astype(np.float32)[None], y.astype(np.float32)[None], cv2.INTER_LINEAR
    )
    return float(values.mean())


def test_what_keeps_the_pace_is_sharp_and_only_at_it():
    layers = laid()
    # an edge of 80 levels over 2 px is shared altogether but for rounding to whole layer pixels
    assert sharpness(layers, PACE) > 0.5
    # 0.15 of 110 px of travel smear it over 16 px
    assert sharpness(layers, PACE + 0.15) < 0.5 * sharpness(layers, PACE)
    assert sharpness(layers, PACE - 0.15) < 0.5 * sharpness(layers, PACE)


def test_what_stands_still_is_sharp_at_no_pace_of_a_bar():
    middle = (X_PX.mean(), Y_PX.mean())
    wall = (140 - middle[0], 170 - middle[1])
    layers = laid()
    assert sharpness(layers, 0.0, place=wall, radius_px=20.0) > 0.5
    assert sharpness(layers, PACE, place=wall, radius_px=20.0) < 0.2


def test_the_near_plate_is_left_out():
    assert sharpness(laid(), 1.0, place=(0.0, 0.0), radius_px=NEAR_PX) == 0.0


def test_a_part_is_cut_from_the_whole():
    layers = laid()
    whole = overlay(layers=layers, pace=PACE)
    part = overlay(layers=layers, pace=PACE, about_px=(40, -30), half_px=20)
    left, top = (part.corner_px[at] - whole.corner_px[at] for at in (0, 1))
    there = np.s_[top + 1 : top + 40, left + 1 : left + 40]  # a border is eroded
    np.testing.assert_array_equal(part.shared[1:-1, 1:-1], whole.shared[there])


def test_half_the_pixels_show_the_same():
    layers = laid()
    half = layers.halved()
    assert half.radius_px == RADIUS_PX / 2
    at = half.seen.shape[1] // 2
    np.testing.assert_array_equal(half.seen[:, at, at], layers.seen[:, 126, 126])
    edges = overlay(layers=half, pace=PACE)
    place = np.array(FAR_PX) * half.radius_px / NEAR_PX - edges.corner_px
    around = edges.shared[
        int(place[1]) - 16 : int(place[1]) + 17, int(place[0]) - 16 : int(place[0]) + 17
    ]
    assert around.max() > 0.5


@pytest.mark.parametrize("larger", [1.0, 3.0])
def test_the_size_of_the_picture_does_not_matter(larger):
    pictures = [
        cv2.resize(picture, None, fx=larger, fy=larger, interpolation=cv2.INTER_LINEAR)
        for picture in film().pictures
    ]
    layers = lay_bar(
        pictures=Drawn(pictures),
        track=track_at(
            (X_PX + 0.5) * larger - 0.5, (Y_PX + 0.5) * larger - 0.5, radius_px=NEAR_PX * larger
        ),
        motion=unmoved(COUNT),
        factor=1.0,
    )
    assert sharpness(layers, PACE) > 0.5


def test_a_camera_that_moves_is_taken_out():
    sways = [(9 * np.sin(frame / 3), 5 * np.cos(frame / 2)) for frame in range(COUNT)]
    swayed = film(shift=lambda frame: sways[frame])
    x, y = (values + [sway[at] for sway in sways] for at, values in enumerate((X_PX, Y_PX)))
    back = np.tile(np.eye(2, 3), (COUNT, 1, 1))
    back[:, :, 2] = -np.array(sways)
    motion = unmoved(COUNT)
    motion = type(motion)(
        reference=motion.reference,
        to_reference=back,
        sd_px=motion.sd_px,
        known=True,
        moving=True,
    )
    steadied = laid(swayed, x=x, y=y, motion=motion)
    ignored = laid(swayed, x=x, y=y)
    assert sharpness(steadied, PACE) > 0.5
    assert sharpness(ignored, PACE) < 0.8 * sharpness(steadied, PACE)


def test_a_bar_that_hardly_moves_tells_nothing():
    track = track_at(X_PX, np.linspace(200.0, 200.0 - NEAR_PX, COUNT), radius_px=NEAR_PX)
    assert lay_bar(pictures=film(), track=track, motion=unmoved(COUNT), factor=1.0) is None


def test_lost_frames_take_no_part():
    track = track_at(X_PX.copy(), Y_PX.copy(), radius_px=NEAR_PX)
    track.state[5:9] = 0
    track.x_px[5:9] = np.nan
    layers = lay_bar(pictures=film(), track=track, motion=unmoved(COUNT), factor=1.0)
    assert layers is not None
    assert not set(layers.frames) & set(range(5, 9))


def three_times(pictures_each):
    """Lift three times; the far end is set down farther to the side every time."""
    up = np.linspace(240.0, 130.0, pictures_each)
    y_px = np.concatenate([np.concatenate([up, up[::-1]]) + at for at in (0.0, 3.0, 6.0)])
    count = len(y_px)
    pictures = []
    for frame in range(count):
        picture = np.full((HEIGHT, WIDTH), 120, dtype=np.uint8)
        aside = 12.0 * (frame // (2 * pictures_each))
        y = y_px.mean() + FAR_PX[1] + PACE * (y_px[frame] - y_px.mean())
        dot(picture, 200.0 + FAR_PX[0] + aside, y, PACE * NEAR_PX, 40)
        dot(picture, 200.0, y_px[frame], NEAR_PX, 30)
        pictures.append(picture)
    layers = lay_bar(
        pictures=Drawn(pictures),
        track=track_at(np.full(count, 200.0), y_px, radius_px=NEAR_PX),
        motion=unmoved(count),
        factor=1.0,
    )
    assert layers is not None
    return layers


def test_a_far_end_that_shifts_between_lifts_is_seen_in_one_of_them():
    layers = three_times(20)
    assert np.ptp(layers.frames) < 2 * 20
    lift = int(layers.frames[0]) // 40
    middle = PACE * (3.0 * lift - 3.0) - (3.0 * lift - 3.0)  # it was set down farther down, too
    assert sharpness(layers, PACE, place=(FAR_PX[0] + 12.0 * lift, FAR_PX[1] + middle)) > 0.5


def test_a_lift_of_few_pictures_is_joined_by_the_others():
    assert np.ptp(three_times(8).frames) > 2 * 8
