from __future__ import annotations

import numpy as np
import pytest

from digitscan.fields import Region, find_boxes, fit_to_boxes
from digitscan.ink import find_ink
from digitscan.rules import find_rules, remove_rules
from digitscan.written import written_on

from .drawing import Box, draw_box, draw_comb, page

COMB = Region((100.0, 50.0, 160.0, 44.0), (100.0, 142.0, 180.0, 217.0, 260.0))
BOX = Region((100.0, 150.0, 300.0, 44.0))


def even(box: Box, cells: int) -> tuple[float, ...]:
    return tuple(box[0] + box[2] * i / cells for i in range(cells + 1))


def fit(field: Region, *boxes: Region) -> Region:
    (fitted,) = fit_to_boxes([field], boxes)
    return fitted


@pytest.mark.parametrize(
    "box", [(100, 50, 160, 44), (93, 55, 160, 44), (106, 46, 152, 50), (97, 44, 168, 58)]
)
def test_field_takes_the_place_and_cells_of_its_comb(box: Box) -> None:
    fitted = fit(Region(box, even(box, 4), name="date"), BOX, COMB)
    assert (fitted.box, fitted.cells, fitted.name) == (COMB.box, COMB.cells, "date")


def test_field_without_cells_takes_its_box() -> None:
    assert fit(Region((92.0, 158.0, 310.0, 40.0)), COMB, BOX).box == BOX.box


def test_field_without_cells_stays_one_on_a_comb() -> None:
    fitted = fit(Region((95.0, 52.0, 160.0, 44.0)), COMB)
    assert (fitted.box, fitted.cells) == (COMB.box, ())


@pytest.mark.parametrize("boxes", [(), (BOX,)], ids=["nothing printed", "printed elsewhere"])
def test_field_without_a_box_stays(boxes: tuple[Region, ...]) -> None:
    field = Region((95.0, 52.0, 160.0, 44.0), even((95.0, 52.0, 160.0, 44.0), 4))
    assert fit(field, *boxes) == field


def test_field_is_not_swallowed_by_a_frame_around_it() -> None:
    field = Region((150.0, 80.0, 160.0, 44.0))
    assert fit(field, Region((50.0, 20.0, 500.0, 400.0))) == field


def test_field_on_a_part_of_a_comb_takes_the_borders_near_its_own() -> None:
    field = Region((134.0, 53.0, 80.0, 44.0), (134.0, 174.0, 214.0))
    fitted = fit(field, COMB)
    assert fitted.cells == (142.0, 180.0, 217.0)
    assert fitted.box == (142.0, 50.0, 75.0, 44.0)


def test_field_over_single_boxes_takes_their_edges() -> None:
    boxes = [Region((100.0 + 90 * i, 50.0, 60.0, 44.0)) for i in range(2)]
    fitted = fit(Region((94.0, 52.0, 155.0, 44.0), (94.0, 169.0, 249.0)), *boxes)
    assert fitted.cells[0] == 100.0
    assert fitted.cells[-1] == 250.0


def test_cells_of_another_number_stay_even() -> None:
    field = Region((100.0, 50.0, 160.0, 44.0), even((100.0, 50.0, 160.0, 44.0), 10))
    fitted = fit(field, COMB)
    assert np.diff(fitted.cells) == pytest.approx(16.0, abs=6)


@pytest.mark.parametrize("kind", ["closed", "ticks", "base", "two"])
def test_cells_snap_to_printed_ticks(kind: str) -> None:
    density = np.zeros((300, 600), np.uint8)
    draw_comb(density, (60, 120, 432, 70), 8, kind)
    draw_box(density, (60, 220, 300, 60))
    ink = find_ink(page(density))
    rules = find_rules(ink)
    components = written_on(remove_rules(ink.density, rules)).boxes
    boxes = find_boxes(rules, (300, 600), ink.stroke, components)
    box = (50.0, 126.0, 440.0, 62.0)  # as drawn by eye
    fitted = fit(Region(box, even(box, 8)), *boxes)
    assert fitted.cells == pytest.approx([60 + 54 * i for i in range(9)], abs=3)
    assert fitted.box[1] + fitted.box[3] == pytest.approx(190, abs=3)
