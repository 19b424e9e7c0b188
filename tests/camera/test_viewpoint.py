"""Yaw and pitch from the rim, held against circles drawn through a pinhole camera."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from barpath.camera.profile import CameraProfile, ProfileQuality
from barpath.camera.viewpoint import (
    FAR_BEHIND_CM,
    USUAL_PITCH_DEG,
    USUAL_YAW_DEG,
    FarPlate,
    Viewpoint,
    estimate_viewpoint,
)
from barpath.simulate import Scene, View
from barpath.simulate.optics import set_up
from barpath.tracking.track import FITTED_CHANGE_SD, LAID_CHANGE_SD, State, Track
from tests.camera.rims import RADIUS_CM, rim_of, track_of

SIZE_PX = (1280, 720)
HEIGHTS_CM = np.linspace(22.5, 77.5, 30)
LEVEL = View(width=SIZE_PX[0], height=SIZE_PX[1], plate_radius_px=61.2, distance_cm=400.0)
"""Its focal length is 61.2 / 22.5 * 400 = 1088 px, 0.85 of the picture's width: the usual one."""


def filmed(view: View, *, x_cm: float = 0.0, change_sd: float = LAID_CHANGE_SD) -> Track:
    """Lift a plate straight up before a camera."""
    camera = set_up(Scene(view=view))
    rims = [rim_of(camera, x_cm=x_cm, y_cm=float(y_cm)) for y_cm in HEIGHTS_CM]
    return track_of(rims, change_sd=change_sd)


def seen(
    track: Track,
    *,
    roll_deg: float = 0.0,
    profile: CameraProfile | None = None,
    far: FarPlate | None = None,
) -> Viewpoint:
    return estimate_viewpoint(
        track=track, size_px=SIZE_PX, roll_deg=roll_deg, profile=profile, far=far
    )


def far_plate(view: View, *, track: Track, behind_cm: float = FAR_BEHIND_CM) -> FarPlate:
    """Project the far plate's centre, where the bar is halfway up."""
    camera = set_up(Scene(view=view))
    place_cm = np.array([0.0, HEIGHTS_CM.mean(), behind_cm])
    x_px, y_px = camera.project(place_cm)
    pace = camera.scale(place_cm) / camera.scale(place_cm * (1, 1, 0))
    return FarPlate(
        frames=np.arange(len(track.x_px)),
        x_px=float(x_px),
        y_px=float(y_px),
        place_sd_px=3.0,
        pace=float(pace),
        pace_sd=0.02,
        behind_radii=FAR_BEHIND_CM / RADIUS_CM,
        support=0.5,
    )


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
    assert known.yaw_sd_deg / known.yaw_deg < usual.yaw_sd_deg / usual.yaw_deg
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


@pytest.mark.parametrize("yaw_deg", [-20.0, -12.0, -4.0, 0.0, 8.0, 20.0])
@pytest.mark.parametrize("pitch_deg", [-6.0, 0.0])
def test_the_far_plate_tells_the_yaw_where_the_rim_does_not(yaw_deg, pitch_deg):
    view = replace(LEVEL, yaw_deg=yaw_deg, pitch_deg=pitch_deg)
    track = filmed(view, change_sd=FITTED_CHANGE_SD)
    found = seen(track, far=far_plate(view, track=track))
    # three pixels of place are 3 / 61 of a radius, 0.155 / 0.73 of which is the yaw's tangent: 0.6
    # degrees; 5.5 % of bar are 1.1 degrees at 20, and half of one prior spread pulls by less
    assert found.yaw_deg == pytest.approx(yaw_deg, abs=1.0)
    assert found.pitch_deg == pytest.approx(pitch_deg, abs=1.0)
    assert found.yaw_sd_deg < (3.0 if abs(yaw_deg) > 10 else 1.5)
    assert found.yaw_sd_deg < 0.5 * seen(track).yaw_sd_deg


def test_a_long_stack_is_within_what_is_said():
    # 20 cm of plates on either side, instead of 14: the bar seems longer by 4 %
    view = replace(LEVEL, yaw_deg=16.0)
    track = filmed(view, change_sd=FITTED_CHANGE_SD)
    found = seen(track, far=far_plate(view, track=track, behind_cm=FAR_BEHIND_CM + 6))
    assert within_sds(found, yaw_deg=16.0, pitch_deg=0.0)[0] < 1.0


def test_the_far_plate_tells_the_distance_where_the_lens_is_unusual():
    # twice the usual focal length, from twice as far: with a usual one the yaw would read half
    view = replace(LEVEL, yaw_deg=12.0, distance_cm=800.0)
    track = filmed(view)
    assert seen(track).yaw_deg < 9.0
    assert seen(track, far=far_plate(view, track=track)).yaw_deg == pytest.approx(12.0, abs=1.0)


def test_a_far_plate_that_contradicts_the_rim_makes_the_yaw_less_certain():
    view = replace(LEVEL, yaw_deg=-8.0)
    track = filmed(view)
    agreeing = seen(track, far=far_plate(view, track=track))
    other = far_plate(replace(LEVEL, yaw_deg=12.0), track=track)
    # where they agree nothing is widened: both together tell more than the far plate alone
    alone = seen(replace(track, change_sd=FITTED_CHANGE_SD), far=far_plate(view, track=track))
    assert 0.5 * alone.yaw_sd_deg < agreeing.yaw_sd_deg < alone.yaw_sd_deg
    assert seen(track, far=other).yaw_sd_deg > 2 * agreeing.yaw_sd_deg


def test_the_outline_is_the_rim_as_the_camera_draws_it():
    view = replace(LEVEL, yaw_deg=15.0)
    track = filmed(view)
    outline = seen(track, far=far_plate(view, track=track)).outline
    middle = rim_of(set_up(Scene(view=view)), x_cm=0.0, y_cm=float(HEIGHTS_CM.mean()))
    flat = (1 - middle.axis_ratio) / (1 + middle.axis_ratio)
    # 1 degree of yaw changes the harmonic at 15 by sin(15) / 2 of it: 0.23 %
    assert outline.cosine == pytest.approx(
        flat * np.cos(2 * np.radians(middle.angle_deg)), abs=0.003
    )
    assert outline.sine == pytest.approx(flat * np.sin(2 * np.radians(middle.angle_deg)), abs=0.003)
    # the bar leads to the right, and a little up: the camera looks down on it
    assert -35 < outline.way_deg < -10
