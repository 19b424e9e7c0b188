"""How tall the ruler makes the lifter, and what that says of the ruler."""

from __future__ import annotations

from barpath.caveats import Caveat
from barpath.config import AnalysisConfig
from barpath.errors import UnmeasurableError
from barpath.lifter import Reach

TALL_CM, TALLEST_CM = 200.0, 220.0
"""Hardly anybody looks taller than the first beside the near plate, and nobody than the second: the
tallest of strongmen measure 206 cm, and look a tenth shorter, being farther from the camera.
Lifters looked at most 5 % taller than they are on 107 simulated sets (one of 206 cm up to 205), and
85 to 172 cm tall in 14 real clips; beside a 36 cm plate taken for 45 one of 175 cm looked 206."""

SAID_SHARE = 1.15
"""A lifter who looks this much taller than --stature says is seen by a wrong ruler: so much is 2.5
times the most by which simulated ones were too tall."""


SMALL_CM = 80.0
"""Nobody lifts who stands no taller. A body seen in part may look so small beside a true ruler, so
that this alone says nothing."""

INCH_CM = 2.54

LARGEST_PLATE_CM = 46.0
"""No plate is larger (`plate_sizes`), in whatever unit."""


def judge_ruler(
    *, reach: Reach | None, size_cm: float, camera_moving: bool, config: AnalysisConfig
) -> tuple[Caveat, ...]:
    """Hold the ruler against how tall it makes the lifter.

    Parameters
    ----------
    reach : Reach or None
    size_cm : float
        What the outline that was followed is taken to measure, from rim to rim.
    camera_moving : bool
        Then what is behind the lifter may stand out as they do, and nothing is refused.
    config : AnalysisConfig

    Returns
    -------
    tuple of Caveat

    Raises
    ------
    UnmeasurableError
        The plate's size was only assumed, and no lifter is as tall as that makes this one.
    """
    if reach is None:
        return ()
    seen_cm = reach.height_radii * size_cm / 2
    if seen_cm < SMALL_CM and not reach.cut_off and config.plate_diameter_cm is not None:
        return _inches(config.plate_diameter_cm, seen_cm=seen_cm)
    limit_cm = TALL_CM if config.stature_cm is None else SAID_SHARE * config.stature_cm
    if seen_cm <= limit_cm:
        return ()
    about = "at least " if reach.cut_off else ""
    tall = f"the lifter looks {about}{seen_cm / 100:.1f} m tall"
    if config.target is not None:
        hint = "look up both points of --scale and the centimetres between them"
        return (_doubt(f"by the length given with --scale {tall}", hint=hint),)
    hint = (
        "measure the plate and give --plate-diameter CM, or point at it with --plate X,Y,R; a "
        "kettlebell needs --lift kettlebell, --target and --scale; a lifter who is as tall, "
        "--stature CM"
    )
    if config.plate_diameter_cm is not None:
        return (_doubt(f"by the plate's {size_cm:g} cm {tall}", hint=hint),)
    if seen_cm > TALLEST_CM and not camera_moving:
        raise UnmeasurableError(
            f"what was followed is no {size_cm:g} cm plate: {tall} beside it", hint=hint
        )
    return (_doubt(f"by the {size_cm:g} cm that the plate is taken to measure {tall}", hint=hint),)


def _inches(diameter_cm: float, *, seen_cm: float) -> tuple[Caveat, ...]:
    """Doubt a diameter that would be a plate's in inches, beside a lifter who looks tiny."""
    if diameter_cm * INCH_CM > LARGEST_PLATE_CM:
        return ()
    said = f"by the plate's {diameter_cm:g} cm the lifter looks {seen_cm / 100:.1f} m tall"
    hint = (
        "--plate-diameter is in centimetres: "
        f"{diameter_cm:g} inches are {diameter_cm * INCH_CM:.1f} cm"
    )
    return (_doubt(said, hint=hint, off="small"),)


def _doubt(said: str, *, hint: str, off: str = "large") -> Caveat:
    return Caveat(
        "ruler_doubtful", f"{said}: every length and velocity is likely to be too {off}", hint
    )
