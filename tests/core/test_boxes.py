from __future__ import annotations

import cv2
import numpy as np
import pytest

from digitscan.fields import Region
from digitscan.fields.boxes import find_boxes
from digitscan.ink import Ink, find_ink
from digitscan.rules import find_rules, remove_rules
from digitscan.written import written_on

from .drawing import (
    Array,
    Whole,
    canvas,
    draw_box,
    draw_comb,
    draw_line,
    enlarged,
    frame,
    page,
    strays,
)

SHAPE = (400, 700)
NOTHING = np.zeros((0, 4), np.int32)


def blank() -> Array:
    return np.zeros(SHAPE, np.uint8)


def found_on(density: Array) -> list[Region]:
    ink = find_ink(page(density))
    rules = find_rules(ink)
    written = written_on(remove_rules(ink.density, rules))
    return find_boxes(rules, (density.shape[0], density.shape[1]), ink.stroke, written.boxes)


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
    assert find_boxes(find_rules(Ink(density, 4.0)), SHAPE, 4.0, NOTHING) == []


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
    rules = find_rules(Ink(density, 4.0))
    assert len(rules) == 3
    assert find_boxes(rules, SHAPE, 4.0, NOTHING) == []


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


@pytest.mark.parametrize("style", ["dotted", "dashed"])
@pytest.mark.parametrize("thickness", [2, 3])
@pytest.mark.parametrize("box", [(100, 100, 330, 80), (40, 60, 440, 120)], ids=str)
def test_broken_box(digits: Array, style: str, thickness: int, box: Whole) -> None:
    density = blank()
    draw_box(density, box, style, thickness)
    write(density, digits, box[0] + 15, box[1] + 12, 60, 4)
    (region,) = found_on(density)
    assert strays(region.box, box) <= thickness + 4
    assert region.cells == ()


@pytest.mark.parametrize("style", ["dotted", "dashed"])
def test_broken_comb(digits: Array, style: str) -> None:
    density = blank()
    draw_comb(density, (60, 120, 480, 72), 8, "closed", style, 3)
    write(density, digits, 65, 126, 60, 5)
    (region,) = found_on(density)
    assert strays(region.box, (60, 120, 480, 72)) <= 6
    assert region.cells == pytest.approx([60 + 60 * i for i in range(9)], abs=5)


@pytest.mark.parametrize("kind", ["ticks", "base", "two"])
@pytest.mark.parametrize("cells", [3, 6, 11])
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_comb_of_ticks(digits: Array, kind: str, cells: int, filled: bool) -> None:
    density = blank()
    box = (60, 120, cells * 54, 70)
    draw_comb(density, box, cells, kind)
    if filled:
        write(density, digits, 60, 127, 54, cells)
    (region,) = found_on(density)
    assert region.cells == pytest.approx([60 + 54 * i for i in range(cells + 1)], abs=4)
    _, top, _, height = region.box
    assert top + height == pytest.approx(190, abs=4)
    assert top <= 127 if kind == "base" else top == pytest.approx(120, abs=4)


def test_label_above_a_base_line_is_not_in_its_comb() -> None:
    density = blank()
    draw_comb(density, (60, 140, 540, 62), 9, "base")
    cv2.putText(density, "Account", (62, 140), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 2)
    (region,) = found_on(density)
    assert region.box[1] >= 140
    assert region.box[3] >= 40


def test_digits_on_the_lower_side_are_no_ticks(digits: Array) -> None:
    density = blank()
    draw_box(density, (60, 120, 240, 66))
    for i in range(3):
        ones = enlarged(digits[500 + 7 * i], 2)
        ones = ones[np.flatnonzero(ones.any(axis=1))]
        density[186 - len(ones) : 186, 92 + 60 * i : 148 + 60 * i] |= ones
    (region,) = found_on(density)
    assert region.cells == ()


def test_letters_on_a_line_are_no_comb() -> None:
    density = blank()
    draw_line(density, (60, 200), (360, 200))
    for i in range(10):
        draw_line(density, (75 + 30 * i, 165), (75 + 30 * i, 200), thickness=3)
    assert found_on(density) == []  # no tick stands at either end


@pytest.mark.parametrize("radius", [10, 18])
@pytest.mark.parametrize("thickness", [2, 4])
def test_rounded_box(digits: Array, radius: int, thickness: int) -> None:
    density = blank()
    draw_box(density, (100, 100, 300, 80), "solid", thickness, radius)
    write(density, digits, 120, 112, 66, 4)
    (region,) = found_on(density)
    assert strays(region.box, (100, 100, 300, 80)) <= thickness + 3
    assert region.cells == ()


@pytest.mark.parametrize("radius", [0, 14])
@pytest.mark.parametrize("gap", [6, 24])
@pytest.mark.parametrize("filled", [0, 4])
def test_small_boxes_in_a_row_are_a_comb(digits: Array, radius: int, gap: int, filled: int) -> None:
    density = blank()
    step = 56 + gap
    for i in range(7):
        draw_box(density, (60 + step * i, 120, 56, 66), radius=radius)
    write(density, digits, 62, 126, step, filled)
    (region,) = found_on(density)
    assert strays(region.box, (60, 120, 56 + 6 * step, 66)) <= 4
    assert region.cells[1:-1] == pytest.approx([60 + 56 + gap / 2 + step * i for i in range(6)], abs=4)


