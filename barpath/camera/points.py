"""Points of one picture found in others, and which of them are the world's background.

All lengths are pixels of the small picture that `Shrunk` gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera.background import (
    MIN_CELLS,
    WINDOW_PX,
    Float32Array,
    Image,
    Scene,
    Shrunk,
    cells_of,
)
from barpath.camera.similarity import AGREES_PX, ComplexArray, fit_all
from barpath.threads import side_by_side

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

STAYS_PX = 0.3
"""A point that never moves farther than this, in small pixels, stands still in the picture."""

MOSTLY = 0.6
"""Share of the pictures in which a point must stay put, or go with the others: it may be hidden in
the rest."""

MIN_SAMPLES = 0.25
"""Share of all the pictures that it must do so in: a camera that pans leaves points behind."""


@dataclass(frozen=True)
class Key:
    """A picture whose points are looked for in others.

    Attributes
    ----------
    frame : int
    image : ndarray of uint8
    points : ndarray of float32, shape (n, 2)
    """

    frame: int
    image: Image
    points: Float32Array

    @property
    def places(self) -> ComplexArray:
        """The points as complex numbers."""
        return _as_complex(self.points)

    @cached_property
    def evenly_lit(self) -> Image:
        """The picture as it is compared with others of it."""
        return _evenly_lit(self.image)

    def only(self, chosen: BoolArray) -> Key:
        """Keep some of the points."""
        return Key(self.frame, self.image, self.points[chosen])


def _as_complex(points: Float32Array) -> ComplexArray:
    return points[:, 0].astype(np.float64) + 1j * points[:, 1]


def match(*, key: Key, image: Image, guess: ComplexArray) -> ComplexArray:
    """Find a key's points in another picture, starting from a guess; NaN where not found.

    First from afar, then to a fraction of a pixel in pictures without the light's changes: lamps
    flicker and phones adjust their exposure, and a patch that grew brighter is found beside itself,
    where it was as bright before.
    """
    start = np.stack([guess.real, guess.imag], axis=1).astype(np.float32)
    near, seen = _found(before=key.image, now=image, points=key.points, start=start, levels=3)
    there, found = _found(
        before=key.evenly_lit,
        now=_evenly_lit(image),
        points=key.points,
        start=near,
        levels=0,
    )
    places = _as_complex(there)
    height, width = image.shape
    inside = (np.abs(2 * places.real - width) < width) & (np.abs(2 * places.imag - height) < height)
    places[~(seen & found & inside)] = np.nan
    return places


def _found(
    *, before: Image, now: Image, points: Float32Array, start: Float32Array, levels: int
) -> tuple[Float32Array, BoolArray]:
    """Follow points by Lucas-Kanade from a start; say which were found."""
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        before,
        now,
        points,
        start.copy(),  # it is overwritten
        winSize=(WINDOW_PX, WINDOW_PX),
        maxLevel=levels,
        criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 20, 0.01),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(there, dtype=np.float32), found.ravel() > 0


def _evenly_lit(image: Image) -> Image:
    """Return a picture less its surroundings' brightness, which is 128 throughout."""
    around = cv2.blur(image, (2 * WINDOW_PX + 1, 2 * WINDOW_PX + 1))
    lit: Image = cv2.addWeighted(image, 1.0, around, -1.0, 128.0).astype(np.uint8, copy=False)
    return lit


def follow_points(*, small: Shrunk, key: Key, frames: NDArray[np.intp]) -> ComplexArray:
    """Find the key's points in sampled frames, each from where the sample before had them.

    Returns
    -------
    ndarray of complex, shape (n_samples, n_points)
        NaN where a point wasn't found.
    """
    paths = np.full((len(frames), len(key.points)), np.nan, dtype=np.complex128)

    def follow(way: NDArray[np.intp]) -> None:
        guess = key.places
        for row in way:
            paths[row] = match(key=key, image=small.luma(int(frames[row])), guess=guess)
            guess = np.where(np.isnan(paths[row]), guess, paths[row])

    after, before = np.flatnonzero(frames >= key.frame), np.flatnonzero(frames < key.frame)
    side_by_side(follow, (after, before[::-1]))
    return paths


@dataclass(frozen=True)
class Votes:
    """Which of a key's points may say where the camera is, bool, shape (n_points,) each.

    Attributes
    ----------
    background : ndarray
        Those that go together as one background.
    eligible : ndarray
        Those that aren't captions.
    """

    background: BoolArray
    eligible: BoolArray


def vote(*, paths: ComplexArray, key: Key, scene: Scene) -> Votes | None:
    """Choose the points of the world's background; None where there is too little of it.

    Points that stay put in the picture are the background of a camera that stands still, or else
    captions. They are captions if the others go together over more of the picture, or over half as
    much of it and too far to be points that stay put badly seen.
    """
    stays = mostly(np.abs(paths - key.places), within_px=STAYS_PX)
    cell = cells_of(key.points, scene=scene)
    together, moves_px = _together(key=key.places, paths=paths, unless=stays)
    cells_still, cells_together = (len(np.unique(cell[group])) for group in (stays, together))
    outvoted = cells_together > cells_still
    outrun = cells_together >= 0.5 * cells_still and moves_px > 2 * AGREES_PX
    if cells_together >= MIN_CELLS and (outvoted or outrun):
        return Votes(background=together, eligible=~stays)
    if cells_still >= MIN_CELLS:
        return Votes(background=stays, eligible=np.ones_like(stays))
    return None


def mostly(off_px: FloatArray, *, within_px: float) -> BoolArray:
    """Tell which points are near in most of the samples that they were found in, a few at least."""
    near = np.sum(off_px <= within_px, axis=0)
    found = np.sum(np.isfinite(off_px), axis=0)
    mostly: BoolArray = (near >= MOSTLY * found) & (near >= MIN_SAMPLES * len(off_px))
    return mostly


def _together(
    *, key: ComplexArray, paths: ComplexArray, unless: BoolArray
) -> tuple[BoolArray, float]:
    """Tell which points obey one similarity a sample, and how far it takes them at most."""
    others = ~unless
    fits = fit_all(key=key[others], paths=paths[:, others])
    there = fits.turn[:, None] * key + fits.shift[:, None]
    together = others & mostly(np.abs(there - paths), within_px=AGREES_PX)
    moved_px = np.abs(there - key)[:, together]
    matched = np.isfinite(fits.off_px)
    far_px = np.median(moved_px[matched], axis=1) if together.any() else np.zeros(1)
    return together, float(far_px.max())
