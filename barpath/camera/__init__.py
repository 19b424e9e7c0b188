"""Where the camera is: how it moved while it filmed, and how far it is rolled."""

from barpath.camera.glance import stands_still
from barpath.camera.motion import CameraMotion, estimate_motion, unmoved
from barpath.camera.roll import Roll, estimate_roll

__all__ = ["CameraMotion", "Roll", "estimate_motion", "estimate_roll", "stands_still", "unmoved"]
