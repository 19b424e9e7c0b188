"""Laying the face over its template, held against affine maps that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from barpath.plate import Ellipse
from barpath.tracking.keys import RENEW_SHARE
from barpath.tracking.register import FaceMaps, lay_all
from barpath.tracking.template import (
    INNER_SHARE,
    MIN_MATCHED,
    OUTER_SHARE,
    Template,
    make_template,
    register,
)
from tests.tracking.drawing import (
    DISHED,
    PLAIN,
    SHAPE,
    Reel,
    as_image,
    lift_y,
    moving_plate,
    paint_plate,
    reel,
    wall,
)

RADIUS_PX = 52.0
CENTRE = np.array([150.4, 118.7])


def face(x: float, y: float, *, radius: float = RADIUS_PX, ratio=1.0, angle=0.0, spin=0.0, seed=0):
    canvas = paint_plate(wall(), Ellipse(x, y, radius, ratio, angle), spin_deg=spin)
    return as_image(canvas, noise=1.0, seed=seed)


@pytest.fixture(scope="module")
def template() -> Template:
    return make_template(picture=face(*CENTRE), centre_px=CENTRE, radius_px=RADIUS_PX)


def turned(angle_deg: float, scale: float = 1.0) -> np.ndarray:
    turn = np.deg2rad(angle_deg)
    return scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])


def squeezed(ratio: float, angle_deg: float) -> np.ndarray:
    """The map that the drawn ellipse is of the circle: its axes turned, one of them shortened."""
    return turned(angle_deg) @ np.diag([1.0, ratio])


@pytest.mark.parametrize(
    ("picture", "guess", "true", "guess_px"),
    [
        pytest.param(face(153.1, 121.3, seed=1), np.eye(2), np.eye(2), (153.1, 121.3), id="shift"),
        pytest.param(
            face(151.9, 117.2, spin=6, seed=2), np.eye(2), turned(6), (151.9, 117.2), id="turn"
        ),
        pytest.param(
            face(150.4, 119.9, radius=54.6, seed=3),
            np.eye(2),
            1.05 * np.eye(2),
            (150.4, 119.9),
            id="growth",
        ),
        pytest.param(
            face(149.3, 118.1, ratio=0.94, angle=30, seed=4),
            turned(30),
            squeezed(0.94, 30),
            (149.3, 118.1),
            id="foreshortening",
        ),
        pytest.param(
            face(150.0, 60.2, spin=90, radius=50, seed=5),
            turned(88, 0.95),
            turned(90, 50 / 52),
            (148.9, 61.0),
            id="far but well guessed",
        ),
    ],
)
def test_an_affine_map_is_recovered(template, picture, guess, true, guess_px):
    laid = register(
        template=template,
        picture=picture,
        turn=guess,
        centre_px=np.array(guess_px),
        levels=1,
    )
    assert laid is not None
    assert laid.matched >= 20
    # some twenty corners, each good to about 0.15 px, with a lever of half the radius:
    # a linear part wrong by e moves the rim by 52 e
    assert RADIUS_PX * np.abs(laid.turn - true).max() < 0.25


@pytest.mark.parametrize("step", [(0.0, 0.0), (0.37, -0.81), (-2.9, 2.2)])
@pytest.mark.parametrize("spin", [0.0, 5.0])
@pytest.mark.parametrize("levels", [0, 1])
def test_the_centre_is_placed_to_a_twentieth_of_a_pixel(template, step, spin, levels):
    place = CENTRE + step
    laid = register(
        template=template,
        picture=face(*place, spin=spin, seed=7),
        turn=np.eye(2),
        centre_px=CENTRE,
        levels=levels,
    )
    assert laid is not None
    assert laid.centre_px == pytest.approx(place, abs=0.05)


def test_another_picture_is_refused(template):
    rng = np.random.default_rng(5)
    for other in (
        as_image(wall(seed=11), noise=2),
        np.full(SHAPE, 120, dtype=np.uint8),
        rng.integers(0, 256, SHAPE).astype(np.uint8),
    ):
        assert (
            register(template=template, picture=other, turn=np.eye(2), centre_px=CENTRE, levels=1)
            is None
        )


def test_a_plain_face_has_nothing_to_lay():
    bare = as_image(paint_plate(np.full(SHAPE, 165.0), Ellipse(*CENTRE, RADIUS_PX), PLAIN))
    blank = make_template(picture=bare, centre_px=CENTRE, radius_px=RADIUS_PX)
    assert len(blank.corners_px) < MIN_MATCHED
    assert (
        register(template=blank, picture=bare, turn=np.eye(2), centre_px=CENTRE, levels=1) is None
    )


def test_corners_come_from_the_face_alone(template):
    # hub and sleeve stand out of the face's plane, beyond the rim lies the background
    away = np.hypot(*(template.corners_px - template.origin_px).T) / RADIUS_PX
    assert len(away) >= 2 * MIN_MATCHED
    assert away.min() > INNER_SHARE - 1 / RADIUS_PX
    assert away.max() < OUTER_SHARE + 1 / RADIUS_PX


def test_a_sleeve_that_moves_by_itself_does_not_matter(template):
    place = CENTRE + [1.3, -0.6]
    canvas = paint_plate(wall(), Ellipse(*place, RADIUS_PX), DISHED)
    # a sleeve of a third of the radius, textured, that went 4 px elsewhere
    sleeve = Ellipse(place[0] + 4, place[1] - 4, 0.3 * RADIUS_PX)
    canvas = paint_plate(canvas, sleeve, DISHED, spin_deg=40)
    laid = register(
        template=template,
        picture=as_image(canvas, noise=1),
        turn=np.eye(2),
        centre_px=CENTRE,
        levels=1,
    )
    assert laid is not None
    assert laid.centre_px == pytest.approx(place, abs=0.1)


def test_a_template_at_the_pictures_edge_takes_no_corners_from_outside():
    picture = face(20.3, 118.7)
    cut = make_template(picture=picture, centre_px=np.array([20.3, 118.7]), radius_px=RADIUS_PX)
    there = cut.corners_px - cut.origin_px + [20.3, 118.7]
    assert len(there)
    assert there[:, 0].min() > 2


FPS = 20.0
COUNT = 40


def course() -> np.ndarray:
    time_s = np.arange(COUNT) / FPS
    y = lift_y(time_s, low_px=165.3, high_px=85.3, period_s=2.0)
    return np.column_stack([150.4 + 4 * np.sin(2 * time_s), y])


def laid_over(pictures, path: np.ndarray, *, radius=None) -> FaceMaps:
    """Maps with a rough path that is off by up to 2 px, as the flow's is."""
    count = len(path)
    time_s = np.arange(count)
    rough = path + 2 * np.column_stack([np.sin(time_s / 3), np.cos(time_s / 5)])
    maps = lay_all(
        pictures=pictures,
        path_px=rough,
        radius_px=np.full(count, RADIUS_PX) if radius is None else radius,
        candidates=np.arange(0, count, 4),
        first=0,
        stop=count,
    )
    assert maps is not None
    return maps


