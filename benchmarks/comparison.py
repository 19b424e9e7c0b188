"""How often a comparison calls two sets different that aren't, and finds what differs.

``python -m benchmarks.comparison`` prints the table; ``--write docs/comparison.md`` puts it between
the marks there; ``--rendered N`` adds N pairs of clips that are drawn and analysed in full.

Most pairs are not drawn: the simulator's exact paths get the errors of a measured one, as in
`benchmarks.technique`, a fresh camera for each set of a pair.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

# Many small products: threads would only wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from barpath.analysis import SetInfo, analyse
from barpath.comparison import Comparison, compare_members
from barpath.comparison.composer import Pair
from barpath.comparison.member import Member, Ruler, member_of
from barpath.comparison.verdicts import HEADLINES
from barpath.config import AnalysisConfig
from barpath.simulate import Scene, View, simulate
from benchmarks.publish import publish, versions
from benchmarks.technique import clean_scene, measured_path

BULGE_CM = 3.0
SLOWER_M_S = 0.05
REPS = (1, 3, 5)

VIEW = View(width=854, height=480, plate_radius_px=55, height_cm=60.0)
"""Of the clips that are drawn: small, for speed."""

SPEED = frozenset(
    ("mean_velocity_m_s", "peak_velocity_m_s", "concentric_s")
    + ("velocity_by_height", "velocity_by_time")
)
PATH = frozenset(
    ("max_forward_cm", "max_backward_cm", "net_drift_cm", "bulge_cm")
    + ("path_by_height", "path_by_time", "bow_by_height")
)


@dataclass(frozen=True)
class Change:
    """What the second set does otherwise, and where that must show (empty: nowhere)."""

    label: str
    bend: Callable[[Scene], Scene]
    shows: frozenset[str]


def _same(scene: Scene) -> Scene:
    return scene


def _bulging(scene: Scene) -> Scene:
    return replace(scene, drift=replace(scene.drift, bulge_cm=scene.drift.bulge_cm + BULGE_CM))


def _slower(scene: Scene) -> Scene:
    lift = scene.lift
    mean_m_s = lift.rom_cm / 100 / lift.concentric_s
    slow_s = lift.rom_cm / 100 / (mean_m_s - SLOWER_M_S)
    return replace(scene, lift=replace(lift, concentric_s=slow_s))


CHANGES = (
    Change("the same motion", _same, frozenset()),
    Change(f"a bulge of {BULGE_CM:g} cm", _bulging, PATH),
    Change(f"{SLOWER_M_S:g} m/s slower", _slower, SPEED),
)


def member(scene: Scene, *, key: str, seed: int) -> Member:
    """Measure a scene's path as a set of a comparison."""
    measured = measured_path(scene, seed=seed)
    scale = measured.calibration
    return Member(
        key=key,
        set=SetInfo(name=key),
        source="simulated",
        facing="right",
        ruler=Ruler(45.0, False, scale.sd_pct, scale.roll_sd_deg, 1.5),
        motion=measured.motion,
        reps=measured.reps,
    )


def called(pair: Pair) -> set[str]:
    """Name all that is called a difference."""
    return {item.quantity.name for item in pair.figures if item.verdict in HEADLINES} | {
        item.kind.name for item in pair.curves if item.verdict in HEADLINES
    }


def simulated(change: Change, *, reps: int, pairs: int, seed: int) -> Iterator[Comparison]:
    """Compare pairs whose second set is changed; each set has a camera of its own."""
    rng = np.random.default_rng([seed, reps])
    for _ in range(pairs):
        scene = clean_scene(rng)
        scene = replace(scene, lift=replace(scene.lift, reps=reps))
        first, second = rng.integers(2**31, size=2)
        yield compare_members(
            (
                member(scene, key="A", seed=int(first)),
                member(change.bend(scene), key="B", seed=int(second)),
            )
        )


def rendered(change: Change, *, pairs: int, seed: int) -> Iterator[Comparison]:
    """Compare pairs that are drawn as clips of three repetitions and analysed in full."""
    rng = np.random.default_rng([seed, 99])
    known = AnalysisConfig(plate_diameter_cm=45.0, facing="right", lift="conventional")
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(pairs):
            scene = replace(clean_scene(rng), facing=1)
            scene = replace(
                scene,
                lift=replace(scene.lift, reps=3, pause_bottom_s=0.8),
                recording=replace(scene.recording, fps=30.0),
                view=VIEW,
            )
            members = []
            for key, one in (("A", scene), ("B", change.bend(scene))):
                clip = Path(folder) / f"{key}.mp4"
                # Another room and another grain: the same motion on another day.
                simulate(scene=replace(one, seed=int(rng.integers(2**31))), path=clip)
                members.append(member_of(analyse(clip, config=known), key=key))
            yield compare_members(members)


@dataclass(frozen=True)
class Row:
    """What became of the pairs of one kind: shares of pairs."""

    label: str
    reps: int
    pairs: int
    right: float
    wrong: float
    most: str


def row(change: Change, comparisons: Iterator[Comparison], *, reps: int) -> Row:
    """Count how often the change was called, and how often anything else was."""
    found = [called(comparison.pairs[0]) for comparison in comparisons]
    others = PATH | SPEED | {"rom_cm", "start_x_cm"}
    where = Counter(name for names in found for name in names)
    most = ", ".join(f"{name} {100 * n / len(found):.0f}" for name, n in where.most_common(4))
    # A slower pull sways elsewhere too, so its path may truly differ.
    strange = {"rom_cm"} if change.shows == SPEED else others - change.shows
    return Row(
        change.label,
        reps,
        len(found),
        right=sum(bool(names & change.shows) for names in found) / len(found),
        wrong=sum(bool(names & strange) for names in found) / len(found),
        most=most,
    )


def report(*, pairs: int, drawn: int, seed: int) -> str:
    """Write the measured table in Markdown."""
    rows = [
        row(change, simulated(change, reps=reps, pairs=pairs, seed=seed), reps=reps)
        for reps in REPS
        for change in CHANGES
    ]
    lines = [
        "| pairs | reps in each set | change found % | called different without cause % | "
        "called different, % of pairs |",
        "|---|--:|--:|--:|---|",
        *(_line(one) for one in rows),
    ]
    if drawn:
        lines += [
            _line(
                row(change, rendered(change, pairs=drawn, seed=seed), reps=3),
                kind="drawn and analysed: ",
            )
            for change in CHANGES
        ]
    lines += [
        "",
        f"{pairs} pairs a line{f', {drawn} where drawn' if drawn else ''}, seed {seed}. "
        f"{versions()}",
    ]
    return "\n".join(lines)


def _line(one: Row, *, kind: str = "") -> str:
    found = "–" if one.label == CHANGES[0].label else f"{100 * one.right:.0f}"
    cells = (kind + one.label, one.reps, found, f"{100 * one.wrong:.1f}", one.most or "none")
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def main() -> None:
    """Print the table, or put it into a document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", type=Path, metavar="FILE", help="document with the marks")
    parser.add_argument("--pairs", type=int, default=200, help="pairs a line")
    parser.add_argument("--rendered", type=int, default=0, help="pairs a line drawn as clips")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    text = report(pairs=given.pairs, drawn=given.rendered, seed=given.seed)
    if given.write is None:
        print(text)
        return
    publish(given.write, mark="comparison", text=text)


if __name__ == "__main__":
    main()
