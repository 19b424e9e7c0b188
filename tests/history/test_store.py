"""What goes into the history comes out of it, once, and whole."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barpath.errors import UnreadableError, UsageError
from barpath.history import Choice, open_history
from barpath.history.store import History
from barpath.results import document, read_analysis, write_tables


@pytest.fixture
def history(tmp_path):
    with open_history(tmp_path / "deep" / "history.db", create=True) as history:
        yield history


def test_an_analysis_comes_back_as_from_its_folder(history, lifted, tmp_path):
    analysis = lifted("a", findings=("fault", "info"), athlete="Åsa", date="2026-03-01")
    number = history.add(analysis).number
    write_tables(analysis, tmp_path)
    assert document(history.analysis(number)) == document(read_analysis(tmp_path))
    back = history.analysis(number)
    assert back.motion.y_cm[40] == pytest.approx(analysis.motion.y_cm[40], abs=0.0005)
    assert [finding.severity for finding in back.findings] == ["fault", "info"]


def test_an_entry_sums_a_set_up(history, lifted):
    analysis = lifted(
        "a", findings=("fault", "watch", "watch", "info"), athlete="Åsa", date="2026-03-01"
    )
    entry = history.entry(history.add(analysis).number)
    assert dataclasses.replace(entry, added="") == dataclasses.replace(
        entry,
        number=1,
        added="",
        clip_sha256=analysis.clip.sha256,
        clip="a.mp4",
        name="a",
        athlete="Åsa",
        lift="conventional",
        date="2026-03-01",
        load_kg=140.0,
        reps=2,
        best_velocity_m_s=0.4,
        best_velocity_sd_m_s=0.005,
        mean_velocity_m_s=0.4,
        velocity_loss_pct=0.0,
        net_drift_cm=-1.0,
        net_drift_sd_cm=0.3,
        faults=1,
        watches=2,
    )
    assert entry.added.endswith("+00:00")


def test_what_is_not_known_stays_unknown(history, unweighed, without_reps):
    entry = history.entry(history.add(unweighed).number)
    assert (entry.athlete, entry.lift, entry.date) == (None, None, None)
    assert math.isnan(entry.load_kg)
    empty = history.entry(history.add(without_reps).number)
    assert empty.reps == 0
    for name in ("best_velocity_m_s", "best_velocity_sd_m_s", "velocity_loss_pct", "net_drift_cm"):
        assert math.isnan(getattr(empty, name))


def test_a_clip_is_one_set(history, lifted):
    first = history.add(lifted("a"))
    again = history.add(lifted("a", velocity_m_s=0.5))
    assert (first.outcome, again.outcome, again.number) == ("added", "known", first.number)
    assert history.entry(first.number).best_velocity_m_s == 0.4

    other = history.add(lifted("b"))
    replaced = history.add(lifted("a", velocity_m_s=0.5, findings=("fault",)), replace=True)
    assert (replaced.outcome, replaced.number) == ("replaced", first.number)
    assert [entry.number for entry in history.entries()] == [first.number, other.number]
    assert history.entry(first.number).best_velocity_m_s == 0.5
    assert history.entry(first.number).faults == 1
    assert history.analysis(first.number).reps[0].mean_velocity_m_s == 0.5


def test_a_number_is_never_given_twice(history, lifted):
    numbers = [history.add(lifted(clip)).number for clip in "abc"]
    assert history.remove(numbers[2]).name == "c"
    assert history.add(lifted("d")).number == numbers[2] + 1
    # And removed is removed: nothing of a set stays behind.
    history.remove(numbers[0])
    assert [entry.name for entry in history.entries()] == ["b", "d"]
    with pytest.raises(UnreadableError, match=f"no set has the number {numbers[0]}"):
        history.analysis(numbers[0])
    left = history._connection.execute("SELECT count(*) FROM analyses").fetchone()
    assert left == (2,)


@pytest.mark.parametrize("call", [History.entry, History.analysis, History.remove])
def test_a_number_that_is_not_there(history, call):
    with pytest.raises(UnreadableError, match="no set has the number 7") as refused:
        call(history, 7)
    assert "log list" in refused.value.hint


def test_a_date_is_one_or_is_refused(history, lifted):
    assert history.entry(history.add(lifted("a", date="20260301")).number).date == "2026-03-01"
    with pytest.raises(UsageError, match=r"b: '1\.3\.2026' is no date") as refused:
        history.add(lifted("b", date="1.3.2026"))
    assert "--date" in refused.value.hint
    assert len(history.entries()) == 1


def test_sets_are_chosen_and_in_order(history, lifted):
    for clip, date, athlete, lift in (
        ("late", "2026-03-02", "A", "sumo"),
        ("early", "2026-03-01", "A", "conventional"),
        ("undated", None, "B", "sumo"),
        ("late too", "2026-03-02", "B", "sumo"),
    ):
        history.add(lifted(clip, date=date, athlete=athlete, lift=lift))
    assert [e.name for e in history.entries()] == ["undated", "early", "late", "late too"]
    for choice, names in (
        (Choice(athlete="A"), ["early", "late"]),
        (Choice(lift="sumo"), ["undated", "late", "late too"]),
        (Choice(athlete="A", lift="sumo"), ["late"]),
        (Choice(athlete="C"), []),
    ):
        assert [e.name for e in history.entries(choice)] == names


def test_what_was_written_is_there_after_opening_again(tmp_path, lifted):
    place = tmp_path / "history.db"
    with open_history(place, create=True) as history:
        history.add(lifted("a"))
    with open_history(place) as history:
        assert [entry.name for entry in history.entries()] == ["a"]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["add", "replace", "remove"]), st.sampled_from("abc")),
        max_size=12,
    )
)
def test_it_does_what_a_list_would_do(tmp_path_factory, lifted, steps):
    """Any run of additions, replacements and removals against a plain dict."""
    held: dict[str, tuple[int, float]] = {}
    last = 0
    place = tmp_path_factory.mktemp("model") / "history.db"
    with open_history(place, create=True) as history:
        for at, (step, clip) in enumerate(steps):
            velocity = 0.2 + at / 100
            if step == "remove":
                if clip in held:
                    history.remove(held.pop(clip)[0])
                continue
            history.add(lifted(clip, velocity_m_s=velocity), replace=step == "replace")
            if clip not in held:
                last += 1
                held[clip] = (last, velocity)
            elif step == "replace":
                held[clip] = (held[clip][0], velocity)
        got = {e.name: (e.number, e.best_velocity_m_s) for e in history.entries()}
    assert got == {clip: (number, pytest.approx(v)) for clip, (number, v) in held.items()}
