"""Putting results in place whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from barpath.errors import OutputError

#: What a folder of results may hold and still be replaced without asking, by the document in it
#: and what its schema's name begins with; anything else is the user's own and must not be lost.
_OURS = {
    ("analysis.json", "barpath.analysis/"): frozenset(
        {
            "analysis.json",
            "path.csv",
            "reps.csv",
            "path.png",
            "velocity.png",
            "report.html",
            "overlay.mp4",
        }
    ),
    ("comparison.json", "barpath.comparison/"): frozenset(
        {"comparison.json", "comparison.csv", "comparison.html"}
    ),
}


def check_target(target: Path) -> None:
    """Refuse a folder that can't be written or isn't ours, before any work is done.

    Raises
    ------
    OutputError
        The place exists and holds something else, or can't be written to.
    """
    if target.is_dir():
        if not _replaceable(target):
            raise OutputError(
                f"{target}: the folder holds files that barpath did not write",
                hint="choose another folder with -o, or move those files away",
            )
    elif target.exists() or target.is_symlink():
        raise OutputError(f"{target}: exists and is not a folder", hint="choose another with -o")
    standing = next(parent for parent in target.absolute().parents if parent.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        raise OutputError(
            f"{target}: can't be written, {standing} is not a folder that can be written to",
            hint="choose a folder of your own with -o",
        )


@contextmanager
def making_folder(folder: Path) -> Iterator[None]:
    """Make a folder and its parents; when the block fails, those that were made vanish again.

    Raises
    ------
    OutputError
        It can't be made.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    done = False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
        done = True
    except OSError as error:
        raise _output_error(folder, error) from error
    finally:
        for place in () if done else missing:
            with suppress(OSError):  # never made, or no longer empty
                place.rmdir()


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a scratch folder that becomes `target` when the block ends well, and else vanishes.

    The scratch folder stands beside the target, so that putting it in place is one rename. An
    earlier result at `target` is replaced only then.

    Raises
    ------
    OutputError
        The place holds something else or can't be written; the disk is full.
    """
    check_target(target)
    target = target.absolute()
    with making_folder(target.parent), _scratch_folder(target) as scratch:
        staged = scratch / "new"
        staged.mkdir()
        yield staged
        _put_in_place(staged, target, aside=scratch / "old")


@contextmanager
def _scratch_folder(target: Path) -> Iterator[Path]:
    """Give a folder of our own beside the target, and name the target in what goes wrong."""
    try:
        with tempfile.TemporaryDirectory(
            prefix=f".{target.name}.", dir=target.parent, ignore_cleanup_errors=True
        ) as name:
            yield Path(name)
    except OSError as error:
        raise _output_error(target, error) from error


@contextmanager
def new_file(target: Path) -> Iterator[TextIO]:
    """Open a text file that takes its place when the block ends well, and else vanishes.

    Raises
    ------
    OutputError
        The place is a folder or can't be written; the disk is full.
    """
    with new_place(target) as scratch, scratch.open("w", newline="", encoding="utf-8") as file:
        yield file


@contextmanager
def new_place(target: Path) -> Iterator[Path]:
    """Give an empty file that takes its place when the block ends well, and else vanishes.

    Raises
    ------
    OutputError
        The place is a folder or can't be written; the disk is full.
    """
    if target.is_dir():
        raise OutputError(f"{target}: is a folder", hint="give the name of a file")
    scratch: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.absolute().parent)
        os.close(handle)
        scratch = Path(name)
        yield scratch
        scratch.chmod(_default_mode())
        scratch.replace(target)
    except OSError as error:
        raise _output_error(target, error) from error
    finally:
        if scratch is not None:
            scratch.unlink(missing_ok=True)


def _default_mode() -> int:
    """Give the mode a new file would have had: mkstemp makes it private."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _output_error(target: Path, error: OSError) -> OutputError:
    """Say why something could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OutputError(
            f"{target}: the disk is full", hint="free some space, or write elsewhere with -o"
        )
    reason = error.strerror or str(error)
    return OutputError(f"{target}: can't be written ({reason})", hint="write elsewhere with -o")


def _put_in_place(staged: Path, target: Path, *, aside: Path) -> None:
    """Swap the staged folder in; if that fails, what stood there comes back."""
    had_one = target.exists()
    if had_one:
        target.rename(aside)
    try:
        staged.rename(target)
    finally:
        if had_one and not target.exists():
            aside.rename(target)


def _replaceable(folder: Path) -> bool:
    """Tell whether a folder is empty or holds results of one kind and nothing else."""
    names = {entry.name for entry in folder.iterdir()}
    if not names:
        return True
    for (document, schema), ours in _OURS.items():
        if document in names and names <= ours:
            try:
                doc = json.loads((folder / document).read_text(encoding="utf-8"))
            except (OSError, ValueError):
                return False
            return isinstance(doc, dict) and str(doc.get("schema", "")).startswith(schema)
    return False