def off_px(maps: FaceMaps, path: np.ndarray) -> np.ndarray:
    """Distance of each centre from the path, the reference's own error of place taken out."""
    start = maps.centre_px[maps.reference] - path[maps.reference]
    there = maps.centre_px - np.einsum("nij,j->ni", maps.turn, start)
    return np.hypot(*(there - path).T)


def test_every_frame_is_laid_over_one_without_drift():
    path = course()
    maps = laid_over(moving_plate(path, radius_px=RADIUS_PX, fps=FPS, spin_deg_s=20), path)
    assert maps.known.all()
    # each frame is matched to the template itself: the error of the last is that of the first
    assert off_px(maps, path).max() < 0.1
    spin = np.degrees(np.arctan2(maps.turn[:, 1, 0], maps.turn[:, 0, 0]))
    assert spin - spin[0] == pytest.approx(20 / FPS * np.arange(COUNT), abs=0.2)


def test_a_plate_that_nears_the_camera_grows_in_its_maps():
    path = course()
    radius = 46 + 0.06 * (path[:, 1] - 85)
    pictures = reel(
        (
            as_image(paint_plate(wall(), Ellipse(*place, size)), noise=1, seed=index)
            for index, (place, size) in enumerate(zip(path, radius, strict=True))
        ),
        fps=FPS,
    )
    maps = laid_over(pictures, path, radius=radius)
    assert maps.known.all()
    growth = np.sqrt(np.linalg.det(maps.turn))
    assert growth == pytest.approx(radius / radius[maps.reference], abs=0.004)
    assert off_px(maps, path).max() < 0.15


