from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import re
from importlib import resources
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barpath.errors import UnreadableError
from barpath.results import (
    PATH_COLUMNS,
    REPS_COLUMNS,
    document,
    read_analysis,
    write_path_csv,
    write_reps_csv,
    write_tables,
)
from barpath.results.writing import _plain_value

# What other people's scripts rely on, written out here and not taken from the code.
CONTRACT_PATH_COLUMNS = (
    "frame,time_s,x_px,y_px,radius_px,x_cm,y_cm,"
    "vx_m_s,vy_m_s,speed_m_s,ay_m_s2,sd_cm,state,rep,phase"
)
CONTRACT_KEYS = """schema barpath_version created clip set plate calibration lifter midfoot
    tracking reps summary not_assessed warnings"""
CONTRACT_REP_KEYS = """index complete start_s liftoff_s lockout_s end_s rom_cm concentric_s
    mean_velocity_m_s mean_propulsive_velocity_m_s peak_velocity_m_s time_to_peak_s
    sticking start_x_cm lockout_x_cm max_forward_cm max_backward_cm rms_x_cm net_drift_cm
    setup_roll_cm uncertainty phases findings"""


@pytest.fixture(scope="session")
def schema():
    text = resources.files("barpath").joinpath("schema/analysis.schema.json").read_text()
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def rows_of(write, analysis):
    text = io.StringIO()
    write(analysis, text)
    return list(csv.DictReader(io.StringIO(text.getvalue())))


def test_document_obeys_the_schema(analysis, without_reps, schema):
    jsonschema.validate(document(analysis), schema)
    jsonschema.validate(document(without_reps), schema)


def test_schema_refuses_a_missing_key_and_a_stranger(analysis, schema):
    doc = document(analysis)
    del doc["reps"][0]["rom_cm"]
    with pytest.raises(jsonschema.ValidationError, match="rom_cm"):
        jsonschema.validate(doc, schema)
    with pytest.raises(jsonschema.ValidationError, match="stranger"):
        jsonschema.validate({**document(analysis), "stranger": 1}, schema)


def test_document_has_the_contract_keys(analysis):
    doc = document(analysis)
    assert list(doc) == CONTRACT_KEYS.split()
    assert list(doc["reps"][0]) == CONTRACT_REP_KEYS.split()
    assert doc["reps"][0]["sticking"]["min_velocity_m_s"] == 0.3
    assert doc["reps"][1]["sticking"] is None


def test_missing_numbers_are_null_in_json_and_empty_in_csv(analysis):
    doc = document(analysis)
    assert doc["calibration"]["roll_deg"] is None
    assert doc["reps"][0]["setup_roll_cm"] is None
    json.dumps(doc, allow_nan=False)
    lost = rows_of(write_path_csv, analysis)[4]
    assert lost["state"] == "lost"
    assert {lost[name] for name in PATH_COLUMNS[2:12]} == {""}
    assert rows_of(write_reps_csv, analysis)[0]["setup_roll_cm"] == ""


def test_path_csv(analysis):
    rows = rows_of(write_path_csv, analysis)
    assert ",".join(rows[0]) == CONTRACT_PATH_COLUMNS
    assert [row["frame"] for row in rows] == [str(i) for i in range(analysis.clip.frames)]
    assert [rows[i]["state"] for i in (0, 3, 6)] == ["tracked", "lost", "bridged"]
    # A third of the way through rep 1: 30 (1 - cos 60 deg) = 15 cm.
    assert rows[45]["y_cm"] == "15.000"
    assert rows[45]["y_px"] == "540.000"  # 600 - 15 / 0.25
    assert (rows[52]["rep"], rows[52]["phase"]) == ("1", "knee")
    assert (rows[-1]["rep"], rows[-1]["phase"]) == ("", "")


def test_times_survive_the_csv(analysis):
    fast = np.arange(analysis.clip.frames) * 1001 / 240_000
    motion = dataclasses.replace(analysis.motion, time_s=fast)
    rows = rows_of(write_path_csv, dataclasses.replace(analysis, motion=motion))
    # Six decimals: half a microsecond, a thousandth of a frame at 2000 frames a second.
    assert [float(r["time_s"]) for r in rows] == pytest.approx(fast, abs=5.1e-7, rel=0)


def test_no_cell_says_minus_zero(analysis):
    motion = dataclasses.replace(analysis.motion, x_cm=np.full(analysis.clip.frames, -1e-9))
    rows = rows_of(write_path_csv, dataclasses.replace(analysis, motion=motion))
    assert {row["x_cm"] for row in rows} == {"0.000"}


