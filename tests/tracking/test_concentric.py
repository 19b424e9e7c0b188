"""What the rings within a face tell of its rim, on stacks of plates drawn by formula."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from barpath.chains import Chain, Mover
from barpath.plate import Ellipse
from barpath.tracking.concentric import about_rings, back_on_rings, rings_within, shape_aslant
from barpath.tracking.register import FaceMaps
from barpath.tracking.shape import Shape
from barpath.tracking.stack import Fitted, Stack
from tests.tracking.drawing import Look, as_image, lift_y, paint_plate, reel, wall

FRONT = Look(lip=95.0, marks=70.0)
BACK = Look(rim=85.0, lip=85.0, hub=85.0, marks=0.0)
RADIUS_PX, RATIO = 40.0, 0.9
FLAT = (1 - RATIO) / (1 + RATIO)
COUNT = 40


def path_px() -> np.ndarray:
    time_s = np.arange(COUNT) / 30
    y = lift_y(time_s, low_px=165, high_px=95, period_s=COUNT / 30)
    return np.column_stack([np.full(COUNT, 160.0), y])


def rim_at(place: np.ndarray, *, ratio: float) -> Ellipse:
    return Ellipse(float(place[0]), float(place[1]), RADIUS_PX, ratio, 0.0)


def stack_of(path: np.ndarray, *, back_px: tuple[float, float], ratio: float = RATIO) -> Stack:
    """A plate seen from above or from beside, with another's edge showing behind it."""
    frames = []
    for index, place in enumerate(path):
        behind = paint_plate(wall(), rim_at(place + back_px, ratio=ratio), BACK)
        both = paint_plate(behind, rim_at(place, ratio=ratio), FRONT)
        frames.append(as_image(both, noise=1.5, seed=index))
    turn = np.tile(np.eye(2), (COUNT, 1, 1))
    return Stack(reel(frames), np.arange(COUNT), turn, path)


def mover_of(path: np.ndarray, *, share: float, ratio: float = RATIO) -> Mover:
    frame = np.arange(0, COUNT, 3)
    rims = np.column_stack([path[frame], np.tile([share * RADIUS_PX, ratio, 0.0], (len(frame), 1))])
    chain = Chain(sample=frame, frame=frame, rims=rims, score=10.0)
    return Mover(main=chain, rings=(chain,), score=10.0, samples=len(frame))


def maps_of(path: np.ndarray, turn: np.ndarray | None = None) -> FaceMaps:
    turns = np.tile(np.eye(2), (COUNT, 1, 1)) if turn is None else turn
    return FaceMaps(0, turns, path, np.full(COUNT, 30, dtype=np.intp))


def test_the_rings_tell_their_middle_and_shape_in_the_reference_frame():
    path = path_px()
    # rings detected in frames that show the face 1.1 times as wide as the reference does
    turn = np.tile(np.diag([1.1, 1.0]), (COUNT, 1, 1))
    mover = mover_of(path + [2.2, -1.0], share=0.85, ratio=RATIO / 1.1)
    rings = rings_within(mover=mover, maps=maps_of(path, turn), radius_px=RADIUS_PX)
    assert rings is not None
    assert rings.flat is not None
    assert rings.middle_px == pytest.approx([2.0, -1.0], abs=1e-9)
    assert rings.flat == pytest.approx((FLAT, 0.0), abs=1e-9)


def test_rings_that_were_called_circles_tell_no_shape():
    path = path_px()
    mover = mover_of(path, share=0.85, ratio=1.0)
    rings = rings_within(mover=mover, maps=maps_of(path), radius_px=RADIUS_PX)
    assert rings is not None
    assert rings.flat is None


def test_the_few_that_were_not_called_circles_do_not_flatten_a_round_plate():
    path = path_px()
    mover = mover_of(path, share=0.85, ratio=1.0)
    rims = mover.main.rims.copy()
    rims[::3, 3] = RATIO  # five of fourteen; with those of a second ring, ten
    chain = replace(mover.main, rims=rims)
    mover = Mover(main=chain, rings=(chain, chain), score=10.0, samples=COUNT)
    rings = rings_within(mover=mover, maps=maps_of(path), radius_px=RADIUS_PX)
    assert rings is not None
    assert rings.flat is None


def test_a_ring_seen_aslant_tells_the_rims_shape_in_the_reference_frame():
    path = path_px()
    mover = mover_of(path, share=0.6, ratio=0.8)
    # the clip's frames show the face flatter than the reference does
    flatter = np.tile(np.diag([1.0, 0.9]), (COUNT, 1, 1))
    pictured = shape_aslant(mover=mover, radius_px=RADIUS_PX)
    laid = shape_aslant(mover=mover, radius_px=RADIUS_PX, maps=maps_of(path, flatter))
    ratio = 0.8 / 0.9
    assert pictured == pytest.approx((0.2 / 1.8, 0.0), abs=1e-9)
    assert laid == pytest.approx(((1 - ratio) / (1 + ratio), 0.0), abs=1e-9)


