"""The clip with what was measured drawn into it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from barpath.analysis import SetAnalysis
from barpath.config import OverlayConfig
from barpath.errors import UnreadableError
from barpath.pixels import enlarged_px
from barpath.report.carried import carry, lay_carried, ways_of
from barpath.report.ink import Planes, Sprite, even, even_up, lay, planes_of, sprite_of
from barpath.report.lettering import text_mask
from barpath.report.palette import speed_colours, top_speed_m_s
from barpath.report.panels import MARGIN, Callout, Callouts, Card, Moment, Strip, panel
from barpath.report.ring import Rim, draw_rim
from barpath.report.trail import Course, Trail
from barpath.reps import label_frames
from barpath.tracking import State
from barpath.video import ClipInfo, open_clip, write_video

ByteImage = NDArray[np.uint8]
FloatArray = NDArray[np.float64]

#: A design pixel: sizes are laid out for a picture whose shorter side is this long.
_DESIGN_PX = 360

#: How long a finding stays on the screen: some eight words at a relaxed reading pace.
_CALLOUT_S = 2.5


def write_overlay(
    analysis: SetAnalysis,
    *,
    clip: Path,
    to: Path,
    config: OverlayConfig,
    callouts: Sequence[Callout] = (),
    progress: Callable[[float], None] | None = None,
) -> int:
    """Draw the measurement into the clip and encode it: H.264, its own timing, upright.

    Pictures are decoded, drawn on and encoded one by one, so memory doesn't grow with the clip.
    Sound is kept at full speed and left out of slowed playback.

    Parameters
    ----------
    analysis : SetAnalysis
        Of this very clip.
    clip : Path
    to : Path
        An MP4.
    config : OverlayConfig
        Size and speed of playback.
    callouts : sequence of Callout
        Findings to show when they happen.
    progress : callable, optional
        Called with the share done, from 0 to 1.

    Returns
    -------
    int
        Frames written.

    Raises
    ------
    UnreadableError
        The clip can't be read, or isn't the one that was analysed.
    OutputError
        The video can't be written.
    """
    playback_s = analysis.motion.time_s * config.playback_rate(analysis.clip.time_scale)
    with open_clip(clip) as pictures:
        width, height = overlay_size(pictures.info, height_px=config.height_px)
        painter = _Painter(analysis, width=width, height=height, callouts=callouts)

        def drawn() -> Iterator[ByteImage]:
            frames = analysis.clip.frames
            for frame in pictures:
                if frame.index >= frames:
                    raise _other_clip(clip)
                picture = frame.i420(width=width, height=height)
                painter.draw(planes_of(picture), frame.index)
                if progress is not None:
                    progress((frame.index + 1) / frames)
                yield picture
            if frame.index + 1 != frames:
                raise _other_clip(clip)

        return write_video(
            to,
            drawn(),
            times_s=playback_s,
            codec="h264quick",
            sound_of=clip if pictures.info.has_audio and config.slow == 1.0 else None,
        )


def overlay_size(info: ClipInfo, *, height_px: int | None) -> tuple[int, int]:
    """Give the overlay's width and height, both even: the clip's own unless a height is asked."""
    height = info.height if height_px is None else height_px
    return max(2, even(info.width * height / info.height)), max(2, even(height))


def _other_clip(clip: Path) -> UnreadableError:
    return UnreadableError(
        f"{clip}: the clip has changed since it was analysed", hint="analyse it again"
    )


class _Painter:
    """Everything that is drawn, with what can be drawn once drawn once."""

    def __init__(
        self, analysis: SetAnalysis, *, width: int, height: int, callouts: Sequence[Callout]
    ) -> None:
        self._analysis = analysis
        self._scale = height / analysis.clip.height
        unit_px = min(width, height) / _DESIGN_PX
        top_m_s = top_speed_m_s(analysis)
        self._line_px = 2.2 * unit_px
        self._rep, self._phase = label_frames(time_s=analysis.motion.time_s, reps=analysis.reps)
        self._x_px = self._placed(analysis.track.x_px)
        self._y_px = self._placed(analysis.track.y_px)
        self._course_x_px, self._course_y_px = self._steadied()
        camera = analysis.camera
        self._ways = ways_of(camera, factor=self._scale) if camera and camera.moving else None
        self._trail = Trail(course=self._course(top_m_s), line_px=self._line_px)
        self._midfoot = _midfoot_line(
            length_px=self._plate_reach(), line_px=1.2 * unit_px, dash_px=7 * unit_px
        )
        self._midfoot_sprite = sprite_of(ink=self._midfoot[0], alpha=self._midfoot[1])
        self._midfoot_label = _tag(_midfoot_words(analysis), unit_px=unit_px)
        self._card = Card(unit_px=unit_px)
        self._strip = Strip(
            analysis,
            left_px=self._card.right_px + 6 * unit_px,
            right_px=width - MARGIN * unit_px,
            unit_px=unit_px,
            top_m_s=top_m_s,
        )
        self._callouts = Callouts(
            callouts,
            shown_s=_CALLOUT_S,
            width_px=width,
            bottom_px=height - MARGIN * unit_px,
            unit_px=unit_px,
        )

    def draw(self, planes: Planes, index: int) -> None:
        """Draw on a picture; frames must come in order."""
        time_s = float(self._analysis.motion.time_s[index])
        way = None if self._ways is None else self._ways[index]
        # What is called out stands where the word at the line's foot does.
        self._draw_midfoot(planes, way=way, named=not self._callouts.due(time_s))
        self._trail.advance(index)
        self._trail.lay(planes, way=way)
        self._draw_rim(planes, index)
        self._strip.lay(planes, time_s=time_s)
        self._card.lay(planes, self._moment(index))
        self._callouts.lay(planes, time_s=time_s)

    def _placed(self, displayed_px: FloatArray) -> FloatArray:
        """Turn displayed pixels into the overlay's (pixel centres at whole numbers)."""
        return enlarged_px(displayed_px, factor=self._scale)

    def _steadied(self) -> tuple[FloatArray, FloatArray]:
        """Give the path as the camera's reference frame shows it."""
        track, camera = self._analysis.track, self._analysis.camera
        if camera is None:
            return self._x_px, self._y_px
        x_px, y_px = camera.steadied(track.x_px, track.y_px)
        return self._placed(x_px), self._placed(y_px)

    def _course(self, top_m_s: float) -> Course:
        motion = self._analysis.motion
        return Course(
            x_px=self._course_x_px,
            y_px=self._course_y_px,
            colour=speed_colours(np.abs(motion.vy_m_s), top_m_s=top_m_s),
            # Without repetitions the whole path is what there is to see.
            rep=self._rep if self._analysis.reps else np.ones_like(self._rep),
            descending=np.array([name == "descent" for name in self._phase], dtype=bool),
        )

    def _plate_reach(self) -> float:
        """Give the height from the plate's highest place to the floor under its lowest."""
        y, radius = self._course_y_px, self._analysis.track.radius_px * self._scale
        return float(np.nanmax(y + radius) - np.nanmin(y))

    def _draw_midfoot(self, planes: Planes, *, way: FloatArray | None, named: bool) -> None:
        x = enlarged_px(self._analysis.midfoot.x_px, factor=self._scale)
        top = float(np.nanmin(self._course_y_px))
        ink, alpha = self._midfoot
        height, width = alpha.shape
        left = x - width / 2
        foot_x, foot_y = x, top + height
        if way is None:
            lay(planes, self._midfoot_sprite, left_px=left, top_px=top)
        else:
            lay_carried(planes, ink=ink, alpha=alpha, left_px=left, top_px=top, way=way)
            foot_x, foot_y = carry((foot_x, foot_y), way=way)
        if not named:
            return
        label_height, label_width = self._midfoot_label.y.shape
        # Where the floor is at the picture's lower edge the word stays in the picture.
        bottom = min(foot_y, planes.y.shape[0] - label_height)
        lay(planes, self._midfoot_label, left_px=foot_x - label_width / 2, top_px=bottom)

    def _draw_rim(self, planes: Planes, index: int) -> None:
        track = self._analysis.track
        if track.state[index] == State.LOST:
            return
        rim = Rim(
            x_px=float(self._x_px[index]),
            y_px=float(self._y_px[index]),
            radius_px=float(track.radius_px[index]) * self._scale,
            axis_ratio=float(track.axis_ratio[index]),
            angle_deg=track.plate.rim.angle_deg,
        )
        dashed = bool(track.state[index] == State.BRIDGED)
        sprite, left, top = draw_rim(rim, line_px=self._line_px, dashed=dashed)
        lay(planes, sprite, left_px=left, top_px=top)

    def _moment(self, index: int) -> Moment:
        motion, reps = self._analysis.motion, self._analysis.reps
        done = [rep for rep in reps if rep.lockout_s <= motion.time_s[index]]
        return Moment(
            rep=int(self._rep[index]),
            reps=len(reps),
            phase=str(self._phase[index]),
            velocity_m_s=float(motion.vy_m_s[index]),
            height_cm=float(motion.y_cm[index]),
            last_rep=done[-1].index if done else 0,
            last_mean_m_s=done[-1].mean_velocity_m_s if done else math.nan,
        )


