"""Which straight lines of a page are rules."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitscan.ink import Ink
from digitscan.intervals import points_within
from digitscan.packed import pack, turn
from digitscan.rules.broken import broken_runs, part_broken
from digitscan.rules.dashes import close_dashes
from digitscan.rules.dots import find_marks
from digitscan.rules.faint import with_faint
from digitscan.rules.frames import find_frames
from digitscan.rules.outlines import find_outlines
from digitscan.rules.rule import Pairs, Rule, joint, meetings, near, numbers
from digitscan.rules.runs import UPRIGHT, straight_runs
from digitscan.rules.smaller import make_smaller, measure_larger, smaller_factor
from digitscan.rules.squares import find_squares

_FINEST = 2.0
"""Strokes of what is written are at least this many pixels wide, also where most of the ink is dots."""

_LONG = 30.0
"""A level run of this many stroke widths is a rule by itself."""

_SQUARE = 1.6
"""Cells that hold one digit are at most this many of their widths high."""


def find_rules(ink: Ink) -> list[Rule]:
    """Find the rules on a page or field.

    Args:
        ink: Its ink; what is fainter than that may be faint rules. The usual width of the strokes is the
            measure of what is long and what is thick.

    Returns:
        Long rules, rows of dots and dashes, and the shorter rules that are parts of boxes and combs.

    >>> page = np.zeros((100, 200), np.uint8)
    >>> page[50:53, 10:190] = 255
    >>> rules = find_rules(Ink(page, 4.0))
    >>> [(rule.horizontal, rule.start, rule.stop, rule.position) for rule in rules]
    [(True, 10.0, 190.0, 51.0)]
    """
    if ink.stroke <= 0:
        return []
    factor = smaller_factor(ink.stroke)
    if factor == 1:
        return _find(ink)
    density = make_smaller(ink.density, factor)
    return measure_larger(ink.density, _find(Ink(density, ink.stroke / factor)), factor)


def _find(ink: Ink) -> list[Rule]:
    """Find the rules on a page that is as large as it has to be."""
    stroke = max(ink.stroke, _FINEST)
    mask = ink.mask
    framed, alone = _look(mask, stroke)
    lines = None if ink.is_binary else with_faint(ink.density, mask, stroke)
    if lines is not None:
        # What is faint and stands alone may be the texture of the paper.
        fainter, _ = _look(lines, stroke)
        framed, alone = fainter, _new(framed + alone, fainter, stroke)
    return framed + alone


def _look(lines: NDArray[np.uint8], stroke: float) -> tuple[list[Rule], list[Rule]]:
    """Find the rules that are parts of boxes and combs, and those that stand alone."""
    packed = pack(lines)
    outlines = find_outlines(lines, packed, stroke)
    marks = find_marks(outlines, stroke)
    across = straight_runs(lines, turn(packed, lines.shape[1]), stroke)
    dashed = broken_runs(lines, marks, stroke, True)
    # Where there are no level runs, only long uprights count: a small field has no room for them.
    has_room = bool(across) or len(lines) + 2 >= UPRIGHT * stroke
    down = straight_runs(lines.T, packed, stroke, across=across) if has_room else []
    falling = broken_runs(lines.T, marks[:, [1, 0, 3, 2]], stroke, False)
    framed: list[Rule] = []
    alone: list[Rule] = []
    if across or dashed or down or falling:
        framed, alone = _sorted_out(lines, (across, dashed), (down, falling), stroke)
    framed += find_squares(lines, outlines, framed + alone, stroke)
    closed = close_dashes(lines, marks, stroke)
    if closed is not None:
        outlines = find_outlines(closed, pack(closed), stroke)
        framed += find_squares(closed, outlines, framed + alone, stroke, alone=False)
    return framed, alone


def _sorted_out(
    lines: NDArray[np.uint8],
    level: tuple[list[Rule], list[Rule]],
    upright: tuple[list[Rule], list[Rule]],
    stroke: float,
) -> tuple[list[Rule], list[Rule]]:
    """Tell the solid and the broken runs that are parts of boxes and combs from those that stand alone."""
    (across, dashed), (down, falling) = level, upright
    bars, ended = _bars_and_ended(across, down, lines.shape[1], stroke)
    across = [rule for rule in across if rule not in bars]
    across, dashed = part_broken(lines, across, dashed, stroke)
    frames = find_frames(lines, across, dashed, stroke)
    framed, alone = [], []
    for number, rule in enumerate(across + dashed):
        if number in frames.ends:
            start, stop = frames.ends[number]
            framed.append(rule._replace(start=start, stop=stop, position=rule.at(start)))
        elif rule.length >= _LONG * stroke or (number < len(across) and rule in ended):
            alone.append(rule)
    uprights = down + falling
    lengths = np.array([rule.length for rule in uprights])
    ends = meetings(uprights, framed + alone, joint(lengths, stroke))
    joins_framed = _joining(ends, len(uprights), len(framed))
    joins = _joining(ends, len(uprights), len(framed) + len(alone))
    for number, rule in enumerate(uprights):
        if joins_framed[number]:
            framed.append(rule)
        elif number >= len(down) or rule.length >= UPRIGHT * stroke or joins[number]:
            alone.append(rule)
    framed += _new(frames.uprights, framed + alone, stroke)
    framed += frames.corners
    return framed, alone


def _joining(ends: tuple[Pairs, Pairs], count: int, most: int) -> list[bool]:
    """Whether each of so many rules starts and stops on some of the first ``most`` of the others."""
    first, last = (np.bincount(owners[others < most], minlength=count) > 0 for owners, others in ends)
    return list((first & last).tolist())


def _new(rules: Sequence[Rule], known: Sequence[Rule], stroke: float) -> list[Rule]:
    """The rules along the whole of which none was found before."""
    slack = near(stroke)
    are_new = np.ones(len(rules), bool)
    for horizontal in (True, False):
        own = [number for number, rule in enumerate(rules) if rule.horizontal == horizontal]
        if not own:
            continue
        start, stop, position, slope, _ = numbers([rules[number] for number in own]).T
        middle = (start + stop) / 2
        at = position + slope * (middle - start)
        others = numbers([rule for rule in known if rule.horizontal == horizontal])
        first, last, position, slope, _ = others.T
        edges = position, position + slope * (last - first)
        reach = slack * (1 + np.abs(slope)) + 1
        rows, along = points_within(at, np.minimum(*edges) - reach, np.maximum(*edges) + reach)
        first, last, position, slope, _ = others[along].T
        found = (first - slack <= start[rows]) & (stop[rows] <= last + slack)
        found &= np.abs(position + slope * (middle[rows] - first) - at[rows]) <= slack
        are_new[np.array(own)[rows[found]]] = False
    return [rule for rule, is_new in zip(rules, are_new.tolist(), strict=True) if is_new]


def _bars_and_ended(
    levels: Sequence[Rule], uprights: Sequence[Rule], width: int, stroke: float
) -> tuple[set[Rule], set[Rule]]:
    """Find the level runs that are bars of digits, and those that end on upright runs or the page's edges.

    Bars reach from side to side of their cell. The sides that they meet go on above and below them, and are
    so short that they would part a cell into two much wider than high.
    """
    slack = near(stroke)
    bars, ended = set(), set()
    sides = [_met(pairs, len(levels)) for pairs in meetings(levels, uprights, slack)]
    for rule, *ends in zip(levels, *sides, strict=True):
        first, last = ends
        if (first or rule.start <= slack) and (last or rule.stop >= width - slack):
            ended.add(rule)
        if rule.length < _LONG * stroke and _parts_cell(rule, [[uprights[i] for i in met] for met in ends]):
            bars.add(rule)
    return bars, ended


def _met(pairs: Pairs, count: int) -> list[list[int]]:
    """For each of so many rules the numbers of those that it meets."""
    bounds, others = pairs.owners.searchsorted(np.arange(count + 1)).tolist(), pairs.others.tolist()
    return [others[first:stop] for first, stop in pairwise(bounds)]


def _parts_cell(rule: Rule, sides: Sequence[Sequence[Rule]]) -> bool:
    """Whether a level run parts a cell, given the uprights that it meets on either side."""
    beyond = rule.thickness + 2
    shortest = []
    for end, met in zip((rule.start, rule.stop), sides, strict=True):
        going_on = [side for side in met if side.start + beyond < rule.at(end) < side.stop - beyond]
        if not going_on:
            return False
        shortest.append(min(going_on, key=lambda side: side.length))
    left, right = shortest
    width = right.at(rule.at(rule.stop)) - left.at(rule.at(rule.start))
    return max(left.length, right.length) <= _SQUARE * width
