"""The simulated kettlebell: a ball with a band and a number on it, and a handle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.simulate.optics import Pinhole
from barpath.simulate.paint import Colour, Disc, Image, draw_disc, draw_limb, texture_grid
from barpath.simulate.scene import BELL_RADIUS_CM

FloatArray = NDArray[np.float64]

_IRON: Colour = (58, 60, 64)
_BAND: Colour = (206, 150, 36)
_HORNS_CM = ((-6.5, 8.0), (-7.5, 14.5), (-3.5, 17.5), (3.5, 17.5), (7.5, 14.5), (6.5, 8.0))
_HANDLE_RADIUS_CM = 1.7


@dataclass(frozen=True)
class Bell:
    """A kettlebell ready to be drawn; the ball's outline lies in the plane of its centre."""

    face: Disc


def make_bell(*, radius_px: float) -> Bell:
    """Make a kettlebell with a texture fit for its ball's radius in the picture."""
    side = int(min(1024, max(64, 2 * math.ceil(1.35 * radius_px))))
    distance, angle = texture_grid(2 * side)
    up = distance * np.sin(angle)
    painted = np.full((2 * side, 2 * side, 3), _IRON, dtype=np.uint8)
    painted[np.abs(up - 0.62) < 0.1] = _BAND
    text, size, stroke = "16", 2 * side / 70, max(1, side // 16)
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, size, stroke)
    at = (side - wide // 2, side + high // 2 + side // 8)
    cv2.putText(painted, text, at, cv2.FONT_HERSHEY_DUPLEX, size, (226, 226, 222), stroke)
    light = 1.15 - 0.5 * distance**2 + 0.15 * up
    picture = painted * np.clip(light, 0.3, 1.4)[..., None]
    picture += np.random.default_rng(11).normal(0, 4.0, (2 * side, 2 * side, 1))
    whole = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    texture = cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return Bell(Disc(BELL_RADIUS_CM, texture))


def draw_bell(image: Image, *, view: Pinhole, centre_cm: FloatArray, bell: Bell) -> None:
    """Draw a kettlebell with its ball's centre at a place."""
    horns = [centre_cm + np.array([x, y, 0.0]) for x, y in _HORNS_CM]
    for a, b in zip(horns, horns[1:], strict=False):
        draw_limb(
            image,
            view=view,
            ends_cm=np.array([a, b]),
            radii_cm=(_HANDLE_RADIUS_CM,) * 2,
            colour=_IRON,
        )
    draw_disc(image, view=view, centre_cm=centre_cm, disc=bell.face)
