from __future__ import annotations

import numpy as np
import pytest

from digitscan.rules import Rule, remove_rules
from digitscan.rules.rule import numbers, stretches


@pytest.mark.parametrize("slope", [0.0, 0.011, -0.011, 0.31, -0.97])
def test_stretches_follow_the_middles_of_rules(slope: float) -> None:
    rules = [Rule(True, 20.0, 180.0, 150.317, slope, 2.0), Rule(True, 5.0, 6.0, 40.219, slope, 2.0)]
    along = stretches(numbers(rules), np.array([10, 0]), np.array([200, 9]))
    found = [
        (int(owner), column, int(row))
        for owner, row, first, stop in zip(*along, strict=True)
        for column in range(first, stop)
    ]
    expected = [
        (number, column, round(rules[number].at(column)))
        for number, columns in enumerate((range(10, 200), range(9)))
        for column in columns
    ]
    assert found == expected


def test_pixels_beyond_the_page_are_paper() -> None:
    page = np.full((20, 50), 255, np.uint8)
    along = stretches(numbers([Rule(True, 0.0, 50.0, 18.0, 0.06, 1.0)]), np.array([0]), np.array([50]))
    assert along.ink(page).tolist() == [255] * 25 + [0] * 25
    assert not along.ink(page, 10).any()
    assert along.ink(page, -5).all()


@pytest.mark.parametrize("apart", [0, 4, 7, 12])
@pytest.mark.parametrize("upright", [False, True], ids=["level", "upright"])
def test_ink_of_a_rule_beside_another_is_paper(apart: int, upright: bool) -> None:
    page = np.zeros((100, 300), np.uint8)
    page[40:43, 20:280] = page[40 + apart : 43 + apart, 100:200] = 255
    rules = [
        Rule(not upright, 20.0, 280.0, 41.0, 0.0, 3.0),
        Rule(not upright, 100.0, 200.0, 41.0 + apart, 0.0, 3.0),
    ]
    assert not remove_rules(page.T if upright else page, rules).any()
