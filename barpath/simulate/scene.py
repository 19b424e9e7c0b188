"""What a simulated clip is to show: lift, plate, view, recording and surroundings."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from barpath.errors import UsageError
from barpath.simulate.lift import MIN_LEAN_S, Drift, Lift, one_of, within

SUBJECTS = ("set", "bodyweight", "still")
SHOULDER_SHARE, HAND_SHARE = 0.83, 0.45
"""Height of a bar on the back and in hanging hands, as shares of stature."""
MEASURABLE_YAW_DEG = 60.0
"""Beyond this the plate's face is too narrow to be a ruler."""
BELL_RADIUS_CM, BELL_GRIP_CM = 10.5, 17.5
"""Of the kettlebell's ball (competition bells measure 21 cm), and its handle over its centre."""
PLATE_STYLES = (
    *("red", "blue", "green", "yellow", "black"),
    *("iron", "grip", "polygon", "thin", "stack"),
)
BACKDROPS = ("gym", "garage", "studio", "dark")
BYSTANDERS = ("none", "behind", "front")


@dataclass(frozen=True)
class PlateLook:
    """The near plate, which is the ruler.

    Attributes
    ----------
    style : str
        One of `PLATE_STYLES`. ``stack`` has a smaller plate in front of the ruler.
    diameter_cm : float
        Of the rim; of the circle through the corners for ``polygon``.
    depth_cm : float or None
        From face to back; None for the style's own.
    wear : float
        Standard deviation of the stains and scuffs on its face, grey levels.
    """

    style: str = "red"
    diameter_cm: float = 45.0
    depth_cm: float | None = None
    wear: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values that can't be drawn."""
        one_of("plate", "style", self.style, PLATE_STYLES)
        within("plate", "diameter_cm", self.diameter_cm, 15, 60)
        if self.depth_cm is not None:
            within("plate", "depth_cm", self.depth_cm, 1, 15)
        within("plate", "wear", self.wear, 0, 40)

    @property
    def resting_height_cm(self) -> float:
        """Height of the bar's axis over the floor when the plate rests on it."""
        flat = math.cos(math.pi / 12) if self.style == "polygon" else 1.0
        return flat * self.diameter_cm / 2


@dataclass(frozen=True)
class View:
    """The picture and where it is taken from.

    Attributes
    ----------
    width, height : int
        Displayed pixels.
    plate_radius_px : float
        Radius of the near plate when looked at squarely; sets the focal length.
    distance_cm : float
        From the camera to the plane of the plate's outer face.
    height_cm, aside_cm : float
        Of the camera: over the floor; to the picture's right of midfoot.
    roll_deg, yaw_deg, pitch_deg : float
        Turn of the picture (clockwise camera), walk round the lifter (to the right; 0 is side on,
        90 the front or the back), tilt (up).
    k1 : float
        First radial distortion coefficient, normalised coordinates (Brown 1966).
    shake_px : float
        Standard deviation of a hand-held camera's wander.
    off_right_px, off_down_px : float
        Of the lens's axis from the middle of the picture.
    """

    width: int = 1280
    height: int = 720
    plate_radius_px: float = 75.0
    distance_cm: float = 400.0
    height_cm: float = 88.0
    aside_cm: float = 0.0
    roll_deg: float = 0.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    k1: float = 0.0
    shake_px: float = 0.0
    off_right_px: float = 0.0
    off_down_px: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values that can't be drawn."""
        within("view", "width", self.width, 64, 7680)
        within("view", "height", self.height, 64, 7680)
        within("view", "plate_radius_px", self.plate_radius_px, 8, 2000)
        within("view", "distance_cm", self.distance_cm, 100, 3000)
        within("view", "height_cm", self.height_cm, 1, 300)
        within("view", "aside_cm", self.aside_cm, -300, 300)
        within("view", "roll_deg", self.roll_deg, -45, 45)
        within("view", "yaw_deg", self.yaw_deg, -90, 90)
        within("view", "pitch_deg", self.pitch_deg, -45, 45)
        within("view", "k1", self.k1, -0.3, 0.3)
        within("view", "shake_px", self.shake_px, 0, 60)
        within("view", "off_right_px", self.off_right_px, -self.width / 4, self.width / 4)
        within("view", "off_down_px", self.off_down_px, -self.height / 4, self.height / 4)
        if self.k1 != 0 and self.shake_px > 0:
            raise UsageError(
                "lens distortion and shake can't be drawn together",
                hint="set view.k1 or view.shake_px to 0",
            )


