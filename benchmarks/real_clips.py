"""Score a folder of real clips against hand annotations.

    python -m benchmarks.real_clips CLIPS [--truth FOLDER] [--only NAME ...] [--floor N]
        [--write docs/accuracy.md]

``NAME.json`` in the truth's folder belongs to ``CLIPS/NAME.*`` and says what to expect (``track``,
``warn`` or ``refuse``), how many complete repetitions there are, when they begin and end, and on
some frames the ellipse of the near plate's outer face, in displayed pixels. Every clip is analysed
with no click and no option. With ``--floor`` the run fails where fewer clips than that are right.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import barpath
from barpath import BarpathError, SetAnalysis
from barpath.errors import UnmeasurableError
from benchmarks.publish import publish, versions
from benchmarks.scoring import nearest

#: A clip is right when nearly every marked frame is within this of the annotation's own doubt.
EXCESS_PCT = 2.0

NOT_THERE_PCT = 100.0
"""Error of a marked frame in which nothing was measured."""


@dataclass(frozen=True)
class Mark:
    """The plate marked by hand in one frame; the axis where it isn't the ellipse's centre."""

    time_s: float
    x_px: float
    y_px: float
    sd_px: float
    radius_px: float


@dataclass(frozen=True)
class Annotation:
    """What a person saw in a clip; every entry of `verdicts` and `reps` is accepted."""

    name: str
    expect: str
    verdicts: tuple[str, ...]
    reps: tuple[int, ...]
    events_s: tuple[tuple[float, float], ...]
    facing: str | None
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Row:
    """How one clip came out; NaN for what wasn't measured or isn't annotated."""

    name: str
    verdict: str
    expect: str
    centre_med_pct: float
    centre_p95_pct: float
    excess_p95_pct: float
    radius_pct: float
    reps: int
    event_s: float
    right: bool


def read_annotation(path: Path) -> Annotation:
    """Read one truth file."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    expect = document["expect"]
    return Annotation(
        name=path.stem,
        expect=expect,
        verdicts=tuple(document.get("expect_ok") or [expect]),
        reps=tuple(document.get("reps_ok") or [document["reps"]]),
        events_s=tuple(
            (event["liftoff_s"], event["lockout_s"])
            for event in document.get("rep_events") or []
            if event.get("complete", True)
        ),
        facing=document.get("facing"),
        marks=tuple(
            Mark(
                time_s=frame["time_s"],
                x_px=frame.get("axis_x", frame["cx"]),
                y_px=frame.get("axis_y", frame["cy"]),
                sd_px=frame.get("axis_sigma_px") or frame.get("sigma_px", 1.0),
                radius_px=frame["semi_major"],
            )
            for frame in document.get("frames") or []
        ),
    )


def score_clip(clip: Path, annotation: Annotation) -> Row:
    """Analyse a clip with its defaults and hold it against its annotation."""
    nan = float("nan")
    try:
        result = barpath.analyse(clip)
    except UnmeasurableError:
        right = "refuse" in annotation.verdicts
        return Row(annotation.name, "refuse", annotation.expect, nan, nan, nan, nan, 0, nan, right)
    errors, excess, radius = _distances(result, annotation.marks)
    whole = [rep for rep in result.reps if rep.complete]
    warned = bool(result.warnings)
    far = float(np.quantile(excess, 0.95)) if excess.size else nan
    right = (
        set(annotation.verdicts) != {"refuse"}
        and far <= EXCESS_PCT
        and len(whole) in annotation.reps
        and (annotation.facing is None or result.lifter.facing in (annotation.facing, None))
        and (annotation.expect != "warn" or warned)
    )
    return Row(
        name=annotation.name,
        verdict="warn" if warned else "track",
        expect=annotation.expect,
        centre_med_pct=float(np.median(errors)) if errors.size else nan,
        centre_p95_pct=float(np.quantile(errors, 0.95)) if errors.size else nan,
        excess_p95_pct=far,
        radius_pct=float(np.nanmedian(radius)) if np.isfinite(radius).any() else nan,
        reps=len(whole),
        event_s=_event_error_s(result, annotation),
        right=right,
    )


