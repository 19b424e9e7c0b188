"""How well the findings tell simulated faults from clean pulls, and from one another.

``python -m benchmarks.technique`` prints the table; ``--write docs/technique.md`` puts it, with the
thresholds, between the marks there.

No picture is drawn: the simulator's exact paths get the errors that a measured one has (noise, the
tracker's slow error, shake left over, roll and yaw nobody corrected for, a wrong scale) and go
through the program's own smoothing, repetitions and findings.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from barpath.calibration import BarPath, Calibration
from barpath.motion import Motion, differentiate
from barpath.reps import Rep, find_reps
from barpath.simulate import Drift, Lift, Recording, Scene, truth_of
from barpath.technique import Assessment, LifterFacts, Thresholds, assess
from barpath.technique.finding import Finding
from barpath.technique.thresholds import meanings
from barpath.tracking import State
from benchmarks.publish import publish, versions

FloatArray = NDArray[np.float64]

RATES_HZ = (24000 / 1001, 30.0, 60.0)
WHITE_CM, SLOW_CM, SHAKE_CM = 0.04, 0.08, 0.15
SLOW_S = 0.2
MAX_ROLL_DEG, MAX_YAW_DEG, MAX_SCALE_PCT = 1.5, 8.0, 1.0
ROLL_SD_DEG = 1.5
"""What the program itself assumes of a phone set up by eye."""

SIZES_CM = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
HITCHES_CM = (0.5, 1.0, 1.5, 2.0, 3.0)
USUAL = Thresholds()
NAMED = LifterFacts(lift="conventional", facing_confidence=1.0)


@dataclass(frozen=True)
class Kind:
    """A fault of the simulator: how a size makes a scene's drift and lift.

    `hint` marks a code that is never more than mentioned: to be mentioned is to be found. `last`
    marks a fault of the set's last repetition alone.
    """

    code: str
    sizes_cm: tuple[float, ...]
    bend: Callable[[Scene, float], Scene]
    hint: bool = False
    last: bool = False


def _drifting(**drift: float) -> Callable[[Scene, float], Scene]:
    """Set drift to `drift` times the size, beside what the scene has."""

    def bend(scene: Scene, size_cm: float) -> Scene:
        had = {name: getattr(scene.drift, name) for name in drift}
        moved = {name: had[name] + share * size_cm for name, share in drift.items()}
        return replace(scene, drift=replace(scene.drift, **moved))

    return bend


def _hitching(scene: Scene, size_cm: float) -> Scene:
    return replace(scene, lift=replace(scene.lift, hitch_cm=size_cm, concentric_s=2.2))


def _past_natural(scene: Scene, size_cm: float) -> Scene:
    """Go back by `size_cm` beyond the 3 cm that belong to the lift."""
    drift = replace(scene.drift, break_cm=-0.5 * size_cm, lockout_cm=-3.0 - 0.5 * size_cm)
    return replace(scene, drift=drift)


def _forward(scene: Scene, size_cm: float) -> Scene:
    return replace(
        scene, drift=replace(scene.drift, break_cm=0.4 * size_cm, lockout_cm=0.6 * size_cm)
    )


def _stalling(scene: Scene, size_cm: float) -> Scene:
    """Stall a fifth of the way up, the bar as far forward by then."""
    return replace(
        scene,
        lift=replace(scene.lift, stall_m_s=0.05, concentric_s=2.2),
        drift=replace(scene.drift, start_cm=0.0, break_cm=2.5 * size_cm, lockout_cm=-2.5 * size_cm),
    )


def _leaning(scene: Scene, size_cm: float) -> Scene:
    return replace(
        scene,
        lift=replace(scene.lift, pause_top_s=1.6),
        drift=replace(scene.drift, lean_cm=size_cm),
    )


def _softly(scene: Scene, size_cm: float) -> Scene:
    return replace(scene, lift=replace(scene.lift, soft_cm=size_cm))


KINDS = (
    Kind("squatted_pull", SIZES_CM, _drifting(setup_roll_cm=1.0, break_cm=-1.0)),
    Kind("knee_first", SIZES_CM, _drifting(bulge_cm=1.0)),
    Kind("forward_drift", SIZES_CM, _forward),
    Kind("backward_drift", SIZES_CM, _past_natural),
    Kind("hitch", HITCHES_CM, _hitching),
    Kind("hips_shoot_up", SIZES_CM, _stalling, hint=True),
    Kind("overextended_lockout", SIZES_CM, _leaning),
    Kind("soft_lockout", SIZES_CM, _softly, last=True),
)


def clean_scene(rng: np.random.Generator) -> Scene:
    """Draw a set without a fault: wobble up to 0.5 cm, 3 cm back from the knee to lockout."""
    return Scene(
        seed=int(rng.integers(2**31)),
        facing=1 if rng.random() < 0.5 else -1,
        lift=Lift(
            reps=2,
            rom_cm=rng.uniform(46, 62),
            concentric_s=rng.uniform(1.0, 2.4),
            pause_bottom_s=rng.uniform(0.7, 1.4),
        ),
        drift=Drift(break_cm=rng.uniform(-1, 0.5), lockout_cm=-3.0, wobble_cm=rng.uniform(0, 0.5)),
        recording=Recording(fps=float(rng.choice(RATES_HZ))),
    )


@dataclass(frozen=True)
class MeasuredPath:
    """A simulated set as the program would have measured it."""

    motion: Motion
    reps: tuple[Rep, ...]
    calibration: Calibration

    def judge(self, *, lifter: LifterFacts = NAMED, thresholds: Thresholds = USUAL) -> Assessment:
        """Find what stands out."""
        return assess(
            motion=self.motion,
            reps=self.reps,
            calibration=self.calibration,
            lifter=lifter,
            thresholds=thresholds,
        )


def measured_path(scene: Scene, *, seed: int) -> MeasuredPath:
    """Measure a scene's path as a camera that nobody corrected for sees it.

    Parameters
    ----------
    scene : Scene
    seed : int
        Of the errors.
    """
    rng = np.random.default_rng(seed)
    truth = truth_of(scene)
    time_s = truth.t * scene.recording.time_scale
    error_cm = np.array([_error_cm(rng, time_s) for _ in range(2)])
    roll = np.radians(rng.uniform(-MAX_ROLL_DEG, MAX_ROLL_DEG))
    yaw = np.radians(rng.uniform(-MAX_YAW_DEG, MAX_YAW_DEG))
    scale = 1 + rng.uniform(-MAX_SCALE_PCT, MAX_SCALE_PCT) / 100
    x_cm = scale * (truth.x_cm * np.cos(yaw) + np.sin(roll) * truth.y_cm) + error_cm[0]
    path = BarPath(
        time_s=time_s,
        x_cm=x_cm - x_cm[0],
        y_cm=scale * np.cos(roll) * truth.y_cm + error_cm[1],
        sd_cm=np.full(time_s.size, np.hypot(WHITE_CM, SLOW_CM)),
        state=np.full(time_s.size, State.TRACKED, dtype=np.int8),
    )
    calibration = Calibration(0.25, 45.0, MAX_SCALE_PCT / np.sqrt(3), roll_sd_deg=ROLL_SD_DEG)
    motion = differentiate(path=path)
    return MeasuredPath(motion, find_reps(motion=motion, calibration=calibration), calibration)


def _error_cm(rng: np.random.Generator, time_s: FloatArray) -> FloatArray:
    """Draw white noise, a tracker's slow error, and what is left of a hand's shake."""
    slow = rng.normal(size=time_s.size)
    rho = np.exp(-np.diff(time_s) / SLOW_S)
    for i in range(1, time_s.size):
        slow[i] = rho[i - 1] * slow[i - 1] + np.sqrt(1 - rho[i - 1] ** 2) * slow[i]
    rate_hz, phase = rng.uniform(0.15, 1.0), rng.uniform(0, 2 * np.pi)
    shake = np.sqrt(2) * np.sin(2 * np.pi * rate_hz * time_s + phase)
    white = rng.normal(size=time_s.size)
    return np.asarray(WHITE_CM * white + SLOW_CM * slow + SHAKE_CM * shake)


def is_flagged(finding: Finding) -> bool:
    """Tell a finding that says something is wrong from one that is only mentioned."""
    return finding.severity != "info"


def flagged(assessment: Assessment, *, reps: int, hint: str = "") -> list[set[str]]:
    """Give the codes of each repetition that are more than mentioned, and `hint` if it is."""
    said = [f for f in assessment.findings if is_flagged(f) or f.code == hint]
    return [{f.code for f in said if f.rep == rep} for rep in range(1, reps + 1)]


def simulated(
    kind: Kind | None, size_cm: float, *, sets: int, seed: int
) -> Iterator[tuple[MeasuredPath, int]]:
    """Measure `sets` sets of a fault of one size, or clean ones, each with its number of reps."""
    rng = np.random.default_rng([seed, int(100 * size_cm)])
    for _ in range(sets):
        scene = clean_scene(rng)
        if kind is not None:
            scene = kind.bend(scene, size_cm)
        yield measured_path(scene, seed=scene.seed), scene.lift.reps


def run(kind: Kind | None, size_cm: float, *, sets: int, seed: int) -> list[set[str]]:
    """Judge simulated sets; one set of codes a repetition."""
    judged: list[set[str]] = []
    for measured, reps in simulated(kind, size_cm, sets=sets, seed=seed):
        hint = kind.code if kind is not None and kind.hint else ""
        codes = flagged(measured.judge(), reps=reps, hint=hint)
        judged += codes[-1:] if kind is not None and kind.last else codes
    return judged


def share(judged: Sequence[set[str]], code: str) -> float:
    """Give the share of repetitions that carry a code."""
    return sum(code in codes for codes in judged) / len(judged)


@dataclass(frozen=True)
class Row:
    """What became of the repetitions of one kind and size (cm), in shares."""

    code: str
    size_cm: float
    found: float
    other: float
    reps: int


def measure(*, sets: int, seed: int) -> tuple[list[Row], Row]:
    """Judge every kind at every size, and three times as many clean sets.

    Returns
    -------
    rows : list of Row
        `other` is the share that carries another code, beside the right one or instead of it.
    clean : Row
        `found` is the share that carries any code.
    """
    rows = []
    for kind in KINDS:
        for size_cm in kind.sizes_cm:
            judged = run(kind, size_cm, sets=sets, seed=seed)
            other = sum(bool(codes - {kind.code}) for codes in judged) / len(judged)
            found = share(judged, kind.code)
            rows.append(Row(kind.code, size_cm, found, other, len(judged)))
    judged = run(None, 0.0, sets=3 * sets, seed=seed)
    any_code = sum(bool(codes) for codes in judged) / len(judged)
    return rows, Row("clean", 0.0, any_code, 0.0, len(judged))


def report(*, sets: int, seed: int) -> str:
    """Write the measured tables and the thresholds in Markdown."""
    rows, clean = measure(sets=sets, seed=seed)
    lines = [
        f"Of {clean.reps} clean repetitions, {100 * (1 - clean.found):.1f} % carry neither `watch` "
        "nor `fault`.",
        "",
        "| fault | size cm | found % | another finding beside or instead % |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{row.code}` | {row.size_cm:g} | {100 * row.found:.0f} | {100 * row.other:.0f} |"
        for row in rows
    ]
    lines += [
        "",
        f"{rows[0].reps} repetitions a line (half as many for `soft_lockout`, which is the last "
        f"one's), seed {seed}. `hips_shoot_up` counts when it is mentioned. {versions()}",
        "",
        "## Thresholds",
        "",
        "| name | value | unit | what it is | source |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {getattr(USUAL, name):g} | {meaning.unit} | {meaning.what} | "
        f"{meaning.source} |"
        for name, meaning in meanings().items()
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the tables, or put them into a document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", type=Path, metavar="FILE", help="document with the marks")
    parser.add_argument("--sets", type=int, default=100, help="sets of two repetitions a line")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    text = report(sets=given.sets, seed=given.seed)
    if given.write is None:
        print(text)
        return
    publish(given.write, mark="technique", text=text)


if __name__ == "__main__":
    main()
