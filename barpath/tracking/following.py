"""Following the plate: the rim in every frame, with its residual and how far it can be believed.

The rim is measured in every frame on its own, near where the face's motion says it must be, and
settled against that motion. Where the two disagree or the rim is hidden, OpenCV's CSRT tracker is
sent through the gap as a guard that proposes where the plate went; only a rim found there is
believed.

Inside, lengths are pixels of the working picture; a `Track` is in displayed pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from barpath.chains import Mover
from barpath.pixels import enlarged_px
from barpath.plate import Ellipse, Pictures, Plate
from barpath.tracking.axis import axis_shift_px
from barpath.tracking.face import OUTERMOST, Face, find_face
from barpath.tracking.flow import Flow
from barpath.tracking.gaps import MAX_UNSEEN_SD_RADII, find_bridged, runs
from barpath.tracking.guard import propose
from barpath.tracking.route import Route
from barpath.tracking.settling import filled_steps, path_sd_px, settle, step_sd_px
from barpath.tracking.shape import RimModel
from barpath.tracking.sighting import NOTHING, Sightings, lasting, look_for_rim, measure_all
from barpath.tracking.track import FITTED_CHANGE_SD, LAID_CHANGE_SD, State, Track, as_states

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SEARCH_SDS = 4.0
SEARCH_RADII = (0.05, 0.3)
"""How far from where it is expected a rim is searched for: so many standard deviations of the
expectation, within these bounds in radii."""

SEARCHES = 2
"""Gaps are searched again where something was found: the path through what is left is another."""

LOWEST_RADII = 0.1
"""Frames this near the lowest are those in which the plate lies on the floor, if it ever does."""

AFFINE_SHARE = 0.9
"""Share of the frames with an affine map above which both ends of the way have them."""


def follow(
    *,
    pictures: Pictures,
    mover: Mover,
    route: Route,
    factor: float = 1.0,
    cuts: tuple[int, ...] = (),
    outermost: float = OUTERMOST,
) -> Track | None:
    """Follow a mover's plate through the clip.

    Parameters
    ----------
    pictures : Pictures
    mover : Mover
        What was found to travel.
    route : Route
        Where it goes, roughly.
    factor : float
        Displayed pixels per working pixel.
    cuts : tuple of int
        First frames after hard cuts.
    outermost : float
        How far out the rim may lie, in radii of the mover's main ring.

    Returns
    -------
    Track or None
        None when the mover has no rim: it isn't a plate.
    """
    face = find_face(pictures=pictures, mover=mover, route=route, outermost=outermost)
    if face is None:
        return None
    flow, model = route.flow, face.model
    sightings = measure_all(pictures=pictures, face=face, flow=flow, mover=mover)
    frozen = sightings.frozen(radius_px=model.radius_px[0])
    sightings = sightings.without(frozen)
    # the steps into a frozen picture and out of it are no motion of the plate's
    stalled = frozen | np.roll(frozen, 1)
    flow = replace(flow, step_px=np.where(stalled[:, None], np.nan, flow.step_px))
    if sightings.made.sum() < 2:
        return None
    sightings, settled = _searched(
        pictures=pictures, model=model, flow=flow, sightings=sightings, frozen=frozen
    )
    limit_px = MAX_UNSEEN_SD_RADII * model.radius_px[0]
    bridged = find_bridged(
        believed=settled.believed,
        followed=np.isfinite(flow.step_px[:, 0]),
        sd_px=settled.sd_px,
        time_s=pictures.time_s,
        limit_px=limit_px,
    )
    tracked = settled.believed & (settled.sd_px <= limit_px)
    return _as_track(
        pictures=pictures,
        face=face,
        sightings=sightings,
        path=settled.path_px,
        sd=settled.sd_px,
        state=as_states(tracked=tracked, bridged=bridged),
        mover=mover,
        factor=factor,
        cuts=cuts,
    )


@dataclass(frozen=True)
class _Settled:
    """Where sightings and steps agree the plate was, its sd, and which sightings are believed.

    The sd is infinite beyond the cuts round the bar.
    """

    path_px: FloatArray
    sd_px: FloatArray
    believed: BoolArray


def _searched(
    *, pictures: Pictures, model: RimModel, flow: Flow, sightings: Sightings, frozen: BoolArray
) -> tuple[Sightings, _Settled]:
    """Settle the sightings, search the gaps between them, and settle what was found as well."""
    settled = _settled(sightings=sightings, flow=flow, model=model, time_s=pictures.time_s)
    for _ in range(SEARCHES):
        found = _search_gaps(
            pictures=pictures,
            model=model,
            flow=flow,
            sightings=sightings,
            path=settled.path_px,
            sd=settled.sd_px,
            settled=settled.believed | frozen,
        )
        if not found:
            break
        sightings = sightings.updated(found)
        settled = _settled(sightings=sightings, flow=flow, model=model, time_s=pictures.time_s)
    return sightings, settled


def _settled(*, sightings: Sightings, flow: Flow, model: RimModel, time_s: FloatArray) -> _Settled:
    """Settle sightings against the face's motion."""
    part = slice(flow.first, flow.stop)
    seen = np.flatnonzero(sightings.made[part])
    rough = model.centres(flow.path_px)
    step = filled_steps(step_px=flow.step_px, time_s=time_s)
    step_sd = step_sd_px(step_px=flow.step_px, time_s=time_s, radius_px=model.radius_px[0])
    path, sd_px = rough.copy(), np.full(len(rough), np.inf)
    path[part], left_sd = settle(
        start=rough[part],
        step=step[part],
        step_sd=step_sd[part],
        at=seen,
        seen=sightings.centre_px[part][seen],
        seen_sd=sightings.sd_px[part][seen],
        slack=0.02 * model.radius_px[0],
    )
    off = np.hypot(*(sightings.centre_px - path).T)
    near = off < np.maximum(4 * np.nan_to_num(sightings.sd_px), 0.03 * model.radius_px[0])
    believed = sightings.made & near & sightings.firm()
    own_sd_px = np.where(believed, sightings.sd_px, np.inf)
    sd_px[part] = path_sd_px(own_sd_px=own_sd_px[part], step_sd_px=left_sd)
    return _Settled(path, sd_px, believed)


