"""Pages of a known form, read from pixels to results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitscan.classifier import Classifier, default_model
from digitscan.reader import Reader
from digitscan.results import FieldResult
from digitscan.template import Template

from .drawing import Array, Whole, arbitrary, draw_box, draw_comb, enlarged, page
from .forms import Scan, draw_words, lay, moved

WIDTH, HEIGHT = 800, 600
COMB: Whole = (60, 100, 8 * 60, 84)
AMOUNT: Whole = (60, 260, 300, 84)
TICKS: tuple[Whole, ...] = ((60, 420, 36, 36), (260, 420, 36, 36), (460, 420, 36, 36))
NAMES = ("number", "amount", "new", "card", "post")
KINDS = {3: 1700, 5: 2600, 7: 3700, 8: 4400, 1: 900}
"""Digits of MNIST that are clear, by what they are."""


def first_page() -> Array:
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    draw_words(density, "Application", 60, 60, 1.4, 3)
    draw_comb(density, COMB, 8, "closed", thickness=3)
    for box in (AMOUNT, *TICKS):
        draw_box(density, box, thickness=3)
    return density


SECOND: tuple[Whole, ...] = ((300, 60, 240, 84), (60, 220, 200, 70), (420, 400, 320, 90))


def second_page() -> Array:
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    for box in SECOND:
        draw_box(density, box, thickness=3)
    return density


def first_values() -> dict[str, Any]:
    fields: list[dict[str, Any]] = [
        {"name": "number", "box": list(COMB), "cells": 8},
        {"name": "amount", "box": list(AMOUNT)},
    ]
    marks = [
        {"name": name, "box": list(box), "kind": "mark"} for name, box in zip(NAMES[2:], TICKS, strict=True)
    ]
    return {"width": WIDTH, "height": HEIGHT, "fields": fields + marks}


def second_values() -> dict[str, Any]:
    fields = [{"name": f"sum_{number}", "box": list(box)} for number, box in enumerate(SECOND)]
    return {"width": WIDTH, "height": HEIGHT, "fields": fields}


def template(*pages: dict[str, Any], folder: Path = Path()) -> Template:
    return Template.model_validate({"name": "club", "pages": list(pages), "folder": folder})


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(default_model())


@pytest.fixture(scope="module")
def reader(classifier: Classifier) -> Reader:
    return Reader(classifier, template=template(first_values()))


@pytest.fixture(scope="module")
def trusting(classifier: Classifier) -> Reader:
    """One to whom nearly all that is read is sure."""
    return Reader(classifier, template=template(first_values()), review_below=0.1)


@pytest.fixture(scope="module")
def two_pages(classifier: Classifier) -> Reader:
    return Reader(classifier, template=template(first_values(), second_values()))


def write(density: Array, digits: Array, text: str, lefts: list[int], top: int) -> None:
    for digit, left in zip(text, lefts, strict=True):
        image = enlarged(digits[KINDS[int(digit)]], 2)
        part = density[top : top + image.shape[0], left : left + image.shape[1]]
        np.maximum(part, image, out=part)


def in_cells(density: Array, digits: Array, text: str) -> None:
    """Write a digit into each cell of the comb, none for a blank."""
    cells = [cell for cell, digit in enumerate(text) if digit != " "]
    write(density, digits, text.replace(" ", ""), [COMB[0] + 60 * cell + 3 for cell in cells], 116)


def in_amount(density: Array, digits: Array, text: str) -> None:
    write(density, digits, text, [AMOUNT[0] + 14 + 56 * place for place in range(len(text))], 276)


def fields_of(reader: Reader, density: Array) -> dict[str, FieldResult]:
    read = reader.read_page(page(density))
    assert read.error is None
    assert tuple(field.name for field in read.fields) == NAMES
    return {field.name: field for field in read.fields}


# Combs


@pytest.mark.parametrize("text", ["35788753", "3578", "    3578", "  357 "])
def test_comb_may_have_blanks_before_and_behind(text: str, digits: Array, trusting: Reader) -> None:
    density = first_page()
    in_cells(density, digits, text)
    number = fields_of(trusting, density)["number"]
    assert (number.text, number.status, number.issues) == (text.strip(), "ok", ())


@pytest.mark.parametrize(("text", "blank"), [("35 78", [3]), ("3  5", [2, 3]), (" 3 7 8 ", [3, 5])])
def test_blank_cell_between_digits_is_told(
    text: str, blank: list[int], digits: Array, trusting: Reader
) -> None:
    density = first_page()
    in_cells(density, digits, text)
    number = fields_of(trusting, density)["number"]
    assert (number.text, number.status) == (text.replace(" ", ""), "review")
    assert number.issues == tuple(f"cells: cell {cell} is blank between digits" for cell in blank)


def test_two_digits_in_a_cell_are_told(digits: Array, trusting: Reader) -> None:
    density = first_page()
    in_cells(density, digits, "35")
    for left, kind in ((183, 900), (207, 900)):
        one = enlarged(digits[kind], 2)[:, 16:40]
        part = density[116 : 116 + one.shape[0], left : left + one.shape[1]]
        np.maximum(part, one, out=part)
    number = fields_of(trusting, density)["number"]
    assert (number.text, number.status) == ("3511", "review")
    assert number.issues == ("cells: cell 3 holds 2 digits",)


# Marks


def middle(box: Whole) -> tuple[int, int]:
    return box[0] + box[2] // 2, box[1] + box[3] // 2


def stroke(density: Array, box: Whole, *points: tuple[float, float]) -> None:
    """A stroke through points, given in sides of a box from its top left."""
    x, y, width, height = box
    way = np.array([(x + across * width, y + down * height) for across, down in points])
    cv2.polylines(density, [np.round(way).astype(np.int32)], False, 255, 4, cv2.LINE_AA)


def cross(density: Array, box: Whole) -> None:
    stroke(density, box, (0.15, 0.15), (0.85, 0.85))
    stroke(density, box, (0.85, 0.15), (0.15, 0.85))


def tick(density: Array, box: Whole) -> None:
    stroke(density, box, (0.2, 0.5), (0.42, 0.8), (0.85, 0.2))


def overshoot(density: Array, box: Whole) -> None:
    stroke(density, box, (0.0, 0.4), (0.4, 0.85), (1.5, -0.6))


def large_cross(density: Array, box: Whole) -> None:
    stroke(density, box, (-0.3, -0.3), (1.3, 1.3))
    stroke(density, box, (1.3, -0.3), (-0.3, 1.3))


def fill(density: Array, box: Whole) -> None:
    x, y, width, height = box
    density[y + 3 : y + height - 2, x + 3 : x + width - 2] = 255


def nothing(density: Array, box: Whole) -> None:
    """Leave it empty."""


def speck(density: Array, box: Whole) -> None:
    cv2.circle(density, middle(box), 2, 255, -1)


def thick(density: Array, box: Whole) -> None:
    """Print its lines twice as thick."""
    draw_box(density, box, thickness=6)


def passing(density: Array, box: Whole) -> None:
    """A tail of writing above that reaches its upper line."""
    stroke(density, box, (0.5, -0.8), (0.55, 0.1))


Draw = Callable[[Array, Whole], None]


@pytest.mark.parametrize("draw", [cross, tick, overshoot, large_cross, fill])
@pytest.mark.parametrize("place", range(3))
def test_ticked_box_is_checked(draw: Draw, place: int, reader: Reader) -> None:
    density = first_page()
    draw(density, TICKS[place])
    fields = fields_of(reader, density)
    marks = [fields[name] for name in NAMES[2:]]
    assert [mark.checked for mark in marks] == [number == place for number in range(3)]
    assert [(mark.text, mark.status, mark.digits) for mark in marks] == [("", "ok", ())] * 3
    assert all(mark.confidence >= 0.9 for mark in marks)
    assert (fields["number"].status, fields["number"].checked) == ("empty", None)


@pytest.mark.parametrize("draw", [nothing, speck, thick, passing])
def test_box_without_a_mark_is_not_checked(draw: Draw, reader: Reader) -> None:
    density = first_page()
    draw(density, TICKS[1])
    fields = fields_of(reader, density)
    assert [fields[name].checked for name in NAMES[2:]] == [False] * 3
    assert [fields[name].status for name in NAMES[2:]] == ["ok"] * 3


def test_doubtful_mark_is_to_be_reviewed(reader: Reader) -> None:
    density = first_page()
    stroke(density, TICKS[1], (0.42, 0.5), (0.58, 0.5))
    mark = fields_of(reader, density)["card"]
    assert 0.5 <= mark.confidence < 0.9
    assert mark.status == "review"


def test_status_of_a_mark_follows_from_the_threshold(classifier: Classifier) -> None:
    density = first_page()
    stroke(density, TICKS[1], (0.42, 0.5), (0.58, 0.5))
    for below, status in ((0.0, "ok"), (1.0, "review")):
        reader = Reader(classifier, template=template(first_values()), review_below=below)
        assert fields_of(reader, density)["card"].status == status


# Where it is


SCANS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "turned": {"angle": 3.0},
    "sideways": {"quarters": 1},
    "upside down": {"quarters": 2},
    "sideways the other way": {"quarters": 3, "angle": -2.0},
    "larger": {"resolution": 1.4, "shift": (0.02, -0.02)},
}


@pytest.mark.parametrize("name", SCANS)
def test_boxes_are_reported_in_pixels_of_the_page_as_given(name: str, digits: Array, reader: Reader) -> None:
    density = first_page()
    in_cells(density, digits, "35788753")
    in_amount(density, digits, "3578")
    tick(density, TICKS[0])
    scan = lay(page(density), **SCANS[name])
    read = reader.read_page(scan.page)
    assert (read.height, read.width) == scan.page.shape
    fields = {field.name: field for field in read.fields}
    assert {field: fields[field].text for field in ("number", "amount")} == {
        "number": "35788753",
        "amount": "3578",
    }
    assert [fields[mark].checked for mark in NAMES[2:]] == [True, False, False]
    for field, box in zip(NAMES, (COMB, AMOUNT, *TICKS), strict=True):
        assert_within(fields[field].box, box, scan)
    lefts = [COMB[0] + 60 * cell for cell in range(8)]
    for digit, left in zip(fields["number"].digits, lefts, strict=True):
        assert_within(digit.box, (left, COMB[1], 60, COMB[3]), scan)


def assert_within(found: Whole, true: Whole, scan: Scan) -> None:
    """The middle of a reported box lies in what became of a box of the form."""
    x, y, width, height = true
    corners = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float64)
    outline = moved(corners, scan.matrix).astype(np.float32)
    centre = found[0] + found[2] / 2, found[1] + found[3] / 2
    assert cv2.pointPolygonTest(outline[:, None], centre, False) > 0
    assert found[2] * found[3] > 0


def test_page_tells_its_form_and_how_it_was_aligned(digits: Array, reader: Reader) -> None:
    scan = lay(page(first_page()), quarters=1, angle=2.0)
    read = reader.read_page(scan.page, number=7)
    assert (read.page, read.template, read.error) == (7, "club", None)
    assert read.alignment is not None
    assert (read.alignment.method, read.alignment.quality) == ("boxes", 1.0)
    assert read.alignment.degrees == pytest.approx(-92.0, abs=0.3)


def test_reference_is_gone_by(classifier: Classifier, digits: Array, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "blank.png"), page(first_page()))
    values = {**first_values(), "reference": "blank.png"}
    density = first_page()
    in_cells(density, digits, "35788753")
    read = Reader(classifier, template=template(values, folder=tmp_path)).read_page(
        lay(page(density), angle=2.0, quarters=2).page
    )
    assert read.alignment is not None and read.alignment.method == "reference"
    assert read.fields[0].text == "35788753"


# Several pages


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("12", ["number", "sum_0"]),
        ("21", ["sum_0", "number"]),
        ("1122", ["number", "number", "sum_0", "sum_0"]),
        ("1212", ["number", "sum_0", "number", "sum_0"]),
    ],
)
def test_pages_of_a_form_come_in_any_order(order: str, names: list[str], two_pages: Reader) -> None:
    sheets = {"1": page(first_page()), "2": page(second_page())}
    read = [two_pages.read_page(sheets[which], number) for number, which in enumerate(order, 1)]
    assert [one.fields[0].name for one in read] == names
    assert all(one.alignment is not None and one.alignment.quality == 1.0 for one in read)


# Pages that do not fit


def test_page_of_another_form_has_an_error_and_no_fields(reader: Reader, two_pages: Reader) -> None:
    read = reader.read_page(page(second_page()), number=3)
    assert (read.page, read.width, read.height) == (3, WIDTH, HEIGHT)
    assert (read.fields, read.alignment, read.template) == ((), None, "club")
    assert read.error is not None and read.error.code == "template_mismatch"
    assert "club" in read.error.message and "\n" not in read.error.message
    assert two_pages.read_page(page(second_page()), number=3).error is None


def test_page_without_boxes_is_read_where_its_fields_hold_digits(digits: Array, reader: Reader) -> None:
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    assert reader.read_page(page(density)).error is not None
    for line in range(12):
        draw_words(density, "the members pay the yearly fee before March", 40, 60 + 45 * line, 0.9, 2)
    assert reader.read_page(page(density)).error is not None
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    in_cells(density, digits, "35788753")
    in_amount(density, digits, "3578")
    read = reader.read_page(page(density))
    assert read.error is None
    assert [field.text for field in read.fields[:2]] == ["35788753", "3578"]
    assert read.alignment is not None
    assert (read.alignment.method, read.alignment.quality) == ("page", 0.0)


SHAPES = [(1, 1), (1, 2), (2, 1), (5, 300), (300, 5), (1, 2000), (2000, 1), (30, 40), (60, 80), (300, 400)]
RANDOM = np.random.default_rng(0).integers(0, 256, (2000, 2000))
ODD: dict[str, Array] = {
    name: pixels.astype(np.uint8)
    for name, pixels in {
        "black": np.zeros((2000, 2000)),
        "white": np.full((2000, 2000), 255),
        "noise": RANDOM,
        "two-tone noise": RANDOM // 128 * 255,
        "stripes": np.tile(np.arange(2000) // 3 % 2 * 255, (2000, 1)),
        "squares": np.indices((2000, 2000)).sum(axis=0) // 7 % 2 * 255,
    }.items()
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ODD)
def test_odd_page_does_not_fit(name: str, shape: tuple[int, int], two_pages: Reader) -> None:
    read = two_pages.read_page(np.ascontiguousarray(ODD[name][: shape[0], : shape[1]]))
    assert (read.height, read.width) == shape
    assert read.error is not None and read.error.code == "template_mismatch"
    assert read.fields == ()


@settings(arbitrary, max_examples=25)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_any_page_is_read_or_does_not_fit(
    reader: Reader, height: int, width: int, seed: int, grain: int
) -> None:
    coarse = np.random.default_rng(seed).integers(0, 256, (-(-height // grain), -(-width // grain)))
    grey = np.kron(coarse.astype(np.uint8), np.ones((grain, grain), np.uint8))[:height, :width]
    read = reader.read_page(np.ascontiguousarray(grey))
    assert bool(read.fields) is (read.error is None)
    for field in read.fields:
        x, y, across, down = field.box
        assert 0 <= x <= x + across <= width and 0 <= y <= y + down <= height
