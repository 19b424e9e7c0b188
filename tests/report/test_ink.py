"""Colours, places and letters of what is drawn on pictures."""

from __future__ import annotations

import numpy as np
import pytest

from barpath.report.ink import lay, part_of, planes_of, sprite_of
from barpath.report.lettering import text_mask, wrap
from barpath.report.palette import speed_colours
from barpath.report.ring import Rim, draw_rim
from barpath.video import open_clip, write_video


def picture(height=64, width=96, y=100):
    planar = np.full((height * 3 // 2, width), 128, dtype=np.uint8)
    planar[:height] = y
    return planar


def block(colour, size=16, alpha=255):
    ink = np.empty((size, size, 3), dtype=np.uint8)
    ink[:] = colour
    return sprite_of(ink=ink, alpha=np.full((size, size), alpha, dtype=np.uint8))


@pytest.mark.parametrize("colour", [(255, 255, 255), (200, 40, 40), (40, 180, 60), (50, 60, 210)])
def test_ink_has_its_colour_in_the_file(tmp_path, colour):
    drawn = picture()
    lay(planes_of(drawn), block(colour, 32), left_px=20, top_px=10)
    write_video(tmp_path / "c.mp4", [drawn] * 2, fps=30, crf=10)
    with open_clip(tmp_path / "c.mp4") as clip:
        rgb = next(iter(clip)).rgb()
    # BT.601 read as BT.709 would be 15 levels off.
    np.testing.assert_allclose(rgb[26, 36].astype(int), colour, atol=5)
    # Luma 100 in video range: (100 - 16) * 255 / 219.
    np.testing.assert_allclose(rgb[55, 80].astype(int), 98, atol=3)


def test_half_covering_ink_lets_half_through():
    drawn = picture()
    lay(planes_of(drawn), block((255, 255, 255), alpha=128), left_px=0, top_px=0)
    assert planes_of(drawn).y[8, 8] == pytest.approx((100 + 235) / 2, abs=1)


@pytest.mark.parametrize(("left", "top"), [(-10, -6), (90, 60), (-200, 0), (0, 500)])
def test_what_sticks_out_is_cut_off(left, top):
    drawn, before = picture(), picture()
    sprite = block((255, 255, 255))
    lay(planes_of(drawn), sprite, left_px=left, top_px=top)
    changed = planes_of(drawn).y != planes_of(before).y
    rows, columns = np.nonzero(changed)
    wide = max(0, min(left + 16, 96) - max(left, 0))
    high = max(0, min(top + 16, 64) - max(top, 0))
    assert changed.sum() == wide * high
    if changed.any():
        assert (rows.min(), columns.min()) == (max(top, 0), max(left, 0))


def test_a_part_is_the_columns_asked_for():
    whole, halves = picture(), picture()
    sprite = block((200, 40, 40))
    lay(planes_of(whole), sprite, left_px=10, top_px=4)
    lay(planes_of(halves), part_of(sprite, left_px=0, right_px=6), left_px=10, top_px=4)
    lay(planes_of(halves), part_of(sprite, left_px=6, right_px=16), left_px=16, top_px=4)
    np.testing.assert_array_equal(whole, halves)


@pytest.mark.parametrize("bold", [False, True])
def test_lines_of_one_size_share_their_height(bold):
    masks = [text_mask(text, size_px=24, bold=bold) for text in ("ace", "Ág", "−0.63 m/s", "x.")]
    assert len({mask.shape[0] for mask in masks}) == 1
    assert all(size % 2 == 0 for mask in masks for size in mask.shape)
    assert all(mask.max() == 255 for mask in masks)
    # On one baseline: a full stop ends where the figures and the short letters do.
    ends = [np.flatnonzero(mask.any(axis=1)).max() for mask in masks]
    assert abs(ends[0] - ends[3]) <= 1
    assert ends[1] > ends[0] + 2  # the tail of the g
    assert np.flatnonzero(masks[1].any(axis=1)).min() > 0  # the accent is whole


def test_figures_do_not_dance():
    widths = {text_mask(f"0.{n:02d}", size_px=26, bold=True).shape[1] for n in range(100)}
    assert max(widths) - min(widths) <= 2


def test_twice_the_size_is_twice_as_wide():
    small, large = (text_mask("velocity", size_px=size) for size in (30, 60))
    assert large.shape[1] == pytest.approx(2 * small.shape[1], abs=4)


def test_long_texts_break_between_words():
    text = "the bar swings forward round the knees"
    lines = wrap(text, width_px=160, size_px=14)
    assert " ".join(lines) == text
    assert len(lines) > 1
    assert all(text_mask(line, size_px=14).shape[1] <= 160 for line in lines)
    assert wrap("unbreakable" * 9, width_px=50, size_px=14) == ["unbreakable" * 9]


def test_colours_rise_in_lightness_with_speed():
    colours = speed_colours(np.array([0.0, 0.25, 0.5, 0.75, 1.0, 9.0, np.nan]), top_m_s=1.0)
    lightness = colours @ [0.2126, 0.7152, 0.0722]
    assert np.all(np.diff(lightness[:5]) > 10)
    np.testing.assert_array_equal(colours[5], colours[4])
    np.testing.assert_array_equal(colours[6], colours[0])


@pytest.mark.parametrize(("ratio", "angle_deg"), [(1.0, 0.0), (0.9, 25.0), (0.8, 120.0)])
def test_the_rim_lies_on_its_ellipse_to_a_tenth_of_a_pixel(ratio, angle_deg):
    rim = Rim(x_px=150.3, y_px=120.7, radius_px=80.4, axis_ratio=ratio, angle_deg=angle_deg)
    sprite, left, top = draw_rim(rim, line_px=3.0, dashed=False)
    light = (sprite.y.astype(float) - 24) / 211 * sprite.weight
    light[
        round(rim.y_px) - top - 8 : round(rim.y_px) - top + 9,
        round(rim.x_px) - left - 8 : round(rim.x_px) - left + 9,
    ] = 0  # the dot
    rows, columns = np.nonzero(light)
    x, y = columns + left - rim.x_px, rows + top - rim.y_px
    # The centroid of the line is its centre, and its second moments are those of the ellipse's
    # boundary: of a circle, r^2 / 2 in every direction.
    weight = light[rows, columns]
    assert np.average(x, weights=weight) == pytest.approx(0, abs=0.1)
    assert np.average(y, weights=weight) == pytest.approx(0, abs=0.1)
    angle = np.radians(angle_deg)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    stretched = np.hypot(along, across / ratio)
    # Weighted by the line's area the mean is exact for a circle: its line is as wide everywhere.
    assert np.average(stretched, weights=weight) == pytest.approx(80.4, abs=0.1)
