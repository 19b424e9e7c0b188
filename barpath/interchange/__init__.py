"""Other programs: Kinovea and Tracker read; Kinovea, OpenSim and tidy tables written."""

from barpath.interchange.reading import is_trajectory, read_trajectory
from barpath.interchange.trajectory import Trajectory, trajectory_of

__all__ = ["Trajectory", "is_trajectory", "read_trajectory", "trajectory_of"]
