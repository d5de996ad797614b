"""What stands between two level runs: the sides of a box, round corners, dividers and ticks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.rules.corners import corner_pieces, is_square, round_corner
from digitscan.rules.rule import Rule, near
from digitscan.rules.standing import Strips, strip_rows, thin_columns, upright_on
from digitscan.rules.ticks import TICK_INK, Standing, end_ticks, evenly_spaced, find_ticks, shortest_tick

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


class Place(NamedTuple):
    """The place between two level runs.

    Attributes:
        top: The upper one.
        bottom: The lower one.
        is_broken: Whether one of them is dotted or dashed.
        height: From the middle of one to that of the other, in pixels.
        thickness: Of the thicker one.
        left: x of the first column that is looked at; rounded corners may lie beyond the runs' ends.
        right: x of the last.
    """

    top: Rule
    bottom: Rule
    is_broken: bool
    height: float
    thickness: float
    left: float
    right: float

    @classmethod
    def of(cls, top: Rule, bottom: Rule, is_broken: bool, stroke: float) -> Place:
        """The place between two level runs; ``stroke`` is the usual width of a stroke in pixels."""
        middle = (bottom.start + bottom.stop) / 2
        height = bottom.at(middle) - top.at(middle)
        beyond = max(near(stroke), min(_ROUNDED * height, _FARTHEST * stroke))
        left, right = min(top.start, bottom.start) - beyond, max(top.stop, bottom.stop) + beyond
        return cls(top, bottom, is_broken, height, max(top.thickness, bottom.thickness), left, right)

    @property
    def least(self) -> float:
        """Share of a side's way that must have ink."""
        return _BROKEN if self.is_broken else _WHOLE

    @property
    def rows(self) -> int:
        """How many rows of pixels there are between the runs."""
        return strip_rows(self.height - (self.top.thickness + self.bottom.thickness) / 2 - 1)

    def upright(self, column: float, low: float, high: float) -> Rule:
        """An upright at a column of the strip, between two heights above the lower run."""
        return upright_on(self.bottom, self.left + column, low, high, self.thickness)


class Box(NamedTuple):
    """A box or a comb between two level rules.

    Attributes:
        ends: Where the level rules start and stop.
        uprights: Sides, dividers and ticks.
        corners: Rounded corners, as short straight pieces.
    """

    ends: tuple[float, float]
    uprights: list[Rule]
    corners: list[Rule]


class Between(NamedTuple):
    """The ink between two level runs, and what it says of them.

    Attributes:
        place: Where it is.
        stroke: Usual width of a stroke in pixels.
        shares: ``(columns,)`` share of each column's way that has ink.
        is_whole: ``(columns,)`` whether a side or a divider may stand there.
        dividers: Where they may: the middles of the runs of such columns.
        sides: Columns of what goes through the middle, where no corner is round.
        below: What stands on the lower run.
        above: What hangs from the upper run.
    """

    place: Place
    stroke: float
    shares: NDArray[np.float32]
    is_whole: NDArray[np.bool_]
    dividers: list[float]
    sides: list[float]
    below: Standing
    above: Standing

    def box(self, lines: NDArray[np.uint8]) -> Box | None:
        """The box or comb that there is; None if there is none. ``lines`` are 255 where there is ink."""
        place = self.place
        sides = self._sides(lines)
        ends = self._end_ticks() if sides is None else sides[0]
        if ends is None:
            return None
        dividers = self._dividers(ends)
        ticks = [] if place.is_broken else self._ticks(ends)
        most = max([len(dividers), *(len(columns) for columns, _, _ in ticks)])
        if most == 1 and not dividers and len(ticks) < 2:
            most = 0  # one stroke that stands on a side may be a digit
        if sides is None and most < 2:
            return None
        uprights = [place.upright(column, 0, place.height) for column in ends]
        if most and len(dividers) == most:
            uprights += [place.upright(column, 0, place.height) for column in dividers]
        elif most:
            for columns, low, high in ticks:
                if len(columns) == most:
                    uprights += [place.upright(column, low, high) for column in columns]
        return Box((place.left + ends[0], place.left + ends[1]), uprights, [] if sides is None else sides[1])

    def _sides(self, lines: NDArray[np.uint8]) -> tuple[tuple[float, float], list[Rule]] | None:
        """Columns of both sides, and their round corners; None if one is missing."""
        first, last = self._side(is_left=True), self._side(is_left=False)
        if first is None or last is None:
            return None
        pieces = []
        for column, inward in ((first, 1), (last, -1)):
            corners = self._corners(lines, column, inward)
            if corners is None:
                return None
            pieces += corners
        return (first, last), pieces

    def _side(self, *, is_left: bool) -> float | None:
        """That column of uprights which is nearest to the level rules' ends, or None."""
        top, bottom, slack = self.place.top, self.place.bottom, near(self.stroke)
        if is_left:
            end = max(top.start, bottom.start) - self.place.left
            columns = [column for column in self.sides if column <= end + slack]
        else:
            end = min(top.stop, bottom.stop) - self.place.left
            columns = [column for column in self.sides if column >= end - slack]
        return min(columns, key=lambda column: abs(column - end), default=None)

    def _corners(self, lines: NDArray[np.uint8], column: float, inward: int) -> list[Rule] | None:
        """Round corners at the ends of a side; None if it does not reach the level rules in any way."""
        place = self.place
        x = place.left + column
        ends = [rule.start if inward > 0 else rule.stop for rule in (place.top, place.bottom)]
        gap = max(abs(end - x) for end in ends)
        is_whole = bool(self.is_whole[round(column)])
        pieces: list[Rule] = []
        for rule, down in ((place.top, 1), (place.bottom, -1)):
            if is_whole and gap <= near(self.stroke) and is_square(lines, rule, x):
                continue
            most = _ROUNDED * place.height
            radius = round_corner(lines, rule, x, inward, down, max(2.0, gap), most)
            if radius is not None:
                level = rule.at(x + inward * radius)
                pieces += corner_pieces(x, level, radius, inward, down, rule.thickness)
            elif not (place.is_broken and is_whole):
                return None
        return pieces

    def _end_ticks(self) -> tuple[float, float] | None:
        """Columns of the ticks at the ends of two rules that no sides join; None if they are no comb's."""
        top, bottom, left = self.place.top, self.place.bottom, self.place.left
        apart = max(abs(top.start - bottom.start), abs(top.stop - bottom.stop))
        if self.place.is_broken or apart > near(self.stroke):
            return None
        below = end_ticks(self.below.columns, bottom, left, self.stroke)
        return below or end_ticks(self.above.columns, top, left, self.stroke)

    def _dividers(self, ends: tuple[float, float]) -> list[float]:
        """Columns of the uprights at even distances that go all the way."""
        usual = sum(float(self.shares[round(column)]) for column in ends) / 2
        shares = {column: float(self.shares[round(column)]) for column in self.dividers}
        clean = {column: share for column, share in shares.items() if share <= usual + _SAME}
        lengths, height = list(clean.values()), self.place.height
        return evenly_spaced(list(clean), lengths, self.is_whole, ends, height, self.stroke)

    def _ticks(self, ends: tuple[float, float]) -> list[tuple[list[float], float, float]]:
        """Ticks on the lower and on the upper rule: columns, and between which heights they stand."""
        place = self.place
        found = []
        for standing in (self.below, self.above):
            columns, length = find_ticks(standing, ends, place.thickness, place.height, self.stroke)
            low, high = 0.0, length + place.thickness / 2
            if length >= _FULL * len(standing.strip):
                high = place.height
            elif standing is self.above:
                low, high = place.height - high, place.height
            if columns:
                found.append((columns, low, high))
        return found


