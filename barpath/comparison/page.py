"""The comparison as one page that carries everything it needs, but for the videos beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

import barpath
from barpath.comparison.composer import Comparison, Figure
from barpath.comparison.curves import GRID_PCT, KINDS, Curve, CurveKind
from barpath.comparison.loads import Loads, loads_in_words
from barpath.comparison.member import Member
from barpath.comparison.quantities import QUANTITIES, sample_of
from barpath.comparison.words import along_sentence, headline, spoken
from barpath.phases import at_time
from barpath.report.page import media_of
from barpath.report.sheet import script_hash, sheet_environment, signed, template_text
from barpath.reps import Rep

FloatArray = NDArray[np.float64]

_MAX_SAMPLES = 600
"""More samples of one repetition than this draw no finer line."""

_LINE_SAMPLES = 40

_AXES = {"path": "forward (cm)", "bow": "forward (cm)", "velocity": "velocity (m/s)"}
_LEAST = {"path": 2.0, "bow": 2.0, "velocity": 0.3}
"""A plot reaches at least this high: a straight path must look straight."""


def write_page(comparison: Comparison, to: TextIO, *, page_folder: Path) -> None:
    """Write the page.

    Parameters
    ----------
    comparison : Comparison
    to : file
        Open for text, UTF-8.
    page_folder : Path
        Where the page will lie in the end: the videos' addresses count from there.
    """
    environment = sheet_environment("barpath.comparison", "barpath.report")
    script = template_text(environment, "plot.js") + template_text(environment, "comparison.js")
    style = template_text(environment, "report.css") + template_text(environment, "comparison.css")
    members = comparison.members
    to.writelines(
        environment.get_template("comparison.html.jinja").generate(
            title=" against ".join(member.set.name for member in members),
            members=members,
            shades={member.key: k for k, member in enumerate(members)},
            warnings=comparison.warnings,
            pairs=[
                {
                    "first": pair.first,
                    "second": pair.second,
                    "headline": headline(pair),
                    "lines": list(spoken(comparison, pair)),
                }
                for pair in comparison.pairs
            ],
            mirrored=any(warning.code == "facings_mirrored" for warning in comparison.warnings),
            unplaced=[m.key for m in members if math.isnan(m.ruler.midfoot_sd_cm)],
            spoken="; ".join(_path_in_words(member) for member in members),
            kinds=list(_kinds(comparison)),
            figures=list(_figures(comparison)),
            reps=list(_reps(members)),
            loads=None if comparison.loads is None else list(loads_in_words(comparison.loads)),
            measured={member.key: _measured(member) for member in members},
            version=barpath.__version__,
            created=comparison.created,
            data=_data(comparison, page_folder),
            style=style,
            script=script,
            script_hash=script_hash(script),
        )
    )


# What is said -------------------------------------------------------------------------------------


def _path_in_words(member: Member) -> str:
    """Say a set's path, for those who don't see it."""
    if not member.whole:
        return f"{member.title}: no whole repetition"
    means = {q.name: float(sample_of(member, q).mean[0]) for q in QUANTITIES}
    return (
        f"{member.title}: on average {signed(means['rom_cm'], 1)} cm up, "
        f"{signed(means['max_forward_cm'], 1)} cm forward and "
        f"{signed(means['max_backward_cm'], 1)} cm back"
    )


def _kinds(comparison: Comparison) -> Iterator[dict[str, str]]:
    """Name each kind of curve, with what the first pair shows in it."""
    pair = comparison.pairs[0]
    at = [member.key for member in comparison.members].index(pair.first)
    for item, curve in zip(pair.curves, comparison.curves[at], strict=True):
        sentence = along_sentence(item, pair, curve)
        said = sentence.removeprefix(f"{item.kind.label}: ")
        yield {"name": item.kind.name, "label": item.kind.label, "said": f"{_capital(said)}."}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _figures(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Give the table of figures: means of the sets, differences of the pairs."""
    for k, quantity in enumerate(QUANTITIES):
        samples = [sample_of(member, quantity) for member in comparison.members]
        yield {
            "label": quantity.label,
            "unit": quantity.unit,
            "digits": quantity.digits,
            "means": [(float(s.mean[0]), float(s.spread[0])) for s in samples],
            "pairs": [_difference_cell(pair.figures[k]) for pair in comparison.pairs],
        }


def _difference_cell(figure: Figure) -> dict[str, Any]:
    found = figure.difference
    if found is None:
        unknown = math.nan
        return {
            "value": unknown,
            "low": unknown,
            "high": unknown,
            "said": f"not compared: {figure.why}",
        }
    return {
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "said": figure.verdict.value,
    }


def _reps(members: Sequence[Member]) -> Iterator[dict[str, Any]]:
    for member in members:
        samples = [sample_of(member, quantity) for quantity in QUANTITIES]
        for row, rep in enumerate(member.whole):
            yield {
                "member": member,
                "index": rep.index,
                "figures": [
                    (float(sample.values[row, 0]), quantity.digits)
                    for sample, quantity in zip(samples, QUANTITIES, strict=True)
                ],
            }


def _measured(member: Member) -> str:
    ruler = member.ruler
    plate = "another program's scale"
    if math.isfinite(ruler.plate_diameter_cm):
        assumed = " (assumed)" if ruler.plate_assumed else ""
        plate = f"plate of {ruler.plate_diameter_cm:g} cm{assumed}"
    facing = f"faces {member.facing}" if member.facing else "facing not known"
    midfoot = (
        f"midfoot ±{signed(ruler.midfoot_sd_cm, 1)} cm"
        if math.isfinite(ruler.midfoot_sd_cm)
        else "midfoot taken to be where the bar stood"
    )
    return (
        f"{member.source}: {plate}, scale ±{signed(ruler.scale_sd_pct, 1)} %; camera upright to "
        f"±{signed(ruler.lean_sd_deg, 1)}°; {facing}; {midfoot}"
    )


