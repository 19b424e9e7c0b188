"""The file: older ones migrate, strange ones are refused, and nothing finished is ever lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from barpath.errors import ExitCode, OutputError, UnreadableError
from barpath.history import open_history
from barpath.history.database import connect, default_place
from barpath.history.schema import APPLICATION_ID, MIGRATIONS, migrate


@pytest.fixture
def place(tmp_path):
    return tmp_path / "history.db"


def pragma(place: Path, name: str) -> object:
    connection = sqlite3.connect(place)
    try:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]
    finally:
        connection.close()


def test_the_file_says_what_it_is(place):
    open_history(place, create=True).close()
    assert pragma(place, "application_id") == APPLICATION_ID
    assert pragma(place, "user_version") == len(MIGRATIONS)
    assert pragma(place, "journal_mode") == "wal"


def test_the_usual_place_is_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))  # where platformdirs looks on Linux
    assert default_place().name == "history.db"
    assert "barpath" in default_place().parts


def test_foreign_keys_are_on(place):
    with open_history(place, create=True) as history:
        keys = history._connection.execute("PRAGMA foreign_keys").fetchone()
    assert keys == (1,)


NEXT = (*MIGRATIONS, "ALTER TABLE sets ADD COLUMN mood TEXT;\nUPDATE sets SET mood = 'grim';\n")


def test_an_older_file_becomes_a_newer_one_and_keeps_its_sets(place, lifted):
    with open_history(place, create=True) as history:
        number = history.add(lifted("a", findings=("fault",))).number
        migrate(history._connection, steps=NEXT)
        mood = history._connection.execute("SELECT number, mood FROM sets").fetchall()
        assert mood == [(number, "grim")]
        assert history.entry(number).faults == 1
        assert history.analysis(number).set.name == "a"
    assert pragma(place, "user_version") == len(NEXT)


def test_a_migration_that_fails_leaves_the_file_as_it_was(place, lifted):
    broken = (*NEXT[:-1], NEXT[-1] + "INSERT INTO nowhere VALUES (1);")
    with open_history(place, create=True) as history:
        history.add(lifted("a"))
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            migrate(history._connection, steps=broken)
    with open_history(place) as history:
        assert [entry.name for entry in history.entries()] == ["a"]
        names = [row[1] for row in history._connection.execute("PRAGMA table_info(sets)")]
    assert "mood" not in names


def test_a_newer_file_is_refused_and_not_touched(place):
    with open_history(place, create=True) as history:
        migrate(history._connection, steps=NEXT)
    before = place.read_bytes()
    with pytest.raises(UnreadableError, match=r"history\.db: .*newer barpath") as refused:
        open_history(place)
    assert "update barpath" in refused.value.hint
    assert place.read_bytes() == before


@pytest.mark.parametrize("create", [False, True])
def test_what_is_no_history_is_refused_and_not_touched(place, create):
    place.write_bytes(b"training diary\n" * 500)
    with pytest.raises(UnreadableError, match="not a history"):
        open_history(place, create=create)
    assert place.read_bytes() == b"training diary\n" * 500

    place.unlink()
    other = sqlite3.connect(place)
    other.execute("CREATE TABLE songs (title TEXT)")
    other.commit()
    other.close()
    with pytest.raises(UnreadableError, match="another program's"):
        open_history(place, create=create)
    with sqlite3.connect(place) as other:
        tables = other.execute("SELECT name FROM sqlite_master").fetchall()
    other.close()
    assert tables == [("songs",)]


def test_a_file_that_is_not_there_is_not_made_by_looking(place):
    with pytest.raises(UnreadableError, match="no history yet") as refused:
        open_history(place)
    assert "barpath log add" in refused.value.hint
    assert not place.exists()


def test_a_damaged_set_is_named(place, lifted):
    with open_history(place, create=True) as history:
        number = history.add(lifted("a")).number
        history._connection.execute("UPDATE analyses SET path = x'00'")
        with pytest.raises(UnreadableError, match=f"set {number} is damaged"):
            history.analysis(number)


@pytest.mark.parametrize("kind", ["below a file", "a folder"])
def test_a_place_that_can_not_be_written(tmp_path, kind):
    if kind == "below a file":
        (tmp_path / "file").write_text("x")
        place = tmp_path / "file" / "history.db"
    else:
        place = tmp_path
    with pytest.raises(OutputError, match="can't be") as refused:
        open_history(place, create=True)
    assert refused.value.exit_code == ExitCode.FAULT
    assert "--db" in refused.value.hint


def test_a_place_that_can_only_be_read_is_read(place, lifted, monkeypatch):
    with open_history(place, create=True) as history:
        history.add(lifted("a"))
    # As root, a mode would not keep anyone from writing: the question is answered for it.
    monkeypatch.setattr("barpath.history.database.os.access", lambda path, mode: False)
    with open_history(place) as history:
        assert [entry.name for entry in history.entries()] == ["a"]
        with pytest.raises(OutputError, match="can't be opened or written"):
            history.add(lifted("b"))


def test_a_writer_that_never_ends_is_complained_of(place, lifted, monkeypatch):
    monkeypatch.setattr("barpath.history.database.BUSY_S", 0.05)
    with open_history(place, create=True) as history:
        other = connect(place, create=False)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="another program has been writing"):
            history.add(lifted("a"))
        # Readers go on meanwhile.
        assert history.entries() == ()
        other.execute("ROLLBACK")
        other.close()
        assert history.add(lifted("a")).outcome == "added"


# Processes that are forked inherit the sets and need no import: the kill comes in mid-writing.
forked = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def _add_all(place, sets, begun):
    with open_history(place, create=True) as history:
        for at, one in enumerate(sets):
            history.add(one)
            begun.value = at + 1  # said only after the set is in


@forked
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_kill_at_any_moment_loses_no_finished_set(tmp_path, lifted):
    """Eight writers killed at times spread over the writing, the file's making included."""
    context = multiprocessing.get_context("fork")
    sets = [lifted(f"clip {at}") for at in range(30)]
    partly = 0
    for round_ in range(8):
        place = tmp_path / f"{round_}.db"
        begun = context.Value("i", 0)
        writer = context.Process(target=_add_all, args=(place, sets, begun))
        writer.start()
        deadline_s = time.monotonic() + 20
        while begun.value < 2 * round_ and time.monotonic() < deadline_s:
            time.sleep(0.0005)
        time.sleep(0.004 * round_)  # a set takes some 30 ms: the kills fall into all of it
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        finished = begun.value
        with open_history(place, create=True) as history:
            entries = history.entries()
            # The one being said may be in already.
            assert finished <= len(entries) <= finished + 1
            assert [e.name for e in entries] == [s.set.name for s in sets[: len(entries)]]
            for entry in entries[-2:]:
                assert history.analysis(entry.number).set.name == entry.name
            (sound,) = history._connection.execute("PRAGMA integrity_check").fetchone()
            assert sound == "ok"
            partly += 0 < len(entries) < len(sets)
            assert history.add(lifted("after")).outcome == "added"
    # The kills really came in the middle.
    assert partly >= 4


@forked
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_writers_at_once_lose_nothing_and_double_nothing(place, lifted):
    """Four writers begin the same new file together; half of what they bring is the same."""
    context = multiprocessing.get_context("fork")
    common = [lifted(f"common {at}") for at in range(8)]
    counts = [context.Value("i", 0) for _ in range(4)]
    own = [[lifted(f"own {writer} {at}") for at in range(8)] for writer in range(4)]
    writers = [
        context.Process(
            target=_add_all,
            args=(place, [s for both in zip(own[at], common, strict=True) for s in both], count),
        )
        for at, count in enumerate(counts)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    with open_history(place) as history:
        names = [entry.name for entry in history.entries()]
    assert sorted(names) == sorted({s.set.name for sets in (*own, common) for s in sets})
