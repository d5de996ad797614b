from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.writing_line import measure_lines


def field(slope: float = 0.0, digits: int = 8) -> NDArray[np.uint8]:
    """Bars 40 pixels high about a line through row 70 in the middle."""
    ink = np.zeros((140, 40 * digits + 40), np.uint8)
    for x in range(40, 40 * digits, 40):
        middle = 70 + slope * (x + 6 - ink.shape[1] / 2)
        cv2.rectangle(ink, (x, round(middle - 20)), (x + 12, round(middle + 19)), 255, -1)
    return ink


@pytest.mark.parametrize("slope", [-0.12, 0.0, 0.08])
def test_the_line_of_level_and_rising_writing_is_found(slope: float) -> None:
    ink = field(slope)
    (line,) = measure_lines([ink], [6.0])
    assert line.slope == pytest.approx(slope, abs=0.01)
    middle = line.middle + line.slope * (ink.shape[1] / 2 - line.column)
    assert middle == pytest.approx(69.5, abs=1)
    assert line.spread == pytest.approx(40 / np.sqrt(12), rel=0.05)


def test_one_tall_stroke_moves_the_line_little() -> None:
    ink = field()
    (plain,) = measure_lines([ink], [6.0])
    ink[70:139, 170:173] = 255
    (tall,) = measure_lines([ink], [6.0])
    assert tall.middle == pytest.approx(plain.middle, abs=2)
    assert tall.spread == pytest.approx(plain.spread, rel=0.15)


def test_few_digits_have_a_level_line() -> None:
    (line,) = measure_lines([field(0.12, digits=3)], [6.0])
    assert line.slope == 0


def test_strokes_are_the_least_spread() -> None:
    dash = np.zeros((40, 60), np.uint8)
    dash[20:22, 10:30] = 255
    assert measure_lines([dash], [2.0])[0].spread == 2


def test_fields_are_measured_each_for_itself() -> None:
    inks = [field(), field(0.1), field(-0.1, digits=3)]
    strokes = [6.0, 4.0, 5.0]
    for line, ink, stroke in zip(measure_lines(inks, strokes), inks, strokes, strict=True):
        assert line == pytest.approx(measure_lines([ink], [stroke])[0])
