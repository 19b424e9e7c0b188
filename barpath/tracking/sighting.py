"""Seeing the rim in one frame after another, and what of it looks like the plate.

All lengths are pixels of the working picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from barpath.chains import Mover
from barpath.plate import Ellipse, Pictures
from barpath.tracking.edges import sample_all
from barpath.tracking.face import Face
from barpath.tracking.flow import Flow
from barpath.tracking.rim import check_rims, locate_rim

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Image = NDArray[np.uint8]

MIN_SUPPORT = 0.35
"""Share of the visible rim's rays that must agree on one ellipse for a frame to be measured."""

CUT_OFF_POWER = 4
"""How a rim's error grows with what the picture's edge cuts off: half an arc slides unnoticed, by a
twentieth of the radius with all its edges agreeing (measured), which is 16 times their scatter."""

TYPICAL_SUPPORT = 0.66
"""Share of the clip's usual support below which a frame's rim isn't believed."""

MAX_RESIDUAL_RADII = 0.03
"""A rim whose edges scatter more than this about the ellipse is something else."""

REGISTERED_SD_PX = 0.1
"""Error of a registered face's centre (0.02 to 0.1 px on simulated clips)."""

_FLOOR_SD_PX = 0.1

TYPICAL_CONTRAST = 0.25
"""Share of the clip's usual contrast: a frame blurred over 20 px keeps 0.3 of it (measured)."""

CLEAR = 2.0
"""A rim with this many times less contrast than the clip's clear ones is faint."""

FROZEN_PX = 0.1
"""Two sightings this close are of the same picture, or of a plate at rest."""

FROZEN_JUMP = 0.05
"""Smallest step, in radii, to hold the jump at the end of a frozen picture against."""

SUNK_RADII = 0.2
"""How much lower than its lowest detection the plate may be: the floor is there."""

RAGGED = 3.0
"""Edges that scatter by this many times what the clip's sharp frames do aren't a rim's."""

VOUCH_S = 0.25
"""A detection of the plate vouches for the frames round it this long."""

LASTING_S = 0.13
"""How long a rim's error lasts: light, texture and a second edge beside it mislead one frame like
the next. So many frames together are no surer than one."""

MAX_SIGHT_SD_RADII = 0.12
"""A sighting less certain than this (a rim of which the picture shows next to nothing) is none; two
such together are just sure enough for a position not to be lost."""

NOTHING = np.full(6, np.nan)

_TOGETHER = 64

_KERNEL_PX = 8.0
"""More than what an edge's kernel and its distance from the picture's border reach beyond it."""


