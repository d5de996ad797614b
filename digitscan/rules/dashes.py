"""Small dashed boxes: two or three dashes a side are no row of marks, but those of many boxes are alike."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.rules.broken import EVEN, alike
from digitscan.rules.runs import SHORTEST

_DASH = 2.5
"""A level dash is at least this many times as long as thick."""

_MANY = 8
"""So many of them that are alike hint at dashed boxes."""

_PART = 1.5
"""What is left of a dash at a corner is at least this many stroke widths long."""

_THICK = 1.6
"""Dashes are at most this many stroke widths thick,"""

_GAP = 3.0
"""and the gaps between them at most this many wide."""


def close_dashes(
    lines: NDArray[np.uint8], marks: NDArray[np.int32], stroke: float
) -> NDArray[np.uint8] | None:
    """Draw the sides of dashed boxes solid, and nothing else.

    Thin level and thin upright ink is told from the rest by openings, and closed along itself; what is as
    long as a side then is closed once more, as a gap may part a corner.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        marks: ``(N, 4)`` boxes of the components on it that may be dashes.
        stroke: Usual width of a stroke in pixels.

    Returns:
        ``(H, W)``, 255 on the sides, or None if the page has no such dashes.
    """
    dashes = marks[marks[:, 2] >= _DASH * marks[:, 3], 2]
    if len(dashes) < _MANY or alike(dashes) < EVEN:
        return None
    upright = cv2.transpose(_closed(cv2.transpose(lines), stroke))
    sides = cv2.max(_closed(lines, stroke), upright)
    gap = _level(_GAP * stroke)
    across, down = (cv2.morphologyEx(sides, cv2.MORPH_CLOSE, kernel) for kernel in (gap, gap.T))
    return np.asarray(cv2.max(across, down), np.uint8)


def _closed(lines: NDArray[np.uint8], stroke: float) -> NDArray[np.uint8]:
    """The thin level ink of a page, the small gaps in it filled, where it is as long as a side then."""
    level = cv2.morphologyEx(lines, cv2.MORPH_OPEN, _level(_PART * stroke))
    thick = cv2.morphologyEx(lines, cv2.MORPH_OPEN, _level(_THICK * stroke).T)
    closed = cv2.morphologyEx(cv2.subtract(level, thick), cv2.MORPH_CLOSE, _level(_GAP * stroke))
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, _level(SHORTEST * stroke)), np.uint8)


def _level(length: float) -> NDArray[np.uint8]:
    """A level line as a structuring element."""
    return np.ones((1, round(length) | 1), np.uint8)