def caption(canvas: np.ndarray) -> np.ndarray:
    """Burnt-in text: light bars with dark gaps, as wide as the plate, lying still."""
    marked = canvas.copy()
    for left in range(100, 200, 8):
        marked[118:132, left : left + 4] = 250
        marked[122:126, left : left + 8] = 20
    return marked


def test_a_caption_that_lies_still_does_not_capture_the_face():
    path = course()
    pictures = moving_plate(
        path, radius_px=RADIUS_PX, fps=FPS, over=lambda _, canvas: caption(canvas)
    )
    maps = laid_over(pictures, path)
    # where the text hides most of the face there may be no map, but never the text's
    assert maps.known.mean() > 0.7
    assert off_px(maps, path)[maps.known].max() < 0.2


def test_corners_that_stay_while_the_plate_is_elsewhere_are_left_out():
    pictures = [
        as_image(caption(paint_plate(wall(), Ellipse(150.4, y, RADIUS_PX))), noise=1.5, seed=int(y))
        for y in (118.7, 80.2, 160.9)
    ]
    naive = make_template(picture=pictures[0], centre_px=CENTRE, radius_px=RADIUS_PX)
    wary = make_template(
        picture=pictures[0],
        centre_px=CENTRE,
        radius_px=RADIUS_PX,
        elsewhere=tuple(pictures[1:]),
    )

    def on_caption(made: Template) -> np.ndarray:
        there = made.corners_px - made.origin_px + CENTRE
        return (there[:, 1] > 117) & (there[:, 1] < 133)

    # what is left are places where the text's outline meets the face: they changed with it
    assert on_caption(naive).sum() > 20
    assert on_caption(wary).sum() < 0.25 * on_caption(naive).sum()
    assert (~on_caption(wary)).sum() >= 0.8 * (~on_caption(naive)).sum()


def test_frames_in_which_the_face_is_hidden_have_no_map():
    path = course()
    pictures = moving_plate(
        path,
        radius_px=RADIUS_PX,
        fps=FPS,
        over=lambda index, canvas: wall(seed=9) if 12 <= index < 18 else canvas,
    )
    maps = laid_over(pictures, path)
    assert not maps.known[12:18].any()
    assert np.isnan(maps.centre_px[12:18]).all()
    assert maps.known[:12].all()
    assert maps.known[18:].all()


def test_without_corners_there_are_no_maps():
    path = course()
    pictures = moving_plate(path, radius_px=RADIUS_PX, fps=FPS, look=PLAIN, noise=0.0)
    maps = lay_all(
        pictures=pictures,
        path_px=path,
        radius_px=np.full(COUNT, RADIUS_PX),
        candidates=np.arange(0, COUNT, 4),
        first=0,
        stop=COUNT,
    )
    assert maps is None


def test_a_map_that_suddenly_flattens_the_face_is_not_believed(monkeypatch):
    # corners of something in front bend the map of three frames by a tenth
    path = course()
    pictures = moving_plate(path, radius_px=RADIUS_PX, fps=FPS)

    def misled(**given):
        laid = register(**given)
        if laid is None or not any(np.array_equal(given["picture"], one) for one in bent):
            return laid
        return replace(laid, turn=laid.turn @ np.diag([1.0, 0.9]))

    bent = [pictures.luma(index) for index in (10, 11, 12)]
    monkeypatch.setattr("barpath.tracking.keys.register", misled)
    maps = laid_over(pictures, path)
    assert np.flatnonzero(~maps.known).tolist() == [10, 11, 12]


