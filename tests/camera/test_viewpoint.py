"""Yaw and pitch from the rim, held against circles drawn through a pinhole camera."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from barpath.camera.profile import CameraProfile, ProfileQuality
from barpath.camera.viewpoint import (
    USUAL_PITCH_DEG,
    USUAL_YAW_DEG,
    Viewpoint,
    estimate_viewpoint,
)
from barpath.plate import Ellipse, Plate
from barpath.simulate import Scene, View
from barpath.simulate.optics import Pinhole, set_up
from barpath.tracking.track import FITTED_CHANGE_SD, LAID_CHANGE_SD, State, Track

SIZE_PX = (1280, 720)
RADIUS_CM = 22.5
HEIGHTS_CM = np.linspace(22.5, 77.5, 30)
LEVEL = View(width=SIZE_PX[0], height=SIZE_PX[1], plate_radius_px=61.2, distance_cm=400.0)
"""Its focal length is 61.2 / 22.5 * 400 = 1088 px, 0.85 of the picture's width: the usual one."""


def rim_of(camera: Pinhole, *, x_cm: float, y_cm: float) -> Ellipse:
    """Draw a plate's rim exactly: the conic of a circle under the plane's homography."""
    plane = np.column_stack(
        [camera.rotation[:, 0], camera.rotation[:, 1], -camera.rotation @ camera.position_cm]
    )
    lens = np.array(
        [
            [camera.focal_px, 0, camera.centre_px[0]],
            [0, camera.focal_px, camera.centre_px[1]],
            [0, 0, 1],
        ]
    )
    to_circle = np.linalg.inv(lens @ plane)
    circle = np.array(
        [[1, 0, -x_cm], [0, 1, -y_cm], [-x_cm, -y_cm, x_cm**2 + y_cm**2 - RADIUS_CM**2]]
    )
    conic = to_circle.T @ circle @ to_circle
    centre = -np.linalg.solve(conic[:2, :2], conic[:2, 2])
    level = -(conic[2, 2] + conic[:2, 2] @ centre)
    values, vectors = np.linalg.eigh(conic[:2, :2] / level)
    long, short = 1 / np.sqrt(values)
    angle = math.degrees(math.atan2(vectors[1, 0], vectors[0, 0])) % 180
    return Ellipse(float(centre[0]), float(centre[1]), float(long), float(short / long), angle)


def filmed(view: View, *, x_cm: float = 0.0, change_sd: float = LAID_CHANGE_SD) -> Track:
    """Lift a plate straight up before a camera."""
    camera = set_up(Scene(view=view))
    rims = [rim_of(camera, x_cm=x_cm, y_cm=float(y_cm)) for y_cm in HEIGHTS_CM]
    count = len(rims)
    return Track(
        time_s=np.arange(count) / 30,
        x_px=np.array([rim.x_px for rim in rims]),
        y_px=np.array([rim.y_px for rim in rims]),
        radius_px=np.array([rim.radius_px for rim in rims]),
        axis_ratio=np.array([rim.axis_ratio for rim in rims]),
        angle_deg=np.array([rim.angle_deg for rim in rims]),
        sd_px=np.full(count, 0.1),
        residual_px=np.full(count, 0.1),
        state=np.full(count, State.TRACKED, dtype=np.int8),
        radius_sd_px=0.2,
        plate=Plate(0, rims[0], 0.9),
        change_sd=change_sd,
    )


def seen(track: Track, *, roll_deg: float = 0.0, profile: CameraProfile | None = None) -> Viewpoint:
    return estimate_viewpoint(track=track, size_px=SIZE_PX, roll_deg=roll_deg, profile=profile)


def within_sds(found: Viewpoint, *, yaw_deg: float, pitch_deg: float) -> tuple[float, float]:
    return (
        abs(found.yaw_deg - yaw_deg) / found.yaw_sd_deg,
        abs(found.pitch_deg - pitch_deg) / found.pitch_sd_deg,
    )


@pytest.mark.parametrize("yaw_deg", [-18.0, -6.0, 0.0, 6.0, 12.0, 18.0])
@pytest.mark.parametrize("pitch_deg", [-8.0, 0.0, 8.0])
def test_yaw_and_pitch_are_found_within_what_is_said(yaw_deg, pitch_deg):
    found = seen(filmed(replace(LEVEL, yaw_deg=yaw_deg, pitch_deg=pitch_deg)))
    # without noise what is off is the pull of the prior, less than one standard deviation
    assert max(within_sds(found, yaw_deg=yaw_deg, pitch_deg=pitch_deg)) < 1.5
    assert found.yaw_sd_deg < 0.5 * USUAL_YAW_DEG
    assert found.pitch_sd_deg < 0.5 * USUAL_PITCH_DEG


