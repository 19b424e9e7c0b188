"""What another threshold would find, and what it would accuse wrongly.

``python -m benchmarks.technique_curve docs/images/technique.svg`` draws it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

from barpath.technique import Thresholds
from benchmarks.technique import KINDS, Kind, flagged, share, simulated

SIZE_CM = 3.0
"""Between what is straight and what is a fault, where the threshold matters."""

CURVES = ("squatted_pull", "knee_first", "forward_drift", "backward_drift")
"""What `watch_cm` decides."""

WATCH_CM = (0.4, 0.7, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0, 3.5)


def rates(kind: Kind | None, codes: tuple[str, ...], *, sets: int) -> dict[str, list[float]]:
    """Give the share of repetitions that carry each code, at every value of `watch_cm`."""
    measured = list(simulated(kind, SIZE_CM if kind else 0.0, sets=sets, seed=5))
    found: dict[str, list[float]] = {code: [] for code in codes}
    for watch_cm in WATCH_CM:
        thresholds = Thresholds(watch_cm=watch_cm, roll_cm=min(1.5, watch_cm))
        judged = [
            codes_of
            for path, reps in measured
            for codes_of in flagged(path.judge(thresholds=thresholds), reps=reps)
        ]
        for code in codes:
            found[code].append(share(judged, code))
    return found


def main() -> None:
    """Draw the curves."""
    parser = argparse.ArgumentParser(description="draw the findings' curves")
    parser.add_argument("to", type=Path)
    parser.add_argument("--sets", type=int, default=60)
    given = parser.parse_args()
    kinds = [kind for kind in KINDS if kind.code in CURVES]
    clean = rates(None, tuple(kind.code for kind in kinds), sets=given.sets)
    matplotlib.rcParams["svg.hashsalt"] = "barpath"  # the same numbers give the same file
    figure, axes = plt.subplots(figsize=(5.5, 4.2), layout="constrained")
    for kind in kinds:
        found = rates(kind, (kind.code,), sets=given.sets)[kind.code]
        wrong, right = ([100 * rate for rate in column] for column in (clean[kind.code], found))
        (line,) = axes.plot(wrong, right, marker=".", label=kind.code)
        at = WATCH_CM.index(2.0)
        axes.plot(wrong[at], right[at], "o", markersize=9, color=line.get_color())
    axes.set(
        xlabel="clean repetitions accused, %",
        ylabel=f"faults of {SIZE_CM:g} cm found, %",
        ylim=(0, 102),
    )
    axes.legend(loc="lower right", frameon=False)
    axes.grid(alpha=0.3)
    figure.savefig(given.to, metadata={"Date": None})


if __name__ == "__main__":
    main()
