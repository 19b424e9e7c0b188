"""Where the camera is: how it moved while it filmed."""

from barpath.camera.motion import CameraMotion, estimate_motion

__all__ = ["CameraMotion", "estimate_motion"]
