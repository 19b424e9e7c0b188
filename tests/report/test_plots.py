from __future__ import annotations

import dataclasses

import matplotlib as mpl
import numpy as np
import pytest

from barpath.analysis import Lifter
from barpath.report.plots import plot_motion, plot_path, save_plots


def test_path_shows_each_pull_from_liftoff_to_lockout(analysis):
    figure, axes = plot_path(analysis)
    assert [ax.get_title() for ax in axes] == ["rep 1", "rep 2"]
    for ax in axes:
        (up,) = [line for line in ax.lines if line.get_linestyle() == "-" and line.get_lw() > 1.5]
        x_cm, y_cm = up.get_data()
        assert y_cm[0] == pytest.approx(0.0, abs=1e-9)
        assert y_cm[-1] == pytest.approx(60.0, abs=1e-9)  # frames fall on lift-off and lockout
        assert len(y_cm) == 46  # 1.5 s at 30 frames a second, both ends
        assert x_cm[-1] < x_cm[0]
        assert ax.get_aspect() == 1.0
    assert "toes" in figure.get_supxlabel()


def test_path_names_a_rep_that_is_not_whole(analysis):
    half = dataclasses.replace(analysis.reps[1], complete=False)
    _, axes = plot_path(dataclasses.replace(analysis, reps=(analysis.reps[0], half)))
    assert axes[1].get_title() == "rep 2 (partial)"


def test_path_says_so_where_facing_is_unknown(analysis):
    figure, _ = plot_path(dataclasses.replace(analysis, lifter=Lifter(None, 0.0)))
    assert "picture's right" in figure.get_supxlabel()


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
    _, (ax,) = plot_path(without_reps)
    assert ax.lines[0].get_ydata().size == without_reps.clip.frames
    _, (height, _) = plot_motion(without_reps)
    assert not height.texts


def test_saved_plots_are_png(analysis, tmp_path):
    for place in save_plots(analysis, tmp_path):
        assert place.read_bytes().startswith(b"\x89PNG")


def test_plotting_leaves_global_settings_alone(analysis):
    before = dict(mpl.rcParams)
    plot_path(analysis)
    assert dict(mpl.rcParams) == before
