"""The far plate in rendered sets, held against its projection."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from barpath.camera.far_plate import FarPlate, find_far_plate
from barpath.camera.viewpoint import FAR_BEHIND_CM, estimate_viewpoint
from barpath.simulate import Lift, PlateLook, Recording, Scene, Surroundings, View, render_frames
from barpath.simulate import render as render_module
from barpath.simulate.course import lay_course
from barpath.simulate.optics import set_up
from barpath.tracking import Track
from barpath.tracking.track import FITTED_CHANGE_SD
from tests.camera.rims import RADIUS_CM, rim_of, track_of
from tests.camera.scenes import Drawn, track_at, unmoved

PLATES_CM = 13.0  # two bumpers on either side
BEHIND_CM = 131.0 + PLATES_CM
LEVEL = Scene(
    lift=Lift(reps=1, lead_in_s=0.2),
    recording=Recording(fps=8.0, exposure_s=0.0, noise_sd=1.0),
    view=View(640, 360, 40.0, distance_cm=400.0, height_cm=60.0),
    surroundings=Surroundings(rack_plates=2),
)
"""From the height of the bar's own middle: side on, the near plate hides the far one."""


@dataclass(frozen=True)
class Set:
    """A rendered set whose near plate is known exactly."""

    pictures: Drawn
    track: Track
    scene: Scene

    def find(self, **changes) -> FarPlate | None:
        height, width = self.pictures.shape
        assert (width, height) == (self.scene.view.width, self.scene.view.height)
        return find_far_plate(
            **{
                "pictures": self.pictures,
                "track": self.track,
                "motion": unmoved(len(self.pictures)),
                "factor": 1.0,
                "roll_deg": 0.0,
                "plate_diameter_cm": 45.0,
            }
            | changes
        )

    def true_place(self) -> tuple[float, float, float]:
        """Project the far plate with the bar at its mean place; give its place and pace."""
        camera = set_up(self.scene)
        place = camera_places(self.scene).mean(axis=0) + (0.0, 0.0, BEHIND_CM)
        x_px, y_px = camera.project(place)
        return (
            float(x_px),
            float(y_px),
            float(camera.scale(place) / camera.scale(place * (1, 1, 0))),
        )


def camera_places(scene: Scene) -> np.ndarray:
    """Where the bar is in the frames that stand for the heights of its way, centimetres."""
    course = lay_course(scene)
    times_s = np.arange(int((course.end_s - course.start_s) * scene.recording.fps) + 1)
    bar = course.at(times_s / scene.recording.fps)
    y_cm = bar.y_cm + scene.base_height_cm
    levels = np.linspace(y_cm.min(), y_cm.max(), 16)
    chosen = np.unique(np.abs(y_cm[:, None] - levels).argmin(axis=0))
    return np.column_stack([scene.facing * bar.x_cm, y_cm, 0 * y_cm])[chosen]


