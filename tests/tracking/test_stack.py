"""Which fit is the rim's, and whether it has corners, on plates laid over one another."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from barpath.plate import Ellipse
from barpath.tracking import stack as module
from barpath.tracking.edges import RAYS, Edges
from barpath.tracking.shape import Shape
from barpath.tracking.stack import SHARPER, Fitted, Stack, has_corners, shape_of_stack
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
