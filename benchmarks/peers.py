"""What people track bars with today, each handed the true place and size in the first frame.

Every peer gives the centre of what it follows, frame by frame, in displayed pixels. Scale comes
from the true plate's diameter in the first frame and stays, as in the published scripts; smoothing
and repetitions are ours, so that only the trackers differ. That they start from the truth is an
advantage that `barpath.analyse` doesn't get.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.calibration import BarPath, Calibration
from barpath.motion import differentiate
from barpath.reps import find_reps
from barpath.simulate import Truth
from barpath.simulate.optics import set_up
from barpath.tracking import State
from barpath.video import open_clip
from benchmarks.cache import CACHE, key_of
from benchmarks.scoring import Measured

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

#: Where the sleeve ends, cm towards the camera from the plate's face: two bumpers of 6.5 cm on a
#: sleeve of 41.5 cm, as the simulator draws them.
SLEEVE_END_CM = 28.5
SLEEVE_BOX_CM = 8.0

#: A template is renewed where it still fits this well (Kinovea's default), else kept.
RENEW_AT = 0.8
HOLD_AT = 0.5


@dataclass(frozen=True)
class Start:
    """The true place in the first frame, and half the side of the box to follow."""

    x_px: float
    y_px: float
    half_px: float

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width and height in whole pixels."""
        side = round(2 * self.half_px)
        return round(self.x_px - self.half_px), round(self.y_px - self.half_px), side, side


Pictures = Iterator[Image]
Peer = Callable[[Pictures, Start], list[tuple[float, float]]]
_LOST = (float("nan"), float("nan"))


def _by_tracker(create: Callable[[], cv2.Tracker]) -> Peer:
    """Follow with one of OpenCV's trackers on whole frames; lost where it says so itself."""

    def follow(pictures: Pictures, start: Start) -> list[tuple[float, float]]:
        tracker = create()
        tracker.init(next(pictures), start.box)
        centres = [(start.x_px, start.y_px)]
        for picture in pictures:
            held, (left, top, width, height) = tracker.update(picture)
            centres.append((left + width / 2, top + height / 2) if held else _LOST)
        return centres

    return follow


def adaptive_template(pictures: Pictures, start: Start) -> list[tuple[float, float]]:
    """Match a template by normalised correlation and renew it where it fits, as Kinovea does.

    The peak is refined by a parabola through its neighbours on either axis.
    """
    first = _grey(next(pictures))
    x, y = start.x_px, start.y_px
    size = round(2 * start.half_px) | 1
    template = cv2.getRectSubPix(first, (size, size), (x, y))
    centres = [(x, y)]
    for picture in pictures:
        grey = _grey(picture)
        reach = size  # a search window of three times the template's side
        window = cv2.getRectSubPix(grey, (size + 2 * reach, size + 2 * reach), (round(x), round(y)))
        fits = cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED)
        _, best, _, (column, row) = cv2.minMaxLoc(fits)
        if best < HOLD_AT:
            centres.append(_LOST)
            continue
        x = round(x) + column - reach + _peak(fits[row], column)
        y = round(y) + row - reach + _peak(fits[:, column], row)
        centres.append((x, y))
        if best >= RENEW_AT:
            template = cv2.getRectSubPix(grey, (size, size), (x, y))
    return centres


def _peak(values: FloatArray, at: int) -> float:
    """Offset of a parabola's top from its middle sample; 0 at the ends."""
    if not 0 < at < len(values) - 1:
        return 0.0
    left, middle, right = (float(value) for value in values[at - 1 : at + 2])
    bend = left - 2 * middle + right
    return 0.5 * (left - right) / bend if bend < 0 else 0.0


def optical_flow(pictures: Pictures, start: Start) -> list[tuple[float, float]]:
    """Follow corners on the hub by pyramidal Lucas-Kanade; the centre moves by their median."""
    before = _grey(next(pictures))
    mask = np.zeros(before.shape, dtype=np.uint8)
    hub_px = round(start.half_px / 3)
    cv2.circle(mask, (round(start.x_px), round(start.y_px)), hub_px, 255, -1)
    points = cv2.goodFeaturesToTrack(before, 40, 0.01, 3, mask=mask)
    x, y = start.x_px, start.y_px
    centres = [(x, y)]
    for picture in pictures:
        now = _grey(picture)
        if points is None or not len(points):
            centres.append(_LOST)
            continue
        moved, found, _ = cv2.calcOpticalFlowPyrLK(
            before, now, points, None, winSize=(21, 21), maxLevel=3
        )
        good = found.ravel() > 0
        if good.any():
            step = np.median((moved - points)[good].reshape(-1, 2), axis=0)
            x, y = x + float(step[0]), y + float(step[1])
        points, before = moved[good], now
        centres.append((x, y) if good.any() else _LOST)
    return centres


