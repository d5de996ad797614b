"""Ticks: the short uprights at even distances that part a comb into cells."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.rules.rule import Rule, near
from digitscan.rules.runs import SHORTEST
from digitscan.rules.standing import Strips, strip_rows, thin_columns, upright_on

_TICK = 2.0
"""A tick is at least this many stroke widths long,"""

TICK_INK = 0.75
"""and so far it has ink on at least this share of its way."""

_LONGEST = 20.0
"""Ticks on a base line alone are at most this many stroke widths long."""

_NARROWEST = 0.4
"""A comb's cells are at least this share of their height wide,"""

_WIDEST = 1.6
"""and at most this many of their heights."""

_OFF = 0.04
"""Ticks stray from even distances at most this share of a cell's width, and half a stroke."""

_CLEAN = 0.7
"""Share of a comb's ticks that must be plain to see; what is written may cover the others."""

_ALIKE = 0.3
"""The ticks of a comb differ in length at most this share."""


class Standing(NamedTuple):
    """What stands on a level rule.

    Attributes:
        strip: The ink above it, straightened; the rule lies below its last row.
        wide: That, widened.
        inked: ``(columns,)`` whether a tick may stand at a column.
        columns: The middles of the runs of such columns that are no thicker than a rule, ascending.
    """

    strip: NDArray[np.uint8]
    wide: NDArray[np.uint8]
    inked: NDArray[np.bool_]
    columns: list[float]


class _Division(NamedTuple):
    """Cells of equal widths between two sides.

    Attributes:
        wanted: Columns of the borders between them.
        nearest: The number of the upright nearest to each.
        close: Whether that is where the border should be.
        slack: How far off it may be, in pixels.
    """

    wanted: list[float]
    nearest: list[int]
    close: list[bool]
    slack: float


def base_ticks(
    lines: NDArray[np.uint8], rules: Sequence[Rule], stroke: float
) -> list[tuple[tuple[float, float], list[Rule]] | None]:
    """Find the ticks of combs that have nothing but their base lines.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        rules: The level runs that may be base lines.
        stroke: Usual width of a stroke in pixels.

    Returns:
        For each x of the first and the last tick, and the ticks; None if there are none.
    """
    if not rules:
        return []
    tick, beyond = shortest_tick(stroke), near(stroke)
    reaches = [(rule.start - beyond, rule.stop + beyond) for rule in rules]
    low = Strips.above(lines, rules, reaches, tick)
    inked = low.shares([(0, tick)])[0] >= TICK_INK
    firsts = np.array([part.start for part in low.parts])
    found = thin_columns(inked, firsts, np.array([rule.thickness for rule in rules]))
    combs: list[tuple[tuple[float, float], list[Rule]] | None] = [None] * len(rules)
    sides: dict[int, tuple[float, float]] = {}
    for number, columns in enumerate(found):
        ends = end_ticks(columns, rules[number], reaches[number][0], stroke)
        if ends is not None and next(_divisions(columns, ends, None, stroke), None) is not None:
            sides[number] = ends
    if not sides:
        return combs
    some = [rules[number] for number in sides]
    high = Strips.above(lines, some, [reaches[number] for number in sides], strip_rows(_LONGEST * stroke))
    thickness = np.array([rule.thickness for rule in some])
    lengths = _lengths(high, [found[number] for number in sides], tick, thickness)
    for (number, ends), own in zip(sides.items(), lengths, strict=True):
        rule, left, part = rules[number], reaches[number][0], low.parts[number]
        borders, length = _at_borders(found[number], own, inked[part], ends, None, stroke)
        if borders:
            top = length + rule.thickness / 2
            places = [left + column for column in (ends[0], *borders, ends[1])]
            ticks = [upright_on(rule, x, 0, top, rule.thickness) for x in places]
            combs[number] = (places[0], places[-1]), ticks
    return combs


def end_ticks(columns: Sequence[float], rule: Rule, left: float, stroke: float) -> tuple[float, float] | None:
    """Find the ticks at both ends of a rule.

    Args:
        columns: Columns of a strip along the rule where there may be ticks, ascending.
        rule: The rule.
        left: x of the strip's first column.
        stroke: Usual width of a stroke in pixels.

    Returns:
        Their columns, or None where one is missing.
    """
    reach = near(stroke)
    first = next((column for column in columns if abs(left + column - rule.start) <= reach), None)
    last = next((column for column in reversed(columns) if abs(left + column - rule.stop) <= reach), None)
    return (first, last) if first is not None and last is not None else None


def find_ticks(
    standing: Standing, ends: tuple[float, float], thickness: float, height: float | None, stroke: float
) -> tuple[list[float], float]:
    """Find the ticks that stand on a level rule.

    Args:
        standing: What stands on it.
        ends: Columns of the comb's sides.
        thickness: Of the rule, in pixels.
        height: Of the comb, in pixels; None where nothing bounds it above.
        stroke: Usual width of a stroke in pixels.

    Returns:
        Columns of the ticks between the sides, also of those that something written covers, and the ticks'
        length in pixels; no columns if there are no ticks at even distances.
    """
    ink, wide, inked, columns = standing
    if next(_divisions(columns, ends, height, stroke), None) is None:
        return [], 0.0
    strips = Strips(ink, wide, [slice(0, ink.shape[1])])
    (lengths,) = _lengths(strips, [columns], shortest_tick(stroke), np.array([thickness]))
    return _at_borders(columns, lengths, inked, ends, height, stroke)


