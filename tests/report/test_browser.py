"""The report in a real browser: drawn, in step with its video, usable by everyone."""

from __future__ import annotations

import dataclasses
import math
import re

import cv2
import pytest

from barpath.config import AnalysisConfig, OverlayConfig
from barpath.report.overlay import write_overlay
from barpath.report.page import media_of, write_page
from tests.browsing import (
    DESKTOP,
    PHONE,
    needs_chromium,
    running_browser,
    serious_violations,
    visits,
)

pytestmark = needs_chromium

FRAME_S = 0.1  # the thinned analysis has ten frames a second
# The page's security policy forbids the evaluation that Playwright's own waiting needs.
UNTIL = """([event, done]) => new Promise((resolve) => {
  const video = document.querySelector("video");
  const ready = {
    loaded: () => video.readyState >= 2,
    still: () => !video.seeking,
    under_way: () => video.currentTime > 0.5,
  }[done];
  const look = () => { if (ready()) { video.removeEventListener(event, look); resolve(); } };
  video.addEventListener(event, look);
  look();
})"""


@pytest.fixture(scope="module")
def browser():
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def report(kept, small, grey_clip, tmp_path_factory):
    """The page with its overlay, made once."""
    if not kept:
        folder = tmp_path_factory.mktemp("report")
        video = folder / "overlay.mp4"
        write_overlay(small, clip=grey_clip(small), to=video, config=OverlayConfig(slow=0.5))
        media = media_of(video, page_folder=folder, playback_rate=2.0, drawn=True, embed=False)
        kept["page"] = folder / "report.html"
        with kept["page"].open("w", encoding="utf-8") as to:
            write_page(small, to, config=AnalysisConfig(), media=media)
    return kept["page"]


@pytest.fixture
def visit(browser, report):
    with visits(
        browser,
        report.as_uri(),
        arrived=lambda page: page.evaluate(UNTIL, ["loadeddata", "loaded"]),
    ) as visit:
        yield visit


def video_s(page):
    page.evaluate(UNTIL, ["seeked", "still"])
    return page.evaluate("document.querySelector('video').currentTime")


