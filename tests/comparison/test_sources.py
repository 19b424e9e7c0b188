"""Which video belongs to a set, and how fast it plays."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from barpath.comparison.curves import Pull
from barpath.comparison.sources import read_members
from barpath.results import write_tables
from barpath.video import write_video


def grey_video(path, times_s):
    image = np.full((36, 64, 3), 110, dtype=np.uint8)
    write_video(path, (image for _ in times_s), times_s=times_s)


@pytest.fixture
def folder(analysis, tmp_path):
    slow = dataclasses.replace(analysis, clip=dataclasses.replace(analysis.clip, time_scale=0.25))
    place = tmp_path / "set.barpath"
    place.mkdir()
    write_tables(slow, place)
    return place


def test_the_overlay_comes_first_and_tells_its_own_speed(folder, analysis):
    """8.97 s drawn at half speed last 17.94 s, whatever the clip's own time scale."""
    grey_video(folder / "overlay.mp4", np.linspace(0, 2 * analysis.clip.duration_s, 40))
    video = read_members([folder, analysis])[0].video
    assert video.drawn
    assert video.path == folder / "overlay.mp4"
    assert video.playback_rate == pytest.approx(2.0, abs=1e-3)


def test_without_one_the_clip_beside_the_folder_is_shown_as_it_is_stored(folder, analysis):
    """Real seconds are a quarter of the clip's: a real second takes four of them."""
    assert read_members([folder, analysis])[0].video is None
    grey_video(folder.parent / analysis.clip.name, np.arange(10) / 10)
    video = read_members([folder, analysis])[0].video
    assert not video.drawn
    assert video.playback_rate == 4.0


def test_a_bar_that_sinks_is_where_it_first_was():
    pull = Pull(
        share=np.linspace(0, 1, 5),
        rise_cm=np.array([0.0, 20.0, 10.0, 30.0, 40.0]),
        forward_cm=np.zeros(5),
        velocity_m_s=np.zeros(5),
    )
    np.testing.assert_allclose(pull.place("height"), [0, 0.5, 0.5, 0.75, 1])
    np.testing.assert_allclose(pull.place("time"), [0, 0.25, 0.5, 0.75, 1])
