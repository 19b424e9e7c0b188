"""The report as text: whole, escaped, self-contained and small."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from barpath.analysis import Lifter
from barpath.caveats import Caveat
from barpath.config import AnalysisConfig
from barpath.report import page as page_module
from barpath.report.page import Media, media_of, write_page

BUDGET_BYTES = 1_500_000
VIDEO = Media(src="overlay.mp4", playback_rate=1.0, drawn=True)
# A void element has no end tag (HTML Living Standard, 13.1.2).
VOID = {"meta", "input", "br", "hr", "img", "link"}


def render(analysis, *, config=None, media=VIDEO):
    to = io.StringIO()
    write_page(analysis, to, config=config or AnalysisConfig(), media=media)
    return to.getvalue()


class Reader(HTMLParser):
    """Text, attributes and nesting of a page."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def data_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])


def test_elements_are_closed_in_order_and_names_are_unique(analysis):
    reader = Reader(render(analysis))
    assert reader.open == []
    names = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(names) == len(set(names))
    referred = {
        name
        for _, attrs in reader.tags
        for key in ("aria-labelledby", "for")
        for name in (attrs.get(key) or "").split()
    }
    assert referred <= set(names)


@pytest.mark.parametrize("nasty", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_what_the_user_named_stays_text(analysis, nasty):
    named = dataclasses.replace(
        analysis,
        set=dataclasses.replace(analysis.set, name=nasty, athlete=nasty),
        clip=dataclasses.replace(analysis.clip, name=f"{nasty}.mp4"),
        warnings=(Caveat("x", nasty, nasty),),
    )
    page = render(named, config=AnalysisConfig(set_name=nasty))
    reader = Reader(page)
    assert nasty in reader.text
    assert [tag for tag, _ in reader.tags].count("script") == 2
    assert "img" not in [tag for tag, _ in reader.tags]


def test_nothing_is_fetched(analysis):
    page = render(analysis)
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", page)
    sources = {
        attrs[key]
        for _, attrs in Reader(page).tags
        for key in ("src", "href", "poster", "data", "action")
        if key in attrs
    }
    assert sources == {"overlay.mp4"}


def test_only_our_own_script_may_run(analysis):
    page = render(analysis)
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(
        attrs["content"] for tag, attrs in Reader(page).tags if tag == "meta" and "content" in attrs
        and "default-src" in attrs["content"]
    )  # fmt: skip
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert "connect-src" not in policy


def test_every_figure_stands_there_with_its_uncertainty(analysis):
    text = Reader(render(analysis)).text
    for words in (
        "0.40 ±0.01",  # mean velocity: 60 cm in 1.5 s, ±0.005 rounded up
        "0.60 ±0.01",  # peak
        "60.0 ±0.4",  # range
        "−1.0 ±0.3",  # net drift
        "0.30 m/s at 27",  # sticking region
        "none",  # the second rep has none
        "velocity loss, %",
        "Midfoot is assumed. Give --midfoot",
        "Not yet.",
        "plate of 45 cm (assumed): 0.2500 cm a pixel ±0.5 %",
        "98.5 % measured, 0.4 % bridged, 1.1 % lost; found again 1 times",
        "0" * 64,
    ):
        assert words in text, words


def test_forward_and_back_are_told_with_their_uncertainty_as_drift_is(analysis):
    sure = dataclasses.replace(
        analysis.reps[0].uncertainty, max_forward_cm=0.15, max_backward_cm=0.21
    )
    rep = dataclasses.replace(analysis.reps[0], uncertainty=sure)
    text = Reader(render(dataclasses.replace(analysis, reps=(rep, *analysis.reps[1:])))).text
    # 0.15 and 0.21 rounded up; the second repetition's aren't known and say nothing
    for words in ("0.7 ±0.2 1.2 ±0.3 −1.0 ±0.3", "0.7 1.2 −1.0 ±0.3"):
        assert words in text, words


def test_options_are_told_as_they_are_given(analysis):
    assert "none given" in Reader(render(analysis)).text
    given = AnalysisConfig(plate_diameter_cm=45.0, facing="left", load_kg=140.0)
    text = Reader(render(analysis, config=given)).text
    assert "--plate-diameter 45.0 --facing left --load-kg 140.0" in text
    assert "(assumed)" not in text


def test_no_line_ends_within_an_option(analysis):
    page = render(analysis, config=AnalysisConfig(plate_diameter_cm=45.0))
    assert "Give <code>--midfoot</code>." in page
    assert "<dd><code>--plate-diameter</code> 45.0</dd>" in page
    assert "code { font: inherit; white-space: nowrap; }" in page


def test_partial_repetitions_are_counted_as_such(analysis):
    half = dataclasses.replace(analysis.reps[1], complete=False)
    text = Reader(render(dataclasses.replace(analysis, reps=(analysis.reps[0], half)))).text
    assert "2 repetitions, 1 partial" in text
    assert "2 repetitions 0" in Reader(render(analysis)).text  # the next tile follows at once


def test_what_is_not_known_is_a_dash(analysis):
    half = dataclasses.replace(
        analysis.reps[1],
        complete=False,
        liftoff_s=math.nan,
        mean_velocity_m_s=math.nan,
        rom_cm=math.nan,
    )
    page = render(dataclasses.replace(analysis, reps=(analysis.reps[0], half)))
    row = re.search(r"2 \(partial\)</th>(.*?)</tr>", page, re.DOTALL)[1]
    assert row.count("–") >= 4  # lift-off, mean, loss, range
    assert "nan" not in Reader(page).text.lower()
    assert data_of(page)["reps"][1]["liftoff"] is None


def test_gaps_are_gaps_in_the_plots(analysis):
    data = data_of(render(analysis))
    assert data["v"][3:6] == [None] * 3
    assert None not in data["v"][6:]
    np.testing.assert_allclose(data["t"], analysis.motion.time_s, atol=1e-4)
    assert [rep["index"] for rep in data["reps"]] == [1, 2]


def test_findings_are_told_with_cue_and_drills(analysis, monkeypatch):
    finding = {
        "rep": 2,
        "first": True,
        "code": "swing",
        "severity": "fault",
        "time_s": 5.4,
        "message": "the bar swings forward <b>round</b> the knees",
        "cue": "push the floor away",
        "drills": ["paused pulls", "tempo, slow down"],
    }
    assert "What stands out" not in Reader(render(analysis)).text
    monkeypatch.setattr(page_module, "findings_of", lambda _: iter([finding]))
    page = render(analysis)
    text = Reader(page).text
    assert "The bar swings forward <b>round</b> the knees." in text
    assert "Cue: Push the floor away. Drills: Paused pulls; tempo, slow down." in text
    assert 'data-seek="5.4"' in page


def test_an_unknown_direction_draws_no_shoe_and_says_so(analysis):
    assert data_of(render(analysis))["shoe_cm"] > 0
    page = render(dataclasses.replace(analysis, lifter=Lifter(None, 0.0)))
    assert data_of(page)["shoe_cm"] == 0
    assert "which way the lifter faces isn't known" in Reader(page).text


def test_a_bar_that_turns_below_its_rest_is_drawn_whole_and_says_so(analysis):
    assert data_of(render(analysis))["bottom_cm"] == pytest.approx(0.0, abs=0.2)
    assert "turns lower" not in Reader(render(analysis)).text
    # a squat of the same heights, 0 where the lifter stands
    motion = dataclasses.replace(analysis.motion, y_cm=analysis.motion.y_cm - 55.0)
    page = render(dataclasses.replace(analysis, motion=motion))
    assert data_of(page)["bottom_cm"] == pytest.approx(-55.0, abs=0.2)
    assert "it turns lower without resting there" in Reader(page).text


def test_a_set_without_repetitions_has_a_page_too(without_reps):
    reader = Reader(render(without_reps))
    assert "no repetitions were found" in reader.text
    assert "table" not in [tag for tag, _ in reader.tags]


def test_a_page_without_a_video_has_no_player(analysis):
    assert "video" not in [tag for tag, _ in Reader(render(analysis, media=None)).tags]


def test_the_video_is_named_from_where_the_page_will_lie(tmp_path):
    media = media_of(
        tmp_path / "in" / "my set #1?.mp4",
        page_folder=tmp_path / "out",
        playback_rate=4.0,
        drawn=False,
        embed=False,
    )
    assert media == Media(src="../in/my%20set%20%231%3F.mp4", playback_rate=4.0, drawn=False)


def test_an_embedded_video_is_the_file_to_the_byte(tmp_path, analysis):
    video = tmp_path / "overlay.mp4"
    video.write_bytes(bytes(range(256)) * 40)
    media = media_of(video, page_folder=tmp_path, playback_rate=1.0, drawn=True, embed=True)
    page = render(analysis, media=media)
    kind, _, code = re.search(r'<video[^>]* src="([^"]*)"', page)[1].partition(",")
    assert kind == "data:video/mp4;base64"
    assert base64.b64decode(code) == video.read_bytes()


def test_a_long_clip_with_five_repetitions_stays_within_the_budget(analysis):
    """Ten minutes at 60 frames a second."""
    time_s = np.arange(36_000) / 60
    rng = np.random.default_rng(1)
    columns = {name: rng.normal(0, 30, time_s.size) for name in ("x_cm", "y_cm", "vy_m_s")}
    long = dataclasses.replace(
        analysis,
        motion=dataclasses.replace(analysis.motion, time_s=time_s, **columns),
        reps=tuple(dataclasses.replace(analysis.reps[0], index=i) for i in range(1, 6)),
    )
    assert len(render(long).encode()) < BUDGET_BYTES / 3
