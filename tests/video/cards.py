"""Pictures that say which frame they are and which way up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

WIDTH, HEIGHT = 128, 64
_BITS = 8
_BLOCK = WIDTH // _BITS


def card(width: int = WIDTH, height: int = HEIGHT) -> Image:
    """Four quarters of four greys: no turn or mirroring leaves it as it was."""
    grey = np.empty((height, width), dtype=np.uint8)
    grey[: height // 2, : width // 2], grey[: height // 2, width // 2 :] = 30, 90
    grey[height // 2 :, : width // 2], grey[height // 2 :, width // 2 :] = 150, 220
    return np.repeat(grey[:, :, None], 3, axis=2)


def numbered(index: int) -> Image:
    """A picture with its number in binary, in blocks that survive any compression."""
    blocks = [255 * (index >> bit & 1) for bit in range(_BITS)]
    row = np.repeat(np.array(blocks, dtype=np.uint8), _BLOCK)
    return np.repeat(np.tile(row, (HEIGHT, 1))[:, :, None], 3, axis=2)


def number_of(luma: Image) -> int:
    """Read the number back, at any size."""
    centres = ((np.arange(_BITS) + 0.5) * luma.shape[1] / _BITS).astype(int)
    bits = luma[luma.shape[0] // 2, centres] > 127
    return int(np.sum(bits << np.arange(_BITS)))
