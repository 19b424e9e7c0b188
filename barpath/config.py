"""Every option of an analysis: its default, range, unit and help, once.

The command line builds its options from these fields and the library takes them as keywords, so
neither can drift from the other.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from barpath.errors import UsageError

#: What a plate is taken to measure when nobody says: IWF and IPF discs and full-size bumpers.
STANDARD_PLATE_CM = 45.0


class Seed(NamedTuple):
    """A plate pointed at by hand, in displayed pixels of the first frame."""

    x_px: float
    y_px: float
    radius_px: float


class Box(NamedTuple):
    """A target boxed by hand: left, top, width, height in displayed pixels of the first frame."""

    x_px: float
    y_px: float
    width_px: float
    height_px: float


class ScaleLine(NamedTuple):
    """Two points of the first frame, displayed pixels, and the length between them."""

    x1_px: float
    y1_px: float
    x2_px: float
    y2_px: float
    length_cm: float


#: Nearer points than these make a scale worse than 5 %.
MIN_SCALE_PX = 40.0


@dataclass(frozen=True)
class Option:
    """How one field of `AnalysisConfig` is said on the command line.

    Attributes
    ----------
    flag : str
    metavar : str
        Placeholder in the help; empty for choices, which show themselves.
    help : str
    unit : str
        Empty for what has none.
    minimum, maximum : float
        Range of a number, ends included.
    choices : tuple of str
        The only values, where there are only so many.
    parse : callable
        Text to value; raises ValueError with a reason.
    """

    flag: str
    metavar: str
    help: str
    unit: str = ""
    minimum: float = -math.inf
    maximum: float = math.inf
    choices: tuple[str, ...] = ()
    parse: Callable[[str], object] = str


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("must be a number, such as 43.2") from None
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def _date(text: str) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("must be a date such as 2026-03-01") from None


def _numbers(text: str, form: str) -> list[float]:
    """Read as many numbers as the form names."""
    parts = text.split(",")
    names = form.split(",")
    if len(parts) != len(names):
        raise ValueError(f"must be {len(names)} numbers: {form}")
    return [_number(part) for part in parts]


def _seed(text: str) -> Seed:
    return Seed(*_numbers(text, "X,Y,R"))


def _box(text: str) -> Box:
    return Box(*_numbers(text, "X,Y,W,H"))


def _scale_line(text: str) -> ScaleLine:
    return ScaleLine(*_numbers(text, "X1,Y1,X2,Y2,CM"))


def _midfoot(text: str) -> str | float:
    if text in ("auto", "start"):
        return text
    try:
        return _number(text)
    except ValueError:
        raise ValueError("must be auto, start or a column of the picture") from None


def _option(default: object, **option: Any) -> Any:
    """Make a field with its default and its `Option`."""
    return field(default=default, metadata={"option": Option(**option)})


@dataclass(frozen=True, kw_only=True)
class AnalysisConfig:
    """What the user said about a clip; everything has a default.

    Raises
    ------
    UsageError
        A value out of its range.
    """

    plate_diameter_cm: float | None = _option(
        None,
        flag="--plate-diameter",
        metavar="CM",
        help=f"Real diameter of the near plate's outer rim. Without it {STANDARD_PLATE_CM:g} cm is "
        "assumed, and said so.",
        unit="cm",
        minimum=10.0,
        maximum=80.0,
        parse=_number,
    )
    lift: str = _option(
        "auto",
        flag="--lift",
        metavar="",
        help="What was lifted. auto: told from the path where that is sure enough; other and "
        "kettlebell get no findings; kettlebell needs --target and --scale.",
        choices=("auto", "conventional", "sumo", "trapbar", "rdl", "kettlebell", "other"),
    )
    facing: str = _option(
        "auto",
        flag="--facing",
        metavar="",
        help="Where the lifter's toes point in the picture. auto: told by the near shoe; where it "
        "can't be, that is warned of.",
        choices=("auto", "left", "right"),
    )
    midfoot: str | float = _option(
        "auto",
        flag="--midfoot",
        metavar="auto|start|PX",
        help="Where x_cm is 0. auto: the middle of the near shoe, or start where that isn't seen; "
        "start: where the bar stood before the first pull; PX: a column of the picture, displayed "
        "pixels.",
        unit="px",
        minimum=0.0,
        parse=_midfoot,
    )
    plate: Seed | None = _option(
        None,
        flag="--plate",
        metavar="X,Y,R",
        help="Point at the plate by hand: its centre and radius in the first frame, displayed "
        "pixels.",
        unit="px",
        minimum=0.0,
        parse=_seed,
    )
    target: Box | None = _option(
        None,
        flag="--target",
        metavar="X,Y,W,H",
        help="Box the kettlebell by hand: its left top corner, width and height in the first "
        "frame, displayed pixels.",
        unit="px",
        minimum=0.0,
        parse=_box,
    )
    scale: ScaleLine | None = _option(
        None,
        flag="--scale",
        metavar="X1,Y1,X2,Y2,CM",
        help="Scale by a known length instead of a plate: two points of the first frame, displayed "
        "pixels, as far from the camera as the kettlebell, and the centimetres between them.",
        unit="px",
        minimum=0.0,
        parse=_scale_line,
    )
    roll: float | None = _option(
        None,
        flag="--roll",
        metavar="DEG",
        help="How far the camera was turned clockwise, as its user sees it. Without it, it is read "
        "off posts, door frames and walls, or off a dropped bar, where the clip shows one.",
        unit="degrees",
        minimum=-45.0,
        maximum=45.0,
        parse=_number,
    )
    camera: str | None = _option(
        None,
        flag="--camera",
        metavar="PROFILE",
        help="Camera profile that 'barpath calibrate lens' wrote; takes the lens's distortion out.",
    )
    capture_fps: float | None = _option(
        None,
        flag="--capture-fps",
        metavar="N",
        help="Frames a second the camera took, for a clip that plays in slow motion; at least the "
        "clip's own rate.",
        unit="Hz",
        minimum=1.0,
        maximum=2000.0,
        parse=_number,
    )
    stature_cm: float | None = _option(
        None,
        flag="--stature",
        metavar="CM",
        help="The lifter's height, from which that of the knees is estimated.",
        unit="cm",
        minimum=100.0,
        maximum=250.0,
        parse=_number,
    )
    knee_height_cm: float | None = _option(
        None,
        flag="--knee-height",
        metavar="CM",
        help="Height of the knees over the floor, instead of the estimate.",
        unit="cm",
        minimum=25.0,
        maximum=80.0,
        parse=_number,
    )
    thresholds: str | None = _option(
        None,
        flag="--thresholds",
        metavar="FILE",
        help="TOML file whose [technique] table overrides the findings' thresholds.",
    )
    load_kg: float | None = _option(
        None,
        flag="--load-kg",
        metavar="KG",
        help="Load on the bar; recorded with the result.",
        unit="kg",
        minimum=0.0,
        maximum=1000.0,
        parse=_number,
    )
    athlete: str | None = _option(
        None, flag="--athlete", metavar="NAME", help="Who lifted; recorded with the result."
    )
    date: str | None = _option(
        None,
        flag="--date",
        metavar="YYYY-MM-DD",
        help="When it was lifted; recorded with the result.",
        parse=_date,
    )
    set_name: str | None = _option(
        None, flag="--set-name", metavar="TEXT", help="What to call the set; default: the clip."
    )

    def __post_init__(self) -> None:
        """Check each value against its option's range and choices."""
        for name, option in options().items():
            value = getattr(self, name)
            if option.choices and value not in option.choices:
                raise UsageError(
                    f"{option.flag} can't be {value!r}", hint=f"one of: {', '.join(option.choices)}"
                )
            for number in value if isinstance(value, tuple) else (value,):
                _check_range(number, option)
        if isinstance(self.midfoot, str) and self.midfoot not in ("auto", "start"):
            raise UsageError(f"--midfoot can't be {self.midfoot!r}", hint="auto, start or a column")
        if self.plate is not None and self.plate.radius_px < 2.0:
            raise UsageError("--plate has no size", hint="X,Y,R: R is the plate's radius in pixels")
        self._check_target()

    def _check_target(self) -> None:
        """See to it that a kettlebell comes with all it needs, and nothing else does."""
        bell = self.lift == "kettlebell"
        if bell and (self.target is None or self.scale is None):
            raise UsageError(
                "--lift kettlebell needs --target and --scale: there is no plate to find or to "
                "measure by",
                hint="--target X,Y,W,H boxes the kettlebell in the first frame; --scale "
                "X1,Y1,X2,Y2,CM says how long something in it is, such as the kettlebell's height",
            )
        if not bell and (self.target is not None or self.scale is not None):
            raise UsageError(
                "--target and --scale are for a lift without a plate",
                hint="give --lift kettlebell, or point at the plate with --plate X,Y,R",
            )
        if bell and (self.plate is not None or self.plate_diameter_cm is not None):
            raise UsageError(
                "--plate and --plate-diameter mean nothing with --lift kettlebell",
                hint="leave them out: --target and --scale take their place",
            )
        if self.scale is not None:
            x1, y1, x2, y2, length_cm = self.scale
            if math.hypot(x2 - x1, y2 - y1) < MIN_SCALE_PX or length_cm < 1.0:
                raise UsageError(
                    f"--scale spans {math.hypot(x2 - x1, y2 - y1):.0f} pixels and {length_cm:g} cm",
                    hint=f"give two points at least {MIN_SCALE_PX:.0f} pixels and 1 cm apart",
                )


