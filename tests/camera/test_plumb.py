"""Plumb from the bar's own path, against paths by formula in a picture turned by a known angle."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from barpath.camera.plumb import FALL_SD_DEG, FLOOR_VIEW_SD_DEG, floor_lean, leans
from barpath.camera.roll import UNSEEN_SD_DEG, Lean, _joined
from tests.camera.scenes import track_at, unmoved

CM_PER_PX = 0.25
RADIUS_PX = 22.5 / CM_PER_PX
GRAVITY_CM_S2 = 980.665
RATE_HZ = 30.0
NOISE_CM = 0.03


def seen(x_cm, up_cm, *, lean_deg=0.0, rate_hz=RATE_HZ, noise_cm=NOISE_CM, seed=4):
    """Turn a path clockwise in the picture and see it through a little noise."""
    rng = np.random.default_rng(seed)
    lean = math.radians(lean_deg)
    x = math.cos(lean) * x_cm + math.sin(lean) * up_cm
    y = math.sin(lean) * x_cm - math.cos(lean) * up_cm
    x, y = (at / CM_PER_PX + rng.normal(0, noise_cm / CM_PER_PX, x_cm.size) for at in (x, y))
    track = track_at(600 + x, 600 + y, radius_px=RADIUS_PX)
    return dataclasses.replace(track, time_s=np.arange(x_cm.size) / rate_hz)


def told(track):
    return leans(track=track, motion=unmoved(track.x_px.size), plate_diameter_cm=45.0)


def floor_told(track):
    return floor_lean(track=track, motion=unmoved(track.x_px.size), plate_diameter_cm=45.0)


def dropped(*, share=1.0, aside_cm_s=30.0, height_cm=55.0, rate_hz=RATE_HZ):
    """Hold a bar, let it fall with a push sideways, let it lie: x and height, centimetres."""
    since = np.arange(round(2.0 * rate_hz)) / rate_hz - 0.8
    fall_s = math.sqrt(2 * height_cm / (share * GRAVITY_CM_S2))
    falling = np.clip(since, 0, fall_s)
    return aside_cm_s * falling, height_cm - 0.5 * share * GRAVITY_CM_S2 * falling**2


@pytest.mark.parametrize("lean_deg", [-5.0, 0.0, 2.0])
def test_a_drop_is_plumb_however_it_drifts(lean_deg):
    (lean,) = told(seen(*dropped(), lean_deg=lean_deg))
    # 30 cm/s sideways over a fall of 0.33 s are 10 cm: its path leans by 10 degrees, its curve not
    assert lean.lean_deg == pytest.approx(lean_deg, abs=2 * lean.sd_deg)
    assert FALL_SD_DEG <= lean.sd_deg < 1.2


def test_drops_are_as_sure_as_they_say():
    missed = []
    for seed in range(40):
        (lean,) = told(seen(*dropped(), lean_deg=1.0, seed=seed))
        missed.append((lean.lean_deg - 1.0) / lean.sd_deg)
    # what is allowed for hands and air doesn't happen here: sure to be within
    assert np.sqrt(np.mean(np.square(missed))) < 1.0


@pytest.mark.parametrize("rate_hz", [24.0, 60.0, 240.0])
def test_a_drop_is_seen_at_any_rate(rate_hz):
    (lean,) = told(seen(*dropped(rate_hz=rate_hz), lean_deg=2.0, rate_hz=rate_hz))
    assert lean.lean_deg == pytest.approx(2.0, abs=2 * lean.sd_deg)


@pytest.mark.parametrize("share", [0.4, 0.8, 1.3])
def test_a_bar_that_is_let_down_is_not_dropped(share):
    assert told(seen(*dropped(share=share))) == ()


def test_what_slows_a_fall_may_push_it():
    (free,), (held,) = (told(seen(*dropped(share=share))) for share in (1.0, 0.94))
    # 6 % of gravity sideways are 3.4 degrees
    assert held.sd_deg > free.sd_deg + 1.5


def test_slow_motion_that_isn_t_said_is_no_fall():
    x_cm, up_cm = dropped(rate_hz=120.0)
    assert told(seen(x_cm, up_cm, rate_hz=30.0)) == ()


def lifted(*, rests_cm, height_cm=55.0):
    """Rest at one place after another, with a pull to arm's length at each."""
    rest, pull = np.zeros(24), np.linspace(0, math.pi, 60)
    x = [np.concatenate([rest + at, np.full(pull.size, at)]) for at in rests_cm]
    up = [np.concatenate([rest, height_cm * np.sin(pull)]) for _ in rests_cm]
    return np.concatenate(x), np.concatenate(up)


def test_a_bar_that_rolls_about_the_floor_draws_its_line():
    lean = floor_told(seen(*lifted(rests_cm=(0.0, 12.0, -15.0)), lean_deg=3.0))
    assert lean.lean_deg == pytest.approx(3.0, abs=0.4)  # 0.03 cm of noise over 27 cm, and medians
    assert lean.sd_deg > FLOOR_VIEW_SD_DEG


def test_the_less_it_rolls_the_less_is_known():
    wide, narrow = (
        floor_told(seen(*lifted(rests_cm=(0.0, apart)), lean_deg=3.0)) for apart in (20.0, 2.0)
    )
    assert narrow.sd_deg > 5 * wide.sd_deg


def test_a_bar_that_stays_or_is_carried_tells_nothing():
    assert floor_told(seen(*lifted(rests_cm=(0.0,)))) is None
    # out of a rack, one step back and into a squat: two rests, both in the air
    x_cm, up_cm = lifted(rests_cm=(0.0, 40.0), height_cm=-50.0)
    assert floor_told(seen(x_cm, up_cm)) is None


def test_what_is_lost_is_not_looked_at():
    track = seen(*dropped())
    lost = dataclasses.replace(track, state=np.zeros_like(track.state))
    assert told(lost) == ()
    assert floor_told(lost) is None


def test_evidence_is_joined_by_its_weight():
    roll = _joined([Lean(1.0, 0.3), Lean(1.3, 0.6)], floor=None)
    assert roll.roll_deg == pytest.approx(-(1.0 / 0.09 + 1.3 / 0.36) / (1 / 0.09 + 1 / 0.36))
    assert roll.sd_deg == pytest.approx((1 / 0.09 + 1 / 0.36) ** -0.5)


def test_evidence_that_disagrees_is_trusted_less():
    agree = _joined([Lean(1.0, 0.3), Lean(1.2, 0.3)], floor=None)
    differ = _joined([Lean(1.0, 0.3), Lean(4.0, 0.3)], floor=None)
    assert agree.sd_deg == pytest.approx(0.3 / math.sqrt(2))
    # two readings 3 apart: their mean is uncertain by half of that
    assert differ.sd_deg == pytest.approx(1.5)


def test_the_floor_alone_is_weighed_against_a_level_phone():
    alone = _joined([], floor=Lean(1.0, UNSEEN_SD_DEG))
    assert alone.roll_deg == pytest.approx(-0.5)
    assert alone.sd_deg == pytest.approx(UNSEEN_SD_DEG / math.sqrt(2))
    nothing = _joined([], floor=None)
    assert math.isnan(nothing.roll_deg)
    assert nothing.sd_deg == UNSEEN_SD_DEG
