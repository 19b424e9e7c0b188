"""How the simulated bar moves: up and down, and forwards and backwards, faults included."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from barpath.errors import UsageError

LIFTS = ("conventional", "sumo", "trapbar", "rdl", "squat", "clean", "kettlebell")
LEAN_SINK = 0.4
"""How far a bar sinks for how far it goes back with a torso that leans back."""
MIN_LEAN_S = 0.8
"""Shortest pause at the top that holds a lean."""
FROM_THE_TOP = ("rdl", "squat")
"""Lifts whose repetition begins with the way down."""


def within(owner: str, name: str, value: float, low: float, high: float) -> None:
    """Refuse a value outside its range."""
    if not (math.isfinite(value) and low <= value <= high):
        raise UsageError(
            f"{owner}.{name} is {value}, outside {low} to {high}",
            hint=f"give a {name} between {low} and {high}",
        )


def one_of(owner: str, name: str, value: object, known: Collection[object]) -> None:
    """Refuse a value that isn't one of those known."""
    if value not in known:
        names = ", ".join(str(k) for k in known)
        raise UsageError(f"{owner}.{name} is {value!r}", hint=f"choose one of {names}")


@dataclass(frozen=True)
class Lift:
    """How the bar moves up and down, in real seconds.

    Attributes
    ----------
    kind : str
        One of `LIFTS`. ``rdl`` and ``squat`` start at the top; ``clean`` goes to the shoulders,
        dips into the catch and stands up, all in one repetition; ``kettlebell`` has no bar and no
        plates: the ball's centre is followed, in the lifter's own plane.
    reps : int
    rom_cm : float
        Height between the lowest and the highest rest of a repetition.
    concentric_s, descent_s : float
        How long the first way up and each way down take.
    peak_at, plateau : float
        Shares of the way up spent speeding up and at full speed. Peak over mean velocity is
        ``2 / (1 + plateau)``.
    slowing : float
        How much longer each way up takes than the one before, as a share.
    lead_in_s, tail_s : float
        Rest before the first and after the last repetition.
    pause_bottom_s : float
        Rest at the bottom between repetitions; 0 turns round without resting.
    pause_top_s : float
    drop : bool
        Let go at the top: free fall, two bounces, rest.
    grind_m_s : float or None
        Velocity at the bottom of a sticking region; None for no sticking region.
    stall_m_s : float or None
        Velocity to which the bar slows a fifth of the way up, where hips that rise first leave it;
        None for no stall.
    hitch_cm : float
        How far the bar sinks three quarters of the way up; 0 for no hitch.
    soft_cm : float
        How far below the others the last repetition locks out.
    begins_mid_rep, ends_mid_rep : bool
        The clip shows only the rest of the first, only the beginning of the last way up.
    """

    kind: str = "conventional"
    reps: int = 3
    rom_cm: float = 55.0
    concentric_s: float = 1.3
    descent_s: float = 1.3
    peak_at: float = 0.35
    plateau: float = 0.25
    slowing: float = 0.05
    lead_in_s: float = 1.2
    tail_s: float = 1.0
    pause_bottom_s: float = 0.9
    pause_top_s: float = 0.6
    drop: bool = False
    grind_m_s: float | None = None
    stall_m_s: float | None = None
    hitch_cm: float = 0.0
    soft_cm: float = 0.0
    begins_mid_rep: bool = False
    ends_mid_rep: bool = False

    def __post_init__(self) -> None:
        """Refuse values that can't be drawn."""
        one_of("lift", "kind", self.kind, LIFTS)
        within("lift", "reps", self.reps, 1, 50)
        within("lift", "rom_cm", self.rom_cm, 10, 130)
        within("lift", "concentric_s", self.concentric_s, 0.3, 20)
        within("lift", "descent_s", self.descent_s, 0.3, 20)
        within("lift", "peak_at", self.peak_at, 0.1, 0.6)
        within("lift", "plateau", self.plateau, 0.05, 0.35)
        within("lift", "slowing", self.slowing, 0, 1)
        within("lift", "lead_in_s", self.lead_in_s, 0.2, 60)
        within("lift", "tail_s", self.tail_s, 0, 60)
        within("lift", "pause_bottom_s", self.pause_bottom_s, 0, 60)
        within("lift", "pause_top_s", self.pause_top_s, 0.1, 60)
        within("lift", "hitch_cm", self.hitch_cm, 0, 8)
        within("lift", "soft_cm", self.soft_cm, 0, 0.4 * self.rom_cm)
        if self.grind_m_s is not None:
            mean_m_s = self.rom_cm / 100 / self.concentric_s
            within("lift", "grind_m_s", self.grind_m_s, 0.005, 0.9 * mean_m_s)
        if self.stall_m_s is not None:
            mean_m_s = self.rom_cm / 100 / self.concentric_s
            within("lift", "stall_m_s", self.stall_m_s, 0.005, 0.9 * mean_m_s)
        slow = self.grind_m_s is not None or self.stall_m_s is not None
        special = slow or self.hitch_cm > 0 or self.soft_cm > 0 or self.kind == "clean"
        if special and (self.pause_bottom_s == 0 or self.kind in FROM_THE_TOP):
            raise UsageError(
                "a grind, a stall, a hitch, a soft lockout or a clean needs a rest at the bottom",
                hint="give a pause_bottom_s above 0 and a lift from the floor",
            )
        if self.drop and self.soft_cm > 0:
            raise UsageError(
                "a drop and a soft lockout can't be drawn together",
                hint="set lift.drop or lift.soft_cm to nothing",
            )
        if self.drop and (self.kind in FROM_THE_TOP or self.pause_bottom_s < 1.0):
            raise UsageError(
                "a drop needs a lift from the floor and a second to come to rest",
                hint="give a pause_bottom_s of 1 or more and a lift from the floor",
            )


@dataclass(frozen=True)
class Drift:
    """How the bar moves forwards and backwards; centimetres, positive towards the toes.

    Attributes
    ----------
    start_cm : float
        Where the bar rests, from midfoot.
    setup_roll_cm : float
        Pushed along the floor just before each lift-off (the squatted pull).
    break_cm : float
        From lift-off to the knee.
    bulge_cm : float
        Round the knees and back again (the knee-first pull).
    lockout_cm : float
        From the knee to lockout.
    lean_cm : float
        Back after each lockout and forward again, sinking by `LEAN_SINK` of it.
    wobble_cm : float
        Amplitude of a 1.7 Hz sway between the floor and lockout.
    warmup_roll_cm : float
        Rolled this far and back during the lead-in: movement that is no repetition.
    """

    start_cm: float = 0.0
    setup_roll_cm: float = 0.0
    break_cm: float = -1.0
    bulge_cm: float = 0.0
    lockout_cm: float = -1.5
    lean_cm: float = 0.0
    wobble_cm: float = 0.0
    warmup_roll_cm: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values that can't be drawn."""
        for name in ("start_cm", "setup_roll_cm", "break_cm", "bulge_cm", "lockout_cm"):
            within("drift", name, getattr(self, name), -20, 20)
        within("drift", "lean_cm", self.lean_cm, 0, 20)
        within("drift", "wobble_cm", self.wobble_cm, 0, 5)
        within("drift", "warmup_roll_cm", self.warmup_roll_cm, -60, 60)
