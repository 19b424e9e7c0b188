"""Linking what was detected in single pictures into chains, and chains into plates.

A chain is one ring seen again and again; rings that keep one centre belong to one plate. All
lengths are pixels of the working picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

STANDING_SHARE = 0.75
"""Something seen in one place in this share of the pictures is part of the room."""

MAX_CHAINS = 24

LINKED_SAMPLES = 5
"""How many sampled pictures earlier a detection may be that another follows."""


@dataclass(frozen=True)
class Chain:
    """One ring followed through the sampled pictures.

    Attributes
    ----------
    sample, frame : ndarray of int, shape (n,)
        Which sampled picture, and which frame of the clip, each detection is from; increasing.
    rims : ndarray, shape (n, 5)
        Columns x, y, semi-major axis, axis ratio, angle in degrees; working pixels.
    score : float
        Detections linked, less what the links cost.
    """

    sample: IntArray
    frame: IntArray
    rims: FloatArray
    score: float

    @cached_property
    def radius_px(self) -> float:
        """Median semi-major axis."""
        return float(np.median(self.rims[:, 2]))

    @property
    def travel_radii(self) -> float:
        """Vertical travel in radii."""
        return float(np.ptp(self.rims[:, 1])) / self.radius_px


@dataclass(frozen=True)
class Mover:
    """A plate-like thing that travels: concentric chains.

    Attributes
    ----------
    main : Chain
        The ring that is followed: the best seen of the large ones.
    rings : tuple of Chain
        Every ring seen, `main` among them.
    score : float
        Sum of the rings' scores.
    samples : int
        Pictures that were looked at.
    topmost : bool
        Whether nothing is known to move above the highest place it reaches.
    """

    main: Chain
    rings: tuple[Chain, ...]
    score: float
    samples: int
    topmost: bool = False

    @property
    def rank(self) -> float:
        """How strongly it claims to be the near plate: large, and often seen."""
        return self.score * self.outer.radius_px

    @property
    def outer(self) -> Chain:
        """The largest ring."""
        return max(self.rings, key=lambda ring: ring.radius_px)


def are_standing(*, sample: IntArray, rims: FloatArray, samples: int) -> NDArray[np.bool_]:
    """Say which detections belong to something that stands in one place nearly all the time.

    A rack full of plates would otherwise fill the chains. A bar's plate that rests for most of a
    long clip loses its resting detections with them, but not those of its travel.
    """
    cell = np.maximum(1.0, 0.15 * rims[:, 2])
    standing = np.zeros(len(sample), dtype=bool)
    for i in range(len(sample)):
        if standing[i]:
            continue
        same = (
            (np.abs(rims[:, 0] - rims[i, 0]) < cell[i])
            & (np.abs(rims[:, 1] - rims[i, 1]) < cell[i])
            & (np.abs(rims[:, 2] - rims[i, 2]) < 0.12 * rims[i, 2])
        )
        if len(np.unique(sample[same])) >= STANDING_SHARE * samples:
            standing |= same
    return standing


def link_chains(
    *, sample: IntArray, frame: IntArray, shot: IntArray, time_s: FloatArray, rims: FloatArray
) -> list[Chain]:
    """Link detections over time: repeatedly take the best-scoring chain and remove it.

    A link's cost grows with the change of size, with speed (sideways more than vertically: the bar
    travels up and down) and with the pictures it skips. The weights make a plate pulled at 1.5 m/s
    cheaper to keep than to lose; they were set on simulated sets, not per clip.
    """
    count = len(sample)
    links = _links(sample=sample, shot=shot, time_s=time_s, rims=rims)
    alive = np.ones(count, dtype=bool)
    chains: list[Chain] = []
    while len(chains) < MAX_CHAINS:
        path, score = _best_path(links, alive)
        if score < 2.5:
            break
        alive[path] = False
        if len(path) >= 3:
            chains.append(Chain(sample[path], frame[path], rims[path], score))
    return chains


def _links(
    *, sample: IntArray, shot: IntArray, time_s: FloatArray, rims: FloatArray
) -> list[tuple[IntArray, FloatArray]]:
    """Return, for each detection, the earlier ones that it may follow, and what each link costs."""
    starts = np.searchsorted(sample, sample - LINKED_SAMPLES)
    stops = np.searchsorted(sample, sample)
    j = np.repeat(np.arange(len(sample)), stops - starts)
    i = np.arange(len(j)) - np.repeat(np.cumsum(stops - starts) - stops, stops - starts)
    x, y, radius = rims[:, 0], rims[:, 1], rims[:, 2]
    gap_s = time_s[j] - time_s[i]
    size = np.minimum(radius[i], radius[j])
    growth = np.abs(np.log(radius[i] / radius[j]))
    across, along = np.abs(x[i] - x[j]) / size, np.abs(y[i] - y[j]) / size
    possible = (
        (growth < 0.25)
        & (across < np.minimum(1.5, 0.3 + 4 * gap_s))
        & (along < 0.3 + 11 * gap_s)
        & (shot[i] == shot[j])
    )
    cost = (
        5 * growth
        + (0.125 * across + 0.04 * along) / (0.1 + gap_s)
        + 0.25 * (sample[j] - sample[i] - 1)
    )
    i, j, cost = i[possible], j[possible], cost[possible]
    ends = np.searchsorted(j, np.arange(len(sample) + 1))
    return [(i[a:b], cost[a:b]) for a, b in pairwise(ends.tolist())]


def _best_path(
    links: list[tuple[IntArray, FloatArray]], alive: NDArray[np.bool_]
) -> tuple[IntArray, float]:
    """Return the chain of living detections with the highest score (one a detection less costs)."""
    total = np.where(alive, 1.0, -np.inf)
    before = np.full(len(alive), -1)
    for j in np.flatnonzero(alive).tolist():
        i, cost = links[j]
        if len(i):
            reached = total[i] + 1 - cost
            best = int(reached.argmax())
            if reached[best] > 1:
                total[j], before[j] = reached[best], i[best]
    last = int(total.argmax())
    score = float(total[last])
    path = [last]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return np.array(path[::-1], dtype=np.intp), score


def gather(chains: list[Chain], *, samples: int) -> list[Mover]:
    """Gather chains that share a centre most of the time: the rings of one plate."""
    rest = sorted(chains, key=lambda chain: -chain.score * chain.radius_px)
    movers: list[Mover] = []
    while rest:
        largest, *others = rest
        rings = [largest] + [chain for chain in others if _concentric(largest, chain)]
        rest = [chain for chain in others if not any(chain is ring for ring in rings)]
        # a ring that is seen often is worth more than a slightly larger one
        main = max(rings, key=lambda chain: chain.score * np.sqrt(chain.radius_px))
        movers.append(
            Mover(
                main=main,
                rings=tuple(rings),
                score=sum(ring.score for ring in rings),
                samples=samples,
            )
        )
    return movers


def _concentric(outer: Chain, other: Chain) -> bool:
    """Say whether two chains keep one centre, within a third of a radius, while both are seen."""
    within = (other.sample >= outer.sample[0]) & (other.sample <= outer.sample[-1])
    if within.sum() < 2:
        return False
    at = other.sample[within]
    apart = np.hypot(
        other.rims[within, 0] - np.interp(at, outer.sample, outer.rims[:, 0]),
        other.rims[within, 1] - np.interp(at, outer.sample, outer.rims[:, 1]),
    )
    return bool(np.median(apart) < 0.35 * outer.radius_px)
