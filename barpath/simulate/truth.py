"""The exact truth of a simulated clip, and the file it is written to."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from barpath.errors import OutputError
from barpath.simulate.course import GRAVITY_CM_S2, Course, Rise, lay_course
from barpath.simulate.optics import Pinhole, semi_major_px, set_up
from barpath.simulate.scene import Scene

FloatArray = NDArray[np.float64]

_TICKS_PER_S = 60_000  # scattered frame times fall on the ticks that `write_video` can keep


@dataclass(frozen=True)
class RepTruth:
    """One repetition as it was; real seconds from the clip's first frame.

    Attributes
    ----------
    complete : bool
        Whether lift-off and lockout both lie within the clip.
    liftoff_s, lockout_s : float
        Where the vertical velocity leaves, and last returns to, `course.EVENT_VELOCITY_M_S`; at a
        turn without rest, lift-off is the lowest point.
    rom_cm, mean_velocity_m_s : float
        Height between these events; that height over the time between them.
    mean_propulsive_velocity_m_s : float
        Over the parts in which acceleration exceeds -9.81 m/s^2 (Sanchez-Medina et al. 2010).
    peak_velocity_m_s : float
        Largest vertical velocity between these events.
    """

    complete: bool
    liftoff_s: float
    lockout_s: float
    rom_cm: float
    mean_velocity_m_s: float
    mean_propulsive_velocity_m_s: float
    peak_velocity_m_s: float


@dataclass(frozen=True)
class Truth:
    """What a simulated clip shows, frame by frame.

    Attributes
    ----------
    t : ndarray, shape (n_frames,)
        Container seconds of each frame, the middle of its exposure; real seconds are `t` times
        ``scene.recording.time_scale``. Frames after a hard cut are left out.
    x_cm, y_cm : ndarray, shape (n_frames,)
        Towards the toes from midfoot; up from the lowest rest of the set. The bar as it was, also
        where the clip repeats an older picture. NaN where the scene has no bar.
    vx_m_s, vy_m_s : ndarray, shape (n_frames,)
        Exact derivatives of these in real time.
    x_px, y_px : ndarray, shape (n_frames,)
        Where the bar's axis meets the outer face of the near plate (the middle of a kettlebell's
        ball), displayed pixels, origin at the centre of the top-left pixel.
    radius_px : ndarray, shape (n_frames,)
        Semi-major axis of the projected rim; NaN where it is seen edge on.
    reps : tuple of RepTruth
        In order, incomplete ones included.
    scene : Scene
    """

    t: FloatArray
    x_cm: FloatArray
    y_cm: FloatArray
    vx_m_s: FloatArray
    vy_m_s: FloatArray
    x_px: FloatArray
    y_px: FloatArray
    radius_px: FloatArray
    reps: tuple[RepTruth, ...]
    scene: Scene


def frame_times(*, scene: Scene, course: Course) -> FloatArray:
    """Container seconds of every frame, starting at 0."""
    recording = scene.recording
    real_s = course.end_s - course.start_s
    count = max(2, math.floor(real_s / recording.time_scale * recording.fps) + 1)
    index = np.arange(count, dtype=float)
    if recording.vfr_jitter == 0:
        return index / recording.fps
    scatter = np.random.default_rng([scene.seed, 1]).uniform(-1, 1, count)
    index[1:] += recording.vfr_jitter * scatter[1:]
    ticks: FloatArray = np.round(index / recording.fps * _TICKS_PER_S)
    return ticks / _TICKS_PER_S


def clip_times(scene: Scene) -> FloatArray:
    """Container seconds of every frame of a scene's clip, shape (n_frames,)."""
    return frame_times(scene=scene, course=lay_course(scene))


def cameras(*, scene: Scene, times_s: FloatArray) -> list[Pinhole]:
    """Where the camera points in each frame.

    Shake is a sum of slow sines turning the camera about its own centre: smooth, of the standard
    deviation asked for, and without parallax.
    """
    still = set_up(scene)
    if scene.view.shake_px == 0:
        return [still] * len(times_s)
    rng = np.random.default_rng([scene.seed, 2])
    rates_hz = rng.uniform(0.15, 2.5, (2, 6))
    sizes = 1 / np.sqrt(rates_hz)
    sizes *= np.sqrt(2 / np.sum(sizes**2, axis=1, keepdims=True))
    phases = rng.uniform(0, 2 * math.pi, (2, 6))
    angles = 2 * math.pi * rates_hz * times_s[:, None, None] + phases
    turns = np.sum(sizes * np.sin(angles), axis=2) * scene.view.shake_px / still.focal_px
    return [still.turned(right_rad=a, down_rad=b) for a, b in turns]


