"""The rim as a ruler: how many pixels half a plate measures upright, and how many level.

A circle seen askance is drawn as an ellipse, and so is one away from the picture's middle. To first
order the ellipse is the picture of every small step in the plate's plane: a step along the plumb
line is shortened or stretched as the rim's upright radius is, a level one as its level radius. No
focal length, yaw or pitch need be known for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barpath.tracking import State, Track

FloatArray = NDArray[np.float64]

SHAPE_SD_SHARE = 0.5
"""Error of each component of the rim's second harmonic as a share of its mean radius's: on 48
simulated plates filmed squarely, whose harmonic is zero, it was 0.10 px rms."""


@dataclass(frozen=True)
class Ruler:
    """The rim's radii in every frame, displayed pixels; NaN where lost.

    Attributes
    ----------
    upright_px, level_px : ndarray, shape (n_frames,)
        Along the plumb line and across it.
    sd : float
        One standard deviation of the radii, as a share of them, common to all frames.
    """

    upright_px: FloatArray
    level_px: FloatArray
    sd: float


def lay_ruler(*, track: Track, roll_deg: float) -> Ruler:
    """Read the rim's radii off the track.

    How far the rim is from round is believed as far as it exceeds its own error: the measured
    second harmonic is shrunk by ``1 - 2 sd^2 / size^2`` (James & Stein 1961 for two components).
    Unshrunk, noise alone makes every ellipse's long axis too long.

    Parameters
    ----------
    track : Track
        With at least one tracked frame.
    roll_deg : float
        By which the picture is to be turned upright, clockwise; NaN where not known.

    Returns
    -------
    Ruler
    """
    stretch = (1 - track.axis_ratio) / (1 + track.axis_ratio)
    mean_px = track.radius_px / (1 + stretch)
    measured = track.state == State.TRACKED
    sd = track.radius_sd_px / float(np.median(mean_px[measured]))
    shape_sd = SHAPE_SD_SHARE * sd
    size2 = float(np.mean(stretch[measured] ** 2))
    kept = max(0.0, 1 - 2 * shape_sd**2 / size2) if size2 > 0 else 0.0
    turn = np.radians(track.angle_deg + (0.0 if np.isnan(roll_deg) else roll_deg))
    wider = kept * stretch * np.cos(2 * turn)
    return Ruler(
        upright_px=mean_px * (1 - wider),
        level_px=mean_px * (1 + wider),
        sd=float(np.linalg.norm([sd, np.sqrt(kept) * shape_sd, track.change_sd])),
    )
