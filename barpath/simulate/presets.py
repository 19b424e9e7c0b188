"""Named scenes, and scenes drawn at random for benchmarks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from barpath.simulate.lift import FROM_THE_TOP, Drift, Lift
from barpath.simulate.scene import (
    PlateLook,
    Recording,
    Scene,
    Surroundings,
    View,
)

_TURNING = Lift(pause_bottom_s=0.0, reps=4)
_FROM_TOP = replace(_TURNING, kind="rdl", descent_s=1.6, concentric_s=1.4, rom_cm=50.0)
_STUDIO = Surroundings(backdrop="studio", rack_plates=0)
_DARK = Surroundings(backdrop="dark", rack_plates=2)
_QUICK = Lift(reps=2)

PRESETS: dict[str, Scene] = {
    "demo": Scene(
        lift=Lift(reps=3, slowing=0.08, pause_bottom_s=0.7),
        drift=Drift(start_cm=1.0, break_cm=-1.5, lockout_cm=-1.5, wobble_cm=0.2),
    ),
    "grinder": Scene(
        lift=Lift(reps=2, concentric_s=3.6, grind_m_s=0.03, slowing=0.15), plate=PlateLook("blue")
    ),
    "touch_and_go": Scene(lift=replace(_TURNING, reps=5), facing=-1, plate=PlateLook("green")),
    "drop": Scene(
        lift=Lift(reps=2, drop=True, pause_bottom_s=1.4), recording=Recording(exposure_s=0.012)
    ),
    "rdl": Scene(lift=_FROM_TOP, plate=PlateLook("blue"), drift=Drift(break_cm=1, lockout_cm=-2)),
    "sumo": Scene(lift=replace(_QUICK, kind="sumo", rom_cm=44.0), plate=PlateLook("yellow")),
    "trapbar": Scene(lift=replace(_QUICK, kind="trapbar", rom_cm=50.0), plate=PlateLook("grip")),
    "squat": Scene(lift=replace(_FROM_TOP, kind="squat", rom_cm=58.0), plate=PlateLook("green")),
    "clean": Scene(
        lift=Lift(
            kind="clean", reps=2, rom_cm=112, concentric_s=2.6, drop=True, pause_bottom_s=1.6
        ),
        recording=Recording(fps=60.0),
    ),
    "kettlebell": Scene(
        lift=Lift(kind="kettlebell", reps=3, rom_cm=46.0, concentric_s=1.0, descent_s=1.2),
        drift=Drift(start_cm=12.0, break_cm=1.0, lockout_cm=-2.0),
        view=View(plate_radius_px=90.0),
    ),
    "squatted_pull": Scene(
        lift=_QUICK, drift=Drift(setup_roll_cm=5.0, break_cm=-6.0, lockout_cm=-0.5)
    ),
    "knee_first": Scene(lift=_QUICK, drift=Drift(bulge_cm=5.0, break_cm=0.0, lockout_cm=-1.0)),
    "hitch": Scene(lift=replace(_QUICK, concentric_s=2.2, hitch_cm=2.5), plate=PlateLook("iron")),
    "forward_drift": Scene(lift=_QUICK, drift=Drift(break_cm=2.5, lockout_cm=3.5)),
    "hips_first": Scene(
        lift=replace(_QUICK, concentric_s=2.2, stall_m_s=0.06),
        drift=Drift(break_cm=3.0, lockout_cm=-3.5),
    ),
    "lean_back": Scene(
        lift=replace(_QUICK, pause_top_s=2.0), drift=Drift(lean_cm=5.0), plate=PlateLook("blue")
    ),
    "soft_lockout": Scene(lift=replace(_QUICK, soft_cm=6.0), plate=PlateLook("green")),
    "rolled_before": Scene(lift=Lift(reps=2, lead_in_s=4.0), drift=Drift(warmup_roll_cm=25.0)),
    "begins_mid_rep": Scene(lift=Lift(reps=3, begins_mid_rep=True)),
    "ends_mid_rep": Scene(lift=Lift(reps=3, ends_mid_rep=True)),
    "iron": Scene(lift=_QUICK, plate=PlateLook("iron"), seed=3),
    "polygon": Scene(lift=_QUICK, plate=PlateLook("polygon"), seed=4),
    "thin": Scene(lift=_QUICK, plate=PlateLook("thin"), seed=5),
    "stack": Scene(lift=_QUICK, plate=PlateLook("stack"), seed=6),
    "small_iron": Scene(lift=_QUICK, plate=PlateLook("iron", 36.0), view=View(plate_radius_px=60)),
    "black_on_black": Scene(lift=_QUICK, plate=PlateLook("black"), surroundings=_DARK),
    "white_studio": Scene(lift=_QUICK, plate=PlateLook("black"), surroundings=_STUDIO),
    "garage": Scene(lift=_QUICK, surroundings=Surroundings(backdrop="garage"), facing=-1, seed=8),
    "rack_full_of_plates": Scene(
        lift=_QUICK, surroundings=Surroundings(rack_plates=8, wall_circles=3), seed=9
    ),
    "occluded": Scene(
        lift=_QUICK, surroundings=Surroundings(bystander="front", bystander_s=1.9), seed=10
    ),
    "bystander": Scene(lift=_QUICK, surroundings=Surroundings(bystander="behind")),
    "pole": Scene(lift=_QUICK, surroundings=Surroundings(pole=True), plate=PlateLook("blue")),
    "caption": Scene(lift=_QUICK, surroundings=Surroundings(caption="DAY 12: 180 KG x 2")),
    "handheld": Scene(lift=_QUICK, view=View(shake_px=6.0)),
    "roll4": Scene(lift=_QUICK, view=View(roll_deg=4.0)),
    "yaw10": Scene(lift=_QUICK, view=View(yaw_deg=10.0)),
    "oblique40": Scene(lift=_QUICK, view=View(yaw_deg=40.0)),
    "low_camera": Scene(lift=_QUICK, view=View(height_cm=25.0, pitch_deg=9.0)),
    "wide_lens": Scene(lift=_QUICK, view=View(k1=-0.12, distance_cm=220.0)),
    "cut_off": Scene(lift=_QUICK, view=View(height_cm=128.0)),
    "portrait": Scene(lift=_QUICK, view=View(width=720, height=1280, plate_radius_px=90)),
    "close_1080p": Scene(lift=_QUICK, view=View(1920, 1080, 150.0, distance_cm=300.0)),
    "small_picture": Scene(
        lift=_QUICK, view=View(640, 360, 34.0), recording=Recording(noise_sd=4.0, crf=30)
    ),
    "rotated": Scene(
        lift=_QUICK,
        view=View(width=720, height=1280, plate_radius_px=90),
        recording=Recording(rotation_deg=90),
    ),
    "slowmo120": Scene(lift=Lift(reps=1), recording=Recording(fps=30.0, capture_fps=120.0)),
    "vfr": Scene(lift=_QUICK, recording=Recording(vfr_jitter=0.3)),
    "repeated_frames": Scene(lift=_QUICK, recording=Recording(repeat_every=5)),
    "frozen": Scene(lift=_QUICK, recording=Recording(freeze_s=1.5)),
    "cut": Scene(lift=Lift(reps=3), recording=Recording(cut_s=6.0)),
    "blurred": Scene(lift=_QUICK, recording=Recording(exposure_s=0.03, blur_px=1.5)),
    "noisy": Scene(lift=_QUICK, recording=Recording(noise_sd=12.0, brightness=0.55, crf=28)),
    "negative_bodyweight": Scene(
        subject="bodyweight", lift=replace(_FROM_TOP, kind="squat", reps=3)
    ),
    "negative_still": Scene(subject="still", lift=Lift(reps=1)),
    "negative_front": Scene(lift=_QUICK, view=View(yaw_deg=90.0, aside_cm=70.0)),
}
"""Scenes by name; ``demo`` is the set that `barpath demo` shows."""


@dataclass(frozen=True)
class _Dice:
    """Chance, in the forms that a scene asks it for."""

    rng: np.random.Generator

    def pick(self, *choices: str) -> str:
        return choices[int(self.rng.integers(len(choices)))]

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def happens(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)


def random_scene(rng: np.random.Generator) -> Scene:
    """Draw a scene that a tracker should manage, of unforeseen variety.

    Parameters
    ----------
    rng : numpy.random.Generator

    Returns
    -------
    Scene
    """
    dice = _Dice(rng)
    kind = dice.pick(
        "conventional", "conventional", "conventional", "sumo", "trapbar", "rdl", "squat"
    )
    style = dice.pick("red", "blue", "green", "yellow", "black", "iron", "grip", "thin", "stack")
    size_px = ((1280, 720), (1280, 720), (1920, 1080), (720, 1280))[int(rng.integers(4))]
    backdrop = dice.pick("gym", "gym", "garage", "studio", "dark")
    rests = kind not in FROM_THE_TOP and dice.happens(0.6)
    concentric_s = dice.between(0.9, 2.2)
    return Scene(
        facing=1 if dice.happens(0.5) else -1,
        stature_cm=dice.between(158, 192),
        seed=int(rng.integers(2**31)),
        lift=Lift(
            kind=kind,
            reps=int(rng.integers(1, 5)),
            rom_cm=dice.between(42, 60),
            concentric_s=concentric_s,
            # a turn without rest can be laid out up to 1.8 descents a way up, slowing included
            descent_s=concentric_s * dice.between(0.85, 1.25),
            peak_at=dice.between(0.3, 0.4),
            slowing=dice.between(0, 0.12),
            pause_bottom_s=dice.between(0.6, 1.6) if rests else 0.0,
            pause_top_s=dice.between(0.4, 1.0),
        ),
        drift=Drift(
            start_cm=dice.between(-1.5, 2.5),
            break_cm=dice.between(-3, 1),
            bulge_cm=dice.between(-0.5, 2),
            lockout_cm=dice.between(-3, 1),
            wobble_cm=dice.between(0, 0.3),
        ),
        plate=PlateLook(style=style),
        view=_random_view(dice, size_px=size_px),
        recording=_random_recording(dice),
        surroundings=Surroundings(
            backdrop=backdrop,
            rack_plates=int(rng.integers(5)) if backdrop != "studio" else 0,
            wall_circles=int(rng.integers(2)),
            bystander=dice.pick("none", "none", "none", "behind"),
            bystander_s=dice.between(1, 5),
        ),
    )


def _random_view(dice: _Dice, *, size_px: tuple[int, int]) -> View:
    """Draw where a phone stands that was put up with some care."""
    width, height = size_px
    return View(
        width=width,
        height=height,
        plate_radius_px=min(size_px) * dice.between(0.085, 0.13),
        distance_cm=dice.between(280, 520),
        height_cm=dice.between(70, 100),
        aside_cm=dice.between(-30, 30),
        roll_deg=dice.between(-1.5, 1.5),
        yaw_deg=dice.between(-6, 6),
        shake_px=dice.between(1, 5) if dice.happens(0.25) else 0.0,
    )


def _random_recording(dice: _Dice) -> Recording:
    """Draw what a phone makes of what it sees."""
    return Recording(
        fps=(24000 / 1001, 30000 / 1001, 30.0, 30.0, 60.0)[int(dice.rng.integers(5))],
        exposure_s=dice.between(0.003, 0.016),
        noise_sd=dice.between(1, 5),
        blur_px=dice.between(0.4, 1.1),
        brightness=dice.between(0.8, 1.1),
        vfr_jitter=0.25 if dice.happens(0.15) else 0.0,
    )
