"""The rim's size and shape over the whole clip, held against what was drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barpath.chains import Chain, Mover
from barpath.plate import Ellipse
from barpath.tracking.face import Face, find_face
from barpath.tracking.flow import Flow, trace
from barpath.tracking.register import FaceMaps, lay_all
from barpath.tracking.rim import RimFit
from barpath.tracking.route import Route
from barpath.tracking.shape import SHAPE_HELD, RimModel, Shape, shaped, through
from barpath.tracking.stack import Fitted
from tests.tracking.drawing import (
    DISHED,
    Look,
    Reel,
    as_image,
    lift_y,
    moving_plate,
    paint_plate,
    reel,
    wall,
)

FPS, COUNT = 20.0, 60
TIME_S = np.arange(COUNT) / FPS
PATH = np.column_stack(
    [150.4 + 3 * np.sin(TIME_S), lift_y(TIME_S, low_px=180.3, high_px=70.3, period_s=3.0)]
)
LIPPED = replace(DISHED, rim=70.0, lip=150.0, lip_share=0.75)


def seen_as(radius_px: np.ndarray | float, *, ratio: float = 1.0, angle_deg: float = 0.0) -> Mover:
    at = np.arange(0, COUNT, 4)
    size = np.broadcast_to(np.asarray(radius_px, float), COUNT)[at]
    rims = np.column_stack([PATH[at], size, np.full((len(at), 2), [ratio, angle_deg])])
    chain = Chain(at, at, rims, float(len(at)))
    return Mover(main=chain, rings=(chain,), score=chain.score, samples=len(at))


def face_of(pictures: Reel, mover: Mover) -> tuple[Face, Flow]:
    flow = trace(pictures=pictures, chain=mover.main)
    face = find_face(pictures=pictures, mover=mover, route=Route(flow))
    assert face is not None
    return face, flow


@settings(deadline=None)
@given(st.floats(0.75, 1.0), st.floats(1, 179), st.floats(20, 80))
def test_an_ellipse_goes_through_its_harmonic_and_back(ratio, angle_deg, radius):
    stretch = (1 - ratio) / (1 + ratio)
    turn = np.deg2rad(2 * angle_deg)
    rim = shaped(
        x_px=3.0,
        y_px=4.0,
        radius_px=radius / (1 + stretch),
        cosine=stretch * np.cos(turn),
        sine=stretch * np.sin(turn),
    )
    assert rim.radius_px == pytest.approx(radius)
    assert rim.axis_ratio == pytest.approx(ratio)
    if ratio < 0.999:
        assert rim.angle_deg == pytest.approx(angle_deg, abs=1e-6)


MODEL = RimModel(
    about_y_px=100.0,
    radius_px=(40.0, 0.05),
    cosine=(0.02, 0.0),
    sine=(0.0, 0.0001),
    offset_x_px=(1.0, 0.0),
    offset_y_px=(-2.0, 0.01),
    radius_sd_px=0.4,
    jump=0.5,
)


def test_the_models_rim_is_affine_in_height():
    low, middle, high = (MODEL.at(x_px=7.0, y_px=y) for y in (60.0, 100.0, 140.0))
    assert (middle.x_px, middle.y_px) == (7.0, 100.0)
    assert middle.radius_px == pytest.approx(40 * 1.02)
    assert middle.axis_ratio == pytest.approx(0.98 / 1.02)
    assert [r.radius_px * (1 + r.axis_ratio) / 2 for r in (low, high)] == pytest.approx([38, 42])


def test_the_models_centres_follow_the_path():
    path = np.array([[10.0, 100.0], [20.0, 150.0], [np.nan, np.nan]])
    assert MODEL.centres(path)[:2] == pytest.approx(np.array([[11.0, 98.0], [21.0, 148.5]]))
    assert np.isnan(MODEL.centres(path)[2]).all()


def test_a_laid_rim_is_the_maps_image_of_the_reference_rim():
    turn = np.array([[0.0, -1.1], [1.1, 0.0]])  # a quarter turn clockwise, a tenth larger
    maps = FaceMaps(
        reference=0,
        turn=np.stack([np.eye(2), turn, np.full((2, 2), np.nan)]),
        centre_px=np.array([[100.0, 90.0], [120.0, 80.0], [np.nan, np.nan]]),
        matched=np.array([30, 25, 0]),
    )
    face = Face(model=MODEL, support=1.0, maps=maps, rim=Ellipse(2.0, 1.0, 40.0, 0.9, 30.0))
    laid = face.laid(1)
    assert laid is not None
    assert (laid.x_px, laid.y_px) == pytest.approx((120 - 1.1, 80 + 2.2))
    assert laid.radius_px == pytest.approx(44)
    assert laid.axis_ratio == pytest.approx(0.9)
    assert laid.angle_deg == pytest.approx(120)
    assert face.laid(2) is None
    assert Face(model=MODEL, support=1.0).laid(0) is None


@pytest.fixture(params=["registered", "by the rim alone"])
def ruler(request, monkeypatch) -> str:
    """Measure by the face's registration, and as if it had given nothing."""
    if request.param == "by the rim alone":
        monkeypatch.setattr("barpath.tracking.face.lay_all", lambda **_: None)
    return request.param


