"""The figures of a repetition that sets are compared by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.comparison.curves import CLIP_X_SD_CM, own_sd, pull_of
from barpath.comparison.member import Member
from barpath.comparison.sample import Sample
from barpath.motion import Motion
from barpath.reps import Rep

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Quantity:
    """A figure of a repetition.

    Attributes
    ----------
    name, unit, label : str
    digits : int
        Decimals before people.
    sideways : bool
        Whether it needs to be known which way the lifter faces.
    common : tuple of str
        Errors that all repetitions of a set share: 'scale', 'lean', 'midfoot', 'clip'.
    value : callable
        The figure of a complete repetition.
    own_sd : callable
        One standard deviation of a single repetition's own measurement error.
    """

    name: str
    unit: str
    label: str
    digits: int
    sideways: bool
    common: tuple[str, ...]
    value: Callable[[Motion, Rep], float]
    own_sd: Callable[[Member], float]


def _of_rep(name: str) -> Callable[[Motion, Rep], float]:
    def value(motion: Motion, rep: Rep) -> float:
        return float(getattr(rep, name))

    return value


def _own(figure: str) -> Callable[[Member], float]:
    def sd(member: Member) -> float:
        return own_sd(member, figure)

    return sd


def _concentric_sd(member: Member) -> float:
    """Give the time's own error: the mean velocity's, as a share, is that of the events' times."""
    reps = member.whole
    share = own_sd(member, "mean_velocity_m_s") / np.mean([rep.mean_velocity_m_s for rep in reps])
    return float(share * np.mean([rep.concentric_s for rep in reps]))


def bulge_cm(motion: Motion, rep: Rep) -> float:
    """Give how far the bar goes forward of the straight line from lift-off to lockout, 0 if never.

    A camera's lean slants the line and the path alike, so unlike the other figures of the path
    this one isn't touched by it. Our proposal.
    """
    return float(max(0.0, np.max(pull_of(motion=motion, rep=rep).values("bow"))))


QUANTITIES = (
    Quantity(
        *("mean_velocity_m_s", "m/s", "mean velocity", 2, False, ("scale",)),
        value=_of_rep("mean_velocity_m_s"),
        own_sd=_own("mean_velocity_m_s"),
    ),
    Quantity(
        *("peak_velocity_m_s", "m/s", "peak velocity", 2, False, ("scale",)),
        value=_of_rep("peak_velocity_m_s"),
        own_sd=_own("peak_velocity_m_s"),
    ),
    Quantity(
        *("concentric_s", "s", "time up", 2, False, ()),
        value=_of_rep("concentric_s"),
        own_sd=_concentric_sd,
    ),
    Quantity(
        *("rom_cm", "cm", "range", 1, False, ("scale",)),
        value=_of_rep("rom_cm"),
        own_sd=_own("rom_cm"),
    ),
    Quantity(
        *("start_x_cm", "cm", "start, forward of midfoot", 1, True, ("scale", "midfoot")),
        value=_of_rep("start_x_cm"),
        own_sd=_own("x_cm"),
    ),
    Quantity(
        *("max_forward_cm", "cm", "farthest forward", 1, True, ("scale", "lean", "clip")),
        value=_of_rep("max_forward_cm"),
        own_sd=_own("x_cm"),
    ),
    Quantity(
        *("max_backward_cm", "cm", "farthest back", 1, True, ("scale", "lean", "clip")),
        value=_of_rep("max_backward_cm"),
        own_sd=_own("x_cm"),
    ),
    Quantity(
        *("net_drift_cm", "cm", "net drift", 1, True, ("scale", "lean", "clip")),
        value=_of_rep("net_drift_cm"),
        own_sd=_own("x_cm"),
    ),
    Quantity(
        *("bulge_cm", "cm", "bulge off the straight line", 1, True, ("scale", "clip")),
        value=bulge_cm,
        own_sd=_own("x_cm"),
    ),
)


def sample_of(member: Member, quantity: Quantity) -> Sample:
    """Read a quantity off the complete repetitions of a set.

    Parameters
    ----------
    member : Member
    quantity : Quantity

    Returns
    -------
    Sample
        With one place; no rows without a complete repetition.
    """
    reps = member.whole
    values = np.array([[quantity.value(member.motion, rep)] for rep in reps]).reshape(len(reps), 1)
    if not reps:
        return Sample(np.empty(0), values, np.array([np.nan]), np.full((1, 1), np.nan))
    ruler = member.ruler
    sizes = {
        "scale": ruler.scale_sd_pct / 100 * abs(float(values.mean())),
        "lean": np.radians(ruler.lean_sd_deg) * float(np.mean([rep.rom_cm for rep in reps])),
        "midfoot": ruler.midfoot_sd_cm,
        "clip": CLIP_X_SD_CM,
    }
    return Sample(
        index=np.array([rep.index for rep in reps], dtype=np.float64),
        values=values,
        noise=np.array([quantity.own_sd(member)]),
        common=np.array([sizes[name] for name in quantity.common]).reshape(-1, 1),
    )
