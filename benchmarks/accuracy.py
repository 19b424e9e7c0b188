"""Measure how right the analysis is, on simulated sets with exact truth, beside what others use.

    python -m benchmarks.accuracy [--short] [--no-peers] [--write docs/accuracy.md]

Every clip of `benchmarks.grid` is analysed with no click and held against its truth; the peers of
`benchmarks.peers` are handed the true place in the first frame. With ``--short`` a few clips are
measured without peers, and the run fails where a figure passes its limit.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import barpath
from barpath import AnalysisConfig, SetAnalysis
from barpath.calibration import split_sd_cm
from barpath.errors import UnmeasurableError
from barpath.simulate import Scene, truth_of
from benchmarks.cache import clip_of
from benchmarks.figures import draw_figures
from benchmarks.grid import GRID, NEGATIVES, RANDOM_SCENES, SEED, SHORT, Condition
from benchmarks.gyms import GYMS_SEED, SORTS, gyms
from benchmarks.peers import PEERS, measure_with
from benchmarks.publish import publish, versions
from benchmarks.scoring import Measured, Outcome, refusal, score
from benchmarks.summaries import summarise
from benchmarks.tables import (
    by_group,
    cameras,
    comparison,
    conditions,
    coverage,
    refusals,
    worst,
)

OURS = "barpath"


@dataclass(frozen=True)
class Limit:
    """A figure of the short run and what it must not pass."""

    name: str
    value: float
    limit: float

    @property
    def kept(self) -> bool:
        """Whether the figure is within its limit; NaN never is."""
        return self.value <= self.limit


def analysed(scene: Scene, *, said_cm: float | None = None) -> SetAnalysis | None:
    """Analyse a scene's clip with no click; None where that is refused.

    Plate diameter and facing are said, as a lifter would: neither can be read from the picture of
    a simulated plate, and a wrong sign of x would hide every other error of it. `said_cm` is what
    the lifter says the plate measures where that isn't quite what it does.
    """
    clip, _ = clip_of(scene)
    config = AnalysisConfig(
        plate_diameter_cm=said_cm or scene.plate.diameter_cm,
        facing="right" if scene.facing > 0 else "left",
        capture_fps=scene.recording.capture_fps,
    )
    try:
        return barpath.analyse(clip, config=config)
    except UnmeasurableError:
        return None


def measure(condition: Condition) -> Outcome:
    """Hold the analysis of one condition's clip against its truth."""
    truth = truth_of(condition.scene)
    result = analysed(condition.scene, said_cm=condition.said_cm)
    if result is None:
        return Outcome(condition, OURS, refusal(truth=truth))
    track, motion, view = result.track, result.motion, result.calibration
    measured = Measured(
        *(track.x_px, track.y_px, motion, result.reps),
        *(view.roll_deg, view.yaw_deg),
        split_sd_cm(x_cm=motion.x_cm, y_cm=motion.y_cm, sd_cm=motion.sd_cm, calibration=view),
    )
    return Outcome(condition, OURS, score(truth=truth, measured=measured))


def measure_peers(condition: Condition) -> list[Outcome]:
    """Follow one condition's clip with every peer."""
    clip, truth = clip_of(condition.scene)
    outcomes = []
    for name, peer, sleeve in PEERS:
        measured = measure_with(name, peer, clip=clip, truth=truth, sleeve=sleeve)
        outcomes.append(Outcome(condition, name, score(truth=truth, measured=measured)))
    return outcomes


def wrongly_measured(negatives: tuple[Condition, ...]) -> list[str]:
    """Name the clips without a moving bar that were measured all the same."""
    return [one.name for one in negatives if analysed(one.scene) is not None]


