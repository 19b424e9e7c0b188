"""Laying the plate's face in every frame over its face in one: the reference.

As each frame is matched against a template and not against its neighbour, nothing adds up to drift.
All lengths are pixels of the working picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.plate import Pictures
from barpath.threads import side_by_side
from barpath.tracking.keys import (
    RENEW_SHARE,
    TIED_FRAMES,
    Key,
    Start,
    is_weak,
    lay,
    nearest,
    tied,
)
from barpath.tracking.shape import stretches
from barpath.tracking.template import (
    CORNER_QUALITIES,
    MIN_AFFINE,
    MIN_MATCHED,
    Template,
    make_template,
)

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

MAX_TEMPLATES = 12

ENOUGH_KNOWN = 0.25
"""Share of the frames that a good reference lays; one with the plate hidden lays next to none."""

HOPELESS_SHARE = 0.05
"""Share of the sharp frames below which a reference isn't tried on all: its corners are of what is
before the plate, or of light that doesn't turn with it (it lays 0.02; those of use 0.17)."""

MAX_REFERENCES = 3

MAX_ASTRAY_RADII = 0.2
"""A registration further than this from the rough path has lost the plate."""

MAX_WARP, MAX_WARP_PER_RADIUS = 0.04, 0.02
"""By how much the face's size and flatness may differ from where it was last laid near by, and how
much more with every radius of distance: seen from 2 m it grows by a hundredth a radius."""

PLAIN_SHARE = 0.98
"""Share of the frames in which a face is laid by most of its corners, where it is in plain view."""

_LEVELS, _PLAIN_LEVELS = 1, 0
"""Halvings of the picture in which corners are found again. Those of a face in plain view lead from
frame to frame without any: the same to 0.01 px, in half the time."""

_ELSEWHERE_RADII = 0.25
_FEW = 8


