"""Places, rims, pictures and motion through a lens, against a pinhole's own projection."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barpath.camera.lens import drawn_px, straightened, straightened_px
from barpath.simulate.optics import Pinhole
from barpath.tracking import State
from tests.camera.profiles import profile_of, seen_through
from tests.camera.scenes import Drawn, track_at

K1S = (-0.15, -0.05, 0.08, 0.15)
#: A direction's place through cv2 and through ours agrees to rounding.
ROUNDING_PX = 1e-6


def pinhole(profile, *, k1):
    """Look straight ahead along z with the profile's focal length and principal point."""
    return Pinhole(
        focal_px=profile.fx_px,
        centre_px=(profile.cx_px, profile.cy_px),
        position_cm=np.zeros(3),
        rotation=np.eye(3),
        k1=k1,
    )


def places():
    column, row = np.meshgrid(np.linspace(0, 1279, 13), np.linspace(0, 719, 9))
    return np.stack([column, row], axis=-1)


@pytest.mark.parametrize("k1", K1S)
@pytest.mark.parametrize("k2", [0.0, 0.03])
def test_places_agree_with_opencv(k1, k2):
    profile = profile_of(k1=k1, k2=k2)
    matrix = np.array([[profile.fx_px, 0, profile.cx_px], [0, profile.fy_px, profile.cy_px]])
    matrix = np.vstack([matrix, [0, 0, 1]])
    flat = (places().reshape(-1, 2) - matrix[:2, 2]) / profile.fx_px
    drawn, _ = cv2.projectPoints(
        np.column_stack([flat, np.ones(len(flat))]),
        np.zeros(3),
        np.zeros(3),
        matrix,
        np.array([k1, k2, 0, 0]),
    )
    ours = drawn_px(places(), lens=profile).reshape(-1, 2)
    np.testing.assert_allclose(ours, drawn[:, 0], atol=ROUNDING_PX)


@given(
    k1=st.floats(-0.2, 0.2),
    k2=st.floats(-0.02, 0.05),
    x=st.floats(0, 1279),
    y=st.floats(0, 719),
)
def test_there_and_back(k1, k2, x, y):
    profile = profile_of(k1=k1, k2=k2)
    straight = straightened_px(np.array([x, y]), lens=profile)
    np.testing.assert_allclose(drawn_px(straight, lens=profile), (x, y), atol=ROUNDING_PX)


def test_places_beyond_what_the_lens_draws_stay_finite():
    far = straightened_px(np.array([[1e5, 1e5], [-1e6, 300.0]]), lens=profile_of(k1=-0.2, k2=0))
    assert np.isfinite(far).all()


def test_the_principal_point_stays():
    profile = profile_of()
    middle = np.array([profile.cx_px, profile.cy_px])
    np.testing.assert_array_equal(straightened_px(middle, lens=profile), middle)


def fitted(outline):
    """Fit as the tracker does: OpenCV's ellipse through the outline's points."""
    (x, y), axes, angle = cv2.fitEllipse(outline.astype(np.float32))
    wide = axes[0] >= axes[1]
    return x, y, max(axes) / 2, min(axes) / max(axes), (angle if wide else angle + 90) % 180


def track_of(rims):
    """Make a track of ellipses, rows of centre, semi-major axis, axis ratio and angle."""
    x, y, radius, ratio, angle = np.array(rims).T
    track = track_at(x, y)
    rim = dataclasses.replace(
        track.plate.rim, radius_px=radius[0], axis_ratio=ratio[0], angle_deg=angle[0]
    )
    return dataclasses.replace(
        track,
        radius_px=radius,
        axis_ratio=ratio,
        angle_deg=angle,
        plate=dataclasses.replace(track.plate, rim=rim),
    )


def plates(*, yaw_deg=0.0):
    """Rims of a 45 cm plate 4 m away on its way up at the picture's right, shape (7, 60, 3)."""
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    yaw = np.radians(yaw_deg)
    round_ = np.stack(
        [np.cos(turn) * np.cos(yaw), np.sin(turn), np.cos(turn) * np.sin(yaw)], axis=1
    )
    centres = np.stack([np.full(7, 130.0), np.linspace(85, -40, 7), np.full(7, 400.0)], axis=1)
    return centres[:, None] + 22.5 * round_


