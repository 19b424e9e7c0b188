"""Camera profiles: scaled, turned, written, read and refused."""

from __future__ import annotations

import io
import json
import re
from importlib.resources import files

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barpath.camera.profile import read_profile, write_profile
from barpath.errors import UsageError
from tests.camera.profiles import profile_of

SCHEMA = json.loads(files("barpath").joinpath("schema/camera.schema.json").read_text())
CREATED = "2026-01-02T03:04:05+00:00"


def document_of(profile):
    text = io.StringIO()
    write_profile(profile, text, created=CREATED)
    return json.loads(text.getvalue())


@pytest.fixture
def written(tmp_path):
    """Write a document, altered as asked, and give its path."""

    def write(change=None, **values):
        document = {**document_of(profile_of()), **values}
        if change is not None:
            change(document)
        path = tmp_path / "camera.json"
        path.write_text(json.dumps(document))
        return path

    return write


def test_half_the_size_has_half_the_focal_length_about_the_same_middle():
    half = profile_of().scaled_to(640, 360)
    assert (half.fx_px, half.fy_px) == (550.0, 550.0)
    # pixel centres at whole numbers: the first two pixels' border, 0.5, is the small one's centre
    assert (half.cx_px, half.cy_px) == (324.75, 174.75)
    assert (half.k1, half.k2) == (profile_of().k1, profile_of().k2)


def test_another_aspect_is_refused():
    with pytest.raises(ValueError, match="1280x960 isn't 1280x720 scaled"):
        profile_of().scaled_to(1280, 960)


def test_a_quarter_clockwise_takes_the_right_to_the_bottom():
    turned = profile_of(cx_px=1279.0, cy_px=0.0).turned(1)
    # the top right corner of a picture becomes its bottom right one
    assert (turned.width_px, turned.height_px) == (720, 1280)
    assert (turned.cx_px, turned.cy_px) == (719.0, 1279.0)


@given(quarters=st.integers(-8, 8), back=st.integers(0, 3))
def test_turns_add_up(quarters, back):
    once = profile_of().turned(quarters).turned(back)
    assert once == profile_of().turned(quarters + back)
    assert once.turned(-quarters - back) == profile_of()


def test_a_clip_filmed_upright_is_turned_as_its_container_says():
    upright = profile_of().for_picture(width_px=360, height_px=640, rotation_deg=90)
    assert upright == profile_of().turned(1).scaled_to(360, 640)
    other = profile_of().for_picture(width_px=360, height_px=640, rotation_deg=270)
    assert other == profile_of().turned(3).scaled_to(360, 640)
    over = profile_of().for_picture(width_px=1280, height_px=720, rotation_deg=180)
    assert over == profile_of().turned(2)


def test_a_clip_that_lost_its_turn_gets_the_middle_of_both_ways():
    lost = profile_of().for_picture(width_px=720, height_px=1280, rotation_deg=0)
    ways = [profile_of().turned(way) for way in (1, 3)]
    assert lost.cx_px == pytest.approx(sum(way.cx_px for way in ways) / 2)
    assert lost.cy_px == pytest.approx(sum(way.cy_px for way in ways) / 2)


def test_a_profile_of_another_picture_is_refused_for_a_clip():
    with pytest.raises(UsageError, match="1280x720 picture, and the clip's is 1440x1080") as caught:
        profile_of().for_picture(width_px=1440, height_px=1080, rotation_deg=0)
    assert "same camera setting" in caught.value.hint


def test_profile_comes_back_from_its_file(written):
    assert read_profile(written()) == profile_of()


def test_document_fits_the_schema():
    jsonschema.validate(
        document_of(profile_of()), SCHEMA, format_checker=jsonschema.FormatChecker()
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"schema": "barpath.camera/2"}, "not a camera profile of this version"),
        ({"fx_px": "wide"}, "fx_px can't be 'wide'"),
        ({"fx_px": True}, "fx_px can't be True"),
        ({"fx_px": -1.0}, "focal length must be greater than 0"),
        ({"k1": float("nan")}, "k1 can't be nan"),
        ({"k1": 10**400}, "altered"),
        ({"k1": -0.9}, "folds the picture over itself"),
        ({"k1": -5.0}, "folds the picture over itself"),
        ({"k1": -2.0, "k2": 1.5}, "folds the picture over itself"),
        ({"cx_px": 1280.0}, "principal point lies outside"),
        ({"width_px": 1280.5}, "width_px can't be 1280.5"),
        ({"width_px": 0}, "no picture is 0x720"),
        ({"rotation_deg": 45}, "can't be turned by 45 degrees"),
        ({"name": ""}, "name can't be ''"),
        ({"quality": []}, "expected an object"),
        ({"quality": {"views": 3}}, "reprojection_px"),
    ],
)
def test_altered_profile_is_refused(written, values, said):
    path = written(**values)
    with pytest.raises(UsageError, match=re.escape(said)) as caught:
        read_profile(path)
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_missing_key_is_named(written):
    with pytest.raises(UsageError, match="k2"):
        read_profile(written(change=lambda document: document.pop("k2")))


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000])
def test_what_is_not_json_is_refused(tmp_path, content):
    path = tmp_path / "camera.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not a camera profile that can be read"):
        read_profile(path)


@pytest.mark.parametrize("document", [[], "text", 3, None, {}])
def test_other_json_is_refused(tmp_path, document):
    path = tmp_path / "camera.json"
    path.write_text(json.dumps(document))
    with pytest.raises(UsageError, match="not a camera profile of this version"):
        read_profile(path)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere\.json: no such file") as caught:
        read_profile(tmp_path / "nowhere.json")
    assert "calibrate lens" in caught.value.hint
