"""Pixels into centimetres, held against a pinhole camera worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barpath.calibration import (
    BarPath,
    bar_path,
    calibrate,
)
from barpath.camera import CameraMotion, Roll
from barpath.tracking import State, Track
from tests.camera.scenes import unmoved
from tests.pinhole import (
    CENTRE_PX,
    DIAMETER_CM,
    DISTANCE_CM,
    EYE_CM,
    FOCAL_PX,
    FPS,
    UPRIGHT,
    course_cm,
    pinhole,
    track_of,
)


def askance(
    x_cm: np.ndarray, y_cm: np.ndarray, *, yaw_deg: float, pitch_deg: float
) -> tuple[Track, float]:
    """A camera that looks up and from aside at an upright plane, and the plumb line's lean there.

    The rim is drawn as the plane's own first derivative draws a small circle: plates of real size
    differ from it by the square of radius over distance, here 1 % of how far the ellipse is from
    round.
    """
    yaw, pitch = np.radians([yaw_deg, pitch_deg])
    aside = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    up = np.array(
        [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    )
    turn = np.diag([1.0, -1.0, 1.0]) @ up @ aside

    def drawn(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        seen = np.stack([x, y - EYE_CM, np.zeros_like(x)], axis=-1) @ turn.T + [0, 0, DISTANCE_CM]
        return CENTRE_PX + FOCAL_PX * seen[..., :2] / seen[..., 2:]

    step = 1e-4
    place = drawn(x_cm, y_cm)
    along = (drawn(x_cm + step, y_cm) - place) / step
    plumb = (drawn(x_cm, y_cm + step) - place) / step
    directions, axes, _ = np.linalg.svd(np.stack([along, plumb], axis=-1))
    track = replace(
        track_of(place[:, 0], place[:, 1], axes[:, 0] * DIAMETER_CM / 2),
        axis_ratio=axes[:, 1] / axes[:, 0],
        angle_deg=np.degrees(np.arctan2(directions[:, 1, 0], directions[:, 0, 0])) % 180,
        radius_sd_px=0.01,
    )
    return track, float(np.degrees(np.arctan2(-plumb[0, 0], -plumb[0, 1])))


def path_of(
    track: Track,
    *,
    facing: str = "right",
    midfoot_x_px: float = CENTRE_PX[0],
    midfoot_y_px: float = CENTRE_PX[1],
    diameter_cm: float = DIAMETER_CM,
    motion: CameraMotion | None = None,
    roll: Roll = UPRIGHT,
) -> BarPath:
    motion = motion or unmoved(len(track.x_px))
    calibration = calibrate(track=track, motion=motion, roll=roll, plate_diameter_cm=diameter_cm)
    return bar_path(
        track=track,
        motion=motion,
        calibration=calibration,
        facing=facing,
        midfoot_px=(midfoot_x_px, midfoot_y_px),
    )


def test_a_square_view_is_read_exactly():
    x_cm, y_cm = course_cm()
    path = path_of(pinhole(x_cm, y_cm))
    assert path.x_cm == pytest.approx(x_cm)
    assert path.y_cm == pytest.approx(y_cm - 22.5)
    assert path.sd_cm == pytest.approx(np.full(len(x_cm), 0.2 * DISTANCE_CM / FOCAL_PX))


@pytest.mark.parametrize("lean", [0.1, -0.2])
def test_a_path_that_nears_the_camera_is_scaled_where_it_is(lean):
    # the bar leans towards the camera: its plate looks larger up there, at x = 0 for now
    _, y_cm = course_cm()
    track = pinhole(0 * y_cm, y_cm, lean=lean)
    path = path_of(track)
    # with D the depth and z = y - 22.5 the picture has y_px = c + F (EYE - y) / (D - lean z);
    # scaling each step by the depth there integrates to
    #   z - lean * integral of ((EYE - y) / (D - lean z)) dz, taken along the way
    z = np.linspace(0, 55, 20001)
    bend = (EYE_CM - 22.5 - z) / (DISTANCE_CM - lean * z)
    whole = 55 - lean * np.sum(0.5 * (bend[1:] + bend[:-1]) * np.diff(z))
    assert np.ptp(path.y_cm) == pytest.approx(whole, rel=1e-4)
    # one scale for the whole clip would be much further from it
    single = np.ptp(track.y_px) * DIAMETER_CM / (2 * track.radius_px[0])
    assert abs(single - whole) > 20 * abs(np.ptp(path.y_cm) - whole)


def test_the_integral_closes_when_the_bar_comes_back():
    x_cm, y_cm = course_cm()
    path = path_of(pinhole(x_cm, y_cm, lean=0.15))
    # the trapezoidal rule along the same way up and down: nothing adds up
    assert path.y_cm[-1] == pytest.approx(path.y_cm[0], abs=1e-9)
    assert path.x_cm[-1] == pytest.approx(path.x_cm[0], abs=1e-9)


@pytest.mark.parametrize(
    ("yaw_deg", "pitch_deg"), [(12.0, 0.0), (-12.0, 0.0), (0.0, 8.0), (10.0, -8.0), (20.0, 5.0)]
)
def test_a_plane_seen_askance_is_read_true(yaw_deg, pitch_deg):
    x_cm, y_cm = course_cm()
    track, lean_deg = askance(x_cm, y_cm, yaw_deg=yaw_deg, pitch_deg=pitch_deg)
    path = path_of(track, roll=Roll(roll_deg=lean_deg, sd_deg=0.1))
    # plumb lines 4 cm apart, at 2.4 m, lean by 4 / 240 sin(pitch) more: 0.13 cm over 55 cm at 8
    # degrees; the same parallax of level lines is 4 / 240 sin(yaw) of the height: 0.3 cm at 20
    assert path.y_cm == pytest.approx(y_cm - 22.5, abs=0.3)
    moved = path.x_cm - path.x_cm[0]
    assert moved == pytest.approx(x_cm - x_cm[0], abs=0.15)


def test_read_by_the_long_axis_alone_it_would_be_short():
    x_cm, y_cm = course_cm()
    track, lean_deg = askance(x_cm, y_cm, yaw_deg=0.0, pitch_deg=-12.0)
    roll = Roll(roll_deg=lean_deg, sd_deg=0.1)
    round_ = replace(track, axis_ratio=np.ones(len(x_cm)))
    by_both, by_one = (np.ptp(path_of(one, roll=roll).y_cm) for one in (track, round_))
    assert by_both == pytest.approx(55, abs=0.1)
    assert abs(by_one - 55) > 0.5


def test_facing_the_other_way_flips_forwards():
    track = pinhole(*course_cm())
    right, left = path_of(track), path_of(track, facing="left")
    assert left.x_cm == pytest.approx(-right.x_cm)
    assert left.y_cm == pytest.approx(right.y_cm)


def test_a_mirrored_picture_of_a_mirrored_lifter_reads_the_same():
    track = pinhole(*course_cm())
    mirrored = replace(track, x_px=959 - track.x_px)
    path = path_of(track, midfoot_x_px=470.0)
    other = path_of(mirrored, facing="left", midfoot_x_px=959 - 470.0)
    assert other.x_cm == pytest.approx(path.x_cm)


@settings(deadline=None)
@given(st.floats(20, 60), st.floats(0.5, 3))
def test_lengths_go_with_the_diameter_and_against_the_zoom(diameter_cm, zoom):
    track = pinhole(*course_cm(), lean=0.1)
    zoomed = replace(
        track,
        x_px=zoom * track.x_px,
        y_px=zoom * track.y_px,
        radius_px=zoom * track.radius_px,
        sd_px=zoom * track.sd_px,
    )
    path = path_of(track)
    other = path_of(
        zoomed,
        midfoot_x_px=zoom * CENTRE_PX[0],
        midfoot_y_px=zoom * CENTRE_PX[1],
        diameter_cm=diameter_cm,
    )
    ratio = diameter_cm / DIAMETER_CM
    for name in ("x_cm", "y_cm", "sd_cm"):
        assert getattr(other, name) == pytest.approx(ratio * getattr(path, name), abs=1e-6)


def test_midfoot_is_where_x_begins():
    track = pinhole(*course_cm())
    near, far = path_of(track), path_of(track, midfoot_x_px=CENTRE_PX[0] + 37.5)
    # 37.5 px at 240 / 900 cm a pixel
    assert near.x_cm - far.x_cm == pytest.approx(np.full(len(near.x_cm), 10.0))


def height_of(y_cm: np.ndarray, **more) -> BarPath:
    return path_of(pinhole(0 * y_cm, y_cm), **more)


def test_height_begins_at_the_lowest_rest():
    # on blocks first, then on the floor
    _, high = course_cm()
    y_cm = np.concatenate([high + 12, np.linspace(34.5, 22.5, 20), high])
    path = height_of(y_cm)
    assert path.y_cm[0] == pytest.approx(12, abs=1e-6)
    assert path.y_cm[-1] == pytest.approx(0, abs=1e-6)


def test_a_turnaround_in_the_air_is_no_rest():
    # a squat that turns at once 60 cm below where it rests
    time_s = np.arange(int(4 * FPS)) / FPS
    share = np.clip((time_s - 1) / 1.2, 0, 1)
    y_cm = 140 - 60 * np.sin(np.pi * share)
    # at the turn: 60 (pi / 1.2)² / 2 * 0.075² = 1.2 cm within 0.15 s, against the 0.75 of a rest
    assert height_of(y_cm).y_cm[0] == pytest.approx(0, abs=1e-6)


def test_a_bar_that_never_rests_begins_at_its_lowest():
    time_s = np.arange(int(3 * FPS)) / FPS
    y_cm = 80 + 30 * np.sin(2 * np.pi * time_s / 1.5)
    path = height_of(y_cm)
    assert path.y_cm.min() == pytest.approx(0, abs=1e-6)


def test_a_single_wild_frame_below_the_floor_is_not_the_floor():
    _, y_cm = course_cm()
    y_cm[70] = 10.0
    path = height_of(y_cm)
    assert path.y_cm[0] == pytest.approx(0, abs=1e-6)
    assert path.y_cm[70] == pytest.approx(-12.5, abs=1e-6)


def test_lost_frames_stay_empty_and_don_t_bend_the_rest():
    x_cm, y_cm = course_cm()
    whole = pinhole(x_cm, y_cm)
    state = whole.state.copy()
    state[40:55], state[60:63] = State.LOST, State.BRIDGED
    gappy = track_of(whole.x_px, whole.y_px, whole.radius_px, state=state)
    path = path_of(gappy)
    lost = state == State.LOST
    for name in ("x_cm", "y_cm", "sd_cm"):
        assert np.isnan(getattr(path, name)[lost]).all()
        assert np.isfinite(getattr(path, name)[~lost]).all()
    # the scale is the same on both sides of the gap: the sum across it is exact
    assert path.y_cm[~lost] == pytest.approx((y_cm - 22.5)[~lost])
    assert (path.state == state).all()
    assert (path.time_s == gappy.time_s).all()


def test_a_camera_that_moves_is_taken_out():
    track = pinhole(*course_cm())
    count = len(track.x_px)
    rng = np.random.default_rng(3)
    sway = np.cumsum(rng.normal(0, 0.5, (count, 2)), axis=0)
    sway -= sway[0]
    zoom = 1 + 0.05 * np.linspace(0, 1, count)
    # what the frame shows is zoomed and then shifted: that is undone on the way to the reference
    shown = np.column_stack([track.x_px, track.y_px]) * zoom[:, None] + sway
    moved = replace(track, x_px=shown[:, 0], y_px=shown[:, 1], radius_px=track.radius_px * zoom)
    undo = np.zeros((count, 2, 3))
    undo[:, 0, 0] = undo[:, 1, 1] = 1 / zoom
    undo[:, :, 2] = -sway / zoom[:, None]
    motion = replace(unmoved(count), to_reference=undo, sd_px=np.full(count, 0.3), moving=True)
    path, other = path_of(track), path_of(moved, motion=motion)
    assert other.x_cm == pytest.approx(path.x_cm)
    assert other.y_cm == pytest.approx(path.y_cm)
    # the frame's own 0.2 px, shrunk with its zoom, and the camera's 0.3 px
    px = DISTANCE_CM / FOCAL_PX
    assert other.sd_cm == pytest.approx(px * np.hypot(0.2 / zoom, 0.3))


def test_frames_whose_camera_is_not_known_are_lost():
    track = pinhole(*course_cm())
    to_reference = unmoved(len(track.x_px)).to_reference
    to_reference[20:30] = np.nan
    motion = replace(unmoved(len(track.x_px)), to_reference=to_reference, moving=True)
    path = path_of(track, motion=motion)
    assert (path.state[20:30] == State.LOST).all()
    assert np.isnan(path.x_cm[20:30]).all()
    assert (np.delete(path.state, slice(20, 30)) == State.TRACKED).all()


@pytest.mark.parametrize("roll_deg", [-3.0, 2.0])
def test_the_cameras_roll_is_turned_back(roll_deg):
    track = pinhole(*course_cm())
    turn = np.radians(roll_deg)
    # a camera rolled clockwise shows the world turned anticlockwise about the picture's centre
    x, y = track.x_px - CENTRE_PX[0], track.y_px - CENTRE_PX[1]
    rolled = replace(
        track,
        x_px=CENTRE_PX[0] + np.cos(turn) * x + np.sin(turn) * y,
        y_px=CENTRE_PX[1] - np.sin(turn) * x + np.cos(turn) * y,
    )
    path = path_of(track)
    other = path_of(rolled, roll=Roll(roll_deg=roll_deg, sd_deg=0.1))
    assert other.x_cm == pytest.approx(path.x_cm)
    assert other.y_cm == pytest.approx(path.y_cm)
    # 1 degree over 55 cm fakes 0.96 cm: left alone it would show
    unknown = path_of(rolled, roll=Roll(roll_deg=float("nan"), sd_deg=1.0))
    assert np.abs(unknown.x_cm - path.x_cm).max() > 0.5 * abs(roll_deg)
