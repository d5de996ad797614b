"""Rules taken out of the ink.

A rule's ink goes wherever no other ink adjoins it on either side, but that of rules along it; where a stroke
crosses it, the crossing stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.rules.rule import Rule, numbers

_WIDER = 2
"""The ink of a rule with its grey edges is this many pixels wider than the rule."""


class Beside(NamedTuple):
    """What is beside rules along the rows, column by column of each.

    Attributes:
        owners: The number of the rule.
        columns: The column.
        middles: The row of the rule's middle there.
        free: Whether there is paper on both sides, or the page ends.
        reaches: ``(N,)`` how far from its middle a rule's ink goes, in pixels.
    """

    owners: NDArray[np.intp]
    columns: NDArray[np.intp]
    middles: NDArray[np.intp]
    free: NDArray[np.bool_]
    reaches: NDArray[np.intp]


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
        _erase(cleaned if horizontal else cleaned.T, other if horizontal else other.T, along)
    return cleaned


def beside(density: NDArray[np.uint8], rules: Sequence[Rule]) -> Beside:
    """Find the paper on both sides of rules along the rows of ``(H, W)``, some pixels beyond their ends too."""
    height, width = density.shape
    start, stop, position, slope, thickness = numbers(rules).T
    reaches = np.rint(thickness / 2 + 1.5).astype(np.intp)
    first = np.maximum(0, start.astype(np.intp) - reaches)
    last = np.minimum(width, stop.astype(np.intp) + reaches + 1)
    counts = np.maximum(0, last - first)
    owners = np.repeat(np.arange(len(rules)), counts)
    columns = np.arange(len(owners)) + np.repeat(first - np.cumsum(counts) + counts, counts)
    middles = np.rint(position[owners] + slope[owners] * (columns - start[owners])).astype(np.intp)
    away = reaches[owners] + 1
    inked = np.zeros(len(owners), bool)
    for rows in (middles - away, middles + away):
        inside = (rows >= 0) & (rows < height)
        inked |= inside & (density[rows.clip(0, height - 1), columns] >= 128)
    return Beside(owners, columns, middles, ~inked, reaches)


def _erase(cleaned: NDArray[np.uint8], other: NDArray[np.uint8], rules: Sequence[Rule]) -> None:
    """Take rules along the rows out of ``cleaned``; ``other`` is the ink that may adjoin them."""
    found = beside(other, rules)
    reaches = found.reaches[found.owners]
    for reach in np.unique(found.reaches):
        own = found.free & (reaches == reach)
        columns = found.columns[own]
        rows = found.middles[own] + np.arange(-reach, reach + 1)[:, None]
        inside = (rows >= 0) & (rows < len(cleaned))
        cleaned[rows[inside], np.broadcast_to(columns, rows.shape)[inside]] = 0
