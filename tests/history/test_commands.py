"""``barpath log`` and ``barpath trend`` at the command line."""

from __future__ import annotations

import csv
import io
import math

import pytest

from barpath import cli
from barpath.history import open_history
from barpath.history.listing import ENTRY_COLUMNS, REP_KEYS
from barpath.results import REPS_COLUMNS, write_tables


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))

    def run(*arguments: object):
        code = cli.main([*(str(a) for a in arguments), "--db", "history.db"])
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return run


@pytest.fixture
def folder(tmp_path, lifted):
    """Write a set's folder."""

    def write(clip: str = "set", **said: object) -> str:
        (tmp_path / clip).mkdir()
        write_tables(lifted(clip, **said), tmp_path / clip)
        return clip

    return write


@pytest.fixture
def weeks(run, folder):
    """Two loads a week for four weeks, the lifter a little faster each week."""
    for week in range(4):
        date = f"2026-03-{2 + 7 * week:02}"
        for load, velocity in ((140.0, 0.40), (170.0, 0.26)):
            clip = folder(
                f"w{week} {load:g}",
                load_kg=load,
                velocity_m_s=velocity + 0.02 * week,
                findings=("fault",) * week,
                date=date,
            )
            assert run("log", "add", clip)[0] == 0


def test_a_set_goes_in_once_and_says_so(run, folder, tmp_path):
    clip = folder("a", date="2026-03-01")
    assert run("log", "add", clip) == (0, "", "a: added as number 1\n")
    code, out, err = run("log", "add", clip)
    assert (code, out) == (0, "")
    assert err.startswith("a: in the history already, as number 1\nhint: --replace")
    assert run("log", "add", clip, "--replace")[2] == "a: replaced as number 1\n"
    with open_history(tmp_path / "history.db") as history:
        assert len(history.entries()) == 1


def test_what_the_analysis_was_not_told_is_said_when_adding(run, folder, tmp_path):
    clip = folder("a", load_kg=math.nan, lift=None)
    code, _, err = run("log", "add", clip)
    assert code == 0
    assert "--date and --load-kg and --replace" in err
    said = ("--athlete", "Åsa", "--lift", "sumo", "--date", "2026-03-01", "--load-kg", "150")
    assert run("log", "add", clip, "--replace", *said, "--set-name", "top")[0] == 0
    with open_history(tmp_path / "history.db") as history:
        entry, kept = history.entry(1), history.analysis(1).set
    assert (entry.athlete, entry.lift, entry.date) == ("Åsa", "sumo", "2026-03-01")
    assert (entry.load_kg, entry.name) == (150.0, "top")
    assert (kept.athlete, kept.load_kg, kept.name) == ("Åsa", 150.0, "top")


def test_of_several_sets_the_good_ones_go_in(run, folder):
    good = folder("good", date="2026-03-01")
    code, _, err = run("log", "add", "absent", good)
    assert code == 3
    assert "error: absent: no such file or folder" in err
    assert "good: added as number 1" in err


def test_a_set_that_can_not_be_read_begins_no_history(run, tmp_path):
    code, _, err = run("log", "add", "absent")
    assert code == 3
    assert err.startswith("error: absent: no such file or folder\nhint: ")
    assert list(tmp_path.iterdir()) == []


def test_list_and_show(run, weeks):
    code, out, err = run("log", "list")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 9
    assert lines[1].split()[:5] == ["1", "2026-03-02", "-", "conventional", "140"]
    assert "0.40 ±0.01" in lines[1]
    code, out, _ = run("log", "show", 2)
    assert code == 0
    assert "w0 170" in out
    assert "net drift cm" in out


def test_rm(run, weeks):
    assert run("log", "rm", 1, 3) == (0, "", "removed 1: w0 140\nremoved 3: w1 140\n")
    code, _, err = run("log", "rm", 1)
    assert code == 3
    assert "no set has the number 1" in err
    assert len(run("log", "list")[1].splitlines()) == 7


def test_exported_sets_open_as_a_table(run, weeks, tmp_path):
    assert run("log", "export", "-o", "sets.csv") == (0, "", "wrote sets.csv\n")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "sets.csv").read_text())))
    assert tuple(rows[0]) == ENTRY_COLUMNS
    assert [float(row["load_kg"]) for row in rows[:2]] == [140.0, 170.0]
    assert rows[0]["athlete"] == ""
    assert [row["faults"] for row in rows] == list("00112233")
    # Nothing but numbers, dates and words: no NaN, no ±.
    assert "nan" not in (tmp_path / "sets.csv").read_text().lower()


def test_exported_repetitions_know_their_set(run, weeks):
    code, out, _ = run("log", "export", "--reps", "-o", "-")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert tuple(rows[0]) == (*REP_KEYS, *REPS_COLUMNS)
    assert [row["number"] for row in rows[:4]] == ["1", "1", "2", "2"]
    assert float(rows[2]["mean_velocity_m_s"]) == 0.26
    assert float(rows[2]["load_kg"]) == 170.0