def test_from_the_side_yaw_is_known_to_a_degree_or_two():
    # the rim's lean changes by half the yaw times 55 cm / 400 cm: 0.12 % of it is 1 degree
    found = seen(filmed(LEVEL))
    assert abs(found.yaw_deg) < 0.1
    assert 0.8 < found.yaw_sd_deg < 2.0


def test_the_slant_is_the_angle_to_the_line_of_sight():
    # looked down on from 88 cm at plates between 22.5 and 77.5: 9.3 degrees to 1.5
    found = seen(filmed(LEVEL))
    truth_deg = np.degrees(np.arctan((88 - HEIGHTS_CM) / 400)).mean()
    assert found.slant_deg == pytest.approx(truth_deg, abs=1.0)


def test_a_mirrored_clip_has_the_opposite_yaw():
    track = filmed(replace(LEVEL, yaw_deg=9.0))
    mirrored = replace(
        track, x_px=SIZE_PX[0] - 1 - track.x_px, angle_deg=(180 - track.angle_deg) % 180
    )
    one, other = seen(track), seen(mirrored)
    assert other.yaw_deg == pytest.approx(-one.yaw_deg, abs=1e-6)
    assert other.pitch_deg == pytest.approx(one.pitch_deg, abs=1e-6)
    assert other.slant_deg == pytest.approx(one.slant_deg, abs=1e-6)


def test_a_rolled_camera_sees_the_same():
    view = replace(LEVEL, yaw_deg=9.0, pitch_deg=4.0)
    one = seen(filmed(view))
    other = seen(filmed(replace(view, roll_deg=4.0)), roll_deg=4.0)
    assert other.yaw_deg == pytest.approx(one.yaw_deg, abs=0.05)
    assert other.pitch_deg == pytest.approx(one.pitch_deg, abs=0.05)


def test_pixels_are_no_angle():
    # the same camera with half as many pixels: only the rim's error, said in pixels, must follow
    track = filmed(replace(LEVEL, yaw_deg=9.0))
    half = replace(
        track,
        x_px=(track.x_px + 0.5) / 2 - 0.5,
        y_px=(track.y_px + 0.5) / 2 - 0.5,
        radius_px=track.radius_px / 2,
        radius_sd_px=track.radius_sd_px / 2,
    )
    found = estimate_viewpoint(track=half, size_px=(SIZE_PX[0] // 2, SIZE_PX[1] // 2), roll_deg=0.0)
    assert found.yaw_deg == pytest.approx(seen(track).yaw_deg, abs=1e-6)


def test_a_known_camera_tells_more():
    view = replace(LEVEL, yaw_deg=15.0, plate_radius_px=90.0)  # 1600 px, far from usual
    quality = ProfileQuality(20, 0.3, 90.0, 0.2, 0.01, 0.2, 50.0, 100.0)
    profile = CameraProfile(
        "zoomed", *SIZE_PX, 0, 1600.0, 1600.0, 639.5, 359.5, k1=0.0, k2=0.0, quality=quality
    )
    known, usual = seen(filmed(view), profile=profile), seen(filmed(view))
    assert known.yaw_deg == pytest.approx(15.0, abs=2.5)
    assert known.yaw_sd_deg < usual.yaw_sd_deg
    assert abs(usual.yaw_deg - 15.0) > abs(known.yaw_deg - 15.0)


def test_without_the_rims_change_the_side_is_not_known():
    # how flat the rim is goes with the square of the angle, and its wall may be drawn into it
    found = seen(filmed(replace(LEVEL, yaw_deg=9.0), change_sd=FITTED_CHANGE_SD))
    assert found.yaw_sd_deg > 0.4 * USUAL_YAW_DEG
    assert within_sds(found, yaw_deg=9.0, pitch_deg=0.0)[0] < 2


def test_lost_frames_take_no_part():
    track = filmed(replace(LEVEL, yaw_deg=9.0))
    state, ratio, x_px = track.state.copy(), track.axis_ratio.copy(), track.x_px.copy()
    state[3:6] = State.LOST
    ratio[3:6] = x_px[3:6] = np.nan
    found = seen(replace(track, state=state, axis_ratio=ratio, x_px=x_px))
    assert found.yaw_deg == pytest.approx(seen(track).yaw_deg, abs=0.1)