# What is drawn ------------------------------------------------------------------------------------


def _data(comparison: Comparison, page_folder: Path) -> dict[str, Any]:
    """Give the script its numbers."""
    return {
        "grid": GRID_PCT.tolist(),
        "facing": all(member.facing is not None for member in comparison.members),
        "kinds": [_kind_data(comparison, k, kind) for k, kind in enumerate(KINDS)],
        "sets": [
            _set_data(member, curves, page_folder)
            for member, curves in zip(comparison.members, comparison.curves, strict=True)
        ],
        "loads": None
        if comparison.loads is None
        else _loads_data(comparison.loads, comparison.members),
    }


def _loads_data(loads: Loads, members: Sequence[Member]) -> dict[str, Any]:
    """Give the sets' points, and the line from the lightest load to where it leads."""
    shade = {member.key: at for at, member in enumerate(members)}
    line, best = loads.line, loads.one_rep_max
    data: dict[str, Any] = {
        "points": [
            {
                "key": at.key,
                "shade": shade[at.key],
                "load": at.point.load_kg,
                "v": round(at.point.velocity_m_s, 4),
                "sd": round(at.point.sd_m_s, 4),
            }
            for at in loads.points
        ],
        "line": None,
        "best": None if best is None else {"load": _known(best.load_kg), "sd": _known(best.sd_kg)},
    }
    if line is not None:
        farthest_kg = max(line.heaviest_kg, best.load_kg if best else 0.0)
        load_kg = np.linspace(line.points[0].load_kg, farthest_kg, _LINE_SAMPLES)
        velocity, sd = line.band_m_s(load_kg)
        data["line"] = {
            "load": _column(load_kg, 2),
            "v": _column(velocity, 4),
            "sd": _column(sd, 4),
        }
    return data


def _kind_data(comparison: Comparison, at: int, kind: CurveKind) -> dict[str, Any]:
    stretches = comparison.pairs[0].curves[at].stretches
    return {
        "name": kind.name,
        "quantity": kind.quantity,
        "against": kind.against,
        "axis": _AXES[kind.quantity],
        "least": _LEAST[kind.quantity],
        "apart": [(stretch.from_pct, stretch.to_pct) for stretch in stretches],
    }


def _set_data(member: Member, curves: Sequence[Curve], page_folder: Path) -> dict[str, Any]:
    return {
        "key": member.key,
        "name": member.set.name,
        "reps": [_rep_data(member, rep) for rep in member.reps],
        "path": _mean_path(member, curves),
        "video": _video_data(member, page_folder),
        "curves": {
            curve.kind.name: {
                "reps": [_column(values, 3) for values in curve.sample.values],
                "mean": _column(curve.sample.mean, 3),
                "spread": _column(curve.sample.spread, 3),
            }
            for curve in curves
        },
    }


def _video_data(member: Member, page_folder: Path) -> dict[str, Any] | None:
    video = member.video
    if video is None:
        return None
    media = media_of(
        video.path,
        page_folder=page_folder,
        playback_rate=video.playback_rate,
        drawn=video.drawn,
        embed=False,
    )
    return None if media is None else {"src": media.src, "rate": media.playback_rate}


def _rep_data(member: Member, rep: Rep) -> dict[str, Any]:
    """Give a repetition's samples, timed from lift-off, or from the first where it isn't shown."""
    motion = member.motion
    origin_s = rep.liftoff_s if math.isfinite(rep.liftoff_s) else rep.start_s
    inside = np.flatnonzero((motion.time_s >= rep.start_s) & (motion.time_s <= rep.end_s))
    inside = inside[:: -(-inside.size // _MAX_SAMPLES) or 1]
    ends = (rep.liftoff_s, rep.lockout_s)
    y0, y1 = (at_time(motion=motion, values=motion.y_cm, time_s=end) for end in ends)
    return {
        "index": rep.index,
        "origin": round(origin_s, 4),
        "lifted": math.isfinite(rep.liftoff_s),
        "up": round(rep.concentric_s, 4) if rep.complete else None,
        "rise": _known(y1 - y0),
        "x0": _known(rep.start_x_cm),
        "x1": _known(rep.lockout_x_cm),
        "y0": _known(y0),
        "t": _column(motion.time_s[inside] - origin_s, 4),
        "x": _column(motion.x_cm[inside], 2),
        "y": _column(motion.y_cm[inside], 2),
        "v": _column(motion.vy_m_s[inside], 3),
    }


def _mean_path(member: Member, curves: Sequence[Curve]) -> dict[str, Any] | None:
    """Give the set's mean path by height, where it stands before midfoot."""
    if not member.whole:
        return None
    path = next(curve for curve in curves if curve.kind.name == "path_by_height")
    motion = member.motion
    start_x = float(np.mean([rep.start_x_cm for rep in member.whole]))
    start_y = np.mean(
        [at_time(motion=motion, values=motion.y_cm, time_s=r.liftoff_s) for r in member.whole]
    )
    return {
        "x": _column(path.sample.mean + start_x, 2),
        "y": _column(start_y + GRID_PCT / 100 * path.rise_cm, 2),
        "spread": _column(path.sample.spread, 2),
    }


def _column(values: FloatArray, digits: int) -> list[float | None]:
    return [None if math.isnan(value) else round(value, digits) for value in values.tolist()]


def _known(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None
