"""Drawing through the simulated camera: exact discs; limbs and panels that need only look right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.simulate.optics import Pinhole

Image = NDArray[np.uint8]
FloatArray = NDArray[np.float64]
Colour = tuple[int, int, int]

_SHIFT = 4  # fractional bits of polygon corners
_EDGE_ON = 0.05  # cosine of the angle below which a face shows no area worth drawing
_CIRCLE = np.linspace(0, 2 * math.pi, 64, endpoint=False)
_TEXTURE_MARGIN = 1.04  # the texture goes on past the rim, so that only coverage draws the edge


@dataclass(frozen=True)
class Disc:
    """A round or regular polygonal face, upright and parallel to the bar's path.

    Attributes
    ----------
    radius_cm : float
        Of the rim, or of the circle through the corners.
    texture : ndarray of uint8, shape (n, n, 3)
        Spans `_TEXTURE_MARGIN` radii each way.
    corners : int
        0 for a circle.
    """

    radius_cm: float
    texture: Image
    corners: int = 0


def texture_grid(side_px: int) -> tuple[FloatArray, FloatArray]:
    """Distance (in radii) and angle (rad, anticlockwise from the right) over a disc's texture."""
    line = ((np.arange(side_px) + 0.5) / side_px * 2 - 1) * _TEXTURE_MARGIN
    x, y = np.meshgrid(line, -line)
    return np.hypot(x, y), np.arctan2(y, x)


def _inside_px(*, x_cm: FloatArray, y_cm: FloatArray, disc: Disc) -> FloatArray:
    """Distance inside the rim in pixels: zero on the rim, first-order exact beside it."""
    if disc.corners:
        half = math.pi / disc.corners
        angle = np.mod(np.arctan2(y_cm, x_cm) + math.pi / 2 + half, 2 * half) - half
        beyond = np.hypot(x_cm, y_cm) * np.cos(angle) - disc.radius_cm * math.cos(half)
    else:
        beyond = (x_cm**2 + y_cm**2 - disc.radius_cm**2) / (2 * disc.radius_cm)
    down, right = np.gradient(beyond)
    return np.asarray(-beyond / np.maximum(np.hypot(down, right), 1e-9))


