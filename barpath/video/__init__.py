"""Containers in and out: exact times, upright pictures, and the clip kept at hand for many passes.

`open_clip` streams full-size frames, `read_footage` decodes a clip once into small luma pictures
with random access, `write_video` encodes, `codec_support` says what the installed FFmpeg can do.
"""

from barpath.video.codecs import CodecSupport, codec_support
from barpath.video.footage import Footage, read_footage
from barpath.video.reading import Clip, ClipInfo, Frame, open_clip
from barpath.video.writing import write_video

__all__ = [
    "Clip",
    "ClipInfo",
    "CodecSupport",
    "Footage",
    "Frame",
    "codec_support",
    "open_clip",
    "read_footage",
    "write_video",
]
