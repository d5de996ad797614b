"""Lines: groups of neighbouring ink on a page without boxes.

A simple form of run-length smearing (Wong, Casey, Wahl 1982, "Document analysis system"): components whose
boxes, made wider by a share of their height, touch each other belong to one group.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.fields.region import Region, in_reading_order

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
    factor = max(1.0, float(np.median(boxes[:, 3])) / 8)
    reach = np.round(boxes[:, 3] * _REACH)
    left = np.floor((boxes[:, 0] - reach) / factor).astype(int)
    right = np.ceil((boxes[:, 0] + boxes[:, 2] + reach) / factor).astype(int)
    # A component's own height less a little, so that neighbouring lines whose ink barely meets stay apart.
    top = np.floor((boxes[:, 1] + 0.15 * boxes[:, 3]) / factor).astype(int)
    bottom = np.ceil((boxes[:, 1] + 0.85 * boxes[:, 3]) / factor).astype(int)
    left -= (shift := left.min())
    canvas = np.zeros((bottom.max() + 1, (right - shift).max() + 1), np.uint8)
    for x0, y0, x1, y1 in zip(left, top, right - shift, bottom, strict=True):
        canvas[y0:y1, x0:x1] = 255
    _, labels = cv2.connectedComponents(canvas, connectivity=4)
    owners = labels[(top + bottom) // 2, (left + right - shift) // 2]
    regions = []
    for owner in np.unique(owners):
        group = boxes[owners == owner]
        x, y = group[:, :2].min(axis=0)
        x1, y1 = (group[:, :2] + group[:, 2:]).max(axis=0)
        if y1 - y >= _LOWEST:
            regions.append(Region((float(x), float(y), float(x1 - x), float(y1 - y)), sure=False))
    return in_reading_order(regions)
