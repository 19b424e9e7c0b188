"""Which fit is the rim's, what its wall does to it, and whether it has corners."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from barpath.plate import Ellipse
from barpath.tracking import stack as module
from barpath.tracking.edges import RAYS, Edges
from barpath.tracking.shape import Shape
from barpath.tracking.stack import (
    LEAST_FRAMES,
    SHARPER,
    Fitted,
    Stack,
    beside_least_wall,
    has_corners,
    shape_of_stack,
    shows_least_wall,
)
from tests.tracking.drawing import SHAPE, as_image, reel, wall

COUNT = 12
RADIUS_PX = 50.0
CENTRE = np.array([160.3, 120.7])


def plate_with(sides: int, *, turned_deg: float, ratio: float = 1.0) -> Stack:
    """A grey plate that stands still, its outline a regular polygon of many sides or few."""
    angle = np.radians(turned_deg) + 2 * np.pi * np.arange(sides) / sides
    corners = CENTRE + RADIUS_PX * np.column_stack([ratio * np.cos(angle), np.sin(angle)])
    mask = np.zeros(SHAPE)
    cv2.fillPoly(mask, [np.rint(corners * 16).astype(np.int32)], 1.0, cv2.LINE_8, 4)
    cover = cv2.GaussianBlur(mask, None, 0.8)
    frames = [
        as_image(wall() * (1 - cover) + 60.0 * cover, noise=2.0, seed=seed) for seed in range(COUNT)
    ]
    turn = np.tile(np.eye(2), (COUNT, 1, 1))
    return Stack(reel(frames), np.arange(COUNT), turn, np.tile(CENTRE, (COUNT, 1)))


@pytest.mark.parametrize("turned_deg", [0.0, 11.0])
@pytest.mark.parametrize("ratio", [1.0, 0.93])
def test_a_plate_with_twelve_sides_has_corners(turned_deg, ratio):
    stack = plate_with(12, turned_deg=turned_deg, ratio=ratio)
    fitted = shape_of_stack(stack=stack, start=Shape(0.0, 0.0, RADIUS_PX), fine=True)
    assert fitted is not None
    assert fitted.angular


@pytest.mark.parametrize("ratio", [1.0, 0.93])
def test_a_round_plate_has_none(ratio):
    stack = plate_with(360, turned_deg=0.0, ratio=ratio)
    fitted = shape_of_stack(stack=stack, start=Shape(0.0, 0.0, RADIUS_PX), fine=True)
    assert fitted is not None
    assert not fitted.angular


def edges_off(off_px: np.ndarray) -> Edges:
    """One sharp edge a ray, so far outside the rim."""
    away_px = np.arange(-6.0, 6.01, 0.1)
    strength = np.exp(-0.5 * ((away_px - off_px[:, None]) / 0.5) ** 2)
    return Edges(strength.astype(np.float32), away_px, np.ones(strength.shape, dtype=np.bool_))


def test_only_twelve_waves_that_stand_out_are_corners():
    rim = Ellipse(0.0, 0.0, 100.0)
    ray = 2 * np.pi * np.arange(RAYS) / RAYS
    # a polygon's sides are arcs of 3.4 %: its twelfth harmonic is 1.4 % of the radius
    assert has_corners(edges=edges_off(1.4 * np.cos(12 * ray)), rim=rim)
    assert not has_corners(edges=edges_off(0.4 * np.cos(12 * ray)), rim=rim)
    assert not has_corners(edges=edges_off(1.4 * np.cos(11 * ray)), rim=rim)
    # a rim that is ragged all over: each ray is off on its own, by as much as corners would be
    ragged = np.random.default_rng(4).uniform(-3.4, 3.4, RAYS)
    assert not has_corners(edges=edges_off(ragged + 1.4 * np.cos(12 * ray)), rim=rim)


def test_a_rim_that_is_nowhere_whole_in_the_picture_has_none():
    edges = edges_off(1.4 * np.cos(24 * np.pi * np.arange(RAYS) / RAYS))
    outside = Edges(edges.strength, edges.away_px, np.zeros_like(edges.inside))
    assert not has_corners(edges=outside, rim=Ellipse(0.0, 0.0, 100.0))


LED, NEAR = Shape(0.5, 0.0, RADIUS_PX), Shape(0.0, 0.5, 1.01 * RADIUS_PX)


@pytest.mark.parametrize(("times", "chosen"), [(0.9, LED), (1.01, LED), (1.1, NEAR)])
def test_a_fit_near_the_detections_must_be_clearly_sharper(monkeypatch, times, chosen):
    assert 1.01 < SHARPER < 1.1
    fits = {True: Fitted(LED, 0.9, 10.0), False: Fitted(NEAR, 0.9, times * 10.0)}
    monkeypatch.setattr(module, "fit_stack", lambda *, led, **_: fits[led])
    fitted = shape_of_stack(
        stack=plate_with(90, turned_deg=0.0), start=Shape(0.0, 0.0, RADIUS_PX), fine=True
    )
    assert fitted is not None
    assert fitted.shape == chosen


DEEP = 0.02
"""How much smaller the back of the wall looks than the face: 8 cm deep, seen from 4 m."""

HEIGHTS_PX = np.linspace(60.4, 180.6, 24)
FACE_GREY, WALL_GREY = 60.0, 75.0


def walled(*, bar_to_px: tuple[float, float], blur_px: float, deep: float = DEEP) -> Stack:
    """A dark plate at many heights before a light room; its bar points to one place in all.

    The back of its wall is the face seen ``deep`` farther off: shrunk towards that place. A pixel
    is covered by its distance inside an outline plus one half; then all is blurred together.
    """
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    frames = []
    for seed, y_px in enumerate(HEIGHTS_PX):
        layers = [
            np.hypot(columns - x, rows - y) - 40.0 * (1 - share)
            for share in np.linspace(0, deep, 9)
            for x, y in [(1 - share) * np.array([160.3, y_px]) + share * np.array(bar_to_px)]
        ]
        face, either = (
            np.clip(0.5 - outside_px, 0, 1) for outside_px in (layers[0], np.min(layers, axis=0))
        )
        canvas = wall(busy=25.0) * (1 - either) + WALL_GREY * (either - face) + FACE_GREY * face
        frames.append(as_image(gaussian_filter(canvas, blur_px), noise=1.0, seed=seed))
    turn = np.tile(np.eye(2), (len(frames), 1, 1))
    centres = np.column_stack([np.full(len(frames), 160.3), HEIGHTS_PX])
    return Stack(reel(frames), np.arange(len(frames)), turn, centres)


FACE = Shape(0.0, 0.0, 40.0)


def all_frames_fit(stack: Stack) -> Fitted:
    fitted = shape_of_stack(stack=stack, start=FACE, fine=True)
    assert fitted is not None
    return fitted


def beside(stack: Stack, fitted: Fitted) -> Fitted:
    return beside_least_wall(stack=stack, fitted=fitted, free_centre=True, free_shape=True)


@pytest.mark.parametrize("blur_px", [0.7, 2.0])
@pytest.mark.parametrize("eye_px", [20.0, 220.0])
def test_a_wall_that_shows_at_one_end_of_the_travel_does_not_widen_the_rim(eye_px, blur_px):
    stack = walled(bar_to_px=(160.0, eye_px), blur_px=blur_px)
    fitted = all_frames_fit(stack)
    shape = beside(stack, fitted).shape
    aside = np.sign(eye_px - 120.0)  # the wall shows on the camera's side
    assert fitted.shape.radius - 40.0 > 0.07
    assert aside * fitted.shape.y > 0.2
    # beside the rim that faces the camera stand 2.4 px of wall at the far end, and no more than
    # 0.8 px in the third of the travel that is nearest to it
    assert shape.radius == pytest.approx(40.0, abs=0.06)
    assert shape.radius - 40.0 < 0.65 * (fitted.shape.radius - 40.0)
    assert abs(shape.y) < 0.8 * abs(fitted.shape.y)


def test_a_plate_without_a_wall_stays_what_it_is():
    stack = walled(bar_to_px=(160.0, 20.0), blur_px=0.7, deep=0.0)
    fitted = all_frames_fit(stack)
    shape = beside(stack, fitted).shape
    # 96 edges of half the frames, each good to a tenth of a pixel
    assert shape.radius == pytest.approx(40.0, abs=0.03)
    assert np.hypot(shape.x, shape.y) < 0.04


def on_dark_ground(stack: Stack) -> Stack:
    """The same; in the lowest third the ground is as dark as the plate, but for a shadow's edge."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    frames = []
    for picture, y_px in zip(stack.pictures.frames, HEIGHTS_PX, strict=True):
        canvas = picture.astype(float)
        if y_px > HEIGHTS_PX[-1] - 40.0:
            lit = np.clip(np.hypot(columns - 160.3, rows - y_px) - 40.5, 0, 1)
            canvas = np.where(rows > y_px, np.minimum(canvas, FACE_GREY + 25 * lit), canvas)
        frames.append(as_image(canvas))
    return replace(stack, pictures=reel(frames))


