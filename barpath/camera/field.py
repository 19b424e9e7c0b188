"""The camera's field of view, as far as its own turning shows it.

A camera that pans shifts what is at the picture's edge farther than what is in its middle, by a
factor ``1 + (x / f)^2``: 10 % and more through a phone's lens. In directions from the camera, ``f
atan(x / f)``, a pan is the same shift everywhere along the middle row, and nearly so elsewhere.
Places are complex numbers in small pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from barpath.camera.similarity import AGREES_PX, ComplexArray, fit_all

FOCALS = (0.5, 0.6, 0.7, 0.8, 1.0, 1.15, 1.3, 1.5, 1.8, 2.2, 3.0, 8.0)
"""Focal lengths that are tried, in long sides of the picture: wide angle to telephoto."""

USUAL_FOCAL = 0.9
"""A phone's main camera, filming."""

_CLEARLY = 0.98
_MOST_SAMPLES = 16


@dataclass(frozen=True)
class Field:
    """How places of the picture turn into directions.

    Attributes
    ----------
    centre : complex
        The picture's middle.
    focal_px : float
    """

    centre: complex
    focal_px: float

    def directions(self, places: ComplexArray) -> ComplexArray:
        """Turn places into directions, in pixels at the picture's middle."""
        seen = (places - self.centre) / self.focal_px
        return self.focal_px * (np.arctan(seen.real) + 1j * np.arctan(seen.imag))

    def places(self, directions: ComplexArray) -> ComplexArray:
        """Turn directions back into places."""
        seen = directions / self.focal_px
        return self.centre + self.focal_px * (np.tan(seen.real) + 1j * np.tan(seen.imag))


def find_field(*, key: ComplexArray, paths: ComplexArray, shape: tuple[int, int]) -> Field:
    """Choose the focal length with which the points agree best on how the camera turned.

    Parameters
    ----------
    key : ndarray of complex, shape (n_points,)
    paths : ndarray of complex, shape (n_samples, n_points)
    shape : tuple of int
        Height and width of the picture.

    Returns
    -------
    Field
        With the usual focal length, unless another fits clearly better.
    """
    some = paths[:: max(1, len(paths) // _MOST_SAMPLES)]
    middle = complex((shape[1] - 1) / 2, (shape[0] - 1) / 2)

    def disagreement(focal: float) -> float:
        field = Field(middle, focal * max(shape))
        here, there = field.directions(key), field.directions(some)
        fits = fit_all(key=here, paths=there)
        off = np.abs(fits.turn[:, None] * here + fits.shift[:, None] - there)
        return float(np.nansum(np.minimum(off, 2 * AGREES_PX)))

    least, best = min((disagreement(focal), focal) for focal in FOCALS)
    clearly = least < _CLEARLY * disagreement(USUAL_FOCAL)
    return Field(middle, (best if clearly else USUAL_FOCAL) * max(shape))
