"""Strips: the same writing looks the same wherever, however large and however askew it stands."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.components import find_components
from digitscan.strips import HEIGHT, MARGIN, Strip, make_strip

from .drawing import Array


@pytest.fixture(scope="module")
def writing(digits: Array) -> Array:
    """Six digits beside each other, 100 pixels high, with paper around them."""
    drawn = [cv2.resize(digits[i], (140, 140), interpolation=cv2.INTER_CUBIC) for i in range(40, 3040, 500)]
    return np.pad(np.hstack([digit[20:120, 15:125] for digit in drawn]), 150)


def moved(writing: Array, matrix: list[list[float]]) -> Array:
    """The writing under a linear map about its middle."""
    height, width = writing.shape
    linear = np.array(matrix)
    centre = np.array([width / 2, height / 2])
    map_ = np.column_stack([linear, centre - linear @ centre])
    return np.asarray(cv2.warpAffine(writing, map_, (width, height), flags=cv2.INTER_LINEAR), np.uint8)


def strip_of(density: Array, origin: tuple[float, float] = (0.0, 0.0)) -> Strip:
    return make_strip(density, find_components(density), origin=origin)


def likeness(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Correlation of two strips at the shift where they fit best."""
    template = one[4:-4, MARGIN:-MARGIN].astype(np.float32)
    field = np.pad(other, ((4, 4), (20, 20))).astype(np.float32)
    return float(cv2.matchTemplate(field, template, cv2.TM_CCORR_NORMED).max())


@pytest.mark.parametrize(
    ("name", "matrix"),
    [
        ("half the size", [[0.5, 0], [0, 0.5]]),
        ("a fifth of the size", [[0.2, 0], [0, 0.2]]),
        ("leaning to the right", [[1, -0.3], [0, 1]]),
        ("leaning to the left", [[1, 0.2], [0, 1]]),
        ("rising", [[1, 0], [-0.1, 1]]),
    ],
)
def test_size_slant_and_slope_are_taken_out(writing: Array, name: str, matrix: list[list[float]]) -> None:
    plain, other = strip_of(writing).picture, strip_of(moved(writing, matrix)).picture
    assert plain.shape[0] == other.shape[0] == HEIGHT
    assert likeness(plain, other) > 0.9, name


def test_small_digits_are_enlarged(writing: Array) -> None:
    strip = strip_of(moved(writing, [[0.12, 0], [0, 0.12]])).picture  # 12 pixels high
    rows = np.flatnonzero(strip.max(axis=1) > 127)
    assert 18 <= rows[-1] + 1 - rows[0] <= 28


def test_dash_behind_the_digits_and_a_speck_change_no_size(writing: Array) -> None:
    marked = writing.copy()
    marked[195:203, 850:930] = 255
    marked[20:22, 20:22] = 255
    plain, other = strip_of(writing).picture, strip_of(marked).picture
    assert likeness(plain, other) > 0.9


@pytest.mark.parametrize(("pen", "width"), [(2, 1.76), (3, 1.76), (6, 1.76), (12, 3.3), (24, 6.6)])
def test_strokes_of_thin_pens_are_thickened(pen: int, width: float) -> None:
    """To 0.08 of a digit's height, which is 22 pixels in a strip; bars here are 80 high."""
    bar = np.full((80, pen), 255, np.uint8)
    density = np.pad(np.hstack([np.pad(bar, ((0, 0), (20, 20)))] * 4), 30)
    picture = strip_of(density).picture
    rows = picture[12:20].sum(axis=1, dtype=float) / 255 / 4
    assert rows == pytest.approx(width, rel=0.15)


def test_places_on_the_strip_lead_back_to_the_page(writing: Array) -> None:
    askew = moved(writing, [[0.7, -0.2], [-0.06, 0.7]])
    strip = strip_of(askew, (1000.0, 500.0))
    rows, columns = np.nonzero(strip.picture > 200)
    x, y = strip.to_page @ np.stack([columns, rows, np.ones(len(rows))])
    on_page = askew[np.round(y - 500).astype(int), np.round(x - 1000).astype(int)]
    assert (on_page > 100).mean() > 0.97


@pytest.mark.parametrize("shape", [(1, 1), (40, 3), (5, 300)])
def test_paper_alone_is_a_blank_strip(shape: tuple[int, int]) -> None:
    strip = strip_of(np.zeros(shape, np.uint8))
    assert strip.picture.shape == (HEIGHT, 2 * MARGIN)
    assert not strip.picture.any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1), (300, 300)])
@pytest.mark.parametrize("border", [0, 3])
def test_any_block_of_ink_makes_a_strip(shape: tuple[int, int], border: int) -> None:
    strip = strip_of(np.pad(np.full(shape, 255, np.uint8), border)).picture
    assert strip.shape[0] == HEIGHT
    assert strip.shape[1] >= 2 * MARGIN
