"""The set as a table for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from barpath.analysis import SetAnalysis, summarise
from barpath.report.columns import align as align
from barpath.report.columns import figure as figure
from barpath.reps import Rep

if TYPE_CHECKING:
    from barpath.simulate import RepTruth


def rep_table(analysis: SetAnalysis) -> str:
    """Lay out a line a repetition, with one standard deviation where there is one."""
    if not analysis.reps:
        return f"{analysis.set.name}: no repetitions found"
    summary = summarise(analysis.reps)
    rows = [_HEADER, *(_row(rep) for rep in analysis.reps)]
    lines = [analysis.set.name, *align(rows)]
    if summary.reps > 1:
        lines.append(
            f"mean {summary.mean_velocity_m_s:.2f} m/s, best {summary.best_velocity_m_s:.2f} m/s, "
            f"velocity loss {summary.velocity_loss_pct:.0f} %"
        )
    return "\n".join([*lines, *finding_lines(analysis)])


def finding_lines(analysis: SetAnalysis) -> list[str]:
    """Say each finding in a line, and the cue of each kind after its first one."""
    lines: list[str] = []
    cued: set[str] = set()
    for finding in analysis.findings:
        when = "" if math.isnan(finding.time_s) else f", {finding.time_s:.1f} s"
        lines.append(f"{finding.severity}: rep {finding.rep}{when}: {finding.message}")
        if finding.code not in cued:
            cued.add(finding.code)
            lines.append(f"  try: {finding.cue}")
    return lines


def truth_table(truths: Sequence[RepTruth], reps: Sequence[Rep]) -> str:
    """Lay out what a simulated set was beside what was measured of it, a line a repetition."""
    if len(truths) != len(reps):
        return f"simulated {len(truths)} repetitions, found {len(reps)}"
    header = ("rep", "", "mean m/s", "peak m/s", "range cm", "lift-off s", "lockout s")
    rows = [header]
    for number, (truth, rep) in enumerate(zip(truths, reps, strict=True), start=1):
        rows += [(str(number), "true", *_cells(truth)), ("", "measured", *_cells(rep))]
    return "\n".join(align(rows))


def _cells(source: RepTruth | Rep) -> tuple[str, str, str, str, str]:
    return (
        figure(source.mean_velocity_m_s, digits=3),
        figure(source.peak_velocity_m_s, digits=3),
        figure(source.rom_cm, digits=1),
        figure(source.liftoff_s, digits=2),
        figure(source.lockout_s, digits=2),
    )


_HEADER = (
    "rep",
    "lift-off s",
    "up s",
    "mean m/s",
    "peak m/s",
    "range cm",
    "forward cm",
    "back cm",
    "net drift cm",
)


def _row(rep: Rep) -> tuple[str, ...]:
    sd = rep.uncertainty
    return (
        f"{rep.index}" if rep.complete else f"partial {rep.index}",
        figure(rep.liftoff_s, digits=2),
        figure(rep.concentric_s, digits=2),
        figure(rep.mean_velocity_m_s, digits=2, sd=sd.mean_velocity_m_s),
        figure(rep.peak_velocity_m_s, digits=2, sd=sd.peak_velocity_m_s),
        figure(rep.rom_cm, digits=1, sd=sd.rom_cm),
        figure(rep.max_forward_cm, digits=1, sd=sd.max_forward_cm),
        figure(rep.max_backward_cm, digits=1, sd=sd.max_backward_cm),
        figure(rep.net_drift_cm, digits=1, sd=sd.x_cm),
    )
