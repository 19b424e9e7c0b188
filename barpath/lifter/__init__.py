"""The lifter: which way the toes point, and where midfoot is."""

from barpath.lifter.askance import START_SD_CM, shoe_shift
from barpath.lifter.stance import OUTLINE_SD_CM, Shoe, find_shoe

__all__ = ["OUTLINE_SD_CM", "START_SD_CM", "Shoe", "find_shoe", "shoe_shift"]
