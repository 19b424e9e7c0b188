"""The plate's wall taken out of outlines that are drawn by formula."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barpath.camera.viewpoint import FAR_BEHIND_CM, FarPlate, Outline
from barpath.plate import Ellipse, Plate
from barpath.simulate import Scene, View
from barpath.simulate.optics import set_up
from barpath.tracking import LAID_CHANGE_SD, State, Track
from barpath.tracking.track import FITTED_CHANGE_SD
from barpath.wall import LEFT_SHARE, MOST_WALL, face_only, look_at_face
from tests.camera.rims import rim_of, track_of

RADIUS_PX, RADIUS_SD_PX, COUNT = 80.0, 0.2, 12
X_PX, Y_PX = 300.0, np.linspace(260.0, 120.0, COUNT)
FACE = 0.03
"""Second harmonic of the face's own rim, seen from 20 degrees aside: tan(10 degrees) squared."""

SURE = Outline(cosine=-FACE, sine=0.0, sd=0.001, way_deg=0.0)
"""The bar leads away to the right, so the face is drawn narrower than it is high."""


def outlined(
    *, wall: float = 0.0, face: float = FACE, way_deg: float = 0.0, change_sd=FITTED_CHANGE_SD
) -> Track:
    """Draw outlines of a face and a wall that draws it out by so much of a second harmonic."""
    way = np.exp(1j * np.radians(way_deg))
    shape = (wall - face) * way**2
    mean_px = RADIUS_PX * (1 + wall)
    same = np.ones(COUNT)
    flat = abs(shape)
    return Track(
        time_s=np.arange(COUNT) / 30,
        x_px=(X_PX + 2 * wall * RADIUS_PX * way.real) * same,
        y_px=Y_PX + 2 * wall * RADIUS_PX * way.imag,
        radius_px=mean_px * (1 + flat) * same,
        axis_ratio=(1 - flat) / (1 + flat) * same,
        angle_deg=np.degrees(np.angle(shape)) / 2 % 180 * same,
        sd_px=0.1 * same,
        residual_px=0.1 * same,
        state=np.full(COUNT, State.TRACKED, dtype=np.int8),
        radius_sd_px=RADIUS_SD_PX,
        plate=Plate(0, Ellipse(X_PX, 260.0, RADIUS_PX), 0.9),
        change_sd=change_sd,
    )


def stripped(track: Track, outline: Outline | None = SURE, *, roll_deg: float = 0.0) -> Track:
    return face_only(track=track, outline=outline, roll_deg=roll_deg)[0]


def radii(track: Track, *, way_deg: float = 0.0) -> tuple[float, float]:
    """Radii along and across a direction, to first order in the flatness."""
    flat = (1 - track.axis_ratio) / (1 + track.axis_ratio)
    mean_px = track.radius_px / (1 + flat)
    along = flat * np.cos(2 * np.radians(track.angle_deg - way_deg))
    return float((mean_px * (1 + along)).mean()), float((mean_px * (1 - along)).mean())


@pytest.mark.parametrize("wall", [0.01, 0.02, 0.05])
def test_the_face_is_found_under_its_wall(wall):
    face = stripped(outlined(wall=wall))
    along, across = radii(face)
    # what is left: the shrinkage, (sd / wall)^2 of the wall with sd 0.16 %, and the wall's square
    left = wall * (0.0016 / wall) ** 2 + wall**2
    assert along == pytest.approx(RADIUS_PX * (1 - FACE), rel=2 * left)
    assert across == pytest.approx(RADIUS_PX * (1 + FACE), rel=2 * left)
    assert face.x_px == pytest.approx(np.full(COUNT, X_PX), abs=2.5 * left * RADIUS_PX)
    assert face.y_px == pytest.approx(Y_PX)


def test_a_face_without_a_wall_stays_as_it_is():
    track = outlined()
    assert stripped(track) is track


def test_a_face_flatter_than_expected_has_no_wall():
    track = outlined(face=1.5 * FACE)
    assert stripped(track) is track


def test_what_is_no_larger_than_its_error_is_left():
    track = outlined(wall=0.02)
    assert stripped(track, replace(SURE, sd=0.011)) is track


def test_an_outline_that_was_not_estimated_changes_nothing():
    track = outlined(wall=0.02)
    assert stripped(track, None) is track


def test_no_more_than_a_wall_is_taken():
    face = stripped(outlined(wall=0.15, face=0.0))
    before = outlined(wall=0.15, face=0.0)
    assert before.x_px[0] - face.x_px[0] < 2 * MOST_WALL * before.radius_px[0]


