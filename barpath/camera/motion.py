"""Where the camera was in every frame, from what stands still in the world.

Corners of the background are followed from one reference picture straight to every other, never
from frame to frame: increments add up to a drift, matches to a reference don't. A similarity
(shift, turn, zoom) that most of them agree on is the camera's motion. A few pictures a second tell
first whether the camera moves at all; every frame is looked at only if it does.

Inside, places are complex numbers ``x + i y`` and a similarity is ``q = turn * p + shift``.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.camera.background import (
    LIFTER_RADII,
    MIN_CELLS,
    WINDOW_PX,
    Float32Array,
    Image,
    Shrunk,
    background_mask,
    cells_of,
    pick_points,
    shrunk,
)
from barpath.camera.similarity import AGREES_PX, ComplexArray, Fit, Fits, fit_all, fit_one, gather
from barpath.plate import Pictures
from barpath.tracking import State, Track

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SAMPLE_HZ = 4.0
"""Pictures a second that tell whether the camera moves: a hand sways at 1 Hz and below."""

STILL_PX = 0.5
"""Displayed pixels: less motion is left alone, since correcting it would add about as much
noise."""

STILL_SMALL_PX = 0.25
"""The same in small pixels. Tripod clips reach 0.21 (1080p at 480 px: a denoiser moves texture)."""

STAYS_PX = 0.3
"""A point that never moves farther than this, in small pixels, stands still in the picture."""

MOSTLY = 0.6
"""Share of the pictures in which a point must stay put, or go with the others: it may be hidden in
the rest."""

MIN_SAMPLES = 0.25
"""Share of all the pictures that it must do so in: a camera that pans leaves points behind."""

MIN_FOUND = 0.6
"""Share of a key picture's points below which the next key picture is taken."""

MAX_OFF_PX = 1.2
"""A frame isn't known where the background's points are farther than this from one similarity, in
small pixels: the camera was carried there, and shifts near things more than far ones."""

MAX_GAP_S = 0.3
"""Longest stretch in which an unseen motion is interpolated."""


