"""Which lift a path is: pulled from the floor, a Romanian deadlift, or something else."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from barpath.excursions import MIN_TRAVEL_CM
from barpath.motion import Motion
from barpath.phases import at_time
from barpath.reps import Rep

FROM_FLOOR = ("conventional", "sumo", "trapbar")
"""Lifts that start on the floor, way up first."""

SURE_ENOUGH = 0.6
"""Confidence below which no lift's findings are given."""

FLOOR_TRAVEL_CM = (35.0, 75.0)
"""Travel of a deadlift from the floor: 21 to 26 % of stature at 160 to 195 cm (Escamilla et al.
2000, Med. Sci. Sports Exerc. 32, 1265-1275, second-hand), with room for long arms and blocks."""

HANGING_TRAVEL_CM = (20.0, 65.0)
"""Travel of a Romanian deadlift, hips to mid-shin at most; our proposal."""

FLOOR_REST_S = 0.4
"""Rest at the bottom that tells plates standing on the floor from a turn in the air."""


HANGING_LOW_CM = 45.0
HANGING_LOW_SD_CM = 8.0
"""A bar that turns below this height over the near shoe's sole hangs in the hands; above, it lies
on the back or over a bench. Mid-shin is 25 to 35 cm up, a squat turns at 75 and more, a bench
press at 60; the shoe stands behind the plate and looks up to 15 cm higher than the floor under it
(two simulated and two real sets: 16 and -4 cm for Romanian deadlifts, 75 and 51 cm for squats)."""

MOST_SURE = 0.9
"""However low the bar turns, it may be another lift that starts hanging: our proposal."""


@dataclass(frozen=True)
class Floor:
    """How high over the floor the bar is at its lowest, and how sure it is that it is the floor."""

    bar_low_cm: float
    confidence: float


@dataclass(frozen=True)
class LiftGuess:
    """What a path looks like.

    Attributes
    ----------
    family : str
        'floor', 'rdl' or 'other'.
    confidence : float
        In [0, 1]; a proposal, not a measured frequency.
    """

    family: str
    confidence: float


def recognise_lift(
    *, reps: tuple[Rep, ...], motion: Motion, floor: Floor | None = None
) -> LiftGuess:
    """Tell from its repetitions what was lifted.

    A path alone can't tell a Romanian deadlift from a squat: both start at the top and turn in the
    air over the same travel. Where the floor isn't seen, such a set is given as 'rdl' with little
    confidence; where it is, how low the bar turns tells them apart.

    Parameters
    ----------
    reps : tuple of Rep
    motion : Motion
        That they were found in.
    floor : Floor, optional

    Returns
    -------
    LiftGuess
    """
    whole = [rep for rep in reps if rep.complete]
    if not whole:
        return LiftGuess("other", 0.0)
    travel_cm = float(np.median([rep.rom_cm for rep in whole]))
    floor_travel = FLOOR_TRAVEL_CM[0] <= travel_cm <= FLOOR_TRAVEL_CM[1]
    if not starts_at_top(whole[0], motion=motion):
        return LiftGuess("floor", 0.9) if floor_travel else LiftGuess("other", 0.6)
    rests_s = [bottom_rest_s(rep) for rep in whole]
    if floor_travel and all(rest_s >= FLOOR_REST_S for rest_s in rests_s):
        return LiftGuess("floor", SURE_ENOUGH)
    if not HANGING_TRAVEL_CM[0] <= travel_cm <= HANGING_TRAVEL_CM[1]:
        return LiftGuess("other", 0.6)
    hanging = _hanging(floor)
    return LiftGuess("rdl", hanging) if hanging >= 0.5 else LiftGuess("other", 1 - hanging)


def _hanging(floor: Floor | None) -> float:
    """Give the probability that a bar which turns in the air hangs in the hands there."""
    if floor is None:
        return 0.5
    z = (HANGING_LOW_CM - floor.bar_low_cm) / HANGING_LOW_SD_CM
    by_height = 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))
    shrunk = 0.5 + floor.confidence * (by_height - 0.5)
    return min(max(shrunk, 1 - MOST_SURE), MOST_SURE)


def starts_at_top(rep: Rep, *, motion: Motion) -> bool:
    """Tell a repetition that begins with the way down, though the clip may show only part of it."""
    began = motion.y_cm[(motion.time_s >= rep.start_s) & (motion.time_s <= rep.liftoff_s)]
    bottom_cm = at_time(motion=motion, values=motion.y_cm, time_s=rep.liftoff_s)
    return bool(began.size and np.nanmax(began) - bottom_cm >= MIN_TRAVEL_CM)


def bottom_rest_s(rep: Rep) -> float:
    """Give how long a bar that came down first rested before it rose; 0 for a turn in the air."""
    return sum(phase.end_s - phase.start_s for phase in rep.phases if phase.name == "setup")
