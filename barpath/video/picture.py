"""From a decoded picture to an upright one with square pixels, in luma or RGB."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from av.sidedata.sidedata import SideData
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

ByteImage = NDArray[np.uint8]
LumaImage = NDArray[np.uint8] | NDArray[np.uint16]

# Pixel formats whose first plane is the luma, one number a pixel, low bits used (so P010, which
# keeps ten bits at the top, is left to swscale).
_LUMA_FIRST = re.compile(r"(?:yuva?j?4\d\dp|gray|nv(?:12|21|16|24))(?P<bits>\d+)?(?P<end>le|be)?")

# FFmpeg's number for "the stream doesn't say which matrix"; players then go by the height, as here
# (ITU-R BT.709 from 720 lines up, BT.601 below).
_COLORSPACE_UNSPECIFIED = 2
_HD_LINES = 720


@dataclass(frozen=True)
class Orientation:
    """How a stored picture becomes the displayed one: transposed first, then flipped.

    Attributes
    ----------
    transposed : bool
        Rows become columns.
    flip_x, flip_y : bool
        Then mirrored left to right, top to bottom.
    """

    transposed: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def mirrored(self) -> bool:
        """Whether the displayed picture is a mirror image of the stored one."""
        return (self.transposed + self.flip_x + self.flip_y) % 2 == 1

    @property
    def rotation_deg(self) -> int:
        """Clockwise turn to display, in 0, 90, 180, 270; after mirroring, where `mirrored`."""
        if self.transposed:
            return 90 if self.flip_x else 270
        return 180 if self.flip_y else 0

    def turn(self, image: ByteImage) -> ByteImage:
        """Turn a stored picture, shape (h, w) or (h, w, 3), as it is displayed."""
        turned: ByteImage = image
        if self.transposed:
            turned = np.asarray(cv2.transpose(turned), dtype=np.uint8)
        if self.flip_x or self.flip_y:
            code = -1 if self.flip_x and self.flip_y else int(self.flip_x)
            turned = np.asarray(cv2.flip(turned, code), dtype=np.uint8)
        return turned


def orientation_of(frame: av.VideoFrame) -> Orientation:
    """Read the display matrix a frame carries; angles between are rounded to a quarter turn.

    The nine numbers are 16.16 fixed point in host order, (x, y) being displayed at
    (a x + c y, b x + d y) with y down (FFmpeg, libavutil/display.h).
    """
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(matrix, SideData):
        return Orientation()
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix))
    if abs(b) > abs(a):
        return Orientation(transposed=True, flip_x=c < 0, flip_y=b < 0)
    return Orientation(transposed=False, flip_x=a < 0, flip_y=d < 0)


@dataclass(frozen=True)
class Layout:
    """The sizes a picture goes through on its way to the screen.

    Attributes
    ----------
    stored_width, stored_height : int
        As decoded.
    square_width, square_height : int
        With square pixels, before the turn: the short side of a pixel is stretched, so that no
        sample is lost.
    orientation : Orientation
    """

    stored_width: int
    stored_height: int
    square_width: int
    square_height: int
    orientation: Orientation

    @property
    def width(self) -> int:
        """Displayed width, px."""
        return self.square_height if self.orientation.transposed else self.square_width

    @property
    def height(self) -> int:
        """Displayed height, px."""
        return self.square_width if self.orientation.transposed else self.square_height

    def shrunk_shape(self, factor: int) -> tuple[int, int]:
        """Height and width of the displayed picture shrunk by a whole factor."""
        return self.height // factor, self.width // factor


def layout_of(frame: av.VideoFrame, *, pixel_aspect: Fraction | None) -> Layout:
    """Work out the displayed size of a frame.

    Parameters
    ----------
    frame : av.VideoFrame
    pixel_aspect : Fraction or None
        Width over height of a stored pixel; None and 0 mean that the container doesn't say, which
        players take as square.
    """
    aspect = float(pixel_aspect) if pixel_aspect else 1.0
    return Layout(
        stored_width=frame.width,
        stored_height=frame.height,
        square_width=round(frame.width * max(1.0, aspect)),
        square_height=round(frame.height * max(1.0, 1.0 / aspect)),
        orientation=orientation_of(frame),
    )


def stored_luma(frame: av.VideoFrame) -> tuple[LumaImage, int]:
    """Give the luma as decoded, and how many bits to shift it down to eight.

    The first plane is taken as it stands (a view that keeps the frame alive): going through
    swscale costs a third of the decoding speed. Formats without a luma plane (RGB, palettes) are
    converted.

    Returns
    -------
    luma : ndarray of uint8 or uint16, shape (stored_height, stored_width)
    shift : int
    """
    known = _LUMA_FIRST.fullmatch(frame.format.name)
    if known is None or known["end"] == "be":
        return stored_luma(frame.reformat(format="gray"))
    bits = int(known["bits"] or 8)
    plane = frame.planes[0]
    samples: LumaImage = np.frombuffer(memoryview(plane), dtype=np.uint8)
    if bits > 8:
        samples = samples.view(np.uint16)
    rows = samples.reshape(plane.height, -1)
    return rows[:, : frame.width], bits - 8


def displayed_luma(frame: av.VideoFrame, *, layout: Layout, factor: int) -> ByteImage:
    """Give the displayed luma, shrunk by a whole factor by averaging blocks of pixels.

    Displayed and shrunk coordinates (pixel centres at whole numbers) are tied by
    ``displayed = (shrunk + 0.5) * factor - 0.5``: odd rows and columns are cut from the right and
    the bottom of the displayed picture, whichever way the stored one lies.

    Parameters
    ----------
    frame : av.VideoFrame
    layout : Layout
    factor : int
        Displayed pixels per shrunk pixel.

    Returns
    -------
    ndarray of uint8, shape `layout.shrunk_shape(factor)`
        A copy, contiguous.
    """
    stored, shift = stored_luma(frame)
    luma, square = stored, (layout.square_width, layout.square_height)
    if square != (layout.stored_width, layout.stored_height):
        luma = _resize(luma, size=square, interpolation=cv2.INTER_LINEAR)
    if factor > 1:
        luma = _resize_by(luma, layout=layout, factor=factor)
    small = (luma >> shift).astype(np.uint8) if shift else luma.astype(np.uint8, copy=False)
    turned = layout.orientation.turn(small)
    # the decoder's own memory is used again for later frames
    return turned.copy() if np.may_share_memory(turned, stored) else np.ascontiguousarray(turned)


def displayed_rgb(frame: av.VideoFrame, *, layout: Layout) -> ByteImage:
    """Give the displayed picture in RGB, shape (height, width, 3)."""
    rgb = np.asarray(
        frame.to_ndarray(format="rgb24", src_colorspace=_assumed_matrix(frame)), dtype=np.uint8
    )
    square = (layout.square_width, layout.square_height)
    if square != (layout.stored_width, layout.stored_height):
        rgb = np.asarray(cv2.resize(rgb, square, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    return np.ascontiguousarray(layout.orientation.turn(rgb))


def displayed_i420(frame: av.VideoFrame, *, layout: Layout, width: int, height: int) -> ByteImage:
    """Give the displayed picture as planar YUV 4:2:0, BT.709 in video range.

    Most clips are stored like that, and drawing on the planes saves two conversions of the whole
    picture.

    Parameters
    ----------
    frame : av.VideoFrame
    layout : Layout
    width, height : int
        Size wanted, both even; the picture is stretched to it.

    Returns
    -------
    ndarray of uint8, shape (height * 3 / 2, width)
        A copy: the rows of Y, then U and V with half as many samples in both directions.
    """
    transposed = layout.orientation.transposed
    stored = _as_i420(
        frame, width=height if transposed else width, height=width if transposed else height
    )
    samples = np.asarray(stored.to_ndarray(), dtype=np.uint8).reshape(-1)
    if layout.orientation == Orientation():
        return samples.reshape(-1, width)
    turned = [
        layout.orientation.turn(plane).reshape(-1)
        for plane in split_i420(samples.reshape(-1, stored.width))
    ]
    return np.concatenate(turned).reshape(-1, width)


def _as_i420(frame: av.VideoFrame, *, width: int, height: int) -> av.VideoFrame:
    """Convert a stored picture to planar YUV 4:2:0, BT.709, where it isn't that already."""
    matrix = _assumed_matrix(frame)
    alike = (
        frame.format.name == "yuv420p"
        and (frame.width, frame.height) == (width, height)
        and (matrix or frame.colorspace) == Colorspace.ITU709
        and frame.color_range != ColorRange.JPEG
    )
    if alike:
        return frame
    return frame.reformat(
        width=width,
        height=height,
        format="yuv420p",
        src_colorspace=matrix,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.AREA,
    )