def filmed_from(yaw_deg: float) -> tuple[Track, FarPlate]:
    """Draw a plate's rims and its far plate exactly, 3 m away."""
    view = View(640, 360, 60.0, distance_cm=300.0, height_cm=60.0, yaw_deg=yaw_deg)
    camera = set_up(Scene(view=view))
    rims = [rim_of(camera, x_cm=0.0, y_cm=float(y_cm)) for y_cm in np.linspace(25, 75, COUNT)]
    behind = np.array([0.0, 50.0, FAR_BEHIND_CM])
    x_px, y_px = camera.project(behind)
    far = FarPlate(
        frames=np.arange(COUNT),
        x_px=float(x_px),
        y_px=float(y_px),
        place_sd_px=1.0,
        pace=float(camera.scale(behind) / camera.scale(behind * (1, 1, 0))),
        pace_sd=0.02,
        behind_radii=FAR_BEHIND_CM / 22.5,
        support=0.5,
    )
    return track_of(rims, change_sd=FITTED_CHANGE_SD), far


def walled(face: Track, *, wall: float, way: complex) -> Track:
    """Draw a rim out to one side."""
    flat = (1 - face.axis_ratio) / (1 + face.axis_ratio)
    mean_px = face.radius_px / (1 + flat)
    shape = flat * np.exp(2j * np.radians(face.angle_deg)) + wall * way**2
    return replace(
        face,
        x_px=face.x_px + 2 * wall * mean_px * way.real,
        y_px=face.y_px + 2 * wall * mean_px * way.imag,
        radius_px=mean_px * (1 + wall) * (1 + abs(shape)),
        axis_ratio=(1 - abs(shape)) / (1 + abs(shape)),
        angle_deg=np.degrees(np.angle(shape)) / 2 % 180,
    )


@pytest.mark.parametrize("yaw_deg", [-16.0, 12.0])
def test_the_far_plate_tells_the_wall_from_the_face(yaw_deg):
    face, far = filmed_from(yaw_deg)
    away = complex(far.x_px - face.x_px.mean(), far.y_px - face.y_px.mean())
    drawn_out = walled(face, wall=0.03, way=away / abs(away))
    found, view = look_at_face(track=drawn_out, size_px=(640, 360), roll_deg=0.0, far=far)
    # half a degree of yaw is 0.1 % of shape; the squares of 3 % are as much
    assert found.radius_px == pytest.approx(face.radius_px, rel=0.005)
    assert found.x_px == pytest.approx(face.x_px, abs=0.005 * 2 * 60)
    assert view.yaw_deg == pytest.approx(yaw_deg, abs=1.0)
    # what may be left of the wall is priced in
    _, plain = look_at_face(track=face, size_px=(640, 360), roll_deg=0.0, far=far)
    assert view.outline.sd > np.hypot(plain.outline.sd, LEFT_SHARE * 0.025)


def test_a_face_that_was_laid_over_itself_has_no_wall():
    face, far = filmed_from(12.0)
    laid = replace(walled(face, wall=0.03, way=1.0 + 0.0j), change_sd=LAID_CHANGE_SD)
    assert look_at_face(track=laid, size_px=(640, 360), roll_deg=0.0, far=far)[0] is laid


@settings(deadline=None)
@given(st.floats(0.005, 0.05), st.floats(-180, 180), st.floats(-10, 10))
def test_turning_the_camera_turns_the_face(wall, way_deg, roll_deg):
    one = stripped(outlined(wall=wall))
    # a picture that must be turned by the roll shows everything turned the other way
    turned = outlined(wall=wall, way_deg=way_deg - roll_deg)
    twice = -FACE * np.exp(2j * np.radians(way_deg))
    outline = replace(SURE, cosine=twice.real, sine=twice.imag, way_deg=way_deg)
    other = stripped(turned, outline, roll_deg=roll_deg)
    assert radii(other, way_deg=way_deg - roll_deg) == pytest.approx(radii(one), rel=1e-6)
    moved = np.hypot(other.x_px - turned.x_px, other.y_px - turned.y_px)
    assert moved == pytest.approx(np.abs(one.x_px - outlined(wall=wall).x_px), abs=1e-6)


def test_lost_frames_stay_lost():
    track = outlined(wall=0.03)
    for column in (track.x_px, track.y_px, track.radius_px, track.axis_ratio, track.angle_deg):
        column[4] = np.nan
    track.state[4] = State.LOST
    face = stripped(track)
    assert np.isnan(face.radius_px[4])
    assert np.isfinite(np.delete(face.radius_px, 4)).all()
    assert (
        radii(
            replace(
                face,
                radius_px=np.delete(face.radius_px, 4),
                axis_ratio=np.delete(face.axis_ratio, 4),
                angle_deg=np.delete(face.angle_deg, 4),
            )
        )[1]
        > 0
    )


@pytest.mark.parametrize("change_sd", [LAID_CHANGE_SD, FITTED_CHANGE_SD])
def test_without_a_far_plate_the_rim_does_not_correct_itself(change_sd):
    track = outlined(wall=0.03, change_sd=change_sd)
    face, viewpoint = look_at_face(track=track, size_px=(640, 360), roll_deg=0.0)
    assert face is track
    assert viewpoint.outline is not None
