"""One set among those compared: its motion and repetitions, and what they all have in common."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from barpath.analysis import SetAnalysis, SetInfo, Summary, summarise
from barpath.motion import Motion
from barpath.reps import Rep
from barpath.technique import Finding
from barpath.technique.sideways import GIVEN_MIDFOOT_SD_CM


@dataclass(frozen=True)
class Video:
    """A set's moving picture.

    Attributes
    ----------
    path : Path
    playback_rate : float
        Seconds of it that one real second takes.
    drawn : bool
        Whether the measurement is drawn in.
    """

    path: Path
    playback_rate: float
    drawn: bool


@dataclass(frozen=True)
class Ruler:
    """What every repetition of a set was measured with: errors that more of them don't average.

    Attributes
    ----------
    plate_diameter_cm : float
        NaN where the set wasn't measured by a plate.
    plate_assumed : bool
        Whether nobody said what the plate measures.
    scale_sd_pct : float
        One standard deviation of the scale.
    lean_sd_deg : float
        One standard deviation of the camera's roll that is left.
    midfoot_sd_cm : float
        One standard deviation of where x is 0; NaN where that is only the bar's own start.
    doubtful : bool
        Whether the ruler makes the lifter taller than it should.
    """

    plate_diameter_cm: float
    plate_assumed: bool
    scale_sd_pct: float
    lean_sd_deg: float
    midfoot_sd_cm: float
    doubtful: bool = False


@dataclass(frozen=True)
class Member:
    """One set.

    Attributes
    ----------
    key : str
        'A', 'B' ...: what it is called in the comparison.
    set : SetInfo
    source : str
        The clip's or the file's name.
    facing : str or None
        'left', 'right', or None where it isn't known which way x counts.
    ruler : Ruler
    motion : Motion
    reps : tuple of Rep
    findings : tuple of Finding
    clip_sha256 : str or None
        Hash of the clip; None of another program's trajectory, which doesn't name one.
    judged : bool
        Whether findings were looked for: never in another program's trajectory.
    duration_s : float
    video : Video or None
    """

    key: str
    set: SetInfo
    source: str
    facing: str | None
    ruler: Ruler
    motion: Motion
    reps: tuple[Rep, ...]
    findings: tuple[Finding, ...] = ()
    clip_sha256: str | None = None
    judged: bool = True
    duration_s: float = math.nan
    video: Video | None = None
    whole: tuple[Rep, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Pick out the complete repetitions: only they are compared."""
        object.__setattr__(self, "whole", tuple(rep for rep in self.reps if rep.complete))

    @property
    def title(self) -> str:
        """What to call it before people."""
        return f"{self.key} ({self.set.name})"

    @property
    def summary(self) -> Summary:
        """The set in four numbers."""
        return summarise(self.reps)


def member_of(analysis: SetAnalysis, *, key: str, video: Video | None = None) -> Member:
    """Take from an analysis what a comparison needs.

    Parameters
    ----------
    analysis : SetAnalysis
    key : str
    video : Video, optional
        The set's moving picture.

    Returns
    -------
    Member
    """
    scale = analysis.calibration
    codes = {item.code for item in analysis.warnings}
    return Member(
        key=key,
        set=analysis.set,
        source=analysis.clip.name,
        facing=analysis.lifter.facing,
        ruler=Ruler(
            plate_diameter_cm=scale.plate_diameter_cm,
            plate_assumed="plate_size_assumed" in codes,
            scale_sd_pct=scale.sd_pct,
            lean_sd_deg=scale.roll_sd_deg,
            midfoot_sd_cm=_midfoot_sd_cm(analysis),
            doubtful="ruler_doubtful" in codes,
        ),
        motion=analysis.motion,
        reps=analysis.reps,
        findings=analysis.findings,
        clip_sha256=analysis.clip.sha256,
        duration_s=analysis.clip.duration_s,
        video=video,
    )


def _midfoot_sd_cm(analysis: SetAnalysis) -> float:
    """Give how well midfoot is known; a start that is 0 by definition can't be compared."""
    midfoot = analysis.midfoot
    if midfoot.method == "start":
        return math.nan
    return GIVEN_MIDFOOT_SD_CM if math.isnan(midfoot.sd_cm) else midfoot.sd_cm
