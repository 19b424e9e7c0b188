"""Sets to keep."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Callable

import pytest

from barpath.analysis import SetAnalysis
from barpath.technique import Finding


def _finding(rep: int, severity: str) -> Finding:
    return Finding(
        rep=rep,
        code="drift_forward",
        severity=severity,
        confidence=0.95,
        time_s=2.0,
        height_cm=20.0,
        value=5.0,
        threshold=4.0,
        unit="cm",
        message="the bar drifts forward",
        cue="keep it close",
        drills=("paused deadlift",),
    )


@pytest.fixture
def lifted(analysis) -> Callable[..., SetAnalysis]:
    """Give a set of a clip of this name: two identical pulls of 0.4 m/s unless said otherwise."""

    def lift(
        clip: str = "set",
        *,
        velocity_m_s: float = 0.4,
        drift_cm: float = -1.0,
        findings: tuple[str, ...] = (),
        load_kg: float = 140.0,
        **said: object,
    ) -> SetAnalysis:
        reps = tuple(
            dataclasses.replace(rep, mean_velocity_m_s=velocity_m_s, net_drift_cm=drift_cm)
            for rep in analysis.reps
        )
        return dataclasses.replace(
            analysis,
            clip=dataclasses.replace(
                analysis.clip,
                name=f"{clip}.mp4",
                sha256=hashlib.sha256(clip.encode()).hexdigest(),
            ),
            set=dataclasses.replace(analysis.set, name=clip, load_kg=load_kg, **said),
            reps=reps,
            findings=tuple(_finding(1, severity) for severity in findings),
        )

    return lift


@pytest.fixture
def unweighed(lifted) -> SetAnalysis:
    """A set of which nothing was said."""
    return lifted("bare", load_kg=math.nan, lift=None)
