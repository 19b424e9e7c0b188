"""The history of analysed sets: an embedded database in one file."""

from __future__ import annotations

import dataclasses
import datetime
import io
import math
import sqlite3
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from barpath.errors import UnreadableError
from barpath.history.database import connect, default_place, transaction, translated
from barpath.history.entries import Choice, Entry, entry_of

if TYPE_CHECKING:
    from barpath.analysis import SetAnalysis

#: Columns of the table ``sets`` that a set is written to, in order; SQLite gives the number.
_COLUMNS = tuple(
    field.name
    for field in dataclasses.fields(Entry)
    if field.name not in ("number", "faults", "watches")
)

_SELECT = f"""
    SELECT number, {", ".join(_COLUMNS)},
        (SELECT count(*) FROM findings WHERE set_number = number AND severity = 'fault'),
        (SELECT count(*) FROM findings WHERE set_number = number AND severity = 'watch')
    FROM sets
"""


@dataclass(frozen=True)
class Added:
    """What became of a set: its number, and 'added', 'known' or 'replaced'."""

    number: int
    outcome: str


class History:
    """Analysed sets by number. Close it, or use it as a context.

    Attributes
    ----------
    place : Path
        The file.
    """

    def __init__(self, place: Path, connection: sqlite3.Connection) -> None:
        self.place = place
        self._connection = connection

    def __enter__(self) -> History:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; the history can't be used any more."""
        self._connection.close()

    def add(self, analysis: SetAnalysis, *, replace: bool = False) -> Added:
        """Put a set into the history, in one transaction.

        A clip is one set: analysed again, it is known already, and takes the place of what was
        there only if asked to. It keeps its number then.

        Parameters
        ----------
        analysis : SetAnalysis
        replace : bool

        Returns
        -------
        Added

        Raises
        ------
        UsageError
            The set's date isn't one.
        OutputError
            The file can't be written.
        """
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        entry = entry_of(analysis, added=now)
        with translated(self.place), transaction(self._connection):
            known = self._connection.execute(
                "SELECT number FROM sets WHERE clip_sha256 = ?", (entry.clip_sha256,)
            ).fetchone()
            if known is not None and not replace:
                return Added(number=int(known[0]), outcome="known")
            if known is not None:
                self._connection.execute("DELETE FROM sets WHERE number = ?", known)
            number = self._insert(entry, number=None if known is None else int(known[0]))
            self._insert_parts(analysis, number=number)
        return Added(number=number, outcome="added" if known is None else "replaced")

    def entries(self, choice: Choice | None = None) -> tuple[Entry, ...]:
        """Give the sets by date, those without one first, and by number within a day."""
        choice = choice or Choice()
        where = " WHERE (?1 IS NULL OR athlete = ?1) AND (?2 IS NULL OR lift = ?2)"
        with translated(self.place):
            rows = self._connection.execute(
                f"{_SELECT}{where} ORDER BY date, number", (choice.athlete, choice.lift)
            ).fetchall()
        return tuple(_entry_from(row) for row in rows)

    def entry(self, number: int) -> Entry:
        """Give one set.

        Raises
        ------
        UnreadableError
            No set of this number.
        """
        with translated(self.place):
            row = self._connection.execute(f"{_SELECT} WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise self._absent(number)
        return _entry_from(row)

    def analysis(self, number: int) -> SetAnalysis:
        """Give a set's whole analysis back, as `read_analysis` gives it from its folder.

        Raises
        ------
        UnreadableError
            No set of this number, or one of another version of the analysis document.
        """
        # Listing sets needn't wait for what reads analyses: OpenCV, PyAV and scipy come with it.
        from barpath.results import parse_analysis

        with translated(self.place):
            row = self._connection.execute(
                "SELECT document, path FROM analyses WHERE set_number = ?", (number,)
            ).fetchone()
        if row is None:
            raise self._absent(number)
        try:
            document, path = (zlib.decompress(part).decode("utf-8") for part in row)
        except (zlib.error, UnicodeDecodeError) as error:
            raise UnreadableError(
                f"{self.place}: set {number} is damaged ({error})",
                hint=f"remove it with 'barpath log rm {number}' and add it again",
            ) from error
        return parse_analysis(document, path, source=f"log:{number}")

    def remove(self, number: int) -> Entry:
        """Take a set out and give what it was. Its number is never given again.

        Raises
        ------
        UnreadableError
            No set of this number.
        OutputError
            The file can't be written.
        """
        entry = self.entry(number)
        with translated(self.place), transaction(self._connection):
            self._connection.execute("DELETE FROM sets WHERE number = ?", (number,))
        return entry

    def _insert(self, entry: Entry, *, number: int | None) -> int:
        names = ", ".join(("number", *_COLUMNS))
        marks = ", ".join("?" * (len(_COLUMNS) + 1))
        values = (number, *(_cell(getattr(entry, name)) for name in _COLUMNS))
        self._connection.execute(f"INSERT INTO sets ({names}) VALUES ({marks})", values)
        (given,) = self._connection.execute("SELECT last_insert_rowid()").fetchone()
        return int(given)

    def _insert_parts(self, analysis: SetAnalysis, *, number: int) -> None:
        """Write what hangs on a set: its findings, and its analysis whole."""
        from barpath.results import write_document, write_path_csv

        self._connection.executemany(
            "INSERT INTO findings (set_number, rep, code, severity) VALUES (?, ?, ?, ?)",
            [(number, one.rep, one.code, one.severity) for one in analysis.findings],
        )
        parts = []
        for write in (write_document, write_path_csv):
            text = io.StringIO(newline="")
            write(analysis, text)
            parts.append(zlib.compress(text.getvalue().encode("utf-8")))
        self._connection.execute(
            "INSERT INTO analyses (set_number, document, path) VALUES (?, ?, ?)", (number, *parts)
        )

    def _absent(self, number: int) -> UnreadableError:
        return UnreadableError(
            f"{self.place}: no set has the number {number}", hint="'barpath log list' shows them"
        )


def open_history(place: Path | None = None, *, create: bool = False) -> History:
    """Open the history.

    Parameters
    ----------
    place : Path, optional
        The file; the user's own without it.
    create : bool
        Whether to begin one where there is none.

    Raises
    ------
    UnreadableError
        There is none, or the file isn't one that this barpath can read.
    OutputError
        The place can't be written to.
    """
    place = place or default_place()
    return History(place, connect(place, create=create))


def _cell(value: Any) -> Any:
    """Turn NaN into SQL's NULL."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _entry_from(row: tuple[Any, ...]) -> Entry:
    """Turn a row into an entry; NULL is NaN where a number is meant."""
    fields = dataclasses.fields(Entry)
    values: dict[str, Any] = {
        field.name: math.nan if value is None and field.type == "float" else value
        for field, value in zip(fields, row, strict=True)
    }
    return Entry(**values)
