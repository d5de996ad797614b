from __future__ import annotations

import doctest
from types import ModuleType

import forms
import handwriting
import numpy as np
import pytest
import scanning
from paper import Field, Style, blank_page


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


def test_rotated_box_holds_the_rotated_ink() -> None:
    box = (60, 40, 120, 50)
    page = blank_page(300, 200)
    forms.rule_line(page, *box)
    x, y, width, height = handwriting.ink_bounds(scanning.rotate_page(page, 5.0) < 255)
    left, top, wide, tall = scanning.rotate_box(box, 5.0, 300, 200)
    found, told = (x, y, x + width, y + height), (left, top, left + wide, top + tall)
    np.testing.assert_allclose(found, told, atol=2)


@pytest.mark.parametrize("module", [forms, handwriting, scanning])
def test_examples_in_docstrings(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0 and result.failed == 0
