"""Looking at every few rows of a page is looking at those rows of it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.light import square
from digitscan.sampling import SampledRows, count_levels, some_rows


@pytest.mark.parametrize("height", [17, 24, 31])
@pytest.mark.parametrize("step", [1, 2, 4, 7, 12])
@pytest.mark.parametrize("reach", [1, 3])
def test_what_rows_see_is_what_is_seen_on_the_whole_page(height: int, step: int, reach: int) -> None:
    rng = np.random.default_rng(height)
    page = (rng.integers(0, 256, (height, 20)) * (rng.random((height, 1)) < 0.3)).astype(np.uint8)
    rows = SampledRows(page, step)
    for way in (cv2.MORPH_DILATE, cv2.MORPH_ERODE):

        def look(part: NDArray[np.uint8], way: int = way) -> NDArray[np.uint8]:
            return np.asarray(cv2.morphologyEx(part, way, square(reach)), np.uint8)

        assert np.array_equal(rows.look(look, reach), some_rows(look(page), step))


@pytest.mark.parametrize("step", [1, 9])
def test_rows_see_all_levels_from_the_least_on(step: int) -> None:
    page = (np.arange(0, 250, 5)[:, None] * np.ones((1, 20))).astype(np.uint8)
    seen = some_rows(np.asarray(cv2.dilate(page, square(1)), np.uint8), step)
    found = SampledRows(page, step).look(lambda part: cv2.dilate(part, square(1)), 1, 100)
    assert np.array_equal(np.where(found >= 100, found, 0), np.where(seen >= 100, seen, 0))


def test_levels_that_do_not_matter_count_as_paper() -> None:
    levels = np.array([[0, 3, 7, 7], [255, 7, 2, 0]], np.uint8)
    within = np.array([[255, 255, 255, 0], [255, 255, 0, 0]], np.uint8)
    assert np.flatnonzero(count_levels(levels)).tolist() == [0, 2, 3, 7, 255]
    counts = count_levels(levels, within, least=5)
    assert {int(level): int(counts[level]) for level in np.flatnonzero(counts)} == {0: 2, 7: 2, 255: 1}
