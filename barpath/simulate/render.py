"""Rendering a scene frame by frame: the room, the lifter, the bar, then what the phone adds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from barpath.simulate.bell import Bell, draw_bell, make_bell
from barpath.simulate.course import Course, lay_course
from barpath.simulate.lifter import Limb, limbs, walker
from barpath.simulate.optics import Pinhole, set_up
from barpath.simulate.paint import (
    Image,
    draw_disc,
    draw_drum,
    draw_limb,
    draw_panel,
)
from barpath.simulate.plates import PlateBody, make_plate, make_small_plate
from barpath.simulate.room import paint_room
from barpath.simulate.scene import Scene
from barpath.simulate.strain import strain_at
from barpath.simulate.truth import cameras, frame_times

FloatArray = NDArray[np.float64]

_PLATES_A_SIDE = 2
_SHAFT_CM = 131.0  # between the sleeves of a men's bar (IWF technical rules)
_SLEEVE_CM = 41.5
_SLEEVE_RADIUS_CM = 2.5
_WALK_CM_S = 110.0
_FREEZE_S = 0.5
_SUBFRAME_PX = 0.8  # finer than this, a blur shows no steps
_MAX_SUBFRAMES = 16
_STEEL = (168, 170, 174)
_NOISE_SLACK = (61, 67)


@dataclass(frozen=True)
class _Stage:
    """Everything of a scene that is made once."""

    scene: Scene
    course: Course
    rest: Pinhole
    room: Image
    margin_px: int
    plate: PlateBody
    small: PlateBody | None
    bell: Bell | None
    noise: NDArray[np.int8]


def _prepare(scene: Scene) -> _Stage:
    rest = set_up(scene)
    margin_px = math.ceil(4 * scene.view.shake_px)
    radius_px, look = scene.view.plate_radius_px, scene.plate
    shape = (scene.view.height + _NOISE_SLACK[0], scene.view.width + _NOISE_SLACK[1], 3)
    grain = np.random.default_rng([scene.seed, 4]).standard_normal(shape, dtype=np.float32)
    return _Stage(
        scene=scene,
        course=lay_course(scene),
        rest=rest,
        room=paint_room(scene=scene, view=rest, margin_px=margin_px),
        margin_px=margin_px,
        plate=make_plate(look=look, radius_px=radius_px, seed=scene.seed),
        small=make_small_plate(look=look, radius_px=radius_px) if look.style == "stack" else None,
        bell=_bell(scene=scene, rest=rest),
        noise=np.clip(np.rint(grain * scene.recording.noise_sd), -127, 127).astype(np.int8),
    )


def _bell(*, scene: Scene, rest: Pinhole) -> Bell | None:
    if scene.lift.kind != "kettlebell":
        return None
    return make_bell(radius_px=scene.ring_radius_cm * float(rest.scale(np.zeros(3))))


def render_frames(scene: Scene) -> Iterator[tuple[float, Image]]:
    """Render a scene.

    Parameters
    ----------
    scene : Scene

    Yields
    ------
    time_s : float
        Container seconds, the middle of the exposure.
    image : ndarray of uint8, shape (height, width, 3)
        RGB as displayed, before any rotation tag.

    Raises
    ------
    UsageError
        If the lift can't be laid out.
    """
    stage = _prepare(scene)
    recording = scene.recording
    times_s = frame_times(scene=scene, course=stage.course)
    other_room: Image | None = None
    clean: Image | None = None
    for index, time_s in enumerate(times_s):
        real_s = float(time_s) * recording.time_scale
        if recording.cut_s is not None and real_s >= recording.cut_s:
            if other_room is None:
                elsewhere = replace(scene, seed=scene.seed + 1)
                other_room = paint_room(scene=elsewhere, view=stage.rest, margin_px=0)
            clean = other_room
        elif clean is None or not _repeats(scene=scene, index=index, real_s=real_s):
            clean = _expose(stage, real_s=real_s)
        yield float(time_s), _develop(stage, image=clean, index=index)


def _repeats(*, scene: Scene, index: int, real_s: float) -> bool:
    """Whether a frame shows the picture before it again."""
    every, freeze_s = scene.recording.repeat_every, scene.recording.freeze_s
    frozen = freeze_s is not None and freeze_s <= real_s < freeze_s + _FREEZE_S
    return frozen or (every > 0 and index % every == every - 1)


def _expose(stage: _Stage, *, real_s: float) -> Image:
    """Average the instants of an exposure, as many as its motion blur needs."""
    exposure_s = stage.scene.recording.exposure_s
    bar = stage.course.at(np.array([real_s]))
    speed_px_s = 100 * math.hypot(bar.vx_m_s[0], bar.vy_m_s[0]) * stage.rest.scale(np.zeros(3))
    count = math.ceil(float(speed_px_s) * exposure_s / _SUBFRAME_PX)
    count = min(max(count, 1), _MAX_SUBFRAMES)
    instants = real_s + exposure_s * ((np.arange(count) + 0.5) / count - 0.5)
    views = cameras(scene=stage.scene, times_s=instants)
    if count == 1:
        return _draw(stage, view=views[0], real_s=float(instants[0]))
    total = np.zeros((stage.scene.view.height, stage.scene.view.width, 3), dtype=np.float32)
    for view, instant in zip(views, instants, strict=True):
        cv2.accumulate(_draw(stage, view=view, real_s=float(instant)), total)
    return np.rint(total / count).astype(np.uint8)


def _draw(stage: _Stage, *, view: Pinhole, real_s: float) -> Image:
    """Draw one instant."""
    scene = stage.scene
    image = _background(stage, view=view)
    bar = stage.course.at(np.array([real_s]))
    x_cm = float(bar.x_cm[0])
    height_cm = float(bar.y_cm[0]) + scene.base_height_cm
    axis_cm = np.array([scene.facing * x_cm, height_cm, 0.0])
    if scene.surroundings.bystander == "behind":
        _draw_walker(image, scene=scene, view=view, real_s=real_s, depth_cm=230.0)
    if stage.bell is not None:
        _draw_with_bell(
            image,
            body=_body(stage, axis_cm, 0.0, real_s),
            view=view,
            axis_cm=axis_cm,
            bell=stage.bell,
        )
    else:
        _draw_with_bar(image, stage=stage, view=view, axis_cm=axis_cm, real_s=real_s)
    if scene.surroundings.pole:
        post = [(-9.0, 0.0, -90.0), (-4.0, 0.0, -90.0), (-4.0, 260.0, -90.0), (-9.0, 260.0, -90.0)]
        draw_panel(image, view=view, corners_cm=post, colour=(46, 48, 54))
    if scene.surroundings.bystander == "front":
        _draw_walker(image, scene=scene, view=view, real_s=real_s, depth_cm=-110.0)
    return image


def _draw_with_bar(
    image: Image, *, stage: _Stage, view: Pinhole, axis_cm: FloatArray, real_s: float
) -> None:
    """Draw the lifter between the plates of both sides."""
    scene = stage.scene
    middle_cm = _PLATES_A_SIDE * stage.plate.depth_cm + _SHAFT_CM / 2
    if scene.subject != "bodyweight":
        _draw_far_side(image, stage=stage, view=view, axis_cm=axis_cm, middle_cm=middle_cm)
    if scene.subject != "still":
        _draw_limbs(image, view=view, parts=_body(stage, axis_cm, middle_cm, real_s))
    if scene.subject != "bodyweight":
        _draw_near_side(image, stage=stage, view=view, axis_cm=axis_cm, middle_cm=middle_cm)


def _draw_with_bell(
    image: Image, *, body: list[Limb], view: Pinhole, axis_cm: FloatArray, bell: Bell
) -> None:
    """Draw the lifter with the kettlebell between the legs."""
    _draw_limbs(image, view=view, parts=[limb for limb in body if not limb.near])
    draw_bell(image, view=view, centre_cm=axis_cm, bell=bell)
    _draw_limbs(image, view=view, parts=[limb for limb in body if limb.near])


def _body(stage: _Stage, axis_cm: FloatArray, middle_cm: float, real_s: float) -> list[Limb]:
    return limbs(
        scene=stage.scene,
        x_cm=stage.scene.facing * float(axis_cm[0]),
        height_cm=float(axis_cm[1]),
        middle_cm=middle_cm,
        strain=strain_at(course=stage.course, clip_s=real_s),
    )


def _draw_limbs(image: Image, *, view: Pinhole, parts: list[Limb]) -> None:
    for limb in parts:
        draw_limb(
            image, view=view, ends_cm=limb.ends_cm, radii_cm=limb.radii_cm, colour=limb.colour
        )


def _background(stage: _Stage, *, view: Pinhole) -> Image:
    """Return the room as the camera sees it: a turned camera sees it through a homography."""
    if stage.margin_px == 0:
        return stage.room.copy()
    cx, cy = view.centre_px
    to_picture = np.array([[view.focal_px, 0, cx], [0, view.focal_px, cy], [0, 0, 1]])
    to_room = to_picture.copy()
    to_room[:2, 2] += stage.margin_px
    turn = to_room @ stage.rest.rotation @ view.rotation.T @ np.linalg.inv(to_picture)
    size = (stage.scene.view.width, stage.scene.view.height)
    warped = cv2.warpPerspective(
        stage.room,
        turn,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, dtype=np.uint8)


def _draw_walker(
    image: Image, *, scene: Scene, view: Pinhole, real_s: float, depth_cm: float
) -> None:
    since_s = real_s - scene.surroundings.bystander_s
    parts = walker(
        x_cm=_WALK_CM_S * since_s, depth_cm=depth_cm, stride=5.5 * since_s, seed=scene.seed
    )
    for limb in parts:
        draw_limb(
            image, view=view, ends_cm=limb.ends_cm, radii_cm=limb.radii_cm, colour=limb.colour
        )


def _draw_plates(image: Image, *, stage: _Stage, view: Pinhole, face_cm: FloatArray) -> None:
    """Draw the plates of one side of the bar, their common outer face at a place."""
    plate = stage.plate
    draw_drum(
        image,
        view=view,
        centre_cm=face_cm,
        disc=plate.face,
        depth_cm=_PLATES_A_SIDE * plate.depth_cm,
        colour=plate.wall,
    )
    rolled_cm = stage.scene.facing * stage.scene.drift.start_cm - float(face_cm[0])
    turn_rad = rolled_cm / plate.face.radius_cm
    draw_disc(image, view=view, centre_cm=face_cm, disc=plate.face, turn_rad=turn_rad)


def _draw_far_side(
    image: Image, *, stage: _Stage, view: Pinhole, axis_cm: FloatArray, middle_cm: float
) -> None:
    far_cm = axis_cm + np.array([0, 0, 2 * middle_cm - _PLATES_A_SIDE * stage.plate.depth_cm])
    _draw_plates(image, stage=stage, view=view, face_cm=far_cm)


def _draw_near_side(
    image: Image, *, stage: _Stage, view: Pinhole, axis_cm: FloatArray, middle_cm: float
) -> None:
    """Draw the shaft, the near plates with the ruler's face, and the sleeve in front of them."""

    def steel(start_cm: float, end_cm: float, radius_cm: float, tone: int = 0) -> None:
        ends = axis_cm + np.array([[0, 0, start_cm], [0, 0, end_cm]])
        colour = (_STEEL[0] + tone, _STEEL[1] + tone, _STEEL[2] + tone)
        draw_limb(image, view=view, ends_cm=ends, radii_cm=(radius_cm,) * 2, colour=colour)

    steel(2 * middle_cm, 0.0, 1.4)
    if stage.scene.lift.kind == "trapbar":
        _draw_hexagon(image, view=view, axis_cm=axis_cm, middle_cm=middle_cm)
    _draw_plates(image, stage=stage, view=view, face_cm=axis_cm)
    front_cm = 0.0
    if stage.small is not None:
        front_cm = -stage.small.depth_cm
        face = axis_cm + np.array([0, 0, front_cm])
        draw_drum(
            image,
            view=view,
            centre_cm=face,
            disc=stage.small.face,
            depth_cm=stage.small.depth_cm,
            colour=stage.small.wall,
        )
        draw_disc(image, view=view, centre_cm=face, disc=stage.small.face)
    tip_cm = _PLATES_A_SIDE * stage.plate.depth_cm - _SLEEVE_CM
    steel(front_cm, front_cm - 4.5, 4.2, tone=-60)
    steel(front_cm, tip_cm, _SLEEVE_RADIUS_CM)
    steel(tip_cm, tip_cm, _SLEEVE_RADIUS_CM, tone=30)


