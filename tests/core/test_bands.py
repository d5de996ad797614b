"""Bands: what is found in the rows with ink is what is found on the whole page."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitscan.bands import inked_bands, reduce_ink


def scattered(height: int, width: int, blots: int, seed: int) -> NDArray[np.uint8]:
    """A page with a few blots of grey ink."""
    rng = np.random.default_rng(seed)
    page = np.zeros((height, width), np.uint8)
    for _ in range(blots):
        y, x = int(rng.integers(height)), int(rng.integers(width))
        cv2.circle(page, (x, y), int(rng.integers(1, 9)), int(rng.integers(100, 256)), 2)
    return page


PAGES = st.builds(
    scattered, st.integers(1, 300), st.integers(1, 60), st.integers(0, 12), st.integers(0, 2**31)
)


@given(PAGES, st.integers(1, 7))
def test_bands_hold_all_ink_and_stand_apart(page: NDArray[np.uint8], multiple: int) -> None:
    bands = inked_bands(page, multiple=multiple)
    held = np.zeros(len(page), bool)
    for band in bands:
        held[band] = True
        assert band.start % multiple == 0
    assert not page[~held].any()
    assert all(below.start > above.stop for above, below in pairwise(bands))


@pytest.mark.parametrize("factor", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [(200, 90), (201, 92), (4, 4), (1, 7)])
def test_reduced_ink_is_the_mean_of_its_pixels(size: tuple[int, int], factor: int) -> None:
    page = scattered(*size, blots=3, seed=1)
    small = reduce_ink(page, factor)
    height, width = (max(1, side // factor) for side in size)
    assert small.shape == (height, width)
    for y in range(height):
        for x in range(width):
            cell = page[y * factor : (y + 1) * factor, x * factor : (x + 1) * factor]
            assert abs(float(small[y, x]) - cell.mean()) <= 0.5 + 1e-6