def draw_disc(
    image: Image, *, view: Pinhole, centre_cm: FloatArray, disc: Disc, turn_rad: float = 0.0
) -> None:
    """Draw a disc so that its rim lies where the projection says.

    Each pixel's ray is cut with the face's plane; the pixel is covered by its distance inside the
    rim in pixels plus one half, so the half-covered line is the rim itself (within 0.01 px above
    20 px of radius; OpenCV's own circle is off by up to 0.5 px).

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        Drawn into.
    view : Pinhole
    centre_cm : ndarray, shape (3,)
    disc : Disc
    turn_rad : float
        How far the disc has rolled, anticlockwise in the picture.
    """
    height, width = image.shape[:2]
    rim = centre_cm + disc.radius_cm * np.stack(
        [np.cos(_CIRCLE), np.sin(_CIRCLE), np.zeros(64)], axis=1
    )
    outline = view.project(rim)
    sight = view.position_cm - centre_cm
    if not np.isfinite(outline).all() or abs(sight[2]) < _EDGE_ON * np.linalg.norm(sight):
        return
    left, top = np.maximum(np.floor(outline.min(axis=0)).astype(int) - 3, 0)
    right, bottom = np.ceil(outline.max(axis=0)).astype(int) + 4
    right, bottom = min(right, width), min(bottom, height)
    if right - left < 2 or bottom - top < 2:
        return
    u_px, v_px = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
    rays = view.rays(u_px, v_px)
    reach = (centre_cm[2] - view.position_cm[2]) / rays[..., 2]
    x_cm = view.position_cm[0] - centre_cm[0] + reach * rays[..., 0]
    y_cm = view.position_cm[1] - centre_cm[1] + reach * rays[..., 1]
    coverage = np.clip(0.5 + _inside_px(x_cm=x_cm, y_cm=y_cm, disc=disc), 0, 1)
    side = disc.texture.shape[0]
    to_texture = side / 2 / (disc.radius_cm * _TEXTURE_MARGIN)
    c, s = math.cos(turn_rad) * to_texture, math.sin(turn_rad) * to_texture
    colour = cv2.remap(
        disc.texture,
        (x_cm * c + y_cm * s + side / 2 - 0.5).astype(np.float32),
        (x_cm * s - y_cm * c + side / 2 - 0.5).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    blend(image[top:bottom, left:right], colour=colour, weight=coverage)


def blend(image: Image, *, colour: NDArray[np.generic], weight: FloatArray) -> None:
    """Mix a colour (or picture) into an image, weight 1 covering it."""
    share = weight.astype(np.float32)[..., None]
    base = image.astype(np.float32)
    image[...] = np.rint(base + (np.asarray(colour, dtype=np.float32) - base) * share)


def fill(image: Image, *, corners_px: FloatArray, colour: Colour) -> None:
    """Fill the convex hull of picture points."""
    if not np.isfinite(corners_px).all() or np.abs(corners_px).max() > 1e5:
        return
    hull = cv2.convexHull(corners_px.reshape(-1, 2).astype(np.float32)).reshape(-1, 2)
    cv2.fillConvexPoly(
        image, np.rint(hull * 2**_SHIFT).astype(np.int32), colour, cv2.LINE_AA, _SHIFT
    )


def draw_limb(
    image: Image,
    *,
    view: Pinhole,
    ends_cm: FloatArray,
    radii_cm: tuple[float, float],
    colour: Colour,
) -> None:
    """Draw a tapered round limb between two points, with a lighter core."""
    ends_px, scales = view.project(ends_cm), view.scale(ends_cm)
    ring = np.stack([np.cos(_CIRCLE[::4]), np.sin(_CIRCLE[::4])], axis=1)
    light = lighter(colour, 1.18)
    for share, tone, lift in ((1.0, colour, 0.0), (0.55, light, -0.25)):
        corners = [
            end + ring * radius * scale * share + np.array([lift * radius * scale] * 2)
            for end, radius, scale in zip(ends_px, radii_cm, scales, strict=True)
        ]
        fill(image, corners_px=np.array(corners), colour=tone)


def draw_drum(
    image: Image,
    *,
    view: Pinhole,
    centre_cm: FloatArray,
    disc: Disc,
    depth_cm: float,
    colour: Colour,
) -> None:
    """Draw the side wall that goes back from a face, lit from above.

    OpenCV's polygons are half a pixel too large; both ends are drawn small enough to leave the rim
    of the face, which is drawn over them, alone.
    """
    count = disc.corners or len(_CIRCLE)
    angle = (np.arange(count + 1) + 0.5) * 2 * math.pi / count - math.pi / 2
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(count + 1)], axis=1)
    back_cm = centre_cm + np.array([0.0, 0.0, depth_cm])
    front = view.project(centre_cm + ring * (disc.radius_cm - 2.0 / view.scale(centre_cm)))
    back = view.project(back_cm + ring * (disc.radius_cm - 0.6 / view.scale(back_cm)))
    fill(image, corners_px=back, colour=colour)
    outward = view.position_cm - centre_cm
    for i in range(count):
        middle = ring[i] + ring[i + 1]
        if middle @ outward <= disc.radius_cm:
            continue  # turned away from the camera
        light = 1.0 + 0.3 * middle[1]
        corners = np.array([front[i], front[i + 1], back[i + 1], back[i]])
        fill(image, corners_px=corners, colour=lighter(colour, light))


def draw_panel(
    image: Image, *, view: Pinhole, corners_cm: Sequence[tuple[float, float, float]], colour: Colour
) -> None:
    """Draw a flat convex panel given by its corners in the world."""
    fill(image, corners_px=view.project(np.array(corners_cm)), colour=colour)


def lighter(colour: Colour, factor: float) -> Colour:
    """Scale a colour's brightness."""
    r, g, b = (int(min(255, max(0, c * factor))) for c in colour)
    return r, g, b
