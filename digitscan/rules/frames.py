"""Frames: boxes and combs, looked for between level rules.

A box is two level rules with a side at either end; a comb has ticks or dividers at even distances besides, or
ticks on a base line alone. Sides and ticks are looked for where the level rules say they must be, by how much
of the way there is ink, so that they are found when they are dotted, when what is written covers them, and
when they are short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitscan.rules.corners import corner_pieces, is_square, round_corner
from digitscan.rules.rule import Rule, near
from digitscan.rules.runs import SHORTEST
from digitscan.rules.standing import ink_share, strip_above, thin_columns, upright_on, widened
from digitscan.rules.ticks import base_ticks, end_ticks, evenly_spaced, find_ticks

_HIGHEST = 45.0
"""A box is at most this many stroke widths high,"""

_TALL = 2.0
"""and at most this many of its widths."""

_ROUNDED = 0.4
"""The corners of a box are rounded by at most this share of its height,"""

_FARTHEST = 10.0
"""and by this many stroke widths."""

_INNER = (0.3, 0.7)
"""Between these shares of a side's way no corner is round."""

_WHOLE = 0.75
"""A side has ink on at least this share of its way,"""

_BROKEN = 0.28
"""a dotted or dashed one on this share."""

_BANDS = 5
"""A side has ink in each of so many bands of its way: digits do not go from end to end."""

_LEAST_BAND = 0.4
"""In a band there is at least this share of the ink that there must be on the whole."""

_SAME = 0.3
"""Dotted and dashed dividers have ink on about the same share of their way as the sides."""

_FULL = 0.8
"""A tick that goes at least this share of the way to the other rule is a divider."""


@dataclass
class Frames:
    """What the level rules of a page carry.

    Attributes:
        ends: For each level rule by its number that is proved to be one: where it starts and stops.
        uprights: Sides, dividers and ticks.
        corners: Rounded corners, as short straight pieces.
    """

    ends: dict[int, tuple[float, float]] = field(default_factory=dict)
    uprights: list[Rule] = field(default_factory=list)
    corners: list[Rule] = field(default_factory=list)


def find_frames(
    lines: NDArray[np.uint8], solid: Sequence[Rule], broken: Sequence[Rule], stroke: float
) -> Frames:
    """Find the sides of boxes and the ticks of combs.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        solid: Level runs that may be rules.
        broken: Dotted and dashed ones.
        stroke: Usual width of a stroke in pixels.

    Returns:
        The level rules that are proved by what they carry, numbered with ``solid`` first, and that.
    """
    levels = [*solid, *broken]
    frames = Frames()
    for lower, upper in enumerate(_uppers(levels, stroke)):
        if upper is not None:
            is_broken = max(lower, upper) >= len(solid)
            ends = _Between(lines, levels[upper], levels[lower], is_broken, stroke).read(frames)
            if ends is not None:
                frames.ends[upper] = frames.ends[lower] = ends
    for number, rule in enumerate(levels):
        if number not in frames.ends and rule.length >= 3 * SHORTEST * stroke:
            comb = base_ticks(lines, rule, stroke)
            if comb is not None:
                frames.ends[number] = comb[0]
                frames.uprights += comb[1]
    return frames


def _uppers(levels: Sequence[Rule], stroke: float) -> list[int | None]:
    """For each level run the nearest above it that is as long, if it is near enough for a box."""
    if not levels:
        return []
    start, stop, middle = np.array([(r.start, r.stop, r.at((r.start + r.stop) / 2)) for r in levels]).T
    height = middle[:, None] - middle
    slack = 2 * near(stroke)
    fits = (height >= SHORTEST * stroke) & (height <= _HIGHEST * stroke)
    fits &= height <= _TALL * (stop - start)[:, None] + 2 * slack
    fits &= (np.abs(start[:, None] - start) <= slack) & (np.abs(stop[:, None] - stop) <= slack)
    nearest = np.where(fits, height, np.inf).argmin(axis=1)
    return [int(i) if fits[number, i] else None for number, i in enumerate(nearest)]


