"""The tables of the history, and how an older file becomes a newer one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from barpath.errors import UnreadableError

APPLICATION_ID = 0x62617270
"""Marks the file as ours (``barp``): SQLite's ``PRAGMA application_id``."""

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE sets (
        number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice, not even after rm
        added TEXT NOT NULL,                       -- ISO 8601, UTC
        clip_sha256 TEXT NOT NULL UNIQUE,          -- one clip is one set
        clip TEXT NOT NULL,
        name TEXT NOT NULL,
        athlete TEXT,
        lift TEXT,
        date TEXT,
        load_kg REAL,
        reps INTEGER NOT NULL,
        best_velocity_m_s REAL,
        best_velocity_sd_m_s REAL,
        mean_velocity_m_s REAL,
        velocity_loss_pct REAL,
        net_drift_cm REAL,
        net_drift_sd_cm REAL
    );
    CREATE INDEX sets_in_order ON sets (athlete, lift, date);
    CREATE TABLE findings (
        set_number INTEGER NOT NULL REFERENCES sets (number) ON DELETE CASCADE,
        rep INTEGER NOT NULL,
        code TEXT NOT NULL,
        severity TEXT NOT NULL
    );
    CREATE INDEX findings_of_set ON findings (set_number);
    CREATE TABLE analyses (
        set_number INTEGER PRIMARY KEY REFERENCES sets (number) ON DELETE CASCADE,
        document BLOB NOT NULL,                    -- analysis.json, zlib
        path BLOB NOT NULL                         -- path.csv, zlib
    );
    """,
)
"""Each step takes the file from the version that is its place here to the next. A step that was
released is never changed; a new one is added."""


def migrate(connection: sqlite3.Connection, *, steps: Sequence[str] = MIGRATIONS) -> None:
    """Bring a file to the newest version, all of it or none.

    Parameters
    ----------
    connection : sqlite3.Connection
        In autocommit mode.
    steps : sequence of str
        SQL of each step.

    Raises
    ------
    UnreadableError
        Another program's file, or one of a newer barpath.
    """
    if _check_version(connection, newest=len(steps)) == len(steps):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another program may have done it while this one waited.
        for number in range(_check_version(connection, newest=len(steps)), len(steps)):
            for statement in _statements(steps[number]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _check_version(connection: sqlite3.Connection, *, newest: int) -> int:
    """Give the file's version; refuse what isn't ours or is too new."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (tables or version or application):
        raise UnreadableError(
            "the file is another program's database",
            hint="name another file with --db, or leave it out for the usual one",
        )
    if version > newest:
        raise UnreadableError(
            f"the history is of a newer barpath (version {version}, this one knows {newest})",
            hint="update barpath, or name another file with --db",
        )
    return int(version)


def _statements(script: str) -> list[str]:
    """Split a script whose statements end their lines.

    ``executescript`` would commit the transaction that it runs in.
    """
    statements, gathered = [], ""
    for line in script.splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            statements.append(gathered)
            gathered = ""
    if gathered.strip():
        raise ValueError(f"an unfinished statement: {gathered.strip()}")
    return statements
