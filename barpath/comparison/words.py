"""A comparison in words, for the terminal and the page."""

from __future__ import annotations

import math
from collections.abc import Iterator

from barpath.comparison.composer import Along, Comparison, Figure, Pair
from barpath.comparison.curves import Curve
from barpath.comparison.member import Member
from barpath.comparison.verdicts import HEADLINES, Verdict
from barpath.report.sheet import signed

CURVE_DIGITS = {"cm": 1, "m/s": 2}

#: What less and more are of a velocity, and of a place.
_SIDES = (("slower", "faster"), ("farther back", "farther forward"))


def headline(pair: Pair) -> str:
    """Say in one sentence whether two sets differ."""
    found = [item.quantity.label for item in pair.figures if item.verdict in HEADLINES]
    along = [item.kind.label for item in pair.curves if item.verdict in HEADLINES]
    if found or along:
        return f"{pair.second} differs from {pair.first} in {', '.join([*found, *along])}"
    if all(item.verdict is Verdict.NOT_COMPARED for item in pair.figures):
        return f"{pair.first} and {pair.second} can't be compared in numbers"
    return f"no difference between {pair.first} and {pair.second} that is sure to be one"


def figure_sentence(figure: Figure, pair: Pair) -> str:
    """Say how two sets differ in one figure, with its interval."""
    found, quantity = figure.difference, figure.quantity
    if found is None:
        return f"{quantity.label}: not compared, {figure.why}"
    digits, unit = quantity.digits, quantity.unit
    size = signed(abs(found.value), digits)
    ends = " to ".join(signed(end, digits) for end in (found.low, found.high))
    side = "more" if found.value >= 0 else "less"
    return (
        f"{quantity.label}: {pair.second} {size} {unit} {side} than {pair.first} "
        f"(95 % interval {ends}); {figure.verdict.value}"
    )


def along_sentence(along: Along, pair: Pair, first: Curve) -> str:
    """Say where along the lift two sets differ."""
    if along.band is None:
        return f"{along.kind.label}: not compared, {along.why}"
    if not along.stretches:
        return f"{along.kind.label}: {along.verdict.value}"
    unit = along.kind.unit
    by_height = along.kind.against == "height"
    parts = []
    for stretch in along.stretches:
        places = (stretch.from_pct, stretch.to_pct)
        whole = first.rise_cm if by_height else first.duration_s
        ends = " to ".join(signed(pct / 100 * whole, 0 if by_height else 2) for pct in places)
        side = _SIDES[along.kind.sideways][stretch.largest > 0]
        parts.append(
            f"{side} from {places[0]:.0f} to {places[1]:.0f} % of the "
            f"{'rise' if by_height else 'time up'} ({ends} {'cm' if by_height else 's'} in "
            f"{pair.first}), by {signed(abs(stretch.largest), CURVE_DIGITS[unit])} {unit} at most"
        )
    return f"{along.kind.label}: {pair.second} {'; '.join(parts)}; {along.verdict.value}"


def spoken(comparison: Comparison, pair: Pair) -> Iterator[str]:
    """Give a line for each difference, those that are sure first, and one for each reason not to.

    Parameters
    ----------
    comparison : Comparison
    pair : Pair
        One of its pairs.
    """
    first = comparison.curves[[m.key for m in comparison.members].index(pair.first)]
    lines = [(item.verdict, figure_sentence(item, pair)) for item in pair.figures]
    lines += [
        (item.verdict, along_sentence(item, pair, curve))
        for item, curve in zip(pair.curves, first, strict=True)
    ]
    for verdict in (*HEADLINES, Verdict.CHANCE, Verdict.WITHIN_SCATTER, Verdict.UNMEASURABLE):
        yield from (text for found, text in lines if found is verdict)
    reasons: dict[str, list[str]] = {}
    for figure in pair.figures:
        reasons.setdefault(figure.why, []).append(figure.quantity.label)
    for along in pair.curves:
        reasons.setdefault(along.why, []).append(along.kind.label)
    for why, labels in reasons.items():
        if why:
            yield f"not compared, for {why}: {', '.join(labels)}"


def member_line(member: Member) -> str:
    """Name a set with its reps and load."""
    whole = len(member.whole)
    parts = [
        f"{member.key}: {member.set.name}",
        f"{whole} whole {'repetition' if whole == 1 else 'repetitions'}",
    ]
    if math.isfinite(member.set.load_kg):
        parts.append(f"{member.set.load_kg:g} kg")
    return ", ".join(parts)
