"""Rules taken out of the ink.

A rule's ink goes wherever no other ink adjoins it on either side, but that of rules along it; where a stroke
crosses it, the crossing stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitscan.rules.rule import Rule

_WIDER = 2
"""The ink of a rule with its grey edges is this many pixels wider than the rule."""


def remove_rules(density: NDArray[np.uint8], rules: Sequence[Rule]) -> NDArray[np.uint8]:
    """Take the rules out of the ink, leaving what crosses them.

    Args:
        density: ``(H, W)`` ink density, 128 and more for ink.
        rules: What ``find_rules`` found on it.

    Returns:
        A new density.

    >>> from digitscan.rules import find_rules
    >>> page = np.zeros((100, 200), np.uint8)
    >>> page[50:53, 10:190] = page[20:80, 100:106] = 255
    >>> cleaned = remove_rules(page, find_rules(page, 6.0))
    >>> int((cleaned > 0).sum()), 60 * 6
    (360, 360)
    """
    cleaned = density.copy()
    for horizontal in (True, False):
        along = [rule for rule in rules if rule.horizontal == horizontal]
        if not along:
            continue
        other = density.copy()
        for rule in along:
            rule.draw(other, 0, _WIDER)
        for rule in along:
            _erase(cleaned if horizontal else cleaned.T, other if horizontal else other.T, rule)
    return cleaned


def beside(
    density: NDArray[np.uint8], rule: Rule
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_], int]:
    """Columns, middle rows, whether there is paper on both sides, and the reach of a rule along the rows."""
    height, width = density.shape
    reach = round(rule.thickness / 2 + 1.5)
    columns = np.arange(max(0, int(rule.start) - reach), min(width, int(rule.stop) + reach + 1))
    middles = np.round(rule.position + rule.slope * (columns - rule.start)).astype(np.intp)
    above, below = middles - reach - 1, middles + reach + 1
    ink_above = (above >= 0) & (density[np.clip(above, 0, height - 1), columns] >= 128)
    ink_below = (below < height) & (density[np.clip(below, 0, height - 1), columns] >= 128)
    return columns, middles, ~(ink_above | ink_below), reach


def _erase(cleaned: NDArray[np.uint8], other: NDArray[np.uint8], rule: Rule) -> None:
    """Take a rule along the rows out of ``cleaned``; ``other`` is the ink that may adjoin it."""
    columns, middles, free, reach = beside(other, rule)
    for offset in range(-reach, reach + 1):
        rows = middles + offset
        inside = free & (rows >= 0) & (rows < cleaned.shape[0])
        cleaned[rows[inside], columns[inside]] = 0
