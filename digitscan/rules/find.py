"""Which straight lines of a page are rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from digitscan.ink import Ink
from digitscan.packed import pack, turn
from digitscan.rules.broken import broken_runs, part_broken
from digitscan.rules.dashes import close_dashes
from digitscan.rules.dots import find_marks
from digitscan.rules.faint import with_faint
from digitscan.rules.frames import find_frames
from digitscan.rules.outlines import find_outlines
from digitscan.rules.rule import Rule, joint, meetings, near, numbers
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
    across = [rule for rule, bar in zip(across, _are_bars(across, down, stroke), strict=True) if not bar]
    across, dashed = part_broken(lines, across, dashed, stroke)
    frames = find_frames(lines, across, dashed, stroke)
    levels = across + dashed
    ended = [*_are_ended(across, down, lines.shape[1], stroke), *(False for _ in dashed)]
    framed, alone = [], []
    for number, rule in enumerate(levels):
        if number in frames.ends:
            start, stop = frames.ends[number]
            framed.append(replace(rule, start=start, stop=stop, position=rule.at(start)))
        elif rule.length >= _LONG * stroke or ended[number]:
            alone.append(rule)
    joins_framed = _join(down + falling, framed, stroke)
    joins = _join(down, framed + alone, stroke)
    for number, rule in enumerate(down + falling):
        if joins_framed[number]:
            framed.append(rule)
        elif number >= len(down) or rule.length >= UPRIGHT * stroke or joins[number]:
            alone.append(rule)
    framed += _new(frames.uprights, framed + alone, stroke)
    framed += frames.corners
    return framed, alone


def _are_ended(
    levels: Sequence[Rule], uprights: Sequence[Rule], width: int, stroke: float
) -> NDArray[np.bool_]:
    """Whether an upright run or the page's edge stands at each end of level rules."""
    slack = near(stroke)
    first, last = meetings(levels, uprights, slack)
    starts = np.array([rule.start <= slack for rule in levels], bool)
    stops = np.array([rule.stop >= width - slack for rule in levels], bool)
    return (first.any(axis=1) | starts) & (last.any(axis=1) | stops)


def _join(uprights: Sequence[Rule], levels: Sequence[Rule], stroke: float) -> NDArray[np.bool_]:
    """Whether upright rules start and stop on level ones."""
    lengths = np.array([rule.length for rule in uprights]).reshape(-1, 1)
    first, last = meetings(uprights, levels, joint(lengths, stroke))
    return np.asarray(first.any(axis=1) & last.any(axis=1), bool)


def _new(rules: Sequence[Rule], known: Sequence[Rule], stroke: float) -> list[Rule]:
    """The rules along the whole of which none was found before."""
    if not rules or not known:
        return list(rules)
    slack = near(stroke)
    first, last, position, slope, _ = numbers(known).T
    start, stop = numbers(rules)[:, :2].T[:, :, None]
    middle = (start + stop) / 2
    at = np.array([rule.at((rule.start + rule.stop) / 2) for rule in rules])[:, None]
    along = np.array([rule.horizontal for rule in rules])[:, None] == [rule.horizontal for rule in known]
    along &= (first - slack <= start) & (stop <= last + slack)
    found = along & (np.abs(position + slope * (middle - first) - at) <= slack)
    return [rules[i] for i in np.flatnonzero(~found.any(axis=1)).tolist()]


def _are_bars(levels: Sequence[Rule], uprights: Sequence[Rule], stroke: float) -> list[bool]:
    """Whether level runs are rather bars of digits that reach from side to side of their cell.

    The sides that they meet go on above and below them, and are so short that they would part a cell into two
    much wider than high.
    """
    first, last = meetings(levels, uprights, near(stroke))
    return [
        rule.length < _LONG * stroke
        and _parts_cell(rule, [[uprights[i] for i in np.flatnonzero(met).tolist()] for met in ends])
        for rule, *ends in zip(levels, first, last, strict=True)
    ]


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
