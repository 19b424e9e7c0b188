"""Tidy tables, their sidecar, and OpenSim's marker file."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barpath.interchange import Trajectory
from barpath.interchange.tidy import write_sidecar, write_tidy_csv, write_tidy_json
from barpath.interchange.trc import write_trc
from barpath.results import PATH_COLUMNS, REPS_COLUMNS


def trc_of(trajectory):
    text = io.StringIO()
    write_trc(trajectory, text)
    return [line.split("\t") for line in text.getvalue().splitlines()]


def test_trc_is_laid_out_as_opensim_documents_it():
    # "The first three lines of the .trc file is a header, followed by two rows of column labels,
    # followed by a blank row, followed by the rows of data."
    path = Trajectory(
        "set",
        np.array([0.0, 0.5, 1.0, 1.5]),
        np.array([-1.0, np.nan, 2.5, 3.0]),
        np.array([0.0, np.nan, 60.0, 61.0]),
        source="drawn",
    )
    lines = trc_of(path)
    assert lines[0][:3] == ["PathFileType", "4", "(X/Y/Z)"]
    assert dict(zip(lines[1], lines[2], strict=True)) == {
        "DataRate": "2.000000",
        "CameraRate": "2.000000",
        "NumFrames": "4",
        "NumMarkers": "1",
        "Units": "mm",
        "OrigDataRate": "2.000000",
        "OrigDataStartFrame": "1",
        "OrigNumFrames": "4",
    }
    assert lines[3][:3] == ["Frame#", "Time", "bar"]
    assert lines[4] == ["", "", "X1", "Y1", "Z1"]
    assert lines[5] == [""]
    assert lines[6] == ["1", "0.000000", "-10.00", "0.00", "0.00"]
    assert lines[7] == ["2", "0.500000", "", "", ""]
    assert lines[8:] == [
        ["3", "1.000000", "25.00", "600.00", "0.00"],
        ["4", "1.500000", "30.00", "610.00", "0.00"],
    ]


@given(
    steps=st.lists(st.sampled_from([1, 1, 2, 3]), min_size=3, max_size=40),
    rate_hz=st.sampled_from([30.0, 60.0, 240.0]),
)
def test_trc_of_a_variable_rate_keeps_to_its_one_rate(steps, rate_hz):
    """OpenSim: t = (f - OrigDataStartFrame) / DataRate; a straight path is interpolated exactly."""
    time_s = np.concatenate([[0.0], np.cumsum(steps)]) / rate_hz
    lines = trc_of(Trajectory("set", time_s, 10 * time_s, 50 * time_s, source="drawn"))
    rate = float(lines[2][0])
    for frame, t_s, x_mm, y_mm, _ in lines[6:]:
        # Off the grid by a quarter of a step at most, where the frames' own times are kept.
        assert abs(float(t_s) - (int(frame) - 1) / rate) <= 0.2501 / rate + 1e-6
        assert float(x_mm) == pytest.approx(100 * float(t_s), abs=0.006)
        assert float(y_mm) == pytest.approx(500 * float(t_s), abs=0.006)


def test_every_column_of_a_table_is_described_beside_it(analysis):
    for reps, names in ((False, PATH_COLUMNS), (True, REPS_COLUMNS)):
        text = io.StringIO()
        write_sidecar(analysis, text, table="set.csv", reps=reps)
        sidecar = json.loads(text.getvalue())
        columns = sidecar["tableSchema"]["columns"]
        assert sidecar["url"] == "set.csv"
        assert sidecar["@context"][0] == "http://www.w3.org/ns/csvw"
        assert tuple(column["titles"] for column in columns) == names
    units = {column["name"]: column.get("schema:unitText") for column in columns}
    assert units["mean_velocity_m_s"] == "m/s"
    assert units["sticking_height_cm"] == "cm"
    assert units["uncertainty_rom_cm"] == "cm"
    assert units["knee_start_s"] == "s"
    assert units["complete"] is None


def test_units_and_meanings_of_the_path(analysis):
    text = io.StringIO()
    write_sidecar(analysis, text, table="set.csv", reps=False)
    columns = {c["name"]: c for c in json.loads(text.getvalue())["tableSchema"]["columns"]}
    units = {name: column.get("schema:unitText") for name, column in columns.items()}
    assert units == {
        **dict.fromkeys(("x_px", "y_px", "radius_px"), "px"),
        **dict.fromkeys(("x_cm", "y_cm", "sd_cm"), "cm"),
        **dict.fromkeys(("vx_m_s", "vy_m_s", "speed_m_s"), "m/s"),
        **dict.fromkeys(("frame", "state", "rep", "phase"), None),
        "ay_m_s2": "m/s^2",
        "time_s": "s",
    }
    assert all(column["dc:description"] for column in columns.values())


@pytest.mark.parametrize("reps", [False, True])
def test_the_document_holds_the_table(analysis, reps):
    table, text = io.StringIO(newline=""), io.StringIO()
    write_tidy_csv(analysis, table, reps=reps)
    write_tidy_json(analysis, text, reps=reps)
    rows = list(csv.DictReader(io.StringIO(table.getvalue(), newline="")))
    document = json.loads(text.getvalue())
    assert [column["name"] for column in document["columns"]] == list(rows[0])
    for name, values in document["data"].items():
        assert len(values) == len(rows)
        for value, row in zip(values, rows, strict=True):
            cell = row[name]
            if value is None:
                assert cell == ""
            elif isinstance(value, bool):
                assert cell == str(value).lower()
            elif isinstance(value, str):
                assert cell == value
            else:
                assert float(cell) == value
