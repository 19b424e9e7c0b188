"""The way up of each repetition, laid on one grid: by height and by time, both from 0 to 100 %."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.comparison.member import Member
from barpath.comparison.sample import Sample
from barpath.motion import Motion
from barpath.phases import at_times, within
from barpath.reps import Rep

FloatArray = NDArray[np.float64]

GRID_PCT = np.linspace(0.0, 100.0, 101)
"""Shares of the way up at which repetitions are compared: 0.5 cm of a usual pull, 10 ms of a quick
one, finer than either is resolved."""

LEAST_OWN_SD = {
    "rom_cm": 0.3,
    "mean_velocity_m_s": 0.009,
    "peak_velocity_m_s": 0.013,
    "x_cm": 0.17,
}
"""No repetition is known better than this: the root-mean-square errors of docs/accuracy.md over
its simulated clips, beside which a single clip's own ± may be too small."""

CLIP_X_SD_CM = 0.12
"""Sideways error that the repetitions of a clip share beside scale and lean, such as what is left
of a camera's slow sway or of its aside view (our proposal)."""


@dataclass(frozen=True)
class CurveKind:
    """What is followed along the lift.

    Attributes
    ----------
    name : str
    quantity : str
        'path' (forward of lift-off), 'bow' (forward of the straight line from lift-off to lockout,
        which a camera's lean doesn't touch) or 'velocity' (vertical).
    against : str
        'height' (share of the rise) or 'time' (share of the time from lift-off to lockout).
    unit : str
    label : str
        What it is called before people.
    """

    name: str
    quantity: str
    against: str
    unit: str
    label: str

    @property
    def sideways(self) -> bool:
        """Whether it can only be compared where both facings are known."""
        return self.quantity != "velocity"


KINDS = (
    CurveKind("path_by_height", "path", "height", "cm", "bar path at the same height"),
    CurveKind("path_by_time", "path", "time", "cm", "bar path at the same time"),
    CurveKind(
        "bow_by_height", "bow", "height", "cm", "bow off the straight line at the same height"
    ),
    CurveKind("velocity_by_height", "velocity", "height", "m/s", "velocity at the same height"),
    CurveKind("velocity_by_time", "velocity", "time", "m/s", "velocity at the same time"),
)


@dataclass(frozen=True)
class Curve:
    """One kind of curve of one set.

    Attributes
    ----------
    kind : CurveKind
    sample : Sample
        One row a complete repetition, one column a place of `GRID_PCT`.
    rise_cm, duration_s : float
        What 100 % stands for, on average; NaN without a complete repetition.
    """

    kind: CurveKind
    sample: Sample
    rise_cm: float
    duration_s: float


@dataclass(frozen=True)
class Pull:
    """One way up: shapes (n,), from lift-off to lockout, events included.

    Attributes
    ----------
    share : ndarray
        Of the time, from 0 to 1.
    rise_cm, forward_cm : ndarray
        From where the bar was at lift-off.
    velocity_m_s : ndarray
        Vertical.
    """

    share: FloatArray
    rise_cm: FloatArray
    forward_cm: FloatArray
    velocity_m_s: FloatArray

    def values(self, quantity: str) -> FloatArray:
        """Give what a kind of curve follows."""
        if quantity == "velocity":
            return self.velocity_m_s
        if quantity == "path":
            return self.forward_cm
        line_cm = self.forward_cm[-1] * self.rise_cm / self.rise_cm[-1]
        return np.asarray(self.forward_cm - line_cm)

    def place(self, against: str) -> FloatArray:
        """Give how far along the lift each sample is, from 0 to 1, never going back.

        A bar that sinks passes a height twice: the first time counts.
        """
        if against == "time":
            return self.share
        return np.asarray(np.maximum.accumulate(self.rise_cm / self.rise_cm[-1]))


def pull_of(*, motion: Motion, rep: Rep) -> Pull:
    """Cut a complete repetition's way up out of the motion.

    Parameters
    ----------
    motion : Motion
    rep : Rep
        Complete.

    Returns
    -------
    Pull
    """
    inside = within(motion=motion, start_s=rep.liftoff_s, end_s=rep.lockout_s)
    times = np.unique(np.concatenate([[rep.liftoff_s], motion.time_s[inside], [rep.lockout_s]]))
    columns = [
        at_times(motion=motion, values=values, times_s=times)
        for values in (motion.y_cm, motion.x_cm, motion.vy_m_s)
    ]
    rise_cm, x_cm, velocity = columns
    return Pull(
        share=(times - times[0]) / (times[-1] - times[0]),
        rise_cm=rise_cm - rise_cm[0],
        forward_cm=x_cm - x_cm[0],
        velocity_m_s=velocity,
    )


