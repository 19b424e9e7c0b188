"""Where the simulated bar is at any instant: piecewise polynomials, every derivative exact."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PPoly

from barpath.errors import UsageError
from barpath.simulate.lift import FROM_THE_TOP, LEAN_SINK, Lift
from barpath.simulate.scene import Scene

FloatArray = NDArray[np.float64]

EVENT_VELOCITY_M_S = 0.015
"""Lift-off and lockout are where the vertical velocity leaves and returns to this."""
GRAVITY_CM_S2 = 981.0
_RESTITUTION = 0.2  # rubber on rubber: a drop from the hips comes back up 2 cm
_SWAY_HZ = 1.7
KNEE = 0.45  # share of the way up at which the bar passes the knees


class _Pieces:
    """Velocity against time, piece by piece, each a cubic; position follows exactly.

    Ramps are cubic smoothsteps of velocity: acceleration vanishes at both ends, and the distance of
    a ramp is its duration times the mean of its end velocities.
    """

    def __init__(self) -> None:
        self.time_s = 0.0
        self._breaks: list[float] = [0.0]
        self._cubics: list[tuple[float, float, float, float]] = []

    def _add(self, duration_s: float, cubic: tuple[float, float, float, float]) -> None:
        self.time_s += duration_s
        self._breaks.append(self.time_s)
        self._cubics.append(cubic)

    def ramp(self, duration_s: float, start: float, end: float) -> None:
        step = end - start
        self._add(duration_s, (-2 * step / duration_s**3, 3 * step / duration_s**2, 0.0, start))

    def rest(self, duration_s: float) -> None:
        if duration_s > 0:
            self._add(duration_s, (0.0, 0.0, 0.0, 0.0))

    def rest_until(self, time_s: float) -> None:
        self.rest(time_s - self.time_s)

    def move(self, duration_s: float, distance: float) -> None:
        peak = 2 * distance / duration_s
        self.ramp(duration_s / 2, 0.0, peak)
        self.ramp(duration_s / 2, peak, 0.0)

    def fly(self, duration_s: float, start: float) -> None:
        self._add(duration_s, (0.0, 0.0, -GRAVITY_CM_S2, start))

    def velocity(self) -> PPoly:
        return PPoly(np.array(self._cubics).T, np.array(self._breaks))


@dataclass(frozen=True)
class Rise:
    """The upward part of one repetition, in course time."""

    liftoff_s: float
    lockout_s: float


@dataclass(frozen=True)
class BarState:
    """The bar at given instants; all arrays have the shape of the times asked for.

    Attributes
    ----------
    x_cm, y_cm : ndarray
        Towards the toes from midfoot; up from the lowest rest of the set.
    vx_m_s, vy_m_s : ndarray
    """

    x_cm: FloatArray
    y_cm: FloatArray
    vx_m_s: FloatArray
    vy_m_s: FloatArray


@dataclass(frozen=True)
class Course:
    """The bar's whole way and the part of it that the clip shows.

    Attributes
    ----------
    height_cm, velocity_cm_s : PPoly
        Over the lowest rest; exact derivative of one another.
    roll_cm, roll_velocity_cm_s : PPoly
        Along the floor.
    lean_cm, lean_velocity_cm_s : PPoly
        With a torso that leans back at the top: 0 or less.
    rises : tuple of Rise
    falls_s : tuple of tuple of float
        When the bar is let go of, and when it lands.
    start_s, end_s : float
        Course time at which the clip begins and ends.
    """

    scene: Scene
    height_cm: PPoly
    velocity_cm_s: PPoly
    roll_cm: PPoly
    roll_velocity_cm_s: PPoly
    lean_cm: PPoly
    lean_velocity_cm_s: PPoly
    rises: tuple[Rise, ...]
    falls_s: tuple[tuple[float, float], ...]
    start_s: float
    end_s: float

    def at(self, clip_s: FloatArray) -> BarState:
        """Evaluate the bar at real times counted from the clip's first frame."""
        time_s = np.asarray(clip_s, dtype=float) + self.start_s
        if self.scene.subject == "still":
            time_s = np.zeros_like(time_s)
        y_cm, vy = self.height_cm(time_s), self.velocity_cm_s(time_s)
        x_cm, slope = _drift(scene=self.scene, share=y_cm / self.scene.lift.rom_cm)
        vx = slope / self.scene.lift.rom_cm * vy
        sway, sway_velocity = _sway(scene=self.scene, time_s=time_s, y_cm=y_cm, vy_cm_s=vy)
        x_cm, vx = x_cm + sway, vx + sway_velocity
        (top_cm, floor_cm), _ = _drift(scene=self.scene, share=np.array([1.0, 0.0]))
        for released_s, landed_s in self.falls_s:  # nothing pushes a falling bar aside
            falling = (time_s > released_s) & (time_s < landed_s)
            speed_cm_s = (floor_cm - top_cm) / (landed_s - released_s)
            x_cm = np.where(falling, top_cm + speed_cm_s * (time_s - released_s), x_cm)
            vx = np.where(falling, speed_cm_s, vx)
        return BarState(
            x_cm=x_cm + self.roll_cm(time_s) + self.lean_cm(time_s),
            y_cm=y_cm,
            vx_m_s=(vx + self.roll_velocity_cm_s(time_s) + self.lean_velocity_cm_s(time_s)) / 100,
            vy_m_s=vy / 100,
        )


