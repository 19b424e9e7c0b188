"""The rough path: straight from the detections where the face is plain to see."""

from __future__ import annotations

import numpy as np
import pytest

from barpath.chains import Chain, Mover
from barpath.plate import Ellipse
from barpath.tracking import State
from barpath.tracking.flow import trace
from barpath.tracking.route import Route, as_track, find_route
from tests.tracking.drawing import (
    PLAIN,
    FloatArray,
    Look,
    Reel,
    as_image,
    lift_y,
    moving_plate,
    paint_plate,
    reel,
)

FPS, COUNT, RADIUS_PX = 20.0, 60, 52.0
TIME_S = np.arange(COUNT) / FPS
PATH = np.column_stack(
    [150.4 + 3 * np.sin(TIME_S), lift_y(TIME_S, low_px=165.3, high_px=85.3, period_s=3.0)]
)


def found(*, apart_px: FloatArray | None = None) -> Mover:
    """The plate detected in every fourth frame; a larger ring `apart_px` beside it."""
    at = np.arange(0, COUNT, 4)
    rims = np.column_stack([PATH[at], np.full((len(at), 3), [RADIUS_PX, 1.0, 0.0])])
    rings = [Chain(at, at, rims, float(len(at)))]
    if apart_px is not None:
        larger = rims + [*apart_px, 1.0, 0.0, 0.0]
        rings.append(Chain(at, at, larger, float(len(at))))
    return Mover(main=rings[0], rings=tuple(rings), score=30.0, samples=COUNT // 4)


@pytest.fixture(scope="module")
def plain() -> Reel:
    return moving_plate(PATH, radius_px=RADIUS_PX, fps=FPS, spin_deg_s=20)


def of_trace(route: Route, pictures: Reel) -> bool:
    """Whether the route is the one from frame to frame."""
    traced = trace(pictures=pictures, chain=found().main)
    return route.maps is None and np.array_equal(route.flow.path_px, traced.path_px)


def test_a_face_in_plain_view_tells_its_path_by_where_it_is_laid(plain, monkeypatch):
    def untraced(**_):
        raise AssertionError("followed from frame to frame all the same")

    monkeypatch.setattr("barpath.tracking.route.trace", untraced)
    route = find_route(pictures=plain, mover=found())
    assert route.maps is not None
    assert route.maps.known.all()
    # between detections a fifth of a second apart a straight line is up to 2 px wrong
    assert np.abs(route.flow.path_px - PATH).max() < 0.2
    assert route.flow.step_px[1:] == pytest.approx(np.diff(PATH, axis=0), abs=0.2)
    assert np.isnan(route.flow.step_px[0]).all()


def test_the_path_is_the_followed_rings_where_the_largest_lies_beside_it():
    pictures = moving_plate(PATH, radius_px=RADIUS_PX, fps=FPS, spin_deg_s=0)
    route = find_route(pictures=pictures, mover=found(apart_px=np.array([2.0, -1.0])))
    assert route.maps is not None
    assert np.abs(route.flow.path_px - PATH).max() < 0.3


def test_a_face_without_corners_is_followed_from_frame_to_frame():
    pictures = moving_plate(PATH, radius_px=RADIUS_PX, look=PLAIN, fps=FPS)
    assert of_trace(find_route(pictures=pictures, mover=found()), pictures)


def test_a_face_that_is_hidden_for_a_time_is_followed_from_frame_to_frame(plain):
    frames = list(plain.frames)
    for index in (41, 42, 43):  # no frame that it was detected in: the path alone doesn't tell
        post = paint_plate(
            frames[index].astype(float), Ellipse(*PATH[index], 60.0), Look(40, 40, 0.8, 40, 0)
        )
        frames[index] = as_image(post, noise=1.0)
    pictures = reel(frames, fps=FPS)
    assert of_trace(find_route(pictures=pictures, mover=found()), pictures)


def test_only_the_shot_with_the_detections_is_walked(plain):
    route = find_route(pictures=plain, mover=found(), cuts=(8, 52))
    assert (route.flow.first, route.flow.stop) == (8, 52)
    assert np.isfinite(route.flow.path_px[8:52]).all()
    assert np.isnan(route.flow.path_px[:8]).all()
    assert np.isnan(route.flow.path_px[52:]).all()


def test_a_route_as_a_track_lies_in_displayed_pixels_and_ends_at_the_cuts(plain):
    mover, cuts = found(apart_px=np.array([0.0, 0.0])), (40,)
    route = find_route(pictures=plain, mover=mover, cuts=cuts)
    track = as_track(route=route, mover=mover, time_s=plain.time_s, factor=2.0, cuts=cuts)
    shot = slice(0, 40)
    assert np.all(track.state[shot] == State.TRACKED)
    assert np.all(track.state[40:] == State.LOST)
    assert np.all(np.isnan(track.x_px[40:]))
    # the working pixel's middle is the middle of two displayed ones; laid to 0.1 working px
    shown = 2 * PATH[shot] + 0.5
    assert np.abs(np.column_stack([track.x_px, track.y_px])[shot] - shown).max() < 0.2
    assert track.radius_px[0] == pytest.approx(2 * (RADIUS_PX + 1))
