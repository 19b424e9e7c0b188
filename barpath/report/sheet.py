"""What the pages have in common: safe templates, figures for people, one script that may run."""

from __future__ import annotations

import base64
import hashlib
import math
import re

import jinja2
from markupsafe import Markup, escape

from barpath.report.tables import figure


def sheet_environment(*packages: str) -> jinja2.Environment:
    """Give the templates of our packages, escaping all that isn't ours.

    Parameters
    ----------
    *packages : str
        Where templates are looked for, in this order.
    """
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters.update(
        figure=signed, known=_is_known, plain=_plain, sentence=_sentence, options=_options
    )
    return environment


def template_text(environment: jinja2.Environment, name: str) -> str:
    """Read a file of ours that goes into the page as it stands."""
    loader = environment.loader
    if loader is None:
        raise TypeError("the templates have no loader")
    return loader.get_source(environment, name)[0]


def script_hash(script: str) -> str:
    """Name the one script that browsers may run, as a content security policy does."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def signed(value: float, digits: int, sd: float | None = None) -> str:
    """Write a number for people: with a true minus, and a dash for what isn't known."""
    text = figure(value, digits=digits, sd=math.nan if sd is None else sd)
    return "\N{EN DASH}" if text == "-" else text.replace("-", "\N{MINUS SIGN}")


def _is_known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _plain(value: float | None) -> str:
    """Write a number for the script; nothing for what isn't known."""
    return "" if value is None or not math.isfinite(value) else f"{value:.6g}"


def _sentence(text: str) -> str:
    """Make a sentence of what stands elsewhere as a part of one."""
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "!", "?")) else f"{whole}."


def _options(text: str) -> Markup:
    """Mark the options that a text names, so that no line ends within one."""
    return Markup(re.sub(r"--[a-z][a-z-]*", r"<code>\g<0></code>", str(escape(text))))
