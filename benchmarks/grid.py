"""The designed grid: one thing at a time is made hard, from a plain set filmed side on.

Every condition is one simulated clip of a few seconds with exact truth. `SHORT` names those that
run with every change; `NEGATIVES` show nothing that could be measured and must be refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from barpath.simulate import (
    Drift,
    Lift,
    PlateLook,
    Recording,
    Scene,
    Surroundings,
    View,
    random_scene,
)

SEED = 7
RANDOM_SCENES = 8

_LIFT = Lift(
    *("conventional", 2),
    concentric_s=1.1,
    descent_s=1.0,
    lead_in_s=0.8,
    tail_s=0.5,
    pause_bottom_s=0.7,
    pause_top_s=0.4,
)
_ONE = replace(_LIFT, reps=1)
_FROM_TOP = replace(_LIFT, pause_bottom_s=0.0, descent_s=1.4, concentric_s=1.2, rom_cm=50.0)
_DRIFT = Drift(start_cm=1.0, break_cm=-2.0, bulge_cm=1.0, lockout_cm=-1.5, wobble_cm=0.2)


@dataclass(frozen=True)
class Condition:
    """One clip of the grid.

    Attributes
    ----------
    group, name : str
        What is varied, and to what.
    scene : Scene
    said_cm : float or None
        What the lifter says the plate measures; None for what it does.
    """

    group: str
    name: str
    scene: Scene
    said_cm: float | None = None


_BASE = Scene(lift=_LIFT, drift=_DRIFT, seed=SEED)


def _vary(group: str, part: str, variants: Mapping[str, Mapping[str, object]]) -> list[Condition]:
    """Change some fields of one part of the base scene, one condition a variant."""
    return [
        Condition(
            group,
            name,
            replace(_BASE, **{part: replace(getattr(_BASE, part), **changes)}, seed=SEED + at),  # type: ignore[arg-type]
        )
        for at, (name, changes) in enumerate(variants.items())
    ]


def _rates() -> list[Condition]:
    """Frame rates; the fast ones show one repetition, in slow motion above 60."""
    played = {24: 24.0, 30: 30000 / 1001, 60: 60.0, 120: 30.0, 240: 30.0}
    return [
        Condition(
            "frame rate",
            f"{rate} fps",
            replace(
                _BASE,
                lift=_LIFT if rate <= 60 else _ONE,
                recording=Recording(
                    fps=fps, capture_fps=float(rate) if rate > 60 else None, exposure_s=0.004
                ),
            ),
        )
        for rate, fps in played.items()
    ] + _vary("frame rate", "recording", {"30 fps, uneven": {"vfr_jitter": 0.3}})


def _sizes() -> list[Condition]:
    """Plate radius, with the picture that goes with it."""
    pictures = {25: (640, 360), 40: (960, 540), 60: (1280, 720), 110: (1920, 1080)}
    conditions = [
        Condition("plate radius", f"{radius} px", replace(_BASE, view=View(*size, float(radius))))
        for radius, size in pictures.items()
    ]
    near = View(1440, 2560, 300.0, distance_cm=320.0)
    return [*conditions, Condition("plate radius", "300 px", replace(_BASE, lift=_ONE, view=near))]


def _picture() -> list[Condition]:
    """Make the picture worse, as phones do."""
    return [
        *_vary(
            "compression",
            "recording",
            {"CRF 28": {"crf": 28}, "CRF 36": {"crf": 36}, "HEVC": {"codec": "hevc", "crf": 30}},
        ),
        *_vary("noise", "recording", {"sd 6": {"noise_sd": 6.0}, "sd 12": {"noise_sd": 12.0}}),
        *_vary(
            "blur",
            "recording",
            {
                "lens 1.5 px": {"blur_px": 1.5},
                "lens 3 px": {"blur_px": 3.0},
                "exposure 1/60 s": {"exposure_s": 1 / 60},
                "exposure 1/30 s": {"exposure_s": 1 / 30},
            },
        ),
        *_vary(
            "light",
            "recording",
            {
                "dark": {"brightness": 0.4, "noise_sd": 5.0},
                "bright": {"brightness": 1.4},
            },
        ),
    ]


def _plates() -> list[Condition]:
    """Plates and what stands behind them."""
    styles = ("blue", "black", "iron", "grip", "polygon", "thin", "stack")
    conditions = _vary("plate", "plate", {style: {"style": style} for style in styles})
    small = replace(_BASE, plate=PlateLook("iron", 36.0), view=View(plate_radius_px=60.0))
    dark = replace(_BASE, plate=PlateLook("black"), surroundings=Surroundings(backdrop="dark"))
    white = replace(_BASE, surroundings=Surroundings(backdrop="studio", rack_plates=0))
    return [
        *conditions,
        Condition("plate", "iron, 36 cm", small),
        Condition("plate", "black on black", dark),
        Condition("plate", "white studio", white),
    ]


def _camera() -> list[Condition]:
    """Where the camera stands and how still."""
    return [
        *_vary("camera roll", "view", {"+4 deg": {"roll_deg": 4.0}, "-2 deg": {"roll_deg": -2.0}}),
        *_vary(
            "camera yaw",
            "view",
            {"5 deg": {"yaw_deg": 5.0}, "10 deg": {"yaw_deg": 10.0}, "20 deg": {"yaw_deg": -20.0}},
        ),
        *_vary("hand-held", "view", {"3 px": {"shake_px": 3.0}, "8 px": {"shake_px": 8.0}}),
        *_vary(
            "lens and stand",
            "view",
            {
                "k1 -0.05": {"k1": -0.05},
                "k1 -0.12, near": {"k1": -0.12, "distance_cm": 220.0},
                "low, tilted up": {"height_cm": 25.0, "pitch_deg": 9.0},
                "near, 2.2 m": {"distance_cm": 220.0},
            },
        ),
    ]


def _hidden() -> list[Condition]:
    """Put something in the way."""
    return _vary(
        "in the way",
        "surroundings",
        {
            "someone in front": {"bystander": "front", "bystander_s": 1.3},
            "someone behind": {"bystander": "behind", "bystander_s": 1.3},
            "pole": {"pole": True},
            "caption": {"caption": "DAY 12: 180 KG x 2"},
            "rack full of plates": {"rack_plates": 8, "wall_circles": 3},
        },
    )


def _lifts() -> list[Condition]:
    """Lifts, fast and slow."""
    pulls = {
        "sumo": replace(_LIFT, kind="sumo", rom_cm=44.0),
        "trap bar": replace(_LIFT, kind="trapbar", rom_cm=50.0),
        "RDL": replace(_FROM_TOP, kind="rdl"),
        "squat": replace(_FROM_TOP, kind="squat", rom_cm=56.0),
        "touch and go": replace(_LIFT, reps=3, pause_bottom_s=0.0),
        "dropped": replace(_LIFT, drop=True, pause_bottom_s=1.4),
        "fast, 0.7 s": replace(_LIFT, concentric_s=0.7),
        "slow, 4 s": replace(_ONE, concentric_s=4.0),
        "grinder": replace(_ONE, concentric_s=3.6, grind_m_s=0.03),
        "hitched": replace(_ONE, concentric_s=2.2, hitch_cm=2.5),
    }
    return [Condition("lift", name, replace(_BASE, lift=lift)) for name, lift in pulls.items()]


def _at_random() -> list[Condition]:
    """Scenes that nobody chose, of two repetitions at most: long ones take minutes to render."""
    rng = np.random.default_rng(SEED)
    scenes = [random_scene(rng) for _ in range(RANDOM_SCENES)]
    return [
        Condition(
            "at random",
            f"scene {at}",
            replace(scene, lift=replace(scene.lift, reps=min(2, scene.lift.reps))),
        )
        for at, scene in enumerate(scenes, start=1)
    ]


GRID: tuple[Condition, ...] = (
    Condition("base", "720p, 30 fps", _BASE),
    *_rates(),
    *_sizes(),
    *_picture(),
    *_plates(),
    *_camera(),
    *_hidden(),
    *_lifts(),
    *_at_random(),
)

NEGATIVES: tuple[Condition, ...] = (
    Condition(
        *("nothing to measure", "bodyweight squat"),
        Scene(subject="bodyweight", lift=replace(_FROM_TOP, kind="squat"), seed=SEED),
    ),
    Condition(*("nothing to measure", "bar at rest"), Scene(subject="still", lift=_ONE, seed=SEED)),
    Condition(
        *("nothing to measure", "from the front"),
        Scene(lift=_LIFT, view=View(yaw_deg=90.0, aside_cm=70.0), seed=SEED),
    ),
)

_IN_SHORT = (
    *("720p, 30 fps", "40 px", "CRF 28", "white studio", "10 deg", "someone in front"),
    *("touch and go", "bodyweight squat"),
)

SHORT: tuple[Condition, ...] = tuple(
    condition for condition in (*GRID, *NEGATIVES) if condition.name in _IN_SHORT
)