def test_where_the_lowest_frames_show_no_edge_the_others_tell_it(monkeypatch):
    stack = on_dark_ground(walled(bar_to_px=(160.0, 20.0), blur_px=0.7, deep=0.0))
    fitted = Fitted(Shape(0.0, 0.0, 40.3), support=0.9, sharpness=20.0)

    def off_px() -> float:
        shape = beside(stack, fitted).shape
        return float(np.hypot(shape.radius - 40.0, np.hypot(shape.x, shape.y)))

    kept = off_px()
    assert kept < 0.05
    monkeypatch.setattr(module, "LEAST_CLEAR", 0.0)
    assert off_px() > 2 * kept


def test_what_is_known_of_place_and_shape_stands():
    stack = walled(bar_to_px=(160.0, 20.0), blur_px=0.7)
    told = Fitted(Shape(0.0, 0.0, 40.3, 0.001, -0.002), support=0.9, sharpness=20.0)
    shape = beside_least_wall(stack=stack, fitted=told, free_centre=False, free_shape=False).shape
    assert shape.radius == pytest.approx(40.0, abs=0.1)
    assert shape == replace(told.shape, radius=shape.radius)


def test_a_rim_that_would_grow_without_its_wall_stays():
    stack = walled(bar_to_px=(160.0, 20.0), blur_px=0.7)
    for radius_px, stays in ((39.8, True), (40.3, False)):
        fitted = Fitted(Shape(0.0, 0.0, radius_px), support=0.9, sharpness=20.0)
        assert (beside(stack, fitted) is fitted) == stays


