"""Rules taken out of the ink.

A rule's ink goes wherever no other ink adjoins it on either side, but that of rules along it; where a stroke
crosses it, the crossing stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.intervals import meeting, overlapping
from digitscan.rules.rule import Rule, Stretches, numbers, stretches

_WIDER = 2
"""The ink of a rule with its grey edges is this many pixels wider than the rule."""


class Beside(NamedTuple):
    """What is beside rules along the rows, some pixels beyond their ends too.

    Attributes:
        stretches: The rules' stretches.
        free: For each column of each stretch whether there is paper on both sides, or the page ends.
        reaches: ``(N,)`` how far from its middle a rule's ink goes, in pixels.
    """

    stretches: Stretches
    free: NDArray[np.bool_]
    reaches: NDArray[np.intp]

    def shares(self) -> list[float]:
        """Share of each rule's length that has paper on both sides."""
        lengths = self.stretches.stops - self.stretches.firsts
        free = np.add.reduceat(self.free, np.cumsum(lengths) - lengths, dtype=np.intp)
        by_rule = (np.bincount(self.stretches.owners, each) for each in (free, lengths))
        return list(np.divide(*by_rule).tolist())


def remove_rules(
    density: NDArray[np.uint8], rules: Sequence[Rule], *, in_place: bool = False
) -> NDArray[np.uint8]:
    """Take the rules out of the ink, leaving what crosses them.

    Args:
        density: ``(H, W)`` ink density, 128 and more for ink.
        rules: What ``find_rules`` found on it.
        in_place: Whether they are taken out of ``density`` itself.

    Returns:
        The density without them: a new one, or the same.

    >>> from digitscan.ink import Ink
    >>> from digitscan.rules import find_rules
    >>> page = np.zeros((100, 200), np.uint8)
    >>> page[50:53, 10:190] = page[20:80, 100:106] = 255
    >>> cleaned = remove_rules(page, find_rules(Ink(page, 6.0)))
    >>> int((cleaned > 0).sum()), 60 * 6
    (360, 360)
    """
    cleaned = density if in_place else density.copy()
    level, upright = ([rule for rule in rules if rule.horizontal == level] for level in (True, False))
    # Both are looked at before any is taken out.
    across, down = _beside_rules(density, level), _beside_rules(density, upright)
    if across is not None:
        _erase(cleaned, across)
    if down is not None:
        _erase(cleaned.T, down)
    return cleaned


def _beside_rules(density: NDArray[np.uint8], rules: Sequence[Rule]) -> Beside | None:
    """What is beside rules that run along each other, where they count as paper themselves; None of none."""
    if not rules:
        return None
    drawn = None
    neighbours = _neighbours(numbers(rules))
    if len(neighbours):
        drawn = np.zeros(density.shape, np.uint8)
        for number in neighbours.tolist():
            rules[number].draw(drawn, wider=_WIDER)
    if rules[0].horizontal:
        return beside(density, rules, drawn)
    return beside(density.T, rules, None if drawn is None else drawn.T)


def _neighbours(rules: NDArray[np.float64]) -> NDArray[np.intp]:
    """Find the rules whose ink could lie where it is looked beside others.

    Args:
        rules: ``(N, 5)`` numbers of rules that run along each other.

    Returns:
        The numbers of those, and of some more.
    """
    start, stop, position, slope, thickness = rules.T
    away, reach = thickness / 2 + 4, 0.75 * thickness + 3
    last = position + slope * (stop - start)
    beyond = (away + reach) * (1 + np.abs(slope))
    extent = np.minimum(position, last) - beyond, np.maximum(position, last) + beyond
    margin = np.maximum(away, reach)
    # Most lie in the same rows, far to the left or to the right of each other.
    near = meeting(start - margin, stop + margin)
    pairs = np.stack(overlapping(*extent, np.zeros(len(rules), np.intp), near))
    ones, others = np.concatenate([pairs, pairs[::-1]], axis=1)
    first = np.maximum(start[ones] - away[ones], start[others] - reach[others])
    stop = np.minimum(stop[ones] + away[ones], stop[others] + reach[others])
    begin, end = (
        position[ones]
        + slope[ones] * (along - start[ones])
        - position[others]
        - slope[others] * (along - start[others])
        for along in (first, stop)
    )
    # So far apart are two rules where they lie beside each other.
    apart = np.where(begin * end > 0, np.minimum(np.abs(begin), np.abs(end)), 0)
    return np.unique(others[(first <= stop) & (apart <= away[ones] + reach[others])])


def beside(
    density: NDArray[np.uint8], rules: Sequence[Rule], drawn: NDArray[np.uint8] | None = None
) -> Beside:
    """Find the paper on both sides of rules along the rows of a page, some pixels beyond their ends too.

    Args:
        density: ``(H, W)``, 128 and more for ink.
        rules: The rules.
        drawn: ``(H, W)``, more than 0 where ink counts as paper; None if it does nowhere.
    """
    rows = numbers(rules)
    start, stop, _, _, thickness = rows.T
    reaches = np.rint(thickness / 2 + 1.5).astype(np.intp)
    first = np.maximum(0, start.astype(np.intp) - reaches)
    last = np.minimum(density.shape[1], stop.astype(np.intp) + reaches + 1)
    along = stretches(rows, first, last)
    away = reaches[along.owners] + 1
    free = np.ones(int((along.stops - along.firsts).sum()), bool)
    for beyond in (-away, away):
        inked = along.ink(density, beyond) >= 128
        if drawn is not None:
            inked &= along.ink(drawn, beyond) == 0
        free &= ~inked
    return Beside(along, free, reaches)


def _erase(cleaned: NDArray[np.uint8], found: Beside) -> None:
    """Take the ink of rules along the rows out of ``cleaned`` where there is paper on both sides of it."""
    along, free, reaches = found
    lengths = along.stops - along.firsts
    before = np.cumsum(lengths) - lengths
    changes = np.append(True, free[1:] != free[:-1])
    changes[before] = True
    firsts = changes.nonzero()[0]
    stops = np.append(firsts[1:], len(free))
    firsts, stops = firsts[free[firsts]], stops[free[firsts]]
    owners = before.searchsorted(firsts, "right") - 1
    shift, middles, reach = (along.firsts - before)[owners], along.rows[owners], reaches[along.owners[owners]]
    parts = np.stack([np.maximum(0, middles - reach), middles + reach + 1, firsts + shift, stops + shift])
    for top, bottom, first, stop in parts.T.tolist():
        cleaned[top : max(0, bottom), first:stop] = 0
