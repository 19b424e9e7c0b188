"""Two threads of our own, and OpenCV's out of their way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import cv2

Item = TypeVar("Item")
Result = TypeVar("Result")
Other = TypeVar("Other")

_lock = threading.Lock()
_inside = 0
_before = 0


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Work on items in two threads; return the results in the items' order.

    OpenCV and NumPy let go of Python while they compute.
    """
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, items))


def at_once(one: Callable[[], Result], other: Callable[[], Other]) -> tuple[Result, Other]:
    """Do two things in a thread each; return what both give.

    Where both fail, the first one's error is raised.
    """
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(other)
        first = one()
        return first, second.result()


@contextmanager
def without_opencv_threads() -> Iterator[None]:
    """Have OpenCV work in the thread that calls it, and put its number of threads back after.

    What is asked of it here are thousands of pictures of a plate's size, two at a time by our own
    threads. Splitting each once more costs a quarter of the processor time in waking and waiting.
    The number is the process's: it holds for all threads until the last one has left.
    """
    global _inside, _before
    with _lock:
        if _inside == 0:
            _before = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                cv2.setNumThreads(_before)
