"""What the history knows of a set without opening its analysis."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from barpath.errors import UsageError
from barpath.load_velocity import LoadPoint

if TYPE_CHECKING:
    from barpath.analysis import SetAnalysis


@dataclass(frozen=True)
class Entry:
    """A set in the history; NaN and None for what isn't known.

    Attributes
    ----------
    number : int
        What the user calls it by; 0 before it is in the history.
    added : str
        ISO 8601, UTC.
    clip_sha256, clip, name : str
    athlete, lift, date : str or None
    load_kg : float
    reps : int
        Complete repetitions; the velocities and the drift are theirs.
    best_velocity_m_s, best_velocity_sd_m_s : float
        Mean velocity of the fastest one, and one standard deviation.
    mean_velocity_m_s, velocity_loss_pct : float
        As in the analysis's summary.
    net_drift_cm, net_drift_sd_cm : float
        Median of where the bar ended from where it left the floor, towards the toes, and the
        measurement's standard deviation, which is mostly common to a set's repetitions.
    faults, watches : int
        Findings of these severities.
    """

    number: int
    added: str
    clip_sha256: str
    clip: str
    name: str
    athlete: str | None
    lift: str | None
    date: str | None
    load_kg: float
    reps: int
    best_velocity_m_s: float
    best_velocity_sd_m_s: float
    mean_velocity_m_s: float
    velocity_loss_pct: float
    net_drift_cm: float
    net_drift_sd_cm: float
    faults: int
    watches: int


@dataclass(frozen=True)
class Choice:
    """Which sets are meant; None for any."""

    athlete: str | None = None
    lift: str | None = None

    def __str__(self) -> str:
        """Say it as a person would."""
        said = [f"of {self.athlete}"] if self.athlete else []
        return " ".join(["sets", *said, *([f"({self.lift})"] if self.lift else [])])


def entry_of(analysis: SetAnalysis, *, added: str) -> Entry:
    """Sum a set up.

    Parameters
    ----------
    analysis : SetAnalysis
    added : str
        ISO 8601, UTC.

    Raises
    ------
    UsageError
        The set's date isn't one: a trend couldn't place it.
    """
    from barpath.analysis import summarise  # and with it OpenCV, which a list needn't wait for

    summary = summarise(analysis.reps)
    whole = [rep for rep in analysis.reps if rep.complete]
    best_sd_m_s, drift_cm, drift_sd_cm = math.nan, math.nan, math.nan
    if whole:
        best = max(whole, key=lambda rep: rep.mean_velocity_m_s)
        best_sd_m_s = best.uncertainty.mean_velocity_m_s
        drift_cm = float(np.median([rep.net_drift_cm for rep in whole]))
        drift_sd_cm = float(np.median([rep.uncertainty.x_cm for rep in whole]))
    severities = [finding.severity for finding in analysis.findings]
    return Entry(
        number=0,
        added=added,
        clip_sha256=analysis.clip.sha256,
        clip=analysis.clip.name,
        name=analysis.set.name,
        athlete=analysis.set.athlete,
        lift=analysis.set.lift,
        date=_date(analysis),
        load_kg=analysis.set.load_kg,
        reps=summary.reps,
        best_velocity_m_s=summary.best_velocity_m_s,
        best_velocity_sd_m_s=best_sd_m_s,
        mean_velocity_m_s=summary.mean_velocity_m_s,
        velocity_loss_pct=summary.velocity_loss_pct,
        net_drift_cm=drift_cm,
        net_drift_sd_cm=drift_sd_cm,
        faults=severities.count("fault"),
        watches=severities.count("watch"),
    )


def _date(analysis: SetAnalysis) -> str | None:
    """Give the set's date as YYYY-MM-DD, whichever way of ISO 8601 it was written."""
    said = analysis.set.date
    try:
        return None if said is None else datetime.date.fromisoformat(said).isoformat()
    except ValueError as error:
        raise UsageError(
            f"{analysis.set.name}: {said!r} is no date", hint="give --date YYYY-MM-DD"
        ) from error


def points_of(entries: Sequence[Entry]) -> list[LoadPoint]:
    """Give the loads and velocities of the sets that have both."""
    return [
        LoadPoint(
            load_kg=one.load_kg,
            velocity_m_s=one.best_velocity_m_s,
            sd_m_s=one.best_velocity_sd_m_s,
            date=one.date or "",
        )
        for one in entries
        if one.load_kg > 0 and one.best_velocity_m_s > 0 and math.isfinite(one.best_velocity_sd_m_s)
    ]
