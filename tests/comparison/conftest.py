"""Sets whose bars move by formula, measured by the program's own smoothing and repetitions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from barpath.analysis import SetInfo
from barpath.calibration import Calibration
from barpath.comparison.member import Member, Ruler
from barpath.motion import differentiate
from barpath.reps import find_reps
from tests.bars import course, frames, path_of

UP_S, RISE_CM, PERIOD_S = 1.5, 55.0, 4.0


@pytest.fixture
def made() -> Callable[..., Member]:
    """Give a function that makes a set of equal pulls, quintic steps up and down."""

    def make(
        key: str = "A",
        *,
        reps: int = 3,
        up_s: float = UP_S,
        bulge_cm: float = 0.0,
        scale: float = 1.0,
        facing: str | None = "right",
        lift: str | None = None,
        plate_cm: float = 45.0,
        assumed: bool = False,
        lean_sd_deg: float = 0.3,
        midfoot_sd_cm: float = 1.5,
        noise_cm: float = 0.03,
        seed: int = 0,
        from_top: bool = False,
        begin_s: float = 0.0,
    ) -> Member:
        time_s = frames(30.0, 1.0 + PERIOD_S * max(reps, 1) + 0.5)
        time_s = time_s[time_s >= begin_s]
        pause_s = 0.1 if from_top else 0.5  # a bar that turns in the air, or stands on the floor
        moves = [
            move
            for k in range(reps)
            for move in (
                (1.0 + PERIOD_S * k, up_s, RISE_CM),
                (1.0 + PERIOD_S * k + up_s + pause_s, 1.0, -RISE_CM),
            )
        ]
        y_cm, _ = course(time_s, moves)
        y_cm = -y_cm if from_top else y_cm
        x_cm = -2.0 * y_cm / RISE_CM + bulge_cm * np.sin(np.pi * y_cm / RISE_CM)
        rng = np.random.default_rng(seed)
        noise = rng.normal(size=(2, time_s.size)) * noise_cm
        motion = differentiate(
            path=path_of(
                time_s, scale * y_cm + noise[1], x_cm=scale * x_cm + noise[0], sd_cm=noise_cm
            )
        )
        calibration = Calibration(0.25, plate_cm, 0.5, roll_sd_deg=lean_sd_deg)
        return Member(
            key=key,
            set=SetInfo(name=f"set {key}", lift=lift),
            source=f"{key}.mp4",
            facing=facing,
            ruler=Ruler(plate_cm, assumed, 0.5, lean_sd_deg, midfoot_sd_cm),
            motion=motion,
            reps=find_reps(motion=motion, calibration=calibration),
            duration_s=float(time_s[-1]),
        )

    return make
