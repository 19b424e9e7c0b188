"""Putting measured tables into the documents, between marks, so that the words round them stay."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

from barpath import __version__

_MEASURED_WITH = ("av", "numpy", "opencv-contrib-python", "scipy")


def versions() -> str:
    """Name the versions a measurement was made with."""
    parts = [f"barpath {__version__}", f"Python {platform.python_version()}"]
    parts += [f"{package} {version(package)}" for package in _MEASURED_WITH]
    return "Measured with " + ", ".join(parts) + "."


def publish(document: Path, *, mark: str, text: str) -> None:
    """Replace what stands between a document's ``<!-- mark -->`` and ``<!-- /mark -->``.

    Raises
    ------
    ValueError
        If the document doesn't have the marks once each, in order.
    """
    opening, closing = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    page = document.read_text(encoding="utf-8")
    before, found, rest = page.partition(opening)
    _, ended, after = rest.partition(closing)
    if not (found and ended):
        raise ValueError(f"{document} has no {opening} ... {closing} to put the tables between")
    document.write_text(f"{before}{opening}\n{text}\n{closing}{after}", encoding="utf-8")
