"""Draw the README's picture from a simulated set: ``.venv/bin/python docs/make_images.py``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import barpath
from barpath.config import AnalysisConfig
from barpath.simulate import PRESETS, simulate
from barpath.video import open_clip

HERE = Path(__file__).parent


def main() -> None:
    """Simulate, analyse, and draw the path into the frame beside height and velocity."""
    scene = PRESETS["demo"]
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "demo.mp4"
        simulate(scene=scene, path=clip)
        config = AnalysisConfig(
            plate_diameter_cm=scene.plate.diameter_cm,
            facing="right" if scene.facing > 0 else "left",
        )
        result = barpath.analyse(clip, config=config)
        rep = result.reps[0]
        with open_clip(clip) as frames:
            middle = (rep.liftoff_s + 2 * rep.lockout_s) / 3
            picture = next(frame.rgb() for frame in frames if frame.time_s >= middle)

    figure = Figure(figsize=(10, 4.4), layout="constrained")
    shown, charts = figure.subfigures(1, 2, width_ratios=(1, 1.2))
    ax = shown.subplots()
    ax.imshow(picture)
    up = (result.motion.time_s >= rep.liftoff_s) & (result.motion.time_s <= rep.lockout_s)
    ax.plot(result.track.x_px[up], result.track.y_px[up], color="#F0E442", lw=2)
    middle_px = float(np.nanmedian(result.track.x_px))
    height_px = picture.shape[0]
    ax.set_xlim(max(0, middle_px - 0.55 * height_px), middle_px + 0.45 * height_px)
    ax.set_axis_off()
    height, velocity = charts.subplots(2, 1, sharex=True)
    height.plot(result.motion.time_s, result.motion.y_cm, color="#0072B2")
    velocity.plot(result.motion.time_s, result.motion.vy_m_s, color="#D55E00")
    velocity.axhline(0, color="#222222", lw=0.6)
    for each in result.reps:
        for chart in (height, velocity):
            chart.axvspan(each.liftoff_s, each.lockout_s, color="#56B4E9", alpha=0.2, lw=0)
        velocity.annotate(
            f"{each.mean_velocity_m_s:.2f} m/s",
            ((each.liftoff_s + each.lockout_s) / 2, -0.15),
            ha="center",
            fontsize=8,
        )
    height.set_ylabel("height (cm)")
    velocity.set_ylabel("velocity (m/s)")
    velocity.set_xlabel("time (s)")
    for chart in (height, velocity):
        chart.spines[["top", "right"]].set_visible(False)
    (HERE / "images").mkdir(exist_ok=True)
    figure.savefig(HERE / "images" / "demo.png", dpi=110)


if __name__ == "__main__":
    main()
