"""Lines: groups of neighbouring ink on a page without boxes.

A simple form of run-length smearing (Wong, Casey, Wahl 1982, "Document analysis system"): components whose
boxes, made wider by a share of their height, touch each other belong to one group.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitscan.fields.region import Region, in_reading_order
from digitscan.groups import Numbers, join_pairs
from digitscan.intervals import overlapping

_REACH = 0.6
"""Ink up to the sum of both neighbours' heights times this apart belongs together."""

_LOWEST = 8
"""Groups are at least this many pixels high."""


def find_lines(boxes: NDArray[np.int32]) -> list[Region]:
    """Group components into lines, or parts of lines where the gaps are wide.

    Args:
        boxes: ``(N, 4)`` x, y, width, height of the page's components in pixels.

    Returns:
        Regions in reading order, without names.

    >>> boxes = np.array([(10, 10, 20, 30), (40, 12, 20, 30), (300, 10, 20, 30), (10, 100, 20, 30)], np.int32)
    >>> [region.box for region in find_lines(boxes)]
    [(10.0, 10.0, 50.0, 32.0), (300.0, 10.0, 20.0, 30.0), (10.0, 100.0, 20.0, 30.0)]
    """
    if not len(boxes):
        return []
    x, y, width, height = boxes.T
    unit = max(1.0, float(np.median(height)) / 8)  # finer distances do not count
    reach = np.round(height * _REACH)
    left, right = np.floor((x - reach) / unit), np.ceil((x + width + reach) / unit)
    # A component's own height less a little, so that neighbouring lines whose ink barely meets stay apart.
    top, bottom = np.floor((y + 0.15 * height) / unit), np.ceil((y + 0.85 * height) / unit)

    def touching(ones: Numbers, others: Numbers) -> NDArray[np.bool_]:
        beside = np.minimum(right[ones], right[others]) - np.maximum(left[ones], left[others])
        above = np.minimum(bottom[ones], bottom[others]) - np.maximum(top[ones], top[others])
        return (beside >= 0) & (above >= 0) & (beside + above > 0)  # at more than a corner

    pairs = overlapping(top, bottom + 1, np.zeros(len(boxes), np.intp), touching)
    names = join_pairs(len(boxes), *pairs)
    order = names.argsort(kind="stable")
    firsts = np.diff(names[order], prepend=-1).nonzero()[0]
    left, top = np.minimum.reduceat(boxes[order, :2], firsts).T
    right, bottom = np.maximum.reduceat((boxes[:, :2] + boxes[:, 2:])[order], firsts).T
    groups = np.column_stack([left, top, right - left, bottom - top])[bottom - top >= _LOWEST]
    return in_reading_order(
        [Region((x, y, w, h), sure=False) for x, y, w, h in groups.astype(float).tolist()]
    )
