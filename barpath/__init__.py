"""barpath: where the bar went and how fast, from a side-view clip."""

__version__ = "0.1.0"