def _assumed_matrix(frame: av.VideoFrame) -> Colorspace | None:
    """Say which matrix to assume for a picture that doesn't say; None for one that does."""
    if frame.colorspace != _COLORSPACE_UNSPECIFIED:
        return None
    return Colorspace.ITU709 if frame.height >= _HD_LINES else Colorspace.ITU601


def split_i420(image: ByteImage) -> tuple[ByteImage, ByteImage, ByteImage]:
    """Give views of the Y, U and V planes of a contiguous planar picture of even size."""
    height, width = image.shape[0] * 2 // 3, image.shape[1]
    samples, luma = image.reshape(-1), height * width
    half = (height // 2, width // 2)
    return (
        samples[:luma].reshape(height, width),
        samples[luma : luma * 5 // 4].reshape(half),
        samples[luma * 5 // 4 :].reshape(half),
    )


def shrink(image: ByteImage, *, factor: int) -> ByteImage:
    """Average blocks of pixels; what doesn't fill a block at the right and bottom is cut.

    OpenCV takes five times as long where a block ends within a pixel.
    """
    height, width = image.shape[0] // factor, image.shape[1] // factor
    whole = image[: height * factor, : width * factor]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _resize_by(luma: LumaImage, *, layout: Layout, factor: int) -> LumaImage:
    """Shrink a square-pixel picture that isn't turned yet, cutting what is last on display."""
    turn = layout.orientation
    height, width = layout.square_height // factor, layout.square_width // factor
    last_x, last_y = (turn.flip_y, turn.flip_x) if turn.transposed else (turn.flip_x, turn.flip_y)
    left = layout.square_width - width * factor if last_x else 0
    top = layout.square_height - height * factor if last_y else 0
    whole = luma[top : top + height * factor, left : left + width * factor]
    return _resize(whole, size=(width, height), interpolation=cv2.INTER_AREA)


def _resize(luma: LumaImage, *, size: tuple[int, int], interpolation: int) -> LumaImage:
    resized: LumaImage = cv2.resize(luma, size, interpolation=interpolation)  # type: ignore[assignment]
    return resized
