"""An individual's load and velocity: the line, its band, and what it says of the maximum."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from barpath.errors import UnmeasurableError

if TYPE_CHECKING:
    from barpath.analysis import SetInfo
    from barpath.reps import Rep

FloatArray = NDArray[np.float64]

LIFTER_SD_M_S = 0.03
"""How much one lifter's velocity at one load differs from itself, beside the measurement's ±: the
typical error of the deadlift's mean velocity at 1RM between sessions was 0.029 m/s (Ruf, Chery and
Taylor 2018, J. Strength Cond. Res. 32, 681-689)."""

MIN_SPREAD = 0.1
"""The lightest load lies at least this share of the heaviest below it (our proposal): nearer ones
give a slope that is mostly chance."""

MIN_SLOPE_SDS = 2.0
"""A slope within so many standard deviations of nothing is no line (our proposal)."""

HEAVY_SHARE = 0.8
"""A maximum is estimated only with a load of this share of it: nearer than that the error is some
4 %, and beyond 6 % below 70 % (Li 2026)."""

METHOD_ERROR_PCT = 4.0
"""What the method errs by with loads of 80 % and more (Li 2026; below 5 % of the actual 1RM in
Janicijevic et al. 2024, Int. J. Sports Med. 45, 844-850)."""

MAX_SD_PCT = 10.0
"""A maximum less sure than this is not given (our proposal): it would tell a lifter nothing."""

NEAR_SHARE = 0.1
"""How far beyond the loads lifted, as a share of the heaviest, a velocity is read off the line."""

CAVEAT = (
    "an estimate, not a plan: for the deadlift such lines have read high (Ruf 2018) and low "
    "(Lake 2017); never load a bar by it alone"
)


@dataclass(frozen=True)
class Threshold:
    """Mean velocity of a one-repetition maximum, one standard deviation among lifters, source."""

    velocity_m_s: float
    sd_m_s: float
    source: str


_DEADLIFT = Threshold(0.14, 0.05, "Helms et al. 2017")

THRESHOLDS = {
    "conventional": _DEADLIFT,
    "sumo": _DEADLIFT,
    # The general threshold is Janicijevic's; the spread is taken to be the deadlift's.
    "trapbar": Threshold(0.25, 0.05, "Janicijevic et al. 2024"),
}
"""Lifts whose maximum can be estimated (J. Strength Cond. Res. 31, 292-297, for the deadlift)."""


class Lifted(Protocol):
    """What a set must say of itself: an analysis does, and a member of a comparison."""

    @property
    def set(self) -> SetInfo:
        """What the user said of it."""

    @property
    def reps(self) -> tuple[Rep, ...]:
        """Its repetitions."""


@dataclass(frozen=True)
class LoadPoint:
    """The fastest complete repetition of a set.

    Attributes
    ----------
    load_kg, velocity_m_s : float
        Load, and mean velocity of the lift from lift-off to lockout.
    sd_m_s : float
        One standard deviation of the measurement.
    date : str
        ISO 8601; empty where it isn't known.
    """

    load_kg: float
    velocity_m_s: float
    sd_m_s: float
    date: str = ""


@dataclass(frozen=True)
class LoadVelocity:
    """A line through one lifter's loads and velocities: velocity = v0 + slope * load.

    Attributes
    ----------
    points : tuple of LoadPoint
        Those it was fitted to, by load.
    v0_m_s, v0_sd_m_s : float
        Velocity that the line gives without load.
    slope_m_s_kg, slope_sd_m_s_kg : float
        Negative.
    covariance : float
        Of the two: they are far from independent.
    """

    points: tuple[LoadPoint, ...]
    v0_m_s: float
    v0_sd_m_s: float
    slope_m_s_kg: float
    slope_sd_m_s_kg: float
    covariance: float

    @property
    def heaviest_kg(self) -> float:
        """Give the heaviest load lifted."""
        return self.points[-1].load_kg

    @property
    def l0_kg(self) -> float:
        """Give the load at which the line reaches standstill."""
        return -self.v0_m_s / self.slope_m_s_kg

    @property
    def l0_sd_kg(self) -> float:
        """Give one standard deviation of `l0_kg`, to first order."""
        return self._sd_m_s(self.l0_kg) / abs(self.slope_m_s_kg)

    def velocity_m_s(self, load_kg: float) -> tuple[float, float]:
        """Give the line's velocity at a load and its standard deviation.

        Both NaN farther beyond the loads lifted than `NEAR_SHARE` of the heaviest.
        """
        beyond_kg = NEAR_SHARE * self.heaviest_kg
        lightest_kg = self.points[0].load_kg
        if not lightest_kg - beyond_kg <= load_kg <= self.heaviest_kg + beyond_kg:
            return math.nan, math.nan
        return self.v0_m_s + self.slope_m_s_kg * load_kg, self._sd_m_s(load_kg)

    def band_m_s(self, load_kg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the line and one standard deviation of it at any loads, for drawing.

        Parameters
        ----------
        load_kg : ndarray, shape (n,)

        Returns
        -------
        velocity_m_s, sd_m_s : ndarray, shape (n,)
        """
        variance = (
            self.v0_sd_m_s**2
            + 2 * self.covariance * load_kg
            + (self.slope_sd_m_s_kg * load_kg) ** 2
        )
        # Rounding may leave a hair below nothing where the two terms cancel.
        return self.v0_m_s + self.slope_m_s_kg * load_kg, np.sqrt(np.maximum(variance, 0.0))

    def _sd_m_s(self, load_kg: float) -> float:
        return float(self.band_m_s(np.array([load_kg]))[1][0])