@dataclass(frozen=True)
class CameraMotion:
    """How each frame's picture lies on the reference frame's.

    Attributes
    ----------
    reference : int
        The frame that all others are brought to: where the plate was seen best (`Plate.frame`).
    to_reference : ndarray, shape (n_frames, 2, 3)
        Displayed pixels of a frame to those of the reference frame, as ``M @ (x, y, 1)``; the
        identity for a camera that stands still, NaN in the frames of a moving one that aren't
        known.
    sd_px : ndarray, shape (n_frames,)
        One standard deviation of where this puts the plate, displayed pixels: how far the
        background's points are from one similarity. A camera that is carried shifts near things
        more than far ones, and the plate's depth differs from theirs as theirs do. 0 for a camera
        that stands still.
    known : bool
        Whether the background showed enough to tell. If not, every matrix is the identity.
    moving : bool
        Whether the camera moved, and `to_reference` says how.
    """

    reference: int
    to_reference: FloatArray
    sd_px: FloatArray
    known: bool
    moving: bool

    def steadied(self, x_px: FloatArray, y_px: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Bring one place a frame into the reference frame.

        Parameters
        ----------
        x_px, y_px : ndarray, shape (n_frames,)

        Returns
        -------
        tuple of ndarray, shape (n_frames,)
        """
        places = np.stack([x_px, y_px, np.ones_like(x_px)], axis=1)[..., None]
        steady = (self.to_reference @ places)[..., 0]
        return steady[:, 0], steady[:, 1]

    @property
    def zoom(self) -> FloatArray:
        """How much larger the reference frame shows things than each frame, shape (n_frames,)."""
        return np.asarray(np.hypot(self.to_reference[:, 0, 0], self.to_reference[:, 1, 0]))


def estimate_motion(*, pictures: Pictures, track: Track, factor: float) -> CameraMotion:
    """Find out whether the camera moved, and how.

    Parameters
    ----------
    pictures : Pictures
    track : Track
        Where the plate is: it, and the lifter about it, are no background.
    factor : float
        Displayed pixels per working pixel.

    Returns
    -------
    CameraMotion
    """
    small = shrunk(pictures=pictures, factor=factor)
    seen = np.flatnonzero(track.state > State.LOST)
    key, mask = _first_key(small=small, track=track)
    if key is None:
        return _unmoved(track, known=False)
    samples = _sample_frames(track=track, seen=seen)
    paths = _follow_points(small=small, key=key, frames=samples)
    chosen = _vote(paths=paths, key=key, shape=small.shape)
    if chosen is None:
        return _unmoved(track, known=False)
    fits = fit_all(key=key.places[chosen], paths=paths[:, chosen])
    at = small.to_small(track.x_px[samples]) + 1j * small.to_small(track.y_px[samples])
    moved_px = small.factor * np.abs(fits.turn * at + fits.shift - at)
    still_px = max(STILL_PX, STILL_SMALL_PX * small.factor)
    # one picture that couldn't be matched well is no motion
    if not np.sum(moved_px > still_px) >= 2:
        return _unmoved(track, known=True)
    first, last = int(seen[0]), int(seen[-1])
    every = _walk_both_ways(small=small, key=key.only(chosen), mask=mask, first=first, last=last)
    return _moved(track=track, small=small, fits=every)


def _unmoved(track: Track, *, known: bool) -> CameraMotion:
    """Say that the camera stood still, or that nothing is known of it."""
    return CameraMotion(
        reference=track.plate.frame,
        to_reference=np.tile(np.eye(2, 3), (len(track.time_s), 1, 1)),
        sd_px=np.zeros(len(track.time_s)),
        known=known,
        moving=False,
    )


@dataclass(frozen=True)
class _Key:
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

    def only(self, chosen: BoolArray) -> _Key:
        """Keep some of the points."""
        return _Key(self.frame, self.image, self.points[chosen])


def _as_complex(points: Float32Array) -> ComplexArray:
    return points[:, 0].astype(np.float64) + 1j * points[:, 1]


def _first_key(*, small: Shrunk, track: Track) -> tuple[_Key | None, Image]:
    """Take the reference picture, with as wide a berth round the lifter as leaves enough of it."""
    image = small.luma(track.plate.frame)
    for band in (LIFTER_RADII, 0.6 * LIFTER_RADII, None):
        mask = background_mask(small=small, track=track, band_radii=band)
        points = pick_points(image=image, mask=mask)
        if len(np.unique(cells_of(points, shape=small.shape))) >= 1.5 * MIN_CELLS:
            return _Key(track.plate.frame, image, points), mask
    return None, mask


def _sample_frames(*, track: Track, seen: NDArray[np.intp]) -> NDArray[np.intp]:
    """Choose frames with the plate in them, `SAMPLE_HZ` a second, first and last among them."""
    time_s = track.time_s[seen]
    count = max(2, int(np.ceil((time_s[-1] - time_s[0]) * SAMPLE_HZ)) + 1)
    wanted_s = np.linspace(time_s[0], time_s[-1], count)
    return seen[np.unique(np.clip(np.searchsorted(time_s, wanted_s), 0, len(seen) - 1))]


def _match(*, key: _Key, image: Image, guess: ComplexArray) -> ComplexArray:
    """Find a key's points in another picture, starting from a guess; NaN where not found."""
    start = np.stack([guess.real, guess.imag], axis=1).astype(np.float32)
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        key.image,
        image,
        key.points,
        start,
        winSize=(WINDOW_PX, WINDOW_PX),
        maxLevel=3,
        criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 20, 0.01),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    places = _as_complex(np.asarray(there, dtype=np.float32))
    height, width = image.shape
    inside = (np.abs(2 * places.real - width) < width) & (np.abs(2 * places.imag - height) < height)
    places[(found.ravel() == 0) | ~inside] = np.nan
    return places


def _follow_points(*, small: Shrunk, key: _Key, frames: NDArray[np.intp]) -> ComplexArray:
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
            paths[row] = _match(key=key, image=small.luma(int(frames[row])), guess=guess)
            guess = np.where(np.isnan(paths[row]), guess, paths[row])

    after, before = np.flatnonzero(frames >= key.frame), np.flatnonzero(frames < key.frame)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(follow, (after, before[::-1])))
    return paths


def _vote(*, paths: ComplexArray, key: _Key, shape: tuple[int, int]) -> BoolArray | None:
    """Choose the points of the world's background; None where there is too little of it.

    Points that stay put in the picture are the background of a camera that stands still, or else
    captions. They are captions if the others go together over more of the picture, or over half as
    much of it and too far to be points that stay put badly seen.
    """
    stays = _mostly(np.abs(paths - key.places), within_px=STAYS_PX)
    cell = cells_of(key.points, shape=shape)
    together, moves_px = _together(key=key.places, paths=paths, unless=stays)
    cells_still, cells_together = (len(np.unique(cell[group])) for group in (stays, together))
    outvoted = cells_together > cells_still
    outrun = cells_together >= 0.5 * cells_still and moves_px > 2 * AGREES_PX
    if cells_together >= MIN_CELLS and (outvoted or outrun):
        return together
    return stays if cells_still >= MIN_CELLS else None


