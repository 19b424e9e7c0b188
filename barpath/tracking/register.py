"""Laying the plate's face in every frame over its face in one: the reference.

As each frame is matched against a template and not against its neighbour, nothing adds up to drift.
All lengths are pixels of the working picture.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from barpath.plate import Pictures
from barpath.tracking.template import (
    CORNER_QUALITIES,
    MIN_MATCHED,
    Template,
    make_template,
    register,
)

FloatArray = NDArray[np.float64]

RENEW_SHARE = 0.6
"""When fewer of a template's corners are matched than this, the next good frame becomes a template
too: the plate has turned, grown or come into another light."""

MAX_TEMPLATES = 12

ENOUGH_KNOWN = 0.25
"""Share of the frames that a good reference lays; one with the plate hidden lays next to none."""

MAX_REFERENCES = 3

MAX_ASTRAY_RADII = 0.2
"""A registration further than this from the rough path has lost the plate."""

MAX_WARP, MAX_WARP_PER_RADIUS = 0.04, 0.02
"""By how much the face's size and flatness may differ from where it was last laid near by, and how
much more with every radius of distance: seen from 2 m it grows by a hundredth a radius."""

_ELSEWHERE_RADII = 0.25

_NEIGHBOURS = 8


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
        None when the face has too few corners to tell its place.
    """
    few = candidates[np.linspace(0, len(candidates) - 1, min(8, len(candidates))).astype(np.intp)]
    for quality in CORNER_QUALITIES:
        shown = _Shown(
            pictures=pictures, path_px=path_px, radius_px=radius_px, few=few, quality=quality
        )
        templates = {int(frame): shown.template(int(frame), path_px[frame]) for frame in few}
        if max(len(template.corners_px) for template in templates.values()) >= 2 * MIN_MATCHED:
            break
    order = sorted(templates, key=lambda frame: -len(templates[frame].corners_px))
    best: FaceMaps | None = None
    for reference in order[:MAX_REFERENCES]:
        if len(templates[reference].corners_px) < 2 * MIN_MATCHED:
            break
        maps = _lay_over(
            shown=shown, reference=reference, template=templates[reference], span=(first, stop)
        )
        if best is None or maps.known.sum() > best.known.sum():
            best = maps
        if best.known[first:stop].mean() >= ENOUGH_KNOWN:
            break
    return best


@dataclass(frozen=True)
class _Shown:
    """The clip, roughly where the plate is in it, and a few sharp frames of it."""

    pictures: Pictures
    path_px: FloatArray
    radius_px: FloatArray
    few: NDArray[np.intp]
    quality: float

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
    *, shown: _Shown, reference: int, template: Template, span: tuple[int, int]
) -> FaceMaps:
    """Lay the frames of a span over one reference frame, forwards and backwards from it."""
    count = len(shown.pictures)
    maps = FaceMaps(
        reference=reference,
        turn=np.full((count, 2, 2), np.nan),
        centre_px=np.full((count, 2), np.nan),
        matched=np.zeros(count, dtype=np.intp),
    )

    first, stop = span
    places = _Places(tree=KDTree(shown.path_px[first:stop]), first=first)

    def walk(way: range) -> None:
        _walk(shown=shown, places=places, way=way, first=template, maps=maps)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(walk, [range(reference, stop), range(reference - 1, first - 1, -1)]))
    return maps


@dataclass(frozen=True)
class _Places:
    """Where the rough path is in the frames of a span, to be searched by place."""

    tree: KDTree
    first: int

    def nearest(self, near: FloatArray, *, among: NDArray[np.bool_]) -> tuple[int, float] | None:
        """Give the frame among some whose place is nearest, and how far off it is.

        Parameters
        ----------
        near : ndarray, shape (2,)
        among : ndarray of bool, shape (n_frames,)

        Returns
        -------
        (int, float) or None
            None where there is none. A few neighbours are asked first, then ever more: in a long
            set most of them have been laid, and going through all for each frame would take as
            long as the laying.
        """
        asked = _NEIGHBOURS
        while True:
            asked = min(asked, self.tree.n)
            away, index = self.tree.query(near, k=np.arange(1, asked + 1))
            inside = np.flatnonzero(among[self.first + index])
            if inside.size:
                return self.first + int(index[inside[0]]), float(away[inside[0]])
            if asked == self.tree.n:
                return None
            asked *= _NEIGHBOURS


@dataclass(frozen=True)
class _Key:
    """A template and how it lies over the reference: ``there = centre + turn @ reference``."""

    template: Template
    turn: FloatArray
    offset_px: FloatArray


def _walk(*, shown: _Shown, places: _Places, way: range, first: Template, maps: FaceMaps) -> None:
    """Register the frames of one way, in order, into `maps`; add templates as the face changes."""
    path_px, radius_px = shown.path_px, shown.radius_px
    keys = [_Key(first, np.eye(2), np.zeros(2))]
    key = keys[0]
    turn, ahead, lost = np.eye(2), np.zeros(2), False
    for frame in way:
        picture = shown.pictures.luma(frame)
        starts = [(key, turn, path_px[frame] + ahead)]
        others = [other for other in reversed(keys) if other is not key]
        starts += [(other, turn, path_px[frame] + ahead) for other in others[:1]]
        if lost:
            # what led here may be what is wrong
            starts.append((keys[0], np.eye(2), path_px[frame]))
        laid = None
        for tried, from_turn, guess in starts:
            # the template's own map is undone: from it to the reference, then to this frame
            relative = from_turn @ np.linalg.inv(tried.turn)
            laid = register(
                template=tried.template,
                picture=picture,
                turn=relative,
                centre_px=guess + relative @ tried.offset_px,
            )
            if laid is not None:
                key = tried
                break
        lost = laid is None
        if laid is None:
            continue
        centre = laid.centre_px - laid.turn @ key.offset_px
        if np.hypot(*(centre - path_px[frame])) > MAX_ASTRAY_RADII * radius_px[frame]:
            # it holds on to a caption or the background: the detections say the plate is elsewhere
            ahead = np.zeros(2)
            continue
        onto = laid.turn @ key.turn
        around = places.nearest(path_px[frame], among=maps.known)
        if around is not None and not _looks_alike(onto, at=around, shown=shown, maps=maps):
            lost = True
            continue
        turn = onto
        ahead = centre - path_px[frame]
        maps.turn[frame], maps.centre_px[frame] = turn, centre
        maps.matched[frame] = laid.matched
        weak = laid.matched < RENEW_SHARE * len(key.template.corners_px)
        if weak and len(keys) < MAX_TEMPLATES:
            fresh = shown.template(frame, centre)
            if len(fresh.corners_px) >= 2 * MIN_MATCHED:
                key = _Key(fresh, turn, np.zeros(2))
                keys.append(key)


def _looks_alike(turn: FloatArray, *, at: tuple[int, float], shown: _Shown, maps: FaceMaps) -> bool:
    """Say whether a face is about as large and as flat as in the frame laid nearest by.

    Whatever turns the plate, its outline grows and flattens with its place in the picture only. A
    map through corners of which some belong to something in front of the face bends it.
    """
    nearest, away_px = at
    sizes, expected = (
        np.linalg.svd(linear, compute_uv=False) for linear in (turn, maps.turn[nearest])
    )
    slack = MAX_WARP + MAX_WARP_PER_RADIUS * away_px / float(shown.radius_px[nearest])
    return bool(np.abs(sizes / expected - 1).max() < slack)