@dataclass(frozen=True)
class FaceMaps:
    """Affine maps of the face from the reference frame to every frame; NaN where there is none.

    A point that lies at ``p`` from the reference centre in the reference frame lies at
    ``centre_px[i] + turn[i] @ p`` in frame ``i``.

    Attributes
    ----------
    reference : int
        Frame the maps start from.
    turn : ndarray, shape (n_frames, 2, 2)
    centre_px : ndarray, shape (n_frames, 2)
    matched : ndarray of int, shape (n_frames,)
        Corners that agree; 0 where there is no map.
    """

    reference: int
    turn: FloatArray
    centre_px: FloatArray
    matched: NDArray[np.intp]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Frames that have a map, shape (n_frames,)."""
        return self.matched > 0


def lay_all(
    *,
    pictures: Pictures,
    path_px: FloatArray,
    radius_px: FloatArray,
    candidates: NDArray[np.intp],
    first: int,
    stop: int,
) -> FaceMaps | None:
    """Lay the face of every frame over the reference frame's.

    Parameters
    ----------
    pictures : Pictures
    path_px : ndarray, shape (n_frames, 2)
        Rough centre of the rim.
    radius_px : ndarray, shape (n_frames,)
        Rough radius of the rim.
    candidates : ndarray of int
        Sharp frames. The one with most corners becomes the reference, unless few frames agree.
    first, stop : int
        Frames of the shot.

    Returns
    -------
    FaceMaps or None
        None when the face has too few corners to tell its place, or shows others in every frame.
    """
    few = _few_of(candidates)
    for quality in CORNER_QUALITIES:
        shown = _Shown(
            pictures=pictures,
            path_px=path_px,
            radius_px=radius_px,
            few=few,
            quality=quality,
            levels=_LEVELS,
        )
        templates = {int(frame): shown.template(int(frame), path_px[frame]) for frame in few}
        if max(len(template.corners_px) for template in templates.values()) >= 2 * MIN_MATCHED:
            break
    order = sorted(templates, key=lambda frame: -len(templates[frame].corners_px))
    best: FaceMaps | None = None
    for reference in order[:MAX_REFERENCES]:
        if len(templates[reference].corners_px) < 2 * MIN_MATCHED:
            break
        template = templates[reference]
        sparse = _lay_over(shown=shown, reference=reference, template=template, frames=candidates)
        if sparse.known.sum() - 1 < HOPELESS_SHARE * len(candidates):
            continue
        maps = _lay_over(
            shown=shown,
            reference=reference,
            template=template,
            frames=np.arange(first, stop),
        )
        if best is None or maps.known.sum() > best.known.sum():
            best = maps
        if best.known[first:stop].mean() >= ENOUGH_KNOWN:
            break
    return best


def lay_plain(
    *,
    pictures: Pictures,
    path_px: FloatArray,
    radius_px: FloatArray,
    seen: NDArray[np.intp],
    first: int,
    stop: int,
) -> FaceMaps | None:
    """Lay a face in plain view over the reference frame's, from where it was detected.

    Parameters
    ----------
    pictures : Pictures
    path_px : ndarray, shape (n_frames, 2)
        Centre of a ring of the plate; between its detections a guess.
    radius_px : ndarray, shape (n_frames,)
        Radius of the largest ring.
    seen : ndarray of int
        Frames in which the ring was detected.
    first, stop : int
        Frames of the shot.

    Returns
    -------
    FaceMaps or None
        None where the face has few corners, or many of them are hidden or change for a time: it
        must then be followed from frame to frame first.
    """
    few = _few_of(seen)
    shown = _Shown(
        pictures=pictures,
        path_px=path_px,
        radius_px=radius_px,
        few=few,
        quality=CORNER_QUALITIES[0],
        levels=_PLAIN_LEVELS,
    )
    # both ways from the reference are walked at once: the more even they are, the sooner
    for reference in sorted(few.tolist(), key=lambda frame: abs(2 * frame - first - stop)):
        template = shown.template(reference, path_px[reference])
        if len(template.corners_px) >= MIN_AFFINE:
            break
    else:
        return None
    maps = _lay_over(shown=shown, reference=reference, template=template, frames=seen)
    if not _is_plain(maps, frames=seen):
        return None
    every = np.arange(first, stop)
    _lay_rest(shown=shown, template=template, frames=every, maps=maps)
    return maps if _is_plain(maps, frames=every) else None


def _is_plain(maps: FaceMaps, *, frames: NDArray[np.intp]) -> bool:
    """Say whether most corners of the reference are matched in nearly all frames."""
    enough = max(MIN_AFFINE, RENEW_SHARE * maps.matched[maps.reference])
    return bool(np.quantile(maps.matched[frames], 1 - PLAIN_SHARE) >= enough)


def _few_of(frames: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return a few of the frames, evenly chosen."""
    return frames[np.linspace(0, len(frames) - 1, min(_FEW, len(frames))).astype(np.intp)]


@dataclass(frozen=True)
class _Shown:
    """The clip, roughly where the plate is in it, and a few sharp frames of it."""

    pictures: Pictures
    path_px: FloatArray
    radius_px: FloatArray
    few: NDArray[np.intp]
    quality: float
    levels: int

    def template(self, frame: int, centre_px: FloatArray) -> Template:
        """Make a template of a frame, without what lies still in the picture."""
        radius = float(self.radius_px[frame])
        away = np.hypot(*(self.path_px[self.few] - self.path_px[frame]).T)
        elsewhere = self.few[away > _ELSEWHERE_RADII * radius]
        return make_template(
            picture=self.pictures.luma(frame),
            centre_px=centre_px,
            radius_px=radius,
            quality=self.quality,
            elsewhere=tuple(self.pictures.luma(int(other)) for other in elsewhere),
        )


def _lay_over(
    *, shown: _Shown, reference: int, template: Template, frames: NDArray[np.intp]
) -> FaceMaps:
    """Lay frames, in order, over the reference frame, forwards and backwards from it."""
    count = len(shown.pictures)
    maps = FaceMaps(
        reference=reference,
        turn=np.full((count, 2, 2), np.nan),
        centre_px=np.full((count, 2), np.nan),
        matched=np.zeros(count, dtype=np.intp),
    )
    maps.turn[reference], maps.centre_px[reference] = np.eye(2), shown.path_px[reference]
    maps.matched[reference] = len(template.corners_px)
    _lay_rest(shown=shown, template=template, frames=frames, maps=maps)
    return maps