def truth_of(scene: Scene) -> Truth:
    """Work out the truth of a scene without rendering it.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    Truth

    Raises
    ------
    UsageError
        If the lift can't be laid out.
    """
    course = lay_course(scene)
    t = frame_times(scene=scene, course=course)
    if scene.recording.cut_s is not None:
        t = t[t * scene.recording.time_scale < scene.recording.cut_s]
    real_s = t * scene.recording.time_scale
    bar = course.at(real_s)
    axis_cm = np.stack(
        [
            scene.facing * bar.x_cm,
            bar.y_cm + scene.base_height_cm,
            np.zeros_like(bar.x_cm),
        ],
        axis=1,
    )
    angle = np.linspace(0, 2 * math.pi, 48, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle), np.zeros(48)], axis=1)
    rims_cm = axis_cm[:, None] + scene.ring_radius_cm * circle
    views = cameras(scene=scene, times_s=real_s)
    points_cm = np.concatenate([axis_cm[:, None], rims_cm], axis=1)
    if scene.view.shake_px == 0:
        points_px = views[0].project(points_cm)
    else:
        seen = [view.project(p) for view, p in zip(views, points_cm, strict=True)]
        points_px = np.array(seen)
    shown = np.full(len(t), 1.0 if scene.subject != "bodyweight" else np.nan)
    moving = scene.subject == "set"
    return Truth(
        t=t,
        x_cm=bar.x_cm * shown,
        y_cm=bar.y_cm * shown,
        vx_m_s=bar.vx_m_s * shown,
        vy_m_s=bar.vy_m_s * shown,
        x_px=points_px[:, 0, 0] * shown,
        y_px=points_px[:, 0, 1] * shown,
        radius_px=semi_major_px(points_px[:, 1:]) * shown,
        reps=_rep_truths(course=course, last_s=real_s[-1]) if moving else (),
        scene=scene,
    )


def _rep_truths(*, course: Course, last_s: float) -> tuple[RepTruth, ...]:
    reps = []
    for rise in course.rises:
        liftoff_s, lockout_s = rise.liftoff_s - course.start_s, rise.lockout_s - course.start_s
        if lockout_s < 0 or liftoff_s > last_s:
            continue
        rom_cm = float(course.height_cm(rise.lockout_s) - course.height_cm(rise.liftoff_s))
        reps.append(
            RepTruth(
                complete=bool(liftoff_s >= 0 and lockout_s <= last_s),
                liftoff_s=liftoff_s,
                lockout_s=lockout_s,
                rom_cm=rom_cm,
                mean_velocity_m_s=rom_cm / 100 / (lockout_s - liftoff_s),
                mean_propulsive_velocity_m_s=_propulsive_m_s(course=course, rise=rise),
                peak_velocity_m_s=_peak_m_s(course=course, rise=rise),
            )
        )
    return tuple(reps)


def _peak_m_s(*, course: Course, rise: Rise) -> float:
    knots = course.velocity_cm_s.x  # velocity is monotone between knots, so its peak is at one
    inside = knots[(knots > rise.liftoff_s) & (knots < rise.lockout_s)]
    return float(course.velocity_cm_s(inside).max() / 100)


def _propulsive_m_s(*, course: Course, rise: Rise) -> float:
    acceleration = course.velocity_cm_s.derivative()
    roots = acceleration.solve(-GRAVITY_CM_S2, discontinuity=False, extrapolate=False)
    inside = np.sort(roots[(roots > rise.liftoff_s) & (roots < rise.lockout_s)])
    edges = np.concatenate([[rise.liftoff_s], inside, [rise.lockout_s]])
    driven = acceleration((edges[1:] + edges[:-1]) / 2) > -GRAVITY_CM_S2
    climbed_cm = np.diff(course.height_cm(edges))[driven].sum()
    return float(climbed_cm / 100 / np.diff(edges)[driven].sum())


def truth_path(clip: Path) -> Path:
    """Where the truth of a clip stands: ``NAME.truth.json`` beside it."""
    return clip.with_name(clip.stem + ".truth.json")


def write_truth(truth: Truth, *, path: Path) -> None:
    """Write a truth file: arrays one entry a frame, complete and partial repetitions, the scene.

    Parameters
    ----------
    truth : Truth
    path : Path

    Raises
    ------
    OutputError
        If the file can't be written.
    """
    document: dict[str, object] = {
        "format": "barpath.truth/1",
        "expect": "track" if truth.scene.measurable else "refuse",
        "reps": [asdict(rep) for rep in truth.reps if rep.complete],
        "partial_reps": [asdict(rep) for rep in truth.reps if not rep.complete],
        "scene": {**asdict(truth.scene), "time_scale": truth.scene.recording.time_scale},
    }
    for name in ("t", "x_cm", "y_cm", "vx_m_s", "vy_m_s", "x_px", "y_px", "radius_px"):
        values = getattr(truth, name).tolist()
        document[name] = [None if math.isnan(v) else round(v, 6) for v in values]
    if truth.scene.recording.capture_fps is not None:
        document["args"] = ["--capture-fps", f"{truth.scene.recording.capture_fps:g}"]
    try:
        path.write_text(json.dumps(document) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"can't write {path}: {error.strerror}", hint="choose a folder you may write to"
        ) from error
