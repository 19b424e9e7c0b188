"""Sets side by side: aligned curves, differences with their ±, and what can be said of them.

>>> import barpath
>>> found = barpath.compare(["monday.barpath", "friday.mp4"])  # doctest: +SKIP
>>> [(item.quantity.label, item.verdict.value) for item in found.pairs[0].figures]  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence

from barpath.comparison.composer import Comparison, compare_members
from barpath.comparison.sources import Source, read_members
from barpath.config import AnalysisConfig

__all__ = ["Comparison", "Source", "compare", "compare_members", "read_members"]


def compare(
    sources: Sequence[Source], *, config: AnalysisConfig | None = None, force: bool = False
) -> Comparison:
    """Hold sets against one another.

    Parameters
    ----------
    sources : sequence
        Two or more of: analysis folders, ``analysis.json`` files, clips, ``log:NUMBER`` of the
        history, Kinovea's or Tracker's files, or what `barpath.analyse` gave.
    config : AnalysisConfig, optional
        What is known about the clips among them.
    force : bool
        Whether to compare different lifts all the same.

    Returns
    -------
    Comparison

    Raises
    ------
    UsageError
        Fewer than two sets, or different lifts.
    BarpathError
        Whatever reading or analysing one of them raises.
    """
    return compare_members(read_members(sources, config=config), force=force)
