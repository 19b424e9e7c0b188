"""How the faces of simulated plates look."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.simulate.paint import Colour, Disc, Image, lighter, texture_grid
from barpath.simulate.scene import PlateLook

_STEEL: Colour = (176, 178, 182)


@dataclass(frozen=True)
class _Style:
    """Rings from the rim inwards as (outer radius in radii, colour), letters, one plate's depth."""

    rings: tuple[tuple[float, Colour], ...]
    letters: tuple[str, ...] = ()
    ink: Colour = (235, 235, 235)
    depth_cm: float = 6.5
    holes: int = 0


def _bumper(colour: Colour, weight: str, ink: Colour = (235, 235, 235)) -> _Style:
    lip, dish = lighter(colour, 0.82), lighter(colour, 1.06)
    rings = ((1.1, lip), (0.93, colour), (0.86, lip), (0.845, dish), (0.40, lip), (0.385, colour))
    return _Style((*rings, (0.24, _STEEL), (0.12, (90, 92, 96))), (f"{weight} KG", "BARPATH"), ink)


_STYLES = {
    "red": _bumper((178, 34, 40), "25"),
    "blue": _bumper((36, 74, 158), "20"),
    "yellow": _bumper((214, 172, 42), "15", ink=(30, 30, 30)),
    "green": _bumper((40, 122, 70), "10"),
    "black": _bumper((38, 38, 41), "20", ink=(150, 150, 150)),
    "iron": _Style(
        (
            (1.1, (92, 94, 97)),
            (0.97, (112, 114, 117)),
            (0.84, (52, 54, 57)),
            (0.82, (74, 76, 79)),
            (0.34, (58, 60, 63)),
            (0.32, (98, 100, 103)),
            (0.12, (50, 50, 53)),
        ),
        ("20 KG", "BARPATH"),
        (168, 170, 172),
        depth_cm=4.5,
    ),
    "grip": _Style(
        ((1.1, (44, 45, 48)), (0.95, (58, 59, 62)), (0.90, (44, 45, 48)), (0.28, _STEEL)),
        ("20",),
        (190, 190, 190),
        holes=3,
    ),
    "polygon": _Style(
        ((1.1, (104, 106, 108)), (0.88, (78, 80, 82)), (0.86, (118, 120, 122)), (0.24, _STEEL)),
        ("20 KG", "BARPATH"),
        (60, 60, 60),
        depth_cm=4.5,
    ),
    "thin": _Style(
        (
            (1.1, (196, 40, 44)),
            (0.80, (150, 28, 32)),
            (0.78, (196, 40, 44)),
            (0.47, (70, 72, 76)),
            (0.46, _STEEL),
            (0.30, (140, 142, 146)),
            (0.29, (198, 200, 204)),
            (0.12, (90, 92, 96)),
        ),
        ("25 KG", "BARPATH"),
        depth_cm=2.7,
    ),
    "stack": _bumper((36, 74, 158), "20"),
    "small": _Style(
        ((1.1, (60, 62, 65)), (0.9, (84, 86, 89)), (0.45, (60, 62, 65)), (0.25, _STEEL)),
        ("10",),
        (180, 180, 180),
        depth_cm=3.0,
    ),
}


@dataclass(frozen=True)
class PlateBody:
    """A plate ready to be drawn.

    Attributes
    ----------
    face : Disc
    depth_cm : float
        Of one plate.
    wall : tuple of int
        Colour of the rim's outside.
    """

    face: Disc
    depth_cm: float
    wall: Colour


def make_plate(*, look: PlateLook, radius_px: float, seed: int = 0) -> PlateBody:
    """Make a plate with a texture fit for a radius in the picture; `seed` is its wear's."""
    corners = 12 if look.style == "polygon" else 0
    body = _body(_STYLES[look.style], look.diameter_cm / 2, radius_px, corners)
    if look.wear > 0:
        texture = _worn(body.face.texture, wear=look.wear, seed=seed)
        body = replace(body, face=replace(body.face, texture=texture))
    return body if look.depth_cm is None else replace(body, depth_cm=look.depth_cm)


