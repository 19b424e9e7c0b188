"""Whether what was followed moves in the room, or only in a picture that a hand moves."""

from __future__ import annotations

import numpy as np

from barpath.camera import CameraMotion
from barpath.errors import UnmeasurableError
from barpath.tracking import State, Track

STANDS_RADII = 0.3
"""A plate that travels less than this in the room (7 cm for a 45 cm plate) wasn't lifted: no
repetition is as short. Filmed by a hand that sways, plates on a rack come to 0.04, pulls to 1.1 and
more. Our proposal."""


def check_travel(*, track: Track, motion: CameraMotion) -> None:
    """Refuse what stands still in the room.

    Before a camera that sways, a plate on a rack goes up and down in the picture as the bar's does.

    Parameters
    ----------
    track : Track
    motion : CameraMotion
        Takes the camera's own motion out, as far as it is known.

    Raises
    ------
    UnmeasurableError
        What was followed travels less than `STANDS_RADII`.
    """
    _, y_px = motion.steadied(track.x_px, track.y_px)
    seen = (track.state > State.LOST) & np.isfinite(y_px)
    if not seen.any():
        return
    radius_px = float(np.median((track.radius_px * motion.zoom)[seen]))
    if np.ptp(y_px[seen]) < STANDS_RADII * radius_px:
        raise UnmeasurableError(
            "the plate that was found stands still: only the camera moves",
            hint="film the bar's near plate from the side, or point at it with --plate X,Y,R",
        )
