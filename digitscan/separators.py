"""Separators: the points, commas, dashes and slashes written between digits, as in 38.117 or 12/05/2021.

A component of a field's ink of which no digit holds any is a mark. A mark between two digits is a separator
when its shape and its place beside them fit one. Its shape is that of the bar with the same second moments as
its ink (Hu 1962, "Visual pattern recognition by moment invariants"): length, breadth and the angle of its
long axis. Lengths are measured in digit heights and strokes. Where nothing fits, or several marks do, there
is no separator.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, degrees, hypot, sqrt
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.segmentation import Candidate

_LEAST_INK = 1.0
"""A mark with less ink than this many squared strokes is dirt."""

_ALONE = 1.5
"""A separator has this many times the ink of any other mark between the same digits that could be one."""

_PART = 0.5
"""What lies beside a digit as part of its candidate, at most this share of its height high, is a mark."""

_MIDDLE = (0.3, 0.75)
"""Dashes lie at this share of the way from the top of the digits to their base line, commas below."""

_LOWEST_COMMA = 1.4
"""The same for how low a comma may lie."""

_POINT = (0.45, 1.15)
"""The same for points; a raised point is one too."""

_LEVEL = 25.0
"""A dash is at most this many degrees from level."""

_COMMA_LEAN = (30.0, 125.0)
"""Degrees above the level, turning left, of a comma's long axis; 90 is upright."""

_SLASH_LEAN = (45.0, 83.0)
"""The same for a slash."""

_DASH = (0.2, 1.2)
"""Least and greatest length of a dash, in digit heights."""

_COMMA = (0.24, 0.7)
"""Least height and greatest length of a comma, in digit heights."""

_LARGEST_POINT = 0.4
"""Greatest length of a point, in digit heights."""

_SLASH = (0.7, 0.25)
"""Least height and greatest breadth of a slash, in digit heights. Nothing else is that high."""

_ROUND = 2.2
"""A point is at most this many times as long as broad."""

_LONG_DASH, _LONG_COMMA, _LONG_SLASH = 1.5, 1.3, 4.0
"""Dashes, commas and slashes are at least this many times as long as broad; short dashes are of print."""


class Mark(NamedTuple):
    """A mark; lengths in pixels of the page.

    Attributes:
        x: Where its ink has its middle.
        y: The same downwards.
        length: Its length along its long axis.
        breadth: Its breadth across that.
        angle: Degrees of its long axis above the level, turning left, 0 to 180.
        height: Its height.
        ink: Its ink in pixels.
    """

    x: float
    y: float
    length: float
    breadth: float
    angle: float
    height: float
    ink: float


class _Body(NamedTuple):
    """A digit without what lies beside it: its box and its pixels' columns and rows on the page."""

    box: tuple[float, float, float, float]
    columns: NDArray[np.intp]
    rows: NDArray[np.intp]
    stroke: float


def find_separators(
    digits: Sequence[Candidate], density: NDArray[np.uint8], origin: tuple[float, float]
) -> tuple[str, ...]:
    """Find the separators between the digits of a reading.

    Args:
        digits: The candidates that are its digits, from left to right.
        density: ``(H, W)`` ink density of the field they were found in, 0 for paper to 255; 128 and more
            counts as ink.
        origin: Where its top left is on the page, x and y in whole pixels.

    Returns:
        For each digit but the last, the separator behind it: ``.``, ``,``, ``-``, ``/``, or an empty text.

    >>> from digitscan.segmentation import segment
    >>> field = np.zeros((80, 120), np.uint8)
    >>> field[10:70, 20:26] = field[10:70, 80:86] = field[62:70, 50:58] = 255
    >>> find_separators([c for c in segment(field).candidates if c.box[3] == 60], field, (0, 0))
    ('.',)
    """
    if len(digits) < 2:
        return ()
    bodies = [_body(digit) for digit in digits]
    boxes = np.array([body.box for body in bodies])
    centres = boxes[:, 0] + boxes[:, 2] / 2
    tops, bases = boxes[:, 1], boxes[:, 1] + boxes[:, 3]
    height = float(np.median(boxes[:, 3]))
    least = _LEAST_INK * float(np.median([body.stroke for body in bodies])) ** 2
    found: list[list[tuple[float, str]]] = [[] for _ in digits]
    for mark in _marks(bodies, density, origin):
        left = int(np.count_nonzero(centres < mark.x)) - 1
        if not 0 <= left < len(digits) - 1 or mark.ink < least:
            continue
        near = slice(max(0, left - 1), left + 3)  # two digits to either side: one may stand higher
        top, base = float(np.median(tops[near])), float(np.median(bases[near]))
        name = name_mark(mark, top, base, height)
        if name:
            found[left].append((mark.ink, name))
    return tuple(_only(named) for named in found[:-1])