def _search_gaps(
    *,
    pictures: Pictures,
    model: RimModel,
    flow: Flow,
    sightings: Sightings,
    path: FloatArray,
    sd: FloatArray,
    settled: BoolArray,
) -> dict[int, FloatArray]:
    """Search the frames that aren't settled; return what was found, by frame.

    The settled path is tried first, no farther from it than it can be wrong: an arc of whoever
    stands in front is easily found. Where the rim isn't near it, CSRT is sent through the gap. In
    front of the first sighting and behind the last the plate may lie where it lay before.
    """
    resting = _lowest(path=path, settled=settled, radius_px=model.radius_px[0])
    least, outgrown = sightings.least_support, lasting(pictures.time_s)
    reaches = np.clip(SEARCH_SDS * sd / model.radius_px[0], *SEARCH_RADII)

    def look(frame: int, places: list[tuple[float, float]]) -> bool:
        image = pictures.luma(frame)
        rows = [
            look_for_rim(
                image=image,
                rim=model.at(x_px=x, y_px=y),
                reach=float(reaches[frame]),
                outgrown=outgrown,
            )
            for x, y in places
        ]
        best = max(rows, key=lambda row: float(np.nan_to_num(row[4])), default=NOTHING)
        if np.isnan(best[2]) or best[4] < least or best[1] > sightings.floor_px:
            return False
        found[frame] = best
        return True

    found: dict[int, FloatArray] = {}
    for start, stop in runs(~settled[flow.first : flow.stop], offset=flow.first):
        open_ended = start == flow.first or stop == flow.stop
        straight = [
            look(frame, [(path[frame, 0], path[frame, 1]), *(resting if open_ended else [])])
            for frame in range(start, stop)
        ]
        if all(straight):
            continue
        proposals = propose(
            pictures=pictures,
            model=model,
            path_px=path,
            frames=range(start, stop),
            before=start - 1 if start > flow.first else None,
            after=stop if stop < flow.stop else None,
        )
        for seen, (frame, places) in zip(straight, proposals.items(), strict=True):
            if not seen:
                look(frame, places)
    return found


