from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digitscan.packed import pack
from digitscan.rules.dots import find_marks
from digitscan.rules.outlines import Outlines, find_outlines

from .drawing import Array, arbitrary

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
    holes = [hole for hole in map(outlines.follow, outlines.holes.tolist()) if hole is not None]
    # The outline of the paper in the box is on the ink around it.
    assert [box for box, _ in holes] == [(x + 2, y + 2, 96, 76)]
    assert holes[0][1] == pytest.approx(95 * 75, abs=4)
    assert sorted(outlines.measure(outlines.components).tolist()) == sorted(
        [[x, y + 100, 25, 6], [x + 50, y + 20, 7, 40], [x, y, 100, 80]]
    )


def test_marks_of_thick_strokes_are_as_large_as_they_are() -> None:
    marks = find_marks(outlined(drawn(41, 31), THICK), THICK)
    assert sorted(marks.tolist()) == [[41, 131, 25, 6], [91, 51, 7, 40]]


@pytest.mark.parametrize("stroke", [4.0, THICK])
def test_texture_has_no_outlines(stroke: float) -> None:
    page = np.zeros((1200, 1200), np.uint8)
    page[::4, ::4] = 255
    outlines = outlined(page, stroke)
    assert not len(outlines.components)
    assert not len(outlines.holes)


@pytest.mark.parametrize("stroke", [4.0, THICK])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1)])
def test_pages_of_a_single_row_or_column(stroke: float, shape: tuple[int, int]) -> None:
    outlined(np.full(shape, 255, np.uint8), stroke)


@arbitrary
@given(st.integers(0, 2**32 - 1), st.tuples(st.integers(1, 30), st.integers(1, 30)), st.floats(0.05, 0.95))
@example(3, (29, 21), 0.5)
def test_outlines_are_those_of_components_and_holes(seed: int, size: tuple[int, int], share: float) -> None:
    page = np.where(np.random.default_rng(seed).random(size) < share, 255, 0).astype(np.uint8)
    points, tree = cv2.findContours(page, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    within = tree[0, :, 3] >= 0 if points else ()
    outer = [cv2.boundingRect(outline) for outline, inner in zip(points, within, strict=True) if not inner]
    holes = [cv2.boundingRect(outline) for outline, inner in zip(points, within, strict=True) if inner]
    outlines = outlined(page, 4.0)
    assert sorted(map(tuple, outlines.components.tolist())) == sorted(outer)
    assert sorted(map(tuple, outlines.holes.tolist())) == sorted(holes)


def test_a_spike_into_enclosed_paper_belongs_to_it() -> None:
    page = np.zeros((60, 60), np.uint8)
    page[10:50, 10:50] = 255
    page[13:47, 13:47] = 0
    page[20:47, 30:33] = 255
    outlines = outlined(page, 4.0)
    assert outlines.components.tolist() == [[10, 10, 40, 40]]
    assert outlines.holes.tolist() == [[12, 12, 36, 36]]
