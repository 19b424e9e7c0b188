"""Where the camera was in every frame, from what stands still in the world.

Corners of the background are followed from one reference picture straight to every other, never
from frame to frame: increments add up to a drift, matches to a reference don't. A similarity
(shift, turn, zoom) that most of them agree on is the camera's motion. A few pictures a second tell
first whether the camera moves at all (`glance`); every frame is looked at only if it does.

Inside, places are complex numbers ``x + i y`` and a similarity is ``q = turn * p + shift``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.camera.background import (
    MIN_CELLS,
    Image,
    Scene,
    Shrunk,
    pick_points,
)
from barpath.camera.field import Field, find_field
from barpath.camera.glance import glance_at, reference_frame
from barpath.camera.parallax import NEAR_SD, Floor, find_floor, off_floor
from barpath.camera.points import Key, match, mostly
from barpath.camera.similarity import (
    AGREES_PX,
    ComplexArray,
    Fit,
    Fits,
    fit_all,
    fit_carried,
    fit_one,
    gather,
)
from barpath.plate import Pictures
from barpath.threads import side_by_side
from barpath.tracking import State, Track

FloatArray = NDArray[np.float64]

RESTS = 0.9
"""Share of the time that the bar spends no lower than where it rests."""

MIN_FOUND = 0.6
"""Share of a key picture's points below which the next key picture is taken."""

MAX_OFF_PX = 1.2
"""A frame isn't known where the background's points are farther than this from one similarity, in
small pixels: the camera was carried there, and shifts near things more than far ones."""

MAX_GAP_S = 0.3
"""Longest stretch in which an unseen motion is interpolated."""

_NOWHERE = Fit(turn=1 + 0j, shift=0j, off_px=0.0)


