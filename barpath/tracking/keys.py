"""Templates of the face from several frames, and how each lies over the reference.

As the plate turns, grows or comes into another light, its corners are no longer those of the
reference. What a template is tied to the reference wrongly, all frames laid over it are: few are
made, each is tied by several frames, and where the plate comes back the old ones serve again. All
lengths are pixels of the working picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from barpath.tracking.template import Registration, Template, register

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

RENEW_SHARE, ENOUGH_MATCHED = 0.6, 36
"""Where fewer of a template's corners are matched than this share, and than this many, another
template is called for: so many corners lay a face well whatever their share."""

TIED_FRAMES = 6
"""Earlier frames that a new template is tied by, besides its own."""


@dataclass(frozen=True)
class Key:
    """A template and how it lies over the reference: ``there = centre + turn @ reference``.

    Attributes
    ----------
    place_px : ndarray, shape (2,)
        Where the rough path has the plate in the template's frame.
    template : Template
    turn : ndarray, shape (2, 2)
        Linear part of the map from the reference to the template.
    offset_px : ndarray, shape (2,)
        Of the template's centre from the reference's, in the template's frame.
    """

    place_px: FloatArray
    template: Template
    turn: FloatArray
    offset_px: FloatArray

    @cached_property
    def back(self) -> FloatArray:
        """Inverse of `turn`."""
        return np.asarray(np.linalg.inv(self.turn))


@dataclass(frozen=True)
class Start:
    """From where a frame's face is looked for: by which key, at what turn, and round where."""

    key: Key
    turn: FloatArray
    centre_px: FloatArray


def lay(*, picture: Image, starts: Iterable[Start], levels: int) -> tuple[Key, Registration] | None:
    """Lay a frame's face from the first start that matches enough corners, else from the best."""
    best: tuple[Key, Registration] | None = None
    for start in starts:
        # the key's own map is undone: from it to the reference, then to this frame
        relative = start.turn @ start.key.back
        laid = register(
            template=start.key.template,
            picture=picture,
            turn=relative,
            centre_px=start.centre_px + relative @ start.key.offset_px,
            levels=levels,
        )
        if laid is None or (best is not None and laid.matched <= best[1].matched):
            continue
        best = start.key, laid
        if not is_weak(laid, key=start.key):
            break
    return best


def is_weak(laid: Registration, *, key: Key) -> bool:
    """Say whether so few corners were matched that another template is called for."""
    return laid.matched < min(ENOUGH_MATCHED, RENEW_SHARE * len(key.template.corners_px))


def nearest(keys: Sequence[Key], *, besides: Key, to_px: FloatArray) -> list[Key]:
    """Return the one of the other keys whose place is nearest, if there is another.

    Where the plate was in the same place it looked the same, and as much of it was hidden.
    """
    others = [key for key in keys if key is not besides]
    return sorted(others, key=lambda key: float(np.hypot(*(key.place_px - to_px))))[:1]


def tied(
    fresh: Template,
    *,
    place_px: FloatArray,
    turn: FloatArray,
    earlier: Iterable[tuple[Image, FloatArray, FloatArray]],
    levels: int,
) -> Key:
    """Tie a new template to the reference by its own frame and earlier ones.

    The map of its own frame hangs on the few corners that were left of the last template; the
    median of several is surer.

    Parameters
    ----------
    fresh : Template
        Its centre where its own frame's map has it.
    place_px : ndarray, shape (2,)
        As in `Key`.
    turn : ndarray, shape (2, 2)
        Linear part of its own frame's map.
    earlier : iterable of tuple
        Picture of a frame, and the linear part and centre of its map.
    levels : int
        As in `register`.
    """
    turns, offsets = [turn], [np.zeros(2)]
    onto = np.linalg.inv(turn)
    for picture, their_turn, their_centre_px in earlier:
        laid = register(
            template=fresh,
            picture=picture,
            turn=their_turn @ onto,
            centre_px=their_centre_px,
            levels=levels,
        )
        if laid is not None:
            back = np.linalg.inv(laid.turn)
            turns.append(back @ their_turn)
            offsets.append(back @ (laid.centre_px - their_centre_px))
    return Key(place_px, fresh, np.median(turns, axis=0), np.median(offsets, axis=0))
