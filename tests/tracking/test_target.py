"""A boxed target followed without a plate: on pictures drawn by formula, and in a clip."""

from __future__ import annotations

import csv
import json
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import pytest
from numpy.typing import NDArray

import barpath
from barpath.camera.lens import straightened_px
from barpath.camera.profile import write_profile
from barpath.cli import main
from barpath.config import AnalysisConfig, Box, ScaleLine
from barpath.errors import UnmeasurableError, UsageError
from barpath.report.folder import Looks, write_looks
from barpath.results import read_analysis, write_tables
from barpath.simulate import PRESETS, Lift, Scene, View, simulate, truth_of
from barpath.tracking import State
from barpath.tracking.target import follow_target
from barpath.yardstick import read_yardstick
from tests.camera.profiles import profile_of
from tests.test_results import schema  # noqa: F401

FloatArray = NDArray[np.float64]
SIZE = (240, 200)  # height, width
SIDE = 40
START = (80.0, 150.0)
"""Left and top of the target in the first frame; its middle is half a side less half a pixel on."""


def texture(seed: int, shape: tuple[int, int]) -> NDArray[np.float32]:
    grain = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    soft = cv2.GaussianBlur(grain, (0, 0), 1.5)
    return np.asarray(128 + 40 * soft / soft.std(), dtype=np.float32)


@dataclass
class Drawn:
    """A patch of one texture moving over another; something grey may pass in front of it."""

    places: FloatArray
    hidden: tuple[int, ...] = ()
    cut: int | None = None
    plain: bool = False
    rate_hz: float = 30.0
    shape: tuple[int, int] = SIZE

    @property
    def time_s(self) -> FloatArray:
        return np.arange(len(self)) / self.rate_hz

    def __len__(self) -> int:
        return len(self.places)

    def luma(self, index: int, /) -> NDArray[np.uint8]:
        if self.cut is not None and index >= self.cut:
            return texture(9, self.shape).clip(0, 255).astype(np.uint8)
        picture = texture(1, self.shape)
        patch = np.full((SIDE, SIDE), 90, np.float32) if self.plain else texture(2, (SIDE, SIDE))
        left, top = self.places[index]
        onto = np.array([[1.0, 0.0, left], [0.0, 1.0, top]])
        mask = np.ones_like(patch)
        size = self.shape[::-1]
        weight = cv2.warpAffine(mask, onto, size)
        picture += weight * (cv2.warpAffine(patch, onto, size) / np.maximum(weight, 1e-6) - picture)
        if index in self.hidden:
            rows, columns = (slice(round(at) - 6, round(at) + SIDE + 6) for at in (top, left))
            picture[rows, columns] = texture(30 + index % 3, (SIDE + 12, SIDE + 12))
        return picture.clip(0, 255).astype(np.uint8)


def lifted(count: int = 60, *, rise: float = 90.0) -> FloatArray:
    """Rise by a raised cosine, with a little sway, from START."""
    share = np.clip((np.arange(count) - 8) / (count - 16), 0, 1)
    up = rise * 0.5 * (1 - np.cos(np.pi * share))
    return np.column_stack([START[0] + 3.3 * np.sin(5 * share), START[1] - up])


BOX = (START[0] - 0.5, START[1] - 0.5, float(SIDE), float(SIDE))


def off_px(places: FloatArray, track) -> FloatArray:
    return np.hypot(
        track.x_px - track.x_px[0] - (places[:, 0] - places[0, 0]),
        track.y_px - track.y_px[0] - (places[:, 1] - places[0, 1]),
    )


def test_a_drawn_target_is_followed_to_a_fraction_of_a_pixel():
    places = lifted()
    track = follow_target(pictures=Drawn(places), factor=1.0, box_px=BOX)
    assert (track.state == State.TRACKED).all()
    # Lucas-Kanade on noise-free texture: 0.05 px a corner, interpolation 0.05 px.
    assert off_px(places, track).max() < 0.2
    assert (track.x_px[0], track.y_px[0]) == pytest.approx((START[0] + 19.5, START[1] + 19.5))
    assert track.radius_px == pytest.approx(SIDE / 2, rel=0.01)  # it doesn't come nearer


def test_pixels_of_a_larger_picture_are_the_same_place():
    places = lifted()
    small = follow_target(pictures=Drawn(places), factor=1.0, box_px=BOX)
    larger = tuple(2 * (v + 0.5) - 0.5 for v in BOX[:2]) + (2.0 * SIDE, 2.0 * SIDE)
    large = follow_target(pictures=Drawn(places), factor=2.0, box_px=larger)
    np.testing.assert_allclose(large.y_px, 2 * (small.y_px + 0.5) - 0.5)
    np.testing.assert_allclose(large.sd_px, 2 * small.sd_px)