def filmed(scene: Scene) -> Set:
    """Render a scene, and draw the near plate's rims by formula."""
    camera, course = set_up(scene), lay_course(scene)
    times_s, pictures = [], []
    for time_s, image in render_frames(scene):
        times_s.append(time_s)
        pictures.append(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    bar = course.at(np.array(times_s))
    rims = [
        rim_of(camera, x_cm=scene.facing * x_cm, y_cm=y_cm + scene.base_height_cm)
        for x_cm, y_cm in zip(bar.x_cm, bar.y_cm, strict=True)
    ]
    return Set(Drawn(pictures), track_of(rims, change_sd=FITTED_CHANGE_SD), scene)


def from_yaw(yaw_deg: float, **changes) -> Scene:
    return replace(LEVEL, view=replace(LEVEL.view, yaw_deg=yaw_deg), **changes)


@pytest.fixture(scope="module")
def oblique() -> Set:
    return filmed(from_yaw(12.0))


@pytest.mark.parametrize(
    "scene",
    [
        from_yaw(12.0),
        from_yaw(-14.0, plate=PlateLook("black")),
        from_yaw(17.0, facing=-1, surroundings=Surroundings(backdrop="garage"), seed=4),
    ],
    ids=["gym", "black", "garage"],
)
def test_it_is_found_where_the_bar_leads(scene):
    clip = filmed(scene)
    far = clip.find()
    assert far is not None
    x_px, y_px, pace = clip.true_place()
    near_px = float(clip.track.radius_px.mean())
    # two of its own standard deviations, and 0.03 radii for what of the stack's wall is seen
    assert abs(far.x_px - x_px) < 2 * far.place_sd_px + 0.03 * near_px
    assert abs(far.y_px - y_px) < 2 * far.place_sd_px + 0.03 * near_px
    assert abs(far.pace - pace) < 0.06
    found = estimate_viewpoint(track=clip.track, size_px=(640, 360), roll_deg=0.0, far=far)
    assert abs(found.yaw_deg - scene.view.yaw_deg) < 2 * found.yaw_sd_deg
    assert abs(found.yaw_deg - scene.view.yaw_deg) < 2.5
    assert found.yaw_sd_deg < 4.0


def test_nothing_is_found_where_the_near_plate_hides_it():
    assert filmed(from_yaw(0.0)).find() is None


@pytest.mark.parametrize("yaw_deg", [12.0, -9.0])
def test_a_bar_without_a_far_plate_has_none(monkeypatch, yaw_deg):
    # the lifter's hips, arms and shins are there as before
    monkeypatch.setattr(render_module, "_draw_far_side", lambda *args, **given: None)
    assert filmed(from_yaw(yaw_deg)).find() is None


def test_a_mirrored_clip_shows_it_on_the_other_side(oblique):
    width = oblique.scene.view.width
    mirrored = replace(
        oblique,
        pictures=Drawn(
            [np.ascontiguousarray(picture[:, ::-1]) for picture in oblique.pictures.pictures]
        ),
        track=replace(
            oblique.track,
            x_px=width - 1 - oblique.track.x_px,
            angle_deg=(180 - oblique.track.angle_deg) % 180,
        ),
    )
    here, there = oblique.find(), mirrored.find()
    # whole layer pixels are rounded to the other side: one of 36 to the radius
    near_px = float(oblique.track.radius_px.mean())
    assert there.x_px == pytest.approx(width - 1 - here.x_px, abs=near_px / 36)
    assert there.y_px == pytest.approx(here.y_px, abs=near_px / 36)
    assert there.pace == pytest.approx(here.pace, abs=0.01)


def test_a_clip_that_is_kept_smaller_gives_the_same(oblique):
    # displayed pixels are three times the working ones
    larger = replace(
        oblique.track,
        x_px=(oblique.track.x_px + 0.5) * 3 - 0.5,
        y_px=(oblique.track.y_px + 0.5) * 3 - 0.5,
        radius_px=oblique.track.radius_px * 3,
    )
    one, other = oblique.find(), oblique.find(track=larger, factor=3.0)
    assert other.x_px == pytest.approx((one.x_px + 0.5) * 3 - 0.5, abs=0.5)
    assert other.pace == pytest.approx(one.pace, abs=1e-3)


@pytest.mark.parametrize(("sides", "found"), [((1,), True), ((1, -1), False)])
def test_of_two_places_that_are_alike_none_is_chosen(sides, found):
    count, pace, near_px = 40, 0.7, 30.0
    y_px = np.linspace(240.0, 130.0, count)
    pictures = []
    for y in y_px:
        picture = np.full((340, 420), 120, dtype=np.uint8)
        there = y_px.mean() - 12 + pace * (y - y_px.mean())
        for side in sides:
            far = (round((210 + side * 32) * 64), round(there * 64))
            cv2.circle(picture, far, round(pace * near_px * 64), 40, -1, cv2.LINE_AA, 6)
        cv2.circle(picture, (210 * 64, round(y * 64)), round(near_px * 64), 30, -1, cv2.LINE_AA, 6)
        pictures.append(picture)
    far_plate = find_far_plate(
        pictures=Drawn(pictures),
        track=track_at(np.full(count, 210.0), y_px, radius_px=near_px),
        motion=unmoved(count),
        factor=1.0,
        roll_deg=float("nan"),
        plate_diameter_cm=45.0,
    )
    assert (far_plate is not None) == found


def test_how_far_behind_it_is_goes_by_the_plates_size(oblique):
    assert oblique.find().behind_radii == pytest.approx(FAR_BEHIND_CM / RADIUS_CM)
    smaller = oblique.find(plate_diameter_cm=42.0)
    assert smaller.behind_radii == pytest.approx(FAR_BEHIND_CM / 21)