@dataclass(frozen=True)
class OneRepMax:
    """An estimated one-repetition maximum; say its `method` and `caveat` beside it.

    Attributes
    ----------
    load_kg, sd_kg : float
        The estimate and one standard deviation: of the line, of the velocity of a maximum among
        lifters, and of the method.
    method, caveat : str
    """

    load_kg: float
    sd_kg: float
    method: str
    caveat: str


@dataclass(frozen=True)
class DayChange:
    """How much faster (+) or slower (-) a day was than the line of other days.

    Attributes
    ----------
    offset_m_s, sd_m_s : float
        Mean difference at the day's loads, and its standard deviation.
    load_kg : float
        The same as a load: so much heavier (+) at the same velocity.
    noticeable : bool
        Whether it is more than two standard deviations.
    """

    offset_m_s: float
    sd_m_s: float
    load_kg: float
    noticeable: bool


def load_point(lifted: Lifted) -> LoadPoint | None:
    """Give the fastest complete repetition of a set; None without one, its ± or a load."""
    whole = [
        rep
        for rep in lifted.reps
        if rep.complete
        and rep.mean_velocity_m_s > 0
        and math.isfinite(rep.uncertainty.mean_velocity_m_s)
    ]
    if not whole or not lifted.set.load_kg > 0:
        return None
    best = max(whole, key=lambda rep: rep.mean_velocity_m_s)
    return LoadPoint(
        load_kg=lifted.set.load_kg,
        velocity_m_s=best.mean_velocity_m_s,
        sd_m_s=best.uncertainty.mean_velocity_m_s,
        date=lifted.set.date or "",
    )


def load_velocity_of(sets: Iterable[Lifted]) -> LoadVelocity:
    """Fit the line through one lifter's sets of one lift; sets without a load are left out.

    Raises
    ------
    UnmeasurableError
        As `fit_load_velocity`.
    """
    points = [load_point(one) for one in sets]
    return fit_load_velocity([point for point in points if point is not None])


def fit_load_velocity(points: Sequence[LoadPoint]) -> LoadVelocity:
    """Fit a line by weighted least squares to the fastest repetition of each load and day.

    A set's weight is one over its variance, the measurement's and `LIFTER_SD_M_S`. Where the points
    scatter more than that, the covariance grows by the reduced chi-squared; where they happen to
    scatter less, it doesn't shrink: of two points the scatter says nothing.

    Parameters
    ----------
    points : sequence of LoadPoint
        Sets of one lifter and one lift.

    Returns
    -------
    LoadVelocity

    Raises
    ------
    UnmeasurableError
        Fewer than two loads, loads too near each other, or no fall of velocity with load.
    """
    best = _fastest(points)
    loads_kg = sorted({point.load_kg for point in best})
    if not loads_kg:
        raise UnmeasurableError(
            "no load-velocity line: no set has a load and a complete repetition",
            hint="give --load-kg",
        )
    if len(loads_kg) < 2 or loads_kg[0] > (1 - MIN_SPREAD) * loads_kg[-1]:
        had = " to ".join(f"{load:g}" for load in sorted({loads_kg[0], loads_kg[-1]}))
        raise UnmeasurableError(
            f"no load-velocity line from {had} kg alone",
            hint=f"film sets at two loads, the lighter at least {100 * MIN_SPREAD:g} % below the "
            "heavier, and give --load-kg",
        )
    load_kg = np.array([point.load_kg for point in best])
    velocity = np.array([point.velocity_m_s for point in best])
    sd = np.array([math.hypot(point.sd_m_s, LIFTER_SD_M_S) for point in best])
    design = np.column_stack([np.ones_like(load_kg), load_kg]) / sd[:, None]
    covariance = np.linalg.inv(design.T @ design)
    v0, slope = (float(value) for value in covariance @ design.T @ (velocity / sd))
    if len(best) > 2:
        chi = (velocity - v0 - slope * load_kg) / sd
        covariance = covariance * max(1.0, float(chi @ chi) / (len(best) - 2))
    slope_sd = math.sqrt(covariance[1, 1])
    if slope > -MIN_SLOPE_SDS * slope_sd:
        raise UnmeasurableError(
            f"velocity doesn't clearly fall with load: {1000 * slope:+.1f} ±"
            f"{1000 * slope_sd:.1f} mm/s a kilogram",
            hint="film loads farther apart, each lifted as fast as possible",
        )
    return LoadVelocity(
        points=tuple(best),
        v0_m_s=v0,
        v0_sd_m_s=math.sqrt(covariance[0, 0]),
        slope_m_s_kg=slope,
        slope_sd_m_s_kg=slope_sd,
        covariance=float(covariance[0, 1]),
    )


