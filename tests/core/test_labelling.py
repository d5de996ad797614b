from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitscan.labelling import label, name_runs

from .drawing import arbitrary


@arbitrary
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 3, 40, 2000]))
@pytest.mark.parametrize("size", [(120, 90), (121, 133)])
def test_components_are_those_of_opencv_however_much_ink_there_is(
    size: tuple[int, int], seed: int, dots: int
) -> None:
    random = np.random.default_rng(seed)
    ink = np.zeros(size, np.uint8)
    ink[random.integers(0, size[0], dots), random.integers(0, size[1], dots)] = random.integers(1, 256, dots)
    ink = cv2.dilate(ink, np.ones((2, 3), np.uint8))
    count, labels, figures, _ = cv2.connectedComponentsWithStats((ink >= 128).astype(np.uint8))
    found = label(ink)
    assert np.array_equal(found.labels, labels)
    assert found.names.tolist() == list(range(1, count))
    assert np.array_equal(found.areas, figures[1:, cv2.CC_STAT_AREA])
    assert np.array_equal(found.boxes, figures[1:, :4])


part = st.tuples(st.integers(0, 89), st.integers(0, 89)).map(lambda ends: slice(min(ends), max(ends) + 1))


@arbitrary
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 3, 40, 2000]), part, part)
def test_part_of_a_page_is_painted_as_the_page_is_labelled(
    seed: int, dots: int, rows: slice, columns: slice
) -> None:
    random = np.random.default_rng(seed)
    ink = np.zeros((90, 90), np.uint8)
    ink[random.integers(0, 90, dots), random.integers(0, 90, dots)] = 255
    assert np.array_equal(name_runs(ink).paint(rows, columns), label(ink).labels[rows, columns])
