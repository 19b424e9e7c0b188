"""Other programs' files: their documented examples, every regional setting, and what isn't one."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barpath.errors import UnreadableError
from barpath.interchange import Trajectory, is_trajectory, read_trajectory, trajectory_of
from barpath.interchange.kinovea import write_kinovea_csv, write_kinovea_xml

# The lines that people's own files begin with. Kinovea's text in a French system, with hundredths
# of the last decimal cut; its older text with a clock; Tracker's with its old and its new header.
KINOVEA_TEXT = """#Kinovea Trajectory data export
#T X Y (cm)

# bar
0.000 77,20 -21,97\x20
0.008 72,19 -25,96\x20
0.016 68,20 -29,94\x20
0.025 67,17 -31,92\x20
"""
KINOVEA_CLOCK = """#Kinovea Trajectory data export
#T X Y (cm)
0:00:00:00 866.00 320.00\x20
0:00:00:03 847.00 321.00\x20
0:00:00:06 840.00 325.00\x20
0:00:00:10 838.00 330.00\x20


"""
KINOVEA_SHEET = """<?xml version="1.0" encoding="utf-8"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
  <Worksheet ss:Name="weightlift.avi">
    <Table ss:DefaultColumnWidth="60">
      <Row><Cell ss:MergeAcross="1"><Data ss:Type="String">Key Images</Data></Cell></Row>
      <Row><Cell><Data ss:Type="String"/></Cell></Row>
      <Row><Cell ss:MergeAcross="2"><Data ss:Type="String">Track</Data></Cell></Row>
      <Row><Cell><Data ss:Type="String">Label :</Data></Cell>
        <Cell ss:MergeAcross="1"><Data ss:Type="String">plate</Data></Cell></Row>
      <Row><Cell ss:MergeAcross="2"><Data ss:Type="String">Coords (x,y:m; t:time)</Data></Cell>
      </Row>
      <Row><Cell><Data ss:Type="String">x</Data></Cell><Cell><Data ss:Type="String">y</Data></Cell>
        <Cell><Data ss:Type="String">t</Data></Cell></Row>
      <Row><Cell><Data ss:Type="Number">0.10</Data></Cell><Cell><Data ss:Type="Number">0.2</Data>
        </Cell><Cell><Data ss:Type="String">0:00:01:00</Data></Cell></Row>
      <Row><Cell><Data ss:Type="Number">0.11</Data></Cell><Cell><Data ss:Type="Number">0.3</Data>
        </Cell><Cell><Data ss:Type="String">0:00:01:04</Data></Cell></Row>
      <Row><Cell><Data ss:Type="Number">0.12</Data></Cell><Cell><Data ss:Type="Number">0.4</Data>
        </Cell><Cell><Data ss:Type="String">0:00:01:08</Data></Cell></Row>
    </Table>
  </Worksheet>