@pytest.mark.parametrize("followed", [1.0, 0.75])
def test_the_rim_is_measured_whichever_ring_was_followed(followed, ruler):
    pictures = moving_plate(PATH, radius_px=40.0, look=LIPPED, fps=FPS)
    face, _ = face_of(pictures, seen_as(followed * 40.0))
    assert (face.maps is not None) == (ruler == "registered")
    rim = face.model.at(x_px=0.0, y_px=120.0)
    # a ring of 75 % would be 10 px off; the edge itself is good to a few hundredths over 40 frames
    assert rim.radius_px == pytest.approx(40.0, abs=0.1)
    assert rim.axis_ratio == pytest.approx(1.0, abs=0.004)
    assert face.support > 0.9
    assert face.model.radius_sd_px < 0.5


@pytest.mark.parametrize("off_px", [(6.0, -5.0), (-6.0, 5.0), (0.0, 8.0)])
def test_the_rough_path_may_be_off_in_the_frame_that_the_maps_start_from(off_px):
    """Detections of all frames tell where the rim is, not one frame's place on the way there."""
    pictures = moving_plate(PATH, radius_px=40.0, look=LIPPED, fps=FPS)
    mover = seen_as(40.0)
    flow = trace(pictures=pictures, chain=mover.main)
    face = find_face(pictures=pictures, mover=mover, route=Route(flow))
    assert face is not None
    assert face.maps is not None
    rough = flow.path_px.copy()
    rough[face.maps.reference] += off_px
    face = find_face(pictures=pictures, mover=mover, route=Route(replace(flow, path_px=rough)))
    assert face is not None
    laid = [face.laid(frame) for frame in range(COUNT)]
    # the off frame itself may fail; the others' centres are good to hundredths
    away = [
        np.hypot(rim.x_px - x, rim.y_px - y)
        for rim, (x, y) in zip(laid, PATH, strict=True)
        if rim is not None
    ]
    assert len(away) > 0.9 * COUNT
    assert np.median(away) < 0.1
    assert face.model.radius_px[0] == pytest.approx(40.0, abs=0.2)


@pytest.mark.usefixtures("ruler")
def test_size_that_changes_with_height_is_followed():
    # seen by a pinhole, depth on a plane is affine in inverse size: 10 % over the travel
    radius = 38 + 0.035 * (PATH[:, 1] - 70)
    pictures = reel(
        (
            as_image(paint_plate(wall(), Ellipse(*place, size)), noise=1.5, seed=index)
            for index, (place, size) in enumerate(zip(PATH, radius, strict=True))
        ),
        fps=FPS,
    )
    face, _ = face_of(pictures, seen_as(radius))
    for y in (80.0, 125.0, 170.0):
        rim = face.model.at(x_px=0.0, y_px=y)
        assert rim.radius_px == pytest.approx(38 + 0.035 * (y - 70), abs=0.2)


