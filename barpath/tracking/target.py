"""Following what a person boxed in the first frame, where there is no plate to find: a kettlebell.

Corners inside the box are found again in every frame straight from the first, so nothing adds up
to drift. Steps from frame to frame say where to look, and hold where something passes in front.
OpenCV's CSRT tracker is sent through the gaps as a guard that proposes places; only the first
appearance found there is believed. Lengths are pixels of the working picture, but for the `Track`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.errors import UnmeasurableError
from barpath.pixels import enlarged_px
from barpath.plate import MIN_TRAVEL_RADII, Ellipse, Pictures, Plate
from barpath.tracking.appearance import (
    SEEN_SD_PX,
    Appearance,
    Sight,
    find_again,
    likeliest,
    take_appearance,
)
from barpath.tracking.flow import match_face
from barpath.tracking.gaps import MAX_UNSEEN_SD_RADII, find_bridged, runs
from barpath.tracking.guard import propose
from barpath.tracking.search import MIN_HELD
from barpath.tracking.settling import filled_steps, path_sd_px, settle, step_sd_px
from barpath.tracking.shape import RimModel
from barpath.tracking.track import State, Track, as_states

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SLOWING = 0.9
"""A target that isn't seen is looked for where it would be if it slowed by this a frame."""

REACH_RADII, MAX_REACH_RADII = 0.3, 3.0
"""It may be farther from there by so much a frame (1 m/s of a 10 cm ball at 30 frames/s), at most
by the second: a lift's height is 4 to 5 radii of a kettlebell."""

SLOW_SD_PX = 0.5
"""Error that stays the same while the target rests, so that no number of frames takes it out: a leg
over one side of it, or another light (up to 1.1 px on a simulated kettlebell)."""


@dataclass
class _Sights:
    """Where the first appearance was found again; NaN where it wasn't, shape (n_frames, ...)."""

    centre: FloatArray
    sd_px: FloatArray
    size: FloatArray
    residual_px: FloatArray

    @classmethod
    def none(cls, count: int) -> _Sights:
        return cls(np.full((count, 2), np.nan), *(np.full(count, np.nan) for _ in range(3)))

    @property
    def made(self) -> BoolArray:
        return np.isfinite(self.sd_px)

    def put(self, frame: int, sight: Sight) -> None:
        self.centre[frame] = sight.centre
        self.sd_px[frame], self.size[frame] = sight.sd_px, sight.size
        self.residual_px[frame] = sight.residual_px


def follow_target(
    *,
    pictures: Pictures,
    factor: float,
    box_px: tuple[float, float, float, float],
    cuts: tuple[int, ...] = (),
) -> Track:
    """Follow what lies in a box of the first frame.

    Parameters
    ----------
    pictures : Pictures
    factor : float
        Displayed pixels per working pixel.
    box_px : tuple of float
        Left, top, width and height in the first frame, displayed pixels.
    cuts : tuple of int
        First frames after hard cuts: nothing is followed across one.

    Returns
    -------
    Track
        Of the box's middle; `radius_px` is half the mean side of the box, as large as its content
        looks at that height.

    Raises
    ------
    UsageError
        The box doesn't lie in the picture, or is too small.
    UnmeasurableError
        The box shows too little to hold on to, or it doesn't move, or it is lost for most of the
        clip.
    """
    first = take_appearance(pictures=pictures, factor=factor, box_px=box_px)
    stop = cuts[0] if cuts else len(pictures)
    sights, step_px, rough = _walk(pictures=pictures, first=first, stop=stop)
    time_s = pictures.time_s[:stop]
    path, step_sd = _settled(sights, first, rough=rough, step_px=step_px, time_s=time_s)
    if _search_gaps(pictures=pictures, first=first, sights=sights, path=path):
        path, step_sd = _settled(sights, first, rough=rough, step_px=step_px, time_s=time_s)
    near_px = np.maximum(4 * np.nan_to_num(sights.sd_px), 0.05 * first.radius_px)
    believed = sights.made & (np.hypot(*(sights.centre - path).T) < near_px)
    own_sd_px = np.where(believed, sights.sd_px, np.inf)
    sd_px = np.hypot(path_sd_px(own_sd_px=own_sd_px, step_sd_px=step_sd), SLOW_SD_PX)
    bridged = find_bridged(
        believed=believed,
        followed=np.isfinite(step_px[:, 0]),
        sd_px=sd_px,
        time_s=time_s,
        limit_px=MAX_UNSEEN_SD_RADII * first.radius_px,
    )
    state = as_states(tracked=believed, bridged=bridged)
    track = _as_track(
        pictures=pictures,
        first=first,
        sights=sights,
        path=path,
        sd_px=sd_px,
        state=state,
        factor=factor,
        cuts=cuts,
    )
    return _moved_and_held(track)


