"""The one family of errors: what went wrong, what to do about it, and the exit code."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command; scripts rely on them."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    UNREADABLE = 3
    UNMEASURABLE = 4
    INTERRUPTED = 130


class BarpathError(Exception):
    """Base of everything barpath raises on purpose.

    Parameters
    ----------
    message : str
        One line: what went wrong, naming the file or value.
    hint : str
        One line: what the user can do about it.
    """

    exit_code: ExitCode = ExitCode.FAULT

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(BarpathError):
    """An option or argument that makes no sense (exit 2)."""

    exit_code = ExitCode.USAGE


class UnreadableError(BarpathError):
    """The input isn't a video that can be read (exit 3)."""

    exit_code = ExitCode.UNREADABLE


class UnmeasurableError(BarpathError):
    """The video can be read, but the bar in it can't be measured (exit 4)."""

    exit_code = ExitCode.UNMEASURABLE


class OutputError(BarpathError):
    """A result can't be written (exit 1)."""