def test_reps_csv_is_flat_and_its_columns_never_change(analysis, without_reps):
    rows = rows_of(write_reps_csv, analysis)
    assert tuple(rows[0]) == REPS_COLUMNS
    nested = {"sticking", "uncertainty", "phases", "findings"}
    assert set(CONTRACT_REP_KEYS.split()) - set(rows[0]) == nested
    assert rows[0]["complete"] == "true"
    assert rows[0]["mean_velocity_m_s"] == "0.4"  # 60 cm in 1.5 s
    assert rows[0]["uncertainty_rom_cm"] == "0.4"
    assert rows[0]["knee_dy_cm"] == "20.0"
    assert rows[0]["sticking_height_cm"] == "27.0"
    assert rows[1]["sticking_height_cm"] == ""
    text = io.StringIO()
    write_reps_csv(without_reps, text)
    assert text.getvalue() == ",".join(REPS_COLUMNS) + "\n"


@pytest.mark.parametrize(
    ("speeds", "mean", "best", "loss"),
    [
        ((0.5, 0.6, 0.45), 0.5166667, 0.6, 25.0),  # loss from the fastest, not from the first
        ((0.4,), 0.4, 0.4, 0.0),
    ],
)
def test_summary(altered, speeds, mean, best, loss):
    summary = document(altered(*speeds))["summary"]
    assert summary["reps"] == len(speeds)
    assert summary["mean_velocity_m_s"] == pytest.approx(mean, abs=5.1e-5)  # four decimals
    assert summary["best_velocity_m_s"] == best
    assert summary["velocity_loss_pct"] == loss


def test_summary_counts_whole_reps_only(altered):
    analysis = altered(0.5, 0.9)
    half = dataclasses.replace(analysis.reps[1], complete=False)
    summary = document(dataclasses.replace(analysis, reps=(analysis.reps[0], half)))["summary"]
    assert (summary["reps"], summary["best_velocity_m_s"]) == (1, 0.5)


def test_summary_of_no_reps_is_null(without_reps):
    assert document(without_reps)["summary"] == {
        "reps": 0,
        "mean_velocity_m_s": None,
        "best_velocity_m_s": None,
        "velocity_loss_pct": None,
        "findings": {},
    }


def test_an_analysis_read_back_writes_the_same_files(analysis, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, source in ((first, analysis), (second, None)):
        folder.mkdir()
        write_tables(source or read_analysis(first), folder)
    for name in ("analysis.json", "path.csv", "reps.csv"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    back = read_analysis(first / "analysis.json")
    assert back.reps == read_analysis(first).reps
    assert back.reps[0].phases == analysis.reps[0].phases
    assert np.isnan(back.track.x_px[3:6]).all()


@given(value=st.floats(-1e6, 1e6) | st.just(math.nan))
def test_any_number_survives_to_its_last_written_decimal(value):
    back = json.loads(json.dumps(_plain_value("rom_cm", value), allow_nan=False))
    if math.isnan(value):
        assert back is None
    else:
        assert abs(back - value) <= 5.01e-4  # half of the third decimal
        assert math.copysign(1, back) == 1 or back < 0


def test_a_clip_given_for_its_analysis_is_sent_to_be_analysed(tmp_path):
    (tmp_path / "set.mp4").write_bytes(b"video")
    with pytest.raises(UnreadableError, match=r"set\.mp4: is a file") as caught:
        read_analysis(tmp_path / "set.mp4")
    assert "barpath analyse" in caught.value.hint


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "analysis.json").unlink(), "not an analysis that can be read"),
        (lambda f: (f / "path.csv").unlink(), "not an analysis that can be read"),
        (lambda f: (f / "analysis.json").write_text("{"), "not an analysis that can be read"),
        (lambda f: (f / "analysis.json").write_text("[]"), "not an analysis of this version"),
        (
            lambda f: (f / "analysis.json").write_text('{"schema": "barpath.analysis/99"}'),
            "not an analysis of this version",
        ),
        (
            lambda f: (f / "analysis.json").write_text('{"schema": "barpath.analysis/1"}'),
            "altered or cut short",
        ),
        (
            lambda f: (f / "path.csv").write_text(
                "\n".join((f / "path.csv").read_text().splitlines()[:50])
            ),
            "altered or cut short",
        ),
    ],
)
def test_what_is_not_an_analysis_is_refused(analysis, tmp_path, spoil, message):
    write_tables(analysis, tmp_path)
    spoil(tmp_path)
    with pytest.raises(UnreadableError, match=re.escape(message)) as caught:
        read_analysis(tmp_path)
    assert caught.value.hint
    assert str(tmp_path) in caught.value.message


def test_reading_a_folder_that_does_not_exist(tmp_path: Path):
    with pytest.raises(UnreadableError, match="no such file or folder"):
        read_analysis(tmp_path / "none")
