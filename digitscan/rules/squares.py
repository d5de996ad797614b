"""Small boxes, one for each digit: their sides are too short to stand out as rules, but they enclose paper.

The paper within a component's outline is such a box when it is a rectangle. Rounded ones could be zeros or
letters: they count in rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.intervals import points_within
from digitscan.rules.corners import corner_pieces, round_corner
from digitscan.rules.fitting import THICK
from digitscan.rules.outlines import Outlines
from digitscan.rules.rule import STEEPEST, Rule, numbers

_SMALLEST = 5.0
"""Sides of a small box are at least this many stroke widths long,"""

_LARGEST = 40.0
"""and at most this many: those of larger ones stand out."""

_SQUARE = 0.95
"""The paper of a box with square corners covers this share of its bounding box at the least,"""

_ROUND = 0.86
"""and that of a box with round ones, which a zero's, being an ellipse, does not."""

_TALL = 2.2
"""The longer side of a box is at most this many of the shorter ones."""

_LIKE = 0.1
"""Boxes of a row differ in size and height on the page by at most this share."""

_FEWEST = 3
"""Boxes in a row from which on they may be rounded."""

_MEASURED = 4
"""Boxes of a row whose corners are measured."""

_APART = 2.0
"""Boxes of a row are at most this many of their widths from middle to middle."""

_SIDE = 0.7
"""Share of a box's side that must have ink where what is written breaks the paper in the box."""


@dataclass(frozen=True)
class _Square:
    """The paper in a small box: its place and size, and its corners' radius, in pixels."""

    x: int
    y: int
    width: int
    height: int
    radius: float
    thickness: float


def find_squares(
    lines: NDArray[np.uint8],
    outlines: Outlines,
    known: Sequence[Rule],
    stroke: float,
    *,
    alone: bool = True,
) -> list[Rule]:
    """Find small boxes.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        outlines: Outlines of its components and of the paper that they enclose.
        known: The rules found before; what they enclose is left out.
        stroke: Usual width of a stroke in pixels.
        alone: Whether those count that stand in no row.

    Returns:
        Their sides, and round corners as short pieces.
    """
    squares = _measure(lines, outlines, stroke)
    if not squares:
        return []
    sides = _Sides.of(known)
    standing = set(compress(squares, sides.enclose(squares)))
    found: list[_Square] = []
    for row in _rows(squares):
        if standing.issuperset(row):
            continue
        if len(row) >= _FEWEST:
            found += _filled(lines, _rounded(lines, row))
        elif alone:
            found += [square for square in row if not square.radius]
    enclosed = sides.enclose(found)
    return [
        rule
        for square, is_known in zip(found, enclosed, strict=True)
        if not is_known
        for rule in _sides(square)
    ]


def _measure(lines: NDArray[np.uint8], outlines: Outlines, stroke: float) -> list[_Square]:
    """Measure the enclosed paper of a page that is a rectangle of the size of a small box."""
    squares = []
    short, long = outlines.holes[:, 2:].min(axis=1), outlines.holes[:, 2:].max(axis=1)
    fits = (short >= _SMALLEST * stroke) & (long <= _LARGEST * stroke) & (long <= _TALL * short)
    for box in outlines.holes[fits].tolist():
        hole = outlines.follow(box)
        if hole is None:
            continue
        (x, y, width, height), area = hole
        # The outline runs along the middles of the pixels of ink around the paper.
        room = (width - 1) * (height - 1)
        fill = area / room
        if fill < _ROUND:
            continue
        radius = 0.0 if fill >= _SQUARE else math.sqrt((1 - fill) * room / (4 - math.pi))
        paper = x + 1, y + 1, width - 2, height - 2
        thickness = _thickness(lines, *paper, round(THICK * stroke) + 2)
        if 0 < thickness <= THICK * stroke:
            squares.append(_Square(*paper, radius, thickness))
    return squares


class _Sides(NamedTuple):
    """Rules that may be sides of squares.

    Attributes:
        level: ``(M, 5)`` numbers of the level ones.
        upright: ``(N, 5)`` those of the upright ones.
    """

    level: NDArray[np.float64]
    upright: NDArray[np.float64]

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> _Sides:
        """Those of some rules; the pieces of round corners are none."""
        straight = [rule for rule in rules if abs(rule.slope) <= STEEPEST]
        level = numbers([rule for rule in straight if rule.horizontal])
        return cls(level, numbers([rule for rule in straight if not rule.horizontal]))

    def enclose(self, squares: Sequence[_Square]) -> list[bool]:
        """Whether they stand at all four sides of squares."""
        rows = [(square.x, square.y, square.width, square.height, square.thickness) for square in squares]
        left, top, width, height, thickness = np.array(rows, np.float64).reshape(-1, 5).T
        x, y, reach = left + width / 2, top + height / 2, thickness + 2
        enclosed = np.ones(len(squares), bool)
        for rules, along, sides in (
            (self.level, x, (top, top + height)),
            (self.upright, y, (left, left + width)),
        ):
            start, stop, position, slope, _ = rules.T
            edges = position, position + slope * (stop - start)
            beyond = reach.max(initial=0) + 1
            first, last = np.minimum(*edges) - beyond, np.maximum(*edges) + beyond
            for side in sides:
                own, met = points_within(side, first, last)
                beside = (start[met] <= along[own]) & (along[own] <= stop[met])
                own, met = own[beside], met[beside]
                off = position[met] + slope[met] * (along[own] - start[met]) - side[own]
                enclosed[np.bincount(own[np.abs(off) <= reach[own]], minlength=len(squares)) == 0] = False
        return list(enclosed.tolist())


