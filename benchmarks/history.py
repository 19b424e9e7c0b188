"""How long a history of a thousand sets takes to fill, to list and to follow.

Run ``python -m benchmarks.history set.barpath``: the analysis is multiplied into sets of other
clips, days, loads and velocities.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import hashlib
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from barpath.analysis import SetAnalysis
from barpath.history import open_history
from barpath.results import read_analysis

SETS = 1000
LOADS_KG = (120.0, 140.0, 160.0, 180.0)
START = datetime.date(2024, 1, 1)

COMMANDS = (
    ("log", "list"),
    ("trend",),
    ("trend", "-o", "trend.svg"),
    ("log", "export", "-o", "sets.csv"),
    ("log", "export", "--reps", "-o", "reps.csv"),
)


def multiplied(analysis: SetAnalysis, *, number: int, rng: random.Random) -> SetAnalysis:
    """Make another set of an analysis: four loads every second day, and their velocities."""
    load_kg = LOADS_KG[number % len(LOADS_KG)]
    day = START + datetime.timedelta(days=2 * (number // len(LOADS_KG)))
    velocity_m_s = 0.94 - 0.004 * load_kg + rng.gauss(0.0, 0.02)
    return dataclasses.replace(
        analysis,
        clip=dataclasses.replace(
            analysis.clip, sha256=hashlib.sha256(str(number).encode()).hexdigest()
        ),
        set=dataclasses.replace(
            analysis.set, load_kg=load_kg, date=day.isoformat(), name=f"set {number}"
        ),
        reps=tuple(
            dataclasses.replace(rep, mean_velocity_m_s=velocity_m_s) for rep in analysis.reps
        ),
    )


def processor_s() -> float:
    """Give the processor time of this process and of those it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> int:
    """Fill a history, and print the processor time of each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("analysis", type=Path, help="a folder of 'barpath analyse'")
    analysis = read_analysis(parser.parse_args().analysis)
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "history.db"
        began_s = processor_s()
        with open_history(place, create=True) as history:
            for number in range(SETS):
                history.add(multiplied(analysis, number=number, rng=rng))
        print(f"{SETS} sets, {place.stat().st_size / 1e6:.1f} MB")
        print(f"{'add all':32} {processor_s() - began_s:6.2f} s")
        for command in COMMANDS:
            began_s = processor_s()
            subprocess.run(
                [sys.executable, "-m", "barpath.cli", *command, "--db", str(place)],
                cwd=name,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            print(f"{' '.join(command):32} {processor_s() - began_s:6.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