def cursor_px(page):
    return page.eval_on_selector("#time .cursor", "line => +line.getAttribute('x1')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_is_drawn_without_complaint(visit, tmp_path, size, scheme):
    page = visit(size, scheme)
    assert page.complaints == []
    assert all(url.startswith("file:") for url in page.asked)
    for svg in ("#time", "#profile", "[data-path='0']", "[data-path='1']"):
        assert "L" in page.eval_on_selector(f"{svg} .curve", "path => path.getAttribute('d')")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide == size["width"]  # nothing sticks out sideways
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    picture = cv2.imread(str(tmp_path / "page.png"), cv2.IMREAD_GRAYSCALE)
    paper = int(picture[5, 5])
    assert paper > 240 if scheme == "light" else paper < 40


def test_a_path_below_the_lowest_rest_lies_in_its_frame(browser, small, tmp_path):
    """A squat that turns at once: 0 is where the lifter stands, and all of the path is below it."""
    motion = dataclasses.replace(small.motion, y_cm=small.motion.y_cm - 55.0)
    squat = dataclasses.replace(small, motion=motion)
    with (tmp_path / "report.html").open("w", encoding="utf-8") as to:
        write_page(squat, to, config=AnalysisConfig(), media=None)
    address = (tmp_path / "report.html").as_uri()
    with visits(browser, address, arrived=lambda page: None) as visit:
        page = visit()
        frame = page.eval_on_selector("[data-path='0']", "svg => svg.viewBox.baseVal.height")
        marks = page.eval_on_selector_all(
            "[data-path='0'] :is(.mark, .ring)",
            "ends => ends.map((end) => +end.getAttribute('cy'))",
        )
    assert len(marks) == 2
    assert all(0 < mark < frame - 36 for mark in marks)  # above the axis


def test_a_rep_that_is_not_whole_shows_what_there_is_of_it(browser, small, tmp_path):
    cut = dataclasses.replace(small.reps[1], complete=False, lockout_s=math.nan)
    part = dataclasses.replace(small, reps=(small.reps[0], cut))
    with (tmp_path / "report.html").open("w", encoding="utf-8") as to:
        write_page(part, to, config=AnalysisConfig(), media=None)
    address = (tmp_path / "report.html").as_uri()
    with visits(browser, address, arrived=lambda page: None) as visit:
        page = visit()
        drawn = page.eval_on_selector_all(
            ".path .curve.part",
            "all => all.map((c) => [c.parentNode.dataset.path, c.getTotalLength()])",
        )
        assert "dashed: what the clip shows of a partial repetition" in page.inner_text("main")
    ((panel, length_px),) = drawn
    assert panel == "1"
    assert length_px > 200  # up 60 cm in a panel of 300 px or more


def test_nothing_is_less_than_zero_by_nothing(visit):
    page = visit()
    assert page.evaluate("['-0.00', '-0.01', '0.0', '-12'].map(minus)") == [
        "0.00",
        "\N{MINUS SIGN}0.01",
        "0.0",
        "\N{MINUS SIGN}12",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_serious(visit, size, scheme):
    page = visit(size, scheme, bypass_csp=True)
    assert serious_violations(page) == []


def test_choosing_a_repetition_seeks_to_its_lift_off(visit):
    page = visit()
    page.click("button[data-rep='1']")
    # Half speed: the second lift-off, at 5 s, is 10 s into the video.
    assert video_s(page) == pytest.approx(10.0, abs=0.01)
    assert page.get_attribute("button[data-rep='1']", "aria-pressed") == "true"
    assert page.get_attribute("button[data-rep='0']", "aria-pressed") == "false"
    assert "5.00 s · rep 2" in page.inner_text("#now")


def test_playing_moves_the_cursor_along(visit):
    page = visit()
    start = cursor_px(page)
    page.evaluate("document.querySelector('video').play()")
    page.evaluate(UNTIL, ["timeupdate", "under_way"])
    page.evaluate("document.querySelector('video').pause()")
    page.wait_for_timeout(300)
    assert cursor_px(page) > start
    shown_s = float(re.match(r"[\d.]+", page.inner_text("#now"))[0])
    assert shown_s == pytest.approx(video_s(page) / 2, abs=FRAME_S)


def test_clicking_the_velocity_seeks_there(visit):
    page = visit()
    box = page.locator("#time").bounding_box()
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + box["height"] / 2)
    seen_s = video_s(page) / 2
    # Axes take 48 px on the left and 8 on the right; the set lasts 8.9 s.
    expected_s = (0.6 * box["width"] - 48) / (box["width"] - 56) * 8.9
    assert seen_s == pytest.approx(expected_s, abs=0.05)
    assert cursor_px(page) == pytest.approx(0.6 * box["width"], abs=2)


def test_clicking_the_path_seeks_to_the_nearest_moment(visit):
    page = visit()
    page.click("button[data-rep='0']")
    page.locator("[data-path='1']").scroll_into_view_if_needed()
    ring = page.locator("[data-path='1'] .ring").bounding_box()
    page.mouse.click(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    # The second lockout is at 6.5 s and the bar rests there until 7.
    assert 6.5 - FRAME_S <= video_s(page) / 2 <= 7.0 + FRAME_S
    assert page.get_attribute("button[data-rep='1']", "aria-pressed") == "true"


def test_everything_can_be_done_from_the_keyboard(visit):
    page = visit()
    page.focus("button[data-rep='1']")
    page.keyboard.press("Enter")
    assert video_s(page) == pytest.approx(10.0, abs=0.01)
    page.focus("#scrub")
    page.keyboard.press("Home")
    assert video_s(page) == pytest.approx(0.0, abs=0.01)
    page.keyboard.press("ArrowRight")
    assert video_s(page) > 0
    page.focus("#units")
    page.keyboard.press("Space")
    assert page.get_attribute("#units", "aria-pressed") == "true"


def test_units_change_everywhere_and_back(visit):
    page = visit()
    assert "60.0 ±0.4" in page.inner_text("table")
    page.click("#units")
    assert "23.6 ±0.2" in page.inner_text("table")  # 60 and 0.4 cm over 2.54, rounded up
    assert "RANGE IN" in page.inner_text("thead").upper()
    assert "(in)" in page.text_content("#profile")
    assert "309 lb" in page.inner_text("header")  # 140 kg
    page.click("#units")
    assert "60.0 ±0.4" in page.inner_text("table")


def test_print_leaves_the_controls_out(visit):
    page = visit()
    page.emulate_media(media="print")
    assert not page.is_visible("video")
    assert not page.is_visible("#scrub")
    assert page.is_visible("table")
    assert page.is_visible("#time")
