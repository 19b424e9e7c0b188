"""Following the bar: the plate's face and rim through the clip, or what a person boxed."""

from barpath.tracking.search import Candidate, candidates
from barpath.tracking.target import follow_target
from barpath.tracking.track import LAID_CHANGE_SD, State, Track

__all__ = [
    "LAID_CHANGE_SD",
    "Candidate",
    "State",
    "Track",
    "candidates",
    "follow_target",
]
