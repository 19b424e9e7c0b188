"""Analysed sets kept over the weeks, and what they show together."""

from barpath.history.entries import Choice, Entry
from barpath.history.store import Added, History, open_history

__all__ = ["Added", "Choice", "Entry", "History", "open_history"]