def estimate_one_rep_max(line: LoadVelocity, *, lift: str | None) -> OneRepMax:
    """Give the load at which the line reaches the velocity of a maximum.

    The load's variance is that of the velocity there, the line's and the threshold's, over the
    squared slope, and `METHOD_ERROR_PCT` squared.

    Parameters
    ----------
    line : LoadVelocity
    lift : str or None
        A lift not said is taken for a deadlift.

    Raises
    ------
    UnmeasurableError
        A lift whose velocity at a maximum isn't known, no load of `HEAVY_SHARE` of the estimate,
        or an estimate less sure than `MAX_SD_PCT`.
    """
    threshold = THRESHOLDS.get(lift or "conventional")
    if threshold is None:
        raise UnmeasurableError(
            f"no maximum is estimated for {lift}",
            hint=f"lifts whose velocity at a maximum was published: {', '.join(THRESHOLDS)}",
        )
    load_kg = (threshold.velocity_m_s - line.v0_m_s) / line.slope_m_s_kg
    heaviest_kg = line.heaviest_kg
    if heaviest_kg < HEAVY_SHARE * load_kg:
        raise UnmeasurableError(
            f"no maximum from loads up to {heaviest_kg:g} kg: they look light for this lifter",
            hint="film a heavier set too; how heavy, this line can't tell",
        )
    sd_m_s = math.hypot(threshold.sd_m_s, float(line.band_m_s(np.array([load_kg]))[1][0]))
    sd_kg = math.hypot(sd_m_s / abs(line.slope_m_s_kg), METHOD_ERROR_PCT / 100 * load_kg)
    if sd_kg > MAX_SD_PCT / 100 * load_kg:
        raise UnmeasurableError(
            f"the maximum isn't sure enough to be said: {load_kg:.0f} ±{sd_kg:.0f} kg",
            hint="film more loads, farther apart",
        )
    taken = "" if lift else ", the lift taken for a deadlift"
    return OneRepMax(
        load_kg=load_kg,
        sd_kg=sd_kg,
        method=f"load at {threshold.velocity_m_s:g} ±{threshold.sd_m_s:g} m/s "
        f"({threshold.source}) on the load-velocity line{taken}",
        caveat=CAVEAT,
    )


def day_change(points: Sequence[LoadPoint], *, line: LoadVelocity) -> DayChange:
    """Hold a day's sets against the line of other days.

    Parameters
    ----------
    points : sequence of LoadPoint
        The day's sets.
    line : LoadVelocity
        Fitted without them.

    Raises
    ------
    UnmeasurableError
        None of the day's loads lies near enough to the line's.
    """
    near = [p for p in _fastest(points) if math.isfinite(line.velocity_m_s(p.load_kg)[0])]
    if not near:
        raise UnmeasurableError(
            "the day's loads lie far from those of the other days",
            hint=f"the line reaches from {line.points[0].load_kg:g} to {line.heaviest_kg:g} kg",
        )
    load_kg = np.array([point.load_kg for point in near])
    expected, line_sd = line.band_m_s(load_kg)
    own = np.array([math.hypot(point.sd_m_s, LIFTER_SD_M_S) for point in near])
    weight = own**-2 / np.sum(own**-2)
    offset = float(weight @ (np.array([point.velocity_m_s for point in near]) - expected))
    # The line's error is common to all of the day's loads: it doesn't average out.
    sd = math.hypot(float(np.sum(own**-2)) ** -0.5, float(weight @ line_sd))
    return DayChange(
        offset_m_s=offset,
        sd_m_s=sd,
        load_kg=-offset / line.slope_m_s_kg,
        noticeable=abs(offset) > 2 * sd,
    )


def _fastest(points: Sequence[LoadPoint]) -> list[LoadPoint]:
    """Keep the fastest set of each load and day, by load: tired sets are not the lifter's best."""
    best: dict[tuple[float, str], LoadPoint] = {}
    for point in points:
        held = best.get((point.load_kg, point.date))
        if held is None or point.velocity_m_s > held.velocity_m_s:
            best[point.load_kg, point.date] = point
    return sorted(best.values(), key=lambda point: (point.load_kg, point.date))
