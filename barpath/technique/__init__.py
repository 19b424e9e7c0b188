"""The coach: findings from a measured bar path, with their evidence, cues and drills."""

from barpath.technique.coach import Assessment, LifterFacts, assess
from barpath.technique.finding import Finding
from barpath.technique.lift import Floor
from barpath.technique.thresholds import Thresholds, read_thresholds

__all__ = [
    "Assessment",
    "Finding",
    "Floor",
    "LifterFacts",
    "Thresholds",
    "assess",
    "read_thresholds",
]
