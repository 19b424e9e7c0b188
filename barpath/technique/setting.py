"""What the detectors of one set share."""

from __future__ import annotations

from dataclasses import dataclass

from barpath.technique.evidence import Leg
from barpath.technique.finding import Grade, grade, mentioned, no_fault
from barpath.technique.thresholds import Thresholds


@dataclass(frozen=True)
class Setting:
    """What is known of a set beside its paths.

    Attributes
    ----------
    lift : str
        'conventional', 'sumo', 'trapbar' or 'rdl'.
    thresholds : Thresholds
    knee_rise_cm : float
        Rise above lift-off at which the bar passes the knees, estimated.
    stature_cm : float
        Given or usual.
    midfoot_sd_cm : float
        One standard deviation of midfoot's place; NaN where midfoot is only assumed.
    facing_known : bool
    camera_steady : bool
        What is left of a moving camera's motion stands in no ±, so nothing measured under one is
        called a fault, and what compares one repetition with another, or with a midfoot seen
        earlier, is only mentioned: what is left grows with time.
    """

    lift: str
    thresholds: Thresholds
    knee_rise_cm: float
    stature_cm: float
    midfoot_sd_cm: float
    facing_known: bool
    camera_steady: bool

    def settle(self, graded: Grade | None, *, over_set: bool = False) -> Grade | None:
        """Take the camera's motion into account; `over_set` for what spans repetitions."""
        if graded is None or self.camera_steady:
            return graded
        return mentioned(graded) if over_set else no_fault(graded)

    def sideways(
        self, *, value: float, sd: float, allowed_cm: float = 0.0, over_set: bool = False
    ) -> Grade | None:
        """Grade a sideways travel, with what belongs to the lift taken off."""
        limits = self.thresholds
        return self.settle(
            grade(
                value=value - allowed_cm,
                sd=sd,
                watch=limits.watch_cm,
                fault=limits.fault_cm,
                fault_confidence=limits.fault_confidence,
            ),
            over_set=over_set,
        )


@dataclass(frozen=True)
class Pull:
    """One repetition as the detectors see it.

    Attributes
    ----------
    rep : int
    up : Leg
        From lift-off to lockout.
    down : Leg or None
        The way down, turned round in time; None where the clip doesn't show it.
    start_x_cm : float
        The bar's place at lift-off, from midfoot.
    roll_cm : float
        How far it rolled forward before; NaN where not shown.
    fall_m_s2 : float
        Mean acceleration of the way down, v^2 / 2h; NaN where not shown.
    """

    rep: int
    up: Leg
    down: Leg | None
    start_x_cm: float
    roll_cm: float
    fall_m_s2: float
