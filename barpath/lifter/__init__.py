"""The lifter: which way the toes point, and where midfoot is."""

from barpath.lifter.stance import Shoe, find_shoe, midfoot_sd_cm

__all__ = ["Shoe", "find_shoe", "midfoot_sd_cm"]
