from __future__ import annotations

import dataclasses

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from barpath.analysis import Lifter
from barpath.errors import OutputError, UsageError
from barpath.report.plots import (
    plot_height,
    plot_motion,
    plot_path,
    plot_phase,
    plot_velocity,
    save_plot,
    save_plots,
)


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


def test_path_shows_what_there_is_of_a_rep_that_is_not_whole(analysis):
    cut = dataclasses.replace(analysis.reps[1], complete=False, lockout_s=np.nan)
    _, axes = plot_path(dataclasses.replace(analysis, reps=(analysis.reps[0], cut)))
    (part,) = [line for line in axes[1].lines if line.get_linestyle() == "--"]
    during = (analysis.motion.time_s >= cut.liftoff_s) & (analysis.motion.time_s <= cut.end_s)
    assert during.sum() > 40
    np.testing.assert_array_equal(part.get_ydata(), analysis.motion.y_cm[during])
    assert not [line for line in axes[0].lines if line.get_linestyle() == "--"]


def test_path_says_so_where_facing_is_unknown(analysis):
    figure, _ = plot_path(dataclasses.replace(analysis, lifter=Lifter(None, 0.0)))
    assert "picture's right" in figure.get_supxlabel()


@pytest.mark.parametrize(
    ("method", "label"),
    [
        ("shoe", "from midfoot\ntowards the toes (cm)"),
        ("given", "from midfoot\ntowards the toes (cm)"),
        ("start", "from the bar's start\ntowards the toes (cm)"),
    ],
)
def test_path_counts_from_midfoot_only_where_it_was_seen_or_given(analysis, method, label):
    midfoot = dataclasses.replace(analysis.midfoot, method=method)
    figure, _ = plot_path(dataclasses.replace(analysis, midfoot=midfoot))
    assert figure.get_supxlabel() == label


def test_the_words_round_the_path_of_a_single_rep_stay_in_its_picture(analysis):
    alone = dataclasses.replace(
        analysis,
        reps=analysis.reps[:1],
        lifter=Lifter(None, 0.0),
        set=dataclasses.replace(analysis.set, name="WEDNESDAY_evening_heavy_deadlift_0140_WWWW"),
    )
    figure, _ = plot_path(alone)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    for words in figure.findobj(Text):
        if words.get_text():
            box = words.get_window_extent(canvas.get_renderer())
            assert figure.bbox.x0 <= box.x0, words
            assert box.x1 <= figure.bbox.x1, words


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


@pytest.mark.parametrize("plot", [plot_path, plot_motion, plot_height, plot_velocity, plot_phase])
def test_a_name_is_no_formula(analysis, plot):
    dear = dataclasses.replace(analysis.set, name=r"$\frac$ 3")
    figure, _ = plot(dataclasses.replace(analysis, set=dear))
    FigureCanvasAgg(figure).draw()
    assert any(words.get_text() == r"$\frac$ 3" for words in figure.findobj(Text))


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


def test_one_quantity_over_time(analysis):
    _, height = plot_height(analysis)
    _, velocity = plot_velocity(analysis)
    assert (height.get_ylabel(), height.get_xlabel()) == ("height (cm)", "time (s)")
    assert velocity.get_ylabel() == "vertical velocity (m/s)"
    assert np.nanmax(height.lines[0].get_ydata()) == pytest.approx(60.0)
    # Each pull's mean, 60 cm in 1.5 s, stands level from lift-off to lockout.
    means = [line.get_data() for line in velocity.lines if len(line.get_xdata()) == 2]
    levels = np.array([(*x, *y) for x, y in means if x[0] > 0])
    np.testing.assert_allclose(levels, [(1.0, 2.5, 0.4, 0.4), (5.0, 6.5, 0.4, 0.4)])


def test_phase_draws_velocity_over_the_rise_of_each_pull(analysis):
    _, ax = plot_phase(analysis)
    pulls = [line for line in ax.lines if line.get_label().startswith("rep")]
    assert [line.get_label() for line in pulls] == ["rep 1", "rep 2"]
    for line in pulls:
        rise_cm, v_m_s = line.get_data()
        assert (rise_cm[0], rise_cm[-1]) == pytest.approx((0.0, 60.0), abs=1e-9)
        # A raised cosine is fastest half way up.
        assert rise_cm[np.argmax(v_m_s)] == pytest.approx(30.0, abs=1.3)  # a frame is 2.1 cm
    (sticking,) = [line for line in ax.lines if line.get_lw() == 4.0]
    # From 0.6 to 0.8 s of 1.5: 30 (1 - cos(pi t / 1.5)) is 20.7 and 33.1 cm.
    assert sticking.get_xdata()[[0, -1]] == pytest.approx([20.7, 33.1], abs=0.1)


def test_phase_of_a_set_without_repetitions_is_empty_but_labelled(without_reps):
    _, ax = plot_phase(without_reps)
    assert ax.get_xlabel() == "height above lift-off (cm)"
    assert ax.get_legend() is None


@pytest.mark.parametrize("kind", ["path", "velocity", "height", "phase"])
@pytest.mark.parametrize(
    ("suffix", "start"), [(".svg", b"<?xml"), (".pdf", b"%PDF"), (".PNG", b"\x89PNG")]
)
def test_a_plot_is_written_as_its_suffix_says(analysis, tmp_path, kind, suffix, start):
    place = tmp_path / f"plot{suffix}"
    save_plot(analysis, kind=kind, to=place)
    assert place.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [place]


def test_letters_stay_letters_in_svg(analysis, tmp_path):
    save_plot(analysis, kind="height", to=tmp_path / "plot.svg")
    assert ">height (cm)</text>" in (tmp_path / "plot.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("sideways", "a.svg", "no plot 'sideways'"),
        ("path", "a.jpg", r"as \.jpg"),
        ("path", "a", "without a suffix"),
    ],
)
def test_other_kinds_and_suffixes_are_refused(analysis, tmp_path, kind, name, message):
    with pytest.raises(UsageError, match=message) as caught:
        save_plot(analysis, kind=kind, to=tmp_path / name)
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_plot_that_can_not_be_written_says_so(analysis, tmp_path):
    with pytest.raises(OutputError, match="there is no folder"):
        save_plot(analysis, kind="path", to=tmp_path / "none" / "plot.svg")
