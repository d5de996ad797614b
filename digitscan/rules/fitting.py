"""Straight lines fitted to groups of runs, and how thick they are."""

from __future__ import annotations

from typing import NamedTuple

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
    number = len(kept)
    owners, firsts, lengths, counts, sums = _segments(runs, groups, kept)
    thickness, inked = usual_thicknesses(owners, counts, lengths, number), _by_group(owners, lengths, number)
    # Where something crosses, the ink says little of the middle.
    usual = counts <= 1.5 * thickness[owners] + 1
    own, firsts, lengths, middles = owners[usual], firsts[usual], lengths[usual], (sums / counts)[usual]
    measured = np.maximum(1, _by_group(own, lengths, number))
    middle = _by_group(own, lengths * (firsts + lengths / 2), number) / measured
    level = _by_group(own, lengths * middles, number) / measured
    # Sums over the middles of the columns of each segment, from those of the whole group on.
    along, middles = firsts + lengths / 2 - middle[own], middles - level[own]
    squares = lengths * along**2 + lengths * (lengths**2 - 1) / 12
    # All of a group's ink may be in one column.
    slopes = _by_group(own, lengths * along * middles, number) / np.maximum(
        _by_group(own, squares, number), 1e-9
    )
    strays = _by_group(own, lengths - _near(along, middles, lengths, slopes[own], stroke), number)
    start, width = groups.boxes[kept, 0], groups.boxes[kept, 2]
    fits = (thickness <= max(3.0, THICK * stroke)) & (inked >= _LONGER * thickness) & (measured >= 2)
    fits &= (np.abs(slopes) <= STEEPEST) & (strays <= _STRAYS * measured)
    positions = level + slopes * (start - middle)
    rows = np.column_stack([start, start + width, positions, slopes, thickness])[fits]
    return [Rule(horizontal, *row) for row in rows.tolist()]


def _near(
    along: NDArray[np.float64],
    middles: NDArray[np.float64],
    lengths: Numbers,
    slopes: NDArray[np.float64],
    stroke: float,
) -> NDArray[np.float64]:
    """How many columns of each segment, whose middle is at ``along``, lie near a line through the origin."""
    far = max(1.0, _STRAIGHT * stroke)
    steps = np.where(slopes == 0, 1e-9, np.abs(slopes))
    # From its first column on, the middles of a segment's columns come nearer to the line, and then leave it.
    off = np.where(slopes < 0, -middles, middles) - np.abs(slopes) * along
    last = (lengths - 1) / 2
    nearest, farthest = np.ceil((off - far) / steps + last), np.floor((off + far) / steps + last)
    return np.maximum(0, np.minimum(farthest, lengths - 1) - np.maximum(nearest, 0) + 1)


class _Segments(NamedTuple):
    """Stretches of columns on which groups of runs have the same runs, group by group and from left to right.

    Attributes:
        owners: The number of each one's group, counted from 0 in the order of those that are looked at.
        firsts: The first column.
        lengths: How many columns there are.
        counts: How many pixels of ink each of these has.
        sums: The sum of their rows.
    """

    owners: Numbers
    firsts: Numbers
    lengths: Numbers
    counts: Numbers
    sums: Numbers


def _segments(runs: Runs, groups: Groups, kept: Numbers) -> _Segments:
    """Part the groups with the numbers ``kept`` where one of their runs starts or stops."""
    names = np.full(len(groups.boxes), -1)
    names[kept] = np.arange(len(kept))
    owners = names[groups.owners]
    used = (owners >= 0).nonzero()[0]
    owners, rows = owners[used], runs.rows[used]
    # Each group has its own part of one long row, so that they are sorted by group first.
    span = int(runs.stops.max()) + 1
    ends = np.concatenate([runs.starts[used], runs.stops[used]]) + np.concatenate([owners, owners]) * span
    order = ends.argsort()
    ends = ends[order]
    counts = np.concatenate([np.ones_like(rows), -np.ones_like(rows)])[order].cumsum()[:-1]
    sums = np.concatenate([rows, -rows])[order].cumsum()[:-1]
    lengths = np.diff(ends)
    inked = ((counts > 0) & (lengths > 0)).nonzero()[0]
    owners = ends[inked] // span
    return _Segments(owners, ends[inked] - owners * span, lengths[inked], counts[inked], sums[inked])


def _by_group(owners: Numbers, values: Numbers | NDArray[np.floating], number: int) -> NDArray[np.float64]:
    """Sums of values by group."""
    return np.asarray(np.bincount(owners, values, number), np.float64)


def usual_thicknesses(owners: Numbers, sizes: Numbers, lengths: Numbers, number: int) -> NDArray[np.intp]:
    """Find how thick rules are where nothing is written on them.

    Args:
        owners: For each stretch that was measured the number of its rule.
        sizes: How thick its ink is there, in pixels.
        lengths: How long the stretch is, in pixels.
        number: Of rules; each has a stretch at least.

    Returns:
        ``(number,)`` pixels.

    >>> owners, sizes, lengths = np.array([(0, 3, 1), (0, 9, 3), (0, 3, 1), (1, 5, 1)]).T
    >>> usual_thicknesses(owners, sizes, lengths, 2).tolist()
    [3, 5]
    """
    order = (owners * (int(sizes.max(initial=0)) + 1) + sizes).argsort()
    ascending, covered = sizes[order], lengths[order].cumsum()
    totals = np.bincount(owners, lengths, number).astype(np.intp)
    before = totals.cumsum() - totals
    thin, middle = (
        ascending[covered.searchsorted(before + (share * (totals - 1)).astype(np.intp), "right")]
        for share in (_BARE, 0.5)
    )
    return np.where(middle > _COVERED * thin + 1, thin, middle)
