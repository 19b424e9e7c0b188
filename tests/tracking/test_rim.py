"""The rim's fit held against ellipses drawn by formula."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barpath.plate import Ellipse
from barpath.tracking.edges import RAYS, edge_strength, points_on, sample_all, sample_edges
from barpath.tracking.rim import RimFit, check_rims, fit_rim, locate_rim, vote_centre
from tests.tracking.drawing import (
    DISHED,
    EDGE_SD_PX,
    PLAIN,
    SHAPE,
    Image,
    as_image,
    paint_plate,
)

WALL, CONTRAST = 165.0, 105.0
READING_PX = 0.02
"""Reading linearly between pixels and rounding to whole greys leave two hundredths."""


def picture(rim: Ellipse, *, noise: float = 0.0, seed: int = 0, look=PLAIN, sd_px=EDGE_SD_PX):
    return as_image(
        paint_plate(np.full(SHAPE, WALL), rim, look, sd_px=sd_px), noise=noise, seed=seed
    )


def ray_sd_px(noise: float, sd_px: float = EDGE_SD_PX) -> float:
    """Error of one ray's edge.

    The Cramer-Rao bound for a step blurred by `sd_px`, sampled once a pixel, is
    ``noise / CONTRAST * sqrt(2 sqrt(pi) sd_px)``; locating it with a one-pixel derivative of a
    Gaussian instead of the matched one costs less than half as much again.
    """
    return 1.5 * noise / CONTRAST * np.sqrt(2 * np.sqrt(np.pi) * sd_px)


def centre_tolerance_px(noise: float, sd_px: float = EDGE_SD_PX) -> float:
    """Four standard deviations of a coordinate fitted to all rays, which see it by their cosine."""
    return READING_PX + 4 * ray_sd_px(noise, sd_px) * np.sqrt(2 / RAYS)


def applied(voted: Ellipse, fit: RimFit) -> Ellipse:
    """The fitted ellipse, for one voted for as a circle."""
    p, q = fit.shape
    mean, stretch = voted.radius_px * (1 + fit.growth), np.hypot(p, q)
    return Ellipse(
        x_px=voted.x_px + fit.dx_px,
        y_px=voted.y_px + fit.dy_px,
        radius_px=mean * (1 + stretch),
        axis_ratio=(1 - stretch) / (1 + stretch),
        angle_deg=np.degrees(np.arctan2(q, p)) / 2 % 180,
    )


def measured(image: Image, guess: Ellipse, *, reach_px: float = 6, **free: bool) -> Ellipse:
    located = locate_rim(image=image, rim=guess, reach_px=reach_px, band_px=4, **free)
    assert located is not None
    return applied(*located)


def test_an_edge_is_as_strong_as_its_slope():
    ramp = np.tile(3.0 * 0.5 * np.arange(60, dtype=np.float32), (4, 1))  # 3 greys a pixel
    assert edge_strength(ramp)[:, 10:-10] == pytest.approx(3.0, rel=1e-5)


@settings(deadline=None)
@given(
    st.floats(0.5, 1),
    st.floats(0, 179),
    st.floats(0.3, 2.0),
)
def test_points_lie_on_their_ellipse(ratio, angle_deg, rho):
    rim = Ellipse(12.5, -7.25, 40, ratio, angle_deg)
    x, y = points_on(rim=rim, rho=np.array([rho]))
    turn = np.deg2rad(angle_deg)
    along = (x - 12.5) * np.cos(turn) + (y + 7.25) * np.sin(turn)
    across = (y + 7.25) * np.cos(turn) - (x - 12.5) * np.sin(turn)
    assert np.hypot(along / 40, across / (40 * ratio)) == pytest.approx(rho)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-0.5, 0.5),
    st.floats(-0.5, 0.5),
    st.floats(-4, 4),
    st.floats(-4, 4),
    st.floats(25, 50),
    st.sampled_from([0.0, 3.0, 8.0]),
)
def test_a_circle_is_found_wherever_it_lies(dx, dy, off_x, off_y, radius, noise):
    true = Ellipse(150 + dx, 110 + dy, radius)
    guess = replace(true, x_px=true.x_px + off_x, y_px=true.y_px + off_y)
    found = measured(picture(true, noise=noise), guess)
    error = np.hypot(found.x_px - true.x_px, found.y_px - true.y_px)
    assert error < np.sqrt(2) * centre_tolerance_px(noise)


@pytest.mark.parametrize("sd_px", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("ratio", "angle_deg"), [(1.0, 0.0), (0.96, 30.0), (0.94, 120.0)])
def test_size_and_shape_are_found_from_a_circle_three_per_cent_off(ratio, angle_deg, sd_px):
    noise = 2.0
    true = Ellipse(150.3, 110.8, 41.0, ratio, angle_deg)
    mean = 41.0 * (1 + ratio) / 2
    guess = Ellipse(148.0, 112.0, 1.03 * mean)
    found = measured(
        picture(true, noise=noise, sd_px=sd_px), guess, free_size=True, free_shape=True
    )
    # what the linear model leaves out: the square of the vote's half pixel over twice the radius,
    # and of the stretch times the radius
    second_px = 0.5 / 82 + 41 * ((1 - ratio) / (1 + ratio)) ** 2
    tolerance_px = centre_tolerance_px(noise, sd_px) + second_px
    assert (found.x_px, found.y_px) == pytest.approx((true.x_px, true.y_px), abs=tolerance_px)
    # an axis is the mean radius and the harmonic together: both count
    assert found.radius_px == pytest.approx(true.radius_px, abs=2 * tolerance_px)
    assert found.axis_ratio == pytest.approx(ratio, abs=4 * tolerance_px / 41)
    if ratio < 1:
        # the harmonic's direction: its error over its length, halved for the double angle
        length_px = mean * (1 - ratio) / (1 + ratio)
        assert found.angle_deg == pytest.approx(
            angle_deg, abs=np.degrees(2 * tolerance_px / length_px) / 2
        )


@pytest.mark.parametrize("angle_deg", [0.0, 35.0, 110.0])
def test_a_flat_ellipse_predicted_a_pixel_off_is_put_right(angle_deg):
    true = Ellipse(150.3, 110.8, 44.0, 0.75, angle_deg)
    guess = replace(true, x_px=true.x_px - 1.4, y_px=true.y_px + 1.1)
    edges = sample_edges(image=picture(true), rim=guess, reach_px=5)
    fit = fit_rim(edges=edges, rim=guess, prior_px=4)
    assert fit is not None
    # what the linear model leaves out: the square of the shift over twice the smallest radius of
    # curvature, 0.75² * 44
    tolerance_px = READING_PX + (1.4**2 + 1.1**2) / (2 * 0.75**2 * 44)
    assert (fit.dx_px, fit.dy_px) == pytest.approx((1.4, -1.1), abs=tolerance_px)


def test_a_third_of_the_rim_may_be_hidden():
    true = Ellipse(150.4, 110.6, 40)
    canvas = paint_plate(np.full(SHAPE, WALL), true, PLAIN)
    canvas[:, 171:] = 110.0  # cos 60° of the radius beyond the centre: 120° of rim are gone
    located = locate_rim(
        image=as_image(canvas, noise=3), rim=Ellipse(149, 112, 40), reach_px=6, band_px=4
    )
    assert located is not None
    voted, fit = located
    turn = np.arange(RAYS) * 2 * np.pi / RAYS
    seen = np.cos(turn) < 0.5
    design = np.column_stack([np.cos(turn), np.sin(turn)])[seen]
    sd_px = ray_sd_px(3) * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    # rays that meet the post's own edge within the band pull until they are disbelieved
    assert voted.x_px + fit.dx_px == pytest.approx(true.x_px, abs=READING_PX + 4 * sd_px[0] + 0.03)
    assert voted.y_px + fit.dy_px == pytest.approx(true.y_px, abs=READING_PX + 4 * sd_px[1] + 0.03)
    assert fit.visible == 1
    assert fit.support == pytest.approx(seen.mean(), abs=0.06)
    assert np.isnan(fit.offsets_px[np.cos(turn) > 0.75]).all()


def test_a_rim_cut_by_the_pictures_edge_is_measured_by_what_is_left():
    true = Ellipse(20.4, 110.6, 40)
    located = locate_rim(
        image=picture(true, noise=3), rim=replace(true, y_px=112), reach_px=6, band_px=4
    )
    assert located is not None
    voted, fit = located
    turn = np.arange(RAYS) * 2 * np.pi / RAYS
    design = np.column_stack([np.cos(turn), np.sin(turn)])[20.4 + 40 * np.cos(turn) > 6]
    sd_px = ray_sd_px(3) * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    assert voted.x_px + fit.dx_px == pytest.approx(true.x_px, abs=READING_PX + 4 * sd_px[0])
    assert voted.y_px + fit.dy_px == pytest.approx(true.y_px, abs=READING_PX + 4 * sd_px[1])
    # a ray counts when all of its band, 4 px inwards and outwards, is in the picture
    assert fit.visible == pytest.approx(np.mean(20.4 + 44 * np.cos(turn) > 1), abs=1.5 / RAYS * 2)
    assert fit.support > 0.95


@pytest.mark.parametrize("off_px", [(5, 0), (0, -6), (-4, 4)])
def test_a_strong_inner_lip_does_not_split_the_rays(off_px):
    # the lip is the stronger edge: 90 greys against the rim's 45
    look = replace(DISHED, rim=120.0, lip=30.0, lip_share=0.86, marks=0.0)
    true = Ellipse(150.4, 110.6, 42)
    guess = replace(true, x_px=true.x_px + off_px[0], y_px=true.y_px + off_px[1])
    located = locate_rim(image=picture(true, look=look, noise=1), rim=guess, reach_px=8, band_px=4)
    assert located is not None
    voted, fit = located
    assert voted.x_px + fit.dx_px == pytest.approx(true.x_px, abs=centre_tolerance_px(2.4))
    assert voted.y_px + fit.dy_px == pytest.approx(true.y_px, abs=centre_tolerance_px(2.4))
    assert fit.support > 0.9


def test_nothing_is_found_on_a_bare_wall():
    guess = Ellipse(150, 110, 40)
    assert (
        locate_rim(image=as_image(np.full(SHAPE, WALL)), rim=guess, reach_px=6, band_px=4) is None
    )
    quiet = as_image(np.full(SHAPE, WALL), noise=1.0)
    assert locate_rim(image=quiet, rim=guess, reach_px=6, band_px=4) is None


def test_noise_is_told_from_a_rim_by_its_residual():
    guess = Ellipse(150, 110, 40)
    for seed in range(5):
        noisy = as_image(np.full(SHAPE, WALL), noise=20, seed=seed)
        located = locate_rim(image=noisy, rim=guess, reach_px=6, band_px=4)
        # edges scattered over the band of 4 px under its prior of 2 px: a rim stays below 0.5
        assert located is None or located[1].residual_px > 1.0


def test_nothing_is_found_outside_the_picture():
    image = picture(Ellipse(150, 110, 40))
    assert locate_rim(image=image, rim=Ellipse(-80, 110, 40), reach_px=6, band_px=4) is None


@pytest.mark.parametrize("shift", [(0, 0), (3, -5), (-6, 2)])
def test_the_vote_is_for_the_shift(shift):
    true = Ellipse(150, 110, 40)
    guess = replace(true, x_px=150 - shift[0], y_px=110 - shift[1])
    edges = sample_edges(image=picture(true, look=DISHED), rim=guess, reach_px=8)
    assert vote_centre(edges=edges, rim=guess, reach_px=8) == shift


def test_a_vote_without_evidence_is_for_staying():
    guess = Ellipse(150, 110, 40)
    edges = sample_edges(image=as_image(np.full(SHAPE, WALL)), rim=guess, reach_px=8)
    assert vote_centre(edges=edges, rim=guess, reach_px=8) == (0, 0)


TRUE = Ellipse(150.3, 110.8, 41.0, 0.9, 25.0)
GUESS = Ellipse(148.0, 112.0, 41.5, 0.92, 20.0)


def raw(image: Image, guess: Ellipse) -> RimFit:
    edges = sample_edges(image=image, rim=guess, reach_px=6)
    fit = fit_rim(edges=edges, rim=guess, prior_px=4, free_size=True, free_shape=True)
    assert fit is not None
    return fit


def test_a_transposed_picture_gives_the_transposed_fit():
    image = picture(TRUE, noise=3)
    upright = raw(image, GUESS)
    turned_guess = replace(GUESS, x_px=GUESS.y_px, y_px=GUESS.x_px, angle_deg=90 - GUESS.angle_deg)
    turned = raw(np.ascontiguousarray(image.T), turned_guess)
    # the rays themselves are mirrored: only the rounding of the sampling differs (1/32 px)
    assert (turned.dx_px, turned.dy_px) == pytest.approx((upright.dy_px, upright.dx_px), abs=0.01)
    assert turned.growth == pytest.approx(upright.growth, abs=2e-4)
    assert turned.shape == pytest.approx((upright.shape[0], -upright.shape[1]), abs=3e-4)


def test_a_picture_turned_by_a_quarter_gives_the_turned_fit():
    image = picture(TRUE, noise=3)
    upright = raw(image, GUESS)
    # clockwise: what was left is up
    last = SHAPE[0] - 1
    turned_guess = replace(
        GUESS, x_px=last - GUESS.y_px, y_px=GUESS.x_px, angle_deg=GUESS.angle_deg + 90
    )
    turned = raw(np.ascontiguousarray(np.rot90(image, -1)), turned_guess)
    assert (turned.dx_px, turned.dy_px) == pytest.approx((-upright.dy_px, upright.dx_px), abs=0.01)
    assert turned.covariance[0, 0] == pytest.approx(upright.covariance[1, 1], rel=0.05)


def test_light_and_the_sign_of_the_contrast_do_not_matter():
    image = picture(TRUE, noise=3)
    plain = raw(image, GUESS)
    for other in (255 - image, image - 20):
        fit = raw(other, GUESS)
        assert (fit.dx_px, fit.dy_px, fit.growth) == pytest.approx(
            (plain.dx_px, plain.dy_px, plain.growth), abs=0.01
        )


def test_the_covariance_tells_the_scatter():
    # noise at which a ray's error (0.18 px) stands above the floor of 0.15 px put into the fit
    true = Ellipse(150.3, 110.8, 41)
    fits = []
    for seed in range(60):
        edges = sample_edges(image=picture(true, noise=12, seed=seed), rim=true, reach_px=4)
        fit = fit_rim(edges=edges, rim=true, prior_px=2)
        assert fit is not None
        fits.append(fit)
    scatter = np.std([[fit.dx_px, fit.dy_px] for fit in fits], axis=0)
    told = np.sqrt(np.mean([np.diag(fit.covariance) for fit in fits], axis=0))
    # sixty draws know their scatter to 9 %; neighbouring rays share pixels, so that the rays
    # alone may tell up to half too little
    assert told / scatter == pytest.approx([1, 1], abs=0.5)


def test_many_rims_are_checked_as_each_is_fitted():
    # plain, blurred by noise, flattened, half outside the picture, and no rim at all
    trues = [Ellipse(150.3, 110.8, 41), TRUE, Ellipse(12.0, 110.0, 41)]
    pictures = [picture(true, noise=noise) for true, noise in zip(trues, (1, 12, 4), strict=True)]
    bare = as_image(np.full(SHAPE, WALL))
    rims = [*trues, Ellipse(150, 110, 41)]
    edges = sample_all(images=[*pictures, bare], rims=rims, reach_px=4)
    check = check_rims(edges=edges, rims=rims, prior_px=2)
    for at, rim in enumerate(trues):
        alone = sample_edges(image=pictures[at], rim=rim, reach_px=4)
        fit = fit_rim(edges=alone, rim=rim, prior_px=2)
        # the rims settle together, each to a thousandth of a pixel at least
        assert check.residual_px[at] == pytest.approx(fit.residual_px, abs=2e-3)
        assert check.support[at] == pytest.approx(fit.support)
        assert check.contrast[at] == pytest.approx(fit.contrast)
    assert np.isnan(check.residual_px[3])
    assert (check.support[3], check.contrast[3]) == (0, 0)
