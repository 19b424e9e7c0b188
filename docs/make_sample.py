"""Make the sample report and its pictures from a simulated set of five.

Run ``.venv/bin/python docs/make_sample.py``; the screenshot needs Chromium.
"""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from pathlib import Path

import cv2
from playwright.sync_api import sync_playwright

import barpath
from barpath.config import AnalysisConfig, OverlayConfig
from barpath.report.folder import OVERLAY, PAGE, Looks, write_looks
from barpath.simulate import PRESETS, simulate
from barpath.video import open_clip

HERE = Path(__file__).parent
# Keeps the page, with its video in it, at about a megabyte.
OVERLAY_HEIGHT_PX = 360


def main() -> None:
    """Simulate, analyse, and keep the page, one frame of the overlay and a screenshot."""
    demo = PRESETS["demo"]
    scene = dataclasses.replace(demo, lift=dataclasses.replace(demo.lift, reps=5))
    config = AnalysisConfig(
        plate_diameter_cm=scene.plate.diameter_cm,
        facing="right" if scene.facing > 0 else "left",
        load_kg=140.0,
        athlete="simulated",
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = folder / "five.mp4"
        simulate(scene=scene, path=clip)
        result = barpath.analyse(clip, config=config)
        write_looks(
            result,
            clip=clip,
            folder=folder,
            target=folder,
            config=config,
            looks=Looks(overlay=OverlayConfig(height_px=OVERLAY_HEIGHT_PX), embed_video=True),
            progress=lambda share: None,
        )
        rep = result.reps[2]
        _keep_frame(folder / OVERLAY, at_s=(rep.liftoff_s + rep.lockout_s) / 2)
        _keep_screenshot(folder / PAGE)
        shutil.copy(folder / PAGE, HERE / "sample-report.html")


def _keep_frame(video: Path, *, at_s: float) -> None:
    with open_clip(video) as frames:
        picture = next(frame.rgb() for frame in frames if frame.time_s >= at_s)
    cv2.imwrite(str(HERE / "images" / "overlay.png"), picture[..., ::-1])


def _keep_screenshot(page: Path) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        view = browser.new_page(viewport={"width": 1000, "height": 1180})
        view.goto(page.as_uri())
        view.click("button[data-rep='2']")
        view.wait_for_timeout(1000)
        view.evaluate("scrollTo(0, 0)")
        view.screenshot(path=HERE / "images" / "report.png")
        browser.close()


if __name__ == "__main__":
    main()
