"""Which ring is the rim, in clips whose rings are drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from barpath.chains import Chain, Mover
from barpath.plate import Ellipse
from barpath.tracking.flow import Flow
from barpath.tracking.rings import STACK_FRAMES, outermost_ring, spread_frames
from tests.tracking.drawing import (
    DISHED,
    SHAPE,
    Look,
    as_image,
    lift_y,
    moving_plate,
    paint_plate,
    reel,
    wall,
)

FPS, COUNT, RADIUS_PX = 20.0, 48, 40.0
TIME_S = np.arange(COUNT) / FPS
PATH = np.column_stack(
    [
        150.4 + 3 * np.sin(TIME_S),
        lift_y(TIME_S, low_px=175.3, high_px=70.3, period_s=COUNT / FPS),
    ]
)
LIPPED = replace(DISHED, rim=70.0, lip=150.0, lip_share=0.75)


def seen_as(radius_px: float, *more_px: float) -> Mover:
    """A mover whose main ring has the first radius."""
    at = np.arange(0, COUNT, 4)
    rings = tuple(
        Chain(at, at, np.column_stack([PATH[at], np.full((len(at), 3), [size, 1.0, 0.0])]), len(at))
        for size in (radius_px, *more_px)
    )
    return Mover(main=rings[0], rings=rings, score=sum(r.score for r in rings), samples=len(at))


def ring_of(mover: Mover, *, outermost: float = 2.6, look: Look = LIPPED, **drawn):
    pictures = moving_plate(PATH, radius_px=RADIUS_PX, look=look, fps=FPS, **drawn)
    return outermost_ring(
        pictures=pictures,
        frames=np.arange(0, COUNT, 2),
        path=PATH,
        ring_px=np.full(COUNT, mover.main.radius_px),
        mover=mover,
        outermost=outermost,
    )


@pytest.mark.parametrize("followed", [1.0, 0.75, 0.9, 1.04])
def test_the_rim_is_found_whichever_ring_was_followed(followed):
    found = ring_of(seen_as(followed * RADIUS_PX))
    assert found is not None
    share, jump = found
    # rings are 1 % of the followed one's radius apart, edges smoothed over twice as much
    assert share * followed == pytest.approx(1.0, abs=0.025)
    # inside nothing but noise of 1.5 greys on top of the usual 4, outside the wall's 12: log 16/5.5
    assert jump > 0.5


def test_the_rim_is_not_looked_for_inside_a_ring_that_was_seen():
    # the face is as plain as the wall is busy: only the lip has an edge inside
    found = ring_of(seen_as(0.75 * RADIUS_PX, RADIUS_PX))
    assert found is not None
    assert found[0] * 0.75 == pytest.approx(1.0, abs=0.025)


def test_a_plate_cut_by_the_pictures_edge_still_has_its_rim():
    path = PATH - [135.0, 0.0]  # a third of the plate is outside
    mover = seen_as(RADIUS_PX)
    found = outermost_ring(
        pictures=moving_plate(path, radius_px=RADIUS_PX, look=LIPPED, fps=FPS),
        frames=np.arange(0, COUNT, 2),
        path=path,
        ring_px=np.full(COUNT, RADIUS_PX),
        mover=mover,
        outermost=2.6,
    )
    assert found is not None
    assert found[0] == pytest.approx(1.0, abs=0.025)


def test_someone_who_walks_across_does_not_move_the_rim():
    def walker(index, canvas):
        passing = canvas.copy()
        left = 12 * (index - 12)
        if 0 < left < SHAPE[1]:
            passing[:, left : left + 90] = 30 + 0.3 * wall(seed=8)[:, left : left + 90]
        return passing

    # the plate is hidden in ten of 48 frames
    found = ring_of(seen_as(RADIUS_PX), over=walker)
    assert found is not None
    assert found[0] == pytest.approx(1.0, abs=0.025)


def test_a_plate_that_is_gone_for_a_while_keeps_its_rim():
    # in ten of 48 frames there is the bare wall: inside the rim it would vary more than outside
    found = ring_of(
        seen_as(RADIUS_PX), over=lambda index, canvas: wall() if 20 <= index < 30 else canvas
    )
    assert found is not None
    assert found[0] == pytest.approx(1.0, abs=0.025)
    assert found[1] > 0.5


def test_rings_of_the_room_are_not_the_plates():
    # a large sign on the wall, round the middle of the plate's travel
    sign = paint_plate(wall(), Ellipse(150.4, 122.8, 75.0), Look(40, 200, 0.9, 120, 0))
    found = ring_of(seen_as(RADIUS_PX), under=sign)
    assert found is not None
    assert found[0] == pytest.approx(1.0, abs=0.025)


def test_a_plate_as_flat_as_its_wall_has_no_ring():
    flat = np.full(SHAPE, 120.0)
    dull = Look(rim=120.0, lip=120.0, hub=120.0, marks=0.0)
    assert ring_of(seen_as(RADIUS_PX), under=flat, look=dull, noise=0.0) is None


def flow_of(path: np.ndarray, *, sd: np.ndarray | float = 0.1) -> Flow:
    step = np.diff(path, axis=0, prepend=np.nan)
    return Flow(0, len(path), step, np.broadcast_to(np.asarray(sd, float), len(path)), path)


def test_where_the_room_only_begins_to_change_there_is_no_ring():
    # soft as fog: what lies still with the plate ends without an edge anywhere
    faint = Look(rim=135.0, lip=135.0, hub=135.0, marks=0.0)
    pictures = reel(
        as_image(
            paint_plate(wall(), Ellipse(x, y, RADIUS_PX), faint, sd_px=10.0), noise=1.5, seed=index
        )
        for index, (x, y) in enumerate(PATH)
    )
    mover = seen_as(0.7 * RADIUS_PX)
    found = outermost_ring(
        pictures=pictures,
        frames=np.arange(0, COUNT, 2),
        path=PATH,
        ring_px=np.full(COUNT, mover.main.radius_px),
        mover=mover,
        outermost=2.6,
    )
    assert found is None


def test_frames_are_spread_over_the_heights():
    # most of the time the bar rests: the few frames on the way count as much as those
    y = np.concatenate([np.full(200, 180.0), np.linspace(180, 60, 100), np.full(200, 60.0)])
    frames = spread_frames(flow=flow_of(np.column_stack([y * 0 + 50, y])))
    assert (np.diff(frames) > 0).all()
    assert len(frames) <= STACK_FRAMES
    heights = np.sort(y[frames])
    assert heights[0] == 180 - 120
    assert heights[-1] == 180
    # the fastest tenth, drawn out of one evenly fast pull, is a wilful choice: no gap beyond it
    assert np.diff(heights).max() <= 120 / STACK_FRAMES * 2 + 120 / 100 * 50


def test_frames_whose_step_is_not_known_are_not_taken():
    y = np.linspace(180, 60, 100)
    sd = np.where(np.arange(100) % 2, 0.1, 5.0)
    frames = spread_frames(flow=flow_of(np.column_stack([y * 0 + 50, y]), sd=sd))
    assert len(frames)
    assert (frames % 2 == 1).all()


def test_blurred_frames_are_not_taken():
    time_s = np.arange(90) / 30
    y = lift_y(time_s, low_px=180, high_px=60, period_s=6)
    frames = spread_frames(flow=flow_of(np.column_stack([y * 0 + 50, y])))
    pace = np.abs(np.diff(y, prepend=np.nan))
    assert pace[frames].max() <= np.nanquantile(pace, 0.91)


def test_without_any_known_step_there_are_no_frames():
    path = np.full((20, 2), 50.0)
    flow = Flow(0, 20, np.full((20, 2), np.nan), np.full(20, 9.0), path)
    assert len(spread_frames(flow=flow)) == 0


def test_a_plate_whose_middle_lies_outside_the_picture_still_has_a_rim():
    # inside the smaller rings there is no picture on most rays
    path = PATH - [PATH[:, 0].mean() + 14, 0]
    found = outermost_ring(
        pictures=moving_plate(path, radius_px=RADIUS_PX, look=LIPPED, fps=FPS),
        frames=np.arange(0, COUNT, 2),
        path=path,
        ring_px=np.full(COUNT, RADIUS_PX),
        mover=seen_as(RADIUS_PX),
        outermost=2.6,
    )
    assert found is not None
    assert found[0] == pytest.approx(1.0, abs=0.03)
