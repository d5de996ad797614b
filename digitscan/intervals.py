"""Intervals: which of many overlap or hold a point, without comparing each with each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Numbers


def overlapping(
    starts: NDArray[np.number], stops: NDArray[np.number], fields: Numbers
) -> tuple[Numbers, Numbers]:
    """Find the pairs of intervals of the same field that overlap, each pair once.

    >>> starts, stops = np.array([(0, 10), (8, 12), (12, 20), (11, 13)]).T
    >>> overlapping(starts, stops, np.array([0, 0, 0, 1]))
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
    others = np.arange(counts.sum()) + (after - counts.cumsum() + counts).repeat(counts)
    return order.repeat(counts), order[others]


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