def test_how_far_the_other_way_has_come_makes_no_difference(monkeypatch):
    """Both ways from the reference are walked at once, at a pace that the machine decides."""
    path = course()
    pictures = moving_plate(path, radius_px=RADIUS_PX, fps=FPS, spin_deg_s=20)
    usual = laid_over(pictures, path)
    monkeypatch.setattr(
        "barpath.tracking.register.side_by_side",
        lambda work, ways: [work(way) for way in reversed(list(ways))],
    )
    # every face is told apart from where it was laid near by
    monkeypatch.setattr("barpath.tracking.register.MAX_WARP", 0.0005)
    monkeypatch.setattr("barpath.tracking.register.MAX_WARP_PER_RADIUS", 0.0)
    monkeypatch.setattr("barpath.tracking.register.HOPELESS_SHARE", 0.0)
    one = laid_over(pictures, path)
    monkeypatch.setattr(
        "barpath.tracking.register.side_by_side",
        lambda work, ways: [work(way) for way in ways],
    )
    other = laid_over(pictures, path)
    assert 1 < one.known.sum() < usual.known.sum()
    assert np.array_equal(one.matched, other.matched)
    assert np.array_equal(one.turn, other.turn, equal_nan=True)


def fading(path: np.ndarray) -> Reel:
    """A plate whose face turns into another by the way up, as in light that falls from one side."""
    low, high = path[:, 1].max(), path[:, 1].min()
    frames = []
    for index, (x, y) in enumerate(path):
        one, other = (
            paint_plate(wall(), Ellipse(x, y, RADIUS_PX), spin_deg=spin) for spin in (0, 77)
        )
        share = (low - y) / (low - high)
        frames.append(as_image((1 - share) * one + share * other, noise=1, seed=index))
    return reel(frames, fps=FPS)


def test_templates_are_tied_by_several_frames(monkeypatch):
    """The frame in which a template gets too poor, and is renewed, is laid badly by it."""
    path = course()
    off, weak = np.array([1.2, -1.6]), []

    def misled(**given):
        laid = register(**given)
        if laid is None or laid.matched >= RENEW_SHARE * len(given["template"].corners_px):
            return laid
        weak.append(laid)
        return replace(laid, centre_px=laid.centre_px + off)

    monkeypatch.setattr("barpath.tracking.keys.register", misled)
    maps = laid_over(fading(path), path)
    wrong = off_px(maps, path)
    assert weak
    assert maps.known.mean() > 0.9
    # those frames themselves are wrong by all of it, and none that was laid over what they renewed
    assert np.nanmedian(wrong) < 0.2
    assert np.mean(wrong[maps.known] > 0.5) < 0.35


def test_a_second_repetition_is_laid_over_the_templates_of_the_first(monkeypatch):
    made = []

    def counted(**asked):
        made.append(1)
        return make_template(**asked)

    monkeypatch.setattr("barpath.tracking.register.make_template", counted)
    once = course()
    off, templates = [], []
    for path in (once, np.vstack([once, once])):
        made.clear()
        maps = laid_over(fading(path), path)
        off.append(off_px(maps, path)[maps.known])
        templates.append(len(made))
    assert templates[0] > 8  # more than the references that were tried
    assert templates[1] < 1.3 * templates[0]  # twice as many frames
    assert off[1].max() < 1.5 * off[0].max()


def test_a_reference_that_nothing_is_laid_over_is_tried_on_few_frames_only(monkeypatch):
    """Somebody else's back in every frame: corners galore, none of them twice."""
    rng = np.random.default_rng(5)
    pictures = reel([rng.integers(0, 255, SHAPE, dtype=np.uint8) for _ in range(COUNT)], fps=FPS)
    tried = []

    def counted(**asked):
        tried.append(1)
        return register(**asked)

    monkeypatch.setattr("barpath.tracking.keys.register", counted)
    maps = lay_all(
        pictures=pictures,
        path_px=course(),
        radius_px=np.full(COUNT, RADIUS_PX),
        candidates=np.arange(0, COUNT, 4),
        first=0,
        stop=COUNT,
    )
    assert maps is None
    # three references, on each of the other nine candidates from two starts at most
    assert 0 < len(tried) <= 3 * 9 * 2
