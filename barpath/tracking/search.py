"""Choosing the plate: movers are followed, the likeliest first, until one proves to be a plate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from barpath.chains import Chain, Mover
from barpath.errors import UnmeasurableError, UsageError
from barpath.pixels import shrunk_px
from barpath.plate import MIN_TRAVEL_RADII, Pictures, find_movers
from barpath.threads import at_once
from barpath.tracking.face import OUTERMOST
from barpath.tracking.following import follow
from barpath.tracking.route import as_track, find_route
from barpath.tracking.track import State, Track

Told = TypeVar("Told")

MIN_CONFIDENCE = 0.5
"""A track less sure than this is no plate (real clips: plates 0.73 and up, others up to 0.3)."""

MIN_POINTED_CONFIDENCE = 0.15
"""The same where a person points: they know that it is a plate, but may have missed it (pointing at
a bare wall reaches 0.04)."""

POINTED_OUTERMOST = 1.15
"""How far out the rim may lie of what a person points at, in radii."""

MIN_HELD = 0.4
"""Share of the frames in which the plate must be held for the clip to be measured."""

TRIES = 3

COMPARABLE = 0.4
"""A mover that claims less than this share of the likeliest one's rank is a head or hand by it;
those that were taken for the plate at first, and then weren't, don't count."""

_FILM_SIDE_ON = "film from the side, the plate's round face in view, and keep the camera still"


@dataclass(frozen=True)
class Candidate(Generic[Told]):
    """A mover that may be the near plate, its way through the clip, and what was told of it."""

    mover: Mover
    track: Track
    told: Told


def candidates(
    *,
    pictures: Pictures,
    factor: float,
    cuts: tuple[int, ...] = (),
    seed_px: tuple[float, float, float] | None = None,
    tell: Callable[[Track], Told],
) -> Iterator[Candidate[Told]]:
    """Follow what may be the near-side plate of the moving bar, the likeliest first.

    Whoever knows that the first is none, such as one that stands still in the room, asks for the
    next.

    Parameters
    ----------
    pictures : Pictures
    factor : float
        Displayed pixels per working pixel.
    cuts : tuple of int
        First frames after hard cuts: nothing is followed across one.
    seed_px : tuple of float, optional
        Centre x, y and radius of the plate in the first frame, displayed pixels: nothing is
        searched.
    tell : callable
        Whatever else is to be told of each, by roughly where it is: in a thread beside the
        following.

    Yields
    ------
    Candidate

    Raises
    ------
    UnmeasurableError
        None was found, or the first was lost for most of the clip.
    """
    if len(pictures) < 2:
        raise UnmeasurableError(
            "the clip has a single frame: nothing moves in it", hint=_FILM_SIDE_ON
        )
    if seed_px is not None:
        yield _from_seed(pictures=pictures, factor=factor, cuts=cuts, seed_px=seed_px, tell=tell)
        return
    found, likeliest = False, 0.0
    doubt: UnmeasurableError | None = None
    for mover in find_movers(pictures=pictures, cuts=cuts)[:TRIES]:
        if mover.rank < COMPARABLE * likeliest:
            break
        track, told = _followed(pictures=pictures, mover=mover, factor=factor, cuts=cuts, tell=tell)
        if track is None or track.plate.confidence < MIN_CONFIDENCE:
            likeliest = max(likeliest, mover.rank)
            doubt = doubt or (None if track is None else _unsure(track))
        else:
            yield Candidate(mover=mover, track=_held(track), told=told)
            found = True
    if not found:
        raise doubt or UnmeasurableError(
            "no plate that moves up and down was found",
            hint=f"{_FILM_SIDE_ON}, or point at the plate with --plate X,Y,R",
        )


def _followed(
    *,
    pictures: Pictures,
    mover: Mover,
    factor: float,
    cuts: tuple[int, ...],
    tell: Callable[[Track], Told],
    outermost: float = OUTERMOST,
) -> tuple[Track | None, Told]:
    """Follow a mover along its route, and have something else told of it meanwhile."""
    route = find_route(pictures=pictures, mover=mover, cuts=cuts)
    rough = as_track(route=route, mover=mover, time_s=pictures.time_s, factor=factor, cuts=cuts)
    return at_once(
        lambda: follow(
            pictures=pictures,
            mover=mover,
            route=route,
            factor=factor,
            cuts=cuts,
            outermost=outermost,
        ),
        lambda: tell(rough),
    )


def _unsure(track: Track) -> UnmeasurableError:
    sure = np.floor(100 * track.plate.confidence) / 100
    return UnmeasurableError(
        "something round moves, but it can't be told to be a plate "
        f"(confidence {sure:.2f} of the {MIN_CONFIDENCE:.2f} needed)",
        hint=f"{_FILM_SIDE_ON}, or point at the plate with --plate X,Y,R",
    )


def _from_seed(
    *,
    pictures: Pictures,
    factor: float,
    cuts: tuple[int, ...],
    seed_px: tuple[float, float, float],
    tell: Callable[[Track], Told],
) -> Candidate[Told]:
    """Follow the plate a person pointed at in the first frame."""
    x, y, radius = (
        shrunk_px(seed_px[0], factor=factor),
        shrunk_px(seed_px[1], factor=factor),
        seed_px[2] / factor,
    )
    height, width = pictures.shape
    if not (0 <= x < width and 0 <= y < height and 4 <= radius <= max(height, width)):
        size = f"{round(width * factor)}x{round(height * factor)}"
        raise UsageError(
            "--plate doesn't lie in the picture",
            hint=f"X,Y,R are pixels of the {size} picture",
        )
    chain = Chain(
        sample=np.zeros(1, dtype=np.intp),
        frame=np.zeros(1, dtype=np.intp),
        rims=np.array([[x, y, radius, 1.0, 0.0]]),
        score=10.0,
    )
    mover = Mover(main=chain, rings=(chain,), score=chain.score, samples=1)
    track, told = _followed(
        pictures=pictures,
        mover=mover,
        factor=factor,
        cuts=cuts,
        tell=tell,
        outermost=POINTED_OUTERMOST,
    )
    y_px = np.zeros(0) if track is None else track.y_px[np.isfinite(track.y_px)]
    # asked first: a plate at rest before a wall at rest is no surer than the bare wall
    if y_px.size and np.ptp(y_px) < MIN_TRAVEL_RADII * seed_px[2]:
        raise UnmeasurableError(
            "what --plate points at doesn't move up and down",
            hint="give the centre and radius of the bar's near plate in the first frame",
        )
    if track is None or track.plate.confidence < MIN_POINTED_CONFIDENCE:
        raise UnmeasurableError(
            "no rim was found where --plate points",
            hint="give the centre and radius of the plate's outer rim in the first frame",
        )
    return Candidate(mover=mover, track=_held(track), told=told)


def _held(track: Track) -> Track:
    """Refuse a track that was lost for most of the clip."""
    held = float(np.mean(track.state != State.LOST))
    if held < MIN_HELD:
        raise UnmeasurableError(
            f"the plate was lost in {100 * (1 - held):.0f} % of the frames",
            hint="trim the clip to the set, or point at the plate with --plate X,Y,R",
        )
    return track
