"""What the files of an analysis are called, and what stands in them."""

from __future__ import annotations

SCHEMA_ID = "barpath.analysis/1"
DOCUMENT = "analysis.json"
PATH_CSV = "path.csv"
REPS_CSV = "reps.csv"

PATH_COLUMNS = (
    "frame",
    "time_s",
    "x_px",
    "y_px",
    "radius_px",
    "x_cm",
    "y_cm",
    "vx_m_s",
    "vy_m_s",
    "speed_m_s",
    "ay_m_s2",
    "sd_cm",
    "state",
    "rep",
    "phase",
)

#: Phases in their order (DESIGN: phase names).
PHASE_NAMES = ("setup", "break", "knee", "lockout", "top", "descent")

MOTION_COLUMNS = (
    "time_s",
    "x_cm",
    "y_cm",
    "vx_m_s",
    "vy_m_s",
    "speed_m_s",
    "ay_m_s2",
    "sd_cm",
)

RIM = ("x_px", "y_px", "radius_px", "axis_ratio")