def curves_of(member: Member) -> tuple[Curve, ...]:
    """Lay the complete repetitions of a set on the grid, in each kind."""
    pulls = [pull_of(motion=member.motion, rep=rep) for rep in member.whole]
    return tuple(_curve(member, pulls, kind) for kind in KINDS)


def _curve(member: Member, pulls: list[Pull], kind: CurveKind) -> Curve:
    """Build one curve with its errors."""
    grid = GRID_PCT / 100
    reps = member.whole
    values = np.array(
        [_on_grid(pull.place(kind.against), pull.values(kind.quantity)) for pull in pulls]
    ).reshape(len(pulls), grid.size)
    if not pulls:
        nothing = np.full(grid.size, np.nan)
        empty = Sample(np.empty(0), values, nothing, nothing[None])
        return Curve(kind, empty, rise_cm=np.nan, duration_s=np.nan)
    rises = np.array([_on_grid(pull.place(kind.against), pull.rise_cm) for pull in pulls])
    scale = member.ruler.scale_sd_pct / 100
    mean = values.mean(axis=0)
    common = [scale * mean]
    if kind.sideways:
        common.append(np.full(grid.size, CLIP_X_SD_CM))
    if kind.quantity == "path":
        common.append(np.radians(member.ruler.lean_sd_deg) * rises.mean(axis=0))
    return Curve(
        kind=kind,
        sample=Sample(
            index=np.array([rep.index for rep in reps], dtype=np.float64),
            values=values,
            noise=_noise(member, kind, mean),
            common=np.array(common),
        ),
        rise_cm=float(np.mean([rep.rom_cm for rep in reps])),
        duration_s=float(np.mean([rep.concentric_s for rep in reps])),
    )


def _on_grid(place: FloatArray, values: FloatArray) -> FloatArray:
    """Interpolate on the grid; where several samples share a place, the first counts."""
    place, first = np.unique(place, return_index=True)
    return np.asarray(np.interp(GRID_PCT / 100, place, values[first]))


def _noise(member: Member, kind: CurveKind, mean: FloatArray) -> FloatArray:
    """Give one repetition's own measurement error along the lift.

    Beside the value's own error, the events' error shifts the whole curve along its axis: by what
    it is steep there.
    """
    reps = member.whole
    own = own_sd(member, "x_cm" if kind.sideways else "peak_velocity_m_s")
    # The mean velocity's own error is that of the events' times, as a share; a height's is its own.
    name = "mean_velocity_m_s" if kind.against == "time" else "rom_cm"
    along = own_sd(member, name) / float(np.mean([getattr(rep, name) for rep in reps]))
    return np.asarray(np.hypot(own, along * np.gradient(mean, GRID_PCT / 100)))


def own_sd(member: Member, figure: str) -> float:
    """Take the common errors out of a figure's ±: what is left is each repetition's own.

    Parameters
    ----------
    member : Member
        With at least one complete repetition.
    figure : {'rom_cm', 'mean_velocity_m_s', 'peak_velocity_m_s', 'x_cm'}

    Returns
    -------
    float
        One standard deviation, the mean square over repetitions, at least `LEAST_OWN_SD`.
    """
    total = np.array([getattr(rep.uncertainty, figure) for rep in member.whole])
    common = np.array([_common_sd(member, rep, figure) for rep in member.whole])
    own = float(np.sqrt(np.mean(np.maximum(total**2 - common**2, 0.0))))
    return float(np.maximum(own, LEAST_OWN_SD[figure]))  # NaN stays NaN


def _common_sd(member: Member, rep: Rep, figure: str) -> float:
    scale = member.ruler.scale_sd_pct / 100
    if figure != "x_cm":
        return scale * abs(float(getattr(rep, figure)))
    excursion_cm = max(rep.max_forward_cm, rep.max_backward_cm, abs(rep.net_drift_cm))
    return float(np.hypot(scale * excursion_cm, np.radians(member.ruler.lean_sd_deg) * rep.rom_cm))
