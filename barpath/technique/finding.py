"""A finding, and how sure and how serious it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from barpath.technique.text import ADVICE, Advice

FINEST_SDS = 1.5
"""A value within this many standard deviations of nothing is never more than 'info': chance alone
makes 1 in 15 such on one side. At 2, a true 4 cm under an unknown roll is missed once in ten."""


@dataclass(frozen=True)
class Grade:
    """Severity ('info', 'watch' or 'fault') and confidence, from 0 to 1, of a measured value."""

    severity: str
    confidence: float


@dataclass(frozen=True)
class Finding:
    """Something in a repetition's path that a coach would mention.

    Attributes
    ----------
    rep : int
        Index of the repetition.
    code : str
    severity : str
        'info', 'watch' or 'fault'.
    confidence : float
        Probability that the value is truly past its threshold, given the measurement's ±.
    time_s : float
        When it shows; NaN where it has no moment.
    height_cm : float
        Bar's height there, above lift-off.
    value, threshold : float
        What was measured and what it was held against, both in `unit`.
    unit : str
    message, cue : str
    drills : tuple of str
    """

    rep: int
    code: str
    severity: str
    confidence: float
    time_s: float
    height_cm: float
    value: float
    threshold: float
    unit: str
    message: str
    cue: str
    drills: tuple[str, ...]


def grade(
    *, value: float, sd: float, watch: float, fault: float = math.inf, fault_confidence: float = 0.9
) -> Grade | None:
    """Hold a value against its thresholds, never finer than its ±.

    The confidence is the normal probability of a true value above `watch`.

    Parameters
    ----------
    value, sd : float
        What was measured and its standard deviation, in one unit.
    watch, fault : float
        Thresholds; without `fault` the finding is never more than 'watch'.
    fault_confidence : float
        Confidence that a fault needs.

    Returns
    -------
    Grade or None
        None at or below `watch`, and within one standard deviation of nothing.
    """
    if not value > watch or value < sd:
        return None
    if math.isnan(sd):  # of unknown worth: mentioned, not judged
        return Grade("info", 0.5)
    z = (value - watch) / sd if sd > 0 else math.inf
    confidence = 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))
    if value < FINEST_SDS * sd:
        return Grade("info", confidence)
    severe = value > fault and confidence >= fault_confidence
    return Grade("fault" if severe else "watch", confidence)


def no_fault(graded: Grade) -> Grade:
    """Make of a fault something worth watching."""
    return Grade("watch" if graded.severity == "fault" else graded.severity, graded.confidence)


def mentioned(graded: Grade) -> Grade:
    """Make of anything something only mentioned."""
    return Grade("info", graded.confidence)


def doubted(finding: Finding, *, sureness: float, fault_confidence: float) -> Finding:
    """Take into account how sure it is that forward is forward.

    Parameters
    ----------
    finding : Finding
        As it stands if the lifter faces the way that is supposed.
    sureness : float
        Probability of that, in [0, 1].
    fault_confidence : float
        Confidence that a fault needs.
    """
    confidence = sureness * finding.confidence
    graded = Grade(finding.severity, confidence)
    if confidence < fault_confidence:
        graded = no_fault(graded)
    return replace(finding, severity=graded.severity, confidence=graded.confidence)


def make_finding(
    *,
    rep: int,
    code: str,
    graded: Grade,
    moment: tuple[float, float],
    held: tuple[float, float],
    unit: str,
    message: str,
    advice: Advice | None = None,
) -> Finding:
    """Put a finding together with the cue and drills of its code.

    Parameters
    ----------
    rep : int
    code : str
    graded : Grade
    moment : tuple of float
        Time (s) and height (cm).
    held : tuple of float
        Value and threshold.
    unit : str
    message : str
        What was seen, in numbers; what to try next is added.
    advice : Advice, optional
        Instead of that of the code.
    """
    advice = advice or ADVICE[code]
    return Finding(
        rep=rep,
        code=code,
        severity=graded.severity,
        confidence=graded.confidence,
        time_s=moment[0],
        height_cm=moment[1],
        value=held[0],
        threshold=held[1],
        unit=unit,
        message=message,
        cue=advice.cue,
        drills=advice.drills,
    )
