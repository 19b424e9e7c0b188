"""Side-view lifting clips with exact truth: what the demo, the tests and benchmarks stand on.

`Scene` says what is to be seen, `truth_of` what a perfect measurement of it would read,
`render_frames` draws it, `simulate` writes the clip and its truth beside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from barpath.simulate.lift import Drift, Lift
from barpath.simulate.paint import Image
from barpath.simulate.presets import PRESETS, random_scene
from barpath.simulate.render import render_frames
from barpath.simulate.scene import (
    PlateLook,
    Recording,
    Scene,
    Surroundings,
    View,
)
from barpath.simulate.truth import (
    RepTruth,
    Truth,
    clip_times,
    truth_of,
    truth_path,
    write_truth,
)
from barpath.video import write_video

__all__ = [
    "PRESETS",
    "Drift",
    "Lift",
    "PlateLook",
    "Recording",
    "RepTruth",
    "Scene",
    "Surroundings",
    "Truth",
    "View",
    "random_scene",
    "render_frames",
    "simulate",
    "truth_of",
    "truth_path",
    "write_truth",
]


def simulate(*, scene: Scene, path: str | os.PathLike[str]) -> Truth:
    """Render a scene into a clip, with its truth beside it as ``NAME.truth.json``.

    Parameters
    ----------
    scene : Scene
    path : path-like
        The clip; its suffix chooses the container.

    Returns
    -------
    Truth

    Raises
    ------
    UsageError
        If the lift can't be laid out, or the codec doesn't fit the container.
    OutputError
        If a file can't be written.
    """
    clip = Path(path)
    recording = scene.recording
    truth = truth_of(scene)
    scattered = recording.vfr_jitter > 0
    write_video(
        clip,
        _stored(scene),
        fps=None if scattered else recording.fps,
        times_s=clip_times(scene) if scattered else None,
        codec=recording.codec,
        crf=recording.crf,
        rotation_deg=recording.rotation_deg,
    )
    write_truth(truth, path=truth_path(clip))
    return truth


def _stored(scene: Scene) -> Iterator[Image]:
    """Frames as they are stored: turned back by what the rotation tag will turn them."""
    quarter_turns = scene.recording.rotation_deg // 90
    for _, image in render_frames(scene):
        yield np.ascontiguousarray(np.rot90(image, quarter_turns))
