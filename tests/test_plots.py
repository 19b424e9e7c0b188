from __future__ import annotations

import numpy as np
import pytest

from barpath.report.plots import plot_motion, plot_path, save_plots


def line(ax, label):
    return next(item for item in ax.lines if item.get_label() == label)


def test_path_shows_each_pull_from_liftoff_to_lockout(analysis):
    _, ax = plot_path(analysis)
    x_cm, y_cm = line(ax, "rep 1").get_data()
    assert y_cm[0] == pytest.approx(0.0, abs=1e-9)
    assert y_cm[-1] == pytest.approx(60.0, abs=1e-9)  # frames fall on lift-off and lockout
    assert len(y_cm) == 46  # 1.5 s at 30 frames a second, both ends
    assert x_cm[-1] < x_cm[0]
    assert ax.get_aspect() == 1.0
    assert "toes" in ax.get_xlabel()


def test_path_says_so_where_facing_is_unknown(analysis):
    import dataclasses

    from barpath.analysis import Lifter

    _, ax = plot_path(dataclasses.replace(analysis, lifter=Lifter(None, 0.0)))
    assert "picture's right" in ax.get_xlabel()


def test_motion_draws_height_and_velocity_and_leaves_gaps(analysis):
    _, (height, velocity) = plot_motion(analysis)
    drawn = height.lines[0].get_ydata()
    assert np.isnan(drawn[3:6]).all()
    assert np.isfinite(drawn[6:]).all()
    # Raised cosine: the peak is pi / 2 times the mean of 0.4 m/s, mid-pull on a half frame.
    peak = np.nanmax(velocity.lines[0].get_ydata())
    assert peak == pytest.approx(np.pi / 2 * 0.4, rel=1e-3)
    assert [text.get_text() for text in height.texts] == ["1", "2"]
    assert [text.get_text() for text in velocity.texts] == ["0.40", "0.40"]


def test_plots_of_a_set_without_reps(without_reps):
    _, ax = plot_path(without_reps)
    assert line(ax, "path").get_ydata().size == without_reps.clip.frames
    _, (height, _) = plot_motion(without_reps)
    assert not height.texts


def test_saved_plots_are_png(analysis, tmp_path):
    for place in save_plots(analysis, tmp_path):
        assert place.read_bytes().startswith(b"\x89PNG")


def test_plotting_leaves_global_settings_alone(analysis):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    plot_path(analysis)
    assert dict(mpl.rcParams) == before
