"""Finding what is round and travels, in clips drawn by formula."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from barpath.chains import Chain, Mover
from barpath.plate import ENLARGED, MIN_SCORE, SAMPLE_HZ, SURE_SCORE, Ellipse, find_movers
from tests.tracking.drawing import (
    DISHED,
    PLAIN,
    SHAPE,
    Look,
    Reel,
    as_image,
    lift_y,
    moving_plate,
    paint_plate,
    reel,
    wall,
)

TIME_S = np.arange(20) / SAMPLE_HZ  # every picture is looked at: 4 s


def lift(time_s: np.ndarray, x_px: float = 100.4) -> np.ndarray:
    """A centre that rises by 110 px and comes down again in four seconds."""
    y = lift_y(time_s, low_px=185.3, high_px=75.3, period_s=4.0)
    return np.column_stack([np.full_like(y, x_px), y])


def clip(path_px: np.ndarray, **more) -> Reel:
    return moving_plate(path_px, fps=SAMPLE_HZ, **more)


def worst_px(chain: Chain, path_px: np.ndarray) -> float:
    """How far the chain ever is from the path."""
    return float(np.hypot(*(chain.rims[:, :2] - path_px[chain.frame]).T).max())


def test_the_plate_that_travels_is_found_where_it_is():
    path = lift(TIME_S)
    (mover,) = find_movers(pictures=clip(path, radius_px=32.0))
    assert mover.samples == len(TIME_S)
    assert len(mover.main.frame) >= 0.8 * len(TIME_S)
    # edge drawing takes whole pixels of the edge: a fitted centre is good to one
    assert worst_px(mover.main, path) < 1.0
    assert mover.outer.radius_px == pytest.approx(32.0, abs=1.0)
    assert mover.outer.travel_radii == pytest.approx(np.ptp(path[:, 1]) / 32, rel=0.05)
    assert (np.diff(mover.main.frame) > 0).all()


def test_a_clip_larger_than_detection_needs_is_measured_in_its_own_pixels():
    shape = (720, 1152)
    centre = 2.4 * lift(TIME_S)
    canvas = wall(shape=shape)
    pictures = reel(
        (as_image(paint_plate(canvas, Ellipse(x, y, 76.0), PLAIN, sd_px=1.5)) for x, y in centre),
        fps=SAMPLE_HZ,
    )
    (mover,) = find_movers(pictures=pictures)
    # a pixel of the picture that was looked at is 1.2 of the clip's
    assert worst_px(mover.main, centre) < 1.2
    assert mover.outer.radius_px == pytest.approx(76.0, abs=1.2)


def test_what_the_small_pictures_showed_outlives_a_closer_look_that_shows_nothing(monkeypatch):
    pictures = clip(lift(TIME_S))
    (seen,) = find_movers(pictures=pictures)
    answers = iter([(seen,), (), ()])
    monkeypatch.setattr("barpath.plate.DETECT_LONG_SIDES_PX", (100, 200))
    monkeypatch.setattr("barpath.plate.SURE_SCORE", seen.score + 1)
    monkeypatch.setattr("barpath.plate._movers_at", lambda **_: next(answers))
    assert find_movers(pictures=pictures) == (seen,)
    assert next(answers, None) is None  # all were looked at


def test_pictures_that_show_a_head_for_sure_are_not_enlarged(monkeypatch):
    pictures = clip(lift(TIME_S))
    (seen,) = find_movers(pictures=pictures)
    looked_at = []

    def movers_at(**asked) -> tuple[Mover, ...]:
        looked_at.append(asked["long_side_px"])
        return (seen,)

    monkeypatch.setattr("barpath.plate._movers_at", movers_at)
    monkeypatch.setattr("barpath.plate._is_body_part", lambda _: True)
    assert find_movers(pictures=pictures) == ()
    assert looked_at == [max(SHAPE)]
    monkeypatch.setattr("barpath.plate.SURE_SCORE", seen.score + 1)
    assert find_movers(pictures=pictures) == ()
    assert looked_at[1:] == [max(SHAPE), ENLARGED * max(SHAPE)]


def test_a_small_faint_plate_is_seen_more_often_in_enlarged_pictures(monkeypatch):
    path = lift(np.arange(90) / 30)
    faint = Look(rim=60.0, lip=75.0, hub=100.0, marks=10.0)
    pictures = moving_plate(path, radius_px=14.0, look=faint, fps=30.0)
    (enlarged,) = find_movers(pictures=pictures)
    assert worst_px(enlarged.main, path) < 1.0
    assert enlarged.outer.radius_px == pytest.approx(14.0, abs=0.5)
    monkeypatch.setattr("barpath.plate.ENLARGED", 1.0)
    (plain,) = find_movers(pictures=pictures)
    assert plain.score < SURE_SCORE < enlarged.score


def test_a_mirrored_clip_gives_the_mirrored_mover():
    path = lift(TIME_S)
    pictures = clip(path)
    mirrored = replace(
        pictures, frames=tuple(np.ascontiguousarray(frame[:, ::-1]) for frame in pictures.frames)
    )
    (mover,), (other,) = find_movers(pictures=pictures), find_movers(pictures=mirrored)
    opposite = path * [-1, 1] + [SHAPE[1] - 1, 0]
    assert worst_px(other.main, opposite) < 1.0
    assert other.outer.radius_px == pytest.approx(mover.outer.radius_px, abs=0.5)


@pytest.mark.parametrize("fps", [15.0, 40.0])
def test_the_frame_rate_does_not_change_what_is_looked_at(fps):
    path = lift(np.arange(int(4 * fps)) / fps)
    (mover,) = find_movers(pictures=moving_plate(path, fps=fps))
    assert mover.samples == len(TIME_S)
    assert worst_px(mover.main, path) < 1.0


def test_what_little_moves_above_the_plate_in_a_small_picture_is_seen():
    """A lifter's arm three pixels wide: without it the plate would pass for a head."""
    path = lift(TIME_S) + [0, 45]

    def drawn(index: int) -> np.ndarray:
        canvas = paint_plate(wall(shape=(300, 320)), Ellipse(*path[index], 12.0), DISHED)
        if index % 3:
            canvas[86:104, 99:102] -= 45.0  # a third of a large block: 15 of the 20 greys it takes
        return canvas

    pictures = reel(
        (as_image(drawn(index), noise=1.5, seed=index) for index in range(len(path))), fps=SAMPLE_HZ
    )
    (mover,) = find_movers(pictures=pictures)
    assert worst_px(mover.main, path) < 1.0


