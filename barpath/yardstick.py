"""A length given by hand where there is no plate to measure by: two points and what is between."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from barpath.camera.lens import Lens, straightened_px
from barpath.config import ScaleLine
from barpath.tracking import Track

END_SD_PX = 1.5
"""Error of a point that somebody reads off a picture; our proposal."""

LENGTH_SD_PCT = 0.5
"""Error of a length that somebody measures with a tape: 1.5 mm of 30 cm."""

DEPTH_SD_PCT = 1.0
"""Error from the line not being as far from the camera as the target's middle: 3 cm of 3 m."""


@dataclass(frozen=True)
class Yardstick:
    """What the target's outline measures, and one standard deviation of that, per cent."""

    size_cm: float
    sd_pct: float


def read_yardstick(*, line: ScaleLine, track: Track, lens: Lens | None = None) -> Yardstick:
    """Turn a line of the first frame into the size of the target's outline there.

    From then on the target's apparent size is the ruler, as a plate's rim would be: it follows the
    target towards the camera and away from it.

    Parameters
    ----------
    line : ScaleLine
        As the clip shows it.
    track : Track
        Of a target, whose `plate` is its outline in the first frame; straightened where there is a
        lens.
    lens : Lens, optional
        That draws the clip's picture: the line's ends are straightened as the outline was.

    Returns
    -------
    Yardstick
    """
    ends_px = np.array([[line.x1_px, line.y1_px], [line.x2_px, line.y2_px]])
    if lens is not None:
        ends_px = straightened_px(ends_px, lens=lens)
    length_px = math.hypot(*(ends_px[1] - ends_px[0]))
    ends_pct = 100 * math.sqrt(2.0) * END_SD_PX / length_px
    return Yardstick(
        size_cm=2 * track.plate.rim.radius_px * line.length_cm / length_px,
        sd_pct=math.hypot(ends_pct, LENGTH_SD_PCT, DEPTH_SD_PCT),
    )