@pytest.mark.usefixtures("ruler")
def test_a_plate_seen_aslant_keeps_its_shape():
    true = Ellipse(0, 0, 42.0, 0.92, 20.0)
    pictures = reel(
        (
            as_image(paint_plate(wall(), replace(true, x_px=x, y_px=y)), noise=1.5, seed=index)
            for index, (x, y) in enumerate(PATH)
        ),
        fps=FPS,
    )
    face, _ = face_of(pictures, seen_as(42.0, ratio=0.92, angle_deg=20.0))
    rim = face.model.at(x_px=150.0, y_px=120.0)
    assert rim.radius_px == pytest.approx(42, abs=0.2)
    assert rim.axis_ratio == pytest.approx(0.92, abs=0.006)
    # the harmonic of 0.042 radii, 1.7 px, is known to a tenth: 0.1 / 1.7 / 2 rad
    assert rim.angle_deg == pytest.approx(20, abs=2)


def test_detections_beside_the_centre_do_not_matter():
    # the rings of a dished plate seen aslant don't share a centre
    mover = seen_as(40.0)
    rims = mover.main.rims + [2.0, -1.5, 0, 0, 0]
    chain = replace(mover.main, rims=rims)
    pictures = moving_plate(PATH, radius_px=40.0, fps=FPS)
    face, flow = face_of(pictures, replace(mover, main=chain, rings=(chain,)))
    shown = face.model.centres(flow.path_px)
    assert np.abs(np.median(shown - PATH, axis=0)).max() < 0.3
    laid = face.laid(30)
    assert laid is not None
    assert (laid.x_px, laid.y_px) == pytest.approx(tuple(PATH[30]), abs=0.1)


def test_where_nothing_stands_out_there_is_no_face():
    dull = Look(rim=120.0, lip=120.0, hub=120.0, marks=0.0)
    flat = np.full((240, 320), 120.0)
    pictures = moving_plate(PATH, radius_px=40.0, look=dull, fps=FPS, under=flat, noise=0.0)
    mover = seen_as(40.0)
    flow = trace(pictures=pictures, chain=mover.main)
    assert find_face(pictures=pictures, mover=mover, route=Route(flow)) is None


def over_its_wall(path_px: np.ndarray, *, radius_px: float, deep_px: float) -> Reel:
    """A plate seen from above: the back of its wall shows over its upper edge."""
    frames = []
    for index, (x, y) in enumerate(path_px):
        canvas = wall()
        for step in np.arange(deep_px, 0, -0.5):
            back = Ellipse(x, y - step, radius_px)
            canvas = paint_plate(canvas, back, Look(rim=90, lip=90, hub=90, marks=0))
        face = Ellipse(x, y, radius_px)
        canvas = paint_plate(canvas, face, LIPPED_DARK, spin_deg=9 * index / FPS)
        frames.append(as_image(canvas, noise=1.5, seed=index))
    return reel(frames, fps=FPS)


LIPPED_DARK = replace(DISHED, rim=60.0, lip=95.0, lip_share=0.85)


def test_the_back_of_the_plates_wall_is_not_its_rim(monkeypatch):
    radius = 44.0
    pictures = over_its_wall(PATH, radius_px=radius, deep_px=4.0)
    face, _ = face_of(pictures, seen_as(0.85 * radius))
    # where the wall runs out beside the face, two edges of a pixel and a half's blur become one
    assert face.model.radius_px[0] == pytest.approx(radius, abs=0.5)
    assert np.hypot(face.model.offset_x_px[0], face.model.offset_y_px[0]) < 0.1
    monkeypatch.setattr("barpath.tracking.concentric.WALL_SEEN", (1.0, 1.0))
    misled, _ = face_of(pictures, seen_as(0.85 * radius))
    # the free fit goes half the wall's depth up, and grows by as much
    assert misled.model.offset_y_px[0] == pytest.approx(-2.0, abs=0.5)
    assert misled.model.radius_px[0] > radius + 1


