from __future__ import annotations

import doctest
from types import ModuleType

import club
import forms
import handwriting
import numpy as np
import pytest
import scanning
from paper import Field, Page, Style, blank_page


@pytest.mark.parametrize("seed", range(5))
def test_written_digits_stay_apart(seed: int) -> None:
    page = blank_page(800, 120)
    style = Style(digit=50, rule=0, label=0, gap=3)
    text = "0123456789"
    box = handwriting.write_digits(page, text, 20, 90, style, np.random.default_rng(seed))
    assert box == handwriting.ink_bounds(page < 255)
    gaps = np.diff(np.flatnonzero((page < 255).any(axis=0))) - 1
    assert (gaps >= style.gap).sum() >= len(text) - 1


def test_digits_too_wide_for_a_box_are_refused() -> None:
    field = Field("amount", "", "2468", (10, 10, 90, 70))
    style = Style(digit=40, rule=2, label=0)
    with pytest.raises(ValueError, match="does not fit"):
        forms.write_in_box(blank_page(600, 100), field, style, np.random.default_rng(0))


@pytest.mark.parametrize("shift", [(0, 0), (14, -9)])
def test_turned_and_shifted_box_holds_the_ink(shift: tuple[int, int]) -> None:
    box = (60, 40, 120, 50)
    page = blank_page(300, 200)
    forms.rule_line(page, *box)
    laid = scanning.skew(Page(page, (Field("", "", "", box),)), 5.0, shift)
    x, y, width, height = handwriting.ink_bounds(laid.image < 255)
    left, top, wide, tall = laid.fields[0].box
    found, told = (x, y, x + width, y + height), (left, top, left + wide, top + tall)
    np.testing.assert_allclose(found, told, atol=2)


@pytest.mark.parametrize("seed", range(6))
def test_ticked_boxes_hold_ink_and_others_none(seed: int) -> None:
    style = Style(digit=40, rule=3, label=10, ink=25)
    boxes = [(40, 40, 34, 34), (140, 40, 34, 34)]
    fields = [
        Field("", "", text, box, is_mark=True) for text, box in zip(("true", "false"), boxes, strict=True)
    ]
    page = blank_page(220, 120)
    forms.draw_fields(page, fields, style, np.random.default_rng(seed))
    ticked, blank = (page[y + 3 : y + 31, x + 3 : x + 31] < 128 for x, y, _, _ in boxes)
    assert ticked.mean() > 0.1 and not blank.any()


@pytest.mark.parametrize("module", [club, forms, handwriting, scanning])
def test_examples_in_docstrings(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0 and result.failed == 0