def _grey(picture: Image) -> Image:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


#: Name, tracker, and whether it follows the sleeve's end instead of the plate.
PEERS: tuple[tuple[str, Peer, bool], ...] = (
    ("CSRT on the plate", _by_tracker(cv2.TrackerCSRT.create), False),
    ("CSRT on the sleeve", _by_tracker(cv2.TrackerCSRT.create), True),
    ("KCF on the plate", _by_tracker(cv2.TrackerKCF.create), False),
    ("adaptive template", adaptive_template, False),
    ("Lucas-Kanade, hub", optical_flow, False),
)


def _followed(
    name: str, peer: Peer, *, clip: Path, start: Start, capture_fps: float | None
) -> tuple[FloatArray, FloatArray]:
    """Give the time of every frame and the centre that a peer followed to.

    Kept beside the clips, as following takes longer than all the rest: for as long as the clip, the
    peers and OpenCV stay what they were.
    """
    key = key_of((name, cv2.__version__, Path(__file__).read_text()))
    kept = CACHE / f"{clip.stem}_{key}.npy"
    if not kept.exists():
        with open_clip(clip, capture_fps=capture_fps) as opened:
            times: list[float] = []

            def pictures() -> Pictures:
                for frame in opened:
                    times.append(frame.time_s)
                    yield np.ascontiguousarray(frame.rgb()[..., ::-1])

            centres = np.array(peer(pictures(), start), dtype=np.float64)
        unfinished = kept.with_suffix(".part.npy")
        np.save(unfinished, np.column_stack([times, centres]))
        unfinished.replace(kept)
    found: FloatArray = np.load(kept)
    return found[:, 0], found[:, 1:]


def measure_with(name: str, peer: Peer, *, clip: Path, truth: Truth, sleeve: bool) -> Measured:
    """Follow a clip with a peer and measure what it followed with our smoothing and repetitions.

    The sleeve's end is compared with the plate by the way it goes from the first frame on: its
    offset there is taken off.
    """
    centre = np.array([truth.x_px[0], truth.y_px[0]])
    start = Start(float(centre[0]), float(centre[1]), float(truth.radius_px[0]))
    if sleeve:
        start = _sleeve_end(truth)
    time_s, centres = _followed(
        name, peer, clip=clip, start=start, capture_fps=truth.scene.recording.capture_fps
    )
    centres = centres + (centre - centres[0])
    cm_per_px = truth.scene.plate.diameter_cm / (2 * float(truth.radius_px[0]))
    held = np.isfinite(centres[:, 0])
    path = BarPath(
        time_s=time_s,
        x_cm=truth.scene.facing * (centres[:, 0] - centre[0]) * cm_per_px + truth.x_cm[0],
        y_cm=-(centres[:, 1] - centre[1]) * cm_per_px + truth.y_cm[0] - np.nanmin(truth.y_cm),
        sd_cm=np.where(held, cm_per_px, np.nan),
        state=np.where(held, State.TRACKED, State.LOST).astype(np.int8),
    )
    motion = differentiate(path=path)
    calibration = Calibration(
        cm_per_px=cm_per_px, plate_diameter_cm=truth.scene.plate.diameter_cm, sd_pct=0.5
    )
    return Measured(
        x_px=centres[:, 0],
        y_px=centres[:, 1],
        motion=motion,
        reps=find_reps(motion=motion, calibration=calibration),
    )


def _sleeve_end(truth: Truth) -> Start:
    """Where the sleeve's end is seen in the first frame of a still camera, and its box."""
    scene = truth.scene
    axis_cm = [
        scene.facing * float(truth.x_cm[0]),
        float(truth.y_cm[0]) + scene.base_height_cm,
        -SLEEVE_END_CM,
    ]
    camera = set_up(scene)
    tip_px = camera.project(np.array(axis_cm))
    half_px = float(camera.scale(np.array(axis_cm))) * SLEEVE_BOX_CM / 2
    return Start(float(tip_px[0]), float(tip_px[1]), half_px)