def _distances(
    result: SetAnalysis, marks: tuple[Mark, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre error, the part beyond twice the mark's own sd, and radius error; % and NaN-free."""
    track = result.track
    at = nearest(track.time_s, np.array([mark.time_s for mark in marks]))
    rows = []
    for mark, frame in zip(marks, at, strict=True):
        off_px = float(np.hypot(track.x_px[frame] - mark.x_px, track.y_px[frame] - mark.y_px))
        if not np.isfinite(off_px):
            rows.append((NOT_THERE_PCT, NOT_THERE_PCT, float("nan")))
            continue
        share = 100 / (2 * mark.radius_px)
        grown = 100 * (float(track.radius_px[frame]) / mark.radius_px - 1)
        rows.append((off_px * share, max(0.0, off_px - 2 * mark.sd_px) * share, grown))
    table = np.array(rows).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _event_error_s(result: SetAnalysis, annotation: Annotation) -> float:
    """Largest error of a lift-off or lockout, where the repetitions agree in number."""
    found = [(rep.liftoff_s, rep.lockout_s) for rep in result.reps if rep.complete]
    if not found or len(found) != len(annotation.events_s):
        return float("nan")
    return float(np.abs(np.array(found) - np.array(annotation.events_s)).max())


def table(rows: list[Row]) -> str:
    """Lay the rows out as Markdown, with the medians over clips."""
    lines = [
        "| clip | expected | came out | right | centre, % | 95th pct., % | beyond doubt, % "
        "| radius, % | reps | events, s |",
        "|---|---|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        errors = (row.centre_med_pct, row.centre_p95_pct, row.excess_p95_pct, row.radius_pct)
        cells = " | ".join(f"{error:.2f}" if np.isfinite(error) else "–" for error in errors)
        event = f"{row.event_s:.2f}" if np.isfinite(row.event_s) else "–"
        lines.append(
            f"| {row.name} | {row.expect} | {row.verdict} | {'yes' if row.right else '**no**'} "
            f"| {cells} | {row.reps} | {event} |"
        )
    known = [row for row in rows if np.isfinite(row.centre_med_pct)]
    if known:
        middle, far = (
            np.median([getattr(row, name) for row in known])
            for name in ("centre_med_pct", "centre_p95_pct")
        )
        lines.append(
            f"| **median, {sum(row.right for row in rows)} of {len(rows)} right** | | | "
            f"| {middle:.2f} | {far:.2f} | | | | |"
        )
    return "\n".join(lines)


def main() -> int:
    """Score every annotated clip of a folder and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("--truth", type=Path, help="default: the folder `truth` among the clips")
    parser.add_argument("--only", nargs="*", help="names of clips")
    parser.add_argument("--floor", type=int, default=0, help="fewest clips that must be right")
    parser.add_argument("--write", type=Path, help="Markdown file to put the table into")
    options = parser.parse_args()
    truth = options.truth or options.clips / "truth"
    rows = []
    for clip in sorted(path for path in options.clips.iterdir() if path.is_file()):
        marked = truth / f"{clip.stem}.json"
        if marked.exists() and (not options.only or clip.stem in options.only):
            try:
                rows.append(score_clip(clip, read_annotation(marked)))
            except BarpathError as error:
                parser.error(f"{clip.name}: {error}")
    if not rows:
        parser.error(f"{truth} has no NAME.json for any clip in {options.clips}")
    print(table(rows))
    if options.write:
        publish(options.write, mark="real clips", text=f"{table(rows)}\n\n{versions()}")
    return 0 if sum(row.right for row in rows) >= options.floor else 1


if __name__ == "__main__":
    sys.exit(main())
