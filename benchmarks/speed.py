"""Measure how fast the analysis is, beside decoding alone and the script people start from.

    python -m benchmarks.speed [--short] [--write docs/speed.md]

Everything is timed in one process, in interleaved rounds, so that a busy machine slows all of it
alike; what is compared are ratios. Clips: see `benchmarks.footage`. With ``--short`` only 1080p30
is timed, and the run fails where the analysis takes more than `SHORT_LIMIT` times decoding.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import platform
import pstats
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import cv2

import barpath
from barpath.camera import estimate_motion
from barpath.motion import differentiate
from barpath.plate import find_movers
from barpath.reps import find_reps
from barpath.tracking.face import find_face
from barpath.tracking.guard import propose
from barpath.tracking.route import find_route
from barpath.tracking.sighting import measure_all
from barpath.video import read_footage
from benchmarks.cache import CACHE
from benchmarks.footage import CYCLE, FORMATS, Format, looped_clip, repeated_clip
from benchmarks.publish import publish, versions

#: The host's own load moves single rounds by a tenth and more.
ROUNDS = 9
CLIP_S = 20.0
LONG_CLIP_S = 600.0

#: CSRT on whole frames is so slow that a few seconds of it are timed and scaled to the clip.
NAIVE_FRAMES = 40

#: Fails the short run: above the target, so that only a real loss of speed does.
SHORT_LIMIT = 2.5

#: Where the time goes: a stage and the function whose cumulative time it is.
STAGES = (
    ("decode, shrink, keep", read_footage),
    ("find the plate", find_movers),
    ("rough path, the face of every frame over one", find_route),
    ("which ring, and its size", find_face),
    ("rim in every frame", measure_all),
    ("gaps (CSRT)", propose),
    ("the camera's motion, but for one seen to stand still meanwhile", estimate_motion),
    ("velocity", differentiate),
    ("repetitions", find_reps),
)

# Not `getrusage`: a process inherits the peak of the one that started it (Linux, fs/exec.c).
_PEAK_MEMORY = """
import sys
import barpath
barpath.analyse(sys.argv[1])
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(float(status["VmHWM"].split()[0]) / 1024)
"""


@dataclass(frozen=True)
class Spent:
    """Wall and processor time of one run, seconds."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True)
class Timing:
    """Medians over the rounds for one format; `naive_s` is scaled up from `NAIVE_FRAMES`."""

    form: Format
    clip_s: float
    frames: int
    decode: Spent
    analysis: Spent
    naive_s: float
    wall_ratio: float
    cpu_ratio: float


def decode_only(clip: Path) -> int:
    """Decode every frame in FFmpeg's threads and touch its luma; return how many there were."""
    count = 0
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            memoryview(frame.planes[0])
            count += 1
    return count


def naive_script(clip: Path, *, frames: int) -> None:
    """Do what published scripts do: OpenCV's reader and CSRT on the plate's box, whole frames."""
    reader = cv2.VideoCapture(str(clip))
    _, picture = reader.read()
    height, width = picture.shape[:2]
    radius = CYCLE.view.plate_radius_px * height / CYCLE.view.height
    box = (width / 2 - radius, 0.75 * height - radius, 2 * radius, 2 * radius)
    tracker = cv2.TrackerCSRT.create()
    tracker.init(picture, tuple(round(side) for side in box))
    for _ in range(frames - 1):
        _, picture = reader.read()
        tracker.update(picture)
    reader.release()


