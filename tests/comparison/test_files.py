"""The files of a comparison and its page: whole, by their schema, escaped, self-contained."""

from __future__ import annotations

import base64
import csv
import dataclasses
import hashlib
import io
import json
import math
import re
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from barpath.analysis import SetInfo
from barpath.caveats import Caveat
from barpath.comparison import compare_members
from barpath.comparison.files import document, write_files, write_table
from barpath.comparison.member import Video
from barpath.comparison.page import write_page
from barpath.comparison.quantities import QUANTITIES


@pytest.fixture(scope="module")
def schema():
    text = resources.files("barpath").joinpath("schema/comparison.schema.json").read_text()
    return json.loads(text)


@pytest.fixture
def three(made):
    """A set, one with a bulge, and one in which nothing was lifted."""
    return compare_members([made("A", seed=1), made("B", seed=2, bulge_cm=3.0), made("C", reps=0)])


def page_of(comparison, folder=Path()):
    to = io.StringIO()
    write_page(comparison, to, page_folder=folder)
    return to.getvalue()


def test_the_document_keeps_to_its_schema(three, schema):
    validator = jsonschema.Draft202012Validator(schema)
    plain = json.loads(json.dumps(document(three), allow_nan=False))
    assert [error.message for error in validator.iter_errors(plain)] == []
    del plain["pairs"][0]["figures"][0]["verdict"]
    assert list(validator.iter_errors(plain))


def test_the_document_says_what_was_found(three):
    doc = document(three)
    bulge = next(f for f in doc["pairs"][0]["figures"] if f["quantity"] == "bulge_cm")
    assert bulge["verdict"] == "different"
    assert bulge["value"] == pytest.approx(3.0, abs=0.2)
    assert bulge["low"] < 3.0 < bulge["high"]
    nothing = doc["pairs"][1]["figures"][0]
    assert (nothing["verdict"], nothing["value"]) == ("not_compared", None)
    assert nothing["why_not"] == "C (set C) has no whole repetition"
    assert doc["sets"][2]["figures"]["rom_cm"]["mean"] is None


def test_the_table_is_tidy(three):
    to = io.StringIO()
    write_table(three, to)
    rows = list(csv.DictReader(io.StringIO(to.getvalue())))
    of_reps = [row for row in rows if row["rep"]]
    of_pairs = [row for row in rows if row["against"]]
    assert len(of_reps) == 2 * 3 * len(QUANTITIES)
    assert len(of_pairs) == 2 * len(QUANTITIES)
    assert all(row["unit"] for row in rows)
    means = {
        row["set"]: float(row["value"])
        for row in rows
        if row["quantity"] == "rom_cm" and not row["rep"] and not row["against"]
    }
    by_hand = [float(r["value"]) for r in of_reps if r["set"] == "A" and r["quantity"] == "rom_cm"]
    # Written with six figures.
    assert means["A"] == pytest.approx(sum(by_hand) / 3, rel=1e-5)
    assert "nan" not in to.getvalue().lower()


def test_all_files_are_written(three, tmp_path):
    write_files(three, tmp_path, target=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "comparison.json",
        "comparison.csv",
        "comparison.html",
    }


@pytest.mark.parametrize("nasty", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_what_the_user_named_stays_text(made, nasty):
    named = dataclasses.replace(
        made("A"), set=SetInfo(name=nasty, athlete=nasty, date=nasty), source=nasty
    )
    comparison = compare_members([named, made("B")])
    comparison = dataclasses.replace(comparison, warnings=(Caveat("x", nasty, nasty),))
    page = page_of(comparison)
    assert len(re.findall("<script", page)) == 2
    assert "<img" not in page


@pytest.mark.parametrize(
    ("sd_cm", "zero"),
    [
        ((1.5, 1.5), "0 is midfoot."),
        ((math.nan, 1.5), "0 is midfoot (in A it isn't known where that is)."),
        ((math.nan, math.nan), "0 is midfoot (in A and B it isn't known where that is)."),
    ],
)
def test_the_paths_count_from_midfoot_only_where_it_is_known(made, sd_cm, zero):
    sets = [made(key, midfoot_sd_cm=sd) for key, sd in zip("AB", sd_cm, strict=True)]
    assert zero in page_of(compare_members(sets))


def test_what_is_to_be_read_first_stands_before_what_differs(made):
    comparison = compare_members([made("A"), made("B")])
    page = page_of(dataclasses.replace(comparison, warnings=(Caveat("x", "doubt", "do"),)))
    assert 0 < page.index("Read this first") < page.index("What differs")


def test_nothing_is_fetched_but_the_videos(made, tmp_path):
    video = Video(tmp_path / "sets" / "my set #1?.mp4", playback_rate=2.0, drawn=True)
    with_video = dataclasses.replace(made("A"), video=video)
    page = page_of(compare_members([with_video, made("B")]), tmp_path / "out")
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", page)
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["sets"][0]["video"] == {"src": "../sets/my%20set%20%231%3F.mp4", "rate": 2.0}
    assert data["sets"][1]["video"] is None


def test_only_our_own_script_may_run(three):
    page = page_of(three)
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page


def test_no_number_that_is_missing_is_shown_as_one(three):
    words = re.sub(
        r"<script.*?</script>|<style.*?</style>|<[^>]+>", " ", page_of(three), flags=re.S
    )
    assert not re.search(r"\bnan\b|\binf\b|\bNone\b", words)
    assert "C (set C) has no whole repetition" in words
