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
    middles = np.rint(rule.position + rule.slope * (columns - rule.start)).astype(np.intp)
    above, below = middles - reach - 1, middles + reach + 1
    if _is_inside(above, height) and _is_inside(below, height):
        inked = np.maximum(density[above, columns], density[below, columns]) >= 128
    else:
        inked = (above >= 0) & (density[np.clip(above, 0, height - 1), columns] >= 128)
        inked |= (below < height) & (density[np.clip(below, 0, height - 1), columns] >= 128)
    return columns, middles, ~inked, reach


def _is_inside(rows: NDArray[np.intp], height: int) -> bool:
    """Whether rows along a straight line are all on the page."""
    return not len(rows) or (min(rows[0], rows[-1]) >= 0 and max(rows[0], rows[-1]) < height)


def _erase(cleaned: NDArray[np.uint8], other: NDArray[np.uint8], rule: Rule) -> None:
    """Take a rule along the rows out of ``cleaned``; ``other`` is the ink that may adjoin it."""
    columns, middles, free, reach = beside(other, rule)
    columns, middles = columns[free], middles[free]
    rows = middles + np.arange(-reach, reach + 1)[:, None]
    if _is_inside(rows[0], len(cleaned)) and _is_inside(rows[-1], len(cleaned)):
        cleaned[rows, columns] = 0
    else:
        inside = (rows >= 0) & (rows < len(cleaned))
        cleaned[rows[inside], np.broadcast_to(columns, rows.shape)[inside]] = 0
