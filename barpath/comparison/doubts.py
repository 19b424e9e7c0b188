"""What may not be compared, and what the reader of a comparison must be told."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from barpath.caveats import Caveat
from barpath.comparison.contrast import TREND_REPS
from barpath.comparison.member import Member
from barpath.errors import UsageError
from barpath.technique.lift import FLOOR_REST_S, bottom_rest_s, starts_at_top

TRAVEL_RATIO = 1.5
"""Two lifters' travel in one lift differs by less: that of deadlifts is 26.0 % of stature
conventionally and 21.2 % with a sumo stance (Escamilla et al. 2000, second-hand), and statures
from 160 to 195 cm differ by 1.22."""


def check_lifts(members: Sequence[Member], *, force: bool) -> None:
    """Refuse sets of different lifts, as far as anybody said what was lifted.

    Raises
    ------
    UsageError
        Two sets are of different lifts, and `force` isn't set.
    """
    lifts = _lifts(members)
    if len(set(lifts.values())) > 1 and not force:
        said = ", ".join(f"{title} is {lift}" for title, lift in lifts.items())
        raise UsageError(
            f"the sets are of different lifts: {said}",
            hint="compare sets of one lift, or give --force",
        )


def _lifts(members: Sequence[Member]) -> dict[str, str]:
    return {member.title: member.set.lift for member in members if member.set.lift}


def doubts(members: Sequence[Member]) -> tuple[Caveat, ...]:
    """Warn of what bends a comparison.

    Parameters
    ----------
    members : sequence of Member

    Returns
    -------
    tuple of Caveat
    """
    return tuple(
        caveat
        for kind in (
            _clip_doubts,
            _lift_doubts,
            _look_doubts,
            _rep_doubts,
            _facing_doubts,
            _plate_doubts,
            _foreign_doubts,
        )
        for caveat in kind(members)
    )


def _clip_doubts(members: Sequence[Member]) -> Iterator[Caveat]:
    hashes = dict.fromkeys(member.clip_sha256 for member in members if member.clip_sha256)
    for sha256 in hashes:
        same = [member.title for member in members if member.clip_sha256 == sha256]
        if len(same) > 1:
            yield Caveat(
                "same_clip",
                f"{_listed(same)} are of the same clip: what differs between them is how it was "
                "analysed",
                "name another set to hold the lifter against",
            )


def _lift_doubts(members: Sequence[Member]) -> Iterator[Caveat]:
    lifts = _lifts(members)
    if len(set(lifts.values())) > 1:
        said = ", ".join(f"{title} is {lift}" for title, lift in lifts.items())
        yield Caveat(
            "lifts_differ",
            f"the sets are of different lifts: {said}",
            "what differs may be the lift, not the lifter",
        )
    elif lifts and len(lifts) < len(members):
        unsaid = [member.title for member in members if not member.set.lift]
        yield Caveat(
            "lift_unknown",
            f"what was lifted isn't said of {_listed(unsaid)}; it is taken to be the same",
            "analyse it with --lift",
        )


@dataclass(frozen=True)
class _Look:
    """What a set's repetitions look like: how far they rise, and whether the way down is first."""

    title: str
    travel_cm: float
    from_top: bool

    @property
    def said(self) -> str:
        first = "comes down first and rises" if self.from_top else "starts low and rises"
        return f"{self.title} {first} {self.travel_cm:.0f} cm"


def _look_doubts(members: Sequence[Member]) -> Iterator[Caveat]:
    """Warn of sets that don't look like one lift, where nobody said that they are."""
    named = {member.set.lift for member in members}
    if len(named) == 1 and named.isdisjoint({None, "other"}):
        return
    looks = [_look(member) for member in members if member.whole]
    if not looks:
        return
    travels_cm = [look.travel_cm for look in looks]
    same_way = len({look.from_top for look in looks}) == 1
    if same_way and max(travels_cm) < TRAVEL_RATIO * min(travels_cm):
        return
    yield Caveat(
        "lifts_look_different",
        f"the sets don't look like one lift: {'; '.join(look.said for look in looks)}",
        "what differs may be the lift, not the lifter; analyse with --lift, and with "
        "--plate-diameter CM where a plate isn't 45 cm wide",
    )