def test_trend_prints_a_line_a_day(run, weeks):
    code, out, err = run("trend", "--load-kg", 140)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "conventional"
    assert "m/s at 140 kg" in lines[1]
    days = [line.split() for line in lines[2:6]]
    assert [day[0] for day in days] == ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"]
    assert [day[2] for day in days] == ["0.40", "0.42", "0.44", "0.46"]
    # Two sets a day, each with as many faults as weeks went before.
    assert [day[-2] for day in days] == ["0", "2", "4", "6"]
    assert "changes by 0.020" in out


@pytest.mark.parametrize("name", ["trend.svg", "trend.png"])
def test_trend_is_drawn(run, weeks, tmp_path, name):
    code, _, err = run("trend", "-o", name)
    assert (code, err) == (0, f"wrote {name}\n")
    drawn = (tmp_path / name).read_bytes()
    assert drawn.startswith(b"\x89PNG" if name.endswith("png") else b"<?xml")
    if name.endswith("svg"):
        # A load lifted as often as another gives way to the heavier.
        assert b"at 170 kg" in drawn


def test_a_name_is_drawn_as_it_is(run, folder, tmp_path):
    run("log", "add", folder("a", athlete=r"$\frac$ <b>", date="2026-03-01"))
    assert run("trend", "-o", "trend.svg")[0] == 0
    assert r"$\frac$ &lt;b&gt;, conventional" in (tmp_path / "trend.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("log", "list"), 3, "history.db: no history yet"),
        (("log", "show", 1), 3, "no history yet"),
        (("log", "rm", 1), 3, "no history yet"),
        (("log", "export", "-o", "x.csv"), 3, "no history yet"),
        (("trend",), 3, "no history yet"),
        (("log", "show", "one"), 2, "'one' is not a valid integer"),
        (("log", "add"), 2, "SET"),
        (("log", "add", "a", "--date", "1.3.2026"), 2, "1.3.2026"),
        (("log", "add", "a", "--load-kg", "-5"), 2, "--load-kg can't be -5"),
        (("log", "list", "--lift", "curl"), 2, "curl"),
        (("trend", "--load-kg", "5000"), 2, "--load-kg can't be 5000"),
    ],
)
def test_bad_usage_of_no_history(run, tmp_path, arguments, code, message):
    got, out, err = run(*arguments)
    assert (got, out) == (code, "")
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert second.startswith("hint: ")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_history_and_an_empty_choice(run, folder):
    run("log", "add", folder("a", athlete="A", date="2026-03-01"))
    for command in (("log", "list"), ("log", "export", "-o", "-"), ("trend",)):
        code, out, err = run(*command, "--athlete", "B")
        assert (code, out) == (3, "")
        assert "no sets of B in the history" in err
        assert "without --athlete" in err
    run("log", "rm", 1)
    code, _, err = run("log", "list")
    assert code == 3
    assert "history.db: no sets in the history\nhint: add one" in err


@pytest.mark.parametrize(
    ("sets", "arguments", "code", "message"),
    [
        ([{"athlete": "A"}, {"athlete": "B"}], (), 2, "several lifters: A, B"),
        ([{"lift": "sumo"}, {"lift": None}], (), 2, "several lifts: not said, sumo"),
        ([{"date": None}], (), 4, "none of the 1 sets has a date"),
        ([{}], ("--load-kg", "100"), 4, "no set was lifted at 100 kg"),
        ([{"load_kg": math.nan}], ("--load-kg", "100"), 4, "no set was lifted at 100 kg"),
        ([{}], ("-o", "trend.pdf"), 2, "can't be drawn as .pdf"),
        ([{}], ("-o", "absent/trend.svg"), 1, "there is no folder absent"),
    ],
)
def test_a_trend_that_can_not_be_shown(run, folder, tmp_path, sets, arguments, code, message):
    for at, said in enumerate(sets):
        run("log", "add", folder(f"s{at}", **{"date": "2026-03-01", **said}))
    before = set(tmp_path.iterdir())
    got, out, err = run("trend", *arguments)
    assert (got, out) == (code, "")
    assert message in err.splitlines()[0]
    assert err.splitlines()[1].startswith("hint: ")
    assert set(tmp_path.iterdir()) == before


def test_an_empty_file_is_no_history_to_look_at(run, tmp_path, folder):
    """Looking must not write, and a file that a copy left empty isn't a history; adding begins."""
    clip = folder("a")
    (tmp_path / "history.db").touch()
    for command in (("log", "list"), ("log", "show", 1), ("trend",)):
        code, out, err = run(*command)
        assert (code, out) == (3, "")
        assert err.startswith("error: history.db: no history yet")
    assert (tmp_path / "history.db").read_bytes() == b""
    assert run("log", "add", clip)[0] == 0


def test_a_file_that_is_no_history(run, tmp_path, folder):
    clip = folder("a")
    (tmp_path / "history.db").write_bytes(b"diary " * 400)
    for command in (("log", "list"), ("log", "add", clip), ("trend",)):
        code, out, err = run(*command)
        assert (code, out) == (3, "")
        assert err.startswith("error: history.db: not a history that can be read")
    assert (tmp_path / "history.db").read_bytes() == b"diary " * 400
