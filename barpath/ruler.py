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

from barpath.camera.viewpoint import Outline
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
    edge_sd : float
        One standard deviation of the radii by how sharp the rim's edge is, as a share of them,
        common to all frames.
    sd : float
        The same with what of their shape and its change isn't known where no view explains it.
    """

    upright_px: FloatArray
    level_px: FloatArray
    edge_sd: float
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
    mean_px, turn = track.mean_radius_px, _turn(roll_deg)
    measured = track.state == State.TRACKED
    sd = track.radius_sd_px / float(np.median(mean_px[measured]))
    shape_sd = SHAPE_SD_SHARE * sd
    size2 = float(np.mean(np.abs(track.harmonic[measured]) ** 2))
    kept = max(0.0, 1 - 2 * shape_sd**2 / size2) if size2 > 0 else 0.0
    wider = kept * np.real(track.harmonic * turn)
    return Ruler(
        upright_px=mean_px * (1 - wider),
        level_px=mean_px * (1 + wider),
        edge_sd=sd,
        sd=float(np.linalg.norm([sd, np.sqrt(kept) * shape_sd, track.change_sd])),
    )


def odd_shape(*, track: Track, roll_deg: float, outline: Outline) -> float:
    """Tell how oddly shaped the rim is, for a face seen from where the camera stands.

    What an outline takes in beside the face, its wall above all, makes it larger and odd alike.

    Parameters
    ----------
    track : Track
        With at least one tracked frame.
    roll_deg : float
        By which the picture is to be turned upright, clockwise; NaN where not known.
    outline : Outline
        The rim as the likely views draw it.

    Returns
    -------
    float
        By how much the rim's second harmonic differs from theirs, root mean square over them, as a
        share of the radius.
    """
    measured = track.state == State.TRACKED
    shape = complex(np.mean(track.harmonic[measured]) * _turn(roll_deg))
    return float(np.hypot(abs(shape - complex(outline.cosine, outline.sine)), 2**0.5 * outline.sd))


def _turn(roll_deg: float) -> complex:
    """Return what turns a second harmonic upright; nothing does where the roll isn't known."""
    return complex(np.exp(2j * np.radians(0.0 if np.isnan(roll_deg) else roll_deg)))
