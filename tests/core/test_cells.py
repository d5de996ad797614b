from __future__ import annotations

import numpy as np
import pytest

from digitscan.classifier import Classifier, default_model
from digitscan.options import Layout
from digitscan.reader import Reader
from digitscan.results import FieldResult
from digitscan.template import Template
from digitscan.written import written_on

from .drawing import Array, Box, Whole, canvas, draw_comb, draw_line, enlarged, page

COMB: Whole = (60, 60, 6 * 66, 84)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(default_model())


def placed(density: Array, digit: Array, centre: float) -> None:
    """Write a digit in the comb, around x."""
    image = enlarged(digit, 3)
    left = round(centre - image.shape[1] / 2)
    part = density[60 : 60 + image.shape[0], left : left + image.shape[1]]
    np.maximum(part, image, out=part)


def middle(cell: int) -> float:
    return COMB[0] + 66 * (cell + 0.5)


def form() -> Array:
    density = np.zeros((220, 520), np.uint8)
    draw_comb(density, COMB, 6, "closed", thickness=3)
    return density


def read(density: Array, classifier: Classifier) -> FieldResult:
    (field,) = Reader(classifier, layout=Layout.BOXES).read_page(page(density)).fields
    return field


def test_digit_over_a_line_belongs_to_the_cell_with_most_of_it(digits: Array, classifier: Classifier) -> None:
    density = form()
    for cell, kind in ((0, 1700), (4, 3700)):
        placed(density, digits[kind], middle(cell))
    placed(density, digits[2600], middle(2) + 20)  # a fifth of it lies in the next cell
    field = read(density, classifier)
    assert field.text == "357"
    assert len(field.digits) == 3


def test_two_digits_in_a_cell_are_both_read(digits: Array, classifier: Classifier) -> None:
    density = form()
    for centre, kind in ((middle(0), 1700), (middle(2), 2600)):
        placed(density, digits[kind], centre)
    for left, kind in ((262, 900), (290, 3700)):  # half as wide as usual
        narrow = enlarged(digits[kind], 2)[:, 12:44]
        part = density[76 : 76 + narrow.shape[0], left : left + narrow.shape[1]]
        np.maximum(part, narrow, out=part)
    assert read(density, classifier).text == "3517"


def test_crossed_out_digit_is_not_sure(digits: Array, classifier: Classifier) -> None:
    density = form()
    for cell, kind in ((0, 1700), (1, 2600), (2, 3700)):
        placed(density, digits[kind], middle(cell))
    assert read(density, classifier).status == "ok"
    left, right = round(middle(1)) - 26, round(middle(1)) + 26
    for top in range(72, 132, 10):
        draw_line(density, (left, top), (right, top), thickness=5)
    field = read(density, classifier)
    assert field.status == "review" and field.confidence < 0.5


def test_template_is_fitted_to_the_page(digits: Array, classifier: Classifier) -> None:
    density = form()
    for cell, kind in enumerate((1700, 2600, 3700, 1700, 2600)):
        placed(density, digits[kind], middle(cell))
    boxes = {"near": [38, 66, 400, 80], "far": [20, 150, 100, 60]}
    fields = [{"name": name, "box": box, "cells": 6} for name, box in boxes.items()]
    template = Template.model_validate(
        {"name": "form", "page": {"width": 520, "height": 220}, "fields": fields}
    )
    near, far = Reader(classifier, template=template).read_page(page(density)).fields
    assert near.text == "35735"
    assert near.box[0] == pytest.approx(61, abs=4)
    assert far.status == "empty"
    # What has no box is shifted as the form is.
    assert far.box[:2] == pytest.approx((20 + 61 - 38, 150), abs=6)


@pytest.mark.parametrize(("left", "owner"), [(94, 0), (103, 0), (107, 1), (118, 1)])
def test_digit_belongs_to_one_cell_whole(left: int, owner: int) -> None:
    density = canvas(200, 300, (np.full((40, 30), 255, np.uint8), left, 70))
    cells: list[Box] = [(60.0, 60.0, 60.0, 60.0), (120.0, 60.0, 60.0, 60.0)]
    inked = [
        int((part.density > 0).sum()) for part in written_on(density).cut_out(cells, [True] * len(cells))
    ]
    assert inked == [1200 * (owner == 0), 1200 * (owner == 1)]


def test_stroke_through_many_cells_is_cut() -> None:
    density = canvas(200, 400, (np.full((40, 200), 255, np.uint8), 80, 70))
    ((ink, *_),) = written_on(density).cut_out([(120.0, 60.0, 60.0, 60.0)], [True])
    assert int((ink > 0).sum()) == 40 * 60


@pytest.mark.parametrize("apart", [10, 14])
@pytest.mark.parametrize("kind", [1700, 3700])
def test_digit_that_is_broken_into_low_parts_is_read(
    kind: int, apart: int, digits: Array, classifier: Classifier
) -> None:
    density = form()
    for cell, written in enumerate((1700, kind, 3700, 1700)):
        placed(density, digits[written], middle(cell))
    ink = density[64:140, round(middle(1)) - 28 : round(middle(1)) + 28]
    for row in range(3, len(ink), apart):
        ink[row : row + 2] = 0  # what is left is low for so high a box
    assert read(density, classifier).text == ("3373" if kind == 1700 else "3773")


def test_specks_in_a_blank_cell_are_no_broken_digit(digits: Array, classifier: Classifier) -> None:
    density = form()
    for cell, kind in ((0, 1700), (1, 2600), (2, 3700)):
        placed(density, digits[kind], middle(cell))
    for row in (75, 110):
        density[row : row + 7, round(middle(4)) : round(middle(4)) + 7] = 255
    assert read(density, classifier).text == "357"
