"""Which rules end on which, found through neighbours, beside each compared with each."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digitscan.rules.rule import Rule, meetings

from .drawing import arbitrary

place = st.integers(0, 60).map(float)


def rules(horizontal: bool) -> st.SearchStrategy[list[Rule]]:
    """Rules of one direction, some of which meet."""
    slope, thickness = st.sampled_from((-0.5, 0.0, 0.06, 1.0)), st.sampled_from((1.0, 3.0))
    one = st.builds(
        lambda start, length, position, slope, thickness: Rule(
            horizontal, start, start + length, position, slope, thickness
        ),
        place,
        place,
        place,
        slope,
        thickness,
    )
    return st.lists(one, max_size=12)


def ends_on(rule: Rule, along: float, other: Rule, reach: float) -> bool:
    at = rule.at(along)
    return (
        other.start - reach <= at <= other.stop + reach
        and abs(other.at(at) - along) <= reach + other.thickness / 2
    )


@arbitrary
@given(rules(False), rules(True), st.integers(0, 9))
def test_all_rules_are_found_that_an_end_lies_on(
    uprights: list[Rule], levels: list[Rule], reach: int
) -> None:
    reaches = [(reach + number) % 10 for number in range(len(uprights))]
    first, last = meetings(uprights, levels, np.array(reaches, np.float64))
    for pairs, ends in ((first, [rule.start for rule in uprights]), (last, [rule.stop for rule in uprights])):
        assert list(zip(*(numbers.tolist() for numbers in pairs), strict=True)) == [
            (number, other)
            for number, rule in enumerate(uprights)
            for other, level in enumerate(levels)
            if ends_on(rule, ends[number], level, reaches[number])
        ]
