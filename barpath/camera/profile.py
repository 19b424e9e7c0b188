"""A camera's profile: how its lens draws, measured once and used for every clip of it.

The model is a pinhole with two radial terms (Brown 1966; Zhang 2000, A Flexible New Technique for
Camera Calibration): a direction at ``r`` from the optical axis is drawn at ``r (1 + k1 r^2 +
k2 r^4)``, in units of the focal length. Tangential terms are left out: of a phone's lens they are
smaller than they can be measured on a print. The file is described in
``schema/camera.schema.json``.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

import barpath
from barpath.errors import UsageError

SCHEMA_ID = "barpath.camera/1"

ASPECT_TOLERANCE = 0.01
"""Two pictures whose proportions differ by less are the same one scaled: 848x480 is 0.6 % off
16:9. The next ratio in use, 3:2 beside 16:10, is 6 % off. Our proposal."""

_MAX_SIZE_PX = 100_000
_REACH = 3.0  # a corner's undistorted radius in drawn ones: k1 = -0.15 takes it to 1.5 at most
_DECIMALS = 7
_REMAKE_HINT = "make it anew with 'barpath calibrate lens CLIP -o camera.json'"


@dataclass(frozen=True)
class ProfileQuality:
    """How well a profile is known.

    Attributes
    ----------
    views : int
        Pictures of the board that it rests on.
    reprojection_px : float
        Root mean square distance of the board's corners from where the profile draws them, pixels
        of the profile's picture.
    coverage_pct : float
        Share of the picture in which corners were seen.
    focal_sd_pct, k1_sd : float
        One standard deviation of the focal length, per cent, and of `k1`.
    correction_sd_px : float
        One standard deviation of the correction half a picture's height from its middle.
    nearest_cm, farthest_cm : float
        How far the board was from the camera.
    """

    views: int
    reprojection_px: float
    coverage_pct: float
    focal_sd_pct: float
    k1_sd: float
    correction_sd_px: float
    nearest_cm: float
    farthest_cm: float


@dataclass(frozen=True)
class CameraProfile:
    """How a camera draws, in displayed pixels of a picture of its size.

    Attributes
    ----------
    name : str
        Stands in the results of the clips that it was used for.
    width_px, height_px : int
    rotation_deg : int
        Clockwise turn from the sensor's picture to the displayed one: 0, 90, 180 or 270.
    fx_px, fy_px : float
        Focal length.
    cx_px, cy_px : float
        Principal point; pixel centres are at whole numbers.
    k1, k2 : float
        Radial distortion.
    quality : ProfileQuality
    """

    name: str
    width_px: int
    height_px: int
    rotation_deg: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    k1: float
    k2: float
    quality: ProfileQuality

    def __post_init__(self) -> None:
        """Refuse what is no camera.

        Raises
        ------
        ValueError
            The size, the focal length, the principal point or the distortion is impossible.
        """
        sizes = (self.width_px, self.height_px)
        if not all(1 <= size <= _MAX_SIZE_PX for size in sizes):
            raise ValueError(f"no picture is {self.width_px}x{self.height_px}")
        if self.rotation_deg not in (0, 90, 180, 270):
            raise ValueError(f"a picture can't be turned by {self.rotation_deg} degrees")
        if not (self.fx_px > 0 and self.fy_px > 0):
            raise ValueError("the focal length must be greater than 0")
        if not (0 <= self.cx_px < self.width_px and 0 <= self.cy_px < self.height_px):
            raise ValueError("the principal point lies outside the picture")
        # where the slope of r (1 + k1 r^2 + k2 r^4) vanishes, two directions share one place
        x = max(self.cx_px, self.width_px - 1 - self.cx_px) / self.fx_px
        y = max(self.cy_px, self.height_px - 1 - self.cy_px) / self.fy_px
        corner = math.hypot(x, y)
        radii = np.linspace(0, _REACH * corner, 1000)
        drawn = radii * (1 + self.k1 * radii**2 + self.k2 * radii**4)
        inside = radii[: int(np.argmax(drawn >= corner))]
        slope = 1 + 3 * self.k1 * inside**2 + 5 * self.k2 * inside**4
        if not inside.size or (slope <= 0).any():
            raise ValueError("the distortion folds the picture over itself")

    def scaled_to(self, width_px: int, height_px: int) -> CameraProfile:
        """Give the profile of the same picture in another size.

        Parameters
        ----------
        width_px, height_px : int

        Raises
        ------
        ValueError
            The proportions are others.
        """
        across, down = width_px / self.width_px, height_px / self.height_px
        if abs(across / down - 1) > ASPECT_TOLERANCE:
            raise ValueError(
                f"{width_px}x{height_px} isn't {self.width_px}x{self.height_px} scaled"
            )
        return replace(
            self,
            width_px=width_px,
            height_px=height_px,
            fx_px=self.fx_px * across,
            fy_px=self.fy_px * down,
            cx_px=(self.cx_px + 0.5) * across - 0.5,
            cy_px=(self.cy_px + 0.5) * down - 0.5,
        )

    def turned(self, quarters: int) -> CameraProfile:
        """Give the profile of the picture turned clockwise by so many quarters.

        Parameters
        ----------
        quarters : int
        """
        profile = self
        for _ in range(quarters % 4):
            profile = replace(
                profile,
                width_px=profile.height_px,
                height_px=profile.width_px,
                rotation_deg=(profile.rotation_deg + 90) % 360,
                fx_px=profile.fy_px,
                fy_px=profile.fx_px,
                cx_px=profile.height_px - 1 - profile.cy_px,
                cy_px=profile.cx_px,
            )
        return profile

    def for_picture(self, *, width_px: int, height_px: int, rotation_deg: int) -> CameraProfile:
        """Give the profile of a clip's displayed picture.

        A clip filmed upright with a profile filmed sideways is turned as its container says. Where
        a clip was turned and the container no longer says how, the principal point's offset could
        lie on either side, and is taken to be nothing.

        Parameters
        ----------
        width_px, height_px : int
        rotation_deg : int
            Clockwise turn that the clip's container asks for.

        Raises
        ------
        UsageError
            The profile is of another kind of picture.
        """
        quarters = (rotation_deg - self.rotation_deg) // 90
        upright = (width_px < height_px) == (self.width_px < self.height_px)
        turned = self.turned(quarters)
        if upright == bool(quarters % 2):
            turned = self.turned(0 if upright else 1)
            if not upright:
                turned = replace(
                    turned, cx_px=(turned.width_px - 1) / 2, cy_px=(turned.height_px - 1) / 2
                )
        try:
            return turned.scaled_to(width_px, height_px)
        except ValueError as error:
            raise UsageError(
                f"the camera profile {self.name!r} is of a {self.width_px}x{self.height_px} "
                f"picture, and the clip's is {width_px}x{height_px}",
                hint="film the board and the lift with the same camera setting, or leave out "
                "--camera",
            ) from error


def write_profile(profile: CameraProfile, to: TextIO, *, created: str) -> None:
    """Write a profile as JSON.

    Parameters
    ----------
    profile : CameraProfile
    to : TextIO
    created : str
        ISO 8601, UTC.
    """
    document = {
        "schema": SCHEMA_ID,
        "barpath_version": barpath.__version__,
        "created": created,
        **_rounded(dataclasses.asdict(profile)),
    }
    json.dump(document, to, indent=2, allow_nan=False)
    to.write("\n")


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _rounded(value)
        if isinstance(value, dict)
        else round(value, _DECIMALS)
        if isinstance(value, float)
        else value
        for name, value in values.items()
    }


def read_profile(path: Path) -> CameraProfile:
    """Read a camera profile.

    Parameters
    ----------
    path : Path

    Returns
    -------
    CameraProfile

    Raises
    ------
    UsageError
        The file can't be read, isn't a profile of this version, or has values that no camera has.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(
            f"{path}: no such file", hint="'barpath calibrate lens CLIP' writes a camera profile"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{path}: not a camera profile that can be read", hint=f"the reason: {error}"
        ) from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA_ID:
        raise UsageError(
            f"{path}: not a camera profile of this version ({SCHEMA_ID})", hint=_REMAKE_HINT
        )
    try:
        quality = ProfileQuality(**_fields(ProfileQuality, document["quality"]))
        return CameraProfile(**{**_fields(CameraProfile, document), "quality": quality})
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UsageError(
            f"{path}: the camera profile has been altered: {error}", hint=_REMAKE_HINT
        ) from error


def _fields(carrier: type, values: Any) -> dict[str, Any]:
    """Take a carrier's fields out of a document, each of its type; numbers must be finite."""
    if not isinstance(values, dict):
        raise TypeError(f"expected an object, not {values!r}")
    return {f.name: _value(f.name, str(f.type), values) for f in dataclasses.fields(carrier)}


def _value(name: str, kind: str, values: Mapping[str, Any]) -> Any:
    if name not in values:
        raise KeyError(name)
    value = values[name]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    right = {
        "str": isinstance(value, str) and value != "",
        "int": number and isinstance(value, int),
        "float": number and math.isfinite(value),
    }
    if not right.get(kind, True):
        raise TypeError(f"{name} can't be {value!r}")
    return float(value) if kind == "float" else value
