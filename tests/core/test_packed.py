from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitscan.packed import (
    close_columns,
    long_runs,
    open_columns,
    pack,
    pack_ink,
    row_runs,
    turn,
    unpack,
    unpack_halved,
)
from digitscan.strokes import find_runs

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


@arbitrary
@given(st.integers(0, 2**32 - 1), st.tuples(st.integers(1, 200), st.integers(1, 40)))
def test_ink_is_packed_from_the_threshold_on(seed: int, size: tuple[int, int]) -> None:
    density = np.random.default_rng(seed).choice(np.array([0, 127, 128, 255], np.uint8), size)
    assert np.array_equal(pack_ink(density), pack((density >= 128).view(np.uint8)))


@arbitrary
@given(st.integers(0, 2**32 - 1), sizes)
def test_half_a_page_has_ink_wherever_the_page_has_any(seed: int, size: tuple[int, int]) -> None:
    mask = np.random.default_rng(seed).choice(np.array([0, 0, 0, 255], np.uint8), size)
    height, width = (-(-side // 2) for side in size)
    even = np.zeros((2 * height, 2 * width), np.uint8)
    even[: size[0], : size[1]] = mask
    expected = even.reshape(height, 2, width, 2).max(axis=(1, 3)) > 0
    assert np.array_equal(unpack_halved(pack(mask), size[1]) > 0, expected)


@arbitrary
@given(st.integers(0, 2**32 - 1), sizes)
def test_runs_of_packed_ink_are_those_of_the_page(seed: int, size: tuple[int, int]) -> None:
    mask = scattered(seed, size)
    for found, expected in zip(row_runs(pack(mask)), find_runs(mask), strict=True):
        assert np.array_equal(found, expected)


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
def test_packed_pages_are_transposed(seed: int, size: tuple[int, int]) -> None:
    mask = scattered(seed, size)
    assert np.array_equal(turn(pack(mask), size[1]), pack(mask.T))


@arbitrary
@given(st.integers(0, 2**32 - 1), sizes, lengths, lengths)
def test_long_runs_are_those_of_an_opening_of_a_closing(
    seed: int, size: tuple[int, int], length: int, bridged: int
) -> None:
    mask = scattered(seed, size)
    drawn = np.zeros_like(mask)
    ends = list(zip(*(array.tolist() for array in long_runs(pack(mask), length, bridged)), strict=True))
    for column, start, stop in ends:
        assert start < stop
        drawn[start:stop, column] = 255
    assert np.array_equal(pack(drawn), open_columns(close_columns(pack(mask), bridged), length))
    assert ends == sorted(ends)
    # No two of them touch.
    assert not {(column, stop) for column, _, stop in ends} & {(column, start) for column, start, _ in ends}
