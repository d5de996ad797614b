"""Tick boxes: small squares that stand by themselves, ticked or not.

Boxes are rules, and rules are long; the sides of tick boxes are as short as strokes of letters, and a tick
breaks the paper that they enclose. They are put together here from two level runs of ink of the same length,
one below the other, that two uprights join.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.fields import Region

_LETTER = 3.0
"""Ink is a letter when it is at least this many stroke widths high."""

_LEAST = 4.0
"""Sides of a tick box are at least this many stroke widths long."""

_LETTERS = 3.5
"""A tick box is at most this many letters high: digits are written larger than print,"""

_LOWER = 0.85
"""and at most this share of the usual height of the boxes that are to be written in."""

_APART = 0.6
"""Squares beside each other that are less than this share of their width apart are the cells of a comb."""

_SQUARE = 1.25
"""The longer side is at most this many of the shorter ones."""

_ENDS = 0.3
"""Share of their length by which two sides may differ at an end, where a tick crosses one."""

_THICK = 0.16
"""Sides are at most this share of their length thick."""

_JOINED = 0.9
"""Share of an upright side that has ink,"""

_OUTSIDE, _INSIDE = 0.6, 0.3
"""and shares of the way along a side that have paper on either side of it: a tick may cross it."""

_SOLID = 0.9
"""At most this share of its middle third has ink: the corners of QR codes are solid."""


def find_tick_boxes(
    mask: NDArray[np.uint8], stroke: float, boxes: Sequence[Region], components: NDArray[np.int32]
) -> list[Region]:
    """Find the tick boxes of a page.

    Args:
        mask: ``(H, W)``, 255 where there is ink.
        stroke: Usual width of the strokes in pixels.
        boxes: The boxes and combs of the page, which tell how high boxes to write in are. Tick boxes may be
            among them.
        components: ``(N, 4)`` x, y, width, height of the components of its ink, rules taken away, which tell
            how high letters are.

    Returns:
        Regions without their lines, in no order. None on a page that has neither print nor other boxes, where
        nothing tells small from large.
    """
    letter = _letter_height(components, boxes, stroke)
    highest = _LETTERS * letter if letter else max((box.box[3] for box in boxes), default=0.0)
    squares = _alone(_find_squares(mask, max(_LEAST * stroke, letter), highest))
    to_write = [box.box[3] for box in boxes if not any(_holds(box, square) for square in squares)]
    if to_write:
        highest = min(highest, _LOWER * float(np.median(to_write)))
    elif not letter:
        return []
    return [Region(square, is_mark=True) for square in squares if max(square[2:]) <= highest]


def _letter_height(components: NDArray[np.int32], boxes: Sequence[Region], stroke: float) -> float:
    """Usual height of what is printed beside the boxes; 0 where nothing is."""
    letters = components[components[:, 3] >= _LETTER * stroke]
    x, y = (letters[:, :2] + letters[:, 2:] / 2).T
    beside = np.ones(len(letters), bool)
    for box in boxes:
        left, top, width, height = box.box
        beside &= (x < left) | (x > left + width) | (y < top) | (y > top + height)
    return float(np.median(letters[beside, 3])) if beside.any() else 0.0


_Box = tuple[float, float, float, float]


def _holds(box: Region, square: _Box) -> bool:
    x, y, width, height = box.box
    across, down = square[0] + square[2] / 2, square[1] + square[3] / 2
    return x <= across <= x + width and y <= down <= y + height


def _alone(squares: Sequence[_Box]) -> list[_Box]:
    """The squares that have no other close beside them."""
    return [square for square in squares if not any(_adjoin(square, other) for other in squares)]


def _adjoin(one: _Box, other: _Box) -> bool:
    (x0, y0, w0, h0), (x1, y1, w1, h1) = one, other
    gap = max(x0, x1) - min(x0 + w0, x1 + w1)
    level = abs(y0 + h0 / 2 - y1 - h1 / 2) < 0.5 * min(h0, h1)
    return one is not other and level and gap < _APART * min(w0, w1)


def _find_squares(mask: NDArray[np.uint8], least: float, most: float) -> list[_Box]:
    """The paper in squares whose sides, with their thickness, are between ``least`` and ``most`` long."""
    runs = _level_runs(mask, least, (1 + _ENDS) * most)
    runs = runs[np.argsort(runs[:, 0])]
    squares = []
    for x, y, width, height in runs.tolist():
        slack = max(2.0, _ENDS * width)
        first, last = np.searchsorted(runs[:, 0], (x - slack, x + slack + 1))
        for left, below, across, thickness in runs[first:last].tolist():
            box = (max(x, left), y, min(x + width, left + across), below + thickness)
            short, long = sorted((box[2] - box[0], box[3] - box[1]))
            ends_meet = abs(left + across - x - width) <= slack
            if ends_meet and least <= short and long <= min(_SQUARE * short, most):
                square = _enclosed(mask, box, max(height, thickness))
                if square is not None:
                    squares.append(square)
    return squares


def _level_runs(mask: NDArray[np.uint8], least: float, most: float) -> NDArray[np.int32]:
    """Thin level runs of ink, ``(N, 4)`` x, y, width, height."""
    bridged = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    shortest = max(3, round(0.9 * least))
    runs = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones((1, shortest), np.uint8))
    found = cv2.connectedComponentsWithStats(runs, connectivity=8)[2][1:, :4]
    width, height = found[:, 2], found[:, 3]
    kept: NDArray[np.int32] = found[(width <= most) & (height <= np.maximum(3, _THICK * width))]
    return kept


def _enclosed(mask: NDArray[np.uint8], box: tuple[int, int, int, int], thickness: int) -> _Box | None:
    """The paper within two level sides, or None when no uprights join them or it does not stand alone.

    Args:
        mask: The page.
        box: Left, top, right and bottom of the two sides.
        thickness: Of the sides, in pixels.
    """
    left, top, right, bottom = box
    reach = thickness + 2
    y, x = max(0, top - reach), max(0, left - reach)
    part = mask[y : bottom + reach, x : right + reach] > 0
    left, top, right, bottom = left - x, top - y, right - x, bottom - y
    across, down = slice(left + thickness, right - thickness), slice(top + thickness, bottom - thickness)
    uprights = part[down, max(0, left - 1) : left + reach], part[down, right - reach : right + 1]
    if any(side.any(axis=1).mean() < _JOINED for side in uprights):
        return None
    outside = (
        part[down, : max(0, left - 2)],
        part[down, right + 2 :],
        part[: max(0, top - 2), across].T,
        part[bottom + 2 :, across].T,
    )
    inside = (
        part[down, left + reach - 1 : left + reach + 1],
        part[down, right - reach - 1 : right - reach + 1],
        part[top + reach - 1 : top + reach + 1, across].T,
        part[bottom - reach - 1 : bottom - reach + 1, across].T,
    )
    rows, columns = (bottom - top) // 3, (right - left) // 3
    middle = part[top + rows : bottom - rows, left + columns : right - columns]
    if middle.mean() > _SOLID:
        return None
    if any(_paper(side) < _OUTSIDE for side in outside) or any(_paper(side) < _INSIDE for side in inside):
        return None
    return (
        float(x + left + thickness),
        float(y + top + thickness),
        float(right - left - 2 * thickness),
        float(bottom - top - 2 * thickness),
    )


def _paper(along: NDArray[np.bool_]) -> float:
    """Share of the way along a side, ``(length, reach)``, that has no ink; all of it beyond the page."""
    return float((~along.any(axis=1)).mean())