@dataclass(frozen=True)
class Sightings:
    """What was measured of the rim, one row a frame; NaN where nothing was.

    Attributes
    ----------
    centre_px : ndarray, shape (n_frames, 2)
    sd_px, residual_px, support, contrast : ndarray, shape (n_frames,)
        Of the centre; and as in `rim.RimFit`.
    registered : ndarray of bool, shape (n_frames,)
        The face was laid over the reference frame's; the rim only confirms it.
    floor_px : float
        Nothing is believed to be the plate below this row.
    vouched : ndarray of bool, shape (n_frames,)
        A ring of the plate was detected within `VOUCH_S`.
    """

    centre_px: FloatArray
    sd_px: FloatArray
    residual_px: FloatArray
    support: FloatArray
    contrast: FloatArray
    registered: BoolArray
    vouched: BoolArray
    floor_px: float

    @property
    def made(self) -> BoolArray:
        """Frames in which anything was measured."""
        return np.isfinite(self.sd_px)

    @property
    def least_support(self) -> float:
        """Support below which a rim isn't believed."""
        return TYPICAL_SUPPORT * float(np.median(self.support[self.made]))

    def firm(self) -> BoolArray:
        """Say which sightings look like this clip's rim.

        A face that was registered needs no rim: a dark plate on a dark floor may show none. Far
        from any detection, a faint or ragged rim is the stains of a bare wall.
        """
        typical = float(np.median(self.contrast[self.made]))
        sharp_px = float(np.nanquantile(self.residual_px[self.made], 0.25))
        clear = (self.contrast > TYPICAL_CONTRAST * typical) & (
            self.residual_px < RAGGED * sharp_px + 0.1
        )
        return self.registered | ((self.support > self.least_support) & (self.vouched | clear))

    def frozen(self, *, radius_px: float) -> BoolArray:
        """Say in which frames the picture stood still while the plate went on.

        A frozen picture shows the plate where it was, to the last bit, and then all it missed at
        once; a plate that rests doesn't jump off.
        """
        step = np.hypot(*np.diff(self.centre_px, axis=0, prepend=self.centre_px[:1]).T)
        still = step < FROZEN_PX
        frozen = np.zeros(len(step), dtype=bool)
        last = len(step) - 1
        for start in np.flatnonzero(still & ~np.roll(still, 1)).tolist():
            stop = start
            while stop <= last and still[stop]:
                stop += 1
            # a single repeat is left to the smoother, which knows the clips that have them
            if stop > last or start < 2 or stop - start < 2:
                continue
            usual = np.nanmax(
                [step[start - 1], *step[stop + 1 : stop + 3], FROZEN_JUMP * radius_px]
            )
            frozen[start:stop] = step[stop] > 2 * usual
        return frozen

    def without(self, frames: BoolArray) -> Sightings:
        """Return the sightings without those of some frames, a mask of shape (n_frames,)."""
        return replace(
            self,
            centre_px=np.where(frames[:, None], np.nan, self.centre_px),
            sd_px=np.where(frames, np.nan, self.sd_px),
            residual_px=np.where(frames, np.nan, self.residual_px),
            support=np.where(frames, np.nan, self.support),
            registered=self.registered & ~frames,
        )

    def updated(self, rows: dict[int, FloatArray]) -> Sightings:
        """Return the sightings with rims found in some frames in place of what was there."""
        table = np.column_stack(
            [self.centre_px, self.sd_px, self.residual_px, self.support, self.contrast]
        )
        table[list(rows)] = list(rows.values())
        return replace(
            self,
            centre_px=table[:, :2],
            sd_px=table[:, 2],
            residual_px=table[:, 3],
            support=table[:, 4],
            contrast=table[:, 5],
        )


def measure_all(*, pictures: Pictures, face: Face, flow: Flow, mover: Mover) -> Sightings:
    """Measure every frame of the shot.

    Where the face was registered, that is where the plate is, and the rim in the picture confirms
    it; elsewhere the rim must tell.
    """
    rows = np.full((len(pictures), 6), np.nan)
    outgrown = lasting(pictures.time_s)
    centres = face.model.centres(flow.path_px)
    laid: list[tuple[int, Ellipse]] = []
    for frame in range(flow.first, flow.stop):
        rim = face.laid(frame)
        if rim is None:
            rim = face.model.at(x_px=centres[frame, 0], y_px=centres[frame, 1])
            rows[frame] = look_for_rim(
                image=pictures.luma(frame), rim=rim, reach=0.08, outgrown=outgrown
            )
        else:
            laid.append((frame, rim))
    for start in range(0, len(laid), _TOGETHER):
        some = laid[start : start + _TOGETHER]
        rows[[frame for frame, _ in some]] = _confirmed(pictures=pictures, laid=some)
    known = np.zeros(len(rows), dtype=bool) if face.maps is None else face.maps.known
    floor_px = _floor_px(rows=rows, known=known, mover=mover, height_px=pictures.shape[0])
    rows[~known & (rows[:, 1] > floor_px)] = np.nan
    rows[:, 2] *= np.where(known, 1.0, _faintness(rows[:, 5]))
    return Sightings(
        centre_px=rows[:, :2],
        sd_px=rows[:, 2],
        residual_px=rows[:, 3],
        support=rows[:, 4],
        contrast=rows[:, 5],
        registered=known,
        floor_px=floor_px,
        vouched=_vouched(time_s=pictures.time_s, mover=mover),
    )


def _floor_px(*, rows: FloatArray, known: BoolArray, mover: Mover, height_px: int) -> float:
    """Return the lowest row at which the plate may be seen.

    When it bounces off the floor out of sight, the arc of something else is easily found below.
    Where the picture ends before the floor, nothing is known of the floor.
    """
    lowest, radius_px = float(mover.main.rims[:, 1].max()), mover.outer.radius_px
    if known.any():
        lowest = max(lowest, float(np.nanmax(rows[known, 1])))
    floor_px = lowest + SUNK_RADII * radius_px
    return floor_px if floor_px + radius_px < height_px else np.inf


