"""Every threshold of a finding: its value, its unit, what it is, and where it comes from.

No peer-reviewed norm in centimetres exists for the bar path of a deadlift. What is a proposal of
this program's says so.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from barpath.errors import UsageError
from barpath.phases import KNEE_SHARE

PROPOSAL = "our proposal"

#: Taken for the lifter's where nobody says.
USUAL_STATURE_CM = 175.0


@dataclass(frozen=True)
class Meaning:
    """What a threshold is: unit, the sentence the documentation gives, and its source."""

    unit: str
    what: str
    source: str


def _threshold(value: float, unit: str, what: str, source: str = PROPOSAL) -> Any:
    return field(default=value, metadata={"meaning": Meaning(unit, what, source)})


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Where a habit becomes worth watching, and where a fault.

    Raises
    ------
    UsageError
        A value that isn't a positive number, or a fault below what is worth watching.
    """

    watch_cm: float = _threshold(2.0, "cm", "sideways travel that is worth watching")
    fault_cm: float = _threshold(4.0, "cm", "sideways travel that is a fault")
    natural_back_cm: float = _threshold(
        3.0, "cm", "travel back towards the lifter by lockout that belongs to the lift"
    )
    natural_back_sumo_cm: float = _threshold(2.0, "cm", "the same for a sumo deadlift")
    natural_back_trapbar_cm: float = _threshold(2.0, "cm", "the same for a trap bar")
    roll_cm: float = _threshold(
        1.5, "cm", "roll along the floor before lift-off that shows the shins pushing the bar"
    )
    knee_zone_cm: float = _threshold(
        12.0, "cm", "how far above or below the estimated knee a loop round the knees may peak"
    )
    hips_cm: float = _threshold(
        8.0,
        "cm",
        "travel forward in the last quarter of the way that is only mentioned: the hips push the "
        "bar there",
        "tidy real pulls show 3 to 8 cm (our measurement)",
    )
    hitch_watch_cm: float = _threshold(
        0.7,
        "cm",
        "sinking on the way up that is worth watching",
        "IPF Technical Rules count any downward movement; 0.7 cm is our margin for noise",
    )
    hitch_fault_cm: float = _threshold(1.5, "cm", "sinking on the way up that is a hitch")
    hitch_s: float = _threshold(0.05, "s", "shortest sinking that counts")
    lean_back_cm: float = _threshold(2.0, "cm", "travel back after lockout that hints at leaning")
    lean_sink_cm: float = _threshold(0.7, "cm", "sinking that goes with leaning back")
    soft_watch_cm: float = _threshold(2.0, "cm", "lockout below the set's highest: worth watching")
    soft_fault_cm: float = _threshold(4.0, "cm", "lockout below the set's highest: a fault")
    drop_m_s2: float = _threshold(
        6.0, "m/s^2", "mean downward acceleration (v^2 / 2h) of a bar let go; free fall is 9.81"
    )
    rebound_s: float = _threshold(0.15, "s", "rest on the floor below which a rep is a rebound")
    rdl_travel_share: float = _threshold(
        0.165,
        "of stature",
        "travel of an RDL that takes the bar to the knees",
        f"hands at 0.45 and knees at {KNEE_SHARE:g} of stature (Winter)",
    )
    rdl_rest_s: float = _threshold(0.4, "s", "rest at the bottom of an RDL that hints at the floor")
    stall_forward_cm: float = _threshold(
        1.5, "cm", "drift forward by a stall below the knee that hints at the hips rising first"
    )
    fault_confidence: float = _threshold(
        0.9, "of 1", "confidence that a finding needs to be called a fault"
    )

    def __post_init__(self) -> None:
        """Refuse what no finding could be held against."""
        for name in threshold_names():
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (number and math.isfinite(value) and value > 0):
                raise UsageError(
                    f"threshold {name} can't be {value!r}", hint="give a number above 0"
                )
        for low, high in (
            ("watch_cm", "fault_cm"),
            ("hitch_watch_cm", "hitch_fault_cm"),
            ("soft_watch_cm", "soft_fault_cm"),
        ):
            if getattr(self, low) > getattr(self, high):
                raise UsageError(
                    f"threshold {low} is above {high}", hint=f"give {high} the larger value"
                )

    def natural_back(self, lift: str) -> float:
        """Give the travel back (cm) that belongs to a lift."""
        if lift == "sumo":
            return self.natural_back_sumo_cm
        return self.natural_back_trapbar_cm if lift == "trapbar" else self.natural_back_cm


def threshold_names() -> tuple[str, ...]:
    """Name the thresholds in the order of the table."""
    return tuple(f.name for f in fields(Thresholds))


def meanings() -> dict[str, Meaning]:
    """Give what each threshold is, by its name."""
    return {f.name: f.metadata["meaning"] for f in fields(Thresholds)}


def read_thresholds(path: Path) -> Thresholds:
    """Read thresholds from the ``[technique]`` table of a TOML file.

    Those that the file doesn't name keep their value.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Thresholds

    Raises
    ------
    UsageError
        The file can't be read, isn't TOML, has no such table, or names or sets what isn't a
        threshold.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file", hint="check what --thresholds names") from error
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path}: not a TOML file that can be read", hint=f"the reason: {error}"
        ) from error
    table = content.get("technique")
    if not isinstance(table, dict):
        raise UsageError(
            f"{path}: has no [technique] table",
            hint="write [technique], then a line for each threshold, such as watch_cm = 2.5",
        )
    strangers = sorted(set(table) - set(threshold_names()))
    if strangers:
        raise UsageError(
            f"{path}: there is no threshold {strangers[0]!r}",
            hint=f"one of: {', '.join(threshold_names())}",
        )
    return Thresholds(**table)
