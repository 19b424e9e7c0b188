"""Hold the ± against more gyms than the benchmark has time for.

    python -m benchmarks.coverage [--write docs/accuracy.md]

Forty gyms of each of seven other seeds, and those of the benchmark: eighty clips know a share of 68
per cent to 5, these to 2.5. Takes half an hour, rendering included.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.accuracy import run
from benchmarks.grid import Condition
from benchmarks.gyms import GYMS_SEED, SORTS, gyms
from benchmarks.publish import publish, versions
from benchmarks.scoring import Outcome
from benchmarks.tables import coverage

MORE_SEEDS = (11, 12, 14, 15, 16, 17, 18)
MORE_CLIPS = 40
"""Of each of the seeds."""


def more_gyms() -> tuple[Condition, ...]:
    """Draw the gyms of the other seeds, and the benchmark's own."""
    others = [one for seed in MORE_SEEDS for one in gyms(seed=seed, clips=MORE_CLIPS)]
    return (*others, *gyms())


def report(outcomes: list[Outcome]) -> str:
    """Lay out how often the ± holds, over all gyms and by sort, in Markdown."""
    sorts = [
        (sort.name, [one for one in outcomes if sort.belongs(one.condition.scene)])
        for sort in SORTS
    ]
    table = coverage([("**all**", outcomes), *sorts])
    refused = sum(one.score.refused for one in outcomes)
    seeds = ", ".join(str(seed) for seed in (*MORE_SEEDS, GYMS_SEED))
    return f"{table}\n\n{versions()} Seeds {seeds}: {len(outcomes)} clips, {refused} refused."


def main() -> int:
    """Measure, print, and write the table where asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", type=Path, help="Markdown file to put the table into")
    options = parser.parse_args()
    text = report(run(more_gyms(), peers=False))
    print(text)
    if options.write:
        publish(options.write, mark="more gyms", text=text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
