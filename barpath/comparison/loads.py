"""What sets of several loads say together: the lifter's load-velocity line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from barpath.comparison.member import Member
from barpath.errors import UnmeasurableError
from barpath.load_velocity import (
    LoadPoint,
    LoadVelocity,
    OneRepMax,
    estimate_one_rep_max,
    fit_load_velocity,
    load_point,
)
from barpath.report.columns import figure


@dataclass(frozen=True)
class SetPoint:
    """The fastest repetition of one of the sets."""

    key: str
    point: LoadPoint


@dataclass(frozen=True)
class Loads:
    """One lifter's sets at several loads.

    Attributes
    ----------
    points : tuple of SetPoint
        In the order of the sets; those without a load or a whole repetition are left out.
    line : LoadVelocity or None
    one_rep_max : OneRepMax or None
        Where the line leads to.
    refused : str
        Why there is no line, or no maximum; empty where there are both.
    """

    points: tuple[SetPoint, ...]
    line: LoadVelocity | None
    one_rep_max: OneRepMax | None
    refused: str


def loads_of(members: Sequence[Member]) -> Loads | None:
    """Fit a line to the sets whose load is known.

    Parameters
    ----------
    members : sequence of Member

    Returns
    -------
    Loads or None
        None where fewer than two loads are known, or they are of several lifters or lifts, as far
        as anybody said: one line can't be drawn through them.
    """
    known = [(member, point) for member in members if (point := load_point(member)) is not None]
    lifts = {member.set.lift for member, _ in known} - {None}
    athletes = {member.set.athlete for member, _ in known} - {None}
    if len({point.load_kg for _, point in known}) < 2 or len(lifts) > 1 or len(athletes) > 1:
        return None
    points = tuple(SetPoint(member.key, point) for member, point in known)
    try:
        line = fit_load_velocity([at.point for at in points])
    except UnmeasurableError as error:
        return Loads(points, None, None, error.message)
    try:
        best = estimate_one_rep_max(line, lift=next(iter(lifts), None))
    except UnmeasurableError as error:
        return Loads(points, line, None, error.message)
    return Loads(points, line, best, "")


def loads_in_words(loads: Loads) -> Iterator[str]:
    """Say the line, the maximum it points to and how far to believe it, or why there is none."""
    if loads.line is not None:
        line = loads.line
        yield (
            f"load-velocity line: v0 {figure(line.v0_m_s, digits=2, sd=line.v0_sd_m_s)} m/s, "
            f"L0 {figure(line.l0_kg, digits=0, sd=line.l0_sd_kg)} kg"
        )
    if loads.one_rep_max is not None:
        best = loads.one_rep_max
        estimate = figure(best.load_kg, digits=0, sd=best.sd_kg)
        yield f"estimated maximum: {estimate} kg, {best.method}"
        yield f"estimated maximum: {best.caveat}"
    if loads.refused:
        yield loads.refused if loads.line is None else f"no estimated maximum: {loads.refused}"
