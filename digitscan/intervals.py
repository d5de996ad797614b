"""Intervals: which of many overlap, without comparing each with each."""

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
