"""The comparison's page in a real browser: drawn, both videos in step, usable by everyone."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from barpath.comparison import compare_members
from barpath.comparison.files import write_files
from barpath.comparison.member import Video
from barpath.video import write_video
from tests.browsing import (
    DESKTOP,
    PHONE,
    needs_chromium,
    running_browser,
    serious_violations,
    visits,
)

pytestmark = needs_chromium

# The page's security policy forbids the evaluation that Playwright's own waiting needs.
STILL = """() => Promise.all([...document.querySelectorAll("video")].map((video) => new Promise(
  (resolve) => {
    const look = () => (video.readyState >= 2 && !video.seeking ? resolve() : setTimeout(look, 20));
    look();
  })))"""


@pytest.fixture(scope="module")
def browser():
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def place(kept, made, tmp_path_factory):
    """The page of two sets with grey videos, the second at double speed; made once."""
    if not kept:
        folder = tmp_path_factory.mktemp("comparison")
        members = []
        for key, rate, options in (("A", 1.0, {}), ("B", 0.5, {"bulge_cm": 3.0, "up_s": 2.0})):
            member = made(key, seed=ord(key), reps=2, **options)
            video = folder / f"{key}.mp4"
            image = np.full((36, 64, 3), 110, dtype=np.uint8)
            times_s = np.arange(int(member.duration_s * 10)) / 10 * rate
            write_video(video, (image for _ in times_s), times_s=times_s)
            said = dataclasses.replace(member.set, load_kg=120.0 if key == "A" else 180.0)
            members.append(
                dataclasses.replace(member, set=said, video=Video(video, rate, drawn=False))
            )
        write_files(compare_members(members), folder, target=folder)
        kept["page"] = folder / "comparison.html"
        kept["liftoff_s"] = [member.whole[0].liftoff_s for member in members]
    return kept


@pytest.fixture
def visit(browser, place):
    with visits(
        browser, place["page"].as_uri(), arrived=lambda page: page.evaluate(STILL)
    ) as visit:
        yield visit


def video_times_s(page):
    page.evaluate(STILL)
    return page.eval_on_selector_all("video", "videos => videos.map((v) => v.currentTime)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_is_drawn_without_complaint(visit, size, scheme):
    page = visit(size, scheme)
    assert page.complaints == []
    assert all(url.startswith("file:") for url in page.asked)
    for svg in ("#paths", "#path_by_height", "#velocity_by_height", "#velocity_by_time"):
        for mean in page.eval_on_selector_all(
            f"{svg} .mean", "paths => paths.map((p) => p.getAttribute('d'))"
        ):
            assert "L" in mean
            assert "NaN" not in mean
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    # the load-velocity line: a point a set, the second lower and to the right, the line through it
    (first, second) = page.eval_on_selector_all(
        "#loads circle",
        "dots => dots.map((dot) => [+dot.getAttribute('cx'), +dot.getAttribute('cy')])",
    )
    assert second[0] > first[0]
    assert second[1] > first[1]
    drawn = page.get_attribute("#loads path.fit", "d", timeout=2000)
    start = [float(number) for number in re.match(r"M([\d.]+),([\d.]+)L", drawn).groups()]
    assert start == pytest.approx(first, abs=0.2)  # written in tenths of a pixel


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_serious(visit, size, scheme):
    page = visit(size, scheme, bypass_csp=True)
    assert serious_violations(page) == []


def test_both_videos_stand_at_lift_off(visit, place):
    first_s, second_s = video_times_s(visit())
    # The second video takes half a second for each real one; frames are 0.1 s apart.
    assert first_s == pytest.approx(place["liftoff_s"][0], abs=0.01)
    assert second_s == pytest.approx(0.5 * place["liftoff_s"][1], abs=0.01)


def test_another_repetition_is_aligned_at_its_own_lift_off(visit, place):
    page = visit()
    page.select_option("#pick-0", "1:1")
    first_s, second_s = video_times_s(page)
    # Pulls are 4 s apart, and the same set is now on both sides.
    assert first_s == pytest.approx(0.5 * (place["liftoff_s"][1] + 4.0), abs=0.02)
    assert second_s == pytest.approx(0.5 * place["liftoff_s"][1], abs=0.01)
    assert "B rep 2" in page.inner_text("#now")


def test_playing_keeps_them_in_step(visit, place):
    page = visit()
    page.click("#play")
    page.wait_for_timeout(900)
    page.click("#play")
    first_s, second_s = video_times_s(page)
    now_s = float(re.match(r"[\d.]+", page.inner_text("#now"))[0])
    assert now_s > 0.1
    # They are set right when they stray by 0.08 s; a loaded machine may show one frame late.
    assert first_s - place["liftoff_s"][0] == pytest.approx(now_s, abs=0.3)
    assert second_s / 0.5 - place["liftoff_s"][1] == pytest.approx(now_s, abs=0.3)


def test_everything_can_be_done_from_the_keyboard(visit, place):
    page = visit()
    page.focus("#scrub")
    page.keyboard.press("End")
    end_s = float(re.match(r"[\d.]+", page.inner_text("#now"))[0])
    assert end_s > 1.8
    page.focus("#play")
    page.keyboard.press("Enter")
    assert page.get_attribute("#play", "aria-pressed") == "true"
    page.keyboard.press("Enter")
    assert page.get_attribute("#play", "aria-pressed") == "false"
    page.focus("#pick-1")
    page.keyboard.press("ArrowDown")
    assert page.input_value("#pick-1") == "1:1"


def test_where_they_differ_is_shaded(visit):
    page = visit()
    assert page.locator("#bow_by_height .apart").count() == 1
    shaded = page.locator("#bow_by_height .apart").bounding_box()
    whole = page.locator("#bow_by_height").bounding_box()
    middle = (shaded["x"] + shaded["width"] / 2 - whole["x"] - 48) / (whole["width"] - 56)
    assert middle == pytest.approx(0.5, abs=0.1)  # a sine over the rise peaks halfway up


def test_print_leaves_the_player_out(visit):
    page = visit()
    page.emulate_media(media="print")
    assert not page.is_visible("video")
    assert not page.is_visible("#scrub")
    assert page.is_visible("#paths")
    assert page.is_visible("table")
