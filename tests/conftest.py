"""Pieces that several tests share."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest

from barpath.analysis import (
    ClipFacts,
    Lifter,
    Midfoot,
    SetAnalysis,
    SetInfo,
    TrackingSummary,
)
from barpath.calibration import Calibration
from barpath.caveats import Caveat, NotAssessed
from barpath.motion import Motion
from barpath.plate import Ellipse, Plate
from barpath.reps import Phase, Rep, RepUncertainty, Sticking
from barpath.tracking import State, Track

RISE_CM = 60.0
RATE_HZ = 30
LIFTOFF_S = (1.0, 5.0)
UP_S = 1.5
CM_PER_PX = 0.25


def _rep(index: int, liftoff_s: float) -> Rep:
    lockout_s = liftoff_s + UP_S
    mean_m_s = RISE_CM / 100 / UP_S
    bounds = {
        "setup": (liftoff_s - 0.5, liftoff_s, 0.0),
        "break": (liftoff_s, liftoff_s + 0.5, 20.0),
        "knee": (liftoff_s + 0.5, liftoff_s + 1.0, 20.0),
        "lockout": (liftoff_s + 1.0, lockout_s, 20.0),
        "top": (lockout_s, lockout_s + 0.5, 0.0),
        "descent": (lockout_s + 0.5, lockout_s + 1.5, -60.0),
    }
    phases = tuple(
        Phase(name, start_s, end_s, dy_cm / 100 / (end_s - start_s), 0.6, 0.5, dy_cm)
        for name, (start_s, end_s, dy_cm) in bounds.items()
    )
    return Rep(
        index=index,
        complete=True,
        start_s=liftoff_s - 0.5,
        liftoff_s=liftoff_s,
        lockout_s=lockout_s,
        end_s=lockout_s + 1.5,
        rom_cm=RISE_CM,
        concentric_s=UP_S,
        mean_velocity_m_s=mean_m_s,
        mean_propulsive_velocity_m_s=mean_m_s,
        peak_velocity_m_s=0.6,
        time_to_peak_s=0.75,
        sticking=Sticking(liftoff_s + 0.6, liftoff_s + 0.8, 0.3, 27.0) if index == 1 else None,
        start_x_cm=0.1,
        lockout_x_cm=-0.9,
        max_forward_cm=0.7,
        max_backward_cm=1.2,
        rms_x_cm=0.5,
        net_drift_cm=-1.0,
        setup_roll_cm=math.nan,
        uncertainty=RepUncertainty(0.4, 0.005, 0.01, 0.3),
        phases=phases,
    )


@pytest.fixture
def analysis() -> SetAnalysis:
    """Two identical pulls of 60 cm in 1.5 s, each a raised cosine; frames 3 to 5 lost, 6 bridged.

    x drifts back by 1 cm over the clip. The pixels are those of a camera at 0.25 cm/px.
    """
    time_s = np.arange(9 * RATE_HZ) / RATE_HZ
    y_cm = np.zeros_like(time_s)
    vy_m_s = np.zeros_like(time_s)
    for liftoff_s in LIFTOFF_S:
        share = np.clip((time_s - liftoff_s) / UP_S, 0, 1) - np.clip(
            time_s - liftoff_s - UP_S - 0.5, 0, 1
        )
        y_cm += RISE_CM / 2 * (1 - np.cos(np.pi * share))
        up = (time_s > liftoff_s) & (time_s < liftoff_s + UP_S)
        vy_m_s[up] = RISE_CM / 200 * np.pi / UP_S * np.sin(np.pi * share[up])
    x_cm = -time_s / time_s[-1]
    state = np.full(time_s.size, State.TRACKED, dtype=np.int8)
    state[3:6] = State.LOST
    state[6] = State.BRIDGED
    lost = state == State.LOST
    for column in (x_cm, y_cm, vy_m_s):
        column[lost] = np.nan
    plate = Plate(frame=40, rim=Ellipse(500.0, 600.0, 90.0, 0.99), confidence=0.97)
    blank = np.where(lost, np.nan, 0.02)
    return SetAnalysis(
        created="2026-01-02T03:04:05+00:00",
        clip=ClipFacts("set.mp4", "0" * 64, 1280, 720, 0, 30.0, time_s.size, 8.97, False, 1.0),
        set=SetInfo(name="set", lift="conventional", load_kg=140.0),
        plate=plate,
        calibration=Calibration(CM_PER_PX, 45.0, 0.5),
        lifter=Lifter("right", 1.0),
        midfoot=Midfoot(500.0, 2.5, "start", 0.3),
        tracking=TrackingSummary(98.5, 0.37, 1.11, 0.2, 1),
        track=Track(
            time_s=time_s,
            x_px=500 + x_cm / CM_PER_PX,
            y_px=600 - y_cm / CM_PER_PX,
            radius_px=np.where(lost, np.nan, 90.0),
            axis_ratio=np.where(lost, np.nan, 0.99),
            angle_deg=np.where(lost, np.nan, 90.0),
            sd_px=blank,
            residual_px=blank,
            radius_sd_px=0.4,
            state=state,
            plate=plate,
            reacquired=1,
        ),
        motion=Motion(
            time_s=time_s,
            x_cm=x_cm,
            y_cm=y_cm,
            vx_m_s=blank * 0,
            vy_m_s=vy_m_s,
            speed_m_s=np.abs(vy_m_s),
            ay_m_s2=blank * 0,
            sd_cm=blank,
            sd_v_m_s=blank,
            noise_v_m_s=blank,
            state=state,
        ),
        reps=tuple(_rep(i, at) for i, at in enumerate(LIFTOFF_S, start=1)),
        findings=(),
        not_assessed=(NotAssessed("technique", "not yet"),),
        warnings=(Caveat("midfoot_uncertain", "midfoot is assumed", "give --midfoot"),),
    )


@pytest.fixture
def without_reps(analysis: SetAnalysis) -> SetAnalysis:
    return dataclasses.replace(analysis, reps=())


@pytest.fixture
def altered(analysis: SetAnalysis) -> Callable[..., SetAnalysis]:
    """Give the analysis with the velocity of each rep replaced."""

    def with_velocities(*mean_m_s: float) -> SetAnalysis:
        reps = tuple(
            dataclasses.replace(analysis.reps[0], index=i, mean_velocity_m_s=v)
            for i, v in enumerate(mean_m_s, start=1)
        )
        return dataclasses.replace(analysis, reps=reps)

    return with_velocities
