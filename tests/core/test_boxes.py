from __future__ import annotations

import cv2
import numpy as np
import pytest

from digitscan.fields import Region
from digitscan.fields.boxes import find_boxes
from digitscan.ink import find_ink
from digitscan.rules import find_rules

from .drawing import Array, canvas, enlarged, frame, page, strays

SHAPE = (400, 700)


def blank() -> Array:
    return np.zeros(SHAPE, np.uint8)


def found_on(density: Array) -> list[Region]:
    ink = find_ink(page(density))
    return find_boxes(find_rules(ink.mask, ink.stroke), (density.shape[0], density.shape[1]), ink.stroke)


def comb(density: Array, left: int, top: int, cells: int, width: int = 50, height: int = 56) -> None:
    frame(density, (left, top, cells * width + 1, height))
    for i in range(1, cells):
        cv2.line(density, (left + i * width, top), (left + i * width, top + height - 1), 255, 2)


def write(density: Array, digits: Array, left: int, top: int, step: int, count: int, times: int = 2) -> None:
    for i in range(count):
        image = enlarged(digits[90 + 470 * i], times)
        part = density[top : top + image.shape[0], left + i * step : left + i * step + image.shape[1]]
        np.maximum(part, image, out=part)


@pytest.mark.parametrize("thickness", [1, 2, 4])
@pytest.mark.parametrize("box", [(100, 100, 300, 70), (40, 30, 290, 90), (300, 200, 350, 45)], ids=str)
def test_single_box(box: tuple[int, int, int, int], thickness: int) -> None:
    density = blank()
    frame(density, box, thickness)
    (region,) = found_on(density)
    assert strays(region.box, box) <= thickness + 2
    assert region.cells == ()
    assert region.sure


@pytest.mark.parametrize("cells", [2, 3, 8, 11])
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_comb_is_one_region_with_its_cells(digits: Array, cells: int, filled: bool) -> None:
    density = blank()
    comb(density, 60, 120, cells)
    if filled:
        write(density, digits, 57, 120, 50, cells)
    (region,) = found_on(density)
    assert strays(region.box, (60, 120, cells * 50, 56)) <= 4
    assert region.cells == pytest.approx([60 + 50 * i for i in range(cells + 1)], abs=4)


def test_separate_squares_beside_each_other_are_a_comb() -> None:
    density = blank()
    for i in range(6):
        frame(density, (60 + 58 * i, 120, 50, 56))
    (region,) = found_on(density)
    assert len(region.cells) == 7
    assert region.cells[1:-1] == pytest.approx([114 + 58 * i for i in range(5)], abs=4)


def test_two_combs_stay_two() -> None:
    density = blank()
    comb(density, 40, 60, 4)
    comb(density, 400, 60, 5)
    comb(density, 40, 200, 3)
    assert [len(region.cells) - 1 for region in found_on(density)] == [4, 5, 3]


def test_cells_of_a_table_stay_apart() -> None:
    density = blank()
    for i in range(4):
        cv2.line(density, (50, 50 + 60 * i), (650, 50 + 60 * i), 255, 2)
        cv2.line(density, (50 + 200 * i, 50), (50 + 200 * i, 230), 255, 2)
    regions = found_on(density)
    cells = [(50 + 200 * column, 50 + 60 * row, 200, 60) for row in range(3) for column in range(3)]
    assert len(regions) == 9
    for region, cell in zip(regions, cells, strict=True):
        assert strays(region.box, cell) <= 4
        assert region.cells == ()


def test_innermost_of_nested_frames() -> None:
    density = blank()
    frame(density, (50, 50, 400, 250))
    frame(density, (100, 100, 250, 100))
    (region,) = found_on(density)
    assert strays(region.box, (100, 100, 250, 100)) <= 4


@pytest.mark.parametrize(
    "top", [130, 100, 70], ids=["across the lower side", "inside", "across the upper side"]
)
def test_box_is_found_under_digits(digits: Array, top: int) -> None:
    density = blank()
    frame(density, (100, 100, 400, 84))
    write(density, digits, 115, top, 90, 4, times=3)
    (region,) = found_on(density)
    assert strays(region.box, (100, 100, 400, 84)) <= 5


def test_page_without_boxes(digits: Array) -> None:
    assert found_on(blank()) == []
    density = blank()
    write(density, digits, 50, 100, 120, 5, times=4)
    assert found_on(density) == []
    density = blank()
    cv2.line(density, (50, 200), (650, 200), 255, 3)
    assert find_boxes(find_rules(density, 4.0), SHAPE, 4.0) == []


def test_open_box_is_none() -> None:
    density = blank()
    cv2.polylines(density, [np.array([(100, 100), (100, 180), (500, 180), (500, 100)])], False, 255, 2)
    assert found_on(density) == []


def test_box_whose_corners_do_not_quite_meet() -> None:
    density = blank()
    for y in (100, 170):
        cv2.line(density, (106, y), (494, y), 255, 2)
    for x in (100, 500):
        cv2.line(density, (x, 106), (x, 164), 255, 2)
    (region,) = found_on(density)
    assert strays(region.box, (100, 100, 400, 70)) <= 4


def test_space_between_lines_across_the_page_is_no_box() -> None:
    density = blank()
    for y in (100, 160, 220):
        cv2.line(density, (0, y), (SHAPE[1] - 1, y), 255, 3)
    rules = find_rules(density, 4.0)
    assert len(rules) == 3
    assert find_boxes(rules, SHAPE, 4.0) == []


def test_boxes_come_in_reading_order() -> None:
    boxes = [(300, 55, 200, 50), (50, 200, 450, 60), (50, 50, 200, 50)]
    density = blank()
    for box in boxes:
        frame(density, box)
    regions = found_on(density)
    assert len(regions) == 3
    for region, box in zip(regions, (boxes[2], boxes[0], boxes[1]), strict=True):
        assert strays(region.box, box) <= 4


@pytest.mark.parametrize("slope", [0.004, -0.004])
def test_box_that_is_not_quite_level(slope: float) -> None:
    density = canvas(*SHAPE)
    corners = [(x, y) for x, y in ((100, 100), (500, 100), (500, 170), (100, 170))]
    leaning = [(round(x - slope * (y - 100)), round(y + slope * (x - 100))) for x, y in corners]
    cv2.polylines(density, [np.array(leaning)], True, 255, 2)
    (region,) = found_on(density)
    assert strays(region.box, (100, 100, 400, 70)) <= 6
