"""How sure one frame's rim is."""

from __future__ import annotations

import numpy as np
import pytest

from barpath.plate import Ellipse
from barpath.tracking.sighting import LASTING_S, lasting, look_for_rim
from tests.tracking.drawing import SHAPE, Look, as_image, paint_plate, reel, wall

RIM = Ellipse(150.0, 120.0, 40.0)
FAINT = Look(rim=140.0, lip=140.0, hub=140.0, marks=0.0)


def sighting_at(fps: float, rim: Ellipse = RIM) -> np.ndarray:
    """One picture, as a frame of clips of different rates."""
    image = as_image(paint_plate(wall(), rim, FAINT), noise=4.0)
    outgrown = lasting(reel([image] * 3, fps=fps).time_s)
    return look_for_rim(image=image, rim=rim, reach=0.08, outgrown=outgrown)


@pytest.mark.parametrize("fps", [30.0, 60.0, 240.0])
def test_frames_that_share_an_error_are_together_as_sure_as_one(fps):
    alone, among_many = sighting_at(1.0), sighting_at(fps)
    assert among_many[:2] == pytest.approx(alone[:2])
    # 0.1 px of every sd is of another kind and doesn't grow
    scatter = [np.sqrt(row[2] ** 2 - 0.1**2) for row in (alone, among_many)]
    assert scatter[1] / scatter[0] == pytest.approx(np.sqrt(LASTING_S * fps), rel=1e-6)


def test_what_the_pictures_edge_cuts_off_is_not_doubted_twice():
    cut = Ellipse(150.0, SHAPE[0] - 15.0, 40.0)  # a third of the rim is below the picture
    assert sighting_at(30.0, cut)[2] == pytest.approx(sighting_at(1.0, cut)[2])
    assert sighting_at(1.0, cut)[2] > 2 * sighting_at(1.0)[2]


def test_next_to_nothing_of_a_rim_is_no_sighting():
    assert np.isnan(sighting_at(30.0, Ellipse(150.0, SHAPE[0] + 30.0, 40.0))).all()
