"""A place in a picture that is drawn larger or smaller.

Pixel centres lie at whole numbers, so the picture's corner is at (-0.5, -0.5), and it is the corner
that stays in place.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Place = TypeVar("Place", float, NDArray[np.float64])


def enlarged_px(place_px: Place, *, factor: float) -> Place:
    """Return where a place lies in a picture `factor` times as large, in that picture's pixels."""
    return (place_px + 0.5) * factor - 0.5


def shrunk_px(place_px: Place, *, factor: float) -> Place:
    """Return where a place lies in a picture `factor` times as small, in that picture's pixels."""
    return (place_px + 0.5) / factor - 0.5
