"""Two threads of ours; OpenCV's are off while they work, and back afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import cv2
import pytest

from barpath.threads import at_once, side_by_side, without_opencv_threads


@pytest.fixture(autouse=True)
def three_threads():
    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    yield
    cv2.setNumThreads(before)


def test_opencv_works_in_the_thread_that_calls_it_and_gets_its_own_back():
    with without_opencv_threads():
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == 3


def test_they_come_back_after_a_failure():
    with pytest.raises(ValueError, match="lost"), without_opencv_threads():
        raise ValueError("lost")
    assert cv2.getNumThreads() == 3


def test_they_come_back_when_the_last_of_several_has_left():
    entered, left = Barrier(2, timeout=10), Barrier(2, timeout=10)

    def first() -> int:
        with without_opencv_threads():
            entered.wait()
        left.wait()
        return cv2.getNumThreads()

    def second() -> int:
        with without_opencv_threads():
            entered.wait()
            left.wait()
            return cv2.getNumThreads()

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(work) for work in (first, second)]
        assert jobs[1].result() == 1
        jobs[0].result()
    assert cv2.getNumThreads() == 3


def test_two_items_are_worked_on_at_once_and_come_back_in_order():
    together = Barrier(2, timeout=10)

    def work(item: int) -> int:
        together.wait()
        return item * item

    assert side_by_side(work, iter(range(6))) == [0, 1, 4, 9, 16, 25]


def test_what_fails_in_a_thread_fails_in_the_caller():
    def work(item: int) -> int:
        raise ValueError(f"lost {item}")

    with pytest.raises(ValueError, match="lost 3"):
        side_by_side(work, [3])


def test_two_things_are_done_at_once_and_each_gives_its_own():
    together = Barrier(2, timeout=10)

    def work(result: object) -> object:
        together.wait()
        return result

    assert at_once(lambda: work(1), lambda: work("two")) == (1, "two")


def test_of_two_failures_the_first_one_is_told():
    def fail(kind: type[Exception]) -> None:
        raise kind

    with pytest.raises(KeyError):
        at_once(lambda: fail(KeyError), lambda: fail(ValueError))
    with pytest.raises(IndexError):
        at_once(int, lambda: fail(IndexError))