def test_a_plate_that_stands_is_no_mover():
    assert find_movers(pictures=clip(np.tile([100.4, 120.3], (20, 1)))) == ()


def test_a_wheel_rolled_sideways_is_no_mover():
    sideways = np.column_stack([np.linspace(60, 260, 20), np.full(20, 150.0)])
    assert find_movers(pictures=clip(sideways)) == ()


def test_a_bare_wall_has_no_movers():
    still = as_image(wall(), noise=2)
    assert find_movers(pictures=reel([still] * 20, fps=SAMPLE_HZ)) == ()
    black = np.zeros(SHAPE, dtype=np.uint8)
    assert find_movers(pictures=reel([black] * 20, fps=SAMPLE_HZ)) == ()


def test_larger_plates_that_stand_about_do_not_distract():
    rack = wall()
    for x, y in ((230.0, 60.0), (250.0, 170.0)):
        rack = paint_plate(rack, Ellipse(x, y, 42), DISHED)
    path = lift(TIME_S)
    movers = find_movers(pictures=clip(path, under=rack))
    assert worst_px(movers[0].main, path) < 1.0
    assert all(np.median(mover.main.rims[:, 0]) < 180 for mover in movers)


def test_of_two_plates_that_travel_the_larger_claims_to_be_near():
    near, far = lift(TIME_S, 90.4), lift(TIME_S, 230.4)

    def second(index, canvas):
        return paint_plate(canvas, Ellipse(*far[index], 24), DISHED)

    movers = find_movers(pictures=clip(near, radius_px=36.0, over=second))
    assert len(movers) == 2
    assert worst_px(movers[0].main, near) < 1.0
    assert worst_px(movers[1].main, far) < 1.0
    assert movers[0].rank > movers[1].rank


def test_the_rings_of_one_plate_are_one_mover():
    look = replace(DISHED, lip=150.0, lip_share=0.7, marks=0.0)
    (mover,) = find_movers(pictures=clip(lift(TIME_S), radius_px=40.0, look=look))
    radii = sorted(ring.radius_px for ring in mover.rings)
    assert radii[-1] == pytest.approx(40, abs=1)
    assert any(radius == pytest.approx(28, abs=1) for radius in radii)
    assert mover.score == pytest.approx(sum(ring.score for ring in mover.rings))


def test_nothing_is_linked_across_a_cut():
    path = lift(TIME_S)
    pictures = clip(path)
    whole = find_movers(pictures=pictures)
    cut = find_movers(pictures=pictures, cuts=(11,))
    assert any(mover.main.frame[0] < 11 <= mover.main.frame[-1] for mover in whole)
    assert cut
    for mover in cut:
        for ring in mover.rings:
            assert ring.frame[-1] < 11 or ring.frame[0] >= 11


def test_a_mover_must_be_seen_often_enough():
    # three pictures of a plate, then none: no more than chance has to offer
    path = lift(TIME_S)
    pictures = clip(path)
    empty = as_image(wall(), noise=1.5)
    short = replace(pictures, frames=(*[empty] * 8, *pictures.frames[8:11], *[empty] * 9))
    assert find_movers(pictures=short) == ()
    assert MIN_SCORE > 3


def chain(radius_px: float, *, y_px: tuple[float, ...], score: float) -> Chain:
    at = np.arange(len(y_px))
    rims = np.column_stack(
        [np.full(len(y_px), 50.0), y_px, np.full(len(y_px), radius_px), at * 0 + 1.0, at * 0]
    )
    return Chain(at, at, rims, score)


def test_travel_is_counted_in_radii_and_the_outer_ring_is_the_largest():
    small, large = chain(20, y_px=(100, 40, 90), score=3), chain(30, y_px=(100, 40), score=2)
    mover = Mover(main=small, rings=(small, large), score=5, samples=3)
    assert small.travel_radii == 3
    assert mover.outer is large
    assert mover.rank == 150
