"""Rules taken out of the ink.

A rule's ink goes wherever no other ink adjoins it on either side, but that of rules along it; where a stroke
crosses it, the crossing stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.rules.rule import Rule, numbers, walk

_WIDER = 2
"""The ink of a rule with its grey edges is this many pixels wider than the rule."""


class Drawn(NamedTuple):
    """The ink of rules, drawn.

    Attributes:
        canvas: ``(H, W)`` of the page's size.
        level: What it is there.
    """

    canvas: NDArray[np.uint8]
    level: int


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

    >>> from digitscan.ink import Ink
    >>> from digitscan.rules import find_rules
    >>> page = np.zeros((100, 200), np.uint8)
    >>> page[50:53, 10:190] = page[20:80, 100:106] = 255
    >>> cleaned = remove_rules(page, find_rules(Ink(page, 6.0)))
    >>> int((cleaned > 0).sum()), 60 * 6
    (360, 360)
    """
    density = np.ascontiguousarray(density)
    drawn = np.zeros_like(density)
    found = []
    for level, horizontal in enumerate((True, False), 1):
        along = [rule for rule in rules if rule.horizontal == horizontal]
        for rule in along:
            rule.draw(drawn, level, _WIDER)
        turned = (density, drawn) if horizontal else (density.T, drawn.T)
        found.append(beside(turned[0], along, Drawn(turned[1], level)))
    cleaned = density.copy()
    _erase(cleaned, found[0])
    _erase(cleaned.T, found[1])
    return cleaned


def beside(density: NDArray[np.uint8], rules: Sequence[Rule], drawn: Drawn | None = None) -> Beside:
    """Find the paper on both sides of rules along the rows of a page, some pixels beyond their ends too.

    Args:
        density: ``(H, W)``, 128 and more for ink.
        rules: The rules.
        drawn: The ink that counts as paper; None if there is none.
    """
    height, width = density.shape
    rows = numbers(rules)
    start, stop, _, _, thickness = rows.T
    reaches = np.rint(thickness / 2 + 1.5).astype(np.intp)
    first = np.maximum(0, start.astype(np.intp) - reaches)
    last = np.minimum(width, stop.astype(np.intp) + reaches + 1)
    owners, columns, middles = walk(rows, first, last)
    away = reaches[owners] + 1
    free = np.ones(len(owners), bool)
    for row in (middles - away, middles + away):
        inside = (row >= 0) & (row < height)
        places = _places(density, row.clip(0, height - 1), columns)
        inked = np.flatnonzero(inside & (_in_memory(density)[places] >= 128))
        if drawn is not None:
            inked = inked[_in_memory(drawn.canvas)[places[inked]] != drawn.level]
        free[inked] = False
    return Beside(owners, columns, middles, free, reaches)


def _erase(cleaned: NDArray[np.uint8], found: Beside) -> None:
    """Take the ink of rules along the rows out of ``cleaned`` where there is paper on both sides of it."""
    owners, columns, middles, free, reaches = found
    if not len(owners):
        return
    # Rules are nearly level, so they are few stretches of one row each.
    changes = (owners[1:] != owners[:-1]) | (middles[1:] != middles[:-1]) | (free[1:] != free[:-1])
    edges = np.flatnonzero(changes)
    firsts, lasts = np.append(0, edges + 1), np.append(edges, len(owners) - 1)
    firsts, lasts = firsts[free[firsts]], lasts[free[firsts]]
    stretches = middles[firsts], reaches[owners[firsts]], columns[firsts], columns[lasts]
    for middle, reach, first, last in zip(*(each.tolist() for each in stretches), strict=True):
        cleaned[max(0, middle - reach) : max(0, middle + reach + 1), first : last + 1] = 0


def _in_memory(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The pixels of a page, or of one on its side, one after the other: so they are quicker to look up."""
    return page.reshape(-1) if page.flags.c_contiguous else page.T.reshape(-1)


def _places(page: NDArray[np.uint8], rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where pixels of it are there."""
    down, across = page.strides
    return rows * down + columns * across
