"""Rendered clips, kept between runs: rendering takes longer than measuring."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import barpath.simulate
from barpath.simulate import Scene, Truth, simulate, truth_of

CACHE = Path(__file__).parent / ".clips"
"""Not under version control; may be deleted at any time."""


def key_of(what: object) -> str:
    """Name something by its value and the simulator's source: either's change makes a new clip."""
    digest = hashlib.sha256(repr(what).encode())
    for source in sorted(Path(barpath.simulate.__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def clip_of(scene: Scene) -> tuple[Path, Truth]:
    """Give a scene's clip, rendered when it isn't in the cache yet, and its truth."""
    clip = CACHE / f"{key_of(scene)}.mp4"
    if clip.exists():
        return clip, truth_of(scene)
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        unfinished = Path(folder) / clip.name
        truth = simulate(scene=scene, path=unfinished)
        unfinished.replace(clip)
    return clip, truth