def _lay_rest(
    *, shown: _Shown, template: Template, frames: NDArray[np.intp], maps: FaceMaps
) -> None:
    """Lay those of the frames that aren't laid yet, into `maps`."""

    def walk(way: NDArray[np.intp]) -> None:
        _walk(shown=shown, way=way, first=template, maps=maps)

    after, before = frames > maps.reference, frames < maps.reference
    side_by_side(walk, [frames[after], frames[before][::-1]])


def _walk(*, shown: _Shown, way: NDArray[np.intp], first: Template, maps: FaceMaps) -> None:
    """Register the frames of one way, in order, into `maps`; add templates as the face changes."""
    path_px, radius_px = shown.path_px, shown.radius_px
    keys = [Key(path_px[maps.reference], first, np.eye(2), np.zeros(2))]
    key = keys[0]
    turn, ahead, lost = np.eye(2), np.zeros(2), False
    # only this way's: how far the other has come is chance
    done, count = np.append(maps.reference, way), 1
    for frame in way.tolist():
        if maps.matched[frame]:
            turn, ahead = maps.turn[frame], maps.centre_px[frame] - path_px[frame]
            done[count], count = frame, count + 1
            continue
        starts = [
            Start(tried, turn, path_px[frame] + ahead)
            for tried in (key, *nearest(keys, besides=key, to_px=path_px[frame]))
        ]
        if lost:
            # what led here may be what is wrong
            starts.append(Start(keys[0], np.eye(2), path_px[frame]))
        picture = shown.pictures.luma(frame)
        found = lay(picture=picture, starts=starts, levels=shown.levels)
        lost = found is None
        if found is None:
            continue
        key, laid = found
        centre = laid.centre_px - laid.turn @ key.offset_px
        if np.hypot(*(centre - path_px[frame])) > MAX_ASTRAY_RADII * radius_px[frame]:
            # it holds on to a caption or the background: the detections say the plate is elsewhere
            ahead = np.zeros(2)
            continue
        onto = laid.turn @ key.turn
        if not _looks_alike(onto, frame=frame, done=done[:count], shown=shown, maps=maps):
            lost = True
            continue
        turn = onto
        ahead = centre - path_px[frame]
        maps.turn[frame], maps.centre_px[frame] = turn, centre
        maps.matched[frame] = laid.matched
        done[count], count = frame, count + 1
        if is_weak(laid, key=key) and len(keys) < MAX_TEMPLATES:
            fresh = shown.template(frame, centre)
            if len(fresh.corners_px) >= 2 * MIN_MATCHED:
                key = tied(
                    fresh,
                    place_px=path_px[frame],
                    turn=turn,
                    earlier=(
                        (shown.pictures.luma(other), maps.turn[other], maps.centre_px[other])
                        for other in done[max(0, count - 1 - TIED_FRAMES) : count - 1].tolist()
                    ),
                    levels=shown.levels,
                )
                keys.append(key)


def _looks_alike(
    turn: FloatArray, *, frame: int, done: NDArray[np.intp], shown: _Shown, maps: FaceMaps
) -> bool:
    """Say whether a face is about as large and as flat as in the nearest place that is done.

    Whatever turns the plate, its outline grows and flattens with its place in the picture only. A
    map through corners of which some belong to something in front of the face bends it.
    """
    away_px = shown.path_px[done] - shown.path_px[frame]
    closest = int(np.einsum("ij,ij->i", away_px, away_px).argmin())
    at = int(done[closest])
    sizes, expected = stretches(turn), stretches(maps.turn[at])
    slack = MAX_WARP + MAX_WARP_PER_RADIUS * math.hypot(*away_px[closest]) / shown.radius_px[at]
    return all(abs(one / other - 1) < slack for one, other in zip(sizes, expected, strict=True))