def _midfoot_words(analysis: SetAnalysis) -> str:
    """Name the line for what it is: the start of the bar is not a foot."""
    return "start" if analysis.midfoot.method == "start" else "midfoot"


def _midfoot_line(
    *, length_px: float, line_px: float, dash_px: float
) -> tuple[ByteImage, ByteImage]:
    """Draw the upright line in dashes, light with dark sides, to be seen on any picture.

    Returns
    -------
    ink, alpha : ndarray of uint8
        As `sprite_of` takes them.
    """
    width, height = even_up(3 * line_px), max(2, even(length_px))
    alpha = np.zeros((height, width), dtype=np.uint8)
    dashed = (np.arange(height) // max(1, round(dash_px))) % 2 == 0
    alpha[dashed] = 190
    ink = np.zeros((height, width, 3), dtype=np.uint8)
    side = max(1, round((width - line_px) / 2))
    ink[:, side : max(side + 1, width - side)] = (255, 255, 255)
    return ink, alpha


def _tag(text: str, *, unit_px: float) -> Sprite:
    """Set a word on a small panel."""
    mask = text_mask(text, size_px=round(9 * unit_px))
    height, width = mask.shape
    inset = even(4 * unit_px)
    under = panel(width + 2 * inset, height + inset, round_px=3 * unit_px)
    ink = np.zeros((*under.y.shape, 3), dtype=np.uint8)
    alpha = np.rint(255 * under.weight).astype(np.uint8)
    place = np.s_[inset // 2 : inset // 2 + height, inset : inset + width]
    ink[place] = mask[..., None]
    alpha[place] = np.maximum(alpha[place], mask)
    return sprite_of(ink=ink, alpha=alpha)