def limits(outcomes: list[Outcome], wrong: list[str]) -> tuple[Limit, ...]:
    """Hold the short run against its limits: what must be reached, or less where that has room."""
    ours = summarise([outcome.score for outcome in outcomes])
    figures = ours.figures
    return (
        Limit("repetitions missed", ours.reps_true - ours.reps_found, 0),
        Limit("ghost repetitions", ours.ghosts, 0),
        Limit("clips refused", ours.refused, 0),
        Limit("clips without a bar measured", len(wrong), 0),
        Limit("centre error, median, % of the diameter", ours.centre_med_pct, 0.3),
        Limit("horizontal RMSE, cm", ours.x_rmse_cm, 0.15),
        Limit("vertical RMSE, cm", ours.y_rmse_cm, 0.5),
        Limit("ROM bias, cm", abs(figures["rom_cm"].bias), 0.5),
        Limit("mean velocity RMSE, m/s", figures["mean_velocity_m_s"].rmse, 0.01),
        Limit("peak velocity RMSE, m/s", figures["peak_velocity_m_s"].rmse, 0.03),
        Limit("lift-off RMSE, s", figures["liftoff_s"].rmse, 0.03),
        Limit("lockout RMSE, s", figures["lockout_s"].rmse, 0.03),
    )


def run(chosen: tuple[Condition, ...], *, peers: bool) -> list[Outcome]:
    """Measure conditions one after the other, saying how far it is."""
    outcomes = []
    for at, condition in enumerate(chosen, start=1):
        began = time.monotonic()
        outcomes.append(measure(condition))
        if peers:
            outcomes += measure_peers(condition)
        took_s = time.monotonic() - began
        where = f"{at}/{len(chosen)} {condition.group}: {condition.name}"
        print(f"{where} ({took_s:.0f} s)", file=sys.stderr, flush=True)
    return outcomes


def covered(grid: list[Outcome], in_gyms: list[Outcome]) -> str:
    """Lay out how often the ± holds: in gyms, by sort of gym, and over the designed grid."""
    sorts = [
        (sort.name, [one for one in in_gyms if sort.belongs(one.condition.scene)]) for sort in SORTS
    ]
    designed = [(f"grid: {name}", members) for name, members in by_group(grid)]
    parts = [("**all gyms**", in_gyms), *sorts] if in_gyms else []
    return coverage([*parts, ("**the designed grid**", grid), *designed])


def _of_gyms(in_gyms: list[Outcome]) -> str:
    refused = sum(outcome.score.refused for outcome in in_gyms)
    return f"Gyms: seed {GYMS_SEED}, {len(in_gyms)} clips, of which {refused} refused."


def report(
    outcomes: list[Outcome],
    in_gyms: list[Outcome],
    negatives: tuple[Condition, ...],
    wrong: list[str],
) -> str:
    """Put everything that was measured into Markdown."""
    ours = [outcome for outcome in outcomes if outcome.method == OURS]
    parts = []
    if len(outcomes) > len(ours):
        parts += ["### Beside others, on the same clips", comparison(outcomes)]
    parts += [
        f"### Every condition ({len(ours)} clips)",
        conditions(ours, in_gyms=in_gyms),
        "### The worst",
        worst(ours),
        "### Where the camera stands",
        cameras(ours),
        "### Does the ± hold?",
        covered(ours, in_gyms),
        "### What can't be measured",
        refusals([one.name for one in negatives], wrong=wrong),
        f"{versions()} Seed {SEED}; {RANDOM_SCENES} scenes drawn at random. {_of_gyms(in_gyms)}",
    ]
    return "\n\n".join(parts)


def main() -> int:
    """Measure, print, and write the document where asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="a few clips, held against limits")
    parser.add_argument("--no-peers", action="store_true", help="our own figures only")
    parser.add_argument("--write", type=Path, help="Markdown file to put tables and plots into")
    options = parser.parse_args()
    chosen = tuple(one for one in GRID if one in SHORT) if options.short else GRID
    outcomes = run(chosen, peers=not (options.short or options.no_peers))
    in_gyms = [] if options.short else run(gyms(), peers=False)
    negatives = tuple(one for one in NEGATIVES if not options.short or one in SHORT)
    wrong = wrongly_measured(negatives)
    text = report(outcomes, in_gyms, negatives, wrong)
    print(text)
    if options.write:
        draw_figures(outcomes, folder=options.write.parent / "images")
        publish(options.write, mark="accuracy", text=text)
    if not options.short:
        return 0
    held = limits(outcomes, wrong)
    for limit in held:
        verdict = "ok" if limit.kept else "TOO MUCH"
        print(f"{limit.name}: {limit.value:.3g}, limit {limit.limit:g}: {verdict}", file=sys.stderr)
    return 0 if all(limit.kept for limit in held) else 1


if __name__ == "__main__":
    sys.exit(main())