def _lowest(*, path: FloatArray, settled: BoolArray, radius_px: float) -> list[tuple[float, float]]:
    """Return the lowest place that the plate was seen at; none where it was never seen."""
    if not settled.any():
        return []
    seen = path[settled]
    low = seen[seen[:, 1] > seen[:, 1].max() - LOWEST_RADII * radius_px]
    x, y = np.median(low, axis=0).tolist()
    return [(x, y)]


def _as_track(
    *,
    pictures: Pictures,
    face: Face,
    sightings: Sightings,
    path: FloatArray,
    sd: FloatArray,
    state: NDArray[np.int8],
    mover: Mover,
    factor: float,
    cuts: tuple[int, ...],
) -> Track:
    """Turn what was settled into displayed pixels."""
    model = face.model
    known = state > State.LOST
    radius, axis_ratio, angle_deg = model.along(path[:, 1])
    quality = np.where(state == State.TRACKED, sightings.support, 0)
    best = int(np.nan_to_num(quality).argmax())
    rim = model.at(x_px=path[best, 0], y_px=path[best, 1])
    shift = axis_shift_px(
        mover=mover,
        rim_centre_px=path,
        rim_radius_px=float(np.median(radius[known])),
        axis_ratio=float(np.median(axis_ratio[known])),
        long_side_px=max(pictures.shape),
    )
    shown = enlarged_px(path + shift, factor=factor)
    plate = Plate(
        frame=best,
        rim=Ellipse(
            x_px=enlarged_px(rim.x_px, factor=factor),
            y_px=enlarged_px(rim.y_px, factor=factor),
            radius_px=rim.radius_px * factor,
            axis_ratio=rim.axis_ratio,
            angle_deg=rim.angle_deg,
        ),
        confidence=_confidence(mover=mover, face=face, sightings=sightings, state=state),
    )
    gaps = [run for run in runs(~(state == State.TRACKED)) if run[0] > 0 and run[1] < len(state)]
    return Track(
        time_s=pictures.time_s,
        x_px=np.where(known, shown[:, 0], np.nan),
        y_px=np.where(known, shown[:, 1], np.nan),
        radius_px=np.where(known, radius * factor, np.nan),
        axis_ratio=np.where(known, axis_ratio, np.nan),
        angle_deg=np.where(known, angle_deg, np.nan),
        sd_px=np.where(known, sd * factor, np.nan),
        residual_px=np.where(state == State.TRACKED, sightings.residual_px * factor, np.nan),
        state=state,
        radius_sd_px=model.radius_sd_px * factor,
        change_sd=LAID_CHANGE_SD if _laid_affinely(face) else FITTED_CHANGE_SD,
        angular=face.angular,
        plate=plate,
        reacquired=len(gaps),
        cut_frames=cuts,
    )


def _laid_affinely(face: Face) -> bool:
    """Tell whether nearly all frames' maps can show the face foreshortened: similarities can't."""
    if face.maps is None:
        return False
    turn = face.maps.turn[face.maps.known]
    uneven = np.hypot(turn[:, 0, 0] - turn[:, 1, 1], turn[:, 0, 1] + turn[:, 1, 0])
    return bool(np.mean(uneven > 1e-9) > AFFINE_SHARE)


def _confidence(
    *, mover: Mover, face: Face, sightings: Sightings, state: NDArray[np.int8]
) -> float:
    """Return a score in [0, 1]: seen often, moving against its background, round, and held."""
    tracked = state == State.TRACKED
    if not tracked.any():
        return 0.0
    often = 1 - np.exp(-mover.score / 5)
    moving = 1 - np.exp(-face.model.jump / 0.08)
    # a rim too dark to be seen frame by frame shows in the frames laid over one another
    support = float(np.median(sightings.support[tracked]))
    if face.maps is not None:
        support = max(support, face.support)
    round_ = min(1.0, support / 0.7)
    held = float(tracked.mean()) ** 0.5
    return float(often * moving * round_ * held)
