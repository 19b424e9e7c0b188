"""The place behind a simulated lift, drawn once a clip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.simulate.optics import Pinhole
from barpath.simulate.paint import Colour, Disc, Image, draw_disc, draw_limb, draw_panel, lighter
from barpath.simulate.plates import make_plate
from barpath.simulate.scene import PlateLook, Scene

FloatArray = NDArray[np.float64]

_Corners = Sequence[tuple[float, float, float]]

_HALF_WIDTH_CM = 700.0
_WINDOWS = (-390, -190, 120, 320)


@dataclass(frozen=True)
class _Backdrop:
    """Colours and depth of a room."""

    wall: Colour
    floor: Colour
    depth_cm: float
    grain: float
    seams: bool
    props: bool


_BACKDROPS = {
    "gym": _Backdrop((148, 150, 152), (72, 74, 78), 430, 14, seams=True, props=True),
    "garage": _Backdrop((126, 104, 90), (120, 118, 112), 330, 22, seams=False, props=True),
    "studio": _Backdrop((242, 242, 240), (232, 232, 230), 500, 2, seams=False, props=False),
    "dark": _Backdrop((40, 41, 46), (30, 31, 34), 400, 8, seams=True, props=True),
}


def paint_room(*, scene: Scene, view: Pinhole, margin_px: int) -> Image:
    """Paint everything that stands still behind the bar.

    Parameters
    ----------
    scene : Scene
    view : Pinhole
        The camera before any shake.
    margin_px : int
        Drawn beyond each edge, for a camera that shakes.

    Returns
    -------
    ndarray of uint8, shape (height + 2 margin, width + 2 margin, 3)
    """
    size = (scene.view.width + 2 * margin_px, scene.view.height + 2 * margin_px)
    cx, cy = view.centre_px
    wide = replace(view, centre_px=(cx + margin_px, cy + margin_px))
    backdrop = _BACKDROPS[scene.surroundings.backdrop]
    rng = np.random.default_rng([scene.seed, 3])
    image = _surfaces(backdrop=backdrop, view=wide, size=size, rng=rng)
    if backdrop.props:
        leans = np.random.default_rng([scene.seed, 6]).normal(
            scene.surroundings.lean_deg, scene.surroundings.crooked_deg, len(_WINDOWS) + 1
        )
        _furnish(image, backdrop=backdrop, view=wide, rng=rng, leans_deg=leans)
    _distract(image, scene=scene, backdrop=backdrop, view=wide, rng=rng)
    return image


def _tile(rng: np.random.Generator) -> FloatArray:
    """Cloudy noise of unit deviation, 512 x 512, that repeats without a seam."""
    total = np.zeros((512, 512))
    for octave, weight in ((8, 0.5), (32, 0.35), (128, 0.4), (512, 0.6)):
        coarse = rng.normal(size=(octave, octave))
        padded = np.pad(coarse, 2, mode="wrap").astype(np.float32)
        step = 512 // octave
        fine = cv2.resize(padded, None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
        total += weight * fine[2 * step : 2 * step + 512, 2 * step : 2 * step + 512]
    return np.asarray(total / total.std())


def _sample(tile: FloatArray, u_cm: FloatArray, v_cm: FloatArray) -> FloatArray:
    """Noise at world places, 2 cm to a cell."""
    maps = [np.mod(c / 2, 512).astype(np.float32) for c in (u_cm, v_cm)]
    looked_up = cv2.remap(
        tile.astype(np.float32), maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    )
    return np.asarray(looked_up, dtype=float)


def _surfaces(
    *, backdrop: _Backdrop, view: Pinhole, size: tuple[int, int], rng: np.random.Generator
) -> Image:
    """Wall and floor by casting a ray through every pixel."""
    u_px, v_px = np.meshgrid(np.arange(size[0], dtype=float), np.arange(size[1], dtype=float))
    rays = view.rays(u_px, v_px)
    eye = view.position_cm
    down, away = np.minimum(rays[..., 1], -1e-9), np.abs(rays[..., 2]) + 1e-3
    to_floor, to_wall = -eye[1] / down, (backdrop.depth_cm - eye[2]) / away
    aside = rays[..., 0]
    to_side = (np.copysign(_HALF_WIDTH_CM, aside) - eye[0]) / np.where(aside == 0, 1e-9, aside)
    reach = np.minimum(to_floor, np.minimum(to_wall, to_side))
    is_floor = to_floor == reach
    x, y, z = (eye[i] + reach * rays[..., i] for i in range(3))
    tile = _tile(rng)
    colour = np.where(is_floor[..., None], backdrop.floor, backdrop.wall).astype(float)
    light = np.where(is_floor, 1.12 - 0.0004 * (z + 200), 1.1 - 0.0012 * np.abs(y - 190))
    light = np.clip(light * (1 - 0.00035 * np.abs(x - 60)), 0.35, 1.2)
    if backdrop.seams:
        near_seam = np.minimum(np.mod(x, 100), np.mod(z + 40, 100)) < 1.2
        light = np.where(is_floor & near_seam, light * 0.8, light)
        skirting = ~is_floor & (y < 14)
        light = np.where(skirting, light * 0.55, light)
    if backdrop.grain > 20:  # brickwork
        row = np.floor(y / 8)
        joint = np.minimum(np.mod(y, 8), np.mod(x + 12 * np.mod(row, 2), 24)) < 1.0
        light = np.where(~is_floor & joint, light * 1.22, light)
    shadow = np.exp(-((x / 45) ** 2) - ((z - 80) / 110) ** 2)
    light = np.where(is_floor, light * (1 - 0.4 * shadow), light)
    across = np.where(to_side == reach, z, x)
    noise = backdrop.grain / 2 * _sample(tile, across, np.where(is_floor, z, y))
    picture = colour * light[..., None] + noise[..., None]
    pixels: Image = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return pixels


def _leaning(corners_cm: _Corners, *, lean_deg: float, about_x_cm: float) -> _Corners:
    """Lean a panel to the right about a place on the floor."""
    c, s = math.cos(math.radians(lean_deg)), math.sin(math.radians(lean_deg))
    return [
        (about_x_cm + c * (x - about_x_cm) + s * y, c * y - s * (x - about_x_cm), z)
        for x, y, z in corners_cm
    ]


def _furnish(
    image: Image,
    *,
    backdrop: _Backdrop,
    view: Pinhole,
    rng: np.random.Generator,
    leans_deg: FloatArray,
) -> None:
    """Windows, a power rack and a row of dumb-bells; the windows and then the rack lean."""
    back = backdrop.depth_cm - 1
    steel, dim = lighter(backdrop.wall, 0.45), backdrop.wall[0] < 80
    glass: Colour = (34, 38, 46) if dim else (198, 212, 222)
    for left, lean in zip(_WINDOWS, leans_deg[:-1], strict=True):
        edge = left + rng.uniform(-15, 15)
        for grow, tone in ((5, lighter(backdrop.wall, 0.7)), (0, glass)):
            corners = [
                (edge - grow, 130 - grow, back),
                (edge + 130 + grow, 130 - grow, back),
                (edge + 130 + grow, 235 + grow, back),
                (edge - grow, 235 + grow, back),
            ]
            leaning = _leaning(corners, lean_deg=float(lean), about_x_cm=edge)
            draw_panel(image, view=view, corners_cm=leaning, colour=tone)
    for height in (28, 62, 96):  # dumb-bells on shelves
        shelf = [(150, height, back - 30), (370, height, back - 30)]
        shelf += [(370, height + 4, back - 30), (150, height + 4, back - 30)]
        draw_panel(image, view=view, corners_cm=shelf, colour=lighter(steel, 0.8))
        for x in range(160, 365, 26):
            ends = np.array([(x, height + 13.0, back - 45), (x, height + 13.0, back - 20)])
            draw_limb(image, view=view, ends_cm=ends, radii_cm=(8.5, 8.5), colour=(34, 34, 37))
    shift = rng.uniform(-30, 30)
    rack_deg = float(leans_deg[-1])

    def in_rack(corners_cm: _Corners) -> _Corners:
        return _leaning(corners_cm, lean_deg=rack_deg, about_x_cm=shift - 210)

    for x, z in ((-150, 330), (-270, 330), (-150, 270), (-270, 270)):
        post = [(x + shift, 0, z), (x + shift + 8, 0, z)]
        post += [(x + shift + 8, 240, z), (x + shift, 240, z)]
        draw_panel(
            image, view=view, corners_cm=in_rack(post), colour=(150, 36, 34) if not dim else steel
        )
        for hole in range(30, 230, 10):
            dot = np.array(in_rack([(x + shift + 4, hole, z)] * 2))
            draw_limb(image, view=view, ends_cm=dot, radii_cm=(1.2, 1.2), colour=(28, 28, 30))
    beam = [(-270 + shift, 232, 270), (-142 + shift, 232, 270)]
    beam += [(-142 + shift, 240, 270), (-270 + shift, 240, 270)]
    draw_panel(image, view=view, corners_cm=in_rack(beam), colour=lighter(steel, 1.2))


def _distract(
    image: Image, *, scene: Scene, backdrop: _Backdrop, view: Pinhole, rng: np.random.Generator
) -> None:
    """Rims that aren't the bar's: signs on the wall, plates on racks."""
    back = backdrop.depth_cm - 2
    for index in range(scene.surroundings.wall_circles):
        tone = (200, 60, 40) if index % 2 else (40, 70, 150)
        sign = np.full((64, 64, 3), tone, dtype=np.uint8)
        sign[16:48, 16:48] = lighter(tone, 1.4)
        radius_cm = rng.uniform(18, 40)
        x_cm = (-1) ** index * (70 + 60 * index + rng.uniform(-20, 20))
        centre = np.array([x_cm, rng.uniform(90, 190), back])
        draw_disc(image, view=view, centre_cm=centre, disc=Disc(radius_cm, sign))
    styles = ("black", "red", "iron", "blue", "green", "yellow", "grip")
    for index in range(scene.surroundings.rack_plates):
        style = styles[(index + scene.seed) % len(styles)]
        diameter_cm = (45.0, 45.0, 36.0, 28.0)[int(rng.integers(4))]
        body = make_plate(
            look=PlateLook(style=style, diameter_cm=diameter_cm),
            radius_px=scene.view.plate_radius_px,
        )
        side = -1 if index % 2 else 1
        x_cm = side * (115 + 52 * (index // 2)) + rng.uniform(-8, 8)
        height_cm = diameter_cm / 2 if index % 4 < 2 else rng.uniform(80, 130)
        centre = np.array([x_cm, height_cm, rng.uniform(150, 300)])
        turn = rng.uniform(0, 6)
        draw_disc(image, view=view, centre_cm=centre, disc=body.face, turn_rad=turn)
