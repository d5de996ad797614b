from __future__ import annotations

import cv2
import numpy as np
import pytest

from digitscan.ink import find_ink
from digitscan.strokes import mean_strokes, mean_width, straight_lines, stroke_width, thicken

from .drawing import Array, canvas, enlarged, inked, page


@pytest.mark.parametrize("width", [1, 2, 5, 11])
def test_stroke_width_is_that_of_the_stems(width: int) -> None:
    stems = canvas(90, 200, *((np.full((60, width), 255, np.uint8), 20 + 40 * i, 15) for i in range(4)))
    assert stroke_width(stems) == width
    assert find_ink(page(stems)).stroke == width


@pytest.mark.parametrize(("width", "length"), [(3, 60), (8, 90), (15, 120)])
def test_mean_width_is_twice_the_area_by_the_outline(width: int, length: int) -> None:
    bar = canvas(200, 60, (np.full((length, width), 255, np.uint8), 20, 30))
    assert mean_width(bar) == 2 * width * length / (2 * (width + length) - 4)
    assert mean_width(np.zeros((20, 30), np.uint8)) == 0


def test_straight_lines_are_those_of_forms(digits: Array) -> None:
    form = np.zeros((300, 500), np.uint8)
    cv2.rectangle(form, (8, 8), (491, 291), 255, 3)
    cv2.line(form, (8, 150), (491, 158), 255, 3)
    assert np.count_nonzero(straight_lines(form)) > 0.95 * np.count_nonzero(form)
    written = inked(
        canvas(300, 500, *((enlarged(digits[137 + 971 * i], 3), 20 + 90 * i, 40) for i in range(5)))
    )
    assert np.count_nonzero(straight_lines(written)) < 0.05 * np.count_nonzero(written)
    assert not straight_lines(np.zeros((20, 30), np.uint8)).any()


@pytest.mark.parametrize("more", [0.0, 0.5, 2.0, 5.0])
def test_bars_are_thickened_by_so_many_pixels(more: float) -> None:
    bar = canvas(60, 60, (np.full((60, 6), 255, np.uint8), 26, 0))
    rows = thicken(bar, more).sum(axis=1, dtype=float) / 255
    assert rows == pytest.approx(6 + more, abs=0.03)


def test_strokes_of_digits_and_of_what_is_crossed_out(digits: Array) -> None:
    inks = []
    for digit in digits[::50]:
        x, y, width, height = cv2.boundingRect((digit >= 128).astype(np.uint8))
        inks.append(digit[y : y + height, x : x + width])
    bars = 255 * (np.arange(66) // 6 % 2 == 0).astype(np.uint8)
    inks += [np.repeat(bars[None], 40, axis=0), np.repeat(bars[:, None], 20, axis=1)]
    *counted, level, upright = mean_strokes(inks)
    assert len(inks) > 64 and min(counted) >= 1 and max(counted) < 3
    assert level == upright == 6
    assert counted[:3] == [mean_strokes([ink])[0] for ink in inks[:3]]
    assert mean_strokes([]) == []