@pytest.mark.parametrize("k1", K1S)
@pytest.mark.parametrize("yaw_deg", [0.0, 25.0])
def test_rims_are_straightened_as_a_whole(k1, yaw_deg):
    profile = profile_of(k1=k1, k2=0.0)
    rims = plates(yaw_deg=yaw_deg)
    seen = straightened(
        track_of([fitted(rim) for rim in pinhole(profile, k1=k1).project(rims)]), profile=profile
    )
    true = np.array([fitted(rim) for rim in pinhole(profile, k1=0.0).project(rims)])
    # The drawn outline is no ellipse: what is left of it after the fit is of the third order in
    # the radius, k1 (R/f)^3 f < 0.05 px, and cv2.fitEllipse in single precision gives 0.02 px.
    np.testing.assert_allclose(seen.x_px, true[:, 0], atol=0.08)
    np.testing.assert_allclose(seen.y_px, true[:, 1], atol=0.08)
    np.testing.assert_allclose(seen.radius_px, true[:, 2], atol=0.08)
    np.testing.assert_allclose(seen.axis_ratio, true[:, 3], atol=0.003)
    if yaw_deg:
        np.testing.assert_allclose(seen.angle_deg, true[:, 4], atol=1.0)
    assert seen.plate.rim.x_px == pytest.approx(seen.x_px[0])
    assert seen.plate.rim.radius_px == pytest.approx(seen.radius_px[0])


def test_uncertainty_grows_with_the_picture():
    profile = profile_of(k1=-0.15, k2=0.0)
    track = track_of([(1200.0, 360.0, 40.0, 1.0, 0.0), (650.0, 350.0, 40.0, 1.0, 0.0)])
    seen = straightened(track, profile=profile)
    # At r a barrel lens shrinks by 1 + k1 r^2 round about and by 1 + 3 k1 r^2 outwards, and the
    # semi-major axis is the outward one.
    r = (straightened_px(np.array([1200.0, 360.0]), lens=profile)[0] - 650) / 1100
    assert seen.sd_px[0] / track.sd_px[0] == pytest.approx(1 / (1 - 0.45 * r**2), rel=0.01)
    assert seen.sd_px[1] / track.sd_px[1] == pytest.approx(1, abs=0.001)


def test_lost_frames_stay_lost():
    track = track_of([(900.0, 360.0, 40.0, 1.0, 0.0)] * 3)
    gone = np.array([1.0, np.nan, 1.0])
    state = np.array([State.TRACKED, State.LOST, State.TRACKED], dtype=np.int8)
    track = dataclasses.replace(
        track,
        state=state,
        **{name: getattr(track, name) * gone for name in ("x_px", "y_px", "radius_px", "sd_px")},
    )
    seen = straightened(track, profile=profile_of())
    np.testing.assert_array_equal(np.isnan(seen.x_px), [False, True, False])
    np.testing.assert_array_equal(np.isnan(seen.radius_px), [False, True, False])
    np.testing.assert_array_equal(seen.state, state)


def test_without_a_profile_nothing_is_touched():
    track = track_of([(900.0, 360.0, 40.0, 1.0, 0.0)] * 3)
    pictures = Drawn([np.zeros((72, 128), dtype=np.uint8)])
    seen = seen_through(pictures=pictures, track=track, profile=None, factor=10.0)
    assert seen.track is track
    assert seen.pictures is pictures
    assert seen.straight_column(300.0) == 300.0
    assert seen.drawn_column(300.0) == 300.0


@pytest.mark.parametrize("k1", K1S)
def test_straight_lines_are_straight_in_the_pictures(k1):
    """A post as the lens bends it stands upright in the straightened picture."""
    profile = profile_of(k1=k1, k2=0.0)
    row, column = np.mgrid[0:360, 0:640]
    shown = np.stack([column, row], axis=-1) * 2 + 0.5  # working pixels are half as large
    straight = straightened_px(shown, lens=profile)
    bent = (120 + 100 / (1 + np.exp(-(straight[..., 0] - 1100) / 3))).astype(np.uint8)
    track = track_of([(900.0, 360.0, 40.0, 1.0, 0.0)] * 3)
    seen = seen_through(pictures=Drawn([bent]), track=track, profile=profile, factor=2.0)
    picture = seen.pictures.luma(0).astype(float)
    # rows whose stretch about the post lies in the clip's picture
    edge = [np.interp(170, line[500:600], np.arange(500, 600)) for line in picture[20:340]]
    # (1100 + 0.5) / 2 - 0.5; eight bits and bilinear sampling of an edge of 3 px leave 0.05
    np.testing.assert_allclose(edge, 549.75, atol=0.1)
    assert seen.pictures.shape == (360, 640)
    assert len(seen.pictures) == 1


def test_columns_go_there_and_back():
    track = track_of([(900.0, 500.0, 80.0, 1.0, 0.0)] * 3)
    profile = profile_of(k1=-0.15, k2=0.0)
    pictures = Drawn([np.zeros((72, 128), dtype=np.uint8)])
    seen = seen_through(pictures=pictures, track=track, profile=profile, factor=10.0)
    straight = seen.straight_column(1000.0)
    floor = straightened_px(np.array([1000.0, 580.0]), lens=profile)
    assert straight == pytest.approx(floor[0])
    # the floor's row is found anew from the straightened rim: a pixel's difference of rows
    assert seen.drawn_column(straight) == pytest.approx(1000.0, abs=0.1)
