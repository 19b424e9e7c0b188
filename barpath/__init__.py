"""barpath: where the bar went and how fast, from a side-view clip.

>>> import barpath
>>> result = barpath.analyse("set.mp4")  # doctest: +SKIP
>>> [rep.mean_velocity_m_s for rep in result.reps]  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from barpath.analysis import SetAnalysis, analyse
    from barpath.comparison import Comparison, compare
    from barpath.config import AnalysisConfig
    from barpath.errors import BarpathError
    from barpath.results import read_analysis

__version__ = "0.1.0"

#: Where each public name lives. They are loaded when asked for, so that importing the package (and
#: ``barpath --help``) doesn't wait for OpenCV and scipy.
_HOMES = {
    "AnalysisConfig": "barpath.config",
    "BarpathError": "barpath.errors",
    "Comparison": "barpath.comparison",
    "SetAnalysis": "barpath.analysis",
    "analyse": "barpath.analysis",
    "compare": "barpath.comparison",
    "read_analysis": "barpath.results",
}

__all__ = [
    "AnalysisConfig",
    "BarpathError",
    "Comparison",
    "SetAnalysis",
    "analyse",
    "compare",
    "read_analysis",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'barpath' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