def _walk(
    *, pictures: Pictures, first: Appearance, stop: int
) -> tuple[_Sights, FloatArray, FloatArray]:
    """Go through the clip; give the sights, the steps (NaN where unknown) and a rough path."""
    sights = _Sights.none(stop)
    step_px, rough = np.full((stop, 2), np.nan), np.tile(first.centre, (stop, 1))
    sights.put(0, Sight(first.centre, SEEN_SD_PX, 1.0, 0.0))
    before, speed, unseen = first.picture, np.zeros(2), 0
    for frame in range(1, stop):
        now = pictures.luma(frame)
        step = match_face(
            before=before,
            now=now,
            centre=rough[frame - 1],
            radius_px=first.radius_px,
            guess=speed,
            expected=np.zeros(2),
        )
        guesses = [rough[frame - 1] + speed]
        if step is not None:
            guesses.insert(0, rough[frame - 1] + step)
        sight = find_again(first=first, now=now, centres=guesses)
        if sight is None:
            unseen += 1
            reach_px = first.radius_px * min(REACH_RADII * unseen, MAX_REACH_RADII)
            place = likeliest(first=first, now=now, centre=guesses[-1], reach_px=reach_px)
            sight = find_again(first=first, now=now, centres=[place])
        if sight is None:
            # A step may be that of whatever passes in front: the target runs straight on.
            rough[frame] = guesses[-1]
            speed = SLOWING * speed
        else:
            unseen = 0
            sights.put(frame, sight)
            rough[frame] = sight.centre
            speed = sight.centre - rough[frame - 1]
            if step is not None:
                step_px[frame] = step
        before = now
    return sights, step_px, rough


def _settled(
    sights: _Sights,
    first: Appearance,
    *,
    rough: FloatArray,
    step_px: FloatArray,
    time_s: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Settle the sights against the steps; give the path and the steps' sd that it leaves."""
    at = np.flatnonzero(sights.made)
    return settle(
        start=rough,
        step=filled_steps(step_px=step_px, time_s=time_s),
        step_sd=step_sd_px(step_px=step_px, time_s=time_s, radius_px=first.radius_px),
        at=at,
        seen=sights.centre[at],
        seen_sd=sights.sd_px[at],
        slack=0.02 * first.radius_px,
    )


def _search_gaps(
    *, pictures: Pictures, first: Appearance, sights: _Sights, path: FloatArray
) -> bool:
    """Send CSRT through the gaps and look where it points; return whether anything was found."""
    circle = RimModel(0.0, (first.radius_px, 0.0), *((0.0, 0.0),) * 4, 0.0, 0.0)
    found = False
    for start, stop in runs(~sights.made):
        proposals = propose(
            pictures=pictures,
            model=circle,
            path_px=path,
            frames=range(start, stop),
            before=start - 1,
            after=stop if stop < len(path) else None,
        )
        for frame, places in proposals.items():
            now = pictures.luma(frame)
            centres = [path[frame], *(np.array(place) for place in places)]
            sight = find_again(first=first, now=now, centres=centres)
            if sight is not None:
                sights.put(frame, sight)
                found = True
    return found


def _growth(sights: _Sights, *, first: Appearance) -> float:
    """Fit how much larger the target looks a pixel farther down, held to 1 in the first frame.

    Inverse depth is affine in the picture's rows for whatever moves in a plane; robust, by
    reweighting (Cauchy).
    """
    down = sights.centre[sights.made, 1] - first.centre[1]
    grown = sights.size[sights.made] - 1
    weight = np.ones_like(down)
    slope = 0.0
    for _ in range(10):
        hold = 0.02 * len(down) * (0.5 * first.radius_px) ** 2
        slope = float(np.sum(weight * down * grown) / (np.sum(weight * down**2) + hold))
        miss = np.abs(grown - slope * down)
        weight = 1 / (1 + (miss / (2 * np.median(miss) + 1e-3)) ** 2)
    return slope


def _as_track(
    *,
    pictures: Pictures,
    first: Appearance,
    sights: _Sights,
    path: FloatArray,
    sd_px: FloatArray,
    state: NDArray[np.int8],
    factor: float,
    cuts: tuple[int, ...],
) -> Track:
    """Turn what was settled into displayed pixels; frames after a cut are lost."""
    count = len(pictures)
    states = np.full(count, State.LOST, dtype=np.int8)
    states[: len(state)] = state

    def everywhere(values: FloatArray, least: State = State.BRIDGED) -> FloatArray:
        full = np.full(count, np.nan)
        full[: len(state)] = np.where(state >= least, values, np.nan)
        return full

    shown = enlarged_px(path, factor=factor)
    down = path[:, 1] - first.centre[1]
    radius_px = first.radius_px * factor * (1 + _growth(sights, first=first) * down)
    lost_between = [run for run in runs(state != State.TRACKED) if run[0] > 0 and run[1] < count]
    return Track(
        time_s=pictures.time_s,
        x_px=everywhere(shown[:, 0]),
        y_px=everywhere(shown[:, 1]),
        radius_px=everywhere(radius_px),
        axis_ratio=everywhere(np.ones(len(state))),
        angle_deg=everywhere(np.zeros(len(state))),
        sd_px=everywhere(sd_px * factor),
        residual_px=everywhere(sights.residual_px * factor, State.TRACKED),
        state=states,
        radius_sd_px=0.0,
        plate=Plate(
            frame=0,
            rim=Ellipse(float(shown[0, 0]), float(shown[0, 1]), first.radius_px * factor, 1.0),
            confidence=float(np.mean(states == State.TRACKED)),
        ),
        reacquired=len(lost_between),
        cut_frames=cuts,
    )


def _moved_and_held(track: Track) -> Track:
    """Refuse a target that was lost for most of the clip, and one that doesn't move."""
    held = float(np.mean(track.state != State.LOST))
    if held < MIN_HELD:
        raise UnmeasurableError(
            f"the target was lost in {100 * (1 - held):.0f} % of the frames",
            hint="trim the clip to the set, and box the whole of it in the first frame",
        )
    travel_px = float(np.nanmax(track.y_px) - np.nanmin(track.y_px))
    if travel_px < MIN_TRAVEL_RADII * track.plate.rim.radius_px:
        raise UnmeasurableError(
            "what --target boxes doesn't move up and down",
            hint="box the kettlebell as it stands in the first frame",
        )
    return track
