"""Sets of several loads: the line through them, what it leads to, and when there is none."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from pathlib import Path

import jsonschema
import pytest

from barpath.comparison import compare_members
from barpath.comparison.files import document
from barpath.comparison.loads import loads_in_words, loads_of
from barpath.comparison.page import write_page
from tests.comparison.test_files import schema  # noqa: F401

# A rise of 55 cm in 1.2 s, less the ends' 3 % on either side: 0.49 m/s; in 2.4 s half as much.
QUICK_S, SLOW_S = 1.2, 2.4


@pytest.fixture
def loaded(made):
    """Give a function that makes a set with a load."""

    def make(key, load_kg, *, up_s, athlete=None, lift="conventional"):
        member = made(key, up_s=up_s, seed=ord(key), lift=lift)
        said = dataclasses.replace(member.set, load_kg=load_kg, athlete=athlete)
        return dataclasses.replace(member, set=said)

    return make


@pytest.fixture
def three(loaded, made):
    """A light set, one without a load, and a heavy one."""
    return [
        loaded("A", 120.0, up_s=QUICK_S, athlete="Ann"),
        made("B", lift="conventional"),
        loaded("C", 180.0, up_s=SLOW_S),
    ]


def test_the_line_runs_through_the_fastest_repetitions(three):
    loads = loads_of(three)
    assert [(at.key, at.point.load_kg) for at in loads.points] == [("A", 120.0), ("C", 180.0)]
    for at, member in zip(loads.points, (three[0], three[2]), strict=True):
        assert at.point.velocity_m_s == max(rep.mean_velocity_m_s for rep in member.whole)
        assert loads.line.velocity_m_s(at.point.load_kg)[0] == pytest.approx(at.point.velocity_m_s)
    # half the speed at 180 kg of that at 120: it stands still at 240
    assert loads.line.l0_kg == pytest.approx(240.0, rel=0.02)


def test_the_words_say_how_far_to_believe_it(three):
    said = list(loads_in_words(loads_of(three)))
    assert said[0].startswith("load-velocity line: v0 0.9")
    assert any("Helms" in line for line in said)
    assert any("not a plan" in line for line in said)


def test_a_line_that_leads_to_no_maximum_says_why(loaded):
    light = [loaded("A", 60.0, up_s=1.0), loaded("B", 90.0, up_s=QUICK_S)]
    loads = loads_of(light)
    assert loads.line is not None
    assert loads.one_rep_max is None
    assert list(loads_in_words(loads))[-1].startswith("no estimated maximum: ")


def test_loads_too_near_for_a_line_say_why(loaded):
    loads = loads_of([loaded("A", 120.0, up_s=QUICK_S), loaded("B", 122.5, up_s=SLOW_S)])
    assert loads.line is None
    assert list(loads_in_words(loads)) == ["no load-velocity line from 120 to 122.5 kg alone"]


@pytest.mark.parametrize(
    "other",
    [
        {"load_kg": 120.0},
        {"load_kg": float("nan")},
        {"load_kg": 180.0, "athlete": "Ben"},
        {"load_kg": 180.0, "lift": "sumo"},
    ],
)
def test_one_load_two_lifters_or_two_lifts_give_no_line(loaded, other):
    first = loaded("A", 120.0, up_s=QUICK_S, athlete="Ann")
    assert loads_of([first, loaded("B", up_s=SLOW_S, **other)]) is None


def test_files_and_page_carry_the_line(three, schema):  # noqa: F811
    comparison = compare_members(three)
    doc = json.loads(json.dumps(document(comparison), allow_nan=False))
    jsonschema.validate(doc, schema)
    assert [point["set"] for point in doc["load_velocity"]["points"]] == ["A", "C"]
    assert doc["load_velocity"]["line"]["l0_kg"] == pytest.approx(240.0, rel=0.02)
    to = io.StringIO()
    write_page(comparison, to, page_folder=Path())
    page = to.getvalue()
    assert "Velocity over load" in page
    assert "Load-velocity line: v0" in page
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])["loads"]
    assert [point["shade"] for point in data["points"]] == [0, 2]
    assert data["line"]["load"][0] == 120.0
    assert data["line"]["load"][-1] == pytest.approx(max(180.0, data["best"]["load"]), abs=0.01)


def test_without_loads_nothing_is_said_of_them(made, schema):  # noqa: F811
    comparison = compare_members([made("A"), made("B", seed=1)])
    doc = json.loads(json.dumps(document(comparison), allow_nan=False))
    jsonschema.validate(doc, schema)
    assert doc["load_velocity"] is None
    to = io.StringIO()
    write_page(comparison, to, page_folder=Path())
    assert "Velocity over load" not in to.getvalue()