@dataclass(frozen=True)
class CameraMotion:
    """How each frame's picture lies on the reference frame's.

    Attributes
    ----------
    reference : int
        The frame that all others are brought to: halfway through the frames with the plate.
    to_reference : ndarray, shape (n_frames, 2, 3)
        Displayed pixels of a frame to those of the reference frame, as ``M @ (x, y, 1)``, exact
        at the plate; the
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
    glance = glance_at(pictures=pictures, track=track, factor=factor)
    if glance is None:
        return unmoved(track, known=False)
    if glance.is_still:
        return unmoved(track, known=True)
    small, scene, mask = glance.small, glance.scene, glance.mask
    key, paths, votes, at = glance.key, glance.paths, glance.votes, glance.at
    seen = np.flatnonzero(track.state > State.LOST)
    field = find_field(
        key=key.places[votes.background], paths=paths[:, votes.background], shape=small.shape
    )
    here, there = field.directions(key.places), field.directions(paths)
    fits = fit_all(key=here[votes.background], paths=there[:, votes.background])
    with np.errstate(invalid="ignore"):  # samples that didn't match
        steady = field.places((field.directions(at) - fits.shift) / fits.turn)
    radius_px = float(np.nanmedian(track.radius_px)) / small.factor
    stands = np.array([1j * (np.nanquantile(steady.imag, RESTS) + radius_px)])
    floor = find_floor(
        key=here[votes.eligible],
        paths=there[:, votes.eligible],
        plate_px=float(field.directions(stands).imag[0]),
    )
    chosen = votes.background
    if floor is not None:
        off_px = off_floor(floor=floor, key=here, paths=there)
        chosen = votes.eligible & mostly(off_px, within_px=AGREES_PX)
    walk = _Walk(small=small, mask=mask, scene=scene, field=field, floor=floor)
    every = walk.both_ways(key=key.only(chosen), first=int(seen[0]), last=int(seen[-1]))
    return _moved(track=track, small=small, field=field, fits=every)


def unmoved(track: Track, *, known: bool) -> CameraMotion:
    """Say that the camera stood still, or that nothing is known of it.

    Parameters
    ----------
    track : Track
    known : bool
        As in `CameraMotion`.

    Returns
    -------
    CameraMotion
    """
    return CameraMotion(
        reference=reference_frame(track),
        to_reference=np.tile(np.eye(2, 3), (len(track.time_s), 1, 1)),
        sd_px=np.zeros(len(track.time_s)),
        known=known,
        moving=False,
    )


@dataclass(frozen=True)
class _Walk:
    """Matching every frame to the reference, outwards from it."""

    small: Shrunk
    mask: Image
    scene: Scene
    field: Field
    floor: Floor | None

    def both_ways(self, *, key: Key, first: int, last: int) -> Fits:
        """Match every frame from `first` to `last`, on two threads."""
        fits = [Fit()] * len(self.small.pictures)
        fits[key.frame] = _NOWHERE
        ways = [range(key.frame + 1, last + 1), range(key.frame - 1, first - 1, -1)]
        found = side_by_side(lambda way: self._one_way(key=key, frames=way), ways)
        for way, part in zip(ways, found, strict=True):
            for frame, fit in zip(way, part, strict=True):
                fits[frame] = fit
        return gather(fits)

    def _one_way(self, *, key: Key, frames: Sequence[int]) -> list[Fit]:
        """Return the similarity from the reference frame to each frame, in small pixels.

        When too few of the key's points are in the picture, the last one that matched becomes the
        next key: its own place against the reference is known, so errors add up once a key, not
        once a frame.
        """
        fits = []
        here = base = _NOWHERE  # key to the last frame that matched, and reference to key
        last: tuple[int, Image] | None = None
        for frame in frames:
            image = self.small.luma(frame)
            fit = self._fit(key=key, base=base, image=image, guess=here)
            if fit.found < MIN_FOUND * len(key.points) and last is not None:
                base = here.after(base)
                points = pick_points(image=last[1], mask=self.mask, scene=self.scene)
                key = Key(last[0], last[1], points)
                here, last = _NOWHERE, None
                fit = self._fit(key=key, base=base, image=image, guess=here)
            if fit.agreed >= MIN_CELLS and fit.off_px <= MAX_OFF_PX:
                here, last = fit, (frame, image)
                fits.append(fit.after(base))
            else:
                fits.append(Fit())
        return fits

    def _fit(self, *, key: Key, base: Fit, image: Image, guess: Fit) -> Fit:
        """Fit the motion from a key, itself moved by `base` since the reference, to a picture."""
        here = self.field.directions(key.places)
        expected = guess.turn * here + guess.shift
        if self.floor is not None:
            nearness = self.floor.nearness((here - base.shift) / base.turn)
            expected += guess.near * nearness
        found = match(key=key, image=image, guess=self.field.places(expected))
        there = self.field.directions(found)
        return fit_one(here, there) if self.floor is None else fit_carried(here, there, nearness)


def _moved(*, track: Track, small: Shrunk, field: Field, fits: Fits) -> CameraMotion:
    """Turn similarities of directions from the reference into matrices of displayed pixels to it.

    The matrices are exact at the plate.
    """
    turn, shift, near = (
        _bridged(part, time_s=track.time_s)
        for part in (fits.turn, fits.shift + fits.near, fits.near)
    )
    seen = np.flatnonzero(track.state > State.LOST)
    plate = small.to_small(track.x_px[seen]) + 1j * small.to_small(track.y_px[seen])
    plate = np.interp(track.time_s, track.time_s[seen], plate).astype(np.complex128)
    with np.errstate(invalid="ignore"):  # frames that aren't known
        back = 1 / turn
        steady = field.places(back * (field.directions(plate) - shift))
    middle = (small.factor - 1) / 2 * (1 + 1j)  # of a small pixel, in displayed ones
    home = small.factor * (steady - back * plate) + middle - back * middle
    rows = [[back.real, -back.imag, home.real], [back.imag, back.real, home.imag]]
    off_px = _bridged(fits.off_px.astype(np.complex128), time_s=track.time_s).real
    sd_px = small.factor * np.hypot(off_px, NEAR_SD * np.abs(near))
    return CameraMotion(
        reference=reference_frame(track),
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
