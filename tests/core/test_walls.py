"""What rules enclose, beside what is enclosed where they are drawn."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitscan.fields import find_boxes
from digitscan.rules import Rule

from .drawing import Array, Box, arbitrary

WIDTH, HEIGHT = 400, 160


def box_of(rules: list[Rule]) -> list[Box]:
    return [region.box for region in find_boxes(rules, (300, 600), 3.0, np.zeros((0, 4), np.int32))]


def paper_within(rules: list[Rule]) -> Box:
    """The rectangle around the paper that the rules enclose, as they are drawn."""
    page: Array = np.zeros((300, 600), np.uint8)
    for rule in rules:  # a little longer, so that corners are closed
        start, stop = rule.start - 3, rule.stop + 3
        Rule(rule.horizontal, start, stop, rule.at(start), rule.slope, rule.thickness).draw(page)
    labels = cv2.connectedComponents(255 - page, connectivity=4)[1]
    x, y, width, height = cv2.boundingRect((labels == labels[150, 300]).astype(np.uint8))
    return float(x), float(y), float(width), float(height)


def frame(thicknesses: tuple[float, ...], leanings: tuple[int, ...]) -> list[Rule]:
    """Four rules, of which each leads from one of the others to another."""
    top, bottom, left, right = thicknesses
    level, lower, upright, other = leanings
    return [
        Rule(True, 101.0, 100.0 + WIDTH, 70.0, level / WIDTH, top),
        Rule(True, 99.0, 99.0 + WIDTH, 70.0 + HEIGHT, lower / WIDTH, bottom),
        Rule(False, 71.0, 70.0 + HEIGHT, 100.0, upright / HEIGHT, left),
        Rule(False, 70.0, 69.0 + HEIGHT, 100.0 + WIDTH, other / HEIGHT, right),
    ]


thickness = st.floats(0.6, 8)
leaning = st.integers(-2, 2)


@arbitrary
@given(st.tuples(thickness, thickness, thickness, thickness), st.tuples(leaning, leaning, leaning, leaning))
def test_box_is_the_paper_that_its_rules_enclose(
    thicknesses: tuple[float, ...], leanings: tuple[int, ...]
) -> None:
    rules = frame(thicknesses, leanings)
    (found,) = box_of(rules)
    assert found == pytest.approx(paper_within(rules), abs=1)


def test_rules_that_do_not_meet_enclose_nothing() -> None:
    rules = frame((3.0,) * 4, (0,) * 4)
    assert len(box_of(rules)) == 1
    for i, rule in enumerate(rules):
        shorter = Rule(rule.horizontal, rule.start + 40, rule.stop, rule.position, 0.0, 3.0)
        assert box_of([*rules[:i], shorter, *rules[i + 1 :]]) == []
        assert box_of([*rules[:i], *rules[i + 1 :]]) == []
