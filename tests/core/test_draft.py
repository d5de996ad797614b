"""Drafts: what is found on a form, and what is made of it."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitscan.fields import Region
from digitscan.forms.draft import DraftedPage, draft_page, draft_pages, draft_template
from digitscan.forms.toml import template_text
from digitscan.sources import find_sources, open_pages
from digitscan.template import load_template

from .drawing import Array, Box, draw_box, draw_comb, page, strays

SAMPLES = Path(__file__).parents[2] / "samples"
COMB_PITCH = 56
"""Width of a cell of the combs of ``membership_comb.png``."""


def write(density: Array, text: str, at: tuple[int, int], height: int) -> None:
    cv2.putText(density, text, at, cv2.FONT_HERSHEY_SIMPLEX, height / 21, 255, max(1, height // 9))


def tick(density: Array, box: tuple[int, int, int, int], kind: str) -> None:
    x, y, width, height = box
    pen = max(2, width // 10)
    if kind == "check":
        points = [
            (x + 2, y + height // 2),
            (x + width // 2, y + height - 3),
            (x + 5 * width // 4, y - height // 4),
        ]
        cv2.polylines(density, [np.array(points, np.int32)], False, 255, pen)
    elif kind == "cross":
        for left, right in ((x + 3, x + width - 3), (x + width - 3, x + 3)):
            cv2.line(density, (left, y + 3), (right, y + height - 3), 255, pen)


def form(dots: float, ticks: list[str], side: float = 4.0) -> tuple[Array, list[Box]]:
    """A form at so many pixels a millimetre: three boxes, a comb, tick boxes; gives where these are."""

    def at(*lengths: float) -> tuple[int, ...]:
        return tuple(round(length * dots) for length in lengths)

    height, width = at(120, 110)
    density = np.zeros((height, width), np.uint8)
    line = max(2, round(0.3 * dots))
    for row in range(3):
        x, y, w, h = at(40, 10 + 14 * row, 60, 8)
        draw_box(density, (x, y, w, h), thickness=line)
        write(density, "Amount due", at(8, 16 + 14 * row), round(2.5 * dots))  # type: ignore[arg-type]
    x, y, w, h = at(40, 54, 48, 8)
    draw_comb(density, (x, y, w, h), 8, "closed", thickness=line)
    boxes: list[Box] = []
    for row, kind in enumerate(ticks):
        x, y, w, h = at(10, 72 + 9 * row, side, side)
        draw_box(density, (x, y, w, h), thickness=line)
        tick(density, (x, y, w, h), kind)
        write(density, "paid in full", at(13 + side, 72 + 9 * row + 0.8 * side), round(2.5 * dots))  # type: ignore[arg-type]
        boxes.append((x, y, w, h))
    return density, boxes


def marks(drafted: DraftedPage) -> list[Region]:
    return [region for region in drafted.regions if region.is_mark]


def shared(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    both = max(0.0, width) * max(0.0, height)
    return both / (one[2] * one[3] + other[2] * other[3] - both)


# Tick boxes


@pytest.mark.parametrize("kind", ["empty", "check", "cross"])
@pytest.mark.parametrize(
    ("dpi", "side"),
    [(150, 4.0), (150, 5.0), *((dpi, side) for dpi in (200, 300, 600) for side in (3.0, 4.0, 5.0))],
)
def test_tick_boxes_are_marks_at_every_resolution(dpi: int, side: float, kind: str) -> None:
    density, boxes = form(dpi / 25.4, [kind, "empty", kind], side)
    drafted = draft_page(page(density))
    assert [region.is_mark for region in drafted.regions] == [False] * 4 + [True] * 3
    for region, box in zip(marks(drafted), boxes, strict=True):
        assert strays(region.box, box) <= 0.3 / 25.4 * dpi + 2


def test_square_as_high_as_the_other_boxes_is_for_a_digit() -> None:
    density, _ = form(8.0, ["empty"])
    draw_box(density, (640, 576, 64, 64), thickness=2)
    drafted = draft_page(page(density))
    assert len(drafted.regions) == 6
    assert [region.box[2] < 40 for region in marks(drafted)] == [True]


def test_squares_without_anything_to_compare_are_no_marks() -> None:
    density = np.zeros((400, 400), np.uint8)
    for y in (50, 200):
        draw_box(density, (60, y, 40, 40))
    drafted = draft_page(page(density))
    assert [region.is_mark for region in drafted.regions] == [False, False]


def test_tick_boxes_in_a_row_are_no_comb_and_cells_of_a_comb_no_tick_boxes() -> None:
    density, _ = form(8.0, [])
    for i in range(5):
        draw_box(density, (80 + 56 * i, 600, 32, 32))  # apart
        draw_box(density, (80 + 40 * i, 760, 32, 32))  # a comb of small boxes
    drafted = draft_page(page(density))
    row = [region for region in drafted.regions if 580 < region.box[1] < 650]
    assert [region.is_mark for region in row] == [True] * 5 and marks(drafted) == row
    assert [len(region.cells) - 1 for region in drafted.regions if region.box[1] > 700] == [5]


def test_letters_are_no_tick_boxes() -> None:
    density, _ = form(12.0, [])
    write(density, "DO NOT BEND", (100, 900), 60)
    cv2.putText(density, "BODOHB", (100, 1100), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 255, 8)
    assert marks(draft_page(page(density))) == []


# Boxes


def test_frame_is_dropped_and_what_is_in_it_kept() -> None:
    density = np.zeros((600, 900), np.uint8)
    draw_box(density, (40, 40, 600, 300))
    draw_box(density, (80, 80, 100, 50))
    drafted = draft_page(page(density))
    assert [region.box for region in drafted.regions] == [pytest.approx((80, 80, 100, 50), abs=5)]


@pytest.mark.parametrize(("columns", "cells"), [((25, 50, 75), 4), ((20, 40), 0), ((50,), 0)])
def test_only_even_cells_for_a_digit_each_are_those_of_a_comb(columns: tuple[int, ...], cells: int) -> None:
    """A date's day, month and year are not one digit each, nor are an amount's two parts."""
    density, _ = form(8.0, [])
    width = 200 if cells else 600
    draw_box(density, (80, 700, width, 60))
    for share in columns:
        x = 80 + width * share // 100
        cv2.line(density, (x, 730), (x, 760), 255, 2)
    found = [region for region in draft_page(page(density)).regions if region.box[1] > 650]
    assert [max(0, len(region.cells) - 1) for region in found] == [cells]


def test_boxes_are_whole_pixels_on_the_page_and_named_in_reading_order() -> None:
    density, _ = form(8.0, ["check", "empty"])
    drafted = [draft_page(page(density)), draft_page(page(density))]
    height, width = density.shape
    template = draft_template(
        "form", [(width, height)] * 2, [found.regions for found in drafted], ["1.png", "2.png"]
    )
    names = [[field.name for field in one.fields] for one in template.pages]
    assert names == [
        ["field_1", "field_2", "field_3", "field_4", "mark_1", "mark_2"],
        ["field_5", "field_6", "field_7", "field_8", "mark_3", "mark_4"],
    ]
    assert [field.cells for field in template.pages[0].fields] == [None, None, None, 8, None, None]


# Samples


@pytest.mark.parametrize(
    "name", ["invoice_form.png", "membership_comb.png", "readings_table.png", "two_pages.tif"]
)
def test_every_true_box_of_a_sample_is_drafted(name: str) -> None:
    (source,) = find_sources([str(SAMPLES / name)])
    drafted = draft_pages(open_pages(source))
    with (SAMPLES / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == name]
    for row in rows:
        true = tuple(float(row[side]) for side in ("x", "y", "width", "height"))
        regions = drafted[int(row["page"]) - 1].regions
        best = max(regions, key=lambda region: shared(region.box, true))  # type: ignore[arg-type]
        # The truth of a page that was turned is an upright box around the box.
        assert shared(best.box, true) >= 0.8, row["field"]  # type: ignore[arg-type]
        cells = round(true[2] / COMB_PITCH) if name == "membership_comb.png" else 0
        assert max(0, len(best.cells) - 1) == cells
    if name != "readings_table.png":  # all cells of a table are boxes
        assert sum(len(found.regions) for found in drafted) == len(rows)


# Text


@pytest.mark.parametrize("name", ["form", 'a "quoted" \\ name', "über\t\x7f"])
def test_text_is_the_template_again(name: str, tmp_path: Path) -> None:
    regions = [
        Region((10.0, 20.0, 300.0, 40.0)),
        Region((10.0, 80.0, 300.0, 40.0), (10.0, 110.0, 310.0)),
        Region((10.0, 140.0, 20.0, 20.0), is_mark=True),
    ]
    for pages in (1, 2):
        template = draft_template(name, [(400, 500)] * pages, [regions] * pages, ["a.png", "b.png"][:pages])
        text = template_text(template)
        (tmp_path / "form.toml").write_text(text, encoding="utf-8")
        loaded = load_template(tmp_path / "form.toml")
        assert loaded.pages == template.pages and loaded.name == name
        assert ("pages" in tomllib.loads(text)) == (pages == 2)


def test_keys_that_the_comments_offer_are_accepted(tmp_path: Path) -> None:
    template = draft_template("form", [(400, 500)], [[Region((10.0, 20.0, 300.0, 40.0))]], ["a.png"])
    text = template_text(template)
    offered = [line[4:] for line in text.splitlines() if line.startswith("#   ")]
    assert len(offered) == 6
    for line in offered:
        key = line[: line.index("  ")]
        (tmp_path / "form.toml").write_text(f"{text}{key}\n", encoding="utf-8")
        assert load_template(tmp_path / "form.toml").fields[0].model_dump()[key.split(" =")[0]] is not None
