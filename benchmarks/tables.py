"""Outcomes laid out as Markdown tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np

from benchmarks.scoring import Outcome
from benchmarks.summaries import (
    NORMAL_SHARES,
    ONE_SIDED,
    Coverage,
    Summary,
    chance_pct,
    coverage_near_0,
    coverage_of,
    position_coverage,
    rms,
    summarise,
)

WORST = 6
"""Cells named as the worst, per quantity."""


def _table(head: str, rows: Iterable[str], *, words: int = 1) -> str:
    """Join head and rows; the first `words` columns are text, the rest right-aligned."""
    columns = head.count("|") + 1
    rule = "|".join(["---"] * words + ["--:"] * (columns - words))
    return "\n".join([f"| {head} |", f"|{rule}|", *(f"| {row} |" for row in rows)])


def _number(value: float, digits: int, *, signed: bool = False) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"


def _agreement(summary: Summary, name: str, digits: int) -> str:
    """Bias, with its standard error where several clips tell it, and RMSE of a quantity."""
    one = summary.figures[name]
    doubt = f"±{_number(one.bias_se, digits)}" if math.isfinite(one.bias_se) else ""
    return f"{_number(one.bias, digits, signed=True)}{doubt} / {_number(one.rmse, digits)}"


def _limits(summary: Summary, name: str, digits: int) -> str:
    one = summary.figures[name]
    lower, upper = (_number(end, digits, signed=True) for end in (one.lower, one.upper))
    return f"{lower} to {upper}"


def _by_method(outcomes: Sequence[Outcome]) -> dict[str, Summary]:
    methods = dict.fromkeys(outcome.method for outcome in outcomes)
    return {
        method: summarise([one.score for one in outcomes if one.method == method])
        for method in methods
    }


def comparison(outcomes: Sequence[Outcome]) -> str:
    """Set the methods side by side: the path in one table, the repetitions in another."""
    path_rows, rep_rows = [], []
    for method, s in _by_method(outcomes).items():
        path_rows.append(
            f"{method} | {_number(s.centre_med_px, 2)} | {_number(s.centre_med_pct, 2)} "
            f"| {_number(s.centre_p95_pct, 2)} | {_number(s.x_rmse_cm, 2)} "
            f"| {_number(s.y_rmse_cm, 2)} | {s.reps_found}/{s.reps_true} | {s.ghosts} "
            f"| {_number(s.covered_pct, 0)}"
        )
        rep_rows.append(
            f"{method} | {_agreement(s, 'rom_cm', 2)} | {_agreement(s, 'mean_velocity_m_s', 3)} "
            f"| {_limits(s, 'mean_velocity_m_s', 3)} | {_agreement(s, 'peak_velocity_m_s', 3)} "
            f"| {_number(s.figures['net_drift_cm'].rmse, 2)} "
            f"| {_number(1000 * s.figures['liftoff_s'].rmse, 0)} / "
            f"{_number(1000 * s.figures['lockout_s'].rmse, 0)}"
        )
    path = _table(
        "method | centre, px | centre, % | 95th pct., % | x RMSE, cm | y RMSE, cm | reps | ghosts "
        "| frames held, %",
        path_rows,
    )
    reps = _table(
        "method | ROM bias / RMSE, cm | mean velocity bias / RMSE, m/s | its limits of agreement "
        "| peak velocity bias / RMSE, m/s | drift RMSE, cm | lift-off / lockout RMSE, ms",
        rep_rows,
    )
    return f"{path}\n\n{reps}"


def conditions(ours: Sequence[Outcome], *, in_gyms: Sequence[Outcome] = ()) -> str:
    """List every condition, all of them together, and the gyms together."""
    rows = [_condition_row(f"{o.condition.group} | {o.condition.name}", [o]) for o in ours]
    rows.append(_condition_row("**all** | ", ours))
    if in_gyms:
        rows.append(_condition_row(f"**as gyms are** | {len(in_gyms)} clips", in_gyms))
    return _table(
        "group | condition | centre, px | 95th pct., % | x RMSE, cm | y RMSE, cm "
        "| ROM bias / RMSE, cm | mean v bias / RMSE, m/s | peak v bias / RMSE, m/s "
        "| lift-off / lockout, ms | reps | ghosts",
        rows,
        words=2,
    )


def _condition_row(name: str, outcomes: Sequence[Outcome]) -> str:
    s = summarise([outcome.score for outcome in outcomes])
    if s.refused == s.clips:
        return f"{name} | refused | | | | | | | | 0/{s.reps_true} | 0"
    return (
        f"{name} | {_number(s.centre_med_px, 2)} | {_number(s.centre_p95_pct, 2)} "
        f"| {_number(s.x_rmse_cm, 2)} | {_number(s.y_rmse_cm, 2)} | {_agreement(s, 'rom_cm', 2)} "
        f"| {_agreement(s, 'mean_velocity_m_s', 3)} | {_agreement(s, 'peak_velocity_m_s', 3)} "
        f"| {_number(1000 * s.figures['liftoff_s'].rmse, 0)} / "
        f"{_number(1000 * s.figures['lockout_s'].rmse, 0)} "
        f"| {s.reps_found}/{s.reps_true} | {s.ghosts}"
    )


def worst(ours: Sequence[Outcome]) -> str:
    """Name the conditions with the largest errors of what people read off."""
    measured = [outcome for outcome in ours if not outcome.score.refused]

    def mean_error(outcome: Outcome, name: str) -> float:
        error = summarise([outcome.score]).figures[name].rmse
        return error if math.isfinite(error) else 0.0

    rows = []
    for label, unit, of in (
        ("horizontal path, RMSE", "cm", lambda o: rms(o.score.x_cm)),
        ("vertical path, RMSE", "cm", lambda o: rms(o.score.height_cm)),
        ("range of motion, RMSE", "cm", lambda o: mean_error(o, "rom_cm")),
        ("mean velocity, RMSE", "m/s", lambda o: mean_error(o, "mean_velocity_m_s")),
        ("peak velocity, RMSE", "m/s", lambda o: mean_error(o, "peak_velocity_m_s")),
    ):
        ranked = sorted(measured, key=of, reverse=True)[:WORST]
        named = ", ".join(f"{o.condition.group} {o.condition.name} ({of(o):.3g})" for o in ranked)
        rows.append(f"{label}, {unit} | {named}")
    wrong = [
        f"{o.condition.group} {o.condition.name} ({o.score.reps_found} of {o.score.reps_true}"
        f"{f', {o.score.ghosts} too many' if o.score.ghosts else ''})"
        for o in ours
        if o.score.reps_found < o.score.reps_true or o.score.ghosts
    ]
    rows.append(f"repetitions | {', '.join(wrong) or 'all found, no ghost'}")
    return _table("quantity | worst conditions", rows, words=2)


def cameras(ours: Sequence[Outcome]) -> str:
    """Say how well the camera's roll and yaw are known, over the grid and group by group."""
    rows = []
    for name, members in [("**all**", list(ours)), *by_group(ours)]:
        measured = [one.score for one in members if not one.score.refused]
        cells = []
        for errors in ([one.roll_deg for one in measured], [one.yaw_deg for one in measured]):
            known = np.abs([error for error in errors if math.isfinite(error)])
            worst_deg = float(known.max()) if known.size else float("nan")
            cells += [_number(rms(known), 2), _number(worst_deg, 2), f"{known.size}/{len(errors)}"]
        rows.append(f"{name} | {' | '.join(cells)}")
    return _table("group | roll RMSE, ° | worst, ° | known | yaw RMSE, ° | worst, ° | known", rows)


