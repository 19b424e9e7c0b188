"""Profiles by hand."""

from __future__ import annotations

from barpath.camera.lens import see_through, straight_pictures
from barpath.camera.profile import CameraProfile, ProfileQuality

QUALITY = ProfileQuality(
    views=25,
    reprojection_px=0.2,
    coverage_pct=90.0,
    focal_sd_pct=0.2,
    k1_sd=0.002,
    correction_sd_px=0.1,
    nearest_cm=30.0,
    farthest_cm=60.0,
)


def profile_of(**values):
    """Make a profile of a 1280x720 picture, off its middle so that turns show."""
    known = {
        "name": "test phone",
        "width_px": 1280,
        "height_px": 720,
        "rotation_deg": 0,
        "fx_px": 1100.0,
        "fy_px": 1100.0,
        "cx_px": 650.0,
        "cy_px": 350.0,
        "k1": -0.1,
        "k2": 0.02,
        "quality": QUALITY,
    }
    return CameraProfile(**{**known, **values})


def seen_through(*, pictures, track, profile, factor):
    """Look at pictures, and at what was followed in them, through a profile's lens."""
    straight = straight_pictures(pictures=pictures, profile=profile, factor=factor)
    return see_through(straight=straight, track=track, profile=profile)
