"""The lifter: which way the toes point, where midfoot is, and how tall they look."""

from barpath.lifter.askance import START_SD_CM, shoe_shift
from barpath.lifter.reach import Reach, find_reach
from barpath.lifter.stance import OUTLINE_SD_CM, Shoe, find_shoe

__all__ = [
    "OUTLINE_SD_CM",
    "START_SD_CM",
    "Reach",
    "Shoe",
    "find_reach",
    "find_shoe",
    "shoe_shift",
]
