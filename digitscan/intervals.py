"""Intervals: which of many overlap or hold a point, without comparing each with each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Numbers

Keep = Callable[[Numbers, Numbers], NDArray[np.bool_]]
"""Tells of pairs, given as the numbers of the ones and of the others, which are wanted."""

_AT_ONCE = 2**20
"""Pairs that are looked at together: that bounds the memory."""


def overlapping(
    starts: NDArray[np.number], stops: NDArray[np.number], fields: Numbers, keep: Keep
) -> tuple[Numbers, Numbers]:
    """Find the pairs of intervals of the same field that overlap, each pair once.

    Args:
        starts: ``(N,)`` where they start.
        stops: ``(N,)`` where they stop.
        fields: ``(N,)`` the field of each.
        keep: Which of some such pairs are wanted. It is asked for some at a time, as noise has many pairs
            that overlap and few that are.

    Returns:
        The numbers of the one and the other of each pair that is wanted.

    >>> starts, stops = np.array([(0, 10), (8, 12), (12, 20), (11, 13)]).T
    >>> overlapping(starts, stops, np.array([0, 0, 0, 1]), lambda ones, others: others > ones)
    (array([0]), array([1]))
    """
    if not len(starts):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    first = starts.min()
    places = fields * (stops.max() - first + 1) + (starts - first)  # so that fields lie apart
    order = places.argsort(kind="stable")
    places = places[order]
    behind = places.searchsorted(places + (stops - starts)[order])
    after = np.arange(1, len(order) + 1)
    counts = np.maximum(behind - after, 0)
    ends = counts.cumsum()
    found = []
    begun = 0
    while begun < len(order):
        done = ends[begun - 1] if begun else 0
        stop = max(begun + 1, int(ends.searchsorted(done + _AT_ONCE, "right")))
        some = slice(begun, stop)
        ones = order[some].repeat(counts[some])
        others = order[np.arange(done, ends[stop - 1]) + (after - ends + counts)[some].repeat(counts[some])]
        wanted = keep(ones, others).nonzero()[0]
        found.append((ones[wanted], others[wanted]))
        begun = stop
    ones, others = (np.concatenate(numbers) for numbers in zip(*found, strict=True))
    return ones, others


def meeting(firsts: NDArray[np.number], lasts: NDArray[np.number]) -> Keep:
    """Keep the pairs that also meet along another side, where each is from its first to its last point."""

    def meet(ones: Numbers, others: Numbers) -> NDArray[np.bool_]:
        return np.asarray((firsts[ones] <= lasts[others]) & (firsts[others] <= lasts[ones]))

    return meet


def points_within(
    points: NDArray[np.number], firsts: NDArray[np.number], lasts: NDArray[np.number]
) -> tuple[Numbers, Numbers]:
    """Find the pairs of points and intervals, given as their first and last points, that hold them.

    Returns:
        The numbers of the points and of the intervals, by interval.

    >>> points_within(np.array([5.0, 1.0, 3.0]), np.array([2.0, 1.0]), np.array([4.0, 3.0]))
    (array([2, 1, 2]), array([0, 1, 1]))
    """
    order = points.argsort(kind="stable")
    points = points[order]
    before = points.searchsorted(firsts)
    counts = np.maximum(points.searchsorted(lasts, "right") - before, 0)
    held = np.arange(counts.sum()) + (before - counts.cumsum() + counts).repeat(counts)
    return order[held], np.arange(len(firsts)).repeat(counts)