def test_a_fit_that_loses_the_rims_support_is_not_taken():
    stack = walled(bar_to_px=(160.0, 20.0), blur_px=0.7)
    elsewhere = Fitted(Shape(70.0, 0.0, 40.0), support=1.0, sharpness=20.0)
    assert beside(stack, elsewhere) is elsewhere


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000)),
    st.integers(4, 40),
    st.integers(0, 99),
)
def test_no_frame_that_is_left_out_shows_less_wall(bar_to_px, count, seed):
    centres = np.random.default_rng(seed).uniform(0, 400, (count, 2))
    rim = Ellipse(0.0, 0.0, 40.0)
    still = Stack(reel([]), np.arange(count), np.tile(np.eye(2), (count, 1, 1)), centres)
    chosen = shows_least_wall(stack=still, rim=rim)
    assert (chosen.sum(axis=0) >= min(count, LEAST_FRAMES)).all()
    ray = 2 * np.pi * np.arange(RAYS) / RAYS
    facing = np.column_stack([np.cos(ray), np.sin(ray)])
    shown = DEEP * ((np.array(bar_to_px) - centres) @ facing.T - 40.0)
    most = np.where(chosen, shown, -np.inf).max(axis=0)
    left_out = np.where(chosen, np.inf, shown).min(axis=0)
    assert (left_out >= most - 1e-9).all()
