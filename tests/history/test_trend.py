"""Days over the weeks, from sets whose truth is known."""

from __future__ import annotations

import dataclasses
import datetime
import math

import numpy as np
import pytest

from barpath.errors import UnmeasurableError
from barpath.history import Entry
from barpath.history.plots import plot_trend
from barpath.history.trend import WINDOW_DAYS, find_trend
from barpath.history.trend_text import trend_text

START = datetime.date(2026, 1, 5)


def entry(day: int, load_kg: float, velocity_m_s: float, **changes: object) -> Entry:
    blank = Entry(
        number=1,
        added="",
        clip_sha256="",
        clip="",
        name="",
        athlete="A",
        lift="conventional",
        date=(START + datetime.timedelta(days=day)).isoformat(),
        load_kg=load_kg,
        reps=3,
        best_velocity_m_s=velocity_m_s,
        best_velocity_sd_m_s=0.01,
        mean_velocity_m_s=velocity_m_s,
        velocity_loss_pct=5.0,
        net_drift_cm=-1.0,
        net_drift_sd_cm=0.5,
        faults=0,
        watches=0,
    )
    return dataclasses.replace(blank, **changes)


def strong(max_kg: float, load_kg: float) -> float:
    """Velocity of a lifter whose line reaches 0.14 m/s at their maximum, 0.004 m/s a kilogram."""
    return 0.14 + 0.004 * (max_kg - load_kg)


LOADS_KG = (120.0, 140.0, 160.0, 180.0)


def test_a_stronger_lifters_estimate_rises_with_them():
    """Their maximum is 200 kg in one block and 215 kg in another, a window later."""
    weak = [entry(0, load, strong(200, load)) for load in LOADS_KG]
    later = [entry(WINDOW_DAYS, load, strong(215, load)) for load in LOADS_KG]
    first, last = find_trend(weak + later).days
    assert first.one_rep_max_kg == pytest.approx(200.0)
    assert last.one_rep_max_kg == pytest.approx(215.0)
    # A day earlier, the first block is still in the window and holds the estimate back.
    near = [
        dataclasses.replace(one, date=(START + datetime.timedelta(WINDOW_DAYS - 1)).isoformat())
        for one in later
    ]
    assert 200.0 < find_trend(weak + near).days[1].one_rep_max_kg < 215.0


def test_days_gather_their_sets():
    days = find_trend(
        [
            entry(3, 140.0, 0.35, net_drift_cm=3.0, faults=2),
            entry(0, 140.2, 0.30, net_drift_cm=-1.0, watches=1),
            entry(0, 140.0, 0.40, net_drift_cm=-3.0, faults=1, reps=5),
            entry(0, 100.0, 0.70, net_drift_cm=math.nan),
        ],
        load_kg=140.0,
    ).days
    assert [day.date.day for day in days] == [5, 8]
    assert [day.sets for day in days] == [3, 1]
    assert [day.reps for day in days] == [11, 3]
    # The fastest at the load, which is the same to half a kilogram.
    assert [day.velocity_m_s for day in days] == [0.40, 0.35]
    assert [day.drift_cm for day in days] == [-2.0, 3.0]
    assert [(day.faults, day.watches) for day in days] == [(1, 1), (2, 0)]


def test_the_load_lifted_on_most_days_is_followed():
    sets = [entry(day, 140.0, 0.4) for day in (0, 0, 0)] + [
        entry(day, 150.0, 0.4) for day in (1, 2)
    ]
    assert find_trend(sets).load_kg == 150.0
    assert find_trend([entry(0, 140, 0.4), entry(1, 160, 0.3)]).load_kg == 160.0
    bare = find_trend([entry(0, math.nan, 0.4)])
    assert math.isnan(bare.load_kg)
    assert bare.days[0].drift_cm == -1.0


def test_the_rate_is_that_of_the_sets():
    rate = find_trend([entry(7 * week, 140.0, 0.3 + 0.02 * week) for week in range(5)]).rate
    assert rate is not None
    assert (rate.start_m_s, rate.m_s_week) == (pytest.approx(0.3), pytest.approx(0.02))
    # Five days to s = hypot(0.01, 0.03) each; sum of (week - 2)^2 is 10.
    assert rate.sd_m_s_week == pytest.approx(math.hypot(0.01, 0.03) / math.sqrt(10))
    assert find_trend([entry(0, 140, 0.3), entry(7, 140, 0.4)]).rate is None


