from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitscan.packed import close_columns, grown, open_columns, pack, unpack

from .drawing import Array, arbitrary

sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))
lengths = st.sampled_from([1, 3, 5, 9, 15])


def scattered(seed: int, size: tuple[int, int]) -> Array:
    return np.random.default_rng(seed).choice(np.array([0, 255, 255], np.uint8), size)


@arbitrary
@given(st.integers(0, 2**32 - 1), sizes)
def test_pages_come_back_as_they_were(seed: int, size: tuple[int, int]) -> None:
    mask = scattered(seed, size)
    assert np.array_equal(unpack(pack(mask), size[1]) * 255, mask)


@pytest.mark.parametrize(
    ("ours", "operation"), [(close_columns, cv2.MORPH_CLOSE), (open_columns, cv2.MORPH_OPEN)]
)
@arbitrary
@given(st.integers(0, 2**32 - 1), sizes, lengths)
def test_openings_and_closings_are_those_of_opencv(
    ours: object, operation: int, seed: int, size: tuple[int, int], length: int
) -> None:
    assert callable(ours)
    mask = scattered(seed, size)
    expected = cv2.morphologyEx(mask, operation, np.ones((length, 1), np.uint8))
    assert np.array_equal(unpack(ours(pack(mask), length), size[1]) * 255, expected)


@arbitrary
@given(st.integers(0, 2**32 - 1), sizes)
def test_ink_grows_by_a_pixel_all_around(seed: int, size: tuple[int, int]) -> None:
    mask = scattered(seed, size)
    expected = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    assert np.array_equal(unpack(grown(pack(mask)), size[1]) * 255, expected)
