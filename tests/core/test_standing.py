from __future__ import annotations

import numpy as np
import pytest

from digitscan.rules import Rule
from digitscan.rules.standing import Strips, thin_columns

from .drawing import Array


@pytest.mark.parametrize("slope", [0.0, 0.004, -0.004, 0.05, -0.05])
@pytest.mark.parametrize(("left", "right"), [(20.317, 270.4), (-7.623, 260.2), (40.113, 310.7)])
@pytest.mark.parametrize("position", [150.213, 40.719, 210.417])
def test_strip_is_the_page_turned_by_the_slope(
    slope: float, left: float, right: float, position: float
) -> None:
    page: Array = np.random.default_rng(0).integers(0, 2, (200, 300)).astype(np.uint8) * 255
    rule = Rule(True, 30.0, 260.0, position, slope, 3.0)
    strips = Strips.above(page, [rule, rule], [(left, right), (left, right)], 60)
    strip, other = (strips.ink[:, part] for part in strips.parts)
    assert np.array_equal(strip, other)
    assert strip.shape == (60, round(right - left) + 1)
    around = np.pad(page, 400)
    up, along = np.mgrid[60:0:-1, : strip.shape[1]]  # pixels above the rule's edge
    x = left + along + slope * (up - 1)
    y = rule.at(left) + slope * along - 1.5 - up
    expected = around[np.rint(y).astype(int) + 400, np.rint(x).astype(int) + 400]
    assert np.array_equal(strip, expected)


def test_uprights_on_an_askew_rule_are_columns_of_its_strip() -> None:
    page = np.zeros((200, 400), np.uint8)
    slope = 0.03
    places = (50, 130, 210, 330)
    for place in places:
        for up in range(60):
            x, y = round(place + slope * up), round(150 + slope * (place - 20) - up)
            page[y, x : x + 2] = 255
    rule = Rule(True, 20.0, 380.0, 150.0, slope, 1.0)
    strips = Strips.above(page, [rule, rule], [(0.0, 399.0), (100.0, 399.0)], 50)
    firsts = np.array([part.start for part in strips.parts])
    shares = strips.shares([(0, 50), (40, 50)])
    (found, later) = thin_columns(shares[0] >= 0.9, firsts, np.array([2.0, 2.0]))
    assert found == pytest.approx([place + 0.5 for place in places], abs=1)
    assert later == [column - 100 for column in found[1:]]


def test_strips_side_by_side_are_no_wider_than_alone() -> None:
    page = np.full((100, 400), 255, np.uint8)
    rule = Rule(True, 0.0, 400.0, 80.0, 0.0, 1.0)
    strips = Strips.above(page, [rule, rule], [(10.0, 19.0), (50.0, 69.0)], 20)
    (share,) = strips.shares([(0, 20)])
    assert share.tolist() == [0, *[1] * 10, 0, *[1] * 20, 0]


def test_thick_runs_of_columns_are_left_out() -> None:
    inked = np.zeros(60, bool)
    inked[1:4] = inked[10:30] = inked[41:43] = inked[58] = True
    assert thin_columns(inked, np.array([1, 41]), np.array([2.0, 2.0])) == [[1.0], [0.5, 17.0]]
