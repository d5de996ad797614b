from __future__ import annotations

import numpy as np
import pytest

from digitscan.packed import pack
from digitscan.rules.dots import find_marks
from digitscan.rules.outlines import Outlines, find_outlines

from .drawing import Array

THICK = 7.0


def drawn(x: int, y: int) -> Array:
    """A box with a digit in it, and a dash below."""
    page = np.zeros((201, 301), np.uint8)
    page[y : y + 80, x : x + 100] = 255
    page[y + 3 : y + 77, x + 3 : x + 97] = 0
    page[y + 20 : y + 60, x + 50 : x + 57] = 255
    page[y + 100 : y + 106, x : x + 25] = 255
    return page


def outlined(page: Array, stroke: float) -> Outlines:
    return find_outlines(page, pack(page), stroke)


@pytest.mark.parametrize("stroke", [4.0, THICK])
@pytest.mark.parametrize(("x", "y"), [(40, 30), (41, 30), (40, 31), (41, 31)])
def test_places_are_those_of_the_page_itself(stroke: float, x: int, y: int) -> None:
    outlines = outlined(drawn(x, y), stroke)
    found = map(outlines.hole, np.flatnonzero(outlines.are_holes).tolist())
    holes = [hole for hole in found if hole is not None]
    # The outline of the paper in the box is on the ink around it.
    assert [box for box, _ in holes] == [(x + 2, y + 2, 96, 76)]
    assert holes[0][1] == pytest.approx(95 * 75, abs=4)
    boxes = outlines.components(np.flatnonzero(~outlines.are_holes)).tolist()
    assert sorted(boxes) == sorted([[x, y + 100, 25, 6], [x + 50, y + 20, 7, 40], [x, y, 100, 80]])


def test_marks_of_thick_strokes_are_as_large_as_they_are() -> None:
    marks = find_marks(outlined(drawn(41, 31), THICK), THICK)
    assert sorted(marks.tolist()) == [[41, 131, 25, 6], [91, 51, 7, 40]]


@pytest.mark.parametrize("stroke", [4.0, THICK])
def test_texture_has_no_outlines(stroke: float) -> None:
    page = np.zeros((1200, 1200), np.uint8)
    page[::4, ::4] = 255
    assert not len(outlined(page, stroke).boxes)


@pytest.mark.parametrize("stroke", [4.0, THICK])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1)])
def test_pages_of_a_single_row_or_column(stroke: float, shape: tuple[int, int]) -> None:
    outlined(np.full(shape, 255, np.uint8), stroke)