def smoothstep(u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the smooth step from 0 to 1 and its slope."""
    u = np.clip(u, 0, 1)
    return u**3 * (10 - 15 * u + 6 * u**2), 30 * u**2 * (1 - u) ** 2


def _drift(*, scene: Scene, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sideways place (cm) and its slope against the share of the way up."""
    drift = scene.drift
    early, d_early = smoothstep(share / KNEE)
    late, d_late = smoothstep((share - KNEE) / (1 - KNEE))
    u = np.clip((share - KNEE) / 0.4, -1, 1)
    x_cm = drift.start_cm + drift.break_cm * early + drift.lockout_cm * late
    x_cm = x_cm + drift.bulge_cm * (1 - u**2) ** 3
    slope = drift.break_cm * d_early / KNEE + drift.lockout_cm * d_late / (1 - KNEE)
    return x_cm, slope - drift.bulge_cm * 6 * u * (1 - u**2) ** 2 / 0.4


def _sway(
    *, scene: Scene, time_s: FloatArray, y_cm: FloatArray, vy_cm_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sway (cm, cm/s), zero at the floor and at lockout."""
    share = np.clip(y_cm / scene.lift.rom_cm, 0, 1)
    weight = 4 * share * (1 - share)
    inside = (share > 0) & (share < 1)
    d_weight = np.where(inside, 4 * (1 - 2 * share) * vy_cm_s / scene.lift.rom_cm, 0.0)
    omega = 2 * math.pi * _SWAY_HZ
    sine, cosine = np.sin(omega * time_s), np.cos(omega * time_s)
    amplitude = scene.drift.wobble_cm
    return amplitude * weight * sine, amplitude * (d_weight * sine + weight * omega * cosine)


def _when_ramp_reaches(share: float) -> float:
    """Where on a smoothstep ramp (0 to 1) the given share of its step is reached."""
    return 0.5 - math.sin(math.asin(1 - 2 * share) / 3)


def _rise_knots(*, lift: Lift, duration_s: float) -> list[tuple[float, float]]:
    """Set out times (s) and velocities (cm/s) of a way up that starts and ends at rest."""
    t, rom = duration_s, lift.rom_cm
    if lift.kind == "clean":  # pull to 86 % of the height, sink 22 % into the catch, stand up
        shares = [(0.28, 0.86 / 0.225), (0.45, 0.0), (0.58, -0.22 / 0.115), (0.68, 0.0)]
        shares += [(0.84, 0.36 / 0.16), (1.0, 0.0)]
        return [(0.0, 0.0)] + [(at * t, v * rom / t) for at, v in shares]
    if lift.grind_m_s is not None:
        slow = 100 * lift.grind_m_s
        peak = (rom - 0.275 * t * slow) / (0.4375 * t)
        return [(0, 0), (0.25 * t, peak), (0.5 * t, slow), (0.8 * t, 0.75 * peak), (t, 0)]
    if lift.stall_m_s is not None:
        slow = 100 * lift.stall_m_s
        peak = (rom - 0.265 * t * slow) / (0.444 * t)
        return [(0, 0), (0.12 * t, 0.6 * peak), (0.28 * t, slow), (0.65 * t, peak), (t, 0)]
    if lift.hitch_cm > 0:
        sink_s = min(0.24, 0.3 * t)
        rest = t - sink_s
        first, second = 2 * 0.75 * rom / (0.65 * rest), 2 * (0.25 * rom + lift.hitch_cm)
        knots = [(0.0, 0.0), (0.3 * rest, first), (0.65 * rest, 0.0)]
        knots += [(0.65 * rest + sink_s / 2, -2 * lift.hitch_cm / sink_s)]
        knots += [(0.65 * rest + sink_s, 0.0)]
        return [*knots, (0.825 * rest + sink_s, second / (0.35 * rest)), (t, 0.0)]
    peak = 2 * rom / (t * (1 + lift.plateau))
    return [(0, 0), (lift.peak_at * t, peak), ((lift.peak_at + lift.plateau) * t, peak), (t, 0)]


def _add_rise(pieces: _Pieces, *, lift: Lift, duration_s: float) -> Rise:
    """Add a way up from rest to rest."""
    start_s = pieces.time_s
    knots = _rise_knots(lift=lift, duration_s=duration_s)
    for (t0, v0), (t1, v1) in zip(knots, knots[1:], strict=False):
        pieces.ramp(t1 - t0, v0, v1)
    threshold = 100 * EVENT_VELOCITY_M_S
    first_s, first_v = knots[1]
    last_s, last_v = knots[-1][0] - knots[-2][0], knots[-2][1]
    return Rise(
        liftoff_s=start_s + first_s * _when_ramp_reaches(threshold / first_v),
        lockout_s=pieces.time_s - last_s * _when_ramp_reaches(threshold / last_v),
    )


def _descent_knots(lift: Lift) -> list[tuple[float, float]]:
    t = lift.descent_s
    peak = -2 * lift.rom_cm / (t * 1.25)
    return [(0, 0), (0.4 * t, peak), (0.65 * t, peak), (t, 0)]


def _fall_s(lift: Lift) -> float:
    """How long a bar that is let go of at the top falls."""
    return math.sqrt(2 * lift.rom_cm / GRAVITY_CM_S2)


def _add_descent(pieces: _Pieces, *, lift: Lift) -> None:
    """Add a way down that ends at rest."""
    if lift.drop:
        speed = math.sqrt(2 * GRAVITY_CM_S2 * lift.rom_cm)
        pieces.fly(_fall_s(lift), 0.0)
        for bounce in (1, 2):
            up = speed * _RESTITUTION**bounce
            pieces.fly(2 * up / GRAVITY_CM_S2, up)
        return
    knots = _descent_knots(lift)
    for (t0, v0), (t1, v1) in zip(knots, knots[1:], strict=False):
        pieces.ramp(t1 - t0, v0, v1)


def _add_turn(pieces: _Pieces, *, lift: Lift, duration_s: float) -> Rise:
    """Add a way down and up again that turns round without resting.

    The end of the descent and the beginning of the rise become one ramp; the stretches at full
    speed are shortened so that the turn is exactly at the bottom.
    """
    down, up = _descent_knots(lift), _rise_knots(lift=lift, duration_s=duration_s)
    fall, peak = -down[1][1], up[1][1]
    ramp_s = down[3][0] - down[2][0] + up[1][0]
    u = _when_ramp_reaches(fall / (fall + peak))
    sink = ramp_s * (fall * u - (fall + peak) * (u**3 - u**4 / 2))
    climb = ramp_s * (peak - fall) / 2 + sink
    stop_s = up[3][0] - up[2][0]
    hold_down_s = (lift.rom_cm - fall * down[1][0] / 2 - sink) / fall
    hold_up_s = (lift.rom_cm - climb - peak * stop_s / 2) / peak
    if min(hold_down_s, hold_up_s) <= 0:
        raise UsageError(
            "the way down and the way up don't fit together without a rest",
            hint="give lift.plateau a larger value, or durations that are more alike",
        )
    pieces.ramp(down[1][0], 0.0, -fall)
    pieces.ramp(hold_down_s, -fall, -fall)
    turn_s = pieces.time_s + u * ramp_s
    pieces.ramp(ramp_s, -fall, peak)
    pieces.ramp(hold_up_s, peak, peak)
    pieces.ramp(stop_s, peak, 0.0)
    late = _when_ramp_reaches(100 * EVENT_VELOCITY_M_S / peak)
    return Rise(liftoff_s=turn_s, lockout_s=pieces.time_s - late * stop_s)


def _add_top(pieces: _Pieces, lean: _Pieces, *, scene: Scene) -> None:
    """Stand at the top, leaning back and up again where the scene asks for it."""
    pause_s, back_cm = scene.lift.pause_top_s, scene.drift.lean_cm
    if back_cm == 0:
        pieces.rest(pause_s)
        return
    lean.rest_until(pieces.time_s)
    for part_s, to_cm in ((0.1, 0.0), (0.3, -back_cm), (0.2, 0.0), (0.3, back_cm), (0.1, 0.0)):
        if to_cm == 0:
            pieces.rest(part_s * pause_s)
            lean.rest(part_s * pause_s)
        else:
            pieces.move(part_s * pause_s, LEAN_SINK * to_cm)
            lean.move(part_s * pause_s, to_cm)


def _add_roll(roll: _Pieces, *, scene: Scene, rest_s: tuple[float, float], first: bool) -> None:
    """Push the bar along the floor at the end of a rest, and undo the last push at its start."""
    start_s, end_s = rest_s
    length_s = end_s - start_s
    if first and scene.drift.warmup_roll_cm != 0:
        for to_cm in (scene.drift.warmup_roll_cm, -scene.drift.warmup_roll_cm):
            roll.move(0.3 * length_s, to_cm)
    if scene.drift.setup_roll_cm == 0:
        return
    if not first:
        roll.rest_until(end_s - 0.7 * length_s)
        roll.move(0.35 * length_s, -scene.drift.setup_roll_cm)
    roll.rest_until(end_s - 0.35 * length_s)
    roll.move(0.33 * length_s, scene.drift.setup_roll_cm)


def lay_course(scene: Scene) -> Course:
    """Lay out the bar's way for a scene.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    Course

    Raises
    ------
    UsageError
        If a turn without rest can't be made from the durations given.
    """
    lift = scene.lift
    from_top, turning = lift.kind in FROM_THE_TOP, lift.pause_bottom_s == 0
    pieces, roll, lean = _Pieces(), _Pieces(), _Pieces()
    last = replace(lift, rom_cm=lift.rom_cm - lift.soft_cm)
    rises: list[Rise] = []
    released_s: list[float] = []
    pieces.rest(lift.lead_in_s)
    if not from_top:
        _add_roll(roll, scene=scene, rest_s=(0.0, lift.lead_in_s), first=True)
        one = last if lift.reps == 1 else lift
        rises.append(_add_rise(pieces, lift=one, duration_s=lift.concentric_s))
        _add_top(pieces, lean, scene=scene)
    for index in range(0 if from_top else 1, lift.reps):
        duration_s = lift.concentric_s * (1 + lift.slowing) ** index
        if turning:
            rises.append(_add_turn(pieces, lift=lift, duration_s=duration_s))
        else:
            released_s.append(pieces.time_s)
            _add_descent(pieces, lift=lift)
            landed_s = pieces.time_s
            pieces.rest(lift.pause_bottom_s)
            if not from_top:
                _add_roll(roll, scene=scene, rest_s=(landed_s, pieces.time_s), first=False)
            one = last if index == lift.reps - 1 else lift
            rises.append(_add_rise(pieces, lift=one, duration_s=duration_s))
        _add_top(pieces, lean, scene=scene)
    if not from_top:
        released_s.append(pieces.time_s)
        _add_descent(pieces, lift=last)
    pieces.rest(max(lift.tail_s, 1e-3))
    roll.rest_until(pieces.time_s)
    lean.rest_until(pieces.time_s)
    velocity, roll_velocity, lean_velocity = (axis.velocity() for axis in (pieces, roll, lean))
    height = velocity.antiderivative()
    height.c[-1] += lift.rom_cm if from_top else 0.0
    return Course(
        scene=scene,
        height_cm=height,
        velocity_cm_s=velocity,
        roll_cm=roll_velocity.antiderivative(),
        roll_velocity_cm_s=roll_velocity,
        lean_cm=lean_velocity.antiderivative(),
        lean_velocity_cm_s=lean_velocity,
        rises=tuple(rises),
        falls_s=tuple((at, at + _fall_s(lift)) for at in released_s) if lift.drop else (),
        start_s=_part_way(rises[0], share=0.4) if lift.begins_mid_rep else 0.0,
        end_s=_part_way(rises[-1], share=0.5) if lift.ends_mid_rep else pieces.time_s,
    )


def _part_way(rise: Rise, *, share: float) -> float:
    return rise.liftoff_s + share * (rise.lockout_s - rise.liftoff_s)
