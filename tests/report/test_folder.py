"""Report and overlay in the analysis folder: whole or not at all."""

from __future__ import annotations

import pytest

from barpath.config import AnalysisConfig, OverlayConfig
from barpath.errors import OutputError
from barpath.report.folder import Looks, write_looks
from barpath.results import write_tables
from barpath.staging import ANALYSIS, new_folder
from barpath.video import open_clip
from tests.video.disk import full_disk


@pytest.fixture
def write(small, grey_clip, tmp_path):
    clip = grey_clip(small)
    target = tmp_path / "set.barpath"

    def write(*, looks=None, progress=lambda share: None):
        with new_folder(target, kind=ANALYSIS) as folder:
            write_tables(small, folder)
            write_looks(
                small,
                clip=clip,
                folder=folder,
                target=target,
                config=AnalysisConfig(),
                looks=looks or Looks(),
                progress=progress,
            )
        return target

    return write


def test_the_page_shows_the_overlay_that_lies_beside_it(write):
    target = write()
    assert 'src="overlay.mp4"' in (target / "report.html").read_text(encoding="utf-8")
    with open_clip(target / "overlay.mp4") as clip:
        assert clip.info.frames_expected == 90


def test_an_embedded_overlay_stands_in_the_page(write):
    target = write(looks=Looks(embed_video=True))
    page = (target / "report.html").read_text(encoding="utf-8")
    assert 'src="data:video/mp4;base64,' in page
    assert len(page) > 4 / 3 * (target / "overlay.mp4").stat().st_size


def test_a_slowed_overlay_keeps_in_step_with_the_page(write):
    target = write(looks=Looks(overlay=OverlayConfig(slow=0.25)))
    page = (target / "report.html").read_text(encoding="utf-8")
    assert '"playback_rate": 4.0' in page


def test_the_share_done_rises_to_one(write):
    shares = []
    write(progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_an_interrupt_while_drawing_leaves_nothing(write, tmp_path):
    before = sorted(tmp_path.iterdir())

    def interrupt(share):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(progress=interrupt)
    assert sorted(tmp_path.iterdir()) == before


def test_an_interrupt_keeps_the_result_that_was_there(write):
    target = write()
    before = (target / "overlay.mp4").read_bytes()

    def interrupt(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(progress=interrupt)
    assert (target / "overlay.mp4").read_bytes() == before


def test_a_full_disk_leaves_nothing(write, tmp_path):
    before = sorted(tmp_path.iterdir())
    with full_disk(50_000), pytest.raises(OutputError) as caught:
        write()
    assert caught.value.hint
    assert sorted(tmp_path.iterdir()) == before