def test_a_bad_day_is_told_from_a_usual_one():
    usual = [entry(7, load, strong(200, load)) for load in LOADS_KG]
    bad = [entry(9, load, strong(200, load) - 0.12) for load in LOADS_KG[1:]]
    change = find_trend(usual + bad).change
    assert change is not None
    assert change.offset_m_s == pytest.approx(-0.12)
    assert change.noticeable
    assert "30 kg heavier" in trend_text(find_trend(usual + bad))
    same = [entry(9, load, strong(200, load)) for load in LOADS_KG[1:]]
    assert "against the other days" in trend_text(find_trend(usual + same))
    assert "too little to be told" in trend_text(find_trend(usual + same))
    assert find_trend(usual).change is None


def test_what_can_not_be_estimated_is_said_with_its_reason():
    light = find_trend([entry(0, load, strong(250, load)) for load in LOADS_KG])
    assert math.isnan(light.days[0].one_rep_max_kg)
    assert light.line is not None
    assert "look light" in trend_text(light)
    one = find_trend([entry(0, 140.0, 0.4)])
    assert one.line is None
    assert "no est. 1RM now: no load-velocity line" in trend_text(one)


def test_an_estimate_is_never_shown_without_method_and_caveat():
    text = trend_text(find_trend([entry(0, load, strong(200, load)) for load in LOADS_KG]))
    assert "200 ±" in text
    assert "Helms et al. 2017" in text
    assert "never load a bar by it alone" in text


def test_undated_sets_are_counted_and_left_out():
    trend = find_trend([entry(0, 140, 0.4), entry(0, 140, 0.9, date=None)])
    assert (trend.undated, trend.days[0].sets) == (1, 1)
    assert "want of a date: 1" in trend_text(trend)
    with pytest.raises(UnmeasurableError, match="none of the 2"):
        find_trend([entry(0, 140, 0.4, date=None)] * 2)


def test_the_plot_shows_the_days():
    sets = [
        entry(7 * week, load, strong(200 + week, load), faults=week)
        for week in range(6)
        for load in LOADS_KG
    ]
    trend = find_trend(sets, load_kg=160.0)
    _, (velocity, maximum, drift, findings, loads) = plot_trend(trend)
    assert list(velocity.lines[0].get_ydata()) == [day.velocity_m_s for day in trend.days]
    assert list(maximum.lines[0].get_ydata()) == [day.one_rep_max_kg for day in trend.days]
    assert list(drift.lines[0].get_ydata()) == [-1.0] * 6
    # Bars of the days with faults: none in the first week, four times as many sets as the week's.
    faults, watches = (bars.get_paths() for bars in findings.collections)
    assert [np.ptp(bar.vertices[:, 1]) for bar in faults] == [4 * week for week in range(1, 6)]
    days = [(day.date - datetime.date(1970, 1, 1)).days for day in trend.days[1:]]
    assert [bar.vertices[:4, 0].mean() for bar in faults] == pytest.approx(days)
    assert watches == []
    # The whiskers reach one sd to either side of each day's dot.
    ends = velocity.lines[1].get_ydata().reshape(-1, 3)
    assert list(ends[:, 1] - ends[:, 0]) == pytest.approx(
        [2 * day.velocity_sd_m_s for day in trend.days]
    )
    # The line of the change: the lifter gains 1 kg a week.
    level = velocity.lines[2].get_ydata()
    assert level[0] == pytest.approx(strong(200, 160.0))
    assert level[-1] == pytest.approx(strong(205, 160.0))
    # The line of the last four weeks at its lightest load, and its points.
    assert list(loads.lines[0].get_xdata()) == [p.load_kg for p in trend.line.points]
    assert loads.lines[1].get_ydata()[0] == pytest.approx(strong(203.5, 120.0))
    # And says why a panel is empty.
    _, (_, empty, *_) = plot_trend(find_trend([entry(0, 140.0, 0.4)]))
    assert "no load-velocity line" in empty.texts[0].get_text()


def test_the_plot_does_not_blow_up_what_hardly_changes():
    sets = [entry(day, 140.0, 0.4 + 0.001 * day) for day in range(3)]
    _, (velocity, _, drift, *_) = plot_trend(find_trend(sets))
    low, high = velocity.get_ylim()
    # four times the 0.029 m/s that a lifter's velocity varies by from day to day (Ruf 2018)
    assert high - low == pytest.approx(0.12)
    assert low < 0.4 < 0.402 < high
    low, high = drift.get_ylim()
    assert high - low == pytest.approx(4.0)


def test_the_plot_shows_all_of_what_changes_much():
    sets = [entry(7 * week, 140.0, 0.3 + 0.05 * week) for week in range(5)]
    _, (velocity, *_) = plot_trend(find_trend(sets))
    low, high = velocity.get_ylim()
    assert low < 0.3 < 0.5 < high
    # matplotlib's margins are a twentieth to either side, of the dots and their whiskers
    assert high - low < 1.3 * 0.2
