"""A plate that moves in the picture only, as the camera does, is none that was lifted."""

from __future__ import annotations

import numpy as np
import pytest

from barpath.camera import CameraMotion
from barpath.errors import UnmeasurableError
from barpath.standing import STANDS_RADII, check_travel
from tests.camera.scenes import RADIUS, TIME_S, track_at

COUNT = len(TIME_S)
SWAY_PX = 20 * np.sin(3 * TIME_S)


def camera(sway_px: np.ndarray, *, known: bool = True) -> CameraMotion:
    """A camera whose picture goes down by so much in each frame."""
    to_reference = np.tile(np.eye(2, 3), (COUNT, 1, 1))
    to_reference[:, 1, 2] = -sway_px
    return CameraMotion(0, to_reference, np.zeros(COUNT), known=known, moving=bool(sway_px.any()))


def test_a_plate_on_a_rack_is_refused_before_a_hand_that_sways():
    assert np.ptp(SWAY_PX) > RADIUS  # it looks lifted
    track = track_at(np.full(COUNT, 50.0), 100 + SWAY_PX)
    with pytest.raises(UnmeasurableError, match="only the camera moves") as refused:
        check_travel(track=track, motion=camera(SWAY_PX))
    assert "--plate" in refused.value.hint


@pytest.mark.parametrize("sway_px", [np.zeros(COUNT), SWAY_PX])
@pytest.mark.parametrize(("share", "stands"), [(0.98, True), (1.02, False)])
def test_the_travel_counts_in_the_room(sway_px, share, stands):
    lifted_px = share * STANDS_RADII * RADIUS * np.linspace(0, 1, COUNT)
    track = track_at(np.full(COUNT, 50.0), 100 - lifted_px + sway_px)
    if stands:
        with pytest.raises(UnmeasurableError):
            check_travel(track=track, motion=camera(sway_px))
    else:
        check_travel(track=track, motion=camera(sway_px))


def test_where_the_cameras_motion_is_nowhere_known_nothing_is_said():
    track = track_at(np.full(COUNT, 50.0), 100 + SWAY_PX)
    check_travel(track=track, motion=camera(np.full(COUNT, np.nan)))
