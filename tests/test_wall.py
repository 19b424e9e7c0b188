"""The plate's wall taken out of outlines that are drawn by formula."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barpath.camera.viewpoint import Outline
from barpath.plate import Ellipse, Plate
from barpath.tracking import LAID_CHANGE_SD, State, Track
from barpath.tracking.track import FITTED_CHANGE_SD
from barpath.wall import MOST_WALL, face_only, look_at_face

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


def radii(track: Track, *, way_deg: float = 0.0) -> tuple[float, float]:
    """Radii along and across a direction, to first order in the flatness."""
    flat = (1 - track.axis_ratio) / (1 + track.axis_ratio)
    mean_px = track.radius_px / (1 + flat)
    along = flat * np.cos(2 * np.radians(track.angle_deg - way_deg))
    return float((mean_px * (1 + along)).mean()), float((mean_px * (1 - along)).mean())


@pytest.mark.parametrize("wall", [0.01, 0.02, 0.05])
def test_the_face_is_found_under_its_wall(wall):
    face = face_only(track=outlined(wall=wall), outline=SURE, roll_deg=0.0)
    along, across = radii(face)
    # what is left: the shrinkage, (sd / wall)^2 of the wall with sd 0.16 %, and the wall's square
    left = wall * (0.0016 / wall) ** 2 + wall**2
    assert along == pytest.approx(RADIUS_PX * (1 - FACE), rel=2 * left)
    assert across == pytest.approx(RADIUS_PX * (1 + FACE), rel=2 * left)
    assert face.x_px == pytest.approx(np.full(COUNT, X_PX), abs=2.5 * left * RADIUS_PX)
    assert face.y_px == pytest.approx(Y_PX)


def test_a_face_without_a_wall_stays_as_it_is():
    track = outlined()
    assert face_only(track=track, outline=SURE, roll_deg=0.0) is track


def test_a_face_flatter_than_expected_has_no_wall():
    track = outlined(face=1.5 * FACE)
    assert face_only(track=track, outline=SURE, roll_deg=0.0) is track


def test_what_is_no_larger_than_its_error_is_left():
    track = outlined(wall=0.02)
    assert face_only(track=track, outline=replace(SURE, sd=0.025), roll_deg=0.0) is track


def test_an_outline_that_was_not_estimated_changes_nothing():
    track = outlined(wall=0.02)
    assert face_only(track=track, outline=None, roll_deg=0.0) is track


def test_no_more_than_a_wall_is_taken():
    face = face_only(track=outlined(wall=0.15, face=0.0), outline=SURE, roll_deg=0.0)
    before = outlined(wall=0.15, face=0.0)
    assert before.x_px[0] - face.x_px[0] < 2 * MOST_WALL * before.radius_px[0]


def test_the_errors_of_the_view_are_priced_in():
    sure = face_only(track=outlined(wall=0.03), outline=SURE, roll_deg=0.0)
    unsure = face_only(track=outlined(wall=0.03), outline=replace(SURE, sd=0.01), roll_deg=0.0)
    assert RADIUS_SD_PX < sure.radius_sd_px < unsure.radius_sd_px
    assert unsure.radius_sd_px == pytest.approx(0.01 * RADIUS_PX, rel=0.1)


@settings(deadline=None)
@given(st.floats(0.005, 0.05), st.floats(-180, 180), st.floats(-10, 10))
def test_turning_the_camera_turns_the_face(wall, way_deg, roll_deg):
    one = face_only(track=outlined(wall=wall), outline=SURE, roll_deg=0.0)
    # a picture that must be turned by the roll shows everything turned the other way
    turned = outlined(wall=wall, way_deg=way_deg - roll_deg)
    twice = -FACE * np.exp(2j * np.radians(way_deg))
    outline = replace(SURE, cosine=twice.real, sine=twice.imag, way_deg=way_deg)
    other = face_only(track=turned, outline=outline, roll_deg=roll_deg)
    assert radii(other, way_deg=way_deg - roll_deg) == pytest.approx(radii(one), rel=1e-6)
    moved = np.hypot(other.x_px - turned.x_px, other.y_px - turned.y_px)
    assert moved == pytest.approx(np.abs(one.x_px - outlined(wall=wall).x_px), abs=1e-6)


def test_lost_frames_stay_lost():
    track = outlined(wall=0.03)
    for column in (track.x_px, track.y_px, track.radius_px, track.axis_ratio, track.angle_deg):
        column[4] = np.nan
    track.state[4] = State.LOST
    face = face_only(track=track, outline=SURE, roll_deg=0.0)
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
