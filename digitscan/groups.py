"""Groups: the runs of ink that touch each other, found from the runs alone and not from a page's pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.intp]


class Runs(NamedTuple):
    """Runs of ink along the rows of a page.

    Attributes:
        rows: The row of each; ascending.
        starts: Its first column; ascending within a row.
        stops: The one after its last.
    """

    rows: Numbers
    starts: Numbers
    stops: Numbers


class Groups(NamedTuple):
    """Groups of runs.

    Attributes:
        owners: The group of each run.
        boxes: ``(N, 4)`` x, y, width, height of each group.
    """

    owners: Numbers
    boxes: Numbers


def group_runs(runs: Runs, apart: int = 0) -> Groups:
    """Group the runs that are near each other.

    Args:
        runs: The runs.
        apart: Pixels of paper between two runs of a group at the most, along the rows and across them; with
            none they meet at a side or a corner.

    Returns:
        Their groups, by the first run of each.

    >>> rows, starts, stops = np.array([(3, 0, 40), (6, 42, 80), (10, 0, 40)]).T
    >>> group_runs(Runs(rows, starts, stops), apart=2).boxes.tolist()
    [[0, 3, 80, 4], [0, 10, 40, 1]]
    """
    owners, count = join_runs(runs, apart)
    left, right = np.full(count, np.iinfo(np.intp).max), np.zeros(count, np.intp)
    np.minimum.at(left, owners, runs.starts)
    np.maximum.at(right, owners, runs.stops)
    # Of the rows that a group has, the last that is set stays; they are in order.
    top, bottom = np.empty((2, count), np.intp)
    top[owners[::-1]] = runs.rows[::-1]
    bottom[owners] = runs.rows + 1
    return Groups(owners, np.column_stack([left, top, right - left, bottom - top]))


def join_runs(runs: Runs, apart: int = 0) -> tuple[Numbers, int]:
    """Find the group of each run as ``group_runs`` does, without their boxes; and how many there are."""
    if not len(runs.rows):
        return runs.rows, 0
    firsts = join_pairs(len(runs.rows), *_neighbours(runs, apart))
    is_first = firsts == np.arange(len(firsts))
    return (np.cumsum(is_first) - 1)[firsts], int(np.count_nonzero(is_first))


def _neighbours(runs: Runs, apart: int) -> tuple[Numbers, Numbers]:
    """Pairs of runs that are near each other, as the numbers of both."""
    rows, starts, stops = runs
    span = int(stops.max(initial=0)) + 2 * apart + 1  # so much longer than a row that rows stay apart
    starting, stopping = rows * span + starts, rows * span + stops
    beside = (starting[1:] - stopping[:-1] <= apart).nonzero()[0]
    ones, others = [beside], [beside + 1]
    behind_all = np.append(starting, np.iinfo(np.intp).max)
    for down in range(span, (apart + 2) * span, span):
        # Of each run's lower neighbours the first one is looked up, and the few behind it are met one by one.
        other, latest = _ranks(starting + (down - apart), stopping), stopping + (down + apart)
        one = near = (behind_all[other] <= latest).nonzero()[0]
        while len(one):
            other, latest = other[near], latest[near]
            ones.append(one)
            others.append(other)
            other = other + 1
            near = (behind_all[other] <= latest).nonzero()[0]
            one = one[near]
    return np.concatenate(ones), np.concatenate(others)


def _ranks(values: Numbers, among: Numbers) -> Numbers:
    """How many numbers are less than each value; both ascend, so that they are merged and not searched."""
    merged = np.concatenate([values, among]).argsort(kind="stable")
    return np.asarray((merged < len(values)).nonzero()[0] - np.arange(len(values)))


def join_pairs(count: int, ones: Numbers, others: Numbers) -> Numbers:
    """Find for each of so many things the first of those that it is joined to, by pairs or by way of others.

    The smaller name wins at both ends of each pair, and names of names are looked up, as in Shiloach, Vishkin
    (1982), "An O(log n) parallel connectivity algorithm".
    """
    names = np.arange(count)
    while len(ones):
        np.minimum.at(names, np.maximum(ones, others), np.minimum(ones, others))
        while not np.array_equal(names, further := names[names]):
            names = further
        ones, others = names[ones], names[others]
        differ = (ones != others).nonzero()[0]
        ones, others = ones[differ], others[differ]
    return names
