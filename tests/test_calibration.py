"""Pixels into centimetres, held against a pinhole camera worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barpath.calibration import (
    ODD_SHARE,
    PLATE_TOLERANCE_PCT,
    BarPath,
    Calibration,
    bar_path,
    calibrate,
    place_sd_cm,
    split_sd_cm,
)
from barpath.camera import CameraMotion, Roll
from barpath.camera.motion import STILL_PX
from barpath.camera.viewpoint import Outline, Viewpoint
from barpath.errors import ExitCode, UnmeasurableError
from barpath.plate import Ellipse, Plate
from barpath.tracking import State, Track
from tests.camera.scenes import unmoved

FPS = 30.0
FOCAL_PX, DISTANCE_CM, EYE_CM = 900.0, 240.0, 100.0
CENTRE_PX = np.array([480.0, 270.0])
DIAMETER_CM = 45.0


def track_of(
    x_px: np.ndarray,
    y_px: np.ndarray,
    radius_px: np.ndarray,
    *,
    state: np.ndarray | None = None,
) -> Track:
    count = len(x_px)
    state = np.full(count, State.TRACKED, dtype=np.int8) if state is None else state
    lost = state == State.LOST
    columns = {
        "x_px": x_px,
        "y_px": y_px,
        "radius_px": radius_px,
        "axis_ratio": np.ones(count),
        "angle_deg": np.zeros(count),
        "sd_px": np.full(count, 0.2),
    }
    return Track(
        time_s=np.arange(count) / FPS,
        residual_px=np.where(state == State.TRACKED, 0.1, np.nan),
        state=state,
        radius_sd_px=0.4,
        plate=Plate(0, Ellipse(x_px[0], y_px[0], radius_px[0]), 0.9),
        change_sd=0.001,
        **{name: np.where(lost, np.nan, column) for name, column in columns.items()},
    )


def course_cm(rom_cm: float = 55.0) -> tuple[np.ndarray, np.ndarray]:
    """Rests for half a second, goes up and forth, rests, comes down, rests: x and y in cm."""
    time_s = np.arange(int(5 * FPS)) / FPS
    up = 0.5 * (1 - np.cos(np.pi * np.clip((time_s - 0.5) / 1.5, 0, 1)))
    down = 0.5 * (1 - np.cos(np.pi * np.clip((time_s - 3.0) / 1.5, 0, 1)))
    share = up - down
    return 3.0 * np.sin(np.pi * share) - 4.0 * share, 22.5 + rom_cm * share


def pinhole(x_cm: np.ndarray, y_cm: np.ndarray, *, lean: float = 0.0) -> Track:
    """A squarely looking camera; with `lean` the plate nears it by that much per cm of height."""
    depth_cm = DISTANCE_CM - lean * (y_cm - 22.5)
    scale = FOCAL_PX / depth_cm
    return track_of(
        CENTRE_PX[0] + scale * x_cm, CENTRE_PX[1] - scale * (y_cm - EYE_CM), scale * DIAMETER_CM / 2
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


UPRIGHT = Roll(roll_deg=0.0, sd_deg=0.1)


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


def test_the_scale_is_the_median_rims_and_carries_its_error():
    radius = np.array([80.0, 90.0, 100.0, 400.0])
    state = np.array([2, 2, 2, 1], dtype=np.int8)  # what was bridged measured nothing
    track = track_of(np.arange(4.0), np.arange(4.0), radius, state=state)
    moving = replace(unmoved(4), moving=True)
    scale = calibrate(
        track=track, motion=moving, roll=Roll(roll_deg=1.5, sd_deg=0.2), plate_diameter_cm=45.0
    )
    assert scale.cm_per_px == pytest.approx(45 / 180)
    # the edge's error, that of the change on the way up, and the plate's own
    assert scale.sd_pct == pytest.approx(np.linalg.norm([100 * 0.4 / 90, 0.1, PLATE_TOLERANCE_PCT]))
    assert math.isnan(scale.yaw_deg)
    assert scale.plate_diameter_cm == 45.0
    assert scale.camera_moving
    assert (scale.roll_deg, scale.roll_sd_deg) == (1.5, 0.2)


def seen_from(*, yaw_sd_deg: float = 1.0, outline: Outline | None = None) -> Viewpoint:
    return Viewpoint(
        yaw_deg=3.0,
        yaw_sd_deg=yaw_sd_deg,
        pitch_deg=0.0,
        pitch_sd_deg=1.0,
        slant_deg=5.0,
        outline=outline,
    )


def scaled(viewpoint: Viewpoint | None, **more) -> Calibration:
    track = replace(pinhole(*course_cm()), **more)
    return calibrate(
        track=track,
        motion=unmoved(len(track.x_px)),
        roll=UPRIGHT,
        viewpoint=viewpoint,
        plate_diameter_cm=45.0,
    )


def test_a_rim_that_no_view_explains_is_a_worse_ruler():
    edge_pct = 100 * 0.4 / float(np.median(pinhole(*course_cm()).radius_px))
    for odd in (0.0, 0.02):
        # the rim is round, and from there it ought to be drawn so flat
        outline = Outline(cosine=0.6 * odd, sine=-0.8 * odd, sd=0.0, way_deg=0.0)
        parts = (edge_pct, 100 * ODD_SHARE * odd, PLATE_TOLERANCE_PCT)
        assert scaled(seen_from(outline=outline)).sd_pct == pytest.approx(np.linalg.norm(parts))


def test_without_a_view_the_rims_own_shape_and_change_count():
    assert scaled(seen_from()).sd_pct == scaled(None).sd_pct


def test_corners_leave_open_which_circle_was_measured():
    apart_pct = 100 * (1 - math.cos(math.pi / 12)) / 2
    expected = math.hypot(scaled(None).sd_pct, apart_pct)
    assert scaled(None, angular=True).sd_pct == pytest.approx(expected, rel=0.01)
    assert scaled(None, angular=True).cm_per_px == scaled(None).cm_per_px


def test_a_yaw_that_is_not_known_is_not_given():
    assert scaled(seen_from()).yaw_deg == 3.0
    assert math.isnan(scaled(seen_from(yaw_sd_deg=6.0)).yaw_deg)


def test_a_face_seen_from_nearly_its_edge_is_refused():
    count = len(course_cm()[0])
    assert scaled(None, axis_ratio=np.full(count, 0.8)).cm_per_px > 0
    with pytest.raises(UnmeasurableError, match="too far from the side") as caught:
        scaled(None, axis_ratio=np.full(count, 0.68))
    assert caught.value.exit_code == ExitCode.UNMEASURABLE
    assert caught.value.hint


def test_how_well_a_place_is_known_grows_with_the_way_to_it():
    calibration = Calibration(
        cm_per_px=0.3, plate_diameter_cm=45.0, sd_pct=1.0, roll_deg=0.0, roll_sd_deg=0.5
    )
    x_cm, y_cm = np.array([0.0, 0.0, 10.0, np.nan]), np.array([0.0, 50.0, 0.0, np.nan])
    own = np.array([0.03, 0.03, 0.03, np.nan])
    found = place_sd_cm(x_cm=x_cm, y_cm=y_cm, own_sd_cm=own, calibration=calibration)
    # 1 % of 50 cm one way and 0.5 degrees of them, 0.44 cm, the other: their root mean square
    both_cm = math.sqrt((0.5**2 + (50 * math.radians(0.5)) ** 2) / 2)
    assert found == pytest.approx(
        [0.03, math.hypot(0.03, both_cm), math.hypot(0.03, both_cm / 5), np.nan], nan_ok=True
    )


def test_each_way_has_the_error_that_moves_places_that_way():
    calibration = Calibration(
        cm_per_px=0.3, plate_diameter_cm=45.0, sd_pct=2.0, roll_deg=0.0, roll_sd_deg=0.25
    )
    x_cm, y_cm = np.array([0.0, -4.0, 10.0, np.nan]), np.array([50.0, 30.0, 0.0, np.nan])
    own = np.array([0.03, 0.0, 0.1, np.nan])
    sd_cm = place_sd_cm(x_cm=x_cm, y_cm=y_cm, own_sd_cm=own, calibration=calibration)
    sideways, upwards = split_sd_cm(x_cm=x_cm, y_cm=y_cm, sd_cm=sd_cm, calibration=calibration)
    lean = math.radians(0.25)
    assert sideways[:3] == pytest.approx(
        [math.hypot(0.03, lean * 50), math.hypot(0.02 * 4, lean * 30), math.hypot(0.1, 0.02 * 10)]
    )
    assert upwards[:3] == pytest.approx(
        [math.hypot(0.03, 0.02 * 50), math.hypot(0.02 * 30, lean * 4), math.hypot(0.1, lean * 10)]
    )
    assert np.isnan([sideways[3], upwards[3]]).all()
    # half a thousandth in a table's digits weighs most where the mean is ten times the way's own
    rounded = split_sd_cm(
        x_cm=x_cm, y_cm=y_cm, sd_cm=np.floor(1000 * sd_cm) / 1000, calibration=calibration
    )
    assert np.array(rounded)[:, :3] == pytest.approx(np.array([sideways, upwards])[:, :3], abs=0.02)


def test_places_that_err_as_said_lie_within_what_is_said_of_each_way():
    calibration = Calibration(
        cm_per_px=0.3, plate_diameter_cm=45.0, sd_pct=2.0, roll_deg=0.0, roll_sd_deg=0.25
    )
    rng = np.random.default_rng(5)
    draws = 4000
    scale, lean = 0.02 * rng.normal(size=draws), math.radians(0.25) * rng.normal(size=draws)
    x_cm, y_cm = np.full(draws, 3.0), np.full(draws, 45.0)
    own = np.full(draws, 0.05)
    off = (
        scale * x_cm + lean * y_cm + own * rng.normal(size=draws),
        scale * y_cm - lean * x_cm + own * rng.normal(size=draws),
    )
    sd_cm = place_sd_cm(x_cm=x_cm, y_cm=y_cm, own_sd_cm=own, calibration=calibration)
    said = split_sd_cm(x_cm=x_cm, y_cm=y_cm, sd_cm=sd_cm, calibration=calibration)
    for error, each_cm in zip(off, said, strict=True):
        # three standard errors of a share over 4000 draws: 3 * sqrt(0.68 * 0.32 / 4000) = 2.2 %
        assert np.mean(np.abs(error) <= each_cm) == pytest.approx(0.683, abs=0.022)
    # against their root mean square both together hold far more often: what this is for
    pooled = np.abs(np.concatenate(off)) <= np.concatenate([sd_cm, sd_cm])
    assert np.mean(pooled) > 0.73


class TestSway:
    """A camera that was taken to stand: what the bar itself shows of its sway."""

    TIME_S = np.arange(int(5 * FPS)) / FPS

    def swaying(
        self, sway_px: float, *, known: bool, moving: bool = False, sd_px: float = 0.0
    ) -> BarPath:
        # a second of rest at either end, so that what shows of 0.6 Hz within half a second does
        sway = sway_px * math.sqrt(2) * np.sin(2 * np.pi * 0.6 * self.TIME_S)
        track = pinhole(*course_cm())
        track = replace(track, x_px=track.x_px + sway, y_px=track.y_px + sway[::-1])
        told_px = np.full(len(sway), sd_px)
        motion = replace(unmoved(len(sway)), known=known, moving=moving, sd_px=told_px)
        scale = calibrate(track=track, motion=motion, roll=UPRIGHT, plate_diameter_cm=DIAMETER_CM)
        return bar_path(
            track=track, motion=motion, calibration=scale, facing="right", midfoot_px=(480, 270)
        )

    def test_it_is_read_off_the_resting_bar(self):
        true_cm = 2.0 * DISTANCE_CM / FOCAL_PX
        found_cm = self.swaying(2.0, known=False).sway_cm
        # half a second about the turn of a slow sine shows a quarter to a half of its deviation
        assert 0.3 * true_cm < found_cm < 1.5 * true_cm
        assert self.swaying(4.0, known=False).sway_cm == pytest.approx(2 * found_cm, rel=0.4)

    @pytest.mark.parametrize("seconds", [6, 40])
    def test_what_is_said_of_it_is_what_two_places_are_wrong_by(self, seconds):
        # slow sines as hands sway, a third of the clip at rest; the ± must not shrink with the clip
        rng = np.random.default_rng(8)
        time_s = np.arange(seconds * FPS) / FPS
        bar_px = 100 * np.clip(np.sin(2 * np.pi * time_s / 3) + 0.5, 0, 1) ** 2
        ratios = []
        for _ in range(60):
            rates_hz, phases = rng.uniform(0.15, 2.5, 6), rng.uniform(0, 2 * np.pi, 6)
            waves = np.sin(2 * np.pi * rates_hz * time_s[:, None] + phases) / np.sqrt(rates_hz)
            sway = 3.0 * waves.sum(axis=1) / np.sqrt(np.sum(1 / rates_hz) / 2)
            track = track_of(400 + sway[::-1], 500 - bar_px + sway, np.full(time_s.size, 90.0))
            motion = replace(unmoved(time_s.size), known=False)
            scale = calibrate(
                track=track, motion=motion, roll=UPRIGHT, plate_diameter_cm=DIAMETER_CM
            )
            path = bar_path(
                track=track, motion=motion, calibration=scale, facing="right", midfoot_px=(400, 500)
            )
            apart_cm = scale.cm_per_px * (sway[int(2.5 * FPS)] - sway[int(1.0 * FPS)])
            ratios.append(apart_cm / (math.sqrt(2) * path.sway_cm))
        # 60 draws know a deviation to 9 %, and how fast the sines are scatters it by a quarter
        assert 0.65 < np.sqrt(np.mean(np.square(ratios))) < 1.5

    def test_a_bar_at_rest_before_a_plain_wall_shows_none(self):
        # but for the rounding of summed squares: 100 px squared in sixteen digits
        assert self.swaying(0.0, known=False).sway_cm == pytest.approx(0.0, abs=1e-5)

    def test_a_camera_known_to_stand_sways_by_less_than_what_is_known(self):
        assert self.swaying(4.0, known=True).sway_cm == pytest.approx(
            STILL_PX * DISTANCE_CM / FOCAL_PX, rel=0.05
        )

    def test_one_that_was_steadied_sways_by_what_shows_beyond_its_own_error(self):
        seen_cm = self.swaying(4.0, known=False).sway_cm
        told_cm = 1.5 * DISTANCE_CM / FOCAL_PX
        left_cm = self.swaying(4.0, known=True, moving=True, sd_px=1.5).sway_cm
        assert math.hypot(left_cm, told_cm) == pytest.approx(seen_cm, rel=0.01)
        assert left_cm > 0
        assert self.swaying(4.0, known=True, moving=True, sd_px=30.0).sway_cm == 0.0


def test_without_a_measured_rim_there_is_no_scale():
    state = np.full(5, State.BRIDGED, dtype=np.int8)
    track = track_of(np.zeros(5), np.zeros(5), np.full(5, 90.0), state=state)
    with pytest.raises(UnmeasurableError, match="rim was measured in no frame") as caught:
        calibrate(track=track, motion=unmoved(5), roll=UPRIGHT, plate_diameter_cm=45.0)
    assert caught.value.exit_code == ExitCode.UNMEASURABLE
    assert caught.value.hint