def _look(member: Member) -> _Look:
    # a clip that starts at lockout shows a way down before each pull from the floor as well
    rests = all(bottom_rest_s(rep) >= FLOOR_REST_S for rep in member.whole)
    return _Look(
        title=member.title,
        travel_cm=float(np.median([rep.rom_cm for rep in member.whole])),
        from_top=starts_at_top(member.whole[0], motion=member.motion) and not rests,
    )


def _rep_doubts(members: Sequence[Member]) -> Iterator[Caveat]:
    for member in members:
        if not member.whole:
            shown = "no repetition" if not member.reps else "no repetition from start to end"
            yield Caveat(
                "no_whole_rep",
                f"{member.title} shows {shown}: its figures and curves can't be compared",
                "film the whole set; paths, videos and findings are still shown",
            )
    counts = [len(member.whole) for member in members if member.whole]
    if len(counts) > 1 and max(counts) == 1:
        yield Caveat(
            "single_reps",
            "each set has one whole repetition: a difference is held against the measurement's ± "
            "alone, and how much the lifter's repetitions vary isn't known",
            "compare sets of three repetitions or more",
        )
    elif len(set(counts)) > 1 and counts[0] + min(counts[1:]) >= TREND_REPS:
        yield Caveat(
            "lengths_differ",
            "the sets have different numbers of repetitions: they are compared at the same one, "
            "with the trend from one to the next taken out",
            "the difference is therefore not quite that of the means",
        )


def _facing_doubts(members: Sequence[Member]) -> Iterator[Caveat]:
    unknown = [member.title for member in members if member.facing is None]
    if unknown:
        yield Caveat(
            "facing_unknown",
            f"which way the lifter faces isn't known of {_listed(unknown)}: nothing horizontal is "
            "compared with it, and its path is drawn as the picture shows it",
            "analyse the clip with --facing left or --facing right",
        )
    if len({member.facing for member in members} - {None}) > 1:
        left = [member.title for member in members if member.facing == "left"]
        yield Caveat(
            "facings_mirrored",
            f"the lifters face different ways: {_listed(left)} is mirrored, so that the toes point "
            "right everywhere",
            "the videos are shown as they were filmed",
        )


def _plate_doubts(members: Sequence[Member]) -> Iterator[Caveat]:
    sizes = {
        member.title: member.ruler.plate_diameter_cm
        for member in members
        if math.isfinite(member.ruler.plate_diameter_cm)
    }
    doubtful = [member.title for member in members if member.ruler.doubtful]
    assumed = [member.title for member in members if member.ruler.plate_assumed]
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{size:g} cm in {title}" for title, size in sizes.items())
        yield Caveat(
            "plates_differ",
            f"the plate is taken to measure {said}; if that is wrong, so is every difference",
            "measure the plates and analyse with --plate-diameter CM",
        )
    if doubtful:
        yield Caveat(
            "ruler_doubtful",
            f"the ruler is likely to be wrong in {_listed(doubtful)}, where it makes the lifter "
            "too tall: so are all differences from it",
            "measure the plate and analyse with --plate-diameter CM",
        )
    if assumed:
        yield Caveat(
            "plate_size_assumed",
            f"what the plate measures was assumed in {_listed(assumed)}: if it isn't so, "
            "velocities and lengths differ by as much, and no ± knows it",
            "the same plate in all sets does no harm to a comparison in per cent",
        )


def _foreign_doubts(members: Sequence[Member]) -> Iterator[Caveat]:
    foreign = [member for member in members if not member.judged]
    if foreign:
        yield Caveat(
            "foreign_path",
            f"another program followed the bar in {_listed([m.title for m in foreign])}: a ± of "
            f"{foreign[0].ruler.scale_sd_pct:g} % is assumed of its scale, and no findings are "
            "looked for",
            "the clip itself, analysed here, says more",
        )


def _listed(titles: Sequence[str]) -> str:
    return ", ".join(titles)