def make_small_plate(*, look: PlateLook, radius_px: float) -> PlateBody:
    """Make the smaller plate that a ``stack`` has in front of its ruler."""
    return _body(_STYLES["small"], 0.31 * look.diameter_cm, 0.62 * radius_px, 0)


def _body(style: _Style, radius_cm: float, radius_px: float, corners: int) -> PlateBody:
    side = int(min(2048, max(64, 2 * math.ceil(1.35 * radius_px))))
    texture = _texture(style=style, side_px=2 * side)
    texture = cv2.resize(texture, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8)
    wall = lighter(style.rings[0][1], 0.8)
    return PlateBody(Disc(radius_cm, texture, corners), style.depth_cm, wall)


def _worn(texture: Image, *, wear: float, seed: int) -> Image:
    """Stain and scuff a face: blotches and specks, as large as an eighth and a sixtieth of it."""
    rng = np.random.default_rng([seed, 7])
    stains = np.zeros(texture.shape[:2])
    for cells in (16, 120):
        coarse = rng.normal(size=(cells, cells)).astype(np.float32)
        fine = cv2.resize(coarse, texture.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        stains += fine / fine.std() * wear / math.sqrt(2)
    worn: Image = np.clip(np.rint(texture + stains[..., None]), 0, 255).astype(np.uint8)
    return worn


def _texture(*, style: _Style, side_px: int) -> Image:
    distance, angle = texture_grid(side_px)
    picture = np.zeros((side_px, side_px, 3), dtype=np.float32)
    for outer, colour in style.rings:
        picture[distance <= outer * 1.5 if outer > 1 else distance <= outer] = colour
    if style.holes:
        third = 2 * math.pi / style.holes
        along = np.abs(np.mod(angle, third) - third / 2) * 0.62
        grip = np.hypot(np.maximum(along - 0.2, 0), distance - 0.62) < 0.11
        picture[grip] = (16, 16, 18)
    ink = _letters(texts=style.letters, side_px=side_px)
    picture += ink[..., None] * (np.array(style.ink, dtype=np.float32) - picture)
    sheen = 1 + 0.16 * np.cos(2 * (angle - 2.0)) * np.clip(distance, 0, 1)
    picture *= sheen[..., None].astype(np.float32)
    grain = np.random.default_rng(7).normal(0, 3.0, (side_px, side_px, 1))
    return np.clip(np.rint(picture + grain), 0, 255).astype(np.uint8)


def _letters(*, texts: tuple[str, ...], side_px: int) -> NDArray[np.float32]:
    """Letters set round the hub between 0.5 and 0.75 radii, as a weight in [0, 1]."""
    strip = np.zeros((1440, 400), dtype=np.uint8)  # rows: angle, columns: distance from the centre
    for index, text in enumerate(texts):
        (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 2.2, 5)
        line = np.zeros((high + 12, wide + 12), dtype=np.uint8)
        cv2.putText(line, text, (6, high + 6), cv2.FONT_HERSHEY_DUPLEX, 2.2, 255, 5, cv2.LINE_AA)
        upright = cv2.rotate(line, cv2.ROTATE_90_CLOCKWISE)
        upright = cv2.resize(upright, (84, int(upright.shape[0] * 84 / upright.shape[1])))
        middle = 1080 - round(1440 * index / len(texts))  # the first word stands at the top
        rows = (np.arange(len(upright)) - len(upright) // 2 + middle) % 1440
        strip[rows, 200:284] = upright
    centre = ((side_px - 1) / 2, (side_px - 1) / 2)
    round_hub = cv2.warpPolar(
        strip,
        (side_px, side_px),
        centre,
        side_px / 2,
        # without FILL_OUTLIERS, OpenCV leaves what was in memory beyond the circle
        cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR | cv2.WARP_FILL_OUTLIERS,
    )
    return (round_hub / 255).astype(np.float32)
