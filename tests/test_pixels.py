"""Places in pictures that are drawn larger or smaller."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barpath.pixels import enlarged_px, enlarging, shrunk_px


@given(st.floats(-5e3, 5e3), st.floats(0.1, 10))
def test_there_and_back_is_where_it_was(place, factor):
    assert shrunk_px(enlarged_px(place, factor=factor), factor=factor) == pytest.approx(place)


def test_the_first_pixel_of_a_shrunken_picture_is_the_middle_of_those_it_was_made_of():
    places = np.array([[0.0, 0.0], [1.0, 2.0]])
    assert enlarged_px(places, factor=4.0) == pytest.approx(np.array([[1.5, 1.5], [5.5, 9.5]]))
    assert shrunk_px(1.5, factor=4.0) == 0.0


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_a_spot_lies_where_the_resized_picture_shows_it(factor):
    small = np.zeros((20, 30))
    small[7, 11] = 1.0
    large = cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
    row, column = np.argwhere(large).mean(axis=0)
    assert enlarged_px(np.array([11.0, 7.0]), factor=factor) == pytest.approx([column, row])


@pytest.mark.parametrize("factor", [1.0, 2.0, 3.5])
def test_the_matrix_enlarges_as_the_function_does(factor):
    x, y, one = enlarging(factor) @ [3.0, -1.5, 1.0]
    assert (x, y) == pytest.approx([enlarged_px(at, factor=factor) for at in (3.0, -1.5)])
    assert one == 1.0
