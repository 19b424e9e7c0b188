"""What the coach is told of the lifter: by the user, and by what was seen of them."""

from __future__ import annotations

import math

import numpy as np

from barpath.camera import CameraMotion
from barpath.config import AnalysisConfig
from barpath.lifter import Shoe
from barpath.midfoot import Midfoot
from barpath.phases import Knee, place_knee
from barpath.technique import Floor, LifterFacts
from barpath.technique.sideways import GIVEN_MIDFOOT_SD_CM
from barpath.tracking import Track


def knee_of(*, config: AnalysisConfig, resting_cm: float) -> Knee:
    """Place the knees by what the user said.

    Parameters
    ----------
    config : AnalysisConfig
    resting_cm : float
        Height over the floor at which the bar rests.
    """
    return place_knee(
        knee_height_cm=_or_nan(config.knee_height_cm),
        stature_cm=_or_nan(config.stature_cm),
        resting_cm=resting_cm,
    )


def floor_of(
    *, shoe: Shoe | None, track: Track, camera: CameraMotion, cm_per_px: float
) -> Floor | None:
    """Tell how high over the shoe's sole the bar is at its lowest; None without a shoe."""
    if shoe is None:
        return None
    _, y_px = camera.steadied(track.x_px, track.y_px)
    low_cm = (shoe.y_px - float(np.nanmax(y_px))) * cm_per_px
    return Floor(bar_low_cm=low_cm, confidence=shoe.confidence)


def lifter_facts(
    *, config: AnalysisConfig, facing_confidence: float, midfoot: Midfoot, floor: Floor | None
) -> LifterFacts:
    """Gather what the findings need to know of the lift and the lifter.

    Parameters
    ----------
    config : AnalysisConfig
    facing_confidence : float
        In [0, 1]; 0 where the facing isn't known.
    midfoot : Midfoot
    floor : Floor or None

    Returns
    -------
    LifterFacts
    """
    sd_cm = math.nan
    if midfoot.method != "start":
        sd_cm = GIVEN_MIDFOOT_SD_CM if math.isnan(midfoot.sd_cm) else midfoot.sd_cm
    return LifterFacts(
        lift=None if config.lift == "auto" else config.lift,
        facing_confidence=facing_confidence,
        stature_cm=_or_nan(config.stature_cm),
        knee_height_cm=_or_nan(config.knee_height_cm),
        floor=floor,
        midfoot_sd_cm=sd_cm,
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
