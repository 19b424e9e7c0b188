"""What can be said of a difference, among all that are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import numpy as np

from barpath.comparison.band import Band
from barpath.comparison.contrast import CONFIDENCE, Difference


class Verdict(Enum):
    """What can be said of a difference."""

    UNMEASURABLE = "smaller than can be measured"
    WITHIN_SCATTER = "no larger than the repetitions vary"
    CHANCE = "may be chance"
    UNREPLICATED = "larger than can be measured"
    DIFFERENT = "larger than can be measured, and than the repetitions vary"
    NOT_COMPARED = "not compared"


HEADLINES = (Verdict.DIFFERENT, Verdict.UNREPLICATED)
"""Verdicts that are called a difference."""


def verdicts(found: Sequence[Difference | Band | None]) -> tuple[Verdict, ...]:
    """Say of each of many differences what it is.

    One in twenty stands out by chance, and many are looked at. The p-values are therefore held
    against Benjamini and Hochberg's steps (1995, J. R. Stat. Soc. B 57, 289-300): two sets of one
    motion are called different in anything no more than five times in a hundred, and of what is
    called a difference no more than a twentieth is none. Figures of one lift go together, which
    the steps allow and Bonferroni's or Holm's would pay for. What stands out alone but not among
    the others may be chance.

    Parameters
    ----------
    found : sequence of Difference, Band or None
        All that is compared of two sets.

    Returns
    -------
    tuple of Verdict
    """
    p_values = np.array([np.nan if item is None else item.p_value for item in found])
    ranked = np.sort(p_values[np.isfinite(p_values)])
    steps = (1 - CONFIDENCE) * (1 + np.arange(ranked.size)) / max(ranked.size, 1)
    limit = float(np.max(ranked[ranked <= steps], initial=0.0))
    return tuple(_verdict(item, limit=limit) for item in found)


def _verdict(item: Difference | Band | None, *, limit: float) -> Verdict:
    if item is None:
        return Verdict.NOT_COMPARED
    if not item.measurable:
        return Verdict.UNMEASURABLE
    if item.p_value > 1 - CONFIDENCE:
        return Verdict.WITHIN_SCATTER
    if item.p_value > limit:
        return Verdict.CHANCE
    return Verdict.DIFFERENT if item.replicated else Verdict.UNREPLICATED