def look_between(lines: NDArray[np.uint8], places: Sequence[Place], stroke: float) -> list[Between]:
    """Look at the ink between level runs, at all places of a page at once.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        places: The places.
        stroke: Usual width of a stroke in pixels.

    Returns:
        What is in each.
    """
    if not places:
        return []
    # Strips of the same height lie side by side.
    order = sorted(range(len(places)), key=lambda number: places[number].rows)
    between = _look_between(lines, [places[number] for number in order], stroke)
    by_number = dict(zip(order, between, strict=True))
    return [by_number[number] for number in range(len(places))]


def _look_between(lines: NDArray[np.uint8], places: Sequence[Place], stroke: float) -> list[Between]:
    """Look at the ink at places in ascending order of their heights."""
    strips, alongs, measured = [], [], []
    before = 0
    for rows, alike in groupby(places, key=lambda place: place.rows):
        own = list(alike)
        reaches = [(place.left, place.right) for place in own]
        laid = Strips.above(lines, [place.bottom for place in own], reaches, rows)
        strips += [(laid.ink[:, part], laid.wide[:, part]) for part in laid.parts]
        alongs += [slice(before + part.start, before + part.stop) for part in laid.parts]
        measured.append(laid.shares(_bands(rows, shortest_tick(stroke))))
        before += laid.ink.shape[1]
    shares = np.concatenate(measured, axis=1)
    firsts = np.array([along.start for along in alongs])
    # The share that a side must have, column by column.
    least = np.array([place.least for place in places], np.float32)
    least = least.repeat(np.diff(firsts - 1, append=shares.shape[1]))
    is_whole, is_inner = shares[:2] >= least
    below, above = shares[2:4] >= TICK_INK
    columns = is_whole.nonzero()[0]  # only few have so much ink
    is_whole[columns] = shares[4:, columns].min(axis=0) >= np.float32(_LEAST_BAND) * least[columns]
    thickness = np.array([place.thickness for place in places])
    found = [thin_columns(inked, firsts, thickness) for inked in (is_whole, is_inner, below, above)]
    between = []
    for place, (ink, wide), along, dividers, sides, standing, hanging in zip(
        places, strips, alongs, *found, strict=True
    ):
        lower = Standing(ink, wide, below[along], standing)
        upper = Standing(ink[::-1], wide[::-1], above[along], hanging)
        between.append(
            Between(place, stroke, shares[0, along], is_whole[along], dividers, sides, lower, upper)
        )
    return between


def _bands(rows: int, tick: int) -> list[tuple[int, int]]:
    """Bands of a strip's rows: all, the inner ones, those of ticks below and above, and those of a side."""
    low, high = (round(share * rows) for share in _INNER)
    edges = [rows * band // _BANDS for band in range(_BANDS + 1)]
    parts = [(first, max(first + 1, stop)) for first, stop in pairwise(edges)]
    return [(0, rows), (low, max(high, low + 1)), (max(0, rows - tick), rows), (0, min(tick, rows)), *parts]
