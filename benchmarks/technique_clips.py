"""How well the findings tell faults from clean pulls in rendered clips, through the whole program.

``python -m benchmarks.technique_clips`` prints the table; ``--write docs/technique.md`` puts it
between the marks there. Nothing is told to the program: it finds plate, facing, midfoot, roll and
the camera's motion by itself. A clip takes some ten seconds the first time and is kept.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from barpath.analysis import SetAnalysis, analyse
from barpath.config import AnalysisConfig
from barpath.simulate import Recording, Scene, Surroundings, View
from benchmarks.cache import clip_of
from benchmarks.publish import publish, versions
from benchmarks.technique import KINDS, Kind, clean_scene, is_flagged

FAULT_CM, HITCH_CM = 4.0, 1.5
"""The sizes from which on a fault must be found."""

JUDGED = ("squatted_pull", "knee_first", "forward_drift", "backward_drift", "hitch")

RATES_HZ = (24000 / 1001, 30.0, 60.0)
BACKDROPS = ("gym", "garage", "dark")


@dataclass(frozen=True)
class Outcome:
    """What became of one clip: its fault (or 'clean'), and the flagged codes of each repetition."""

    code: str
    scene: Scene
    flagged: tuple[frozenset[str], ...]


def rendered_scene(kind: Kind | None, *, index: int) -> Scene:
    """Draw the index-th scene of a kind: rate, facing, roll, yaw and shake go round in turn."""
    rng = np.random.default_rng([17, index])
    scene = clean_scene(rng)
    shaken = index % 3 == 2
    scene = replace(
        scene,
        facing=1 if index % 2 == 0 else -1,
        lift=replace(scene.lift, reps=1, tail_s=0.4),
        view=View(
            width=800,
            height=450,
            plate_radius_px=50,
            roll_deg=float(rng.uniform(-2.0, 2.0)),
            yaw_deg=float(rng.uniform(-8.0, 8.0)),
            shake_px=3.0 if shaken else 0.0,
        ),
        recording=Recording(fps=RATES_HZ[index // 2 % 3]),
        surroundings=Surroundings(backdrop=BACKDROPS[index % 3]),
    )
    if kind is None:
        return scene
    return kind.bend(scene, HITCH_CM if kind.code == "hitch" else FAULT_CM)


def outcome(kind: Kind | None, *, index: int) -> Outcome:
    """Render a scene (or take it from the cache) and analyse it."""
    scene = rendered_scene(kind, index=index)
    clip, _ = clip_of(scene)
    result = analyse(clip, config=AnalysisConfig(plate_diameter_cm=scene.plate.diameter_cm))
    return Outcome(kind.code if kind else "clean", scene, flagged_codes(result))


def flagged_codes(result: SetAnalysis) -> tuple[frozenset[str], ...]:
    """Give the codes of each repetition that are more than mentioned."""
    return tuple(
        frozenset(f.code for f in result.findings if f.rep == rep.index and is_flagged(f))
        for rep in result.reps
    )


def table(outcomes: Sequence[Outcome]) -> str:
    """Count, for each kind, what was found."""
    lines = [
        "| clips with | clips | found | another finding beside or instead | which |",
        "|---|---|---|---|---|",
    ]
    for code in dict.fromkeys(one.code for one in outcomes):
        judged = [one for one in outcomes if one.code == code]
        codes = [frozenset().union(*one.flagged) for one in judged]
        found = sum(code in some for some in codes)
        others = sorted({other for some in codes for other in some - {code}})
        other = sum(bool(some - {code}) for some in codes)
        name = "no fault" if code == "clean" else f"`{code}`"
        hit = "–" if code == "clean" else f"{found}"
        lines.append(f"| {name} | {len(judged)} | {hit} | {other} | {', '.join(others)} |")
    return "\n".join(lines)


def report(*, clips: int) -> str:
    """Render and judge every kind, and twice as many clean clips."""
    outcomes = [outcome(None, index=index) for index in range(2 * clips)]
    for kind in KINDS:
        if kind.code in JUDGED:
            outcomes += [outcome(kind, index=index) for index in range(clips)]
    return (
        f"{table(outcomes)}\n\nFaults of {FAULT_CM:g} cm, hitches of {HITCH_CM:g} cm, one "
        f"repetition a clip. {versions()}"
    )


def main() -> None:
    """Print the table, or put it into a document."""
    parser = argparse.ArgumentParser(description="judge rendered clips")
    parser.add_argument("--write", type=Path, metavar="FILE", help="document with the marks")
    parser.add_argument("--clips", type=int, default=6, help="clips a fault")
    given = parser.parse_args()
    text = report(clips=given.clips)
    if given.write is None:
        print(text)
        return
    publish(given.write, mark="technique-clips", text=text)


if __name__ == "__main__":
    main()
