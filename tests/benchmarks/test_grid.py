from collections import Counter

import pytest

from barpath.simulate import truth_of
from benchmarks.grid import _IN_SHORT, GRID, NEGATIVES, SHORT
from benchmarks.publish import publish


def test_every_condition_is_named_once():
    twice = [name for name, count in Counter((c.group, c.name) for c in GRID).items() if count > 1]
    assert twice == []


def test_the_named_subsets_exist():
    names = Counter(condition.name for condition in (*GRID, *NEGATIVES))
    assert [names[name] for name in _IN_SHORT] == [1] * len(_IN_SHORT)
    assert len(SHORT) == len(_IN_SHORT)


@pytest.mark.parametrize("condition", GRID, ids=lambda c: f"{c.group}: {c.name}")
def test_every_set_can_be_laid_out_and_has_repetitions(condition):
    truth = truth_of(condition.scene)
    assert condition.scene.measurable
    assert sum(rep.complete for rep in truth.reps) >= 1


def test_publishing_keeps_the_words_around(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- a -->\nold\n<!-- /a -->\nafter\n", encoding="utf-8")
    publish(page, mark="a", text="new")
    publish(page, mark="a", text="newer")
    assert page.read_text(encoding="utf-8") == "before\n<!-- a -->\nnewer\n<!-- /a -->\nafter\n"


def test_publishing_needs_the_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="<!-- a -->"):
        publish(page, mark="a", text="new")
