from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np

from barpath.video import read_footage, write_video
from barpath.video.cuts import change_levels, coarse, find_cuts
from tests.tracking.drawing import Image, as_image, lift_y, moving_plate


def cuts_of(frames: Iterable[Image]) -> tuple[int, ...]:
    changes = [change_levels(*pair) for pair in pairwise(map(coarse, frames))]
    return find_cuts(np.array([0.0, *changes]))


def room(seed: int) -> np.ndarray:
    """A room of its own: large blocks of light and dark."""
    rng = np.random.default_rng(seed)
    return np.kron(rng.uniform(30, 220, size=(6, 8)), np.ones((40, 40)))


def two_rooms(count: int) -> list[Image]:
    return [as_image(room(at), noise=2, seed=i) for at in (1, 2) for i in range(count)]


def test_a_cut_to_another_room_is_found_on_its_first_frame() -> None:
    assert cuts_of(two_rooms(20)) == (20,)


def test_a_plate_that_moves_fast_is_no_cut() -> None:
    time_s = np.arange(30) / 30
    y = lift_y(time_s, low_px=190, high_px=50, period_s=0.8)  # 18 px a frame
    pictures = moving_plate(np.column_stack([np.full(30, 150.0), y]), radius_px=48)
    assert cuts_of(pictures.frames) == ()


def test_fading_light_and_repeated_frames_are_no_cuts() -> None:
    base = room(1)
    assert cuts_of(as_image(base * share) for share in np.linspace(1, 0.2, 40)) == ()
    assert cuts_of([as_image(base)] * 10) == ()


def test_a_panning_camera_makes_no_cut() -> None:
    wide = np.hstack([room(1), room(2)])
    assert cuts_of(as_image(wide[:, 6 * i : 6 * i + 320]) for i in range(40)) == ()


def test_footage_knows_its_cuts_whether_or_not_it_had_to_shrink_its_pictures(
    tmp_path: Path,
) -> None:
    clip = tmp_path / "two_rooms.mkv"
    grey = (np.repeat(picture[:, :, None], 3, axis=2) for picture in two_rooms(20))
    write_video(clip, (np.kron(each, np.ones((2, 2, 1), np.uint8)) for each in grey), fps=30)
    with read_footage(clip) as footage:
        assert footage.cuts == (20,)
    # a Matroska header promises no number of frames: the 21st doesn't fit, and all are halved
    with read_footage(clip, budget_bytes=20 * 480 * 640) as footage:
        assert footage.factor == 2
        assert footage.cuts == (20,)
