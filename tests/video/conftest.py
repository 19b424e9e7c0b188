"""Clips written with PyAV alone, so that barpath's own writer has no say in the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.video.cards import Image


@pytest.fixture
def raw_clip(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that writes images as a clip of 30 Hz and says where."""

    def write(
        name: str,
        images: Sequence[Image],
        *,
        codec: str = "libx264",
        pixel_format: str = "yuv420p",
        matrix: Sequence[int] | None = None,
        pixel_aspect: Fraction | None = None,
        first_pts: int = 0,
        options: dict[str, str] | None = None,
        movflags: str = "",
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w", options={"movflags": movflags} if movflags else {}) as out:
            stream = out.add_stream(codec, rate=30, options=options or {})
            stream.height, stream.width = images[0].shape[:2]
            stream.pix_fmt = pixel_format
            if pixel_aspect is not None:
                stream.codec_context.sample_aspect_ratio = pixel_aspect
            if matrix is not None:
                stream.set_display_matrix(matrix)
            for index, image in enumerate(images):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.pts = first_pts + index
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
        return path

    return write
