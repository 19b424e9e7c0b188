"""File names as text that people and programs can read."""

from __future__ import annotations


def legible(name: str) -> str:
    r"""Write a name on one line of text: what isn't printable is escaped, as Python writes it.

    A file name may hold line breaks, and on Linux bytes that are no letters in any way: no document
    could carry those.

    Examples
    --------
    >>> legible("zwei\nZeilen.mp4")
    'zwei\\nZeilen.mp4'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