</Workbook>
"""
TRACKER_OLD = """mass_A
t\tx\ty
0.0\t-1.0686477620876644\t0.4280071293284619
0.04\t-0.714777136706708\t0.4727275368238277
8.000000000E-2\t-0.5\t5.212500000E-1
"""
TRACKER_NEW = (
    "\tmass A\t\t\nt\tx (cm)\ty (cm)\t\n0.0\t1,5\t2,5\t\n0.1\t2,0\t3,5\t\n0.2\t\t\t\n0.3\t3\t9\t\n"
)
TRACKER_MULTI = """#multi:
,knee,,,bar,,
t,frame,x,y,frame,x,y
0.0,0,1,1,0,0.10,0.2
0.1,1,1,1,1,0.11,0.5
0.2,2,1,1,2,0.12,0.9
"""


@pytest.fixture
def given_file(tmp_path):
    def write(text: str | bytes, name: str = "set.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
        return path

    return write


def assert_path(path: Path, *, time_s, x_cm, y_cm, name):
    assert is_trajectory(path)
    got = read_trajectory(path)
    np.testing.assert_allclose(got.time_s, time_s, atol=1e-9)
    np.testing.assert_allclose(got.x_cm, x_cm, atol=1e-9)
    np.testing.assert_allclose(got.y_cm, y_cm, atol=1e-9)
    assert got.name == name


def test_kinovea_text_with_decimal_commas(given_file):
    got = read_trajectory(given_file(KINOVEA_TEXT))
    assert is_trajectory(given_file(KINOVEA_TEXT))
    np.testing.assert_allclose(got.x_cm, [77.20, 72.19, 68.20, 67.17])
    np.testing.assert_allclose(got.y_cm, [-21.97, -25.96, -29.94, -31.92])
    assert got.name == "bar"


def test_times_cut_to_few_decimals_are_put_back_on_their_grid(given_file):
    # 120 and 30 pictures a second: the grid is known to a third of the last decimal over 3 steps.
    fine = read_trajectory(given_file(KINOVEA_TEXT)).time_s
    np.testing.assert_allclose(np.diff(fine), np.diff(fine)[0])
    np.testing.assert_allclose(np.diff(fine), 1 / 120, atol=0.001 / 3)
    clock = read_trajectory(given_file(KINOVEA_CLOCK)).time_s
    np.testing.assert_allclose(np.diff(clock), np.diff(clock)[0])
    np.testing.assert_allclose(np.diff(clock), 1 / 30, atol=0.01 / 3)


def test_times_of_dropped_rows_stay_as_written(given_file):
    rows = "".join(f'"{t}","1","{t}"\n' for t in (0, 33, 67, 100, 400, 433, 467))
    path = given_file('"Time (ms)","X (cm)","Y (cm)"\n' + rows)
    time_s = read_trajectory(path).time_s
    np.testing.assert_allclose(time_s, [0, 0.033, 0.067, 0.1, 0.4, 0.433, 0.467])


def test_kinovea_sheet(given_file):
    assert_path(
        given_file(KINOVEA_SHEET, "set.xml"),
        time_s=[1.0, 1.04, 1.08],
        x_cm=[10, 11, 12],
        y_cm=[20, 30, 40],
        name="plate",
    )


@pytest.mark.parametrize(
    "text",
    [
        '"Time (ms)","X (cm)","Y (cm)"\r\n"0","1.5","2"\r\n"40","1.6","3"\r\n"80","1.7","4"\r\n',
        '"Time (ms)";"X (cm)";"Y (cm)"\n"0";"1,5";"2,0"\n"40";"1,6";"3"\n"80";"1,7";"4"\n',
        # An older Kinovea: commas between the cells and in them.
        '"Time (ms)", "X (mm)", "Y (mm)"\n"0", "15,0", "20"\n"40", "16,0", "30"\n"80","17","40"\n',
        '"Time";"knee/0/X (cm)";"knee/0/Y (cm)";"Bar/0/X (cm)";"Bar/0/Y (cm)"\n'
        '"0";"9";"9";"1,5";"2"\n"0,02";"9";"9";;\n"0,04";"9";"9";"1,6";"3"\n"0,08";;;"1,7";"4"\n',
    ],
)
def test_kinovea_csv_in_every_regional_setting(given_file, text):
    got = read_trajectory(given_file(text, "set.csv"))
    assert is_trajectory(given_file(text, "set.csv"))
    np.testing.assert_allclose(got.time_s, [0, 0.04, 0.08], atol=1e-9)
    np.testing.assert_allclose(got.x_cm, [1.5, 1.6, 1.7])
    np.testing.assert_allclose(got.y_cm, [2, 3, 4])


def test_tracker_before_and_after_its_header_changed(given_file):
    got = read_trajectory(given_file(TRACKER_OLD))
    np.testing.assert_allclose(got.time_s, [0, 0.04, 0.08], atol=1e-9)
    np.testing.assert_allclose(got.y_cm, [42.80071293284619, 47.27275368238277, 52.125])
    assert (got.name, "metres" in got.source) == ("mass_A", True)

    new = read_trajectory(given_file(TRACKER_NEW))
    np.testing.assert_allclose(new.x_cm, [1.5, 2, np.nan, 3])
    np.testing.assert_allclose(new.y_cm, [2.5, 3.5, np.nan, 9])
    assert (new.name, new.source) == ("mass A", "Tracker")


def test_of_several_tracks_the_one_named_bar_is_read(given_file):
    assert_path(
        given_file(TRACKER_MULTI),
        time_s=[0, 0.1, 0.2],
        x_cm=[10, 11, 12],
        y_cm=[20, 50, 90],
        name="bar",
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(given_file, encoding):
    path = given_file(KINOVEA_TEXT.replace("bar", "métatarse").encode(encoding))
    assert is_trajectory(path)
    assert read_trajectory(path).name == "métatarse"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (KINOVEA_TEXT.replace(" (cm)", ""), "names no unit"),
        (KINOVEA_SHEET.replace("x,y:m;", "x,y:px;"), "is in px"),
        (KINOVEA_SHEET.replace("t:time", "t:timestamps"), "without the video"),
        (KINOVEA_SHEET.replace("Coords", "Words"), "no trajectory in it"),
        (KINOVEA_SHEET[:-40], "not a trajectory that can be read"),
        (KINOVEA_TEXT.replace("77,20", "77,20.5"), "point and a comma"),
        (
            KINOVEA_TEXT + "\n# knee\n0.0 1 1\n0.1 1 1\n0.2 1 1\n\n# bar\n0.0 1 1\n",
            "3 trajectories",
        ),
        ('"Time (F)","X (cm)","Y (cm)"\n"0","1","2"\n', "times in F"),
        ('"Time","X (cm)","Y (cm)"\n"0","1","2"\n"33","1","2"\n"67","1","2"\n', "can't be seconds"),
        ('"Time (s)","X (cm)","Y (cm)"\n"0","1","2"\n"0","1","2"\n"9","1","2"\n', "don't rise"),
        ('"Time (s)","X (cm)","Y (cm)"\n', "fewer than 3"),
        (TRACKER_OLD.replace("0.428", "428"), "can't be metres"),
        (TRACKER_NEW.replace("(cm)", "(px)"), "lengths in px"),
        (TRACKER_MULTI.replace("bar", "hip"), "2 tracks in it"),
        ("frame,time_s,x_cm,y_cm\n0,0,1,2\n", "not a trajectory"),
        (b"\x00\x01\x02" * 50, "not text"),
        ("", "not a trajectory"),
    ],
)
def test_what_can_not_be_read_is_refused_with_a_reason(given_file, text, message):
    with pytest.raises(UnreadableError, match=message) as refused:
        read_trajectory(given_file(text))
    assert refused.value.hint


def test_what_is_no_trajectory_is_told_at_a_glance(given_file, tmp_path):
    for text in ("", b"\x00\x00\x00 ftypisom", '{"schema": "barpath.analysis/1"}', "a,b\n1,2\n"):
        assert not is_trajectory(given_file(text))
    assert not is_trajectory(tmp_path)
    assert not is_trajectory(tmp_path / "absent.csv")
    with pytest.raises(UnreadableError, match="No such file"):
        read_trajectory(tmp_path / "absent.csv")


@st.composite
def trajectories(draw):
    """Any path to a thousandth of a centimetre, at any even rate, with any rows lost."""
    count = draw(st.integers(4, 30))
    rate_hz = draw(st.sampled_from([23.976, 25.0, 30.0, 59.94, 120.0, 240.0]))
    places = st.integers(-300_000, 300_000).map(lambda value: value / 1000)
    columns = [
        np.array(draw(st.lists(places, min_size=count, max_size=count)), dtype=float)
        for _ in range(2)
    ]
    lost = np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    lost[:3] = False
    for column in columns:
        column[lost] = np.nan
    name = draw(st.text(max_size=40))
    return Trajectory(name, np.arange(count) / rate_hz, *columns, source="drawn")


@given(trajectory=trajectories(), kind=st.sampled_from(["csv", "xml"]))
def test_what_is_written_for_kinovea_reads_back(tmp_path_factory, trajectory, kind):
    text = io.StringIO(newline="")
    {"csv": write_kinovea_csv, "xml": write_kinovea_xml}[kind](trajectory, text)
    path = tmp_path_factory.mktemp("kinovea") / f"set.{kind}"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    got, seen = read_trajectory(path), np.isfinite(trajectory.x_cm)
    if kind == "xml":
        assert got.name == "".join(filter(str.isprintable, trajectory.name)).strip() or path.name
    # Both files hold microseconds and thousandths of a centimetre.
    np.testing.assert_allclose(got.time_s, trajectory.time_s[seen], atol=1e-6)
    np.testing.assert_allclose(got.x_cm, trajectory.x_cm[seen], atol=1e-9)
    np.testing.assert_allclose(got.y_cm, trajectory.y_cm[seen], atol=1e-9)


def test_an_analysis_goes_to_kinovea_and_back(analysis, given_file):
    text = io.StringIO(newline="")
    write_kinovea_csv(trajectory_of(analysis), text)
    got = read_trajectory(given_file(text.getvalue()))
    seen = np.isfinite(analysis.motion.y_cm)
    np.testing.assert_allclose(got.y_cm, analysis.motion.y_cm[seen], atol=0.0005)
    # As Kinovea itself writes it: quoted cells, milliseconds first.
    first, second = list(csv.reader(io.StringIO(text.getvalue())))[:2]
    assert first == ["Time (ms)", "X (cm)", "Y (cm)"]
    assert second == ["0.000", "0.000", "0.000"]
