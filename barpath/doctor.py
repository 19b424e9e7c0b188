"""What barpath runs on, and what is missing."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import barpath
from barpath.errors import BarpathError
from barpath.plate_sizes import plate_sizes

#: Debian and Ubuntu packages by the shared library that OpenCV's GUI build asks for.
DEBIAN_PACKAGES = {
    "libGL.so.1": "libgl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libglib-2.0.so.0": "libglib2.0-0",
}

#: Import name by distribution name.
_PACKAGES = {
    "opencv-contrib-python": "cv2",
    "numpy": "numpy",
    "scipy": "scipy",
    "av": "av",
    "click": "click",
    "matplotlib": "matplotlib",
    "platformdirs": "platformdirs",
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes
    ----------
    name : str
    found : str
        Version, or what is wrong.
    passed : bool
        False where barpath can't work without it.
    hint : str
        What to do; empty where nothing is.
    """

    name: str
    found: str
    passed: bool = True
    hint: str = ""


def check_all() -> tuple[Check, ...]:
    """Look at everything barpath needs, in the order a report reads best."""
    return (
        Check("barpath", barpath.__version__),
        Check("python", platform.python_version()),
        Check("system", platform.platform()),
        *(_package(name, module) for name, module in _PACKAGES.items()),
        _guarded("CSRT tracker", _csrt),
        _guarded("codecs", _codecs),
        _guarded("plate sizes", _plate_table),
    )


def library_hint(error: ImportError) -> str:
    """Say how to get the shared library that an import missed."""
    for library, package in DEBIAN_PACKAGES.items():
        if library in str(error):
            return f"{library} is missing; on Debian and Ubuntu: apt-get install {package}"
    return "install barpath again, or see 'barpath doctor'"


def _package(name: str, module: str) -> Check:
    try:
        import_module(module)
        return Check(name, version(name))
    except PackageNotFoundError:
        # Another build of the same module, such as opencv-contrib-python-headless, serves as well.
        return Check(name, f"{import_module(module).__version__} (another build)")
    except ImportError as error:
        return Check(name, str(error), passed=False, hint=library_hint(error))


def _guarded(name: str, look: Callable[[], str]) -> Check:
    """Run a check whose modules may themselves be missing."""
    try:
        return Check(name, look())
    except ImportError as error:
        return Check(name, str(error), passed=False, hint=library_hint(error))
    except BarpathError as error:
        return Check(name, error.message, passed=False, hint=error.hint)


def _csrt() -> str:
    import cv2

    if not hasattr(cv2, "TrackerCSRT_create"):
        raise BarpathError(
            "this build of OpenCV has no CSRT",
            hint="pip uninstall opencv-python opencv-contrib-python; "
            "pip install opencv-contrib-python",
        )
    return "there"


def _codecs() -> str:
    from barpath.video import codec_support

    support = codec_support()
    if not all(codec.decodes and codec.encodes for codec in support if codec.name == "h264"):
        raise BarpathError("FFmpeg lacks h264", hint="pip install --force-reinstall av")
    reads = ", ".join(codec.name for codec in support if codec.decodes)
    lacking = ", ".join(codec.name for codec in support if not codec.decodes)
    return f"reads {reads}" + (f"; can't read {lacking}" if lacking else "")


def _plate_table() -> str:
    return f"{len(plate_sizes())} kinds of plate"
