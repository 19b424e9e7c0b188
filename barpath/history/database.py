"""Opening the database file, and saying in plain words what is wrong with it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from barpath.errors import BarpathError, OutputError, UnreadableError
from barpath.history.schema import migrate

BUSY_S = 10.0
"""How long a writer waits for another: a set is written in milliseconds."""

_RETRY_S = 0.02


def default_place() -> Path:
    """Give where the user's history lies unless ``--db`` says otherwise."""
    return platformdirs.user_data_path("barpath", appauthor=False) / "history.db"


def connect(place: Path, *, create: bool) -> sqlite3.Connection:
    """Open the history's file, brought to this version.

    Every commit is on the disk before it returns (``synchronous = FULL``), and readers don't wait
    for writers (write-ahead log). In a place that can't be written to, the file is read as it
    stands.

    Parameters
    ----------
    place : Path
    create : bool
        Whether a file that isn't there is made.

    Raises
    ------
    UnreadableError
        No such file, not a database, another program's, or one of a newer barpath.
    OutputError
        The place can't be written to.
    """
    # SQLite takes an empty file for an empty database, and would write its tables into it.
    if not create and (not place.exists() or (place.is_file() and place.stat().st_size == 0)):
        raise UnreadableError(
            f"{place}: no history yet", hint="begin one with 'barpath log add SET'"
        )
    with translated(place):
        if create:
            place.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(_uri(place), uri=True, timeout=BUSY_S, isolation_level=None)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            if _writable(place):
                _write_ahead(connection)
                connection.execute("PRAGMA synchronous = FULL")
            migrate(connection)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def translated(place: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise into errors that name the file and say what to do."""
    try:
        yield
    except BarpathError as error:
        if str(place) in error.message:
            raise
        raise type(error)(f"{place}: {error.message}", hint=error.hint) from error
    except sqlite3.DatabaseError as error:
        raise _explained(place, error) from error
    except OSError as error:
        raise OutputError(
            f"{place}: can't be written ({error.strerror})", hint="name another file with --db"
        ) from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all of a block or none of it; other writers wait from its beginning."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _writable(place: Path) -> bool:
    standing = place if place.exists() else place.parent
    return os.access(place.parent, os.W_OK) and os.access(standing, os.W_OK)


def _uri(place: Path) -> str:
    """Name the file for SQLite.

    What can't be written to can't hold the log's index either, and is read as a file that nobody
    changes; but not past a log that was left beside it, whose sets would be missing.
    """
    if _writable(place):
        return place.absolute().as_uri()
    log = place.with_name(f"{place.name}-wal")
    left = log.exists() and log.stat().st_size > 0
    return place.absolute().as_uri() + ("?mode=ro" if left else "?mode=ro&immutable=1")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log, once in a file's life.

    SQLite doesn't wait for others while it switches, whatever the timeout says. A file system
    without shared memory keeps its rollback journal, which is as safe and only slower.
    """
    deadline_s = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not _is(error, "BUSY", "LOCKED") or time.monotonic() > deadline_s:
                raise
            time.sleep(_RETRY_S)


def _is(error: sqlite3.Error, *names: str) -> bool:
    """Tell whether an error is of one of SQLite's kinds; extended codes begin with the kind's."""
    code = str(getattr(error, "sqlite_errorname", ""))
    return any(code.startswith(f"SQLITE_{name}") for name in names)


def _explained(place: Path, error: sqlite3.DatabaseError) -> BarpathError:
    if _is(error, "BUSY", "LOCKED"):
        return OutputError(
            f"{place}: another program has been writing for {BUSY_S:g} s",
            hint="wait for it to finish, and try again",
        )
    if _is(error, "FULL"):
        return OutputError(f"{place}: the disk is full", hint="free some space and try again")
    if _is(error, "READONLY", "CANTOPEN", "PERM", "IOERR"):
        return OutputError(
            f"{place}: can't be opened or written ({error})", hint="name another file with --db"
        )
    return UnreadableError(
        f"{place}: not a history that can be read ({error})",
        hint="name another file with --db; 'sqlite3 FILE .recover' may mend a damaged one",
    )