def _draw_hexagon(image: Image, *, view: Pinhole, axis_cm: FloatArray, middle_cm: float) -> None:
    """Draw the frame of a trap bar round the lifter."""
    corners = [(-33, -30), (-33, 30), (0, 58), (33, 30), (33, -30), (0, -58)]
    places = [axis_cm + np.array([x, 0, middle_cm + z]) for x, z in corners]
    for a, b in zip(places, places[1:] + places[:1], strict=True):
        draw_limb(
            image, view=view, ends_cm=np.array([a, b]), radii_cm=(1.6, 1.6), colour=(60, 62, 66)
        )


def _develop(stage: _Stage, *, image: Image, index: int) -> Image:
    """Add lens blur, exposure, a caption and sensor noise."""
    scene, recording = stage.scene, stage.scene.recording
    picture = image
    if recording.blur_px > 0:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), recording.blur_px), dtype=np.uint8)
    if recording.brightness != 1:
        picture = np.asarray(cv2.convertScaleAbs(picture, alpha=recording.brightness), np.uint8)
    if scene.surroundings.caption:
        picture = _caption(picture, text=scene.surroundings.caption)
    if recording.noise_sd == 0:
        return picture.copy()
    rng = np.random.default_rng([scene.seed, 5, index])
    top, left = (int(rng.integers(slack)) for slack in _NOISE_SLACK)
    height, width = picture.shape[:2]
    grain = stage.noise[top : top + height, left : left + width]
    return np.asarray(cv2.add(picture, grain, dtype=cv2.CV_8U), dtype=np.uint8)


def _caption(image: Image, *, text: str) -> Image:
    size = image.shape[0] / 500
    (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, size, 2)
    at = ((image.shape[1] - wide) // 2, round(image.shape[0] * 0.86))
    written = image.copy()
    for ink, stroke in (((10, 10, 10), 6), ((250, 250, 250), 2)):
        cv2.putText(written, text, at, cv2.FONT_HERSHEY_DUPLEX, size, ink, stroke, cv2.LINE_AA)
    return written
