"""Gaps in which the bar wasn't seen: where they are, and which may be bridged.

Lengths are pixels of the working picture.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MAX_UNSEEN_SD_RADII = 0.06
"""A position less certain than this (1.4 cm for a 45 cm plate) is lost."""

MAX_BRIDGE_S = 0.5
"""The longest gap that is bridged by a guess; longer ones are lost however sure it seems."""


def runs(flags: BoolArray, *, offset: int = 0) -> Iterator[tuple[int, int]]:
    """Yield start and stop of every run of True, counted from `offset`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2):
        yield int(start) + offset, int(stop) + offset


def find_bridged(
    *,
    believed: BoolArray,
    followed: BoolArray,
    sd_px: FloatArray,
    time_s: FloatArray,
    limit_px: float,
) -> BoolArray:
    """Return which frames lie in gaps that are short and sure enough to be bridged.

    Where the motion was followed all through a gap, from a sighting to a sighting, the gap may be
    longer. At the clip's ends the motion leads out of the last sighting for a short while. All of
    this is our proposal.

    Parameters
    ----------
    believed : ndarray of bool, shape (n_frames,)
        A sighting was made and believed.
    followed : ndarray of bool, shape (n_frames,)
        The step since the frame before was seen.
    sd_px : ndarray, shape (n_frames,)
        Standard deviation of the settled path.
    time_s : ndarray, shape (n_frames,)
    limit_px : float
        A gap that is anywhere less certain than this isn't sure.

    Returns
    -------
    ndarray of bool, shape (n_frames,)
    """
    bridged = np.zeros(len(believed), dtype=bool)
    last = len(believed) - 1
    for start, stop in runs(~believed):
        short = time_s[min(stop, last)] - time_s[max(start - 1, 0)] <= MAX_BRIDGE_S
        if start > 0 and stop <= last:
            short = short or bool(followed[start : stop + 1].all())
        bridged[start:stop] = short and sd_px[start:stop].max() <= limit_px
    return bridged