def with_a_larger_ring(mover: Mover, *, ellipses: int) -> Mover:
    """The same with a ring of which so many detections are ellipses, the rest circles."""
    rims = mover.main.rims.copy()
    rims[:, 2] *= 1.5
    rims[:, 3] = np.where(np.arange(len(rims)) < ellipses, 0.95, 1.0)
    return replace(mover, rings=(mover.main, replace(mover.main, rims=rims)))


def test_a_smaller_plate_in_front_that_shows_its_wall_does_not_flatten_a_round_rim():
    mover = mover_of(path_px(), share=0.6, ratio=0.92)
    beside_round = with_a_larger_ring(mover, ellipses=1)  # of fourteen
    assert shape_aslant(mover=beside_round, radius_px=RADIUS_PX) is None
    # seen aslant as well, the larger ring is an ellipse more often than a round one is
    beside_flat = with_a_larger_ring(mover, ellipses=3)
    flat = (0.08 / 1.92, 0.0)
    assert shape_aslant(mover=beside_flat, radius_px=RADIUS_PX) == pytest.approx(flat)


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_hub_and_rim_are_no_rings_within_the_face(share):
    path = path_px()
    mover = mover_of(path, share=share)
    assert rings_within(mover=mover, maps=maps_of(path), radius_px=RADIUS_PX) is None


def test_a_fit_that_took_in_the_back_of_the_stack_is_drawn_about_the_rings():
    path = path_px()
    stack = stack_of(path, back_px=(0.0, -8.0))
    rings = rings_within(mover=mover_of(path, share=0.85), maps=maps_of(path), radius_px=RADIUS_PX)
    assert rings is not None
    # as high as both plates together, and as wide as one
    tall = Fitted(Shape(x=0.0, y=-4.0, radius=40.0, cosine=0.0), support=0.9, sharpness=10.0)
    mended = about_rings(stack=stack, fitted=tall, rings=rings, free_shape=True).shape
    # the rim's mean semi-axis; half a per cent is a fifth of a pixel, the edge's own width
    assert mended.radius == pytest.approx(RADIUS_PX * (1 + RATIO) / 2, rel=0.005)
    assert (mended.x, mended.y) == pytest.approx((0.0, 0.0), abs=0.05)
    assert mended.cosine == pytest.approx(FLAT, abs=1e-6)


@pytest.mark.parametrize("stretch", [0.04, -0.04])
def test_a_fit_drawn_to_one_side_goes_back_to_the_middle_of_the_rings(stretch):
    path = path_px()
    stack = stack_of(path, back_px=(0.0, -6.0), ratio=1.0)
    mover = mover_of(path, share=0.85, ratio=1.0)
    rings = rings_within(mover=mover, maps=maps_of(path), radius_px=RADIUS_PX)
    assert rings is not None
    # longer upwards: to the back of the wall; shorter, and moved down: a lip held at the top
    drawn = Shape(0.0, -75 * stretch, RADIUS_PX * (1 + stretch), cosine=-stretch)
    fitted = Fitted(drawn, support=0.9, sharpness=10.0)
    mended = about_rings(stack=stack, fitted=fitted, rings=rings, free_shape=True).shape
    assert mended.radius == pytest.approx(RADIUS_PX, rel=0.005)
    assert (mended.x, mended.y) == pytest.approx((0.0, 0.0), abs=0.05)
    assert (mended.cosine, mended.sine) == pytest.approx((0.0, 0.0), abs=0.005)


def test_a_fit_that_agrees_with_the_rings_is_left_as_it_is():
    path = path_px()
    stack = stack_of(path, back_px=(0.0, 0.0))
    rings = rings_within(mover=mover_of(path, share=0.85), maps=maps_of(path), radius_px=RADIUS_PX)
    assert rings is not None
    right = Fitted(Shape(0.0, 0.0, 38.0, cosine=FLAT - 0.01), support=0.9, sharpness=10.0)
    assert about_rings(stack=stack, fitted=right, rings=rings, free_shape=True) is right


def test_fits_of_the_back_of_the_stack_go_back_to_the_rings_of_the_front():
    path = path_px()
    stack = stack_of(path, back_px=(9.0, 0.0))
    away = Fitted(Shape(9.0, 0.0, 38.0, cosine=FLAT), support=0.9, sharpness=10.0)
    found = back_on_rings(
        stacks=[stack],
        fits=[away],
        mover=mover_of(path, share=0.8),
        path=path,
        free_shape=False,
    )
    assert found[0].shape.x == pytest.approx(0.0, abs=0.3)
    assert found[0].shape.radius == pytest.approx(38.0, abs=0.3)


def test_one_fit_near_the_rings_leaves_the_others_to_be_led_by_it():
    path = path_px()
    stack = stack_of(path, back_px=(9.0, 0.0))
    fits = [
        Fitted(Shape(x, 0.0, 38.0, cosine=FLAT), support=0.9, sharpness=10.0) for x in (9.0, 0.0)
    ]
    kept = back_on_rings(
        stacks=[stack, stack],
        fits=fits,
        mover=mover_of(path, share=0.8),
        path=path,
        free_shape=False,
    )
    assert kept is fits
