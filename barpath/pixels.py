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


def enlarging(factor: float) -> NDArray[np.float64]:
    """Return the matrix, shape (3, 3), by which homogeneous places are enlarged."""
    half = (factor - 1) / 2
    return np.array([[factor, 0.0, half], [0.0, factor, half], [0.0, 0.0, 1.0]])
