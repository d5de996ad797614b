"""Boxes and combs: the cells that the rules of a form enclose or part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from digitscan.fields.region import Region, in_reading_order
from digitscan.fields.walls import enclosed
from digitscan.intervals import points_within
from digitscan.rules import Rule
from digitscan.rules.rule import STEEPEST, meetings, near, numbers

_SMALLEST = 4.0
"""Sides of a cell are at least this many stroke widths long."""

_LARGEST = 0.5
"""A cell covers at most this share of the page: larger ones are frames."""

_COMB_WIDTH = 1.6
"""Cells of a comb are at most this many of their heights wide."""

_COMB_LIKE = 0.25
"""Widths and heights of a comb's cells differ by at most this share."""

_COMB_GAP = 1.0
"""Cells of a comb lie at most this many of their widths apart,"""

_GAP_LIKE = 0.15
"""and gaps that differ by more than this share part two combs."""

_OPEN_HEIGHT = 1.25
"""Height of the cells of a comb without a top, by their width, where nothing is written in them."""

_OPEN_MOST = 2.0
"""What is written in them is at most this many of their widths high."""

_FEWEST_TICKS = 4
"""Ticks of a comb without a top, with those at its ends, at the least."""

_STANDING = 0.35
"""What is written in a comb without a top is at least this share of a cell's width high, and ends at most so
far above the base line."""

_LABEL = 0.7
"""What ends at least this many widths above the base line is not written in the comb."""


def find_boxes(
    rules: Sequence[Rule],
    shape: tuple[int, int],
    stroke: float,
    components: NDArray[np.int32],
) -> list[Region]:
    """Find closed boxes, the cells of tables, and combs.

    What the rules alone enclose, each a little longer than found so that corners close, are the cells. Cells
    about as wide as high that stand in a row are one comb, and ticks part a cell into those
    of a comb. Ticks on a base line are a comb without a top.

    Args:
        rules: The rules of the page.
        shape: Height and width of the page in pixels.
        stroke: Usual width of the strokes in pixels.
        components: ``(N, 4)`` x, y, width, height of the components of its ink, rules taken away: they say
            how high a comb without a top is.

    Returns:
        Regions in reading order, without names.
    """
    if not rules or stroke <= 0:
        return []
    straight = [rule for rule in rules if abs(rule.slope) <= STEEPEST]
    levels = [rule for rule in straight if rule.horizontal]
    uprights = [rule for rule in straight if not rule.horizontal]
    largest = _LARGEST * shape[0] * shape[1]
    cells = [
        cell
        for cell in enclosed(levels, uprights, shape, stroke)
        if min(cell.box[2:]) >= _SMALLEST * stroke and cell.box[2] * cell.box[3] <= largest
    ]
    combs = _join_combs(in_reading_order(_parted(cells, uprights, stroke)))
    return in_reading_order(combs + _open_combs(levels, uprights, combs, components, stroke))


def _parted(cells: Sequence[Region], uprights: Sequence[Rule], stroke: float) -> list[Region]:
    """Cells with borders within them, where ticks stand on their lower side or hang from their upper one."""
    slack = near(stroke)
    x, y, width, height = np.array([cell.box for cell in cells], np.float64).reshape(-1, 4).T
    start, stop, position, slope, thickness = numbers(uprights).T
    columns = position + slope * (stop - start) / 2
    ticks, owners = points_within(columns, x + slack, x + width - slack)
    above, column, below = (places[ticks] for places in (start, columns, stop))
    reach = slack + thickness[ticks] / 2
    left, top, right, tall = (edges[owners] for edges in (x, y, x + width, height))
    stands = (np.abs(below - top - tall) <= reach) & (above > top + slack)
    hangs = (np.abs(above - top) <= reach) & (below < top + tall - slack)
    parts = (stands | hangs) & (left + slack < column) & (column < right - slack)
    borders: dict[int, list[int]] = {}
    for number, tick in zip(owners[parts].tolist(), ticks[parts].tolist(), strict=True):
        borders.setdefault(number, []).append(tick)
    parted = list(cells)
    for number, own in borders.items():
        parted[number] = _with_borders(cells[number], columns[sorted(own)].tolist(), 2 * slack)
    return parted


def _with_borders(cell: Region, columns: Sequence[float], apart: float) -> Region:
    """A cell with borders at columns, of which those nearer to each other are one."""
    borders: list[float] = []
    for column in columns:
        if all(abs(column - border) > apart for border in borders):
            borders.append(column)
    left, _, width, _ = cell.box
    return replace(cell, cells=(left, *sorted(borders), left + width))