def lasting(time_s: FloatArray) -> float:
    """Return by how much errors outgrow their scatter: the root of the frames that share one."""
    return float(np.sqrt(max(1.0, LASTING_S / np.median(np.diff(time_s)))))


def _faintness(contrast: FloatArray) -> FloatArray:
    """Return by how much a faint rim's error outgrows its scatter, 1 for a clear one.

    On a floor as dark as the plate the back edge of the plate's wall is no fainter than the rim.
    The mistake is the same in every frame: many frames mustn't make it more believed.
    """
    made = contrast[np.isfinite(contrast)]
    if not made.size:
        return np.ones_like(contrast)
    ratio = np.quantile(made, 0.75) / np.maximum(np.nan_to_num(contrast), 1e-3)
    return np.clip((ratio / CLEAR) ** 2, 1.0, 100.0)


def _vouched(*, time_s: FloatArray, mover: Mover) -> BoolArray:
    """Say which frames lie within `VOUCH_S` of a detection of the plate."""
    seen_s = np.unique(np.concatenate([time_s[ring.frame] for ring in mover.rings]))
    after = np.clip(np.searchsorted(seen_s, time_s), 0, len(seen_s) - 1)
    before = np.maximum(after - 1, 0)
    gap_s = np.minimum(np.abs(time_s - seen_s[after]), np.abs(time_s - seen_s[before]))
    near: BoolArray = gap_s <= VOUCH_S
    return near


def _confirmed(*, pictures: Pictures, laid: list[tuple[int, Ellipse]]) -> FloatArray:
    """Return registered rims, with their frames, as sightings with what the edges say of them."""
    rims = [rim for _, rim in laid]
    band_px = max(3.0, 0.03 * max(rim.radius_px for rim in rims))
    # the rows that all of them lie in, of the picture's own
    beyond_px, height = band_px + _KERNEL_PX, pictures.shape[0]
    top = int(min(rim.y_px - rim.radius_px for rim in rims) - beyond_px)
    bottom = int(max(rim.y_px + rim.radius_px for rim in rims) + beyond_px) + 1
    top, bottom = max(0, min(top, height - 1)), min(height, max(bottom, 1))
    edges = sample_all(
        images=(pictures.rows(frame, top, bottom) for frame, _ in laid),
        rims=[replace(rim, y_px=rim.y_px - top) for rim in rims],
        reach_px=band_px,
    )
    check = check_rims(edges=edges, rims=rims, prior_px=band_px / 2)
    place = np.array([[rim.x_px, rim.y_px, REGISTERED_SD_PX] for rim in rims])
    return np.column_stack([place, check.residual_px, check.support, check.contrast])


def look_for_rim(*, image: Image, rim: Ellipse, reach: float, outgrown: float) -> FloatArray:
    """Return centre x, y, its sd, residual, support and contrast; NaN where no rim is believed.

    `outgrown` is the clip's `lasting`.
    """
    located = locate_rim(
        image=image,
        rim=rim,
        reach_px=max(4.0, reach * rim.radius_px),
        band_px=max(3.0, 0.03 * rim.radius_px),
    )
    if located is None:
        return NOTHING
    voted, fit = located
    limit_px = max(1.5, MAX_RESIDUAL_RADII * rim.radius_px)
    if fit.support < MIN_SUPPORT or fit.residual_px > limit_px:
        return NOTHING
    # neighbouring rays share their errors (texture, light), hence the factor of two
    outgrown = max(outgrown, max(fit.visible, 0.1) ** -CUT_OFF_POWER)
    sd = float(np.hypot(_FLOOR_SD_PX, 2 * np.sqrt(np.trace(fit.covariance) / 2) * outgrown))
    if sd > MAX_SIGHT_SD_RADII * rim.radius_px:
        return NOTHING
    x, y = voted.x_px + fit.dx_px, voted.y_px + fit.dy_px
    return np.array([x, y, sd, fit.residual_px, fit.support, fit.contrast])
