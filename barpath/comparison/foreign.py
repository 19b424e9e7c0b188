"""A path that another program followed, as a set: its repetitions found, its errors assumed."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from barpath.analysis import SetInfo
from barpath.calibration import BarPath, Calibration
from barpath.camera.roll import UNSEEN_SD_DEG
from barpath.comparison.member import Member, Ruler
from barpath.interchange import Trajectory
from barpath.motion import differentiate
from barpath.phases import at_time
from barpath.reps import find_reps
from barpath.tracking import State

FloatArray = NDArray[np.float64]

SCALE_SD_PCT = 2.0
"""Scale of a path measured with a ruler drawn by hand, one standard deviation: half a centimetre
at either end of a 45 cm plate is 1.6 % (our proposal, and said so)."""

LEAST_SD_CM = 0.1
"""A path whose steps look smoother than this was smoothed, which hides its error."""


def member_of_trajectory(trajectory: Trajectory, *, key: str) -> Member:
    """Make a set of another program's path.

    Nothing is known of which way the lifter faces or of midfoot, so nothing horizontal is compared.

    Parameters
    ----------
    trajectory : Trajectory
    key : str

    Returns
    -------
    Member
    """
    seen = np.isfinite(trajectory.x_cm) & np.isfinite(trajectory.y_cm)
    sd_cm = max(LEAST_SD_CM, *(_own_sd_cm(v[seen]) for v in (trajectory.x_cm, trajectory.y_cm)))
    path = BarPath(
        time_s=trajectory.time_s,
        x_cm=trajectory.x_cm,
        y_cm=trajectory.y_cm,
        sd_cm=np.where(seen, sd_cm, np.nan),
        state=np.where(seen, State.TRACKED, State.LOST).astype(np.int8),
    )
    motion = differentiate(path=path)
    scale = Calibration(math.nan, math.nan, SCALE_SD_PCT)
    reps = find_reps(motion=motion, calibration=scale)
    lifted = next((rep.liftoff_s for rep in reps if math.isfinite(rep.liftoff_s)), None)
    floor_cm = (
        float(np.nanmin(motion.y_cm))
        if lifted is None
        else at_time(motion=motion, values=motion.y_cm, time_s=lifted)
    )
    return Member(
        key=key,
        set=SetInfo(name=trajectory.name),
        source=trajectory.source,
        facing=None,
        ruler=Ruler(math.nan, False, SCALE_SD_PCT, UNSEEN_SD_DEG, math.nan),
        motion=dataclasses.replace(motion, y_cm=motion.y_cm - floor_cm),
        reps=reps,
        judged=False,
        duration_s=float(trajectory.time_s[-1] - trajectory.time_s[0]),
    )


def _own_sd_cm(values: FloatArray) -> float:
    """Read a path's noise off its third differences, which a lift hardly shows in.

    The third difference of white noise has 1 + 9 + 9 + 1 = 20 times its variance; the median
    absolute deviation is 0.6745 standard deviations.
    """
    if values.size < 4:
        return LEAST_SD_CM
    return float(np.median(np.abs(np.diff(values, 3))) / 0.6745 / math.sqrt(20))