def _open_combs(
    levels: Sequence[Rule],
    uprights: Sequence[Rule],
    closed: Sequence[Region],
    components: NDArray[np.int32],
    stroke: float,
) -> list[Region]:
    """Find the combs that are a base line with ticks on it."""
    slack = near(stroke)
    _, (standing, bases) = meetings(uprights, levels, slack)
    standing = standing[bases.argsort(kind="stable")]
    stops = np.bincount(bases, minlength=len(levels)).cumsum().tolist()
    boxes = np.array([region.box for region in closed], np.float64).reshape(-1, 4)
    found = []
    for base, first, stop in zip(levels, [0, *stops], stops, strict=False):
        if stop - first < _FEWEST_TICKS:
            continue
        ticks = [uprights[number] for number in standing[first:stop].tolist()]
        columns = sorted(rule.at(rule.stop) for rule in ticks)
        if columns[0] > base.start + slack or columns[-1] < base.stop - slack:
            continue
        steps = np.diff(columns)
        if steps.max() > (1 + _COMB_LIKE) * steps.min():
            continue
        bottom = base.at((base.start + base.stop) / 2) - base.thickness / 2
        if _shared(boxes, base.start, base.stop, bottom) > 0.5 * base.length:
            continue
        longest = max(rule.length for rule in ticks)
        top = bottom - _open_height(components, columns, bottom, longest, stroke)
        found.append(Region((columns[0], top, columns[-1] - columns[0], bottom - top), tuple(columns)))
    return found


def _shared(boxes: NDArray[np.float64], left: float, right: float, bottom: float) -> float:
    """Pixels of a base line that are that of boxes found before."""
    x, y, width, height = boxes.T
    shared = np.minimum(x + width, right) - np.maximum(x, left)
    return float(shared[(shared > 0) & (y < bottom) & (bottom <= y + 1.2 * height)].sum())


def _open_height(
    components: NDArray[np.int32], columns: Sequence[float], bottom: float, ticks: float, stroke: float
) -> float:
    """Height of a comb without a top: that of what stands in it, or as usual for its cells' width."""
    width = (columns[-1] - columns[0]) / (len(columns) - 1)
    x, y, across, down = components.T
    stands = (x + across / 2 > columns[0]) & (x + across / 2 < columns[-1])
    stands &= (y + down > bottom - max(ticks, _STANDING * width)) & (y + down < bottom + 0.5 * width)
    stands &= (bottom - y <= _OPEN_MOST * width) & (down >= _STANDING * width)
    highest = float((bottom - y[stands]).max()) if stands.any() else 0.0
    usual = _OPEN_HEIGHT * width
    above = (x + across > columns[0]) & (x < columns[-1]) & (y + down <= bottom - _LABEL * width)
    above &= down >= stroke  # smaller is dust
    if above.any():  # what is printed above the comb
        usual = min(usual, float((bottom - y - down)[above].min()))
    return max(usual, ticks, highest + 0.1 * width)


def _join_combs(cells: Sequence[Region]) -> list[Region]:
    """Join neighbours that look like the cells of one comb; ``cells`` come in reading order."""
    rows: list[list[Region]] = []
    for cell in cells:
        if rows and _continue_comb(rows[-1], cell):
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return [_comb(row) if len(row) > 1 else row[0] for row in rows]


def _continue_comb(row: Sequence[Region], right: Region) -> bool:
    left = row[-1]
    if left.cells or right.cells:
        return False
    x0, y0, w0, h0 = left.box
    x1, y1, w1, h1 = right.box
    gap = x1 - (x0 + w0)
    first = row[1].box[0] - row[0].box[0] - row[0].box[2] if len(row) > 1 else gap
    return (
        max(w0, w1) <= _COMB_WIDTH * min(h0, h1)
        and abs(w0 - w1) <= _COMB_LIKE * max(w0, w1)
        and abs(h0 - h1) <= _COMB_LIKE * max(h0, h1)
        and abs(y0 - y1) <= _COMB_LIKE * h0
        and 0 <= gap <= _COMB_GAP * w0
        and abs(gap - first) <= _GAP_LIKE * w0
    )


def _comb(row: Sequence[Region]) -> Region:
    lefts = [cell.box[0] for cell in row]
    rights = [cell.box[0] + cell.box[2] for cell in row]
    top = min(cell.box[1] for cell in row)
    bottom = max(cell.box[1] + cell.box[3] for cell in row)
    between = [(right + left) / 2 for right, left in zip(rights[:-1], lefts[1:], strict=True)]
    return Region((lefts[0], top, rights[-1] - lefts[0], bottom - top), (lefts[0], *between, rights[-1]))
