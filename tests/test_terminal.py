"""What the boundary between a command and the terminal makes of what goes wrong."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from barpath.results import write_tables
from barpath.terminal import Terminal, attempt


def raising(error: BaseException):
    def function() -> int:
        raise error

    return function


def test_a_reader_that_has_gone_is_no_fault_of_the_program():
    """``barpath … | head -1``: click ends such a command quietly."""
    with pytest.raises(BrokenPipeError):
        attempt(Terminal(), raising(BrokenPipeError(errno.EPIPE, "Broken pipe")), subject="a.mp4")


def test_no_space_is_no_fault_of_the_program(capsys):
    error = OSError(errno.ENOSPC, "No space left on device")
    assert attempt(Terminal(), raising(error)) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first == "error: there is no space left to write"
    assert second.startswith("hint: free some space")


def test_other_trouble_of_the_system_is_a_fault(capsys):
    assert attempt(Terminal(), raising(OSError(errno.EIO, "Input/output error"))) == 1
    assert "unexpected OSError" in capsys.readouterr().err


@pytest.mark.parametrize("rows", [[], ["--reps"]])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_table_that_can_not_be_printed_is_said(analysis, tmp_path, rows):
    write_tables(analysis, tmp_path)
    command = [sys.executable, "-m", "barpath.cli", "export", str(tmp_path), "--csv", "-", *rows]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: there is no space left to write\nhint: ")
    assert len(ended.stderr.splitlines()) == 2


def test_a_reader_that_closes_at_once_hears_nothing(analysis, tmp_path):
    write_tables(analysis, tmp_path)
    command = [sys.executable, "-m", "barpath.cli", "export", str(tmp_path), "--csv", "-"]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        ended = subprocess.run(
            command, stdout=gone, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert (ended.returncode, ended.stderr) == (1, "")