def coverage(groups: Sequence[tuple[str, Sequence[Outcome]]]) -> str:
    """Say how often each ± holds, group by group, beside what chance allows a true one.

    What isn't told from 0 is named below, for the first group.
    """
    rows = []
    for name, members in groups:
        measured = [outcome.score for outcome in members if not outcome.score.refused]
        errors = [error for score in measured for error in score.rep_errors]
        reps = sum(score.reps_found for score in measured)
        cells = [_held(position_coverage(measured))]
        cells += [
            _held(coverage_of(errors, quantity), of=reps)
            for quantity in (
                "rom_cm",
                "mean_velocity_m_s",
                "peak_velocity_m_s",
                "net_drift_cm",
                "max_forward_cm",
                "max_backward_cm",
            )
        ]
        if not measured:
            continue
        by_chance = [
            f"{100 * share:.0f}±{one:.0f}"
            for share, one in zip(NORMAL_SHARES, chance_pct(len(measured)), strict=True)
        ]
        rows.append(
            f"{name} | {len(measured)} | {reps} | {' / '.join(by_chance)} | {' | '.join(cells)}"
        )
    table = _table(
        "group | clips | reps | if it holds | position | ROM | mean velocity | peak velocity "
        "| drift | forward | backward",
        rows,
    )
    return f"{table}\n\n{_near_0(*groups[0])}"


def _near_0(name: str, members: Sequence[Outcome]) -> str:
    """Say how often the ± holds of farthest places that were measured nearer than it."""
    errors = [error for outcome in members for error in outcome.score.rep_errors]
    ways = []
    for word, quantity in zip(("forward", "backward"), ONE_SIDED, strict=True):
        near = coverage_near_0(errors, quantity)
        ways.append(f"{near.count} {word} ({_number(near.within_2sd_pct, 0)} % within two)")
    of = name.strip("*")
    return f"Measured nearer than their ±, and not counted above: {' and '.join(ways)}, of {of}."


def by_group(outcomes: Sequence[Outcome]) -> list[tuple[str, list[Outcome]]]:
    """Part outcomes by the group of their condition."""
    return [
        (name, list(members))
        for name, members in groupby(outcomes, key=lambda o: o.condition.group)
    ]


def _held(coverage: Coverage, *, of: int = 0) -> str:
    """Give the shares, and how many errors they rest on where that is fewer than `of`."""
    if not coverage.count:
        return "–"
    shares = f"{coverage.within_1sd_pct:.0f} / {coverage.within_2sd_pct:.0f}"
    return f"{shares} ({coverage.count})" if coverage.count < of else shares


def refusals(names: Sequence[str], *, wrong: Sequence[str]) -> str:
    """Say which clips without anything to measure were refused."""
    return _table(
        "clip | verdict",
        (f"{name} | {'**measured**' if name in wrong else 'refused'}" for name in names),
        words=2,
    )
