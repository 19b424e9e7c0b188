"""OpenSim's track row column file, one marker in it, written."""

from __future__ import annotations

from typing import TextIO

import numpy as np

from barpath.interchange.cells import FloatArray, decimal
from barpath.interchange.trajectory import Trajectory

MARKER = "bar"

_MM_PER_CM = 10.0

UNEVEN_SHARE = 0.25
"""Times farther from an even grid than this share of a step are put on one: OpenSim reckons a row's
time as its number over the rate. Even clips stray less, by the container's ticks (our proposal)."""


def write_trc(trajectory: Trajectory, to: TextIO) -> None:
    """Write the marker ``bar`` in millimetres: X towards the toes, Y up, Z 0.

    The layout is that of OpenSim's documentation, *Marker (.trc) Files*: three header lines, two
    lines of labels, a blank line, a row a frame. Where the marker was lost its cells are blank. A
    clip of variable rate is interpolated linearly to its mean rate, for the format knows one rate.

    Parameters
    ----------
    trajectory : Trajectory
    to : text file
    """
    time_s, x_cm, y_cm = _evenly(trajectory)
    count = time_s.size
    rate_hz = (count - 1) / float(time_s[-1] - time_s[0])
    rate = f"{rate_hz:.6f}"
    lines = [
        ("PathFileType", "4", "(X/Y/Z)", f"{MARKER}.trc"),
        ("DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units")
        + ("OrigDataRate", "OrigDataStartFrame", "OrigNumFrames"),
        (rate, rate, str(count), "1", "mm", rate, "1", str(count)),
        ("Frame#", "Time", MARKER, "", ""),
        ("", "", "X1", "Y1", "Z1"),
        (),
    ]
    for frame, (t_s, x, y) in enumerate(zip(time_s, x_cm, y_cm, strict=True), start=1):
        lost = bool(np.isnan(x) or np.isnan(y))
        place = ("", "", "") if lost else (_mm(x), _mm(y), _mm(0.0))
        lines.append((str(frame), decimal(float(t_s), 6), *place))
    to.writelines("\t".join(line) + "\n" for line in lines)


def _mm(value_cm: float) -> str:
    return decimal(_MM_PER_CM * float(value_cm), 2)


def _evenly(trajectory: Trajectory) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give times and places, on an even grid where the frames are not on one already.

    A place between a lost frame and another is lost: `numpy.interp` hands NaN on.
    """
    time_s = trajectory.time_s
    even_s = np.linspace(time_s[0], time_s[-1], time_s.size)
    step_s = even_s[1] - even_s[0]
    if np.max(np.abs(time_s - even_s)) <= UNEVEN_SHARE * step_s:
        return time_s, trajectory.x_cm, trajectory.y_cm
    x_cm, y_cm = (np.interp(even_s, time_s, c) for c in (trajectory.x_cm, trajectory.y_cm))
    return even_s, x_cm, y_cm
