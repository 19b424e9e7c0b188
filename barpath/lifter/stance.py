"""Which way the lifter faces and where midfoot is, from the near shoe."""

from __future__ import annotations

import math
from dataclasses import dataclass

from barpath.camera import CameraMotion
from barpath.lifter.askance import Sight, sight_of
from barpath.lifter.floor import floor_picture
from barpath.lifter.shoe import Outline, best_outlines
from barpath.plate import Pictures
from barpath.tracking import Track

MIN_SCORE = 0.23
"""An outline that fits less than this is no shoe. Shoes have 0.27 to 0.58 in real clips (a wide
sumo stance, half hidden, 0.19) and 0.29 and up in simulated ones."""

FACING_LOG_RATIO = 0.035
"""Width of the logistic from how much better one way round fits (logarithm of the scores' ratio) to
its confidence. 0.025 is likeliest for 15 real clips, each in 8 variations, and 293 simulated ones;
a little wider, because it was chosen on these. The real ones seen from the side reach 0.04 to 0.75,
and one filmed 40 degrees off the side 0.04."""

MIN_FACING = 0.9
"""Below this confidence the facing isn't said."""

MAX_FACING = 0.97
"""However well it fits: what was found may be no shoe at all."""

OUTLINE_SD_CM = 1.2
"""Error of the outline's middle: 0.7 cm (rms) against shoes annotated in real clips, up
to 2 cm against the simulator's, which are longer behind the ankle."""


@dataclass(frozen=True)
class Shoe:
    """The near shoe.

    Attributes
    ----------
    facing : str or None
        Where it points in the picture: ``left``, ``right``; None where that can't be told.
    facing_confidence : float
        From 0.5 (either) to 1.
    x_px, y_px : float
        Middle of the sole, displayed pixels of the camera's reference frame.
    sight : Sight
        How the camera sees it and the plate.
    confidence : float
        That there is a shoe there, from 0 to 1.
    """

    facing: str | None
    facing_confidence: float
    x_px: float
    y_px: float
    sight: Sight
    confidence: float


def find_shoe(
    *,
    pictures: Pictures,
    track: Track,
    motion: CameraMotion,
    factor: float,
    facing: str | None = None,
) -> Shoe | None:
    """Find the lifter's near shoe.

    Parameters
    ----------
    pictures : Pictures
    track : Track
    motion : CameraMotion
    factor : float
        Displayed pixels per working pixel.
    facing : {'left', 'right'}, optional
        Where it is known to point.

    Returns
    -------
    Shoe or None
        None where the floor isn't seen or nothing on it looks like a shoe.
    """
    floor = floor_picture(pictures=pictures, track=track, motion=motion, factor=factor)
    if floor is None:
        return None
    outline, other = best_outlines(floor=floor)
    if facing is not None and _side(outline) != facing:
        outline = other
    if outline.score < MIN_SCORE:
        return None
    sure = 1.0
    if facing is None:
        sure = facing_confidence(better=outline.score, other=other.score)
        facing = _side(outline) if sure >= MIN_FACING else None
    height, width = pictures.shape
    x_px = floor.start_x_px + outline.x_radii * floor.radius_px
    return Shoe(
        facing=facing,
        facing_confidence=sure,
        x_px=x_px,
        y_px=floor.start_y_px + outline.y_radii * floor.radius_px,
        sight=sight_of(
            track=track, motion=motion, width_px=width * factor, height_px=height * factor
        ),
        # the scores of sure finds begin where those of clutter end
        confidence=min(1.0, outline.score / (2 * MIN_SCORE)),
    )


def facing_confidence(*, better: float, other: float) -> float:
    """Say how sure the facing is, from the scores of the outline both ways round.

    Parameters
    ----------
    better, other : float
        ``better >= other``, and positive.

    Returns
    -------
    float
        From 0.5 to `MAX_FACING`.
    """
    if other <= 0:
        return MAX_FACING
    return min(MAX_FACING, 1 / (1 + math.exp(-math.log(better / other) / FACING_LOG_RATIO)))


def _side(outline: Outline) -> str:
    return "right" if outline.toward > 0 else "left"