def _rounded(lines: NDArray[np.uint8], row: Sequence[_Square]) -> list[_Square]:
    """A row with the radius that its corners have; without it where they are not round after all."""
    measured = []
    for square in row[:_MEASURED]:
        for x, y, inward, down in _corners(square):
            side = Rule(True, x, x + 1, y, 0.0, square.thickness)
            about = square.radius + square.thickness / 2
            measured.append(round_corner(lines, side, x, inward, down, max(2.0, about / 2), 1.5 * about + 2))
    radii = [radius for radius in measured if radius is not None]
    if 2 * len(radii) <= len(measured):
        return [square for square in row if not square.radius]
    return [replace(square, radius=float(np.median(radii))) for square in row]


def _thickness(lines: NDArray[np.uint8], x: int, y: int, width: int, height: int, most: int) -> float:
    """Thickness of the sides around paper, from the middle of each outwards, ``most`` at the most.

    It is that of the second thinnest, as something written may make some seem thicker; 0 where there is none.
    """
    column, row = lines[:, x + width // 2], lines[y + height // 2]
    right, bottom = x + width, y + height
    rays = (
        row[max(0, x - most) : x][::-1],
        row[right : right + most],
        column[max(0, y - most) : y][::-1],
        column[bottom : bottom + most],
    )
    return float(sorted((ray.tobytes() + b"\0").index(0) for ray in rays)[1])


def _rows(squares: Sequence[_Square]) -> list[list[_Square]]:
    """Squares of the same size beside each other."""
    rows: list[list[_Square]] = []
    for square in sorted(squares, key=lambda square: square.x):
        for row in rows:
            last = row[-1]
            if (
                abs(last.width - square.width) <= _LIKE * last.width + 1
                and abs(last.height - square.height) <= _LIKE * last.height + 1
                and abs(last.y - square.y) <= _LIKE * last.height + 1
                and last.width < square.x - last.x <= 2 * _APART * last.width
            ):
                row.append(square)
                break
        else:
            rows.append([square])
    return rows


def _filled(lines: NDArray[np.uint8], row: Sequence[_Square]) -> list[_Square]:
    """A row with the squares in it and at its ends whose paper something written breaks."""
    steps = np.diff([square.x for square in row])
    if not len(steps):
        return list(row)
    step = float(np.median(steps[steps <= 1.3 * steps.min()]))
    if step > _APART * row[0].width:
        return [square for square in row if not square.radius]
    filled: list[_Square] = []
    for square in row:
        while filled and square.x - filled[-1].x > 1.5 * step:
            missing = replace(filled[-1], x=round(filled[-1].x + step))
            if not _is_there(lines, missing):
                break
            filled.append(missing)
        filled.append(square)
    for direction in (-1, 1):
        while True:
            last = filled[0] if direction < 0 else filled[-1]
            missing = replace(last, x=round(last.x + direction * step))
            if not _is_there(lines, missing):
                break
            filled.insert(0 if direction < 0 else len(filled), missing)
    return filled


def _is_there(lines: NDArray[np.uint8], square: _Square) -> bool:
    """Whether there is ink along the middle of all four sides."""
    reach = max(2, round(square.thickness))
    x, y, width, height = square.x, square.y, square.width, square.height
    across = np.s_[x + round(0.3 * width) : x + round(0.7 * width)]
    down = np.s_[y + round(0.3 * height) : y + round(0.7 * height)]
    if min(x, y) < reach or x + width + reach > lines.shape[1] or y + height + reach > lines.shape[0]:
        return False
    sides = (
        lines[down, x - reach : x].any(axis=1),
        lines[down, x + width : x + width + reach].any(axis=1),
        lines[y - reach : y, across].any(axis=0),
        lines[y + height : y + height + reach, across].any(axis=0),
    )
    return all(side.mean() >= _SIDE for side in sides)


def _sides(square: _Square) -> list[Rule]:
    """The four sides of a square and its round corners."""
    half = (square.thickness + 1) / 2
    left, right = square.x - half, square.x + square.width - 1 + half
    top, bottom = square.y - half, square.y + square.height - 1 + half
    rules = [Rule(True, left, right, y, 0.0, square.thickness) for y in (top, bottom)]
    rules += [Rule(False, top, bottom, x, 0.0, square.thickness) for x in (left, right)]
    for x, y, inward, down in _corners(square):
        rules += corner_pieces(x, y, square.radius, inward, down, square.thickness)
    return rules


def _corners(square: _Square) -> list[tuple[float, float, int, int]]:
    """Where a square's sides meet, and which way is inward and down; none if they meet at right angles."""
    if not square.radius:
        return []
    half = (square.thickness + 1) / 2
    return [
        (x, y, inward, down)
        for x, inward in ((square.x - half, 1), (square.x + square.width - 1 + half, -1))
        for y, down in ((square.y - half, 1), (square.y + square.height - 1 + half, -1))
    ]