def _at_borders(
    columns: Sequence[float],
    lengths: Sequence[float],
    inked: NDArray[np.bool_],
    ends: tuple[float, float],
    height: float | None,
    stroke: float,
) -> tuple[list[float], float]:
    """The ticks among uprights of some lengths, 0 for those that are none; see ``find_ticks``."""
    clean = {column: length for column, length in zip(columns, lengths, strict=True) if length > 0}
    borders = evenly_spaced(list(clean), list(clean.values()), inked, ends, height, stroke)
    plain = [clean[column] for column in borders if column in clean]
    return borders, median(plain) if plain else 0.0


def evenly_spaced(
    clean: Sequence[float],
    lengths: Sequence[float],
    inked: NDArray[np.bool_],
    ends: tuple[float, float],
    height: float | None,
    stroke: float,
) -> list[float]:
    """Tell the uprights at even distances between two sides from what is written.

    Args:
        clean: Columns of the uprights that stand alone.
        lengths: How long each is, or how dense.
        inked: For each column whether an upright could be there, under something written perhaps.
        ends: Columns of the sides.
        height: Height of the comb in pixels; None where it is open above.
        stroke: Usual width of a stroke in pixels.

    Returns:
        Columns of the uprights, or none if they are not at even distances.
    """
    best: list[float] = []
    most = 0
    for wanted, nearest, close, slack in _divisions(clean, ends, height, stroke):
        sizes = [lengths[number] for number in nearest]
        usual = median(size for size, is_close in zip(sizes, close, strict=True) if is_close)
        plain = [
            is_close and abs(size - usual) <= _ALIKE * usual
            for size, is_close in zip(sizes, close, strict=True)
        ]
        # Half as many cells would do as well, and twice as many where digits stand in the middles of cells.
        score = 2 * sum(plain) - len(wanted)
        if (
            score > most
            and sum(plain) >= _CLEAN * len(wanted)
            and all(inked[max(0, round(x - slack)) : round(x + slack) + 1].any() for x in wanted)
        ):
            most = score
            best = [
                clean[number] if is_plain else x
                for x, number, is_plain in zip(wanted, nearest, plain, strict=True)
            ]
    return best


def _divisions(
    columns: Sequence[float], ends: tuple[float, float], height: float | None, stroke: float
) -> Iterator[_Division]:
    """Cells of equal widths, many first, at most of whose borders there is one of these ascending columns."""
    width = ends[1] - ends[0]
    narrowest = max(SHORTEST * stroke, _NARROWEST * (height or 0.0))
    fewest = 3 if height is None else max(2, ceil(width / (_WIDEST * height)))
    # Each column between the sides is near one border at the most, and no other is near any.
    between = bisect_left(columns, ends[1]) - bisect_right(columns, ends[0])
    most = min(int(width / narrowest), int(between / _CLEAN) + 1)
    if most < fewest:
        return
    halfway = [(one + other) / 2 for one, other in pairwise(columns)]
    for cells in range(most, fewest - 1, -1):
        slack = _OFF * width / cells + 0.5 * stroke + 1
        wanted, nearest, close = [], [], []
        missing = cells - 1 - ceil(_CLEAN * (cells - 1))
        for border in range(1, cells):
            x = ends[0] + width * border / cells
            number = bisect_left(halfway, x)
            is_close = abs(x - columns[number]) <= slack
            if not is_close:
                missing -= 1
                if missing < 0:
                    break
            wanted.append(x)
            nearest.append(number)
            close.append(is_close)
        else:
            yield _Division(wanted, nearest, close, slack)


def shortest_tick(stroke: float) -> int:
    """Least length of a tick in pixels."""
    return max(3, round(_TICK * stroke))


def _lengths(
    strips: Strips, columns: Sequence[Sequence[float]], least: int, thickness: NDArray[np.float64]
) -> list[list[float]]:
    """Measure how far up ticks go.

    Args:
        strips: ``N`` strips of what stands on rules.
        columns: Columns of ticks in each; there are some.
        least: They are so many pixels long at the least.
        thickness: ``(N,)`` how thick the rules are, in pixels.

    Returns:
        Their lengths in pixels; 0 for what is part of a stroke that goes on aside, as in a digit.
    """
    counts = np.array([len(own) for own in columns])
    thick = thickness.repeat(counts)
    first, stop = np.array([(part.start, part.stop) for part in strips.parts]).repeat(counts, axis=0).T
    places = np.rint(np.concatenate(columns)).astype(np.intp) + first
    rows = len(strips.ink)
    blank = strips.wide.take(places, axis=1)[::-1] == 0
    blank[:least] = False
    lengths = np.where(blank.any(axis=0), blank.argmax(axis=0), rows)
    # Where ticks end: their last row and the two above them, as far as the strip goes.
    reach = np.rint(thick / 2).astype(np.intp) + 2
    offsets = np.arange(-reach.max(), reach.max() + 1)
    across = places[:, None] + offsets
    up = lengths[:, None] + np.arange(-1, 2)
    beside = (np.abs(offsets) <= reach[:, None]) & (across >= first[:, None]) & (across < stop[:, None])
    inside = beside[:, None] & (up < rows)[:, :, None]
    columns_at, rows_at = across.clip(0, strips.ink.shape[1] - 1), rows - 1 - up.clip(0, rows - 1)
    ends = (strips.ink[rows_at[:, :, None], columns_at[:, None]] > 0) & inside
    aside = ends[:, 1:].any(axis=(1, 2)) | (np.count_nonzero(ends[:, 0], axis=1) > 2 * thick + 2)
    lengths[aside & (lengths < rows)] = 0
    bounds = [0, *counts.cumsum().tolist()]
    values = lengths.astype(float).tolist()
    return [values[first:stop] for first, stop in pairwise(bounds)]
