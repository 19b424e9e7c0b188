"""Where the bar's axis meets the face, asked of rings by formula."""

from __future__ import annotations

import numpy as np
import pytest

from barpath.chains import Chain, Mover
from barpath.tracking.axis import APART_SD_RADII, CLEARLY, axis_shift_px

RIM_PX, COUNT = 100.0, 16
CENTRES = np.column_stack([np.linspace(480, 470, COUNT), np.linspace(400, 200, COUNT)])


def ring(share: float, apart_px: tuple[float, float], *, scatter_px: float = 0.0) -> Chain:
    """A ring of a share of the rim's size, beside its centre in every frame."""
    at = np.arange(COUNT)
    places = CENTRES + apart_px + scatter_px * np.random.default_rng(5).normal(size=(COUNT, 2))
    rims = np.column_stack([places, np.tile([share * RIM_PX, 0.9, 90.0], (COUNT, 1))])
    return Chain(at, at, rims, float(COUNT))


def shift(*rings: Chain, axis_ratio: float = 0.9) -> np.ndarray:
    """Close by (the rim is a fifth of the picture's width across) and 26 degrees aslant."""
    return axis_shift_px(
        mover=Mover(main=rings[0], rings=rings, score=float(COUNT), samples=COUNT),
        rim_centre_px=CENTRES,
        rim_radius_px=RIM_PX,
        axis_ratio=axis_ratio,
        long_side_px=960,
    )


def test_an_inner_ring_tells_the_axis():
    # drawn centres move away from the axis with the square of the radius
    assert shift(ring(0.5, (0.75 * 9.0, 0.75 * -2.0))) == pytest.approx([9.0, -2.0])


def test_two_rings_that_agree_are_believed_together():
    rings = ring(0.5, (0.75 * 9.0, 0.0)), ring(0.6, (0.64 * 9.0, 0.0))
    assert shift(*rings) == pytest.approx([9.0, 0.0])


@pytest.mark.parametrize("scatter_px", [0.0, 4.0])
def test_a_ring_nearly_as_large_as_the_rim_asks_for_more_than_it_can_tell(scatter_px):
    # 3 px beside the rim's centre are a dish, or what two fits miss; times 2.7 they feign 8 px
    large = ring(0.79, (3.0, 0.0), scatter_px=scatter_px)
    assert np.array_equal(shift(large), np.zeros(2))


def test_the_smaller_ring_has_the_say():
    # The large one's shift has 2.1 times the other's sd, so a fifth of the weight.
    small, large = ring(0.45, (0.7975 * 8.0, 0.0)), ring(0.79, (0.0, 0.0))
    share = (1 - 0.45**2) ** 2 / ((1 - 0.45**2) ** 2 + (1 - 0.79**2) ** 2)
    assert shift(small, large) == pytest.approx([8.0 * share, 0.0])


def test_a_shift_must_be_clear_of_its_own_error():
    sd_px = APART_SD_RADII * RIM_PX / 0.75
    beyond, short = (0.75 * CLEARLY * sd_px * factor for factor in (1.01, 0.99))
    assert shift(ring(0.5, (beyond, 0.0))) == pytest.approx([beyond / 0.75, 0.0])
    assert np.array_equal(shift(ring(0.5, (short, 0.0))), np.zeros(2))


def test_a_face_seen_straight_on_has_its_axis_in_the_middle():
    assert np.array_equal(shift(ring(0.5, (0.75 * 9.0, 0.0)), axis_ratio=1.0), np.zeros(2))
