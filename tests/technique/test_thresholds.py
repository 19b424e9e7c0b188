from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from barpath.errors import UsageError
from barpath.technique import Thresholds, read_thresholds
from barpath.technique.thresholds import meanings, threshold_names


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_overrides_what_it_names(tmp_path):
    read = read_thresholds(written(tmp_path, "[technique]\nwatch_cm = 2.5\nfault_cm = 5\n"))
    assert (read.watch_cm, read.fault_cm) == (2.5, 5)
    assert read.hitch_fault_cm == Thresholds().hitch_fault_cm


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("watch_cm = 2.5\n", "has no [technique] table"),
        ("[technique]\nwatch = 2.5\n", "there is no threshold 'watch'"),
        ("[technique]\nwatch_cm = -1\n", "threshold watch_cm can't be -1"),
        ("[technique]\nwatch_cm = true\n", "threshold watch_cm can't be True"),
        ("[technique]\nwatch_cm = nan\n", "threshold watch_cm can't be nan"),
        ("[technique]\nwatch_cm = '2'\n", "threshold watch_cm can't be '2'"),
        ("[technique]\nwatch_cm = 5\n", "threshold watch_cm is above fault_cm"),
        ("[technique\n", "not a TOML file that can be read"),
    ],
)
def test_what_is_no_threshold_is_refused(tmp_path, text, message):
    with pytest.raises(UsageError, match=re.escape(message)) as caught:
        read_thresholds(written(tmp_path, text))
    assert caught.value.hint


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="none.toml: no such file"):
        read_thresholds(tmp_path / "none.toml")


def test_each_threshold_says_what_it_is_and_where_from():
    for name, meaning in meanings().items():
        assert meaning.unit, name
        assert meaning.what, name
        assert meaning.source, name
        assert math.isfinite(getattr(Thresholds(), name))


def test_the_published_table_is_the_programs():
    page = (Path(__file__).parents[2] / "docs" / "technique.md").read_text(encoding="utf-8")
    _, _, page = page.partition("## Thresholds")
    given = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \| [^|]+ \| [^|]+ \| [^|]+ \|$", page, re.M))
    assert given == {name: f"{getattr(Thresholds(), name):g}" for name in threshold_names()}