@dataclass(frozen=True)
class Recording:
    """What the phone makes of it.

    Attributes
    ----------
    fps : float
        Frames a second in the container.
    capture_fps : float or None
        Frames a second of real time; None where they are the same (no slow motion).
    codec : str
        As `barpath.video.write_video` knows it.
    crf : int or None
        Constant rate factor; None for the codec's own.
    exposure_s : float
        Real seconds; a frame's time is the middle of its exposure.
    noise_sd : float
        Of the sensor, in grey levels.
    blur_px : float
        Standard deviation of the lens blur.
    brightness : float
    vfr_jitter : float
        Half-width of the uniform scatter of frame times, in mean frame gaps; 0 for a constant rate.
    rotation_deg : int
        Rotation tag: 0, 90, 180 or 270; the picture is stored turned and shown upright.
    repeat_every : int
        Every n-th frame repeats the picture before it; 0 for none.
    freeze_s : float or None
        Real time from which the picture stands still for half a second.
    cut_s : float or None
        Real time of a hard cut to an empty room; the truth ends there.
    """

    fps: float = 30.0
    capture_fps: float | None = None
    codec: str = "h264"
    crf: int | None = None
    exposure_s: float = 0.008
    noise_sd: float = 2.0
    blur_px: float = 0.6
    brightness: float = 1.0
    vfr_jitter: float = 0.0
    rotation_deg: int = 0
    repeat_every: int = 0
    freeze_s: float | None = None
    cut_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse values that can't be drawn."""
        within("recording", "fps", self.fps, 1, 1000)
        if self.capture_fps is not None:
            within("recording", "capture_fps", self.capture_fps, 1, 1000)
        if self.crf is not None:
            within("recording", "crf", self.crf, 0, 51)
        within("recording", "exposure_s", self.exposure_s, 0, 0.05)
        within("recording", "noise_sd", self.noise_sd, 0, 40)
        within("recording", "blur_px", self.blur_px, 0, 10)
        within("recording", "brightness", self.brightness, 0.1, 2)
        within("recording", "vfr_jitter", self.vfr_jitter, 0, 0.45)
        one_of("recording", "rotation_deg", self.rotation_deg, (0, 90, 180, 270))
        within("recording", "repeat_every", self.repeat_every, 0, 1000)
        for name in ("freeze_s", "cut_s"):
            if getattr(self, name) is not None:
                within("recording", name, getattr(self, name), 0, 3600)

    @property
    def time_scale(self) -> float:
        """Real seconds per container second."""
        return 1.0 if self.capture_fps is None else self.fps / self.capture_fps


@dataclass(frozen=True)
class Surroundings:
    """What else is to be seen.

    Attributes
    ----------
    backdrop : str
        One of `BACKDROPS`.
    rack_plates, wall_circles : int
        Resting plates on racks, round signs on the wall: rims that aren't the bar's.
    bystander : str
        ``none``, ``behind`` the lifter or in ``front`` of the plate.
    bystander_s : float
        Real time at which the bystander passes the bar.
    pole : bool
        A post between camera and bar, over part of the near plate.
    caption : str
        Drawn over the picture; empty for none.
    lean_deg : float
        How far the room's uprights lean, in the picture's plane and clockwise.
    crooked_deg : float
        Standard deviation of how far the rack and each window lean besides.
    """

    backdrop: str = "gym"
    rack_plates: int = 2
    wall_circles: int = 0
    bystander: str = "none"
    bystander_s: float = 2.0
    pole: bool = False
    caption: str = ""
    lean_deg: float = 0.0
    crooked_deg: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values that can't be drawn."""
        one_of("surroundings", "backdrop", self.backdrop, BACKDROPS)
        within("surroundings", "rack_plates", self.rack_plates, 0, 12)
        within("surroundings", "wall_circles", self.wall_circles, 0, 6)
        one_of("surroundings", "bystander", self.bystander, BYSTANDERS)
        within("surroundings", "bystander_s", self.bystander_s, 0, 3600)
        within("surroundings", "lean_deg", self.lean_deg, -10, 10)
        within("surroundings", "crooked_deg", self.crooked_deg, 0, 10)


@dataclass(frozen=True)
class Scene:
    """Everything a simulated clip shows; the same scene always gives the same frames.

    Attributes
    ----------
    subject : str
        ``set`` of a barbell lift, ``bodyweight`` (the lifter moves, no bar), ``still`` (the loaded
        bar rests, nothing moves).
    facing : int
        +1 where the lifter's toes point to the picture's right, -1 to its left.
    stature_cm : float
    seed : int
        Of textures, noise, shake and frame times.
    """

    subject: str = "set"
    facing: int = 1
    stature_cm: float = 175.0
    seed: int = 0
    lift: Lift = field(default_factory=Lift)
    drift: Drift = field(default_factory=Drift)
    plate: PlateLook = field(default_factory=PlateLook)
    view: View = field(default_factory=View)
    recording: Recording = field(default_factory=Recording)
    surroundings: Surroundings = field(default_factory=Surroundings)

    def __post_init__(self) -> None:
        """Refuse values that can't be drawn."""
        one_of("scene", "subject", self.subject, SUBJECTS)
        one_of("scene", "facing", self.facing, (-1, 1))
        within("scene", "stature_cm", self.stature_cm, 120, 220)
        within("scene", "seed", self.seed, 0, 2**31)
        if self.drift.lean_cm > 0 and self.lift.pause_top_s < MIN_LEAN_S:
            raise UsageError(
                f"a lean back needs {MIN_LEAN_S:g} s at the top",
                hint="give lift.pause_top_s a larger value",
            )

    @property
    def measurable(self) -> bool:
        """Whether the clip shows a moving bar from a side on which it can be measured."""
        return self.subject == "set" and abs(self.view.yaw_deg) < MEASURABLE_YAW_DEG

    @property
    def ring_radius_cm(self) -> float:
        """Radius of the circle whose picture the truth gives: the plate's rim or the ball."""
        return BELL_RADIUS_CM if self.lift.kind == "kettlebell" else self.plate.diameter_cm / 2

    @property
    def base_height_cm(self) -> float:
        """Height over the floor of the lowest rest of the bar, or of the ball's centre."""
        if self.lift.kind == "squat":
            return SHOULDER_SHARE * self.stature_cm - self.lift.rom_cm
        if self.lift.kind == "rdl":
            return HAND_SHARE * self.stature_cm - self.lift.rom_cm
        if self.lift.kind == "kettlebell":
            return BELL_RADIUS_CM
        return self.plate.resting_height_cm
