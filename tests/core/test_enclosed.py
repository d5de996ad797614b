"""Boxes found as holes in the ink, and joined to combs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from digitscan.alignment.combs import join_combs
from digitscan.alignment.enclosed import find_enclosed
from digitscan.alignment.printed import corners_of
from digitscan.alignment.scaled import Scaled

from .drawing import Array, draw_box, draw_comb, page
from .forms import HEIGHT, WIDTH, Matrix, draw_words, lay, moved

BOX = (300, 500, 420, 64)


def find(grey: Array) -> Matrix:
    return find_enclosed(Scaled(grey, 1))


def sheet(*, words: bool = False) -> Array:
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    draw_box(density, BOX, thickness=3)
    if words:
        draw_words(density, "Book of Records", 90, 130, 0.9, 2)
    return page(density)


@pytest.mark.parametrize("angle", [0, 5, -20, 30])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_box_is_found_at_any_angle(angle: float, quarters: int) -> None:
    scan = lay(sheet(words=True), angle=angle, quarters=quarters)
    (found,) = find(scan.page)
    there = moved(corners_of(np.array([BOX], np.float64))[0], scan.matrix)
    assert min(np.abs(found - np.roll(there, turn, axis=0)).max() for turn in range(4)) <= 6


def test_writing_that_leaves_a_box_does_not_hide_it() -> None:
    grey = sheet()
    cv2.line(grey, (400, 530), (460, 600), 60, 5)
    (found,) = find(grey)
    assert np.abs(found - corners_of(np.array([BOX], np.float64))[0]).max() <= 4


@pytest.mark.parametrize("ink", [215, 120, 0])
def test_lines_may_be_light(ink: int) -> None:
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    draw_box(density, BOX, thickness=3)
    assert len(find(page(density, 240, ink))) == 1


@pytest.mark.parametrize("blank", [0, 130, 255])
def test_page_without_anything_has_no_boxes(blank: int) -> None:
    assert find(np.full((400, 300), blank, np.uint8)).shape == (0, 4, 2)


def test_cells_of_a_comb_are_joined() -> None:
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    draw_comb(density, (300, 500, 480, 64), 10, "closed")
    draw_comb(density, (300, 700, 240, 64), 5, "closed")
    scan = lay(page(density), angle=3.0)
    combs = join_combs(find(scan.page))
    there = moved(corners_of(np.array([(300, 500, 480, 64), (300, 700, 240, 64)], np.float64)), scan.matrix)
    order = combs[:, 0, 1].argsort()
    assert np.abs(combs[order] - there).max() <= 5


def test_boxes_apart_are_no_comb() -> None:
    boxes = np.array(
        [(0, 0, 40, 50), (100, 0, 40, 50), (0, 80, 40, 50), (30, 200, 90, 50), (122, 200, 40, 50)]
    )
    assert len(join_combs(corners_of(boxes.astype(np.float64)))) == 0


def test_groups_of_cells_are_combs_by_themselves() -> None:
    lefts = [0, 42, 100, 142, 200, 242]
    cells = corners_of(np.array([(left, 10, 40, 50) for left in lefts], np.float64))
    combs = join_combs(cells)
    assert sorted((comb[0, 0], comb[1, 0]) for comb in combs) == [(0, 82), (100, 182), (200, 282)]