def name_mark(mark: Mark, top: float, base: float, height: float) -> str:
    """Name a mark by its shape and its place beside digits.

    Args:
        mark: A mark between two digits.
        top: Where digits beside it have their top, in pixels of the page downwards.
        base: The same for their base line.
        height: Height of a digit in pixels.

    Returns:
        ``.``, ``,``, ``-``, ``/``, or an empty text when it is like none of them.

    >>> name_mark(Mark(0, 98, 5, 4, 10, 4, 18), 60, 100, 40)
    '.'
    >>> name_mark(Mark(0, 80, 20, 4, 2, 5, 70), 60, 100, 40)
    '-'
    """
    place = (mark.y - top) / max(base - top, 1.0)
    long = mark.length / mark.breadth
    from_level = min(mark.angle, 180 - mark.angle)
    if mark.height >= _SLASH[0] * height:
        thin = mark.breadth <= _SLASH[1] * height and long >= _LONG_SLASH
        return "/" if thin and _SLASH_LEAN[0] <= mark.angle <= _SLASH_LEAN[1] else ""
    if (
        _MIDDLE[0] <= place <= _MIDDLE[1]
        and from_level <= _LEVEL
        and long >= _LONG_DASH
        and _DASH[0] * height <= mark.length <= _DASH[1] * height
    ):
        return "-"
    if (
        _MIDDLE[1] < place <= _LOWEST_COMMA
        and _COMMA_LEAN[0] <= mark.angle <= _COMMA_LEAN[1]
        and long >= _LONG_COMMA
        and mark.height >= _COMMA[0] * height
        and mark.length <= _COMMA[1] * height
    ):
        return ","
    if _POINT[0] <= place <= _POINT[1] and long <= _ROUND and mark.length <= _LARGEST_POINT * height:
        return "."
    return ""


def _only(named: list[tuple[float, str]]) -> str:
    """Choose the name of the mark that has far more ink than the others; empty when none has."""
    if not named:
        return ""
    (most, name), *others = sorted(named, reverse=True)
    return name if not others or most >= _ALONE * others[0][0] else ""


def _body(digit: Candidate) -> _Body:
    """Take the digit's own ink out of its candidate, which may have a low mark beside it for a part."""
    mask = (digit.density >= 128).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    stats = stats[1:]
    main = stats[stats[:, cv2.CC_STAT_AREA].argmax()]
    left, right = main[cv2.CC_STAT_LEFT], main[cv2.CC_STAT_LEFT] + main[cv2.CC_STAT_WIDTH]
    middles = stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH] / 2
    beside = (middles < left) | (middles > right)
    low = stats[:, cv2.CC_STAT_HEIGHT] <= _PART * main[cv2.CC_STAT_HEIGHT]
    own = np.isin(labels, 1 + np.flatnonzero(~(beside & low)))
    scale = round(digit.density.shape[1] / digit.box[2])
    rows, columns = np.nonzero(own)
    x, y = digit.box[0] + columns / scale, digit.box[1] + rows / scale
    box = (float(x.min()), float(y.min()), float(np.ptp(x)) + 1 / scale, float(np.ptp(y)) + 1 / scale)
    inner = cv2.erode(np.pad(own.astype(np.uint8), 1), np.ones((3, 3), np.uint8))
    # Twice the area by the outline's length is the mean width of a stroke.
    stroke = 2 * len(rows) / max(1, len(rows) - int(inner.sum())) / scale
    return _Body(box, np.floor(x + 1e-6).astype(np.intp), np.floor(y + 1e-6).astype(np.intp), stroke)


def _marks(bodies: Sequence[_Body], density: NDArray[np.uint8], origin: tuple[float, float]) -> list[Mark]:
    """The components of which no digit holds any ink."""
    mask = (density >= 128).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    x0, y0 = int(origin[0]), int(origin[1])
    held = np.zeros(len(stats), bool)
    held[0] = True
    for body in bodies:
        held[labels[body.rows - y0, body.columns - x0]] = True
    marks = []
    for name in np.flatnonzero(~held):
        x, y, width, height = stats[name, :4]
        part = np.s_[max(0, y - 1) : y + height + 1, max(0, x - 1) : x + width + 1]
        own = labels[part] == name
        # The grey edge of a stroke belongs to it: of small marks it is a large share.
        edge = (cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & (labels[part] == 0)
        ink = np.where(own | edge, density[part], 0)
        marks.append(_measure(ink, x0 + part[1].start, y0 + part[0].start))
    return marks


def _measure(ink: NDArray[np.uint8], left: float, top: float) -> Mark:
    """Measure a mark by the moments of its ink; a bar of even ink has its own length and breadth."""
    moments = cv2.moments(ink)
    mass = moments["m00"]
    across, down, mixed = (moments[name] / mass for name in ("mu20", "mu02", "mu11"))
    spread = hypot(across - down, 2 * mixed)
    long, broad = (across + down + spread) / 2, max(0.0, (across + down - spread) / 2)
    # A bar's variance is a twelfth of its squared length; pixels are bars too.
    length, breadth, height = (sqrt(12 * variance + 1) for variance in (long, broad, down))
    return Mark(
        left + moments["m10"] / mass + 0.5,
        top + moments["m01"] / mass + 0.5,
        length,
        breadth,
        degrees(atan2(-2 * mixed, across - down) / 2) % 180,
        height,
        mass / 255,
    )