def test_what_passes_in_front_is_bridged_and_the_target_found_again():
    places = lifted()
    hidden = tuple(range(28, 32))
    track = follow_target(pictures=Drawn(places, hidden=hidden), factor=1.0, box_px=BOX)
    assert set(np.flatnonzero(track.state != State.TRACKED)) == set(hidden)
    assert track.reacquired == 1
    known = track.state > State.LOST
    # Within three of its own standard deviations, wherever it says anything.
    assert (off_px(places, track)[known] < 3 * track.sd_px[known]).all()


def test_what_is_hidden_long_is_lost_and_not_guessed():
    places = lifted()
    hidden = tuple(range(20, 40))
    track = follow_target(pictures=Drawn(places, hidden=hidden), factor=1.0, box_px=BOX)
    assert (track.state[list(hidden)] == State.LOST).all()
    assert np.isnan(track.y_px[list(hidden)]).all()
    assert (track.state[45:] == State.TRACKED).all()
    assert off_px(places, track)[45:].max() < 0.2


def test_nothing_is_followed_across_a_cut():
    track = follow_target(pictures=Drawn(lifted(), cut=40), factor=1.0, box_px=BOX, cuts=(40,))
    assert track.cut_frames == (40,)
    assert (track.state[:40] == State.TRACKED).all()
    assert (track.state[40:] == State.LOST).all()


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        (Drawn(lifted(rise=0.0)), "doesn't move up and down"),
        (Drawn(lifted(), hidden=tuple(range(15, 60))), "was lost in"),
        (Drawn(lifted(), plain=True), "shows too little"),
    ],
)
def test_what_cant_be_followed_is_refused(pictures, message):
    inner = (START[0] + 6, START[1] + 6, SIDE - 12.0, SIDE - 12.0)
    with pytest.raises(UnmeasurableError, match=message) as caught:
        follow_target(pictures=pictures, factor=1.0, box_px=inner)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("box", "message"),
    [((190.0, 10.0, 40.0, 40.0), "doesn't lie in the picture"), ((9, 9, 8, 40), "smaller than 12")],
)
def test_a_bad_box_is_refused(box, message):
    with pytest.raises(UsageError, match=message):
        follow_target(pictures=Drawn(lifted(9)), factor=1.0, box_px=box)


def test_a_yardstick_scales_the_outline():
    track = follow_target(pictures=Drawn(lifted()), factor=1.0, box_px=BOX)
    half = read_yardstick(line=ScaleLine(0, 0, 60, 80, 25.0), track=track)
    assert half.size_cm == pytest.approx(SIDE * 0.25)
    # 1.5 px at either end of 100 px, half a per cent of tape, one of depth.
    assert half.sd_pct == pytest.approx(math.sqrt(2 * 1.5**2 + 0.5**2 + 1.0))
    longer = read_yardstick(line=ScaleLine(0, 0, 120, 160, 50.0), track=track)
    assert longer.size_cm == pytest.approx(half.size_cm)
    assert longer.sd_pct < half.sd_pct


def test_a_yardstick_is_straightened_as_the_outline_is():
    """A line as long as the box is high gives the same size through a lens as without one."""
    track = follow_target(pictures=Drawn(lifted()), factor=1.0, box_px=BOX)
    lens = profile_of(
        **{"width_px": 640, "height_px": 360, "fx_px": 500.0, "fy_px": 500.0},
        **{"cx_px": 320.0, "cy_px": 180.0, "k1": -0.2, "k2": 0.0},
    )
    # 0.4 and 0.6 focal lengths beside the middle, drawn where r (1 - 0.2 r^2) says
    ends_px = [320.0 + 500.0 * r * (1 - 0.2 * r**2) for r in (0.4, 0.6)]
    line = ScaleLine(ends_px[0], 180.0, ends_px[1], 180.0, 20.0)
    through = read_yardstick(line=line, track=track, lens=lens)
    flat = read_yardstick(line=ScaleLine(0.0, 0.0, 0.0, 100.0, 20.0), track=track)
    assert through.size_cm == pytest.approx(flat.size_cm)
    assert through.sd_pct == pytest.approx(flat.sd_pct)
    bent = read_yardstick(line=line, track=track)
    assert bent.size_cm > 1.15 * flat.size_cm  # drawn 84.8 px long


# From a clip to the files -------------------------------------------------------------------------

SCENE = replace(
    PRESETS["kettlebell"],
    lift=Lift(kind="kettlebell", reps=1, rom_cm=46.0, concentric_s=1.0, lead_in_s=0.6, tail_s=0.4),
    view=View(width=640, height=400, plate_radius_px=60.0, height_cm=60.0),
)


def bell_options(scene: Scene) -> tuple[Box, ScaleLine]:
    """Box ball and handle, and give the ball's 21 cm for the scale."""
    truth = truth_of(scene)
    x, y, r = truth.x_px[0], truth.y_px[0], truth.radius_px[0]
    return Box(x - r, y - 1.85 * r, 2 * r, 2.85 * r), ScaleLine(x - r, y, x + r, y, 21.0)


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("bell") / "bell.mp4"
    simulate(scene=SCENE, path=path)
    return path