@dataclass(frozen=True, kw_only=True)
class OverlayConfig:
    """How the overlay video is made.

    Raises
    ------
    UsageError
        A value out of its range.
    """

    height_px: int | None = _option(
        None,
        flag="--overlay-height",
        metavar="PX",
        help="Height of the overlay video; default: the clip's own.",
        unit="px",
        minimum=64,
        maximum=4320,
        parse=_whole,
    )
    slow: float = _option(
        1.0,
        flag="--slow",
        metavar="SPEED",
        help="Speed the overlay plays at: 0.5 is half speed, without sound.",
        minimum=0.05,
        maximum=1.0,
        parse=_number,
    )

    def __post_init__(self) -> None:
        """Check each value against its option's range."""
        for name, option in options(type(self)).items():
            _check_range(getattr(self, name), option)

    def playback_rate(self, time_scale: float) -> float:
        """Give the seconds that one real second takes in the overlay.

        Slow motion stays as slow as the clip plays: `time_scale` is real seconds a second of it.
        """
        return 1.0 / (time_scale * self.slow)


def _check_range(value: object, option: Option) -> None:
    """Refuse a number outside its option's range; NaN is outside every range."""
    if not isinstance(value, int | float):
        return
    if not option.minimum <= value <= option.maximum:
        ends = f"at least {option.minimum:g}"
        if math.isfinite(option.maximum):
            ends = f"from {option.minimum:g} to {option.maximum:g}"
        raise UsageError(f"{option.flag} can't be {value:g}", hint=f"{ends} {option.unit}".strip())


def options(
    config: type[AnalysisConfig] | type[OverlayConfig] = AnalysisConfig,
) -> dict[str, Option]:
    """Give each field's option by the field's name, in the order of the help."""
    return {f.name: f.metadata["option"] for f in fields(config)}
