from __future__ import annotations

import dataclasses
import math

import pytest

from barpath.config import AnalysisConfig, OverlayConfig, Seed, options
from barpath.errors import UsageError


@pytest.mark.parametrize("config", [AnalysisConfig, OverlayConfig])
def test_every_option_has_a_flag_and_a_help_that_ends(config):
    for name, option in options(config).items():
        assert option.flag.startswith("--"), name
        assert option.help.endswith("."), name


def test_flags_are_those_of_the_contract():
    assert {option.flag for option in options().values()} == {
        "--plate-diameter",
        "--lift",
        "--facing",
        "--midfoot",
        "--plate",
        "--target",
        "--scale",
        "--capture-fps",
        "--load-kg",
        "--athlete",
        "--date",
        "--roll",
        "--camera",
        "--stature",
        "--knee-height",
        "--thresholds",
        "--set-name",
    }


@pytest.mark.parametrize(
    ("slow", "time_scale", "rate"), [(1.0, 1.0, 1.0), (0.5, 1.0, 2.0), (0.5, 0.25, 8.0)]
)
def test_playback_takes_longer_the_slower_it_is(slow, time_scale, rate):
    """At 120 frames a second stored as 30, a real second takes four, and at half speed eight."""
    assert OverlayConfig(slow=slow).playback_rate(time_scale) == rate


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"slow": 0.0}, "--slow can't be 0"),
        ({"slow": 1.5}, "--slow can't be 1.5"),
        ({"height_px": 63}, "--overlay-height can't be 63"),
    ],
)
def test_an_overlay_out_of_range_is_refused(setting, message):
    with pytest.raises(UsageError, match=message) as caught:
        OverlayConfig(**setting)
    assert caught.value.hint


def test_defaults_pass_their_own_checks():
    config = AnalysisConfig()
    assert config.plate_diameter_cm is None  # assumed, and warned of
    assert config.facing == "auto"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"plate_diameter_cm": 4.5}, "--plate-diameter can't be 4.5"),
        ({"plate_diameter_cm": 450.0}, "--plate-diameter can't be 450"),
        ({"plate_diameter_cm": math.nan}, "--plate-diameter can't be nan"),
        ({"capture_fps": 0.0}, "--capture-fps can't be 0"),
        ({"load_kg": -1.0}, "--load-kg can't be -1"),
        ({"midfoot": -3.0}, "--midfoot can't be -3"),
        ({"lift": "snatch"}, "--lift can't be 'snatch'"),
        ({"facing": "up"}, "--facing can't be 'up'"),
        ({"midfoot": "left"}, "--midfoot can't be 'left'"),
        ({"plate": Seed(-1.0, 5.0, 40.0)}, "--plate can't be -1"),
        ({"plate": Seed(5.0, 5.0, 0.0)}, "--plate has no size"),
    ],
)
def test_values_out_of_range_are_refused(setting, message):
    with pytest.raises(UsageError, match=message) as caught:
        AnalysisConfig(**setting)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("plate_diameter_cm", "43.2", 43.2),
        ("midfoot", "start", "start"),
        ("midfoot", "640.5", 640.5),
        ("plate", "100,200.5,40", Seed(100.0, 200.5, 40.0)),
        ("date", "2026-03-01", "2026-03-01"),
        ("athlete", "Zoë", "Zoë"),
    ],
)
def test_text_becomes_a_value(name, text, value):
    assert options()[name].parse(text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plate_diameter_cm", "wide"),
        ("plate_diameter_cm", "43,2"),
        ("plate_diameter_cm", "inf"),
        ("plate", "100,200"),
        ("plate", "1,2,x"),
        ("midfoot", "middle"),
        ("date", "1.3.2026"),
        ("date", "2026-02-30"),
    ],
)
def test_bad_text_is_a_value_error(name, text):
    """The reason is said in words that aren't Python's."""
    with pytest.raises(ValueError, match=r"^must be "):
        options()[name].parse(text)


def test_an_overlay_height_is_a_whole_number():
    with pytest.raises(ValueError, match=r"^must be a whole number"):
        options(OverlayConfig)["height_px"].parse("480.5")


def test_a_config_cannot_be_changed_after_its_checks():
    with pytest.raises(dataclasses.FrozenInstanceError):
        AnalysisConfig().plate_diameter_cm = -1.0  # type: ignore[misc]
