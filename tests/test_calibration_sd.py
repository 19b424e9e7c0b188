"""How sure the scale is, a place in centimetres, and a camera that was taken to stand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

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
from barpath.camera import Roll
from barpath.camera.glance import STILL_PX
from barpath.camera.viewpoint import Outline, Viewpoint
from barpath.errors import ExitCode, UnmeasurableError
from barpath.tracking import State
from tests.camera.scenes import unmoved
from tests.pinhole import (
    DIAMETER_CM,
    DISTANCE_CM,
    FOCAL_PX,
    FPS,
    UPRIGHT,
    course_cm,
    pinhole,
    track_of,
)


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