def _mostly(off_px: FloatArray, *, within_px: float) -> BoolArray:
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
    together = others & _mostly(np.abs(there - paths), within_px=AGREES_PX)
    moved_px = np.abs(there - key)[:, together]
    matched = np.isfinite(fits.off_px)
    far_px = np.median(moved_px[matched], axis=1) if together.any() else np.zeros(1)
    return together, float(far_px.max())


def _walk_both_ways(*, small: Shrunk, key: _Key, mask: Image, first: int, last: int) -> Fits:
    """Match every frame from `first` to `last`, outwards from the key's, on two threads."""
    fits = [Fit()] * len(small.pictures)
    fits[key.frame] = Fit(turn=1 + 0j, shift=0j, off_px=0.0)
    ways = [range(key.frame + 1, last + 1), range(key.frame - 1, first - 1, -1)]
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(_walk, small=small, key=key, mask=mask, frames=way) for way in ways]
        for way, job in zip(ways, jobs, strict=True):
            for frame, fit in zip(way, job.result(), strict=True):
                fits[frame] = fit
    return gather(fits)


def _walk(*, small: Shrunk, key: _Key, mask: Image, frames: Sequence[int]) -> list[Fit]:
    """Return the similarity from the reference frame to each frame, in small pixels.

    When too few of the key's points are in the picture, the last one that matched becomes the next
    key: its own place against the reference is known, so errors add up once a key, not once a
    frame.
    """
    fits = []
    here = Fit(turn=1 + 0j, shift=0j, off_px=0.0)  # from the key to the last frame that matched
    base = here  # from the reference to the key
    last: tuple[int, Image] | None = None
    for frame in frames:
        image = small.luma(frame)
        guess = here.turn * key.places + here.shift
        fit = fit_one(key.places, _match(key=key, image=image, guess=guess))
        if fit.found < MIN_FOUND * len(key.points) and last is not None:
            base = here.after(base)
            key = _Key(last[0], last[1], pick_points(image=last[1], mask=mask))
            here, last = Fit(turn=1 + 0j, shift=0j, off_px=0.0), None
            fit = fit_one(key.places, _match(key=key, image=image, guess=key.places))
        if fit.agreed >= MIN_CELLS and fit.off_px <= MAX_OFF_PX:
            here, last = fit, (frame, image)
            fits.append(fit.after(base))
        else:
            fits.append(Fit())
    return fits


def _moved(*, track: Track, small: Shrunk, fits: Fits) -> CameraMotion:
    """Invert similarities from the reference, in small pixels, into matrices in displayed ones."""
    turn, shift = (_bridged(part, time_s=track.time_s) for part in (fits.turn, fits.shift))
    middle = (small.factor - 1) / 2 * (1 + 1j)  # of a small pixel, in displayed ones
    shift = small.factor * shift + middle - turn * middle
    with np.errstate(invalid="ignore"):  # frames that aren't known
        back, home = 1 / turn, -shift / turn
    rows = [[back.real, -back.imag, home.real], [back.imag, back.real, home.imag]]
    sd_px = small.factor * _bridged(fits.off_px.astype(np.complex128), time_s=track.time_s).real
    return CameraMotion(
        reference=track.plate.frame,
        to_reference=np.moveaxis(np.array(rows), 2, 0),
        sd_px=sd_px,
        known=True,
        moving=True,
    )


def _bridged(values: ComplexArray, *, time_s: FloatArray) -> ComplexArray:
    """Interpolate stretches that weren't seen and are no longer than `MAX_GAP_S`."""
    known = np.flatnonzero(~np.isnan(values))
    filled = np.interp(time_s, time_s[known], values[known], left=np.nan, right=np.nan)
    after = np.clip(np.searchsorted(known, np.arange(len(values))), 0, len(known) - 1)
    before = np.clip(after - 1, 0, None)
    wide = time_s[known[after]] - time_s[known[before]] > MAX_GAP_S
    filled[wide & np.isnan(values)] = np.nan
    return np.asarray(filled)
