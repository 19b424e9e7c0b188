"""Several sets side by side: each held against the first."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from barpath.caveats import Caveat
from barpath.comparison.band import Band, band
from barpath.comparison.contrast import Difference, difference
from barpath.comparison.curves import GRID_PCT, Curve, CurveKind, curves_of
from barpath.comparison.doubts import check_lifts, doubts
from barpath.comparison.loads import Loads, loads_of
from barpath.comparison.member import Member
from barpath.comparison.quantities import QUANTITIES, Quantity, sample_of
from barpath.comparison.verdicts import HEADLINES, Verdict, verdicts


@dataclass(frozen=True)
class Figure:
    """One figure of two sets; `why` it isn't compared is empty where it is."""

    quantity: Quantity
    difference: Difference | None
    verdict: Verdict
    why: str


@dataclass(frozen=True)
class Stretch:
    """Where along the lift two sets differ: from, to, and by how much at most, and where."""

    from_pct: float
    to_pct: float
    largest: float
    largest_pct: float


@dataclass(frozen=True)
class Along:
    """One kind of curve of two sets; `why` it isn't compared is empty where it is."""

    kind: CurveKind
    band: Band | None
    verdict: Verdict
    stretches: tuple[Stretch, ...]
    why: str


@dataclass(frozen=True)
class Pair:
    """Two sets, second minus first.

    Attributes
    ----------
    first, second : str
        Keys of the sets.
    figures : tuple of Figure
    curves : tuple of Along
    """

    first: str
    second: str
    figures: tuple[Figure, ...]
    curves: tuple[Along, ...]

    @property
    def differs(self) -> bool:
        """Whether anything is called a difference."""
        judged = [item.verdict for item in self.figures] + [item.verdict for item in self.curves]
        return any(verdict in HEADLINES for verdict in judged)


@dataclass(frozen=True)
class Comparison:
    """Sets side by side.

    Attributes
    ----------
    created : str
        ISO 8601, UTC.
    members : tuple of Member
    curves : tuple of tuple of Curve
        Of each member, in the order of `curves.KINDS`.
    pairs : tuple of Pair
        Each other set against the first that has a complete repetition.
    loads : Loads or None
        What the sets' loads say together, where there are several.
    warnings : tuple of Caveat
    """

    created: str
    members: tuple[Member, ...]
    curves: tuple[tuple[Curve, ...], ...]
    pairs: tuple[Pair, ...]
    loads: Loads | None
    warnings: tuple[Caveat, ...]


def compare_members(members: Sequence[Member], *, force: bool = False) -> Comparison:
    """Hold sets against one another.

    Parameters
    ----------
    members : sequence of Member
        Two or more, with different keys.
    force : bool
        Whether to compare different lifts all the same.

    Returns
    -------
    Comparison

    Raises
    ------
    UsageError
        The sets are of different lifts.
    """
    check_lifts(members, force=force)
    curves = tuple(curves_of(member) for member in members)
    at = next((i for i, member in enumerate(members) if member.whole), 0)
    return Comparison(
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        members=tuple(members),
        curves=curves,
        pairs=tuple(
            _pair(members[at], members[k], curves[at], curves[k])
            for k in range(len(members))
            if k != at
        ),
        loads=loads_of(members),
        warnings=doubts(members),
    )


def _pair(
    first: Member, second: Member, first_curves: Sequence[Curve], second_curves: Sequence[Curve]
) -> Pair:
    """Compare two sets in every figure and along every curve, and judge all of it together."""
    reasons = [_why_not(first, second, quantity.sideways) for quantity in QUANTITIES]
    differences = [
        None if why else difference(first=sample_of(first, q), second=sample_of(second, q))
        for q, why in zip(QUANTITIES, reasons, strict=True)
    ]
    curve_reasons = [_why_not(first, second, curve.kind.sideways) for curve in first_curves]
    bands = [
        None
        if why
        else band(
            first=one.sample,
            second=two.sample,
            grid_pct=GRID_PCT,
            duration_s=0.5 * (one.duration_s + two.duration_s),
        )
        for one, two, why in zip(first_curves, second_curves, curve_reasons, strict=True)
    ]
    judged = verdicts([*differences, *bands])
    return Pair(
        first=first.key,
        second=second.key,
        figures=tuple(
            Figure(q, found, verdict, why or ("" if found else _unknown(first, second, q)))
            for q, found, verdict, why in zip(
                QUANTITIES, differences, judged, reasons, strict=False
            )
        ),
        curves=tuple(
            Along(
                curve.kind,
                found,
                verdict,
                _stretches(found) if found and verdict in HEADLINES else (),
                why or ("" if found else "a ± isn't known"),
            )
            for curve, found, verdict, why in zip(
                first_curves, bands, judged[len(QUANTITIES) :], curve_reasons, strict=True
            )
        ),
    )


def _why_not(first: Member, second: Member, sideways: bool) -> str:
    """Say what stands against a comparison; empty if nothing does."""
    empty = [member.title for member in (first, second) if not member.whole]
    if empty:
        return f"{' and '.join(empty)} {'has' if len(empty) == 1 else 'have'} no whole repetition"
    lost = [member.title for member in (first, second) if member.facing is None]
    if sideways and lost:
        return f"which way the lifter faces isn't known of {' and '.join(lost)}"
    return ""


def _unknown(first: Member, second: Member, quantity: Quantity) -> str:
    lost = [m.title for m in (first, second) if math.isnan(m.ruler.midfoot_sd_cm)]
    if "midfoot" in quantity.common and lost:
        return f"midfoot is only assumed in {' and '.join(lost)}"
    return "a ± isn't known"


def _stretches(found: Band) -> tuple[Stretch, ...]:
    """Join neighbouring places that differ to the same side."""
    sign = np.where(found.outside, np.sign(found.value), 0.0)
    starts = np.flatnonzero(np.diff(sign, prepend=0.0) != 0)
    ends = np.append(starts[1:], sign.size)
    stretches = []
    for start, end in zip(starts, ends, strict=True):
        if sign[start] == 0:
            continue
        at = start + int(np.argmax(np.abs(found.value[start:end])))
        stretches.append(
            Stretch(
                from_pct=float(GRID_PCT[start]),
                to_pct=float(GRID_PCT[end - 1]),
                largest=float(found.value[at]),
                largest_pct=float(GRID_PCT[at]),
            )
        )
    return tuple(stretches)
