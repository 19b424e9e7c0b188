"""How far beside its place the shoe is drawn, against a pinhole's own projection."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from barpath.camera.field import USUAL_FOCAL
from barpath.camera.viewpoint import Viewpoint
from barpath.lifter.askance import (
    FOCAL_SD,
    SHOE_BEHIND_CM,
    SQUEEZE_SD,
    START_SD_CM,
    Sight,
    shoe_shift,
    sight_of,
)
from tests.camera.scenes import COUNT, RADIUS, track_at, unmoved

RADIUS_CM = 22.5
FAR = 1e6  # plate radii: without perspective
STRAIGHT = Sight(squeeze=0j, aside=0.0, distance_radii=FAR)


def squeeze(*, yaw_deg, pitch_deg=0.0):
    return complex(math.radians(yaw_deg), math.radians(pitch_deg)) ** 2 / 4


def shift(sight, *, apart_cm, viewpoint=None):
    return shoe_shift(sight=sight, apart_cm=apart_cm, radius_cm=RADIUS_CM, viewpoint=viewpoint)


def turned_circle(*, yaw_deg, pitch_deg):
    """Axis ratio and direction of a circle's outline, turned and drawn in parallel."""
    yaw, pitch = np.radians([yaw_deg, pitch_deg])
    about_upright = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_level = [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    drawn = (np.array(about_level) @ about_upright)[:2, :2]
    axes, lengths, _ = np.linalg.svd(drawn)
    return lengths[1] / lengths[0], math.degrees(math.atan2(axes[1, 0], axes[0, 0])) % 180


@pytest.mark.parametrize(("yaw_deg", "pitch_deg"), [(10, 0), (0, 8), (9, 7), (-12, 5)])
def test_the_squeeze_is_that_of_a_turned_circle(yaw_deg, pitch_deg):
    ratio, angle_deg = turned_circle(yaw_deg=yaw_deg, pitch_deg=pitch_deg)
    track = dataclasses.replace(
        track_at(np.full(COUNT, 300.0), np.full(COUNT, 200.0)),
        axis_ratio=np.full(COUNT, ratio),
        angle_deg=np.full(COUNT, angle_deg),
    )
    sight = sight_of(track=track, motion=unmoved(COUNT), width_px=640, height_px=360)
    expected = squeeze(yaw_deg=yaw_deg, pitch_deg=pitch_deg)
    # the small-angle formula leaves the fourth power of 12 degrees: 0.002 of 0.011
    assert sight.squeeze.real == pytest.approx(expected.real, abs=6e-4)
    assert abs(sight.squeeze.imag) == pytest.approx(abs(expected.imag), abs=6e-4)
    focal_px = USUAL_FOCAL * 640
    assert sight.aside == pytest.approx((300 - 319.5) / focal_px)
    assert sight.distance_radii == pytest.approx(focal_px / RADIUS)


def test_seen_straight_nothing_is_shifted():
    found = shift(STRAIGHT, apart_cm=0.0)
    assert found.x_cm == pytest.approx(0.0, abs=1e-9)
    # less than a start's own spread, or the shoe would tell nothing
    assert 1.0 < found.sd_cm < START_SD_CM


@pytest.mark.parametrize("side", [-1, 1])
def test_a_squeezed_rim_moves_the_shoe_to_the_side_of_the_bar(side):
    drawn_cm = SHOE_BEHIND_CM * math.sin(math.radians(12.0))
    sight = dataclasses.replace(STRAIGHT, squeeze=squeeze(yaw_deg=12.0))
    # the bar over midfoot, the shoe drawn 12.5 cm to that side of it
    found = shift(sight, apart_cm=-side * drawn_cm)
    assert side * found.x_cm == pytest.approx(drawn_cm, abs=2 * found.sd_cm)
    assert side * found.x_cm > 0.8 * drawn_cm


def test_looking_down_is_no_looking_askance():
    askance = shift(dataclasses.replace(STRAIGHT, squeeze=squeeze(yaw_deg=12.0)), apart_cm=6.0)
    down = dataclasses.replace(STRAIGHT, squeeze=squeeze(yaw_deg=0.0, pitch_deg=14.0))
    found = shift(down, apart_cm=6.0)
    # the bar starts in front of the shoe, and is left there by more than half
    assert abs(found.x_cm) < 0.6 * abs(askance.x_cm)
    assert found.sd_cm < askance.sd_cm


@pytest.mark.parametrize("aside", [-0.15, 0.2])
def test_a_plate_beside_the_middle_hides_its_shoe_towards_it(aside):
    sight = dataclasses.replace(STRAIGHT, aside=aside, distance_radii=15.0)
    distance_cm = 15.0 * RADIUS_CM
    # similar triangles: a point straight behind the plate, moved into the plate's plane
    expected = aside * distance_cm * (distance_cm / (distance_cm + SHOE_BEHIND_CM) - 1)
    found = shift(sight, apart_cm=-expected)
    assert found.x_cm == pytest.approx(expected, abs=0.1)
    assert found.sd_cm > SHOE_BEHIND_CM * abs(aside) * FOCAL_SD


def test_a_mirrored_view_is_shifted_the_other_way():
    sight = Sight(squeeze=squeeze(yaw_deg=7.0, pitch_deg=4.0), aside=0.1, distance_radii=15.0)
    mirrored = dataclasses.replace(sight, squeeze=sight.squeeze.conjugate(), aside=-0.1)
    there, back = shift(sight, apart_cm=4.0), shift(mirrored, apart_cm=-4.0)
    assert back.x_cm == pytest.approx(-there.x_cm)
    assert back.sd_cm == pytest.approx(there.sd_cm)


def test_a_known_yaw_needs_no_start():
    drawn_cm = SHOE_BEHIND_CM * math.sin(math.radians(8.0))
    known = Viewpoint(yaw_deg=8.0, yaw_sd_deg=1.5, pitch_deg=0, pitch_sd_deg=1, slant_deg=8)
    # a bar that starts 5 cm from midfoot is left there, but for the yaw's share of the doubt:
    # 1.6 cm of shift for 1.5 degrees, against a start's 3
    found = shift(STRAIGHT, apart_cm=5.0 - drawn_cm, viewpoint=known)
    assert found.x_cm == pytest.approx(drawn_cm - 5.0 * 1.6**2 / (1.6**2 + 3.0**2), abs=0.1)
    guess = shift(STRAIGHT, apart_cm=5.0 - drawn_cm)
    assert found.sd_cm < guess.sd_cm
    vague = dataclasses.replace(known, yaw_sd_deg=8.0)
    assert shift(STRAIGHT, apart_cm=5.0 - drawn_cm, viewpoint=vague) == guess


def test_a_rim_beyond_belief_is_not_believed():
    mad = dataclasses.replace(STRAIGHT, squeeze=complex(20 * SQUEEZE_SD, 0.0))
    assert abs(shift(mad, apart_cm=0.0).x_cm) < START_SD_CM


def test_drawn_lifters_are_where_the_deviation_says():
    """Cameras, rims and starts drawn from what is assumed of them."""
    rng = np.random.default_rng(8)
    missed = []
    for _ in range(300):
        yaw, pitch = np.radians(rng.normal(0, 6, 2))
        seen = complex(yaw, pitch) ** 2 / 4 + complex(*rng.normal(0, SQUEEZE_SD, 2))
        drawn_cm = SHOE_BEHIND_CM * math.sin(yaw)
        sight = dataclasses.replace(STRAIGHT, squeeze=seen)
        found = shift(sight, apart_cm=rng.normal(0, START_SD_CM) - drawn_cm)
        missed.append((found.x_cm - drawn_cm) / found.sd_cm)
    # 300 draws: 95.4 % within two deviations, give or take 1.2 %; the sides' ambiguity adds some
    assert 0.92 < np.mean(np.abs(missed) < 2) <= 1.0