def test_a_face_that_a_few_corners_place_badly_gives_way_to_a_sharp_rim(monkeypatch):
    """Maps that drift by 3 % over the clip, as those of a plate with next to nothing on it do."""

    def drifting(**asked) -> FaceMaps | None:
        maps = lay_all(**asked)
        assert maps is not None
        size = 1 + 0.03 * np.linspace(-1, 1, COUNT)
        return replace(
            maps,
            turn=size[:, None, None] * maps.turn,
            matched=np.minimum(maps.matched, few_or_many),
        )

    monkeypatch.setattr("barpath.tracking.face.lay_all", drifting)
    pictures = moving_plate(PATH, radius_px=40.0, look=LIPPED, fps=FPS)
    few_or_many = 17
    alone, _ = face_of(pictures, seen_as(40.0))
    few_or_many = 60
    laid, _ = face_of(pictures, seen_as(40.0))
    assert laid.maps is not None  # many corners are believed
    assert alone.maps is None
    assert alone.model.at(x_px=0.0, y_px=120.0).radius_px == pytest.approx(40.0, abs=0.1)


@pytest.mark.parametrize(("astray_px", "believed"), [(0.5, True), (4.0, False)])
def test_many_corners_give_way_where_the_rim_lies_elsewhere(monkeypatch, astray_px, believed):
    """Corners tied ever worse take the face along by a tenth of its radius."""

    def drifting(**asked) -> FaceMaps | None:
        maps = lay_all(**asked)
        assert maps is not None
        along = np.linspace(-1, 1, COUNT)
        return replace(
            maps,
            turn=(1 + 0.03 * along)[:, None, None] * maps.turn,
            centre_px=maps.centre_px + astray_px * along[:, None] * [1.0, 0.0],
            matched=np.full(COUNT, 60),
        )

    monkeypatch.setattr("barpath.tracking.face.lay_all", drifting)
    pictures = moving_plate(PATH, radius_px=40.0, look=LIPPED, fps=FPS)
    face, _ = face_of(pictures, seen_as(40.0))
    assert (face.maps is not None) == believed


def test_maps_are_judged_by_the_outline_that_single_pictures_show(monkeypatch):
    """Beside a wall the rim isn't a picture's clearest edge; that is no fault of the maps."""

    def with_few_corners(**asked) -> FaceMaps | None:
        maps = lay_all(**asked)
        assert maps is not None
        return replace(maps, matched=np.minimum(maps.matched, 17))

    def smaller(*, fitted: Fitted, **_) -> Fitted:
        return replace(fitted, shape=replace(fitted.shape, radius=0.95 * fitted.shape.radius))

    judged_px = []

    def fits_of(*, rim_in, **_) -> dict[int, RimFit]:
        judged_px.append(rim_in(0).radius_px)
        return {}

    monkeypatch.setattr("barpath.tracking.face.lay_all", with_few_corners)
    monkeypatch.setattr("barpath.tracking.face.beside_least_wall", smaller)
    monkeypatch.setattr("barpath.tracking.face._fits_of", fits_of)
    face, _ = face_of(moving_plate(PATH, radius_px=40.0, look=LIPPED, fps=FPS), seen_as(40.0))
    assert judged_px[0] == pytest.approx(40.0, abs=0.1)
    assert face.maps is not None
    assert face.rim.radius_px == pytest.approx(38.0, abs=0.1)


def test_the_slopes_of_a_shape_from_single_pictures_are_held_nearer_to_none():
    height = np.linspace(-50.0, 50.0, 41)
    shapes = [Shape(0.0, 0.0, 40 + 0.02 * y, 0.01 + 3e-4 * y, -2e-4 * y) for y in height]

    def model(**held) -> RimModel:
        return through(
            about=100.0,
            heights=height,
            shapes=shapes,
            weight=np.ones(len(height)),
            slope=0.0,
            jump=0.1,
            reach=100.0,
            **held,
        )

    laid, single = model(), model(shape_held=SHAPE_HELD)
    # what a ridge leaves of a slope over heights of this variance; distrusting the far ends, where
    # the held line misses most, takes off a little more
    variance = float(np.var(height))
    left = variance / (variance + (100 * SHAPE_HELD) ** 2)
    for name, slope in (("cosine", 3e-4), ("sine", -2e-4)):
        assert getattr(laid, name)[1] == pytest.approx(slope, rel=0.06)
        assert getattr(single, name)[1] == pytest.approx(left * slope, rel=0.2)
    assert single.cosine[0] == pytest.approx(0.01, abs=1e-4)
    assert single.radius_px == laid.radius_px
