"""Straight lines fitted to groups of runs, and how thick they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Groups, Numbers, Runs
from digitscan.rules.rule import STEEPEST, Rule

THICK = 3.0
"""Rules are at most this many stroke widths thick."""

_BARE = 0.2
"""Share of a rule's length that is bare at the least, also where a digit is written along most of it."""

_COVERED = 1.4
"""Such a rule seems more than this many times as thick as where it is bare."""

_LONGER = 4
"""A rule has ink at so many times as many places as it is thick."""

_STRAYS = 0.2
"""Share of a rule's middle that may stray farther from its fitted line than"""

_STRAIGHT = 0.35
"""this share of a stroke width, and than a pixel."""


def fit_lines(runs: Runs, groups: Groups, kept: Numbers, stroke: float, *, horizontal: bool) -> list[Rule]:
    """Fit a straight line to each of some groups of runs.

    Args:
        runs: Runs of ink along the rows.
        groups: Their groups.
        kept: Numbers of the groups to fit, ascending.
        stroke: Usual width of a stroke in pixels.
        horizontal: What the lines are on the page.

    Returns:
        The lines of the groups whose ink lies in one.
    """
    if not len(kept):
        return []
    owners, places, counts, sums = _across(runs, groups, kept)
    number = len(kept)
    thickness, lengths = usual_thicknesses(owners, counts, number), np.bincount(owners, minlength=number)
    # Where something crosses, the ink says little of the middle.
    usual = counts <= 1.5 * thickness[owners] + 1
    own = owners[usual]
    along, middles = places[usual] + 0.5, sums[usual] / counts[usual]
    measured = np.bincount(own, minlength=number)
    middle, level = (_by_group(own, values, number) / np.maximum(measured, 1) for values in (along, middles))
    along, middles = along - middle[own], middles - level[own]
    # All of a group's ink may be in one column.
    spread = np.maximum(_by_group(own, along * along, number), 1e-9)
    slopes = _by_group(own, along * middles, number) / spread
    far = np.abs(middles - slopes[own] * along) > max(1.0, _STRAIGHT * stroke)
    strays = np.bincount(own[far], minlength=number)
    fits = (thickness <= max(3.0, THICK * stroke)) & (lengths >= _LONGER * thickness) & (measured >= 2)
    fits &= (np.abs(slopes) <= STEEPEST) & (strays <= _STRAYS * measured)
    firsts = np.cumsum(lengths) - lengths
    starts, stops = places[firsts], places[firsts + lengths - 1] + 1
    positions = level + slopes * (starts - middle)
    rows = np.column_stack([starts, stops, positions, slopes, thickness])[fits]
    return [Rule(horizontal, *row) for row in rows.tolist()]


def _across(
    runs: Runs, groups: Groups, kept: Numbers
) -> tuple[Numbers, Numbers, Numbers, NDArray[np.float64]]:
    """The columns in which groups have ink: whose, where, how many pixels, and the sum of their rows.

    Groups are counted from 0 in the order of ``kept``.
    """
    left, width = groups.boxes[kept, 0], groups.boxes[kept, 2]
    # Each group has its own part of one long row, with a column more for the ends of its runs.
    firsts = np.cumsum(width + 1) - width - 1
    names = np.full(len(groups.boxes), -1)
    names[kept] = np.arange(len(kept))
    owners = names[groups.owners]
    used = owners >= 0
    owners, rows = owners[used], runs.rows[used].astype(np.float64)
    shift = firsts[owners] - left[owners]
    starts, stops = runs.starts[used] + shift, runs.stops[used] + shift
    size = int(firsts[-1] + width[-1] + 1)
    counts = np.cumsum(np.bincount(starts, minlength=size) - np.bincount(stops, minlength=size))
    sums = np.cumsum(np.bincount(starts, rows, size) - np.bincount(stops, rows, size))
    inked = np.flatnonzero(counts)
    owners = np.repeat(np.arange(len(kept)), width + 1)[inked]
    return owners, inked - (firsts - left)[owners], counts[inked], sums[inked]


def _by_group(owners: Numbers, values: Numbers | NDArray[np.floating], number: int) -> NDArray[np.float64]:
    """Sums of values by group."""
    return np.asarray(np.bincount(owners, values, number), np.float64)


def usual_thicknesses(owners: Numbers, sizes: Numbers, number: int) -> NDArray[np.intp]:
    """Find how thick rules are where nothing is written on them.

    Args:
        owners: For each place that was measured the number of its rule.
        sizes: How thick its ink is there, in pixels.
        number: Of rules; each has a place at least.

    Returns:
        ``(number,)`` pixels.

    >>> usual_thicknesses(np.array([0, 0, 0, 0, 0, 1]), np.array([3, 9, 9, 3, 9, 5]), 2).tolist()
    [3, 5]
    """
    lengths = np.bincount(owners, minlength=number)
    most = int(sizes.max(initial=0)) + 1
    ascending = np.sort(owners * most + sizes) % most
    firsts = np.cumsum(lengths) - lengths
    thin, middle = (ascending[firsts + (share * (lengths - 1)).astype(np.intp)] for share in (_BARE, 0.5))
    return np.where(middle > _COVERED * thin + 1, thin, middle)