@pytest.mark.parametrize("gap", [8, 24])
@pytest.mark.parametrize("filled", [0, 5])
def test_small_dashed_boxes_in_a_row_are_a_comb(digits: Array, gap: int, filled: int) -> None:
    density = blank()
    step = 58 + gap
    for i in range(7):
        draw_box(density, (60 + step * i, 120, 58, 68), "dashed", 3)
    write(density, digits, 62, 126, step, filled)
    (region,) = found_on(density)
    assert strays(region.box, (60, 120, 58 + 6 * step, 68)) <= 5
    assert region.cells[1:-1] == pytest.approx([60 + 58 + gap / 2 + step * i for i in range(6)], abs=4)


def test_small_box_that_a_digit_breaks_is_found_by_its_row(digits: Array) -> None:
    density = blank()
    for i in range(6):
        draw_box(density, (60 + 70 * i, 120, 56, 66), radius=14)
    draw_line(density, (268, 130), (268, 178), thickness=16)  # ink that fills a part of one box
    draw_line(density, (268, 150), (300, 150), thickness=8)
    (region,) = found_on(density)
    assert len(region.cells) == 7


def test_wider_gaps_part_the_boxes_of_a_date() -> None:
    density = blank()
    for left in (40, 92, 180, 232, 320, 372, 424, 476):
        draw_box(density, (left, 120, 48, 56))
    assert [len(region.cells) - 1 for region in found_on(density)] == [2, 2, 4]


@pytest.mark.parametrize("level", [60, 100])
@pytest.mark.parametrize("kind", ["closed", "base", "two"])
def test_comb_fainter_than_what_is_written(digits: Array, level: int, kind: str) -> None:
    density = blank()
    draw_comb(density, (60, 120, 432, 70), 8, kind, thickness=3)
    density = np.where(density > 0, level, 0).astype(np.uint8)
    write(density, digits, 60, 127, 54, 5)
    (region,) = found_on(density)
    assert region.cells == pytest.approx([60 + 54 * i for i in range(9)], abs=5)


@pytest.mark.parametrize("kind", ["closed", "ticks", "two"])
def test_comb_of_lines_about_as_dark_as_ink_must_be(digits: Array, kind: str) -> None:
    density = blank()
    draw_comb(density, (60, 120, 432, 70), 8, kind, thickness=1)
    grains = np.random.default_rng(5).integers(60, 180, SHAPE)
    density = np.where(density > 0, grains, 0).astype(np.uint8)
    write(density, digits, 60, 127, 54, 5)
    rules = find_rules(Ink(density, 6.0))
    (region,) = find_boxes(rules, SHAPE, 6.0, written_on(remove_rules(density, rules)).boxes)
    assert region.cells == pytest.approx([60 + 54 * i for i in range(9)], abs=5)


@pytest.mark.parametrize("thickness", [1, 7])
@pytest.mark.parametrize("kind", ["closed", "ticks"])
def test_comb_of_thin_or_thick_lines(digits: Array, thickness: int, kind: str) -> None:
    density = blank()
    draw_comb(density, (60, 120, 432, 76), 8, kind, thickness=thickness)
    write(density, digits, 60, 128, 54, 6)
    (region,) = found_on(density)
    assert region.cells == pytest.approx([60 + 54 * i for i in range(9)], abs=6)


@pytest.mark.parametrize("kind", ["closed", "base"])
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0, 3.0])
def test_size_does_not_matter(digits: Array, scale: float, kind: str) -> None:
    density = blank()
    draw_comb(density, (60, 120, 432, 70), 8, kind, thickness=3)
    write(density, digits, 60, 127, 54, 5)
    size = (round(SHAPE[1] * scale), round(SHAPE[0] * scale))
    (region,) = found_on(cv2.resize(density, size, interpolation=cv2.INTER_AREA))
    assert region.cells == pytest.approx([scale * (60 + 54 * i) for i in range(9)], abs=4 * scale + 2)


def test_divider_under_a_digit_parts_its_cells(digits: Array) -> None:
    density = blank()
    draw_comb(density, (60, 120, 432, 70), 8, "closed")
    write(density, digits, 140, 127, 108, 3)  # each on a line between two cells
    (region,) = found_on(density)
    assert region.cells == pytest.approx([60 + 54 * i for i in range(9)], abs=4)


@pytest.mark.parametrize("font", [cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX])
def test_capitals_are_no_boxes(font: int) -> None:
    density = blank()
    for i, text in enumerate(("APPLICATION FORM", "HOOD BED DOOR 8008", "EFFECT LIT HELD")):
        cv2.putText(density, text, (20, 80 + 110 * i), font, 1.8, 255, 4)
    assert found_on(density) == []


def test_handwriting_and_prose_are_no_boxes(digits: Array) -> None:
    density = blank()
    for row in range(4):
        for i in range(14):
            image = enlarged(digits[(370 * (14 * row + i) + 11) % 5000], 2)
            part = density[20 + 64 * row : 76 + 64 * row, 20 + 46 * i : 76 + 46 * i]
            np.maximum(part, image, out=part)
    for i, text in enumerate(
        ("Please fill in every field that applies;", "little HELLO 11 ill --- == . . . : l I")
    ):
        cv2.putText(density, text, (20, 320 + 50 * i), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2)
    assert found_on(density) == []
