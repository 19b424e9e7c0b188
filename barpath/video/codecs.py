"""Which codecs the installed FFmpeg can read and write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from av.codec.codec import Codec, UnknownCodecError

# Name, decoder and encoder as FFmpeg calls them.
_CODECS = (
    ("h264", "h264", "libx264"),
    ("hevc", "hevc", "libx265"),
    ("av1", "libdav1d", "libsvtav1"),
    ("vp9", "vp9", "libvpx-vp9"),
    ("mpeg4", "mpeg4", "mpeg4"),
    ("mjpeg", "mjpeg", "mjpeg"),
    ("gif", "gif", "gif"),
)


@dataclass(frozen=True)
class CodecSupport:
    """Whether one codec can be decoded and encoded here."""

    name: str
    decodes: bool
    encodes: bool


def codec_support() -> tuple[CodecSupport, ...]:
    """List the codecs barpath reads, and whether the installed FFmpeg has each.

    Returns
    -------
    tuple of CodecSupport
        In order of how common they are on phones.
    """
    return tuple(
        CodecSupport(name=name, decodes=_exists(decoder, "r"), encodes=_exists(encoder, "w"))
        for name, decoder, encoder in _CODECS
    )


def _exists(name: str, mode: Literal["r", "w"]) -> bool:
    try:
        Codec(name, mode)
    except UnknownCodecError:
        return False
    return True
