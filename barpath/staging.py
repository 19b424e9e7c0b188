"""Putting results in place whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TextIO

from barpath.errors import OutputError


class Kind(NamedTuple):
    """A kind of results: the document in its folder, its schema, and all the files it may have."""

    document: str
    schema: str
    files: frozenset[str]


ANALYSIS = Kind(
    "analysis.json",
    "barpath.analysis/",
    frozenset(
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
)
COMPARISON = Kind(
    "comparison.json",
    "barpath.comparison/",
    frozenset({"comparison.json", "comparison.csv", "comparison.html"}),
)


def check_target(target: Path, *, kind: Kind) -> None:
    """Refuse a folder that can't be written or isn't ours, before any work is done.

    An earlier result of the same kind is replaced without asking; anything else must not be lost:
    ``compare A B -o A`` would take the place of what it compares.

    Raises
    ------
    OutputError
        The place exists and holds something else, or can't be written to.
    """
    if target.is_dir():
        _check_contents(target, kind)
    elif target.exists() or target.is_symlink():
        raise OutputError(f"{target}: exists and is not a folder", hint="choose another with -o")
    standing = next(parent for parent in target.absolute().parents if parent.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        raise OutputError(
            f"{target}: can't be written, {standing} is not a folder that can be written to",
            hint="choose a folder of your own with -o",
        )


def _check_contents(folder: Path, kind: Kind) -> None:
    """Refuse a folder that is neither empty nor an earlier result of this kind."""
    names = {entry.name for entry in folder.iterdir()}
    if not names or _holds(folder, names, kind):
        return
    for other in (ANALYSIS, COMPARISON):
        if other is not kind and _holds(folder, names, other):
            raise OutputError(
                f"{folder}: the folder holds an earlier {other.document}, which would be lost",
                hint="choose another folder with -o",
            )
    raise OutputError(
        f"{folder}: the folder holds files that barpath did not write",
        hint="choose another folder with -o, or move those files away",
    )


def _holds(folder: Path, names: set[str], kind: Kind) -> bool:
    """Tell whether a folder holds results of a kind and nothing else."""
    if kind.document not in names or not names <= kind.files:
        return False
    try:
        doc = json.loads((folder / kind.document).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(doc, dict) and str(doc.get("schema", "")).startswith(kind.schema)


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
def new_folder(target: Path, *, kind: Kind) -> Iterator[Path]:
    """Give a scratch folder that becomes `target` when the block ends well, and else vanishes.

    The scratch folder stands beside the target, so that putting it in place is one rename. An
    earlier result at `target` is replaced only then.

    Raises
    ------
    OutputError
        The place holds something else or can't be written; the disk is full.
    """
    check_target(target, kind=kind)
    target = target.absolute()
    with making_folder(target.parent), _scratch_folder(target) as scratch:
        staged = scratch / "new"
        staged.mkdir()
        try:
            yield staged
        except OutputError as error:
            # the reader asked for the target; the scratch folder will have gone
            message = error.message.replace(f"{staged}", f"{target}")
            raise OutputError(message, hint=error.hint) from error
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
    if not target.absolute().parent.exists():
        raise OutputError(
            f"{target}: there is no folder {target.parent}",
            hint="make that folder first, or name a file elsewhere",
        )
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
