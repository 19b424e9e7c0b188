"""Finding the plate: which rim in the picture is the near-side plate of the moving bar."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ellipse:
    """The rim of a plate's outer face, in displayed pixels.

    Attributes
    ----------
    x_px, y_px : float
        Centre; origin at the centre of the top-left pixel, y down.
    radius_px : float
        Semi-major axis.
    axis_ratio : float
        Semi-minor over semi-major axis, in (0, 1].
    angle_deg : float
        Direction of the major axis, clockwise from the picture's right, in [0, 180).
    """

    x_px: float
    y_px: float
    radius_px: float
    axis_ratio: float = 1.0
    angle_deg: float = 0.0


@dataclass(frozen=True)
class Plate:
    """The near-side plate that was chosen, where it was seen best.

    Attributes
    ----------
    frame : int
        Index of the frame it was seen best in.
    rim : Ellipse
    confidence : float
        Probability-like score in [0, 1] that this is the loaded near-side plate and this its rim.
    """

    frame: int
    rim: Ellipse
    confidence: float
