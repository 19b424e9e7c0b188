"""Talking to a person at a terminal: how much to say, progress, errors and exit codes."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from barpath.config import AnalysisConfig, Option, OverlayConfig, options
from barpath.errors import BarpathError, ExitCode
from barpath.names import legible

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass
class Terminal:
    """How much to say; filled in as the options are read."""

    quiet: bool = False
    verbose: bool = False
    debug: bool = False

    def say(self, text: str) -> None:
        """Say a line to the person, on stderr."""
        if not self.quiet:
            click.echo(legible(text), err=True)

    def detail(self, text: str) -> None:
        """Say something only the curious want to know."""
        if self.verbose:
            self.say(text)


def _set_talk(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and param.name is not None:
        setattr(ctx.find_object(Terminal), param.name, True)


def talk_options(function: Function) -> Function:
    """Add -q, -v and --debug."""
    for flags, text in (
        (("--debug",), "Show the traceback of an error."),
        (("-v", "--verbose"), "Say more on stderr."),
        (("-q", "--quiet"), "Say nothing but errors."),
    ):
        function = click.option(
            *flags, is_flag=True, expose_value=False, callback=_set_talk, help=text
        )(function)
    return function


class _Parsed(click.ParamType[object]):
    """A click type that reads its text as the option in the config says."""

    def __init__(self, option: Option) -> None:
        self.option = option
        self.name = option.metavar or option.flag

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        """Parse text; click hands defaults through as they are."""
        if not isinstance(value, str):
            return value
        try:
            return self.option.parse(value)
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)


def config_options(
    config: type[AnalysisConfig] | type[OverlayConfig],
) -> Callable[[Function], Function]:
    """Add an option for each field of a config, in its order."""
    defaults = config()

    def add(function: Function) -> Function:
        for name, option in reversed(options(config).items()):
            default = getattr(defaults, name)
            kind = click.Choice(option.choices) if option.choices else _Parsed(option)
            function = click.option(
                option.flag,
                name,
                type=kind,
                default=default,
                show_default=default is not None,
                metavar=option.metavar or None,
                help=option.help,
            )(function)
        return function

    return add


def field_option(name: str, text: str) -> Callable[[Function], Function]:
    """Add the option of one field of `AnalysisConfig`, None where it isn't given.

    For commands that say of a set what an analysis could have been told; what a field may be is
    said in the config alone.
    """
    option = options()[name]
    choices = [choice for choice in option.choices if choice != "auto"]
    return click.option(
        option.flag,
        name,
        type=click.Choice(choices) if choices else _Parsed(option),
        metavar=option.metavar or None,
        help=text,
    )


@contextmanager
def progress(terminal: Terminal, label: str) -> Iterator[Callable[[float], None]]:
    """Give a callback for the share done; it draws a bar only where a person watches."""
    hidden = terminal.quiet or not sys.stderr.isatty()
    with click.progressbar(length=1000, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield lambda share: bar.update(int(1000 * share) - bar.pos)


def attempt(terminal: Terminal, function: Callable[[], int], *, subject: str = "") -> int:
    """Call something; turn what it raises into lines on stderr and an exit code.

    The lines name the subject, so that of several clips the reader knows which one it was.
    """
    try:
        return function()
    except BarpathError as error:
        named = not subject or subject in error.message
        message = error.message if named else f"{subject}: {error.message}"
        return fail(terminal, message, error.hint, error.exit_code)
    except ImportError as error:
        from barpath.doctor import library_hint

        return fail(terminal, f"{error}", library_hint(error), ExitCode.FAULT)
    except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise  # click's own, and a reader that has gone (`| head`), which click ends quietly
    except Exception as error:  # the boundary: whatever else comes here is a fault of ours
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            hint = "free some space where the output goes, and in the folder for temporary files"
            return fail(terminal, "there is no space left to write", hint, ExitCode.FAULT)
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        hint = "this is a fault in barpath; please report it with what --debug shows"
        return fail(terminal, f"unexpected {what}", hint, ExitCode.FAULT)


def fail(terminal: Terminal, message: str, hint: str, code: ExitCode) -> int:
    """Report the error being handled."""
    if terminal.debug:
        click.echo(traceback.format_exc(), err=True)
    click.echo(f"error: {legible(message)}", err=True)
    click.echo(f"hint: {legible(hint)}", err=True)
    return code