@pytest.fixture(scope="module")
def config() -> AnalysisConfig:
    target, scale = bell_options(SCENE)
    return AnalysisConfig(lift="kettlebell", target=target, scale=scale, facing="right")


@pytest.fixture(scope="module")
def result(clip, config):
    return barpath.analyse(clip, config=config)


def test_a_kettlebell_is_measured_without_a_plate(result):
    (truth,) = truth_of(SCENE).reps
    (rep,) = result.reps
    assert result.tracking.tracked_pct > 95
    sd = rep.uncertainty
    assert rep.rom_cm == pytest.approx(truth.rom_cm, abs=3 * sd.rom_cm)
    assert sd.rom_cm < 0.05 * truth.rom_cm
    assert rep.mean_velocity_m_s == pytest.approx(
        truth.mean_velocity_m_s, abs=3 * sd.mean_velocity_m_s
    )
    assert rep.net_drift_cm == pytest.approx(-1.0, abs=3 * sd.x_cm)
    assert result.findings == ()
    assert {item.code for item in result.not_assessed} >= {"technique", "back_rounding"}
    assert "scale_by_hand" in {warning.code for warning in result.warnings}
    assert "plate_size_assumed" not in {warning.code for warning in result.warnings}


def test_the_scale_is_read_through_the_lens_that_is_given(config, clip, tmp_path):
    """Box and line lie in one place: what the lens does to the one it does to the other."""
    view = SCENE.view
    lens = profile_of(
        **{"width_px": view.width, "height_px": view.height, "fx_px": 700.0, "fy_px": 700.0},
        **{"cx_px": 10.0, "cy_px": 10.0, "k1": -0.1, "k2": 0.0},
    )
    with (tmp_path / "camera.json").open("w", encoding="utf-8") as file:
        write_profile(lens, file, created="2026-01-02T03:04:05+00:00")
    config = replace(config, camera=str(tmp_path / "camera.json"))
    through = barpath.analyse(clip, config=config).calibration
    line = config.scale
    ends_px = straightened_px(np.array([line[0:2], line[2:4]]), lens=lens)
    assert math.dist(*ends_px) > 1.1 * (line.x2_px - line.x1_px)
    # the scale is the clip's median, and higher up the lens draws the ball up to a tenth otherwise;
    # a line that is taken as it is drawn makes it a fifth too large
    assert through.cm_per_px == pytest.approx(21.0 / math.dist(*ends_px), rel=0.1)


def test_its_files_have_no_plate_and_read_back(result, config, clip, tmp_path, schema):  # noqa: F811
    write_tables(result, tmp_path)
    document = json.loads((tmp_path / "analysis.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    assert document["plate"] is None
    assert document["calibration"]["plate_diameter_cm"] is None
    with (tmp_path / "path.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["radius_px"] for row in rows} == {""}
    assert all(row["x_px"] for row in rows if row["state"] == "tracked")
    again = read_analysis(tmp_path)
    assert again.plate is None
    assert math.isnan(again.calibration.plate_diameter_cm)
    assert again.reps[0].rom_cm == pytest.approx(result.reps[0].rom_cm, abs=1e-3)
    write_looks(
        result,
        progress=lambda share: None,
        clip=clip,
        folder=tmp_path,
        target=tmp_path,
        config=config,
        looks=Looks(overlay=None),
    )
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "a length of 21 cm, given" in page
    assert re.search(r'"plate_cm":\s*null', page)


def test_a_motionless_thing_is_refused_on_the_command_line(clip, tmp_path, capsys):
    words = ["analyse", str(clip), "-o", str(tmp_path / "out"), "--lift", "kettlebell"]
    words += ["--target", "10,240,120,100", "--scale", "10,10,110,10,30"]
    assert main(words) == 4
    error = capsys.readouterr().err
    assert "error:" in error
    assert "hint:" in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lift", "kettlebell"], "--lift kettlebell needs --target and --scale"),
        (["--lift", "kettlebell", "--target", "1,2,30,40"], "needs --target and --scale"),
        (["--target", "1,2,30,40"], "are for a lift without a plate"),
        (["--lift", "rdl", "--scale", "1,2,300,40,20"], "are for a lift without a plate"),
        (["--lift", "kettlebell", "--target", "1,2,30"], "must be 4 numbers: X,Y,W,H"),
        (
            ["--lift", "kettlebell", "--target", "-1,2,30,40", "--scale", "1,2,90,2,9"],
            "can't be -1",
        ),
        (["--lift", "kettlebell", "--target", "1,2,30,40", "--scale", "1,2,9,2,9"], "8 pixels"),
        (
            ["--lift", "kettlebell", "--target", "1,2,30,40", "--scale", "1,2,90,2,9"]
            + ["--plate-diameter", "45"],
            "mean nothing with --lift kettlebell",
        ),
    ],
)
def test_options_that_dont_go_together_are_refused(options, message, capsys):
    assert main(["analyse", "none.mp4", *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "hint:" in error
