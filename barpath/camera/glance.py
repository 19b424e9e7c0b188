"""A glance at the background: whether the camera moved at all.

A few pictures a second are enough, and so is knowing roughly where the plate is: the glance can be
had while the plate's rim is still being measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.camera.background import (
    LIFTER_RADII,
    MIN_CELLS,
    Image,
    Scene,
    Shrunk,
    background_mask,
    cells_of,
    find_scene,
    pick_points,
    shrunk,
)
from barpath.camera.points import Key, Votes, follow_points, vote
from barpath.camera.similarity import ComplexArray, fit_all
from barpath.plate import Pictures
from barpath.tracking import State, Track

SAMPLE_HZ = 4.0
"""Pictures a second that tell whether the camera moves: a hand sways at 1 Hz and below."""

STILL_PX = 0.5
"""Displayed pixels: less motion is left alone, since correcting it would add about as much
noise."""

STILL_SMALL_PX = 0.25
"""The same in small pixels. Tripod clips reach 0.21 (1080p at 480 px: a denoiser moves texture)."""

MIN_SIDE_CELLS = 4
"""Cells of the background on either side of the bar."""


@dataclass(frozen=True)
class Glance:
    """Where the background's points are in a few pictures a second, in small pixels.

    Attributes
    ----------
    small : Shrunk
    scene : Scene
    mask : ndarray of uint8
        Where the background may be seen.
    key : Key
    paths : ndarray of complex, shape (n_samples, n_points)
    votes : Votes
    at : ndarray of complex, shape (n_samples,)
        Where the plate is.
    """

    small: Shrunk
    scene: Scene
    mask: Image
    key: Key
    paths: ComplexArray
    votes: Votes
    at: ComplexArray

    @property
    def is_still(self) -> bool:
        """Whether no motion of the background would have moved the plate in the picture."""
        background = self.votes.background
        fits = fit_all(key=self.key.places[background], paths=self.paths[:, background])
        moved_px = self.small.factor * np.abs(fits.turn * self.at + fits.shift - self.at)
        still_px = max(STILL_PX, STILL_SMALL_PX * self.small.factor)
        # one picture that couldn't be matched well is no motion
        return bool(np.sum(moved_px > still_px) < 2)


def stands_still(*, pictures: Pictures, track: Track, factor: float) -> bool:
    """Say whether the background shows that the camera didn't move; False where it doesn't tell.

    Parameters
    ----------
    pictures : Pictures
    track : Track
        Where the plate is, roughly: it, and the lifter about it, are no background.
    factor : float
        Displayed pixels per working pixel.
    """
    glance = glance_at(pictures=pictures, track=track, factor=factor)
    return glance is not None and glance.is_still


def glance_at(*, pictures: Pictures, track: Track, factor: float) -> Glance | None:
    """Look at a few pictures a second; None where the background shows too little.

    Parameters
    ----------
    pictures : Pictures
    track : Track
    factor : float
        As in `stands_still`.

    Returns
    -------
    Glance or None
    """
    small = shrunk(pictures=pictures, factor=factor)
    scene = find_scene(small=small, track=track)
    key, mask = _first_key(small=small, track=track, scene=scene)
    if key is None:
        return None
    samples = _sample_frames(track)
    paths = follow_points(small=small, key=key, frames=samples)
    votes = vote(paths=paths, key=key, scene=scene)
    if votes is None:
        return None
    at = small.to_small(track.x_px[samples]) + 1j * small.to_small(track.y_px[samples])
    return Glance(small=small, scene=scene, mask=mask, key=key, paths=paths, votes=votes, at=at)


def reference_frame(track: Track) -> int:
    """Return the frame in the middle, which has most in common with the others."""
    seen = np.flatnonzero(track.state > State.LOST)
    return int(seen[len(seen) // 2])


def _first_key(*, small: Shrunk, track: Track, scene: Scene) -> tuple[Key | None, Image]:
    """Take the reference picture, with as wide a berth round the lifter as leaves enough of it.

    Enough is something to hold on to on both sides of the bar where a narrower berth has that: what
    is matched on one side only tells the turn and the zoom badly, and they move the bar.
    """
    frame = reference_frame(track)
    image = small.luma(frame)
    bar_px = float(np.nanmedian(small.to_small(track.x_px)))
    one_sided: tuple[Key, Image] | None = None
    for band in (LIFTER_RADII, 0.6 * LIFTER_RADII, None):
        mask = background_mask(small=small, track=track, scene=scene, band_radii=band)
        points = pick_points(image=image, mask=mask, scene=scene)
        cells = cells_of(points, scene=scene)
        if len(np.unique(cells)) < 1.5 * MIN_CELLS:
            continue
        left = points[:, 0] < bar_px
        sides = [len(np.unique(cells[side])) for side in (left, ~left)]
        if min(sides) >= MIN_SIDE_CELLS:
            return Key(frame, image, points), mask
        one_sided = one_sided or (Key(frame, image, points), mask)
    return one_sided or (None, mask)


def _sample_frames(track: Track) -> NDArray[np.intp]:
    """Choose frames with the plate in them, `SAMPLE_HZ` a second, first and last among them."""
    seen = np.flatnonzero(track.state > State.LOST)
    time_s = track.time_s[seen]
    count = max(2, int(np.ceil((time_s[-1] - time_s[0]) * SAMPLE_HZ)) + 1)
    wanted_s = np.linspace(time_s[0], time_s[-1], count)
    return seen[np.unique(np.clip(np.searchsorted(time_s, wanted_s), 0, len(seen) - 1))]
