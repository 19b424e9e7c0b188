"""Which gaps are bridged, and which are left open."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from barpath.tracking.gaps import MAX_BRIDGE_S, find_bridged, runs

LIMIT_PX = 2.4


@given(st.lists(st.booleans(), max_size=40), st.integers(0, 9))
def test_runs_are_the_longest_stretches_of_true(flags, offset):
    found = list(runs(np.array(flags, dtype=bool), offset=offset))
    within = [i for start, stop in found for i in range(start - offset, stop - offset)]
    assert within == [i for i, flag in enumerate(flags) if flag]
    # two that touched would be one
    assert all(stop < start for (_, stop), (start, _) in zip(found, found[1:], strict=False))


def bridged(
    believed: str, *, sd_px: float = 0.5, gap_s: float = 0.1, followed: bool = False
) -> str:
    flags = np.array(list(believed)) == "#"
    found = find_bridged(
        believed=flags,
        followed=np.full(len(flags), followed),
        sd_px=np.where(flags, 0.1, sd_px),
        time_s=gap_s * np.arange(len(flags)),
        limit_px=LIMIT_PX,
    )
    return "".join(np.where(found, "~", list(believed)))


def test_short_sure_gaps_are_bridged_and_others_lost():
    assert bridged("##..##") == "##~~##"
    # beyond the ends the face's own motion leads on, while it is sure
    assert bridged("..##.") == "~~##~"
    assert bridged("..##.", sd_px=1.01 * LIMIT_PX) == "..##."
    # six gaps of 0.1 s exceed half a second, with 0.05 s they don't
    assert MAX_BRIDGE_S == 0.5
    assert bridged("#.....#") == "#.....#"
    assert bridged("#.....#", gap_s=0.05) == "#~~~~~#"
    # unless the face was followed all the way, and to a sighting
    assert bridged("#.....#", followed=True) == "#~~~~~#"
    assert bridged("#......", followed=True) == "#......"
    assert bridged("#..#", sd_px=1.01 * LIMIT_PX) == "#..#"
    assert bridged("#..#", sd_px=0.99 * LIMIT_PX) == "#~~#"