class _Between:
    """The ink between two level runs, and what it says of them."""

    def __init__(
        self, lines: NDArray[np.uint8], top: Rule, bottom: Rule, is_broken: bool, stroke: float
    ) -> None:
        middle = (bottom.start + bottom.stop) / 2
        self._lines, self._top, self._bottom, self._stroke = lines, top, bottom, stroke
        self._is_broken, self._least = is_broken, _BROKEN if is_broken else _WHOLE
        self._height = bottom.at(middle) - top.at(middle)
        self._thickness = max(top.thickness, bottom.thickness)
        self._beyond = max(near(stroke), min(_ROUNDED * self._height, _FARTHEST * stroke))
        self._left = min(top.start, bottom.start) - self._beyond
        right = max(top.stop, bottom.stop) + self._beyond
        between = self._height - (top.thickness + bottom.thickness) / 2 - 1
        self._strip = strip_above(lines, bottom, between, self._left, right)
        self._wide = widened(self._strip)
        self._shares = ink_share(self._wide)
        self._is_whole = self._shares >= self._least
        # Only few columns have so much ink.
        columns = np.flatnonzero(self._is_whole)
        if len(columns):
            rows = len(self._strip)
            parts = min(_BANDS, rows)
            firsts = [rows * part // parts for part in range(parts)]
            heights = np.array([stop - first for first, stop in pairwise([*firsts, rows])])
            inked = np.add.reduceat(self._wide[:, columns] > 0, firsts, axis=0, dtype=np.intp)
            fewest = (inked / heights[:, None]).min(axis=0)
            self._is_whole[columns] = fewest >= _LEAST_BAND * self._least

    def read(self, frames: Frames) -> tuple[float, float] | None:
        """Add what stands between the rules to ``frames``, and give their ends; None if it is no box."""
        sides = self._sides(frames)
        ends = sides or self._end_ticks()
        if ends is None:
            return None
        dividers = self._dividers(ends)
        ticks = [] if self._is_broken else self._ticks(ends)
        most = max([len(dividers), *(len(columns) for columns, _, _ in ticks)])
        if most == 1 and not dividers and len(ticks) < 2:
            most = 0  # one stroke that stands on a side may be a digit
        if sides is None and most < 2:
            return None
        frames.uprights += [self._upright(column, 0, self._height) for column in ends]
        if most and len(dividers) == most:
            frames.uprights += [self._upright(column, 0, self._height) for column in dividers]
        elif most:
            for columns, low, high in ticks:
                if len(columns) == most:
                    frames.uprights += [self._upright(column, low, high) for column in columns]
        return self._left + ends[0], self._left + ends[1]

    def _sides(self, frames: Frames) -> tuple[float, float] | None:
        """Columns of both sides, or None if one is missing; adds their round corners to ``frames``."""
        low, high = (round(share * len(self._strip)) for share in _INNER)
        inked = ink_share(self._wide[low : max(high, low + 1)]) >= self._least
        columns = thin_columns(inked, self._thickness)
        first, last = self._side(columns, is_left=True), self._side(columns, is_left=False)
        if first is None or last is None:
            return None
        pieces = []
        for column, inward in ((first, 1), (last, -1)):
            corners = self._corners(column, inward)
            if corners is None:
                return None
            pieces += corners
        frames.corners += pieces
        return first, last

    def _side(self, columns: Sequence[float], *, is_left: bool) -> float | None:
        """That column of uprights which is nearest to the level rules' ends, or None."""
        slack = near(self._stroke)
        if is_left:
            end = max(self._top.start, self._bottom.start) - self._left
            columns = [column for column in columns if column <= end + slack]
        else:
            end = min(self._top.stop, self._bottom.stop) - self._left
            columns = [column for column in columns if column >= end - slack]
        return min(columns, key=lambda column: abs(column - end), default=None)

    def _corners(self, column: float, inward: int) -> list[Rule] | None:
        """Round corners at the ends of a side; None if it does not reach the level rules in any way."""
        x = self._left + column
        ends = [rule.start if inward > 0 else rule.stop for rule in (self._top, self._bottom)]
        gap = max(abs(end - x) for end in ends)
        is_whole = bool(self._is_whole[round(column)])
        pieces: list[Rule] = []
        for rule, down in ((self._top, 1), (self._bottom, -1)):
            if is_whole and gap <= near(self._stroke) and is_square(self._lines, rule, x):
                continue
            most = _ROUNDED * self._height
            radius = round_corner(self._lines, rule, x, inward, down, max(2.0, gap), most)
            if radius is not None:
                level = rule.at(x + inward * radius)
                pieces += corner_pieces(x, level, radius, inward, down, rule.thickness)
            elif not (self._is_broken and is_whole):
                return None
        return pieces

    def _end_ticks(self) -> tuple[float, float] | None:
        """Columns of the ticks at the ends of two rules that no sides join; None if they are no comb's."""
        apart = max(abs(self._top.start - self._bottom.start), abs(self._top.stop - self._bottom.stop))
        if self._is_broken or apart > near(self._stroke):
            return None
        below = end_ticks(self._wide, self._bottom, self._left, self._stroke)
        return below or end_ticks(self._wide[::-1], self._top, self._left, self._stroke)

    def _dividers(self, ends: tuple[float, float]) -> list[float]:
        """Columns of the uprights at even distances that go all the way."""
        usual = sum(float(self._shares[round(column)]) for column in ends) / 2
        columns = thin_columns(self._is_whole, self._thickness)
        shares = {column: float(self._shares[round(column)]) for column in columns}
        clean = {column: share for column, share in shares.items() if share <= usual + _SAME}
        inked = self._is_whole
        return evenly_spaced(list(clean), list(clean.values()), inked, ends, self._height, self._stroke)

    def _ticks(self, ends: tuple[float, float]) -> list[tuple[list[float], float, float]]:
        """Ticks on the lower and on the upper rule: columns, and between which heights they stand."""
        found = []
        for way, is_upper in ((1, False), (-1, True)):
            strip, wide = self._strip[::way], self._wide[::way]
            columns, length = find_ticks(strip, wide, ends, self._thickness, self._height, self._stroke)
            low, high = 0.0, length + self._thickness / 2
            if length >= _FULL * len(strip):
                high = self._height
            elif is_upper:
                low, high = self._height - high, self._height
            if columns:
                found.append((columns, low, high))
        return found

    def _upright(self, column: float, low: float, high: float) -> Rule:
        """An upright at a column of the strip, between two heights above the lower rule."""
        return upright_on(self._bottom, self._left + column, low, high, self._thickness)
