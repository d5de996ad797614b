"""Heights: how high the digits of fields usually are, by their components."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Numbers
from digitscan.intervals import overlapping

_STACKED = 0.5
"""Components that share this part of the narrower one's width lie above each other."""

_CLOSE = 0.15
"""Parts of one digit above each other lie at most this share of its height apart."""

_BROKEN = 0.25
"""Parts of a broken digit lie at most this share of its height apart from top to bottom."""

_MANY = 1000
"""More components than this are no digits in parts but noise, and each with each takes too much memory."""

_TALL = 0.4
"""Components lower than this share of the highest are no digits: dots and dirt."""


def digit_heights(
    boxes: NDArray[np.int32], areas: NDArray[np.int32], fields: Numbers, one_digit: Sequence[bool]
) -> NDArray[np.float64]:
    """Measure the usual height of a digit in fields.

    It is the median by the ink, where parts above each other count as one digit, and components much lower
    than the highest do not count.

    Args:
        boxes: ``(N, 4)`` x, y, width, height of the components of all fields.
        areas: ``(N,)`` pixels of each.
        fields: ``(N,)`` the field of each; ascending.
        one_digit: Whether a field is a cell for one digit, all parts of which count together.

    Returns:
        Heights in pixels, 0 for fields without ink.

    >>> boxes = np.array([(10, 10, 20, 8), (10, 20, 20, 30), (60, 12, 20, 36), (70, 0, 3, 3)], np.int32)
    >>> digit_heights(boxes, boxes[:, 2] * boxes[:, 3], np.array([0, 0, 0, 0]), [False, False])
    array([40.,  0.])
    """
    counts = np.bincount(fields, minlength=len(one_digit))
    heights = _usual_heights(_whole_heights(boxes, fields, counts), areas, fields, counts)
    for field in np.flatnonzero(np.array(one_digit, bool) & (counts > 0)).tolist():
        first = fields.searchsorted(field)
        parts = boxes[first : first + counts[field], 1::2].tolist()
        heights[field] = _broken_height((top, top + height) for top, height in parts) or heights[field]
    return heights


def _whole_heights(boxes: NDArray[np.int32], fields: Numbers, counts: Numbers) -> NDArray[np.int32]:
    """Height of each component with what lies close above and below it."""
    x, y, width, height = boxes.T
    right, bottom = x + width, y + height
    few = (counts[fields] <= _MANY).nonzero()[0]

    def stacked(ones: Numbers, others: Numbers) -> NDArray[np.bool_]:
        ones, others = few[ones], few[others]
        shared = np.minimum(right[ones], right[others]) - np.maximum(x[ones], x[others])
        return np.asarray(shared >= _STACKED * np.minimum(width[ones], width[others]))

    ones, others = (few[its] for its in overlapping(x[few], right[few], fields[few], stacked))
    ones, others = np.concatenate([ones, others]), np.concatenate([others, ones])
    tops, bottoms, gaps = y.copy(), bottom.copy(), np.zeros_like(y)
    np.minimum.at(tops, ones, y[others])
    np.maximum.at(bottoms, ones, bottom[others])
    np.maximum.at(gaps, ones, np.maximum(y[ones], y[others]) - np.minimum(bottom[ones], bottom[others]))
    whole = bottoms - tops
    return np.where(gaps <= _CLOSE * whole, whole, height)


def _usual_heights(
    heights: NDArray[np.int32], areas: NDArray[np.int32], fields: Numbers, counts: Numbers
) -> NDArray[np.float64]:
    """Median height in each field by the areas of ink, without what is much lower than the highest."""
    highest = np.zeros(len(counts), heights.dtype)
    np.maximum.at(highest, fields, heights)
    tall = (heights >= _TALL * highest[fields]).nonzero()[0]
    order = tall[np.lexsort((heights[tall], fields[tall]))]
    shares = areas[order].cumsum()
    ends = fields[order].searchsorted(np.arange(len(counts) + 1))
    totals = np.append(0, shares)[ends]
    inked = counts > 0
    usual = np.zeros(len(counts))
    middles = ((totals[:-1] + totals[1:]) / 2)[inked]
    usual[inked] = heights[order[shares.searchsorted(middles)]]
    return usual


def _broken_height(parts: Iterable[tuple[int, int]]) -> float:
    """Height of a digit of which these are the parts, by top and bottom; 0 if they lie too far apart."""
    (highest, lowest), *below = sorted(parts)
    widest = 0
    for top, bottom in below:
        widest, lowest = max(widest, top - lowest), max(lowest, bottom)
    whole = float(lowest - highest)
    return whole if widest <= _BROKEN * whole else 0.0
