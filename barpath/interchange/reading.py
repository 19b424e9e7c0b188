"""Reading a trajectory that another program wrote."""

from __future__ import annotations

import codecs
from pathlib import Path

from barpath.errors import UnreadableError
from barpath.interchange import kinovea, tracker
from barpath.interchange.trajectory import Trajectory
from barpath.names import legible

_GLANCE_BYTES = 4096
"""How much of a file tells what it is; Kinovea's sheets begin with a long list of styles, but name
their kind in the first lines."""

_LARGEST_BYTES = 50_000_000
"""A trajectory of an hour at 240 pictures a second has 30 MB; anything larger is something else."""


def is_trajectory(path: Path) -> bool:
    """Tell whether a file begins like a trajectory that `read_trajectory` reads.

    False for a folder, for what isn't there and for what can't be opened: those are for whoever
    reads them to complain of.
    """
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            glance = _decoded(file.read(_GLANCE_BYTES), whole=False)
    except (OSError, ValueError):
        return False
    return _is_kinovea(glance) or tracker.is_tracker(glance)


def read_trajectory(path: Path) -> Trajectory:
    """Read an export of Kinovea (CSV, gnuplot text, Excel XML) or Tracker (delimited text).

    Parameters
    ----------
    path : Path

    Returns
    -------
    Trajectory

    Raises
    ------
    UnreadableError
        Not there, not such an export, not one trajectory, or in units that aren't known.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise UnreadableError(f"{path}: too large for a trajectory", hint="export one point")
        text = _decoded(path.read_bytes(), whole=True)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise UnreadableError(
            f"{path}: can't be read ({reason})", hint="give an export of Kinovea or Tracker"
        ) from error
    if _is_kinovea(text):
        return kinovea.read_kinovea(text, name=legible(path.name))
    if tracker.is_tracker(text):
        return tracker.read_tracker(text, name=legible(path.name))
    raise UnreadableError(
        f"{path}: not a trajectory that can be read",
        hint="give Kinovea's CSV, text or XML export, or Tracker's data file with t, x and y",
    )


def _is_kinovea(text: str) -> bool:
    return kinovea.is_sheet(text) or kinovea.is_text(text) or kinovea.is_csv(text)


def _decoded(raw: bytes, *, whole: bool) -> str:
    """Turn bytes into text: UTF-8 or -16 by its mark, else UTF-8, else Windows' Latin.

    A glance may end within a letter, which isn't a fault.

    Raises
    ------
    ValueError
        Not text.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return codecs.getincrementaldecoder("utf-16")().decode(raw, final=whole)
    if b"\0" in raw:
        raise ValueError("not text")
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(raw, final=whole)
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
