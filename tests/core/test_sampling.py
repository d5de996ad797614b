"""Looking at every few rows of a page is looking at those rows of it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from digitscan.light import square
from digitscan.sampling import count_levels, extreme_rows, some_rows


@pytest.mark.parametrize("height", [17, 24, 31])
@pytest.mark.parametrize("step", [1, 2, 4, 7, 12])
@pytest.mark.parametrize("reach", [1, 3])
def test_extreme_rows_are_those_of_the_whole_page(height: int, step: int, reach: int) -> None:
    page = np.random.default_rng(height).integers(0, 256, (height, 20)).astype(np.uint8)
    darkest = some_rows(cv2.dilate(page, square(reach)), step)
    lightest = some_rows(cv2.erode(page, square(reach)), step)
    assert np.array_equal(extreme_rows(page, step, reach, np.maximum), darkest)
    assert np.array_equal(extreme_rows(page, step, reach, np.minimum), lightest)


def test_levels_that_do_not_matter_count_as_paper() -> None:
    levels = np.array([[0, 3, 7, 7], [255, 7, 2, 0]], np.uint8)
    within = np.array([[255, 255, 255, 0], [255, 255, 0, 0]], np.uint8)
    assert np.flatnonzero(count_levels(levels)).tolist() == [0, 2, 3, 7, 255]
    counts = count_levels(levels, within, least=5)
    assert {int(level): int(counts[level]) for level in np.flatnonzero(counts)} == {0: 2, 7: 2, 255: 1}