def time_of(work: Callable[[], object]) -> Spent:
    """Run something once and time it."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def time_format(form: Format, *, rounds: int) -> Timing:
    """Time decoding, analysis and the naive script in turn, `rounds` times."""
    clip = looped_clip(form=form, seconds=CLIP_S)
    frames = decode_only(clip)
    barpath.analyse(clip)  # the first call loads modules and warms OpenCV up
    decodes, analyses, naives = [], [], []
    for _ in range(rounds):
        decodes.append(time_of(lambda: decode_only(clip)))
        analyses.append(time_of(lambda: barpath.analyse(clip)))
        naives.append(time_of(lambda: naive_script(clip, frames=NAIVE_FRAMES)).wall_s)
    pairs = list(zip(decodes, analyses, strict=True))
    return Timing(
        form=form,
        clip_s=frames / form.fps,
        frames=frames,
        decode=_median(decodes),
        analysis=_median(analyses),
        naive_s=statistics.median(naives) * frames / NAIVE_FRAMES,
        wall_ratio=statistics.median(whole.wall_s / alone.wall_s for alone, whole in pairs),
        cpu_ratio=statistics.median(whole.cpu_s / alone.cpu_s for alone, whole in pairs),
    )


def _median(runs: list[Spent]) -> Spent:
    return Spent(
        statistics.median(run.wall_s for run in runs), statistics.median(run.cpu_s for run in runs)
    )


def stage_seconds(clip: Path) -> dict[str, float]:
    """Give the wall time of every stage of one analysis, by profiling its main thread.

    A stage that this clip has no need of takes no time.
    """
    profile = cProfile.Profile()
    profile.runcall(barpath.analyse, clip)
    spent: dict[str, float] = {}
    for (_, _, function), row in pstats.Stats(profile).stats.items():
        spent[function] = max(spent.get(function, 0.0), row[3])
    return {stage: spent.get(function.__name__, 0.0) for stage, function in STAGES}


def peak_memory_mb(clip: Path) -> float:
    """Give the peak resident memory of a process that analyses one clip; on Linux only."""
    run = subprocess.run(
        [sys.executable, "-c", _PEAK_MEMORY, str(clip)], capture_output=True, text=True, check=True
    )
    return float(run.stdout)


def help_seconds(*, rounds: int) -> float:
    """Give the median time that ``barpath --help`` takes, start of Python included."""
    command = [sys.executable, "-c", "from barpath.cli import run; run()", "--help"]
    return statistics.median(
        time_of(lambda: subprocess.run(command, capture_output=True, check=True)).wall_s
        for _ in range(rounds)
    )


def timing_table(timings: list[Timing]) -> str:
    """Lay the timings out as a Markdown table."""
    lines = [
        "| clip | decode only | `analyse()` | ratio, wall | ratio, processor | times real time "
        "| naive CSRT script | naive / ours |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {t.form.name}, {t.clip_s:.1f} s, {t.form.mbit_s:g} Mb/s | {t.decode.wall_s:.2f} s "
        f"| {t.analysis.wall_s:.2f} s | {t.wall_ratio:.2f} | {t.cpu_ratio:.2f} "
        f"| {t.clip_s / t.analysis.wall_s:.1f} | {t.naive_s:.0f} s "
        f"| {t.naive_s / t.analysis.wall_s:.0f} |"
        for t in timings
    ]
    return "\n".join(lines)


def stage_table(clip: Path) -> str:
    """Lay the stages out as a Markdown table."""
    stages = stage_seconds(clip)
    lines = ["| stage (1080p30) | wall time |", "|---|--:|"]
    lines += [f"| {stage} | {seconds:.2f} s |" for stage, seconds in stages.items()]
    return "\n".join(lines)


def footprint(*, full: bool) -> str:
    """Say how long the help takes and how memory grows with the clip."""
    short = looped_clip(form=FORMATS["720p30"], seconds=10.0)
    lines = [
        "| | |",
        "|---|--:|",
        f"| `barpath --help` | {help_seconds(rounds=ROUNDS):.2f} s |",
        f"| peak memory, 10-s clip (720p30) | {peak_memory_mb(short):.0f} MB |",
    ]
    if full:
        long = repeated_clip(clip=short, seconds=LONG_CLIP_S)
        lines.append(f"| peak memory, 10-minute clip (720p30) | {peak_memory_mb(long):.0f} MB |")
    return "\n".join(lines)


def report(*, names: tuple[str, ...], rounds: int, full: bool) -> tuple[str, list[Timing]]:
    """Time everything and put it into words."""
    timings = [time_format(FORMATS[name], rounds=rounds) for name in names]
    load = os.getloadavg()[0]
    text = "\n\n".join(
        (
            timing_table(timings),
            f"Medians of {rounds} interleaved rounds in one process; {os.cpu_count()} cores "
            f"({platform.machine()}), load average {load:.1f} at the end. The naive script "
            f"(`cv2.VideoCapture`, CSRT on the plate's box, whole frames) was timed on "
            f"{NAIVE_FRAMES} frames and scaled to the clip.",
            stage_table(looped_clip(form=FORMATS["1080p30"], seconds=CLIP_S)),
            footprint(full=full),
            versions(),
        )
    )
    return text, timings


def main() -> int:
    """Measure, print, and write the document where asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="1080p30 alone, two rounds")
    parser.add_argument("--write", type=Path, help="Markdown file to put the tables into")
    options = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    names = ("1080p30",) if options.short else tuple(FORMATS)
    text, timings = report(
        names=names, rounds=2 if options.short else ROUNDS, full=not options.short
    )
    print(text)
    if options.write:
        publish(options.write, mark="speed", text=text)
    slow = [t for t in timings if options.short and min(t.wall_ratio, t.cpu_ratio) > SHORT_LIMIT]
    for timing in slow:
        print(
            f"{timing.form.name}: {timing.cpu_ratio:.2f} times decoding, limit {SHORT_LIMIT}",
            file=sys.stderr,
        )
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
